"""Depth maps as clips: one channel of relative inverse depth, 0 far ... 1 near, 16 bit.

The background is that of the anchors around a frame, moved with the camera; the subject stands
before it as slabs, cut out by its matte. Lazy: a frame costs two small warps and one enlargement.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ...clip.clip import Array, Clip, ClipFormat
from ...clip.operations import check_same_length, check_same_size
from ...errors import ClipMismatchError
from ...fingerprint import fingerprint
from ..camera.motion import CameraMotion
from ..reduced import Size
from .depth_info import DepthInfo
from .depth_scenery import Anchor, Scenery
from .depth_standing import Piece, find_pieces, nearness_of
from .relief import map_size

#: Native codes of a depth map.
BITS, TOP = 16, 65535
#: A slab's nearness is the median of what was found this long before and after, in seconds.
_STEADY_S = 0.5
#: Weight of an anchor that is only read, beside one that is measured.
_READ = 0.2
#: Part of an anchor's width and height over which its border is blended.
_FEATHER = 0.12


@dataclass(frozen=True)
class DepthMap:
    """The depth of a clip, frame by frame.

    Attributes:
        nearness: one channel, 16 bit, as large and as long as the clip: relative inverse depth,
            0 is infinitely far, 1 the nearest of the clip.
        info: horizon, ground, and the plane that parts subject and background.
    """

    nearness: Clip
    info: DepthInfo


class SceneryClip(Clip):
    """The depth map of a clip whose scenery is known."""

    def __init__(
        self, clip: Clip, scenery: Scenery, camera: CameraMotion, matte: Clip | None = None
    ) -> None:
        """Draw nothing yet.

        Args:
            clip: the source; its frames are not read.
            scenery: what the pass over it found.
            camera: moves the background.
            matte: one channel, 1 is the subject.

        Raises:
            ClipMismatchError: if camera or matte do not fit the clip.
        """
        if len(camera) != len(clip):
            raise ClipMismatchError(
                f"camera must have {len(clip)} frames like the clip, got {len(camera)}. "
                "Solve the camera of this clip."
            )
        if matte is not None:
            check_same_length([clip, matte], "depth/1")
            check_same_size([clip, matte], "depth")
        mark = None if matte is None else matte.fingerprint
        super().__init__(
            depth_format(clip.format),
            fingerprint(
                "scenery-depth/1", clip.fingerprint, scenery.to_json(), camera.to_json(), mark
            ),
            parents=() if matte is None else (matte,),
            audio=clip.audio,
        )
        self._scenery, self._camera, self._matte = scenery, camera, matte
        self._small = map_size(Size(clip.format.width, clip.format.height))
        self._inside = _feathered(self._small)

    def _render(self, index: int) -> Array:
        small = self._background(index)
        full = cv2.resize(
            small, (self.format.width, self.format.height), interpolation=cv2.INTER_LINEAR
        )
        if self._matte is not None:
            alpha = self._matte.frame(index)
            top = np.float32(1.0 / self._matte.format.max_value)
            tiny = _eight_bits(alpha, top, self._small)
            for piece in find_pieces(tiny):
                full = self._before(index, piece, small, full, alpha, top)
        return np.rint(full.clip(0.0, 1.0) * np.float32(TOP)).astype(np.uint16)

    def _background(self, index: int) -> Array:
        """Return the small background of a frame: the anchors around it, moved and mixed."""
        around = _around(self._scenery.anchors, index, self._camera.cuts)
        total = np.zeros(self._small[::-1], np.float32)
        weights = np.full(self._small[::-1], 1e-6, np.float32)
        for anchor, weight in around:
            matrix = self._small_matrix(anchor.frame, index)
            moved = _warped(anchor.nearness, matrix, self._small, cv2.BORDER_REPLICATE)
            seen = _warped(self._inside, matrix, self._small, cv2.BORDER_CONSTANT)
            # Where only a farther anchor has seen the place, it decides; measured beats read.
            pull = np.float32(weight * (_READ + anchor.belief)) * (seen + np.float32(1e-3))
            total += pull * moved
            weights += pull
        return np.asarray(total / weights)

    def _small_matrix(self, anchor: int, index: int) -> Array:
        """Return the (3, 3) that takes small positions of frame ``index`` to the anchor's."""
        matrix = np.linalg.inv(self._camera.matrix(anchor)) @ self._camera.matrix(index)
        x, y = self._small.width / self.format.width, self._small.height / self.format.height
        down = np.array([[x, 0.0, x / 2 - 0.5], [0.0, y, y / 2 - 0.5], [0.0, 0.0, 1.0]])
        return np.asarray(down @ matrix @ np.linalg.inv(down))

    def _before(
        self, index: int, piece: Piece, small: Array, full: Array, alpha: Array, top: np.float32
    ) -> Array:
        """Return the full-size map with a piece of the subject as a slab before it."""
        near = np.float32(self._slab(index, piece, small))
        where = cv2.dilate(piece.where.astype(np.uint8), np.ones((5, 5), np.uint8))
        share = cv2.resize(
            where, (self.format.width, self.format.height), interpolation=cv2.INTER_NEAREST
        )
        pull = alpha.astype(np.float32) * top * share
        return np.asarray(full + pull * np.maximum(near - full, 0.0))

    def _slab(self, index: int, piece: Piece, small: Array) -> float:
        """Return how near a piece is, steadied over the frames around it."""
        reach = _STEADY_S * float(self.format.fps)
        found = [
            one.nearness
            for one in self._scenery.people
            if abs(one.frame - index) <= reach
            and min(one.right, piece.right) - max(one.left, piece.left)
            > 0.5 * min(one.right - one.left, piece.right - piece.left)
        ]
        if found:
            return float(np.median(found))
        nearest = min(self._scenery.anchors, key=lambda anchor: abs(anchor.frame - index))
        return min(nearness_of(piece, np.array(nearest.plane), small), 1.0)


