"""A synthetic shot: a textured ball moving over a panning plate, and ways to spoil it."""

from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest

FRAMES, HEIGHT, WIDTH = 12, 216, 384


class Shot:
    """Source, matte, plate and result of a background replacement, all (T, H, W[, 3]) uint8."""

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        subject = _blobs(rng, HEIGHT, WIDTH, 4.0, (150, 120, 100))
        filmed = _blobs(rng, HEIGHT, WIDTH + 80, 3.0, (110, 115, 120))
        ground = _blobs(rng, HEIGHT, WIDTH + 80, 5.0, (120, 118, 112))
        self.alpha = np.stack([_ball(i) for i in range(FRAMES)])
        self.plate = np.stack([_pan(ground, i) for i in range(FRAMES)])
        cover = self.alpha[..., None] / 255.0
        self.foreground = np.stack([_pan(subject, -i) for i in range(FRAMES)])
        films = np.stack([_pan(filmed, i) for i in range(FRAMES)])
        self.source = _bytes(self.foreground * cover + films * (1 - cover))
        self.result = self.composite(self.alpha, self.plate, rng)

    def composite(self, alpha, plate, rng=None, foreground=None):
        """Return the composite, with grain."""
        rng = rng or np.random.default_rng(3)
        cover = alpha[..., None] / 255.0
        front = self.foreground if foreground is None else foreground
        layers = front * cover + plate * (1 - cover)
        return _bytes(layers + rng.normal(0, 1.0, layers.shape))


def _bytes(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _blobs(rng, height, width, sigma, mean):
    noise = rng.normal(0, 1, (height, width, 3)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigma)
    return noise / noise.std() * 25 + np.float32(mean)


def _pan(picture, index):
    shift = np.float32([[1, 0, -1.5 * index], [0, 1, 0]])
    return cv2.warpAffine(
        picture, shift, (WIDTH, HEIGHT), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


def _ball(index):
    """Antialiased: drawn at eight times the size."""
    large = np.zeros((HEIGHT * 8, WIDTH * 8), np.uint8)
    cv2.circle(large, (int((160.3 + 1.5 * index) * 8), int(110.6 * 8)), 66 * 8, 255, -1)
    drawn = cv2.resize(large, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    return cv2.GaussianBlur(drawn, (0, 0), 0.7)


@pytest.fixture(scope="session")
def shot():
    return Shot()


@pytest.fixture(scope="session")
def clip_of():
    from backlot.engine.clip.operations import ArrayClip

    return lambda frames: ArrayClip(np.ascontiguousarray(frames), Fraction(24))
