"""``backlot replace``: the bundled background replacement with its inputs set."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..engine.errors import InputError
from .folders import output_path
from .headless import SAMPLE
from .workflow import Workflow, find_workflow, load_workflow, set_input

WORKFLOW = "replace_background"
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of ``backlot replace``."""
    parser.add_argument("--video", type=Path, metavar="FILE", help="default: the bundled sample")
    parser.add_argument("--background", type=Path, metavar="PICTURE", help="default: the sample's")
    parser.add_argument("--output", type=Path, metavar="FILE", help="default: a new file in output")
    parser.add_argument("--box", default="", help="around the subject in frame 0: x0,y0,x1,y1")
    parser.add_argument("--points", default="", help="on the subject, e.g. 320,200;340,420")


@dataclass(frozen=True)
class Job:
    """A replacement that is ready to run.

    Attributes:
        workflow: with everything set.
        output: the video that will be written.
    """

    workflow: Workflow
    output: Path

    @classmethod
    def from_options(cls, options: argparse.Namespace) -> Job:
        """Return the job for parsed options.

        Raises:
            InputError: if a file is missing.
        """
        video = _existing(options.video or SAMPLE / "sample.mp4", "video")
        background = _existing(options.background or _sample_picture(), "background")
        output = (options.output or output_path("backlot/replaced", ".mp4")).expanduser().resolve()
        output.parent.mkdir(parents=True, exist_ok=True)
        workflow = load_workflow(find_workflow(WORKFLOW))
        set_input(workflow, "Load Clip.path", str(video))
        set_input(workflow, "Background.image", str(background))
        set_input(workflow, "Segment Subject.box", options.box)
        set_input(workflow, "Segment Subject.points", options.points)
        set_input(workflow, "Deliver Clip.path", str(output))
        return cls(workflow, output)

    def summary(self) -> Iterator[str]:
        """Yield where the results are, and the scores."""
        report = self.output.with_suffix(".json")
        yield f"video      {self.output}"
        yield f"thumbnail  {self.output.with_suffix('.jpg')}"
        yield f"report     {report}"
        quality = json.loads(report.read_text(encoding="utf-8")).get("quality", {})
        for name, score in quality.get("scores", {}).items():
            yield f"  {name.replace('_', ' '):22} {score:.2f}"
        if "overall" in quality:
            yield f"  {'overall':22} {quality['overall']:.2f}"


def _sample_picture() -> Path:
    found = [path for suffix in _PICTURES if (path := SAMPLE / f"background{suffix}").is_file()]
    return found[0] if found else SAMPLE / "background.jpg"


def _existing(path: Path, what: str) -> Path:
    path = path.expanduser().resolve()
    if not path.is_file():
        raise InputError(f"{what} must be an existing file, got {path}. Correct the path.")
    return path
