"""Clips made of clips: map, window, trim, concatenate, resize, and clips of arrays.

All are lazy and pure per frame, so that chunk size and order of requests change nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import torch

from ..errors import ClipMismatchError, InputError
from ..fingerprint import array_fingerprint, fingerprint
from .average import area_average
from .clip import Array, AudioTrack, Clip, ClipFormat, trimmed_audio


def map_frames(
    function: Callable[..., Array],
    clips: Sequence[Clip],
    operation: str,
    *parameters: Any,
    channels: int | None = None,
    bits: int | None = None,
    size: tuple[int, int] | None = None,
) -> Clip:
    """Return the clip whose frame i is ``function(i, clips[0].frame(i), clips[1].frame(i), ...)``.

    Args:
        function: pure; gets the index and one native frame per clip, returns a native frame.
        clips: of one length; format and sound follow the first.
        operation: name and version for the fingerprint, for example ``"grade/1"``.
        parameters: everything else the result depends on.
        channels: of the result, when other than the first clip's.
        bits: of the result, when other than the first clip's.
        size: (width, height) of the result, when other than the first clip's.

    Raises:
        ClipMismatchError: if the clips differ in length.
    """
    check_same_length(clips, operation)
    first = clips[0].format
    width, height = size or (first.width, first.height)
    result = replace(
        first,
        width=width,
        height=height,
        channels=first.channels if channels is None else channels,
        bits=first.bits if bits is None else bits,
    )
    marks = [clip.fingerprint for clip in clips]
    return _Mapped(function, clips, result, fingerprint(operation, marks, parameters))


class _Mapped(Clip):
    def __init__(
        self, function: Callable[..., Array], clips: Sequence[Clip], fmt: ClipFormat, mark: str
    ) -> None:
        super().__init__(fmt, mark, parents=clips, audio=clips[0].audio)
        self._function = function

    def key_frame(self, index: int) -> int:
        return self.parents[0].key_frame(index)

    def _render(self, index: int) -> Array:
        return self._function(index, *(clip.frame(index) for clip in self.parents))


def window_frames(
    function: Callable[[int, list[Array]], Array],
    clip: Clip,
    radius_frames: int,
    operation: str,
    *parameters: Any,
) -> Clip:
    """Return the clip whose frame i is ``function(i, frames i - radius ... i + radius)``.

    At the ends the first or last frame is repeated, so the list always has 2 radius + 1 entries.
    """
    mark = fingerprint(operation, clip.fingerprint, radius_frames, parameters)
    return _Windowed(function, clip, radius_frames, mark)


class _Windowed(Clip):
    def __init__(
        self, function: Callable[[int, list[Array]], Array], clip: Clip, radius: int, mark: str
    ) -> None:
        super().__init__(clip.format, mark, parents=(clip,), audio=clip.audio)
        clip.keep(2 * radius + 2)
        self._function, self._clip, self._radius = function, clip, radius

    def _render(self, index: int) -> Array:
        last = len(self._clip) - 1
        around = range(index - self._radius, index + self._radius + 1)
        return self._function(index, [self._clip.frame(min(max(i, 0), last)) for i in around])


def trim(clip: Clip, start: int, stop: int) -> Clip:
    """Return frames ``start`` to ``stop`` (excluded), with the sound that belongs to them.

    Raises:
        InputError: if that is not a part of the clip.
    """
    if not 0 <= start < stop <= len(clip):
        raise InputError(
            f"trim must stay inside the clip's {len(clip)} frames, got {start} to {stop}. "
            "Choose a start before the end and an end not past the clip."
        )
    return clip if (start, stop) == (0, len(clip)) else _Trimmed(clip, start, stop)


class _Trimmed(Clip):
    def __init__(self, clip: Clip, start: int, stop: int) -> None:
        fps = clip.format.fps
        super().__init__(
            replace(clip.format, frames=stop - start),
            fingerprint("trim/1", clip.fingerprint, start, stop),
            parents=(clip,),
            audio=trimmed_audio(clip.audio, start / fps, (stop - start) / fps),
            keep=1,
        )
        self._clip, self._start = clip, start

    def key_frame(self, index: int) -> int:
        return max(0, self._clip.key_frame(self._start + index) - self._start)

    def _render(self, index: int) -> Array:
        return self._clip.frame(self._start + index)


def reverse(clip: Clip) -> Clip:
    """Return the frames from the last to the first, silent.

    Fast where frames can be read in any order, as those of the store can.
    """
    return _Reversed(clip)


class _Reversed(Clip):
    def __init__(self, clip: Clip) -> None:
        super().__init__(
            clip.format, fingerprint("reverse/1", clip.fingerprint), parents=(clip,), keep=1
        )
        self._clip = clip

    def _render(self, index: int) -> Array:
        return self._clip.frame(len(self) - 1 - index)


def concatenate(clips: Sequence[Clip]) -> Clip:
    """Return the clips one after another.

    Raises:
        ClipMismatchError: if they differ in size, rate, channels or bits.
    """
    first = clips[0].format
    for number, clip in enumerate(clips[1:], 2):
        if replace(clip.format, frames=first.frames) != first:
            raise ClipMismatchError(
                f"clip {number} must be {_describe(first)} like the first, got "
                f"{_describe(clip.format)}. Conform it before joining."
            )
    return clips[0] if len(clips) == 1 else _Concatenated(clips)


class _Concatenated(Clip):
    def __init__(self, clips: Sequence[Clip]) -> None:
        self._starts = np.cumsum([0] + [len(clip) for clip in clips])
        super().__init__(
            replace(clips[0].format, frames=int(self._starts[-1])),
            fingerprint("concatenate/1", [clip.fingerprint for clip in clips]),
            parents=clips,
            audio=_joined_audio(clips),
            keep=1,
        )

    def _render(self, index: int) -> Array:
        which = int(np.searchsorted(self._starts, index, side="right")) - 1
        return self.parents[which].frame(index - int(self._starts[which]))


def _joined_audio(clips: Sequence[Clip]) -> tuple[AudioTrack, ...]:
    if not any(clip.audio for clip in clips):
        return ()
    rate = next(track.sample_rate for clip in clips for track in clip.audio)
    joined: list[AudioTrack] = []
    for clip in clips:
        length = clip.format.duration_s
        tracks = trimmed_audio(clip.audio, Fraction(0), length)
        joined += tracks
        missing = length - sum((track.duration_s or Fraction(0) for track in tracks), Fraction(0))
        if missing > 0:
            joined.append(AudioTrack(sample_rate=rate, duration_s=missing))
    return tuple(joined)


def resize(clip: Clip, width: int, height: int) -> Clip:
    """Return the clip at another size (area averaging down, cubic up)."""
    if (width, height) == (clip.format.width, clip.format.height):
        return clip
    fits = width <= clip.format.width and height <= clip.format.height
    smaller = width * height < clip.format.width * clip.format.height
    how = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC

    def resized(_: int, frame: Array) -> Array:
        if fits:
            return area_average(frame, (width, height))
        return np.asarray(cv2.resize(frame, (width, height), interpolation=how))

    return map_frames(resized, [clip], "resize/2", width, height, size=(width, height))


def convert(clip: Clip, bits: int) -> Clip:
    """Return the clip with another native form (see :attr:`ClipFormat.bits`), rounded."""
    if bits == clip.format.bits:
        return clip
    target = replace(clip.format, bits=bits)
    scale = target.max_value / clip.format.max_value

    def converted(_: int, frame: Array) -> Array:
        if bits == 32:
            return frame.astype(np.float32) * np.float32(scale)
        scaled = frame.astype(np.float32) * np.float32(scale) + np.float32(0.5)
        result: Array = np.clip(scaled, 0, target.max_value).astype(target.dtype)
        return result

    return map_frames(converted, [clip], "convert/1", bits, bits=bits)


class ArrayClip(Clip):
    """A clip of frames that are in memory already."""

    def __init__(
        self, frames: Array, fps: Fraction, audio: tuple[AudioTrack, ...] = (), bits: int = 0
    ) -> None:
        """Hold ``frames``: (T, H, W) or (T, H, W, C), uint8, uint16 or float32 in 0 ... 1.

        Args:
            frames: at least one.
            fps: frames per second.
            audio: the sound.
            bits: native bits; 0 follows the dtype (uint16 is 16).
        """
        if frames.ndim not in (3, 4) or not frames.size:
            raise InputError(
                f"frames must be a batch of pictures, got shape {tuple(frames.shape)}. "
                "Connect an IMAGE batch or a video with at least one frame."
            )
        if frames.ndim == 4 and frames.shape[3] == 1:
            frames = frames[..., 0]
        bits = bits or {"uint8": 8, "uint16": 16, "float32": 32}[frames.dtype.name]
        count, height, width = frames.shape[:3]
        channels = 1 if frames.ndim == 3 else frames.shape[3]
        super().__init__(
            ClipFormat(width, height, fps, count, channels, bits),
            fingerprint("array/1", array_fingerprint(frames), fps, bits),
            audio=audio,
            keep=1,
        )
        self._frames = frames

    def _render(self, index: int) -> Array:
        frame: Array = self._frames[index]
        return frame


def clip_of_images(images: torch.Tensor, fps: Fraction, audio: tuple[AudioTrack, ...] = ()) -> Clip:
    """Return the clip of an IMAGE batch (T, H, W, C) or MASK batch (T, H, W), float in 0 ... 1."""
    return ArrayClip(images.detach().cpu().float().numpy(), fps, audio)


def still(picture: Array, like: ClipFormat) -> Clip:
    """Return ``picture`` (native form) repeated for the length and rate of ``like``."""
    height, width = picture.shape[:2]
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    bits = {"uint8": 8, "uint16": 16, "float32": 32}[picture.dtype.name]
    fmt = replace(like, width=width, height=height, channels=channels, bits=bits)
    return _Still(picture, fmt)


def hold(clip: Clip, like: ClipFormat) -> Clip:
    """Return a clip of one frame for the length and rate of ``like``; any other as it is."""
    return clip if clip.format.frames != 1 or like.frames == 1 else _Held(clip, like)


class _Held(Clip):
    def __init__(self, clip: Clip, like: ClipFormat) -> None:
        fmt = replace(clip.format, fps=like.fps, frames=like.frames)
        mark = fingerprint("hold/1", clip.fingerprint, fmt.frames, fmt.fps)
        super().__init__(fmt, mark, parents=(clip,), keep=1)

    def _render(self, index: int) -> Array:
        return self.parents[0].frame(0)


class _Still(Clip):
    def __init__(self, picture: Array, fmt: ClipFormat) -> None:
        mark = fingerprint("still/1", array_fingerprint(picture), fmt.frames, fmt.fps)
        super().__init__(fmt, mark, keep=1)
        self._picture = picture

    def _render(self, index: int) -> Array:
        return self._picture


def check_same_length(clips: Sequence[Clip], what: str) -> None:
    """Raise ClipMismatchError unless all clips have one length."""
    lengths = [len(clip) for clip in clips]
    if len(set(lengths)) > 1:
        raise ClipMismatchError(
            f"{what.split('/', maxsplit=1)[0]} needs clips of one length, got "
            f"{' and '.join(str(n) for n in lengths)} frames. Trim or conform them first."
        )


def check_same_size(clips: Sequence[Clip], what: str) -> None:
    """Raise ClipMismatchError unless all clips have one size."""
    sizes = [(clip.format.width, clip.format.height) for clip in clips]
    if len(set(sizes)) > 1:
        raise ClipMismatchError(
            f"{what} needs clips of one size, got "
            f"{' and '.join(f'{w}x{h}' for w, h in sizes)}. Resize one of them first."
        )


def _describe(fmt: ClipFormat) -> str:
    kind = {1: "matte", 3: "RGB", 4: "RGBA"}.get(fmt.channels, f"{fmt.channels} channels")
    return f"{fmt.width}x{fmt.height} at {fmt.fps} fps, {kind}, {fmt.bits} bits"
