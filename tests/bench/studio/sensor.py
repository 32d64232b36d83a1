"""What a camera adds: photon noise that grows with light, and a grain of more than a pixel."""

from __future__ import annotations

import cv2
import numpy as np

from .color import LUMA


def noisy(clean: np.ndarray, strength: float, seed: int, frame: int) -> np.ndarray:
    """Return display values (H, W, 3) float32 in 0 ... 1, with noise.

    Args:
        clean: float32, 0 ... 1.
        strength: standard deviation at mid grey in 8-bit codes.
        seed: of the clip.
        frame: every frame has its own noise.
    """
    random = np.random.default_rng([seed, 9, frame])
    if strength <= 0:
        return clean
    white = random.standard_normal(clean.shape, dtype=np.float32)
    grain = cv2.GaussianBlur(random.standard_normal(clean.shape[:2], dtype=np.float32), (0, 0), 0.8)
    # In display codes shot noise is strongest in the darker mid tones.
    luma = clean @ LUMA
    size = strength * (0.55 + 1.8 * np.sqrt(luma) * (1.05 - luma))
    speckle = 0.75 * white + 1.6 * grain[..., None]
    return (clean + size[..., None] * speckle / np.float32(255)).clip(0, 1)


def voice(seconds: float, seed: int) -> np.ndarray:
    """Return a mono track at 48 kHz that rises and falls as speech does."""
    t = np.arange(int(seconds * 48000)) / 48000
    pitch = 120 + 8 * (seed % 7) + 14 * np.sin(2.3 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / 48000
    buzz = sum(np.sin(k * phase) / k**1.4 for k in range(1, 12))
    open_mouth = np.clip(np.sin(13 * t), 0, 1) * (0.6 + 0.4 * np.sin(4.7 * t))
    return (0.12 * buzz * open_mouth).astype(np.float32)
