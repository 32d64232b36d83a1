from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
from backlot.engine.clip.operations import ArrayClip, concatenate, still, trim
from backlot.engine.color import linear_to_srgb, srgb_to_linear
from backlot.engine.compositing.relight.ic_light import relight_with_ic_light
from backlot.engine.compositing.relight.ic_light_between import spline_weights
from backlot.engine.compositing.relight.ic_light_keys import Diffusion, key_frames
from backlot.engine.compositing.relight.ic_light_picture import on_grey, working_size
from backlot.engine.errors import Cancelled, ClipMismatchError, FinalError, InputError

FPS = Fraction(25)
HEIGHT, WIDTH = 96, 160
SIZE_PX = 384
RADIUS = 30


def centre(index: int, speed: float) -> tuple[float, float]:
    return 50 + speed * index, 50


def subject(count: int, speed: float = 0.0, texture: int = 3) -> tuple[ArrayClip, ArrayClip]:
    """A textured ball that moves to the right, on something else, and its matte."""
    made = np.random.default_rng(texture)
    squares = np.kron(made.uniform(0.3, 0.6, (40, 80, 3)), np.ones((4, 4, 1)))
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    frames, mattes = [], []
    for index in range(count):
        across, down = centre(index, speed)
        reach = np.hypot(x - across, y - down)
        alpha = np.clip(RADIUS - reach + 0.5, 0.0, 1.0)
        moved = np.roll(squares, round(speed * index), axis=1)[:HEIGHT, :WIDTH]
        colour = moved * alpha[..., None] + 0.2 * (1 - alpha[..., None])
        frames.append(np.rint(colour * 255).astype(np.uint8))
        mattes.append(np.rint(alpha * 255).astype(np.uint8))
    return ArrayClip(np.stack(frames), FPS), ArrayClip(np.stack(mattes), FPS)


class Model:
    """Stands for a diffusion model: a gain across each subject, and detail that it makes up.

    A convolution stands for the network.
    """

    def __init__(self, exposure=lambda call: 1.0, slope=0.8, detail=0.0, fails_at=None) -> None:
        self.exposure, self.slope, self.detail, self.fails_at = exposure, slope, detail, fails_at
        self.seen, self.plates, self.opened, self.finished = [], [], 0, 0
        self.net = torch.nn.Conv2d(3, 3, 1, bias=False)
        self.net.weight.data = torch.eye(3)[..., None, None]

    @property
    def calls(self) -> int:
        return len(self.seen)

    @contextmanager
    def _open(self):
        self.opened += 1
        yield self

    def diffusion(self, mark: str = "model") -> Diffusion:
        return Diffusion(mark, self._open)

    def __call__(self, seen, plate, tell):
        assert seen.dtype == np.float32 and seen.shape[0] % 64 == 0 and seen.shape[1] % 64 == 0
        if self.calls == self.fails_at:
            raise Cancelled("stopped.")
        self.seen.append(seen)
        self.plates.append(plate)
        tell(0.5)
        self.finished += 1
        with torch.no_grad():
            light = self.net(torch.from_numpy(srgb_to_linear(seen)).permute(2, 0, 1)[None])
        light = light[0].permute(1, 2, 0).numpy()
        subject = np.abs(seen - 0.5).max(axis=2) > 0.01
        middle = np.nonzero(subject)[1].mean()
        across = (np.arange(seen.shape[1]) - middle) / seen.shape[1]
        gain = np.exp(-self.slope * 4 * across)[None, :, None] * self.exposure(self.calls - 1)
        made = np.random.default_rng(self.calls).normal(0, self.detail, seen.shape)
        return linear_to_srgb((light * gain).clip(0, 1)) + made.astype(np.float32)


def relit(model, context, clip, alpha, **options):
    given = {"every_frames": 4, "size_px": SIZE_PX, **options}
    return relight_with_ic_light(clip, alpha, model.diffusion(), context, **given)


def halves(frame, index: int = 0, speed: float = 0.0) -> tuple[float, float]:
    across = round(centre(index, speed)[0])
    light = srgb_to_linear(frame.astype(np.float32) / 255)
    return light[35:65, across - 24 : across - 8].mean(), light[
        35:65, across + 8 : across + 24
    ].mean()


