"""Draws a coarse matte's edge to the picture's, at full size: hair out, fringes off.

Only a band round the coarse edge is unknown, and the coarse matte is worth the more the further
from its edge, and the more that agrees with the picture (see :mod:`.edge_agreement`). On a reduced
frame alpha is solved for in the band (see :mod:`.band_solver`), and told by the colours on both
sides where these differ enough; what is found is kept as a linear model of alpha over colour, which
draws the picture's own detail at full size (the fast guided filter of He and Sun, 2015).

Where a network for edges is installed and wanted it solves the band instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import check_same_size, map_frames
from ..clip.strips import Strip, strips, tiles_with
from ..context import Context
from ..errors import InputError
from .alpha_in_band import snapped
from .band_solver import Problem, apply_model, solve
from .channels import times
from .edge_agreement import edge_agreement, held
from .guided import apply_coefficients, guided_coefficients
from .matte import Matte
from .networks.edge_by_model import NO_MODEL, edge_network
from .trimap import Uncertainty, uncertainty
from .two_sides import two_sides
from .window import around

#: Short side the linear model is found at, pixels.
COARSE_PX = 270
#: What a slope of alpha over colour costs: differences of a code are the codec's, not an edge.
EPSILON = 1e-4
#: Squared contrast below which the drawn edge is smooth: it is the codec's, not the subject's.
RIDGE = 1e-4
#: Steps of the solver on each level, from that size down.
STEPS = (3, 4)
#: Weight of the coarse matte against alpha's smoothness, where it is sure and where it is not.
FIRM, LOOSE = 30.0, 1e-4
#: Between these, colours that tell the two sides apart take over from the coarse matte.
PLAIN = (0.7, 0.95)
#: Between these they take from what a coarse edge is worth that agrees with the picture.
BLIND = (0.5, 0.8)
#: Weight of what they say, as a share of a sure coarse matte's.
TOLD = np.float32(0.1)
#: Alpha this close to 0 and 1 is drawn to them.
SNAP = 0.05
ALPHA_BITS = 10
LEVELS = (1 << ALPHA_BITS) - 1


def refine_matte(
    clip: Clip,
    matte: Matte,
    context: Context | None = None,
    *,
    radius_px: float,
    detail: float,
    model: str = NO_MODEL,
) -> Matte:
    """Return ``matte`` with its edge drawn to the picture's; a keyed matte is left alone.

    It is lazy, but what a network says is rendered to the store. The result's method says which
    way it was.

    Args:
        clip: RGB, as large as the matte.
        matte: what to refine.
        context: store, progress, cancel and models; a network needs it.
        radius_px: how far from the coarse edge the true one may lie, pixels of the clip.
        detail: how far the edge follows the picture, 0 (the matte as it is) ... 1.
        model: ``"none"``, ``"auto"`` for the best network that is installed, or one's name.

    Raises:
        ClipMismatchError: if clip and matte differ in size or length.
        InputError: if there is no such model.
        FinalError: if the model is not installed or cannot be loaded.
        Cancelled: if the host asked to stop.
    """
    check_same_size([clip, matte.alpha], "refine matte")
    if context is None and model != NO_MODEL:
        raise InputError(f"model must be {NO_MODEL} without a context, got {model!r}. Pass one.")
    network = None if context is None else edge_network(context, model)
    if matte.screen is not None or radius_px <= 0 or detail <= 0:
        return matte
    if context is None or network is None:
        return _by("colour", matte, _by_colour(clip, matte.alpha, radius_px, detail))
    solved = network.solve(clip, matte, context, radius_px=radius_px).alpha
    return _by(network.title, matte, _with_detail(matte.alpha, solved, detail))


def _by(what: str, matte: Matte, alpha: Clip) -> Matte:
    """Return ``matte`` with another alpha, and said what drew its edge."""
    method = ", ".join(filter(None, (matte.method, f"edge by {what}")))
    return replace(matte, alpha=alpha, method=method)


def _by_colour(clip: Clip, alpha: Clip, radius_px: float, detail: float) -> Clip:
    """Return the alpha with its edge drawn to the picture's colours, lazily."""
    top, full = clip.format.max_value, alpha.format.max_value

    def refined(_: int, frame: Array, codes: Array) -> Array:
        drawn = _refine(frame[..., :3], codes, top, full, radius_px)
        return drawn if detail >= 1 else _mixed(codes, drawn, full, detail)

    return map_frames(
        refined,
        [clip, alpha],
        "refine_matte/5",
        radius_px,
        detail,
        channels=1,
        bits=ALPHA_BITS,
    )


def _with_detail(coarse: Clip, solved: Clip, detail: float) -> Clip:
    """Return an alpha of 10 bits between the coarse one (0) and the ``solved`` one (1), lazily."""
    if detail >= 1:
        return solved
    full = coarse.format.max_value

    def mixed(_: int, codes: Array, drawn: Array) -> Array:
        return _mixed(codes, drawn, full, detail)

    return map_frames(
        mixed, [coarse, solved], "refine_detail/1", detail, channels=1, bits=ALPHA_BITS
    )


def _mixed(coarse: Array, drawn: Array, full: float, detail: float) -> Array:
    """Return native alpha between the coarse one (0) and the drawn one (1)."""
    weights = (LEVELS / full * (1 - detail), detail)
    mixed = coarse * np.float32(weights[0]) + drawn * np.float32(weights[1])
    return np.asarray((mixed + np.float32(0.5)).astype(np.uint16))


