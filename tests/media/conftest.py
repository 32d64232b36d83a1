"""Small videos of known content, encoded in the test."""

from __future__ import annotations

import struct
from fractions import Fraction

import av
import numpy as np
import pytest

#: Numbers are written as black and white stripes, one for each bit.
BITS = 8


def numbered(number, size=(64, 48)):
    """Return a grey picture (H, W) uint8 that shows ``number`` in stripes and as its brightness."""
    width, height = size
    bits = [(number >> bit) & 1 for bit in range(BITS)]
    row = np.repeat(np.array(bits) * 200 + 28, width // BITS)
    picture = np.tile(np.pad(row, (0, width - len(row)), mode="edge"), (height, 1))
    picture[height // 2 :] = 40 + number % 160
    return picture.astype(np.uint8)


def number_shown(frame):
    """Return the number that a decoded frame of any native form shows."""
    frame = np.asarray(frame, np.float64)
    plane = frame if frame.ndim == 2 else frame[..., 1]
    height, width = plane.shape
    stripe = width // BITS
    levels = [
        plane[2 : height // 2 - 2, bit * stripe + 2 : (bit + 1) * stripe - 2].mean()
        for bit in range(BITS)
    ]
    half = np.iinfo(np.uint16).max / 2 if plane.max() > 255 else 127
    return sum(int(level > half) << bit for bit, level in enumerate(levels))


def store_planes(frame, planes):
    """Write arrays into the planes of ``frame``."""
    for plane, values in zip(frame.planes, planes, strict=True):
        deep = values.dtype == np.uint16
        rows = np.zeros((plane.height, plane.line_size // (2 if deep else 1)), values.dtype)
        rows[: values.shape[0], : values.shape[1]] = values
        plane.update(rows.tobytes())
    return frame


def frame_of(planes, pixel_format):
    """Return a video frame with the given planes."""
    height, width = planes[0].shape
    return store_planes(av.VideoFrame(width, height, pixel_format), planes)


def write_video(
    path,
    frames,
    codec="libx264",
    rate=25,
    times=None,
    tick=None,
    tags=None,
    aspect=None,
    options=None,
    metadata=None,
    sound_s=0.0,
    sound_from_s=0.0,
):
    """Encode ``frames`` (video frames of one format) and return the path.

    Args:
        path: the file; its suffix names the container.
        frames: what to encode.
        codec: FFmpeg's name.
        rate: frames per second of frames without ``times``.
        times: time stamps in ``tick``.
        tick: seconds.
        tags: attributes of the encoder, such as colorspace.
        aspect: sample aspect.
        options: of the encoder.
        metadata: of the video stream.
        sound_s: seconds of a tone beside it.
        sound_from_s: when that begins.
    """
    first = frames[0]
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(rate), options=options or {})
        stream.width, stream.height = first.width, first.height
        stream.pix_fmt = first.format.name
        if tick is not None:
            stream.time_base = stream.codec_context.time_base = Fraction(tick)
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = Fraction(aspect)
        for name, value in (tags or {}).items():
            setattr(stream.codec_context, name, value)
        stream.metadata.update(metadata or {})
        sound = container.add_stream("aac", rate=48000) if sound_s else None
        for number, frame in enumerate(frames):
            frame.pts = number if times is None else times[number]
            frame.time_base = 1 / Fraction(rate) if times is None else Fraction(tick)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _write_tone(container, sound, sound_s, sound_from_s)
    return path


def _write_tone(container, stream, seconds, start_s):
    tone = np.sin(np.arange(round(seconds * 48000)) * 0.05).astype(np.float32)[None] * 0.5
    for at in range(0, tone.shape[1], 1024):
        piece = np.repeat(tone[:, at : at + 1024], 2, axis=0)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(piece), "fltp", "stereo")
        frame.sample_rate, frame.pts = 48000, at + round(start_s * 48000)
        frame.time_base = Fraction(1, 48000)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def turn(path, matrix):
    """Write a display matrix (a, b, c, d) into an MP4's track header."""
    data = bytearray(path.read_bytes())
    a, b, c, d = matrix
    one = 1 << 16
    struct.pack_into(
        ">9i",
        data,
        data.index(b"tkhd") + 44,
        a * one,
        b * one,
        0,
        c * one,
        d * one,
        0,
        0,
        0,
        1 << 30,
    )
    path.write_bytes(data)


@pytest.fixture
def numbered_video(tmp_path):
    """Return a function that encodes a video of numbered frames."""

    def make(name="clip.mp4", count=40, pixel_format="yuv420p", size=(64, 48), **how):
        width, height = size
        frames = []
        for number in range(count):
            gray = av.VideoFrame.from_ndarray(numbered(number, (width, height)), format="gray")
            frames.append(gray.reformat(format=pixel_format))
        return write_video(tmp_path / name, frames, **how)

    return make
