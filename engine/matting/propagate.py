"""Carries a subject through time: windows of colour, a remembered plate, a shape that flows.

After Video SnapCut (Bai et al. 2009): the mask before is moved by optical flow (DIS, Kroeger et
al. 2016); local colour windows, the plate where it has been seen and the moved shape each give
odds; their sum is drawn to the picture's edges by a guided filter. All of it at a reduced size.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.render import Scan
from ..fingerprint import fingerprint
from . import plate_memory
from .automatic import find_subject
from .background_motion import background_motion
from .channels import channel_max
from .correction import corrected_region
from .cuts import begins_shot
from .first_mask import without_pinholes
from .guided import apply_coefficients, guided_coefficients
from .local_colour import (
    BINS,
    colour_codes,
    contour_points,
    learn_windows,
    reach_px,
    whole_histograms,
    whole_likelihood,
    window_confidence,
    window_tables,
    windows_say,
)
from .look_ahead import Outlook
from .new_light import light_jump, relit
from .prompts import MaskPrompt, Point
from .shape import signed_distance
from .standing import stands
from .window import Window, around

State = dict[str, Array]

ALPHA_BITS = 10
#: Odds of the shape far from its contour, and how far (pixels) it wavers: least, and more where
#: colours tell well.
SHAPE_ODDS, WAVER_PX, WAVER_MORE_PX = 5.0, 2.0, 6.0
#: What is new is the subject's only this near to it, pixels, and then by this part of the odds:
#: cars, passers-by and shadows are new, too.
NEAR_PX, NEW_WORTH = 8.0, 0.3
#: Log odds against what moves with the background and not with the subject.
STANDS_ODDS = 4.0
#: What also has the subject's colours may be this far from it, as a share of the short side: behind
#: a pole, an arm that comes out of a sleeve.
REACH = 0.06
#: Most a window's colours say, as log odds.
COLOUR_ODDS = 4.0
#: Worth of the whole picture's colours where no window tells.
WHOLE_WORTH = 0.6
#: Difference (codes) between flowed and seen colours at which the flow is half believed.
FOLLOWED = 24.0
#: What the picture's colours keep of their past, a frame.
WHOLE_MEMORY = 0.95
#: Pull of the first frame's colours on them, a frame.
ANCHOR = 0.05
#: Background further than this from the contour is learned as plate, pixels.
PLATE_PX = 4.0
#: Parts apart from the moved shape are dropped below this share of the subject.
STRAY = 0.02
#: Of the guided filter, at half the reduced size.
GUIDE_RADIUS, GUIDE_EPSILON = 2, 4e-4


class Seen(NamedTuple):
    """What a frame shows without knowing the subject.

    Attributes:
        frame: (H, W, 3) uint8.
        codes: (H, W), its colours' bins.
        place: (H, W, 2) float32, where each pixel was in the frame before, x and y.
        followed: (H, W) float32, how well that explains it, 0 ... 1.
        gain: (3,) float32, how much brighter it is than the frame before where that is a jump;
            ones otherwise.
        cut: another scene begins here.
    """

    frame: Array
    codes: Array
    place: Array
    followed: Array
    gain: Array
    cut: bool = False


class Propagation(Scan):
    """The matte of a subject known in frame 0, as soft alpha at the size of ``source``."""

    def __init__(
        self,
        source: Clip,
        first: Array,
        outlook: Outlook | None = None,
        clicks: tuple[Point, ...] = (),
        masks: tuple[MaskPrompt, ...] = (),
    ) -> None:
        """Prepare.

        Args:
            source: 8-bit RGB at the reduced size.
            first: (H, W) bool, the subject in frame 0.
            outlook: what the frames ahead say, or None.
            clicks: corrections on later frames, in pixels of ``source``.
            masks: drawn on later frames, as large as ``source``; each stands as it is.
        """
        self.source = source
        self.format = replace(source.format, channels=1, bits=ALPHA_BITS)
        marks = [(mask.frame, mask.alpha) for mask in masks]
        self.fingerprint = fingerprint(
            "propagate/12", source.fingerprint, first, outlook, clicks, marks
        )
        self.audio = source.audio
        self._first, self._outlook, self._clicks = first, outlook, clicks
        self._masks = {mask.frame: np.asarray(mask.alpha, np.float32) for mask in masks}
        source.keep(4)  # a frame is also looked at with the one after it

    def look(self, index: int) -> Seen:
        """Return frame ``index``, its colours and where it was in the frame before."""
        frame = self.source.frame(index)
        codes = colour_codes(frame)
        if index == 0:
            ones = np.ones(codes.shape, np.float32)
            return Seen(frame, codes, _grid(*codes.shape), ones, np.ones(3, np.float32))
        before = self.source.frame(index - 1)
        gain = light_jump(before, frame)
        if (gain != 1).any():
            before = relit(before, gain)
        place = _place_before(before, frame)
        followed = _followed(before, frame, place)
        return Seen(frame, codes, place, followed, gain, begins_shot(self.source, index))

    def start(self) -> State:
        """Return the state before frame 0."""
        state = _fresh(self.source.frame(0), self._first)
        if self._outlook is not None:
            leaves = self._outlook.leaves & (state["alpha"] > 0.5)
            state |= plate_memory.told(state, self._outlook.plate, leaves)
        return state

    def step(self, index: int, seen: Seen, state: State) -> tuple[Array, State]:
        """Return the alpha of frame ``index`` and the next state.

        A frame is learned from when the next one is looked at: the colours and the plate then
        do both at once, each in a thread.
        """
        if seen.cut:
            like = whole_likelihood(state["whole_first"])
            state = _fresh(seen.frame, find_subject(seen.frame, None, like))
        known = index == 0 or seen.cut
        alpha, after = (state["alpha"], state) if known else _carry(seen, state)
        alpha = self._masks.get(index, alpha)
        clicks = [click for click in self._clicks if click.frame == index]
        if clicks:
            alpha = _corrected(alpha, seen.frame, clicks)
        levels = np.float32(self.format.max_value)
        return (alpha * levels + np.float32(0.5)).astype(np.uint16), after | {"alpha": alpha}


def _fresh(frame: Array, subject: Array) -> State:
    """Return the state at a frame of which nothing is known but the ``subject`` (H, W) bool."""
    alpha = _draw(np.where(subject, 4.0, -4.0).astype(np.float32), frame)
    codes = colour_codes(frame)
    whole = whole_histograms(codes, signed_distance(alpha))
    return {
        "frame": frame,
        "alpha": alpha,
        "codes": codes,
        "whole": whole,
        "whole_first": whole,
        "window_points": np.empty((0, 2), np.float32),
        "window_colours": np.empty((0, 2, BINS), np.float32),
        **plate_memory.empty_plate(*alpha.shape),
    }


def _carry(seen: Seen, state: State) -> tuple[Array, State]:
    """Return the alpha of the ``seen`` frame, and the state it leaves, but for that alpha."""
    distance = signed_distance(state["alpha"])
    if (seen.gain != 1).any():
        state = _in_new_light(state, distance, seen.gain)
    moved = _moved(state["alpha"], seen.place)
    at = _within_reach(moved)
    with ThreadPoolExecutor(1) as beside:
        by_plate = beside.submit(_plate_says, seen, state, distance < -PLATE_PX, moved, at)
        windows, learned = _learn_colours(state, distance)
        points = _carried(windows.points, seen.place)
        odds = _ColourOdds(seen, moved, at, windows, points, whole_likelihood(learned["whole"]))
        evidence, standing, plate = by_plate.result()
    told = odds.with_plate(evidence) - np.float32(STANDS_ODDS) * standing
    after = learned | plate | {"frame": seen.frame, "codes": seen.codes, "window_points": points}
    alpha = np.zeros_like(moved)
    alpha[at] = _without_pinholes(_without_strays(_draw(told, seen.frame[at]), moved[at]), moved)
    return alpha, after


def _within_reach(moved: Array) -> Window:
    """Return the window that the subject may have come to; all beyond it is background."""
    height, width = moved.shape
    # `around` adds a margin of its own, which the filters need.
    size = 2 * math.ceil(1.5 * REACH * min(height, width)) + 1
    grown = cv2.dilate((moved > 0.5).view(np.uint8), np.ones((size, size), np.uint8))
    return around(grown > 0) or (slice(0, height), slice(0, width))


class _ColourOdds:
    """Log odds of the subject by its moved shape and by its colours, in a window of the frame."""

    def __init__(
        self,
        seen: Seen,
        moved: Array,
        at: Window,
        windows: _Windows,
        points: Array,
        whole: Array,
    ) -> None:
        """Ask shape and colours.

        Args:
            seen: the frame.
            moved: (H, W) float32, the alpha before, moved to it.
            at: the window.
            windows: colours along the contour of the frame before.
            points: (N, 2), where they are now.
            whole: (BINS,), how likely each colour is subject over the picture.
        """
        codes, short = seen.codes[at], min(moved.shape)
        corner = np.array([at[1].start, at[0].start], np.float32)
        tables, confidence = windows.tables, windows.confidence
        said, self._telling = windows_say(
            points - corner, tables, confidence, codes, reach_px(short)
        )
        apart = signed_distance(moved[at])
        self._shape = SHAPE_ODDS * np.tanh(apart / (2 * (WAVER_PX + WAVER_MORE_PX * self._telling)))
        self._said, self._whole = _odds(said), np.take(whole, codes)
        self._apart, self._followed = apart, seen.followed[at]
        self._near, self._reached = _near(apart, NEAR_PX), _near(apart, REACH * short)

    def with_plate(self, evidence: Array) -> Array:
        """Return all odds together, given those of the plate, in the window."""
        alike = np.clip((self._whole - 0.6) / 0.3, 0, 1) * self._reached
        alike *= np.clip(evidence / 3, 0, 1)
        # Where the flow fails the shape says little, but far from it still enough.
        far = np.clip((np.abs(self._apart) - NEAR_PX) / NEAR_PX, 0, 1) * (1 - alike)
        odds = self._shape * np.maximum(self._followed, far)
        whole = np.float32(WHOLE_WORTH) * _odds(self._whole)
        odds += self._telling * self._said + (1 - self._telling) * whole
        new = NEW_WORTH * np.maximum(self._near, alike)
        odds += np.where(evidence > 0, new * evidence, evidence)
        return np.asarray(odds)


def _without_pinholes(alpha: Array, frame: Array) -> Array:
    """Return alpha, in a window of ``frame``, with the smallest holes filled."""
    pinholes = without_pinholes(alpha > 0.5, frame.size) & (alpha <= 0.5)
    filled = cv2.dilate(pinholes.view(np.uint8), np.ones((5, 5), np.uint8))
    return np.maximum(alpha, filled.astype(np.float32))


def _in_new_light(state: State, distance: Array, gain: Array) -> State:
    """Return the state as if the frame before were lit like the next; old colours are let go."""
    frame = relit(state["frame"], gain)
    codes = colour_codes(frame)
    whole = whole_histograms(codes, distance)
    return state | {
        "frame": frame,
        "codes": codes,
        "whole": whole,
        "whole_first": whole,
        "window_points": np.empty((0, 2), np.float32),
        "window_colours": np.empty((0, 2, BINS), np.float32),
        "plate": state["plate"] * gain,
    }


def _plate_says(
    seen: Seen, state: State, background: Array, moved: Array, at: Window
) -> tuple[Array, Array, State]:
    """Return what the remembered plate says of the ``seen`` frame.

    It first learns from the frame before, of which ``background`` (H, W) bool is plate.

    Returns:
        log odds, and how surely pixels move with the background, both in the window ``at``; the
        plate moved to the frame.
    """
    plate = plate_memory.learn(state, state["frame"], background)
    # Against the remembered plate, not the last frame: errors do not add up.
    known = plate_memory.completed(plate, state["frame"])
    before, after = (cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) for picture in (known, seen.frame))
    motion = background_motion(before, after, (state["alpha"] > 0.1).astype(np.uint8))
    plate = plate_memory.follow(plate, motion)
    evidence = plate_memory.evidence(plate, seen.frame, at)
    if motion is None:
        return evidence, np.zeros_like(evidence), plate
    return evidence, stands(state["frame"], seen.frame, seen.place, motion, moved)[at], plate


def _near(apart: Array, reach_px: float) -> Array:
    """Return 1 inside the subject and falling to 0 away from it; ``apart`` is its distance."""
    return np.asarray(np.clip(1.5 + apart / reach_px, 0, 1))


def _odds(likelihood: Array) -> Array:
    """Return log odds, bounded."""
    return np.asarray(np.clip(np.log(likelihood / (1 - likelihood)), -COLOUR_ODDS, COLOUR_ODDS))


def _followed(before: Array, after: Array, place: Array) -> Array:
    """Return how well the flow explains the next frame, 0 ... 1; newly uncovered it cannot."""
    apart = channel_max(cv2.blur(cv2.absdiff(_moved(before, place), after), (3, 3)))
    # One value for each code: the difference is of whole codes.
    table = 1 / (1 + (np.arange(256, dtype=np.float32) / np.float32(FOLLOWED)) ** 2)
    return np.asarray(cv2.LUT(apart, table))


def _place_before(before: Array, after: Array) -> Array:
    """Return where pixels of ``after`` were in ``before``: (H, W, 2), found at half size."""
    height, width = after.shape[:2]
    half = (max(16, width // 2), max(16, height // 2))
    small = [
        cv2.resize(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), half, interpolation=cv2.INTER_AREA)
        for frame in (after, before)
    ]
    finder = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    found = finder.calc(small[0], small[1], np.zeros((half[1], half[0], 2), np.float32))
    found *= np.array([width / half[0], height / half[1]], np.float32)
    return np.asarray(cv2.add(cv2.resize(found, (width, height)), _grid(height, width)))


def _moved(picture: Array, place: Array) -> Array:
    # OpenCV's types do not know that a map of two channels needs no second one.
    none: Any = None
    moved = cv2.remap(picture, place, none, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved)


@lru_cache(maxsize=4)
def _grid(height: int, width: int) -> Array:
    """Return the place x, y of each pixel: (H, W, 2) float32."""
    rows, columns = np.indices((height, width), np.float32)
    return np.dstack([columns, rows])


class _Windows(NamedTuple):
    """Windows of colour along a contour.

    Attributes:
        points: (N, 2) float32, x and y.
        tables: (N, BINS), how likely each colour is subject.
        confidence: (N,), how well each window tells.
    """

    points: Array
    tables: Array
    confidence: Array


def _learn_colours(state: State, distance: Array) -> tuple[_Windows, State]:
    """Return the windows along the contour of the frame before, and what is kept of colours."""
    alpha, codes = state["alpha"], state["codes"]
    kept = np.float32(WHOLE_MEMORY)
    whole = state["whole"] * kept + whole_histograms(codes, distance) * (1 - kept)
    # Part of the first frame stays for good: an error cannot talk itself into the colours.
    whole += (state["whole_first"] - whole) * np.float32(ANCHOR)
    points = contour_points(alpha > 0.5, min(alpha.shape) * 0.05)
    past = state["window_points"], state["window_colours"]
    colours = learn_windows(points, codes, distance, past)
    tables = window_tables(colours, whole)
    confidence = window_confidence(points, tables, codes, distance)
    kept_colours = {
        "whole": whole,
        "whole_first": state["whole_first"],
        "window_colours": colours,
    }
    return _Windows(points, tables, confidence), kept_colours


def _carried(points: Array, place: Array) -> Array:
    """Return points of the frame before, moved to the next (``place``: next to before)."""
    if not len(points):
        return points
    height, width = place.shape[:2]
    # The flow is known at the next frame's pixels; one step of fixed-point search inverts it.
    at = points.copy()
    for _ in range(2):
        x = np.clip(np.rint(at[:, 0]), 0, width - 1).astype(int)
        y = np.clip(np.rint(at[:, 1]), 0, height - 1).astype(int)
        at = points - (place[y, x] - np.column_stack([x, y]).astype(np.float32))
    return np.asarray(np.clip(at, 0, (width - 1, height - 1)), np.float32)


def _draw(odds: Array, frame: Array) -> Array:
    """Return alpha from log odds, drawn to the edges of the picture."""
    likely = np.asarray(1 / (1 + np.exp(-odds)), np.float32)
    height, width = likely.shape
    half = (width + 1) // 2, (height + 1) // 2
    guide, target = (cv2.resize(p, half, interpolation=cv2.INTER_AREA) for p in (frame, likely))
    model = guided_coefficients(guide * np.float32(1 / 255), target, GUIDE_RADIUS, GUIDE_EPSILON)
    model = cv2.resize(model, (width, height), interpolation=cv2.INTER_LINEAR)
    drawn = apply_coefficients(frame, 255.0, model)
    return np.asarray(np.clip((drawn - np.float32(0.2)) * np.float32(1 / 0.6), 0, 1))


def _without_strays(alpha: Array, moved: Array) -> Array:
    """Return ``alpha`` without small parts that the moved shape does not reach."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((alpha > 0.3).astype(np.uint8))
    if count <= 2:
        # One part is kept whatever it is; only what is too faint to belong to it goes.
        return np.asarray(
            alpha * cv2.dilate((labels > 0).view(np.uint8), np.ones((5, 5), np.uint8))
        )
    area = stats[:, cv2.CC_STAT_AREA]
    keep = area > STRAY * area[1:].sum()
    reached = np.bincount(labels[moved > 0.5], minlength=count)
    keep &= reached > 0.2 * area
    keep[1 + area[1:].argmax()] = True
    keep[0] = False
    near = cv2.dilate(keep[labels].view(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(alpha * near)


def _corrected(alpha: Array, frame: Array, clicks: list[Point]) -> Array:
    """Return alpha with the regions that clicks are in turned to the side that they say."""
    for click in clicks:
        region = corrected_region(alpha, frame, click)
        around = cv2.dilate(region.view(np.uint8), np.ones((7, 7), np.uint8)) > 0
        turned = np.where(region, click.subject, alpha > 0.5)
        drawn = _draw(np.where(turned, 4.0, -4.0).astype(np.float32), frame)
        one_way = np.maximum if click.subject else np.minimum
        alpha = np.where(around, one_way(alpha, drawn), alpha)
        # What was clicked is so, however small it is.
        alpha[int(click.y), int(click.x)] = click.subject
    return alpha
