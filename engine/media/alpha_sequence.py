"""Picture sequences with transparency: PNG of 16 bits, and OpenEXR in half floats.

PNG holds display values, EXR linear light, as each is read. The pictures are written to a hidden
folder that bears the clip's fingerprint; a stopped export goes on at the first missing picture,
and the folder gets its name when all are there.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.pull import pull
from ..errors import BacklotError, InputError, MediaError
from ..fingerprint import fingerprint
from .rgba import light_planes

if TYPE_CHECKING:
    from ..context import Context

#: Kinds of pictures, and the suffix of each.
SEQUENCES = {"png": ".png", "exr": ".exr"}
#: Digits of a picture's number, which counts from 1.
_DIGITS = 6
#: FFmpeg's planar floats keep green, blue, red, alpha: where each is in red, green, blue, alpha.
_PLANES = (1, 2, 0, 3)


def deliver_sequence(clip: Clip, folder: Path, context: Context, kind: str, how: str) -> Path:
    """Write ``clip`` as pictures into ``folder``, which appears only when it is complete.

    Args:
        clip: RGBA or a matte, 16 bits; RGBA of EXR is straight here and premultiplied in light.
        folder: replaced if it is there and holds nothing but such a sequence.
        context: progress and cancel.
        kind: a key of SEQUENCES.
        how: ``straight`` or ``premultiplied``; for EXR, see above.

    Returns:
        The first picture.

    Raises:
        InputError: if the folder holds something else.
        MediaError: if it cannot be written.
        Cancelled: if the host asked to stop; finished pictures are kept.
    """
    write = _write_exr if kind == "exr" else _write_png
    return write_sequence(clip, folder, context, kind, how, lambda path, at: write(path, at, how))


def write_sequence(
    clip: Clip,
    folder: Path,
    context: Context,
    kind: str,
    how: str,
    write: Callable[[Path, Array], None],
) -> Path:
    """Write a picture a frame into ``folder``, which appears only when it is complete.

    Args:
        clip: what is written.
        folder: replaced if it is there and holds nothing but such a sequence.
        context: progress and cancel.
        kind: a key of SEQUENCES.
        how: all else that the pictures depend on: a stopped export goes on where it is the same.
        write: writes one native frame to a path.

    Returns:
        The first picture.

    Raises:
        InputError: if the folder holds something else.
        MediaError: if it cannot be written.
        Cancelled: if the host asked to stop; finished pictures are kept.
    """
    suffix = SEQUENCES[kind]
    _check_free(folder, suffix)
    mark = fingerprint("sequence/1", clip.fingerprint, kind, how)
    part = folder.with_name(f".{folder.name}.{mark[:12]}.part")
    try:
        part.mkdir(parents=True, exist_ok=True)
        _write_all(
            clip, part, [_name(folder.name, i, suffix) for i in range(len(clip))], context, write
        )
        if folder.exists():
            shutil.rmtree(folder)
        part.replace(folder)
    except OSError as error:
        if isinstance(error, BacklotError):
            raise
        raise MediaError(
            f"{folder} must be writable, got '{error.strerror}'. Free space there, or choose "
            "another folder."
        ) from error
    return folder / _name(folder.name, 0, suffix)


def _check_free(folder: Path, suffix: str) -> None:
    if not folder.exists():
        return
    own = folder.is_dir() and all(
        path.name.startswith(f"{folder.name}.") and path.suffix == suffix
        for path in folder.iterdir()
    )
    if not own:
        raise InputError(
            f"folder must be new or hold such a sequence, got {folder} with other files. Choose "
            "another name."
        )


def _write_all(
    clip: Clip, part: Path, names: list[str], context: Context, write: Callable[[Path, Array], None]
) -> None:
    missing = [index for index in range(len(clip)) if not (part / names[index]).is_file()]
    frames = pull(clip, missing, workers=context.workers, check=context.check)
    with closing(frames):
        message = f"writing {names[0].split('.')[0]}"
        steps = context.steps(frames, len(missing), "media", message)
        for index, frame in zip(missing, steps, strict=True):
            unfinished = part / f"{names[index]}.part"
            write(unfinished, frame)
            unfinished.replace(part / names[index])
    for leftover in part.glob("*.part"):
        leftover.unlink()


def _name(name: str, index: int, suffix: str) -> str:
    return f"{name}.{index + 1:0{_DIGITS}}{suffix}"


def _write_png(path: Path, frame: Array, _: str) -> None:
    codes = frame if frame.ndim == 2 else cv2.cvtColor(frame, cv2.COLOR_RGBA2BGRA)
    level = [cv2.IMWRITE_PNG_COMPRESSION, 3]
    path.write_bytes(cv2.imencode(".png", np.ascontiguousarray(codes), level)[1].tobytes())


def _write_exr(path: Path, frame: Array, how: str) -> None:
    """Write an EXR file by FFmpeg's encoder: OpenCV's is switched off by default."""
    height, width = frame.shape[:2]
    layout = "grayf32le" if frame.ndim == 2 else "gbrapf32le"
    encoder: Any = av.CodecContext.create("exr", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, layout
    encoder.time_base = Fraction(1, 25)
    encoder.options = {"format": "half", "compression": "zip16"}
    picture = av.VideoFrame(width, height, layout)
    planes = light_planes(frame, float(np.iinfo(frame.dtype).max), how)
    for place, plane in enumerate(picture.planes):
        target: Any = plane
        rows = np.frombuffer(target, np.float32).reshape(height, -1)
        rows[:, :width] = planes[_PLANES[place]] if len(planes) > 1 else planes[0]
    packets = encoder.encode(picture) + encoder.encode(None)
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
