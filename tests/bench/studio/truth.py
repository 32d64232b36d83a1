"""The truth beside a rendered clip, read lazily: any range of frames, as float32 arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .files import read_clip, read_lossless
from .render import MOTION_CODES, NEARNESS_CODES, PICTURE_MAX, PICTURES


@dataclass(frozen=True)
class Truth:
    """A rendered case. T frames from ``start`` up to ``stop`` (default: to the end) are read.

    Pictures are (T, H, W, 3) display-referred RGB, factors (T, H, W), all float32 in 0 ... 1.
    """

    folder: Path
    facts: dict[str, Any] = field(repr=False)

    @property
    def name(self) -> str:
        """Return the case's name."""
        return str(self.facts["name"])

    @property
    def tags(self) -> tuple[str, ...]:
        """Return the words the case is found by."""
        return tuple(self.facts["tags"])

    @property
    def size(self) -> tuple[int, int]:
        """Return width and height in pixels."""
        return self.facts["width"], self.facts["height"]

    @property
    def count(self) -> int:
        """Return the number of frames."""
        return int(self.facts["frames"])

    @property
    def fps(self) -> Fraction:
        """Return frames a second, exactly."""
        return Fraction(self.facts["fps"])

    @property
    def cuts(self) -> tuple[int, ...]:
        """Return the first frame of every shot but the first."""
        return tuple(self.facts["cuts"])

    @property
    def people(self) -> tuple[str, ...]:
        """Return the identities, in the order of ``person_alpha``."""
        return tuple(self.facts["people"])

    @property
    def per_frame(self) -> list[dict[str, Any]]:
        """Return camera, light, boxes and joints of every frame, as in truth.json."""
        return list(self.facts["per_frame"])

    @cached_property
    def background(self) -> np.ndarray:
        """Return the approved still (H, W, 3)."""
        codes = cv2.imread(str(self.folder / "background.png"))
        return codes[..., ::-1].astype(np.float32) / 255

    @property
    def clip(self) -> Path:
        """Return the H.264 file the product is given."""
        return self.folder / "clip.mp4"

    def frames(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the decoded clip, as noisy and compressed as the product gets it."""
        frames = read_clip(self.clip, start, self._stop(stop))
        return np.stack(list(frames))

    def clean(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the clip before noise and compression."""
        return self._unit("clean", start, stop)

    def plate(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the source's scene without people and their shadows."""
        return self._unit("plate", start, stop)

    def foreground(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return people's straight colour; black where alpha is 0."""
        return self._unit("foreground", start, stop)

    def answer(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the same performance in the answer's scene, light and shadow."""
        return self._unit("answer", start, stop)

    def answer_plate(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the answer's scene without people."""
        return self._unit("answer_plate", start, stop)

    def alpha(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the matte of all people."""
        return self._unit("alpha", start, stop)

    def hair(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the part of alpha that is hair."""
        return self._unit("hair", start, stop)

    def shadow(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the factor of the plate's linear light, 1 without shadow."""
        return self._unit("shadow", start, stop)

    def answer_shadow(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the factor of the answer plate's linear light."""
        return self._unit("answer_shadow", start, stop)

    def person_alpha(self, number: int, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return the visible matte of one person."""
        name = f"alpha_{number}" if len(self.people) > 1 else "alpha"
        return self._unit(name, start, stop)

    def motion(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return (T, H, W, 2): pixels by which what is seen in the clip moves to the next frame.

        Of no meaning in the last frame before a cut.
        """
        return self._read("motion", start, stop, _pixels)

    def plate_motion(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return (T, H, W, 2): the same of the clean plate."""
        return self._read("plate_motion", start, stop, _pixels)

    def nearness(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return (T, H, W) 1 / depth in 1 / metres of what is seen in the clip; 0 is far away."""
        return self._read("motion", start, stop, _nearness)

    def plate_nearness(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return (T, H, W) 1 / depth of the clean plate."""
        return self._read("plate_motion", start, stop, _nearness)

    def normals(self, start: int = 0, stop: int | None = None) -> np.ndarray:
        """Return (T, H, W, 3) people's normals, x right, y up, z to the camera; 0 for none."""
        return self._read("normals", start, stop, _normals)

    def codes(self, name: str, start: int = 0, stop: int | None = None) -> Iterator[np.ndarray]:
        """Yield the stored uint16 frames of a layer."""
        return read_lossless(self.folder / f"{name}.nut", start, self._stop(stop))

    def _unit(self, name: str, start: int, stop: int | None) -> np.ndarray:
        largest = PICTURE_MAX if name in PICTURES else 65535
        return self._read(name, start, stop, lambda codes: codes.astype(np.float32) / largest)

    def _read(
        self, name: str, start: int, stop: int | None, value: Callable[[np.ndarray], np.ndarray]
    ) -> np.ndarray:
        return np.stack([value(codes) for codes in self.codes(name, start, stop)])

    def _stop(self, stop: int | None) -> int:
        return self.count if stop is None else stop


def load_case(folder: Path | str) -> Truth:
    """Return the truth of a folder that ``render_case`` wrote."""
    folder = Path(folder)
    facts = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return Truth(folder, facts)


def _pixels(codes: np.ndarray) -> np.ndarray:
    return (codes[..., :2].astype(np.float32) - 32768) / np.float32(MOTION_CODES)


def _nearness(codes: np.ndarray) -> np.ndarray:
    return codes[..., 2].astype(np.float32) / np.float32(NEARNESS_CODES)


def _normals(codes: np.ndarray) -> np.ndarray:
    seen = codes.any(-1, keepdims=True)
    return np.where(seen, codes.astype(np.float32) / 65535 * 2 - 1, 0).astype(np.float32)
