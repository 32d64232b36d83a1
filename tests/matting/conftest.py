"""Scenes with exact alpha: what the mattes are measured against."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import pytest

WIDTH, HEIGHT = 160, 120


@dataclass(frozen=True)
class Scene:
    """Frames (T, H, W, 3) uint8 with their alpha (T, H, W) and foreground (H, W, 3), 0 ... 1."""

    frames: np.ndarray
    alpha: np.ndarray
    foreground: np.ndarray

    @property
    def clip(self):
        from backlot.engine.clip.operations import ArrayClip

        return ArrayClip(self.frames, Fraction(25))

    def true_matte(self, screen=None):
        from backlot.engine.clip.operations import ArrayClip
        from backlot.engine.matting.matte import Matte

        native = (self.alpha * 1023 + 0.5).astype(np.uint16)
        return Matte(ArrayClip(native, Fraction(25), bits=10), screen)


def texture(seed: int, base, amount: float, grain: float = 2.0) -> np.ndarray:
    """Return a (H, W, 3) float32 picture of smooth random blotches round a colour."""
    noise = np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), grain)
    return np.clip(np.float32(base) + amount * noise / noise.std(), 0, 1)


def figure(x: float, y: float, hair: bool) -> np.ndarray:
    """Return the alpha of a disc, with strands of hair if wanted, sub-pixel exact."""
    scale = 4
    big = np.zeros((HEIGHT * scale, WIDTH * scale), np.uint8)
    centre = (round(x * scale), round(y * scale))
    cv2.circle(big, centre, 26 * scale, 255, -1)
    if hair:
        for angle in np.linspace(-2.6, -0.5, 12):
            far = (
                round((x + 42 * np.cos(angle)) * scale),
                round((y + 42 * np.sin(angle)) * scale),
            )
            cv2.line(big, centre, far, 255, scale + 2)
    return cv2.resize(big, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def build(background, foreground, path, *, hair=False, noise=1.5) -> Scene:
    """Return the scene of a figure that goes along ``path`` [(x, y), ...]."""
    rng = np.random.default_rng(5)
    frames, alphas = [], []
    for x, y in path:
        alpha = figure(x, y, hair)
        shift = np.float32([[1, 0, x - WIDTH / 2], [0, 1, y - HEIGHT / 2]])
        moved = cv2.warpAffine(foreground, shift, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        mixed = moved * alpha[..., None] + background * (1 - alpha[..., None])
        mixed = mixed * 255 + rng.normal(0, noise, mixed.shape)
        frames.append(np.clip(mixed + 0.5, 0, 255).astype(np.uint8))
        alphas.append(alpha)
    return Scene(np.stack(frames), np.stack(alphas), foreground)


@pytest.fixture(scope="session")
def walk() -> Scene:
    """A textured disc that crosses a textured, standing background, 20 frames."""
    path = [(55 + 2.5 * t, 62 + 6 * np.sin(t / 3)) for t in range(20)]
    return build(texture(1, (0.45, 0.5, 0.4), 0.14), texture(2, (0.6, 0.3, 0.28), 0.08), path)


@pytest.fixture(scope="session")
def greenscreen() -> Scene:
    """A figure with hair before an unevenly lit green screen, 3 frames."""
    light = np.linspace(0.75, 1.05, WIDTH, dtype=np.float32)[None, :, None]
    screen = np.float32([0.16, 0.62, 0.22]) * light * np.ones((HEIGHT, 1, 1), np.float32)
    path = [(70 + 6 * t, 72) for t in range(3)]
    return build(screen, texture(3, (0.5, 0.4, 0.34), 0.03), path, hair=True)


@pytest.fixture(scope="session")
def portrait() -> Scene:
    """A figure with dark hair before a bright, softly textured background, 2 frames."""
    path = [(76 + 5 * t, 72) for t in range(2)]
    background = texture(4, (0.75, 0.78, 0.8), 0.02, 8.0)
    return build(background, texture(6, (0.2, 0.16, 0.15), 0.03), path, hair=True)


@pytest.fixture
def mad():
    """Return the mean absolute difference of native 10-bit alphas and the truth, times 1000."""

    def measure(clip, truth) -> float:
        top = clip.format.max_value
        return float(
            np.mean([np.abs(clip.frame(i) / top - truth[i]).mean() for i in range(len(truth))])
            * 1e3
        )

    return measure
