"""Loads the pack under the name ``backlot``, whatever its folder is called."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def _load_pack() -> None:
    spec = importlib.util.spec_from_file_location(
        "backlot", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None and spec.loader is not None
    pack = importlib.util.module_from_spec(spec)
    sys.modules["backlot"] = pack
    spec.loader.exec_module(pack)


_load_pack()


@pytest.fixture
def context(tmp_path):
    from backlot.engine.clip.store import Store
    from backlot.engine.context import Context

    return Context(store=Store(tmp_path / "store"))
