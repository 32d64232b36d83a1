"""Where the subject is found, who is who and where their limbs are, against the truth.

With the pipeline's matte, which people get, and with the true one, which judges the tracking alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations
from typing import Any

import numpy as np

from ..pipeline import Made, context
from ..rivals.nearest_box import nearest_boxes
from ..studio import Truth
from ..table import OURS, CaseResult, Measure

Array = np.ndarray[Any, Any]
Edges = tuple[float, float, float, float]

MEASURES = (
    Measure("subject/box IoU", higher=True, goal=0.85),
    Measure("subject/box IoU, true matte", higher=True, goal=0.85),
    Measure("subject/person IoU, true matte", higher=True, goal=0.85),
    Measure("subject/identity swaps", "a case", goal=0.0),
    Measure("subject/key points", "of the height", goal=0.08),
)
#: Boxes that overlap less than this are not the same person (CLEAR MOT: Bernardin and
#: Stiefelhagen, 2008).
_MATCH = 0.5
#: A found key point, and the studio's joint; joints in pairs have a side, 1 is the left.
_POINTS = {"wrist": "hand", "ankle": "foot"}
NEAREST, PROPORTIONS = "nearest box", "proportions"


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    from backlot.engine.analysis.subject.track import track_subject
    from backlot.engine.clip.operations import ArrayClip

    result.add("subject/box IoU", OURS, union_iou(_edges(made.tracking.boxes), truth))
    alphas = np.stack([(codes >> 8).astype(np.uint8) for codes in truth.codes("alpha")])
    tracking = track_subject(made.source, ArrayClip(alphas, truth.fps), context())
    result.add("subject/box IoU, true matte", OURS, union_iou(_edges(tracking.boxes), truth))
    ours = [_edges(person.boxes) for person in tracking.people]
    whole = [_in_frame(frame, truth.people) for frame in truth.per_frame]
    result.add("subject/person IoU, true matte", OURS, person_iou(ours, whole, truth.cuts))
    if {"people", "leaves"} & set(truth.tags):
        naive = nearest_boxes(alphas)
        for who, tracks in ((OURS, ours), (NEAREST, naive)):
            result.add("subject/identity swaps", who, swaps(tracks, whole, truth.cuts))
    poses = [person.poses for person in tracking.people]
    guesses = [[_proportions(box) for box in boxes] for boxes in ours]
    found = [
        [None if pose is None else {point.name: (point.x, point.y) for point in pose}
         for pose in track]
        for track in poses
    ]  # fmt: skip
    for who, points in ((OURS, found), (PROPORTIONS, guesses)):
        result.add("subject/key points", who, point_error(points, ours, truth))


def _edges(boxes: Sequence[Any]) -> list[Edges | None]:
    """Return boxes of outermost pixels as boxes whose ends are excluded."""
    return [None if box is None else (box[0], box[1], box[2] + 1, box[3] + 1) for box in boxes]


def _in_frame(frame: dict[str, Any], names: Sequence[str]) -> list[Edges | None]:
    boxes = {person["name"]: person["box"] for person in frame["people"]}
    return [None if boxes[name] is None else tuple(boxes[name]) for name in names]


def union_iou(found: Sequence[Edges | None], truth: Truth) -> float | None:
    """Return the mean overlap of the box round everybody; a box round nobody counts 0."""
    shares = []
    for box, frame in zip(found, truth.per_frame, strict=True):
        boxes = [person["box"] for person in frame["people"] if person["box"] is not None]
        if not boxes:
            if box is not None:
                shares.append(0.0)
            continue
        low, high = np.array(boxes)[:, :2].min(0), np.array(boxes)[:, 2:].max(0)
        shares.append(iou(box, (*low, *high)))
    return float(np.mean(shares)) if shares else None


def iou(one: Edges | None, other: Edges | None) -> float:
    """Return the overlap of two boxes, ends excluded; 0 where one is missing."""
    if one is None or other is None:
        return 0.0
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    both = max(wide, 0.0) * max(high, 0.0)
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return float(both / (area - both))


def _overlaps(tracks: list[list[Edges | None]], whole: list[list[Edges | None]]) -> Array:
    """Return (people, tracks, frames) overlaps."""
    return np.array(
        [
            [[iou(track[at], frame[number]) for at, frame in enumerate(whole)] for track in tracks]
            for number in range(len(whole[0]))
        ]
    ).reshape(len(whole[0]), len(tracks), len(whole))


def person_iou(
    tracks: list[list[Edges | None]], whole: list[list[Edges | None]], cuts: Sequence[int]
) -> float | None:
    """Return the mean overlap over people and frames, each with one track a shot."""
    found = _overlaps(tracks, whole)
    people, count, _ = found.shape
    seen = np.array([[frame[number] is not None for frame in whole] for number in range(people)])
    if not seen.any():
        return None
    found = np.pad(found * seen[:, None], ((0, 0), (0, people), (0, 0)))
    total = 0.0
    for shot in np.split(np.arange(len(whole)), list(cuts)):
        sums = found[..., shot].sum(2)
        total += max(
            sum(sums[number, at] for number, at in enumerate(places))
            for places in permutations(range(count + people), people)
        )
    return float(total / seen.sum())


def swaps(
    tracks: list[list[Edges | None]], whole: list[list[Edges | None]], cuts: Sequence[int]
) -> float:
    """Return how often somebody's track changes within a shot."""
    found = _overlaps(tracks, whole)
    last: dict[int, int] = {}
    count = 0
    for at in range(len(whole)):
        if at in cuts:
            last = {}
        now = {number: track for number, track in last.items()
               if found[number, track, at] >= _MATCH}  # fmt: skip
        pairs = sorted(
            ((found[number, track, at], number, track)
             for number in range(found.shape[0]) for track in range(found.shape[1])),
            reverse=True,
        )  # fmt: skip
        for overlap, number, track in pairs:
            if overlap >= _MATCH and number not in now and track not in now.values():
                now[number] = track
                count += last.get(number, track) != track
        last |= now
    return float(count)


