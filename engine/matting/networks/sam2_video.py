"""Follows a prompted subject by SAM 2, frame by frame and with a memory that does not grow.

After Ravi et al., "SAM 2: Segment Anything in Images and Videos", 2024.

The network comes from transformers. Frames are prepared here, in torch, as its publisher does it:
squeezed to a square and normalised by ImageNet's mean and deviation. What is stored is what the
network says, log odds on its own grid of a quarter of that square; alpha is made of them at the
clip's size when it is asked for. Where a shot begins it forgets what it followed and keeps what it
was told; a subject that it does not see then is found by its colours.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ...clip.clip import Array, Clip
from ...clip.render import Scan
from ...errors import FinalError
from ...fingerprint import fingerprint
from ...models.manifest import manifest
from ...models.networks import load_library
from ..cuts import begins_shot
from .found_again import colours_of, found_again, is_lost, reduced_frame
from .pictures import IMAGENET, Size, normalised, planes, resized
from .sam2_memory import Memory, State, memory_of
from .sam2_prompts import Prompt, mask_input, point_inputs

#: Log odds are kept from minus to plus this, in codes of this many bits.
ODDS, ODDS_BITS = 16.0, 16
_TOP = float((1 << ODDS_BITS) - 1)
#: What the network was trained on, where its configuration does not say otherwise.
_SIDE_PX = 1024
#: The only object of a session.
_OBJECT = 1
#: What is kept beside the memory.
_LIKE, _GUESSED = "like", "guessed"


class Sam2:
    """A SAM 2 video network from a folder in Hugging Face's layout; loaded when first asked."""

    def __init__(self, folder: Path, model_id: str, device: str) -> None:
        """Use the network in ``folder`` on ``device``; nothing is loaded yet."""
        self._folder, self._model_id, self._device = folder, model_id, device
        self._model: Any = None
        self._session: Any = None
        self._lock = threading.Lock()

    @cached_property
    def side_px(self) -> int:
        """Side of the square picture that it sees; known without loading the weights."""
        try:
            said = json.loads((self._folder / "config.json").read_text(encoding="utf-8"))
            return int(said.get("image_size", _SIDE_PX))
        except (OSError, ValueError, AttributeError, TypeError) as error:
            raise self._unusable(error) from error

    def prepare(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return (3, S, S) float32 as the network sees (1, 3, H, W) RGB in 0 ... 1."""
        side = self.side_px
        return normalised(resized(pixels, Size(side, side)), IMAGENET)[0]

    def segment(
        self,
        memory: Memory,
        at: int,
        pixels: torch.Tensor,
        prompt: Prompt | None = None,
        *,
        corrects: bool = False,
    ) -> tuple[Array, Memory]:
        """Return the log odds (h, w) float32 of the subject in a frame, and what is remembered.

        Args:
            memory: of the frames before, and of prompted ones anywhere.
            at: the frame's position in time.
            pixels: what :meth:`prepare` returned.
            prompt: what was said of this frame.
            corrects: the prompt is about a subject that is known, so memory is looked at, too.
        """
        model = self._loaded()
        session = self._session(video_height=1, video_width=1, **self._places())
        number = session.obj_id_to_idx(_OBJECT)
        session.output_dict_per_obj[number] = memory.outputs()
        if prompt is not None:
            self._say(session, number, at, prompt)
        # The first releases count frames themselves, from 0: a session that begins in the middle
        # must be told where it is.
        session.processed_frames = {at: pixels.to(self._device)}
        session.add_new_frame = lambda *_, **__: at
        if corrects:
            # A frame that was followed before is not a beginning: that is what brings memory in.
            session.frames_tracked_per_obj[number][at] = {"reverse": False}
        with torch.inference_mode():
            found = model(inference_session=session, frame_idx=at, frame=pixels)
        kinds = session.output_dict_per_obj[number]
        output = kinds["cond_frame_outputs"].get(at) or kinds["non_cond_frame_outputs"][at]
        odds = found.pred_masks.reshape(found.pred_masks.shape[-2:]).float().cpu().numpy()
        remembered = memory.with_frame(at, output, prompted=prompt is not None)
        config = model.config
        return np.asarray(odds), remembered.pruned(
            at, int(config.num_maskmem), int(config.max_object_pointers_in_encoder)
        )

    def _say(self, session: Any, number: int, at: int, prompt: Prompt) -> None:
        if prompt.mask is not None:
            session.add_mask_inputs(number, at, mask_input(prompt.mask, self.side_px))
        else:
            session.add_point_inputs(number, at, point_inputs(prompt.marks, self.side_px))
        session.obj_with_new_inputs = [_OBJECT]

    def _places(self) -> dict[str, Any]:
        return {
            "inference_device": self._device,
            "inference_state_device": self._device,
            "video_storage_device": self._device,
            "dtype": torch.float32,
        }

    def _loaded(self) -> Any:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model

    def _load(self) -> Any:
        library: Any = load_library(self._model_id)
        self._session = library.Sam2VideoInferenceSession
        try:
            model = library.Sam2VideoModel.from_pretrained(
                str(self._folder), local_files_only=True, use_safetensors=True
            )
        except Exception as error:
            raise self._unusable(error) from error
        return model.eval().to(self._device)

    def _unusable(self, error: Exception) -> FinalError:
        return FinalError(
            f"{self._folder} must hold {manifest(self._model_id).title} as it is published, "
            f"got files that cannot be loaded ({error}). Remove the folder and run "
            f"`backlot models get {self._model_id}`."
        )


class Seen(NamedTuple):
    """A frame as the network sees it, and the reduced frame if a shot begins with it."""

    pixels: torch.Tensor
    begins: Array | None


class Sam2Scan(Scan):
    """The log odds of a subject in each frame, as codes; see :func:`odds_of`."""

    def __init__(
        self,
        source: Clip,
        network: Sam2,
        mark: str,
        prompts: tuple[Prompt, ...],
        pictures: Clip,
        places: tuple[int, ...],
        *,
        corrections: tuple[Prompt, ...] = (),
        shown: Mapping[int, Array] | None = None,
    ) -> None:
        """Prepare.

        Args:
            source: RGB.
            network: who is asked.
            mark: identifies its weights.
            prompts: what is known from the start, ``frame`` being a position in ``source``, which
                may lie outside of it.
            pictures: the clip that shows those frames.
            places: of each prompt, its frame in ``pictures``.
            corrections: what is said when a frame comes, with the memory of those before.
            shown: codes of prompted frames that are known better than the prompt says.
        """
        self.source = source
        self._network = network
        self._prompts, self._pictures, self._places = prompts, pictures, places
        self._corrections = {prompt.frame: prompt for prompt in corrections}
        self._shown = dict(shown or {})
        side = network.side_px // 4
        self.format = replace(source.format, width=side, height=side, channels=1, bits=ODDS_BITS)
        said = [[one.frame, one.mask, [list(mark) for mark in one.marks]] for one in prompts]
        later = [[one.frame, [list(mark) for mark in one.marks]] for one in corrections]
        kept = sorted(self._shown.items())
        clips = [source.fingerprint, pictures.fingerprint]
        self.fingerprint = fingerprint(
            "sam2/2", clips, mark, said, list(places), later, [list(pair) for pair in kept]
        )
        self.audio = source.audio
        source.keep(8)  # a frame that may begin a shot is looked at with those around it

    def look(self, index: int) -> Seen:
        """Return frame ``index`` as the network sees it."""
        frame, fmt = self.source.frame(index), self.source.format
        begins = reduced_frame(frame, fmt) if begins_shot(self.source, index) else None
        return Seen(self._network.prepare(planes(frame, fmt)), begins)

    def start(self) -> State:
        """Return the memory of the frames that were prompted, and the subject's colours."""
        memory, like = Memory(), None
        for prompt, place in zip(self._prompts, self._places, strict=True):
            frame, fmt = self._pictures.frame(place), self._pictures.format
            pixels = self._network.prepare(planes(frame, fmt))
            odds, memory = self._network.segment(memory, prompt.frame, pixels, prompt)
            if like is None:
                like = colours_of(reduced_frame(frame, fmt), odds)
        return _state(memory, np.zeros(0, np.float32) if like is None else like)

    def step(self, index: int, seen: Seen, state: State) -> tuple[Array, State]:
        """Return the codes of frame ``index`` and what is remembered after it."""
        if seen.begins is not None:
            memory = memory_of(state).at_cut(state[_GUESSED].tolist())
            state = _state(memory, state[_LIKE])
        if index in self._shown:
            return self._shown[index], state
        memory = memory_of(state)
        known = memory.prompted.get(index)
        if known is not None:
            odds = known["pred_masks"].float().numpy()
            return odds_codes(odds.reshape(odds.shape[-2:])), state
        prompt, guessed = self._corrections.get(index), state[_GUESSED]
        odds, after = self._network.segment(
            memory, index, seen.pixels, prompt, corrects=prompt is not None
        )
        if seen.begins is not None and prompt is None and is_lost(odds):
            mask = found_again(seen.begins, state[_LIKE])
            if mask is not None:
                odds, after = self._network.segment(memory, index, seen.pixels, Prompt(index, mask))
                guessed = np.array([index])
        return odds_codes(odds), _state(after, state[_LIKE], guessed)


def _state(memory: Memory, like: Array, guessed: Array | None = None) -> State:
    """Return as arrays what is remembered, the subject's colours, and which frame was guessed."""
    kept = np.zeros(0, np.int64) if guessed is None else guessed
    return memory.state() | {_LIKE: like, _GUESSED: kept}


def odds_codes(odds: Array) -> Array:
    """Return log odds as codes."""
    shares = (np.clip(odds, -ODDS, ODDS) + np.float32(ODDS)) * np.float32(0.5 / ODDS)
    return np.asarray(np.rint(shares * np.float32(_TOP)).astype(np.uint16))


def odds_of(codes: Array) -> Array:
    """Return the log odds (h, w) float32 of codes."""
    return np.asarray(codes.astype(np.float32) * np.float32(2 * ODDS / _TOP) - np.float32(ODDS))
