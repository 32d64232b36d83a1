"""Everybody's key points over a clip, from their outlines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ...clip.clip import Array
from .outline import Points, Stature, outline_points, skin_words, stature
from .sighting import Seen
from .tracking import KEYPOINTS, KeyPoint, Pose

#: Bodies that skin is learned from.
_SAMPLES = 24
_SIDES = ("left", "right")
#: Ankles less sure than this have been told from one part.
_APART = 0.5
#: Points less sure than this are not told.
_LEAST = 0.1


def outline_poses(
    seen: Sequence[Seen | None], size: tuple[int, int], scale: tuple[float, float]
) -> tuple[Pose | None, ...]:
    """Return a pose for each frame in which somebody is seen, in the clip's pixels.

    Args:
        seen: one person, one a frame.
        size: width and height of the small picture.
        scale: width and height of a small pixel in the clip's pixels.
    """
    statures = [None if one is None else _stature(one, size) for one in seen]
    skin = skin_words(_samples(seen, statures))
    found: list[Points | None] = []
    for one, how in zip(seen, statures, strict=True):
        if one is None or how is None:
            found.append(None)
            continue
        x, y = one.body.corner
        local = outline_points(one.body.words, how, skin)
        found.append(
            {name: (px + x, py + y, sure * _whole(one)) for name, (px, py, sure) in local.items()}
        )
    _keep_sides(found)
    return tuple(
        None if points is None else _pose(found, frame, scale) for frame, points in enumerate(found)
    )


def _whole(seen: Seen) -> float:
    """Return how far an outline is to be believed: not where somebody else hides it."""
    return 1.0 if seen.confidence >= 1 else 0.6 * seen.confidence


def _stature(seen: Seen, size: tuple[int, int]) -> Stature | None:
    words = seen.body.words
    is_cut = seen.body.corner[1] + len(words) >= size[1]
    return stature(words > 0, is_cut=is_cut)


def _samples(
    seen: Sequence[Seen | None], statures: Sequence[Stature | None]
) -> list[tuple[Array, Stature]]:
    known = [
        (one, how)
        for one, how in zip(seen, statures, strict=True)
        if one is not None and how is not None and one.confidence >= 1
    ]
    picks = np.unique(np.linspace(0, len(known) - 1, min(_SAMPLES, len(known))).round().astype(int))
    return [(known[at][0].body.words, known[at][1]) for at in picks] if known else []


def _keep_sides(found: list[Points | None]) -> None:
    """Swap ankles, and wrists, where they then go on evenly from frame to frame."""
    for limb, up in (("ankle", "knee"), ("wrist", "elbow")):
        before, pace = None, np.zeros((2, 2))
        for points in found:
            if points is None or not all(f"{side}_{limb}" in points for side in _SIDES):
                before = None
                continue
            now = np.array([points[f"{side}_{limb}"][:2] for side in _SIDES])
            if before is None:
                before, pace = now, np.zeros((2, 2))
                continue
            expected = before + pace
            if limb == "ankle" and min(points[f"{side}_{limb}"][2] for side in _SIDES) < _APART:
                # One foot before the other: both go on as they went.
                before = expected
                continue
            if _way(expected, now[::-1]) < 0.9 * _way(expected, now):
                now = now[::-1]
                _swap(points, limb)
                _swap(points, up)
            pace = 0.6 * pace + 0.4 * (now - before)
            before = now


def _swap(points: Points, name: str) -> None:
    left, right = points.get(f"left_{name}"), points.get(f"right_{name}")
    if left is not None and right is not None:
        points[f"left_{name}"], points[f"right_{name}"] = right, left


def _way(before: Array, now: Array) -> float:
    return float(np.linalg.norm(now - before, axis=1).sum())


def _pose(found: list[Points | None], frame: int, scale: tuple[float, float]) -> Pose:
    """Return the pose of a frame, its points steadied with those of the frames beside it."""
    points = found[frame]
    assert points is not None
    beside = [
        near
        for at in (frame - 1, frame + 1)
        if 0 <= at < len(found) and (near := found[at]) is not None
    ]
    pose = []
    for name in KEYPOINTS:
        if name not in points or points[name][2] < _LEAST:
            continue
        x, y, sure = points[name]
        total, weight = np.array([x, y]) * 2 * sure, 2 * sure
        for near in beside:
            if name in near:
                total += np.array(near[name][:2]) * near[name][2]
                weight += near[name][2]
        x, y = (total / weight + 0.5) * scale - 0.5
        pose.append(KeyPoint(name, round(float(x), 2), round(float(y), 2), round(float(sure), 3)))
    return tuple(pose)
