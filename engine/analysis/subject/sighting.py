"""One person in one frame, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from .bodies import Body


@dataclass(frozen=True)
class Seen:
    """One person in one frame.

    Attributes:
        body: what of them is visible.
        confidence: that it is them and theirs, 0 ... 1.
    """

    body: Body
    confidence: float
