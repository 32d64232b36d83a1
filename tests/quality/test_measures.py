from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.quality.banding import banding
from backlot.engine.quality.blockiness import blockiness
from backlot.engine.quality.colour_drift import colour_drift, colour_swing, mean_colour
from backlot.engine.quality.edge_jitter import edge_jitter
from backlot.engine.quality.edge_shape import edge_shape
from backlot.engine.quality.follow import plate_slip
from backlot.engine.quality.fringe import edge_fringe
from backlot.engine.quality.light_match import light_match
from backlot.engine.quality.likeness import likeness
from backlot.engine.quality.motion import Motion, find_motion
from backlot.engine.quality.tile_flicker import tile_flicker


def texture(height=180, width=320, sigma=3.0, seed=0, mean=120.0, spread=30.0):
    noise = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), sigma)
    return mean + spread * noise / noise.std()


def as_bytes(values):
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def still(shape):
    grid = np.meshgrid(np.arange(shape[1], dtype=np.float32), np.arange(shape[0], dtype=np.float32))
    return Motion(np.dstack(grid), np.ones(shape, np.bool_))


def disc(size=256, radius=80.3, scale=8):
    y, x = np.mgrid[0 : size * scale, 0 : size * scale] / scale
    drawn = ((x - size / 2 - 0.2) ** 2 + (y - size / 2 + 0.3) ** 2 < radius**2).astype(np.float32)
    return cv2.resize(drawn, (size, size), interpolation=cv2.INTER_AREA)


def moved(picture, x_px, y_px=0.0):
    shift = np.float32([[1, 0, x_px], [0, 1, y_px]])
    return cv2.warpAffine(
        picture, shift, picture.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )


def test_motion_finds_a_shift():
    scene = texture()
    motion = find_motion(as_bytes(moved(scene, 3.0, -2.0)), as_bytes(scene))
    middle = motion.where[60:120, 100:220]
    y, x = np.mgrid[60:120, 100:220]
    assert np.abs(np.median(middle[..., 0] - x) + 3.0) < 0.2
    assert np.abs(np.median(middle[..., 1] - y) - 2.0) < 0.2
    assert motion.visible[60:120, 100:220].mean() > 0.95


def test_motion_does_not_see_what_was_covered():
    scene, cover = texture(), texture(seed=4)
    before, now = scene.copy(), scene.copy()
    before[60:120, 100:160] = cover[60:120, 100:160]
    now[60:120, 124:184] = cover[60:120, 100:160]
    motion = find_motion(as_bytes(now), as_bytes(before))
    assert motion.visible[65:115, 106:120].mean() < 0.5 < motion.visible[:50].mean()


@pytest.mark.parametrize("codes", [1.0, 3.0, 8.0])
def test_tile_flicker_is_half_the_swing(codes):
    flat = texture()
    lumas = [as_bytes(flat), as_bytes(flat + codes), as_bytes(flat)]
    found = tile_flicker(lumas, (still(flat.shape), still(flat.shape)))
    assert found.overall == pytest.approx(codes, abs=0.1)


def test_tile_flicker_names_the_place():
    flat = texture()
    spot = flat.copy()
    spot[100:150, 240:300] += 12
    lumas = [as_bytes(flat), as_bytes(spot), as_bytes(flat)]
    found = tile_flicker(lumas, (still(flat.shape), still(flat.shape)))
    assert found.worst > 4 * found.overall / 2
    assert found.worst_at == pytest.approx((0.85, 0.7), abs=0.08)


def test_tile_flicker_drops_fades_and_grain():
    rng = np.random.default_rng(1)
    lumas = [as_bytes(texture() * g + rng.normal(0, 3, (180, 320))) for g in (1.0, 0.95, 0.9)]
    found = tile_flicker(lumas, (still((180, 320)), still((180, 320))))
    assert found.overall < 0.5


@pytest.mark.parametrize("shift_px", [0.25, 0.5, 1.0])
def test_edge_jitter_is_in_pixels(shift_px):
    radii = (60.0, 60.0 + shift_px, 60.0)
    alphas = [as_bytes(255 * disc(radius=radius)) for radius in radii]
    found = edge_jitter(alphas, (still((256, 256)), still((256, 256))))
    assert found == pytest.approx(1.483 * shift_px, rel=0.15)


def test_edge_jitter_drops_steady_motion():
    alphas = [as_bytes(255 * moved(disc(), x)) for x in (0, 2, 4)]
    assert edge_jitter(alphas, (still((256, 256)), still((256, 256)))) < 0.2


