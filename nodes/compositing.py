"""Nodes that put subject and background together."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.clip.clip import Clip
from ..engine.compositing.edges import feather, nothing
from ..engine.compositing.match_color import match_color
from ..engine.compositing.over import composite
from ..engine.compositing.shadow import cast_shadow
from ..engine.errors import InputError
from ..engine.matting.matte import Matte
from ..engine.matting.transparency import Transparency
from ..host import io
from .sockets import (
    LightingType,
    MatteType,
    alpha_from,
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
            "wrap, the shadow on the plate and glass before it. Lazy.",
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
                    tooltip="Softens the matte's edge by this many pixels inside the subject; a "
                    "refined matte needs little.",
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
                io.Float.Input(
                    "feather_out_px",
                    default=0.0,
                    min=0.0,
                    max=100.0,
                    step=0.5,
                    optional=True,
                    tooltip="Softens the edge by this many pixels outside the subject, too; the "
                    "foreground must go on there, as Foreground Colour makes it.",
                ),
                clip_input(
                    "transmission",
                    "What share of the plate's light passes glass, from Layered Transparency. "
                    "Take the glass out of the matte with Combine Mattes.",
                    optional=True,
                ),
                clip_input(
                    "reflection",
                    "The light that the glass adds, from Layered Transparency.",
                    optional=True,
                ),
            ],
            outputs=[
                io.Video.Output(display_name="composite", tooltip="The finished picture."),
                MatteType.Output(
                    display_name="blend_mask", tooltip="The alpha that was used, feather included."
                ),
                MatteType.Output(
                    display_name="shadow", tooltip="The shadow on the plate; black where none is."
                ),
            ],
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
        feather_out_px: float = 0.0,
        transmission: Any = None,
        reflection: Any = None,
    ) -> io.NodeOutput:
        subject = clip_from(foreground)
        mask = feather(matte_from(matte, subject).alpha, feather_px, feather_out_px)
        density = alpha_from(shadow, subject)
        comp = composite(
            subject,
            mask,
            clip_from(plate, subject.format.fps),
            shadow=density,
            glass=_glass(transmission, reflection, subject),
            linear=linear,
            light_wrap=light_wrap,
        )
        return host.result(
            host.video_of(comp),
            Matte(mask, method="blend mask"),
            Matte(nothing(subject) if density is None else density, method="shadow"),
            preview=(comp, preview_frame),
        )


def _glass(transmission: Any, reflection: Any, like: Clip) -> Transparency | None:
    """Return what Layered Transparency gave, or None.

    Raises:
        InputError: if only one of the two is connected.
    """
    if transmission is None and reflection is None:
        return None
    if transmission is None or reflection is None:
        raise InputError(
            "transmission and reflection must come together, got one of them. Connect both "
            "outputs of Layered Transparency."
        )
    rate = like.format.fps
    return Transparency(clip_from(transmission, rate), clip_from(reflection, rate))


NODES = [MatchColor, CastShadow, Composite]
