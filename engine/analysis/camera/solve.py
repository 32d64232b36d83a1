"""Solving the camera: one transform per frame from tracked background features.

The background's corners are followed against keyframes on reduced frames, the subject left out;
each frame gets the simplest motion that explains its tracks. A new keyframe is taken, at its
solved place, when too little of the old one is left, so errors add up once a keyframe and not
once a frame. What cannot be measured is taken from the frames around it and says so. Cuts are those
that the scene is told to have, found in the same pass.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...context import Context
from ..passes import Footage, Look, Question, ask_one
from ..reduced import Size
from ..scene.shots import ShotFinder
from . import curve as curves
from .motion import CameraMotion, CameraShot, Parallax, as_matrix
from .solver import Solved, Solver
from .tracks import View

__all__ = ["CAMERA", "CameraMotion", "solve_camera"]

#: The matte is grown by this part of the reduced picture's height before it hides the subject.
_GROWN = 0.02
#: Alpha, 8 bits, above which a pixel belongs to the subject.
_SUBJECT = 12


def solve_camera(clip: Clip, context: Context, *, matte: Clip | None = None) -> CameraMotion:
    """Return how the camera moved, kept in the store.

    Reads the clip once, at about 960 x 540.

    Args:
        clip: any size, rate and bit depth.
        context: store, progress and cancel.
        matte: one channel, 1 is the subject; it is left out of the solve. Without it the motion
            that most of the picture agrees on is taken for the camera's.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    return ask_one(clip, context, CAMERA, matte=matte, message="Solving the camera")


class _CameraObserver:
    """Shows the solver each frame with its subject covered, and looks for cuts."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        self._solver = Solver(footage.size)
        self._shots = ShotFinder(footage.size, float(footage.format.fps))
        radius = max(2, round(_GROWN * footage.size.height))
        self._brush = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * radius + 1, 2 * radius + 1))

    def see(self, look: Look) -> None:
        self._shots.see(look.rgb)
        free = None
        if look.alpha is not None:
            _, subject = cv2.threshold(look.alpha, _SUBJECT, 255, cv2.THRESH_BINARY)
            free = cv2.bitwise_not(cv2.dilate(subject, self._brush))
        self._solver.add(View(look.grey, free))

    def answer(self) -> CameraMotion:
        return _described(self._solver.finish(self._shots.answer().cuts), self._footage)


CAMERA = Question("solve-camera/7", _CameraObserver, CameraMotion.from_json)


def _described(solved: Solved, footage: Footage) -> CameraMotion:
    fmt = footage.format
    size, fps = Size(fmt.width, fmt.height), float(fmt.fps)
    to_reduced = _scaling(size, footage.size)
    matrices = np.linalg.inv(to_reduced) @ solved.matrices @ to_reduced
    matrices /= matrices[:, 2:, 2:]
    parallax_px = solved.parallax_px * (size.width / footage.size.width)
    shots = []
    for first, end in pairwise([0, *solved.cuts, len(matrices)]):
        path = curves.corner_path(matrices[first:end], size)
        if curves.is_static(path, solved.confidence[first:end], size):
            matrices[first:end], parallax_px[first:end] = matrices[first], parallax_px[first]
            shots.append(CameraShot(first, end - 1, "static", 1.0))
        else:
            curve = [curves.pose_of(matrix, size) for matrix in matrices[first:end]]
            kind = curves.classify(curve, parallax_px[first:end], fps, size)
            shots.append(CameraShot(first, end - 1, kind, curves.stability(path, fps, size)))
    lengths = [len(shot) for shot in shots]
    return CameraMotion(
        kind=shots[0].kind if len({shot.kind for shot in shots}) == 1 else "mixed",
        transforms=tuple(as_matrix(matrix) for matrix in matrices),
        curve=tuple(curves.pose_of(matrix, size) for matrix in matrices),
        stability=float(np.average([shot.stability for shot in shots], weights=lengths)),
        confidence=tuple(float(value) for value in solved.confidence),
        cuts=solved.cuts,
        notes=_notes(solved),
        shots=tuple(shots),
        parallax=tuple(Parallax(*(float(v) for v in row)) for row in parallax_px),
    )


def _scaling(size: Size, reduced: Size) -> Array:
    """Return the matrix from full-size to reduced positions (pixel centres at whole numbers)."""
    x, y = reduced.width / size.width, reduced.height / size.height
    return np.array([[x, 0.0, x / 2 - 0.5], [0.0, y, y / 2 - 0.5], [0.0, 0.0, 1.0]])


def _notes(solved: Solved) -> tuple[str, ...]:
    notes: list[str] = []
    lost = int((solved.confidence <= 0.0).sum())
    if lost > 0.5 * len(solved.confidence):
        notes.append("The background has no texture to follow; the camera is taken to rest.")
    elif lost:
        what = "1 frame" if lost == 1 else f"{lost} frames"
        notes.append(f"{what} could not be measured; the frames around stand in.")
    if solved.cuts:
        frames = ", ".join(str(cut) for cut in solved.cuts)
        notes.append(f"Another scene begins at frame {frames}; solve each shot by itself.")
    return tuple(notes)
