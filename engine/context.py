"""What the engine is handed by whoever runs it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from .clip.store import Store
from .errors import Cancelled

T = TypeVar("T")


class Progress(Protocol):
    """Where progress goes."""

    def __call__(self, stage: str, done: int, total: int, message: str) -> None:
        """Report ``done`` of ``total`` steps of ``stage`` (a stage's folder name)."""


def no_progress(stage: str, done: int, total: int, message: str) -> None:
    """Report nothing."""


@dataclass(frozen=True)
class Context:
    """Handed to every engine function that works through a clip.

    Attributes:
        store: where rendered clips, encoded segments and records are kept.
        progress: told after each frame.
        is_cancelled: asked before each frame.
        workers: threads that compute frames.
        device: a torch device name for steps that run networks or batches.
        model_folders: where models lie, each in a folder of its own; downloads go to the first.
    """

    store: Store
    progress: Progress = no_progress
    is_cancelled: Callable[[], bool] = lambda: False
    workers: int = 2
    device: str = "cpu"
    model_folders: tuple[Path, ...] = ()

    def check(self) -> None:
        """Raise Cancelled if the host asked to stop."""
        if self.is_cancelled():
            raise Cancelled("stopped on request; the next run continues where this one ended.")

    def steps(self, items: Iterable[T], total: int, stage: str, message: str) -> Iterator[T]:
        """Yield ``items``, asking for cancel before and reporting progress after each."""
        for done, item in enumerate(items):
            self.check()
            yield item
            self.progress(stage, done + 1, total, message)
