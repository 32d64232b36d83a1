"""Several people kept apart: what is seen of each in every frame, through crossings and absence."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...clip.clip import Array
from .bodies import Body, body_of, joined
from .clutter import without_clutter
from .expected import Path
from .identities import Person, identify
from .sharing import Expected, Looks, Share, share_out
from .sighting import Seen
from .tracklets import Glimpse, Tracklet, follow

#: Somebody of whom less than this share is seen is hidden.
_HIDDEN = 0.04
#: A body is shared out among so many at most, the largest.
_MOST = 6


def keep_apart(
    glimpses: list[Glimpse], cuts: list[int], fps: float, grid: tuple[float, float]
) -> list[list[Seen | None]]:
    """Return everybody in every frame, the largest person first.

    Args:
        glimpses: one a frame; scraps in them are joined to bodies.
        cuts: first frames of new shots.
        fps: frames a second.
        grid: width and height of a small pixel in reduced pixels.
    """
    people = identify(follow(glimpses, fps), cuts, fps)
    seen: dict[int, dict[int, Seen]] = {id(person): {} for person in people}
    for person in people:
        for tracklet in person.alone:
            for frame, body in enumerate(tracklet.bodies, tracklet.start):
                seen[id(person)][frame] = Seen(body, 1.0)
    for run in _runs(people):
        _share_run(run, people, seen, grid)
    kept = without_clutter([(person, seen[id(person)]) for person in people], glimpses, fps)
    kept.sort(key=lambda frames: -sum(one.body.area for one in frames.values()))
    return [[frames.get(frame) for frame in range(len(glimpses))] for frames in kept]


def _runs(people: list[Person]) -> Iterator[list[Tracklet]]:
    """Yield shared tracklets that follow or touch each other, together."""
    shared = {id(one): one for person in people for one in person.shared}
    left = sorted(shared.values(), key=lambda one: one.start)
    while left:
        run = [left.pop(0)]
        last = run[0].last
        while left and left[0].start <= last + 1:
            run.append(left.pop(0))
            last = max(last, run[-1].last)
        yield run


def _share_run(
    run: list[Tracklet],
    people: list[Person],
    seen: dict[int, dict[int, Seen]],
    grid: tuple[float, float],
) -> None:
    """Share out all bodies of a run of frames, from the end at which more people are known."""
    first, last = run[0].start, max(one.last for one in run)
    who = [person for person in people if any(one in run for one in person.shared)]
    looks = {id(person): Looks.of(person.looks()) for person in who}
    paths = {id(person): Path(seen[id(person)], first, last) for person in who}
    is_backward = sum(path.is_open_before for path in paths.values()) > sum(
        path.is_open_after for path in paths.values()
    )
    frames = range(last, first - 1, -1) if is_backward else range(first, last + 1)
    for frame in frames:
        for tracklet in run:
            if tracklet.start <= frame <= tracklet.last:
                inside = [person for person in who if tracklet in person.shared]
                inside.sort(key=lambda person: -looks[id(person)].pixels)
                inside = inside[:_MOST]
                body = tracklet.bodies[frame - tracklet.start]
                found = _shared(frame, body, inside, paths, looks, grid)
                for person, one in zip(inside, found, strict=True):
                    if one is not None:
                        before = seen[id(person)].get(frame)
                        seen[id(person)][frame] = _both(before, one)


def _both(one: Seen | None, other: Seen) -> Seen:
    if one is None:
        return other
    return Seen(joined(one.body, other.body), min(one.confidence, other.confidence))


def _shared(
    frame: int,
    body: Body,
    inside: list[Person],
    paths: dict[int, Path],
    looks: dict[int, Looks],
    grid: tuple[float, float],
) -> list[Seen | None]:
    words = body.words
    expected = [Expected(paths[id(person)].at(frame), looks[id(person)]) for person in inside]
    shares = share_out(words, body.corner, expected)
    found: list[Seen | None] = []
    for person, share in zip(inside, shares, strict=True):
        usual = looks[id(person)].pixels
        is_seen = int(share.mask.sum()) >= max(_HIDDEN * usual, 3)
        paths[id(person)].found(frame, share.box, sure=_certainty(share, usual))
        found.append(_part(body, words, share, grid) if is_seen else None)
    return found


def _certainty(share: Share, usual: float) -> float:
    """Return how much a found place is worth: little of somebody hidden."""
    return float(np.clip(2 * share.mask.sum() / max(usual, 1) - 0.2, 0.0, 1.0))


def _part(body: Body, words: Array, share: Share, grid: tuple[float, float]) -> Seen:
    part = body_of(words * share.mask, body.corner, grid, within=body)
    return Seen(part, 0.3 + 0.6 * share.confidence)
