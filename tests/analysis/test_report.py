from __future__ import annotations

import json

from backlot.engine.analysis.report import analyze_clip


def test_reports_camera_light_and_subject(shots, context):
    matrices = [shots.pose((320, 180), x=3.0 * i) for i in range(8)]
    footage = shots.Footage(matrices, (320, 180), cover=0.15, margin=60)
    analysis = analyze_clip(footage, context, matte=shots.Matte(footage))
    report = json.loads(json.dumps(analysis.to_json()))
    assert list(report) == ["media", "scene", "camera", "lighting", "subject", "depth"]
    assert report["camera"]["kind"] == "pan"
    assert len(report["subject"]["boxes"]) == 8
    assert report["media"] is None
    lines = analysis.to_text().splitlines()
    assert any(line.startswith("Camera: pan") for line in lines)
    assert any(line.startswith("Light: from") for line in lines)
    assert any(line.startswith("Subject: in 8 of 8 frames") for line in lines)
    assert any(line.startswith("Depth") for line in lines)


def test_without_a_matte_there_is_no_subject(shots, context):
    footage = shots.Footage([shots.pose((320, 180))] * 3, (320, 180), margin=60)
    analysis = analyze_clip(footage, context)
    assert analysis.tracking is None
    assert analysis.to_json()["subject"] is None
    assert "Subject" not in analysis.to_text()


def test_what_an_error_tells_of_a_value_is_short(shots, context):
    """ComfyUI writes a failing node's inputs into its error, and that into the history."""
    matrices = [shots.pose((320, 180), x=3.0 * i) for i in range(40)]
    footage = shots.Footage(matrices, (320, 180), cover=0.15, margin=200)
    analysis = analyze_clip(footage, context, matte=shots.Matte(footage))
    for part in (analysis.camera, analysis.lighting, analysis.tracking, analysis.depth):
        assert len(repr(part)) < 1500, type(part).__name__
