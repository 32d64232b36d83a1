"""Delivering a composite's layers, so that other compositors can put them together anew.

In light, ``composite = foreground + plate * (1 - shadow) * (1 - alpha)`` with the foreground
premultiplied; a light wrap is in the composite alone. An OpenEXR picture a frame holds all layers
as named channels, which Nuke, Fusion and Blender show as layers; ProRes is a file a layer.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..clip.clip import Array, Clip, with_audio
from ..clip.operations import check_same_length, check_same_size, convert, hold, map_frames
from ..color import srgb_to_linear
from ..errors import FinalError, InputError
from .alpha_sequence import write_sequence
from .alpha_video import deliver_alpha_video
from .rgba import rgba_clip

if TYPE_CHECKING:
    from ..context import Context

FORMATS = ("exr", "prores")


@dataclass(frozen=True)
class Layers:
    """What a composite is made of; all of one size and length, the plate may be one frame.

    Attributes:
        foreground: RGB, straight colour; it gives rate and sound.
        alpha: one channel, 1 is the subject.
        plate: RGB.
        shadow: one channel on the plate, 1 is black; None for none.
        composite: RGB, the finished picture; None for none.
    """

    foreground: Clip
    alpha: Clip
    plate: Clip
    shadow: Clip | None = None
    composite: Clip | None = None


def deliver_layers(layers: Layers, folder: Path, context: Context, *, format: str) -> list[Path]:
    """Write the layers into ``folder`` and return the files; of a sequence, the first picture.

    Args:
        layers: what to write.
        folder: of a sequence, or of the videos; made if it is not there.
        context: progress and cancel.
        format: ``exr`` is one sequence of half floats in linear light with a layer of channels
            each, ``prores`` a ProRes 4444 file each, straight colour.

    Raises:
        InputError: if the format is unknown, or the folder holds something else.
        ClipMismatchError: if the layers differ in size or length.
        FinalError: if EXR is asked for and OpenEXR is not installed.
        MediaError: if a file cannot be written.
        Cancelled: if the host asked to stop; finished pictures and files are kept.
    """
    if format not in FORMATS:
        raise InputError(f"format must be one of {', '.join(FORMATS)}, got {format!r}. Choose one.")
    named = _named(layers)
    check_same_length(list(named.values()), "deliver layers")
    check_same_size(list(named.values()), "deliver layers")
    if format == "prores":
        return _write_videos(layers, named, folder, context)
    return [_write_pictures(named, folder, context)]


def _named(layers: Layers) -> dict[str, Clip]:
    found = {
        "foreground": layers.foreground,
        "alpha": layers.alpha,
        "plate": hold(layers.plate, layers.foreground.format),
        "shadow": layers.shadow,
        "composite": layers.composite,
    }
    return {name: clip for name, clip in found.items() if clip is not None}


def _write_videos(
    layers: Layers, named: dict[str, Clip], folder: Path, context: Context
) -> list[Path]:
    sound = layers.foreground.audio
    clips = {
        "foreground": with_audio(
            rgba_clip(named["foreground"], named["alpha"], "straight", 16), sound
        )
    }
    clips["plate"] = convert(named["plate"], 16)
    if "shadow" in named:
        clips["shadow"] = _black(named["shadow"])
    if "composite" in named:
        clips["composite"] = with_audio(convert(named["composite"], 16), sound)
    written = []
    for name, clip in clips.items():
        written.append(folder / f"{folder.name}.{name}.mov")
        deliver_alpha_video(clip, written[-1], context, "prores")
    return written


def _black(density: Clip) -> Clip:
    """Return a shadow as black that is laid over."""

    def shown(_: int, shade: Array) -> Array:
        return np.dstack([np.zeros((*shade.shape, 3), shade.dtype), shade])

    return map_frames(shown, [convert(density, 16)], "shadow_layer/1", channels=4)


def _write_pictures(named: dict[str, Clip], folder: Path, context: Context) -> Path:
    library = _library()
    channels = _channels(named)
    tops = [clip.format.max_value for clip in named.values()]

    def stacked(_: int, *frames: Array) -> Array:
        units = [
            frame[..., :3].astype(np.float32) * np.float32(1 / top)
            if frame.ndim == 3
            else frame.astype(np.float32) * np.float32(1 / top)
            for frame, top in zip(frames, tops, strict=True)
        ]
        lights = [srgb_to_linear(unit) if unit.ndim == 3 else unit for unit in units]
        alpha = lights[1]
        planes = [lights[0] * alpha[..., None], *lights[1:]]
        return np.dstack(planes)

    def write(path: Path, frame: Array) -> None:
        halves = frame.astype(np.float16)
        # OpenEXR wants each channel for itself.
        planes = {name: np.ascontiguousarray(halves[..., at]) for name, at in channels.items()}
        header = {"compression": library.ZIP_COMPRESSION, "type": library.scanlineimage}
        with library.File(header, planes) as picture:
            picture.write(str(path))

    count = 1 + max(channels.values())
    clip = map_frames(stacked, list(named.values()), "layers/1", channels=count, bits=32)
    return write_sequence(clip, folder, context, "exr", ",".join(channels), write)


def _channels(named: dict[str, Clip]) -> dict[str, int]:
    """Return the names of an EXR's channels and their places in the stacked frame."""
    found: dict[str, int] = {}
    place = 0
    for name, clip in named.items():
        layer = {"alpha": "foreground.", "composite": ""}.get(name, f"{name}.")
        letters = "RGB" if clip.format.channels > 1 else "A"
        found |= {f"{layer}{letter}": place + k for k, letter in enumerate(letters)}
        place += len(letters)
    if "composite" not in named:
        # Programs that know no layers show the subject.
        found |= {letter: found[f"foreground.{letter}"] for letter in "RGBA"}
    return found


def _library() -> Any:
    try:
        return importlib.import_module("OpenEXR")
    except ImportError as error:
        raise FinalError(
            "OpenEXR must be installed to write layers as EXR, got none. Run `pip install "
            "'OpenEXR>=3.3'` in ComfyUI's Python, or choose prores."
        ) from error
