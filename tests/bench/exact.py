"""The over operation against float64, before anything is encoded, and layers never a frame apart.

For the second every frame of every layer carries its number: squares that are black or white where
the layer is what is seen. Mattes and shadows are Matroska files, whose clock has steps of 1 ms, so
that rates such as 30000/1001 fit it badly; clips whose rate varies are tried too. ffmpeg, which
brings layers together by time, does it beside us.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import av
import numpy as np

from .process import ffmpeg

Array = np.ndarray[Any, Any]

#: Size and number of the frames that are mixed, and of those that are numbered.
SIZE, MIXED, COUNT = (360, 640), 2, 96
#: Side of a square, px, and bits of a number.
SQUARE_PX, BITS = 16, 8
#: What each row of squares shows.
SHOWN = ("foreground", "plate", "matte", "shadow")
_MS = Fraction(1, 1000)


def exact(folder: Path, times: int) -> dict[str, Any]:
    """Largest error of the over operation in 8-bit codes; frames whose layers are apart."""
    home = folder / "exact"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    return {
        "over_off_codes": {name: _over_off(*what) for name, what in _MIXES.items()},
        "goal": 0.5,
        "frames_apart": {
            name: _apart(home / str(number), of)
            for number, (name, of) in enumerate(_CLOCKS.items())
        },
    }


# (bits of the layers, in linear light, with a shadow)
_MIXES = {
    "display, 8 bit": (8, False, False),
    "display, 10 bit": (10, False, False),
    "display, 16 bit": (16, False, False),
    "display, 8 bit, shadow": (8, False, True),
    "linear, 8 bit": (8, True, False),
    "linear, 8 bit, shadow": (8, True, True),
    "linear, 16 bit, shadow": (16, True, True),
}


def _over_off(bits: int, linear: bool, shaded: bool) -> dict[str, float]:
    """Return the largest and the 99.9th percentile of the error, 8-bit codes."""
    from backlot.engine.clip.operations import ArrayClip
    from backlot.engine.compositing.over import composite

    draw = np.random.default_rng(1)
    top, kind = (1 << bits) - 1, np.uint8 if bits == 8 else np.uint16
    front, back = (draw.integers(0, top + 1, (MIXED, *SIZE, 3)).astype(kind) for _ in range(2))
    matte, density = (draw.integers(0, top + 1, (MIXED, *SIZE)).astype(kind) for _ in range(2))
    fps = Fraction(25)
    layers = [ArrayClip(one, fps, bits=bits) for one in (front, matte, back)]
    shadow = ArrayClip(density, fps, bits=bits) if shaded else None
    found = composite(*layers, shadow=shadow, linear=linear)
    wanted = _mixed(front / top, matte / top, back / top, density / top * shaded, linear)
    result = np.stack([found.frame(at) for at in range(MIXED)]) / found.format.max_value
    off = np.abs(result - wanted) * 255.0
    return {
        "most": round(float(off.max()), 3),
        "p99.9": round(float(np.percentile(off, 99.9)), 3),
    }


def _mixed(front: Array, alpha: Array, back: Array, density: Array, linear: bool) -> Array:
    """Return the composite in float64: the shadow is in linear light, the rest as asked."""
    if density.any():
        back = _display(_linear(back) * (1.0 - density[..., None]))
    if linear:
        front, back = _linear(front), _linear(back)
    mixed: Array = back + (front - back) * alpha[..., None]
    return _display(mixed) if linear else mixed


def _linear(display: Array) -> Array:
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def _display(light: Array) -> Array:
    root = 1.055 * np.maximum(light, 0.0031308) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, root)


def _even(rate: Fraction) -> list[int]:
    return [round(number / rate / _MS) for number in range(COUNT)]


def _uneven() -> list[int]:
    """Return times of a telephone's clip: no step is like the other, no frame is missing."""
    draw = np.random.default_rng(2)
    return [round(number * 100 / 3 + draw.uniform(-9, 9)) + 10 for number in range(COUNT)]


def _held() -> list[int]:
    """Return times on a grid of 1/30 s of which every seventh place is empty."""
    places = [place for place in range(2 * COUNT) if place % 7 != 3][:COUNT]
    return [round(place * 100 / 3) for place in places]


#: Time stamps of the source's frames in ms, by what they are.
_CLOCKS: dict[str, Callable[[], list[int]]] = {
    "30000/1001": lambda: _even(Fraction(30000, 1001)),
    "24000/1001": lambda: _even(Fraction(24000, 1001)),
    "variable": _uneven,
    "variable, frames held": _held,
}


