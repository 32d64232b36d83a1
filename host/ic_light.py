"""IC-Light through ComfyUI's own MODEL, VAE and CONDITIONING: the only place that samples.

ComfyUI is imported where it is used. The user's MODEL is left as it is: weights are added to a
clone of it, which lives while pictures are made.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from ..engine.clip.clip import Array
from ..engine.compositing.relight.ic_light_keys import Diffusion, Relight
from ..engine.compositing.relight.ic_light_weights import (
    FIRST,
    LATENT_CHANNELS,
    patches_from,
    pictures_of,
)
from ..engine.context import Context
from ..engine.errors import InputError
from ..engine.fingerprint import fingerprint
from ..engine.models.library import find_model, need_model
from ..engine.models.manifest import manifest

#: Samplers and schedulers that fit, by ComfyUI's names; the first of each is what IC-Light used,
#: without the noise that it adds on the way.
SAMPLERS = ("dpmpp_2m", "dpmpp_2m_sde", "euler", "euler_ancestral", "ddim", "uni_pc", "lcm")
SCHEDULERS = ("karras", "normal", "simple", "sgm_uniform", "exponential")

#: Models by the number of pictures they look at: the foreground, and the plate.
_MODELS = {1: "iclight-sd15-fc", 2: "iclight-sd15-fbc"}
_VARIANTS = {1: "the one for no plate (fc)", 2: "the one for a plate (fbc)"}
#: How other packs' downloads of the same weights may be called.
_CONVERTED = "_unet_ldm"
_UNET = "diffusion_model."
#: Width of the texts that Stable Diffusion 1.5 follows.
_TEXT_WIDTH = 768
#: Weights of a network, and values of each, that identify it.
_SAMPLED_WEIGHTS, _SAMPLED_VALUES = 64, 64


@dataclass(frozen=True)
class Sampling:
    """How a picture is sampled, in ComfyUI's terms.

    Attributes:
        steps: of the sampler.
        cfg: how closely the text is followed; 1 is without the negative one.
        denoise: 0 ... 1, how much of the picture is made anew.
        seed: of the noise, which is the same for each picture.
        sampler: one of SAMPLERS.
        scheduler: one of SCHEDULERS.
    """

    steps: int
    cfg: float
    denoise: float
    seed: int
    sampler: str = SAMPLERS[0]
    scheduler: str = SCHEDULERS[0]


@dataclass(frozen=True)
class _Parts:
    """What lies on the sockets."""

    model: Any
    vae: Any
    positive: Any
    negative: Any


def with_ic_light(
    model: Any,
    vae: Any,
    positive: Any,
    negative: Any,
    context: Context,
    *,
    sampling: Sampling,
    with_plate: bool,
    recipe: str | None,
) -> Diffusion:
    """Return IC-Light made of a Stable Diffusion 1.5 model.

    Args:
        model: a MODEL; one that IC-Light has been applied to already is used as it is.
        vae: the VAE of Stable Diffusion 1.5.
        positive: CONDITIONING, the light in words.
        negative: CONDITIONING.
        context: where the weights may lie.
        sampling: how pictures are sampled.
        with_plate: look at the plate, too.
        recipe: identifies what made model, vae and conditioning; None: nothing that is kept of
            other runs is theirs.

    Raises:
        InputError: if one of them is not of Stable Diffusion 1.5, or a MODEL that has IC-Light has
            it for the other case.
        FinalError: if the weights are not on this machine: how to get them.
    """
    parts = _Parts(model, vae, positive, negative)
    pictures = 2 if with_plate else 1
    _check(parts)
    has = _applied(model)
    if has is not None and has != pictures:
        raise InputError(
            f"model must have no IC-Light, or {_VARIANTS[pictures]}, got one that has "
            f"{_VARIANTS[has]}. Connect the model of Load Checkpoint."
        )
    weights = None if has else _find_weights(context, pictures)
    mark = fingerprint(
        "ic-light-model/1",
        recipe or uuid.uuid4().hex,
        _values_of({name: parts[0][0] for name, parts in model.get_key_patches(_UNET).items()}),
        _values_of(vae.first_stage_model.state_dict()),
        _plain([positive, negative]),
        None if weights is None else context.store.file_mark(weights),
        sampling,
    )

    @contextmanager
    def opened() -> Iterator[Relight]:
        made = model.clone() if weights is None else _with_weights(model, weights, pictures)
        yield _Relight(made, parts, sampling, context.check)

    return Diffusion(mark, opened)


def _check(parts: _Parts) -> None:
    """Raise InputError unless all is of Stable Diffusion 1.5 and of the plain kind."""
    kind = type(parts.model.model.model_config).__name__
    if kind != "SD15" or getattr(parts.model.model, "concat_keys", None):
        kind = "an inpainting one" if kind == "SD15" else kind
        raise InputError(
            f"model must be Stable Diffusion 1.5, which IC-Light was made for, got {kind}. "
            "Load a checkpoint of Stable Diffusion 1.5."
        )
    channels = getattr(parts.vae, "latent_channels", LATENT_CHANNELS)
    if channels != LATENT_CHANNELS:
        raise InputError(
            f"vae must be that of Stable Diffusion 1.5, of {LATENT_CHANNELS} channels, got one of "
            f"{channels}. Connect the VAE of the same Load Checkpoint."
        )
    for name, value in (("positive", parts.positive), ("negative", parts.negative)):
        width = value[0][0].shape[-1] if value else 0
        if width != _TEXT_WIDTH:
            raise InputError(
                f"{name} must be a text encoded for Stable Diffusion 1.5, {_TEXT_WIDTH} wide, got "
                f"{width}. Encode it with the CLIP of the same Load Checkpoint."
            )


def _applied(model: Any) -> int | None:
    """Return how many pictures IC-Light, applied to a MODEL before, looks at; None for none."""
    for patch in model.patches.get(_UNET + FIRST, ()):
        how = patch[1]
        if isinstance(how, tuple) and how[0] == "diff" and how[1][0].ndim == 4:
            pictures = pictures_of(how[1][0].shape[1])
            if pictures > 0:
                return pictures
    return None


def _find_weights(context: Context, pictures: int) -> Path:
    """Return the file of the weights: in the pack's folders or in ComfyUI's own.

    Raises:
        FinalError: if it is in neither.
    """
    known = manifest(_MODELS[pictures])
    name = Path(known.files[0].path)
    found = find_model(context, known.id)
    if found is None:
        elsewhere = _in_comfyui({name.name, f"{name.stem}{_CONVERTED}{name.suffix}"})
        if elsewhere is not None:
            return elsewhere
        found = need_model(context, known.id)
    return found / name


def _in_comfyui(names: set[str]) -> Path | None:
    """Return a file of one of the names from ComfyUI's folders of diffusion models, or None."""
    import folder_paths  # type: ignore[import-not-found]

    for listed in folder_paths.get_filename_list("diffusion_models"):
        if Path(listed.replace("\\", "/")).name in names:
            return Path(folder_paths.get_full_path_or_raise("diffusion_models", listed))
    return None


