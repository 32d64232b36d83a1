"""What is in the matte and nobody: scraps, what people carry, and remains of the background.

A matte that begins with a piece of the background loses it when the person walks on; it then looks
like somebody who stands still. It gives itself away by its colours, which go on outside it, and by
moving only with the room.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...clip.clip import Array
from .bodies import box_gap, joined
from .identities import Person
from .sighting import Seen
from .tracklets import Glimpse

Track = dict[int, Seen]

#: Who is seen for less than this, in seconds, and is smaller than that part of others, is a scrap.
_SCRAP_S, _SCRAP = 0.3, 0.3
#: What is smaller than this part of somebody and always this near, in heights, is carried by them,
#: or a part of them that something in front has cut off.
_CARRIED = ((0.2, 0.15), (0.45, 0.06))
#: Share of colours that go on outside, from which on something may be background.
_GOES_ON = 0.45
#: Such a thing moves less than this against the room, in heights.
_STILL = 0.12
#: What is smaller than this part of who leaves it behind is no person.
_LITTLE = 0.2


@dataclass(eq=False)
class _Candidate:
    """Somebody, or something."""

    track: Track
    size: float
    alike: float
    moves: float
    is_born_of_another: bool


def without_clutter(
    found: list[tuple[Person, Track]], glimpses: list[Glimpse], fps: float
) -> list[Track]:
    """Return the tracks of people, with what they carry joined to them."""
    room = np.cumsum([glimpse.drift for glimpse in glimpses], axis=0)
    candidates = [_candidate(person, track, room) for person, track in found if track]
    candidates.sort(key=lambda one: -one.size)
    kept = _without_background(candidates)
    return [one.track for one in _joined(kept, min(_SCRAP_S * fps, len(glimpses) / 4))]


def _candidate(person: Person, track: Track, room: Array) -> _Candidate:
    frames = sorted(track)
    alone = [frame for frame in frames if track[frame].confidence >= 1] or frames
    first = min(person.alone + person.shared, key=lambda one: one.start)
    return _Candidate(
        track,
        float(np.median([track[frame].body.pixels for frame in alone])),
        float(np.median([track[frame].body.alike for frame in alone])),
        _moves(track, alone, room),
        bool(first.parents) or first in person.shared,
    )


def _moves(track: Track, frames: list[int], room: Array) -> float:
    """Return how far a body strays against the room, in parts of its height."""
    boxes = np.array([track[frame].body.small_box for frame in frames], float)
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2 - room[frames]
    height = max(float(np.median(boxes[:, 3] - boxes[:, 1])), 1.0)
    low, high = np.percentile(middles, (5, 95), axis=0)
    return float(np.hypot(*(high - low)) / height)


def _without_background(candidates: list[_Candidate]) -> list[_Candidate]:
    """Leave out what is still, looks like what is round it, and stands beside who does not."""
    if len(candidates) < 2:
        return candidates
    surest = min(candidates, key=_like_background)
    return [
        one
        for one in candidates
        if one is surest
        or not (one.is_born_of_another and one.moves < _STILL and _is_left_behind(one, surest))
    ]


def _is_left_behind(one: _Candidate, surest: _Candidate) -> bool:
    """Tell whether it looks like the background, or is little beside who walks away from it."""
    if one.alike > _GOES_ON and one.alike > surest.alike + 0.1:
        return True
    return one.size < _LITTLE * surest.size and surest.moves > 2 * _STILL


def _like_background(one: _Candidate) -> float:
    return one.alike - min(one.moves, 1.0) - 0.2 * float(np.log(max(one.size, 1.0)))


def _joined(candidates: list[_Candidate], short: float) -> list[_Candidate]:
    """Join what is carried, and scraps, to whom they belong; scraps at nobody are left out."""
    kept: list[_Candidate] = []
    for one in candidates:
        host = next((other for other in kept if _is_carried(one, other)), None)
        is_scrap = len(one.track) <= short and any(one.size < _SCRAP * other.size for other in kept)
        if host is not None:
            _give(one, host)
        elif not is_scrap:
            kept.append(one)
    return kept


def _is_carried(one: _Candidate, other: _Candidate) -> bool:
    both = [frame for frame in one.track if frame in other.track]
    if len(both) < 0.7 * len(one.track):
        return False
    gaps = [
        box_gap(one.track[frame].body.small_box, other.track[frame].body.small_box)
        / max(other.track[frame].body.shape[0], 1)
        for frame in both
    ]
    far = float(np.percentile(gaps, 90))
    return any(one.size < part * other.size and far <= near for part, near in _CARRIED)


def _give(one: _Candidate, host: _Candidate) -> None:
    for frame, seen in one.track.items():
        mine = host.track.get(frame)
        if mine is None:
            host.track[frame] = seen
        else:
            body = joined(mine.body, seen.body)
            host.track[frame] = Seen(body, max(mine.confidence, seen.confidence))
