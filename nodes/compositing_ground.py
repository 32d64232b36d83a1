"""Nodes for what a subject leaves on the ground besides a cast shadow."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.compositing.shadow.plate_ground import ground_of
from ..engine.compositing.shadow.reflection import reflect
from ..engine.compositing.shadow.source_shadow import source_shadow
from ..engine.matting.matte import Matte
from ..host import io
from .sockets import (
    MatteType,
    clip_from,
    clip_input,
    horizon_inputs,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)


class Reflection(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotReflection",
            display_name="Reflection",
            category="Backlot/Compositing",
            description="Mirrors the subject in a wet or polished floor of the plate, fainter and "
            "softer with the distance from the feet. Connect its plate to Composite. Lazy.",
            inputs=[
                clip_input("foreground", "The subject's straight colour; it gives the length."),
                matte_input("matte", "The subject's matte, 1 = subject."),
                clip_input("plate", "The new background: a clip, or one picture."),
                io.Float.Input(
                    "strength",
                    default=0.25,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Part of the light that the floor mirrors at the feet: 0.1 for worn "
                    "tiles, 0.5 for water.",
                ),
                io.Float.Input(
                    "blur_px",
                    default=8.0,
                    min=0.0,
                    max=100.0,
                    step=0.5,
                    tooltip="Blur of the mirrored head, in pixels of a frame 1080 high; the feet "
                    "are sharper.",
                ),
                io.Float.Input(
                    "fade",
                    default=0.6,
                    min=0.05,
                    max=5.0,
                    step=0.05,
                    tooltip="Height, over the subject's, over which the reflection falls to a "
                    "third.",
                ),
                preview_input(),
                *horizon_inputs(),
            ],
            outputs=[
                io.Video.Output(display_name="plate", tooltip="The plate with the reflection.")
            ],
        )

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        plate: Any,
        strength: float,
        blur_px: float,
        fade: float,
        preview_frame: int = 0,
        depth: Any = None,
        horizon: float = -1.0,
    ) -> io.NodeOutput:
        subject = clip_from(foreground)
        alpha = matte_from(matte, subject).alpha
        behind = clip_from(plate, subject.format.fps)
        ground = ground_of(alpha, host.context(), plate=behind, depth=depth, horizon=horizon)
        mirrored = reflect(
            subject,
            alpha,
            behind,
            views=ground.views,
            strength=strength,
            blur_px=blur_px,
            fade=fade,
        )
        return host.result(
            host.video_of(mirrored), preview=(mirrored, preview_frame), text=ground.to_text()
        )


class SourceShadow(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotSourceShadow",
            display_name="Source Shadow",
            category="Backlot/Compositing",
            description="The shadow the subject threw where it was filmed, to lay on a new ground "
            "in like light: what the clip is darker than its clean plate at the feet. Lazy.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The subject's matte, 1 = subject."),
                clip_input(
                    "clean_plate",
                    "The same without the subject and its shadow, from Clean Plate or filmed.",
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Part of the shadow that is kept; 0 keeps none.",
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="shadow", tooltip="Density, 1 = black.")],
        )

    @classmethod
    def execute(
        cls, clip: Any, matte: Any, clean_plate: Any, strength: float, preview_frame: int = 0
    ) -> io.NodeOutput:
        source = clip_from(clip)
        alpha = matte_from(matte, source).alpha
        clean = clip_from(clean_plate, source.format.fps)
        density = source_shadow(source, clean, alpha, strength=strength)
        return host.result(
            Matte(density, method="source shadow"), preview=(matte_view(density), preview_frame)
        )


NODES = [Reflection, SourceShadow]
