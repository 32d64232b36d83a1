"""Nodes that cut the subject out."""

from __future__ import annotations

import json
from typing import Any

from .. import host
from ..engine.matting.frame_confidence import frame_confidence
from ..engine.matting.networks.by_model import MODELS
from ..engine.matting.segment import segment_subject
from ..host import io
from .sockets import (
    MatteType,
    clip_from,
    clip_input,
    masks_from,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)

_SURE = io.String.Output(
    display_name="confidence",
    tooltip="How sure the matte is of every frame (0 to 1), and where a point would help: JSON.",
)


class SegmentSubject(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotSegmentSubject",
            display_name="Segment Subject",
            category="Backlot/Matting",
            description="Finds the subject in every frame. An evenly coloured screen is keyed; "
            "otherwise the subject is taken from a box, points, a mask, words or what stands out "
            "and carried through time, by a network where one is installed. Names the frames that "
            "it is least sure of, and a place to click in each. The matte is rendered to the "
            "store.",
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
                    tooltip="Points on the subject: x,y x,y ... in pixels or fractions; a leading "
                    "- marks a point on the background, a trailing @frame a later frame, "
                    "which corrects the frames before it, too.",
                ),
                io.Mask.Input(
                    "mask",
                    optional=True,
                    tooltip="Mask of the subject on mask_frame, as the mask editor draws it. Of "
                    "masks for every frame, that frame's is taken.",
                ),
                io.Int.Input(
                    "mask_frame",
                    default=0,
                    min=0,
                    max=10_000_000,
                    optional=True,
                    tooltip="Frame the mask was drawn on, counted from 0.",
                ),
                io.Combo.Input(
                    "model",
                    options=["auto", "none", *MODELS],
                    default="auto",
                    optional=True,
                    tooltip="auto takes the best network that is installed, if there is one, and "
                    "says which; none uses none.",
                ),
                io.String.Input(
                    "text",
                    default="",
                    optional=True,
                    tooltip="What the subject is, in words, for example: woman. with umbrella. It "
                    "needs SAM 2 and Grounding DINO.",
                ),
                clip_input(
                    "plate",
                    "The view without the subject, for networks that use it.",
                    optional=True,
                ),
                # Core's own type, which older versions of ComfyUI have no node for.
                io.Custom("BACKGROUND_REMOVAL").Input(
                    "background_removal",
                    optional=True,
                    tooltip="ComfyUI's Load Background Removal Model. auto takes it before the "
                    "networks that are installed; where a prompt is given, of what it finds only "
                    "what the prompt means is kept.",
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject."), _SURE],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        method: str,
        box: str = "",
        points: str = "",
        mask: Any = None,
        mask_frame: int = 0,
        model: str = "auto",
        text: str = "",
        plate: Any = None,
        background_removal: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        context = host.context()
        matte = segment_subject(
            source,
            context,
            box=box,
            points=points,
            method=method,
            text=text,
            masks=masks_from(mask, source, mask_frame),
            model=model,
            plate=None if plate is None else clip_from(plate, source.format.fps),
            background_removal=background_removal,
        )
        sure = frame_confidence(source, matte, context)
        return host.result(
            matte,
            json.dumps(sure.to_json()),
            preview=(matte_view(matte.alpha), preview_frame),
            text=" · ".join(filter(None, (matte.method, sure.to_text()))),
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
