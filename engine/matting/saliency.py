"""Guesses the subject where nothing moves and nobody says which: the middle, and skin."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .first_mask import middle
from .graph_cut import cut


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
    sure, likely, unlikely = np.quantile(score, (0.97, 0.85, 0.5))
    labels = np.full(score.shape, cv2.GC_PR_BGD, np.uint8)
    labels[score > likely] = cv2.GC_PR_FGD
    labels[score > sure] = cv2.GC_FGD
    labels[score < unlikely] = cv2.GC_BGD
    found = cut(frame, labels)
    count, parts, _, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8))
    if count <= 1:
        return np.asarray(score > likely)
    weight = np.bincount(parts.ravel(), score.ravel(), count)
    weight[0] = 0
    return np.asarray(parts == weight.argmax())
