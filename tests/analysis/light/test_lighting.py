from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.light.estimate import (
    LightingInfo,
    estimate_lighting,
    lighting_text,
    sampled_frames,
)
from backlot.engine.analysis.light.illuminant import light_temperature
from backlot.engine.analysis.light.rounded import inflated_normals
from backlot.engine.clip.clip import ClipFormat
from backlot.engine.clip.operations import ArrayClip, still, trim
from backlot.engine.color import kelvin_to_rgb, linear_to_srgb, srgb_to_linear
from backlot.engine.errors import ClipMismatchError

FPS = Fraction(25)
LIKE = ClipFormat(320, 180, FPS, 3)


def unit(*vector):
    return np.array(vector) / np.linalg.norm(vector)


def angle_deg(one, other):
    return float(np.degrees(np.arccos(np.clip(np.dot(one, other), -1, 1))))


def ball(light, *, ambient=0.25, variance=0.15, seed=0):
    """A shaded ball of uneven albedo on grey: display-referred uint8, and its alpha."""
    rows, columns = np.mgrid[:180, :320]
    x, y = (columns - 150) / 65, (92 - rows) / 65
    inside = x * x + y * y < 1
    z = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    shade = np.clip(np.stack([x, y, z], axis=-1) @ light, 0, None)
    shade = ambient + (1 - ambient) * shade
    noise = np.random.default_rng(seed).standard_normal((12, 20)).astype(np.float32)
    albedo = 0.45 * np.exp(variance * cv2.resize(noise, (320, 180)))
    linear = np.where(inside, albedo * shade, 0.2)[..., None].repeat(3, axis=-1)
    display = linear_to_srgb(linear.clip(0, 1))
    return np.rint(display * 255).astype(np.uint8), (inside * 255).astype(np.uint8)


def clip_of(picture, count=3):
    return ArrayClip(np.stack([picture] * count), FPS)


def wall(kelvin, seed=4):
    """A wall of coloured and grey tiles in the light of a black body."""
    rng = np.random.default_rng(seed)
    tiles = rng.uniform(0.1, 0.7, (9, 16, 1)) * rng.uniform(0.75, 1.3, (9, 16, 3))
    tiles[::2, ::2] = tiles[::2, ::2].mean(axis=2, keepdims=True)
    linear = np.kron(tiles, np.ones((20, 20, 1))) * kelvin_to_rgb(kelvin) * 0.6
    return np.rint(linear_to_srgb(linear.clip(0, 1)) * 255).astype(np.uint8)


@pytest.mark.parametrize(
    "light", [(-0.7, 0.6, 0.4), (0.8, 0.3, 0.5), (0.1, 0.9, 0.4), (0.0, 0.3, 0.95), (0.6, 0.0, 0.8)]
)
def test_finds_the_key_light_on_a_subject(context, light):
    picture, alpha = ball(unit(*light))
    found = estimate_lighting(clip_of(picture), context, matte=clip_of(alpha))
    assert angle_deg(found.direction, unit(*light)) < 26
    assert np.linalg.norm(found.direction) == pytest.approx(1)
    assert found.confidence > 0.4


def test_a_direction_comes_with_how_far_off_it_may_be(context):
    clear, alpha = ball(unit(-0.7, 0.6, 0.4), ambient=0.15, variance=0.05)
    flat, _ = ball(unit(-0.7, 0.6, 0.4), ambient=1.0, variance=0.05)
    sure, unsure = (
        estimate_lighting(clip_of(picture, 1), context, matte=clip_of(alpha, 1))
        for picture in (clear, flat)
    )
    assert angle_deg(sure.direction, unit(-0.7, 0.6, 0.4)) < 1.5 * sure.direction_sigma_deg
    assert sure.direction_sigma_deg < 25
    assert unsure.direction_sigma_deg > 40
    assert unsure.confidence < 0.4 < sure.confidence


def test_materials_of_other_brightness_do_not_turn_the_light(context):
    picture, alpha = ball(unit(0.8, 0.4, 0.45), variance=0.0)
    linear = srgb_to_linear(picture.astype(np.float32) / 255)
    linear[:, :150] *= (1.0, 0.75, 0.5)
    linear[:, 150:] *= (0.12, 0.16, 0.3)
    coloured = np.rint(linear_to_srgb(linear.clip(0, 1)) * 255).astype(np.uint8)
    found = estimate_lighting(clip_of(coloured, 1), context, matte=clip_of(alpha, 1))
    assert angle_deg(found.direction, unit(0.8, 0.4, 0.45)) < 30


