"""How far the benchmark is: a line that is drawn again, or plain lines when nobody is watching."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import TextIO

_BAR_CHARS = 24


class Progress:
    """Draws percentage, remaining time and what is being worked on.

    ::

        with Progress(len(cases)) as progress:
            for case in cases:
                progress.begin(case.name)
                measure(case)
                progress.advance()
    """

    def __init__(
        self,
        total: float,
        stream: TextIO | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start the clock.

        Args:
            total: amount of work, in any unit: cases, or frames where cases differ much.
            stream: where to draw; None for stderr.
            clock: returns seconds.
        """
        self._total = total
        self._stream = sys.stderr if stream is None else stream
        self._live = self._stream.isatty()
        self._clock = clock
        self._started = clock()
        self._done = 0.0
        self._label = ""
        self._width = 0

    def begin(self, label: str) -> None:
        """Say what is being worked on now."""
        self._label = label
        self._draw()

    def advance(self, amount: float = 1) -> None:
        """Count work as done; plain lines wait for the next label."""
        self._done = min(self._total, self._done + amount)
        if self._live:
            self._draw()

    def close(self) -> None:
        """Leave the terminal on a fresh line, and say how long it took."""
        spent = self._clock() - self._started
        self._label = ""
        self._write(f"{self._share():4.0%} done in {duration(spent)}")
        if self._live:
            self._stream.write("\n")
            self._stream.flush()

    def __enter__(self) -> Progress:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close, whatever happened."""
        self.close()

    def _share(self) -> float:
        return self._done / self._total if self._total else 1.0

    def _draw(self) -> None:
        share = self._share()
        spent = self._clock() - self._started
        left = f", {duration(spent * (1 - share) / share)} left" if share else ""
        filled = round(share * _BAR_CHARS)
        bar = f"[{'#' * filled}{'.' * (_BAR_CHARS - filled)}] " if self._live else ""
        self._write(f"{bar}{share:4.0%}{left}  {self._label}")

    def _write(self, text: str) -> None:
        if self._live:
            # A line that wraps could not be drawn over.
            text = text[: shutil.get_terminal_size().columns - 1]
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        else:
            self._stream.write(text.strip() + "\n")
        self._stream.flush()


def duration(seconds: float) -> str:
    """Return a duration as 0:07 or 1:02:07."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
