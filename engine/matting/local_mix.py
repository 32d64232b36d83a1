"""Carries a click's correction back in time: only the region that was clicked, as it moves.

What differs between a matte followed forwards and one followed backwards from a corrected frame is
partly the correction and partly the drift of either. Of what differs, the correction is what hangs
together, from frame to frame, with the place that was clicked, and lies on the side that was said.
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.render import Scan
from ..fingerprint import fingerprint
from .prompts import Point

State = dict[str, Array]

#: Difference of two mattes that is one, and how far (shares of the short side) a region moves from
#: one frame to the next, and the click from it.
DIFFERS, MOVES = 0.25, 0.02
#: Around the region its soft edge is taken along, pixels.
EDGE_PX = 2


class Both(NamedTuple):
    """A frame of both mattes, (H, W) native."""

    uncorrected: Array
    corrected: Array


class LocalMix(Scan):
    """From a corrected frame back to the prompt before it: the reversed mattes, mixed.

    The nearer the corrected frame, the more the corrected matte counts, within the region.
    """

    def __init__(self, uncorrected: Clip, corrected: Clip, clicks: tuple[Point, ...]) -> None:
        """Prepare.

        Args:
            uncorrected: reversed; only its frame 0 knows of the clicks.
            corrected: reversed, followed from that frame; as long and large.
            clicks: on frame 0, in pixels of both.
        """
        self.source, self._corrected, self._clicks = uncorrected, corrected, clicks
        self.format, self.audio = uncorrected.format, uncorrected.audio
        self.fingerprint = fingerprint(
            "local-mix/1", uncorrected.fingerprint, corrected.fingerprint, clicks
        )

    def start(self) -> State:
        """Return the places of the clicks, on either side."""
        size = (self.format.height, self.format.width)
        return {"off": self._spots(size, False), "on": self._spots(size, True)}

    def look(self, index: int) -> Both:
        """Return the frames of both."""
        return Both(self.source.frame(index), self._corrected.frame(index))

    def step(self, index: int, seen: Both, state: State) -> tuple[Array, State]:
        """Return the mixed alpha of frame ``index`` and the regions there."""
        if index == 0:
            return seen.uncorrected, state
        top = np.float32(self.format.max_value)
        change = (seen.corrected.astype(np.float32) - seen.uncorrected) / top
        regions = {
            "off": self._reached(change < -DIFFERS, state["off"], first=index == 1),
            "on": self._reached(change > DIFFERS, state["on"], first=index == 1),
        }
        edge = np.ones((2 * EDGE_PX + 1, 2 * EDGE_PX + 1), np.uint8)
        off, on = (cv2.dilate(regions[name], edge) for name in ("off", "on"))
        part = np.where(change < 0, off, on)
        share = np.float32(Fraction(len(self.source) - 1 - index, len(self.source) - 1))
        mixed = seen.uncorrected + change * top * share * part
        return np.rint(mixed).astype(seen.uncorrected.dtype), regions

    def _spots(self, size: tuple[int, int], subject: bool) -> Array:
        spots = np.zeros(size, np.uint8)
        for click in self._clicks:
            if click.subject is subject:
                spots[int(click.y), int(click.x)] = 1
        return spots

    def _reached(self, differs: Array, region: Array, *, first: bool) -> Array:
        """Return the part of ``differs`` that the ``region`` of the next frame reaches.

        From a click (``first``) all that hangs together is; from then on a region grows slowly.
        """
        if not region.any():
            return region
        moves = max(2, round(MOVES * min(region.shape)))
        near = cv2.dilate(region, np.ones((2 * moves + 1, 2 * moves + 1), np.uint8)) > 0
        if not first:
            return np.asarray((differs & near).view(np.uint8))
        count, parts = cv2.connectedComponents(differs.view(np.uint8))
        hit = np.bincount(parts[near], minlength=count) > 0
        hit[0] = False
        return np.asarray(hit[parts].view(np.uint8))
