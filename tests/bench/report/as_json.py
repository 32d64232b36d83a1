"""The benchmark's result for machines: everything but the pictures, in one JSON file."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..table import CaseResult, Row
from .files import relative, write_whole


def write_json(
    path: Path, rows: Iterable[Row], results: Iterable[CaseResult], facts: Mapping[str, Any]
) -> Path:
    """Write facts, rows and cases; the same result gives the same bytes, in whatever order it came.

    Args:
        path: of the file. Pictures and videos are named from its folder.
        rows: as ``table.rows`` returns them; their order is kept.
        results: sorted by name here.
        facts: what the figures depend on: commit, machine, versions.

    Figures that are not finite become null: JSON has no other word for them.
    """
    found = {
        "facts": dict(facts),
        "rows": [row.to_json() for row in rows],
        "cases": [_case(r, path.parent) for r in sorted(results, key=lambda r: r.name)],
    }
    text = json.dumps(_plain(found), indent=1, sort_keys=True, ensure_ascii=False, allow_nan=False)
    return write_whole(path, text + "\n")


def _case(result: CaseResult, folder: Path) -> dict[str, Any]:
    return {
        **dataclasses.asdict(result),
        "pictures": {label: relative(at, folder) for label, at in result.pictures.items()},
        "videos": {label: relative(at, folder) for label, at in result.videos.items()},
    }


def _plain(value: Any) -> Any:
    """Return what JSON can write: numpy's numbers as Python's, paths as text."""
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if hasattr(value, "tolist"):
        return _plain(value.tolist())
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int)) else str(value)
