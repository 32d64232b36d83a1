from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.clip.render import render_scan
from backlot.engine.matting.correction import corrected_mask, corrected_region
from backlot.engine.matting.local_mix import LocalMix
from backlot.engine.matting.prompts import MaskPrompt, Point
from backlot.engine.matting.segment import segment_subject


@pytest.fixture
def plain():
    """A red figure before a blue ground, both with noise, and its mask."""
    rng = np.random.default_rng(3)
    mask = np.zeros((120, 160), bool)
    mask[20:110, 60:100] = True
    picture = np.where(mask[..., None], np.float32([170, 60, 50]), np.float32([60, 80, 150]))
    noisy = picture + rng.normal(0, 10, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8), mask


def test_background_that_was_taken_along_is_let_go(plain):
    frame, mask = plain
    wrong = mask.copy()
    wrong[50:80, 100:120] = True
    region = corrected_region(wrong.astype(np.float32), frame, Point(110, 65, 0, False))
    assert region[wrong & ~mask].mean() > 0.9
    assert not region[~(wrong & ~mask)].any()


def test_a_part_that_is_missing_is_found(plain):
    frame, mask = plain
    wrong = mask.copy()
    wrong[90:] = False
    region = corrected_region(wrong.astype(np.float32), frame, Point(80, 100, 0, True))
    assert region[mask & ~wrong].mean() > 0.7
    assert region[~(mask & ~wrong)].sum() < 20


def test_only_the_clicked_one_of_two_regions_changes(plain):
    frame, mask = plain
    wrong = mask.copy()
    wrong[50:80, 100:120] = wrong[50:80, 40:60] = True
    region = corrected_region(wrong.astype(np.float32), frame, Point(110, 65, 0, False))
    assert region[52:78, 102:118].mean() > 0.9
    assert not region[:, :60].any()


def test_a_mask_is_corrected_by_each_click(plain):
    frame, mask = plain
    wrong = mask.copy()
    wrong[50:80, 100:120] = True
    wrong[90:] = False
    clicks = [Point(110, 65, 0, False), Point(80, 100, 0, True)]
    right = corrected_mask(wrong, frame, clicks)
    assert (right != mask).sum() < 0.2 * (wrong != mask).sum()


def clip_of(alpha):
    return ArrayClip((alpha * 1023).astype(np.uint16), Fraction(25), bits=10)


@pytest.fixture
def mixed(context):
    """Two parts differ throughout; the one on the left was clicked, and moves."""
    uncorrected = np.zeros((9, 60, 80), np.float32)
    for index in range(9):
        uncorrected[index, 20:40, 10 + index : 30 + index] = 1
    uncorrected[:, 20:40, 55:75] = 1
    corrected = np.zeros_like(uncorrected)
    corrected[:, 50:55, 5:10] = 1
    scan = LocalMix(clip_of(uncorrected), clip_of(corrected), (Point(20, 30, 0, False),))
    made = render_scan(scan, context, "matting", "test")
    return np.stack([made.frame(index) for index in range(9)]) / 1023


def test_the_clicked_region_is_taken_back_the_more_the_nearer(mixed):
    inside = [float(mixed[index, 30, 20 + index]) for index in range(1, 9)]
    assert inside[0] == pytest.approx(1 / 8, abs=0.01)
    assert inside[-1] == 1
    assert inside == sorted(inside)


def test_what_differs_elsewhere_stays(mixed):
    assert (mixed[:, 20:40, 55:75] == 1).all()
    assert (mixed[:, 50:55] == 0).all()


def test_a_later_click_mends_its_region_and_leaves_the_rest(walk, context):
    """A corner of background was taken along on frame 0; it stands while the subject moves on."""
    drawn = walk.alpha[0].copy()
    drawn[75:95, 20:45] = 1
    masks = (MaskPrompt(0, drawn),)
    wrong = segment_subject(walk.clip, context, masks=masks)
    at = next(index for index in range(2, 8) if wrong.alpha.frame(index)[84, 30] > 700)
    mended = segment_subject(walk.clip, context, masks=masks, points=f"-30,84@{at}")
    for index in (at, at + 1):
        assert mended.alpha.frame(index)[78:92, 24:36].mean() < 100
    kept = walk.alpha[at] > 0.98
    assert mended.alpha.frame(at)[kept].mean() > 980
