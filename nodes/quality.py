"""Nodes that repair the result and say how good it is."""

from __future__ import annotations

import json
from typing import Any

from .. import host
from ..engine.quality.check import check_quality
from ..engine.quality.deflicker import deflicker
from ..host import io
from .sockets import ReportType, clip_from, clip_input, matte_from, matte_input, preview_input


class Deflicker(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotDeflicker",
            display_name="Deflicker",
            category="Backlot/Quality",
            description="Takes out flicker of the whole picture and of regions of it; real "
            "changes of light, cuts and motion stay. A steady clip is left as it is. Lazy.",
            inputs=[
                clip_input("clip", "The clip to steady."),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How much of the flicker is taken out.",
                ),
                io.Int.Input(
                    "radius_frames",
                    default=5,
                    min=1,
                    max=30,
                    tooltip="Frames looked at on each side; more catches slower flicker.",
                ),
                preview_input(),
            ],
            outputs=[io.Video.Output(display_name="clip", tooltip="The steadied clip.")],
        )

    @classmethod
    def execute(
        cls, clip: Any, strength: float, radius_frames: int, preview_frame: int = 0
    ) -> io.NodeOutput:
        steady = deflicker(clip_from(clip), strength=strength, radius_frames=radius_frames)
        return host.result(host.video_of(steady), preview=(steady, preview_frame))


class CheckQuality(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotCheckQuality",
            display_name="Check Quality",
            category="Backlot/Quality",
            description="Six scores measured from the pictures: temporal consistency, edges, "
            "colour consistency, lighting match, flicker and artefacts. It never stops a job.",
            inputs=[
                clip_input("result", "The clip to judge."),
                clip_input("source", "The source clip, to compare with.", optional=True),
                matte_input("matte", "The subject's matte, for edges and light.", optional=True),
                clip_input("plate", "The new background, for the light.", optional=True),
                io.Int.Input(
                    "samples",
                    default=12,
                    min=2,
                    max=500,
                    tooltip="At most so many places of the clip are measured; more is "
                    "surer and slower.",
                ),
            ],
            outputs=[
                ReportType.Output(display_name="report", tooltip="For Deliver Clip."),
                io.String.Output(display_name="json", tooltip="The scores as JSON."),
                io.String.Output(display_name="text", tooltip="The report in words."),
                io.Boolean.Output(display_name="passed", tooltip="Overall score at least 0.85."),
            ],
        )

    @classmethod
    def execute(
        cls,
        result: Any,
        samples: int,
        source: Any = None,
        matte: Any = None,
        plate: Any = None,
    ) -> io.NodeOutput:
        judged = clip_from(result)
        rate = judged.format.fps
        report = check_quality(
            judged,
            host.context(),
            source=None if source is None else clip_from(source, rate),
            alpha=None if matte is None else matte_from(matte, judged).alpha,
            plate=None if plate is None else clip_from(plate, rate),
            samples=samples,
        )
        text = report.to_text()
        return host.result(report, json.dumps(report.to_json()), text, report.passed, text=text)


NODES = [Deflicker, CheckQuality]
