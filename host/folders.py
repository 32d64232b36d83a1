"""Where inputs are found and results go."""

from __future__ import annotations

import mimetypes
import re
import time
from pathlib import Path

from ..engine.errors import InputError
from .where import HEADLESS, here

#: Kinds of files that Python's table of types does not know everywhere.
_EXTRA_SUFFIXES = {
    "video": {".mkv", ".webm", ".mts", ".m2ts", ".mxf", ".avi", ".mov", ".m4v", ".mp4", ".ogv"},
    "image": {".webp", ".avif", ".jxl", ".heic", ".tif", ".tiff", ".exr"},
}
_PLACE = re.compile(r"^(?P<name>.*?) ?\[(?P<place>input|output|temp)\]$")


def input_dir() -> Path:
    """Return the folder that inputs are looked up in."""
    return here.input_dir()


def output_dir() -> Path:
    """Return the folder that results go to."""
    return here.output_dir()


def temp_dir() -> Path:
    """Return the folder for what need not survive a restart; made if missing."""
    folder = here.temp_dir()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def user_dir() -> Path:
    """Return the folder for what must survive a restart."""
    return here.user_dir()


def input_files(kind: str) -> list[str]:
    """Return the names of the files of ``kind`` ("video" or "image") in the input folder."""
    folder = input_dir()
    if HEADLESS or not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if path.is_file() and _is(kind, path))


def _is(kind: str, path: Path) -> bool:
    guess = mimetypes.guess_type(path.name)[0] or ""
    return guess.startswith(f"{kind}/") or path.suffix.lower() in _EXTRA_SUFFIXES[kind]


def resolve_input(name: str) -> Path:
    """Return the file that an input's text names.

    Args:
        name: an uploaded file's name, with ``[input]``, ``[output]`` or ``[temp]`` behind it for
            another of ComfyUI's folders; or an absolute path; headless also a path as seen from
            where the command was started.

    Raises:
        InputError: if there is no such file, or the name leads out of the folder.
    """
    text = name.strip().strip('"')
    if not text:
        raise InputError("file must be chosen, got an empty name. Upload a file or give its path.")
    folder, relative = _split_place(text)
    path = Path(relative).expanduser()
    if not path.is_absolute():
        inside = folder / path
        if not _lies_in(inside, folder):
            raise InputError(
                f"file must lie in {folder}, got {text}. Give an absolute path for other places."
            )
        path = here.find_sample(inside)
    if not path.is_file():
        raise InputError(_missing(text, path))
    return path


def _lies_in(path: Path, folder: Path) -> bool:
    # A headless user names files of their own machine; a ComfyUI workflow may come from anyone.
    return HEADLESS or path.resolve().is_relative_to(folder.resolve())


def _missing(text: str, path: Path) -> str:
    if path.is_dir():
        return f"file must be one file, got the folder {path}. Choose a file in it."
    return f"file {text} was not found in {path.parent}. Upload it or correct the path."


def _split_place(text: str) -> tuple[Path, str]:
    match = _PLACE.match(text)
    if match is None:
        return input_dir(), text
    folders = {"input": input_dir, "output": output_dir, "temp": temp_dir}
    return folders[match["place"]](), match["name"]


def input_exists(name: str) -> bool:
    """Return whether :func:`resolve_input` would find a file."""
    try:
        resolve_input(name)
    except InputError:
        return False
    return True


def output_path(prefix: str, suffix: str) -> Path:
    """Return a new file's path under the output folder; its folder is made.

    Args:
        prefix: folder and beginning of the name, like core's Save nodes: ``shots/door`` becomes
            ``shots/door_00001_.mp4``; ``%year% %month% %day% %hour% %minute% %second%`` are
            filled in.
        suffix: the extension with its dot.

    Raises:
        InputError: if the prefix leads out of the output folder.
    """
    root = output_dir().resolve()
    target = (root / _dated(prefix or "backlot")).resolve()
    if not target.is_relative_to(root) or target == root:
        raise InputError(
            f"filename prefix must stay inside {root}, got {prefix}. Use a name without '..'."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    pattern = re.compile(re.escape(target.name) + r"_(\d+)_?(\.|$)", re.IGNORECASE)
    taken = (pattern.match(path.name) for path in target.parent.iterdir())
    number = max((int(match[1]) for match in taken if match), default=0) + 1
    return target.with_name(f"{target.name}_{number:05}_{suffix}")


def _dated(prefix: str) -> str:
    now = time.localtime()
    parts = {"year": "%Y", "month": "%m", "day": "%d"}
    parts |= {"hour": "%H", "minute": "%M", "second": "%S"}
    for word, code in parts.items():
        prefix = prefix.replace(f"%{word}%", time.strftime(code, now))
    return prefix
