"""The pass over a clip that finds out how near its things are, without any network.

Every few frames are looked at. Corners are followed from look to look; when the camera has gone
on so far that another part of the world is seen, a new stretch begins. The middle look of each is
an anchor: the others' parallax tells how near its features are, and its picture the rest.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from ...clip.clip import Array
from ..camera.tracks import View
from ..passes import Footage, Look, Question
from ..reduced import Size
from .depth_anchors import Kept, find_scenery, shared
from .depth_scenery import Scenery
from .depth_standing import Piece, find_pieces
from .relief import map_size
from .trails import Seen, Trails

#: Frames from one look to the next, in clips of some length.
_EVERY, _AT_LEAST = 7, 7
#: A stretch ends when the picture has moved by this part of its width; after a few looks also
#: when its parts have moved so far apart, or when it has lost all but this share of its trails.
_MOVED, _APART, _LOST = 0.2, 0.06, 0.55
_FEWEST_LOOKS = 4
#: Median motion below which a camera is at rest, in pixels.
_REST_PX = 1.2
#: Likeness of two small pictures below which they show different scenes.
_SAME_SCENE = 0.4
#: Pictures kept of a stretch that has not ended.
_KEPT = 12
#: The matte is grown by this part of the reduced picture's height before it hides the subject.
_GROWN = 0.02
_SUBJECT = 12


def looked_at(count: int) -> Iterable[int]:
    """Return the frames that are looked at in a clip of ``count`` frames."""
    every = max(1, min(_EVERY, (count - 1) // _AT_LEAST))
    return sorted({*range(0, count, every), count - 1})


class _DepthObserver:
    """Follows corners through the looks and keeps the middle one of each stretch."""

    def __init__(self, footage: Footage) -> None:
        self._size = footage.size
        self._small = map_size(footage.size)
        half = (max(length // 2, 1) for length in footage.size)
        self._half = Size(*half)
        self._trails = Trails(footage.size)
        radius = max(2, round(_GROWN * footage.size.height))
        self._brush = cv2.getStructuringElement(cv2.MORPH_RECT, (2 * radius + 1, 2 * radius + 1))
        self._seen: list[Seen] = []
        self._first: Seen | None = None
        self._stretch: list[Kept] = []
        self._looks = 0
        self._middles: list[Kept] = []
        self._pieces: list[tuple[int, Piece]] = []
        self._thumbnail: Array | None = None

    def see(self, look: Look) -> None:
        small = _reduced(look.rgb, self._small)
        alpha = None if look.alpha is None else _reduced(look.alpha, self._small)
        anew = self._is_new(small)
        view = View(look.grey, self._free(look.alpha))
        seen = self._trails.follow(view, anew=anew)
        if self._first is not None and (anew or self._has_gone_on(seen)):
            self._end_stretch()
        if self._first is None:
            self._first = seen
        grey = _reduced(look.grey, self._half)
        self._stretch.append(Kept(len(self._seen), look.index, small, alpha, grey))
        self._looks += 1
        self._seen.append(seen)
        if len(self._stretch) > _KEPT:
            self._stretch = self._stretch[::2]
        if alpha is not None:
            self._pieces += [(look.index, piece) for piece in find_pieces(alpha)]

    def answer(self) -> Scenery:
        self._end_stretch()
        return find_scenery(self._middles, self._seen, self._pieces, self._size)

    def _free(self, alpha: Array | None) -> Array | None:
        if alpha is None:
            return None
        _, subject = cv2.threshold(alpha, _SUBJECT, 255, cv2.THRESH_BINARY)
        return np.asarray(cv2.bitwise_not(cv2.dilate(subject, self._brush)))

    def _is_new(self, small: Array) -> bool:
        grey = cv2.resize(small, (32, 18), interpolation=cv2.INTER_AREA).astype(np.float32)
        before, self._thumbnail = self._thumbnail, grey
        return before is not None and _likeness(before, grey) < _SAME_SCENE

    def _has_gone_on(self, seen: Seen) -> bool:
        """Tell whether the picture shows too much that the stretch's first look did not."""
        assert self._first is not None
        if not len(self._first.names):
            return bool(len(seen.names))
        here, there = shared(self._first, seen)
        steps = there - here
        middle = np.median(steps, axis=0) if len(steps) else np.zeros(2)
        far = float(np.linalg.norm(middle))
        if far > _MOVED * self._size.width:
            return True
        # A camera at rest sees the same, however many trails went with somebody who moved.
        if self._looks < _FEWEST_LOOKS or (far < _REST_PX and len(here) >= 8):
            return False
        if len(here) < max(_LOST * len(self._first.names), 8):
            return True
        apart = float(np.quantile(np.linalg.norm(steps - middle, axis=1), 0.9))
        return apart > _APART * self._size.width

    def _end_stretch(self) -> None:
        if self._stretch:
            self._middles.append(self._stretch[len(self._stretch) // 2])
        self._stretch, self._first, self._looks = [], None, 0


DEPTH = Question("estimate-depth/1", _DepthObserver, Scenery.from_json, looked_at)


def _reduced(plane: Array, size: Size) -> Array:
    if (plane.shape[1], plane.shape[0]) == tuple(size):
        return plane
    return np.asarray(cv2.resize(plane, tuple(size), interpolation=cv2.INTER_AREA))


def _likeness(first: Array, second: Array) -> float:
    """Return the correlation of two small pictures, -1 ... 1."""
    a, b = first - first.mean(), second - second.mean()
    return float((a * b).sum() / max(float(np.sqrt((a * a).sum() * (b * b).sum())), 1e-6))
