"""Opening a video file as a clip: any frame, any order, any thread, always the same pixels."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import av

from ..clip.clip import Array, AudioTrack, Clip, ClipFormat
from ..clip.store import Store
from ..errors import MediaError, StoreError
from ..fingerprint import fingerprint
from .convert import FrameConverter, Target
from .examine import Examined, examine
from .picture import read_picture
from .reader import FrameReader

__all__ = ["FileClip", "open_clip", "read_picture"]


def open_clip(path: Path, store: Store, *, matte: bool = False) -> FileClip:
    """Return the clip in a video file.

    Args:
        path: the file.
        store: remembers the file's content hash and its frame index.
        matte: give one channel: the grey of a grey file, the luma of others. Otherwise RGB, or
            RGB with straight alpha where the file has transparency.

    Raises:
        MediaError: if the file is missing, no video, or so damaged that nothing can be decoded.
    """
    path = Path(path)
    mark = fingerprint("file/1", _file_mark(path, store), _versions())
    plain = store.record(fingerprint("examine/1", mark), lambda: examine(path).to_json())
    return FileClip(path, Examined.from_json(plain), mark, matte=matte)


class FileClip(Clip):
    """The frames of a file.

    Attributes:
        info: what the file is.
    """

    def __init__(self, path: Path, examined: Examined, mark: str, *, matte: bool = False) -> None:
        """Read the file that was ``examined``; ``mark`` identifies its content."""
        info = examined.info
        channels = 1 if matte else 4 if info.alpha else 3
        bits = 8 if info.bits == 8 else 16
        if matte and info.pixel_format.startswith("gray"):
            bits = info.bits
        super().__init__(
            ClipFormat(info.width, info.height, info.fps, info.frames, channels, bits),
            fingerprint("decode/1", mark, channels, bits),
            audio=_audio(path, examined),
        )
        self.info = replace(info, path=str(path))
        self._numbers: Sequence[int] = examined.numbers or range(info.frames)
        self._reader = FrameReader(path, examined.index)
        target = Target(examined.size, channels, bits, examined.orientation)
        self._convert = FrameConverter(info.pixel_format, info.bits, examined.tags, target)

    def key_frame(self, index: int) -> int:
        """Return the last frame of the clip, up to ``index``, that is a key frame of the file."""
        key = self._reader.key_frame(self._numbers[index])
        return min(index, bisect_left(self._numbers, key))

    def _ready(self, workers: int, check: Callable[[], None] | None) -> None:
        super()._ready(workers, check)
        self._reader.keep(self._workers)

    def _render(self, index: int) -> Array:
        try:
            return self._convert(self._reader.frame(self._numbers[index]))
        except av.error.FFmpegError as error:
            raise MediaError(
                f"frame {index} of {Path(self.info.path).name} cannot be decoded "
                f"({error.strerror}). The file is damaged there: trim that part away or export "
                "it again."
            ) from error

    def _close(self) -> None:
        self._reader.close()


def _file_mark(path: Path, store: Store) -> str:
    try:
        return store.file_mark(path)
    except StoreError:
        raise
    except OSError as error:
        examine(path)
        raise MediaError(
            f"{path.name} must be readable, got '{error.strerror}'. Check its permissions."
        ) from error


def _versions() -> dict[str, tuple[int, int, int]]:
    """Return the versions of what turns a file into pixels."""
    used = ("libavformat", "libavcodec", "libswscale")
    return {name: av.library_versions[name] for name in used}


def _audio(path: Path, examined: Examined) -> tuple[AudioTrack, ...]:
    """Return the file's sound from the first picture on."""
    sound = examined.info.audio
    if sound is None:
        return ()
    return (AudioTrack(path=path, sample_rate=sound.sample_rate, start_s=examined.late_s),)
