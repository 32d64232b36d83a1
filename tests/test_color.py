from __future__ import annotations

import numpy as np
import pytest
import torch
from backlot.engine import color


def published_curve(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def test_srgb_to_linear_follows_the_published_curve():
    codes = np.arange(256) / 255.0
    expected = [published_curve(value) for value in codes]
    np.testing.assert_allclose(color.srgb_to_linear(codes), expected, atol=1e-8)


def test_linear_to_srgb_undoes_srgb_to_linear():
    ramp = np.linspace(0, 1, 4097)
    np.testing.assert_allclose(color.linear_to_srgb(color.srgb_to_linear(ramp)), ramp, atol=1e-6)


def test_torch_and_numpy_agree():
    ramp = np.linspace(0, 1, 1001)
    tensor = color.srgb_to_linear(torch.from_numpy(ramp))
    np.testing.assert_allclose(tensor.numpy(), color.srgb_to_linear(ramp), atol=1e-12)


def test_tables_return_every_code_to_itself():
    top = color.LIGHT_STEPS - 1
    linear = np.rint(color.linear_table().astype(np.float64) * top).astype(np.int64)
    np.testing.assert_array_equal(color.display_table()[linear], np.arange(256))


def test_tables_are_shared_and_read_only():
    assert color.linear_table() is color.linear_table()
    with pytest.raises(ValueError, match="read-only"):
        color.display_table()[0] = 1


def test_luma_of_white_is_one():
    assert color.luma(np.ones((4, 5, 3))) == pytest.approx(1.0)


def test_daylight_is_nearly_neutral():  # D65 lies a little off the black body's locus
    np.testing.assert_allclose(color.kelvin_to_rgb(6504), 1.0, atol=0.05)


@pytest.mark.parametrize("kelvin", [2200, 2856, 4000, 5500, 6504, 9000, 15000])
def test_kelvin_survives_a_round_trip(kelvin):
    assert color.rgb_to_kelvin(color.kelvin_to_rgb(kelvin)) == pytest.approx(kelvin, rel=0.01)


def test_warm_light_is_redder_than_cool_light():
    warm, cool = color.kelvin_to_rgb(3000), color.kelvin_to_rgb(9000)
    assert warm[0] > cool[0]
    assert warm[2] < cool[2]


def test_a_pure_red_or_blue_gives_the_end_of_the_locus():
    assert color.rgb_to_kelvin(np.array([1.0, 0.2, 0.0])) == pytest.approx(2000, rel=0.01)
    assert color.rgb_to_kelvin(np.array([0.0, 0.2, 1.0])) == pytest.approx(25000, rel=0.01)


def test_unpremultiply_undoes_premultiply():
    rng = np.random.default_rng(1)
    rgb, alpha = rng.random((6, 7, 3)), rng.uniform(0.01, 1, (6, 7))
    np.testing.assert_allclose(color.unpremultiply(color.premultiply(rgb, alpha), alpha), rgb)


def test_unpremultiply_of_nothing_is_black():
    assert not color.unpremultiply(np.zeros((2, 2, 3)), np.zeros((2, 2))).any()
