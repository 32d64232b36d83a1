import cv2
import numpy as np
import pytest

from ..metrics.edge_shape import edge_shapes

NOWHERE = np.zeros((1, 160, 160), bool)


def disc(radius_px=60.3):
    y, x = np.indices((160, 160))
    inside = radius_px - np.hypot(x - 79.6, y - 80.2)
    return np.clip(inside + 0.5, 0, 1).astype(np.float32)


def over(alpha, front, back):
    """Mix as a lens does, in linear light; values are given as light."""
    light = np.float32(back) + alpha[..., None] * (np.float32(front) - np.float32(back))
    display = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light)
    return display[None].astype(np.float32)


def shape(alpha, front=(0.02, 0.03, 0.05), back=(0.7, 0.8, 0.6)):
    return edge_shapes([over(alpha, front, back)], disc()[None], NOWHERE)[0]


@pytest.mark.parametrize("sigma", [1.0, 1.5, 2.0])
def test_the_width_of_a_blurred_edge_by_hand(sigma):
    wide = cv2.GaussianBlur((disc() >= 0.5).astype(np.float32), (0, 0), sigma)
    # A Gaussian edge takes 2 x 1.2816 sigma from 10 to 90 %; reading between pixels has a variance
    # of a sixth.
    by_hand = 2.563 * np.sqrt(sigma**2 + 1 / 6)
    assert shape(wide).width_px == pytest.approx(by_hand, rel=0.05)


def test_the_width_does_not_depend_on_the_colours():
    dark, bright = shape(disc()), shape(disc(), (0.9, 0.8, 0.7), (0.1, 0.02, 0.3))
    assert dark.width_px == pytest.approx(bright.width_px, rel=0.02)
    assert dark.width_px == pytest.approx(1.35, abs=0.1)


def test_stairs_are_jagged_and_a_smooth_edge_is_not():
    hard = (disc() >= 0.5).astype(np.float32)
    assert shape(disc()).jagged_px < 0.1
    assert shape(hard).jagged_px > 0.16
    assert shape(np.roll(disc(), 1, axis=1)).jagged_px < 0.1


def test_a_corner_of_the_true_outline_is_not_jagged():
    y, x = np.indices((160, 160))
    square = ((abs(x - 80) < 40) & (abs(y - 80) < 40)).astype(np.float32)
    tilted = cv2.warpAffine(square, cv2.getRotationMatrix2D((80, 80), 20, 1), (160, 160))
    (true,) = edge_shapes([tilted[None]], tilted[None], NOWHERE)
    (hard,) = edge_shapes([(tilted[None] >= 0.5).astype(np.float32)], tilted[None], NOWHERE)
    assert true.jagged_px < 0.06
    assert hard.jagged_px > 0.16


def test_a_matte_is_light_itself():
    as_light = shape(disc())
    (as_matte,) = edge_shapes([disc()[None]], disc()[None], NOWHERE)
    assert as_matte.width_px == pytest.approx(as_light.width_px, rel=0.03)


def test_pictures_are_compared_where_all_have_an_edge():
    seen = over(disc(), (0.02, 0.02, 0.02), (0.8, 0.8, 0.8))
    half = seen.copy()
    half[:, :, :80] = 0.3
    blurred = np.stack([cv2.GaussianBlur(seen[0], (0, 0), 2.0)])
    blurred[:, :, 80:] = seen[:, :, 80:]
    one, other = edge_shapes([half, blurred], disc()[None], NOWHERE)
    assert one.width_px == pytest.approx(other.width_px, rel=0.02)


def test_what_is_spared_or_too_faint_is_not_measured():
    seen = over(disc(), (0.02, 0.02, 0.02), (0.8, 0.8, 0.8))
    assert edge_shapes([seen], disc()[None], ~NOWHERE) is None
    faint = over(disc(), (0.30, 0.30, 0.30), (0.32, 0.32, 0.32))
    assert edge_shapes([faint], disc()[None], NOWHERE) is None
    assert edge_shapes([faint, seen], disc()[None], NOWHERE) is None
