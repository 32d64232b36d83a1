"""What matching colours does to a composite that matches already: the subject on its own plate.

Nothing is wrong there, so whatever is changed is damage.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.ciede2000 import ciede2000
from ..metrics.lab import to_lab
from ..pipeline import Made, clip_of, pictures, recompute
from ..rivals import TRANSFERS
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .layers import opened, video
from .places import layer, middles

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("colour/change of what fits, CIEDE2000", goal=1.0),
    Measure("colour/worst change of what fits, CIEDE2000", goal=1.0, worst=True),
)
#: From this alpha on a pixel is subject.
SUBJECT = 0.98


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add what is changed on the subject when it is matched to the plate it was shot on.

    A screen is no place whose light could be told.
    """
    if "screen" in truth.tags:
        return
    from backlot.engine.matting.matte import Matte

    given = {
        **made.outputs,
        "Refine Matte": (Matte(opened(truth, "alpha", matte=True), method="truth"),),
        "Foreground Colour": (made.outputs["Load Clip"][0],),
        "Animate Plate": (video(opened(truth, "plate")),),
    }
    del given["Match Color"]
    ((matched, *_),) = recompute(given, "Match Color")
    places = middles(truth.count, truth.cuts)
    source, alpha = pictures(made.source, places), layer(truth.alpha, places)
    plates = layer(truth.plate, places)
    found = {
        OURS: pictures(clip_of(matched), places),
        **{
            who: np.stack([transfer(*one) for one in zip(source, alpha, plates, strict=True)])
            for who, transfer in TRANSFERS.items()
        },
    }
    inside = alpha > SUBJECT
    for who, frames in found.items():
        labs = (to_lab(clip[inside], np.float32) for clip in (frames, source))
        change = float(ciede2000(*labs).mean(dtype=np.float64))
        result.add("colour/change of what fits, CIEDE2000", who, change)
        result.add("colour/worst change of what fits, CIEDE2000", who, change)
