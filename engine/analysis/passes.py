"""One pass over a clip for everything that is asked of it.

A question is answered by an observer that is shown the frames it needs, reduced, in order.
Questions that are asked together share the pass, so the clip is decoded once; each answer is kept
under its own key, so what one node has found out another does not look for again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, Protocol, TypeVar

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip, ClipFormat
from ..clip.operations import check_same_length, check_same_size
from ..clip.pull import pull_each
from ..context import Context
from ..fingerprint import fingerprint
from .reduced import Size, reduced_size, to_eight_bits


class Answer(Protocol):
    """What an observer found: a value with a JSON form."""

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""


T = TypeVar("T", bound=Answer)
T_co = TypeVar("T_co", bound=Answer, covariant=True)


@dataclass(frozen=True)
class Look:
    """One frame, reduced to about 960 x 540.

    Attributes:
        index: of the frame.
        rgb: (H, W, 3) uint8, display-referred; read-only.
        alpha: (H, W) uint8, 255 is the subject; None without a matte.
    """

    index: int
    rgb: Array = field(repr=False)
    alpha: Array | None = field(repr=False, default=None)

    @cached_property
    def grey(self) -> Array:
        """(H, W) uint8."""
        return cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY)


@dataclass(frozen=True)
class Footage:
    """What is known of a clip before its first frame is seen.

    Attributes:
        format: of the clip itself.
        size: of the reduced frames.
    """

    format: ClipFormat
    size: Size


class Observer(Protocol[T_co]):
    """Looks at the frames it asked for, in order, and then answers."""

    def see(self, look: Look) -> None:
        """Take the next frame."""

    def answer(self) -> T_co:
        """Return what was found, after the last frame."""


@dataclass(frozen=True)
class Question(Generic[T]):
    """Something to find out about a clip.

    Attributes:
        operation: name, version and parameters: the answer is kept under it.
        observer: makes who finds out.
        read: makes the answer of its JSON form.
        frames: of a clip's length, which frames must be seen.
    """

    operation: str
    observer: Callable[[Footage], Observer[T]]
    read: Callable[[dict[str, Any]], T]
    frames: Callable[[int], Iterable[int]] = range


def ask_one(
    clip: Clip, context: Context, question: Question[T], *, matte: Clip | None, message: str
) -> T:
    """Return the answer to one question; see :func:`ask`."""
    answer: T = ask(clip, context, [question], matte=matte, message=message)[0]
    return answer


def ask(
    clip: Clip,
    context: Context,
    questions: Sequence[Question[Any]],
    *,
    matte: Clip | None,
    message: str,
) -> list[Any]:
    """Return the answers, in order; what the store does not hold is found out in one pass.

    Args:
        clip: any size, rate and bit depth.
        context: store, progress and cancel.
        questions: what to find out.
        matte: one channel, 1 is the subject; shown to the observers with each frame.
        message: what the progress bar says.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    marks = clip.fingerprint, None if matte is None else matte.fingerprint
    keys = [fingerprint(question.operation, *marks) for question in questions]
    kept = [context.store.recall(key) for key in keys]
    footage = Footage(clip.format, reduced_size(clip.format))
    missing = [
        (key, question.observer(footage), set(question.frames(len(clip))))
        for key, question, answer in zip(keys, questions, kept, strict=True)
        if answer is None
    ]
    wanted = sorted(set().union(*(frames for _, _, frames in missing)))
    looks = _looks(clip, matte, wanted, footage.size, context)
    for look in context.steps(looks, len(wanted), "analysis", message):
        for _, observer, frames in missing:
            if look.index in frames:
                observer.see(look)
    found = {
        key: context.store.record(key, observer.answer().to_json) for key, observer, _ in missing
    }
    return [
        question.read(found.get(key, answer))
        for key, question, answer in zip(keys, questions, kept, strict=True)
    ]


def _looks(
    clip: Clip, matte: Clip | None, frames: list[int], size: Size, context: Context
) -> Iterator[Look]:
    if matte is not None:
        check_same_length([clip, matte], "matte/1")
        check_same_size([clip, matte], "matte")

    def look(index: int) -> Look:
        rgb = _reduced(clip.frame(index), clip.format, size)
        if matte is None:
            return Look(index, rgb)
        return Look(index, rgb, _reduced_alpha(matte, index, size))

    yield from pull_each(clip, look, frames, workers=context.workers, check=context.check)


def _reduced(frame: Array, fmt: ClipFormat, size: Size) -> Array:
    small = to_eight_bits(area_average(frame, size), fmt)
    if fmt.channels == 1:
        return cv2.cvtColor(small, cv2.COLOR_GRAY2RGB)
    return small if fmt.channels == 3 else np.ascontiguousarray(small[..., :3])


def _reduced_alpha(matte: Clip, index: int, size: Size) -> Array:
    return to_eight_bits(area_average(matte.frame(index), size), matte.format)
