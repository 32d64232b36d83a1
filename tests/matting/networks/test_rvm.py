from __future__ import annotations

from dataclasses import replace
from typing import List, Optional  # noqa: UP035 - TorchScript of older torch reads these

import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip, concatenate
from backlot.engine.clip.store import Store
from backlot.engine.errors import Cancelled, FinalError
from backlot.engine.matting.cuts import begins_shot, is_cut
from backlot.engine.matting.networks.rvm import (
    Rvm,
    _looks_at,
    downsample_ratio,
    people_by_rvm,
    shows_body,
)


class Published(torch.nn.Module):
    """Has RobustVideoMatting's signature; its alpha is half the frame, half what it remembers."""

    def forward(
        self,
        src: torch.Tensor,
        r1: Optional[torch.Tensor] = None,  # noqa: UP045
        r2: Optional[torch.Tensor] = None,  # noqa: UP045
        r3: Optional[torch.Tensor] = None,  # noqa: UP045
        r4: Optional[torch.Tensor] = None,  # noqa: UP045
        downsample_ratio: float = 1.0,
        segmentation_pass: bool = False,
    ) -> List[torch.Tensor]:  # noqa: UP006
        grey = src.mean(1, keepdim=True)
        small = torch.nn.functional.interpolate(grey, scale_factor=downsample_ratio)
        rest = [torch.zeros(1, c, 2, 2) for c in (20, 40, 64)]
        if r1 is not None and r2 is not None and r3 is not None and r4 is not None:
            assert r1.shape[2] == small.shape[2]
            alpha = 0.5 * grey + 0.5 * r1.mean()
            rest = [r2 + 1, r3, r4]
        else:
            alpha = grey
        return [src, alpha.clamp(0.0, 1.0), small, rest[0], rest[1], rest[2]]


@pytest.fixture
def here(published, scripted, with_models):
    return with_models(published("rvm-mobilenetv3", lambda path: scripted(Published(), path)))


def shade(value, count=4):
    frames = np.full((count, 90, 160, 3), value, np.uint8)
    frames[:, 20:60, 40:90] = 255 - value
    return frames


def clip_of_frames(frames):
    from fractions import Fraction

    return ArrayClip(frames, Fraction(25))


def test_the_ratio_is_the_authors():
    assert downsample_ratio(1920, 1080) == pytest.approx(0.2667, abs=1e-3)
    assert downsample_ratio(1080, 1920) == pytest.approx(0.2667, abs=1e-3)
    assert downsample_ratio(1280, 720) == pytest.approx(0.4)
    assert downsample_ratio(3840, 2160) == pytest.approx(0.1333, abs=1e-3)
    assert downsample_ratio(320, 180) == 1.0


def test_whole_bodies_are_looked_at_more_closely(here):
    standing = np.full((3, 400, 800, 3), 20, np.uint8)
    standing[:, 60:360, 380:460] = 250
    cropped = standing.copy()
    cropped[:, 60:, 380:460] = 250
    alpha = standing[0, ..., 0] / 255.0
    assert shows_body(alpha) and not shows_body(cropped[0, ..., 0] / 255.0)
    assert not shows_body(alpha.T), "who lies is not seen from head to foot"
    assert not shows_body(0 * alpha)
    assert downsample_ratio(1920, 1080, 768) == pytest.approx(0.4)
    network = Rvm(here)
    sides = {
        name: _looks_at(clip_of_frames(frames), here, network, "mark")
        for name, frames in (("standing", standing), ("cropped", cropped))
    }
    assert sides == {"standing": 768, "cropped": 512}
    pixels = torch.zeros(1, 3, 400, 800)
    assert network.alpha(pixels, {}, 768)[1]["r1"].shape[3] == 768


def test_states_go_from_frame_to_frame(here):
    network = Rvm(here)
    bright, dark = torch.full((1, 3, 90, 160), 0.8), torch.full((1, 3, 90, 160), 0.2)
    first, state = network.alpha(bright, {})
    second, after = network.alpha(dark, state)
    assert first.mean() == pytest.approx(0.8, abs=1e-5)
    assert second.mean() == pytest.approx(0.5, abs=1e-5)
    assert set(after) == {"r1", "r2", "r3", "r4"}
    assert after["r2"].max() == state["r2"].max() + 1


