"""The clips of the benchmark, by name: what each is there to try."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from .body import Look, Person
from .camera import Camera
from .case import Case
from .performance import Performance
from .scenes import scene

_WIDE = Camera()
_HALF = Camera(position=(0.0, 1.5, 2.3), pitch_deg=-5.0, focal=1.8, focus_m=2.3)
_HEAD = Camera(position=(0.0, 1.6, 1.45), pitch_deg=-2.0, focal=1.9, focus_m=1.45)

_ADA = Look(
    shirt=(52, 92, 140), pattern="plain", hair="long", hair_colour=(84, 50, 28), build=0.9,
    height_m=1.68, seed=1,
)  # fmt: skip
_BEN = Look(
    skin=(198, 146, 116), shirt=(150, 50, 46), pattern="checks", hair="short", beard=True,
    hair_colour=(52, 36, 26), build=1.08, height_m=1.8, seed=2,
)  # fmt: skip
_CLEO = Look(
    skin=(132, 88, 64), shirt=(216, 176, 70), pattern="noise", hair="curly", skirt=True,
    hair_colour=(30, 22, 20), build=0.95, height_m=1.7, shirt_accent=(150, 60, 90), seed=3,
)  # fmt: skip
_DAN = Look(
    skin=(226, 182, 156), shirt=(70, 110, 84), pattern="stripes", hair="bob", glasses=True,
    hair_colour=(176, 132, 76), height_m=1.76, trousers=(92, 80, 64), seed=4,
)  # fmt: skip
_EVE = Look(
    skin=(220, 172, 146), shirt=(206, 202, 196), pattern="plain", hair="long", short_sleeves=True,
    hair_colour=(196, 158, 96), build=0.92, height_m=1.72, trousers=(70, 84, 110), seed=5,
)  # fmt: skip


def _does(look: Look, kind: str, name: str = "one", **more: float) -> Person:
    return Person(look, Performance(kind, **more), name)  # type: ignore[arg-type]


def _case(
    name: str,
    seed: int,
    places: str,
    people: Person | tuple[Person, ...],
    camera: Camera,
    tags: str,
    **more: object,
) -> Case:
    """Return a case; ``places`` is "scene > answer scene"."""
    scene_name, answer = places.split(" > ")
    cast = people if isinstance(people, tuple) else (people,)
    words = (*tags.split(), *camera.moves)
    return Case(name, seed, scene_name, answer, cast, camera, words, **more)  # type: ignore


_STREET_DIMS = replace(
    scene("street").light, change="ramp", at_s=0.4, over_s=1.2, to_intensity=0.35, to_kelvin=8500.0,
    to_azimuth_deg=-48.0,
)  # fmt: skip
_ROOM_SWITCHES = replace(
    scene("room").light, change="step", at_s=0.8, to_intensity=0.4, to_kelvin=2900.0,
    to_azimuth_deg=-40.0,
)  # fmt: skip

_CROSSING = (
    _does(_ADA, "walk", "ada", x_m=0.0, z_m=-0.3, phase=-0.45),
    _does(_BEN, "walk", "ben", x_m=0.0, z_m=0.5, phase=2.7),
)
_TRIO = (
    _does(_CLEO, "talk", "cleo", x_m=0.15, z_m=-0.5),
    _does(_DAN, "walk", "dan", z_m=-1.1, phase=-0.5, reach_m=2.4),
    _does(_EVE, "walk", "eve", z_m=0.4, phase=2.65),
)
_AWAY = {"x_m": 1.9, "z_m": 0.0, "reach_m": 2.0, "phase": -2.0, "rate": 2.6}
#: Clothes in the colours of the brick wall and of the meadow.
_BRICK = replace(
    _BEN, shirt=(140, 78, 60), shirt_accent=(150, 140, 128), trousers=(120, 92, 82), pattern="noise"
)
_MEADOW = replace(
    _EVE, shirt=(96, 116, 48), shirt_accent=(140, 136, 80), trousers=(72, 92, 40), pattern="noise"
)

CASES: tuple[Case, ...] = (
    _case("talk_room", 1, "room > street", _does(_ADA, "talk"), _WIDE, "talk", sound=True),
    _case("head_beach", 2, "beach > room", _does(_ADA, "talk"), _HEAD, "talk hair closeup"),
    _case("wave_park", 3, "park > hall", _does(_BEN, "wave"), _WIDE, "wave beard checks"),
    _case("walk_street", 4, "street > beach", _does(_CLEO, "walk", phase=-0.5), _WIDE,
          "walk shadow passers pattern"),
    _case("walk_pan", 5, "park > street", _does(_EVE, "walk", phase=-0.5, reach_m=2.6),
          replace(_WIDE, pan_deg_s=9.0), "walk hair", fps=Fraction(30)),
    _case("walk_toward", 6, "street > park", _does(_BEN, "walk", heading_deg=0.0, z_m=-1.2,
          phase=-0.3),
          replace(_WIDE, pitch_deg=-5.0), "walk beard"),
    _case("turn_yard", 7, "yard > beach", _does(_DAN, "turn"), _WIDE, "turn stripes glasses"),
    _case("turn_head", 8, "park > night", _does(_EVE, "turn", facing_deg=-60.0), _HALF,
          "turn hair"),
    _case("tilt_hall", 9, "hall > park", _does(_CLEO, "idle"),
          replace(_WIDE, pitch_deg=-10.0, tilt_deg_s=7.0), "idle soft_light", fps=Fraction(24000,
          1001)),
    _case("dolly_street", 10, "street > room", _does(_ADA, "idle"),
          replace(_WIDE, dolly_m_s=(0.55, 0.0, -0.35)), "idle parallax"),
    _case("zoom_beach", 11, "beach > yard", _does(_DAN, "wave"),
          replace(_WIDE, zoom_per_s=0.22), "wave glasses", fps=Fraction(30)),
    _case("roll_room", 12, "room > beach", _does(_BEN, "talk"), replace(_HALF, roll_deg_s=5.0),
          "talk beard"),
    _case("handheld_park", 13, "park > yard", _does(_ADA, "talk"), replace(_HALF, shake=1.0),
          "talk hair", fps=Fraction(24000, 1001), sound=True, frames=60),
    _case("handheld_dolly", 14, "street > hall", _does(_EVE, "walk", heading_deg=0.0, z_m=-0.8,
          phase=-0.4),
          replace(_WIDE, shake=1.2, dolly_m_s=(0.3, 0.0, 0.25), pan_deg_s=-2.0), "walk mixture"),
    _case("shallow_focus", 15, "street > park", _does(_DAN, "talk"), replace(_HALF, aperture=0.012),
          "talk defocus glasses bokeh"),
    _case("green_even", 16, "green > beach", _does(_ADA, "talk"), _WIDE, "screen green hair"),
    _case("green_half", 17, "green > street", _does(replace(_DAN, shirt=(74, 92, 150)), "wave"),
          _HALF,
          "screen green glasses wave"),
    _case("blue_turn", 18, "blue > park", _does(_CLEO, "turn"), _WIDE, "screen blue curly"),
    _case("green_pan", 19, "green > hall", _does(_BEN, "walk", phase=-0.5),
          replace(_WIDE, pan_deg_s=6.0), "screen green walk beard"),
    _case("two_cross", 20, "park > beach", _CROSSING, _WIDE, "people two crossing"),
    _case("three_cross", 21, "street > room", _TRIO, replace(_WIDE, shake=0.5),
          "people three crossing"),
    _case("leaves_returns", 22, "yard > street", _does(_EVE, "walk", **_AWAY), _WIDE,
          "leaves walk", frames=96),
    _case("cut_room_park", 23, "room > beach", _does(_ADA, "talk"), _WIDE, "cut talk", cut_s=1.0,
          second_camera=replace(_HALF, position=(0.5, 1.5, 2.2), yaw_deg=10.0),
          second_scene="park"),
    _case("camouflage_brick", 24, "yard > park", _does(_BRICK, "talk"), _WIDE, "camouflage"),
    _case("camouflage_meadow", 25, "park > room", _does(_MEADOW, "walk", phase=-0.4),
          replace(_WIDE, shake=0.4), "camouflage walk"),
    _case("fast_hall", 26, "hall > street", _does(_CLEO, "fast"), replace(_WIDE, shutter=0.75),
          "fast blur"),
    _case("fast_head", 27, "beach > park", _does(_EVE, "fast"), replace(_HALF, position=(0, 1.5,
          2.7)),
          "fast blur hair", fps=Fraction(30)),
    _case("light_ramp", 28, "street > yard", _does(_BEN, "idle"), _WIDE, "light ramp idle",
          light=_STREET_DIMS),
    _case("light_step", 29, "room > hall", _does(_DAN, "idle"), _HALF, "light step idle glasses",
          light=_ROOM_SWITCHES),
    _case("glass_bottle", 30, "park > beach", _does(replace(_ADA, bottle=True), "hold"), _HALF,
          "glass transparent"),
    _case("night_noise", 31, "night > room", _does(_ADA, "talk"), _HALF, "night noise hair",
          noise=4.0, crf=26),
    _case("hard_compression", 32, "beach > street", _does(_CLEO, "wave"), replace(_WIDE, shake=0.6),
          "wave compression", crf=34, noise=2.0),
)  # fmt: skip

#: For the camera alone: a long mixture of turns, and people who cover a third of the picture.
#: What only the quality of the picture needs is spared.
CAMERA_CASES: tuple[Case, ...] = (
    _case("long_mixture", 33, "park > beach", _does(_ADA, "idle"),
          replace(_WIDE, pan_deg_s=9.0, tilt_deg_s=2.0, roll_deg_s=2.5, zoom_per_s=0.04),
          "camera long", frames=300, samples=2),
    _case("crowd_pan", 34, "street > beach", (
              _does(_ADA, "walk", "ada", x_m=0.2, z_m=2.6, phase=2.2, reach_m=1.2),
              _does(_BEN, "walk", "ben", z_m=2.1, phase=2.4, reach_m=1.4),
              _does(_CLEO, "walk", "cleo", x_m=0.5, z_m=2.5, phase=-0.6, reach_m=1.6),
              _does(_DAN, "walk", "dan", x_m=-0.3, z_m=1.5, phase=2.7, reach_m=1.4),
              _does(_EVE, "walk", "eve", x_m=0.5, z_m=2.4, phase=2.7, reach_m=1.6),
          ), replace(_WIDE, pan_deg_s=5.0), "camera crowd", frames=72, samples=2),
)  # fmt: skip

_BY_NAME = {case.name: case for case in (*CASES, *CAMERA_CASES)}


def case_named(name: str) -> Case:
    """Return the case of this name."""
    return _BY_NAME[name]
