import av
import numpy as np
import pytest

from ..metrics.banding import banding

pytest.importorskip("imageio_ffmpeg", reason="needs imageio-ffmpeg for CAMBI")


def glow(dither, shape=(360, 640)):
    """Two frames of a soft glow in the dark, float32, rounded to 8 bits unless ``dither`` is 0."""
    y, x = np.indices(shape)
    codes = 40 - 24 * np.hypot(x - shape[1] / 2, y - shape[0] / 2) / (shape[1] / 2)
    noise = np.random.default_rng(0).uniform(-dither, dither, (2, *shape))
    codes = np.round(codes + noise)
    return np.repeat(codes[..., None], 3, axis=-1).clip(0, 255).astype(np.uint8)


def test_contours_are_seen_and_dither_hides_them():
    assert banding(glow(0.0)) > 8
    assert banding(glow(1.0)) < 0.5


def test_ten_bits_have_smaller_steps():
    eight = glow(0.0)
    y, x = np.indices(eight.shape[1:3])
    codes = 40 - 24 * np.hypot(x - 320, y - 180) / 320
    ten = np.repeat(np.float32(codes / 255)[None, ..., None], 3, axis=-1)
    assert banding(ten) < banding(eight) / 2


def test_a_file_gives_what_its_frames_give(tmp_path):
    frames = glow(0.0)
    path = tmp_path / "a file's name: 1.mkv"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        for frame in frames:
            luma = np.round(16 + 219 / 255 * frame[..., 0].astype(np.float32)).astype(np.uint8)
            planes = np.vstack([luma, np.full((180, 640), 128, np.uint8)])
            file.mux(stream.encode(av.VideoFrame.from_ndarray(planes, format="yuv420p")))
        file.mux(stream.encode(None))
    assert banding(path) == pytest.approx(banding(frames), rel=1e-3)


def test_blocks_can_be_left_out():
    # A quarter of a code a pixel, finely dithered; a block is two codes from the next.
    slope = (40 + 0.25 * np.indices((256, 320)).sum(axis=0) + np.zeros((2, 1, 1))) / 255
    noise = np.random.default_rng(0).normal(0, 0.15 / 255, slope.shape)
    truth = np.repeat((slope + noise)[..., None], 3, axis=-1).astype(np.float32)
    frames = truth.copy()
    means = truth[:, 96:192, 96:224].reshape(2, 12, 8, 16, 8, 3).mean(axis=(2, 4))
    frames[:, 96:192, 96:224] = means.repeat(8, axis=1).repeat(8, axis=2)
    assert banding(frames, 4) > 1
    assert banding(frames, 4, truth) == pytest.approx(banding(truth, 4), abs=0.05)


def test_what_ffmpeg_cannot_read_is_told(tmp_path):
    (tmp_path / "no.mp4").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="ffmpeg"):
        banding(tmp_path / "no.mp4")
