"""The sound of a clip as samples: tracks brought to one form, cut and joined at exact samples."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import numpy as np
import torch

from ..clip.clip import Array, AudioTrack
from .sound_file import file_samples, open_sound

#: Layouts by number of channels, as encoders and ComfyUI order them.
LAYOUTS = {1: "mono", 2: "stereo", 3: "3.0", 4: "4.0", 5: "5.0", 6: "5.1", 8: "7.1"}
_PIECE_SAMPLES = 1 << 16


@dataclass(frozen=True)
class SoundForm:
    """The rate and channels that pieces of sound are brought to.

    Attributes:
        rate: samples per second.
        channels: a key of LAYOUTS.
    """

    rate: int
    channels: int

    @property
    def layout(self) -> str:
        """FFmpeg's name of the channel layout."""
        return LAYOUTS[self.channels]


def read_audio(audio: tuple[AudioTrack, ...], duration_s: Fraction) -> tuple[torch.Tensor, int]:
    """Return the sound of a clip as samples.

    Args:
        audio: the clip's sound; empty gives stereo silence.
        duration_s: length; longer sound is cut, shorter is followed by silence.

    Returns:
        (C, samples) float32, nominally -1 ... 1, and the sample rate.

    Raises:
        MediaError: if a file is missing or holds no sound.
    """
    form = common_form(audio)
    total = round(duration_s * form.rate)
    out = np.zeros((form.channels, total), np.float32)
    at = 0
    with closing(read_samples(audio, form)) as pieces:
        for piece in pieces:
            part = piece[:, : total - at]
            out[:, at : at + part.shape[1]] = part
            at += part.shape[1]
            if at >= total:
                break
    return torch.from_numpy(out), form.rate


def common_form(audio: tuple[AudioTrack, ...]) -> SoundForm:
    """Return the rate of the first sound that is not silence, and the most channels of any.

    Raises:
        MediaError: if a file is missing or holds no sound.
    """
    forms = [form for form in map(_form_of, audio) if form is not None]
    if not forms:
        return SoundForm(audio[0].sample_rate if audio else 48000, 2)
    most = max(form.channels for form in forms)
    return SoundForm(forms[0].rate, most if most in LAYOUTS else 2)


def read_samples(audio: tuple[AudioTrack, ...], form: SoundForm) -> Generator[Array, None, None]:
    """Yield the tracks one after another as (C, samples) float32 in ``form``.

    Each begins at the sample nearest to its time, so that rounding never adds up. A track of
    unknown length gives all there is and ends the sound.
    """
    at = Fraction(0)
    for track in audio:
        with closing(_in_form(track, form)) as pieces:
            if track.duration_s is None:
                yield from pieces
                return
            end = at + track.duration_s
            yield from _fitted(pieces, round(end * form.rate) - round(at * form.rate), form)
            at = end


def _form_of(track: AudioTrack) -> SoundForm | None:
    if track.waveform is not None:
        return SoundForm(track.sample_rate, int(track.waveform.shape[0]))
    if track.path is None:
        return None
    container, stream, _ = open_sound(track.path, track.stream)
    with container:
        return SoundForm(stream.rate, stream.channels)


def _in_form(track: AudioTrack, form: SoundForm) -> Generator[Array, None, None]:
    """Yield a track's samples in ``form``; silence yields nothing."""
    own = _form_of(track)
    if own is None:
        return
    if track.path is not None and track.waveform is None:
        pieces = file_samples(track.path, track.stream, track.start_s, track.duration_s)
    else:
        pieces = _waveform_samples(track)
    with closing(pieces):
        yield from pieces if own == form else _converted(pieces, own.rate, form)


def _waveform_samples(track: AudioTrack) -> Generator[Array, None, None]:
    assert track.waveform is not None
    first = round(track.start_s * track.sample_rate)
    last = track.waveform.shape[1]
    if track.duration_s is not None:
        last = min(last, round((track.start_s + track.duration_s) * track.sample_rate))
    for at in range(first, last, _PIECE_SAMPLES):
        piece = track.waveform[:, at : min(at + _PIECE_SAMPLES, last)]
        yield np.ascontiguousarray(piece.detach().cpu().float().numpy())


def _converted(pieces: Iterable[Array], rate: int, form: SoundForm) -> Iterator[Array]:
    """Yield ``pieces``, of sample rate ``rate`` and any channels, in ``form``."""
    resampler: Any = av.AudioResampler("fltp", form.layout, form.rate)
    for piece in pieces:
        known = piece if piece.shape[0] in LAYOUTS else piece[:2]
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(known), format="fltp", layout=LAYOUTS[known.shape[0]]
        )
        frame.sample_rate = rate
        for converted in resampler.resample(frame):
            yield converted.to_ndarray()
    for converted in resampler.resample(None):
        yield converted.to_ndarray()


def _fitted(pieces: Iterable[Array], count: int, form: SoundForm) -> Iterator[Array]:
    """Yield exactly ``count`` samples: the pieces, cut or followed by silence."""
    for piece in pieces:
        part = piece[:, :count]
        count -= part.shape[1]
        yield part
        if count == 0:
            return
    while count > 0:
        part = np.zeros((form.channels, min(count, _PIECE_SAMPLES)), np.float32)
        count -= part.shape[1]
        yield part
