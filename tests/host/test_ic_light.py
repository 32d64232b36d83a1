from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from backlot import host
from backlot.engine.compositing.relight.ic_light_weights import FIRST
from backlot.engine.errors import FinalError, InputError
from backlot.host.ic_light import keep_own_pictures, looking_at

UNET = "diffusion_model."
SAMPLING = host.Sampling(steps=4, cfg=2.0, denoise=1.0, seed=3)
TEXT = [[torch.zeros(1, 77, 768), {"pooled_output": torch.ones(1, 768)}]]


class SD15:
    unet_config = None


class Patcher:
    """What the host uses of ComfyUI's ModelPatcher."""

    def __init__(self, kind=SD15, concat_keys=()) -> None:
        self.model = SimpleNamespace(
            model_config=kind(), concat_keys=concat_keys, process_latent_in=lambda one: one * 0.5
        )
        self.weights = {UNET + FIRST: torch.ones(8, 4, 3, 3), UNET + "out.weight": torch.ones(4, 8)}
        self.patches: dict = {}
        self.model_options: dict = {}

    def clone(self) -> Patcher:
        made = Patcher()
        made.model, made.weights = self.model, self.weights
        made.patches = {name: list(one) for name, one in self.patches.items()}
        made.model_options = dict(self.model_options)
        return made

    def get_key_patches(self, prefix):
        return {name: [(one, None)] for name, one in self.weights.items()}

    def add_patches(self, patches):
        for name, patch in patches.items():
            self.patches.setdefault(name, []).append((1.0, patch, 1.0, None, None))

    def set_model_unet_function_wrapper(self, wrapper):
        self.model_options["model_function_wrapper"] = wrapper


