"""Clips of what people leave on the ground: who stands there in a frame, and how it is seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from ...clip.average import area_average
from ...clip.clip import Array, AudioTrack, Clip, ClipFormat
from ...clip.operations import map_frames
from ...errors import InputError
from .ground_view import GroundView, usual_view
from .standing import STEADY, Person, find_people, footholds, moved, steady

#: Rows of the reduced matte in which people are found.
WORK_ROWS = 270
#: Frames before, in seconds and at most, that tell where the ground was. Few frames after are
#: looked at: everything that reads the clip would have to wait for them.
_BEFORE_S, _BEFORE_FRAMES = 0.3, 8
#: Frames whose people are remembered: each is looked at again a few frames later.
_REMEMBERED = 8


class OnGround(Clip):
    """A clip made from who stands on the ground of a plate.

    Attributes:
        small: the reduced matte, 16 bits.
    """

    def __init__(
        self,
        fmt: ClipFormat,
        mark: str,
        alpha: Clip,
        views: Sequence[GroundView] | None,
        *,
        parents: Iterable[Clip] = (),
        audio: tuple[AudioTrack, ...] = (),
    ) -> None:
        """Reduce the matte, lazily.

        Args:
            fmt: of this clip.
            mark: its fingerprint.
            alpha: full-size matte of one channel.
            views: how the plate's camera sees the ground, one or one a frame; None is usual.
            parents: other clips that are read.
            audio: the sound.

        Raises:
            InputError: if the matte has more channels, or the views do not fit its length.
        """
        _check(alpha, views)
        self.small = reduced_matte(alpha)
        self._feet, self._views = footholds(self.small, self._find), views
        self._found: dict[int, list[Person]] = {}
        super().__init__(fmt, mark, parents=(self.small, self._feet, *parents), audio=audio)
        self._fps = float(alpha.format.fps)
        self._before = min(max(round(_BEFORE_S * self._fps), STEADY), _BEFORE_FRAMES)
        self.small.keep(2 * STEADY + 2)
        # Whatever else reads the matte comes to these frames later.
        alpha.keep(STEADY + 3)
        self._feet.keep(self._before + STEADY + 2)

    def people(self, index: int) -> Iterator[tuple[Person, GroundView]]:
        """Yield who stands in a frame with feet that show, in reduced pixels, and the view."""
        found = self._find(index, self.small.frame(index))
        if not found:
            return
        before = [self._table(index, i) for i in range(index - 1, index - self._before - 1, -1)]
        after = [self._table(index, i) for i in range(index + 1, index + STEADY + 1)]
        for one in found:
            person = steady(one, before, after, self._fps)
            if person.foothold.visible > 0:
                yield person, self._view(index, person)

    def _find(self, index: int, small: Array) -> list[Person]:
        """Return the people of a frame; those of the last few are remembered."""
        found = self._found.get(index)
        if found is None:
            found = self._found[index] = find_people(small)
            for old in list(self._found)[:-_REMEMBERED]:
                self._found.pop(old, None)
        return found

    def _close(self) -> None:
        self._found.clear()

    def _table(self, index: int, at: int) -> Array:
        """Return the footholds of frame ``at`` where the ground of frame ``index`` has them."""
        at = min(max(at, 0), len(self) - 1)
        table = self._feet.frame(at)
        if self._views is None or len(self._views) == 1:
            return table
        gone = self._views[index].horizon - self._views[at].horizon
        return moved(table, 0.0, gone * self.small.format.height)

    def _view(self, index: int, person: Person) -> GroundView:
        if self._views is None:
            height = self.small.format.height
            foot = person.foothold
            return usual_view((foot.row + 0.5) / height, foot.tall / height)
        return self._views[index if len(self._views) > 1 else 0]


def reduced_matte(alpha: Clip) -> Clip:
    """Return a matte of about WORK_ROWS rows and 16 bits."""
    fmt = alpha.format
    shrink = max(1, round(fmt.height / WORK_ROWS))
    size = (-(-fmt.width // shrink), -(-fmt.height // shrink))
    scale = np.float32(65535.0 / fmt.max_value)

    def reduce(_: int, frame: Array) -> Array:
        small = area_average(frame, size)
        return np.rint(np.multiply(small, scale, dtype=np.float32)).astype(np.uint16)

    return map_frames(reduce, [alpha], "shadow_matte/2", size, bits=16, size=size)


def _check(alpha: Clip, views: Sequence[GroundView] | None) -> None:
    if alpha.format.channels != 1:
        raise InputError(
            f"alpha must be a matte of one channel, got {alpha.format.channels}. "
            "Connect the matte of the subject."
        )
    if views is not None and len(views) not in (1, len(alpha)):
        raise InputError(
            f"views must be 1 or {len(alpha)} like the frames, got {len(views)}. "
            "Give the view of the plate that lies behind the matte."
        )