def depth_format(like: ClipFormat) -> ClipFormat:
    """Return the format of the depth map of a clip of format ``like``."""
    return replace(like, channels=1, bits=BITS)


def _around(
    anchors: Iterable[Anchor], index: int, cuts: tuple[int, ...]
) -> list[tuple[Anchor, float]]:
    """Return the anchors of the frame's shot that stand for it, and their weights."""
    shot = bisect_right(cuts, index)
    own = [anchor for anchor in anchors if bisect_right(cuts, anchor.frame) == shot]
    # A shot too short for a look of its own has nothing better than its neighbours' anchor.
    own = own or [min(anchors, key=lambda anchor: abs(anchor.frame - index))]
    at = bisect_right([anchor.frame for anchor in own], index)
    before, after = max(at - 1, 0), min(at, len(own) - 1)
    chosen = [(own[before], 1.0)]
    if after != before:
        share = (index - own[before].frame) / (own[after].frame - own[before].frame)
        chosen = [(own[before], 1.0 - share), (own[after], share)]
    return [(anchor, max(weight, 0.0)) for anchor, weight in chosen]


def _feathered(size: Size) -> Array:
    """Return (h, w) float32: 1 inside, falling to nothing at the border, so that no seam shows."""
    x, y = (np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) / (_FEATHER * n) for n in size)
    return np.asarray(np.minimum(np.minimum(y[:, None], x[None]), 1.0), np.float32)


def _warped(values: Array, matrix: Array, size: Size, border: int) -> Array:
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpPerspective(values, matrix, tuple(size), flags=how, borderMode=border)
    )


def _eight_bits(alpha: Array, top: np.float32, size: Size) -> Array:
    small = cv2.resize(alpha, tuple(size), interpolation=cv2.INTER_AREA).astype(np.float32)
    return np.asarray(np.rint(small * top * np.float32(255.0)), np.uint8)
