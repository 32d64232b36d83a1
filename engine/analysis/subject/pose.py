"""Key points of everybody in a clip by a network, where its weights are there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...clip.clip import Array, Clip, ClipFormat
from ...clip.pull import pull_each
from ...context import Context
from ...fingerprint import fingerprint
from ...models.library import find_model
from ...models.networks import can_run
from ..reduced import to_eight_bits
from .tracking import KEYPOINTS, VITPOSE, Box, KeyPoint, PersonTrack, Pose, SubjectTracking
from .vitpose import MODEL, Network, crop_of, heatmaps, load_network, peaks

#: How often the network looks, in seconds; between, points move evenly.
_EVERY_S, _EVERY_S_CPU = 0.08, 0.4
#: Crops that go through the network at once.
_BATCH = 16
#: COCO's points; what follows them in KEYPOINTS comes of the outline.
_COCO = KEYPOINTS[:17]
#: A peak lower than this is no point.
_SURE = 0.1


def with_poses(
    clip: Clip, tracking: SubjectTracking, context: Context, *, folder: Path | None = None
) -> SubjectTracking:
    """Return a tracking with ViTPose's key points; unchanged where its weights are not there.

    Args:
        clip: the source.
        tracking: of the same clip.
        context: store, progress, cancel, device and model folders.
        folder: of the weights in Hugging Face layout; None looks in the model folders.

    Raises:
        Cancelled: if the host asked to stop.
    """
    if folder is None:
        folder = find_model(context, MODEL) if can_run(MODEL) else None
    if folder is None or not tracking.people:
        return tracking
    every_s = _EVERY_S_CPU if context.device == "cpu" else _EVERY_S
    step = max(1, round(every_s * float(clip.format.fps)))
    weights = sorted(folder.glob("*.safetensors"))
    key = fingerprint(
        "pose-vitpose/1",
        clip.fingerprint,
        [[None if box is None else list(box) for box in one.boxes] for one in tracking.people],
        [context.store.file_mark(path) for path in weights],
        step,
    )
    kept = context.store.record(key, lambda: _look(clip, tracking, context, folder, step))
    people = tuple(
        _with_points(person, {int(frame): np.array(found) for frame, found in points.items()})
        for person, points in zip(tracking.people, kept, strict=True)
    )
    return replace(tracking, people=people)


def _look(
    clip: Clip, tracking: SubjectTracking, context: Context, folder: Path, step: int
) -> list[dict[str, list[list[float]]]]:
    """Return for each person frame -> (17, 3) points, of the frames that are looked at."""
    network = load_network(folder, context.device)
    wanted = [_frames(person, step) for person in tracking.people]
    found: list[dict[str, list[list[float]]]] = [{} for _ in tracking.people]
    frames = sorted(set().union(*wanted))

    def crops(frame: int) -> list[tuple[int, int, Box, Array]]:
        rgb = _rgb(clip.frame(frame), clip.format)
        inside = [number for number, some in enumerate(wanted) if frame in some]
        boxes = [(number, tracking.people[number].boxes[frame]) for number in inside]
        return [
            (frame, number, box, crop_of(rgb, box, network.size))
            for number, box in boxes
            if box is not None
        ]

    pulled = pull_each(clip, crops, frames, workers=context.workers, check=context.check)
    looked = context.steps(pulled, len(frames), "analysis", "Finding key points")
    for batch in _batches(looked):
        for (frame, number, _, _), points in zip(batch, _points(network, batch), strict=True):
            found[number][str(frame)] = points.round(3).tolist()
    return found


def _frames(person: PersonTrack, step: int) -> set[int]:
    """Return which frames are looked at: every few, and where somebody comes and goes."""
    boxes = (None, *person.boxes, None)
    return {
        frame
        for frame in range(len(person))
        if boxes[frame + 1] is not None
        and (frame % step == 0 or boxes[frame] is None or boxes[frame + 2] is None)
    }


def _batches(
    looked: Iterator[list[tuple[int, int, Box, Array]]],
) -> Iterator[list[tuple[int, int, Box, Array]]]:
    batch: list[tuple[int, int, Box, Array]] = []
    for some in looked:
        batch += some
        while len(batch) >= _BATCH:
            yield batch[:_BATCH]
            batch = batch[_BATCH:]
    if batch:
        yield batch


def _points(network: Network, batch: Sequence[tuple[int, int, Box, Array]]) -> Array:
    maps = heatmaps(network, np.stack([crop for _, _, _, crop in batch]))
    return peaks(maps, [box for _, _, box, _ in batch], network.size)


def _rgb(frame: Array, fmt: ClipFormat) -> Array:
    eight = to_eight_bits(frame, fmt)
    if fmt.channels == 1:
        return np.repeat(eight.reshape(*eight.shape[:2], 1), 3, axis=2)
    return np.ascontiguousarray(eight[..., :3])


def _with_points(person: PersonTrack, found: dict[int, Array]) -> PersonTrack:
    """Return a person with points between those that were looked at, on even ways."""
    known = np.array(sorted(found))
    poses: list[Pose | None] = []
    for frame, box in enumerate(person.boxes):
        if box is None or not len(known):
            poses.append(None)
            continue
        after = int(np.searchsorted(known, frame))
        low = found[int(known[max(after - 1, 0)])]
        high = found[int(known[min(after, len(known) - 1)])]
        start, end = int(known[max(after - 1, 0)]), int(known[min(after, len(known) - 1)])
        part = 0.0 if end == start else (frame - start) / (end - start)
        rest = person.poses[frame] if person.poses else None
        poses.append(_pose(low, high, min(max(part, 0.0), 1.0), rest))
    return replace(person, poses=tuple(poses), pose_source=VITPOSE)


def _pose(low: Array, high: Array, part: float, outline: Any) -> Pose:
    """Return the points of a frame that lies between two; what is no COCO point is kept."""
    places = (1 - part) * low[:, :2] + part * high[:, :2]
    sure = np.minimum(low[:, 2], high[:, 2]).clip(0, 1)
    pose = [
        KeyPoint(name, round(float(x), 2), round(float(y), 2), round(float(confidence), 3))
        for name, (x, y), confidence in zip(_COCO, places, sure, strict=True)
        if confidence >= _SURE
    ]
    return (*pose, *(point for point in outline or () if point.name not in _COCO))
