"""A clip's sound as one waveform, cut to the sample: what core's nodes want on AUDIO sockets."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.error
import numpy as np
import torch
from av.audio.resampler import AudioResampler

from ..engine.clip.clip import Array, AudioTrack
from ..engine.errors import MediaError


def read_sound(tracks: tuple[AudioTrack, ...], duration_s: Fraction) -> tuple[torch.Tensor, int]:
    """Return the tracks one after another, as long as the clip.

    Args:
        tracks: at least one.
        duration_s: how long the result is; silence fills what is missing.

    Returns:
        (C, samples) float32 and samples per second: those of the first track with sound.

    Raises:
        MediaError: if a track's file cannot be read.
    """
    rate, channels = _shape(tracks)
    whole = np.zeros((channels, round(duration_s * rate)), np.float32)
    at = 0
    for track in tracks:
        room = whole.shape[1] - at
        wanted = room if track.duration_s is None else min(room, round(track.duration_s * rate))
        sound = _stretch(track, wanted, rate, channels)
        whole[:, at : at + sound.shape[1]] = sound
        at += wanted
    return torch.from_numpy(whole), rate


def _shape(tracks: tuple[AudioTrack, ...]) -> tuple[int, int]:
    """Return the rate and the channels of the first track that is not silence."""
    for track in tracks:
        if track.waveform is not None:
            return track.sample_rate, track.waveform.shape[0]
        if track.path is not None:
            with _opened(track.path) as container:
                context = container.streams.audio[track.stream].codec_context
                return context.sample_rate, context.layout.nb_channels
    return tracks[0].sample_rate, 1


def _stretch(track: AudioTrack, samples: int, rate: int, channels: int) -> Array:
    """Return up to ``samples`` of a track as (channels, n) float32 at ``rate``."""
    if track.path is None and track.waveform is None:
        return np.zeros((channels, 0), np.float32)
    first = round(track.start_s * rate)
    if track.waveform is not None and track.sample_rate == rate:
        return _with_channels(track.waveform.numpy()[:, first : first + samples], channels)
    parts: list[Array] = []
    have = 0
    for part in _decoded(track, rate, channels):
        parts.append(part)
        have += part.shape[1]
        if have >= first + samples:
            break
    sound = np.concatenate(parts, axis=1) if parts else np.zeros((channels, 0), np.float32)
    return sound[:, first : first + samples]


def _decoded(track: AudioTrack, rate: int, channels: int) -> Iterator[Array]:
    """Yield a track from its beginning, (channels, n) float32 at ``rate``."""
    layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}.get(channels, f"{channels}c")
    resampler = AudioResampler(format="fltp", layout=layout, rate=rate)
    for frame in (*_source_frames(track), None):
        for done in resampler.resample(frame):
            yield done.to_ndarray()


def _source_frames(track: AudioTrack) -> Iterator[av.AudioFrame]:
    if track.waveform is not None:
        planes = np.ascontiguousarray(track.waveform.numpy(), np.float32)
        layout = {1: "mono", 2: "stereo", 6: "5.1", 8: "7.1"}.get(planes.shape[0], "stereo")
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=layout)
        frame.sample_rate = track.sample_rate
        yield frame
        return
    assert track.path is not None
    with _opened(track.path) as container:
        yield from container.decode(container.streams.audio[track.stream])


def _with_channels(waveform: Array, channels: int) -> Array:
    if waveform.shape[0] == channels:
        return waveform
    return np.broadcast_to(waveform.mean(axis=0), (channels, waveform.shape[1]))


def _opened(path: Path) -> av.container.InputContainer:
    try:
        return av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise MediaError(
            f"sound must be read from {path.name}, got {error}. Check that the file still exists."
        ) from error
