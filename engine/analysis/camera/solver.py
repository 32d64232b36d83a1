"""The camera solve as it goes through the frames: keyframes, lost frames, what is far away."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from ...clip.clip import Array
from ..reduced import Size
from .far_layer import find_layers
from .geometry import corners_of, move
from .steady import steadied
from .tracks import Followed, Keyframe, View

#: A keyframe is replaced when less than this share of its corners is still in the picture,
_LEAST_VISIBLE = 0.6
#: or when fewer agree than this part of the most that ever did,
_LEAST_LEFT = 0.5
#: or the picture has grown, shrunk or turned by more than this (entries of the matrix).
_MOST_CHANGED = 0.15
#: Confidence from which a frame may become a keyframe, and below which it leans on others.
_SURE = 0.5
#: Expected corner error, in reduced pixels, that halves the confidence.
_POOR_PX = 1.0
#: Shares of the tracks that agree, and of the corners that are found, below which it falls.
_FEW_AGREE, _FEW_FOUND = 0.3, 0.25
#: Agreement of another motion, as a part of the chosen one's, from which on the confidence falls,
#: and by how much it has fallen where both are equal.
_RIVAL, _DOUBT = 0.35, 0.5
#: Frames that are looked back on at once, so that memory stays constant.
_MOST_SIGHTINGS = 150


@dataclass(frozen=True)
class Solved:
    """A solved clip, in reduced pixels.

    Attributes:
        matrices: (T, 3, 3), each frame to frame 0.
        confidence: (T,) in 0 ... 1.
        cuts: frames at which another scene begins.
        parallax_px: (T, 3) how much further near things have moved than far ones since frame 0:
            right, down, and outward at the picture's longer half; at rest where it is not seen.
    """

    matrices: Array
    confidence: Array
    cuts: tuple[int, ...]
    parallax_px: Array


@dataclass(frozen=True)
class _Sighting:
    """A frame that was placed by the keyframe: its index, motion and tracks."""

    index: int
    matrix: Array
    targets: Array


class Solver:
    """Takes the frames of a clip in order, then gives every frame's place in frame 0.

    A frame that cannot be followed from the keyframe is followed from the frame before, which then
    becomes the keyframe. If that fails too the frame is lost, but the keyframe stays: after a
    passing flash or blur the next frame is seen from it again, after a cut only from the frame
    before it, and a new stretch begins there. Which of them were cuts is told at the end.
    """

    def __init__(self, size: Size) -> None:
        """Prepare for frames of ``size``."""
        self._size = size
        self._key: Keyframe | None = None
        self._guess = np.eye(3)
        self._previous: View | None = None
        self._matrices: list[Array] = []
        self._confidence: list[float] = []
        self._errors_px: list[float] = []
        self._rivals: list[float] = []
        self._parallax_px: list[Array] = []
        self._sightings: list[_Sighting] = []

    def add(self, view: View) -> None:
        """Solve the next frame."""
        if self._key is None:
            self._key = Keyframe(view, np.eye(3))
            self._keep(np.eye(3), 1.0 if len(self._key.points) else 0.0)
        else:
            followed = self._follow(self._key, view)
            if followed is None:
                self._keep(self._matrices[-1], 0.0)
            else:
                self._place(view, followed)
        self._previous = view

    def _follow(self, key: Keyframe, view: View) -> Followed | None:
        """Return the frame seen from the keyframe, or from the frame before if that is better."""
        followed = key.follow(view, self._guess)
        if followed is not None and _confidence(followed) >= _SURE:
            return followed
        assert self._previous is not None
        before = Keyframe(self._previous, self._matrices[-1])
        nearer = before.follow(view, np.eye(3))
        if nearer is None or (
            followed is not None and _confidence(nearer) < 1.2 * _confidence(followed)
        ):
            return followed
        self._look_back()
        before.to_first = self._matrices[-1]
        self._key = before
        return nearer

    def finish(self, cuts: Sequence[int] = ()) -> Solved:
        """Return every frame's place; unsure frames lean on the sure ones around them.

        Args:
            cuts: frames at which another scene begins; the camera rests across them.
        """
        self._look_back()
        matrices, confidence = np.array(self._matrices), np.array(self._confidence)
        steps_px, errors_px = np.array(self._parallax_px), np.array(self._errors_px)
        before = np.eye(3)
        for first, end in pairwise([0, *cuts, len(matrices)]):
            if first:
                # A shot's first frame is known as well as the next one, which is seen from it.
                confidence[first] = confidence[min(first + 1, end - 1)]
                steps_px[first] = 0.0
            shot = self._lean(matrices[first:end], confidence[first:end])
            shot = steadied(shot, errors_px[first:end], self._size)
            shot = before @ np.linalg.inv(shot[0]) @ shot
            matrices[first:end] = shot / shot[:, 2:, 2:]
            matrices[first] = before
            before = matrices[end - 1]
        doubt = np.clip((np.array(self._rivals) - _RIVAL) / (1.0 - _RIVAL), 0.0, 1.0)
        confidence *= 1.0 - _DOUBT * doubt
        return Solved(matrices, confidence, tuple(cuts), np.cumsum(steps_px, axis=0))

    def _lean(self, matrices: Array, confidence: Array) -> Array:
        """Return a shot's frames with the unsure ones moved toward the sure ones around them."""
        corners = corners_of(self._size)
        path = np.array([move(corners, matrix).ravel() for matrix in matrices])
        sure = np.flatnonzero(confidence >= _SURE)
        leant = matrices.copy()
        for index in np.flatnonzero(confidence < _SURE) if sure.size else ():
            between = [np.interp(index, sure, column) for column in path[sure].T]
            lean = 1.0 - confidence[index] / _SURE
            mixed = (1 - lean) * path[index] + lean * np.array(between)
            leant[index] = cv2.getPerspectiveTransform(
                corners.astype(np.float32), mixed.reshape(4, 2).astype(np.float32)
            )
        return leant

    def _place(self, view: View, followed: Followed) -> None:
        assert self._key is not None
        fit = followed.fit
        self._guess = fit.matrix
        confidence = _confidence(followed)
        self._sightings.append(_Sighting(len(self._matrices), fit.matrix, followed.targets))
        self._keep(_placed(self._key, fit.matrix), confidence, fit.error_px, fit.rival)
        used_up = confidence >= _SURE and _is_used_up(followed)
        if used_up or len(self._sightings) >= _MOST_SIGHTINGS:
            self._look_back()
        if used_up:
            self._key, self._guess = Keyframe(view, self._matrices[-1]), np.eye(3)

    def _look_back(self) -> None:
        """Place the frames of this stretch by what is far away, where near things move further."""
        seen, self._sightings = self._sightings, []
        if self._key is None or not seen:
            return
        targets = np.stack([sighting.targets for sighting in seen])
        motions = np.stack([sighting.matrix for sighting in seen])
        layers = find_layers(
            self._key.points, targets, motions, self._size, masked=self._key.masked
        )
        if layers is None:
            return
        steps_px = np.diff(layers.parallax_px, axis=0, prepend=0.0)
        for sighting, motion, step_px in zip(seen, layers.motions, steps_px, strict=True):
            self._matrices[sighting.index] = _placed(self._key, motion)
            self._parallax_px[sighting.index] = step_px

    def _keep(
        self, matrix: Array, confidence: float, error_px: float = 0.0, rival: float = 0.0
    ) -> None:
        self._matrices.append(matrix)
        self._confidence.append(confidence)
        self._errors_px.append(error_px)
        self._rivals.append(rival)
        self._parallax_px.append(np.zeros(3))


def _placed(key: Keyframe, motion: Array) -> Array:
    """Return what takes a frame to frame 0, given the motion from the keyframe to it."""
    matrix = key.to_first @ np.linalg.inv(motion)
    return np.asarray(matrix / matrix[2, 2])


def _confidence(followed: Followed) -> float:
    error = followed.fit.error_px / _POOR_PX
    known = min(1.0, followed.fit.share / _FEW_AGREE, followed.found / _FEW_FOUND)
    return float(known / (1.0 + error**2))


def _is_used_up(followed: Followed) -> bool:
    changed = np.abs(followed.fit.matrix[:2, :2] - np.eye(2)).max()
    return bool(
        followed.visible < _LEAST_VISIBLE or followed.left < _LEAST_LEFT or changed > _MOST_CHANGED
    )
