"""The whole product on one clip: the bundled workflow, and what each of its nodes gave."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
WORKFLOW = "replace_background"


@dataclass(frozen=True)
class Made:
    """A finished run.

    Attributes:
        outputs: title of a node -> what it gave.
        video: the delivered file.
        seconds: from the first node to the last.
    """

    outputs: dict[str, tuple[Any, ...]]
    video: Path
    seconds: float

    @property
    def source(self) -> Any:
        """The clip that was given."""
        return clip_of(self.outputs["Load Clip"][0])

    @property
    def alpha(self) -> Any:
        """The refined matte's clip."""
        return self.outputs["Refine Matte"][0].alpha

    @property
    def foreground(self) -> Any:
        """The subject's straight colour."""
        return clip_of(self.outputs["Foreground Colour"][0])

    @property
    def plate(self) -> Any:
        """The plate that moves with the camera."""
        return clip_of(self.outputs["Animate Plate"][0])

    @property
    def camera(self) -> Any:
        """The solved camera."""
        return self.outputs["Analyze Clip"][0]

    @property
    def lighting(self) -> Any:
        """The light on the subject."""
        return self.outputs["Analyze Clip"][1]

    @property
    def tracking(self) -> Any:
        """The subject's boxes."""
        return self.outputs["Analyze Clip"][2]

    @property
    def plate_lighting(self) -> Any:
        """The light of the new background."""
        return self.outputs["Background Light"][0]

    @property
    def report(self) -> Any:
        """The quality report."""
        return self.outputs["Check Quality"][0]


def replace_background(
    video: Path, background: Path, output: Path, *, box: str, store: Path
) -> Made:
    """Run the bundled workflow headless on an empty store.

    Args:
        video: the clip.
        background: the approved picture.
        output: the file to deliver.
        box: the prompt, as the node takes it; empty is none.
        store: where rendered clips are kept; emptied first.
    """
    shutil.rmtree(store, ignore_errors=True)
    os.environ["BACKLOT_STORE"] = str(store)
    from backlot.host.executor import run_workflow
    from backlot.host.headless import Session
    from backlot.host.workflow import find_workflow, load_workflow, set_input

    workflow = load_workflow(find_workflow(WORKFLOW))
    set_input(workflow, "Load Clip.path", str(video))
    set_input(workflow, "Background.image", str(background))
    set_input(workflow, "Segment Subject.box", box)
    set_input(workflow, "Deliver Clip.path", str(output))
    outputs: dict[str, tuple[Any, ...]] = {}
    start = time.perf_counter()
    run_workflow(workflow, _nodes(), Session(), watch=outputs.__setitem__)
    return Made(outputs, output, time.perf_counter() - start)


def recompute(given: Mapping[str, tuple[Any, ...]], *wanted: str) -> list[tuple[Any, ...]]:
    """Return what some nodes of the bundled workflow give when others have given this.

    Args:
        given: title of a node -> its outputs; it and what only it needs is not run.
        wanted: titles. They and what they need run with the workflow's own settings.
    """
    from backlot.host.workflow import find_node, find_workflow, load_workflow

    workflow, nodes = load_workflow(find_workflow(WORKFLOW)), _nodes()
    done = {find_node(workflow, title): outputs for title, outputs in given.items()}

    def outputs(key: str) -> tuple[Any, ...]:
        if key not in done:
            inputs = {
                name: outputs(value[0])[value[1]] if isinstance(value, list) else value
                for name, value in workflow[key]["inputs"].items()
            }
            done[key] = nodes[workflow[key]["class_type"]].execute(**inputs).args
        return done[key]

    return [outputs(find_node(workflow, title)) for title in wanted]


def _nodes() -> dict[str, Any]:
    from backlot.host.core_nodes import CORE_NODES
    from backlot.host.pack import pack_nodes

    return {node.GET_SCHEMA().node_id: node for node in [*CORE_NODES, *pack_nodes()]}


def context() -> Any:
    """Return the engine's context for the store of the last run."""
    from backlot.host.run_context import context as running

    return running()


def pictures(clip: Any, places: list[int]) -> Array:
    """Return frames as (T, H, W) or (T, H, W, 3) float32 in 0 ... 1."""
    found = np.stack([clip.frame(at) for at in places]).astype(np.float32)
    found *= np.float32(1.0 / clip.format.max_value)
    return found[..., :3] if found.ndim == 4 else found


def clip_of(video: Any) -> Any:
    """Return the clip behind a VIDEO."""
    from backlot import host

    return host.clip_of(video)
