"""Decoded frames to native arrays: range, matrix and depth in one swscale call.

What is left is the shape of pixels, orientation, the gamut of wide or HDR sources, and formats
of one channel.
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

#: swscale's numbers of the matrices.
SWSCALE_MATRICES = {"rgb": 1, "bt709": 1, "fcc": 4, "bt601": 5, "smpte240m": 7, "bt2020": 9}
_LIMITED, _FULL = 1, 2
_FORMATS = {(3, 8): "rgb24", (3, 16): "rgb48le", (4, 8): "rgba", (4, 16): "rgba64le"}
#: swscale's flags: its quick way, and with interpolated chroma and right rounding.
_BILINEAR, _EXACT = 2, 2 | 0x2000 | 0x40000
#: Frames are computed side by side already: newer PyAVs must not split each one as well.
_ONE_THREAD: dict[str, Any] = (
    {"threads": 1} if "threads" in (VideoReformatter.reformat.__doc__ or "") else {}
)


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


@dataclass(frozen=True)
class Target:
    """What frames are turned into.

    Attributes:
        size: (width, height) as displayed, but before orientation.
        channels: 1, 3 or 4.
        bits: 8 or 16; one channel keeps the bits of a grey source.
        orientation: how the picture is turned at last.
    """

    size: tuple[int, int]
    channels: int
    bits: int
    orientation: Orientation = Orientation()


class FrameConverter:
    """Turns the decoded frames of one stream into native arrays; for any thread."""

    def __init__(self, pixel_format: str, stored_bits: int, tags: ColorTags, target: Target):
        """Prepare for frames of one kind.

        Args:
            pixel_format: of the stream.
            stored_bits: bits of a stored value.
            tags: what the values mean.
            target: what they are turned into.
        """
        self._tags, self._target = tags, target
        self._own = threading.local()
        self._gray = is_gray(pixel_format)
        self._levels: Array | None = None
        if self._gray:
            self._levels = _levels(stored_bits, target.bits, tags.full_range)
        # swscale leaves the white of 16 bits a little under 65535: this share is missing.
        self._missing_bits = 0
        if target.bits == 16 and tags.matrix != "rgb":
            self._missing_bits = stored_bits % 16 if tags.full_range else 8
        self._to_rec709: ToRec709 | None = None
        if target.channels > 1 and needs_conversion(tags):
            self._to_rec709 = ToRec709(tags, target.bits)

    def __call__(self, frame: VideoFrame) -> Array:
        """Return ``frame`` as an array of the promised shape and depth."""
        picture = self._from_gray(frame) if self._gray else self._scaled(frame, self._format)
        if self._missing_bits:
            picture = cv2.add(picture, picture >> self._missing_bits)
        if self._to_rec709 is not None:
            picture = self._to_rec709(picture)
        return self._target.orientation.apply(picture)

    @property
    def _format(self) -> str:
        target = self._target
        if target.channels == 1:
            return "gray" if target.bits == 8 else "gray16le"
        return _FORMATS[target.channels, target.bits]

    def _from_gray(self, frame: VideoFrame) -> Array:
        plane = self._scaled(frame, frame.format.name.replace("be", "le"))
        if self._levels is not None:
            plane = np.take(self._levels, plane, mode="clip")
        return plane if self._target.channels == 1 else cv2.cvtColor(plane, cv2.COLOR_GRAY2RGB)

    def _scaled(self, frame: VideoFrame, name: str) -> Array:
        matrix = SWSCALE_MATRICES[self._tags.matrix]
        result = self._reformatter.reformat(
            frame,
            format=name,
            src_colorspace=matrix,
            # PyAV 14 heeds neither unless the two differ.
            dst_colorspace=1 if matrix == 5 else 5,
            # The quick way to RGBA writes past the end of rows that are no multiple of 16.
            interpolation=_EXACT if name == "rgba" else _BILINEAR,
            src_color_range=_FULL if self._tags.full_range else _LIMITED,
            dst_color_range=_FULL,
            **_ONE_THREAD,
        )
        picture = _as_array(result)
        width, height = self._target.size
        if (frame.width, frame.height) != (width, height):
            smaller = width < frame.width
            kernel = cv2.INTER_AREA if smaller else cv2.INTER_CUBIC
            picture = cv2.resize(picture, (width, height), interpolation=kernel)
        return picture

    @property
    def _reformatter(self) -> VideoReformatter:
        """This thread's own scaler, which keeps its tables between frames."""
        own: Any = self._own
        if not hasattr(own, "reformatter"):
            own.reformatter = VideoReformatter()
        reformatter: VideoReformatter = own.reformatter
        return reformatter


def _as_array(frame: VideoFrame) -> Array:
    """Return the only plane of ``frame``, without copying where its rows are tight."""
    plane: Any = frame.planes[0]
    channels = {"rgb": 3, "rgba": 4}.get(frame.format.name.rstrip("0123456789le"), 1)
    deep = frame.format.components[0].bits > 8
    row_bytes = frame.width * channels * (2 if deep else 1)
    rows = np.frombuffer(plane, np.uint8).reshape(frame.height, plane.line_size)[:, :row_bytes]
    values = np.ascontiguousarray(rows).view(np.uint16 if deep else np.uint8)
    return values if channels == 1 else values.reshape(frame.height, frame.width, channels)


def _levels(stored_bits: int, bits: int, full_range: bool) -> Array | None:
    """Return the table from grey values to full-range values of ``bits``; None where equal."""
    if full_range and stored_bits == bits:
        return None
    values = np.arange(1 << stored_bits, dtype=np.float64)
    if full_range:
        share = values / ((1 << stored_bits) - 1)
    else:
        unit = 1 << (stored_bits - 8)
        share = np.clip((values - 16 * unit) / (219 * unit), 0, 1)
    return np.rint(share * ((1 << bits) - 1)).astype(np.uint8 if bits == 8 else np.uint16)
