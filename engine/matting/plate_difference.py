"""Evidence that a pixel is not the clean plate: a difference matte as log odds.

The difference is weighed by the frame's noise and by what a misalignment of a pixel or two would
make of the plate's gradients (see plate_noise.py). A pixel that is the plate made darker, of the
same chroma and with the same texture, may be a shadow: it is then evidence of nothing. Slow
changes of exposure are taken out before, as far as the plate's known parts agree on them.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ..clip.clip import Array
from .channels import channel_max, channel_sum, squared_distance
from .plate_light import light_field, lit
from .plate_noise import PlateNoise, measure_noise, squared_slope

#: Log of the volume of colours a subject may have, codes cubed.
ANYTHING = 13.5
#: Largest evidence, as log odds.
MOST = 6.0
#: Confidence of the plate from which it counts for the noise.
KNOWN = 0.5
#: How dark a shadow makes the plate at most, how far it may tint it, and how much either speaks
#: against one; what of the lost light it may be off, and the window in which it is fitted, pixels.
DARKEST, TINTED, LOSS_ODDS, TINT_ODDS, OFF_SHARE, SHADOW_PX = 0.4, 0.2, 5.0, 40.0, 0.06, 7


@dataclass(frozen=True)
class Difference:
    """A frame beside its plate.

    Attributes:
        seen: (H, W, 3) float32, the frame in codes of 255.
        behind: (H, W, 3) float32, the plate in the frame's light.
        variance: (H, W) float32 of a channel where nothing stands before the plate.
        odds: (H, W) float32 log odds that it is not the plate.
        shade: (H, W) float32 log odds that it is no shadow on it either.
    """

    seen: Array = field(repr=False)
    behind: Array = field(repr=False)
    variance: Array = field(repr=False)
    odds: Array = field(repr=False)
    shade: Array = field(repr=False)


def plate_evidence(frame: Array, plate: Array, confidence: Array) -> Array:
    """Return the log odds (H, W) float32 that a pixel is subject and not plate, -6 ... 6.

    Args:
        frame: (H, W, 3) uint8.
        plate: (H, W, 3) uint8, as this frame's camera sees it.
        confidence: (H, W) float32, 0 (the plate is unknown: no evidence) ... 1.
    """
    known = confidence > KNOWN
    if not known.any():
        return np.zeros(known.shape, np.float32)
    found = compare(frame, plate, known)
    # A shadow takes away what speaks for the subject; it never speaks against it.
    odds = np.minimum(found.odds, np.maximum(found.shade, 0))
    return np.asarray(np.clip(odds, -MOST, MOST) * confidence, np.float32)


def compare(frame: Array, plate: Array, known: Array) -> Difference:
    """Return how a frame differs from its plate.

    Args:
        frame: (H, W, 3) uint8.
        plate: (H, W, 3) uint8.
        known: (H, W) bool: where the plate is known and probably seen.
    """
    plate = lit(plate, light_field(frame, plate, known, 255.0), 255.0)
    seen, behind = frame.astype(np.float32), plate.astype(np.float32)
    slope = squared_slope(behind)
    noise = measure_noise(seen, behind, known, slope)
    variance = noise.variance(slope)
    odds = _odds(cv2.blur(squared_distance(seen, behind), (3, 3)), variance)
    return Difference(seen, behind, variance, odds, _shadow_odds(seen, behind, slope, noise))


def _odds(squared: Array, variance: Array) -> Array:
    fits = squared / (2 * variance)
    normal = np.float32(1.5) * cv2.log(variance * np.float32(2 * np.pi))
    return np.asarray(fits + normal - np.float32(ANYTHING))


def _shadow_odds(seen: Array, behind: Array, slope: Array, noise: PlateNoise) -> Array:
    """Return the log odds of something else than a shadowed plate; large where none can be."""
    size = (SHADOW_PX, SHADOW_PX)
    power = cv2.blur(cv2.multiply(behind, behind), size)
    shared = cv2.blur(cv2.multiply(behind, seen), size)
    left = np.minimum((shared + np.float32(8)) / (power + np.float32(8)), 1)
    apart = cv2.blur(squared_distance(seen, cv2.multiply(behind, left)), (3, 3))
    # Skylight fills shadows, so that their colour is a little off the plate's.
    kept = channel_sum(left) / 3
    loss, tint = 1 - kept, channel_max(left) + channel_max(-left)
    # What a soft shadow's own slope leaves over counts as noise too.
    level = cv2.blur(channel_sum(behind), (3, 3)) / 3
    variance = noise.variance(slope) + (np.float32(OFF_SHARE) * loss * level) ** 2
    odds = _odds(apart, variance)
    odds += loss * np.float32(LOSS_ODDS) + tint * tint * np.float32(TINT_ODDS)
    cannot = (kept < DARKEST) | (tint > TINTED)
    return np.asarray(np.where(cannot, np.float32(MOST), odds))
