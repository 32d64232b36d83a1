"""A small JPEG that shows what a clip is about."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import convert
from ..errors import MediaError

#: Where a representative frame is looked for, as parts of the clip's length.
_PLACES = (0.5, 0.33, 0.66, 0.2, 0.8)
#: Standard deviation, in 8-bit codes, above which a frame shows something.
_PLAIN = 12.0
_QUALITY = 90


def write_thumbnail(
    clip: Clip, path: Path, *, index: int | None = None, longest_px: int = 640
) -> None:
    """Write a frame of ``clip`` to ``path`` as a JPEG; the file appears when it is complete.

    Args:
        clip: what to show.
        path: the file.
        index: which frame; None takes the middle one, or a neighbour if that is plain.
        longest_px: the longest side; smaller clips stay as they are.

    Raises:
        InputError: if there is no such frame.
        MediaError: if the file cannot be written.
    """
    shown = convert(clip, 8)
    frame = _representative(shown) if index is None else shown.frame(index)
    done, content = cv2.imencode(
        ".jpg", _as_bgr(_reduced(frame, longest_px)), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    )
    assert done
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        part.write_bytes(content.tobytes())
        part.replace(path)
    except OSError as error:
        raise MediaError(
            f"thumbnail {path} must be writable, got '{error.strerror}'. Choose another folder."
        ) from error
    finally:
        if part.exists():
            part.unlink()


def _representative(clip: Clip) -> Array:
    """Return the first of a few frames that is not plain, or the least plain of them."""
    best, most = clip.frame(0), -1.0
    for place in _PLACES:
        frame = clip.frame(min(int(place * len(clip)), len(clip) - 1))
        detail = float(cv2.meanStdDev(frame)[1].max())
        if detail > most:
            best, most = frame, detail
        if most > _PLAIN:
            break
    return best


def _reduced(frame: Array, longest_px: int) -> Array:
    height, width = frame.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return frame
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return area_average(frame, size)


def _as_bgr(frame: Array) -> Array:
    if frame.ndim == 2:
        return frame
    if frame.shape[2] == 3:
        return cv2.cvtColor(frame, cv2.COLOR_RGB2BGR)
    alpha = cv2.merge([frame[..., 3]] * 3)
    over_black = cv2.multiply(np.ascontiguousarray(frame[..., :3]), alpha, scale=1 / 255)
    return cv2.cvtColor(over_black, cv2.COLOR_RGB2BGR)
