from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import linear_to_srgb, srgb_to_linear
from backlot.engine.compositing.texture.grain import TO_RGB, TO_YCC
from backlot.engine.compositing.texture.lens import (
    Lens,
    colour_softened,
    distorted,
    softened,
    vignetted,
)
from backlot.engine.compositing.texture.measure import texture_of
from backlot.engine.compositing.texture.sharpness import (
    colour_blurs,
    colour_softness,
    edges_of,
    pairings,
)
from backlot.engine.compositing.texture.texture import match_texture
from backlot.engine.compositing.texture.vignette import Vignette, vignette_of
from backlot.engine.errors import InputError
from backlot.engine.media.read import open_clip

FPS = Fraction(25)
WIDTH, HEIGHT = 480, 270


class Pan:
    """A camera that goes ``px`` to the right and ``down`` down a frame."""

    cuts = ()

    def __init__(self, px, down=0.0):
        self.px, self.down = px, down

    def matrix(self, index):
        return np.array([[1, 0, self.px * index], [0, 1, self.down * index], [0, 0, 1]], float)


def coloured(seed=1):
    """Fields of all colours, (528, 744, 3) float32 display values, edges a little soft."""
    fields = np.random.default_rng(seed).uniform(0.1, 0.9, (16, 24, 3)).astype(np.float32)
    picture = cv2.resize(fields, (744, 528), interpolation=cv2.INTER_NEAREST)
    return cv2.GaussianBlur(picture, (0, 0), 0.6)


def subsampled(picture, across, down):
    """Return the picture as a codec keeps it: colour averaged over so many pixels."""
    ycc = cv2.transform(picture, TO_YCC)
    height, width = picture.shape[:2]
    small = cv2.resize(
        ycc[..., 1:], (width // across, height // down), interpolation=cv2.INTER_AREA
    )
    ycc[..., 1:] = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.clip(cv2.transform(ycc, TO_RGB), 0, 1)


def codes(picture):
    return np.rint(picture * 255).astype(np.uint8)


def told(picture):
    ycc = cv2.transform(np.float32(picture), TO_YCC)
    where = np.ones(ycc.shape[:2], bool)
    edges = edges_of(ycc[..., 0].copy(), where)
    return colour_softness(colour_blurs(ycc, edges), pairings(ycc, where))


@pytest.mark.parametrize(("ways", "wanted"), [((1, 1), (0, 0)), ((2, 1), (1, 0)),
                                              ((2, 2), (1, 1))])  # fmt: skip
def test_subsampled_colour_is_told_across_and_down(ways, wanted):
    noise = np.random.default_rng(3).normal(0, 1 / 255, (528, 744, 3)).astype(np.float32)
    assert told(subsampled(coloured(), *ways) + noise) == pytest.approx(wanted, abs=0.3)


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.5])
def test_blurred_colour_is_told_whatever_the_luma(sigma):
    for soft in (0.4, 1.0):
        ycc = cv2.transform(cv2.GaussianBlur(coloured(), (0, 0), soft), TO_YCC)
        ycc[..., 1:] = cv2.GaussianBlur(ycc[..., 1:], (0, 0), sigma)
        assert told(cv2.transform(ycc, TO_RGB)) == pytest.approx((sigma, sigma), rel=0.15)