def test_a_clip_is_cut_out_at_its_size(here):
    clip = clip_of_frames(shade(60))
    alpha = people_by_rvm(clip, here)
    assert alpha.format == replace(clip.format, channels=1, bits=10)
    inside, outside = alpha.frame(0)[40, 60], alpha.frame(0)[5, 5]
    assert inside == pytest.approx(1023 * 195 / 255, abs=1)
    assert outside == pytest.approx(1023 * 60 / 255, abs=1)
    mean = np.mean(shade(60)[0]) / 255
    assert alpha.frame(1)[5, 5] == pytest.approx(1023 * 0.5 * (60 / 255 + mean), abs=2)


def test_memory_ends_at_a_cut_and_nowhere_else(here):
    first, second = shade(40), shade(220)
    clip = concatenate([clip_of_frames(first), clip_of_frames(second)])
    alpha = people_by_rvm(clip, here)
    alone = people_by_rvm(clip_of_frames(second), here)
    for at in range(4):
        assert np.array_equal(alpha.frame(4 + at), alone.frame(at))
    assert not np.array_equal(alpha.frame(0), alpha.frame(1)), "memory must matter"


def test_a_flash_does_not_end_the_memory(here):
    shot = shade(40, count=10)
    flashed = shot.copy()
    flashed[5] = 255 - flashed[5]
    joined = clip_of_frames(np.concatenate([flashed, shade(220)]))
    assert [at for at in range(14) if begins_shot(joined, at)] == [10]
    alpha = people_by_rvm(joined, here)
    assert not np.array_equal(alpha.frame(6), alpha.frame(0))
    assert np.array_equal(alpha.frame(10), people_by_rvm(clip_of_frames(shade(220)), here).frame(0))


def test_a_cut_is_told_from_motion_flashes_of_noise_and_standing(frames):
    from fractions import Fraction

    fmt = clip_of_frames(shade(0)).format
    one = frames(6)
    assert not any(is_cut(one[at], one[at + 1], fmt) for at in range(5))
    assert not is_cut(np.roll(one[0], 12, axis=1), one[0], fmt), "a pan"
    assert is_cut(one[0], frames(1, seed=9)[0][::-1, ::-1], fmt)
    assert is_cut(shade(40)[0], shade(220)[0], fmt)
    brighter = np.clip(one[0] * 1.3, 0, 255).astype(np.uint8)
    assert not is_cut(one[0], brighter, fmt), "a light"
    ten = ArrayClip(shade(0).astype(np.uint16) * 4, Fraction(25), bits=10).format
    assert is_cut(shade(40)[0].astype(np.uint16) * 4, shade(220)[0].astype(np.uint16) * 4, ten)


def test_a_killed_run_goes_on_to_the_same_bytes(here, frames, tmp_path):
    clip, asked = clip_of_frames(frames(100)), []

    def killed():
        asked.append(1)
        return len(asked) > 160

    with pytest.raises(Cancelled):
        people_by_rvm(clip, replace(here, is_cancelled=killed))
    resumed = people_by_rvm(clip, here)
    whole = people_by_rvm(clip, replace(here, store=Store(tmp_path / "fresh")))
    for at in range(100):
        assert np.array_equal(resumed.frame(at), whole.frame(at))


def test_no_other_archive_is_run(here, scripted):
    path = next(here.model_folders[0].rglob("*.torchscript"))

    class Other(torch.nn.Module):
        def forward(self, src: torch.Tensor) -> torch.Tensor:
            return src

    scripted(Other(), path)
    with pytest.raises(FinalError, match=r"SHA-256 .*`backlot models get rvm-mobilenetv3`"):
        people_by_rvm(clip_of_frames(shade(60)), here).frame(0)


def test_what_is_not_there_is_said(context):
    with pytest.raises(FinalError, match="backlot models get rvm-mobilenetv3"):
        people_by_rvm(clip_of_frames(shade(60)), context)
