"""Banding: CAMBI of libvmaf (Tandon et al., PCS 2021), run by imageio-ffmpeg's ffmpeg.

0 is none, about 5 begins to annoy, 24 is the worst ever seen.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .arrays import Array, luma_codes
from .blockiness import TILE_PX, tile_excess

#: libvmaf compares values up to 2 to this power apart, in 10-bit codes: 4, one 8-bit code.
_LOG_CONTRAST = 2
#: A tile has blocks when its steps on the 8 px grid exceed the others by this many codes.
_BLOCKY_CODES = 0.4


def banding(
    source: Array | Path, max_log_contrast: int = _LOG_CONTRAST, truth: Array | None = None
) -> float:
    """Return CAMBI, mean over frames.

    Args:
        source: a video file; or (T, H, W, 3) frames, H and W even, of which the luma is judged:
            uint8 as 8-bit video, float32 in 0 ... 1 as 10-bit video.
        max_log_contrast: 0 ... 5, the highest step that counts as a band is 2 to this power in
            10-bit codes. 2 is libvmaf's own and what published numbers use.
        truth: frames like ``source``. Where a codec's blocks have flattened a gradient, ``source``
            is judged without them: they are ``blockiness``. None to count them, as CAMBI does.

    Raises:
        ValueError: ffmpeg could not read the file.
    """
    if isinstance(source, Path):
        return _cambi(["-i", str(source)], b"", max_log_contrast)
    if truth is not None:
        source = _without_blocks(source, truth)
    height, width = source.shape[1:3]
    kind = "yuv420p" if source.dtype == np.uint8 else "yuv420p10le"
    given = ["-f", "rawvideo", "-pix_fmt", kind, "-s", f"{width}x{height}", "-i", "pipe:"]
    return _cambi(given, _planes(source), max_log_contrast)


def _without_blocks(frames: Array, truth: Array) -> Array:
    """Return frames with the truth in every tile that has blocks."""
    blocky = (tile_excess(frames, truth) >= _BLOCKY_CODES).astype(np.uint8)
    whole = np.kron(blocky, np.ones((TILE_PX, TILE_PX), np.uint8)).astype(bool)
    height, width = frames.shape[1:3]
    rest = ((0, height - whole.shape[0]), (0, width - whole.shape[1]))
    # What is left over at the border goes with the last whole tile.
    where = np.pad(whole, rest, mode="edge")[None, :, :, None]
    return np.where(where, truth, frames)


def _planes(frames: Array) -> bytes:
    """Return limited-range luma with neutral chroma as planar 4:2:0."""
    bits, kind = (8, np.uint8) if frames.dtype == np.uint8 else (10, np.dtype("<u2"))
    unit = 1 << (bits - 8)
    luma = np.round((16.0 + 219.0 / 255.0 * luma_codes(frames)) * unit).astype(kind)
    chroma = np.full(luma[0].size // 2, 128 * unit, kind).tobytes()
    return b"".join(plane.tobytes() + chroma for plane in luma)


def _cambi(given: list[str], data: bytes, max_log_contrast: int) -> float:
    import imageio_ffmpeg

    with tempfile.TemporaryDirectory() as folder:
        feature = rf"name=cambi\:max_log_contrast={max_log_contrast}"
        # ffmpeg runs in the folder: a path would need escaping twice.
        graph = f"split[a][b];[a][b]libvmaf=feature='{feature}':log_fmt=json:log_path=log.json"
        source = [*given[:-1], str(Path(given[-1]).resolve())] if not data else given
        command = [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-nostdin",
            "-v",
            "error",
            *source,
            "-lavfi",
            graph,
        ]
        done = subprocess.run(
            [*command, "-f", "null", "-"], input=data, cwd=folder, capture_output=True, check=False
        )
        if done.returncode:
            raise ValueError(f"ffmpeg could not measure: {done.stderr.decode()[-500:]}")
        log = json.loads((Path(folder) / "log.json").read_text(encoding="utf-8"))
    rows = [frame["metrics"] for frame in log["frames"]]
    # libvmaf adds its options to the name.
    return float(np.mean([v for row in rows for k, v in row.items() if k.startswith("cambi")]))
