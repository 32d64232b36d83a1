"""Curves over the frames of a clip, drawn once; a playhead is put on them for each frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array
from .draw import Colour, line, width_of, words

_GROUND: Colour = (24, 26, 30)
_GRID: Colour = (58, 62, 70)
_LABEL: Colour = (170, 176, 186)
_MARGIN_X, _TOP, _BOTTOM = 14, 44, 22
COLOURS: tuple[Colour, ...] = ((255, 190, 60), (90, 200, 255), (140, 230, 120), (240, 120, 190))


@dataclass(frozen=True)
class Graph:
    """What one graph shows.

    Attributes:
        title: above it, with the unit.
        curves: name -> (frames, values), at least one point each.
        least_span: values that differ by less fill only part of the height.
    """

    title: str
    curves: Mapping[str, tuple[Sequence[int], Sequence[float]]]
    least_span: float


def draw_graph(graph: Graph, frames: int, width: int, height: int) -> Array:
    """Return a graph over ``frames`` frames as (height, width, 3) uint8 RGB."""
    picture = np.full((height, width, 3), _GROUND, np.uint8)
    values = np.concatenate([np.asarray(v, np.float64) for _, v in graph.curves.values()])
    low, high = float(values.min()), float(values.max())
    spare = max(graph.least_span - (high - low), 0.08 * (high - low)) / 2
    low, high = low - spare, high + spare
    for share in (0.0, 0.5, 1.0):
        row = round(_TOP + share * (height - _TOP - _BOTTOM))
        cv2.line(picture, (_MARGIN_X, row), (width - _MARGIN_X, row), _GRID, 1)
        words(picture, f"{high + share * (low - high):.4g}", (_MARGIN_X, row - 3), _LABEL, 0.35)
    words(picture, graph.title, (_MARGIN_X, 16), _LABEL, 0.42)
    across = _MARGIN_X
    for (name, (at, curve)), colour in zip(graph.curves.items(), COLOURS, strict=False):
        x = [playhead_x(index, frames, width) for index in at]
        y = _TOP + (high - np.asarray(curve)) / max(high - low, 1e-9) * (height - _TOP - _BOTTOM)
        line(picture, np.column_stack([x, y]) if len(x) > 1 else _level(y[0], width), colour)
        words(picture, name, (across, 34), colour, 0.42)
        across += width_of(name, 0.42) + 14
    return picture


def playhead_x(index: int, frames: int, width: int) -> float:
    """Return where a frame lies across a graph."""
    return _MARGIN_X + index / max(frames - 1, 1) * (width - 2 * _MARGIN_X)


def with_playhead(picture: Array, index: int, frames: int) -> Array:
    """Return a copy of a graph with a line at a frame."""
    marked = picture.copy()
    x = round(playhead_x(index, frames, picture.shape[1]))
    cv2.line(marked, (x, _TOP - 6), (x, picture.shape[0] - 6), (230, 232, 236), 1)
    words(marked, str(index), (min(x + 4, picture.shape[1] - 40), picture.shape[0] - 7), size=0.38)
    return marked


def _level(y: float, width: int) -> list[tuple[float, float]]:
    return [(_MARGIN_X, y), (width - _MARGIN_X, y)]
