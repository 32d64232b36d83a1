"""Motion, depth and normals: what each pixel's centre sees, and where it is a frame later."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .camera import View
from .case import Case
from .people import Moment, moment, window
from .scenes import Stage
from .solids import invert
from .surface import see


@dataclass(frozen=True)
class Geometry:
    """Motion (H, W, 2) in pixels to the next frame, nearness (H, W) in 1 / metres, 0 the sky.

    ``normal`` (H, W, 3) is of people, in the camera's axes, all 0 where there are none.
    """

    plate_motion: np.ndarray
    plate_nearness: np.ndarray
    motion: np.ndarray
    nearness: np.ndarray
    normal: np.ndarray


def geometry(case: Case, index: int, place: Stage, hair: np.ndarray) -> Geometry:
    """Return the geometry of a frame; ``hair`` (H, W) says where hair is seen."""
    camera = case.camera_of(index)
    times = case.time_s(index), case.time_s(index + 1)
    views = [camera.view(t, case.width, case.height) for t in times]
    plate_motion, plate_nearness = _plate(place, views, times)
    out = Geometry(
        plate_motion, plate_nearness, plate_motion.copy(), plate_nearness.copy(),
        np.zeros((case.height, case.width, 3), np.float32),
    )  # fmt: skip
    casts = [(moment(person, times[0]), moment(person, times[1])) for person in case.people]
    for now, then in sorted(casts, key=lambda c: -_depth(c[0], views[0])):
        _add_hair(out, now, then, views, hair)
        _add_body(out, now, then, views)
    return out


def far_plane(place: Stage, views: tuple[View, View], times: tuple[float, float]) -> np.ndarray:
    """Return the (3, 3) matrix that takes the farthest card's pixels of one view to another's."""
    far = place.pictures[0]
    matrix = far.to_screen(views[1], times[1]) @ np.linalg.inv(far.to_screen(views[0], times[0]))
    return matrix / matrix[2, 2]


def _plate(
    place: Stage, views: list[View], times: tuple[float, float]
) -> tuple[np.ndarray, np.ndarray]:
    height, width = views[0].height, views[0].width
    motion = np.zeros((height, width, 2), np.float32)
    nearness = np.zeros((height, width), np.float32)
    cards = _cards(place, views[0], times[0])
    for number, picture in enumerate(place.pictures):
        rows, columns = np.nonzero(cards == number)
        if not len(rows):
            continue
        here, there = picture.to_screen(views[0], times[0]), picture.to_screen(views[1], times[1])
        back = np.linalg.inv(here)
        pixel = np.stack([columns, rows, np.ones_like(rows)]).astype(np.float64)
        texel = back @ pixel
        then = there @ texel
        motion[rows, columns] = (then[:2] / then[2] - pixel[:2]).T
        # The third row of ``here`` gives the depth of a texel; back @ pixel is texel / depth.
        nearness[rows, columns] = texel[2]
    return motion, nearness


def _cards(place: Stage, view: View, time_s: float) -> np.ndarray:
    """Return (H, W) int16: which card each pixel's centre sees, -1 for none."""
    out = np.full((view.height, view.width), -1, np.int16)
    for number, picture in enumerate(place.pictures):
        matrix, size = picture.to_screen(view, time_s), (view.width, view.height)
        if picture.card.kind == "cutout":
            solid = picture.texture[..., 3]
        else:
            solid = np.ones(picture.texture.shape[:2], np.float32)
        seen = cv2.warpPerspective(solid, matrix, size)
        box = picture.box(view, time_s)
        if box is not None:
            x0, y0, x1, y1 = box
            out[y0:y1, x0:x1][seen[y0:y1, x0:x1] > 0.5] = number
    return out


def _depth(now: Moment, view: View) -> float:
    return float(view.project(now.pose.frames["hips"][:, 3])[2])


def _add_body(out: Geometry, now: Moment, then: Moment, views: list[View]) -> None:
    box = window(now, views[0])
    if box is None:
        return
    _, seen = see(now.solids, views[0], box)
    x0, y0, x1, _ = box
    rows, columns = np.divmod(seen.pixel, x1 - x0)
    rows, columns = rows + y0, columns + x0
    inverse = invert(now.solids.to_world)
    moves = np.concatenate(
        [
            then.solids.to_world[:, :, :3] @ inverse[:, :, :3],
            then.solids.to_world[:, :, :3] @ inverse[:, :, 3:] + then.solids.to_world[:, :, 3:],
        ],
        2,
    )[seen.who]
    place = np.einsum("kij,kj->ki", moves[:, :, :3], seen.place) + moves[:, :, 3]
    after = views[1].project(place)[:, :2]
    out.motion[rows, columns] = after - np.stack([columns, rows], 1)
    out.nearness[rows, columns] = 1 / seen.depth
    out.normal[rows, columns] = seen.normal @ views[0].rotation.T


def _add_hair(
    out: Geometry, now: Moment, then: Moment, views: list[View], hair: np.ndarray
) -> None:
    """Move hair as the head moves; strands are too thin for a motion of their own."""
    box = window(now, views[0])
    if box is None:
        return
    x0, y0, x1, y1 = box
    rows, columns = np.nonzero(hair[y0:y1, x0:x1] > 0.5)
    rows, columns = rows + y0, columns + x0
    head, later = now.heads[0], then.heads[0]
    depth = float(views[0].project(head[:, 3])[2])
    c, x, y = views[0].rays()
    place = views[0].position + (c + columns[:, None] * x + rows[:, None] * y) * depth
    moved = (place - head[:, 3]) @ np.linalg.inv(head[:, :3]).T @ later[:, :3].T + later[:, 3]
    after = views[1].project(moved)[:, :2]
    near = np.linalg.norm(place - head[:, 3], axis=1) < 0.5
    rows, columns, after = rows[near], columns[near], after[near]
    out.motion[rows, columns] = after - np.stack([columns, rows], 1)
    out.nearness[rows, columns] = 1 / depth
