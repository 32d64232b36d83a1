from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from backlot.engine.analysis.light.light import LightingInfo, LightSample
from backlot.engine.clip.operations import ArrayClip, trim
from backlot.engine.color import linear_to_srgb, srgb_to_linear
from backlot.engine.compositing.relight.relight import relight_subject
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(25)
HEIGHT, WIDTH = 180, 240
LEFT, RIGHT = (-0.75, 0.35, 0.56), (0.75, 0.35, 0.56)
BACK = (0.6, 0.4, -0.69)
RADIUS = 34.0


def lighting(direction=LEFT, kelvin=6504.0, sigma=5.0, **changes) -> LightingInfo:
    given = {
        "direction": direction, "temperature_k": kelvin, "intensity": 0.5, "contrast": 4.0,
        "hardness": 0.7, "shadow_direction": (1.0, 0.0), "confidence": 0.9, "method": "given",
        "direction_sigma_deg": sigma, "temperature_confidence": 1.0,
    }  # fmt: skip
    return LightingInfo(**{**given, **changes})


def column(shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Alpha and normals of a standing rounded column, a head of the same width on top."""
    y, x = np.mgrid[:HEIGHT, :WIDTH] + 0.5
    side = (x - WIDTH / 2 - shift) / RADIUS
    above = np.minimum(y - 62.0, 0.0) / RADIUS
    reach = np.sqrt(side**2 + above**2)
    alpha = np.clip((1.0 - reach) * RADIUS + 0.5, 0.0, 1.0)
    toward = np.sqrt(np.maximum(1.0 - reach**2, 0.0))
    normals = np.stack([side, -above, toward], axis=-1)
    normals /= np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)
    return alpha, normals


def lit(normals: np.ndarray, direction, shift: float = 0.0) -> np.ndarray:
    """Linear colour of the column, with a texture of fine squares, under a key and a fill."""
    rng = np.random.default_rng(3)
    albedo = np.kron(rng.uniform(0.15, 0.45, (45, 60, 3)), np.ones((4, 4, 1)))
    albedo = np.roll(albedo, round(shift), axis=1)
    key = np.maximum(normals @ np.asarray(direction), 0.0)
    return albedo * (0.25 + 0.75 * key)[..., None]


def codes(linear: np.ndarray, bits: int = 8) -> np.ndarray:
    display = linear_to_srgb(np.clip(linear, 0, 1))
    if bits == 32:
        return display.astype(np.float32)
    return np.rint(display * ((1 << bits) - 1)).astype(np.uint8 if bits == 8 else np.uint16)


def clip_of(frames: list[np.ndarray], bits: int = 8) -> ArrayClip:
    return ArrayClip(np.stack([codes(frame, bits) for frame in frames]), FPS, bits=bits)


def matte_of(alphas: list[np.ndarray]) -> ArrayClip:
    return ArrayClip(np.rint(np.stack(alphas) * 255).astype(np.uint8), FPS)


ALPHA, NORMALS = column()
SUBJECT = clip_of([lit(NORMALS, LEFT)])
MATTE = matte_of([ALPHA])


def psnr(got: np.ndarray, wanted: np.ndarray) -> float:
    inside = ALPHA == 1
    return -10 * np.log10((((got[inside] / 255.0) - linear_to_srgb(wanted[inside])) ** 2).mean())


@pytest.mark.parametrize("target", [RIGHT, BACK, (0.0, 0.2, 0.98)])
def test_a_body_is_brought_to_another_light(context, target):
    wanted = lit(NORMALS, target)
    done = relight_subject(SUBJECT, MATTE, context, source=lighting(), plate=lighting(target))
    gained = psnr(done.foreground.frame(0), wanted) - psnr(SUBJECT.frame(0), wanted)
    assert gained > 4.0


def test_the_same_light_changes_little(context):
    done = relight_subject(SUBJECT, MATTE, context, source=lighting(), plate=lighting())
    change = done.foreground.frame(0).astype(int) - SUBJECT.frame(0)
    assert np.abs(change).max() <= 1


def test_detail_stays_that_of_the_foreground(context):
    subject = clip_of([lit(NORMALS, LEFT)], 32)
    done = relight_subject(subject, MATTE, context, source=lighting(), plate=lighting(RIGHT))
    gain = gain_of(done.foreground.frame(0), subject.frame(0))
    assert gain.max() - gain.min() > 1.0
    # Within a square of the texture and across its border the gain changes alike, and little.
    assert np.abs(np.diff(gain, axis=1)).max() < 0.15


def channel_gains(done) -> np.ndarray:
    """Mean linear red, green and blue of the relit subject over what they were."""
    after, before = (srgb_to_linear(f.frame(0) / 255.0) for f in (done.foreground, SUBJECT))
    return after[ALPHA == 1].mean(axis=0) / before[ALPHA == 1].mean(axis=0)


def test_red_surroundings_throw_red_light(context):
    grey, red = (1.0, 1.0, 1.0), (2.2, 0.9, 0.4)
    unsure = {"sigma": 57.0, "temperature_confidence": 0.3}
    plate = lighting(**unsure, surround=red)
    done = relight_subject(
        SUBJECT, MATTE, context, source=lighting(**unsure, surround=grey), plate=plate
    )
    gains = channel_gains(done)
    assert 1.05 < gains[0] / gains[2] < 1.6
    assert "warmer" in done.text
    same = relight_subject(
        SUBJECT, MATTE, context, source=lighting(**unsure, surround=red), plate=plate
    )
    assert same.foreground is SUBJECT


def test_surroundings_do_not_undo_a_written_light(context):
    unsure = {"sigma": 57.0, "temperature_confidence": 0.3}
    source, plate = (lighting(**unsure, surround=one) for one in ((2.2, 0.9, 0.4), (1, 1, 1)))
    alone, both = (
        channel_gains(relight_subject(SUBJECT, MATTE, context, source=source, plate=one,
                                      light="3000 K"))
        for one in (lighting(**unsure), plate)
    )  # fmt: skip
    assert both == pytest.approx(alone, abs=1e-6)


def test_a_screen_throws_no_light(context):
    for screen in ((0.1, 1.36, 0.13), (0.19, 0.78, 5.59)):
        source = lighting(sigma=57.0, surround=screen)
        plate = lighting(sigma=57.0, surround=(1.0, 1.0, 1.0))
        done = relight_subject(SUBJECT, MATTE, context, source=source, plate=plate)
        assert done.foreground is SUBJECT


def test_surroundings_that_differ_by_chance_change_nothing(context):
    source, plate = (lighting(sigma=57.0, surround=one) for one in ((1, 1, 1), (1.1, 1, 0.9)))
    done = relight_subject(SUBJECT, MATTE, context, source=source, plate=plate)
    assert done.foreground is SUBJECT


def gain_of(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Log gain in linear light of two float frames, in the middle of the column."""
    logs = [np.log(srgb_to_linear(frame[80:150, 95:145])) for frame in (after, before)]
    return logs[0] - logs[1]


def test_what_the_matte_leaves_out_is_untouched(context):
    done = relight_subject(SUBJECT, MATTE, context, source=lighting(), plate=lighting(RIGHT))
    outside = np.zeros((HEIGHT, WIDTH), bool)
    outside[:, :60] = outside[:, 200:] = True
    assert (done.foreground.frame(0)[outside] == SUBJECT.frame(0)[outside]).all()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"source": lighting()},
        {"source": lighting(), "plate": lighting(RIGHT), "strength": 0.0},
        {"source": lighting(), "plate": lighting(RIGHT, sigma=57.0)},
    ],
    ids=["nothing", "no target", "strength 0", "plate unsure"],
)
def test_what_is_not_known_is_left_alone_and_said(context, given):
    done = relight_subject(SUBJECT, MATTE, context, **given)
    assert done.foreground is SUBJECT
    assert done.text.startswith("Left alone")


