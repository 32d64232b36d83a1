"""Everything that is found out about a clip, against the truth."""

from __future__ import annotations

from ..pipeline import Made
from ..studio import Truth
from ..table import CaseResult
from . import camera, depth, light, scene, subject

MEASURES = (*camera.MEASURES, *light.MEASURES, *subject.MEASURES, *depth.MEASURES, *scene.MEASURES)


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a studio case."""
    for part in (camera, light, subject, depth, scene):
        part.score(result, truth, made)
