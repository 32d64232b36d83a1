"""Cuts a subject out by a network that the user has: which there are, what they need, and the call.

Nothing here is imported, loaded or asked for before a network is used.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from ...clip.clip import Array, Clip, with_audio
from ...context import Context
from ...errors import FinalError, InputError
from ...models.library import find_model, need_model
from ...models.networks import can_run, load_library
from ..prompts import Prompts
from . import grounding_dino
from .background_matting import people_by_plate
from .birefnet import subject_by_birefnet
from .matanyone import is_installed, person_by_matanyone
from .modnet import people_by_modnet
from .parts import parts_touching
from .pictures import mask_of
from .rvm import people_by_rvm
from .sam2 import follow_by_sam2
from .sam2_prompts import prompts_by_frame

#: Kinds of prompts.
BOX, POINTS, MASK, TEXT = "box", "points", "mask", "text"


@dataclass(frozen=True)
class Network:
    """What a network is for and what it needs.

    Attributes:
        title: what people call it.
        models: ids of the manifest, any of which will do, the best first; empty where the pack
            fetches nothing.
        takes: kinds of prompts that it takes.
        prompted: it must be told what the subject is, by a prompt or a coarse matte.
        plate: it must be given a clean plate.
        people: it cuts out people and nothing else.
        alone: it may be chosen without being asked for by name.
        licence: what to know of its licence; empty where nothing limits its use.
    """

    title: str
    models: tuple[str, ...] = ()
    takes: frozenset[str] = frozenset()
    prompted: bool = False
    plate: bool = False
    people: bool = False
    alone: bool = True
    licence: str = ""


#: In the order in which they are preferred.
MODELS: dict[str, Network] = {
    "background_matting": Network(
        "BackgroundMattingV2", ("background-matting-v2",), plate=True, people=True
    ),
    "sam2": Network(
        "SAM 2",
        ("sam2.1-hiera-large", "sam2.1-hiera-small"),
        takes=frozenset({BOX, POINTS, MASK, TEXT}),
        prompted=True,
    ),
    "rvm": Network(
        "RobustVideoMatting",
        ("rvm-mobilenetv3",),
        people=True,
        licence="GPL-3.0: fetched from its authors, not part of this pack.",
    ),
    "birefnet": Network("BiRefNet", ("birefnet-general", "birefnet-general-lite")),
    "modnet": Network("MODNet", ("modnet-photographic",), people=True),
    "matanyone": Network(
        "MatAnyone",
        takes=frozenset({MASK}),
        prompted=True,
        people=True,
        alone=False,
        licence="S-Lab 1.0: not for commercial use. Install it yourself.",
    ),
}


def available(context: Context) -> list[str]:
    """Return the networks whose libraries and weights are installed, the preferred first."""
    return [name for name, network in MODELS.items() if _is_here(context, name, network)]


def _is_here(context: Context, name: str, network: Network) -> bool:
    if name == "matanyone":
        return is_installed(context)
    return any(find_model(context, one) is not None and can_run(one) for one in network.models)


def reads_text(context: Context) -> bool:
    """Return whether a text can be made a box: Grounding DINO is installed."""
    model_id = grounding_dino.MODEL_ID
    return find_model(context, model_id) is not None and can_run(model_id)


def choose(
    context: Context,
    prompts: Prompts,
    *,
    plate: Clip | None = None,
    coarse: Clip | None = None,
    people: bool = False,
) -> str | None:
    """Return the network that suits best what is given, or None.

    Args:
        context: which networks there are.
        prompts: what the user said.
        plate: a clean plate, or None.
        coarse: a matte that says what the subject is, or None.
        people: it is known that the subject is a person.
    """
    said = prompt_kinds(prompts)
    for name in available(context):
        network = MODELS[name]
        fits = (
            network.alone
            and (people or not network.people)
            and (plate is not None or not network.plate)
            and (bool(said) or coarse is not None or not network.prompted)
            and (said <= network.takes or (coarse is not None and not network.takes))
        )
        if fits and (said != {TEXT} or coarse is not None or reads_text(context)):
            return name
    return None


def prompt_kinds(prompts: Prompts) -> frozenset[str]:
    """Return the kinds of prompts that were given."""
    given = {
        BOX: prompts.box is not None,
        POINTS: bool(prompts.points),
        MASK: bool(prompts.masks),
        TEXT: bool(prompts.text.strip()),
    }
    return frozenset(kind for kind, there in given.items() if there)


def segment_by_model(
    name: str,
    clip: Clip,
    context: Context,
    prompts: Prompts,
    *,
    plate: Clip | None = None,
    coarse: Clip | None = None,
) -> Clip:
    """Return the alpha that a network gives: one channel, 10 bits, as large and long as the clip.

    What is costly is rendered to the store. A run that was killed goes on to the same bytes.

    Args:
        name: of MODELS.
        clip: RGB.
        context: store, progress, cancel, device, model folders.
        prompts: what the user said.
        plate: the view without the subject, as large as the clip; as long, or of one frame.
        coarse: a matte that says what the subject is: for a network that must be told, where the
            prompts do not; of one that takes no prompt, only what it touches is kept.

    Raises:
        InputError: if there is no such network, or it cannot use what is given.
        FinalError: if its library or weights are missing or cannot be loaded.
        Cancelled: if the host asked to stop; finished segments stay.
    """
    network = MODELS.get(name)
    if network is None:
        raise InputError(f"model must be one of {', '.join(MODELS)}, got {name!r}. Choose one.")
    _refuse(network, prompts, plate, coarse)
    if network.models:
        _need(context, network)
    alpha = _CALLS[name](_Asked(clip, context, prompts, plate, coarse))
    if coarse is not None and not network.takes:
        alpha = parts_touching(alpha, coarse)
    return with_audio(alpha, clip.audio)


def _refuse(network: Network, prompts: Prompts, plate: Clip | None, coarse: Clip | None) -> None:
    """Raise InputError if a network cannot use what is given."""
    if network.plate and plate is None:
        raise InputError(
            f"{network.title} must be given a clean plate, got none. Connect one, or choose "
            "another model."
        )
    unread = prompt_kinds(prompts) - network.takes
    if unread and coarse is None:
        takes = " or ".join(sorted(network.takes)) or "no prompt"
        raise InputError(
            f"{network.title} must be given {takes}, got {' and '.join(sorted(unread))}. "
            "Clear that, connect a coarse matte of the subject, or choose sam2."
        )


def _need(context: Context, network: Network) -> str:
    """Return the best model of a network that is there and can run.

    Raises:
        FinalError: if there is none: what to do.
    """
    here = [one for one in network.models if find_model(context, one) is not None]
    fit = [one for one in here if can_run(one)]
    if fit:
        return fit[0]
    # Says what is missing: the weights, or the library that runs them.
    model_id = here[0] if here else network.models[-1]
    need_model(context, model_id)
    load_library(model_id)
    raise FinalError(f"{network.title} cannot be run. Update the libraries that it needs.")


@dataclass(frozen=True)
class _Asked:
    """What a network was asked; see :func:`segment_by_model`."""

    clip: Clip
    context: Context
    prompts: Prompts
    plate: Clip | None
    coarse: Clip | None


def _sam2(asked: _Asked) -> Clip:
    model_id = _need(asked.context, MODELS["sam2"])
    folder = need_model(asked.context, model_id)
    prompts = _with_box(asked)
    said = prompts_by_frame(prompts, asked.clip.format, asked.coarse)
    return follow_by_sam2(asked.clip, asked.context, folder, model_id, said)


def _with_box(asked: _Asked) -> Prompts:
    """Return the prompts with a text made a box, where nothing else says what the subject is."""
    prompts = asked.prompts
    clicked = any(point.subject and point.frame == 0 for point in prompts.points)
    if not prompts.text.strip() or prompts.box is not None or prompts.masks or clicked:
        return replace(prompts, text="")
    box = grounding_dino.box_from_text(asked.clip, asked.context, prompts.text)
    return replace(prompts, box=box, text="")


def _background_matting(asked: _Asked) -> Clip:
    assert asked.plate is not None
    return people_by_plate(asked.clip, asked.context, asked.plate)


def _matanyone(asked: _Asked) -> Clip:
    return person_by_matanyone(asked.clip, asked.context, _first_mask(asked))


def _first_mask(asked: _Asked) -> Array:
    for mask in asked.prompts.masks:
        if mask.frame == 0:
            return mask.alpha
    if asked.coarse is not None:
        return mask_of(asked.coarse.frame(0), asked.coarse.format)
    raise InputError(
        "MatAnyone must be given a mask on the first frame, got none. Draw one, or connect a "
        "coarse matte of the person."
    )


_CALLS: dict[str, Callable[[_Asked], Clip]] = {
    "background_matting": _background_matting,
    "sam2": _sam2,
    "rvm": lambda asked: people_by_rvm(asked.clip, asked.context),
    "birefnet": lambda asked: subject_by_birefnet(asked.clip, asked.context),
    "modnet": lambda asked: people_by_modnet(asked.clip, asked.context),
    "matanyone": _matanyone,
}