def test_a_switched_lamp_is_a_jump_with_a_direction_on_each_side(context):
    first, second = unit(0.7, 0.5, 0.5), unit(-0.7, 0.4, 0.6)
    before, alpha = ball(first, variance=0.05)
    after, _ = ball(second, variance=0.05)
    dimmed = srgb_to_linear(after.astype(np.float32) / 255) * 0.6
    after = np.rint(linear_to_srgb(dimmed) * 255).astype(np.uint8)
    shots = np.stack([before] * 13 + [after] * 7)
    found = estimate_lighting(ArrayClip(shots, FPS), context, matte=clip_of(alpha, 20))
    assert found.jumps == (13,)
    assert angle_deg(found.direction, first) < 25
    assert angle_deg(found.curve[12].direction, first) < 25
    assert angle_deg(found.curve[13].direction, second) < 35
    assert found.curve[13].intensity < 0.8 * found.curve[12].intensity
    assert found.curve[12].intensity == pytest.approx(found.curve[0].intensity, rel=0.02)


def test_a_light_that_stays_does_not_jump(context):
    picture, alpha = ball(unit(0.7, 0.5, 0.5))
    shots = np.stack([np.roll(picture, 2 * k, axis=1) for k in range(20)])
    mattes = np.stack([np.roll(alpha, 2 * k, axis=1) for k in range(20)])
    found = estimate_lighting(ArrayClip(shots, FPS), context, matte=ArrayClip(mattes, FPS))
    assert found.jumps == ()
    strengths = [sample.intensity for sample in found.curve]
    assert max(strengths) < 1.03 * min(strengths)


def test_a_long_clip_is_looked_at_in_few_frames(context):
    assert len(sampled_frames(5000)) == 48
    assert sampled_frames(7) == list(range(7))


def test_median_error_over_many_lights_is_under_fifteen_degrees(context):
    rng = np.random.default_rng(8)
    errors = []
    for seed in range(8):
        x, y, z = rng.standard_normal(3)
        light = unit(x, abs(y), 0.3 + abs(z))
        picture, alpha = ball(light, variance=0.3, seed=seed)
        found = estimate_lighting(clip_of(picture, 1), context, matte=clip_of(alpha, 1))
        errors.append(angle_deg(found.direction, light))
    assert np.median(errors) < 15


def test_shadows_fall_away_from_the_light(context):
    picture, alpha = ball(unit(-0.7, 0.6, 0.4))
    found = estimate_lighting(clip_of(picture), context, matte=clip_of(alpha))
    assert found.shadow_direction[0] > 0.7
    assert np.hypot(*found.shadow_direction) == pytest.approx(1)


def test_less_fill_is_more_contrast(context):
    contrasts = []
    for ambient in (0.1, 0.4, 0.8):
        picture, alpha = ball(unit(0.7, 0.4, 0.5), ambient=ambient)
        found = estimate_lighting(clip_of(picture), context, matte=clip_of(alpha))
        contrasts.append(found.contrast)
    assert contrasts[0] > 1.5 * contrasts[1] > 1.5 * contrasts[2] >= 1.5


@pytest.mark.parametrize("kelvin", [3200, 4500, 6504, 8500])
def test_reads_the_temperature_of_the_light(context, kelvin):
    found = estimate_lighting(still(wall(kelvin), LIKE), context)
    assert 1e6 / found.temperature_k == pytest.approx(1e6 / kelvin, abs=20)


def test_a_saturated_screen_does_not_colour_the_light():
    linear = srgb_to_linear(wall(6504).astype(np.float32) / 255)
    linear[:, :200] = (0.05, 0.6, 0.1)
    kelvin, _ = light_temperature(linear, np.ones(linear.shape[:2], np.float32))
    assert 1e6 / kelvin == pytest.approx(1e6 / 6504, abs=25)


