"""Decoded frames to native arrays: range, matrix, depth and size in one swscale call.

Orientation, the gamut of wide or HDR sources, and one-channel formats are what is left.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter

from ..clip.clip import Array
from .color_tags import ColorTags, is_gray
from .gamut import ToRec709, needs_conversion

#: swscale's names of the matrices.
SWSCALE_MATRICES = {"rgb": 1, "bt709": 1, "fcc": 4, "bt601": 5, "smpte240m": 7, "bt2020": 9}
_LIMITED, _FULL = 1, 2
_FORMATS = {(3, 8): "rgb24", (3, 16): "rgb48le", (4, 8): "rgba", (4, 16): "rgba64le"}


@dataclass(frozen=True)
class Orientation:
    """How a stored picture is turned for display: transposed first, then mirrored.

    Attributes:
        transpose: rows become columns.
        flip_x: left and right change places.
        flip_y: top and bottom change places.
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def apply(self, picture: Array) -> Array:
        """Return ``picture`` as displayed."""
        if self.transpose:
            picture = cv2.transpose(picture)
        if self.flip_x or self.flip_y:
            picture = cv2.flip(picture, -1 if self.flip_x and self.flip_y else int(self.flip_x))
        return picture

    @property
    def rotation_deg(self) -> int:
        """Degrees counter-clockwise that the picture is turned by, mirroring left aside."""
        if not self.transpose:
            return 180 if self.flip_y else 0
        return 90 if self.flip_y else -90


class FrameConverter:
    """Turns the decoded frames of one stream into native arrays; for any thread."""

    def __init__(
        self,
        pixel_format: str,
        size: tuple[int, int],
        channels: int,
        bits: int,
        tags: ColorTags,
        orientation: Orientation,
    ) -> None:
        """Prepare for frames of one kind.

        Args:
            pixel_format: of the stream.
            size: (width, height) as displayed, but before orientation.
            channels: 1, 3 or 4 of the result.
            bits: of the result: 8 or 16; one channel keeps the bits of a grey source.
            tags: what the values mean.
            orientation: how the picture is turned at last.
        """
        self._size, self._channels, self._bits = size, channels, bits
        self._tags, self._orientation = tags, orientation
        self._own = threading.local()
        self._gray = is_gray(pixel_format)
        self._levels = _levels(pixel_format, bits, tags.full_range) if self._gray else None
        wide = channels > 1 and needs_conversion(tags)
        self._to_rec709 = ToRec709(tags, bits) if wide else None

    def __call__(self, frame: VideoFrame) -> Array:
        """Return ``frame`` as an array of the promised shape and depth."""
        picture = self._mono(frame) if self._gray or self._channels == 1 else self._color(frame)
        if self._to_rec709 is not None:
            picture = self._to_rec709(picture)
        return self._orientation.apply(picture)

    def _color(self, frame: VideoFrame) -> Array:
        return self._scaled(frame, _FORMATS[self._channels, self._bits], cubic=True)

    def _mono(self, frame: VideoFrame) -> Array:
        name = frame.format.name
        if not self._gray:
            name = "gray" if self._bits == 8 else "gray16le"
        plane = self._scaled(frame, name.replace("be", "le"), cubic=True)
        if self._levels is not None:
            plane = np.take(self._levels, plane, mode="clip")
        return plane if self._channels == 1 else cv2.cvtColor(plane, cv2.COLOR_GRAY2RGB)

    def _scaled(self, frame: VideoFrame, name: str, *, cubic: bool) -> Array:
        matrix = SWSCALE_MATRICES[self._tags.matrix]
        width, height = self._size
        resized = (frame.width, frame.height) != self._size
        result = self._reformatter.reformat(
            frame,
            width,
            height,
            name,
            src_colorspace=matrix,
            # PyAV 14 leaves the source's matrix out unless the two differ.
            dst_colorspace=1 if matrix == 5 else 5,
            interpolation="BICUBIC" if resized else "BILINEAR",
            src_color_range=_FULL if self._tags.full_range else _LIMITED,
            dst_color_range=_FULL,
        )
        return _as_array(result)

    @property
    def _reformatter(self) -> VideoReformatter:
        """This thread's own scaler, which keeps its tables between frames."""
        own: Any = self._own
        if not hasattr(own, "reformatter"):
            own.reformatter = VideoReformatter()
        reformatter: VideoReformatter = own.reformatter
        return reformatter


def _as_array(frame: VideoFrame) -> Array:
    """Return the only plane of ``frame`` without copying, where its rows are tight."""
    plane: Any = frame.planes[0]
    depth = 16 if "48" in frame.format.name or "64" in frame.format.name else 8
    if is_gray(frame.format.name) and frame.format.name != "gray":
        depth = 16
    channels = {"rgb": 3, "rgba": 4}.get(frame.format.name.rstrip("0123456789le"), 1)
    dtype = np.uint16 if depth == 16 else np.uint8
    rows = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)
    tight = rows[:, : frame.width * channels * dtype().itemsize]
    values = np.ascontiguousarray(tight).view(dtype)
    return values if channels == 1 else values.reshape(frame.height, frame.width, channels)


def _levels(pixel_format: str, bits: int, full_range: bool) -> Array | None:
    """Return the table from a grey format's values to full-range values of ``bits``."""
    own = gray_bits(pixel_format)
    if full_range and own == bits:
        return None
    values = np.arange(1 << own, dtype=np.float64)
    if full_range:
        share = values / ((1 << own) - 1)
    else:
        unit = 1 << (own - 8)
        share = np.clip((values - 16 * unit) / (219 * unit), 0, 1)
    scaled = np.rint(share * ((1 << bits) - 1))
    return scaled.astype(np.uint8 if bits == 8 else np.uint16)


def gray_bits(pixel_format: str) -> int:
    """Return the bits of a grey format: ``gray`` is 8, ``gray10le`` 10."""
    digits = "".join(letter for letter in pixel_format if letter.isdigit())
    return int(digits) if digits else 8
