"""What the compositing rows say of composites whose faults are known."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from tests.bench.rivals import mkl_lab
from tests.bench.score import edge, fringe, steady
from tests.bench.score.places import row
from tests.bench.table import OURS, CaseResult

SIZE = (160, 200)


def disc(count=3):
    y, x = np.indices(SIZE)
    inside = 50.3 - np.hypot(x - 99.6, y - 80.2)
    return np.repeat(np.clip(inside + 0.5, 0, 1).astype(np.float32)[None], count, axis=0)


def even(colour, count=3):
    return np.broadcast_to(np.float32(colour), (count, *SIZE, 3)).copy()


def case(front=(0.2, 0.15, 0.1), back=(0.8, 0.8, 0.9), tags=()):
    """Return a truth of one subject that stands still before something even."""
    alpha = disc()[..., None]
    layers = {
        "alpha": alpha[..., 0],
        "hair": np.zeros((3, *SIZE), np.float32),
        "foreground": even(front),
        "plate": even(back),
        "clean": even(front) * alpha + even(back) * (1 - alpha),
        "answer_plate": even((0.3, 0.5, 0.3)),
        "answer": even(front) * alpha + even((0.3, 0.5, 0.3)) * (1 - alpha),
        "motion": np.zeros((3, *SIZE, 2), np.float32),
    }
    readers = {
        name: lambda start=0, stop=None, kept=kept: kept[start:stop]
        for name, kept in layers.items()
    }
    return SimpleNamespace(**readers, tags=tags, count=3, cuts=(), size=SIZE[::-1])


def test_a_fringe_is_looked_for_where_it_shows():
    assert fringe.shows_fringe(case(), [0, 1])
    assert not fringe.shows_fringe(case(back=(0.25, 0.2, 0.1)), [0, 1])
    assert fringe.shows_fringe(case(back=(0.1, 0.6, 0.1), tags=("screen", "green")), [0, 1])


def test_a_composite_without_fringe_has_none_of_the_clips():
    truth, result = case(), CaseResult("one")
    fringe.score_answer(result, truth, [0, 1], truth.answer()[:2], truth.clean()[:2], disc(2))
    figures = result.figures["fringe/edge CIEDE2000"]
    assert figures[OURS] < 0.01 < 1 < figures[fringe.PLAIN]


@pytest.mark.parametrize("stairs", [False, True])
def test_a_composite_with_stairs_is_jagged(stairs):
    truth, result = case(), CaseResult("one")
    matte = (disc() >= 0.5).astype(np.float32) if stairs else disc()
    ours = truth.foreground() * matte[..., None]
    ours += truth.answer_plate() * (1 - matte[..., None])
    edge.score(result, "edge", truth, [0, 1, 2], (ours, truth.clean(), matte))
    jagged = result.figures["edge/worst jaggedness of the matte"][OURS]
    beyond = result.figures["edge/jaggedness the true answer has not"][OURS]
    assert (jagged > 0.12) == stairs and (beyond > 0.12) == stairs


def test_flicker_that_the_source_has_not_is_told():
    still = even((0.4, 0.4, 0.4), 6)
    still += np.random.default_rng(1).normal(0, 0.02, (1, *SIZE, 1)).astype(np.float32)
    shaken = still * (1 + 0.02 * (-1.0) ** np.arange(6))[:, None, None, None]
    result = CaseResult("one")
    flow, where = np.zeros((5, *SIZE, 2), np.float32), np.ones((5, *SIZE), bool)
    shown = {OURS: shaken.astype(np.float32), "source": still}
    steady._add(result, "steadiness", "subject", "source", shown, flow, where)
    assert result.figures["steadiness/subject flicker"][OURS] > 1.5
    assert result.figures["steadiness/worst subject flicker over source"][OURS] > 10


def test_a_row_of_frames_stays_inside_a_shot():
    assert row(36, (), 8) == list(range(14, 22))
    assert row(36, (10,), 12) == list(range(17, 29))
    assert row(6, (4,), 12) == [0, 1, 2, 3]


def test_mkl_gives_the_subject_the_plates_mean_and_covariance():
    draw = np.random.default_rng(2)
    frame = (0.3 + 0.08 * draw.standard_normal((60, 60, 3))).clip(0, 1).astype(np.float32)
    mixed = draw.standard_normal((60, 60, 3)) @ [[0.05, 0.02, 0], [0, 0.04, 0.02], [0, 0, 0.03]]
    plate = (0.6 + mixed).clip(0, 1).astype(np.float32)
    matched = mkl_lab.transfer(frame, np.ones((60, 60)), plate)
    np.testing.assert_allclose(matched.mean((0, 1)), plate.mean((0, 1)), atol=0.01)
    found, wanted = (np.cov(one.reshape(-1, 3).T) for one in (matched, plate))
    np.testing.assert_allclose(found, wanted, atol=3e-4)
    np.testing.assert_array_equal(mkl_lab.transfer(frame, np.zeros((60, 60)), plate), frame)
    np.testing.assert_allclose(
        mkl_lab.transfer(frame, np.ones((60, 60)), plate, 0.3),
        frame + 0.3 * (matched - frame),
        atol=1e-5,
    )
