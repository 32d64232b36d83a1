"""Everything that is known of a clip, in one report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..clip.clip import Clip
from ..context import Context
from .camera.solve import CAMERA, CameraMotion
from .depth.estimate import DEPTH, DepthInfo, depth_of_scenery
from .light.estimate import LIGHTING, LightingInfo
from .passes import Question, ask
from .scene.analyze import SceneInfo, scene_question
from .subject.pose import with_poses
from .subject.track import SUBJECT, SubjectTracking


class MediaFacts(Protocol):
    """Facts of a media file that know how to write themselves."""

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""


@dataclass(frozen=True)
class Analysis:
    """The analysis of a clip.

    Attributes:
        camera: how it moved.
        lighting: the light, on the subject where a matte was given.
        tracking: where the subject is; None without a matte.
        depth: horizon, ground, and what parts near from far.
        scene: where it was shot, and its cuts and fades.
        info: facts of the file; None for a clip that is none.
    """

    camera: CameraMotion
    lighting: LightingInfo
    tracking: SubjectTracking | None = None
    depth: DepthInfo | None = None
    scene: SceneInfo | None = None
    info: MediaFacts | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""
        parts = {
            "media": self.info,
            "scene": self.scene,
            "camera": self.camera,
            "lighting": self.lighting,
            "subject": self.tracking,
            "depth": self.depth,
        }
        return {name: None if part is None else part.to_json() for name, part in parts.items()}

    def to_text(self) -> str:
        """Return the analysis in words, a few lines."""
        parts = (self.scene, self.camera, self.lighting, self.tracking, self.depth)
        return "\n".join(part.to_text() for part in parts if part is not None)


def analyze_clip(clip: Clip, context: Context, *, matte: Clip | None = None) -> Analysis:
    """Return scene, camera, light, depth and (with a matte) subject of a clip.

    The clip is decoded once; each answer is kept in the store.

    Args:
        clip: the source; its ``info``, if it has one, goes into the report.
        context: store, progress and cancel.
        matte: one channel, 1 is the subject.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    questions: list[Question[Any]] = [scene_question(context), CAMERA, LIGHTING, DEPTH]
    questions += [] if matte is None else [SUBJECT]
    scene, camera, lighting, scenery, *tracking = ask(
        clip, context, questions, matte=matte, message="Analyzing the clip"
    )
    depth = depth_of_scenery(clip, scenery, camera, matte=matte).info
    info = getattr(clip, "info", None)
    people = with_poses(clip, tracking[0], context) if tracking else None
    return Analysis(camera, lighting, people, depth, scene, info)
