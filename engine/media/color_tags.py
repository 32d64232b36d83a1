"""What the numbers of a stream mean as colours: its tags, and what players assume without them.

Code points are those of ITU-T H.273, which FFmpeg uses too.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

from av.video.codeccontext import VideoCodecContext
from av.video.format import VideoFormat
from av.video.frame import VideoFrame

MATRICES = {
    0: "rgb", 1: "bt709", 4: "fcc", 5: "bt601", 6: "bt601", 7: "smpte240m", 8: "ycgco",
    9: "bt2020", 10: "bt2020", 14: "ictcp",
}  # fmt: skip
TRANSFERS = {
    1: "bt709", 4: "gamma22", 5: "gamma28", 6: "bt601", 7: "smpte240m", 8: "linear", 11: "xvycc",
    13: "srgb", 14: "bt2020", 15: "bt2020", 16: "pq", 18: "hlg",
}  # fmt: skip
PRIMARIES = {
    1: "bt709", 4: "bt470m", 5: "bt601-625", 6: "bt601-525", 7: "smpte240m", 9: "bt2020",
    11: "dci-p3", 12: "display-p3",
}  # fmt: skip

#: Brightest value assumed of HDR that does not say, in cd/m2 (the usual mastering display).
DEFAULT_PEAK_NITS = 1000.0

_UNSPECIFIED = 2
_FULL = 2


@dataclass(frozen=True)
class ColorTags:
    """How a stream's values are colours.

    Attributes:
        matrix: a name of MATRICES.
        full_range: values use the whole range, not 16 ... 235 (in 8 bits).
        transfer: a name of TRANSFERS.
        primaries: a name of PRIMARIES.
        peak_nits: the brightest value of an HDR picture, in cd/m2.
    """

    matrix: str
    full_range: bool
    transfer: str
    primaries: str
    peak_nits: float = DEFAULT_PEAK_NITS


def color_tags(frame: VideoFrame, context: VideoCodecContext) -> ColorTags:
    """Return the colour tags of a decoded frame, guessed by format and size where missing."""
    name = frame.format.name
    transfer = TRANSFERS.get(context.color_trc, "")
    primaries = PRIMARIES.get(context.color_primaries, "")
    return ColorTags(
        _matrix(frame, context, wide=primaries == "bt2020" or transfer in ("pq", "hlg")),
        _is_full_range(frame),
        transfer or ("srgb" if frame.format.is_rgb or name == "pal8" else "bt709"),
        primaries or ("bt2020" if transfer in ("pq", "hlg") else "bt709"),
        _peak_nits(frame) if transfer == "pq" else DEFAULT_PEAK_NITS,
    )


def is_gray(name: str) -> bool:
    """Return whether pixel format ``name`` has one channel of whole numbers."""
    return name.startswith("gray") and not name.startswith("grayf")


def _matrix(frame: VideoFrame, context: VideoCodecContext, *, wide: bool) -> str:
    if frame.format.is_rgb or is_gray(frame.format.name):
        return "rgb"
    tagged = MATRICES.get(int(frame.colorspace), "")
    if tagged and tagged != "rgb":
        return tagged
    if wide:
        return "bt2020"
    if context.codec.canonical_name == "mjpeg":
        return "bt601"
    return "bt709" if frame.width >= 1280 or frame.height > 576 else "bt601"


def _is_full_range(frame: VideoFrame) -> bool:
    name = frame.format.name
    if frame.format.is_rgb or name.startswith(("yuvj", "pal", "mono", "ya")):
        return True
    if int(frame.color_range) in (1, _FULL):
        return int(frame.color_range) == _FULL
    return is_gray(name)


def _peak_nits(frame: VideoFrame) -> float:
    """Return the brightest value the stream claims: of its content, else of its mastering."""
    side: Any = frame.side_data
    level = side.get("CONTENT_LIGHT_LEVEL")
    claimed = float(struct.unpack_from("<I", bytes(level))[0]) if level is not None else 0.0
    mastering = side.get("MASTERING_DISPLAY_METADATA")
    if not claimed and mastering is not None:
        # Ten fractions come first (primaries, white point, darkest, brightest), then two flags.
        fields = struct.unpack_from("<22i", bytes(mastering))
        if fields[21] and fields[19]:
            claimed = fields[18] / fields[19]
    return min(max(claimed, 400.0), 10000.0) if claimed else DEFAULT_PEAK_NITS


def stored_bits(pixel_format: VideoFormat) -> int:
    """Return the bits of a stored value of ``pixel_format``, at least 8."""
    return max(8, *(component.bits for component in pixel_format.components))
