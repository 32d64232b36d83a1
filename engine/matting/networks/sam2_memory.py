"""What SAM 2 remembers of a subject, held as arrays: as much after a thousand frames as after ten.

The library's session keeps every frame. The network looks back at the memory of the frames that
were prompted, of the last few that were not, and at the pointers of a few more; so only those are
kept. A session made of them gives the same masks to the last bit, and can be made again from a
file after a kill.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from ...clip.clip import Array

Entry = dict[str, torch.Tensor]
State = dict[str, Array]

#: What is kept of a frame, as the library names it. The encoding of places is the same each time.
_FEATURES, _PLACES, _POINTER, _MASKS = (
    "maskmem_features",
    "maskmem_pos_enc",
    "object_pointer",
    "pred_masks",
)


@dataclass(frozen=True)
class Memory:
    """What is remembered, by position in time; all on the CPU.

    Attributes:
        prompted: of frames that were prompted, in the order in which they were.
        followed: of frames that were not.
        places: the encoding of places, alike for all frames; None before the first.
    """

    prompted: dict[int, Entry] = field(default_factory=dict)
    followed: dict[int, Entry] = field(default_factory=dict)
    places: torch.Tensor | None = None

    def outputs(self) -> dict[str, dict[int, Entry]]:
        """Return it in the form of the library's session."""
        return {
            "cond_frame_outputs": {at: self._whole(one) for at, one in self.prompted.items()},
            "non_cond_frame_outputs": {at: self._whole(one) for at, one in self.followed.items()},
        }

    def _whole(self, entry: Entry) -> Entry:
        if self.places is None or _FEATURES not in entry:
            return dict(entry)
        return {**entry, _PLACES: self.places}

    def with_frame(self, at: int, output: dict[str, Any], *, prompted: bool) -> Memory:
        """Return the memory with what the session holds of one more frame."""
        wanted = [_FEATURES, _POINTER, *([_MASKS] if prompted else [])]
        entry = {name: output[name].detach().cpu() for name in wanted}
        places = output[_PLACES].detach().cpu() if self.places is None else self.places
        if prompted:
            return replace(self, prompted={**self.prompted, at: entry}, places=places)
        return replace(self, followed={**self.followed, at: entry}, places=places)

    def pruned(self, at: int, memories: int, pointers: int) -> Memory:
        """Return what frames after ``at`` can still look at.

        Args:
            at: the position that was segmented last.
            memories: frames of which the network reads the memory, the prompted ones counted.
            pointers: frames of which it reads pointers.
        """
        kept = {}
        for position, entry in self.followed.items():
            age = at + 1 - position
            if age < memories:
                kept[position] = entry
            elif age < pointers:
                kept[position] = {_POINTER: entry[_POINTER]}
        return replace(self, followed=kept)

    def at_cut(self, guessed: Iterable[int]) -> Memory:
        """Return what is left where a shot begins: what was prompted, without what was guessed.

        What was followed lies elsewhere now; what the user said still tells who is meant.
        """
        dropped = set(guessed)
        kept = {at: entry for at, entry in self.prompted.items() if at not in dropped}
        return replace(self, prompted=kept, followed={})

    def state(self) -> State:
        """Return it as arrays."""
        found: State = {}
        for kind, entries in (("prompted", self.prompted), ("followed", self.followed)):
            found[kind] = np.array(list(entries), np.int64)
            for at, entry in entries.items():
                for name, value in entry.items():
                    found[f"{kind}_{at}_{name}"] = _plain(value)
        if self.places is not None:
            found["places"] = _plain(self.places)
        return found


def memory_of(state: State) -> Memory:
    """Return the memory that :meth:`Memory.state` wrote."""

    def entries(kind: str) -> dict[int, Entry]:
        read: dict[int, Entry] = {}
        for at in state[kind].tolist():
            start = f"{kind}_{at}_"
            names = [key.removeprefix(start) for key in state if key.startswith(start)]
            read[at] = {name: _tensor(state[start + name], name) for name in names}
        return read

    places = _tensor(state["places"], _PLACES) if "places" in state else None
    return Memory(entries("prompted"), entries("followed"), places)


def _plain(value: torch.Tensor) -> Array:
    """Return a tensor's array; numpy has no brain float, so its bits are kept as integers."""
    value = value.contiguous()
    return np.asarray((value.view(torch.int16) if value.dtype == torch.bfloat16 else value).numpy())


def _tensor(value: Array, name: str) -> torch.Tensor:
    found = torch.from_numpy(value)
    return found.view(torch.bfloat16) if found.dtype == torch.int16 else found
