from __future__ import annotations

import numpy as np
from backlot.engine.matting.new_light import light_jump, relit


def picture(seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(60, 160, (9, 16, 3)).astype(np.uint8)
    return np.ascontiguousarray(coarse.repeat(20, 0).repeat(20, 1))


def test_a_switched_lamp_is_measured_in_each_channel():
    before = picture()
    after = relit(before, np.array([0.5, 0.6, 0.8], np.float32))
    assert np.allclose(light_jump(before, after), [0.5, 0.6, 0.8], atol=0.02)


def test_noise_and_slow_changes_are_no_jump():
    before = picture()
    noisy = before + np.random.default_rng(1).integers(-6, 7, before.shape)
    assert (light_jump(before, noisy.astype(np.uint8)) == 1).all()
    assert (light_jump(before, relit(before, np.full(3, 1.04, np.float32))) == 1).all()


def test_another_scene_is_no_lamp():
    assert (light_jump(picture(0), picture(5)) == 1).all()


def test_a_bright_thing_that_passes_is_no_lamp():
    before = picture()
    after = before.copy()
    after[:, :140] = 230
    assert (light_jump(before, after) == 1).all()
