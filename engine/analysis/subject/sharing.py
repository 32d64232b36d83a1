"""Whose pixels are whose while people hide each other and the matte shows one body.

Each person brings what they look like alone: the colours of head, trunk and legs, and a mean
silhouette. It is laid where they are expected, between where they were seen alone before and
after, moved to where their colours are (the evidence against everybody else's is correlated with
the silhouette), and each pixel goes to who explains it best: whoever stands in front is who is
seen, so no order of depth has to be guessed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ...clip.clip import Array
from .appearance import Appearance, bands_of
from .tracking import Box

#: Evidence of one pixel is bounded: a few odd colours must not outweigh a limb.
_SURE = 3.0
#: Weight of the silhouette beside colour.
_SHAPE_WEIGHT = 0.8
#: How far, in parts of the width and height, somebody may be from where they are expected.
_REACH = (0.45, 0.12)
#: Evidence a whole body gives up for being a reach away.
_PULL = 0.35
#: Visible parts smaller than this share of somebody's largest one are crumbs.
_CRUMB = 0.12


@dataclass(frozen=True)
class Looks:
    """What somebody looks like, as it is asked for here.

    Attributes:
        likelihood: (BANDS, WORDS) log-probabilities.
        shape: mean silhouette, 0 ... 1.
        pixels: small pixels that they usually cover.
    """

    likelihood: Array
    shape: Array
    pixels: float

    @classmethod
    def of(cls, appearance: Appearance) -> Looks:
        """Return the looks of an appearance."""
        shape = appearance.shape.clip(0, 1).astype(np.float32)
        return cls(appearance.likelihood(), shape, appearance.pixels)


@dataclass(frozen=True)
class Expected:
    """Where somebody is expected in a small picture, and what they look like.

    Attributes:
        box: left, top, and the ends, excluded; of all of them, hidden or not.
        looks: colours and shape.
    """

    box: Box
    looks: Looks


@dataclass(frozen=True)
class Share:
    """What of a body is one person.

    Attributes:
        mask: (h, w) bool, of the body's words.
        box: where all of them is, hidden or not.
        confidence: mean probability of their pixels.
    """

    mask: Array
    box: Box
    confidence: float


def share_out(words: Array, corner: tuple[int, int], people: Sequence[Expected]) -> list[Share]:
    """Return each person's part of a body.

    Args:
        words: (h, w) uint8 colour words, 0 outside the body.
        corner: left and top of ``words`` in the small picture.
        people: at least two.
    """
    boxes = [_moved(person.box, -corner[0], -corner[1]) for person in people]
    logs = np.stack(
        [_colour(words, one.looks.likelihood, box) for one, box in zip(people, boxes, strict=True)]
    )
    boxes = [_found(logs, number, words > 0, one, corner) for number, one in enumerate(people)]
    scores = np.stack(
        [
            cv2.blur(_colour(words, one.looks.likelihood, box), (3, 3))
            + _SHAPE_WEIGHT * np.log(_laid(one.looks.shape, box, words.shape) + 0.03)
            for one, box in zip(people, boxes, strict=True)
        ]
    )
    best = scores.argmax(0)
    chance = np.exp(scores - scores.max(0))
    chance /= chance.sum(0)
    shares = []
    for number, box in enumerate(boxes):
        mask = _without_crumbs((best == number) & (words > 0))
        sure = float(chance[number][mask].mean()) if mask.any() else 0.0
        shares.append(Share(mask, _moved(box, *corner), sure))
    return shares


def _moved(box: Box, x: float, y: float) -> Box:
    return box[0] + x, box[1] + y, box[2] + x, box[3] + y


def _colour(words: Array, likelihood: Array, box: Box) -> Array:
    """Return (h, w) float32 log-probability of each pixel's word on somebody in a box."""
    bands = bands_of(np.arange(len(words)), box[1], box[3] - box[1])
    return likelihood[bands[:, None], words]


def _laid(shape: Array, box: Box, size: tuple[int, ...]) -> Array:
    """Return (h, w) float32 silhouette laid on a box, softened."""
    high, wide = shape.shape
    x, y = (box[2] - box[0]) / wide, (box[3] - box[1]) / high
    lay = np.array([[x, 0, box[0] + x / 2 - 0.5], [0, y, box[1] + y / 2 - 0.5]], np.float32)
    laid = cv2.warpAffine(shape.astype(np.float32), lay, size[1::-1], flags=cv2.INTER_LINEAR)
    soft = max(3, round((box[2] - box[0]) / 6)) | 1
    return cv2.blur(laid, (soft, soft))


def _found(logs: Array, number: int, body: Array, person: Expected, corner: tuple[int, int]) -> Box:
    """Return a person's box, moved to where their colours are."""
    others = np.delete(logs, number, 0).max(0)
    evidence = np.where(body, (logs[number] - others).clip(-_SURE, _SURE), -0.5).astype(np.float32)
    expected = _moved(person.box, -corner[0], -corner[1])
    wide = max(round(expected[2] - expected[0]), 2)
    high = max(round(expected[3] - expected[1]), 2)
    reach = max(round(_REACH[0] * wide), 2), max(round(_REACH[1] * high), 1)
    left, top = round(expected[0]), round(expected[1])
    silhouette = cv2.resize(person.looks.shape, (wide, high))
    field = _window(evidence, left - reach[0], top - reach[1], wide + 2 * reach[0],
                    high + 2 * reach[1])  # fmt: skip
    fits = cv2.matchTemplate(field, silhouette, cv2.TM_CCORR) / max(float(silhouette.sum()), 1)
    across = (np.arange(-reach[0], reach[0] + 1) / reach[0]) ** 2
    along = (np.arange(-reach[1], reach[1] + 1) / reach[1]) ** 2
    fits = fits - _PULL * (across[None, :] + along[:, None])
    y, x = np.unravel_index(int(fits.argmax()), fits.shape)
    return _moved(expected, float(x - reach[0]), float(y - reach[1]))


def _window(field: Array, left: int, top: int, wide: int, high: int) -> Array:
    """Return a window of a field that may reach beyond it; nobody is there."""
    window = np.full((high, wide), -0.5, np.float32)
    y0, y1 = max(top, 0), min(top + high, field.shape[0])
    x0, x1 = max(left, 0), min(left + wide, field.shape[1])
    if y1 > y0 and x1 > x0:
        window[y0 - top : y1 - top, x0 - left : x1 - left] = field[y0:y1, x0:x1]
    return window


def _without_crumbs(mask: Array) -> Array:
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0
    return np.asarray((areas >= _CRUMB * areas.max())[labels] & mask)
