"""The plate's grain against the source's: how strong in each band of brightness, and how fine.

Coding takes most of the grain off a case's clip, and where the camera moves leaves errors of detail
that look like it. So Match Texture is asked twice: with the clip as it is, where the camera stands
and any grain is left, and with the clean picture under a film's grain. Of either source
all but the clean picture is known, and of the plate what it gives with grain and without.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.arrays import luma_codes
from ..metrics.grain import deviations, grain, spectral_difference, white
from ..pipeline import Made, context, pictures
from ..studio import Truth
from ..studio.sensor import noisy
from ..table import OURS, CaseResult, Measure
from .layers import opened
from .places import layer

Array = np.ndarray[Any, Any]

WHITE = "even white grain"
SOURCES = ("the clip's", "film")
MEASURES = tuple(
    measure
    for source in SOURCES
    for measure in (
        Measure(f"texture/{source} grain off, mean of bands", "%", goal=10.0),
        Measure(f"texture/{source} grain off, worst band", "%", goal=10.0),
        Measure(f"texture/{source} grain's spectrum off", "%", goal=10.0),
    )
)
#: Frames that are looked at, from the first on.
FRAMES = 8
#: Below this alpha a pixel is background.
GROUND = 0.004
#: Grain of less is none, codes; and the film's at mid grey.
LEAST, FILM = 0.4, 3.0


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add all figures."""
    places = list(range(min([FRAMES, truth.count, *truth.cuts])))
    clean = layer(truth.clean, places)
    film = np.stack([noisy(clean[at], FILM, 5, at) for at in places])
    clip = pictures(made.source, places)
    for name, shot in zip(SOURCES, (clip, film), strict=True):
        if name == SOURCES[0] and truth.facts["camera_moves"] != ["locked"]:
            continue
        codes = np.rint(shot * 255.0).astype(np.uint8)
        _score_source(result, f"texture/{name}", truth, made, (clean, codes), places)


def _score_source(
    result: CaseResult,
    name: str,
    truth: Truth,
    made: Made,
    source: tuple[Array, Array],
    places: list[int],
) -> None:
    clean, shot = (luma_codes(one) for one in source)
    alpha = layer(truth.alpha, places)
    wanted = grain(shot - clean, clean, alpha < GROUND)
    if wanted is None or np.nanmedian(wanted.sigma) < LEAST:
        return
    shown, bare = (luma_codes(one) for one in _plates(truth, made, source[1], alpha, places))
    ours = grain(shown - bare, bare, np.ones(bare.shape, bool))
    for who, found in ((OURS, ours), (WHITE, white(wanted))):
        off = np.array([]) if found is None else deviations(found, wanted)
        if found is not None and len(off):
            result.add(f"{name} grain off, mean of bands", who, 100.0 * float(off.mean()))
            result.add(f"{name} grain off, worst band", who, 100.0 * float(off.max()))
            difference = spectral_difference(found, wanted)
            result.add(f"{name} grain's spectrum off", who, 100.0 * difference)


def _plates(
    truth: Truth, made: Made, source: Array, alpha: Array, places: list[int]
) -> tuple[Array, Array]:
    """Return the true answer's plate with the source's grain and, not rounded to 8 bits, without.

    Args:
        truth: of the case.
        made: by the product, for the camera.
        source: (T, H, W, 3) uint8, the clip whose grain is wanted.
        alpha: (T, H, W) of the subject in it.
        places: the T frames.
    """
    from backlot.engine.clip.operations import ArrayClip, convert, trim
    from backlot.engine.compositing.texture.texture import match_texture

    clip = ArrayClip(source, truth.fps)
    matte = ArrayClip(np.rint(alpha * 255.0).astype(np.uint8), truth.fps)
    plate = trim(opened(truth, "answer_plate"), 0, len(places))
    shown, bare = (
        match_texture(
            convert(plate, bits),
            clip,
            matte,
            made.camera,
            context(),
            grain=strength,
            softness=1.0,
            shutter=0.5,
        )[0]
        for bits, strength in ((8, 1.0), (16, 0.0))
    )
    return pictures(shown, places), pictures(bare, places)
