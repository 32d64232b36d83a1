from __future__ import annotations

import cv2
import numpy as np
import pytest
from backlot.engine.matting.alpha_in_band import alpha_in_band
from backlot.engine.matting.band_solver import apply_model
from backlot.engine.matting.colour_samples import told_by_colours
from backlot.engine.matting.laplacian import MattingLaplacian


@pytest.fixture
def picture(portrait):
    return portrait.frames[0].astype(np.float32) / np.float32(255)


@pytest.fixture
def trimap(portrait):
    alpha = portrait.alpha[0]
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (11, 11))
    maybe = cv2.dilate((alpha > 0).astype(np.uint8), kernel)
    sure = cv2.erode((alpha >= 1).astype(np.uint8), kernel)
    return np.where(sure > 0, 1.0, np.where(maybe > 0, 0.5, 0.0)).astype(np.float32)


def test_strands_are_found(portrait, picture, trimap):
    alpha = alpha_in_band(picture, trimap)
    band = (trimap > 0) & (trimap < 1)
    assert np.abs(alpha - portrait.alpha[0])[band].mean() < 0.03


def test_a_trimaps_sides_are_kept(picture, trimap):
    alpha = alpha_in_band(picture, trimap)
    assert (alpha[trimap == 1] == 1).all()
    assert (alpha[trimap == 0] == 0).all()


def test_nothing_unknown_is_nothing_to_do(picture, portrait):
    solid = (portrait.alpha[0] > 0.5).astype(np.float32)
    assert np.array_equal(alpha_in_band(picture, solid), solid)


def test_laplacian_forgives_what_is_linear_in_colour(picture):
    operator = MattingLaplacian(picture, 1, 1e-7)
    linear = picture @ np.float32([0.5, -0.2, 0.3]) + np.float32(0.1)
    rough = np.random.default_rng(1).normal(size=linear.shape).astype(np.float32)
    assert np.abs(operator(linear)).max() < 1e-3 * np.abs(operator(rough)).mean()


def test_laplacians_diagonal_is_about_that_of_its_matrix(picture):
    operator = MattingLaplacian(picture, 1, 1e-4)
    for row, column in ((30, 40), (61, 77), (90, 20)):
        spike = np.zeros(picture.shape[:2], np.float32)
        spike[row, column] = 1
        assert 0.5 < operator(spike)[row, column] / operator.diagonal < 2


def test_laplacian_of_grey_texture_never_gives_energy():
    """Grey things make the channels alike; single precision must bear it all the same."""
    rng = np.random.default_rng(4)
    grey = rng.random((60, 80, 1)).astype(np.float32) ** 0.3
    grey = np.repeat(grey, 3, axis=2) + rng.normal(0, 2e-4, (60, 80, 3)).astype(np.float32)
    operator = MattingLaplacian(grey, 2, 1e-4)
    for alpha in (grey[..., 0], rng.normal(size=(60, 80)).astype(np.float32)):
        centred = np.ascontiguousarray(alpha - alpha.mean())
        assert float((operator(centred) * centred).sum()) > -1e-3 * float((centred**2).sum())


def test_laplacians_model_draws_what_is_linear_in_rgb(picture):
    operator = MattingLaplacian(picture, 1, 1e-7)
    linear = picture @ np.float32([0.5, -0.2, 0.3]) + np.float32(0.1)
    drawn = apply_model(picture, operator.coefficients(linear))
    assert np.abs(drawn - linear).max() < 0.02


def test_colours_tell_a_hole_that_no_side_touches(picture, portrait):
    """A pixel of the background amid the unknown is known by its colour alone."""
    subject, ground = np.float32([0.2, 0.15, 0.15]), np.float32([0.8, 0.8, 0.8])
    plain = np.broadcast_to(subject, (60, 60, 3)).copy()
    plain[:, 40:] = ground
    plain[25:35, 10:20] = ground
    fore = np.zeros((60, 60), bool)
    fore[:, :4] = True
    back = np.zeros((60, 60), bool)
    back[:, 50:] = True
    told = told_by_colours(plain, fore, back)
    assert told.alpha[27:33, 12:18].max() < 0.05
    assert told.alpha[5:20, 10:30].min() > 0.95
