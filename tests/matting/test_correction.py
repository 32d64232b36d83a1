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


def test_background_that_was_taken_along_is_let_go(walk):
    alpha = walk.alpha[0].copy()
    alpha[40:80, 90:120] = 1
    added = (alpha > 0.5) & (walk.alpha[0] < 0.02)
    region = corrected_region(alpha, walk.frames[0], Point(104, 60, 0, False))
    assert region[added].mean() > 0.8
    assert region[walk.alpha[0] > 0.98].mean() < 0.02
    assert not region[alpha <= 0.5].any()


def test_a_part_that_is_missing_is_found(walk):
    alpha = walk.alpha[0].copy()
    alpha[60:] = 0
    missing = (walk.alpha[0] > 0.98) & (alpha < 0.5)
    region = corrected_region(alpha, walk.frames[0], Point(55, 75, 0, True))
    assert region[missing].mean() > 0.8
    assert region[walk.alpha[0] < 0.02].mean() < 0.02
    assert not region[alpha > 0.5].any()


def test_only_the_clicked_one_of_two_regions_changes(walk):
    alpha = walk.alpha[0].copy()
    alpha[40:80, 90:105] = 1
    alpha[5:25, 100:130] = 1
    region = corrected_region(alpha, walk.frames[0], Point(97, 60, 0, False))
    assert region[45:75, 92:103].mean() > 0.8
    assert not region[5:25].any()


def test_a_mask_is_corrected_by_each_click(walk):
    mask = walk.alpha[0] > 0.5
    wrong = mask.copy()
    wrong[40:80, 90:120] = True
    wrong[66:] &= np.arange(160) > 84
    clicks = [Point(104, 60, 0, False), Point(55, 78, 0, True)]
    right = corrected_mask(wrong, walk.frames[0], clicks)
    assert (right != mask).sum() < 0.3 * (wrong != mask).sum()


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
    at = next(
        index for index in range(2, 8) if wrong.alpha.frame(index)[84, 30] > 700
    )
    mended = segment_subject(walk.clip, context, masks=masks, points=f"-30,84@{at}")
    for index in (at, at + 1):
        assert mended.alpha.frame(index)[78:92, 24:36].mean() < 100
    kept = walk.alpha[at] > 0.98
    assert mended.alpha.frame(at)[kept].mean() > 980