@pytest.mark.parametrize("blur_px", [0.4, 0.7, 0.8, 1.2, 1.5, 2.0, 3.0, 5.5, 11.0])
def test_a_blur_is_as_wide_as_asked(blur_px):
    dots = np.zeros((160, 160, 3), np.float32)
    dots[80:84, 80:84] = 1
    weights = srgb_to_linear(softened(linear_to_srgb(dots), 32, blur_px)[..., 0])
    if blur_px <= 1.5:
        weights = softened(dots, 32, blur_px)[..., 0]
    weights = weights.astype(float) / weights.sum()
    for axis in (0, 1):
        across = weights.sum(axis)
        middle = (across * np.arange(160)).sum()
        square = (across * np.square(np.arange(160) - middle)).sum() - 15 / 12
        assert middle == pytest.approx(81.5, abs=0.1 + 0.05 * blur_px)
        assert square**0.5 == pytest.approx(blur_px, rel=0.1)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_only_colour_is_softened(bits):
    most = {8: 255, 16: 65535, 32: 1}[bits]
    native = np.rint(coloured() * 255) / 255 * most
    native = native.astype({8: np.uint8, 16: np.uint16, 32: np.float32}[bits])
    made = colour_softened(native, bits, (0.9, 0.9))
    assert made.dtype == native.dtype
    luma = [one.astype(np.float32) / most @ np.array([0.299, 0.587, 0.114], np.float32)
            for one in (native, made)]  # fmt: skip
    # Colours outside the range are cut off, which costs luma at some edges.
    assert np.quantile(abs(luma[0] - luma[1]), 0.99) < 1.2 / 255
    assert told(made / most) == pytest.approx((0.9, 0.9), abs=0.15)


def test_a_plate_gets_colour_as_soft_as_a_codec_left_the_sources(context):
    source = ArrayClip(np.stack([codes(subsampled(coloured(), 2, 2))] * 2), FPS)
    plate = ArrayClip(codes(coloured(5))[None], FPS)
    made, notes = match_texture(plate, source, None, None, context, grain=1, softness=1, shutter=0)
    assert any(note.startswith("colour softened by 1.") for note in notes)
    assert told(made.frame(1) / 255) == pytest.approx(told(source.frame(0) / 255), rel=0.15)
    again, _ = match_texture(made, source, None, None, context, grain=1, softness=1, shutter=0)
    assert again is made
    sharp = ArrayClip(np.stack([codes(coloured())] * 2), FPS)
    same, _ = match_texture(made, sharp, None, None, context, grain=1, softness=1, shutter=0)
    assert same is made


@pytest.mark.parametrize(("kept", "across", "down"), [("yuv444p", 0, 0), ("yuv422p", 0.71, 0),
                                                      ("yuv420p", 0.71, 0.5)])  # fmt: skip
