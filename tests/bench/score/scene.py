"""Cuts found in joined footage and the place of a case, beside a threshold on histograms.

Each case gives a clip of four joints: its own footage, the same performance in another scene, a
whip pan over that scene, with a flash and a sudden dimming in between, which are no cuts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np

from ..pipeline import Made, context
from ..studio import Truth
from ..studio.render import PICTURE_MAX
from ..table import OURS, CaseResult, Measure

Array = np.ndarray[Any, Any]

MEASURES = (
    Measure("scene/cut F1", higher=True, goal=0.98),
    Measure("scene/environment right", higher=True),
    Measure("scene/environment wrong", goal=0.05),
)
INDOORS = ("room", "hall", "green", "blue")
#: Frames of each stretch.
STRETCH = 12
#: Of the picture's width that the whip pan goes on in a frame, and how much of it is smeared.
WHIP, SMEAR = 0.22, 0.12
#: Distance of two histograms above which the rival sees a cut: what tutorials recommend.
HISTOGRAM_CUT = 0.5


def score(result: CaseResult, truth: Truth, made: Made) -> None:
    """Add the cuts of the joined clip and the place of the case itself."""
    frames, cuts = joined(truth)
    for who, find in ((OURS, our_cuts), ("histogram", histogram_cuts)):
        result.add("scene/cut F1", who, f1(find(frames, float(truth.fps)), cuts))
    if not truth.cuts:
        from backlot.engine.analysis.scene.analyze import analyze_scene

        wanted = "indoor" if truth.facts["scene"] in INDOORS else "outdoor"
        found = analyze_scene(made.source, context()).environment
        result.add("scene/environment right", OURS, found == wanted)
        result.add("scene/environment wrong", OURS, found not in (wanted, "unknown"))


def joined(truth: Truth) -> tuple[list[Array], list[int]]:
    """Return uint8 frames and the first frames of their shots but the first."""
    read = truth.frames(0, min(3 * STRETCH, truth.count))
    own = [np.rint(255 * frame).astype(np.uint8) for frame in read]
    answer = [
        np.rint(codes * np.float32(255 / PICTURE_MAX)).astype(np.uint8)
        for codes in truth.codes("answer", 0, STRETCH)
    ]
    for at in (4, 5):  # a flash
        answer[at] = cv2.convertScaleAbs(answer[at], alpha=1.6, beta=110)
    # A cut of the case's own right behind a joint would make a shot of a frame or two.
    begin = next((at for at in truth.cuts if at // 4 == 2 * STRETCH // 4), 2 * STRETCH)
    rest = own[begin:]
    dimmed = [cv2.convertScaleAbs(frame, alpha=0.55) for frame in rest[STRETCH // 2 :]]
    stretches = [
        own[:STRETCH],
        answer,
        own[STRETCH : 2 * STRETCH],
        whip(truth.background),
        rest[: STRETCH // 2] + dimmed,
    ]
    cuts = [int(at) for at in np.cumsum([len(stretch) for stretch in stretches])[:-1]]
    return [frame for stretch in stretches for frame in stretch], cuts


def whip(still: Array) -> list[Array]:
    """Return a fast pan over a picture and back, smeared as a shutter does it."""
    height, width = still.shape[:2]
    wide = cv2.resize(still, (2 * width, 2 * height))[height // 2 : height // 2 + height]
    smear = max(1, round(SMEAR * width))
    wide = np.rint(255 * cv2.blur(wide, (smear, 1))).astype(np.uint8)
    way = np.abs((np.arange(STRETCH) * WHIP + 1) % 2 - 1)
    return [wide[:, round(x * width) : round(x * width) + width] for x in way]


def f1(found: Iterable[int], wanted: Iterable[int]) -> float:
    """Return the harmonic mean of precision and recall, to the frame."""
    hits = len(set(found) & set(wanted))
    return 2 * hits / max(len(set(found)) + len(set(wanted)), 1)


def our_cuts(frames: list[Array], fps: float) -> list[int]:
    """Return what the pack finds."""
    from backlot.engine.analysis.reduced import Size
    from backlot.engine.analysis.scene.shots import ShotFinder

    height, width = frames[0].shape[:2]
    finder = ShotFinder(Size(width, height), fps)
    for frame in frames:
        finder.see(frame)
    return list(finder.answer().cuts)


def histogram_cuts(frames: list[Array], fps: float) -> list[int]:
    """Return where hue and saturation are distributed differently than in the frame before."""
    found, before = [], None
    for index, frame in enumerate(frames):
        hsv = cv2.cvtColor(frame, cv2.COLOR_RGB2HSV)
        now = cv2.calcHist([hsv], [0, 1], None, [50, 60], [0, 180, 0, 256])
        cv2.normalize(now, now, 0, 1, cv2.NORM_MINMAX)
        apart = before is not None and cv2.compareHist(before, now, cv2.HISTCMP_BHATTACHARYYA)
        if apart > HISTOGRAM_CUT:
            found.append(index)
        before = now
    return found