def gain_sides(before, after, index: int = 0, speed: float = 0.0) -> tuple[float, float]:
    (left, right), (now_left, now_right) = halves(before, index, speed), halves(after, index, speed)
    return now_left / left, now_right / right


def test_the_light_is_taken_over(context):
    clip, alpha = subject(9)
    done = relit(Model(), context, clip, alpha).relit
    left, right = gain_sides(clip.frame(4), done.frame(4))
    # The model's gain 16 pixels to either side of the middle, of 160 across: exp(0.8 * 4 * 0.1).
    assert left == pytest.approx(np.exp(0.32), rel=0.06)
    assert right == pytest.approx(np.exp(-0.32), rel=0.06)
    assert done.format == clip.format


def test_a_model_that_changes_nothing_changes_nothing(context):
    clip, alpha = subject(9, speed=1.5)
    done = relit(Model(slope=0.0), context, clip, alpha).relit
    for index in range(9):
        assert np.abs(done.frame(index).astype(int) - clip.frame(index)).max() <= 1


def test_detail_that_the_model_makes_up_is_left_behind(context):
    clip, alpha = subject(5)
    plain = relit(Model(slope=0.0), context, clip, alpha).relit.frame(2).astype(float)
    model = Model(slope=0.0, detail=0.08)
    drawn = relight_with_ic_light(
        clip, alpha, model.diffusion("drawn"), context, every_frames=4, size_px=SIZE_PX
    )
    inside = alpha.frame(2) == 255
    assert (drawn.relit.frame(2) - plain)[inside].std() < 0.2 * 0.08 * 255
    ours, own = drawn.relit.frame(2).astype(float), clip.frame(2).astype(float)
    assert np.corrcoef(ours[inside].ravel(), own[inside].ravel())[0, 1] > 0.98


def test_a_model_that_flickers_gives_a_steady_clip(context):
    clip, alpha = subject(41)
    made = np.random.default_rng(4).normal(0, 0.15, 20)
    model = Model(exposure=lambda call: float(np.exp(made[call])), slope=0.0)
    done = relit(model, context, clip, alpha).relit
    before = np.mean(halves(clip.frame(0)))
    levels = np.log([np.mean(halves(done.frame(index))) / before for index in range(41)])
    assert np.abs(np.diff(levels)).max() < 0.25 * np.abs(np.diff(made[:11])).max()
    assert np.abs(np.diff(levels, 2)).max() < 0.05


def test_the_light_moves_with_the_subject(context):
    speed = 2.0
    clip, alpha = subject(25, speed)
    model = Model()
    done = relit(model, context, clip, alpha, every_frames=12)
    assert model.calls == 3
    for index in (5, 6, 18):
        left, right = gain_sides(clip.frame(index), done.relit.frame(index), index, speed)
        assert left == pytest.approx(np.exp(0.32), rel=0.1)
        assert right == pytest.approx(np.exp(-0.32), rel=0.1)


def test_one_shots_light_does_not_reach_the_next(context):
    (first, alpha), (second, _) = subject(10), subject(10, texture=8)
    other = np.stack([255 - second.frame(0)[::-1, ::-1]] * 10)
    clip = concatenate([first, ArrayClip(other, FPS)])
    mattes = concatenate([alpha, ArrayClip(np.stack([alpha.frame(0)[::-1, ::-1]] * 10), FPS)])
    shots = key_frames(clip, 8, context)
    assert shots == [[0, 4, 9], [10, 14, 19]]
    model = Model(exposure=lambda call: 1.4 if call < 3 else 0.7, slope=0.0)
    done = relit(model, context, clip, mattes, every_frames=8).relit
    inside = mattes.frame(9) == 255
    assert (done.frame(9)[inside] > clip.frame(9)[inside]).mean() > 0.9
    inside = mattes.frame(10) == 255
    assert (done.frame(10)[inside] < clip.frame(10)[inside]).mean() > 0.9


@pytest.mark.parametrize(
    "count, every, expected",
    [(1, 8, [0]), (2, 8, [0, 1]), (9, 8, [0, 8]), (12, 4, [0, 4, 7, 11]), (3, 1, [0, 1, 2])],
)
def test_key_frames_are_spread_from_the_first_to_the_last(count, every, expected, context):
    assert key_frames(subject(count)[0], every, context) == [expected]