def test_what_a_codec_kept_of_colour_is_told(tmp_path, context, kept, across, down):
    path = tmp_path / "clip.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", 25, options={"crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 744, 528, kept
        for _ in range(6):
            frame = av.VideoFrame.from_ndarray(codes(coloured()), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    found = texture_of(open_clip(path, context.store), None, context).colour_px
    assert found == pytest.approx((across, down), abs=0.3)


def test_colour_without_edges_is_left_alone(context):
    grey = np.repeat(codes(coloured())[..., :1], 3, 2)
    source, plate = ArrayClip(np.stack([grey] * 2), FPS), ArrayClip(codes(coloured())[None], FPS)
    _, notes = match_texture(plate, source, None, None, context, grain=1, softness=1, shutter=0)
    assert "colour's sharpness left alone: too few coloured edges tell it" in notes


def world(light=None):
    """A wide textured place, (400, 1300, 3) float32 linear light."""
    rng = np.random.default_rng(0)
    height, width = 400, 1300
    stops = np.zeros((height, width, 3), np.float32)
    for size, share in ((4, 0.15), (16, 0.2), (64, 0.3)):
        coarse = rng.normal(0, share, (height // size + 1, width // size + 1, 3))
        stops += cv2.resize(coarse.astype(np.float32), (width, height),
                            interpolation=cv2.INTER_CUBIC)  # fmt: skip
    place = 0.25 * np.exp(stops)
    return place if light is None else (place * light(height, width)).astype(np.float32)


def shot(place, vignette, camera, frames=30, spot=0.0):
    """Film a place with noise, an exposure that breathes, and a glare that the camera keeps."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    squared = (x - (WIDTH - 1) / 2) ** 2 + (y - (HEIGHT - 1) / 2) ** 2
    left = vignette.light(squared / squared[0, 0])[..., None]
    taken = []
    for index in range(frames):
        way = np.float32(camera.matrix(index)[:2])
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        view = cv2.warpAffine(place, way, (WIDTH, HEIGHT), flags=how)
        light = view * left * (1 + 0.1 * np.sin(index / 3)) + spot * (x / WIDTH)[..., None]
        shown = linear_to_srgb(np.clip(light, 0, 1).astype(np.float32))
        taken.append(codes(np.clip(shown + rng.normal(0, 2 / 255, shown.shape), 0, 1)))
    return ArrayClip(np.stack(taken), FPS)


NONE = Vignette(0.0, 0.0)
LIGHTS = {
    "even": None,
    "a sky": lambda h, w: np.linspace(2.2, 0.5, h)[:, None, None],
    "a sun at the side": lambda h, w: np.exp(np.linspace(-0.8, 0.8, w))[None, :, None],
}


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("true", [Vignette(-0.2, 0.0), Vignette(-0.3, -0.2)])
def test_a_vignette_is_told_where_the_camera_turns(context, true, light):
    for camera in (Pan(12), Pan(5, 2)):
        clip = shot(world(LIGHTS[light]), true, camera)
        found, _ = vignette_of(clip, None, camera, context)
        radii = np.linspace(0, 1, 11) ** 2
        assert np.abs(found.light(radii) - true.light(radii)).max() < 0.02


@pytest.mark.parametrize("light", LIGHTS)
def test_no_vignette_is_seen_where_there_is_none(context, light):
    for camera in (Pan(12), Pan(5, 2)):
        found, why = vignette_of(shot(world(LIGHTS[light]), NONE, camera), None, camera, context)
        assert found is None and why == "none is seen"


def test_a_glare_at_one_side_is_no_vignette(context):
    found, _ = vignette_of(shot(world(), NONE, Pan(12), spot=0.2), None, Pan(12), context)
    assert found is None


def test_a_camera_that_rests_tells_no_vignette(context):
    clip = shot(world(), Vignette(-0.5, 0.0), Pan(0), frames=6)
    assert vignette_of(clip, None, None, context)[1] == "no solved camera is connected"
    assert vignette_of(clip, None, Pan(0), context)[1] == "the camera does not turn far enough"


def test_a_subject_in_the_matte_tells_nothing_of_the_vignette(context):
    true, camera = Vignette(-0.3, 0.0), Pan(12)
    clip = shot(world(), true, camera)
    frames = np.stack([clip.frame(at) for at in range(len(clip))])
    alpha = np.zeros(frames.shape[:3], np.uint8)
    for index in range(len(frames)):
        # Somebody lit by a lamp walks along in the middle.
        frames[index, 60:, 150:330] = np.linspace(60, 200, 210)[:, None, None]
        alpha[index, 60:, 150:330] = 255
    found, _ = vignette_of(ArrayClip(frames, FPS), ArrayClip(alpha, FPS), camera, context)
    assert found.loss == pytest.approx(true.loss, abs=0.03)


def test_a_plate_gets_the_sources_vignette(context):
    true, camera = Vignette(-0.3, -0.2), Pan(12)
    source = shot(world(), true, camera)
    white = ArrayClip(np.full((1, 216, 384, 3), 200, np.uint8), FPS)
    made, notes = match_texture(white, source, None, camera, context,
                                grain=0, softness=0, shutter=0, vignette=1)  # fmt: skip
    assert any(note.startswith("vignette of 3") for note in notes)
    light = srgb_to_linear(made.frame(3)[..., 0].astype(np.float32) / 255)
    assert light[0, 0] / light[108, 192] == pytest.approx(1 - true.loss, abs=0.03)
    half, _ = match_texture(white, source, None, camera, context,
                            grain=0, softness=0, shutter=0, vignette=0.5)  # fmt: skip
    assert white.frame(0)[0, 0, 0] > half.frame(0)[0, 0, 0] > made.frame(0)[0, 0, 0] + 5


def test_a_vignette_on_codes_is_that_of_light():
    vignette = Vignette(-0.2, -0.1)
    ramp = np.tile(np.linspace(0, 255, 256).astype(np.uint8)[:, None, None], (1, 320, 3))
    made = vignetted(ramp, 8, vignette).astype(float)
    exact = vignetted(ramp.astype(np.float32) / 255, 32, vignette) * 255
    off = made - exact
    assert np.abs(off).max() < 2.5 and np.abs(off).mean() < 0.6
    assert np.abs(cv2.blur(off, (33, 1))).max() < 1.5
    deep = vignetted(ramp.astype(np.uint16) * 257, 16, vignette) / 257
    assert np.abs(deep - exact).max() < 0.01


def grid():
    picture = np.zeros((201, 321, 3), np.uint8)
    picture[::10], picture[:, ::10] = 255, 255
    return picture


@pytest.mark.parametrize("k1", [-0.2, 0.15])
def test_distortion_moves_points_as_its_formula_says(k1):
    dots = np.zeros((201, 321, 3), np.uint8)
    places = [(160 + 60, 100), (160, 100 + 50), (160 + 80, 100 + 60)]
    for x, y in places:
        cv2.circle(dots, (x, y), 2, (255, 255, 255), -1)
    shown = distorted(dots, k1)[..., 0]
    count, _, _, centres = cv2.connectedComponentsWithStats((shown > 100).view(np.uint8))
    assert count == 4
    half = np.hypot(160, 100)
    seen = sorted(np.hypot(x - 160, y - 100) / half for x, y in centres[1:])
    true = sorted(np.hypot(x - 160, y - 100) / half for x, y in places)
    edge = 1.0 if k1 < 0 else 100 / half
    fill = 1 + k1 * edge**2
    for radius, at in zip(seen, true, strict=True):
        assert radius / (1 + k1 * radius**2) * fill == pytest.approx(at, abs=0.006)


@pytest.mark.parametrize("k1", [-0.3, 0.3])
def test_a_distorted_picture_fills_the_frame(k1):
    bright = np.full((90, 160, 3), 77, np.uint8)
    np.testing.assert_array_equal(distorted(bright, k1), bright)
    shown = distorted(grid(), k1)
    # A barrel keeps the corners, a cushion the middles of the long edges.
    assert shown[0, 0].min() > 200 if k1 < 0 else shown[0, 160].min() > 200


def test_a_lens_that_does_nothing_is_idle_and_numbers_are_checked(context):
    clip = ArrayClip(codes(coloured())[None], FPS)
    assert Lens().idle and Lens(vignette=NONE, strength=0).idle and not Lens(distortion=0.1).idle
    made, notes = match_texture(clip, clip, None, None, context,
                                grain=0, softness=0, shutter=0, distortion=0.1)  # fmt: skip
    assert not np.array_equal(made.frame(0), clip.frame(0)) and "distorted by +0.100" in notes
    for name, value in (("vignette", 1.5), ("distortion", 0.7)):
        numbers = {"grain": 0, "softness": 0, "shutter": 0, name: value}
        with pytest.raises(InputError, match=f"{name} must be"):
            match_texture(clip, clip, None, None, context, **numbers)


def test_a_still_plate_is_shown_by_the_lens_once(context, monkeypatch):
    shows = []
    show = Lens.show
    monkeypatch.setattr(Lens, "show", lambda lens, *a: shows.append(1) or show(lens, *a))
    soft = cv2.GaussianBlur(coloured(), (0, 0), 2)
    rng = np.random.default_rng(1)
    taken = [np.clip(soft + rng.normal(0, 0.01, soft.shape), 0, 1) for _ in range(8)]
    source = ArrayClip(np.stack([codes(one) for one in taken]), FPS)
    plate = ArrayClip(codes(coloured(5))[None], FPS)
    made, _ = match_texture(plate, source, None, None, context, grain=1, softness=1, shutter=0)
    frames = [made.frame(at) for at in range(8)]
    assert len(shows) == 1 and not np.array_equal(frames[0], frames[1])


def test_a_plate_with_transparency_gets_texture_without_it(context):
    soft = cv2.GaussianBlur(coloured(), (0, 0), 2)
    rgba = np.concatenate([codes(coloured(5)), np.full((528, 744, 1), 255, np.uint8)], 2)
    made, _ = match_texture(ArrayClip(rgba[None], FPS), ArrayClip(codes(soft)[None], FPS), None,
                            None, context, grain=1, softness=1, shutter=0)  # fmt: skip
    assert made.frame(0).shape == (528, 744, 3)
