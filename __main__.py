"""``python -m backlot`` where the pack is installed, or ``python ComfyUI-Backlot`` beside it."""

from __future__ import annotations

import sys


def _load() -> None:
    """Load the folder this file lies in as the package ``backlot``, whatever it is called."""
    import importlib.util
    from pathlib import Path

    root = Path(__file__).resolve().parent
    # Python put the folder itself on the path; its ``nodes`` would hide ComfyUI's module.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != root]
    spec = importlib.util.spec_from_file_location(
        "backlot", root / "__init__.py", submodule_search_locations=[str(root)]
    )
    assert spec is not None and spec.loader is not None
    pack = importlib.util.module_from_spec(spec)
    sys.modules["backlot"] = pack
    spec.loader.exec_module(pack)


def _main() -> int:
    if not __package__:
        _load()
    from importlib import import_module

    return int(import_module(f"{__package__ or 'backlot'}.host.cli").main())


if __name__ == "__main__":
    sys.exit(_main())
