"""What is known of the place a clip was shot in, and of its shots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

INDOOR, OUTDOOR, UNKNOWN = "indoor", "outdoor", "unknown"
#: Names shown in words.
_SHOWN = 3


Range = tuple[int, int]


def shot_ranges(cuts: tuple[int, ...], fades: tuple[Range, ...], frames: int) -> tuple[Range, ...]:
    """Return first and last frame of each shot; a fade or dissolve parts two in its middle.

    What fades in from the first frame or out to the last parts nothing.
    """
    inner = (fade for fade in fades if fade[0] > 0 and fade[1] < frames - 1)
    starts = sorted({0, *cuts, *((first + last + 1) // 2 for first, last in inner)})
    ends = [*(start - 1 for start in starts[1:]), frames - 1]
    return tuple(zip(starts, ends, strict=True))


@dataclass(frozen=True)
class SceneInfo:
    """The scene of a clip.

    Attributes:
        environment: "indoor", "outdoor" or "unknown".
        place: what people call such a place; empty where nothing tells.
        features: what can be seen: sky, foliage, ground, water, window, reflective floor, green
            screen, blue screen.
        cuts: frames at which another scene begins at once.
        fades: first and last frame of each fade and dissolve.
        confidence: of environment and place, 0 ... 1; these and the features are those of the
            longest shot.
        method: how environment and place were found, in a sentence.
        labels: places and how likely each is, the likeliest first; empty for a guess.
        is_guess: whether no network has looked at the pictures.
        frames: of the clip.
    """

    environment: str
    place: str
    features: tuple[str, ...]
    cuts: tuple[int, ...]
    fades: tuple[Range, ...]
    confidence: float
    method: str
    labels: tuple[tuple[str, float], ...] = ()
    is_guess: bool = True
    frames: int = 0

    @property
    def shots(self) -> tuple[Range, ...]:
        """Return first and last frame of each shot."""
        return shot_ranges(self.cuts, self.fades, self.frames)

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; :meth:`from_json` gives an equal value."""
        return {
            "environment": self.environment,
            "place": self.place,
            "features": list(self.features),
            "cuts": list(self.cuts),
            "fades": [list(fade) for fade in self.fades],
            "confidence": self.confidence,
            "method": self.method,
            "labels": [list(label) for label in self.labels],
            "is_guess": self.is_guess,
            "frames": self.frames,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> SceneInfo:
        """Return the scene that :meth:`to_json` wrote."""
        return cls(
            environment=value["environment"],
            place=value["place"],
            features=tuple(value["features"]),
            cuts=tuple(value["cuts"]),
            fades=tuple((first, last) for first, last in value["fades"]),
            confidence=value["confidence"],
            method=value["method"],
            labels=tuple((name, share) for name, share in value["labels"]),
            is_guess=value["is_guess"],
            frames=value["frames"],
        )

    def to_text(self) -> str:
        """Return the scene in words, a few lines."""
        return "\n".join([f"Scene: {self._place_text()}", *self._shot_texts()])

    def _place_text(self) -> str:
        words = [self.place] if self.place else []
        if self.environment != UNKNOWN:
            words.append(f"{self.environment}s")
        elif not words:
            words.append("indoors or outdoors, nothing tells")
        said = ", ".join(words)
        if self.environment != UNKNOWN or self.place:
            kind = "a guess" if self.is_guess else "recognised"
            said += f" ({kind}, {self.confidence:.0%} sure)"
        if self.features:
            said += f"; shows {', '.join(self.features)}"
        others = [f"{name} {share:.0%}" for name, share in self.labels[1:_SHOWN] if share > 0.05]
        return said + (f"; or {', '.join(others)}" if others else "") + "."

    def _shot_texts(self) -> list[str]:
        said = []
        if self.cuts:
            said.append(f"Cuts at frame {', '.join(map(str, self.cuts))}.")
        if self.fades:
            spans = ", ".join(f"{first} to {last}" for first, last in self.fades)
            said.append(f"Fades or dissolves in frames {spans}.")
        return said or ["One shot without cuts or fades."]
