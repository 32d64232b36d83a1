"""The command line ``backlot``, also ``python -m backlot``.

Exit codes: 0 done, 1 an error (one sentence), 2 wrong usage, 130 cancelled.
"""

from __future__ import annotations

import argparse
import logging
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..engine.errors import BacklotError, Cancelled, InputError
from . import doctor, models, replace
from .console import ProgressBar
from .headless import Session
from .pack import pack_nodes, run
from .workflow import Workflow, find_workflow, load_workflow, with_settings

CANCELLED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(format="%(levelname)s: %(message)s")
    if options.debug:
        logging.getLogger(__name__.partition(".")[0]).setLevel(logging.DEBUG)
    with _cancel_on_signal() as cancelled:
        code = _attempt(options, cancelled)
    if cancelled.is_set() and code == CANCELLED:
        _leave(code)
    return code


def _attempt(options: argparse.Namespace, cancelled: threading.Event) -> int:
    try:
        options.run(options, cancelled)
    except (Cancelled, KeyboardInterrupt):
        print("Cancelled. What is finished is kept: the next run continues there.", file=sys.stderr)
        return CANCELLED
    except BacklotError as error:
        print(f"Error: {error}", file=sys.stderr)
        if options.debug:
            traceback.print_exc()
        return 1
    except Exception as error:
        if options.debug:
            raise
        kind = type(error).__name__
        print(f"Error: {kind}: {error}. Run again with --debug for details.", file=sys.stderr)
        return 1
    return 0


def _leave(code: int) -> None:
    """End the process now: torch takes seconds to tear down, and who pressed Ctrl-C waits.

    Nothing is open any more, and the store releases what a finished process had in use.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="backlot", description="Video background replacement.")
    parser.add_argument("--debug", action="store_true", help="show where errors come from")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    command = commands.add_parser("replace", help="put a video's subject before a new background")
    replace.add_arguments(command)
    command.set_defaults(run=_replace)

    command = commands.add_parser("run", help="run a workflow in API format")
    command.add_argument("workflow", help="a file, or the name of a bundled workflow")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NODE.INPUT=VALUE",
        dest="settings",
        help="change an input; the node by id, title or class; repeat as needed",
    )
    command.add_argument("--output", type=Path, metavar="FOLDER", help="where results go")
    command.set_defaults(run=_run)

    command = commands.add_parser("nodes", help="list the pack's nodes")
    command.set_defaults(run=_nodes)
    command = commands.add_parser("doctor", help="say what is installed and what is missing")
    command.set_defaults(run=_doctor)
    command = commands.add_parser("models", help="list the networks that steps can use, or get one")
    actions = command.add_subparsers(metavar="get")
    get = actions.add_parser("get", help="download models into the first of the model folders")
    get.add_argument("ids", nargs="+", metavar="ID", help="as listed by: backlot models")
    command.set_defaults(run=_models, ids=())
    # All that follows is the benchmark's: with this prefix nothing here looks like an option.
    command = commands.add_parser(
        "bench", add_help=False, prefix_chars="\0", help="measure the pack against rivals"
    )
    command.add_argument("arguments", nargs=argparse.REMAINDER)
    command.set_defaults(run=_bench)
    return parser


@contextmanager
def _cancel_on_signal() -> Iterator[threading.Event]:
    """Yield an event that Ctrl-C and SIGTERM set; a second Ctrl-C ends the program at once."""
    cancelled = threading.Event()

    def ask(number: int, frame: Any) -> None:
        if cancelled.is_set():
            raise KeyboardInterrupt
        cancelled.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield cancelled
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _execute(workflow: Workflow, output: Path | None, cancelled: threading.Event) -> Any:
    bar = ProgressBar()
    session = Session(output=output, progress=bar, is_cancelled=cancelled.is_set)
    try:
        return run(workflow, session)
    finally:
        bar.close()


def _run(options: argparse.Namespace, cancelled: threading.Event) -> None:
    workflow = with_settings(load_workflow(find_workflow(options.workflow)), options.settings)
    for shown in _execute(workflow, options.output, cancelled).values():
        for text in shown.get("text", ()):
            print(text)


def _replace(options: argparse.Namespace, cancelled: threading.Event) -> None:
    job = replace.Job.from_options(options)
    _execute(job.workflow, None, cancelled)
    for line in job.summary():
        print(line)


def _nodes(options: argparse.Namespace, cancelled: threading.Event) -> None:
    rows = [
        (schema.display_name or schema.node_id, schema.category, schema.description)
        for schema in (node.GET_SCHEMA() for node in pack_nodes())
    ]
    name, category = (max(len(row[column]) for row in rows) for column in (0, 1))
    for row in rows:
        print(f"{row[0]:{name}}  {row[1]:{category}}  {row[2]}")


def _models(options: argparse.Namespace, cancelled: threading.Event) -> None:
    if not options.ids:
        for line in models.listed():
            print(line)
        return
    bar = ProgressBar()
    try:
        for line in models.fetch(options.ids, bar, cancelled):
            bar.close()
            print(line)
    finally:
        bar.close()


def _bench(options: argparse.Namespace, cancelled: threading.Event) -> None:
    """Run the benchmark, which lies beside the pack and is no part of an installed one."""
    root = Path(__file__).parents[1]
    if not (root / "tests" / "bench" / "__main__.py").is_file():
        raise InputError(
            f"bench must run in a clone of the project, got {root} without its tests. "
            "Clone the repository and run it there."
        )
    command = [sys.executable, "-m", "tests.bench", *options.arguments]
    called_from = {**os.environ, "BACKLOT_CALLED_FROM": str(Path.cwd())}
    running = subprocess.Popen(command, cwd=root, env=called_from)
    while running.poll() is None:
        if cancelled.wait(0.2):
            running.terminate()
            running.wait()
            raise Cancelled("the benchmark was stopped.")
    if running.returncode:
        raise BacklotError(
            f"the benchmark ended with {running.returncode}; the lines above say why."
        )


def _doctor(options: argparse.Namespace, cancelled: threading.Event) -> None:
    for line in doctor.report():
        print(line)
