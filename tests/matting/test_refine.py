from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.matting.matte import Matte
from backlot.engine.matting.refine import refine_matte
from backlot.engine.matting.screen import Screen

from .conftest import HEIGHT, WIDTH, build, texture


@pytest.fixture
def coarse(portrait):
    """The true alpha without its hair, as a graph cut at a third of the size leaves it."""
    frames = []
    for alpha in portrait.alpha:
        opened = cv2.morphologyEx(alpha, cv2.MORPH_OPEN, np.ones((7, 7), np.uint8))
        small = cv2.resize((opened > 0.5).astype(np.float32), None, fx=1 / 3, fy=1 / 3)
        large = cv2.resize(small, alpha.shape[::-1], interpolation=cv2.INTER_LINEAR)
        frames.append((large * 1023).astype(np.uint16))
    return Matte(ArrayClip(np.stack(frames), Fraction(25), bits=10))


def test_refined_is_nearer_the_truth(portrait, coarse, mad):
    refined = refine_matte(portrait.clip, coarse, radius_px=14, detail=1.0)
    before, after = mad(coarse.alpha, portrait.alpha), mad(refined.alpha, portrait.alpha)
    assert after < 0.6 * before


def test_hair_comes_out(portrait, coarse):
    refined = refine_matte(portrait.clip, coarse, radius_px=14, detail=1.0)
    strands = (portrait.alpha[0] > 0.6) & (coarse.alpha.frame(0) == 0)
    assert strands.sum() > 100
    assert (refined.alpha.frame(0)[strands] / 1023 > 0.3).mean() > 0.6


def test_a_coarse_edge_that_is_off_is_put_right(portrait, coarse, mad):
    """The coarse matte lies 3 pixels aside; the picture says where the edge is."""
    moved = np.roll(np.stack([coarse.alpha.frame(i) for i in range(2)]), 3, axis=2)
    off = Matte(ArrayClip(moved, Fraction(25), bits=10))
    refined = refine_matte(portrait.clip, off, radius_px=10, detail=1.0)
    assert mad(refined.alpha, portrait.alpha) < 0.35 * mad(off.alpha, portrait.alpha)


@pytest.mark.parametrize("width_px", [5, 8])
def test_a_right_edge_of_a_striped_subject_gets_no_holes(width_px, mad):
    """Stripes in the subject are no edges of it: the coarse edge agrees with the picture."""
    stripes = (np.indices((HEIGHT, WIDTH))[0] // width_px % 2).astype(np.float32)[..., None]
    cloth = np.float32([0.75, 0.2, 0.2]) * stripes + np.float32([0.85, 0.8, 0.7]) * (1 - stripes)
    scene = build(texture(1, (0.5, 0.5, 0.42), 0.1), cloth, [(76, 60)])
    found = refine_matte(scene.clip, scene.true_matte(), radius_px=12, detail=1.0)
    assert mad(found.alpha, scene.alpha) < 2.5
    inside = cv2.erode((scene.alpha[0] == 1).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert found.alpha.frame(0)[inside].min() > 900


def test_a_gap_with_no_sure_background_stays_open():
    """A narrow gap lies in the band altogether; its middle is still the background."""
    rng = np.random.default_rng(2)
    alpha = np.zeros((120, 160), np.float32)
    alpha[20:110, 30:130] = 1
    alpha[40:100, 78:84] = 0
    picture = np.where(alpha[..., None] > 0, np.float32([60, 40, 90]), np.float32([150, 160, 90]))
    frames = (picture + rng.normal(0, 2, picture.shape)).clip(0, 255).astype(np.uint8)[None]
    matte = Matte(ArrayClip((alpha * 1023).astype(np.uint16)[None], Fraction(25), bits=10))
    refined = refine_matte(ArrayClip(frames, Fraction(25)), matte, radius_px=12, detail=1.0)
    assert refined.alpha.frame(0)[50:90, 80:82].max() < 100


def test_where_colours_are_alike_the_coarse_edge_stays(portrait):
    flat = np.full((1, 120, 160, 3), 128, np.uint8)
    flat = (flat + np.random.default_rng(3).integers(-1, 2, flat.shape)).astype(np.uint8)
    alpha = cv2.GaussianBlur((portrait.alpha[:1] > 0.5).astype(np.float32)[0], (0, 0), 1.5)
    matte = Matte(ArrayClip((alpha * 1023).astype(np.uint16)[None], Fraction(25), bits=10))
    refined = refine_matte(ArrayClip(flat, Fraction(25)), matte, radius_px=10, detail=1.0)
    assert np.abs(refined.alpha.frame(0) / 1023 - alpha).mean() < 0.025


def test_detail_0_leaves_the_matte_alone(portrait, coarse):
    refined = refine_matte(portrait.clip, coarse, radius_px=10, detail=0.0)
    assert np.array_equal(refined.alpha.frame(0), coarse.alpha.frame(0))


def test_away_from_the_edge_nothing_changes(portrait, coarse):
    refined = refine_matte(portrait.clip, coarse, radius_px=6, detail=1.0)
    solid = (coarse.alpha.frame(0) > 511).astype(np.uint8)
    depth = cv2.distanceTransform(solid, cv2.DIST_L2, 3)
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    alpha = refined.alpha.frame(0)
    assert (alpha[depth > 16] == 1023).all()
    assert (alpha[away > 16] == 0).all()


def test_keyed_matte_is_left_alone(portrait, coarse):
    keyed = replace(coarse, screen=Screen((0, 1, 0), 0.5, (0, 0, 160, 120)))
    assert refine_matte(portrait.clip, keyed, radius_px=14, detail=1.0) is keyed


def test_any_order_gives_the_same_frames(portrait, coarse):
    first, second = (
        refine_matte(portrait.clip, coarse, radius_px=8, detail=0.7).alpha for _ in range(2)
    )
    late, early = second.frame(1), second.frame(0)
    assert np.array_equal(first.frame(0), early)
    assert np.array_equal(first.frame(1), late)
