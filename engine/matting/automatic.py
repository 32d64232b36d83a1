"""The subject where nobody says which: what the likeliest of several that were cut out agree on.

Each candidate box is cut as if it had been drawn; the mask then tells better than the box whether
it holds somebody: a subject stands upright, in the middle, is of a good size, has an outline with
edges, other colours inside than outside, skin at its top, and moves. The likely ones vote for each
pixel, because what one has lost or taken along the others have not.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .candidates import candidates
from .figure import ELBOWS, Face, figure_odds, find_faces
from .first_mask import mask_in_box
from .head import missing_hair, skin
from .local_colour import BINS, colour_codes, smooth_histograms
from .look_ahead import Outlook
from .shape import signed_distance
from .surroundings import Box

#: How far from the outline colours are compared, pixels, and what of it is mixed.
NEAR_PX, MIXED_PX = 14, 2
#: Means and weights (fitted to which of many masks covered the subject of drawn and of real clips)
#: of each of a mask's features.
FEATURES = {
    "edges": (0.74, 0.30),
    "contrast": (0.52, 0.14),
    "aside": (0.09, -0.87),
    "below": (0.0, 0.16),
    "upright": (1.61, 0.16),
    "skin": (0.35, 0.27),
    "cut off": (0.04, -0.38),
    "cropped": (0.11, -0.4),
    "fills": (0.59, -0.24),
    "size": (-2.77, -0.02),
    "size squared": (8.42, -0.022),
    "leaves": (0.23, 0.24),
    "moves": (0.14, 0.07),
}
#: Whoever is cut off by the frame's lower edge is at least this much taller than wide, or goes on.
GOES_ON = 1.5
#: Room for hair above what was found, as a share of its height.
ABOVE = 0.06
#: Difference of scores at which a candidate counts a third, log odds of what they agree on (times
#: this), the most of them, and what one more vote would be.
CHOICE, AGREED, MOST, LEAST = 0.2, 2.5, 2.5, 0.05
#: Share of a mask's side that leans on its box from which on the mask surely goes on there.
LEANS = 0.6
#: A head without a body ends so far below its face's middle, in faces, where the chin is, and the
#: share of the frame that a face close to the camera takes.
HEAD, CHIN, CLOSE = 1.2, 0.45, 0.03
#: Weight of the colours of a subject that was seen before.
LIKE = 0.5


def find_subject(frame: Array, outlook: Outlook | None, like: Array | None = None) -> Array:
    """Return the subject (H, W) bool of an 8-bit RGB frame.

    Args:
        frame: (H, W, 3) uint8.
        outlook: what the frames ahead say, or None.
        like: (BINS,), how likely each colour is the subject's, as it was seen before; or None.
    """
    codes = colour_codes(frame)
    boxes: list[tuple[Box, Array | None]] = [(box, None) for box in candidates(frame, outlook)]
    faces = find_faces(frame)
    boxes += [(face.box(frame.shape, ELBOWS), figure_odds(face, frame.shape)) for face in faces]
    found: list[tuple[Box, Array]] = []
    scores = []
    for box, prior in boxes:
        mask = mask_in_box(frame, box, [], [], outlook, drawn=False, prior=prior)
        if mask.any():
            score = _score(features(frame, mask, box, outlook))
            if like is not None:
                score += LIKE * float(like[codes[mask]].mean())
            found.append((box, mask))
            scores.append(score)
    if not found:
        return np.zeros(frame.shape[:2], bool)
    agreed = _agreed(frame, found, np.array(scores), outlook)
    return _with_body(frame, agreed, faces, outlook)


def _agreed(
    frame: Array, found: list[tuple[Box, Array]], scores: Array, outlook: Outlook | None
) -> Array:
    """Return the subject (H, W) bool that the likely ones of several masks agree on.

    Args:
        frame: (H, W, 3) uint8.
        found: boxes, and the mask (H, W) bool that was cut out in each.
        scores: of each.
        outlook: what the frames ahead say, or None.
    """
    weights = np.exp((scores - scores.max()) / CHOICE)
    yes, said = (np.zeros(frame.shape[:2], np.float32) for _ in range(2))
    for weight, (box, mask) in zip(weights.astype(np.float32), found, strict=True):
        yes += weight * mask
        said += weight * _says(box, mask)
    votes = yes / np.maximum(said, np.float32(1e-6))
    likely = votes > 0.5
    if not likely.any():
        likely = found[int(scores.argmax())][1]
    own = _tight(likely)
    # Above what was found hair may be missing.
    own = own._replace(y0=max(0, own.y0 - int(ABOVE * (own.y1 - own.y0))))
    odds = AGREED * np.clip(
        np.log((votes + LEAST) / (1 + LEAST - np.minimum(votes, 1))), -MOST, MOST
    )
    hair = missing_hair(frame, likely, own)
    if hair is not None:
        # Who has lost the hair to a background alike has no vote on it.
        odds = np.where(hair > 0, np.maximum(odds, 0), odds)
    again = mask_in_box(frame, own, [], [], outlook, drawn=False, prior=odds.astype(np.float32))
    return again if again.any() else likely


def _says(box: Box, mask: Array) -> Array:
    """Return how far a mask's vote counts, (H, W) float32: 1 in its box and where that lies free.

    What leans on a side of its box goes on there: beyond it the mask says nothing.
    """
    height, width = mask.shape
    own = _tight(mask, room=0)
    counts = np.ones((height, width), np.float32)
    sides = (
        (np.s_[:, : box.x0], mask[:, box.x0 : box.x0 + 3].any(1), own.y1 - own.y0),
        (np.s_[:, box.x1 :], mask[:, box.x1 - 3 : box.x1].any(1), own.y1 - own.y0),
        (np.s_[: box.y0], mask[box.y0 : box.y0 + 3].any(0), own.x1 - own.x0),
        (np.s_[box.y1 :], mask[box.y1 - 3 : box.y1].any(0), own.x1 - own.x0),
    )
    for beyond, touching, length in sides:
        free = 1 - min(1.0, float(touching.sum()) / length / LEANS)
        counts[beyond] = np.minimum(counts[beyond], np.float32(free))
    return counts


def _with_body(frame: Array, mask: Array, faces: list[Face], outlook: Outlook | None) -> Array:
    """Return ``mask`` with the body below a large head that was found without one.

    Close to the camera, clothes leave the frame on three sides: no box can be drawn round them.
    """
    height, width = mask.shape
    if outlook is not None and outlook.tells(mask):
        # A body would have been seen to move with the head.
        return mask
    for face in faces:
        lowest = int(np.flatnonzero(mask.any(1))[-1])
        bare = lowest < face.y + HEAD * face.high and lowest < height - 4
        inside = mask[int(face.y), int(face.x)]
        if not (bare and inside and face.wide * face.high > CLOSE * height * width):
            continue
        whole = face.box(frame.shape, ELBOWS)
        below = whole._replace(y0=min(height - 4, int(face.y + CHIN * face.high)))
        odds = figure_odds(face, frame.shape) + np.where(mask, np.float32(2), np.float32(0))
        mask = mask | mask_in_box(frame, below, [], [], outlook, drawn=False, prior=odds)
    return mask


def features(frame: Array, mask: Array, box: Box, outlook: Outlook | None) -> dict[str, float]:
    """Return what tells of a mask (H, W) bool, found in a box, whether it is a subject."""
    height, width = mask.shape
    distance = signed_distance(mask.astype(np.float32))
    codes = colour_codes(frame)
    inner, outer = (
        side & (np.abs(distance) > MIXED_PX) & (np.abs(distance) < NEAR_PX)
        for side in (mask, ~mask)
    )
    own = _tight(mask)
    tall = (own.y1 - own.y0) / max(1, own.x1 - own.x0)
    ys, xs = np.nonzero(mask)
    upper = mask.copy()
    upper[int(own.y0 + 0.35 * (own.y1 - own.y0)) :] = False
    size = float(np.log(mask.mean()))
    told = {
        "edges": _edges(frame, distance),
        "contrast": _contrast(codes, inner, outer),
        "aside": float(abs(xs.mean() / width - 0.5)),
        "below": float(ys.mean() / height - 0.5),
        "upright": min(max(tall, GOES_ON if mask[-1].any() else 0.0), 2.5),
        "skin": min(float(skin(frame, 50)[upper].mean()) if upper.any() else 0.0, 0.4),
        "cut off": float(mask[0].mean()),
        "cropped": _cropped(mask, box),
        "fills": float(mask.sum()) / own.area,
        "size": size,
        "size squared": size**2,
        "leaves": 0.0,
        "moves": 0.0,
    }
    if outlook is not None and outlook.still.sum() > 0.35 * outlook.textured.sum():
        left = float(outlook.leaves.sum())
        if left > 1e-3 * mask.size:
            told["leaves"] = float((outlook.leaves & mask).sum()) / left - float(mask.mean())
        if outer.any():
            told["moves"] = float(outlook.moving[mask].mean() - outlook.moving[outer].mean())
    return told


def _score(told: dict[str, float]) -> float:
    return sum(weight * (told[name] - mean) for name, (mean, weight) in FEATURES.items())


def _edges(frame: Array, distance: Array) -> float:
    """Return the share of an outline inside the frame that runs along the picture's edges."""
    lab = cv2.cvtColor(cv2.GaussianBlur(frame, (0, 0), 1), cv2.COLOR_RGB2LAB).astype(np.float32)
    dx, dy = cv2.Sobel(lab, -1, 1, 0), cv2.Sobel(lab, -1, 0, 1)
    slope = cv2.dilate(np.sqrt((dx * dx + dy * dy).sum(2)), np.ones((3, 3), np.uint8))
    rim = np.abs(distance) < 1.5
    rim[:4] = rim[-4:] = rim[:, :4] = rim[:, -4:] = False
    return float((slope[rim] > np.quantile(slope, 0.8)).mean()) if rim.any() else 0.0


