"""What a user said of the subject, in the form that SAM 2 takes it: by frame, as shares."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch

from ...clip.clip import Array, Clip, ClipFormat
from ...errors import InputError
from ..prompts import Point, Prompts
from .pictures import mask_of

#: Labels of SAM's prompt encoder.
OTHER, SUBJECT, BOX_START, BOX_END = 0, 1, 2, 3


class Mark(NamedTuple):
    """A place in the picture, as shares of its width and height, and what is there."""

    x: float
    y: float
    label: int


@dataclass(frozen=True)
class Prompt:
    """What was said on one frame: a mask (H, W) float32, or marks."""

    frame: int
    mask: Array | None = None
    marks: tuple[Mark, ...] = ()

    @property
    def defines(self) -> bool:
        """Whether it says what the subject is, and not only what it is not."""
        return self.mask is not None or any(mark.label != OTHER for mark in self.marks)

    def at(self, frame: int) -> Prompt:
        """Return the same, said on another frame."""
        return replace(self, frame=frame)


def prompts_by_frame(
    prompts: Prompts, fmt: ClipFormat, coarse: Clip | None = None
) -> tuple[Prompt, ...]:
    """Return what was said, a prompt a frame, in the order of frames.

    Args:
        prompts: box, points and masks; a text must have become a box already.
        fmt: of the clip.
        coarse: a matte whose first frame says what the subject is, where nothing else does.

    Raises:
        InputError: if nothing says what the subject is, or a frame has a mask and points.
    """
    marks: dict[int, list[Mark]] = {}
    if prompts.box is not None:
        x0, y0, x1, y1 = prompts.box
        marks[0] = [_mark(x0, y0, BOX_START, fmt), _mark(x1, y1, BOX_END, fmt)]
    for point in prompts.points:
        marks.setdefault(point.frame, []).append(_of_point(point, fmt))
    masks = {one.frame: np.asarray(one.alpha, np.float32) for one in prompts.masks}
    both = sorted(set(marks) & set(masks))
    if both:
        raise InputError(
            f"SAM 2 must be given a mask or points on a frame, got both on frame {both[0]}. "
            "Draw the points into the mask, or take one of them off."
        )
    found = [Prompt(at, marks=tuple(marks[at])) for at in marks]
    found += [Prompt(at, masks[at]) for at in masks]
    if coarse is not None and not any(prompt.defines for prompt in found):
        later = [prompt for prompt in found if prompt.frame > 0]
        found = [Prompt(0, mask_of(coarse.frame(0), coarse.format)), *later]
    found.sort(key=lambda prompt: prompt.frame)
    return _checked(found)


def _checked(found: list[Prompt]) -> tuple[Prompt, ...]:
    while found and not found[0].defines:
        # Before anything says what the subject is, what it is not helps nobody.
        found = found[1:]
    if not found:
        raise InputError(
            "SAM 2 must be told what the subject is, got no box, no point on it and no mask. "
            "Draw a box round it on the first frame, click on it, or connect a mask."
        )
    first = found[0]
    if first.mask is not None and not (first.mask > 0.5).any():
        raise InputError(
            f"the mask on frame {first.frame} must show the subject, got an empty one. "
            "Paint it, or draw a box."
        )
    return tuple(found)


def _of_point(point: Point, fmt: ClipFormat) -> Mark:
    return _mark(point.x, point.y, SUBJECT if point.subject else OTHER, fmt)


def _mark(x: float, y: float, label: int, fmt: ClipFormat) -> Mark:
    return Mark(x / fmt.width, y / fmt.height, label)


def point_inputs(marks: Iterable[Mark], side_px: int) -> dict[str, torch.Tensor]:
    """Return marks as the network takes them, in pixels of its square picture."""
    kept = list(marks)  # a box stands first, as it stood in training
    places = [[mark.x * side_px, mark.y * side_px] for mark in kept]
    return {
        "point_coords": torch.tensor([[places]], dtype=torch.float32),
        "point_labels": torch.tensor([[[mark.label for mark in kept]]], dtype=torch.int32),
    }


def mask_input(mask: Array, side_px: int) -> torch.Tensor:
    """Return a mask (H, W) float32 as (1, 1, S, S), 0 or 1."""
    values = torch.from_numpy(np.array(mask, np.float32))[None, None]
    square = torch.nn.functional.interpolate(
        values, (side_px, side_px), mode="bilinear", antialias=True, align_corners=False
    )
    return (square >= 0.5).float()