class Vae:
    latent_channels = 4

    def __init__(self) -> None:
        self.first_stage_model = torch.nn.Linear(2, 2)
        self.encoded = []

    def encode(self, pixels):
        self.encoded.append(pixels)
        return torch.full((1, 4, pixels.shape[1] // 8, pixels.shape[2] // 8), pixels.mean().item())

    def decode(self, latents):
        pixels = latents.mean(dim=1).repeat_interleave(8, 1).repeat_interleave(8, 2)
        return pixels[..., None].expand(-1, -1, -1, 3)


@pytest.fixture
def comfyui(monkeypatch, tmp_path):
    """ComfyUI's modules as far as the host uses them; tells what was sampled."""
    folder = tmp_path / "diffusion_models"
    folder.mkdir()
    calls = []

    def sample(model, noise, *args, **options):
        positive, negative, latent = args[4:7]
        calls.append(
            SimpleNamespace(
                model=model, noise=noise, numbers=args[:4], positive=positive, negative=negative,
                latent=latent, options=options,
            )
        )  # fmt: skip
        for step in range(args[0]):
            options["callback"](step, None, None, args[0])
        return latent * 2

    def prepare_noise(latent, seed):
        return torch.randn(latent.shape, generator=torch.Generator().manual_seed(seed))

    state = {"conv_in.weight": torch.ones(8, 8, 3, 3), "out.weight": torch.ones(4, 8)}
    names = {"conv_in.weight": FIRST, "out.weight": "out.weight", "not.there": "nor.here"}
    utils = SimpleNamespace(
        load_torch_file=lambda path, safe_load: state, unet_to_diffusers=lambda config: names
    )
    sampling = SimpleNamespace(sample=sample, prepare_noise=prepare_noise)
    paths = SimpleNamespace(
        get_filename_list=lambda kind: [str(p.relative_to(folder)) for p in folder.rglob("*.*")],
        get_full_path_or_raise=lambda kind, name: str(folder / name),
    )
    comfy = SimpleNamespace(utils=utils, sample=sampling)
    for name, module in {
        "comfy": comfy, "comfy.utils": utils, "comfy.sample": sampling, "folder_paths": paths
    }.items():  # fmt: skip
        monkeypatch.setitem(sys.modules, name, module)
    return SimpleNamespace(folder=folder, calls=calls)


@pytest.fixture
def installed(comfyui):
    for name in ("fc", "fbc"):
        (comfyui.folder / f"iclight_sd15_{name}.safetensors").write_bytes(name.encode())
    return comfyui


def relighting(model, context, vae=None, *, plate=False, recipe="made so", sampling=SAMPLING):
    return host.with_ic_light(
        model, vae or Vae(), TEXT, TEXT, context,
        sampling=sampling, with_plate=plate, recipe=recipe,
    )  # fmt: skip


def applied(channels: int) -> Patcher:
    model = Patcher()
    patch = ("diff", [torch.zeros(8, channels, 3, 3), {"pad_weight": True}])
    model.add_patches({UNET + FIRST: patch})
    return model


def test_a_picture_is_sampled_with_its_latents_beside_the_noise(installed, context):
    model, vae, told = Patcher(), Vae(), []
    seen = np.full((64, 128, 3), 0.4, np.float32)
    with relighting(model, context, vae).opened() as relight:
        relit = relight(seen, None, told.append)
    (call,) = installed.calls
    assert call.numbers == (4, 2.0, "dpmpp_2m", "karras")
    assert call.options["seed"] == 3 and call.options["denoise"] == 1.0
    for text in (*call.positive, *call.negative):
        assert text[1]["noise_concat"].shape == (1, 4, 8, 16)
        torch.testing.assert_close(text[1]["noise_concat"], torch.full((1, 4, 8, 16), 0.2))
    assert vae.encoded[0].shape == (1, 64, 128, 3)
    assert relit.shape == (64, 128, 3) and relit[0, 0, 0] == pytest.approx(0.8)
    assert told == sorted(told) and len(told) == 4 and told[-1] <= 1


def test_weights_go_to_a_clone(installed, context):
    model = Patcher()
    with relighting(model, context).opened() as relight:
        relight(np.zeros((64, 64, 3), np.float32), None, lambda part: None)
    used = installed.calls[0].model
    assert model.patches == {} and model.model_options == {}
    assert set(used.patches) == {UNET + FIRST, UNET + "out.weight"}
    assert used.patches[UNET + FIRST][0][1][1][1] == {"pad_weight": True}
    assert TEXT[0][1].keys() == {"pooled_output"}


def test_noise_is_the_same_for_every_picture(installed, context):
    with relighting(Patcher(), context).opened() as relight:
        for level in (0.2, 0.7):
            relight(np.full((64, 64, 3), level, np.float32), None, lambda part: None)
    first, second = installed.calls
    assert (first.noise == second.noise).all() and (first.latent != second.latent).all()


def test_stopping_within_a_picture_stops(installed, context):
    def stop(part):
        raise KeyboardInterrupt

    with relighting(Patcher(), context).opened() as relight, pytest.raises(KeyboardInterrupt):
        relight(np.zeros((64, 64, 3), np.float32), None, stop)


def test_missing_weights_are_named_with_the_way_to_get_them(comfyui, context):
    with pytest.raises(FinalError, match="backlot models get iclight-sd15-fbc"):
        relighting(Patcher(), context, plate=True)


@pytest.mark.parametrize(
    "name", ["iclight_sd15_fc.safetensors", "iclight_sd15_fc_unet_ldm.safetensors"]
)
def test_weights_of_other_packs_are_found(name, comfyui, context):
    (comfyui.folder / "IC-Light").mkdir()
    (comfyui.folder / "IC-Light" / "iclight_sd15_fcon.safetensors").write_bytes(b"0")
    with pytest.raises(FinalError):
        relighting(Patcher(), context)
    (comfyui.folder / "IC-Light" / name).write_bytes(b"1")
    assert relighting(Patcher(), context).mark


@pytest.mark.parametrize("channels, plate", [(8, False), (12, True)])
def test_a_model_that_has_ic_light_gets_no_more(channels, plate, comfyui, context):
    model = applied(channels)
    with relighting(model, context, plate=plate).opened() as relight:
        picture = np.zeros((64, 64, 3), np.float32)
        relight(picture, picture if plate else None, lambda part: None)
    (call,) = comfyui.calls
    assert len(call.model.patches[UNET + FIRST]) == 1
    assert call.positive[0][1]["concat_latent_image"].shape[1] == channels - 4


@pytest.mark.parametrize("channels, plate, has", [(12, False, "fbc"), (8, True, "fc")])
def test_a_model_that_has_the_other_ic_light_is_refused(channels, plate, has, comfyui, context):
    with pytest.raises(InputError, match=rf"got one that has .*\({has}\)"):
        relighting(applied(channels), context, plate=plate)


def test_another_packs_picture_does_not_stay():
    model, theirs = applied(8), torch.full((1, 4, 2, 2), 9.0)

    def wrapper(apply, given):
        return apply(x=given["input"], t=given["timestep"], **{**given["c"], "c_concat": theirs})

    model.set_model_unet_function_wrapper(wrapper)
    keep_own_pictures(model)
    given = {"input": 1, "timestep": 2, "c": {"c_concat": "ours", "c_crossattn": "text"}}
    looked = model.model_options["model_function_wrapper"](lambda x, t, **c: c, given)
    assert looked == {"c_concat": "ours", "c_crossattn": "text"}


def test_a_wrapper_of_a_plain_model_is_left_alone():
    model = Patcher()
    model.set_model_unet_function_wrapper(print)
    keep_own_pictures(model)
    assert model.model_options["model_function_wrapper"] is print


def test_texts_keep_what_they_had():
    latents = torch.zeros(1, 4, 2, 2)
    (text,) = looking_at([[TEXT[0][0], {"area": 5}]], latents)
    assert text[0] is TEXT[0][0] and text[1]["area"] == 5
    assert text[1]["noise_concat"] is text[1]["concat_latent_image"] is latents


class SDXL:
    pass


@pytest.mark.parametrize(
    "model, got", [(Patcher(SDXL), "got SDXL"), (Patcher(concat_keys=("mask",)), "inpainting")]
)
def test_other_models_are_refused(model, got, installed, context):
    with pytest.raises(InputError, match=f"model must be Stable Diffusion 1.5.*{got}"):
        relighting(model, context)


def test_another_vae_is_refused(installed, context):
    vae = Vae()
    vae.latent_channels = 16
    with pytest.raises(InputError, match=r"vae must be .* got one of 16"):
        relighting(Patcher(), context, vae)


def test_a_text_for_another_model_is_refused(installed, context):
    wide = [[torch.zeros(1, 77, 2048), {}]]
    with pytest.raises(InputError, match=r"negative must be .* got 2048"):
        host.with_ic_light(
            Patcher(), Vae(), TEXT, wide, context, sampling=SAMPLING, with_plate=False, recipe="r"
        )


def test_the_mark_tells_what_pictures_depend_on(installed, context):
    vae = Vae()
    mark = relighting(Patcher(), context, vae).mark
    assert relighting(Patcher(), context, vae).mark == mark
    other = Patcher()
    other.weights[UNET + "out.weight"] = torch.zeros(4, 8)
    changed = [
        relighting(other, context, vae),
        relighting(Patcher(), context, Vae()),
        relighting(Patcher(), context, vae, plate=True),
        relighting(Patcher(), context, vae, recipe="made otherwise"),
        relighting(Patcher(), context, vae, recipe=None),
        relighting(Patcher(), context, vae, sampling=host.Sampling(4, 2.0, 1.0, 4)),
    ]
    assert len({mark, *(one.mark for one in changed)}) == len(changed) + 1


PROMPT = {
    "1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}},
    "2": {"class_type": "LoraLoader", "inputs": {"model": ["1", 0], "strength": 0.5}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "sun"}},
    "9": {"class_type": "Relight", "inputs": {"model": ["2", 0], "positive": ["3", 0], "steps": 3}},
}


def recipe(node: str = "9", **changes) -> str | None:
    prompt = {name: {**one, "inputs": {**one["inputs"]}} for name, one in PROMPT.items()}
    for place, value in changes.items():
        name, key = place.split("_", 1)
        prompt[name.removeprefix("n")]["inputs"][key] = value
    hidden = SimpleNamespace(prompt=prompt, unique_id=node)
    return host.recipe_of(hidden, ("model", "positive"))


def test_a_recipe_changes_with_all_that_lies_before():
    changed = [
        recipe(n1_ckpt_name="other.safetensors"),
        recipe(n2_strength=0.6),
        recipe(n3_text="moon"),
        recipe(n9_model=["1", 0]),
    ]
    assert len({recipe(), *changed}) == 5


def test_a_recipe_knows_nothing_of_other_inputs_and_ids():
    assert recipe() == recipe(n9_steps=9)
    text = json.dumps(PROMPT)
    for name in PROMPT:
        text = text.replace(f'"{name}"', f'"x{name}"')
    renamed = json.loads(text)
    hidden = SimpleNamespace(prompt=renamed, unique_id="x9")
    assert host.recipe_of(hidden, ("model", "positive")) == recipe()


@pytest.mark.parametrize("hidden", [None, SimpleNamespace(prompt=PROMPT, unique_id="77")])
def test_a_node_that_is_in_no_workflow_has_no_recipe(hidden):
    assert host.recipe_of(hidden, ("model",)) is None
