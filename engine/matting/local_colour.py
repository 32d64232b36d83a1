"""Colour models in overlapping windows along the contour (Video SnapCut: Bai et al. 2009).

Two sides that share colours somewhere in the picture rarely share them at the same place. Each
window keeps histograms of subject and background, learned from the frames before as it moves
along with the contour, says how likely the pixels in it are subject, and how well it can tell.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array

State = dict[str, Array]

#: Bins of luma and of each chroma, and of all together.
SIDE, BINS = 16, 16**3
#: Most windows along a contour, and their half width as a share of the short side.
WINDOWS, REACH = 48, 0.07
#: What a window keeps of its past, a frame.
MEMORY = 0.9
#: Weight of the whole picture's colours in a window, and of knowing nothing.
WHOLE, NOTHING = 0.12, 2e-4
#: Pixels this near the contour are mixed, and not learned from.
MIXED_PX = 2.0

_LUMA_BIN = (np.arange(256) // 16).astype(np.uint8)
#: Chroma of real pictures keeps to the middle half: bins of 8 codes there.
_CHROMA_BIN = ((np.clip(np.arange(256), 64, 191) - 64) // 8).astype(np.uint8)


def colour_codes(frame: Array) -> Array:
    """Return the bin (H, W) int32 of each pixel of an 8-bit RGB frame."""
    luma, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb))
    codes: Array = cv2.LUT(luma, _LUMA_BIN).astype(np.int32) << 8
    codes += cv2.LUT(red, _CHROMA_BIN).astype(np.int32) << 4
    codes += cv2.LUT(blue, _CHROMA_BIN)
    return codes


def whole_histograms(codes: Array, distance: Array) -> Array:
    """Return the colours (2, BINS) float32 of background and subject over the picture.

    Args:
        codes: of :func:`colour_codes`.
        distance: (H, W) float32, pixels inside (positive) or outside the contour.
    """
    counts = _counted(_sided(codes, distance))
    return _normal(smooth_histograms(counts))


def whole_likelihood(whole: Array) -> Array:
    """Return how likely each colour is subject over the picture: (BINS,) float32."""
    nothing = np.float32(2e-5)
    return np.asarray((whole[1] + nothing / 2) / (whole.sum(0) + nothing), np.float32)


def contour_points(mask: Array, spacing: float) -> Array:
    """Return points (N, 2) float32 x, y, evenly spaced along the contours of ``mask``."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    height, width = mask.shape
    lines = [line[:, 0] for line in contours if len(line) >= spacing / 2]
    inner = []
    for line in lines:
        x, y = line[:, 0], line[:, 1]
        # What runs along the frame's edge separates nothing.
        inner.append(line[(x > 1) & (y > 1) & (x < width - 2) & (y < height - 2)])
    total = sum(len(line) for line in inner)
    step = max(1, round(max(spacing, total / WINDOWS)))
    picked = [line[::step] for line in inner if len(line)]
    return np.concatenate(picked).astype(np.float32) if picked else np.zeros((0, 2), np.float32)


def learn_windows(points: Array, codes: Array, distance: Array, past: tuple[Array, Array]) -> Array:
    """Return the colours (N, 2, BINS) of windows, from this frame and what ``past`` ones knew.

    Args:
        points: (N, 2) x, y in this frame.
        codes: of :func:`colour_codes`.
        distance: (H, W) float32, pixels inside (positive) or outside the contour.
        past: points, in this frame, and colours of the windows before.
    """
    reach = reach_px(min(codes.shape))
    sided = _sided(codes, distance)
    counts = np.empty((len(points), 2, BINS), np.float32)
    for number, point in enumerate(points):
        counts[number] = _counted(sided[_place(point, reach, codes.shape)])
    counts = smooth_histograms(counts)
    if len(past[0]) and len(points):
        apart = ((points[:, None] - past[0][None]) ** 2).sum(2)
        nearest = apart.argmin(1)
        near = apart[np.arange(len(points)), nearest] < (2 * reach) ** 2
        remembered = np.where(near[:, None, None], past[1][nearest], counts)
        counts += (remembered - counts) * np.float32(MEMORY)
    return counts


def _sided(codes: Array, distance: Array) -> Array:
    """Return bins of background, then of subject, and 2 BINS where neither is sure."""
    sided = codes + np.int32(BINS) * (distance > 0)
    return np.where(np.abs(distance) > np.float32(MIXED_PX), sided, np.int32(2 * BINS))


def _counted(sided: Array) -> Array:
    """Return the colours (2, BINS) of both sides."""
    return np.bincount(sided.ravel(), minlength=2 * BINS + 1)[:-1].reshape(2, BINS)


