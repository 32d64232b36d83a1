"""Bodies followed from frame to frame while nothing merges and nothing splits.

A tracklet is a chain of bodies that overlap one to one. Where bodies merge or split, tracklets
end and begin, and know each other as parents and children.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from ...clip.clip import Array
from .appearance import Appearance, appearance_of
from .bodies import Bodies, Body, box_gap, joined

#: Share of the smaller of two bodies that must lie within the other.
_OVERLAP = 0.25
#: What lives shorter than this and is smaller than that part of a body beside it is a scrap of it.
_SCRAP_S, _SCRAP = 0.25, 0.3
#: A scrap belongs to a body within this part of its height.
_SCRAP_NEAR = 0.1
#: Rounds of taking scraps out: what is left may be in one piece then.
_PASSES = 4


@dataclass
class Glimpse:
    """What one frame leaves behind.

    Attributes:
        bodies: in it.
        overlaps: (N before, N now) small pixels that bodies share with those before.
        drift: by how many small pixels the background has moved since the frame before.
        is_cut: whether nothing goes on from the frame before.
    """

    bodies: list[Body]
    overlaps: Array
    drift: tuple[float, float] = (0.0, 0.0)
    is_cut: bool = False


@dataclass(eq=False)
class Tracklet:
    """A chain of bodies.

    Attributes:
        start: its first frame.
        bodies: one a frame.
        parents: tracklets that ended in its first body.
        children: tracklets that began in its last one.
    """

    start: int
    bodies: list[Body]
    parents: list[Tracklet] = field(default_factory=list)
    children: list[Tracklet] = field(default_factory=list)
    _seen: dict[int, Appearance] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Return its last frame."""
        return self.start + len(self.bodies) - 1

    def appearance(self, first: int, last: int, most: int = 12) -> Appearance:
        """Return how it looks in at most so many of its frames from ``first`` to ``last``."""
        first, last = max(first, self.start), min(last, self.last)
        picks = np.unique(np.linspace(first, last, min(most, last - first + 1)).round().astype(int))
        found = [self._at(int(frame)) for frame in picks]
        total = found[0]
        for more in found[1:]:
            total = total + more
        return total

    def _at(self, frame: int) -> Appearance:
        if frame not in self._seen:
            self._seen[frame] = appearance_of(self.bodies[frame - self.start].words)
        return self._seen[frame]


def overlaps(before: Bodies, now: Bodies, drift: tuple[float, float]) -> Array:
    """Return (N before, N now) small pixels that are in both, the picture's drift undone."""
    shape = len(before.found), len(now.found)
    if not all(shape):
        return np.zeros(shape, np.int64)
    labels = before.labels
    x, y = round(drift[0]), round(drift[1])
    if x or y:
        shift = np.array([[1, 0, x], [0, 1, y]], np.float32)
        labels = cv2.warpAffine(labels, shift, labels.shape[::-1], flags=cv2.INTER_NEAREST)
    both = labels.astype(np.int64) * (shape[1] + 1) + now.labels
    counts = np.bincount(both.ravel(), minlength=(shape[0] + 1) * (shape[1] + 1))
    return counts.reshape(shape[0] + 1, shape[1] + 1)[1:, 1:]


def follow(glimpses: list[Glimpse], fps: float) -> list[Tracklet]:
    """Return the tracklets of a clip in order of their first frames, scraps joined or left out."""
    tracklets = _chains(glimpses)
    for _ in range(_PASSES):
        if not _without_scraps(glimpses, tracklets, max(2, round(_SCRAP_S * fps))):
            break
        tracklets = _chains(glimpses)
    return tracklets


def _chains(glimpses: list[Glimpse]) -> list[Tracklet]:
    every: list[Tracklet] = []
    before: list[Tracklet] = []
    sizes: list[int] = []
    for frame, glimpse in enumerate(glimpses):
        areas = [body.pixels for body in glimpse.bodies]
        links = _links(glimpse, sizes, areas)
        now: list[Tracklet] = []
        for place, body in enumerate(glimpse.bodies):
            sources = np.flatnonzero(links[:, place])
            if len(sources) == 1 and links[sources[0]].sum() == 1:
                tracklet = before[int(sources[0])]
                tracklet.bodies.append(body)
            else:
                tracklet = Tracklet(frame, [body])
                for source in sources:
                    tracklet.parents.append(before[int(source)])
                    before[int(source)].children.append(tracklet)
                every.append(tracklet)
            now.append(tracklet)
        before, sizes = now, areas
    return every


def _links(glimpse: Glimpse, before: list[int], now: list[int]) -> Array:
    """Return (N before, N now) bool: which bodies go on in which."""
    shape = len(before), len(now)
    if glimpse.is_cut or not all(shape):
        return np.zeros(shape, bool)
    smaller = np.minimum.outer(before, now)
    return np.asarray(glimpse.overlaps > _OVERLAP * np.maximum(smaller, 1))


def _without_scraps(glimpses: list[Glimpse], tracklets: list[Tracklet], short: int) -> bool:
    """Join scraps to the bodies they lie at, drop the others; tell whether there were any."""
    scraps = [one for one in tracklets if len(one.bodies) < short and _is_scrap(one, glimpses)]
    is_changed = False
    for tracklet in scraps:
        for frame, body in enumerate(tracklet.bodies, tracklet.start):
            if len(glimpses[frame].bodies) > 1:
                _take_out(glimpses, frame, body, is_kin=bool(tracklet.parents or tracklet.children))
                is_changed = True
    return is_changed


def _is_scrap(tracklet: Tracklet, glimpses: list[Glimpse]) -> bool:
    """Tell whether it is small beside others, or beside what it came of or went into."""
    kin = [
        float(np.median([body.pixels for body in one.bodies]))
        for one in (*tracklet.parents, *tracklet.children)
    ]
    for frame, body in enumerate(tracklet.bodies, tracklet.start):
        beside = [other.pixels for other in glimpses[frame].bodies if other is not body]
        if body.pixels >= _SCRAP * max([*kin, *beside], default=0.0):
            return False
    return True


def _take_out(glimpses: list[Glimpse], frame: int, scrap: Body, *, is_kin: bool) -> None:
    """Take a scrap out of a frame; what it lies at, or came of, has it from now on."""
    glimpse = glimpses[frame]
    place = next((at for at, body in enumerate(glimpse.bodies) if body is scrap), None)
    if place is None:  # another scrap has been joined to it
        return
    others = [body for body in glimpse.bodies if body is not scrap]
    host = min(others, key=lambda body: box_gap(body.small_box, scrap.small_box))
    host_at = next(at for at, body in enumerate(glimpse.bodies) if body is host)
    near = max(_SCRAP_NEAR * host.shape[0], 2.0)
    # What came of somebody is theirs however far: the picture's edge cuts them into parts.
    if is_kin or box_gap(host.small_box, scrap.small_box) <= near:
        glimpse.bodies[host_at] = joined(host, scrap)
        glimpse.overlaps[:, host_at] += glimpse.overlaps[:, place]
        if frame + 1 < len(glimpses):
            after = glimpses[frame + 1].overlaps
            after[host_at] += after[place]
    glimpse.bodies = [body for at, body in enumerate(glimpse.bodies) if at != place]
    glimpse.overlaps = np.delete(glimpse.overlaps, place, 1)
    if frame + 1 < len(glimpses):
        glimpses[frame + 1].overlaps = np.delete(glimpses[frame + 1].overlaps, place, 0)
