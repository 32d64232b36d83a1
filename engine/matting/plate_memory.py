"""Remembers the background where it was seen, so that a pixel can be told from it.

The remembered plate follows the camera by homographies and learns only from what is surely
background; what the subject has covered from the start stays unknown and says nothing. How far a
pixel may be off is itself learned there, so parallax and moving leaves weaken the evidence.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from .channels import squared_distance
from .window import Window

State = dict[str, Array]

#: How fast a seen plate follows what is seen, and how fast its error does.
LEARN, LEARN_ERROR = 0.15, 0.1
#: Trust that each sight of a place adds, up to 1.
TRUST = 0.34
#: Bounds of the squared error a channel, codes; the least is the noise of a clean camera.
LEAST_ERROR, FIRST_ERROR, MOST_ERROR = 9.0, 40.0, 2000.0
#: Share of the squared gradient that a small misregistration adds to the error.
MISFIT = 0.06
#: Log-likelihood of a subject's colour: it may be anything.
ANYTHING = 9.0
#: Largest evidence a pixel gives, as log odds.
MOST = 6.0


def empty_plate(height: int, width: int) -> State:
    """Return a memory that knows nothing."""
    return {
        "plate": np.zeros((height, width, 3), np.float32),
        "plate_known": np.zeros((height, width), np.float32),
        "plate_error": np.full((height, width), FIRST_ERROR, np.float32),
    }


def told(state: State, plate: Array, where: Array) -> State:
    """Return the memory that also knows ``plate`` (H, W, 3) at ``where`` (H, W) bool."""
    return {
        "plate": np.where(where[..., None], plate.astype(np.float32), state["plate"]),
        "plate_known": np.where(where, np.float32(1), state["plate_known"]),
        "plate_error": state["plate_error"],
    }


def follow(state: State, motion: Array | None) -> State:
    """Return the memory moved to the next frame (``motion``: next to last), or emptied."""
    height, width = state["plate_known"].shape
    if motion is None:
        return empty_plate(height, width)
    if np.array_equal(motion, np.eye(3)):
        return state

    def warp(values: Array, how: int) -> Array:
        return cv2.warpPerspective(
            values, motion, (width, height), flags=cv2.WARP_INVERSE_MAP | how
        )

    known = state["plate_known"]
    solid = np.asarray(known > 0, np.float32)
    flat = warp(cv2.merge([known, state["plate_error"], solid]), cv2.INTER_LINEAR)
    # Known is a moved pixel that is made of known ones only.
    known = flat[..., 0] * (flat[..., 2] > 0.99)
    # Cubic keeps the plate sharp through many small moves.
    return {
        "plate": warp(state["plate"], cv2.INTER_CUBIC),
        "plate_known": known,
        "plate_error": np.maximum(flat[..., 1], LEAST_ERROR),
    }


def completed(state: State, frame: Array) -> Array:
    """Return the plate where it is known and ``frame`` elsewhere: (H, W, 3) uint8."""
    whole = frame.copy()
    known = (state["plate_known"] > 0).view(np.uint8)
    return np.asarray(cv2.copyTo(cv2.convertScaleAbs(state["plate"]), known, whole))


def evidence(state: State, frame: Array, at: Window) -> Array:
    """Return the log odds that pixels of the window ``at`` are subject: 0 where the plate is
    unknown."""
    rows, columns = at
    # The filters below look up to four pixels further.
    wide = (_grown(rows, frame.shape[0]), _grown(columns, frame.shape[1]))
    inner = tuple(
        slice(small.start - large.start, small.stop - large.start)
        for small, large in zip(at, wide, strict=True)
    )
    plate = state["plate"][wide]
    squared = cv2.blur(squared_distance(frame[wide].astype(np.float32), plate), (3, 3))
    error = cv2.blur(state["plate_error"][wide], (9, 9)) + np.float32(MISFIT) * _slope(plate)
    odds = squared / (3 * error) + np.float32(1.5) * cv2.log(error) - np.float32(ANYTHING)
    return np.asarray(np.clip(odds, -MOST, MOST) * state["plate_known"][wide])[inner]


def _grown(part: slice, length: int) -> slice:
    return slice(max(0, part.start - 4), min(length, part.stop + 4))


def learn(state: State, frame: Array, background: Array) -> State:
    """Return the memory after seeing ``frame``, of which ``background`` (H, W) bool is plate."""
    seen = frame.astype(np.float32)
    plate, error = state["plate"].copy(), state["plate_error"].copy()
    known = (state["plate_known"] > 0).view(np.uint8)
    shown = background.view(np.uint8)
    again, new = cv2.bitwise_and(shown, known), cv2.bitwise_and(shown, 1 - known)
    apart = np.clip(squared_distance(seen, plate) / 3, LEAST_ERROR, MOST_ERROR)
    cv2.accumulateWeighted(apart, error, LEARN_ERROR, again)
    cv2.accumulateWeighted(seen, plate, LEARN, again)
    cv2.copyTo(seen, new, plate)
    return {
        "plate": plate,
        "plate_known": _more_known(state["plate_known"], shown),
        "plate_error": error,
    }


def _more_known(known: Array, shown: Array) -> Array:
    """Return how well the plate is known after it was ``shown`` (uint8) once more."""
    more = np.minimum(known + np.float32(TRUST) * shown, np.float32(1))
    return np.asarray(more, np.float32)


def _slope(plate: Array) -> Array:
    """Return the squared gradient of the plate's luma, codes squared."""
    grey = cv2.transform(plate, np.array([[0.299, 0.587, 0.114]], np.float32))
    dx, dy = cv2.Sobel(grey, -1, 1, 0, scale=0.125), cv2.Sobel(grey, -1, 0, 1, scale=0.125)
    return np.asarray(cv2.blur(dx * dx + dy * dy, (3, 3)))
