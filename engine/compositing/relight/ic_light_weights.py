"""The weights of IC-Light: what is added to those of a Stable Diffusion 1.5 network.

IC-Light (L. Zhang, A. Rao, M. Agrawala, *Scaling in-the-wild training for diffusion-based
illumination harmonization and editing*, ICLR 2025) is published as differences to a network that
also looks at the latents of pictures: its first convolution takes 4 channels more for each. Names
are those of diffusers, or, converted by others, the network's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ...errors import InputError

#: The weight of the first convolution, as the network itself names it.
FIRST = "input_blocks.0.0.weight"
#: Channels of a latent of Stable Diffusion 1.5.
LATENT_CHANNELS = 4
#: What others have put before the network's own names.
_PREFIXES = ("model.diffusion_model.", "diffusion_model.")

#: As ComfyUI's ModelPatcher takes it: how, and what is added; a first convolution may grow.
Patch = tuple[str, list[Any]]


def pictures_of(channels: int) -> int:
    """Return how many pictures a first convolution of so many channels looks at."""
    return channels // LATENT_CHANNELS - 1


def patches_from(
    state: Mapping[str, torch.Tensor], names: Mapping[str, str], pictures: int
) -> dict[str, Patch]:
    """Return what is added to each weight of the network, by its own name.

    Args:
        state: the file's tensors by name.
        names: diffusers' names -> the network's own, of all weights that it has.
        pictures: how many the network is to look at: 1 the foreground, 2 the plate, too.

    Raises:
        InputError: if the tensors are not those of IC-Light for so many pictures.
    """
    own = set(names.values())
    named = {_own_name(name, names): tensor for name, tensor in state.items()}
    found = {name: tensor for name, tensor in named.items() if name in own}
    missing = len(own - set(found))
    if FIRST not in found or missing:
        raise InputError(
            "the file must hold the weights of IC-Light for Stable Diffusion 1.5, got one without "
            f"{missing} of {len(own)} of them. Download it again with `backlot models get`."
        )
    channels = found[FIRST].shape[1]
    wanted = LATENT_CHANNELS * (1 + pictures)
    if channels != wanted:
        raise InputError(
            f"the weights of IC-Light must be for {wanted} channels, got some for {channels}. With "
            "a plate use those named fbc, without one those named fc."
        )
    return {name: ("diff", [value, {"pad_weight": name == FIRST}]) for name, value in found.items()}


def _own_name(name: str, names: Mapping[str, str]) -> str:
    """Return the network's own name for a name of the file."""
    for prefix in _PREFIXES:
        name = name.removeprefix(prefix)
    return names.get(name, name)
