"""The plate's frames: a picture seen by a camera, resampled once and alive.

The picture is brought once to about twice the frame's resolution, limited to what a frame can
show, and each frame samples it linearly there. That is as sharp as cubic sampling at the frame's
own resolution, in half the time, and free of shimmer.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace

import cv2
import numpy as np

from ..clip.clip import Array, Clip, ClipFormat
from ..fingerprint import array_fingerprint, fingerprint
from .fit import PlateFit, visible
from .life import Life, find_life

#: Source pixels per frame pixel that the frames are sampled from.
SOURCE_DENSITY = 2.0
#: Largest source, in pixels; beyond it the density is reduced.
SOURCE_PIXELS = 24_000_000
#: Blur, in frame pixels, of a picture with more detail than a frame can show.
LOWPASS_PX = 0.35
#: Frame pixels kept around what the views see, for the filters.
BORDER_PX = 4
#: Height of the strips a frame is worked in, so that they fit the cache.
STRIP_PX = 64


class PlateClip(Clip):
    """A picture seen by a camera.

    Attributes:
        fit: how the picture is laid behind the camera.
    """

    def __init__(
        self, picture: Array, like: ClipFormat, fit: PlateFit, life: float, seed: int
    ) -> None:
        """Show ``picture`` (uint8 RGB) as ``fit`` says, with the size and length of ``like``."""
        mark = array_fingerprint(picture)
        super().__init__(
            replace(like, channels=3, bits=8),
            fingerprint("animate_plate/1", mark, replace(like, bits=8), fit.views, life, seed),
        )
        self.fit = fit
        self._picture, self._life, self._seed = picture, life, seed
        self._stage: _Stage | None = None
        self._stage_lock = threading.Lock()

    def _render(self, index: int) -> Array:
        with self._stage_lock:
            if self._stage is None:
                self._stage = _build(self._picture, self.format, self.fit, self._life, self._seed)
            stage = self._stage
        return stage.frame(index, float(index / self.format.fps))

    def _close(self) -> None:
        with self._stage_lock:
            self._stage = None


@dataclass(frozen=True)
class _Stage:
    """What frames are made from.

    Attributes:
        source: the visible part of the picture at the density frames are sampled from.
        to_source: (3, 3), picture pixels to source pixels.
        fit: where each frame looks; a single view is a locked camera.
        first: the first frame, without life.
        life: the living parts, or None.
    """

    source: Array
    to_source: Array
    fit: PlateFit
    first: Array
    life: Life | None

    def frame(self, index: int, time_s: float) -> Array:
        """Return frame ``index``."""
        locked = len(self.fit.views) == 1
        view = self.fit.views[0 if locked else index]
        if locked:
            out = self.first.copy()
        else:
            out = _look(self.source, self.to_source @ view, self.first.shape)
        if self.life is not None:
            if locked:
                self._sway(out, self.to_source @ view, self.life, time_s)
            self._light(out, view, self.life, time_s)
        return out

    def _sway(self, out: Array, to_source: Array, life: Life, time_s: float) -> None:
        """Sample the swaying parts of ``out`` again, displaced."""
        height, width = out.shape[:2]
        scale, start = np.float32(to_source[0, 0]), to_source[:2, 2].astype(np.float32)
        offsets = _enlarged(life.offsets(time_s) * scale, width, height)
        across = np.arange(width, dtype=np.float32) * scale + start[0]
        down = np.arange(height, dtype=np.float32) * scale + start[1]
        for rows, columns in life.swaying_strips(height, width, STRIP_PX):
            grid = offsets[rows, columns]
            grid[..., 0] += across[columns]
            grid[..., 1] += down[rows, None]
            out[rows, columns] = _sampled(self.source, grid)

    def _light(self, out: Array, view: Array, life: Life, time_s: float) -> None:
        """Multiply the drifting light onto ``out``; it stands on the plate, not on the frame."""
        height, width = out.shape[:2]
        per_width = 1.0 / (self.fit.density * width)
        gain = life.gain(time_s, np.diag([per_width, per_width, 1.0]) @ view, (width, height))
        gain = _enlarged(gain, width, height)
        for top in range(0, height, STRIP_PX):
            strip = out[top : top + STRIP_PX]
            part = cv2.merge([gain[top : top + STRIP_PX]] * 3)
            cv2.multiply(strip, part, dst=strip, dtype=cv2.CV_8U)


def _build(picture: Array, fmt: ClipFormat, fit: PlateFit, amount: float, seed: int) -> _Stage:
    frame = (fmt.width, fmt.height)
    source, to_source = _source(np.ascontiguousarray(picture[..., :3]), fit, frame)
    first = _look(source, to_source @ fit.views[0], fmt.shape)
    locked = len(fit.views) == 1
    life = find_life(first, amount, seed, sways=locked) if amount > 0 else None
    return _Stage(source, to_source, fit, first, life)


def _source(picture: Array, fit: PlateFit, frame: tuple[int, int]) -> tuple[Array, Array]:
    """Return the visible part of the picture at the source density, and the map to it."""
    height, width = picture.shape[:2]
    border = BORDER_PX * fit.density
    x0, y0, x1, y1 = visible(fit.views, frame)
    left, top = max(0, math.floor(x0 - border)), max(0, math.floor(y0 - border))
    right, bottom = min(width, math.ceil(x1 + border)), min(height, math.ceil(y1 + border))
    part = picture[top:bottom, left:right]
    scale = SOURCE_DENSITY / fit.density
    scale = min(scale, math.sqrt(SOURCE_PIXELS / (part.shape[0] * part.shape[1])))
    size = (max(2, round(part.shape[1] * scale)), max(2, round(part.shape[0] * scale)))
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    source = np.asarray(cv2.resize(part, size, interpolation=how))
    # The picture's detail beyond a frame's grows from none at density 1 to the limit at 2.
    blur = LOWPASS_PX * min(max(fit.density - 1.0, 0.0), 1.0) * fit.density * scale
    if blur > 0.2:
        source = np.asarray(cv2.GaussianBlur(source, (0, 0), blur))
    sx, sy = size[0] / part.shape[1], size[1] / part.shape[0]
    return source, np.array(
        [
            [sx, 0.0, (0.5 - left) * sx - 0.5],
            [0.0, sy, (0.5 - top) * sy - 0.5],
            [0.0, 0.0, 1.0],
        ]
    )


def _look(source: Array, to_source: Array, shape: tuple[int, ...]) -> Array:
    """Return the frame that sees ``source`` through ``to_source`` (frame to source pixels)."""
    return np.asarray(
        cv2.warpPerspective(
            source,
            to_source,
            (shape[1], shape[0]),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT_101,
        )
    )


def _sampled(source: Array, grid: Array) -> Array:
    """Return ``source`` at each (x, y) of ``grid``."""
    x, y = cv2.split(grid)
    how, border = cv2.INTER_LINEAR, cv2.BORDER_REFLECT_101
    return np.asarray(cv2.remap(source, np.asarray(x), np.asarray(y), how, borderMode=border))


def _enlarged(field: Array, width: int, height: int) -> Array:
    return np.asarray(cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR))