def test_edge_jitter_needs_an_outline():
    flat = [np.full((90, 160), 255, np.uint8)] * 3
    assert edge_jitter(flat, (still((90, 160)), still((90, 160)))) is None


def test_edge_shape_orders_hard_and_coarse_edges():
    fine = disc()
    hard = (fine > 0.5).astype(np.float32)
    half = (cv2.resize(fine, (128, 128), interpolation=cv2.INTER_AREA) > 0.5).astype(np.float32)
    coarse = cv2.resize(half, (256, 256), interpolation=cv2.INTER_NEAREST)
    shapes = [edge_shape(alpha) for alpha in (fine, hard, coarse)]
    assert shapes[0].jagged_px < 0.09 < 0.15 < shapes[1].jagged_px < 0.28 < shapes[2].jagged_px
    assert shapes[1].width_px < 1.3 < 1.5 < shapes[0].width_px < 2.5


@pytest.mark.parametrize("width_px", [4.0, 8.0])
def test_edge_width_is_that_of_a_ramp(width_px):
    x = np.arange(256, dtype=np.float32)
    ramp = np.clip((x - 128) / width_px + 0.5, 0, 1)
    assert edge_shape(np.tile(ramp, (256, 1))).width_px == pytest.approx(width_px, rel=0.1)


def test_edge_shape_leaves_the_frame_alone():
    assert edge_shape(np.ones((120, 160), np.float32)) is None
    assert edge_shape(np.zeros((120, 160), np.float32)) is None


def composite(alpha, front=(150, 110, 90), plate=None):
    cover = alpha[..., None]
    return front * cover + plate * (1 - cover)


@pytest.fixture
def layers():
    alpha = cv2.GaussianBlur(disc(), (0, 0), 1.0)
    plate = np.dstack([texture(256, 256, seed=s) for s in (1, 1, 1)])
    return alpha, plate


@pytest.mark.parametrize("with_plate", [True, False])
def test_a_clean_edge_has_no_fringe(layers, with_plate):
    alpha, plate = layers
    picture = as_bytes(composite(alpha, plate=plate))
    found = edge_fringe(picture, as_bytes(255 * alpha), as_bytes(plate) if with_plate else None)
    # Without the plate its texture does not cancel to the last code.
    assert found.halo < (2.0 if with_plate else 5.0) and found.tint < 1.0


def test_a_halo_and_a_tint_are_told_apart(layers):
    alpha, plate = layers
    ring = (cv2.dilate(alpha, np.ones((5, 5))) - alpha)[..., None]
    base = composite(alpha, plate=plate)
    bright = as_bytes(base + 60 * ring)
    green = as_bytes(base + ring * np.array([-29.35, 30.65, -29.35]))
    matte = as_bytes(255 * alpha)
    halo = edge_fringe(bright, matte, as_bytes(plate))
    tint = edge_fringe(green, matte, as_bytes(plate))
    assert halo.halo > 8 > 2 > halo.tint
    assert tint.tint > 8 > 3 > tint.halo


def test_a_wrong_foreground_colour_shows(layers):
    alpha, plate = layers
    old = np.array([40.0, 200.0, 60.0])
    spilled = np.array([150, 110, 90]) * alpha[..., None] + old * (1 - alpha[..., None])
    picture = spilled * alpha[..., None] + plate * (1 - alpha[..., None])
    assert edge_fringe(as_bytes(picture), as_bytes(255 * alpha), as_bytes(plate)).tint > 4


def test_no_edge_no_fringe():
    picture = np.full((90, 160, 3), 99, np.uint8)
    assert edge_fringe(picture, np.zeros((90, 160), np.uint8)) is None


def gradient(bits=8, grain=0.0):
    y, x = np.mgrid[0:360, 0:640]
    smooth = 40 + 30 * np.hypot(x - 320, y - 180) / 320
    top = (1 << bits) - 1
    noise = np.random.default_rng(0).normal(0, 1, smooth.shape) * grain
    return np.rint((smooth + noise) / 255 * top).astype(np.uint8 if bits == 8 else np.uint16), top


def test_banding_shows_in_a_plain_gradient_and_hides_in_grain_and_bits():
    plain, grainy, fine = (
        banding(*gradient(bits, grain)) for bits, grain in ((8, 0.0), (8, 1.5), (12, 0.0))
    )
    assert plain > 10
    assert grainy < 0.5 and fine < 1.0


