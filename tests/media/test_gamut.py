from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.color import linear_to_srgb, srgb_to_linear
from backlot.engine.media.color_tags import ColorTags
from backlot.engine.media.gamut import ToRec709, needs_conversion, primaries_matrix
from backlot.engine.media.hdr import (
    REFERENCE_WHITE_NITS,
    hlg_to_scene,
    nits_to_pq,
    pq_to_nits,
    roll_off,
)

#: BT.2020 to Rec.709 in linear light, as ITU-R BT.2087 prints it.
BT2087 = [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]


def as_codes(values, bits=16):
    top = (1 << bits) - 1
    return np.rint(np.clip(values, 0, 1) * top).astype(np.uint16 if bits == 16 else np.uint8)


def colours(seed=0, count=(24, 32)):
    return np.random.default_rng(seed).uniform(0.02, 1, (*count, 3))


def test_the_matrix_is_the_published_one():
    assert np.abs(primaries_matrix("bt2020") - BT2087).max() < 2e-4
    assert np.allclose(primaries_matrix("bt709"), np.eye(3))
    assert np.allclose(primaries_matrix("display-p3").sum(1), 1)


def test_pq_has_its_published_values():
    assert pq_to_nits(np.array([0.0, 1.0])) == pytest.approx([0, 10000])
    assert nits_to_pq(np.array([100.0, 203.0, 1000.0])) == pytest.approx(
        [0.5081, 0.5807, 0.7518], abs=1e-4
    )
    steps = np.linspace(0, 1, 50)
    assert nits_to_pq(pq_to_nits(steps)) == pytest.approx(steps, abs=1e-6)


def test_hlg_has_its_published_values():
    assert hlg_to_scene(np.array([0.0, 0.5, 1.0])) == pytest.approx([0, 1 / 12, 1], abs=1e-6)


@pytest.mark.parametrize("peak", [400.0, 1000.0, 4000.0, 10000.0])
def test_highlights_roll_off_smoothly(peak):
    nits = np.linspace(0.01, peak, 4000)

    rolled = roll_off(nits, peak)

    assert (np.diff(rolled) > 0).all()
    assert rolled[-1] == pytest.approx(REFERENCE_WHITE_NITS, rel=1e-6)
    assert (rolled <= nits * (1 + 1e-9)).all()
    assert rolled[nits < 20] == pytest.approx(nits[nits < 20], rel=1e-6)
    slope = np.diff(rolled)
    assert np.abs(np.diff(slope)).max() < 0.05 * slope.max()


def reference_pq(codes, peak):
    """Return display-referred Rec.709 of PQ BT.2020 values, in floats from the definitions."""
    nits = pq_to_nits(codes)
    brightest = nits.max(-1, keepdims=True)
    light = nits * roll_off(brightest, peak) / brightest / REFERENCE_WHITE_NITS
    return linear_to_srgb(np.clip(light @ primaries_matrix("bt2020").T, 0, 1))


@pytest.mark.parametrize("peak", [1000.0, 4000.0])
def test_pq_pictures_match_the_definition(peak):
    codes = as_codes(colours() * 0.75)
    convert = ToRec709(ColorTags("bt2020", False, "pq", "bt2020", peak), 16)

    found = convert(codes) / 65535

    assert np.abs(found - reference_pq(codes / 65535, peak)).max() * 255 < 0.5


def test_hlg_pictures_match_the_definition():
    codes = as_codes(colours(3))
    scene = hlg_to_scene(codes / 65535)
    luma = scene @ [0.2627, 0.6780, 0.0593]
    nits = 1000 * scene * luma[..., None] ** 0.2
    brightest = nits.max(-1, keepdims=True)
    light = nits * roll_off(brightest, 1000.0) / brightest / REFERENCE_WHITE_NITS
    expected = linear_to_srgb(np.clip(light @ primaries_matrix("bt2020").T, 0, 1))

    found = ToRec709(ColorTags("bt2020", False, "hlg", "bt2020"), 16)(codes) / 65535

    assert np.abs(found - expected).max() * 255 < 0.5


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("primaries", ["bt2020", "display-p3"])
def test_wide_primaries_match_the_definition(primaries, bits):
    codes = as_codes(colours(5), bits)
    top = (1 << bits) - 1
    light = srgb_to_linear(codes / top) @ primaries_matrix(primaries).T
    expected = linear_to_srgb(np.clip(light, 0, 1))

    found = ToRec709(ColorTags("bt709", False, "bt709", primaries), bits)(codes) / top

    assert np.abs(found - expected).max() * 255 < (1.01 if bits == 8 else 0.2)


@pytest.mark.parametrize("transfer", ["bt709", "pq", "hlg"])
def test_greys_stay_grey_and_rise(transfer):
    ramp = np.repeat(as_codes(np.linspace(0, 1, 500))[None, :, None], 3, axis=2)

    found = ToRec709(ColorTags("bt2020", False, transfer, "bt2020"), 16)(ramp).astype(int)

    assert np.abs(found - found[..., :1]).max() <= 16
    assert (np.diff(found[0, :, 1]) >= 0).all()
    assert found[0, 0, 1] == 0 and found[0, -1, 1] >= 65500


def test_alpha_is_left_alone():
    picture = as_codes(np.random.default_rng(1).uniform(0, 1, (100, 20, 4)))

    found = ToRec709(ColorTags("bt2020", False, "pq", "bt2020"), 16)(picture)

    assert np.array_equal(found[..., 3], picture[..., 3])


def test_only_what_is_not_rec709_is_converted():
    assert not needs_conversion(ColorTags("bt601", False, "bt601", "bt601-625"))
    assert not needs_conversion(ColorTags("bt709", True, "srgb", "bt709"))
    assert needs_conversion(ColorTags("bt2020", False, "hlg", "bt2020"))
    assert needs_conversion(ColorTags("bt709", False, "bt709", "display-p3"))