def test_frames_are_the_same_in_any_order(context):
    clip, alpha = subject(13, speed=1.0)
    forward = relit(Model(), context, clip, alpha).relit
    frames = [forward.frame(index).copy() for index in range(13)]
    again = relit(Model(), context, clip, alpha).relit
    for index in (12, 3, 7, 0, 11):
        assert (again.frame(index) == frames[index]).all()
    assert forward.fingerprint == again.fingerprint


def test_what_was_relit_is_found_again(context):
    clip, alpha = subject(9)
    first, second = Model(), Model()
    relit(first, context, clip, alpha)
    done = relit(second, context, clip, alpha)
    assert (first.calls, second.calls, second.opened) == (3, 0, 0)
    assert "found in the store" in done.text
    denser = Model()
    relit(denser, context, clip, alpha, every_frames=2)
    assert denser.calls == 2


def test_another_model_relights_anew(context):
    clip, alpha = subject(5)
    one, other = Model(), Model(slope=-0.8)
    first = relit(one, context, clip, alpha).relit
    second = relight_with_ic_light(
        clip, alpha, other.diffusion("other"), context, every_frames=4, size_px=SIZE_PX
    ).relit
    assert other.calls == 2
    assert first.fingerprint != second.fingerprint
    assert (first.frame(2) != second.frame(2)).any()


def test_a_stopped_run_goes_on_where_it_was(context):
    clip, alpha = subject(13)
    stopped, later, whole = Model(fails_at=2), Model(), Model()
    with pytest.raises(Cancelled):
        relit(stopped, context, clip, alpha)
    done = relit(later, context, clip, alpha).relit
    assert (stopped.calls, later.calls) == (2, 2)
    fresh = relight_with_ic_light(
        clip, alpha, whole.diffusion("anew"), context, every_frames=4, size_px=SIZE_PX
    ).relit
    assert (done.frame(6) == fresh.frame(6)).all()


def test_the_host_can_stop_within_a_picture(context):
    clip, alpha = subject(9)
    model, asked = Model(), []

    def stop() -> bool:
        return bool(model.seen) and not asked.append(1)

    with pytest.raises(Cancelled):
        relit(model, replace(context, is_cancelled=stop), clip, alpha)
    assert (model.calls, model.finished) == (1, 0)


def test_progress_goes_up_to_its_end(context):
    clip, alpha = subject(9)
    told = []
    heard = replace(
        context, progress=lambda stage, done, total, _: told.append((stage, done, total))
    )
    relit(Model(), heard, clip, alpha)
    done = [one[1] for one in told]
    assert {one[0] for one in told} == {"compositing"}
    assert done == sorted(done) and done[-1] == told[-1][2] and 50 in done


def test_a_damaged_file_is_made_again(context):
    clip, alpha = subject(5)
    model = Model()
    first = relit(model, context, clip, alpha).relit.frame(2).copy()
    for path in context.store.folder.rglob("*.npz"):
        path.write_bytes(b"broken")
    again = Model()
    done = relit(again, context, clip, alpha)
    assert (done.relit.frame(2) == first).all()


def test_frames_without_a_subject_cost_nothing(context):
    clip, alpha = subject(9)
    mattes = np.stack([alpha.frame(index) * (index > 4) for index in range(9)])
    model = Model()
    done = relit(model, context, clip, ArrayClip(mattes, FPS)).relit
    assert model.calls == 1
    assert (done.frame(1) == clip.frame(1)).all()
    left, right = gain_sides(clip.frame(6), done.frame(6))
    assert left > 1.2 * right


def test_the_model_is_shown_the_subject_on_grey(context):
    clip, alpha = subject(1)
    model = Model()
    relit(model, context, clip, alpha)
    (seen,) = model.seen
    assert seen.shape == (256, 384, 3)
    assert np.abs(seen[-20:, -100:] - 0.5).max() == 0.0
    small = cv2.resize(clip.frame(0), (384, 256)) / 255
    assert np.abs(seen[100:160, 100:140] - small[100:160, 100:140]).max() < 0.02