def test_less_is_done_where_the_plate_is_less_sure(context):
    changes = []
    for sigma in (5.0, 30.0, 45.0):
        plate = lighting(RIGHT, sigma=sigma)
        done = relight_subject(SUBJECT, MATTE, context, source=lighting(), plate=plate)
        changes.append(np.abs(done.foreground.frame(0).astype(int) - SUBJECT.frame(0)).mean())
    assert changes[0] > 1.3 * changes[1] > 1.3 * changes[2] > 0


def test_words_count_more_than_the_plate(context):
    plate = lighting(RIGHT, kelvin=3000.0)
    written = relight_subject(
        SUBJECT, MATTE, context, source=lighting(), plate=plate, light="left 20°, 6504 K"
    )
    frame, source = written.foreground.frame(0).astype(int), SUBJECT.frame(0)
    left, right = (slice(80, 150), slice(90, 105)), (slice(80, 150), slice(135, 150))
    assert (frame[left] - source[left]).mean() > (frame[right] - source[right]).mean() - 2
    assert abs((frame - source)[ALPHA == 1][:, 0].mean()) < 12


def test_kelvin_alone_changes_the_colour_and_not_the_place(context):
    done = relight_subject(SUBJECT, MATTE, context, source=lighting(), light="3200 K")
    ratio = srgb_to_linear(done.foreground.frame(0)[ALPHA == 1] / 255.0)
    ratio = ratio / srgb_to_linear(SUBJECT.frame(0)[ALPHA == 1] / 255.0)
    red, green, blue = np.median(ratio, axis=0)
    assert red > 1.1 * green > 1.1 * 1.2 * blue


