"""Keys an evenly coloured screen: colour difference against a local screen, mixtures at the edge.

The screen's colour is estimated over the frame with the shadows on it (see screen_plate.py), then
the share of it in each pixel is one minus alpha (Vlahos' colour difference, see screen_hue.py).
Noise of the screen is cut to exactly 0, spill inside the subject to exactly 1; between them hair
and blur are measured once more as mixtures of both colours (see key_edge.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_size, map_frames
from .chroma_siting import smooth_chroma
from .key_edge import mixed_edge
from .screen import Screen
from .screen_hue import screen_share, unit_axis, wedge_slope
from .screen_plate import screen_plate

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
#: The screen's noise in its colour over that of its share, and its bounds, 0 ... 1.
GRAIN, LEAST_GRAIN, MOST_GRAIN = 0.3, 0.003, 0.025
#: Alpha this near to 0 or 1 is that.
SNAP = 0.006
ALPHA_BITS = 10


@dataclass(frozen=True)
class KeySettings:
    """How a screen is keyed.

    Attributes:
        tolerance: how much of the screen's noise and stains is cleared; 1 is as measured.
        softness: 1 keeps the edge as measured, towards 0 it hardens at half of alpha.
    """

    tolerance: float = 1.0
    softness: float = 1.0


def key_screen(
    clip: Clip,
    screen: Screen,
    settings: KeySettings = KeySettings(),
    *,
    plate: Clip | None = None,
) -> Clip:
    """Return the alpha of ``clip`` keyed against ``screen``: one channel of 10 bits, lazy.

    Args:
        clip: RGB.
        screen: what the subject stands before.
        settings: tolerance and softness.
        plate: the empty screen as each frame's camera sees it, RGB of the clip's size.

    Raises:
        ClipMismatchError: if the plate has another size or length.
    """
    if plate is not None:
        check_same_size([clip, plate], "chroma key")
    tops = [one.format.max_value for one in (clip, plate) if one is not None]

    def keyed(_: int, frame: Array, *empty: Array) -> Array:
        pictures = [
            smooth_chroma(inside_bars(one[..., :3], screen), top)
            for one, top in zip((frame, *empty), tops, strict=True)
        ]
        return _key(pictures, screen, settings)

    clips = [clip] if plate is None else [clip, plate]
    return map_frames(keyed, clips, "key_screen/2", screen, settings, channels=1, bits=ALPHA_BITS)


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


def _key(pictures: Sequence[Array], screen: Screen, settings: KeySettings) -> Array:
    picture, empty = pictures[0], pictures[1] if len(pictures) > 1 else None
    height, width = picture.shape[:2]
    colours, sure = screen_plate(picture, screen, empty)
    axis = cv2.resize(unit_axis(colours), (width, height), interpolation=cv2.INTER_LINEAR)
    slope = wedge_slope(screen.rgb)
    share = np.empty((height, width), np.float32)
    for top in range(0, height, 64):
        rows = slice(top, top + 64)
        share[rows] = screen_share(picture[rows], axis[rows], slope)
    noise = _noise(share, sure)
    alpha = _clean(share, noise, settings.tolerance)
    _fill_core(alpha)
    _drop_garbage(alpha)
    grain = min(max(noise * GRAIN, LEAST_GRAIN), MOST_GRAIN)
    alpha = mixed_edge(picture, 1.0, colours, alpha, grain)
    if settings.softness < 1:
        alpha = np.clip((alpha - 0.5) / max(settings.softness, 0.02) + 0.5, 0, 1)
    # What the filters leave of noise is nothing, exactly.
    alpha = np.clip((alpha - SNAP) / (1 - 2 * SNAP), 0, 1)
    levels = np.float32((1 << ALPHA_BITS) - 1)
    return np.asarray(alpha * levels + np.float32(0.5)).astype(np.uint16)


def _noise(share: Array, sure: Array) -> float:
    """Return the standard deviation of the screen's share where it is surely seen."""
    height, width = share.shape
    known = cv2.resize(sure.astype(np.uint8), (width // 4, height // 4), interpolation=0) > 0
    seen = share[: height // 4 * 4 : 4, : width // 4 * 4 : 4][known]
    return float(np.median(np.abs(seen - 1.0))) * 1.48 if seen.size else 0.0


def _clean(share: Array, noise: float, tolerance: float) -> Array:
    """Return alpha with the screen's noise cut to 0 and spill cut to 1."""
    cut = min(tolerance * min(max(NOISE_CUT * noise, LEAST_CUT), MOST_CUT), 0.8)
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
