"""Pictures of light are read as light."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pytest
from backlot.engine.errors import MediaError
from backlot.engine.media.radiance import read_radiance


def light():
    draw = np.random.default_rng(2)
    values = draw.uniform(0, 1, (24, 48, 3)).astype(np.float32)
    values[3, 5] = 900, 700, 500
    return values


def write_exr(path, values, layout="gbrpf32le"):
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as file:
        stream = file.add_stream("exr", rate=1)
        stream.height, stream.width = values.shape[:2]
        stream.pix_fmt = layout
        frame = av.VideoFrame(values.shape[1], values.shape[0], layout)
        for at, channel in enumerate((1, 2, 0)):
            plane = frame.planes[at]
            rows = np.frombuffer(plane, np.float32).reshape(plane.height, -1)
            rows[:, : plane.width] = values[..., channel]
        frame.pts = 0
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))


def test_radiance_hdr_keeps_its_light(tmp_path):
    cv2.imwrite(str(tmp_path / "a.hdr"), light()[..., ::-1])
    found = read_radiance(tmp_path / "a.hdr")
    assert found.dtype == np.float32
    # Its three channels share an exponent: small values beside large ones are coarse.
    assert np.abs(found - light()).max(axis=-1) == pytest.approx(0, abs=0.01 * 900)
    assert found[3, 5] == pytest.approx([900, 700, 500], rel=0.01)
    assert found[10] == pytest.approx(light()[10], abs=0.005)


def test_openexr_keeps_its_light_exactly(tmp_path):
    write_exr(tmp_path / "a.exr", light())
    assert read_radiance(tmp_path / "a.exr") == pytest.approx(light(), rel=1e-3)


def test_other_pictures_are_brought_to_linear_light(tmp_path):
    cv2.imwrite(str(tmp_path / "a.png"), np.full((4, 8, 3), 188, np.uint8))
    assert read_radiance(tmp_path / "a.png") == pytest.approx(0.5029, abs=1e-3)


@pytest.mark.parametrize("name", ["a.hdr", "a.exr", "a.png"])
@pytest.mark.parametrize("content", [b"", b"no picture at all", None])
def test_what_is_no_picture_is_told(tmp_path, name, content):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(MediaError, match="picture"):
        read_radiance(tmp_path / name)
