"""Who is in which tracklet: people kept apart through merging, splitting and absence.

Tracklets are worked through in time. Who merges is together in the merged one; where it splits,
its people are dealt out to the parts by what they look like; a part nobody is left for is
somebody new, who must have been in the merged one from the start. Those who ended and those who
began later are then paired over the whole clip at the least total cost (the linking of tracklets
of Huang, Wu and Nevatia, "Robust object tracking by hierarchical association of detection
responses", 2008).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product

import numpy as np

from .appearance import Appearance, distance
from .assign import cheapest_pairs
from .bodies import Body, box_gap
from .tracklets import Tracklet

#: How different the same person may look when they come back; at once and near by; after a cut.
#: One person's bodies in a shot differ by up to about 0.2, two people's in alike clothes by 0.35.
_SAME, _SAME_AT_ONCE, _SAME_AFTER_CUT = 0.32, 0.5, 0.3
#: What nobody is paired at costs this much more than the worst pair.
_ALONE = 10.0
#: A gap in which somebody is still expected where they went, in seconds, and how near, in heights.
_SOON_S, _NEAR = 0.7, 0.5
#: So many people, of those who stay longest, are compared with each other.
_MOST = 60
#: More people in one part than this are dealt out one after another.
_TRY_ALL = 4


@dataclass(eq=False)
class Person:
    """Somebody: the tracklets they are alone in, and those they share."""

    alone: list[Tracklet] = field(default_factory=list)
    shared: list[Tracklet] = field(default_factory=list)

    @property
    def first(self) -> int:
        """Return the first frame they are in."""
        return min(tracklet.start for tracklet in self.alone + self.shared)

    @property
    def last(self) -> int:
        """Return the last frame they are in."""
        return max(tracklet.last for tracklet in self.alone + self.shared)

    def looks(self) -> Appearance:
        """Return what they look like, of the tracklets they are alone in where there are any."""
        best = sorted(self.alone or self.shared, key=lambda one: -len(one.bodies))[:6]
        total = best[0].appearance(best[0].start, best[0].last)
        for more in best[1:]:
            total = total + more.appearance(more.start, more.last)
        return total

    def body(self, frame: int) -> Body | None:
        """Return the body they are alone in, or None."""
        for tracklet in self.alone:
            if tracklet.start <= frame <= tracklet.last:
                return tracklet.bodies[frame - tracklet.start]
        return None


def identify(tracklets: list[Tracklet], cuts: list[int], fps: float) -> list[Person]:
    """Return everybody in a clip.

    Args:
        tracklets: in order of their first frames.
        cuts: first frames of new shots.
        fps: frames a second.
    """
    members = _dealt(tracklets)
    people: dict[int, Person] = {}
    for tracklet in tracklets:
        inside = members[tracklet]
        for number in sorted(inside):
            person = people.setdefault(number, Person())
            (person.alone if len(inside) == 1 else person.shared).append(tracklet)
    return _linked(list(people.values()), cuts, fps)


def _dealt(tracklets: list[Tracklet]) -> dict[Tracklet, set[int]]:
    """Return who, by number, is in each tracklet."""
    members: dict[Tracklet, set[int]] = {}
    count = 0
    for tracklet in tracklets:
        if tracklet in members:
            continue
        if not tracklet.parents:
            members[tracklet] = {count}
            count += 1
            continue
        parents, children = _event(tracklet)
        inside = sorted(set().union(*(members[parent] for parent in parents)))
        dealt = _deal(inside, children, _known(inside, members, children[0].start))
        for child, numbers in zip(children, dealt, strict=True):
            if not numbers:
                numbers = {count}
                for parent in child.parents:
                    _add(parent, count, members)
                count += 1
            members[child] = set(numbers)
    return members


def _event(tracklet: Tracklet) -> tuple[list[Tracklet], list[Tracklet]]:
    """Return all that end and begin together with a tracklet's first frame."""
    parents, children = list(tracklet.parents), [tracklet]
    grown = True
    while grown:
        more = [c for p in parents for c in p.children if c not in children]
        children += dict.fromkeys(more)
        above = [p for c in children for p in c.parents if p not in parents]
        parents += dict.fromkeys(above)
        grown = bool(more or above)
    return parents, children


def _add(tracklet: Tracklet, number: int, members: dict[Tracklet, set[int]]) -> None:
    """Put somebody in a tracklet and in all that it alone came of."""
    while number not in members[tracklet]:
        members[tracklet].add(number)
        if len(tracklet.parents) != 1:
            return
        tracklet = tracklet.parents[0]


