"""What truth.json says about a clip and each of its frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from .camera import View
from .case import Case
from .frame import Frame, stages
from .geometry import far_plane
from .performance import pose
from .scenes import Stage

FORMAT = 1


def describe_frame(case: Case, index: int, rendered: Frame) -> dict[str, Any]:
    """Return the facts of one frame."""
    time_s = case.time_s(index)
    camera = case.camera_of(index)
    view = camera.view(time_s, case.width, case.height)
    source, answer = stages(case, index)
    first = next(k for k in range(index + 1) if case.shot(k) == case.shot(index))
    first_view = camera.view(case.time_s(first), case.width, case.height)
    return {
        "shot": case.shot(index),
        "camera": _camera(view),
        "far_to_first": far_plane(
            source, (view, first_view), (time_s, case.time_s(first))
        ).tolist(),
        "light": _light(source, view, time_s),
        "answer_light": _light(answer, view, time_s),
        "people": [
            _person(case, number, view, time_s, rendered.alphas[number])
            for number in range(len(case.people))
        ],
    }


def _camera(view: View) -> dict[str, Any]:
    return {
        "position_m": view.position.tolist(),
        "world_to_camera": view.rotation.tolist(),
        "focal_px": view.focal_px,
        "intrinsics": view.intrinsics.tolist(),
        "projection": view.projection.tolist(),
    }


def _light(place: Stage, view: View, time_s: float) -> dict[str, Any]:
    lit = place.light.at(time_s)
    return {
        "direction": (view.rotation @ lit.direction).tolist(),
        "kelvin": lit.kelvin,
        "intensity": lit.intensity,
        "hardness": lit.hardness,
        "ambient": ((lit.sky + lit.ground) / 2).tolist(),
        "sky": lit.sky.tolist(),
        "ground": lit.ground.tolist(),
        "shadow_depth": lit.shadow_depth,
    }


def _person(
    case: Case, number: int, view: View, time_s: float, alpha: np.ndarray
) -> dict[str, Any]:
    """Return a person's box (x0, y0, x1, y1; None when unseen) and joints (x, y, depth)."""
    person = case.people[number]
    frames = pose(person.act, time_s, person.look.height_m).frames
    names = sorted(frames)
    joints = view.project(np.stack([frames[name][:, 3] for name in names]))
    rows, columns = np.flatnonzero((alpha > 0.1).any(1)), np.flatnonzero((alpha > 0.1).any(0))
    box = None
    if len(rows):
        box = [int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1]
    return {
        "name": person.name,
        "box": box,
        "joints": {name: xyz.tolist() for name, xyz in zip(names, joints, strict=True)},
    }


def describe_case(case: Case, frames: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the whole truth.json."""
    return {
        "format": FORMAT,
        "name": case.name,
        "fingerprint": case.fingerprint,
        "tags": list(case.tags),
        "width": case.width,
        "height": case.height,
        "frames": case.frames,
        "fps": str(case.fps),
        "crf": case.crf,
        "noise": case.noise,
        "sound": case.sound,
        "scene": case.scene,
        "answer_scene": case.answer_scene,
        "camera_moves": list(case.camera.moves),
        "cuts": list(case.cuts),
        "people": [person.name for person in case.people],
        "per_frame": frames,
    }
