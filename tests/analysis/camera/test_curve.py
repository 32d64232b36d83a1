from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.camera.curve import classify, corner_path, pose_of, smoothed, stability
from backlot.engine.analysis.reduced import Size

SIZE = Size(1280, 720)


@pytest.mark.parametrize(
    ("given", "index", "value"),
    [
        ({"x": 12.5}, 0, 12.5),
        ({"y": -7.0}, 1, -7.0),
        ({"zoom": 1.25}, 2, 1.25),
        ({"roll_deg": 3.0}, 3, 3.0),
    ],
)
def test_reads_each_part_of_a_pose(shots, given, index, value):
    pose = pose_of(shots.pose(SIZE, **given), SIZE)
    assert pose[index] == pytest.approx(value)
    rest = [v for i, v in enumerate(pose) if i != index]
    neutral = [v for i, v in enumerate((0, 0, 1, 0)) if i != index]
    assert rest == pytest.approx(neutral, abs=1e-9)


def kind(matrices, parallax_px=(0.0, 0.0, 0.0)):
    """Name a camera; near things move further by so much in every frame."""
    curve = [pose_of(matrix, SIZE) for matrix in matrices]
    parallax = np.arange(len(matrices))[:, None] * np.array(parallax_px)
    return classify(curve, parallax, 25.0, SIZE)


def test_a_shaken_pan_is_still_a_pan_and_less_stable(shots):
    shake = np.random.default_rng(0).standard_normal(60)
    calm = [shots.pose(SIZE, x=5.0 * i) for i in range(60)]
    shaken = [shots.pose(SIZE, x=5.0 * i, y=1.5 * shake[i]) for i in range(60)]
    for matrices in (calm, shaken):
        assert kind(matrices) == "pan"
    paths = [corner_path(np.array(matrices), SIZE) for matrices in (calm, shaken)]
    assert stability(paths[0], 25.0, SIZE) > 0.95
    assert 0.3 < stability(paths[1], 25.0, SIZE) < 0.8


def test_swaying_to_and_fro_is_handheld(shots):
    matrices = [shots.pose(SIZE, x=30 * np.sin(i / 8)) for i in range(100)]
    assert kind(matrices) == "handheld"


def test_parallax_tells_travelling_from_turning(shots):
    slides = [shots.pose(SIZE, x=2.0 * i) for i in range(40)]
    grows = [shots.pose(SIZE, zoom=1.003**i) for i in range(40)]
    assert kind(slides, (-3.0, 0.0, 0.0)) == "truck"
    assert kind(slides, (-0.1, 0.0, 0.0)) == "pan"
    assert kind(grows, (0.0, 0.0, 3.0)) == "dolly in"
    assert kind([*reversed(grows)], (0.0, 0.0, -3.0)) == "dolly out"
    assert kind(grows) == "zoom"


def test_two_moves_at_once_are_mixed(shots):
    both = [shots.pose(SIZE, x=4.0 * i, zoom=1.006**i) for i in range(40)]
    assert kind(both) == "mixed"


def test_smoothing_keeps_an_even_move():
    line = np.linspace(0, 40, 50)[:, None]
    assert smoothed(line, 25.0) == pytest.approx(line)
