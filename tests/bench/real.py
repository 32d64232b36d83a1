"""Real footage with a truth of its own: keyed people over known plates, and binary masks.

It is used where BACKLOT_MEDIA names a folder that holds it. Nothing of it is kept in the project.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import av
import numpy as np

from .pipeline import Made, context, pictures
from .report.sheet import contact_sheet, error_x4
from .score.matting import MEASURES as MATTING
from .score.matting import matte_figures, overlap_figures, score_rivals
from .score.places import middles, runs
from .score.prompt import Box
from .table import OURS, CaseResult, Measure

Array = np.ndarray[Any, Any]

#: (name, clip, matte, whether the matte is soft); all in the folder's ``matte_gt_video``.
_CASES = (
    ("real_dancer_porch", "derived_dancer_static_porch", "_alpha.mkv", True),
    ("real_dancer_field", "derived_dancer_handheld_field", "_alpha.mkv", True),
    ("real_tennis", "davis_tennis", "_mask.mp4", False),
    ("real_kite", "davis_kite_walk", "_mask_01.mp4", False),
    ("real_boys", "boys_beach", "_mask_00.mp4", False),
)
#: A stage of its own: sizes and truths differ from the studio's.
STAGE = "real matting"
MEASURES = (
    *(replace(one, name=one.name.replace("matting", STAGE)) for one in MATTING),
    Measure(f"{STAGE}/J", higher=True),
    Measure(f"{STAGE}/F", higher=True),
)
_BACKGROUND = "backgrounds/tw_living_room.jpg"


@dataclass(frozen=True)
class RealCase:
    """A clip with the true matte of its subject.

    Attributes:
        name: of the case.
        video: the clip.
        mattes: the true mattes, as a video.
        soft: whether they are soft; otherwise only what is over half of white counts.
        background: the picture to put behind.
    """

    name: str
    video: Path
    mattes: Path
    soft: bool
    background: Path

    @property
    def tags(self) -> tuple[str, ...]:
        """Words the case is found by."""
        return ("real", "soft" if self.soft else "binary")

    def truth(self, places: list[int]) -> Array:
        """Return the true mattes (T, H, W) float32 at ``places``."""
        wanted = set(places)
        found = {}
        with av.open(str(self.mattes)) as file:
            for index, frame in enumerate(file.decode(video=0)):
                if index in wanted:
                    found[index] = frame.to_ndarray(format="gray").astype(np.float32) / 255
                if index >= max(wanted):
                    break
        values = np.stack([found[at] for at in places])
        return values if self.soft else (values > 0.5).astype(np.float32)

    def box(self, at: int = 0) -> Box:
        """Return the box of the subject in a frame, with a little room; empty where it is not."""
        solid = self.truth([at])[0] > 0.5
        if not solid.any():
            return 0, 0, 0, 0
        rows, columns = np.flatnonzero(solid.any(1)), np.flatnonzero(solid.any(0))
        height, width = solid.shape
        return (
            max(0, int(columns[0]) - 8),
            max(0, int(rows[0]) - 8),
            min(width, int(columns[-1]) + 9),
            min(height, int(rows[-1]) + 9),
        )


def real_cases() -> list[RealCase]:
    """Return the cases whose files are there."""
    folder = Path(os.environ.get("BACKLOT_MEDIA", "/nowhere"))
    found = []
    for name, clip, matte, soft in _CASES:
        video = folder / "matte_gt_video" / f"{clip}.mp4"
        mattes = video.with_name(clip + matte)
        background = folder / _BACKGROUND
        if video.is_file() and mattes.is_file() and background.is_file():
            found.append(RealCase(name, video, mattes, soft, background))
    return found


def _score_mask_given(
    result: CaseResult, footage: RealCase, made: Made, groups: list[list[int]]
) -> None:
    """Add what becomes of the clip where the first frame's true mask is the prompt, not a box."""
    from backlot.engine.matting.prompts import MaskPrompt
    from backlot.engine.matting.refine import refine_matte
    from backlot.engine.matting.segment import segment_subject

    prompt = MaskPrompt(0, footage.truth([0])[0])
    found = segment_subject(made.source, context(), method="segment", masks=(prompt,))
    alpha = refine_matte(made.source, found, radius_px=12.0, detail=1.0).alpha
    figures = matte_figures if footage.soft else overlap_figures
    rows: dict[str, list[tuple[float, float]]] = {}
    for run in groups:
        truth = footage.truth(run)
        ours = dict(figures(pictures(made.alpha, run), truth))
        for name, value in figures(pictures(alpha, run), truth):
            if name in ours:
                rows.setdefault(name, []).append((ours[name], value))
    for name, pairs in rows.items():
        boxed, given = (float(value) for value in np.mean(pairs, axis=0))
        result.add(f"{STAGE}/{name}", "first mask given", given)
        result.pairs.setdefault(f"{STAGE}/{name}", {})["first mask given"] = (boxed, given)


def score_real(result: CaseResult, footage: RealCase, made: Made, sheets: Path) -> None:
    """Add what can be measured against a true matte."""
    count = len(made.source)
    groups = runs(count)
    figures = matte_figures if footage.soft else overlap_figures
    gathered: dict[str, list[float]] = {}
    for run in groups:
        for name, value in figures(pictures(made.alpha, run), footage.truth(run)):
            gathered.setdefault(name, []).append(value)
    for name, values in gathered.items():
        result.add(f"{STAGE}/{name}", OURS, float(np.mean(values)))
    score_rivals(result, made, footage.truth, groups, footage.box, figures, STAGE)
    _score_mask_given(result, footage, made, groups)
    places = middles(count)
    truth, alpha = footage.truth(places), pictures(made.alpha, places)
    source = pictures(made.source, places)
    rows = [[s, t, a, error_x4(a, t)] for s, t, a in zip(source, truth, alpha, strict=True)]
    path = sheets / f"{footage.name}-matte.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    contact_sheet(path, rows, ["source", "true matte", "ours", "error x4"])
    result.pictures["matte"] = path
