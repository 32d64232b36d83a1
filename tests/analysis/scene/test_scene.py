"""Place, features and shots of a scene, on pictures that are painted here."""

from __future__ import annotations

import json
from fractions import Fraction

import cv2
import numpy as np
import pytest
from backlot.engine.analysis.scene.analyze import SceneInfo, analyze_scene
from backlot.engine.analysis.scene.scene_guess import guess
from backlot.engine.analysis.scene.scene_measures import measure
from backlot.engine.clip.clip import Clip, ClipFormat
from backlot.engine.clip.operations import still
from backlot.engine.errors import ClipMismatchError

from ..conftest import texture

WIDTH, HEIGHT = 320, 180
SKY, LEAF, WALL, SAND = (120, 170, 230), (50, 90, 30), (205, 200, 195), (220, 190, 140)


def painted(*bands):
    """Return bands (colour, roughness, height in rows) from top to bottom, with sensor noise."""
    rng = np.random.default_rng(1)
    rough = texture(3, WIDTH, HEIGHT).mean(axis=2, keepdims=True) - 128
    rows, parts = 0, []
    for colour, roughness, height in bands:
        part = np.full((height, WIDTH, 3), colour, np.float32)
        parts.append(part + roughness * rough[rows : rows + height])
        rows += height
    picture = np.concatenate(parts)[:HEIGHT]
    assert picture.shape == (HEIGHT, WIDTH, 3)
    return np.rint((picture + rng.normal(0, 1.0, picture.shape)).clip(0, 255)).astype(np.uint8)


PARK = painted((SKY, 0, 50), (LEAF, 0.9, 70), ((90, 140, 50), 0.5, 60))
BEACH = painted((SKY, 0, 50), ((30, 120, 170), 0.9, 60), (SAND, 0.4, 70))
OFFICE = painted((WALL, 0, 120), ((120, 90, 60), 0.9, 60))
GREEN = painted(((40, 190, 60), 0, 150), ((60, 60, 70), 0.8, 30))
BLUE = painted(((20, 60, 210), 0, 150), ((90, 60, 50), 0.8, 30))
BRICKS = painted(((110, 90, 85), 1.0, 180))


class Shown(Clip):
    """Pictures shown for some frames each."""

    def __init__(self, *pictures, frames=12):
        fmt = ClipFormat(WIDTH, HEIGHT, Fraction(25), frames * len(pictures))
        super().__init__(fmt, "-".join(str(int(picture.sum())) for picture in pictures))
        self.pictures, self.each, self.read = pictures, frames, 0

    def _render(self, index):
        self.read += 1
        return self.pictures[index // self.each]


def guessed(picture, free=None):
    return guess([measure(cv2.resize(picture, (160, 90), interpolation=cv2.INTER_AREA), free)])


@pytest.mark.parametrize(
    ("picture", "environment", "place", "feature"),
    [
        (PARK, "outdoor", "park or garden", "foliage"),
        (PARK, "outdoor", "park or garden", "sky"),
        (BEACH, "outdoor", "beach", "water"),
        (OFFICE, "indoor", "plain wall", "ground"),
        (GREEN, "indoor", "green screen", "green screen"),
        (BLUE, "indoor", "blue screen", "blue screen"),
    ],
)
def test_clear_places_are_told(picture, environment, place, feature):
    found = guessed(picture)
    assert (found.environment, found.place) == (environment, place)
    assert feature in found.features
    assert 0.7 < found.confidence < 1.0


@pytest.mark.parametrize(
    "picture",
    [BRICKS, np.zeros_like(PARK), np.full_like(PARK, 230), np.full_like(PARK, (90, 60, 200))],
)
def test_what_nothing_tells_stays_unknown(picture):
    found = guessed(picture)
    assert (found.environment, found.place, found.confidence) == ("unknown", "", 0.0)


def test_the_subject_is_left_out():
    somebody_green = OFFICE.copy()
    leaves = PARK[50:120, 100:220]
    somebody_green[40:110, 60:180], somebody_green[110:180, 60:180] = leaves, leaves
    free = np.ones((90, 160), bool)
    free[18:, 28:92] = False
    assert "foliage" in guessed(somebody_green).features
    found = guessed(somebody_green, free)
    assert "foliage" not in found.features and found.environment == "indoor"


def test_a_floor_that_mirrors_is_seen_and_a_dull_one_is_not():
    room = texture(5, WIDTH, 120)
    for amount, seen in ((0.5, True), (0.0, False)):
        floor = (1 - amount) * 90 + amount * room[::-1][:60] + 0.1 * texture(6, WIDTH, 60)
        picture = np.concatenate([room, floor]).clip(0, 255).astype(np.uint8)
        assert ("reflective floor" in guessed(picture).features) is seen


def test_a_scene_knows_its_cuts_and_is_kept(context):
    clip = Shown(PARK, OFFICE, frames=15)
    scene = analyze_scene(clip, context)
    assert scene.cuts == (15,) and scene.fades == ()
    assert scene.shots == ((0, 14), (15, 29))
    assert scene.is_guess
    again = Shown(PARK, OFFICE, frames=15)
    assert analyze_scene(again, context) == scene
    assert again.read == 0, "the second answer must come from the store"


def test_the_place_is_that_of_the_longest_shot(context):
    mostly_park = Shown(OFFICE, PARK, PARK, PARK)
    scene = analyze_scene(mostly_park, context)
    assert scene.cuts == (12,)
    assert (scene.environment, scene.place) == ("outdoor", "park or garden")
    mostly_office = Shown(OFFICE, OFFICE, OFFICE, PARK)
    assert analyze_scene(mostly_office, context).place == "plain wall"


def test_the_matte_must_fit_and_changes_the_answer(context):
    clip = Shown(PARK)
    everything = still(np.ones((HEIGHT, WIDTH), np.float32), clip.format)
    assert analyze_scene(clip, context).environment == "outdoor"
    assert analyze_scene(clip, context, matte=everything).environment == "unknown"
    short = still(np.ones((HEIGHT, WIDTH), np.float32), Shown(PARK, frames=3).format)
    with pytest.raises(ClipMismatchError):
        analyze_scene(clip, context, matte=short)


def test_a_still_and_a_grey_clip_have_a_scene(context):
    plate = still(PARK.astype(np.float32) / 255, ClipFormat(WIDTH, HEIGHT, Fraction(25), 1))
    assert analyze_scene(plate, context).environment == "outdoor"
    grey = still(np.full((HEIGHT, WIDTH), 0.5, np.float32), Shown(PARK).format)
    assert analyze_scene(grey, context).environment == "unknown"


SCENE = SceneInfo(
    environment="outdoor",
    place="beach",
    features=("sky", "water"),
    cuts=(20,),
    fades=((0, 5), (40, 49), (90, 99)),
    confidence=0.82,
    method="seen",
    labels=(("beach", 0.7), ("water", 0.2), ("pool", 0.01)),
    is_guess=False,
    frames=100,
)


def test_a_scene_survives_json():
    assert SceneInfo.from_json(json.loads(json.dumps(SCENE.to_json()))) == SCENE


def test_shots_end_at_cuts_and_in_the_middle_of_dissolves():
    assert SCENE.shots == ((0, 19), (20, 44), (45, 99))


def test_a_scene_is_told_in_words():
    said = SCENE.to_text()
    assert "beach, outdoors (recognised, 82% sure); shows sky, water; or water 20%." in said
    assert "Cuts at frame 20." in said and "40 to 49" in said
    nothing = SceneInfo("unknown", "", (), (), (), 0.0, "guess", frames=9).to_text()
    assert "nothing tells" in nothing and "One shot" in nothing
