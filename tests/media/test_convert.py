from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.media.color_tags import ColorTags
from backlot.engine.media.convert import FrameConverter, Orientation, Target

from .conftest import frame_of

#: Weights of red and blue in luma (ITU-R BT.601, BT.709, BT.2020, SMPTE 240M).
WEIGHTS = {
    "bt601": (0.299, 0.114),
    "bt709": (0.2126, 0.0722),
    "bt2020": (0.2627, 0.0593),
    "smpte240m": (0.212, 0.087),
}
BLOCK = 16


def reference(y, cb, cr, matrix, full_range, bits):
    """Return RGB, 0 ... 1, of stored values, in floats from the definition."""
    kr, kb = WEIGHTS[matrix]
    unit, top = 1 << (bits - 8), (1 << bits) - 1
    luma = y / top if full_range else (y - 16 * unit) / (219 * unit)
    scale = top if full_range else 224 * unit
    blue, red = (cb - 128 * unit) / scale, (cr - 128 * unit) / scale
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    return np.stack([r, (luma - kr * r - kb * b) / (1 - kr - kb), b], -1)


def patches(bits, seed=1):
    """Return (y, cb, cr) of 30 x 40 flat colours that stay inside RGB for every matrix."""
    rng = np.random.default_rng(seed)
    unit = 1 << (bits - 8)
    return [
        rng.integers(low * unit, high * unit, (30, 40))
        for low, high in [(80, 170), *[(108, 148)] * 2]
    ]


def spread(values, step, dtype):
    return np.kron(values, np.ones((step, step), int)).astype(dtype)


def converted(pixel_format, bits, tags, channels=3, chroma=2):
    """Return the patches' converted centres (30, 40, C) in 0 ... 1, and their stored values."""
    y, cb, cr = patches(bits)
    dtype = np.uint8 if bits == 8 else np.uint16
    planes = [spread(y, BLOCK, dtype), *(spread(c, BLOCK // chroma, dtype) for c in (cb, cr))]
    if channels == 4:
        planes.append(np.full_like(planes[0], (1 << bits) - 1))
    frame = frame_of(planes, pixel_format)
    out_bits = 8 if bits == 8 else 16
    target = Target((frame.width, frame.height), channels, out_bits)
    picture = FrameConverter(pixel_format, bits, tags, target)(frame)
    centres = picture[BLOCK // 2 :: BLOCK, BLOCK // 2 :: BLOCK]
    return centres / float((1 << out_bits) - 1), (y, cb, cr)


@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize("matrix", WEIGHTS)
@pytest.mark.parametrize(
    ("pixel_format", "bits", "chroma", "tolerance"),
    [
        ("yuv420p", 8, 2, 3.0),
        ("yuv444p", 8, 1, 0.6),
        ("yuv420p10le", 10, 2, 0.3),
        ("yuv444p12le", 12, 1, 0.3),
    ],
)
def test_colours_follow_matrix_and_range(matrix, full_range, pixel_format, bits, chroma, tolerance):
    tags = ColorTags(matrix, full_range, "bt709", "bt709")

    found, stored = converted(pixel_format, bits, tags, chroma=chroma)

    error = (found - reference(*stored, matrix, full_range, bits)) * 255
    assert np.abs(error).max() <= tolerance
    assert np.abs(error.mean((0, 1))).max() <= tolerance / 2


@pytest.mark.parametrize(("pixel_format", "bits"), [("yuva420p", 8), ("yuva444p10le", 10)])
def test_transparent_colours_are_as_exact(pixel_format, bits):
    tags = ColorTags("bt601", False, "bt709", "bt709")
    chroma = 2 if "420" in pixel_format else 1

    found, stored = converted(pixel_format, bits, tags, channels=4, chroma=chroma)

    error = (found[..., :3] - reference(*stored, "bt601", False, bits)) * 255
    assert np.abs(error).max() <= 0.6
    assert (found[..., 3] == 1).all()


@pytest.mark.parametrize("width", range(33, 66, 4))
def test_narrow_transparent_pictures_are_the_same_every_time(width):
    rng = np.random.default_rng(width)
    shapes = [(40, width), *[(20, (width + 1) // 2)] * 2, (40, width)]
    frame = frame_of([rng.integers(0, 255, s).astype(np.uint8) for s in shapes], "yuva420p")
    tags = ColorTags("bt601", False, "bt709", "bt709")
    convert = FrameConverter("yuva420p", 8, tags, Target((width, 40), 4, 8))

    first = np.array(convert(frame))

    assert all(np.array_equal(convert(frame), first) for _ in range(20))


@pytest.mark.parametrize("bits", [8, 10])
def test_black_and_white_reach_the_ends(bits):
    unit = 1 << (bits - 8)
    dtype = np.uint8 if bits == 8 else np.uint16
    name = "yuv420p" if bits == 8 else "yuv420p10le"
    tags = ColorTags("bt709", False, "bt709", "bt709")
    target = Target((64, 64), 3, 8 if bits == 8 else 16)
    for level, expected in [(16, 0.0), (235, 1.0), (255, 1.0)]:
        planes = [
            np.full((64, 64), level * unit, dtype),
            *[np.full((32, 32), 128 * unit, dtype)] * 2,
        ]
        picture = FrameConverter(name, bits, tags, target)(frame_of(planes, name))
        assert np.abs(picture / np.iinfo(picture.dtype).max - expected).max() < 1e-4


def test_greys_have_no_cast():
    ramp = np.tile(np.arange(16, 236, dtype=np.uint8)[:208], (32, 1))
    planes = [ramp, *[np.full((16, 104), 128, np.uint8)] * 2]
    for matrix in WEIGHTS:
        tags = ColorTags(matrix, False, "bt709", "bt709")
        picture = FrameConverter("yuv420p", 8, tags, Target((208, 32), 3, 8))(
            frame_of(planes, "yuv420p")
        )
        assert (picture.max(-1) == picture.min(-1)).all()
        assert np.abs(picture[0, :, 0] - (ramp[0] - 16.0) * 255 / 219).max() <= 1


def test_a_grey_video_of_limited_range_is_stretched():
    ramp = np.tile(np.arange(256, dtype=np.uint8), (32, 1))
    tags = ColorTags("rgb", False, "bt709", "bt709")

    picture = FrameConverter("gray", 8, tags, Target((256, 32), 3, 8))(frame_of([ramp], "gray"))

    expected = np.clip((np.arange(256) - 16) * 255 / 219, 0, 255)
    assert np.abs(picture[0, :, 1] - expected).max() <= 0.5


def test_orientation_reports_its_rotation():
    assert Orientation().rotation_deg == 0
    assert Orientation(True, True, False).rotation_deg == -90
    assert Orientation(True, False, True).rotation_deg == 90
    assert Orientation(False, True, True).rotation_deg == 180
