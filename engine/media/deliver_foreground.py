"""Delivering the subject for other compositors: colour with its matte, or the matte alone."""

from __future__ import annotations

from pathlib import Path

from ..clip.clip import Clip, with_audio
from ..clip.operations import check_same_length, convert
from ..context import Context
from ..errors import InputError
from .alpha_sequence import SEQUENCES, deliver_sequence
from .alpha_video import CODECS, deliver_alpha_video
from .rgba import check_alpha, rgba_clip

#: What a foreground can be delivered as, and what of it.
FORMATS = (*CODECS, *SEQUENCES)
CONTENTS = ("foreground", "matte")


def suffix_of(format: str) -> str:
    """Return the suffix of a format's file; empty where it is a folder of pictures.

    Raises:
        InputError: if there is no such format.
    """
    if format not in FORMATS:
        raise InputError(f"format must be one of {', '.join(FORMATS)}, got {format!r}. Choose one.")
    return CODECS[format].suffix if format in CODECS else ""


def deliver_foreground(
    foreground: Clip,
    alpha: Clip,
    path: Path,
    context: Context,
    *,
    format: str,
    alpha_mode: str = "straight",
    content: str = "foreground",
    metadata: dict[str, str] | None = None,
) -> Path:
    """Write the subject so that other programs can lay it over anything.

    Args:
        foreground: RGB, straight colour; it gives rate and sound.
        alpha: one channel of the same size and length, 1 is the subject.
        path: a file with the format's suffix, or the folder of a sequence.
        context: progress and cancel.
        format: one of FORMATS.
        alpha_mode: ``straight`` or ``premultiplied`` colour.
        content: ``foreground`` is colour with alpha, ``matte`` alpha alone, as grey.
        metadata: tags for a video's container.

    Returns:
        The video, or the first picture of a sequence.

    Raises:
        InputError: if a choice is unknown or does not fit the path or the size.
        ClipMismatchError: if colour and matte differ in size or length.
        MediaError: if the result cannot be written.
        Cancelled: if the host asked to stop.
    """
    suffix_of(format)
    check_alpha(alpha_mode)
    if content not in CONTENTS:
        raise InputError(
            f"content must be one of {', '.join(CONTENTS)}, got {content!r}. Choose one."
        )
    check_same_length([foreground, alpha], "deliver foreground")
    bits = CODECS[format].bits if format in CODECS else 16
    # Light is premultiplied in light: an EXR gets its colour straight and does that itself.
    shown = "straight" if format == "exr" else alpha_mode
    if content == "matte":
        clip = with_audio(convert(alpha, bits), foreground.audio)
    else:
        clip = rgba_clip(foreground, alpha, shown, bits)
    if format in CODECS:
        deliver_alpha_video(clip, path, context, format, metadata)
        return path
    return deliver_sequence(clip, path, context, format, alpha_mode)
