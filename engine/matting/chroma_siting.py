"""Smooths the colour of subsampled video between its samples, near the places where they belong.

Video keeps one chroma sample for two by two pixels, by its standards (ITU-T H.273) at the left of
its pair, by many encoders in the middle. Fast decoders repeat it over all four: stairs of two
pixels that nobody sees in a picture, but a key measures colour at edges. It is interpolated as if
it stood between the two places, so that either is missed by a quarter of a pixel only. Frames
whose chroma is not repeated are left as they are.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

#: Difference inside pairs over that between them below which chroma was repeated.
REPEATED = 0.45
#: Where a sample is taken to stand, in pixels from the left one of its pair.
AT = 0.25
#: Rows that are looked at, and the mean difference of chroma, of full scale, that tells.
_ROWS, _TELLS = 64, 1e-4


def smooth_chroma(picture: Array, top: float) -> Array:
    """Return ``picture`` (H, W, 3) float32, 0 ... 1, with its chroma interpolated.

    Args:
        picture: (H, W, 3) native RGB.
        top: the native value of 1.
    """
    rgb = picture.astype(np.float32) * np.float32(1 / top)
    height, width = rgb.shape[:2]
    if height < 8 or width < 8 or not _is_repeated(rgb):
        return rgb
    split = cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb)
    half = width // 2, height // 2
    even = split[: half[1] * 2, : half[0] * 2, 1:]
    kept = cv2.resize(np.ascontiguousarray(even), half, interpolation=cv2.INTER_AREA)
    tall = cv2.resize(kept, (half[0], half[1] * 2), interpolation=cv2.INTER_LINEAR)
    before = np.concatenate([tall[:, :1], tall[:, :-1]], axis=1)
    after = np.concatenate([tall[:, 1:], tall[:, -1:]], axis=1)
    even[:, 0::2] = tall + (before - tall) * np.float32(AT / 2)
    even[:, 1::2] = tall + (after - tall) * np.float32((1 - AT) / 2)
    return np.clip(cv2.cvtColor(split, cv2.COLOR_YCrCb2RGB), 0, 1)


def _is_repeated(rgb: Array) -> bool:
    """Whether neighbours in pairs of columns share their chroma more than neighbouring pairs."""
    step = max(1, rgb.shape[0] // _ROWS)
    rows = np.ascontiguousarray(rgb[::step, : rgb.shape[1] // 2 * 2])
    chroma = cv2.cvtColor(rows, cv2.COLOR_RGB2YCrCb)[..., 1:]
    apart = np.abs(np.diff(chroma, axis=1))
    inside, between = float(apart[:, 0::2].mean()), float(apart[:, 1::2].mean())
    return between > _TELLS and inside < REPEATED * between
