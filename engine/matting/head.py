"""Where hair may be that colours have taken for background: round a face, up to the box."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .surroundings import Box

#: Height of a box over its width from which it may hold one person, and above which a standing one.
ONE, STANDING = 0.9, 2.2
#: Share of the box that a face lies in: of somebody sitting, of somebody standing.
SITTING_FACE, STANDING_FACE = 0.42, 0.25
#: Smallest face, as a share of the box and of the largest patch of skin there.
SMALLEST, CONSIDERABLE = 0.002, 0.15
#: Room between what was found and the top of the box, in faces, that tells of missing hair.
ROOM = 0.2
#: More than this above the forehead, in faces, and the hair is there already.
HAIR = 0.15
#: Log odds that hair is given in the middle of a head, and how far it reaches, in faces: to the
#: sides, up and down.
ODDS, ASIDE, UP, DOWN = 2.0, 0.95, 1.0, 0.9
#: Hair is rarely brighter than the face, by codes of luma.
BRIGHTER = 20.0


def skin(frame: Array, darkest: int = 40) -> Array:
    """Return where a pixel has a skin's chroma, (H, W) bool; lighter than ``darkest`` in luma."""
    luma, red, blue = cv2.split(cv2.cvtColor(frame, cv2.COLOR_RGB2YCrCb))
    return (red > 135) & (red < 178) & (blue > 80) & (blue < 128) & (luma > darkest)


def missing_hair(frame: Array, found: Array, box: Box) -> Array | None:
    """Return log odds (H, W) float32 to add where hair may be; None where none is missing.

    Args:
        frame: (H, W, 3) uint8.
        found: (H, W) bool, the subject so far.
        box: round the subject, touching it or nearly so.
    """
    width, height = box.x1 - box.x0, box.y1 - box.y0
    if height < ONE * width:
        return None
    upper = STANDING_FACE if height > STANDING * width else SITTING_FACE
    patches = skin(frame) & found
    patches[box.y0 + int(upper * height) :] = False
    opened = cv2.morphologyEx(patches.view(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(opened)
    areas = stats[:, cv2.CC_STAT_AREA]
    least = max(CONSIDERABLE * int(areas[1:].max(initial=0)), SMALLEST * width * height)
    faces = [label for label in range(1, count) if areas[label] > least]
    if not faces:
        return None
    face = min(faces, key=lambda label: int(stats[label, cv2.CC_STAT_TOP]))
    middle_x, middle_y = centres[face]
    radius = float(np.sqrt(areas[face] / np.pi))
    wide = min(float(stats[face, cv2.CC_STAT_WIDTH]), 2.6 * radius)
    high = min(float(stats[face, cv2.CC_STAT_HEIGHT]), 3.2 * radius)
    near = found[:, max(0, int(middle_x - wide)) : int(middle_x + wide) + 1]
    top = int(np.flatnonzero(near.any(1))[0])
    forehead = float(stats[face, cv2.CC_STAT_TOP])
    if top - box.y0 < ROOM * high or forehead - top > HAIR * high:
        return None
    rows = np.arange(found.shape[0], dtype=np.float32)[:, None] - (middle_y - 0.1 * high)
    columns = np.arange(found.shape[1], dtype=np.float32) - middle_x
    down = rows / (high * np.where(rows < 0.1 * high, UP, DOWN))
    apart = np.square(columns / (ASIDE * wide)) + np.square(down)
    luma = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32)
    dark = np.clip((np.median(luma[labels == face]) + BRIGHTER - luma) / BRIGHTER, 0, 1)
    return np.asarray(ODDS * np.clip(1.5 - apart, 0, 1) * dark, np.float32)
