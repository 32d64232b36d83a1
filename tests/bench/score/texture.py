"""The plate's grain against the source's: how strong in each band of brightness, and how fine.

Of the source all but the clean picture is known, noise and coding; of the plate what Match Texture
gives with grain and without.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.arrays import luma_codes
from ..metrics.grain import Grain, deviations, grain, spectral_difference, white
from ..pipeline import Made, clip_of, context, pictures
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .places import row

Array = np.ndarray[Any, Any]

WHITE = "even white grain"
MEASURES = (
    Measure("texture/grain off, mean of bands", "%"),
    Measure("texture/grain off, worst band", "%", goal=10.0),
    Measure("texture/grain's spectrum off", "%", goal=10.0),
    Measure("texture/source's grain", "codes"),
)
#: Frames in a row that are looked at.
FRAMES = 8
#: Below this alpha a pixel is background.
GROUND = 0.004
#: Grain of less is none, codes.
LEAST = 0.4


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures of a case whose source has grain."""
    places = row(truth.count, truth.cuts, FRAMES)
    first, stop = places[0], places[-1] + 1
    where = truth.alpha(first, stop) < GROUND
    clean = luma_codes(truth.clean(first, stop))
    noisy = luma_codes(pictures(made.source, places))
    wanted = grain(noisy - clean, clean, where)
    if wanted is None or np.nanmedian(wanted.sigma) < LEAST:
        return
    result.add("texture/source's grain", OURS, float(np.nanmedian(wanted.sigma)))
    shown, bare = _plates(made, places)
    ours = grain(shown - bare, bare, np.ones(bare.shape, bool))
    if ours is not None:
        _add(result, OURS, ours, wanted)
        _add(result, WHITE, white(wanted), wanted)


def _add(result: CaseResult, who: str, found: Grain, wanted: Grain) -> None:
    off = deviations(found, wanted)
    if len(off):
        result.add("texture/grain off, mean of bands", who, 100.0 * float(off.mean()))
        result.add("texture/grain off, worst band", who, 100.0 * float(off.max()))
        difference = spectral_difference(found, wanted)
        result.add("texture/grain's spectrum off", who, 100.0 * difference)


def _plates(made: Made, places: list[int]) -> tuple[Array, Array]:
    """Return the luma of the plate with grain and, before it is rounded, without, codes."""
    from backlot.engine.clip.operations import convert
    from backlot.engine.compositing.texture.texture import match_texture

    (shown, *_) = made.outputs["Match Texture"]
    bare, _ = match_texture(
        convert(made.plate, 16),
        made.source,
        made.alpha,
        made.camera,
        context(),
        grain=0.0,
        softness=1.0,
        shutter=0.5,
    )
    both = (pictures(one, places) for one in (clip_of(shown), bare))
    shown_luma, bare_luma = (luma_codes(one) for one in both)
    return shown_luma, bare_luma