def point_error(
    tracks: Sequence[Sequence[dict[str, tuple[float, float]] | None]],
    boxes: list[list[Edges | None]],
    truth: Truth,
) -> float | None:
    """Return how far head, hands and feet are from the joints, in parts of the height.

    Left and right may be swapped: an outline does not tell whether somebody faces the camera.
    Joints outside the picture are left out.
    """
    whole = [_in_frame(frame, truth.people) for frame in truth.per_frame]
    if not tracks:
        return None
    best = _overlaps(boxes, whole).mean(2).argmax(1)
    errors = []
    for at, frame in enumerate(truth.per_frame):
        for number, person in enumerate(frame["people"]):
            points = tracks[int(best[number])][at]
            if person["box"] is not None and points is not None:
                joints = {name: np.array(xyz[:2]) for name, xyz in person["joints"].items()}
                errors += _point_errors(points, joints, truth.size)
    return float(np.mean(errors)) if errors else None


def _point_errors(
    points: dict[str, tuple[float, float]], joints: dict[str, Array], size: tuple[int, int]
) -> list[float]:
    feet = (joints["foot1"] + joints["foot-1"]) / 2
    # From the middle of the head to the ankles is about nine tenths of a person.
    height = 1.12 * float(np.linalg.norm(joints["head"] - feet))

    def is_inside(joint: Array) -> bool:
        return bool((joint >= 0).all() and (joint < np.array(size)).all())

    errors = []
    if "nose" in points and is_inside(joints["head"]):
        errors.append(float(np.linalg.norm(joints["head"] - points["nose"])) / height)
    for name, joint in _POINTS.items():
        true = joints[f"{joint}1"], joints[f"{joint}-1"]
        if not all(map(is_inside, true)):
            continue
        pair = [points.get(f"{side}_{name}") for side in ("left", "right")]
        if pair[0] is None or pair[1] is None:
            continue
        ways = (
            sum(float(np.linalg.norm(a - np.array(b))) for a, b in zip(order, pair, strict=True))
            for order in (true, true[::-1])
        )
        errors += [min(ways) / 2 / height] * 2
    return errors


def _proportions(box: Edges | None) -> dict[str, tuple[float, float]] | None:
    """Return where head, hands and feet would be of anybody who stands still."""
    if box is None:
        return None
    places = {"nose": (0.5, 0.08), "left_wrist": (0.85, 0.53), "right_wrist": (0.15, 0.53),
              "left_ankle": (0.7, 0.95), "right_ankle": (0.3, 0.95)}  # fmt: skip
    return {
        name: (box[0] + x * (box[2] - box[0]), box[1] + y * (box[3] - box[1]))
        for name, (x, y) in places.items()
    }
