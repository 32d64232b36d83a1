"""Nodes that make the new background."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.background.animate import animate_plate
from ..host import io
from .sockets import CameraType, clip_from, clip_input, picture_from, preview_input


class AnimatePlate(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotAnimatePlate",
            display_name="Animate Plate",
            category="Backlot/Background",
            description="Turns the background picture into a plate that moves with the source "
            "camera, exactly as long as the clip; under a locked camera it lives a little. Lazy.",
            inputs=[
                io.Image.Input("picture", tooltip="The background; its first frame is used."),
                clip_input("clip", "The source clip; it gives size, rate and length."),
                CameraType.Input("camera", tooltip="From Analyze Clip or Solve Camera."),
                io.Float.Input(
                    "motion",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How much of the camera's motion the plate follows; 1 is all.",
                ),
                io.Float.Input(
                    "life",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="Movement within the picture: drifting light, leaves, water. 0 is a "
                    "still.",
                ),
                io.Float.Input(
                    "overscan",
                    default=1.6,
                    min=1.0,
                    max=4.0,
                    step=0.05,
                    tooltip="How far the picture may be enlarged so that no border shows; motion "
                    "that needs more is damped.",
                ),
                io.Int.Input(
                    "seed",
                    default=0,
                    min=0,
                    max=2**31 - 1,
                    tooltip="Chooses another course of the movement within the picture.",
                ),
                preview_input(),
            ],
            outputs=[io.Video.Output(display_name="plate", tooltip="The moving background.")],
        )

    @classmethod
    def execute(
        cls,
        picture: Any,
        clip: Any,
        camera: Any,
        motion: float,
        life: float,
        overscan: float,
        seed: int,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        plate = animate_plate(
            picture_from(picture),
            clip_from(clip).format,
            camera,
            motion=motion,
            life=life,
            overscan=overscan,
            seed=seed,
        )
        return host.result(host.video_of(plate), preview=(plate, preview_frame))


NODES = [AnimatePlate]
