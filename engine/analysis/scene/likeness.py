"""Whether two pictures show the same scene, whatever the camera, people and light did between.

The second picture is brought onto the first by a global shift (parts of it are looked for as
templates, which finds the far shifts of a whip pan) and dense flow (inverse search, Kroeger et al.
2016); what then agrees in local structure is the same scene. Agreement is correlation in small
windows, so exposure and light do not count, and mostly where there is texture in either.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np

from ...clip.clip import Array

#: Pixels of the pictures that are compared: 16:9 becomes 160 x 90.
COMPARED_PIXELS = 160 * 90
#: Sides of them are no shorter: the flow works in patches.
LEAST_SIDE_PX = 40
#: Side of the windows that structure is compared in.
_WINDOW_PX = 9
#: Standard deviation, 8-bit codes, that noise and compression reach without any structure, and
#: above which a window's contrast counts no more.
_NOISE, _STRONG = 2.0, 16.0
#: Mean contrast above the noise below which pictures are empty, and the difference of their levels
#: up to which they are alike, 8-bit codes.
_LEAST_TEXTURE, _ONE_LEVEL = 0.05, 12.0
#: What a window of a wall says, in codes of a contrast that would say as much.
_WALL = 0.75
#: Ratio of the gradients along an axis from which on one of two pictures is smeared along it, and
#: the lengths of smears that are tried, of the picture's side.
_SMEARED, _SMEARS = 1.6, (0.05, 0.1, 0.2)
#: Likeness above which nothing better is looked for.
SAME = 0.58
#: Width of the pictures that parts are looked for in.
_SEARCHED_PX = 80
#: Parts that are looked for (top, bottom, left, right of the picture's sides).
_PARTS = (
    (0.15, 0.85, 0.0, 0.4),
    (0.15, 0.85, 0.6, 1.0),
    (0.0, 0.4, 0.15, 0.85),
    (0.6, 1.0, 0.15, 0.85),
    (0.25, 0.75, 0.25, 0.75),
)
#: Correlation of a part with its place below which it was not found.
_FOUND = 0.5


class SceneMatcher:
    """Compares grey pictures; holds what the comparison needs for one size."""

    def __init__(self, width: int, height: int) -> None:
        """Prepare for pictures of ``width`` x ``height``."""
        self._flow = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
        scale = min(1.0, _SEARCHED_PX / max(width, height))
        self._searched = max(round(width * scale), 4), max(round(height * scale), 4)
        rows, columns = np.mgrid[:height, :width]
        self._grid = np.stack([columns, rows], axis=-1).astype(np.float32)

    def likeness(self, first: Array, second: Array) -> float:
        """Return 0 for different scenes ... 1 for the same one.

        Args:
            first: (H, W) uint8.
            second: likewise.
        """
        found = self._agreement(first, second, None)
        if found > SAME:
            return found
        shift = self._shift(first, second)
        return found if shift is None else max(found, self._agreement(first, second, shift))

    def smeared_likeness(self, first: Array, second: Array) -> float:
        """Return the likeness of two pictures of which one may be smeared by a fast camera.

        The sharper one is smeared, too, before they are compared.
        """
        found = 0.0
        for axis in (0, 1):
            energies = [_energy(picture, axis) for picture in (first, second)]
            if max(energies) < _SMEARED * max(min(energies), 1e-3):
                continue
            for part in _SMEARS:
                length = 2 * round(part * first.shape[axis] / 2) + 1
                size = (length, 1) if axis else (1, length)
                smeared = [
                    cv2.blur(picture, size) if energy == max(energies) else picture
                    for picture, energy in zip((first, second), energies, strict=True)
                ]
                found = max(found, self.likeness(smeared[0], smeared[1]))
        return found

    def _shift(self, first: Array, second: Array) -> Array | None:
        """Return by how much most of the picture moved, px, if a part of it is found elsewhere."""
        width, height = self._searched
        one, other = (
            cv2.resize(picture, self._searched, interpolation=cv2.INTER_AREA)
            for picture in (first, second)
        )
        best, shift = _FOUND, None
        for top, bottom, left, right in _PARTS:
            y, x = round(top * height), round(left * width)
            part = one[y : round(bottom * height), x : round(right * width)]
            if part.size < 4 or part.std() < _NOISE:
                continue
            scores = cv2.matchTemplate(other, part, cv2.TM_CCOEFF_NORMED)
            _, score, _, (at_x, at_y) = cv2.minMaxLoc(scores)
            if score > best:
                best, shift = score, (at_x - x, at_y - y)
        if shift is None or max(map(abs, shift)) < 2:
            return None
        scale = first.shape[1] / width, first.shape[0] / height
        return np.array([shift[0] * scale[0], shift[1] * scale[1]], np.float32)

    def _agreement(self, first: Array, second: Array, shift: Array | None) -> float:
        start: Any = None if shift is None else np.tile(shift, (*first.shape, 1))
        flow = self._flow.calc(first, second, start)
        places = self._grid + flow
        x, y = cv2.split(places)
        warped = cv2.remap(second, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        height, width = first.shape
        inside = (x > -1) & (x < width) & (y > -1) & (y < height)
        agree, weight = _local_agreement(first, warped)
        weight *= inside
        total = float(weight.sum())
        if total < _LEAST_TEXTURE * first.size:  # nothing to compare but the level
            return float(abs(float(first.mean()) - float(second.mean())) < _ONE_LEVEL)
        return float((agree * weight).sum() / total)


def _local_agreement(first: Array, second: Array) -> tuple[Array, Array]:
    """Return how well a window around each pixel agrees, 0 ... 1, and how much that says."""
    a, b = first.astype(np.float32), second.astype(np.float32)
    mean_a, mean_b = _blur(a), _blur(b)
    var_a = _blur(a * a) - mean_a * mean_a
    var_b = _blur(b * b) - mean_b * mean_b
    both = _blur(a * b) - mean_a * mean_b
    floor = np.float32(_NOISE**2)
    correlation = both / np.sqrt(np.maximum(var_a, floor) * np.maximum(var_b, floor))
    contrast = np.sqrt(np.maximum(np.maximum(var_a, var_b), 0.0))
    weight = np.clip(contrast - _NOISE, 0.0, _STRONG)
    # A wall of the same level in both speaks for one scene; of another, for no more than the light.
    wall = (contrast < 2 * _NOISE) & (np.abs(mean_a - mean_b) < _ONE_LEVEL)
    return (
        np.where(wall, np.float32(1.0), np.clip(correlation, 0.0, 1.0)),
        np.where(wall, np.float32(_WALL), weight),
    )


def _energy(picture: Array, axis: int) -> float:
    """Return the mean gradient along an axis."""
    values = picture.astype(np.int16)
    return float(np.abs(np.diff(values, axis=axis)).mean())


def _blur(plane: Array) -> Array:
    return np.asarray(cv2.blur(plane, (_WINDOW_PX, _WINDOW_PX)))
