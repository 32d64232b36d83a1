"""Arithmetic of mattes: two become one, or one is turned over; lazy and exact at 0 and 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..clip.clip import Array
from ..clip.operations import check_same_size, convert, map_frames
from ..errors import InputError
from .matte import Matte

#: Bits that mattes are combined in: sums of products need more than they came with.
BITS = 16
_TOP = np.float32((1 << BITS) - 1)


def _add(first: Array, second: Array) -> Array:
    return np.asarray(np.minimum(first + second, 1))


def _subtract(first: Array, second: Array) -> Array:
    return np.asarray(np.maximum(first - second, 0))


def _intersect(first: Array, second: Array) -> Array:
    return np.minimum(first, second)


def _union(first: Array, second: Array) -> Array:
    return np.maximum(first, second)


def _difference(first: Array, second: Array) -> Array:
    return np.asarray(np.abs(first - second))


def _multiply(first: Array, second: Array) -> Array:
    return first * second


#: What can be done with two mattes. "add" is for parts of one whole that share an edge, "union"
#: for things that overlap.
OPERATIONS: dict[str, Callable[[Array, Array], Array]] = {
    "add": _add,
    "subtract": _subtract,
    "intersect": _intersect,
    "union": _union,
    "difference": _difference,
    "multiply": _multiply,
}


def combine_mattes(
    first: Matte,
    second: Matte | None,
    *,
    operation: str,
    invert_first: bool = False,
    invert_second: bool = False,
    invert: bool = False,
) -> Matte:
    """Return two mattes made one.

    Args:
        first: the matte that is changed; its screen is kept.
        second: what it is changed with; None leaves it, for the inversions.
        operation: one of OPERATIONS.
        invert_first: take 1 - first instead.
        invert_second: take 1 - second instead.
        invert: give 1 - the result.

    Raises:
        InputError: if there is no such operation.
        ClipMismatchError: if the mattes differ in size or length.
    """
    if operation not in OPERATIONS:
        raise InputError(
            f"operation must be one of {', '.join(OPERATIONS)}, got {operation!r}. Choose one."
        )
    clips = [first.alpha] if second is None else [first.alpha, second.alpha]
    check_same_size(clips, "combine mattes")
    apply = OPERATIONS[operation]

    def combined(_: int, *alphas: Array) -> Array:
        values = [alpha * np.float32(1 / _TOP) for alpha in alphas]
        one = 1 - values[0] if invert_first else values[0]
        if len(values) > 1:
            one = apply(one, 1 - values[1] if invert_second else values[1])
        one = 1 - one if invert else one
        return np.asarray(one * _TOP + np.float32(0.5)).astype(np.uint16)

    alpha = map_frames(
        combined,
        [convert(clip, BITS) for clip in clips],
        "combine_mattes/1",
        operation if second is not None else "",
        invert_first,
        invert_second and second is not None,
        invert,
    )
    turned = invert or invert_first
    return Matte(alpha, None if turned else first.screen, "combined")
