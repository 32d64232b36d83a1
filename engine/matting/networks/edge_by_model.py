"""Solves a matte's edge by a network that the user has: which there are, and which is taken.

Nothing here is imported, loaded or asked for before a network is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ...clip.clip import Clip
from ...context import Context
from ...errors import InputError
from ...models.library import find_model
from ...models.networks import can_run
from ..matte import Matte
from . import vitmatte

#: Takes the best that is installed; takes none.
AUTO, NO_MODEL = "auto", "none"


class Solver(Protocol):
    """What solves an edge; see :func:`.vitmatte.refine_by_vitmatte`."""

    def __call__(self, clip: Clip, matte: Matte, context: Context, *, radius_px: float) -> Matte:
        """Return the matte with its edge solved."""


@dataclass(frozen=True)
class EdgeNetwork:
    """A network that solves edges.

    Attributes:
        title: what people call it.
        model_id: of the manifest.
        solve: the call.
    """

    title: str
    model_id: str
    solve: Solver


#: In the order in which they are preferred.
EDGE_MODELS: dict[str, EdgeNetwork] = {
    "vitmatte": EdgeNetwork("ViTMatte", vitmatte.MODEL_ID, vitmatte.refine_by_vitmatte),
}


def edge_network(context: Context, model: str) -> EdgeNetwork | None:
    """Return the network that ``model`` means, or None for none.

    Args:
        context: which networks there are.
        model: ``"none"``, ``"auto"`` for the best that is installed, or one's name.

    Raises:
        InputError: if there is no such network.
    """
    if model == AUTO:
        return next((one for one in EDGE_MODELS.values() if _is_here(context, one)), None)
    if model != NO_MODEL and model not in EDGE_MODELS:
        known = ", ".join((AUTO, NO_MODEL, *EDGE_MODELS))
        raise InputError(f"model must be one of {known}, got {model!r}. Choose one.")
    return EDGE_MODELS.get(model)


def _is_here(context: Context, network: EdgeNetwork) -> bool:
    return find_model(context, network.model_id) is not None and can_run(network.model_id)
