"""Files of the report: written whole or not at all, and named from where the report lies."""

from __future__ import annotations

import os
from pathlib import Path


def write_whole(path: Path, text: str) -> Path:
    """Write a text so that a reader finds the old one or the new one, never a part."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def relative(path: Path, folder: Path) -> str:
    """Return a file as the folder sees it, with forward slashes."""
    return Path(os.path.relpath(path, folder)).as_posix()