@pytest.mark.parametrize(("column", "sign"), [(20, -1), (270, 1)])
def test_a_window_is_where_the_light_comes_from(context, column, sign):
    picture = np.full((180, 320, 3), 60, np.uint8)
    picture[30:80, column : column + 30] = 250
    found = estimate_lighting(still(picture, LIKE), context)
    assert sign * found.direction[0] > 0.4
    assert found.direction[2] < 0.2
    assert 0.2 < found.confidence < 0.7


def test_an_even_picture_is_a_guess_from_above_the_camera(context):
    found = estimate_lighting(still(np.full((180, 320, 3), 128, np.uint8), LIKE), context)
    assert found.direction[1] > 0.3 and found.direction[2] > 0.3
    assert abs(found.direction[0]) < 0.05
    assert found.confidence < 0.15


def test_a_sharp_shadow_is_harder_than_a_soft_one(context):
    hardness = []
    for blur in (0.5, 12.0):
        shade = np.full((180, 320), 0.1, np.float32)
        shade[:, 160:] = 0.6
        shade = cv2.GaussianBlur(shade, (0, 0), blur)
        picture = np.rint(linear_to_srgb(shade) * 255).astype(np.uint8)
        picture = picture[..., None].repeat(3, axis=-1)
        hardness.append(estimate_lighting(still(picture, LIKE), context).hardness)
    assert hardness[0] > 0.5
    assert hardness[1] < 0.3


def test_follows_a_light_that_goes_round(context):
    lights = [unit(np.cos(a), 0.4, np.sin(a)) for a in np.linspace(0.5, 2.6, 12)]
    shots = [ball(light) for light in lights]
    found = estimate_lighting(
        ArrayClip(np.stack([picture for picture, _ in shots]), FPS),
        context,
        matte=ArrayClip(np.stack([alpha for _, alpha in shots]), FPS),
    )
    assert [sample.frame for sample in found.curve] == list(range(12))
    x = [sample.direction[0] for sample in found.curve]
    assert np.all(np.diff(x) < 0)


def test_inflating_a_disc_gives_a_ball():
    rows, columns = np.mgrid[:121, :121]
    x, y = (columns - 60) / 50, (60 - rows) / 50
    inside = x * x + y * y < 1
    normals = inflated_normals(inside)
    truth = np.stack([x, y, np.sqrt(np.clip(1 - x * x - y * y, 0, 1))], axis=-1)
    core = x * x + y * y < 0.9
    angles = np.degrees(np.arccos(np.clip((normals * truth).sum(axis=-1), -1, 1)))
    assert angles[core].mean() < 3


def test_inflating_a_strip_gives_a_cylinder():
    inside = np.zeros((260, 121), bool)
    inside[:, 21:100] = True
    normals = inflated_normals(inside)[130]
    across = (np.arange(121) - 60) / 39.5
    core = np.abs(across) < 0.9
    assert normals[core, 0] == pytest.approx(across[core], abs=0.06)
    assert np.abs(normals[core, 1]).max() < 0.02


def test_a_body_cut_by_the_border_goes_on_beyond_it():
    inside = np.zeros((80, 120), bool)
    inside[20:, 40:80] = True
    normals = inflated_normals(inside)
    assert abs(normals[78, 60, 1]) < 0.1
    assert normals[22, 60, 1] > 0.5


def test_an_empty_matte_falls_back_to_the_picture(context):
    picture, alpha = ball(unit(0.5, 0.5, 0.5))
    found = estimate_lighting(clip_of(picture), context, matte=clip_of(np.zeros_like(alpha)))
    assert "brightest area" in found.method
    assert found.confidence < 0.6


def test_goes_through_json_and_into_words(context):
    picture, alpha = ball(unit(-0.7, 0.6, 0.4))
    found = estimate_lighting(clip_of(picture), context, matte=clip_of(alpha))
    found = replace(found, jumps=(2,))
    assert len(found.ambient) == 9
    assert LightingInfo.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert "changes at frame 2" in lighting_text(found)
    assert "the upper left" in lighting_text(found)


def test_a_matte_of_another_length_is_refused(context):
    picture, alpha = ball(unit(0.5, 0.5, 0.5))
    with pytest.raises(ClipMismatchError):
        estimate_lighting(clip_of(picture), context, matte=trim(clip_of(alpha), 0, 2))
