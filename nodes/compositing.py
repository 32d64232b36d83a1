"""Nodes that put subject and background together."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.compositing.match_color import match_color
from ..engine.compositing.over import composite
from ..engine.compositing.shadow import cast_shadow
from ..engine.matting.matte import Matte
from ..host import io
from .sockets import (
    LightingType,
    MatteType,
    clip_from,
    clip_input,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)

#: Light from above, a little left and in front, when no lighting is connected.
_DEFAULT_LIGHT = (-0.41, 0.82, 0.41)


class MatchColor(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotMatchColor",
            display_name="Match Color",
            category="Backlot/Compositing",
            description="Brings the subject's white balance and exposure towards the plate's "
            "light, the same for the whole clip. Does less, or nothing, where it cannot tell. "
            "Lazy.",
            inputs=[
                clip_input("foreground", "The subject's colour."),
                matte_input("matte", "The subject's matte."),
                clip_input("plate", "The new background."),
                io.Float.Input(
                    "strength",
                    default=0.3,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How far to go; 0 leaves the subject as it is.",
                ),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(display_name="foreground", tooltip="The matched subject colour.")
            ],
        )

    @classmethod
    def execute(
        cls, foreground: Any, matte: Any, plate: Any, strength: float, preview_frame: int = 0
    ) -> io.NodeOutput:
        subject = clip_from(foreground)
        alpha = matte_from(matte, subject).alpha
        behind = clip_from(plate, subject.format.fps)
        matched = match_color(subject, alpha, behind, host.context(), strength=strength)
        return host.result(host.video_of(matched), preview=(matched, preview_frame))


class CastShadow(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotCastShadow",
            display_name="Cast Shadow",
            category="Backlot/Compositing",
            description="The shadow the subject throws on the ground: contact shadow under the "
            "feet and a cast shadow away from the light. Lazy.",
            inputs=[
                clip_input("clip", "The source clip; it gives size and length."),
                matte_input("matte", "The subject's matte."),
                LightingType.Input(
                    "lighting",
                    optional=True,
                    tooltip="The light of the new background, from Estimate Lighting; without "
                    "it the light comes from above left.",
                ),
                io.Float.Input(
                    "opacity",
                    default=0.3,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Darkness of the shadow; 1 takes all light away.",
                ),
                io.Float.Input(
                    "softness_px",
                    default=12.0,
                    min=0.0,
                    max=200.0,
                    step=1.0,
                    tooltip="Blur at the far end of the shadow, in pixels of a frame 1080 high; "
                    "it is sharper at the feet.",
                ),
                io.Float.Input(
                    "length",
                    default=0.5,
                    min=0.0,
                    max=4.0,
                    step=0.05,
                    tooltip="Longest length of the cast shadow over the subject's height.",
                ),
                io.Float.Input(
                    "contact",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Darkness of the contact shadow under the feet.",
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="shadow", tooltip="Density, 1 = black.")],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        matte: Any,
        opacity: float,
        softness_px: float,
        length: float,
        contact: float,
        lighting: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        density = cast_shadow(
            matte_from(matte, clip_from(clip)).alpha,
            light=_DEFAULT_LIGHT if lighting is None else lighting.direction,
            opacity=opacity,
            softness_px=softness_px,
            length=length,
            contact=contact,
        )
        return host.result(
            Matte(density, method="shadow"), preview=(matte_view(density), preview_frame)
        )


class Composite(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotComposite",
            display_name="Composite",
            category="Backlot/Compositing",
            description="Lays the subject over the plate: straight alpha, with feather, light "
            "wrap and the shadow on the plate. Lazy.",
            inputs=[
                clip_input("foreground", "The subject's straight colour; it gives rate and sound."),
                matte_input("matte", "The subject's matte, 1 = subject."),
                clip_input("plate", "The new background: a clip, or one picture."),
                matte_input("shadow", "Shadow density on the plate, 1 = black.", optional=True),
                io.Boolean.Input(
                    "linear",
                    default=True,
                    tooltip="Blend in linear light, as light does; off blends display values, "
                    "as most editors do.",
                ),
                io.Float.Input(
                    "feather_px",
                    default=0.0,
                    min=0.0,
                    max=100.0,
                    step=0.5,
                    tooltip="Softens the matte's edge by this many pixels; a refined matte "
                    "needs little.",
                ),
                io.Float.Input(
                    "light_wrap",
                    default=0.15,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How much of the plate's light spills over the subject's edge.",
                ),
                preview_input(),
            ],
            outputs=[io.Video.Output(display_name="composite", tooltip="The finished picture.")],
        )

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        plate: Any,
        linear: bool,
        feather_px: float,
        light_wrap: float,
        shadow: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        subject = clip_from(foreground)
        comp = composite(
            subject,
            matte_from(matte, subject).alpha,
            clip_from(plate, subject.format.fps),
            shadow=None if shadow is None else matte_from(shadow, subject).alpha,
            linear=linear,
            feather_px=feather_px,
            light_wrap=light_wrap,
        )
        return host.result(host.video_of(comp), preview=(comp, preview_frame))


NODES = [MatchColor, CastShadow, Composite]
