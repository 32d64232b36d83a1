"""The source's background in the subject's edge: where it shows most, and how much of it is left.

Asked where a fringe shows: before a screen, and where a dark subject stood before something bright.
The rival is what an artist gets who lays the clip's own pixels over the plate with the same matte.
Against the true answer the subject's new light counts too. With the true matte and in the
subject's own light only the colour of the edge does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..metrics.ciede2000 import ciede2000
from ..metrics.halo import halo
from ..metrics.lab import to_lab
from ..pipeline import clip_of, pictures
from ..rivals.plain_over import plain_over
from ..studio import Truth
from ..table import OURS, CaseResult, Measure
from .places import layer

Array = np.ndarray[Any, Any]

PLAIN, NOISY = "plain over of the clip", "true colour, clip's noise"
MEASURES = (
    Measure("fringe/edge CIEDE2000", goal=0.25, rival=PLAIN),
    Measure("fringe/true matte, own light, edge CIEDE2000", goal=0.25, rival=PLAIN),
    Measure("fringe/true matte, own light, rim", "L*"),
    Measure("fringe/true matte, own light, screen's hue", "a*b*"),
)
#: A subject is dark on bright when its edge is by this much darker than what it covers, L*.
DARKER = 20.0
#: The soft edge.
SOFT = (0.04, 0.96)
_SCREENS = {"green": (0.0, 1.0, 0.0), "blue": (0.0, 0.0, 1.0)}


def shows_fringe(truth: Truth, places: list[int]) -> bool:
    """Return whether what was behind the subject would stand out in its edge."""
    if "screen" in truth.tags:
        return True
    band = soft_edge(layer(truth.alpha, places))
    front, back = (layer(one, places)[band] for one in (truth.foreground, truth.plate))
    return bool(np.median(to_lab(back)[:, 0] - to_lab(front)[:, 0]) > DARKER)


def soft_edge(alpha: Array) -> Array:
    """Return where a matte is neither subject nor background, bool of the same shape."""
    soft: Array = (alpha > SOFT[0]) & (alpha < SOFT[1])
    return soft


def score_answer(
    result: CaseResult, truth: Truth, places: list[int], ours: Array, source: Array, alpha: Array
) -> None:
    """Add the edge's error to the true answer.

    Args:
        result: takes the figures.
        truth: of the case.
        places: the frames that follow.
        ours: (T, H, W, 3) the product's composite.
        source: (T, H, W, 3) the clip.
        alpha: (T, H, W) the product's matte.
    """
    answer, plate = layer(truth.answer, places), layer(truth.answer_plate, places)
    band = soft_edge(layer(truth.alpha, places))
    for who, found in ((OURS, ours), (PLAIN, plain_over(source, alpha, plate))):
        result.add("fringe/edge CIEDE2000", who, _error(found, answer, band))


def score_own_light(
    result: CaseResult, truth: Truth, places: list[int], colour: Any, source: Array
) -> None:
    """Add the edge's error, rim and tint in the subject's own light.

    Args:
        result: takes the figures.
        truth: of the case.
        places: the frames that are looked at.
        colour: VIDEO of the product's straight colour, found with the true matte.
        source: (T, H, W, 3) the clip.
    """
    alpha, plate = layer(truth.alpha, places), layer(truth.answer_plate, places)
    right = plain_over(layer(truth.foreground, places), alpha, plate)
    band, ours = soft_edge(alpha), pictures(clip_of(colour), places)
    screen = next((rgb for name, rgb in _SCREENS.items() if name in truth.tags), None)
    # Nobody can take off what noise and coding have done to the clip.
    noisy = np.clip(layer(truth.foreground, places) + source - layer(truth.clean, places), 0, 1)
    for who, front in ((OURS, ours), (PLAIN, source), (NOISY, noisy)):
        found = plain_over(front, alpha, plate)
        stage = "fringe/true matte, own light, "
        result.add(f"{stage}edge CIEDE2000", who, _error(found, right, band))
        rim = halo(found, right, alpha, screen or _SCREENS["green"])
        if rim is not None:
            result.add(f"{stage}rim", who, abs(rim.lightness))
            result.add(f"{stage}screen's hue", who, rim.fringe if screen else None)


def _error(frames: Array, truth: Array, where: Array) -> float:
    labs = (to_lab(clip[where], np.float32) for clip in (frames, truth))
    return float(ciede2000(*labs).mean(dtype=np.float64))
