"""The frame index: which time stamps a file's frames carry and where decoding may begin.

Built by reading packets without decoding them. A few frames are then decoded to see that the
packets told the truth; where they did not (a field a packet, hidden frames, no time stamps) all
frames are decoded once instead.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from statistics import median_low

from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from ..errors import MediaError
from .decode import Decoder

#: Frames decoded to check the packets against.
PROBED_FRAMES = 8
#: Frames a decoder may deliver before one that comes earlier in time.
REORDER_FRAMES = 3


@dataclass(frozen=True)
class FrameIndex:
    """Where the frames of a file are.

    Attributes:
        pts: time stamp of every frame in order of display, in ticks; empty when not ``timed``.
        keys: time stamps of the key frames, ascending.
        count: number of frames.
        end: time stamp at which the last frame ends.
        timed: frames are known by their time stamps; otherwise only counting from the
            beginning finds them.
        damaged: frames that the decoder calls damaged are shown, because all are.
        truncated: the file breaks off before its end.
    """

    pts: tuple[int, ...]
    keys: tuple[int, ...]
    count: int
    end: int
    timed: bool = True
    damaged: bool = False
    truncated: bool = False

    def key_of(self, number: int) -> int:
        """Return the number of the key frame at or before frame ``number``; -1 is none."""
        if not self.timed:
            return -1
        return bisect_right(self.keys, self.pts[number]) - 1


@dataclass(frozen=True)
class _Stamp:
    pts: int | None
    duration: int
    key: bool


def build_index(decoder: Decoder) -> tuple[FrameIndex, VideoFrame]:
    """Return the index of a file and its first good frame.

    Raises:
        MediaError: if not a single frame can be decoded.
    """
    packets = [_stamp(packet) for packet in decoder.packets()]
    stamps = [stamp for stamp in packets if stamp is not None]
    breaks_off = decoder.truncated
    probed = _probe(decoder)
    damaged = decoder.show_damaged = all(frame.is_corrupt for frame in probed)
    index = _index_of_packets(stamps, probed)
    if index is None:
        index = _index_of_frames(decoder, stamps)
    index = replace(index, damaged=damaged)
    if breaks_off or _is_short(decoder, len(packets), index):
        index = _without_torn_end(decoder, index)
    decoder.rewind()
    return index, next((frame for frame in probed if not frame.is_corrupt), probed[0])


def _stamp(packet: Packet[VideoStream]) -> _Stamp | None:
    """Return what is kept of a packet; None where it shows nothing."""
    if packet.is_discard or _is_hidden(packet):
        return None
    return _Stamp(packet.pts, packet.duration or 0, packet.is_keyframe)


def _is_hidden(packet: Packet[VideoStream]) -> bool:
    """Return whether a packet holds one of VP8's alternate reference frames, never shown."""
    return packet.stream.codec.canonical_name == "vp8" and not bytes(packet)[0] & 0x10


def _probe(decoder: Decoder) -> list[VideoFrame]:
    decoder.rewind()
    decoder.show_damaged = True
    probed = list(islice(decoder.frames((), -1), PROBED_FRAMES))
    if not probed:
        raise MediaError(
            f"{decoder.path.name} must hold pictures that can be decoded, got none. "
            "The file is damaged: copy or export it again."
        )
    return probed


def _index_of_packets(stamps: list[_Stamp], probed: list[VideoFrame]) -> FrameIndex | None:
    """Return the index that the packets give, or None where they cannot be trusted."""
    pts = sorted({stamp.pts for stamp in stamps if stamp.pts is not None})
    seen = sorted(frame.pts for frame in probed if frame.pts is not None)
    if len(pts) != len(stamps) or len(seen) != len(probed):
        return None
    shown = pts[pts.index(seen[0]) :] if seen[0] in pts else []
    sure = max(1, len(seen) - REORDER_FRAMES)
    if shown[:sure] != seen[:sure]:
        return None
    keys = sorted(stamp.pts for stamp in stamps if stamp.key and stamp.pts is not None)
    return _index(shown, keys, stamps)


def _index_of_frames(decoder: Decoder, stamps: list[_Stamp]) -> FrameIndex:
    """Return the index found by decoding everything."""
    decoder.rewind()
    found = [frame.pts for frame in decoder.frames((), -1)]
    pts = sorted({stamp for stamp in found if stamp is not None})
    if len(pts) != len(found):
        return FrameIndex((), (), len(found), 0, timed=False)
    keys = {stamp.pts for stamp in stamps if stamp.key and stamp.pts is not None}
    return _index(pts, sorted(keys.intersection(pts)), stamps)


def _index(pts: list[int], keys: list[int], stamps: list[_Stamp]) -> FrameIndex:
    last = next((stamp.duration for stamp in stamps if stamp.pts == pts[-1]), 0)
    if last <= 0:
        last = median_low([b - a for a, b in pairwise(pts)] or [0])
    return FrameIndex(tuple(pts), tuple(keys), len(pts), pts[-1] + last)


def _is_short(decoder: Decoder, packets: int, index: FrameIndex) -> bool:
    """Return whether the file promises more than is there."""
    stream = decoder.stream
    if stream.frames > packets + 1:
        return decoder.container.format.name.startswith("mov")
    clock = re.fullmatch(r"(\d+):(\d+):(\d+)\.?\d*", stream.metadata.get("DURATION", ""))
    if clock is None or not index.timed or stream.time_base is None:
        return False
    hours, minutes, seconds = (int(part) for part in clock.groups())
    return hours * 3600 + minutes * 60 + seconds > index.end * stream.time_base + 1


def _without_torn_end(decoder: Decoder, index: FrameIndex) -> FrameIndex:
    """Return the index up to the first frame of the last group that does not come."""
    if not index.timed:
        return replace(index, truncated=True)
    last = len(index.keys) - 1
    come = {frame.pts for frame in decoder.frames(index.keys, last)}
    first = index.keys[last] if last >= 0 else index.pts[0]
    count = next(
        (n for n, pts in enumerate(index.pts) if n and pts >= first and pts not in come),
        index.count,
    )
    end = index.pts[count] if count < index.count else index.end
    return replace(index, pts=index.pts[:count], count=count, end=end, truncated=True)
