"""The few of ComfyUI's own nodes that the bundled workflows use, for headless runs.

Same class names, inputs and outputs as in ComfyUI, so one workflow file runs in both.
"""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from ..engine.clip.clip import Clip
from ..engine.clip.operations import clip_of_images
from ..engine.media.read import open_clip, read_picture
from .api import io
from .clips import clip_of, sounded
from .folders import input_exists, output_path, resolve_input
from .run_context import context
from .shown import result, saved_metadata
from .video import ClipVideo, video_of


class LoadImage(io.ComfyNode):
    """A picture as IMAGE and MASK; the mask is 1 where the picture is transparent."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return core's schema."""
        return io.Schema(
            node_id="LoadImage",
            display_name="Load Image",
            category="image",
            inputs=[io.Combo.Input("image", upload=io.UploadType.image)],
            outputs=[io.Image.Output(), io.Mask.Output()],
        )

    @classmethod
    def validate_inputs(cls, image: str) -> bool | str:
        """Return whether the picture is there."""
        return input_exists(image) or f"image {image} was not found. Give the path of a picture."

    @classmethod
    def execute(cls, image: str) -> io.NodeOutput:
        """Read the picture."""
        picture = read_picture(resolve_input(image)).astype(np.float32) / np.float32(255.0)
        mask = torch.zeros((1, 64, 64))
        if picture.shape[2] == 4:
            mask = torch.from_numpy(1.0 - picture[..., 3])[None]
        return io.NodeOutput(torch.from_numpy(picture[..., :3].copy())[None], mask)


class LoadVideo(io.ComfyNode):
    """A video file."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return core's schema."""
        return io.Schema(
            node_id="LoadVideo",
            display_name="Load Video",
            category="video",
            inputs=[io.Combo.Input("file", upload=io.UploadType.video)],
            outputs=[io.Video.Output()],
        )

    @classmethod
    def validate_inputs(cls, file: str) -> bool | str:
        """Return whether the video is there."""
        return input_exists(file) or f"file {file} was not found. Give the path of a video."

    @classmethod
    def execute(cls, file: str) -> io.NodeOutput:
        """Open the video."""
        return io.NodeOutput(video_of(open_clip(resolve_input(file), context().store)))


class CreateVideo(io.ComfyNode):
    """Images and sound put together."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return core's schema."""
        return io.Schema(
            node_id="CreateVideo",
            display_name="Create Video",
            category="video",
            inputs=[
                io.Image.Input("images"),
                io.Float.Input("fps", default=30.0, min=1.0, max=120.0),
                io.Audio.Input("audio", optional=True),
            ],
            outputs=[io.Video.Output()],
        )

    @classmethod
    def execute(cls, images: torch.Tensor, fps: float, audio: Any = None) -> io.NodeOutput:
        """Make the video."""
        clip: Clip = clip_of_images(images, Fraction(fps))
        return io.NodeOutput(video_of(sounded(clip, audio)))


class GetVideoComponents(io.ComfyNode):
    """A video taken apart."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return core's schema."""
        return io.Schema(
            node_id="GetVideoComponents",
            display_name="Get Video Components",
            category="video",
            inputs=[io.Video.Input("video")],
            outputs=[io.Image.Output(), io.Audio.Output(), io.Float.Output()],
        )

    @classmethod
    def execute(cls, video: ClipVideo) -> io.NodeOutput:
        """Read all frames."""
        parts = video.get_components()
        return io.NodeOutput(parts.images, parts.audio, float(parts.frame_rate))


class SaveVideo(io.ComfyNode):
    """A video written to the output folder."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return core's schema, as far as both ages of ComfyUI agree on it."""
        return io.Schema(
            node_id="SaveVideo",
            display_name="Save Video",
            category="video",
            inputs=[
                io.Video.Input("video"),
                io.String.Input("filename_prefix", default="video/ComfyUI"),
                io.Combo.Input("format", options=["auto", "mp4", "mkv"]),
                io.Combo.Input("codec", options=["auto", "h264"]),
            ],
            outputs=[],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls, video: ClipVideo, filename_prefix: str, format: str, codec: str
    ) -> io.NodeOutput:
        """Write the video."""
        path = output_path(filename_prefix, ".mkv" if format == "mkv" else ".mp4")
        clip = video_of(clip_of(video))
        clip.save_to(str(path), format, codec, metadata=dict(saved_metadata(cls.hidden)))
        return result(video=path)


class PreviewAny(io.ComfyNode):
    """Any value, as text."""

    @classmethod
    def define_schema(cls) -> io.Schema:
        """Return core's schema."""
        return io.Schema(
            node_id="PreviewAny",
            display_name="Preview Any",
            category="utils",
            inputs=[io.AnyType.Input("source")],
            outputs=[],
            is_output_node=True,
        )

    @classmethod
    def execute(cls, source: Any) -> io.NodeOutput:
        """Show the value."""
        text = source if isinstance(source, str) else json.dumps(source, default=str)
        return result(text=text)


CORE_NODES: list[type[io.ComfyNode]] = [
    LoadImage,
    LoadVideo,
    CreateVideo,
    GetVideoComponents,
    SaveVideo,
    PreviewAny,
]
