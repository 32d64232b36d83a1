"""Nodes that show a composite beside its source, and deliver its layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import host
from ..engine.compositing.comparison import MODES, compare
from ..engine.media.deliver_layers import FORMATS, Layers, deliver_layers
from ..host import io
from .sockets import alpha_from, clip_from, clip_input, matte_from, matte_input, preview_input


class CompositePreview(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotCompositePreview",
            display_name="Composite Preview",
            category="Backlot/Compositing",
            description="Shows before and after in one picture: parted by a line, side by side, "
            "or their difference. One frame as an image, all of them as a video. Lazy.",
            inputs=[
                clip_input("before", "The source clip, or any other to compare with."),
                clip_input("after", "The composite; it gives size, length and sound."),
                io.Combo.Input(
                    "mode",
                    options=list(MODES),
                    default="split",
                    tooltip="split: before left of the line, after right of it. side by side: "
                    "both whole. difference: what parts them, four times as strong.",
                ),
                io.Float.Input(
                    "position",
                    default=0.5,
                    min=0.0,
                    max=1.0,
                    step=0.01,
                    tooltip="Where the line is, from the left to the right.",
                ),
                preview_input(),
            ],
            outputs=[
                io.Image.Output(display_name="image", tooltip="The frame that is shown."),
                io.Video.Output(display_name="video", tooltip="The whole comparison."),
            ],
        )

    @classmethod
    def execute(
        cls, before: Any, after: Any, mode: str, position: float, preview_frame: int = 0
    ) -> io.NodeOutput:
        finished = clip_from(after)
        source = clip_from(before, finished.format.fps)
        both = compare(source, finished, mode=mode, position=position)
        at = min(preview_frame, len(both) - 1)
        both.prepare(1, host.context().check)
        image = both.read(at, at + 1)
        return host.result(image, host.video_of(both), preview=(both, at))


class DeliverLayers(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotDeliverLayers",
            display_name="Deliver Layers",
            category="Backlot/Compositing",
            description="Writes a composite's layers for Nuke, After Effects, Resolve, Fusion or "
            "Blender: one sequence of multi-layer OpenEXR, or a ProRes 4444 file each. A stopped "
            "sequence continues.",
            inputs=[
                clip_input("foreground", "The subject's straight colour; it gives rate and sound."),
                matte_input("matte", "The blend mask of Composite, or the subject's matte."),
                clip_input("plate", "The new background: a clip, or one picture."),
                matte_input("shadow", "Shadow density on the plate, 1 = black.", optional=True),
                clip_input("composite", "The finished picture.", optional=True),
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default="prores",
                    tooltip="exr: half floats in linear light, the layers are foreground "
                    "(premultiplied), plate, shadow and the composite as RGB; it needs the "
                    "package OpenEXR. prores: a .mov each, straight colour.",
                ),
                io.String.Input(
                    "filename_prefix",
                    default="backlot/layers",
                    tooltip="Where in the output folder, and how the folder's name begins.",
                ),
                io.String.Input(
                    "path",
                    default="",
                    optional=True,
                    tooltip="Exact folder to write instead of a numbered one in the output folder.",
                ),
            ],
            outputs=[
                io.String.Output(
                    display_name="paths",
                    tooltip="The files, a line each; of a sequence its first picture.",
                )
            ],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        plate: Any,
        format: str,
        filename_prefix: str,
        shadow: Any = None,
        composite: Any = None,
        path: str = "",
    ) -> io.NodeOutput:
        source = clip_from(foreground)
        rate = source.format.fps
        layers = Layers(
            source,
            matte_from(matte, source).alpha,
            clip_from(plate, rate),
            alpha_from(shadow, source),
            None if composite is None else clip_from(composite, rate),
        )
        folder = Path(path) if path else host.output_path(filename_prefix, "")
        written = deliver_layers(layers, folder, host.context(), format=format)
        text = "\n".join(str(file) for file in written)
        return host.result(text, text=text)


NODES = [CompositePreview, DeliverLayers]
