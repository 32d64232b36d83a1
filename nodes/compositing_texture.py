"""The node that gives a plate the source camera's texture."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.compositing.texture.texture import match_texture
from ..host import io
from .sockets import CameraType, alpha_from, clip_from, clip_input, matte_input, preview_input


class MatchTexture(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotMatchTexture",
            display_name="Match Texture",
            category="Backlot/Compositing",
            description="Gives the plate what the source's camera adds: grain as it is measured "
            "there, its softness and that of its colour, its vignette, and the motion blur of an "
            "open shutter. What cannot be told is left alone. Lazy.",
            inputs=[
                clip_input("plate", "The clip or picture to change: the new background."),
                clip_input("source", "The clip whose texture is wanted."),
                matte_input(
                    "matte", "The source's subject, to look at its background.", optional=True
                ),
                CameraType.Input(
                    "camera",
                    optional=True,
                    tooltip="The source's camera, for motion blur and to tell the vignette; "
                    "without it there is neither.",
                ),
                io.Float.Input(
                    "grain",
                    default=1.0,
                    min=0.0,
                    max=2.0,
                    step=0.05,
                    tooltip="Strength of the grain; 1 as in the source.",
                ),
                io.Float.Input(
                    "softness",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How far a plate that is sharper than the source's background is "
                    "softened, out of focus too, and its colour where a codec halved that of the "
                    "source; nothing is ever sharpened.",
                ),
                io.Float.Input(
                    "shutter",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Share of the time between two frames that the shutter is open: 0.5 "
                    "is 180 degrees.",
                ),
                preview_input(),
                io.Float.Input(
                    "vignette",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    optional=True,
                    tooltip="Strength of the source's vignette; 1 as it was found. It is told "
                    "where the camera turns far enough, otherwise there is none.",
                ),
                io.Float.Input(
                    "distortion",
                    default=0.0,
                    min=-0.5,
                    max=0.5,
                    step=0.005,
                    optional=True,
                    tooltip="The lens's distortion k1, half the picture's diagonal being 1: below "
                    "0 a barrel, as wide lenses have, above 0 a cushion; 0 is none.",
                ),
            ],
            outputs=[
                io.Video.Output(display_name="plate", tooltip="The plate with the texture."),
                io.String.Output(display_name="found", tooltip="What was found and done."),
            ],
        )

    @classmethod
    def execute(
        cls,
        plate: Any,
        source: Any,
        grain: float,
        softness: float,
        shutter: float,
        matte: Any = None,
        camera: Any = None,
        preview_frame: int = 0,
        vignette: float = 1.0,
        distortion: float = 0.0,
    ) -> io.NodeOutput:
        like = clip_from(source)
        matched, notes = match_texture(
            clip_from(plate, like.format.fps),
            like,
            alpha_from(matte, like),
            camera,
            host.context(),
            grain=grain,
            softness=softness,
            shutter=shutter,
            vignette=vignette,
            distortion=distortion,
        )
        text = "; ".join(notes)
        return host.result(
            host.video_of(matched), text, preview=(matched, preview_frame), text=text
        )


NODES = [MatchTexture]
