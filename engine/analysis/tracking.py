"""A subject's place in every frame as a value, and its JSON form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Box = tuple[float, float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class SubjectTracking:
    """Where the subject is, frame by frame; None where it is not in the picture.

    Attributes:
        boxes: x0, y0, x1, y1 in pixels: its outermost pixels' borders are x0 - 0.5 and x1 + 0.5.
        smooth_boxes: the same, steadied over time; also between frames where it was lost.
        centres: mean position of its pixels.
        contacts: lowest point, the middle of its lowest pixels: where it stands.
        coverage: share of the picture that it covers, 0 ... 1.
    """

    boxes: tuple[Box | None, ...]
    smooth_boxes: tuple[Box | None, ...]
    centres: tuple[Point | None, ...]
    contacts: tuple[Point | None, ...]
    coverage: tuple[float, ...]

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
        )

    def to_text(self) -> str:
        """Return the tracking in words."""
        seen = [box for box in self.boxes if box is not None]
        if not seen:
            return "Subject: in no frame"
        x0, y0 = min(box[0] for box in seen), min(box[1] for box in seen)
        x1, y1 = max(box[2] for box in seen), max(box[3] for box in seen)
        mean = sum(self.coverage) / len(self.coverage)
        return (
            f"Subject: in {len(seen)} of {len(self)} frames, within "
            f"({x0:.0f}, {y0:.0f}) to ({x1:.0f}, {y1:.0f}) px, covers {100 * mean:.0f} % of "
            "the picture"
        )


def _lists(items: tuple[tuple[float, ...] | None, ...]) -> list[list[float] | None]:
    return [None if item is None else list(item) for item in items]


def _tuples(items: list[list[float] | None]) -> tuple[Any, ...]:
    return tuple(None if item is None else tuple(item) for item in items)
