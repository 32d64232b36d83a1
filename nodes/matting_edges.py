"""Nodes that finish a matte's edge."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.matting.edge_confidence import edge_confidence
from ..engine.matting.foreground import foreground_colour
from ..engine.matting.hair_matte import hair_matte
from ..engine.matting.networks.edge_by_model import AUTO, EDGE_MODELS, NO_MODEL
from ..engine.matting.refine import refine_matte
from ..engine.matting.stabilize import stabilize_matte
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


class RefineMatte(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotRefineMatte",
            display_name="Refine Matte",
            category="Backlot/Matting",
            description="Fits the matte's edge to the picture at full size, guided by its "
            "colours. A keyed matte is left as it is. Lazy.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The matte to refine."),
                io.Float.Input(
                    "radius_px",
                    default=12.0,
                    min=1.0,
                    max=200.0,
                    step=1.0,
                    tooltip="Half width of the uncertain band around the edge, in pixels. "
                    "Wider for loose hair.",
                ),
                io.Float.Input(
                    "detail",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How closely the edge follows the picture; 0 leaves the matte alone.",
                ),
                preview_input(),
                # Last, or workflows that were saved without it would read the frame as a model.
                io.Combo.Input(
                    "model",
                    options=[AUTO, NO_MODEL, *EDGE_MODELS],
                    default=AUTO,
                    optional=True,
                    tooltip="auto takes the best network that is installed, if there is one, and "
                    "says so; none uses none. A network's matte is rendered to the store.",
                ),
            ],
            outputs=[
                MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject."),
                MatteType.Output(
                    display_name="edge_confidence",
                    tooltip="How sure the matte is of its edge, as a matte: 1 = sure. Where it is "
                    "dark, look twice.",
                ),
                MatteType.Output(
                    display_name="hair",
                    tooltip="The part of the matte that is thinner than a few pixels: the strands.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        matte: Any,
        radius_px: float,
        detail: float,
        preview_frame: int = 0,
        model: str = AUTO,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        refined = refine_matte(
            source,
            matte_from(matte, source),
            host.context(),
            radius_px=radius_px,
            detail=detail,
            model=model,
        )
        sure, hair = edge_confidence(source, refined), hair_matte(refined)
        shown = matte_view(refined.alpha), preview_frame
        return host.result(refined, sure, hair, preview=shown, text=refined.method or None)


class StabilizeMatte(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotStabilizeMatte",
            display_name="Stabilize Matte",
            category="Backlot/Matting",
            description="Stops the matte's edge from jittering: it is averaged over neighbouring "
            "frames along the motion, where the picture did not change. Lazy.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The matte to stabilise."),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="What a neighbouring frame counts against the frame itself; 0 leaves "
                    "the matte alone.",
                ),
                io.Int.Input(
                    "radius_frames",
                    default=2,
                    min=1,
                    max=8,
                    tooltip="How many frames before and after are looked at. More are steadier "
                    "and slower.",
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject.")],
        )

    @classmethod
    def execute(
        cls, clip: Any, matte: Any, strength: float, radius_frames: int, preview_frame: int = 0
    ) -> io.NodeOutput:
        source = clip_from(clip)
        steady = stabilize_matte(
            source, matte_from(matte, source), strength=strength, radius_frames=radius_frames
        )
        return host.result(steady, preview=(matte_view(steady.alpha), preview_frame))


class ForegroundColour(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotForegroundColour",
            display_name="Foreground Colour",
            category="Backlot/Matting",
            description="The subject's true colour where it is partly transparent, without the "
            "old background or the screen's spill; straight, not premultiplied. Lazy.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The subject's matte."),
                io.Float.Input(
                    "despill",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How much of a keyed screen's colour is taken out of the subject.",
                ),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(display_name="foreground", tooltip="Straight colour, no alpha.")
            ],
        )

    @classmethod
    def execute(
        cls, clip: Any, matte: Any, despill: float, preview_frame: int = 0
    ) -> io.NodeOutput:
        source = clip_from(clip)
        colour = foreground_colour(source, matte_from(matte, source), despill=despill)
        return host.result(host.video_of(colour), preview=(colour, preview_frame))


NODES = [RefineMatte, StabilizeMatte, ForegroundColour]
