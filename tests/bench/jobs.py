"""What the benchmark runs in processes of their own: ``python -m tests.bench.jobs NAME ...``."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def load_pack() -> None:
    """Load the pack under the name ``backlot``, as ComfyUI would."""
    spec = importlib.util.spec_from_file_location(
        "backlot", ROOT / "__init__.py", submodule_search_locations=[str(ROOT)]
    )
    assert spec is not None and spec.loader is not None
    pack = importlib.util.module_from_spec(spec)
    sys.modules["backlot"] = pack
    spec.loader.exec_module(pack)


def imports() -> None:
    """Import everything and do nothing."""
    import backlot.host
    import backlot.nodes  # noqa: F401


def bare_composite(folder: str, light: str) -> None:
    """Load Clip -> Composite -> Deliver Clip with a ready matte and plate."""
    from backlot.engine.clip.store import Store
    from backlot.engine.compositing.over import composite
    from backlot.engine.context import Context
    from backlot.engine.media.read import open_clip
    from backlot.engine.media.write import EncodeSettings, deliver

    inputs, store = Path(folder), Path(folder) / f"store-{light}"
    shutil.rmtree(store, ignore_errors=True)
    context = Context(store=Store(store))
    clip = open_clip(inputs / "clip.mp4", context.store)
    alpha = open_clip(inputs / "matte.mkv", context.store, matte=True)
    plate = open_clip(inputs / "plate.mp4", context.store)
    comp = composite(clip, alpha, plate, shadow=None, linear=light == "linear", light_wrap=0.0)
    deliver(comp, inputs / f"{light}.mp4", context, EncodeSettings())


def analysis(folder: str, what: str) -> None:
    """Analyze the whole clip, with its ready matte where ``what`` names it."""
    from backlot.engine.analysis.report import analyze_clip

    context, clip, alpha = _opened(folder, what)
    analyze_clip(clip, context, matte=alpha)


def decode(folder: str, what: str) -> None:
    """Decode what :func:`analysis` reads, and do nothing with it."""
    from backlot.engine.clip.operations import map_frames
    from backlot.engine.clip.pull import pull

    _, clip, alpha = _opened(folder, what)
    read = clip if alpha is None else map_frames(lambda _, one, __: one, [clip, alpha], "both/1")
    for _ in pull(read):
        pass


def _opened(folder: str, what: str) -> tuple[Any, Any, Any]:
    from backlot.engine.clip.store import Store
    from backlot.engine.context import Context
    from backlot.engine.media.read import open_clip

    inputs, store = Path(folder), Path(folder) / "store-analysis"
    shutil.rmtree(store, ignore_errors=True)
    context = Context(store=Store(store))
    clip = open_clip(inputs / "clip.mp4", context.store)
    if "matte" not in what:
        return context, clip, None
    return context, clip, open_clip(inputs / "matte.mkv", context.store, matte=True)


def debug(*arguments: str) -> None:
    """Run :func:`workflow`, and log how long each node took."""
    workflow(*arguments, "--debug")


def workflow(folder: str, store: str, output: str, box: str, *options: str) -> None:
    """Run the bundled workflow, headless, on ``clip.mp4`` with a ready box."""
    os.environ["BACKLOT_STORE"] = store
    from backlot.host.cli import main

    clip, background = Path(folder) / "clip.mp4", ROOT / "sample" / "background.jpg"
    arguments = ["--video", str(clip), "--background", str(background), "--output", output]
    sys.exit(main([*options, "replace", *arguments, "--box", box]))


def render(name: str, width: str, height: str, frames: str, folder: str) -> None:
    """Draw a studio case, on every core: processes fork safely only before there are threads."""
    from .studio import case_named, render_case, with_size

    case = with_size(case_named(name), int(width), int(height), int(frames))
    render_case(case, folder, workers=min(61, os.cpu_count() or 1))


if __name__ == "__main__":
    load_pack()
    jobs = {
        "imports": imports,
        "analysis": analysis,
        "decode": decode,
        "composite": bare_composite,
        "workflow": workflow,
        "debug": debug,
        "render": render,
    }
    jobs[sys.argv[1]](*sys.argv[2:])
