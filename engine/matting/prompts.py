"""Reads the box and the points that say which subject is meant."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..clip.clip import Array, ClipFormat
from ..errors import InputError

BOX_EXAMPLE = "Write it as x0,y0,x1,y1 in pixels, for example 320,80,900,1040"
POINTS_EXAMPLE = (
    "Write x,y pairs in pixels with a - before background points and an optional @frame, "
    "for example 640,300 -100,80 700,420@48"
)


@dataclass(frozen=True)
class Point:
    """A click: position in pixels of the clip, the frame it was made on, subject or not."""

    x: float
    y: float
    frame: int
    subject: bool


@dataclass(frozen=True)
class MaskPrompt:
    """A mask of the subject that was drawn on a frame: alpha (H, W) float32, 0 ... 1."""

    frame: int
    alpha: Array = field(repr=False)


@dataclass(frozen=True)
class Prompts:
    """What the user said of the subject.

    Attributes:
        box: (x0, y0, x1, y1) on the first frame, in pixels of the clip, or None.
        points: clicks on any frames.
        masks: drawn on any frames, as large as the clip, in the order of their frames.
        text: what the subject is, in words; only a detector can use it. Empty is none.
    """

    box: tuple[float, float, float, float] | None = None
    points: tuple[Point, ...] = ()
    masks: tuple[MaskPrompt, ...] = ()
    text: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing was said."""
        return self.box is None and not (self.points or self.masks or self.text.strip())


def read_prompts(box: str, points: str, fmt: ClipFormat) -> Prompts:
    """Return the prompts written in ``box`` and ``points``; empty texts are no prompts.

    Args:
        box: ``"x0,y0,x1,y1"`` in pixels of the displayed frame, or 0 ... 1 of its size.
        points: ``"x,y"`` pairs parted by spaces or semicolons.
        fmt: the clip's facts.

    Raises:
        InputError: if a text cannot be read or lies outside the clip.
    """
    corners = _read_box(box, fmt) if box.strip() else None
    words = points.replace(";", " ").split()
    return Prompts(corners, tuple(_read_point(word, fmt) for word in words))


def _read_box(text: str, fmt: ClipFormat) -> tuple[float, float, float, float]:
    values = _numbers(text, 4)
    if values is None:
        raise InputError(f"box must be four numbers, got {text.strip()!r}. {BOX_EXAMPLE}.")
    x0, y0, x1, y1 = _in_pixels(values, fmt)
    if x1 <= x0 or y1 <= y0:
        raise InputError(
            f"box must end right of and below where it begins, got {text.strip()!r}. {BOX_EXAMPLE}."
        )
    x0, y0 = max(x0, 0.0), max(y0, 0.0)
    x1, y1 = min(x1, float(fmt.width)), min(y1, float(fmt.height))
    if x1 - x0 < 2 or y1 - y0 < 2:
        raise InputError(
            f"box must lie inside the {fmt.width}x{fmt.height} frame, got {text.strip()!r}. "
            f"{BOX_EXAMPLE}."
        )
    return x0, y0, x1, y1


def _read_point(word: str, fmt: ClipFormat) -> Point:
    subject = not word.startswith("-")
    place, _, at = word.removeprefix("-").partition("@")
    values = _numbers(place, 2)
    if values is None or (at and not at.isdigit()):
        raise InputError(f"points must be x,y pairs, got {word!r}. {POINTS_EXAMPLE}.")
    x, y = _in_pixels(values, fmt)
    frame = int(at or 0)
    if not (0 <= x < fmt.width and 0 <= y < fmt.height and frame < fmt.frames):
        raise InputError(
            f"points must lie inside the {fmt.width}x{fmt.height} frame and the clip's "
            f"{fmt.frames} frames, got {word!r}. {POINTS_EXAMPLE}."
        )
    return Point(x, y, frame, subject)


def _numbers(text: str, count: int) -> list[float] | None:
    try:
        values = [float(part) for part in text.strip().strip("()[]").split(",")]
    except ValueError:
        return None
    return values if len(values) == count and all(map(math.isfinite, values)) else None


def _in_pixels(values: list[float], fmt: ClipFormat) -> list[float]:
    """Return x, y, x, y ... in pixels; values that are all at most 1 are shares of the frame."""
    if any(abs(value) > 1 for value in values):
        return values
    sizes = (fmt.width, fmt.height)
    return [value * sizes[number % 2] for number, value in enumerate(values)]
