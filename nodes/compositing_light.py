"""Nodes that bring the light of the new background to the subject."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch

from .. import host
from ..engine.analysis.light.light import LightingInfo
from ..engine.analysis.light.panorama import light_from_panorama
from ..engine.clip.clip import Array
from ..engine.color import srgb_to_linear
from ..engine.compositing.relight.relight import relight_subject
from ..host import io
from .sockets import (
    DepthType,
    LightingType,
    clip_from,
    clip_input,
    matte_from,
    matte_input,
    preview_input,
)

#: How far a picture of all around may be off its shape.
_OFF = 0.12


class RelightSubject(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotRelightSubject",
            display_name="Relight Subject",
            category="Backlot/Compositing",
            description="Takes the light the subject was filmed in off its rounded shape and puts "
            "the plate's, or one you write, in its place: direction, colour and exposure. Goes as "
            "far as both lights are known. Lazy.",
            inputs=[
                clip_input("foreground", "The subject's straight colour."),
                matte_input("matte", "The subject's matte, 1 = subject."),
                LightingType.Input(
                    "source_lighting",
                    optional=True,
                    tooltip="The light on the subject, from Estimate Lighting or Analyze Clip; "
                    "without it an even light is taken.",
                ),
                LightingType.Input(
                    "plate_lighting",
                    optional=True,
                    tooltip="The light of the new background, from Estimate Lighting or Light "
                    "From Panorama.",
                ),
                io.String.Input(
                    "light",
                    default="",
                    tooltip="The light in words, in place of the plate's: sides, degrees above "
                    "the horizon, kelvin, and strength of the key (1 keeps it), such as "
                    "left-above 45°, 5500 K, 0.8. What is left out stays the plate's.",
                ),
                io.Float.Input(
                    "strength",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="How far to go; 0 leaves the subject as it is.",
                ),
                io.Image.Input(
                    "probe",
                    optional=True,
                    tooltip="A picture of a mirror ball (square), or a panorama (twice as wide "
                    "as high) from the place of the plate; used in place of plate_lighting.",
                ),
                DepthType.Input(
                    "depth",
                    optional=True,
                    tooltip="From Estimate Depth, of the foreground's clip: its relief is added "
                    "to the subject's rounded shape.",
                ),
                clip_input(
                    "relit",
                    "The subject relit by other means, such as IC-Light, frame by frame: then "
                    "only its light is taken, without detail and flicker, and the lights above "
                    "are not used.",
                    optional=True,
                ),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(display_name="foreground", tooltip="The relit subject colour.")
            ],
        )

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        light: str = "",
        strength: float = 1.0,
        source_lighting: Any = None,
        plate_lighting: Any = None,
        probe: Any = None,
        depth: Any = None,
        relit: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        subject = clip_from(foreground)
        done = relight_subject(
            subject,
            matte_from(matte, subject).alpha,
            host.context(),
            source=source_lighting,
            plate=plate_lighting if probe is None else _light_of(probe),
            light=light,
            nearness=None if depth is None else depth.nearness,
            relit=None if relit is None else clip_from(relit, subject.format.fps),
            strength=strength,
        )
        return host.result(
            host.video_of(done.foreground),
            preview=(done.foreground, preview_frame),
            text=done.text,
        )


def _light_of(probe: torch.Tensor) -> LightingInfo:
    """Return the light of the first picture of an IMAGE batch, of a ball or of all around."""
    picture = probe[0, ..., :3].detach().cpu().float().numpy()
    return light_from_panorama(_shaped(_linear(picture)))


def _linear(picture: Array) -> Array:
    """Return linear light; a picture that exceeds 1 is linear already."""
    if float(picture.max()) > 1.001:
        return np.maximum(picture, 0.0)
    return srgb_to_linear(picture.clip(0.0, 1.0))


def _shaped(picture: Array) -> Array:
    """Return a picture that is nearly square or twice as wide as high exactly so."""
    height, width = picture.shape[:2]
    for ratio in (1, 2):
        if abs(width / (ratio * height) - 1.0) <= _OFF:
            side = round(width / ratio)
            size = (ratio * side, side)
            return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    return picture


NODES = [RelightSubject]
