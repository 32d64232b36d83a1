import cv2
import numpy as np
import pytest

from ..metrics.motion import grid_px
from ..metrics.warp import warp

HEIGHT, WIDTH, FRAMES = 192, 192, 5


def still():
    return np.zeros((FRAMES - 1, HEIGHT, WIDTH, 2), np.float32)


def texture():
    noise = np.random.default_rng(0).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    grey = (0.5 + 0.15 * smooth / smooth.std()).clip(0, 1)
    return np.repeat(grey[..., None], 3, axis=-1)


def bent(shifts_px):
    """Frames of one texture, each bent by a sideways wave of that height, 96 px long."""
    own = grid_px(HEIGHT, WIDTH)
    frames = []
    for shift_px in shifts_px:
        where = own.copy()
        where[..., 0] += shift_px * np.cos(2 * np.pi * (own[..., 1] - 95.5) / 96)
        frames.append(cv2.remap(texture(), where, None, cv2.INTER_CUBIC, borderMode=4))
    return np.stack(frames).clip(0, 1)


def test_a_swimming_picture_in_px():
    # From frame to frame the wave changes by twice its height. Every tile has a quarter of it, from
    # the crest to the middle, so that its mean is 2 / pi of the height; no affine motion fits that.
    found = warp(bent([1, -1, 1, -1, 1]), still())
    assert found.typical_px == pytest.approx(2 * 2 / np.pi, rel=0.2)
    small = warp(bent([0.5, -0.5, 0.5, -0.5, 0.5]), still())
    assert small.typical_px == pytest.approx(found.typical_px / 2, rel=0.2)


def test_a_still_and_a_shaking_picture_do_not_swim():
    assert warp(bent([0] * 5), still()).typical_px == pytest.approx(0, abs=1e-3)
    shaking = np.stack([np.roll(texture(), 2 * (t % 2), axis=1) for t in range(FRAMES)])
    assert warp(shaking, still()).typical_px < 0.1


def test_one_bent_place_is_the_worst():
    frames = bent([0] * 5)
    place = np.s_[:, 48:96, 72:120]
    frames[place] = bent([1, -1, 1, -1, 1])[place]
    found = warp(frames, still())
    assert found.typical_px < 0.1
    assert found.worst_px > 0.4


def test_light_and_noise_are_no_motion():
    gain = np.float32([1, 1.1, 1, 1.1, 1])[:, None, None, None]
    noise = np.random.default_rng(1).normal(0, 4 / 255, (FRAMES, HEIGHT, WIDTH, 3))
    found = warp((bent([0] * 5) * gain + noise).astype(np.float32), still())
    assert found.typical_px < 0.05


def test_other_contents_count_little():
    # Nothing of one frame is in the next, but flow finds something in anything: 2.6 px here, which
    # do not explain the difference.
    noise = np.random.default_rng(2).standard_normal((FRAMES, HEIGHT, WIDTH)).astype(np.float32)
    smooth = np.stack([cv2.GaussianBlur(one, (0, 0), 2.0) for one in noise])
    frames = np.repeat((0.5 + 0.15 * smooth / smooth.std()).clip(0, 1)[..., None], 3, axis=-1)
    assert warp(frames, still()).typical_px < 1.3


def test_flat_pictures_cannot_be_judged():
    assert warp(np.full((3, 96, 96, 3), 0.5, np.float32), still()[:2, :96, :96]) is None