def window_tables(colours: Array, whole: Array) -> Array:
    """Return how likely each colour is subject in each window: (N, BINS) float32.

    Args:
        colours: (N, 2, BINS), of :func:`learn_windows`.
        whole: (2, BINS), the colours of the whole picture.
    """
    sides = _normal(colours) + np.float32(WHOLE) * whole
    back, fore = sides[:, 0], sides[:, 1]
    return (fore + np.float32(NOTHING / 2)) / (fore + back + np.float32(NOTHING))


def window_confidence(points: Array, tables: Array, codes: Array, distance: Array) -> Array:
    """Return how well each window tells the sides apart in its own frame: (N,) 0 ... 1."""
    result = np.empty(len(points), np.float32)
    reach = reach_px(min(codes.shape))
    # Windows overlap: what depends on the pixel alone is computed once.
    near = np.clip(distance, -4 * reach, 4 * reach)
    weights = cv2.exp(near * near * np.float32(-4 / reach**2))
    for number, point in enumerate(points):
        where = _place(point, reach, codes.shape)
        apart, weight = distance[where], weights[where]
        wrong = np.abs(np.take(tables[number], codes[where]) - (apart > 0))
        result[number] = 1 - float((wrong * weight).sum() / weight.sum())
    return result


def windows_say(
    points: Array, tables: Array, confidence: Array, codes: Array, reach: int
) -> tuple[Array, Array]:
    """Return what windows moved to ``points`` say about the next frame.

    Args:
        points: (N, 2) x, y in the next frame.
        tables: of :func:`window_tables`.
        confidence: of :func:`window_confidence`.
        codes: (H, W), the next frame's colours.
        reach: half width of the windows, pixels.

    Returns:
        (H, W) float32 likelihood of subject, 0.5 outside every window, and (H, W) float32
        how well they tell, 0 outside.
    """
    shape = codes.shape
    said, weights, worth = (np.full(shape, 1e-6, np.float32) for _ in range(3))
    trust = np.clip(confidence * 2 - 1, 0, 1)
    for number, point in enumerate(points):
        where, falloff = _window(point, reach, shape)
        weight = falloff * trust[number] ** 2
        said[where] += weight * np.take(tables[number], codes[where])
        weights[where] += weight
        worth[where] += weight * trust[number]
    known = weights > 1e-4
    told = np.where(known, said / weights, np.float32(0.5))
    return told, np.where(known, worth / weights, np.float32(0))


def reach_px(short: int) -> int:
    """Return the half width of the windows of a frame with this short side, pixels."""
    return max(6, round(short * REACH))


def _place(point: Array, reach: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Return the rows and columns of the window at ``point``."""
    x, y = int(point[0] + 0.5), int(point[1] + 0.5)
    rows = slice(max(0, y - reach), min(shape[0], y + reach + 1))
    return rows, slice(max(0, x - reach), min(shape[1], x + reach + 1))


def _window(point: Array, reach: int, shape: tuple[int, ...]) -> tuple[tuple[slice, slice], Array]:
    """Return the slices of the window at ``point`` and its weights, falling to the rim."""
    x, y = int(point[0] + 0.5), int(point[1] + 0.5)
    high, wide = where = _place(point, reach, shape)
    rows = 1 - np.abs(np.arange(high.start, high.stop, dtype=np.float32) - y) / (reach + 1)
    columns = 1 - np.abs(np.arange(wide.start, wide.stop, dtype=np.float32) - x) / (reach + 1)
    return where, rows[:, None] * columns


def smooth_histograms(counts: Array) -> Array:
    """Return histograms (..., BINS) blurred by half a bin along each colour axis."""
    if not counts.size:
        return np.asarray(counts, np.float32)
    bins = counts.reshape(-1, SIDE, SIDE, SIDE)
    # A bin of nothing after the last of each axis parts what is not neighbours.
    cube: Array = np.zeros((len(bins), SIDE + 1, SIDE + 1, SIDE), np.float32)
    cube[:, :SIDE, :SIDE] = bins
    halves, none = np.array([0.25, 0.5, 0.25], np.float32), np.ones(1, np.float32)
    for width, across in ((SIDE, halves), ((SIDE + 1) * SIDE, none)):
        plane = cube.reshape(-1, width)
        cube = cv2.sepFilter2D(plane, -1, across, halves, borderType=cv2.BORDER_CONSTANT)
    cube = cube.reshape(-1, SIDE + 1, SIDE + 1, SIDE)
    return np.ascontiguousarray(cube[:, :SIDE, :SIDE]).reshape(counts.shape)


def _normal(histograms: Array) -> Array:
    """Return histograms that each sum to 1 (or are empty)."""
    return np.asarray(histograms / np.maximum(histograms.sum(-1, keepdims=True), 1e-6), np.float32)
