from __future__ import annotations

import json
from dataclasses import replace

import cv2
import numpy as np
import pytest
from backlot.engine.clip.clip import Clip
from backlot.engine.clip.operations import trim
from backlot.engine.context import Context
from backlot.engine.errors import Cancelled, MediaError
from backlot.engine.quality.check import check_quality
from backlot.engine.quality.deflicker import deflicker
from backlot.engine.quality.measures import MEASURES, PASS, SCORES


@pytest.fixture
def check(shot, clip_of, context):
    def checked(result, *, source=None, alpha=None, plate=None, samples=3):
        return check_quality(
            clip_of(result),
            context,
            source=clip_of(shot.source if source is None else source),
            alpha=clip_of(shot.alpha if alpha is None else alpha),
            plate=clip_of(shot.plate if plate is None else plate),
            samples=samples,
        )

    return checked


def spoiled(frames, gains):
    return np.clip(np.rint(frames * np.asarray(gains)[:, None, None, None]), 0, 255).astype(
        np.uint8
    )


def flickering(shot, amount):
    gains = 1 + amount * np.where(np.arange(len(shot.result)) % 2, 1, -1)
    return {"result": spoiled(shot.result, gains)}


def jagged(shot, factor):
    """Matte and composite with stair steps of ``factor`` px."""
    height, width = shot.alpha.shape[1:]
    size = (width // factor, height // factor)
    hard = [(cv2.resize(a, size, interpolation=cv2.INTER_AREA) > 127) for a in shot.alpha]
    alpha = np.stack(
        [
            cv2.resize(a.astype(np.uint8) * 255, (width, height), interpolation=cv2.INTER_NEAREST)
            for a in hard
        ]
    )
    return {"result": shot.composite(alpha, shot.plate), "alpha": alpha}


def ringed(shot, amount, colour):
    out = []
    for frame, alpha in zip(shot.result, shot.alpha, strict=True):
        ring = cv2.dilate(alpha, np.ones((5, 5), np.uint8)).astype(np.float32) - alpha
        share = amount * ring[..., None] / 255.0
        out.append(frame * (1 - share) + share * np.array(colour))
    return {"result": np.rint(out).astype(np.uint8)}


def haloed(shot, amount):
    return ringed(shot, amount, (255, 255, 255))


def fringed(shot, amount):
    return ringed(shot, amount, (60, 200, 60))


def jittering(shot, amount_px):
    alpha = []
    for i, matte in enumerate(shot.alpha):
        grown = cv2.GaussianBlur(matte, (0, 0), 2.0).astype(np.float32)
        slope = np.hypot(
            cv2.Sobel(grown, cv2.CV_32F, 1, 0, scale=0.125),
            cv2.Sobel(grown, cv2.CV_32F, 0, 1, scale=0.125),
        )
        swing = amount_px * (1 if i % 2 else -1)
        alpha.append(np.clip(matte + swing * slope, 0, 255).astype(np.uint8))
    alpha = np.stack(alpha)
    return {"result": shot.composite(alpha, shot.plate), "alpha": alpha}


def jumping(shot, amount):
    """The light on the subject jumps in the middle of the clip."""
    gains = np.where(np.arange(len(shot.result)) < 6, 1 - amount / 2, 1 + amount / 2)
    bright = shot.foreground * gains[:, None, None, None]
    return {"result": shot.composite(shot.alpha, shot.plate, foreground=bright)}


def drifting(shot, amount):
    tint = np.linspace(0, amount, len(shot.result))[:, None, None, None] * np.array([1, 0, -1])
    warm = shot.foreground + tint
    return {"result": shot.composite(shot.alpha, shot.plate, foreground=warm)}


def blocky(shot, loss):
    quality = 100 - loss
    packed = [cv2.imencode(".jpg", f, [cv2.IMWRITE_JPEG_QUALITY, quality])[1] for f in shot.result]
    return {"result": np.stack([cv2.imdecode(p, cv2.IMREAD_COLOR) for p in packed])}


def standing(shot, amount):
    """The plate follows only part of the camera's motion: ``amount`` is the part it lacks."""
    plate = []
    for i in range(len(shot.plate)):
        back = np.float32([[1, 0, 1.5 * i * amount], [0, 1, 0]])
        height, width = shot.plate.shape[1:3]
        plate.append(
            cv2.warpAffine(shot.plate[i], back, (width, height), borderMode=cv2.BORDER_REFLECT)
        )
    plate = np.stack(plate)
    return {"result": shot.composite(shot.alpha, plate), "plate": plate}


def underexposed(shot, stops):
    linear = (np.clip(shot.foreground, 0, 255) / 255.0) ** 2.2 * 2.0**-stops
    dark = linear ** (1 / 2.2) * 255
    return {"result": shot.composite(shot.alpha, shot.plate, foreground=dark)}


def warmed(shot, amount):
    tint = 1 + amount * np.array([1, 0, -1])
    return {"result": shot.composite(shot.alpha, shot.plate, foreground=shot.foreground * tint)}


FAULTS = [
    (flickering, "flicker_score", (0.002, 0.01, 0.03)),
    (jagged, "edge_score", (1, 2, 4)),
    (haloed, "artefact_score", (0.1, 0.25, 0.5)),
    (fringed, "artefact_score", (0.1, 0.25, 0.5)),
    (jittering, "temporal_score", (0.5, 1.0, 2.0)),
    (jumping, "color_score", (0.05, 0.1, 0.2)),
    (drifting, "color_score", (6, 20, 50)),
    (blocky, "artefact_score", (50, 80, 92)),
    (standing, "temporal_score", (0.5, 0.75, 1.0)),
    (underexposed, "lighting_score", (1, 4, 5)),
    (warmed, "lighting_score", (0.25, 0.4, 0.6)),
]


def test_a_clean_shot_scores_high_everywhere(shot, check):
    report = check(shot.result, samples=6)
    assert set(report.scores) == set(SCORES)
    assert min(report.scores.values()) >= 0.9
    assert report.passed and not report.faults and not report.notes


@pytest.mark.parametrize(
    ("fault", "score", "strengths"), FAULTS, ids=[fault.__name__ for fault, _, _ in FAULTS]
)
def test_a_fault_lowers_its_score_the_more_the_stronger_it_is(shot, check, fault, score, strengths):
    found = [check(**fault(shot, s), samples=2).scores[score] for s in strengths]
    assert found == sorted(found, reverse=True) and len(set(found)) == len(found)
    assert found[-1] < PASS


def test_a_fault_is_named_with_frames_and_remedy(shot, check):
    report = check(**flickering(shot, 0.05))
    fault = report.faults[0]
    assert fault.score == "flicker_score"
    assert "flicker" in fault.text and fault.frames and "Deflicker" in fault.remedy
    assert set(fault.frames) <= set(report.frames)


def test_a_light_jump_is_placed_where_it_is(shot, clip_of, context):
    late = jumping(shot, 0.0)["result"]
    late[8:] = spoiled(late[8:], [1.25] * 4)
    report = check_quality(
        clip_of(late),
        context,
        source=clip_of(shot.source),
        alpha=clip_of(shot.alpha),
        plate=None,
        samples=4,
    )
    fault = next(fault for fault in report.faults if "subject's colour" in fault.text)
    assert min(fault.frames) >= 7


def test_what_cannot_be_measured_is_left_out_and_said(shot, clip_of, context):
    report = check_quality(
        clip_of(shot.result), context, source=None, alpha=None, plate=None, samples=3
    )
    assert "edge_score" not in report.scores and "lighting_score" not in report.scores
    assert report.overall == pytest.approx(np.mean(list(report.scores.values())))
    assert len(report.notes) == 3
    assert "not measured" in report.to_text()


def test_inputs_of_another_length_are_noted(shot, clip_of, context):
    report = check_quality(
        clip_of(shot.result),
        context,
        source=None,
        alpha=clip_of(shot.alpha[:5]),
        plate=None,
        samples=3,
    )
    assert "edge_score" not in report.scores
    assert any("5 frames" in note for note in report.notes)


def test_inputs_of_another_size_are_fitted(shot, check):
    small = np.stack([cv2.resize(a, (240, 135), interpolation=cv2.INTER_AREA) for a in shot.alpha])
    assert check(shot.result, alpha=small).scores["edge_score"] > 0.5


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_short_clips_are_measured_as_far_as_they_go(shot, clip_of, context, frames):
    report = check_quality(
        clip_of(shot.result[:frames]),
        context,
        source=clip_of(shot.source[:frames]),
        alpha=clip_of(shot.alpha[:frames]),
        plate=clip_of(shot.plate[:frames]),
        samples=12,
    )
    assert report.scores["edge_score"] >= 0.9
    assert ("flicker_score" in report.scores) == (frames == 3)


@pytest.mark.parametrize("value", [0, 255])
def test_an_empty_picture_raises_nothing(shot, check, value):
    flat = np.full_like(shot.result, value)
    assert 0.0 <= check(flat).overall <= 1.0
    assert 0.0 <= check(shot.result, alpha=np.full_like(shot.alpha, value)).overall <= 1.0


@pytest.mark.parametrize("kind", ["16 bit", "float", "alpha", "matte"])
def test_every_native_form_is_measured(shot, clip_of, context, kind):
    frames = {
        "16 bit": lambda: shot.result.astype(np.uint16) * 257,
        "float": lambda: (shot.result / 255).astype(np.float32),
        "alpha": lambda: np.concatenate([shot.result, shot.alpha[..., None]], axis=3),
        "matte": lambda: shot.alpha,
    }[kind]()
    report = check_quality(clip_of(frames), context, source=None, alpha=None, plate=None, samples=2)
    assert report.scores["flicker_score"] > 0.9


def test_a_frame_that_cannot_be_read_is_a_note(shot, clip_of, context):
    class Torn(Clip):
        def __init__(self, clip):
            super().__init__(clip.format, "torn" * 8, parents=(clip,))

        def _render(self, index):
            if index < 3:
                raise MediaError("frame must be whole, got half. Encode it again.")
            return self.parents[0].frame(index)

    report = check_quality(
        Torn(clip_of(shot.result)), context, source=None, alpha=None, plate=None, samples=3
    )
    assert any("could not be measured" in note for note in report.notes)
    assert report.frames and min(report.frames) >= 3


def test_cancel_is_heard(shot, clip_of, context):
    stopped = Context(store=context.store, is_cancelled=lambda: True)
    with pytest.raises(Cancelled):
        check_quality(clip_of(shot.result), stopped, source=None, alpha=None, plate=None, samples=3)


def test_a_second_check_reads_no_frame(shot, clip_of, context):
    first = check_quality(
        clip_of(shot.result), context, source=None, alpha=None, plate=None, samples=3
    )

    class Unread(Clip):
        def _render(self, index):
            raise AssertionError("a frame was read")

    clip = clip_of(shot.result)
    again = check_quality(
        Unread(clip.format, clip.fingerprint),
        context,
        source=None,
        alpha=None,
        plate=None,
        samples=3,
    )
    assert again == first


@pytest.mark.parametrize(("radius", "places", "limit"), [(0, 12, 36), (5, 4, 60)])
def test_few_frames_of_a_long_clip_are_computed(clip_of, context, radius, places, limit):
    seen = set()

    class Long(Clip):
        def _render(self, index):
            seen.add(index)
            return np.full(self.format.shape, 100, np.uint8)

    clip = Long(replace(clip_of(np.zeros((1, 60, 80, 3), np.uint8)).format, frames=600), "long" * 8)
    if radius:
        clip = deflicker(clip, strength=1.0, radius_frames=radius)
    report = check_quality(clip, context, source=None, alpha=None, plate=None, samples=12)
    assert len(report.frames) == places
    assert len(seen) <= limit


def test_the_report_is_plain_json_and_text(shot, check):
    report = check(**haloed(shot, 0.5))
    plain = json.loads(json.dumps(report.to_json()))
    assert plain["scores"].keys() == SCORES.keys()
    assert plain["passed"] == (plain["overall"] >= PASS)
    assert plain["faults"][0]["remedy"] in report.to_text()


def test_trimming_changes_the_record(shot, clip_of, context):
    whole = clip_of(shot.result)
    reports = [
        check_quality(clip, context, source=None, alpha=None, plate=None, samples=2)
        for clip in (whole, trim(whole, 0, 6))
    ]
    assert reports[0].frames != reports[1].frames


def test_every_curve_is_falling_or_says_why():
    rising = {"likeness", "edge_width_px"}
    for measure in MEASURES:
        values, scores = zip(*measure.curve, strict=True)
        assert list(values) == sorted(values)
        assert measure.score in SCORES
        assert min(scores) >= 0.0 and max(scores) == 1.0
        if measure.name not in rising:
            assert list(scores) == sorted(scores, reverse=True)
