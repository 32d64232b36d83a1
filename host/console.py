"""The progress of a run in a terminal: a bar, or plain lines when nobody is watching."""

from __future__ import annotations

import sys
import threading
import time
from typing import TextIO

_BAR_CHARS = 24
_REDRAW_S = 0.1
_LINE_S = 10.0
#: Before this share of the work is done, a remaining time would be a guess.
_SURE_SHARE = 0.02


class ProgressBar:
    """Draws stage, percentage and remaining time; called from any thread."""

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        """Draw on ``stream``."""
        self._stream = stream
        self._live = stream.isatty()
        self._lock = threading.Lock()
        self._started = self._drawn = time.monotonic()
        self._width = 0

    def __call__(self, stage: str, done: int, total: int, message: str) -> None:
        """Show ``done`` of ``total``; see engine.context.Progress."""
        now = time.monotonic()
        with self._lock:
            if now - self._drawn < (_REDRAW_S if self._live else _LINE_S):
                return
            self._drawn = now
            self._draw(self._text(stage, done / max(1, total), message, now - self._started))

    def close(self) -> None:
        """Leave the terminal on a fresh line."""
        with self._lock:
            if self._live and self._width:
                self._stream.write("\r" + " " * self._width + "\r")
                self._stream.flush()
            self._width = 0

    def _text(self, stage: str, share: float, message: str, elapsed_s: float) -> str:
        left = "" if share < _SURE_SHARE else f", {clock(elapsed_s * (1 - share) / share)} left"
        filled = round(share * _BAR_CHARS)
        bar = f"[{'#' * filled}{'.' * (_BAR_CHARS - filled)}] " if self._live else ""
        what = f"{stage}: {message}" if stage else message
        return f"{bar}{share:4.0%}{left}  {what}"

    def _draw(self, text: str) -> None:
        if not self._live:
            self._stream.write(text.strip() + "\n")
        else:
            self._stream.write("\r" + text.ljust(self._width))
            self._width = len(text)
        self._stream.flush()


def clock(seconds: float) -> str:
    """Return a duration as 0:07 or 1:02:07."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
