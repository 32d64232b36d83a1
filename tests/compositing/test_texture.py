from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import cv2
import numpy as np
import pytest
from backlot.engine.clip.operations import ArrayClip
from backlot.engine.color import linear_to_srgb, srgb_to_linear
from backlot.engine.compositing.texture.grain import (
    BANDS,
    BLOCK_PX,
    TO_YCC,
    measure_grain,
)
from backlot.engine.compositing.texture.grain_layer import GrainLayer
from backlot.engine.compositing.texture.lens import softened
from backlot.engine.compositing.texture.measure import shifts, texture_of
from backlot.engine.compositing.texture.sharpness import edges_of, sharpest
from backlot.engine.compositing.texture.shutter import motion_px, open_shutter
from backlot.engine.compositing.texture.texture import find_match, match_texture
from backlot.engine.errors import ClipMismatchError, InputError

FPS = Fraction(25)
SIZE = (256, 384)


def scene(seed=0):
    """Even fields of all lightnesses with edges between, float32 display values."""
    rng = np.random.default_rng(seed)
    fields = rng.uniform(0.08, 0.92, (8, 12, 3)).astype(np.float32)
    fields = fields.mean(2, keepdims=True) * 0.8 + fields * 0.2
    return cv2.resize(fields, SIZE[::-1], interpolation=cv2.INTER_NEAREST)


def strength(luma):
    return (0.5 + 2.5 * luma * (1 - luma)) * 3 / 255


def grainy(picture, index, sigma=0.8):
    """Add correlated luma noise that depends on luma, and weaker noise of colour."""
    rng = np.random.default_rng([9, index])
    luma = picture @ TO_YCC[0]
    shape = picture.shape[:2]
    soft = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), sigma)
    soft /= 0.5 / sigma / np.sqrt(np.pi)
    colour = rng.standard_normal((*shape, 3)).astype(np.float32) * 0.3
    return picture + (soft[..., None] + colour) * strength(luma)[..., None]


def clip_of(pictures):
    codes = np.rint(np.clip(np.stack(list(pictures)), 0, 1) * 65535).astype(np.uint16)
    return ArrayClip(codes, FPS, bits=16)


def everywhere():
    return np.ones(SIZE, bool)


