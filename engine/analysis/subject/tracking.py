"""Where subjects are in every frame, as values with a JSON form."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Box = tuple[float, float, float, float]
Point = tuple[float, float]

#: Names of the key points: COCO's seventeen, then the crown.
KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle", "head_top",
)  # fmt: skip
#: How the key points were found.
CONTOUR, VITPOSE = "contour", "vitpose"


@dataclass(frozen=True)
class KeyPoint:
    """A place on a person.

    Attributes:
        name: one of KEYPOINTS. Left and right are the person's own.
        x: in pixels.
        y: in pixels.
        confidence: 0 ... 1.
    """

    name: str
    x: float
    y: float
    confidence: float


Pose = tuple[KeyPoint, ...]


@dataclass(frozen=True)
class PersonTrack:
    """One person, frame by frame; None where they are not seen.

    Attributes:
        name: "person 1" is the largest.
        boxes: outermost visible pixels, as in :class:`SubjectTracking`.
        smooth_boxes: the same, steadied; also through gaps of under half a second.
        centres: mean position of the visible pixels.
        contacts: where they stand: between the feet, steadied; at the picture's edge where it cuts
            them off.
        coverage: share of the picture that they cover, 0 ... 1.
        confidence: how sure it is that this is them and the box is theirs, 0 ... 1.
        poses: the key points that could be told; None also of who is too small.
        pose_source: ``contour``, an estimate from the outline, whose left and right may be
            swapped when the back is turned; or ``vitpose``.
    """

    name: str
    boxes: tuple[Box | None, ...] = field(repr=False)
    smooth_boxes: tuple[Box | None, ...] = field(repr=False)
    centres: tuple[Point | None, ...] = field(repr=False)
    contacts: tuple[Point | None, ...] = field(repr=False)
    coverage: tuple[float, ...] = field(repr=False)
    confidence: tuple[float, ...] = field(repr=False)
    poses: tuple[Pose | None, ...] = field(repr=False, default=())
    pose_source: str = CONTOUR

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.boxes)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; :meth:`from_json` gives an equal value."""
        return {
            "name": self.name,
            "boxes": _lists(self.boxes),
            "smooth_boxes": _lists(self.smooth_boxes),
            "centres": _lists(self.centres),
            "contacts": _lists(self.contacts),
            "coverage": list(self.coverage),
            "confidence": list(self.confidence),
            "poses": [None if pose is None else _pose_json(pose) for pose in self.poses],
            "pose_source": self.pose_source,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> PersonTrack:
        """Return the track that :meth:`to_json` wrote."""
        return cls(
            name=value["name"],
            boxes=_tuples(value["boxes"]),
            smooth_boxes=_tuples(value["smooth_boxes"]),
            centres=_tuples(value["centres"]),
            contacts=_tuples(value["contacts"]),
            coverage=tuple(value["coverage"]),
            confidence=tuple(value["confidence"]),
            poses=tuple(None if pose is None else _pose(pose) for pose in value["poses"]),
            pose_source=value["pose_source"],
        )

    def to_text(self) -> str:
        """Return one line: when they are in the picture, and where they come from and go to."""
        seen = [index for index, box in enumerate(self.boxes) if box is not None]
        if not seen:
            return f"{self.name}: in no frame"
        first, last = self.boxes[seen[0]], self.boxes[seen[-1]]
        assert first is not None and last is not None
        spans = ", ".join(_span(span) for span in _runs(seen))
        sure = sum(self.confidence[index] for index in seen) / len(seen)
        start, end = _middle(first), _middle(last)
        way = f"at ({start[0]:.0f}, {start[1]:.0f})"
        if max(abs(start[0] - end[0]), abs(start[1] - end[1])) > 0.25 * (first[3] - first[1]):
            way = f"from ({start[0]:.0f}, {start[1]:.0f}) to ({end[0]:.0f}, {end[1]:.0f})"
        high = f"{first[3] - first[1] + 1:.0f} px tall"
        return f"{self.name}: frames {spans}, {way} px, {high}, sure to {100 * sure:.0f} %"


@dataclass(frozen=True)
class SubjectTracking:
    """Where the subject is, frame by frame; None where it is not in the picture.

    Attributes:
        boxes: x0, y0, x1, y1 in pixels: its outermost pixels' borders are x0 - 0.5 and x1 + 0.5.
            Of several people the box round all.
        smooth_boxes: the same, steadied over time; also between frames where it was lost.
        centres: mean position of its pixels.
        contacts: where it stands: of several people, where the nearest of them does.
        coverage: share of the picture that it covers, 0 ... 1.
        people: each of them, the largest first.
    """

    boxes: tuple[Box | None, ...] = field(repr=False)
    smooth_boxes: tuple[Box | None, ...] = field(repr=False)
    centres: tuple[Point | None, ...] = field(repr=False)
    contacts: tuple[Point | None, ...] = field(repr=False)
    coverage: tuple[float, ...] = field(repr=False)
    people: tuple[PersonTrack, ...] = ()

    def __len__(self) -> int:
        """Return the number of frames."""
        return len(self.boxes)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; :meth:`from_json` gives an equal value."""
        return {
            "boxes": _lists(self.boxes),
            "smooth_boxes": _lists(self.smooth_boxes),
            "centres": _lists(self.centres),
            "contacts": _lists(self.contacts),
            "coverage": list(self.coverage),
            "people": [person.to_json() for person in self.people],
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SubjectTracking:
        """Return the tracking that :meth:`to_json` wrote."""
        return cls(
            boxes=_tuples(value["boxes"]),
            smooth_boxes=_tuples(value["smooth_boxes"]),
            centres=_tuples(value["centres"]),
            contacts=_tuples(value["contacts"]),
            coverage=tuple(value["coverage"]),
            people=tuple(PersonTrack.from_json(person) for person in value["people"]),
        )

    def to_text(self) -> str:
        """Return the tracking in words: all together, then a line for each of several people."""
        seen = [box for box in self.boxes if box is not None]
        if not seen:
            return "Subject: in no frame"
        x0, y0 = min(box[0] for box in seen), min(box[1] for box in seen)
        x1, y1 = max(box[2] for box in seen), max(box[3] for box in seen)
        mean = sum(self.coverage) / len(self.coverage)
        count = f"{len(self.people)} people, " if len(self.people) > 1 else ""
        whole = (
            f"Subject: {count}in {len(seen)} of {len(self)} frames, within "
            f"({x0:.0f}, {y0:.0f}) to ({x1:.0f}, {y1:.0f}) px, covers {100 * mean:.0f} % of "
            "the picture"
        )
        each = [f"  {person.to_text()}" for person in self.people]
        return "\n".join([whole, *each]) if len(each) > 1 else whole


def _middle(box: Box) -> Point:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def _runs(frames: list[int]) -> list[tuple[int, int]]:
    """Return first and last of each run of consecutive frames."""
    runs: list[tuple[int, int]] = []
    for frame in frames:
        if runs and frame == runs[-1][1] + 1:
            runs[-1] = runs[-1][0], frame
        else:
            runs.append((frame, frame))
    return runs


def _span(run: tuple[int, int]) -> str:
    return f"{run[0]} to {run[1]}" if run[1] > run[0] else str(run[0])


def _pose_json(pose: Pose) -> dict[str, list[float]]:
    return {point.name: [point.x, point.y, point.confidence] for point in pose}


def _pose(value: dict[str, list[float]]) -> Pose:
    return tuple(KeyPoint(name, *numbers) for name, numbers in value.items())


def _lists(items: tuple[tuple[float, ...] | None, ...]) -> list[list[float] | None]:
    return [None if item is None else list(item) for item in items]


def _tuples(items: list[list[float] | None]) -> tuple[Any, ...]:
    return tuple(None if item is None else tuple(item) for item in items)
