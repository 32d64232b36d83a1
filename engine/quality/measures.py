"""The measures behind the six scores: what each means, how it is judged, and what helps.

A score is that of its worst measure. Curves run through measured anchors: clean real footage lies
at 0.9 or more, the named fault at a strength that one sees lies under 0.85.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

#: The scores, in the order they are told, with their names in words.
SCORES = {
    "temporal_score": "Temporal consistency",
    "edge_score": "Edge quality",
    "color_score": "Colour consistency",
    "lighting_score": "Lighting match",
    "flicker_score": "Flicker",
    "artefact_score": "Artefacts",
}

#: A score, and the whole, passes from here on.
PASS = 0.85

Curve = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Measure:
    """One measure.

    Attributes:
        name: its key in records and in the JSON of the report.
        score: the score it belongs to.
        over: how the samples are summed up: ``"mean"``, ``"median"`` or ``"high"`` (90th
            percentile).
        curve: (value, score) pairs, values rising; straight between, flat outside.
        fault: what is wrong when the score is low; ``{}`` is the value.
        remedy: what to do about it.
    """

    name: str
    score: str
    over: str
    curve: Curve
    fault: str
    remedy: str

    def judge(self, value: float) -> float:
        """Return the score, 0 ... 1, of a value."""
        values, scores = zip(*self.curve, strict=True)
        return float(np.interp(value, values, scores))

    def sum_up(self, values: list[float]) -> float:
        """Return one value for all samples."""
        if self.over == "mean":
            return float(np.mean(values))
        return float(np.percentile(values, 90 if self.over == "high" else 50))


MEASURES: tuple[Measure, ...] = (
    Measure(
        "likeness",
        "temporal_score",
        "median",
        ((0.3, 0.05), (0.5, 0.3), (0.8, 0.7), (0.9, 0.85), (0.95, 0.92), (0.98, 0.97), (1.0, 1.0)),
        "frames do not follow from one another (similarity along the motion {:.3f})",
        "Look for jumping or boiling areas: a plate that changes between frames, or frames that "
        "are missing or doubled.",
    ),
    Measure(
        "edge_jitter_px",
        "temporal_score",
        "median",
        ((0.0, 1.0), (0.25, 0.94), (0.4, 0.87), (0.5, 0.83), (0.8, 0.7), (2.0, 0.3), (5.0, 0.05)),
        "the outline jumps by {:.2f} px (at 540 lines) from frame to frame",
        "Smooth the matte over time, or segment again with a box or points on the subject.",
    ),
    Measure(
        "plate_slip_px",
        "temporal_score",
        "median",
        ((0.0, 1.0), (1.0, 0.94), (2.0, 0.87), (3.0, 0.78), (6.0, 0.5), (15.0, 0.1)),
        "the background moves {:.1f} px a frame (at 1080 lines) otherwise than the camera",
        "Let the plate follow the camera: connect the camera solve of the source to it.",
    ),
    Measure(
        "jagged_px",
        "edge_score",
        "median",
        (
            (0.04, 1.0),
            (0.09, 0.96),
            (0.14, 0.91),
            (0.17, 0.85),
            (0.2, 0.77),
            (0.3, 0.5),
            (0.5, 0.1),
        ),
        "the outline is jagged (steps of {:.2f} px)",
        "Refine the matte with a larger radius, or feather the composite.",
    ),
    Measure(
        "edge_width_px",
        "edge_score",
        "median",
        ((1.0, 0.7), (1.25, 0.82), (1.5, 0.92), (1.8, 1.0), (12.0, 1.0), (20.0, 0.86), (40.0, 0.5)),
        "the edge is {:.1f} px wide, which looks cut out or blurred",
        "Refine the matte: an edge two to six pixels wide looks natural.",
    ),
    Measure(
        "subject_drift",
        "color_score",
        "high",
        ((0.0, 1.0), (0.4, 0.97), (0.8, 0.91), (1.2, 0.85), (2.5, 0.73), (6.0, 0.5), (15.0, 0.1)),
        "the subject's colour wanders by {:.1f} Delta E against the source",
        "Lower the strength of colour matching, or use one setting for the whole clip.",
    ),
    Measure(
        "plate_drift",
        "color_score",
        "high",
        ((0.0, 1.0), (1.0, 0.95), (2.3, 0.87), (3.5, 0.78), (6.0, 0.55), (15.0, 0.1)),
        "the background's colour wanders by {:.1f} Delta E against the plate",
        "Check what changes the plate over time: shadow, light wrap or grading.",
    ),
    Measure(
        "color_swing",
        "color_score",
        "mean",
        ((0.0, 1.0), (0.3, 0.95), (0.7, 0.86), (1.2, 0.75), (2.5, 0.5), (6.0, 0.1)),
        "the colour of the picture swings by {:.2f} Delta E from frame to frame",
        "Deflicker the clip, or steady the grade.",
    ),
    Measure(
        "exposure_stops",
        "lighting_score",
        "median",
        ((0.0, 1.0), (2.0, 0.96), (3.0, 0.91), (4.0, 0.8), (6.0, 0.4)),
        "subject and background differ by {:.1f} stops",
        "Match the colours more strongly, or choose a plate of similar brightness.",
    ),
    Measure(
        "cast_deg",
        "lighting_score",
        "median",
        ((0.0, 1.0), (8.0, 0.96), (16.0, 0.91), (22.0, 0.82), (45.0, 0.4)),
        "the light on the subject and in the plate differ in colour by {:.0f} degrees",
        "Match the colours more strongly, or correct the white balance of the plate.",
    ),
    Measure(
        "lifted_codes",
        "lighting_score",
        "median",
        ((5.0, 1.0), (16.0, 0.92), (28.0, 0.82), (60.0, 0.45)),
        "the subject's shadows are {:.0f} codes brighter than the plate's, as if behind haze",
        "Lower the black level of the subject, or despill it.",
    ),
    Measure(
        "flicker_codes",
        "flicker_score",
        "mean",
        ((0.0, 1.0), (0.4, 0.97), (0.8, 0.9), (1.05, 0.84), (2.3, 0.65), (5.0, 0.3), (10.0, 0.05)),
        "the brightness flickers ({:.1f} codes from frame to frame)",
        "Deflicker the clip.",
    ),
    Measure(
        "worst_flicker_codes",
        "flicker_score",
        "median",
        ((0.0, 1.0), (2.5, 0.96), (5.0, 0.9), (7.0, 0.84), (15.0, 0.55), (30.0, 0.2)),
        "a part of the picture flickers ({:.0f} codes from frame to frame)",
        "Deflicker the clip, or look at the plate and the shadow there.",
    ),
    Measure(
        "banding",
        "artefact_score",
        "median",
        ((0.0, 1.0), (1.5, 0.94), (3.0, 0.87), (5.0, 0.78), (10.0, 0.6), (25.0, 0.3)),
        "smooth areas show bands (contour density {:.1f})",
        "Add a little grain, deliver 10 bits, or lower the encoder's CRF.",
    ),
    Measure(
        "blockiness",
        "artefact_score",
        "median",
        ((0.0, 1.0), (0.15, 0.95), (0.3, 0.87), (0.6, 0.7), (1.5, 0.4), (3.0, 0.1)),
        "compression blocks show (steps on the grid {:.0%} stronger)",
        "Lower the encoder's CRF, or start from a less compressed source.",
    ),
    Measure(
        "halo_codes",
        "artefact_score",
        "median",
        ((0.0, 1.0), (2.0, 0.96), (4.0, 0.9), (6.0, 0.84), (14.0, 0.6), (28.0, 0.3)),
        "a bright or dark line runs along the subject ({:.0f} codes)",
        "Refine the matte, and let the foreground colour be estimated in the edge.",
    ),
    Measure(
        "fringe_codes",
        "artefact_score",
        "median",
        ((0.0, 1.0), (1.5, 0.95), (2.5, 0.9), (3.5, 0.84), (8.0, 0.6), (16.0, 0.3)),
        "a tinted line runs along the subject ({:.0f} codes)",
        "Despill the foreground, or let its colour be estimated in the edge.",
    ),
)
