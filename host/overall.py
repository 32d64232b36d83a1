"""One percentage for a whole workflow, from what each of its nodes reports.

A node's share is its usual share of the work; frames inside a node move it evenly.
Lazy nodes cost next to nothing themselves: their work is done where a clip is written or judged.
"""

from __future__ import annotations

from ..engine.context import Progress
from .plan import Step

#: What ``done`` counts up to.
TOTAL = 1000
#: How long nodes take on the bundled sample, Deliver Clip being 100: only proportions matter.
_WEIGHTS = {
    "BacklotSegmentSubject": 40.0,
    "BacklotRenderClip": 40.0,
    "BacklotAnalyzeClip": 30.0,
    "BacklotSolveCamera": 20.0,
    "BacklotTrackSubject": 5.0,
    "BacklotMatchColor": 15.0,
    "BacklotCheckQuality": 80.0,
}
_LAZY_WEIGHT, _OUTPUT_WEIGHT = 1.0, 100.0
#: A node may work through a clip several times, nobody knows how often: each pass gets this much
#: of what is left of the node's share.
_PASS_SHARE = 0.9


class Overall:
    """Turns the progress of nodes into the progress of the run."""

    def __init__(self, steps: list[Step], report: Progress) -> None:
        """Share the run among ``steps``, telling ``report``."""
        self._report = report
        self._weights = {step.id: _weight(step) for step in steps}
        self._sum = sum(self._weights.values())
        self._finished = 0.0

    def of(self, step: Step) -> Progress:
        """Return where ``step`` reports to."""
        started, last_message, last_done = 0.0, "", 0

        def report(stage: str, done: int, total: int, message: str) -> None:
            nonlocal started, last_message, last_done
            if last_message and (message != last_message or done < last_done):
                started += (1.0 - started) * _PASS_SHARE
            last_message, last_done = message, done
            share = started + (1.0 - started) * _PASS_SHARE * min(1.0, done / max(1, total))
            self._tell(stage, self._finished + share * self._weights[step.id], message)

        return report

    def finish(self, step: Step) -> None:
        """Count ``step`` as done."""
        self._finished += self._weights[step.id]
        self._tell("", self._finished, step.title)

    def _tell(self, stage: str, weight: float, message: str) -> None:
        self._report(stage, round(TOTAL * weight / self._sum), TOTAL, message)


def _weight(step: Step) -> float:
    usual = _OUTPUT_WEIGHT if step.schema.is_output_node else _LAZY_WEIGHT
    return _WEIGHTS.get(step.schema.node_id, usual)
