"""The node that delivers the subject for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .. import host
from ..engine.media.deliver_foreground import CONTENTS, FORMATS, deliver_foreground, suffix_of
from ..engine.media.rgba import ALPHAS
from ..host import io
from .sockets import clip_from, clip_input, matte_from, matte_input


class DeliverForeground(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotDeliverForeground",
            display_name="Deliver Foreground",
            category="Backlot/Media",
            description="Writes the subject with its alpha for other compositors: ProRes 4444, "
            "VP9 with alpha, or a sequence of 16-bit PNG or OpenEXR; or the matte alone. A stopped "
            "sequence continues.",
            inputs=[
                clip_input(
                    "foreground",
                    "The subject's straight colour, from Foreground Colour; it gives rate and "
                    "sound.",
                ),
                matte_input("matte", "The subject's matte."),
                io.String.Input(
                    "filename_prefix",
                    default="backlot/foreground",
                    tooltip="Where in the output folder, and how the file's or folder's name "
                    "begins.",
                ),
                io.Combo.Input(
                    "format",
                    options=list(FORMATS),
                    default="prores",
                    tooltip="prores: ProRes 4444 in .mov, for editors. vp9: .webm with alpha, for "
                    "browsers. png: 16-bit pictures. exr: half floats in linear light.",
                ),
                io.Combo.Input(
                    "alpha",
                    options=list(ALPHAS),
                    default="straight",
                    tooltip="straight colour is whole under the alpha; premultiplied is darkened "
                    "by it, which OpenEXR programs expect. Tell the other program which.",
                ),
                io.Combo.Input(
                    "content",
                    options=list(CONTENTS),
                    default="foreground",
                    tooltip="foreground is colour with alpha; matte is alpha alone, as grey.",
                ),
                io.String.Input(
                    "path",
                    default="",
                    optional=True,
                    tooltip="Exact file, or folder of a sequence, to write instead of a numbered "
                    "one in the output folder.",
                ),
            ],
            outputs=[
                io.String.Output(
                    display_name="path", tooltip="The video, or the sequence's first picture."
                )
            ],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        foreground: Any,
        matte: Any,
        filename_prefix: str,
        format: str,
        alpha: str,
        content: str,
        path: str = "",
    ) -> io.NodeOutput:
        suffix = suffix_of(format)
        target = Path(path) if path else host.output_path(filename_prefix, suffix)
        source = clip_from(foreground)
        written = deliver_foreground(
            source,
            matte_from(matte, source).alpha,
            target,
            host.context(),
            format=format,
            alpha_mode=alpha,
            content=content,
            metadata=host.saved_metadata(cls.hidden),
        )
        playing = written if suffix == ".webm" else None
        return host.result(str(written), video=playing, text=str(written))


NODES = [DeliverForeground]
