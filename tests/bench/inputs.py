"""1080p input files for the benchmark, made from the bundled sample."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
SIZE = (1920, 1080)


def make_inputs(folder: Path, frames: int) -> None:
    """Write ``clip.mp4``, ``matte.mkv`` and ``plate.mp4``, ``frames`` long, unless they exist.

    The clip is the sample enlarged to 1080p and played forth and back; the matte a soft ellipse
    where its figure is; the plate the sample's background drifting.
    """
    if (folder / "done").exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    plate = cv2.imread(str(ROOT / "sample" / "background.jpg"))
    plate = cv2.cvtColor(cv2.resize(plate, (2200, 1240)), cv2.COLOR_BGR2RGB)
    with (
        _Writer(folder / "clip.mp4", "libx264", "yuv420p") as clip,
        _Writer(folder / "matte.mkv", "ffv1", "gray") as matte,
        _Writer(folder / "plate.mp4", "libx264", "yuv420p") as moving,
    ):
        for index, frame in zip(range(frames), _forth_and_back(), strict=False):
            clip.add(cv2.resize(frame, SIZE, interpolation=cv2.INTER_CUBIC), "rgb24")
            matte.add(ellipse(index), "gray")
            x, y = int(140 + 120 * np.sin(index / 40)), int(80 + 60 * np.cos(index / 50))
            moving.add(np.ascontiguousarray(plate[y : y + 1080, x : x + 1920]), "rgb24")
    (folder / "done").touch()


def make_sized(folder: Path, height: int, frames: int) -> int:
    """Write ``clip.mp4``, the sample at another size and length, and return its frames."""
    if not (folder / "done").exists():
        folder.mkdir(parents=True, exist_ok=True)
        size = (height * 16 // 9, height)
        with _Writer(folder / "clip.mp4", "libx264", "yuv420p", size) as clip:
            for _, frame in zip(range(frames), _forth_and_back(), strict=False):
                clip.add(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), "rgb24")
        (folder / "done").touch()
    return frames


def repeat_clip(source: Path, target: Path, times: int) -> None:
    """Write ``source``'s pictures ``times`` over to ``target``, by stream copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(target), "w") as out:
        stream, shift = None, 0
        for _ in range(times):
            with av.open(str(source)) as file:
                video = file.streams.video[0]
                stream = stream or out.add_stream_from_template(video)
                for packet in file.demux(video):
                    if packet.dts is None:
                        continue
                    packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                    packet.stream = stream
                    out.mux(packet)
                shift += video.duration


def _forth_and_back():
    with av.open(str(ROOT / "sample" / "sample.mp4")) as file:
        frames = [f.to_ndarray(format="rgb24") for f in file.decode(video=0)]
    while True:
        yield from frames
        yield from reversed(frames)


def ellipse(index: int) -> np.ndarray:
    matte = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    centre = (int(960 + 80 * np.sin(index / 30)), 620)
    cv2.ellipse(matte, centre, (270, 470), 0, 0, 360, 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(matte, (0, 0), 4)


class _Writer:
    """One video file, frame by frame."""

    def __init__(
        self, path: Path, codec: str, pixel_format: str, size: tuple[int, int] = SIZE
    ) -> None:
        self._file = av.open(str(path), "w")
        self._stream = self._file.add_stream(codec, rate=Fraction(30))
        self._stream.width, self._stream.height = size
        self._stream.pix_fmt = pixel_format
        self._stream.options = {"crf": "18", "preset": "fast"} if codec == "libx264" else {}

    def add(self, frame: np.ndarray, layout: str) -> None:
        self._file.mux(self._stream.encode(av.VideoFrame.from_ndarray(frame, format=layout)))

    def __enter__(self) -> _Writer:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.mux(self._stream.encode(None))
        self._file.close()
