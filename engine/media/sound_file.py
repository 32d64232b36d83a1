"""The sound in one file: opening it, and its samples in order, gaps and damage made silent.

Time in a file counts from its first picture (from its first sound where it has no pictures), so
that the sound and the frames of one file share their zero.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error
import av.stream
import numpy as np

from ..clip.clip import Array
from ..errors import MediaError

log = logging.getLogger(__name__)

#: Containers round times: samples are moved only when they are further off than this.
_TOLERANCE_S = 0.03
#: A late start is jumped to, this much early so that decoders have settled.
_PREROLL_S = 3
_SILENCE_SAMPLES = 1 << 16


def open_sound(path: Path, number: int) -> tuple[Any, Any, Fraction]:
    """Open the sound of a file.

    Returns:
        The container, its audio stream ``number``, and where the file's zero lies in its time.

    Raises:
        MediaError: if there is no such file or stream.
    """
    try:
        container = av.open(str(path), metadata_errors="replace")
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(
            f"sound must be in a readable file, got {path} ({error.strerror}). "
            "Put the file back or choose another."
        ) from error
    sounds = container.streams.audio
    if number >= len(sounds):
        container.close()
        raise MediaError(
            f"sound must be stream {number} of {path.name}, got a file with {len(sounds)} audio "
            "streams. Choose another file."
        )
    return container, sounds[number], _zero(container, sounds[number])


def file_samples(
    path: Path, number: int, start_s: Fraction, duration_s: Fraction | None
) -> Generator[Array, None, None]:
    """Yield the sound of a file from ``start_s`` on as (C, samples) float32 at its own rate.

    Args:
        path: the file.
        number: which of its audio streams.
        start_s: seconds from the file's zero.
        duration_s: seconds; None is all that follows. What the file lacks is left out at the end.
    """
    container, stream, zero = open_sound(path, number)
    with container:
        rate = stream.rate
        first = round(start_s * rate)
        last = None if duration_s is None else round((start_s + duration_s) * rate)
        if start_s > 2 * _PREROLL_S:
            place = (zero + start_s - _PREROLL_S) / stream.time_base
            container.seek(int(place), stream=stream, backward=True)
        yield from _placed(_decoded(container, stream, zero, rate), first, last, rate)


def _placed(
    decoded: Iterator[tuple[int | None, Array]], first: int, last: int | None, rate: int
) -> Iterator[Array]:
    """Yield samples ``first`` to ``last`` (excluded; None is all), with silence in the gaps.

    Samples are counted on from the first piece; a piece's own time counts only when it is off by
    more than rounding.
    """
    at, following = first, None
    for position, samples in decoded:
        begin = following if position is None or following is None else position
        if begin is None:
            begin = first if position is None else position
        elif following is not None and abs(begin - following) <= _TOLERANCE_S * rate:
            begin = following
        following = begin + samples.shape[1]
        while at < begin and (last is None or at < last):
            gap = min(begin - at, _SILENCE_SAMPLES, (begin if last is None else last) - at)
            yield np.zeros((samples.shape[0], gap), np.float32)
            at += gap
        part = samples[:, max(0, at - begin) :]
        part = part if last is None else part[:, : last - at]
        if part.shape[1]:
            yield part
            at += part.shape[1]
        if last is not None and at >= last:
            return


def _zero(container: Any, sound: Any) -> Fraction:
    """Return the time of the file's first picture, or of the sound where there is none."""
    cover = av.stream.Disposition.attached_pic
    pictures = [stream for stream in container.streams.video if not stream.disposition & cover]
    first = pictures[0] if pictures else sound
    return Fraction((first.start_time or 0) * (first.time_base or 0))


def _decoded(
    container: Any, stream: Any, zero: Fraction, rate: int
) -> Iterator[tuple[int | None, Array]]:
    """Yield (sample number or None, (C, samples) float32), all of one rate and layout."""
    form = (stream.layout.name, rate)
    converters: dict[tuple[str, str, int], Any] = {}
    for frame in _frames(container, stream):
        given = (frame.format.name, frame.layout.name, frame.sample_rate)
        if given not in converters:
            converters[given] = av.AudioResampler("fltp", *form)
        position = None
        if frame.pts is not None:
            position = round((frame.pts * frame.time_base - zero) * rate)
        frame.pts = None
        for converted in converters[given].resample(frame):
            yield position, converted.to_ndarray()
            position = None


def _frames(container: Any, stream: Any) -> Iterator[Any]:
    """Yield what can be decoded; damage is logged once and leaves a gap."""
    complained = False
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
            if packet is None:
                return
            frames = packet.decode()
        except av.error.FFmpegError as error:
            if not complained:
                log.warning("Sound of %s is damaged and silent there: %s", container.name, error)
                complained = True
            if isinstance(error, av.error.EOFError):
                return
            continue
        yield from frames
