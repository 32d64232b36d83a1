from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import linear_to_srgb, srgb_to_linear
from backlot.engine.compositing.glass import behind_glass
from backlot.engine.compositing.over import composite
from backlot.engine.errors import ClipMismatchError
from backlot.engine.matting.transparency import Transparency

FPS = Fraction(25)
SIZE = (70, 101)


def picture(seed, bits=8, frames=2, size=SIZE):
    top = (1 << bits) - 1
    codes = np.random.default_rng(seed).integers(0, top + 1, (frames, *size, 3))
    return ArrayClip(codes.astype(np.uint8 if bits == 8 else np.uint16), FPS, bits=bits)


def pane(frames=2):
    """A pane on the left half: half of the light passes, red more; a fifth is added."""
    passed = np.full((frames, *SIZE, 3), 65535, np.uint16)
    passed[:, :, :50] = (np.array((0.8, 0.5, 0.4)) * 65535).astype(np.uint16)
    added = np.zeros((frames, *SIZE, 3), np.uint16)
    added[:, :, :50] = round(float(linear_to_srgb(np.float32([0.2]))[0]) * 65535)
    return Transparency(ArrayClip(passed, FPS, bits=16), ArrayClip(added, FPS, bits=16))


@pytest.mark.parametrize("bits", [8, 16])
def test_glass_tints_and_adds_in_linear_light(bits):
    plate = picture(1, bits)
    seen = behind_glass(plate, pane()).frame(1) / plate.format.max_value
    light = srgb_to_linear((plate.frame(1) / plate.format.max_value).astype(np.float32))
    light[:, :50] = np.minimum(light[:, :50] * np.float32((0.8, 0.5, 0.4)) + np.float32(0.2), 1)
    assert np.abs(seen - linear_to_srgb(light)).max() < 1.2 / 255
    np.testing.assert_array_equal(
        behind_glass(plate, pane()).frame(1)[:, 50:], plate.frame(1)[:, 50:]
    )


def test_a_composite_has_the_glass_behind_the_subject():
    plate, subject = picture(1), picture(2)
    alpha = np.zeros((2, *SIZE), np.uint8)
    alpha[:, :, 30:60] = 255
    made = composite(subject, ArrayClip(alpha, FPS), plate, glass=pane()).frame(0)
    np.testing.assert_array_equal(made[:, 30:60], subject.frame(0)[:, 30:60])
    np.testing.assert_array_equal(made[:, :30], behind_glass(plate, pane()).frame(0)[:, :30])
    np.testing.assert_array_equal(made[:, 60:], plate.frame(0)[:, 60:])


def test_one_plate_is_held_behind_moving_glass():
    made = composite(picture(2), ArrayClip(np.zeros((2, *SIZE), np.uint8), FPS),
                     picture(1, frames=1), glass=pane())  # fmt: skip
    assert len(made) == 2 and (made.frame(1)[:, :50] != picture(1).frame(0)[:, :50]).any()


def test_layers_must_agree():
    with pytest.raises(ClipMismatchError):
        behind_glass(picture(1, frames=3), pane())
    with pytest.raises(ClipMismatchError):
        behind_glass(picture(1, size=(60, 60)), pane())