def test_coarser_steps_are_more_banding():
    assert banding(*gradient(10)) < 0.6 * banding(*gradient(8))


@pytest.mark.parametrize("size", [(5, 200), (200, 5), (40, 40)])
def test_tiny_pictures_have_no_banding_or_blocks(size):
    luma = np.zeros(size, np.uint8)
    assert banding(luma, 255.0) == 0.0
    assert blockiness(luma) == 0.0


def test_edges_of_things_are_not_banding():
    luma = np.zeros((360, 640), np.uint8)
    luma[:, 320:] = 90
    assert banding(luma, 255.0) == 0.0


def test_blocks_rise_with_compression():
    rng = np.random.default_rng(5)
    scene = as_bytes(texture(360, 640, 4.0) + rng.normal(0, 4, (360, 640)))
    found = []
    for quality in (90, 40, 15, 5):
        packed = cv2.imencode(".jpg", scene, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        found.append(blockiness(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE)))
    assert blockiness(scene) < 0.05
    assert found == sorted(found) and found[-1] > 1.0


def test_likeness_is_high_along_the_motion_and_low_for_boiling():
    scene = texture()
    now = as_bytes(moved(scene, 2.0))
    motion = find_motion(now, as_bytes(scene))
    assert likeness(as_bytes(scene), now, motion) > 0.97
    boiling = as_bytes(0.6 * scene + 0.4 * texture(seed=9))
    assert likeness(boiling, now, motion) < 0.85


def test_colour_drift_follows_the_ratio_not_the_content():
    rng = np.random.default_rng(3)
    reference = rng.uniform(60, 160, (8, 3))
    steady = [(tuple(r * 1.2), tuple(r)) for r in reference]
    assert max(colour_drift(steady)) < 0.2
    jumped = [*steady]
    jumped[5] = (tuple(np.array(jumped[5][0]) * 1.15), jumped[5][1])
    found = colour_drift(jumped)
    assert int(np.argmax(found)) == 5 and found[5] > 3
    assert colour_drift([]) == []


def test_colour_swing_drops_steady_change():
    assert colour_swing(((90, 90, 90), (95, 95, 95), (100, 100, 100))) < 0.15
    assert colour_swing(((90, 90, 90), (100, 90, 80), (90, 90, 90))) > 3


def test_a_few_pixels_have_no_mean():
    assert mean_colour(np.zeros((20, 20, 3), np.uint8), np.zeros((20, 20), np.bool_)) is None


def test_light_match_tells_stops_cast_and_haze():
    plate = as_bytes(np.dstack([texture(seed=s, mean=110) for s in (1, 2, 3)]))
    alpha = np.zeros((180, 320), np.uint8)
    alpha[40:140, 100:220] = 255
    inside = alpha > 0
    same = light_match(plate, alpha)
    brighter, warmer, hazy = plate.copy(), plate.copy(), plate.copy()
    brighter[inside] = as_bytes(255 * ((plate[inside] / 255.0) ** 2.2 * 2.0) ** (1 / 2.2))
    warmer[inside] = as_bytes(plate[inside] * [1.2, 1.0, 0.8])
    hazy[inside] = as_bytes(60 + plate[inside] * 0.6)
    assert light_match(brighter, alpha).exposure - same.exposure == pytest.approx(1.0, abs=0.15)
    assert light_match(warmer, alpha).cast_deg > same.cast_deg + 8
    assert light_match(hazy, alpha).shadows > same.shadows + 25
    assert light_match(plate, np.zeros_like(alpha)) is None


def test_plate_slip_is_the_missing_motion():
    source, plate = texture(270, 480), texture(270, 480, seed=8)
    alpha = np.zeros((270, 480), np.uint8)
    alpha[80:200, 180:300] = 255
    film = (as_bytes(source), as_bytes(moved(source, 2.0, 1.0)))
    follows = (as_bytes(plate), as_bytes(moved(plate, 2.0, 1.0)))
    stands = (as_bytes(plate), as_bytes(plate))
    assert plate_slip(film, follows, alpha) < 0.2
    assert plate_slip(film, stands, alpha) == pytest.approx(np.hypot(2, 1), abs=0.3)


def test_plate_slip_is_silent_on_plain_screens():
    plain = np.full((270, 480), 120, np.uint8)
    film = (as_bytes(texture(270, 480)),) * 2
    assert plate_slip((plain, plain), film, np.zeros((270, 480), np.uint8)) is None
