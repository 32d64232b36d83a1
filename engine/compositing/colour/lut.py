"""Three-dimensional tables of colour, and the .cube files that editors exchange them in.

The file is Adobe's "Cube LUT Specification" 1.0 (2013): red runs fastest, numbers are display
values. Between the steps a table is read trilinearly.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from ...clip.clip import Array
from ...errors import InputError, MediaError
from ...fingerprint import array_fingerprint

#: Steps a file may have: of a table of one dimension, and of three.
_MOST_STEPS = {1: 65536, 3: 256}
_COMMENT = re.compile(r"#.*")


@dataclass(frozen=True, eq=False, repr=False)
class Cube:
    """A table over the cube of colours.

    Attributes:
        values: (N, N, N, 3) float32, indexed by blue, green, red.
        low: red, green, blue of the first step.
        high: red, green, blue of the last.
    """

    values: Array
    low: tuple[float, float, float] = (0.0, 0.0, 0.0)
    high: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def __repr__(self) -> str:
        """Return what tells it from every other table."""
        return f"Cube({array_fingerprint(self.values)}, {self.low}, {self.high})"

    @property
    def separable(self) -> bool:
        """Whether each channel depends on itself alone; not looked for."""
        return False

    def __call__(self, display: Array) -> Array:
        """Return what the table says of display values, (..., 3), read trilinearly, 0 ... 1."""
        low, high = (np.array(end, np.float32) for end in (self.low, self.high))
        place = (display.reshape(-1, 3).astype(np.float32) - low) * (2.0 / (high - low)) - 1.0
        grid = torch.from_numpy(place)[None, None, None]
        table = torch.from_numpy(self.values).permute(3, 0, 1, 2)[None]
        found = torch.nn.functional.grid_sample(
            table, grid, mode="bilinear", padding_mode="border", align_corners=True
        )
        values = found[0, :, 0, 0].T.numpy().clip(0.0, 1.0)
        return np.asarray(values.reshape(display.shape), display.dtype)


def cube_of(transfer: Callable[[Array], Array], steps: int) -> Cube:
    """Return a function of display colour as a table of ``steps`` in each direction."""
    ramp = np.linspace(0.0, 1.0, steps, dtype=np.float32)
    blue, green, red = np.meshgrid(ramp, ramp, ramp, indexing="ij")
    colours = np.stack([red, green, blue], axis=-1)
    return Cube(np.ascontiguousarray(transfer(colours), np.float32))


def write_cube(path: Path, cube: Cube, title: str) -> None:
    """Write a table as a .cube file; the folder is made.

    Raises:
        MediaError: if the file cannot be written.
    """
    head = [f'TITLE "{title}"', f"LUT_3D_SIZE {len(cube.values)}"]
    for word, ends in (("DOMAIN_MIN", cube.low), ("DOMAIN_MAX", cube.high)):
        head.append(f"{word} " + " ".join(f"{end:g}" for end in ends))
    rows = [" ".join(f"{value:.6f}" for value in row) for row in cube.values.reshape(-1, 3)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")
    except OSError as error:
        raise MediaError(
            f"the LUT must be written to {path}, got: {error}. Choose another folder."
        ) from error


def read_cube(path: Path) -> Cube:
    """Return the table of a .cube file of three dimensions or one.

    Raises:
        MediaError: if the file cannot be read.
        InputError: if it is not a .cube file, or not a whole one.
    """
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise MediaError(
            f"the LUT must be a .cube file that can be read, got {path}: {error}. Check the path."
        ) from error
    words, rows = _parsed(text, path)
    low, high = _ends(words, path)
    if "LUT_3D_SIZE" in words:
        steps = _steps(words["LUT_3D_SIZE"], 3, path)
        values = _shaped(rows, steps**3, path).reshape(steps, steps, steps, 3)
        return Cube(np.ascontiguousarray(values), low, high)
    if "LUT_1D_SIZE" in words:
        steps = _steps(words["LUT_1D_SIZE"], 1, path)
        return _from_curves(_shaped(rows, steps, path), low, high)
    raise _broken(path, "neither LUT_3D_SIZE nor LUT_1D_SIZE")


def _parsed(text: str, path: Path) -> tuple[dict[str, list[str]], list[list[float]]]:
    """Return the keywords with what follows them, and the rows of numbers."""
    words: dict[str, list[str]] = {}
    rows: list[list[float]] = []
    for number, raw in enumerate(text.splitlines(), 1):
        parts = _COMMENT.sub("", raw).split() if not raw.startswith("TITLE") else ["TITLE"]
        if not parts:
            continue
        if re.fullmatch(r"[A-Z][A-Z0-9_]*", parts[0]):
            words[parts[0]] = parts[1:]
            continue
        try:
            rows.append([float(part) for part in parts])
        except ValueError as error:
            raise _broken(path, f"line {number}: {raw.strip()[:40]!r}") from error
        if len(rows[-1]) != 3:
            raise _broken(path, f"{len(rows[-1])} numbers on line {number}")
    return words, rows


def _ends(
    words: dict[str, list[str]], path: Path
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Return the colours at the first and at the last step."""
    low = _triple(words.get("DOMAIN_MIN", ["0", "0", "0"]), path)
    high = _triple(words.get("DOMAIN_MAX", ["1", "1", "1"]), path)
    for word in ("LUT_3D_INPUT_RANGE", "LUT_1D_INPUT_RANGE"):
        if len(words.get(word, [])) == 2:
            first, last = words[word]
            low, high = _triple([first] * 3, path), _triple([last] * 3, path)
    if any(first >= last for first, last in zip(low, high, strict=True)):
        raise _broken(path, f"a domain from {low} to {high}")
    return low, high


def _triple(parts: list[str], path: Path) -> tuple[float, float, float]:
    try:
        red, green, blue = (float(part) for part in parts)
    except ValueError as error:
        raise _broken(path, f"{' '.join(parts)!r} for three numbers") from error
    return red, green, blue


def _steps(parts: list[str], dimensions: int, path: Path) -> int:
    most = _MOST_STEPS[dimensions]
    if len(parts) != 1 or not parts[0].isdigit() or not 2 <= int(parts[0]) <= most:
        raise _broken(path, f"a size of {' '.join(parts)!r}, where 2 to {most} are possible")
    return int(parts[0])


def _shaped(rows: list[list[float]], count: int, path: Path) -> Array:
    if len(rows) != count:
        raise _broken(path, f"{len(rows)} rows where its size says {count}")
    values = np.array(rows, np.float32)
    if not np.isfinite(values).all():
        raise _broken(path, "numbers that are not finite")
    return values


def _from_curves(
    curves: Array, low: tuple[float, float, float], high: tuple[float, float, float]
) -> Cube:
    """Return the cube of a table of one dimension, (N, 3)."""
    places = [np.linspace(a, b, len(curves)) for a, b in zip(low, high, strict=True)]

    def curved(display: Array) -> Array:
        ends = np.array(low, np.float32), np.array(high, np.float32)
        value = ends[0] + display * (ends[1] - ends[0])
        planes = [np.interp(value[..., c], places[c], curves[:, c]) for c in range(3)]
        return np.stack(planes, axis=-1)

    return Cube(cube_of(curved, 65).values, low, high)


def _broken(path: Path, got: str) -> InputError:
    return InputError(
        f"the LUT must be a whole .cube file, got {got} in {path.name}. Export it again."
    )
