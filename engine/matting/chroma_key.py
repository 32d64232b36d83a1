"""Keys an evenly coloured screen: colour difference against a local screen colour.

The screen's colour is estimated over the frame (lights are never even) from the pixels that are
surely screen, then the share of it in each pixel is one minus alpha (Vlahos' colour difference,
see screen_hue.py). Noise of the screen is cut to exactly 0, spill inside the subject to exactly
1; between them hair and blur keep their shares.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import map_frames
from .screen import Screen
from .screen_hue import screen_share, unit_axis, wedge_slope
from .spread import spread

#: The screen's colour is estimated on a grid this much coarser.
COARSE = 8
#: Share of the screen's colour above which a coarse pixel is surely screen.
SURE_SHARE = 0.72
#: Share up to which a pixel is spill on the subject rather than see-through.
SPILL = 0.08
#: Deviations of the screen's noise that are cut, and the bounds of that cut.
NOISE_CUT, LEAST_CUT, MOST_CUT = 5.0, 0.06, 0.25
#: Parts that keep to this margin of the frame's sides, apart from the subject, are studio.
MARGIN = 0.12
#: Smallest part that is kept, as a share of the picture.
SMALLEST = 0.0004
#: Depth inside the subject at which spill is no edge any more, as a share of the height.
CORE_DEPTH = 0.02
ALPHA_BITS = 10


def key_screen(clip: Clip, screen: Screen) -> Clip:
    """Return the alpha of ``clip`` keyed against ``screen``: one channel of 10 bits, lazy."""
    scale = np.float32(1.0 / clip.format.max_value)

    def keyed(_: int, frame: Array) -> Array:
        return _key(frame[..., :3], screen, scale)

    return map_frames(keyed, [clip], "key_screen/1", screen, channels=1, bits=ALPHA_BITS)


def inside_bars(frame: Array, screen: Screen) -> Array:
    """Return ``frame`` with black bars replaced by the picture mirrored at its edge.

    A subject that a bar cuts off then reaches the frame's edge.
    """
    x0, y0, x1, y1 = screen.picture
    height, width = frame.shape[:2]
    if (x0, y0, x1, y1) == (0, 0, width, height):
        return frame
    return cv2.copyMakeBorder(
        frame[y0:y1, x0:x1], y0, height - y1, x0, width - x1, cv2.BORDER_REFLECT
    )


def local_screen(small: Array, screen: Screen) -> tuple[Array, Array]:
    """Return the screen's colour over a coarse frame, and where it is surely seen.

    Args:
        small: (H, W, 3) float32 RGB, 0 ... 1.
        screen: what was found in the clip.

    Returns:
        (H, W, 3) float32 and (H, W) bool.
    """
    axis = unit_axis(np.array([[screen.rgb]], np.float32))
    share = screen_share(small, axis, wedge_slope(screen.rgb))
    sure = (share > SURE_SHARE).astype(np.uint8)
    core = cv2.erode(sure, np.ones((3, 3), np.uint8)).astype(np.float32)
    if not core.any():
        return np.broadcast_to(np.array(screen.rgb, np.float32), small.shape), core > 0
    return spread(small, core, smooth=0.6), core > 0


def _key(frame: Array, screen: Screen, scale: np.float32) -> Array:
    picture = inside_bars(frame, screen)
    height, width = picture.shape[:2]
    coarse = (max(2, width // COARSE), max(2, height // COARSE))
    small = cv2.resize(picture, coarse, interpolation=cv2.INTER_AREA).astype(np.float32) * scale
    colours, sure = local_screen(small, screen)
    axis = cv2.resize(unit_axis(colours), (width, height), interpolation=cv2.INTER_LINEAR)
    slope = wedge_slope(screen.rgb)
    share = np.empty((height, width), np.float32)
    for top in range(0, height, 64):
        rows = slice(top, top + 64)
        share[rows] = screen_share(picture[rows].astype(np.float32) * scale, axis[rows], slope)
    alpha = _clean(share, sure)
    _fill_core(alpha)
    _drop_garbage(alpha)
    levels = np.float32((1 << ALPHA_BITS) - 1)
    return np.asarray(alpha * levels + np.float32(0.5)).astype(np.uint16)


def _clean(share: Array, sure: Array) -> Array:
    """Return alpha with the screen's noise cut to 0 and spill cut to 1."""
    height, width = share.shape
    known = cv2.resize(sure.astype(np.uint8), (width // 4, height // 4), interpolation=0) > 0
    seen = share[: height // 4 * 4 : 4, : width // 4 * 4 : 4][known]
    noise = float(np.median(np.abs(seen - 1.0))) * 1.48 if seen.size else 0.0
    cut = min(max(NOISE_CUT * noise, LEAST_CUT), MOST_CUT)
    gain = 1.0 / (1.0 - cut - SPILL)
    alpha = np.clip(share * np.float32(-gain) + np.float32((1.0 - cut) * gain), 0.0, 1.0)
    return np.asarray(alpha, np.float32)


def _fill_core(alpha: Array) -> None:
    """Make ``alpha`` 1 deep inside the subject, in place; true holes show the screen and stay."""
    height, width = alpha.shape
    small = cv2.resize(alpha, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    open_ = (small < 0.5).astype(np.uint8)
    count, labels, _, _ = cv2.connectedComponentsWithStats(open_, connectivity=4)
    clearest = np.full(count, 1.0)
    np.minimum.at(clearest, labels.ravel().astype(np.intp), small.ravel())
    screen = (clearest < 0.15)[labels] & (open_ > 0)
    depth = cv2.distanceTransform((~screen).astype(np.uint8), cv2.DIST_L2, 3)
    reach = max(2.0, CORE_DEPTH * height / 4)
    core = np.clip(depth - reach, 0.0, 1.0).astype(np.float32)
    if core.any():
        np.maximum(alpha, cv2.resize(core, (width, height)), out=alpha)


def _drop_garbage(alpha: Array) -> None:
    """Clear what is neither subject nor near it, in place: specks, lamps, a screen's edges."""
    height, width = alpha.shape
    small = cv2.resize(alpha, (width // 4, height // 4), interpolation=cv2.INTER_AREA)
    joined = cv2.dilate((small > 0.2).astype(np.uint8), np.ones((5, 5), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    if count <= 1:
        return
    main = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
    keep = np.ones(count, np.uint8)
    for label in range(1, count):
        x, _, w, _, area = stats[label]
        aside = x + w <= MARGIN * small.shape[1] or x >= (1 - MARGIN) * small.shape[1]
        keep[label] = label == main or not (aside or area < SMALLEST * small.size)
    # A lone grain of noise has next to nothing round it.
    near = cv2.dilate((small > 0.03).astype(np.uint8), np.ones((3, 3), np.uint8))
    kept = cv2.resize(near & keep[labels], (width, height), interpolation=cv2.INTER_NEAREST)
    cv2.copyTo(np.zeros_like(alpha), 1 - kept, alpha)
