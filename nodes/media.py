"""Nodes that bring clips in, shape them and deliver them."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import host
from ..engine.clip.clip import AudioTrack, Clip
from ..engine.clip.operations import clip_of_images, concatenate, resize, trim
from ..engine.clip.rates import exact_rate
from ..engine.clip.render import render
from ..engine.errors import InputError
from ..engine.media.deliver import deliver_clip
from ..engine.media.probe import describe
from ..engine.media.read import open_clip
from ..engine.media.write import PRESETS, EncodeSettings
from ..host import io
from .sockets import AnalysisType, ReportType, clip_from, clip_input, preview_input


class LoadClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotLoadClip",
            display_name="Load Clip",
            category="Backlot/Media",
            description="Opens a video as a lazy clip: frames are decoded when they are needed.",
            inputs=[
                io.Combo.Input(
                    "file",
                    options=["", *host.input_files("video")],
                    default="",
                    upload=io.UploadType.video,
                    tooltip="A video in ComfyUI's input folder; upload one with the button.",
                ),
                io.String.Input(
                    "path",
                    default="",
                    optional=True,
                    tooltip="Path of a video anywhere on this machine; used instead of file "
                    "when it is not empty.",
                ),
                io.Int.Input(
                    "first_frame",
                    default=0,
                    min=0,
                    max=10_000_000,
                    optional=True,
                    tooltip="First frame to use, counted from 0.",
                ),
                io.Int.Input(
                    "last_frame",
                    default=-1,
                    min=-1,
                    max=10_000_000,
                    optional=True,
                    tooltip="Last frame to use; -1 is the last one of the file.",
                ),
                io.String.Input(
                    "clip_id",
                    default="",
                    optional=True,
                    tooltip="Name under which this clip is known to whoever queued the job; "
                    "empty takes the file's name. It comes back in the report.",
                ),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(display_name="clip", tooltip="The clip, with its sound."),
                io.String.Output(
                    display_name="clip_id", tooltip="The clip's name; wire it to Deliver Clip."
                ),
                io.String.Output(display_name="facts", tooltip="Media facts as JSON."),
            ],
        )

    @classmethod
    def validate_inputs(cls, file: str = "", path: str = "") -> bool | str:
        if file or path:
            return True
        return "file must name a video, got nothing. Upload one, or give its path."

    @classmethod
    def fingerprint_inputs(cls, file: str = "", path: str = "", **_: Any) -> Any:
        if not (path or file):
            return ""
        stat = host.resolve_input(path or file).stat()
        return stat.st_mtime_ns, stat.st_size

    @classmethod
    def execute(
        cls,
        file: str = "",
        path: str = "",
        first_frame: int = 0,
        last_frame: int = -1,
        clip_id: str = "",
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = host.resolve_input(path or file)
        whole = open_clip(source, host.context().store)
        clip = _part(whole, first_frame, last_frame)
        facts = json.dumps(whole.info.to_json(), indent=2)
        return host.result(
            host.video_of(clip),
            clip_id or source.stem,
            facts,
            preview=(clip, preview_frame),
            text=describe(whole.info),
        )


class ImagesToClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotImagesToClip",
            display_name="Images to Clip",
            category="Backlot/Media",
            description="Makes a clip of an IMAGE batch with an exact frame rate.",
            inputs=[
                io.Image.Input("images", tooltip="The frames, in order."),
                io.String.Input(
                    "fps",
                    default="24",
                    tooltip="Frames per second, exact: 25, 23.976 or 30000/1001.",
                ),
                io.Audio.Input("audio", optional=True, tooltip="Sound that starts with frame 0."),
            ],
            outputs=[io.Video.Output(display_name="clip", tooltip="The clip.")],
        )

    @classmethod
    def execute(cls, images: Any, fps: str, audio: Any = None) -> io.NodeOutput:
        return io.NodeOutput(host.video_of(clip_of_images(images, exact_rate(fps), _tracks(audio))))


def _part(clip: Clip, first_frame: int, last_frame: int) -> Clip:
    """Return both frames and what lies between; -1 as the last is the clip's own."""
    last = len(clip) - 1 if last_frame < 0 else last_frame
    if not first_frame <= last < len(clip):
        raise InputError(
            f"first_frame and last_frame must lie in order between 0 and {len(clip) - 1}, "
            f"got {first_frame} and {last_frame}. Correct one of them; -1 as last_frame is the end."
        )
    return trim(clip, first_frame, last + 1)


def _tracks(audio: Any) -> tuple[AudioTrack, ...]:
    """Return ComfyUI's AUDIO (waveform (1, C, samples)) as the sound of a clip."""
    if audio is None:
        return ()
    rate = int(audio["sample_rate"])
    waveform = audio["waveform"][0]
    return (
        AudioTrack(
            waveform=waveform, sample_rate=rate, duration_s=Fraction(waveform.shape[-1], rate)
        ),
    )


class TrimClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotTrimClip",
            display_name="Trim Clip",
            category="Backlot/Media",
            description="Keeps a part of a clip, with the sound that belongs to it. Lazy.",
            inputs=[
                clip_input("clip", "The clip to cut."),
                io.Int.Input(
                    "first_frame",
                    default=0,
                    min=0,
                    max=10_000_000,
                    tooltip="First frame to keep, counted from 0.",
                ),
                io.Int.Input(
                    "last_frame",
                    default=-1,
                    min=-1,
                    max=10_000_000,
                    tooltip="Last frame to keep; -1 is the clip's last.",
                ),
                preview_input(),
            ],
            outputs=[io.Video.Output(display_name="clip", tooltip="The part.")],
        )

    @classmethod
    def execute(
        cls, clip: Any, first_frame: int, last_frame: int, preview_frame: int = 0
    ) -> io.NodeOutput:
        part = _part(clip_from(clip), first_frame, last_frame)
        return host.result(host.video_of(part), preview=(part, preview_frame))