def _known(
    inside: list[int], members: dict[Tracklet, set[int]], before: int
) -> dict[int, Appearance]:
    """Return what people look like just before a frame, of the last they were alone in."""
    looks = {}
    for number in inside:
        mine = [one for one, who in members.items() if number in who and one.start < before]
        alone = [one for one in mine if len(members[one]) == 1]
        last = max(alone or mine, key=lambda one: (one.last, len(one.bodies)))
        looks[number] = last.appearance(last.last - 60, last.last)
    return looks


def _deal(
    inside: list[int], children: list[Tracklet], looks: dict[int, Appearance]
) -> list[set[int]]:
    """Return who goes on in which child: each child gets somebody, while there is somebody."""
    if len(children) == 1:
        return [set(inside)]
    # A new shape says little in its first frame, so it is looked at for a while.
    seen = [child.appearance(child.start, child.start + 12) for child in children]
    cost = np.array([[distance(looks[number], one) for one in seen] for number in inside])
    dealt: list[set[int]] = [set() for _ in children]
    if len(inside) <= len(children) or len(inside) > _TRY_ALL:
        for row, column in cheapest_pairs(cost):
            dealt[column].add(inside[row])
        left = [row for row, number in enumerate(inside) if not any(number in one for one in dealt)]
        for row in left:
            dealt[int(np.argmin(cost[row]))].add(inside[row])
        return dealt
    best = min(
        (
            places
            for places in product(range(len(children)), repeat=len(inside))
            if len(set(places)) == len(children)
        ),
        key=lambda places: _unlike(places, inside, looks, seen),
    )
    for number, place in zip(inside, best, strict=True):
        dealt[place].add(number)
    return dealt


def _unlike(
    places: tuple[int, ...],
    inside: list[int],
    looks: dict[int, Appearance],
    seen: list[Appearance],
) -> float:
    """Return how badly children look like all who are put in them, weighted by their size."""
    total = 0.0
    for place, child in enumerate(seen):
        mine = [looks[number] for number, at in zip(inside, places, strict=True) if at == place]
        both = mine[0]
        for more in mine[1:]:
            both = both + more
        total += distance(both, child) * child.pixels
    return total


def _linked(people: list[Person], cuts: list[int], fps: float) -> list[Person]:
    """Return people with those who end and those who begin later made one where they match."""
    # A matte full of specks has hundreds; who lasts is worth the comparing.
    lasting = sorted(people, key=lambda person: person.first - person.last)[:_MOST]
    begins = [person for person in lasting if _comes_from_nowhere(person)]
    ends = lasting
    if not begins:
        return people
    cost = np.full((len(ends), len(begins)), _ALONE)
    looks = {id(person): person.looks() for person in people}
    for row, one in enumerate(ends):
        for column, other in enumerate(begins):
            if one is not other and one.last < other.first:
                apart = _apart(one, other, looks, cuts, fps)
                cost[row, column] = apart if apart is not None else _ALONE
    after = {
        id(ends[row]): begins[column]
        for row, column in cheapest_pairs(cost)
        if cost[row, column] < _ALONE
    }
    followers = {id(person) for person in after.values()}
    whole = []
    for person in people:
        if id(person) in followers:
            continue
        at = person
        while id(at) in after:
            at = after[id(at)]
            person.alone += at.alone
            person.shared += at.shared
        whole.append(person)
    return whole


def _comes_from_nowhere(person: Person) -> bool:
    first = min(person.alone + person.shared, key=lambda tracklet: tracklet.start)
    return not first.parents and first.start > 0


def _apart(
    one: Person, other: Person, looks: dict[int, Appearance], cuts: list[int], fps: float
) -> float | None:
    """Return the cost of taking one who begins for one who ended; None if it cannot be."""
    unlike = distance(looks[id(one)], looks[id(other)])
    if any(one.last < cut <= other.first for cut in cuts):
        return unlike if unlike <= _SAME_AFTER_CUT else None
    gap_s = (other.first - one.last) / fps
    last, first = _edge_body(one, one.last), _edge_body(other, other.first)
    far = box_gap(last.small_box, first.small_box) / max(last.shape[0], 1)
    is_at_once = gap_s <= _SOON_S and far <= _NEAR
    if unlike > (_SAME_AT_ONCE if is_at_once else _SAME):
        return None
    # Who vanishes for a moment comes back near where they went.
    return unlike + 0.1 * min(far, 3.0) * max(1 - gap_s / (5 * _SOON_S), 0.0)


def _edge_body(person: Person, frame: int) -> Body:
    tracklet = next(one for one in person.alone + person.shared if one.start <= frame <= one.last)
    return tracklet.bodies[frame - tracklet.start]
