"""Guesses the subject where nobody says which: what moves against the background, or the middle.

Sampled frames are aligned to the first by the background's motion. What differs from them there
moves (or stands where it will not stay); without enough of that, the middle of the frame, warm
skin and sharpness decide.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..context import Context
from .background_motion import background_motion
from .graph_cut import cut

#: Pairs of frames whose motion is looked at, and the frames between the two of a pair.
PAIRS, APART = 12, 3
#: Share of the frame that must move to be a subject.
LEAST_MOVING = 0.004


def find_subject(clip: Clip, context: Context) -> Array:
    """Return the subject (H, W) bool in frame 0 of an 8-bit RGB clip of reduced size."""
    frame = clip.frame(0)
    moving = _moving(clip, context)
    prior = _middle(frame.shape[:2])
    skin = cv2.GaussianBlur(_skin(frame), (0, 0), min(prior.shape) / 30)
    score = prior * (0.35 + 0.4 * moving + 0.25 * skin / max(float(skin.max()), 1e-3))
    return _cut_by_score(frame, score)


def _moving(clip: Clip, context: Context) -> Array:
    """Return how much the places of frame 0 move against the background, 0 ... 1."""
    height, width = clip.format.height, clip.format.width
    total = np.zeros((height, width), np.float32)
    last = min(len(clip) - 1, 5 * PAIRS)
    nothing = np.zeros((height, width), np.uint8)
    for start in np.unique(np.linspace(0, max(0, last - APART), PAIRS).astype(int)):
        context.check()
        stop = min(int(start) + APART, len(clip) - 1)
        before, after = (
            cv2.cvtColor(clip.frame(int(i)), cv2.COLOR_RGB2GRAY) for i in (start, stop)
        )
        motion = background_motion(before, after, nothing)
        if motion is None:
            continue
        aligned = cv2.warpPerspective(
            before,
            motion,
            (width, height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_TRANSPARENT,
            dst=after.copy(),
        )
        apart = cv2.absdiff(aligned, after).astype(np.float32)
        total += np.minimum(cv2.GaussianBlur(apart, (0, 0), min(height, width) / 60), 30)
    top = float(np.quantile(total, 0.99))
    return np.clip(total / max(top, 1e-3), 0, 1) if top > 4 else np.zeros_like(total)


def _middle(shape: tuple[int, ...]) -> Array:
    """Return a prior (H, W) float32 for the middle of the frame, and below it."""
    height, width = shape[:2]
    y = (np.arange(height, dtype=np.float32) / height - 0.58) / 0.42
    x = (np.arange(width, dtype=np.float32) / width - 0.5) / 0.3
    down = np.where(y > 0, 0.35 * y, y)
    return np.asarray(np.exp(-(down[:, None] ** 2) - x[None] ** 2), np.float32)


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