def _apart(home: Path, clock: Callable[[], list[int]]) -> dict[str, Any]:
    """Return of how many frames the layers are not those of one and the same frame."""
    from backlot.engine.clip.store import Store
    from backlot.engine.compositing.over import composite
    from backlot.engine.context import Context
    from backlot.engine.media.read import open_clip
    from backlot.engine.media.write import EncodeSettings, deliver

    home.mkdir()
    context, stamps = Context(store=Store(home / "store")), clock()
    _write(home / "clip.mkv", "libx264", map(_front, range(COUNT)), stamps)
    _write(home / "matte.mkv", "ffv1", map(_matte, range(COUNT)), stamps)
    clip = open_clip(home / "clip.mkv", context.store)
    alpha = open_clip(home / "matte.mkv", context.store, matte=True)
    places = [round(number / clip.format.fps / _MS) for number in range(len(clip))]
    _write(home / "plate.mkv", "libx264", map(_back, range(len(clip))), places)
    _write(home / "shadow.mkv", "ffv1", map(_shadow, range(len(clip))), places)
    plate = open_clip(home / "plate.mkv", context.store)
    shadow = open_clip(home / "shadow.mkv", context.store, matte=True)
    comp = composite(clip, alpha, plate, shadow=shadow)
    wanted = _expected(stamps, len(clip), clip.format.fps)
    order = [*range(len(comp)), *reversed(range(len(comp)))]
    order += np.random.default_rng(3).permutation(len(comp)).tolist()
    deliver(comp, home / "delivered.mp4", context, EncodeSettings())
    delivered = open_clip(home / "delivered.mp4", context.store)
    return {
        "frames": len(comp),
        "composite": _wrong(((at, comp.frame(at)) for at in order), wanted),
        "delivered": _wrong(((at, delivered.frame(at)) for at in range(len(delivered))), wanted)
        + abs(len(delivered) - len(comp)),
        "ffmpeg": _ffmpeg_apart(home),
    }


def _expected(stamps: Sequence[int], count: int, fps: Fraction) -> list[tuple[int, int] | None]:
    """Return of each frame the number the source shows then, and its own.

    None for all where each frame was kept; a frame that is held shows the one before.
    """
    if count == len(stamps):
        return [(number, number) for number in range(count)]
    times = [float(Fraction(number) / fps / _MS) + stamps[0] + 1 for number in range(count)]
    return [(int(np.searchsorted(stamps, at, "right")) - 1, at_) for at_, at in enumerate(times)]


def _wrong(frames: Iterable[tuple[int, Array]], wanted: Sequence[tuple[int, int] | None]) -> int:
    wrong = 0
    for at, frame in frames:
        source, own = wanted[at] or (at, at)
        wrong += _numbers(frame) != (source, own, source, own)
    return wrong


def _ffmpeg_apart(home: Path) -> int | None:
    """Return in how many frames ffmpeg's overlay shows layers of different frames."""
    if find_spec("imageio_ffmpeg") is None:
        return None
    command = [
        ffmpeg(), "-y", "-loglevel", "error",
        "-i", "plate.mkv", "-i", "clip.mkv", "-i", "matte.mkv",
        "-filter_complex", "[1:v][2:v]alphamerge[f];[0:v][f]overlay=format=gbrp",
        "-c:v", "libx264", "-crf", "12", "overlay.mkv",
    ]  # fmt: skip
    subprocess.run(command, cwd=home, check=True)
    wrong = 0
    with av.open(str(home / "overlay.mkv")) as file:
        for frame in file.decode(video=0):
            front, back, matte, _ = _numbers(frame.to_ndarray(format="rgb24"))
            wrong += not front == back == matte
    return wrong


def _numbers(frame: Array) -> tuple[int, ...]:
    """Return the number in each row of squares; the shadow's is white where it is not."""
    light = frame[..., :3].mean(axis=2) / (255.0 if frame.dtype == np.uint8 else 65535.0)
    middle = SQUARE_PX // 2
    white = light[middle::SQUARE_PX, middle::SQUARE_PX] > 0.5
    white[3] = ~white[3]
    return tuple(int((row * (1 << np.arange(BITS))).sum()) for row in white)


def _squares(rows: Sequence[Array]) -> Array:
    """Return a picture of rows of BITS squares each."""
    return np.kron(np.stack(rows), np.ones((SQUARE_PX, SQUARE_PX))).astype(np.uint8)


def _bits(number: int) -> Array:
    return (number >> np.arange(BITS) & 1) * 255


_BLACK, _WHITE = np.zeros(BITS), np.full(BITS, 255)


def _front(number: int) -> Array:
    return _squares([_bits(number), _BLACK, _WHITE, _BLACK])


def _back(number: int) -> Array:
    return _squares([_WHITE, _bits(number), _BLACK, _WHITE])


def _matte(number: int) -> Array:
    return _squares([_WHITE, _BLACK, _bits(number), _BLACK])


def _shadow(number: int) -> Array:
    return _squares([_BLACK, _BLACK, _BLACK, _bits(number)])


def _write(path: Path, codec: str, frames: Iterable[Array], stamps: Sequence[int]) -> None:
    """Write grey frames with their time stamps in ms."""
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=Fraction(30))
        stream.height, stream.width = len(SHOWN) * SQUARE_PX, BITS * SQUARE_PX
        stream.pix_fmt = "gray" if codec == "ffv1" else "yuv420p"
        stream.time_base = stream.codec_context.time_base = _MS
        for frame, stamp in zip(frames, stamps, strict=True):
            picture = av.VideoFrame.from_ndarray(frame, format="gray")
            picture.pts, picture.time_base = stamp, _MS
            file.mux(stream.encode(picture))
        file.mux(stream.encode(None))