def all_blocks():
    return np.ones((SIZE[0] // BLOCK_PX, SIZE[1] // BLOCK_PX), bool)


def true_sigma(clean, frames, band):
    luma = clean @ TO_YCC[0]
    at = np.minimum((luma * BANDS).astype(int), BANDS - 1) == band
    noise = np.stack([(frame - clean) @ TO_YCC[0] for frame in frames])
    return float(noise[:, at].std()) if at.sum() > 2000 else None


def test_grain_is_measured_in_bands_of_luma():
    clean = scene()
    frames = [grainy(clean, i) for i in range(8)]
    found = measure_grain([(frames[k], frames[k + 1]) for k in range(0, 8, 2)], [all_blocks()] * 4)
    seen = 0
    for band in range(BANDS):
        true = true_sigma(clean, frames, band)
        if true is not None:
            seen += 1
            assert found.sigma[0, band] == pytest.approx(true, rel=0.1)
    assert seen >= 5


def test_grain_is_drawn_with_the_spectrum_that_was_measured():
    clean = np.full((*SIZE, 3), 0.5, np.float32)
    frames = [grainy(clean, i) for i in range(8)]
    found = measure_grain([(frames[k], frames[k + 1]) for k in range(0, 8, 2)], [all_blocks()] * 4)
    noise, unit = GrainLayer(found, 1, clip_of([clean]).format, 1).noise(3)
    drawn = noise @ TO_YCC.T / unit
    shares = np.sqrt(np.square(found.sigma).sum(1) / np.square(found.sigma[0]).sum())
    assert drawn.std((0, 1)) == pytest.approx(shares, rel=0.05)
    window = np.hanning(BLOCK_PX + 2)[1:-1]
    blocks = (
        drawn[..., 0].reshape(SIZE[0] // BLOCK_PX, BLOCK_PX, -1, BLOCK_PX).transpose(0, 2, 1, 3)
    )
    power = np.square(np.abs(np.fft.fft2(blocks * window[:, None] * window))).mean((0, 1))
    power /= power.mean()
    assert np.abs(power - found.spectrum[0]).sum() < 0.1 * found.spectrum[0].sum()


def test_every_frame_has_grain_of_its_own_and_the_same_again():
    grain = measure_grain([(grainy(scene(), 0), grainy(scene(), 1))], [all_blocks()])
    layer = GrainLayer(grain, 1, clip_of([scene()]).format, 1)
    noise = [layer.noise(at)[0].astype(float).ravel() for at in (0, 1)]
    assert abs(np.corrcoef(*noise)[0, 1]) < 0.1
    again = GrainLayer(grain, 1, clip_of([scene()]).format, 1)
    np.testing.assert_array_equal(layer.noise(5)[0], again.noise(5)[0])


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_grain_is_the_same_at_any_depth(bits):
    frames = [grainy(scene(), i) for i in range(4)]
    grain = measure_grain(list(pairwise(frames)), [all_blocks()] * 3)
    codes = np.rint(scene(5) * 255).astype(np.uint8)
    codes[:20], codes[20:40] = 0, 255
    depth = {8: codes, 16: codes.astype(np.uint16) * 257, 32: codes / np.float32(255)}[bits]
    fmt = replace(clip_of([scene()]).format, bits=bits)
    made = GrainLayer(grain, 1, fmt, 1).add(3, depth) * (255 / fmt.max_value)
    layer = GrainLayer(grain, 1, fmt, 1)
    noise, unit = layer.noise(3)
    places = (np.arange(BANDS) + 0.5) / BANDS
    luma = cv2.cvtColor(codes, cv2.COLOR_RGB2GRAY) / 255
    sigma = np.interp(luma, places, grain.sigma[0])[..., None]
    wanted = np.clip(codes + 255 * sigma * noise / unit, 0, 255)
    assert np.abs(made - wanted).max() < (0.6 if bits == 8 else 0.1)


def test_texture_that_moves_is_no_grain():
    rng = np.random.default_rng(3)
    wide = cv2.GaussianBlur(rng.random((SIZE[0], SIZE[1] + 40, 3)).astype(np.float32), (0, 0), 2)
    wide = 0.5 + (wide - wide.mean()) * 2
    views = [np.ascontiguousarray(wide[:, 3 * k : 3 * k + SIZE[1]]) for k in range(6)]
    found = measure_grain(list(pairwise(views)), [all_blocks()] * 5)
    assert found is None or found.sigma[0].max() < 1.6 / 255


def test_a_picture_that_moves_fast_is_not_believed_to_be_grain(context):
    rng = np.random.default_rng(3)
    wide = cv2.GaussianBlur(rng.random((SIZE[0], SIZE[1] + 80, 3)).astype(np.float32), (0, 0), 0.5)
    wide = 0.5 + (wide - wide.mean()) * 0.3
    found = texture_of(clip_of(wide[:, 9 * k :][:, : SIZE[1]] for k in range(9)), None, context)
    assert found.grain is None or found.grain.sigma[0].max() < 1.6 / 255


def test_a_tiny_picture_tells_nothing(context):
    tiny = texture_of(ArrayClip(np.zeros((3, 9, 300, 3), np.uint8), FPS), None, context)
    assert (tiny.grain, tiny.blur_px, tiny.colour_px) == (None, None, None)


@pytest.mark.parametrize("size", [(270, 480), (250, 330), (202, 301)])
@pytest.mark.parametrize("px", [0, 2, 5])
def test_motion_is_told_at_any_size(size, px):
    rng = np.random.default_rng(3)
    wide = cv2.GaussianBlur(rng.random((size[0], size[1] + px, 3)).astype(np.float32), (0, 0), 2)
    wide = 0.5 + (wide - 0.5) * 3
    views = [view + rng.normal(0, 0.01, view.shape) for view in (wide[:, : size[1]], wide[:, px:])]
    told = shifts(*(view.astype(np.float32) for view in views), 32)
    assert told == pytest.approx([px] * 4, abs=0.95)


def test_a_long_clip_is_looked_at_close_after_its_key_frames(context):
    class Coded(ArrayClip):
        def __init__(self, frames):
            super().__init__(frames, FPS)
            self.seen = set()

        def key_frame(self, index):
            return index // 50 * 50

        def _render(self, index):
            self.seen.add(index)
            return super()._render(index)

    clip = Coded(np.zeros((120, 64, 64, 3), np.uint8))
    texture_of(clip, None, context)
    assert {at // 50 for at in clip.seen} == {0, 1, 2} and {at % 50 for at in clip.seen} <= set(
        range(4, 9)
    )


def test_the_subject_is_left_out(context):
    clean = scene()
    frames = [np.array(clean) for _ in range(6)]
    alpha = np.zeros(SIZE, np.uint8)
    alpha[40:200, 60:300] = 255
    for index, frame in enumerate(frames):
        frame[50:190, 70:290] = grainy(clean, index)[50:190, 70:290]
    matte = ArrayClip(np.stack([alpha] * 6), FPS)
    assert not texture_of(clip_of(frames), matte, context).grain.visible
    assert texture_of(clip_of(frames), None, context).grain.visible


def test_a_clean_plate_gets_the_sources_grain(context):
    clean, painted = scene(), scene(5)
    source, plate = clip_of(grainy(clean, i) for i in range(6)), clip_of([painted])
    made, notes = match_texture(plate, source, None, None, context,
                                grain=1, softness=0, shutter=0)  # fmt: skip
    assert len(made) == 6 and any("grain" in note for note in notes)
    frames = [made.frame(i) / np.float32(65535) for i in range(6)]
    wanted = [grainy(painted, i + 50) for i in range(6)]
    for band in range(BANDS):
        true = true_sigma(painted, wanted, band)
        if true is not None:
            assert true_sigma(painted, frames, band) == pytest.approx(true, rel=0.15)


def test_a_source_without_grain_leaves_the_plate_alone(context):
    source, plate = clip_of([scene()] * 4), clip_of([scene(5)] * 4)
    made, notes = match_texture(plate, source, None, None, context,
                                grain=1, softness=1, shutter=0.5)  # fmt: skip
    assert made is plate and "no grain to add" in notes


def test_grain_that_is_there_is_not_added_twice(context):
    source = clip_of(grainy(scene(), i) for i in range(6))
    plate = clip_of(grainy(scene(5), i + 20) for i in range(6))
    assert find_match(clip_of([scene(5)] * 6), source, None, context).grain is not None
    left = find_match(plate, source, None, context).grain
    assert left is None or left.sigma[0].mean() < 0.5 / 255


@pytest.mark.parametrize("sigma", [0.8, 1.5, 3.0])
def test_blur_is_told_from_edges(sigma):
    luma = scene()[..., 0]
    told = sharpest(edges_of(cv2.GaussianBlur(luma, (0, 0), sigma), everywhere()).blurs_px)
    assert told == pytest.approx(sigma, rel=0.35)


def test_a_sharp_plate_is_softened_as_the_source_is(context):
    soft = cv2.GaussianBlur(scene(), (0, 0), 2.5)
    made, _ = match_texture(clip_of([scene(5)] * 3), clip_of([soft] * 3), None, None, context,
                                grain=1, softness=1, shutter=0)  # fmt: skip
    luma = (made.frame(1) / np.float32(65535)) @ TO_YCC[0]
    wanted = sharpest(edges_of(soft @ TO_YCC[0], everywhere()).blurs_px)
    assert sharpest(edges_of(luma, everywhere()).blurs_px) == pytest.approx(wanted, rel=0.4)
    other, _ = match_texture(clip_of([soft] * 3), clip_of([scene(5)] * 3), None, None, context,
                             grain=1, softness=1, shutter=0)  # fmt: skip
    np.testing.assert_array_equal(other.frame(0), clip_of([soft]).frame(0))


def test_a_wide_blur_keeps_light(context):
    dark = np.zeros((60, 60, 3), np.uint16)
    dark[30, 30] = 65535
    blurred = srgb_to_linear((softened(dark, 16, 3.0) / 65535).astype(np.float32))
    assert float(blurred[..., 0].sum()) == pytest.approx(1, rel=0.03)
    assert (blurred[..., 0] > 0.5 * blurred.max()).sum() > 80  # a disc, not a bell


class Pan:
    """A camera that goes ``px`` to the right a frame."""

    def __init__(self, px):
        self.px = px

    def matrix(self, index):
        return np.array([[1, 0, self.px * index], [0, 1, 0], [0, 0, 1]], float)


def test_an_open_shutter_blurs_along_the_way():
    frame = np.zeros((40, 120, 3), np.uint16)
    frame[:, 60:] = 65535
    motion = np.array([[1, 0, 16], [0, 1, 0], [0, 0, 1]], float)
    assert motion_px(motion, (120, 40)) == pytest.approx(16)
    row = srgb_to_linear(
        (open_shutter(frame, 16, motion, 0.5)[20, :, 0] / 65535).astype(np.float32)
    )
    inside = np.flatnonzero((row > 0.02) & (row < 0.98))
    assert 6 <= len(inside) <= 9 and abs(inside.mean() - 59.5) < 1
    assert open_shutter(frame, 16, np.eye(3), 0.5) is frame


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize(
    "motion",
    [
        [[1, 0, 7], [0, 1, -4], [0, 0, 1]],
        [[1.03, 0, -5], [0, 1.03, -3], [0, 0, 1]],
        [[0.999, -0.04, 8], [0.04, 0.999, -6], [1e-5, 0, 1]],
    ],
)
def test_an_open_shutter_is_the_mean_of_what_it_sees(motion, bits):
    motion = np.array(motion, float)
    picture = cv2.GaussianBlur(scene(2), (0, 0), 1)
    most = 255 if bits == 8 else 65535
    native = np.rint(picture * most).astype(np.uint8 if bits == 8 else np.uint16)
    made = open_shutter(native, bits, motion, 0.8) / most
    light = srgb_to_linear((native / most).astype(np.float32))
    views = []
    for part in (np.arange(41) + 0.5) / 41 - 0.5:
        view = np.eye(3) + part * 0.8 * (motion - np.eye(3))
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        views.append(cv2.warpPerspective(light, view, SIZE[::-1], flags=how,
                                         borderMode=cv2.BORDER_REPLICATE))  # fmt: skip
    wanted = linear_to_srgb(np.mean(views, 0))
    off = np.abs(made - wanted)[12:-12, 12:-12]
    assert np.quantile(off, 0.99) < 4 / 255 and off.mean() < 0.5 / 255


def test_a_pan_blurs_the_plate(context):
    plate, source = clip_of([scene(5)]), clip_of([scene()] * 4)
    made, notes = match_texture(plate, source, None, Pan(12.0), context,
                                grain=0, softness=0, shutter=0.5)  # fmt: skip
    still, _ = match_texture(plate, source, None, Pan(0.0), context,
                             grain=0, softness=0, shutter=0.5)  # fmt: skip
    np.testing.assert_array_equal(still.frame(2), plate.frame(0))
    apart = np.abs(made.frame(2).astype(float) - plate.frame(0))
    assert np.quantile(apart.max(2), 0.9) > 1000 and any("motion blur" in note for note in notes)


def test_what_cannot_be_matched_is_refused(context):
    one, other = clip_of([scene()] * 3), clip_of([scene()] * 2)
    with pytest.raises(ClipMismatchError):
        match_texture(other, one, None, None, context, grain=1, softness=1, shutter=0)
    with pytest.raises(InputError, match="grain must be"):
        match_texture(one, one, None, None, context, grain=3, softness=1, shutter=0)