def _refine(frame: Array, alpha: Array, top: float, full: float, radius_px: float) -> Array:
    height, width = alpha.shape
    shrink = max(1.0, min(height, width) / COARSE_PX)
    size = (max(2, round(width / shrink)), max(2, round(height / shrink)))
    whole = area_average(alpha, size).astype(np.float32)
    whole *= np.float32(1.0 / full)
    unsure = uncertainty(whole, radius_px / shrink)
    out = cv2.resize(_solid(whole), (width, height), interpolation=cv2.INTER_NEAREST)
    window = around(unsure.band > 0)
    if window is None:
        return np.asarray(out)
    small = area_average(frame, size)[window].astype(np.float32)
    small *= np.float32(1.0 / top)
    coarse, band = whole[window], unsure.band[window]
    found = _Found(
        _model(small, coarse, band, unsure.within(window)),
        cv2.merge([band, (coarse > 0.5).astype(np.float32)]),
        (size[0] / width, size[1] / height),
        (window[1].start, window[0].start),
    )
    near = cv2.resize(
        (unsure.band > 0).view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
    )
    # As far as the enlarged band reaches beyond its cells.
    reach = 2 * (math.ceil(shrink / 2) + 1) + 1
    near = cv2.dilate(near, np.ones((reach, reach), np.uint8))
    for strip in strips(tiles_with(near > 0), (width, height)):
        strip.put(found.alpha(strip, strip.gather(frame), top), out)
    return np.asarray(out)


def _model(small: Array, coarse: Array, band: Array, unsure: Uncertainty) -> Array:
    """Return the linear model (H, W, 4) of alpha over colour on the reduced frame."""
    solid = (coarse > 0.5).astype(np.float32)
    known = np.where(band > 0, np.float32(0.5), solid)
    said = _said(small, coarse, known)
    # Where colours tell the sides apart they know better than the coarse edge, right or wrong.
    hold = held(said.agreement, unsure.depth) * (1 - _between(said.telling, BLIND))
    plain = _between(said.telling, PLAIN)
    plain *= 1 - hold
    guess = coarse + plain * (said.share - coarse)
    firm = np.maximum(unsure.firmness, hold)
    weight = np.float32(FIRM) * np.maximum(firm * (1 - plain), plain * TOLD) + np.float32(LOOSE)
    found = solve(Problem(small, band, solid, guess, weight), STEPS, epsilon=EPSILON)
    alpha = np.where(band > 0, np.clip(found.alpha, 0, 1), solid)
    sides = two_sides(small, alpha)
    smooth = guided_coefficients(small, alpha.astype(np.float32), 2, RIDGE)
    return np.asarray(smooth + times(sides.model - smooth, sides.telling * (1 - hold)))


def _between(values: Array, ends: tuple[float, float]) -> Array:
    """Return how far ``values`` lie from the first to the second of ``ends``, 0 ... 1."""
    share = (values - np.float32(ends[0])) * np.float32(1 / (ends[1] - ends[0]))
    return np.asarray(np.clip(share, 0, 1))


@dataclass(frozen=True)
class _Said:
    """What a picture says of a coarse edge before it is looked for; all (H, W) float32, 0 ... 1.

    Attributes:
        share: alpha by the colours beyond the band, which are evidence apart from the coarse
            edge: hair lies far from that.
        telling: how far they tell.
        agreement: how far the coarse edge is an edge of the picture.
    """

    share: Array
    telling: Array
    agreement: Array


def _said(small: Array, coarse: Array, known: Array) -> _Said:
    """Ask the picture; what it says changes slowly, so half the size will do."""
    height, width = known.shape
    half = (max(2, width // 2), max(2, height // 2))
    picture, alpha, sure = (
        cv2.resize(one, half, interpolation=cv2.INTER_AREA) for one in (small, coarse, known)
    )
    sides = two_sides(picture, sure)
    shared = cv2.merge([sides.telling, edge_agreement(picture, alpha)])
    model, shared = (
        cv2.resize(one, (width, height), interpolation=cv2.INTER_LINEAR)
        for one in (sides.model, shared)
    )
    telling, agreement = cv2.split(shared)
    return _Said(np.clip(apply_model(small, model), 0, 1), telling, agreement)


def _solid(coarse: Array) -> Array:
    """Return native alpha that is all or nothing."""
    return np.asarray((coarse > 0.5).astype(np.uint16) * np.uint16(LEVELS))


@dataclass(frozen=True)
class _Found:
    """What is known of the edge on a part of the reduced frame.

    Attributes:
        coefficients: (h, w, 4) float32, alpha as a linear function of colour.
        sides: (h, w, 2) float32, the band and which side a pixel is on.
        scale: (x, y) size of the reduced frame divided by that of the frame.
        start: (x, y) of the part in the reduced frame.
    """

    coefficients: Array
    sides: Array
    scale: tuple[float, float]
    start: tuple[int, int]

    def alpha(self, strip: Strip, frame: Array, top: float) -> Array:
        """Return the native alpha of a strip of the frame."""
        coefficients = strip.sample(self.coefficients, self.scale, self.start)
        near, side = cv2.split(strip.sample(self.sides, self.scale, self.start))
        drawn = apply_coefficients(frame, top, coefficients)
        fixed = (side > 0.5).astype(np.float32)
        mixed = fixed + (snapped(drawn, SNAP) - fixed) * near
        return np.asarray((mixed * np.float32(LEVELS) + np.float32(0.5)).astype(np.uint16))
