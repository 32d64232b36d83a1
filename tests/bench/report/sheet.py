"""Contact sheets: frames below each other, what is compared side by side."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from ..metrics.arrays import Array, as_float, check_same_shape

#: Height of the labels' bar above the pictures, and width of the bar left of them where rows have
#: labels.
LABEL_PX = 24
ROW_LABEL_PX = 56
GAP_PX = 4
_FONT_PX = 14
_BACK, _EMPTY, _INK = (24, 25, 28), (44, 45, 50), (232, 232, 232)
_TOO_MUCH = np.array([1.0, 0.25, 0.15], np.float32)
_TOO_LITTLE = np.array([0.2, 0.5, 1.0], np.float32)
_GAIN = np.float32(4.0)


def contact_sheet(
    path: Path,
    rows_of_pictures: Sequence[Sequence[Array | None]],
    columns: Sequence[str],
    labels: Sequence[str] = (),
    cell_px: int = 320,
) -> Path:
    """Write a PNG with a cell for each picture, and return its path.

    Args:
        path: of the PNG.
        rows_of_pictures: a row for each frame: (H, W, 3) or (H, W), 0 ... 1 or uint8; None leaves
            the cell empty.
        columns: what each column shows.
        labels: what each row shows, for example the frame's number; none by default.
        cell_px: widest a cell may be. Wider pictures are brought to it by area averaging, none is
            enlarged.

    Raises:
        ValueError: a row has not as many pictures as there are columns, or labels are missing.
    """
    for row in rows_of_pictures:
        if len(row) != len(columns):
            raise ValueError(f"Rows must have {len(columns)} pictures, got {len(row)}.")
    if labels and len(labels) != len(rows_of_pictures):
        raise ValueError(f"labels must be {len(rows_of_pictures)}, got {len(labels)}.")
    cells = [[_cell(picture, cell_px) for picture in row] for row in rows_of_pictures]
    widths = [_widest(cells, at) for at in range(len(columns))]
    left = ROW_LABEL_PX if labels else 0
    wide = left + sum(widths) + GAP_PX * (len(columns) + 1)
    bars = [_bar(columns, widths, left, wide)]
    bars += [
        _bar_of_pictures(row, widths, labels[at] if labels else "", left, wide)
        for at, row in enumerate(cells)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.concatenate(bars)).save(path)
    return path


def error_x4(found: Array, truth: Array) -> Array:
    """Return four times the error on black, (H, W, 3) float32 in 0 ... 1.

    Args:
        found: (H, W, 3) a picture or (H, W) a matte, 0 ... 1 or uint8.
        truth: the same shape.

    Of pictures the channel that is off most, in grey. Of mattes red where there is too much, blue
    where there is too little.
    """
    check_same_shape(found, truth)
    error = _GAIN * (as_float(found) - as_float(truth))
    if error.ndim == 3:
        worst = np.abs(error).max(axis=2, keepdims=True)
        grey: Array = np.minimum(worst, 1.0).repeat(3, axis=2)
        return grey
    signed = np.clip(error, -1.0, 1.0)[..., None]
    shown: Array = np.maximum(signed, 0) * _TOO_MUCH + np.maximum(-signed, 0) * _TOO_LITTLE
    return shown


def _cell(picture: Array | None, widest: int) -> Array | None:
    """Return a picture as (H, W, 3) uint8, no wider than ``widest``."""
    if picture is None:
        return None
    values = as_float(picture)
    height, width = values.shape[:2]
    if width > widest:
        size = widest, max(1, round(height * widest / width))
        values = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    if values.ndim == 2:
        values = values[..., None].repeat(3, axis=2)
    codes: Array = np.rint(255.0 * np.clip(np.nan_to_num(values), 0.0, 1.0)).astype(np.uint8)
    return codes


def _widest(cells: Sequence[Sequence[Array | None]], column: int) -> int:
    """Return the width of a column; one that is empty throughout is still seen."""
    widths = [row[column].shape[1] for row in cells if row[column] is not None]  # type: ignore[union-attr]
    return max(widths, default=LABEL_PX)


def _canvas(height: int, width: int) -> Array:
    return np.full((height, width, 3), _BACK, np.uint8)


def _bar(columns: Sequence[str], widths: Sequence[int], left: int, wide: int) -> Array:
    """Return the bar of the columns' labels; a label ends where its column does."""
    bar = _canvas(LABEL_PX, wide)
    x = left + GAP_PX
    for text, width in zip(columns, widths, strict=True):
        bar[:, x : x + width] = _written(text, LABEL_PX, width)
        x += width + GAP_PX
    return bar


def _bar_of_pictures(
    row: Sequence[Array | None], widths: Sequence[int], label: str, left: int, wide: int
) -> Array:
    height = max((one.shape[0] for one in row if one is not None), default=LABEL_PX)
    bar = _canvas(height + GAP_PX, wide)
    if left:
        bar[:, GAP_PX:left] = _written(label, height + GAP_PX, left - GAP_PX)
    x = left + GAP_PX
    for picture, width in zip(row, widths, strict=True):
        if picture is None:
            bar[:height, x : x + width] = _EMPTY
        else:
            bar[: picture.shape[0], x : x + picture.shape[1]] = picture
        x += width + GAP_PX
    return bar


def _written(text: str, height: int, width: int) -> Array:
    """Return a text in the middle of its height, (height, width, 3) uint8."""
    image = Image.fromarray(_canvas(height, width))
    font = ImageFont.load_default(_FONT_PX)
    ImageDraw.Draw(image).text((2, height / 2), text, _INK, font, anchor="lm")
    return np.asarray(image)
