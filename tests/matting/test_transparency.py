from __future__ import annotations

from fractions import Fraction

import numpy as np
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.mixture import to_display, to_linear
from backlot.engine.matting.transparency import layered_transparency

from .conftest import HEIGHT, WIDTH, texture

TINT = np.float32([0.5, 0.8, 0.6])
SHINE = np.float32([20, 16, 10])


def scene():
    plate = (texture(31, (0.5, 0.5, 0.5), 0.2, 1.5) * 255).astype(np.uint8)
    glass = np.zeros((HEIGHT, WIDTH), np.uint8)
    glass[30:90, 50:110] = 255
    through = to_linear(plate.astype(np.float32)) * TINT + SHINE
    seen = np.where(glass[..., None] > 0, to_display(through), plate)
    noise = np.random.default_rng(4).normal(0, 1, (3, *seen.shape))
    frames = np.clip(seen + noise + 0.5, 0, 255).astype(np.uint8)
    return [
        ArrayClip(one, Fraction(25))
        for one in (frames, np.stack([plate] * 3), np.stack([glass] * 3))
    ]


def test_tint_and_reflection_are_parted():
    found = layered_transparency(*scene())
    inside = (slice(36, 84), slice(56, 104))
    passed = found.transmission.frame(1)[inside] / 65535
    assert np.abs(np.median(passed, axis=(0, 1)) - TINT).max() < 0.06
    added = to_linear((found.reflection.frame(1)[inside] / 257).astype(np.float32))
    assert np.abs(np.median(added, axis=(0, 1)) - SHINE).max() < 5


def test_new_background_shows_through():
    clip, plate, glass = scene()
    found = layered_transparency(clip, plate, glass)
    new = np.float32([200, 60, 30])
    through = found.transmission.frame(1) / 65535 * to_linear(new)
    light = through + to_linear((found.reflection.frame(1) / 257).astype(np.float32))
    shown = to_display(light.astype(np.float32))[40:80, 60:100]
    truth = to_display(to_linear(new) * TINT + SHINE)
    assert np.abs(shown - truth).mean() < 8


def test_outside_the_glass_nothing_changes():
    found = layered_transparency(*scene())
    assert (found.transmission.frame(0)[:20] == 65535).all()
    assert (found.reflection.frame(0)[:20] == 0).all()
