"""Flicker removed by libavfilter's ``deflicker``: every frame gets one gain, which brings its mean
luma to the power mean over five frames. Run by imageio-ffmpeg's ffmpeg.
"""

from __future__ import annotations

import subprocess

import numpy as np

from ..metrics.arrays import Array

_FRAMES = 5


def deflicker_ffmpeg(frames: Array) -> Array:
    """Return steadied frames, (T, H, W, 3) uint8.

    Args:
        frames: (T, H, W, 3) RGB uint8.

    Raises:
        ValueError: ffmpeg could not filter the frames.
    """
    import imageio_ffmpeg

    height, width = frames.shape[1:3]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24"]
    # The filter knows no RGB: without full chroma, the way there and back would be its rival.
    graph = f"format=yuv444p,deflicker=size={_FRAMES}:mode=pm"
    exact = ["-sws_flags", "accurate_rnd+full_chroma_int+full_chroma_inp"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error"]
    command += [*raw, "-s", f"{width}x{height}", "-i", "pipe:"]
    command += ["-vf", graph, *exact, *raw, "pipe:"]
    done = subprocess.run(
        command, input=np.ascontiguousarray(frames).tobytes(), capture_output=True, check=False
    )
    if done.returncode or len(done.stdout) != frames.size:
        raise ValueError(f"ffmpeg could not deflicker: {done.stderr.decode()[-500:]}")
    return np.frombuffer(done.stdout, np.uint8).reshape(frames.shape)