def _with_weights(model: Any, path: Path, pictures: int) -> Any:
    """Return a clone of a MODEL to which IC-Light is added.

    Raises:
        InputError: if the file does not hold its weights.
    """
    import comfy.utils  # type: ignore[import-not-found]

    own = {name.removeprefix(_UNET) for name in model.get_key_patches(_UNET)}
    named = comfy.utils.unet_to_diffusers(model.model.model_config.unet_config)
    names = {name: other for name, other in named.items() if other in own}
    state = comfy.utils.load_torch_file(str(path), safe_load=True)
    made = model.clone()
    patches = patches_from(state, names, pictures)
    made.add_patches({_UNET + name: patch for name, patch in patches.items()})
    return made


class _Relight:
    """Samples one picture after another."""

    def __init__(
        self, model: Any, parts: _Parts, sampling: Sampling, check: Callable[[], None]
    ) -> None:
        keep_own_pictures(model)
        self._model, self._parts, self._sampling, self._check = model, parts, sampling, check

    @torch.inference_mode()
    def __call__(self, seen: Array, plate: Array | None, tell: Callable[[float], None]) -> Array:
        """Return a relit picture, as a ``Relight`` of the engine does."""
        import comfy.sample  # type: ignore[import-not-found]

        how, vae = self._sampling, self._parts.vae
        latents = [self._encoded(one) for one in (seen, plate) if one is not None]
        looked_at = torch.cat([self._model.model.process_latent_in(one) for one in latents], dim=1)
        self._check()

        def told(step: int, *_: Any) -> None:
            tell((step + 1) / (how.steps + 1))

        sampled = comfy.sample.sample(
            self._model,
            comfy.sample.prepare_noise(latents[0], how.seed),
            how.steps,
            how.cfg,
            how.sampler,
            how.scheduler,
            looking_at(self._parts.positive, looked_at),
            looking_at(self._parts.negative, looked_at),
            latents[0],
            denoise=how.denoise,
            callback=told,
            disable_pbar=True,
            seed=how.seed,
        )
        return np.asarray(vae.decode(sampled)[0, ..., :3].float().cpu().numpy())

    def _encoded(self, picture: Array) -> torch.Tensor:
        """Return the latents (1, 4, h / 8, w / 8) of a picture; ComfyUI gives their mode."""
        pixels = torch.from_numpy(np.ascontiguousarray(picture, np.float32))[None]
        encoded: torch.Tensor = self._parts.vae.encode(pixels)
        return encoded


def looking_at(conditioning: Any, latents: torch.Tensor) -> list[list[Any]]:
    """Return CONDITIONING with the latents (1, C, h, w) that the network looks at.

    ``noise_concat`` is ComfyUI's own name for them, ``concat_latent_image`` that of a MODEL which
    another pack has applied IC-Light to.
    """
    added = {"noise_concat": latents, "concat_latent_image": latents}
    return [[text, {**options, **added}] for text, options in conditioning]


def keep_own_pictures(model: Any) -> None:
    """Make a MODEL look at the latents of :func:`looking_at` whatever a pack has laid into it."""
    existing = model.model_options.get("model_function_wrapper")
    if existing is None or _applied(model) is None:
        return

    def wrapper(apply_model: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        own = given["c"]["c_concat"]

        def apply(x: Any, t: Any, **c: Any) -> Any:
            return apply_model(x, t, **{**c, "c_concat": own})

        return existing(apply, given)

    model.set_model_unet_function_wrapper(wrapper)


def _values_of(tensors: Mapping[str, torch.Tensor]) -> list[Any]:
    """Return some values of some of a network's weights, which tell it from another."""
    names = sorted(tensors)
    found: list[Any] = [len(names)]
    for name in names[:: max(1, len(names) // _SAMPLED_WEIGHTS)]:
        flat = tensors[name].detach().reshape(-1)
        sampled = flat[:: max(1, flat.numel() // _SAMPLED_VALUES)]
        few = None if flat.is_meta else sampled.float().cpu().numpy()
        found.append([name, list(tensors[name].shape), few])
    return found


def _plain(value: Any) -> Any:
    """Return CONDITIONING as fingerprints take it; of what is neither number nor text, its kind."""
    if isinstance(value, torch.Tensor):
        return value.detach().float().cpu().numpy()
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return type(value).__name__
