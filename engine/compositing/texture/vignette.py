"""How a lens darkens a picture toward its corners, measured where a camera looks around.

What the camera has seen in the middle and at the rim of the picture was equally bright: what it
lost on the way is the lens's (Goldman and Chen, ICCV 2005). The loss is a polynomial in the squared
radius, fitted to logarithms of light between frames that the camera's transforms lay over each
other, each pair with an exposure of its own. A clip whose camera rests does not tell a vignette
from a scene that is darker outside, so nothing is told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any

import cv2
import numpy as np

from ...analysis.camera.motion import CameraMotion
from ...clip.clip import Array, Clip
from ...clip.pull import pull
from ...context import Context
from ...fingerprint import fingerprint
from ..light import decode

#: Width at which frames are compared, and side of the cells that are averaged there, pixels.
WIDTH_PX, CELL_PX = 256, 4
#: Frames that are compared, all with each other.
FRAMES = 7
#: Cells of a pair that are enough, and least share of the picture that two frames must share.
MOST_CELLS, LEAST_SHARED = 600, 0.15
#: How far the picture's middle must go between two frames to tell anything, and need not go
#: further, as shares of half the diagonal.
LEAST_WAY, MOST_WAY = 0.12, 0.6
#: Light outside this clips or is noise.
DARK, BRIGHT = 0.01, 0.9
#: Mean alpha up to which a cell is off the subject.
SUBJECT = 0.02
#: Least loss in the corners that is seen, and least of it in its standard errors.
LEAST_LOSS, SURE = 0.06, 4.0
#: Each quarter of the picture must tell at least this share of the loss that all tell.
AGREE = 0.5
#: Rounds of reweighting, and deviation from which on a cell counts less, in robust deviations.
ROUNDS, TUKEY = 8, 3.0
#: The fourth power is held back so much: short ways do not tell it from the second.
RIDGE = 0.02


@dataclass(frozen=True)
class Vignette:
    """What a lens lets through.

    Attributes:
        square: logarithm of the light that is left, for the squared radius.
        fourth: for its fourth power. Radius 1 is the corner.
    """

    square: float
    fourth: float

    def light(self, squared: Array) -> Array:
        """Return the share of linear light that is left at squared radii, 0 ... 1."""
        return np.asarray(np.exp(self.square * squared + self.fourth * np.square(squared)))

    @property
    def loss(self) -> float:
        """The share of light that is lost in the corners."""
        return 1 - float(self.light(np.ones(1))[0])


def vignette_of(
    clip: Clip, alpha: Clip | None, camera: CameraMotion | None, context: Context
) -> tuple[Vignette | None, str]:
    """Return a clip's vignette, or None and why there is none; kept in the store.

    Args:
        clip: RGB.
        alpha: the subject's matte, as long as the clip; or None.
        camera: of the clip; or None.
        context: keeps what was found.
    """
    if camera is None or len(clip) < 2:
        return None, "no solved camera is connected"
    places = _places(camera, clip)
    if not places:
        return None, "the camera does not turn far enough"
    ways = [camera.matrix(at) for at in places]
    marks = [clip.fingerprint, "" if alpha is None else alpha.fingerprint, places]
    found = context.store.record(
        fingerprint("vignette/1", *marks, [way.tolist() for way in ways]),
        lambda: _measured(_looks(clip, alpha, places, context), ways, clip.format.width),
    )
    if found["square"] is None:
        return None, found["why"]
    return Vignette(found["square"], found["fourth"]), ""


def _places(camera: CameraMotion, clip: Clip) -> list[int]:
    """Return frames of the longest shot up to where the camera has gone far, if it does."""
    ends = [0, *camera.cuts, len(clip)]
    first, stop = max(pairwise(ends), key=lambda shot: shot[1] - shot[0])
    middle = np.array([[[clip.format.width / 2, clip.format.height / 2]]])
    to_first = np.linalg.inv(camera.matrix(first))
    seen = np.concatenate([cv2.perspectiveTransform(middle, to_first @ camera.matrix(at))
                           for at in range(first, stop)])[:, 0]  # fmt: skip
    ways = np.linalg.norm(seen - middle[0], axis=1) / np.linalg.norm(middle)
    if ways.max() < LEAST_WAY:
        return []
    far = np.flatnonzero(ways >= MOST_WAY)
    last = int(far[0] if len(far) else ways.argmax())
    steps = np.linspace(0, last, FRAMES).round().astype(int).tolist()
    return sorted({first + step for step in steps})


def _looks(
    clip: Clip, alpha: Clip | None, places: list[int], context: Context
) -> list[tuple[Array, Array]]:
    """Return the logarithm of light and where it is told, each (h, w) float32, small."""
    width = min(WIDTH_PX, clip.format.width)
    size = width, round(clip.format.height * width / clip.format.width)
    free = [np.ones(size[::-1], bool)] * len(places)
    if alpha is not None:
        limit = SUBJECT * alpha.format.max_value
        free = [cv2.resize(matte, size, interpolation=cv2.INTER_AREA) <= limit for matte in
                pull(alpha, places, workers=context.workers, check=context.check)]  # fmt: skip
    looks = []
    frames = pull(clip, places, workers=context.workers, check=context.check)
    for frame, told in zip(frames, free, strict=True):
        small = cv2.resize(frame[..., :3], size, interpolation=cv2.INTER_AREA)
        light = cv2.cvtColor(decode(small, clip.format.bits, True), cv2.COLOR_RGB2GRAY)
        told = told & (light > DARK) & (light < BRIGHT)
        calm = cv2.erode(told.astype(np.float32), np.ones((5, 5), np.uint8))
        blurred = cv2.GaussianBlur(np.log(np.maximum(light, DARK / 2)), (0, 0), 1.0)
        looks.append((np.asarray(blurred), np.asarray(calm)))
    return looks


def _measured(looks: list[tuple[Array, Array]], ways: list[Array], width: int) -> dict[str, Any]:
    """Return the fit of all pairs in plain form, or why there is none."""
    scale = looks[0][0].shape[1] / width
    pairs = {}
    for one, other in combinations(range(len(looks)), 2):
        found = _compared(looks[one], looks[other], np.linalg.inv(ways[one]) @ ways[other], scale)
        if found is not None:
            pairs[one, other] = found
    if not pairs:
        return _untold("frames overlap too little")
    whole = _fit(list(pairs.values()))
    without = [[found for pair, found in pairs.items() if left_out not in pair]
               for left_out in range(len(looks))]  # fmt: skip
    losses = np.array([_fit(some).loss for some in without if some])
    error = float(np.sqrt((len(losses) - 1) * losses.var())) if len(losses) > 2 else np.inf
    if whole.loss < LEAST_LOSS:
        return _untold("none is seen")
    if whole.loss < SURE * error or not _monotone(whole) or not _agree(pairs, whole):
        return _untold("it cannot be told from the scene's own light")
    return {"square": whole.square, "fourth": whole.fourth}


def _untold(why: str) -> dict[str, Any]:
    return {"square": None, "why": why}


def _compared(
    one: tuple[Array, Array], other: tuple[Array, Array], way: Array, scale: float
) -> Array | None:
    """Return rows (N, 5) of what cells of ``other`` show against the same places in ``one``.

    They are the logarithm of light, the differences of squared radii and of their squares, and the
    cell's x and y; None where the frames share too little.
    """
    height, width = other[0].shape
    # Pixel centres lie at whole numbers in both sizes.
    shrink = np.array([[scale, 0, (scale - 1) / 2], [0, scale, (scale - 1) / 2], [0, 0, 1]])
    small = shrink @ way @ np.linalg.inv(shrink)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    light, told = (cv2.warpPerspective(part, small, (width, height), flags=how) for part in one)
    y, x = np.mgrid[:height, :width].astype(np.float32)
    places = np.stack([x, y], 2)
    was = cv2.perspectiveTransform(places, small)
    here, there = (_radii(at, (width, height)) for at in (places, was))
    rows = np.stack([other[0] - light, here - there, here**2 - there**2, x, y], 2)
    both = np.minimum(told, other[1])
    cells = [cv2.resize(part, (width // CELL_PX, height // CELL_PX), interpolation=cv2.INTER_AREA)
             for part in (rows[..., :4], rows[..., 4], both)]  # fmt: skip
    kept = cells[2] > 0.999
    if kept.mean() < LEAST_SHARED:
        return None
    found = np.concatenate([cells[0][kept], cells[1][kept][:, None]], 1)
    return found[:: max(1, len(found) // MOST_CELLS)]


def _radii(places: Array, size: tuple[int, int]) -> Array:
    """Return the squared radius (...,) of places (..., 2); the corner is 1."""
    middle = (np.array(size, np.float32) - 1) / 2
    return np.asarray(np.square(places - middle).sum(-1) / np.square(middle).sum())


def _fit(pairs: list[Array]) -> Vignette:
    """Return the fall-off that explains the pairs, each with its own exposure (Tukey's weights)."""
    weights = [np.ones(len(rows)) for rows in pairs]
    found: Array = np.zeros(2)
    for _ in range(ROUNDS):
        normal, right, count = np.zeros((2, 2)), np.zeros(2), 0.0
        for rows, weight in zip(pairs, weights, strict=True):
            part = rows[:, :3] - np.average(rows[:, :3], 0, weight + 1e-9)
            normal += (part[:, 1:] * weight[:, None]).T @ part[:, 1:]
            right += (part[:, 1:] * weight[:, None]).T @ part[:, 0]
            count += weight.sum()
        held = np.diag([1e-9, RIDGE * normal[1, 1] + 1e-9])
        found = np.linalg.solve(normal + held, right)
        weights = [_weights(rows[:, 0] - rows[:, 1:3] @ found) for rows in pairs]
    return Vignette(float(found[0]), float(found[1]))


def _weights(left: Array) -> Array:
    off = left - np.median(left)
    limit = TUKEY * 1.48 * max(float(np.median(abs(off))), 1e-4)
    return np.asarray(np.square(np.maximum(1 - np.square(off / limit), 0)))


def _monotone(found: Vignette) -> bool:
    """Return whether light only gets less toward the corners."""
    light = found.light(np.linspace(0, 1, 21))
    return bool((np.diff(light) < 0.003).all())


def _agree(pairs: dict[tuple[int, int], Array], whole: Vignette) -> bool:
    """Return whether every quarter of the picture tells a loss of its own."""
    rows = np.concatenate(list(pairs.values()))
    middle = (rows[:, 3:].max(0) + rows[:, 3:].min(0)) / 2
    for right in (False, True):
        for low in (False, True):
            parts = [part[((part[:, 3] > middle[0]) == right) & ((part[:, 4] > middle[1]) == low)]
                     for part in pairs.values()]  # fmt: skip
            parts = [part for part in parts if len(part) >= 20]
            if not parts or _fit(parts).loss < AGREE * whole.loss:
                return False
    return True
