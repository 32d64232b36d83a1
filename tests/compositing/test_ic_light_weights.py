from __future__ import annotations

import pytest
import torch
from backlot.engine.compositing.relight.ic_light_weights import FIRST, patches_from, pictures_of
from backlot.engine.errors import InputError

WIDTH = 6
NAMES = {"conv_in.weight": FIRST, "conv_in.bias": "input_blocks.0.0.bias", "conv_out.weight": "out"}


class Net(torch.nn.Module):
    """A first convolution and another, named as the network of Stable Diffusion names its own."""

    def __init__(self, channels: int = 4) -> None:
        super().__init__()
        made = torch.Generator().manual_seed(channels)
        shapes = {FIRST: (WIDTH, channels, 3, 3), NAMES["conv_in.bias"]: (WIDTH,)}
        shapes |= {"out": (4, WIDTH, 3, 3)}
        self.weights = {name: torch.randn(shape, generator=made) for name, shape in shapes.items()}

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        first = torch.nn.functional.conv2d(
            x, self.weights[FIRST], self.weights["input_blocks.0.0.bias"], padding=1
        )
        return torch.nn.functional.conv2d(first, self.weights["out"], padding=1)

    def patched(self, patches) -> Net:
        """Add what ComfyUI's ModelPatcher would: a first weight grows by zeros where asked."""
        net = Net()
        for name, (how, (value, options)) in patches.items():
            assert how == "diff"
            weight = net.weights[name]
            if options["pad_weight"] and value.shape != weight.shape:
                grown = torch.zeros_like(value)
                grown[:, : weight.shape[1]] = weight
                weight = grown
            net.weights[name] = weight + value
        return net


def differences(channels: int) -> dict[str, torch.Tensor]:
    made = torch.Generator().manual_seed(9)
    shapes = {name: tensor.shape for name, tensor in Net(channels).weights.items()}
    return {name: torch.randn(shape, generator=made) for name, shape in shapes.items()}


def diffusers(values):
    return {name: values[own] for name, own in NAMES.items()}


@pytest.mark.parametrize("pictures", [1, 2])
def test_the_patched_network_looks_at_pictures(pictures):
    channels = 4 * (1 + pictures)
    added = differences(channels)
    net = Net().patched(patches_from(diffusers(added), NAMES, pictures))
    made = torch.Generator().manual_seed(2)
    x = torch.randn((1, 4, 8, 8), generator=made)
    seen = torch.randn((1, channels - 4, 8, 8), generator=made)

    first = torch.nn.functional.conv2d(
        x, Net().weights[FIRST], Net().weights["input_blocks.0.0.bias"], padding=1
    ) + torch.nn.functional.conv2d(
        torch.cat([x, seen], dim=1), added[FIRST], added["input_blocks.0.0.bias"], padding=1
    )
    expected = torch.nn.functional.conv2d(first, Net().weights["out"] + added["out"], padding=1)
    torch.testing.assert_close(net(torch.cat([x, seen], dim=1)), expected, rtol=1e-4, atol=1e-3)
    assert pictures_of(net.weights[FIRST].shape[1]) == pictures


@pytest.mark.parametrize("prefix", ["", "diffusion_model.", "model.diffusion_model."])
def test_names_that_others_converted_are_the_same_weights(prefix):
    added = differences(8)
    converted = patches_from({prefix + name: one for name, one in added.items()}, NAMES, 1)
    published = patches_from(diffusers(added), NAMES, 1)
    assert converted.keys() == published.keys()
    assert all(converted[name][1][0] is published[name][1][0] for name in published)


def test_only_the_first_convolution_may_grow():
    patches = patches_from(diffusers(differences(8)), NAMES, 1)
    assert [name for name, (_, (_, how)) in patches.items() if how["pad_weight"]] == [FIRST]


@pytest.mark.parametrize("has, shown", [(1, 2), (2, 1)])
def test_the_weights_for_the_other_case_are_refused(has, shown):
    state = diffusers(differences(4 * (1 + has)))
    with pytest.raises(InputError, match=f"must be for {4 * (1 + shown)} channels"):
        patches_from(state, NAMES, shown)


def test_a_part_of_the_weights_is_refused():
    state = diffusers(differences(8))
    del state["conv_out.weight"]
    with pytest.raises(InputError, match="without 1 of 3"):
        patches_from(state, NAMES, 1)


def test_another_models_weights_are_refused():
    with pytest.raises(InputError, match="without 3 of 3"):
        patches_from({"lora_unet_down": torch.zeros(2)}, NAMES, 1)
