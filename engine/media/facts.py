"""The facts of a video file, as values and as text."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class AudioInfo:
    """The sound of a file.

    Attributes:
        codec: FFmpeg's name of the coding.
        sample_rate: samples per second.
        channels: how many.
        layout: their places, for example ``stereo``.
        duration_s: length in seconds; 0 when the file does not say.
        start_s: when it begins, in seconds after the first picture.
    """

    codec: str
    sample_rate: int
    channels: int
    layout: str
    duration_s: float
    start_s: float


@dataclass(frozen=True)
class ClipInfo:
    """The facts of a video file.

    Attributes:
        path: the file.
        container: FFmpeg's name of the file format.
        codec: of the pictures.
        width: pixels, as displayed.
        height: pixels, as displayed.
        coded_width: pixels, as stored.
        coded_height: pixels, as stored.
        rotation_deg: degrees counter-clockwise by which stored pictures are turned.
        sample_aspect: width of a stored pixel divided by its height.
        fps: exact constant rate, conformed where the file's own varies.
        frames: number of frames at that rate.
        duration_s: of those frames.
        variable_rate: the file's own rate is not constant.
        pixel_format: FFmpeg's name.
        bits: of a stored value.
        alpha: pictures have transparency.
        matrix: rgb, bt601, bt709, bt2020, smpte240m or fcc; guessed as players do if untagged.
        color_range: full or limited.
        transfer: for example bt709, srgb, pq, hlg.
        primaries: for example bt709, bt2020, display-p3.
        audio: the first sound of the file, or None.
        notes: what is special, in sentences for the user.
    """

    path: str
    container: str
    codec: str
    width: int
    height: int
    coded_width: int
    coded_height: int
    rotation_deg: int
    sample_aspect: Fraction
    fps: Fraction
    frames: int
    duration_s: Fraction
    variable_rate: bool
    pixel_format: str
    bits: int
    alpha: bool
    matrix: str
    color_range: str
    transfer: str
    primaries: str
    audio: AudioInfo | None = None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write; fractions as text such as ``30000/1001``."""
        plain = asdict(self)
        for name in ("sample_aspect", "fps", "duration_s"):
            plain[name] = str(plain[name])
        return {**plain, "notes": list(self.notes)}

    @staticmethod
    def from_json(plain: dict[str, Any]) -> ClipInfo:
        """Return what :meth:`to_json` wrote."""
        fields = dict(plain)
        for name in ("sample_aspect", "fps", "duration_s"):
            fields[name] = Fraction(fields[name])
        audio = fields["audio"]
        fields["audio"] = AudioInfo(**audio) if audio else None
        return ClipInfo(**{**fields, "notes": tuple(fields["notes"])})


def describe(info: ClipInfo) -> str:
    """Return the facts as a few lines of text."""
    rate = f"{float(info.fps):.3f}".rstrip("0").rstrip(".")
    exact = "" if info.fps.denominator == 1 else f" ({info.fps})"
    sound = "no sound"
    if info.audio is not None:
        audio = info.audio
        sound = f"{audio.codec}, {audio.sample_rate} Hz, {audio.layout or audio.channels}"
    lines = [
        f"{Path(info.path).name}: {info.width}x{info.height}, {rate} fps{exact}, "
        f"{info.frames} frames, {float(info.duration_s):.3f} s",
        f"{info.codec} {info.pixel_format}, {info.bits} bits{', alpha' if info.alpha else ''}",
        f"colour: {info.matrix}, {info.color_range} range, {info.transfer}, {info.primaries}",
        f"sound: {sound}",
        *info.notes,
    ]
    return "\n".join(lines)