def test_grey_is_mixed_in_by_the_matte():
    colour = np.full((1, 2, 3), 0.9, np.float32)
    mixed = on_grey(colour, np.array([[0.25, 1.0]], np.float32))
    np.testing.assert_allclose(mixed[0, :, 0], [0.6, 0.9], atol=1e-6)


def test_the_plate_is_shown_at_its_own_frame(context):
    clip, alpha = subject(5)
    levels = np.arange(5, dtype=np.uint8)[:, None, None, None] * 40 + 10
    plate = ArrayClip(np.broadcast_to(levels, (5, 50, 70, 3)).copy(), FPS)
    model = Model()
    relit(model, context, clip, alpha, plate=plate)
    assert [round(one.mean() * 255) for one in model.plates] == [10, 170]
    assert all(one.shape == (256, 384, 3) for one in model.plates)


def test_one_picture_is_a_plate_for_all_frames(context):
    clip, alpha = subject(5)
    model = Model()
    relit(model, context, clip, alpha, plate=trim(still(clip.frame(0), clip.format), 0, 1))
    assert len(model.plates) == 2 and (model.plates[0] == model.plates[1]).all()


def test_a_plate_of_another_length_is_refused(context):
    clip, alpha = subject(5)
    with pytest.raises(ClipMismatchError, match="one length"):
        relit(Model(), context, clip, alpha, plate=trim(clip, 0, 3))


def test_the_models_own_pictures_are_given(context):
    clip, alpha = subject(9)
    model = Model()
    pictures = relit(model, context, clip, alpha).pictures
    assert (len(pictures), pictures.format.width, pictures.format.height) == (3, 384, 256)
    left, right = (pictures.frame(1)[100:160, at : at + 30].mean() for at in (60, 150))
    assert left > right


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_deep_clips_stay_deep(bits, context):
    clip, alpha = subject(2)
    frames = np.stack([clip.frame(index) for index in range(2)]).astype(np.float32) / 255
    deep = frames if bits == 32 else np.rint(frames * ((1 << bits) - 1))
    kind = {8: np.uint8, 16: np.uint16, 32: np.float32}[bits]
    done = relit(Model(), context, ArrayClip(deep.astype(kind), FPS), alpha).relit
    assert done.format.bits == bits
    shown = done.frame(1).astype(np.float32) / done.format.max_value * 255
    expected = relit(Model(), context, clip, alpha).relit.frame(1)
    assert np.abs(shown - expected).max() < 1.5


@pytest.mark.parametrize("wrong", ["nan", "size"])
def test_a_model_that_fails_says_so(wrong, context):
    clip, alpha = subject(2)

    @contextmanager
    def opened():
        def broken(seen, plate, tell):
            return np.full_like(seen, np.nan) if wrong == "nan" else seen[:-1]

        yield broken

    with pytest.raises(FinalError, match="frame 0"):
        relight_with_ic_light(clip, alpha, Diffusion("m", opened), context, size_px=SIZE_PX)


@pytest.mark.parametrize("options", [{"every_frames": 0}, {"size_px": 32}, {"size_px": 4096}])
def test_numbers_out_of_range_are_refused(options, context):
    with pytest.raises(InputError, match=next(iter(options))):
        relit(Model(), context, *subject(2), **options)


def test_a_matte_is_no_foreground(context):
    clip, alpha = subject(2)
    with pytest.raises(InputError, match="3 channels"):
        relit(Model(), context, alpha, clip)


def test_a_matte_is_no_plate(context):
    clip, alpha = subject(2)
    with pytest.raises(InputError, match="plate must be a colour video"):
        relit(Model(), context, clip, alpha, plate=alpha)


@pytest.mark.parametrize(
    "clip, longer, expected",
    [
        ((1920, 1080), 768, (768, 448)),
        ((1080, 1920), 768, (448, 768)),
        ((640, 360), 512, (512, 320)),
        ((4000, 100), 256, (256, 64)),
    ],
)
def test_pictures_keep_the_clips_shape(clip, longer, expected):
    assert working_size(*clip, longer) == expected


@pytest.mark.parametrize("position", [0.0, 0.3, 1.0, 2.5, 4.0])
def test_every_frame_is_an_average_of_keys_around(position):
    weights = spline_weights(position, 5)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert all(abs(key - position) < 2 for key in weights)
    assert spline_weights(0.0, 1) == {0: 1.0}