def test_skin_keeps_more_of_its_hue_than_grey_cloth(context):
    shifts = []
    for colour in ((0.42, 0.22, 0.14), (0.3, 0.3, 0.3)):
        subject = clip_of([np.broadcast_to(colour, (HEIGHT, WIDTH, 3)).copy()], 32)
        done = relight_subject(subject, MATTE, context, source=lighting(), light="9000 K")
        gain = srgb_to_linear(done.foreground.frame(0)[110, 120]) / np.array(colour)
        shifts.append(np.log(gain[2] / gain[0]))
    assert 0.1 < shifts[0] < 0.88 * shifts[1]


@pytest.mark.parametrize("words, lower, upper", [("0.4", 0.35, 0.85), ("2", 1.25, 2.1)])
def test_intensity_is_that_of_the_key(context, words, lower, upper):
    done = relight_subject(SUBJECT, MATTE, context, source=lighting(), light=words)
    lit_side = (slice(80, 150), slice(92, 110))
    gain = srgb_to_linear(done.foreground.frame(0)[lit_side] / 255.0).mean()
    gain /= srgb_to_linear(SUBJECT.frame(0)[lit_side] / 255.0).mean()
    assert lower < gain < upper


@pytest.mark.parametrize("bits", [8, 10, 16, 32])
def test_every_native_form_agrees(context, bits):
    subject = clip_of([lit(NORMALS, LEFT)], bits)
    done = relight_subject(subject, MATTE, context, source=lighting(), plate=lighting(RIGHT))
    eight = relight_subject(SUBJECT, MATTE, context, source=lighting(), plate=lighting(RIGHT))
    assert done.foreground.format == subject.format
    got = done.foreground.frame(0) / subject.format.max_value
    assert np.abs(got - eight.foreground.frame(0) / 255.0).max() < 1.6 / 255


