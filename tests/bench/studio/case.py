"""One clip of the benchmark, described: everything that is drawn follows from these values."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from fractions import Fraction

from .body import Person
from .camera import Camera
from .light import Light

#: Raise when pictures change, so that rendered folders are made anew.
VERSION = 5


@dataclass(frozen=True)
class Case:
    """A clip: who does what where, seen how, and where they should have been.

    ``light`` and ``answer_light`` replace the scenes' own. ``cut_s`` is when the camera jumps to
    ``second_camera`` and the scene to ``second_scene``. ``noise`` is the standard deviation of
    the sensor's noise at mid grey, in 8-bit codes; ``sound`` adds a track.
    """

    name: str
    seed: int
    scene: str
    answer_scene: str
    people: tuple[Person, ...]
    camera: Camera = field(default_factory=Camera)
    tags: tuple[str, ...] = ()
    light: Light | None = None
    answer_light: Light | None = None
    cut_s: float | None = None
    second_camera: Camera | None = None
    second_scene: str = ""
    crf: int = 20
    noise: float = 1.2
    frames: int = 36
    width: int = 960
    height: int = 540
    fps: Fraction = Fraction(25)
    samples: int = 8
    sound: bool = False

    @property
    def fingerprint(self) -> str:
        """Return a name for everything that decides the pixels."""
        return hashlib.sha256(f"{VERSION} {self!r}".encode()).hexdigest()[:16]

    def time_s(self, frame: int) -> float:
        """Return the middle of a frame's exposure."""
        return float(frame / self.fps)

    def shot(self, frame: int) -> int:
        """Return 0 before the cut, 1 from it on."""
        return int(self.cut_s is not None and self.time_s(frame) >= self.cut_s)

    def camera_of(self, frame: int) -> Camera:
        """Return the camera that takes a frame."""
        return self.second_camera or self.camera if self.shot(frame) else self.camera

    def scene_of(self, frame: int) -> str:
        """Return the place of a frame."""
        return self.second_scene or self.scene if self.shot(frame) else self.scene

    @property
    def cuts(self) -> tuple[int, ...]:
        """Return the first frame of every shot but the first."""
        return tuple(k for k in range(1, self.frames) if self.shot(k) != self.shot(k - 1))


def with_size(case: Case, width: int, height: int, frames: int) -> Case:
    """Return the case on another raster, with its first ``frames`` frames."""
    return replace(case, width=width, height=height, frames=frames)