class JoinClips(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotJoinClips",
            display_name="Join Clips",
            category="Backlot/Media",
            description="Puts one clip after another, sound included. Lazy.",
            inputs=[
                clip_input("first", "The clip that comes first; it sets size and rate."),
                clip_input("second", "The clip that follows; same size and rate."),
            ],
            outputs=[io.Video.Output(display_name="clip", tooltip="Both, in order.")],
        )

    @classmethod
    def execute(cls, first: Any, second: Any) -> io.NodeOutput:
        start = clip_from(first)
        joined = concatenate([start, clip_from(second, start.format.fps)])
        return io.NodeOutput(host.video_of(joined))


class ResizeClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotResizeClip",
            display_name="Resize Clip",
            category="Backlot/Media",
            description="Changes the size: area averaging down, bicubic up. Lazy.",
            inputs=[
                clip_input("clip", "The clip to resize."),
                io.Int.Input(
                    "width",
                    default=1920,
                    min=0,
                    max=16384,
                    tooltip="Pixels; 0 follows the height and keeps the aspect.",
                ),
                io.Int.Input(
                    "height",
                    default=0,
                    min=0,
                    max=16384,
                    tooltip="Pixels; 0 follows the width and keeps the aspect.",
                ),
                preview_input(),
            ],
            outputs=[io.Video.Output(display_name="clip", tooltip="The resized clip.")],
        )

    @classmethod
    def execute(cls, clip: Any, width: int, height: int, preview_frame: int = 0) -> io.NodeOutput:
        source = clip_from(clip)
        fmt = source.format
        if not width and not height:
            width, height = fmt.width, fmt.height
        sized = resize(
            source,
            width or max(1, round(fmt.width * height / fmt.height)),
            height or max(1, round(fmt.height * width / fmt.width)),
        )
        return host.result(host.video_of(sized), preview=(sized, preview_frame))


class RenderClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotRenderClip",
            display_name="Render Clip",
            category="Backlot/Media",
            description="Computes a lazy clip once and keeps it, lossless, in the store. "
            "Put it where several slow branches read the same clip.",
            inputs=[clip_input("clip", "The clip to compute.")],
            outputs=[io.Video.Output(display_name="clip", tooltip="The same frames, on disk.")],
        )

    @classmethod
    def execute(cls, clip: Any) -> io.NodeOutput:
        kept = render(clip_from(clip), host.context(), "media", "Rendering the clip")
        return io.NodeOutput(host.video_of(kept))


class DeliverClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotDeliverClip",
            display_name="Deliver Clip",
            category="Backlot/Media",
            description="Encodes the finished video with the source's rate and sound, and puts "
            "a thumbnail and a report beside it. Taken up again after a stop, it continues.",
            inputs=[
                clip_input("clip", "The finished clip; its rate and sound are kept exactly."),
                io.String.Input(
                    "filename_prefix",
                    default="backlot/replaced",
                    tooltip="Where in the output folder, and how the file's name begins.",
                ),
                io.Combo.Input(
                    "format",
                    options=["mp4", "mov", "mkv"],
                    default="mp4",
                    tooltip="The container. mp4 plays everywhere.",
                ),
                io.Int.Input(
                    "crf",
                    default=17,
                    min=0,
                    max=51,
                    tooltip="Constant rate factor of x264: lower is better and larger. "
                    "17 can hardly be told from the original.",
                ),
                io.Combo.Input(
                    "preset",
                    options=list(PRESETS),
                    default="veryfast",
                    tooltip="How hard x264 works for a smaller file.",
                ),
                ReportType.Input(
                    "report",
                    optional=True,
                    tooltip="The quality report of Check Quality; written into the report file.",
                ),
                AnalysisType.Input(
                    "analysis",
                    optional=True,
                    tooltip="The analysis of Analyze Clip; written into the report file.",
                ),
                io.String.Input(
                    "clip_id",
                    default="",
                    optional=True,
                    tooltip="The clip's name, from Load Clip; written into the report file.",
                ),
                io.String.Input(
                    "path",
                    default="",
                    optional=True,
                    tooltip="Exact file to write instead of a numbered one in the output folder.",
                ),
            ],
            outputs=[
                io.Video.Output(display_name="video", tooltip="The delivered file."),
                io.String.Output(display_name="path", tooltip="Where the video lies."),
                io.String.Output(display_name="thumbnail", tooltip="Where its thumbnail lies."),
                io.String.Output(display_name="report", tooltip="Where its report lies."),
            ],
            hidden=[io.Hidden.prompt, io.Hidden.extra_pnginfo],
            is_output_node=True,
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        filename_prefix: str,
        format: str,
        crf: int,
        preset: str,
        report: Any = None,
        analysis: Any = None,
        clip_id: str = "",
        path: str = "",
    ) -> io.NodeOutput:
        target = Path(path) if path else host.output_path(filename_prefix, f".{format}")
        context = host.context()
        delivery = deliver_clip(
            clip_from(clip),
            target,
            context,
            EncodeSettings(crf=crf, preset=preset),
            clip_id=clip_id,
            quality=report,
            analysis=analysis,
            metadata=host.saved_metadata(cls.hidden),
        )
        return host.result(
            host.video_of(open_clip(delivery.video, context.store)),
            str(delivery.video),
            str(delivery.thumbnail),
            str(delivery.report),
            video=delivery.video,
            text=delivery.text,
        )


NODES = [LoadClip, ImagesToClip, TrimClip, JoinClips, ResizeClip, RenderClip, DeliverClip]
