"""The analysis drawn over the clip."""

from __future__ import annotations

import numpy as np
import pytest
from backlot.engine.analysis.overlay import CURVES_PX, WIDTH_PX, overlay_clip
from backlot.engine.analysis.plot import Graph, draw_graph, playhead_x, with_playhead
from backlot.engine.analysis.report import analyze_clip
from backlot.engine.clip.operations import ArrayClip, convert

GREEN = np.array([120, 235, 120])


def analysed(clip, context, matte=None):
    return overlay_clip(clip, analyze_clip(clip, context, matte=matte))


def near(picture, colour):
    return np.abs(picture.astype(int) - colour).max(axis=-1) < 30


@pytest.mark.parametrize("size", [(480, 270), (270, 480), (1920, 1080)])
def test_has_the_shape_it_promises_and_the_clips_length(shots, context, size):
    clip = shots.Footage([shots.pose(size, x=3.0 * i) for i in range(3)], size, cover=0.1)
    overlay = analysed(clip, context, shots.Matte(clip))
    assert len(overlay) == 3
    assert overlay.format.width == WIDTH_PX
    assert overlay.format.height == round(WIDTH_PX * size[1] / size[0]) + CURVES_PX
    assert overlay.frame(2).shape == (overlay.format.height, WIDTH_PX, 3)


def test_the_box_is_round_the_subject(shots, context):
    clip = shots.Footage([np.eye(3)] * 4, cover=0.15)
    x, y, radius = clip.place(1)
    picture = analysed(clip, context, shots.Matte(clip)).frame(1)
    left = picture[2 * y - 20 : 2 * y + 20, 2 * (x - radius) - 6 : 2 * (x - radius) + 6]
    assert near(left, GREEN).any(axis=1).all()
    assert near(picture[2 * y - 20 : 2 * y + 20, :40], GREEN).mean() < 0.02


def test_without_a_matte_there_is_no_box(shots, context):
    clip = ArrayClip(np.full((3, 270, 480, 3), 90, np.uint8), shots.FPS)
    picture = analysed(clip, context).frame(0)
    assert not near(picture[:-CURVES_PX], GREEN).any()


@pytest.mark.parametrize("bits", [10, 32])
def test_depth_does_not_change_the_picture(shots, context, bits):
    clip = shots.Footage([np.eye(3)] * 2)
    plain = analysed(clip, context).frame(0)[60:400, 120:]
    deep = analysed(convert(clip, bits), context).frame(0)[60:400, 120:]
    assert np.abs(deep.astype(int) - plain).max() <= 2


def test_one_frame_is_enough(shots, context):
    clip = shots.Footage([np.eye(3)], cover=0.1)
    assert analysed(clip, context, shots.Matte(clip)).frame(0).any()


def test_a_curve_rises_to_the_right_and_the_playhead_goes_with_it():
    graph = Graph("rise", {"value": (range(10), np.arange(10.0))}, least_span=1.0)
    picture = draw_graph(graph, 10, 400, 180)
    bright = near(picture, np.array([255, 190, 60]))
    bright[:44] = False
    rows = [np.flatnonzero(bright[:, round(playhead_x(at, 10, 400))]).mean() for at in (1, 5, 8)]
    assert rows[0] > rows[1] + 20 > rows[2] + 40
    marked = with_playhead(picture, 5, 10)
    changed = np.flatnonzero((marked != picture).any(axis=(0, 2)))
    assert round(playhead_x(5, 10, 400)) in changed
