"""The adapter to MatAnyone, with a stand-in that has the interface of its published script.

The real library is under a licence that keeps it out of here, so that the stand-in is all there is:
it checks in what order it is called, and its memory matters.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from backlot.engine.clip.store import Store
from backlot.engine.errors import Cancelled, FinalError
from backlot.engine.matting.networks.matanyone import (
    closed,
    find_weights,
    is_installed,
    person_by_matanyone,
)
from backlot.engine.matting.networks.pictures import Size

CORE = """
import torch

class InferenceCore:
    made = 0

    def __init__(self, network, cfg=None, *, device=None):
        assert cfg is network.cfg
        InferenceCore.made += 1
        self.device, self.calls, self.memory = device, [], None

    def step(self, image, mask=None, objects=None, *, first_frame_pred=False):
        assert image.ndim == 3 and image.shape[0] == 3 and 0 <= image.min() and image.max() <= 1
        if mask is not None:
            assert not self.calls and objects == [1]
            assert set(mask.unique().tolist()) <= {0.0, 255.0}
            self.memory = mask / 255
        elif first_frame_pred:
            assert self.calls and set(self.calls[1:]) <= {"first"}
        else:
            assert len(self.calls) >= 12, "the first frame must have been shown eleven times"
            self.memory = 0.5 * self.memory + 0.5 * image.mean(0)
        self.calls.append("mask" if mask is not None else "first" if first_frame_pred else "on")
        return torch.stack([1 - self.memory, self.memory])

    def output_prob_to_mask(self, said, matting=True):
        return said[1:].squeeze(0)
"""

DEFAULT = """
import pathlib
import types

def get_matanyone_model(path, device=None):
    assert pathlib.Path(path).read_bytes() == b"weights"
    return types.SimpleNamespace(cfg=object())
"""


@pytest.fixture
def installed(tmp_path, monkeypatch, with_models):
    """A context with weights, and the library on the path."""
    package = tmp_path / "site" / "matanyone"
    for folder in (package, package / "inference", package / "utils"):
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text("")
    (package / "inference" / "inference_core.py").write_text(CORE)
    (package / "utils" / "get_default_model.py").write_text(DEFAULT)
    monkeypatch.syspath_prepend(package.parent)
    weights = tmp_path / "models" / "matanyone"
    weights.mkdir(parents=True)
    (weights / "matanyone.pth").write_bytes(b"weights")
    yield with_models(tmp_path / "models")
    for name in [name for name in sys.modules if name.split(".")[0] == "matanyone"]:
        del sys.modules[name]


def disc(size=(160, 90)):
    mask = np.zeros((size[1], size[0]), np.float32)
    mask[20:70, 40:90] = 1
    return mask


def test_frames_are_shown_as_its_script_shows_them(installed, clip_of):
    clip = clip_of(4)
    assert is_installed(installed) and find_weights(installed).name == "matanyone"
    alpha = person_by_matanyone(clip, installed, disc())
    assert alpha.format == replace(clip.format, channels=1, bits=10)
    assert np.array_equal(alpha.frame(0) / 1023, disc())
    grey = clip.frame(1).mean(axis=2) / 255
    assert np.abs(alpha.frame(1) / 1023 - 0.5 * (disc() + grey)).max() < 2e-3
    person_by_matanyone(clip, installed, disc())
    assert sys.modules["matanyone.inference.inference_core"].InferenceCore.made == 1


def test_a_killed_run_remembers_again_and_goes_on_to_the_same_bytes(installed, clip_of, tmp_path):
    clip, asked = clip_of(100), []

    def killed():
        asked.append(1)
        return len(asked) > 160

    with pytest.raises(Cancelled):
        person_by_matanyone(clip, replace(installed, is_cancelled=killed), disc())
    resumed = person_by_matanyone(clip, installed, disc())
    fresh = replace(installed, store=Store(tmp_path / "fresh"))
    whole = person_by_matanyone(clip, fresh, disc())
    for at in range(0, 100, 9):
        assert np.array_equal(resumed.frame(at), whole.frame(at))


def test_a_mask_is_hard_and_its_small_gaps_closed():
    mask = disc()
    mask[40:43, 60:63] = 0.2
    found = closed(mask, Size(160, 90))
    assert set(np.unique(found)) == {0.0, 255.0}
    assert found[41, 61] == 255 and found[5, 5] == 0


def test_what_is_missing_is_said_with_the_licence(installed, context, clip_of, monkeypatch):
    with pytest.raises(FinalError, match="forbids commercial use, got no weights"):
        person_by_matanyone(clip_of(2), context, disc())
    monkeypatch.setattr("backlot.engine.matting.networks.matanyone.find_spec", lambda name: None)
    assert not is_installed(installed)
    with pytest.raises(FinalError, match="got no library"):
        person_by_matanyone(clip_of(2), installed, disc())


def test_a_library_that_fails_is_explained(installed, clip_of):
    (find_weights(installed) / "matanyone.pth").write_bytes(b"other")
    with pytest.raises(FinalError, match="MatAnyone must load from"):
        person_by_matanyone(clip_of(2), installed, disc())