def test_highlights_stay_apart_and_keep_their_tint(context):
    """A ramp up to a warm white, made much brighter: every step is still a step, none clips."""
    ramp = np.linspace(0.02, 0.999, HEIGHT)[:, None, None] * np.array([1.0, 0.96, 0.9])
    subject = clip_of([np.broadcast_to(ramp, (HEIGHT, WIDTH, 3))], 16)
    whole = ArrayClip(np.full((1, HEIGHT, WIDTH), 255, np.uint8), FPS)
    done = relight_subject(subject, whole, context, source=lighting(BACK), light="front 10°, 2.5")
    frame = done.foreground.frame(0)[:, WIDTH // 2].astype(int)
    source = subject.frame(0)[:, WIDTH // 2].astype(int)
    assert (frame[40] > 1.2 * source[40]).all()
    assert (np.diff(frame[:, 0]) > 0).all() and frame.max() < 65535
    assert (frame[-1] - source[-1] < 400).all()


def test_a_trembling_edge_does_not_flicker(context):
    """A matte that jitters by a fifth of a pixel over a still subject."""
    rng = np.random.default_rng(1)
    alphas = [column(shift)[0] for shift in rng.normal(0, 0.2, 9)]
    subject = clip_of([lit(NORMALS, LEFT)] * 9)
    done = relight_subject(
        subject, matte_of(alphas), context, source=lighting(), plate=lighting(RIGHT)
    )
    frames = np.stack([done.foreground.frame(i)[ALPHA == 1] for i in range(2, 7)]).astype(float)
    assert np.abs(np.diff(frames, axis=0)).max() <= 2
    assert np.abs(np.diff(frames, axis=0)).mean() < 0.1


def test_a_cut_does_not_bleed(context):
    other_alpha, other_normals = column(70.0)
    frames = [lit(NORMALS, LEFT)] * 4 + [lit(other_normals, LEFT)] * 4
    alphas = [ALPHA] * 4 + [other_alpha] * 4
    given = {"source": lighting(), "plate": lighting(RIGHT)}
    subject, matte = clip_of(frames), matte_of(alphas)
    whole = relight_subject(subject, matte, context, **given).foreground
    alone = relight_subject(trim(subject, 4, 8), trim(matte, 4, 8), context, **given).foreground
    gap = np.abs(whole.frame(4).astype(int) - alone.frame(0))
    assert gap.max() <= 1


def samples(levels: dict[int, float]) -> tuple[LightSample, ...]:
    return tuple(
        LightSample(frame, LEFT, 6504.0, 0.5 * level, 4.0, 0.7, 0.9, 5.0)
        for frame, level in levels.items()
    )


def test_a_lamp_that_is_switched_is_undone_in_its_very_frame(context):
    """The curve knows every fourth frame; the lamp goes out at frame 6."""
    factors = [1.0] * 6 + [0.4] * 6
    subject = clip_of([factor * lit(NORMALS, LEFT) for factor in factors])
    source = lighting(curve=samples({0: 1.0, 4: 1.0, 8: 0.4, 11: 0.4}), jumps=(8,))
    done = relight_subject(
        subject, matte_of([ALPHA] * 12), context, source=source, plate=lighting()
    )
    linear = [
        srgb_to_linear(done.foreground.frame(i)[ALPHA == 1] / 255.0).mean() for i in (4, 5, 6, 7)
    ]
    assert linear[1] / linear[0] == pytest.approx(1.0, abs=0.02)
    assert linear[2] / linear[1] == pytest.approx(0.4**0.2, abs=0.06)
    assert linear[3] / linear[2] == pytest.approx(1.0, abs=0.02)


def test_a_subject_that_turns_is_no_light_that_fades(context):
    levels = {0: 1.0, 4: 0.85, 8: 1.15, 11: 1.0}
    source = lighting(curve=samples(levels))
    subject, matte = clip_of([lit(NORMALS, LEFT)] * 12), matte_of([ALPHA] * 12)
    done = relight_subject(subject, matte, context, source=source, plate=lighting())
    assert done.foreground is subject or all(
        np.abs(done.foreground.frame(i).astype(int) - subject.frame(i)).max() <= 1
        for i in (0, 4, 8)
    )


def test_a_given_relit_clip_lends_its_light_alone(context):
    """What the given clip redraws and how it flickers stays behind; its light comes across."""
    rng = np.random.default_rng(5)
    wanted = lit(NORMALS, RIGHT)
    given = clip_of(
        [
            wanted * np.kron(rng.uniform(0.8, 1.25, (90, 120, 1)), np.ones((2, 2, 1))) * flicker
            for flicker in (1.0, 1.15, 0.87, 1.1, 0.9, 1.0, 1.12, 0.88, 1.0)
        ],
        32,
    )
    subject, matte = clip_of([lit(NORMALS, LEFT)] * 9, 32), matte_of([ALPHA] * 9)
    done = relight_subject(subject, matte, context, relit=given).foreground
    gained = psnr(255 * done.frame(4), wanted) - psnr(255 * subject.frame(4), wanted)
    assert gained > 4.0
    assert np.abs(np.diff(gain_of(done.frame(4), subject.frame(4)), axis=1)).max() < 0.15

    def flicker(clip):
        return np.ptp([clip.frame(i)[ALPHA == 1].mean() for i in range(3, 7)])

    assert flicker(done) < 0.35 * flicker(given)


def test_relief_in_a_depth_map_adds_shape(context):
    """A ridge down the middle of a wide, flat subject."""
    alpha = np.zeros((HEIGHT, WIDTH))
    alpha[:, 40:200] = 1.0
    ridge = 0.5 + 0.3 * np.exp(-(((np.arange(WIDTH) - 120) / 14.0) ** 2))
    near = ArrayClip(np.tile((65535 * ridge).astype(np.uint16), (1, HEIGHT, 1)), FPS)
    flat = ArrayClip(np.full((1, HEIGHT, WIDTH), 40000, np.uint16), FPS)
    subject = clip_of([np.full((HEIGHT, WIDTH, 3), 0.3)])
    given = {"source": lighting((0.0, 0.0, 1.0)), "plate": lighting(RIGHT)}

    def row(nearness):
        done = relight_subject(subject, matte_of([alpha]), context, nearness=nearness, **given)
        return done.foreground.frame(0)[90, :, 1].astype(int)

    plain, relief = row(None), row(near)
    assert np.abs(row(flat) - plain).max() <= 1
    assert (relief - plain)[130:140].mean() > 3 > -3 > (relief - plain)[100:110].mean()


def test_frames_may_be_asked_in_any_order(context):
    frames = [lit(column(shift)[1], LEFT, shift) for shift in (0, 2, 4, 6, 8)]
    subject = clip_of(frames)
    matte = matte_of([column(shift)[0] for shift in (0, 2, 4, 6, 8)])
    given = {"source": lighting(), "plate": lighting(RIGHT)}
    forth, back = (relight_subject(subject, matte, context, **given).foreground for _ in range(2))
    one = [forth.frame(i).copy() for i in range(5)]
    other = [back.frame(i).copy() for i in (4, 3, 2, 1, 0)][::-1]
    assert all((a == b).all() for a, b in zip(one, other, strict=True))


def test_what_does_not_fit_is_refused(context):
    with pytest.raises(ClipMismatchError, match="relight subject"):
        relight_subject(SUBJECT, matte_of([ALPHA] * 2), context, light="left")
    with pytest.raises(InputError, match="strength"):
        relight_subject(SUBJECT, MATTE, context, light="left", strength=1.5)
    with pytest.raises(InputError, match="alpha"):
        relight_subject(SUBJECT, SUBJECT, context, light="left")
    with pytest.raises(InputError, match="purple"):
        relight_subject(SUBJECT, MATTE, context, light="purple")
