"""Before and after in one picture: beside each other, or parted by a line."""

from __future__ import annotations

import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, convert, hold, map_frames, resize
from ..errors import InputError

MODES = ("split", "side by side", "difference")
#: Width of the line between, as a share of the height, and how much a difference is raised.
LINE, RAISED = 1 / 360, 4


def compare(before: Clip, after: Clip, *, mode: str, position: float) -> Clip:
    """Return both clips in one picture, 8 bits. Lazy.

    Args:
        before: RGB; resized to the other's size, a single frame is held.
        after: RGB; it gives size, length, rate and sound.
        mode: ``split`` has before left of a line and after right of it, ``side by side`` both
            whole, ``difference`` four times what parts them.
        position: of the line, 0 ... 1.

    Raises:
        InputError: if there is no such mode, or the position is out of range.
        ClipMismatchError: if the clips differ in length.
    """
    if mode not in MODES:
        raise InputError(f"mode must be one of {', '.join(MODES)}, got {mode!r}. Choose one.")
    if not 0 <= position <= 1:
        raise InputError(f"position must be 0 to 1, got {position}. Use 0.5 for the middle.")
    fmt = after.format
    clips = [convert(resize(hold(before, fmt), fmt.width, fmt.height), 8), convert(after, 8)]
    check_same_length(clips, "compare")
    column = round(position * fmt.width)
    line_px = max(1, round(LINE * fmt.height))

    def shown(_: int, one: Array, other: Array) -> Array:
        one, other = one[..., :3], other[..., :3]
        if mode == "side by side":
            return np.asarray(np.hstack([one, other]))
        if mode == "difference":
            apart = np.abs(one.astype(np.int16) - other.astype(np.int16))
            return np.asarray(np.minimum(RAISED * apart, 255), np.uint8)
        out = other.copy()
        out[:, :column] = one[:, :column]
        if 0 < column < fmt.width:
            start = max(0, column - line_px // 2)
            out[:, start : start + line_px] = 255
        return out

    width = 2 * fmt.width if mode == "side by side" else fmt.width
    size = (width, fmt.height)
    return map_frames(shown, clips, "compare/1", mode, position, channels=3, bits=8, size=size)
