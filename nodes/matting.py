"""Nodes that cut the subject out."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.matting.segment import segment_subject
from ..host import io
from .sockets import (
    MatteType,
    clip_from,
    clip_input,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)


class SegmentSubject(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotSegmentSubject",
            display_name="Segment Subject",
            category="Backlot/Matting",
            description="Finds the subject in every frame. An evenly coloured screen is keyed; "
            "otherwise the subject is taken from a box, points, or the moving or central thing, "
            "and carried through time. The matte is rendered to the store.",
            inputs=[
                clip_input("clip", "The source clip."),
                io.Combo.Input(
                    "method",
                    options=["auto", "key", "segment"],
                    default="auto",
                    tooltip="auto keys when it finds a screen; key insists on one; "
                    "segment never keys.",
                ),
                io.String.Input(
                    "box",
                    default="",
                    optional=True,
                    tooltip="Box around the subject in the first frame: x0,y0,x1,y1 in pixels, "
                    "or as fractions of the frame when all are at most 1.",
                ),
                io.String.Input(
                    "points",
                    default="",
                    optional=True,
                    tooltip="Points on the subject in the first frame: x,y x,y ... in pixels or "
                    "fractions; a leading - marks a point on the background.",
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject.")],
        )

    @classmethod
    def execute(
        cls, clip: Any, method: str, box: str = "", points: str = "", preview_frame: int = 0
    ) -> io.NodeOutput:
        matte = segment_subject(
            clip_from(clip), host.context(), box=box, points=points, method=method
        )
        return host.result(
            matte, preview=(matte_view(matte.alpha), preview_frame), text=matte.method
        )


class MatteToVideo(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotMatteToVideo",
            display_name="Matte to Video",
            category="Backlot/Matting",
            description="Shows a matte as a grey video, to look at or to save. Lazy.",
            inputs=[
                clip_input("clip", "The clip the matte belongs to; it gives size and rate."),
                matte_input("matte", "The matte."),
                preview_input(),
            ],
            outputs=[io.Video.Output(display_name="video", tooltip="Grey, white = subject.")],
        )

    @classmethod
    def execute(cls, clip: Any, matte: Any, preview_frame: int = 0) -> io.NodeOutput:
        shown = matte_view(matte_from(matte, clip_from(clip)).alpha)
        return host.result(host.video_of(shown), preview=(shown, preview_frame))


NODES = [SegmentSubject, MatteToVideo]
