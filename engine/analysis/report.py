"""Everything that is known of a clip, in one report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from ..clip.clip import Clip
from ..context import Context
from .camera import CAMERA, CameraMotion
from .lighting import LIGHTING, LightingInfo
from .passes import Question, ask
from .subject import SUBJECT, SubjectTracking


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
        info: facts of the file; None for a clip that is none.
    """

    camera: CameraMotion
    lighting: LightingInfo
    tracking: SubjectTracking | None = None
    info: MediaFacts | None = None

    def to_json(self) -> dict[str, Any]:
        """Return what JSON can write."""
        return analysis_report(self.info, self.camera, self.lighting, self.tracking)

    def to_text(self) -> str:
        """Return the analysis in words, a few lines."""
        parts = [self.camera.to_text(), self.lighting.to_text()]
        if self.tracking is not None:
            parts.append(self.tracking.to_text())
        return "\n".join(parts)


def analyze_clip(clip: Clip, context: Context, *, matte: Clip | None = None) -> Analysis:
    """Return camera, light and (with a matte) subject of a clip; each is kept in the store.

    Args:
        clip: the source; its ``info``, if it has one, goes into the report.
        context: store, progress and cancel.
        matte: one channel, 1 is the subject.

    Raises:
        ClipMismatchError: if the matte has another length or size than the clip.
        Cancelled: if the host asked to stop.
    """
    questions: list[Question[Any]] = [CAMERA, LIGHTING, *([] if matte is None else [SUBJECT])]
    camera, lighting, *tracking = ask(
        clip, context, questions, matte=matte, message="Analyzing the clip"
    )
    info = getattr(clip, "info", None)
    return Analysis(camera, lighting, tracking[0] if tracking else None, info)


def analysis_report(
    info: MediaFacts | None,
    camera: CameraMotion,
    lighting: LightingInfo,
    tracking: SubjectTracking | None,
) -> dict[str, Any]:
    """Return the analysis as what JSON can write; unknown parts are null."""
    return {
        "media": None if info is None else info.to_json(),
        "camera": camera.to_json(),
        "lighting": lighting.to_json(),
        "subject": None if tracking is None else tracking.to_json(),
    }
