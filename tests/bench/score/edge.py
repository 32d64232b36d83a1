"""The edge of the composite: as wide as the source's own, and without stairs.

Seen in the pictures where source, composite and true answer all have an edge to measure, hair left
out, which has no smooth course; and in the matte that the composite was made with.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.arrays import dilate
from ..metrics.edge_shape import edge_shapes
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .places import layer

Array = np.ndarray[Any, Any]

SOURCE, ANSWER, BINARY = "source", "true answer", "our matte made binary"
#: Coding widens the edges of the clip, and true layers have not gone through it: with those the
#: true answer's edges are the measure.
STAGES = {"edge": SOURCE, "edge, true layers": ANSWER}
MEASURES = tuple(
    measure
    for stage, like in STAGES.items()
    for measure in (
        Measure(f"{stage}/width, 10 to 90 %", "px", goal=1.25, rival=like),
        Measure(f"{stage}/least width over {like}'s", goal=0.75, higher=True, worst=True),
        Measure(f"{stage}/most width over {like}'s", goal=1.25, worst=True),
        Measure(f"{stage}/jaggedness of the matte", "px rms", goal=0.12),
        Measure(f"{stage}/worst jaggedness of the matte", "px rms", goal=0.12, worst=True),
        Measure(f"{stage}/jaggedness in the picture", "px rms"),
        Measure(f"{stage}/jaggedness the true answer has not", "px rms", goal=0.12),
    )
)
#: This near to hair an outline does not count, px, and what counts as hair.
FROM_HAIR_PX, HAIR = 6, 0.05


def score(
    result: CaseResult,
    stage: str,
    truth: Truth,
    places: list[int],
    shown: tuple[Array, Array, Array],
) -> None:
    """Add all figures.

    Args:
        result: takes the figures.
        stage: one of STAGES.
        truth: of the case.
        places: the frames that follow.
        shown: the product's composite (T, H, W, 3), the clip (T, H, W, 3), and the matte that the
            composite was made with, (T, H, W).
    """
    ours, source, matte = shown
    alpha, answer = layer(truth.alpha, places), layer(truth.answer, places)
    spare = np.stack([dilate(one > HAIR, FROM_HAIR_PX) for one in layer(truth.hair, places)])
    mattes = {OURS: matte, BINARY: (matte >= 0.5).astype(np.float32)}
    for who, one in mattes.items():
        found = edge_shapes([one], alpha, spare)
        result.add(f"{stage}/jaggedness of the matte", who, found and found[0].jagged_px)
        if found and who == OURS:
            result.add(f"{stage}/worst jaggedness of the matte", OURS, found[0].jagged_px)
    shapes = edge_shapes([ours, source, answer], alpha, spare)
    if shapes is None:
        return
    for who, shape in zip((OURS, SOURCE, ANSWER), shapes, strict=True):
        result.add(f"{stage}/width, 10 to 90 %", who, shape.width_px)
        result.add(f"{stage}/jaggedness in the picture", who, shape.jagged_px)
    # Texture on both sides of an edge is in both, and adds up by squares.
    more = max(0.0, shapes[0].jagged_px ** 2 - shapes[2].jagged_px ** 2)
    result.add(f"{stage}/jaggedness the true answer has not", OURS, more**0.5)
    like = STAGES[stage]
    share = shapes[0].width_px / shapes[(OURS, SOURCE, ANSWER).index(like)].width_px
    result.add(f"{stage}/least width over {like}'s", OURS, share)
    result.add(f"{stage}/most width over {like}'s", OURS, share)
