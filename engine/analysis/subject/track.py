"""Tracking the subject: its box, centre and standing point in every frame, read from the matte.

Several people are kept apart; each has a track of their own.
"""

from __future__ import annotations

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...context import Context
from ..passes import Footage, Look, Question, ask_one
from .appearance import WORDS, words_of
from .bodies import Bodies, find_bodies
from .drift import Drift
from .people import keep_apart
from .person import person_track, steadied
from .pose import with_poses
from .tracking import Box, PersonTrack, Point, SubjectTracking
from .tracklets import Glimpse, overlaps

__all__ = ["SUBJECT", "SubjectTracking", "track_subject"]

#: Share of the colours that two pictures have in common, below which there is a cut between them.
_CUT = 0.45


def track_subject(clip: Clip, matte: Clip, context: Context) -> SubjectTracking:
    """Return where the subject is in every frame, kept in the store.

    Reads the clip once, at about 960 x 540; positions are good to about a reduced pixel, and to
    about four where people hide each other. Key points are ViTPose's where its weights are there;
    it reads the clip once more.

    Args:
        clip: the source.
        matte: one channel, 1 is the subject; everybody at once.
        context: store, progress and cancel.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    tracking = ask_one(clip, context, SUBJECT, matte=matte, message="Tracking the subject")
    return with_poses(clip, tracking, context)


class _SubjectObserver:
    """Finds bodies in each frame's matte, and people when it has seen all frames."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        self._glimpses: list[Glimpse] = []
        self._colours: list[Array] = []
        self._before: Bodies | None = None
        self._drift = Drift()

    def see(self, look: Look) -> None:
        now = find_bodies(look)
        grey = cv2.cvtColor(now.small, cv2.COLOR_RGB2GRAY)
        drift = self._drift.step(grey, now.labels)
        both = np.zeros((0, len(now.found)), np.int64)
        if self._before is not None:
            both = overlaps(self._before, now, drift)
        self._glimpses.append(Glimpse(list(now.found), both, drift))
        counts = np.bincount(words_of(now.small[::2, ::2]).ravel(), minlength=WORDS)
        self._colours.append((counts / counts.sum()).astype(np.float16))
        self._before = now

    def answer(self) -> SubjectTracking:
        fmt, size = self._footage.format, self._footage.size
        fps = float(fmt.fps)
        if not self._glimpses:
            return SubjectTracking((), (), (), (), ())
        cuts = _cuts(self._colours)
        for cut in cuts:
            self._glimpses[cut].is_cut = True
        assert self._before is not None
        high, wide = self._before.labels.shape
        grid = size.width / wide, size.height / high
        everybody = keep_apart(self._glimpses, cuts, fps, grid)
        people = tuple(
            person_track(f"person {number}", seen, self._footage, grid)
            for number, seen in enumerate(everybody, 1)
        )
        return _together(people, len(self._glimpses), fps)


SUBJECT = Question("track-subject/4", _SubjectObserver, SubjectTracking.from_json)


def _cuts(colours: list[Array]) -> list[int]:
    """Return first frames of new shots; a flash, after which all is as before, is none."""
    cuts = []
    for at in range(1, len(colours)):
        if _alike(colours[at - 1], colours[at]) >= _CUT:
            continue
        later = colours[min(at + 3, len(colours) - 1)]
        earlier = colours[max(at - 3, 0)]
        if max(_alike(colours[at - 1], later), _alike(earlier, colours[at])) < _CUT + 0.15:
            cuts.append(at)
    return cuts


def _alike(one: Array, other: Array) -> float:
    return float(np.minimum(one, other).sum())


def _together(people: tuple[PersonTrack, ...], count: int, fps: float) -> SubjectTracking:
    """Return the tracking of everybody and of all together."""
    boxes: list[Box | None] = [None] * count
    centres: list[Point | None] = [None] * count
    contacts: list[Point | None] = [None] * count
    coverage = [sum(person.coverage[frame] for person in people) for frame in range(count)]
    for frame in range(count):
        edges = [box for person in people if (box := person.boxes[frame]) is not None]
        if not edges:
            continue
        low, high = np.array(edges)[:, :2].min(0), np.array(edges)[:, 2:].max(0)
        boxes[frame] = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
        middles = [
            (person.coverage[frame], point)
            for person in people
            if (point := person.centres[frame]) is not None
        ]
        middle = np.average([at for _, at in middles], axis=0, weights=[w for w, _ in middles])
        centres[frame] = (float(middle[0]), float(middle[1]))
        feet = [point for person in people if (point := person.contacts[frame]) is not None]
        contacts[frame] = max(feet, key=lambda point: point[1], default=None)
    return SubjectTracking(
        tuple(boxes), steadied(boxes, fps), tuple(centres), tuple(contacts), tuple(coverage), people
    )
