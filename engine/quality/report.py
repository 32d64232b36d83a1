"""The quality report: six scores, what is wrong, where, and what to do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .measures import MEASURES, PASS, SCORES, Measure

#: Not more places than this are named for one fault.
_PLACES = 4


@dataclass(frozen=True)
class Sample:
    """What was measured at one place of the clip.

    Attributes:
        frame: the frame in the middle, counted from 0.
        values: by the name of the measure; what cannot be told there is missing.
    """

    frame: int
    values: Mapping[str, float]


@dataclass(frozen=True)
class Fault:
    """Something that keeps a score under the pass mark.

    Attributes:
        score: the name of the score.
        text: what is wrong.
        frames: where, the worst first.
        remedy: what to do about it.
    """

    score: str
    text: str
    frames: tuple[int, ...]
    remedy: str


@dataclass(frozen=True)
class QualityReport:
    """How good a result is; 1 is none of the fault.

    Attributes:
        scores: 0 ... 1 by name, those that could be measured.
        overall: their mean; 0 if nothing could be measured.
        passed: whether ``overall`` reaches the pass mark.
        details: the value of each measure over the clip.
        faults: what is wrong, the worst first.
        notes: what was not measured and why.
        frames: the frames that were looked at.
        fps: frames per second, to tell times.
    """

    scores: Mapping[str, float]
    overall: float
    passed: bool
    details: Mapping[str, float]
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    frames: tuple[int, ...] = ()
    fps: float = field(default=24.0)

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return {
            "scores": {name: round(score, 3) for name, score in self.scores.items()},
            "overall": round(self.overall, 3),
            "passed": self.passed,
            "pass_mark": PASS,
            "details": {name: round(value, 4) for name, value in self.details.items()},
            "faults": [
                {
                    "score": fault.score,
                    "text": fault.text,
                    "frames": list(fault.frames),
                    "remedy": fault.remedy,
                }
                for fault in self.faults
            ],
            "notes": list(self.notes),
            "frames": list(self.frames),
        }

    def to_text(self) -> str:
        """Return the report in words."""
        lines = [self._verdict(), ""]
        for name, label in SCORES.items():
            score = self.scores.get(name)
            shown = "not measured" if score is None else f"{score:.2f}  {_bar(score)}"
            lines.append(f"  {label:<22}{shown}")
        if self.faults:
            lines += ["", "What to look at:"]
            for fault in self.faults:
                lines.append(f"- {SCORES[fault.score]}: {fault.text}{self._where(fault)}.")
                lines.append(f"  {fault.remedy}")
        if self.notes:
            lines += ["", "Notes:", *(f"- {note}" for note in self.notes)]
        return "\n".join(lines)

    def _verdict(self) -> str:
        if not self.scores:
            return "Quality could not be measured."
        verdict = "passed" if self.passed else f"below {PASS:.2f}, worth a look before delivery"
        return f"Quality {self.overall:.2f} of 1.00: {verdict}. {len(self.frames)} places measured."

    def _where(self, fault: Fault) -> str:
        if not fault.frames:
            return ""
        places = [f"{frame} ({frame / self.fps:.1f} s)" for frame in fault.frames]
        return f", at frame{'s' if len(places) > 1 else ''} {', '.join(places)}"


def make_report(samples: list[Sample], notes: tuple[str, ...], fps: float) -> QualityReport:
    """Return the report on what was measured."""
    details: dict[str, float] = {}
    judged: dict[str, list[float]] = {}
    faults: list[tuple[float, Fault]] = []
    for measure in MEASURES:
        values = [s.values[measure.name] for s in samples if measure.name in s.values]
        if not values:
            continue
        value = details[measure.name] = measure.sum_up(values)
        score = measure.judge(value)
        judged.setdefault(measure.score, []).append(score)
        if score < PASS:
            text = measure.fault.format(value)
            fault = Fault(measure.score, text, _places(measure, samples), measure.remedy)
            faults.append((score, fault))
    scores = {name: min(judged[name]) for name in SCORES if name in judged}
    overall = sum(scores.values()) / len(scores) if scores else 0.0
    return QualityReport(
        scores=scores,
        overall=overall,
        passed=bool(scores) and overall >= PASS,
        details=details,
        faults=tuple(fault for _, fault in sorted(faults, key=lambda pair: pair[0])),
        notes=notes,
        frames=tuple(sample.frame for sample in samples),
        fps=fps,
    )


def _places(measure: Measure, samples: list[Sample]) -> tuple[int, ...]:
    """Return the frames at which the fault shows, the worst first."""
    found = sorted(
        (measure.judge(sample.values[measure.name]), sample.frame)
        for sample in samples
        if measure.name in sample.values
    )
    return tuple(frame for score, frame in found if score < PASS)[:_PLACES]


def _bar(score: float) -> str:
    full = round(20 * score)
    return "#" * full + "." * (20 - full)
