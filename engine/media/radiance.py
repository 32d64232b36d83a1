"""Reading a picture of light: Radiance HDR and OpenEXR as linear values, anything else as shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from ..clip.clip import Array
from ..color import srgb_to_linear
from ..errors import MediaError
from .picture import read_picture

#: Planes of ffmpeg's planar floats, in the order red, green, blue.
_RED_GREEN_BLUE = (2, 0, 1)


def read_radiance(path: Path) -> Array:
    """Return the picture in ``path`` as linear light, (H, W, 3) float32, not negative.

    Args:
        path: ``.hdr`` or ``.exr``, whose values are light; of other pictures the sRGB values are
            brought to linear light.

    Raises:
        MediaError: if the file is missing or no picture.
    """
    path = Path(path)
    readers = {".hdr": _read_hdr, ".exr": _read_exr}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        shown = read_picture(path)[..., :3].astype(np.float32) / 255
        return np.asarray(srgb_to_linear(shown), np.float32)
    if not path.is_file():
        raise MediaError(f"picture must be an existing file, got {path}. Check the path.")
    light = reader(path)
    if light is None or not light.size:
        raise MediaError(
            f"{path.name} must be a picture in Radiance HDR or OpenEXR, got a file that cannot be "
            "read. Choose another file or save it again."
        )
    brightest = float(np.finfo(np.float16).max)
    return np.asarray(np.clip(np.nan_to_num(light, posinf=brightest), 0, brightest), np.float32)


def _read_hdr(path: Path) -> Array | None:
    # The bytes are read here: OpenCV cannot open every path on Windows.
    coded = np.frombuffer(path.read_bytes(), np.uint8)
    try:
        light = cv2.imdecode(coded, cv2.IMREAD_ANYDEPTH | cv2.IMREAD_COLOR) if coded.size else None
    except cv2.error:
        return None
    if light is None or light.dtype != np.float32:
        return None
    return np.asarray(light[..., ::-1])


def _read_exr(path: Path) -> Array | None:
    """Return an EXR by ffmpeg's decoder: OpenCV's is switched off unless the environment asks."""
    try:
        with av.open(str(path), options={"apply_trc": "linear"}) as file:
            frame = next(file.decode(video=0))
    except (av.FFmpegError, StopIteration, IndexError):
        return None
    if frame.format.name.startswith("gray"):
        frame = frame.reformat(format="grayf32le")
        return np.repeat(_plane(frame, 0)[..., None], 3, axis=-1)
    if not frame.format.name.startswith(("gbrpf32", "gbrapf32")):
        frame = frame.reformat(format="gbrpf32le")
    return np.stack([_plane(frame, at) for at in _RED_GREEN_BLUE], axis=-1)


def _plane(frame: av.VideoFrame, at: int) -> Array:
    plane: Any = frame.planes[at]
    rows = np.frombuffer(plane, np.float32).reshape(plane.height, plane.line_size // 4)
    return np.asarray(rows[:, : plane.width])
