"""The sound of a delivered file: copied untouched where the container takes it, or encoded once.

A copy keeps every packet and its time relative to the first picture, so that players decode the
same samples at the same moments. Anything cut, joined or foreign to the container becomes AAC.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from typing import Any

import av
import av.error
import numpy as np

from ..clip.clip import Array, AudioTrack
from .audio import SoundForm, common_form, read_samples
from .sound_file import open_sound

log = logging.getLogger(__name__)

#: Codecs that each container carries and players of it decode.
_CARRIED = {
    "mp4": {"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"},
    "mov": {"aac", "mp3", "ac3", "eac3", "alac", "pcm_s16le", "pcm_s24le", "pcm_f32le"},
    "matroska": {
        "aac", "mp3", "ac3", "eac3", "alac", "opus", "flac", "vorbis", "dts", "truehd",
        "pcm_s16le", "pcm_s24le", "pcm_f32le",
    },
}  # fmt: skip
_AAC_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000)
_AAC_SAMPLES = 1024
_BITS_PER_CHANNEL = 128_000
#: A stream's packets in decoding order, each with its time in seconds.
Packets = Iterator[tuple[Fraction, Any]]


def add_sound(
    output: Any, container: str, audio: tuple[AudioTrack, ...], stack: ExitStack
) -> Packets:
    """Add the sound's stream to ``output`` and return its packets, each with its time in seconds.

    Args:
        output: an open container that has no packets yet.
        container: its format's name.
        audio: the clip's sound, at least one track.
        stack: closes what is opened here.

    Raises:
        MediaError: if a file is missing or holds no sound.
    """
    track = audio[0]
    untouched = len(audio) == 1 and track.duration_s is None and track.start_s == 0
    if untouched and track.path is not None:
        source, stream, zero = open_sound(track.path, track.stream)
        stack.enter_context(source)
        if stream.codec_context.codec.canonical_name in _CARRIED[container]:
            copied = output.add_stream_from_template(stream)
            return _copied(source, stream, copied, zero)
    return _encoded(output, audio, stack)


def _copied(source: Any, stream: Any, copied: Any, zero: Fraction) -> Packets:
    """Yield a stream's packets, their times counted from the file's zero."""
    shift = round(zero / stream.time_base)
    last = None
    try:
        for packet in source.demux(stream):
            if (
                packet.dts is None
                or packet.pts is None
                or (last is not None and packet.dts <= last)
            ):
                continue
            last = packet.dts
            packet.pts -= shift
            packet.dts -= shift
            when = packet.dts * packet.time_base
            packet.stream = copied
            yield when, packet
    except av.error.FFmpegError as error:
        log.warning("Sound of %s is damaged and ends early: %s", source.name, error)


def _encoded(output: Any, audio: tuple[AudioTrack, ...], stack: ExitStack) -> Packets:
    form = common_form(audio)
    if form.rate not in _AAC_RATES:
        form = SoundForm(48000, form.channels)
    stream = output.add_stream("aac", rate=form.rate, layout=form.layout)
    per_channel = min(_BITS_PER_CHANNEL, 5 * form.rate)
    stream.bit_rate = per_channel * form.channels
    pieces = stack.enter_context(closing(read_samples(audio, form)))
    return _aac_packets(stream, pieces, form)


def _aac_packets(stream: Any, pieces: Iterable[Array], form: SoundForm) -> Packets:
    at = 0
    for piece in _of_length(pieces, _AAC_SAMPLES):
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout=form.layout)
        frame.sample_rate, frame.pts, frame.time_base = form.rate, at, Fraction(1, form.rate)
        at += piece.shape[1]
        for packet in stream.encode(frame):
            yield packet.dts * packet.time_base, packet
    for packet in stream.encode(None):
        yield packet.dts * packet.time_base, packet


def _of_length(pieces: Iterable[Array], length: int) -> Iterator[Array]:
    """Yield the same samples in pieces of ``length``, the last one shorter."""
    kept: list[Array] = []
    have = 0
    for piece in pieces:
        kept.append(piece)
        have += piece.shape[1]
        if have >= length:
            joined = np.concatenate(kept, axis=1)
            whole = have - have % length
            for at in range(0, whole, length):
                yield np.ascontiguousarray(joined[:, at : at + length])
            kept, have = [joined[:, whole:]], have - whole
    if have:
        yield np.ascontiguousarray(np.concatenate(kept, axis=1))
