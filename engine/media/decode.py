"""Decoding one video stream from a chosen key frame on, in the decoder's order.

The lowest layer of reading: it knows packets, seeks and decoder errors, nothing of frame numbers.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import av
import av.error
from av.container import InputContainer
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from .container import make_decoder, open_container, video_stream

log = logging.getLogger(__name__)


class Decoder:
    """An open file and the decoder of its video stream.

    Attributes:
        errors: packets refused and damaged frames left out since decoding began.
        show_damaged: frames the decoder calls damaged are given too.
        truncated: the file ended in the middle of something.
    """

    def __init__(self, path: Path) -> None:
        """Read ``path``, once a frame is asked for."""
        self.path = path
        self.errors = 0
        self.show_damaged = False
        self.truncated = False
        self._container: InputContainer | None = None
        self._stream: VideoStream | None = None
        self._context: VideoCodecContext | None = None
        self._fresh = False

    def frames(self, keys: Sequence[int], number: int) -> Iterator[VideoFrame]:
        """Yield frames from key frame ``number`` on; -1 is the beginning of the file.

        Frames that precede the key frame in time may come too, damaged: skip them.

        Args:
            keys: the time stamps of all key frames, ascending.
            number: which of them.
        """
        self.errors = 0
        for packet in chain(self._packets_from(keys, number), (None,)):
            for frame in self._decode(packet):
                if self.show_damaged or not frame.is_corrupt:
                    yield frame
                else:
                    self.errors += 1

    def packets(self) -> Iterator[Packet[VideoStream]]:
        """Yield the packets that follow; a file that breaks off ends with its last whole one."""
        _, stream = self._open()
        assert self._container is not None
        self._fresh = False
        torn = None
        try:
            for packet in self._container.demux(stream):
                if not packet.size:
                    continue
                if torn is not None:
                    yield torn
                torn = packet if packet.is_corrupt else None
                if torn is None:
                    yield packet
            self.truncated |= torn is not None
        except av.error.FFmpegError as error:
            self.truncated = True
            log.debug("%s ends early: %s", self.path.name, error)

    @property
    def stream(self) -> VideoStream:
        """The stream that is decoded."""
        return self._open()[1]

    @property
    def container(self) -> InputContainer:
        """The open file."""
        return self._open()[0]

    @property
    def context(self) -> VideoCodecContext:
        """The decoder."""
        self._open()
        assert self._context is not None
        return self._context

    def close(self) -> None:
        """Close the file; the next request opens it again."""
        if self._container is not None:
            self._container.close()
        self._container = self._stream = self._context = None

    def rewind(self) -> None:
        """Stand at the beginning of the file, as freshly opened."""
        if not self._fresh:
            self.close()
            self._open()

    def _open(self) -> tuple[InputContainer, VideoStream]:
        if self._container is None or self._stream is None:
            self._container = open_container(self.path)
            self._stream = video_stream(self._container, self.path)
            self._context = make_decoder(self._stream, self.path)
            self._fresh = True
        return self._container, self._stream

    def _packets_from(self, keys: Sequence[int], number: int) -> Iterator[Packet[VideoStream]]:
        """Yield packets beginning with that of key frame ``number``, wherever a seek lands."""
        for back in (0, 1, 4):
            if number - back > 0:
                first, packets = self._sought(keys, number, keys[number - back])
                if first is not None:
                    yield first
                    yield from packets
                    return
        self.rewind()
        packets = self.packets()
        if number > 0:
            packets = _dropped_until(packets, keys[number])
        yield from packets

    def _sought(
        self, keys: Sequence[int], number: int, target: int
    ) -> tuple[Packet[VideoStream] | None, Iterator[Packet[VideoStream]]]:
        """Seek to ``target`` and return the key frame's packet and those after it."""
        container, stream = self._open()
        try:
            container.seek(target, stream=stream, backward=True, any_frame=False)
        except av.error.FFmpegError as error:
            log.debug("%s: seek to %d failed: %s", self.path.name, target, error)
            return None, iter(())
        self.context.flush_buffers()
        packets = self.packets()
        for packet in packets:
            if packet.pts == keys[number]:
                return packet, packets
            if packet.is_keyframe and packet.pts is not None and packet.pts > keys[number]:
                break
        return None, packets

    def _decode(self, packet: Packet[VideoStream] | None) -> list[VideoFrame]:
        try:
            return self.context.decode(packet)
        except av.error.EOFError:
            return []
        except av.error.FFmpegError as error:
            self.errors += 1
            log.debug("%s: a packet cannot be decoded: %s", self.path.name, error)
            return []


def _dropped_until(
    packets: Iterator[Packet[VideoStream]], pts: int
) -> Iterator[Packet[VideoStream]]:
    for packet in packets:
        if packet.pts == pts:
            yield packet
            break
    yield from packets
