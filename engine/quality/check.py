"""Check the quality of a result: measure a few short runs of frames, and report.

Frames are measured in threes, because faults in time show between neighbours.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..clip.clip import Clip
from ..context import Context
from ..errors import BacklotError, Cancelled
from ..fingerprint import fingerprint
from .colour_drift import Rgb, colour_drift
from .deflicker import Deflickered
from .report import QualityReport, Sample, make_report
from .sample import Inputs, mean_colours, measure, take

#: This share of the clip's frames may be computed for the check, but never fewer than some places
#: are looked at.
_SHARE = 0.1
_LEAST_PLACES = 3


def check_quality(
    result: Clip,
    context: Context,
    *,
    source: Clip | None,
    alpha: Clip | None,
    plate: Clip | None,
    samples: int,
) -> QualityReport:
    """Return how good a composite is, measured from its pictures.

    Three neighbouring frames are needed at each place. A bad result, or inputs that do not fit
    it, lower scores or are noted; they raise nothing.

    Args:
        result: the composite to judge.
        context: the store remembers the report's measures.
        source: what was filmed, to compare colours and camera with.
        alpha: the subject's matte, one channel.
        plate: the new background.
        samples: at most this many places; short clips get fewer, so that the check stays cheap.

    Raises:
        Cancelled: if the host asked to stop.
    """
    inputs, notes = _usable(result, source, alpha, plate)
    places = _places(len(result), samples, _frames_a_place(result))
    clips = (result, inputs.source, inputs.alpha, inputs.plate)
    key = fingerprint("quality/3", [None if c is None else c.fingerprint for c in clips], places)
    record = context.store.record(key, lambda: _measure(inputs, places, context))
    found = [Sample(int(frame), values) for frame, values in record["samples"]]
    return make_report(found, (*notes, *record["notes"]), float(result.format.fps))


def _usable(
    result: Clip, source: Clip | None, alpha: Clip | None, plate: Clip | None
) -> tuple[Inputs, list[str]]:
    """Return the inputs that fit the result in length, and a note on each that is missing."""
    missing = {
        "source": "source: without it, colour drift of the subject and the match with the camera's "
        "motion are not measured.",
        "matte": "matte: without it, edges, outline and lighting match are not measured.",
        "plate": "plate: without it, colour drift of the background is not measured.",
    }
    fitting: list[Clip | None] = []
    notes = []
    for (name, note), clip in zip(missing.items(), (source, alpha, plate), strict=True):
        if clip is None:
            notes.append(f"No {note}")
        elif len(clip) != len(result):
            notes.append(
                f"The {name} has {len(clip)} frames and the result {len(result)}, so it was left "
                f"out. No {note}"
            )
        fitting.append(clip if clip is not None and len(clip) == len(result) else None)
    return Inputs(result, *fitting), notes


def _frames_a_place(result: Clip) -> int:
    """Return how many frames are computed to look at one place: a deflickered one needs more."""
    reach, clip = 0, result
    while clip.parents:
        reach += clip.radius_frames if isinstance(clip, Deflickered) else 0
        clip = clip.parents[0]
    return 3 + 2 * reach


def _places(frames: int, samples: int, frames_a_place: int) -> list[int]:
    """Return the middle frames of the runs, spread evenly over the clip."""
    cheap = max(_LEAST_PLACES, int(frames * _SHARE / frames_a_place))
    count = min(samples, cheap, max(1, frames // 3))
    last = max(frames - 2, 0)
    spread = np.linspace(min(1, last), last, 2 * max(count, 1) + 1)[1::2]
    return sorted({round(float(at)) for at in spread})


def _measure(inputs: Inputs, places: list[int], context: Context) -> dict[str, Any]:
    """Return the samples and notes as plain values."""
    samples: list[tuple[int, dict[str, float]]] = []
    notes: list[str] = []
    drifts: dict[str, list[tuple[int, tuple[Rgb, Rgb]]]] = {"subject_drift": [], "plate_drift": []}
    try:
        for place in context.steps(places, len(places), "quality", "Checking quality"):
            try:
                pictures = take(inputs, place, context)
            except Cancelled:
                raise
            except BacklotError as error:
                notes.append(f"Frame {place} could not be measured: {error}")
                continue
            for name, pair in mean_colours(pictures).items():
                drifts[name].append((len(samples), pair))
            samples.append((place, measure(pictures)))
    finally:
        for clip in (inputs.result, inputs.source, inputs.alpha, inputs.plate):
            if clip is not None:
                clip.release()
    for name, pairs in drifts.items():
        for (at, _), drift in zip(pairs, colour_drift([pair for _, pair in pairs]), strict=True):
            samples[at][1][name] = drift
    return {"samples": samples, "notes": notes}
