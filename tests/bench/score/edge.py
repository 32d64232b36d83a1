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
MEASURES = (
    Measure("edge/width, 10 to 90 %", "px", goal=1.25, rival=SOURCE),
    Measure("edge/least width over source's", goal=0.75, higher=True, worst=True),
    Measure("edge/most width over source's", goal=1.25, worst=True),
    Measure("edge/jaggedness of the matte", "px rms", goal=0.12),
    Measure("edge/worst jaggedness of the matte", "px rms", goal=0.12, worst=True),
    Measure("edge/jaggedness in the picture", "px rms"),
    Measure("edge/jaggedness the true answer has not", "px rms", goal=0.12),
)
#: This near to hair an outline does not count, px, and what counts as hair.
FROM_HAIR_PX, HAIR = 6, 0.05


def score(
    result: CaseResult, truth: Truth, places: list[int], ours: Array, source: Array, matte: Array
) -> None:
    """Add all figures.

    Args:
        result: takes the figures.
        truth: of the case.
        places: the frames that follow.
        ours: (T, H, W, 3) the product's composite.
        source: (T, H, W, 3) the clip.
        matte: (T, H, W) the product's blend mask.
    """
    alpha, answer = layer(truth.alpha, places), layer(truth.answer, places)
    spare = np.stack([dilate(one > HAIR, FROM_HAIR_PX) for one in layer(truth.hair, places)])
    mattes = {OURS: matte, BINARY: (matte >= 0.5).astype(np.float32)}
    for who, one in mattes.items():
        found = edge_shapes([one], alpha, spare)
        result.add("edge/jaggedness of the matte", who, found and found[0].jagged_px)
        if found and who == OURS:
            result.add("edge/worst jaggedness of the matte", OURS, found[0].jagged_px)
    shapes = edge_shapes([ours, source, answer], alpha, spare)
    if shapes is None:
        return
    for who, shape in zip((OURS, SOURCE, ANSWER), shapes, strict=True):
        result.add("edge/width, 10 to 90 %", who, shape.width_px)
        result.add("edge/jaggedness in the picture", who, shape.jagged_px)
    # Texture on both sides of an edge is in both, and adds up by squares.
    more = max(0.0, shapes[0].jagged_px ** 2 - shapes[2].jagged_px ** 2)
    result.add("edge/jaggedness the true answer has not", OURS, more**0.5)
    share = shapes[0].width_px / shapes[1].width_px
    result.add("edge/least width over source's", OURS, share)
    result.add("edge/most width over source's", OURS, share)
