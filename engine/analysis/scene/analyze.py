"""Where a clip was shot, indoors or outdoors, what is to be seen there, and where it is cut.

Cuts and fades come from all frames. Place and features come from a few, spread over the clip: with
SigLIP 2 where it is installed, else guessed from colour, sky and light, and marked as a guess.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from ...clip.clip import Array, Clip
from ...context import Context
from ...models.library import find_model
from ...models.networks import can_run
from ..passes import Footage, Look, Question, ask_one
from ..reduced import reduced_size
from .place_words import PLACES
from .scene_guess import METHOD, Guess, guess
from .scene_info import INDOOR, OUTDOOR, UNKNOWN, SceneInfo, shot_ranges
from .scene_measures import MEASURED_PIXELS, Measures, measure
from .shots import ShotFinder, Shots
from .siglip import MODEL_ID, PlaceReader

__all__ = ["SceneInfo", "analyze_scene", "scene_question"]

T = TypeVar("T")

#: Frames that place and features are read from.
_SAMPLES = 8
#: Alpha, 8 bits, from which on a pixel is the subject's.
_SUBJECT = 64
#: Less than this share of the picture left free of the subject tells nothing of the place.
_LEAST_FREE = 0.04
#: A place or an environment less likely than this is not named.
_LIKELY_PLACE, _LIKELY_ENVIRONMENT = 0.25, 0.65
#: Places that are told with the scene.
_TOLD = 5


def analyze_scene(clip: Clip, context: Context, *, matte: Clip | None = None) -> SceneInfo:
    """Return the scene of a clip, kept in the store.

    Args:
        clip: footage, or a plate (a still clip).
        context: store, progress and cancel; where SigLIP 2 lies, if it does.
        matte: one channel, 1 is the subject, which is left out of what is seen.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        FinalError: if SigLIP 2 is there but cannot be loaded.
        Cancelled: if the host asked to stop.
    """
    question = scene_question(context)
    return ask_one(clip, context, question, matte=matte, message="Reading the scene")


def scene_question(context: Context) -> Question[SceneInfo]:
    """Return the question for a clip's scene; it uses SigLIP 2 if that is installed now."""
    folder = find_model(context, MODEL_ID) if can_run(MODEL_ID) else None

    def observer(footage: Footage) -> _SceneObserver:
        reader = None if folder is None else PlaceReader(folder, context.device)
        return _SceneObserver(footage, reader)

    how = "guess" if folder is None else f"siglip2 {_mark(folder)}"
    return Question(f"analyze-scene/1 {how}", observer, SceneInfo.from_json)


def _mark(folder: Path) -> str:
    """Return what changes when other weights are put into the folder."""
    facts = (folder / "model.safetensors").stat()
    return f"{facts.st_size} {facts.st_mtime_ns}"


class _SceneObserver:
    """Looks for cuts in every frame and at the place in a few."""

    def __init__(self, footage: Footage, reader: PlaceReader | None) -> None:
        count = footage.format.frames
        number = min(count, _SAMPLES)
        self._count = count
        self._size = reduced_size(footage.format, MEASURED_PIXELS)
        self._sampled = {int((index + 0.5) * count / number) for index in range(number)}
        self._shots = ShotFinder(footage.size, float(footage.format.fps))
        self._reader = reader
        self._measures: dict[int, Measures] = {}
        self._likely: dict[int, Array] = {}

    def see(self, look: Look) -> None:
        self._shots.see(look.rgb)
        if look.index not in self._sampled:
            return
        free = None if look.alpha is None else self._free(look.alpha)
        if free is None or free.mean() > _LEAST_FREE:
            picture = cv2.resize(look.rgb, self._size, interpolation=cv2.INTER_AREA)
            self._measures[look.index] = measure(picture, free)
        if self._reader is not None:
            self._likely[look.index] = self._reader.likely(look.rgb)

    def _free(self, alpha: Array) -> Array:
        return np.asarray(cv2.resize(alpha, self._size, interpolation=cv2.INTER_AREA) < _SUBJECT)

    def answer(self) -> SceneInfo:
        shots = self._shots.answer()
        measures = _of_longest_shot(self._measures, shots, self._count)
        guessed = guess(measures) if measures else Guess(UNKNOWN, "", 0.0, ())
        if self._likely:
            likely = _of_longest_shot(self._likely, shots, self._count)
            return _recognised(np.mean(likely, axis=0), guessed, shots, self._count)
        return SceneInfo(
            environment=guessed.environment,
            place=guessed.place,
            features=guessed.features,
            cuts=shots.cuts,
            fades=shots.fades,
            confidence=guessed.confidence,
            method=f"{METHOD}; SigLIP 2 would recognise it: backlot models get {MODEL_ID}.",
            frames=self._count,
        )


def _of_longest_shot(read: dict[int, T], shots: Shots, frames: int) -> list[T]:
    """Return what was read in the longest shot that something was read in."""
    ranges = shot_ranges(shots.cuts, shots.fades, frames)
    inside = [
        (last - first, [value for at, value in read.items() if first <= at <= last])
        for first, last in ranges
    ]
    return max((one for one in inside if one[1]), key=lambda one: one[0], default=(0, []))[1]


def _recognised(likely: Array, guessed: Guess, shots: Shots, count: int) -> SceneInfo:
    environments: dict[str, float] = defaultdict(float)
    for place, share in zip(PLACES, likely, strict=True):
        environments[place.environment] += float(share)
    first = INDOOR if environments[INDOOR] >= environments[OUTDOOR] else OUTDOOR
    order = np.argsort(-likely)
    best = int(order[0])
    return SceneInfo(
        environment=first if environments[first] >= _LIKELY_ENVIRONMENT else UNKNOWN,
        place=PLACES[best].name if likely[best] >= _LIKELY_PLACE else "",
        features=guessed.features,
        cuts=shots.cuts,
        fades=shots.fades,
        confidence=environments[first],
        method="Place recognised by SigLIP 2; what it shows measured from colour and texture.",
        labels=tuple((PLACES[at].name, float(likely[at])) for at in order[:_TOLD]),
        is_guess=False,
        frames=count,
    )
