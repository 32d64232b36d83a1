"""Guesses the subject where nothing moves and nobody says which: the middle, and skin."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .first_mask import middle
from .graph_cut import cut

#: Quantile of the score above which a pixel is likely the subject.
LIKELY = 0.85
#: How far hair may reach past what was found by colour, as a share of the short side.
HAIR = 0.1
#: Upper share of a figure that hair belongs to.
HEAD = 0.5
#: Share of skin above which what was found is a head without its body.
FACE = 0.3


def find_subject(frame: Array) -> Array:
    """Return the subject (H, W) bool of an 8-bit RGB frame."""
    prior = middle(frame.shape)
    skin = cv2.GaussianBlur(_skin(frame) * prior, (0, 0), min(prior.shape) / 30)
    return _cut_by_score(frame, prior * (0.6 + 0.4 * skin / max(float(skin.max()), 1e-3)))


def _skin(frame: Array) -> Array:
    """Return 1 (float32) where a pixel has a skin's chroma."""
    luma, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb))
    like = (red > 137) & (red < 175) & (blue > 85) & (blue < 125) & (luma > 50)
    return like.astype(np.float32)


def _cut_by_score(frame: Array, score: Array) -> Array:
    sure, likely, unlikely = np.quantile(score, (0.97, LIKELY, 0.5))
    labels = np.full(score.shape, cv2.GC_PR_BGD, np.uint8)
    labels[score > likely] = cv2.GC_PR_FGD
    labels[score > sure] = cv2.GC_FGD
    labels[score < unlikely] = cv2.GC_BGD
    found = _with_head(frame, _likeliest(cut(frame, labels), score))
    return _likeliest(found, score)


def _likeliest(found: Array, score: Array) -> Array:
    """Return the part of ``found`` that gathers the most score, or what scores at all."""
    count, parts, _, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    if count <= 1:
        return np.asarray(score > np.quantile(score, LIKELY))
    weight = np.bincount(parts.ravel(), score.ravel(), count)
    weight[0] = 0
    return np.asarray(parts == weight.argmax())


def _with_head(frame: Array, found: Array) -> Array:
    """Return ``found`` cut again with its surroundings likely too: hair is not skin's colour."""
    reach = HAIR * min(found.shape)
    away = cv2.distanceTransform((~found).view(np.uint8), cv2.DIST_L2, 3)
    labels = np.full(found.shape, cv2.GC_BGD, np.uint8)
    labels[away < 3 * reach] = cv2.GC_PR_BGD
    rows = np.flatnonzero(found.any(1))
    near = away < reach
    near[int(rows[0] + HEAD * (rows[-1] - rows[0])) :] = False
    labels[found | near | _below_head(frame, found)] = cv2.GC_PR_FGD
    return cut(frame, labels)


def _below_head(frame: Array, found: Array) -> Array:
    """Return where the body (H, W) bool of a lone head is: below it, shoulders wide."""
    height, width = found.shape
    body = np.zeros((height, width), bool)
    widths, columns = found.sum(1), np.flatnonzero(found.any(0))
    # A tie or a hand that hangs further down is no body.
    rows = np.flatnonzero(widths > 0.3 * widths.max())
    if rows[-1] > 0.92 * height or float(_skin(frame)[found].mean()) < FACE:
        return body
    middle_x, head = (columns[0] + columns[-1]) / 2, max(1, int(columns[-1] - columns[0]))
    down = (np.arange(height) - rows[-1] + 0.1 * head) / head
    half = head * np.clip(0.4 + 1.4 * down, 0, 1.1) * (down > 0)
    return np.asarray(np.abs(np.arange(width) - middle_x) < half[:, None])
