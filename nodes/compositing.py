"""Nodes that put subject and background together."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from .. import host
from ..engine.clip.clip import Clip
from ..engine.compositing.colour.match_color import METHODS, apply_match, find_match, save_match
from ..engine.compositing.edges import feather, nothing
from ..engine.compositing.over import composite
from ..engine.compositing.shadow.plate_ground import ground_of
from ..engine.compositing.shadow.shadow import cast_shadow
from ..engine.compositing.shadow.sun import sun_of
from ..engine.errors import InputError
from ..engine.matting.matte import Matte
from ..engine.matting.transparency import Transparency
from ..host import io
from .sockets import (
    LightingType,
    MatteType,
    clip_from,
    clip_input,
    horizon_inputs,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)


class MatchColor(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotMatchColor",
            display_name="Match Color",
            category="Backlot/Compositing",
            description="Brings the subject's white balance and exposure towards the plate's "
            "light, the same for the whole clip. Does less, or nothing, where it cannot tell, and "
            "says so. Lazy.",
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
                    tooltip="How far to go; 0 leaves the subject as it is. Where a difference in "
                    "light is sure, light and neural go further.",
                ),
                preview_input(),
                io.Combo.Input(
                    "method",
                    options=list(METHODS),
                    default="light",
                    optional=True,
                    tooltip="light: white balance, exposure and haze. histogram, mkl: the plate's "
                    "range of colours, a look. lut: the file below. neural: parts that look "
                    "alike, by DINOv2.",
                ),
                LightingType.Input(
                    "source_lighting",
                    optional=True,
                    tooltip="The light on the subject, from Analyze Clip; for the method light.",
                ),
                LightingType.Input(
                    "plate_lighting",
                    optional=True,
                    tooltip="The light of the new background, from Estimate Lighting.",
                ),
                io.String.Input(
                    "lut",
                    default="",
                    optional=True,
                    tooltip="Path of a .cube file to apply, for the method lut.",
                ),
                io.String.Input(
                    "save_lut",
                    default="",
                    optional=True,
                    tooltip="Where to write the match as a .cube file for editors; empty is "
                    "nowhere.",
                ),
            ],
            outputs=[
                io.Video.Output(display_name="foreground", tooltip="The matched subject colour.")
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, lut: str = "", **_: Any) -> Any:
        if not lut:
            return ""
        stat = host.resolve_input(lut).stat()
        return f"{stat.st_size} {stat.st_mtime_ns}"

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        plate: Any,
        strength: float,
        preview_frame: int = 0,
        method: str = "light",
        source_lighting: Any = None,
        plate_lighting: Any = None,
        lut: str = "",
        save_lut: str = "",
    ) -> io.NodeOutput:
        subject = clip_from(foreground)
        alpha = matte_from(matte, subject).alpha
        match = find_match(
            subject,
            alpha,
            clip_from(plate, subject.format.fps),
            host.context(),
            strength=strength,
            method=method,
            lut=host.resolve_input(lut) if lut else None,
            source_lighting=source_lighting,
            plate_lighting=plate_lighting,
        )
        if save_lut:
            save_match(match, Path(save_lut))
        matched = apply_match(subject, alpha, match)
        return host.result(
            host.video_of(matched), preview=(matched, preview_frame), text=match.text
        )


class CastShadow(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotCastShadow",
            display_name="Cast Shadow",
            category="Backlot/Compositing",
            description="The shadow each person throws on the ground and up a wall, in the "
            "plate's light and perspective, and the contact shadow around the feet. Lazy.",
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
                    tooltip="Darkness of the shadow in ordinary light; 1 takes all light away. "
                    "With lighting a strong key makes it darker, an overcast sky lighter.",
                ),
                io.Float.Input(
                    "softness_px",
                    default=12.0,
                    min=0.0,
                    max=200.0,
                    step=1.0,
                    tooltip="Blur at the far end of the shadow, in pixels of a frame 1080 high; "
                    "it is sharper at the feet. With lighting hard light makes it less.",
                ),
                io.Float.Input(
                    "length",
                    default=3.0,
                    min=0.0,
                    max=6.0,
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
                *_ground_inputs(),
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
        plate: Any = None,
        depth: Any = None,
        horizon: float = -1.0,
        wall: float = -1.0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        alpha = matte_from(matte, source).alpha
        behind = None if plate is None else clip_from(plate, source.format.fps)
        ground = ground_of(
            alpha, host.context(), plate=behind, depth=depth, horizon=horizon, wall=wall
        )
        sun = sun_of(lighting, opacity=opacity, softness_px=softness_px)
        density = cast_shadow(alpha, sun=sun, views=ground.views, length=length, contact=contact)
        return host.result(
            Matte(density, method="shadow", tint=sun.tint),
            preview=(matte_view(density), preview_frame),
            text=f"{sun.to_text()}\n{ground.to_text()}",
        )


def _ground_inputs() -> list[Any]:
    """Return the inputs that tell how the plate's camera sees ground and wall."""
    return [
        clip_input(
            "plate", "The new background, for the perspective of its ground.", optional=True
        ),
        *horizon_inputs(),
        io.Float.Input(
            "wall",
            default=-1.0,
            min=-1.0,
            max=1.0,
            step=0.01,
            optional=True,
            tooltip="Height of the line where the ground meets a wall behind the subject, "
            "which the shadow climbs: 0 is the top of the picture, 1 the bottom; -1 finds "
            "it in the depth, if that is connected.",
        ),
    ]


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
        shade = Matte(nothing(subject)) if shadow is None else matte_from(shadow, subject)
        comp = composite(
            subject,
            mask,
            clip_from(plate, subject.format.fps),
            shadow=None if shadow is None else shade.alpha,
            tint=shade.tint,
            glass=_glass(transmission, reflection, subject),
            linear=linear,
            light_wrap=light_wrap,
        )
        return host.result(
            host.video_of(comp),
            Matte(mask, method="blend mask"),
            replace(shade, method="shadow"),
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
