"""Estimating depth: how near everything in a clip is, from parallax, ground or a network.

Without weights one pass over every few frames measures the parallax of a camera that moves; where
there is none the picture is read as a stage of ground, sky and what stands between. With weights
a network looks at every frame, and its answers are brought together over time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from ...clip.clip import Clip
from ...context import Context
from ...errors import InputError
from ...models.library import find_model, need_model
from ...models.networks import can_run
from ..camera.geometry import move
from ..camera.solve import CAMERA, CameraMotion
from ..passes import ask
from .depth_anything import MODEL_ID
from .depth_by_model import depth_by_model
from .depth_info import DepthInfo, GroundPlane, Horizon
from .depth_map import DepthMap, SceneryClip
from .depth_pass import DEPTH
from .depth_scenery import Anchor, Scenery
from .depth_separation import separation

__all__ = ["DEPTH", "METHODS", "DepthInfo", "DepthMap", "depth_of_scenery", "estimate_depth"]

#: What estimate_depth can be asked for.
METHODS = ("auto", "model", "parallax")
#: The usual focal length in parts of the picture's longer side.
_FOCAL = 1.0
#: Confidence in the order of near and far: of a picture read as a stage, of parallax.
_STAGE_SURE, _PARALLAX_SURE = 0.3, 0.9
#: Spread of the horizon, in parts of the height, that leaves half the confidence.
_SPREAD = 0.06


def estimate_depth(
    clip: Clip,
    context: Context,
    *,
    matte: Clip | None = None,
    camera: CameraMotion | None = None,
    method: str = "auto",
    model: Path | None = None,
) -> DepthMap:
    """Return the depth of a clip; what it took to find out is kept in the store.

    Without a network the clip is read once, every seventh frame, and the map is lazy; a network
    looks at every frame and its map is rendered to the store.

    Args:
        clip: any size, rate and bit depth.
        context: store, progress and cancel.
        matte: one channel, 1 is the subject, which stands before the background.
        camera: the solved camera; None solves it.
        method: one of METHODS; ``"auto"`` takes the network where it is installed.
        model: the network's folder; None looks where models are kept.

    Raises:
        InputError: if there is no such method.
        FinalError: if the network is asked for and not there.
        ClipMismatchError: if matte or camera do not fit the clip.
        Cancelled: if the host asked to stop.
    """
    if method not in METHODS:
        raise InputError(
            f"method must be one of {', '.join(METHODS)}, got {method}. Choose one of them."
        )
    folder = None
    if method != "parallax":
        # Before anything is computed: what is missing is said at once.
        folder = model or _model_folder(context, needed=method == "model")
    scenery, camera = _looked_at(clip, context, matte, camera)
    plain = depth_of_scenery(clip, scenery, camera, matte=matte)
    if folder is None:
        return plain
    return depth_by_model(clip, context, folder, plain.info, camera, matte=matte)


def depth_of_scenery(
    clip: Clip, scenery: Scenery, camera: CameraMotion, *, matte: Clip | None = None
) -> DepthMap:
    """Return the lazy depth map of a clip that has been looked at.

    Args:
        clip: the source.
        scenery: the answer to DEPTH.
        camera: the answer to CAMERA.
        matte: as it was shown to them.
    """
    nearness = SceneryClip(clip, scenery, camera, matte)
    return DepthMap(nearness, describe(clip, scenery, camera))


def describe(clip: Clip, scenery: Scenery, camera: CameraMotion) -> DepthInfo:
    """Return the clip's depth in a few numbers."""
    anchors = scenery.anchors
    belief = float(np.mean([anchor.belief for anchor in anchors]))
    first = anchors[0]
    horizons = tuple(_horizon(clip, anchors, camera, index) for index in range(len(clip)))
    subject = None
    if scenery.people:
        subject = float(np.median([one.nearness for one in scenery.people]))
    nearness = np.concatenate([anchor.nearness.ravel() for anchor in anchors])
    sure = float(1.0 / (1.0 + (first.spread / _SPREAD) ** 2))
    return DepthInfo(
        method="parallax" if belief > 0.25 else "ground",
        confidence=_STAGE_SURE + belief * (_PARALLAX_SURE - _STAGE_SURE),
        horizon=horizons[0],
        horizon_confidence=sure,
        horizons=horizons,
        ground=_ground(clip, first, sure),
        subject=subject,
        separation=separation(nearness, subject),
        notes=_notes(belief, first, subject),
    )


def _looked_at(
    clip: Clip, context: Context, matte: Clip | None, camera: CameraMotion | None
) -> tuple[Scenery, CameraMotion]:
    message = "Estimating depth"
    if camera is not None:
        return ask(clip, context, [DEPTH], matte=matte, message=message)[0], camera
    scenery, solved = ask(clip, context, [DEPTH, CAMERA], matte=matte, message=message)
    return scenery, solved


def _model_folder(context: Context, *, needed: bool) -> Path | None:
    """Return where the network is; None when it is not installed and not needed."""
    if needed:
        return need_model(context, MODEL_ID)
    return find_model(context, MODEL_ID) if can_run(MODEL_ID) else None


def _horizon(clip: Clip, anchors: Sequence[Anchor], camera: CameraMotion, index: int) -> Horizon:
    """Return the horizon of a frame: that of the nearest anchor of its shot, moved along."""
    shot = sum(cut <= index for cut in camera.cuts)
    own = [one for one in anchors if sum(cut <= one.frame for cut in camera.cuts) == shot]
    anchor = min(own or anchors, key=lambda one: abs(one.frame - index))
    width, height = clip.format.width, clip.format.height
    slope = anchor.plane[1] / anchor.plane[2] if anchor.plane[2] > 0 else 0.0
    left, right = anchor.height + 0.5 * slope, anchor.height - 0.5 * slope
    line = np.array([[-0.5, left * height - 0.5], [width - 0.5, right * height - 0.5]])
    moved = line
    if own:
        there = np.linalg.inv(camera.matrix(index)) @ camera.matrix(anchor.frame)
        moved = move(line, there)
    (x0, y0), (x1, y1) = moved
    tangent = (y1 - y0) / max(x1 - x0, 1e-6)
    y = y0 + tangent * ((width - 1) / 2 - x0)
    return Horizon(float(y), float(np.degrees(np.arctan(tangent))))


def _ground(clip: Clip, anchor: Anchor, sure: float) -> GroundPlane | None:
    """Return the ground of an anchor in the camera's axes, for the usual lens."""
    if anchor.grounded < 0.1:
        return None
    width, height = clip.format.width, clip.format.height
    focal = _FOCAL * max(width, height)
    a, b, c = anchor.plane
    # Nearness at a ray (x / f, -y / f, -1) from the middle is -(normal . ray) / height.
    middle = a + 0.5 * b + 0.5 * c
    across, down = b * focal / width, c * focal / height
    scaled = np.array([-across, down, middle])
    length = float(np.linalg.norm(scaled))
    if length < 1e-9:
        return None
    x, y, z = (float(value) for value in scaled / length)
    return GroundPlane((x, y, z), 1.0 / length, float(focal), sure * anchor.grounded)


def _notes(belief: float, anchor: Anchor, subject: float | None) -> tuple[str, ...]:
    notes = []
    if belief <= 0.25:
        notes.append(
            "The camera does not travel, so nothing is measured: depth is read from where things "
            "stand in the picture."
        )
    if anchor.source == "a guess":
        notes.append("The horizon is a guess: no lines meet and no ground is measured.")
    if subject is None:
        notes.append("Without a matte the subject is not told from the background.")
    return tuple(notes)