def _cropped(mask: Array, box: Box) -> float:
    """Return how much of the box's left and right side, inside the frame, the mask leans on."""
    sides = []
    if box.x0 > 0:
        sides.append(mask[box.y0 : box.y1, box.x0 : box.x0 + 3].any(1))
    if box.x1 < mask.shape[1]:
        sides.append(mask[box.y0 : box.y1, box.x1 - 3 : box.x1].any(1))
    return float(np.mean(np.concatenate(sides))) if sides else 0.0


def _contrast(codes: Array, inner: Array, outer: Array) -> float:
    """Return how unlike the colours are on both sides of an outline, 0 ... 1 (chi squared)."""
    one, other = (
        smooth_histograms(np.bincount(codes[side], minlength=BINS)[None])[0] / max(1, side.sum())
        for side in (inner, outer)
    )
    return float(0.5 * (np.square(one - other) / (one + other + 1e-9)).sum())


def _tight(mask: Array, room: float = 0.02) -> Box:
    """Return the box of ``mask`` with a little room, as a share of its longer side."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    pad = max(3, int(room * max(len(rows), len(columns)))) if room else 0
    return Box(
        max(0, int(columns[0]) - pad),
        max(0, int(rows[0]) - pad),
        min(width, int(columns[-1]) + 1 + pad),
        min(height, int(rows[-1]) + 1 + pad),
    )
