"""Nodes that help the cut-out along: keys, plates, and what is done with mattes."""

from __future__ import annotations

from typing import Any

from .. import host
from ..engine.clip.clip import Clip
from ..engine.clip.operations import still
from ..engine.matting.clean_plate import clean_plate
from ..engine.matting.combine import OPERATIONS, combine_mattes
from ..engine.matting.difference_matte import difference_matte
from ..engine.matting.keyer import chroma_key
from ..engine.matting.matte import Matte
from ..engine.matting.transparency import layered_transparency
from ..host import io
from .sockets import (
    CameraType,
    MatteType,
    alpha_from,
    clip_from,
    clip_input,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)


class ChromaKey(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotChromaKey",
            display_name="Chroma Key",
            category="Backlot/Matting",
            description="Cuts out what stands before an evenly coloured screen of any colour: "
            "uneven light and shadows on it are followed, hair and blur keep their shares. Take "
            "the screen's colour out of the subject with Foreground Colour. Lazy.",
            inputs=[
                clip_input("clip", "The clip before the screen."),
                io.String.Input(
                    "colour",
                    default="auto",
                    tooltip="The screen's colour: auto finds it, or six hexadecimal digits such "
                    "as 00b140. About right is enough.",
                ),
                io.Float.Input(
                    "tolerance",
                    default=1.0,
                    min=0.0,
                    max=6.0,
                    step=0.05,
                    tooltip="How much of the screen's noise, folds and stains is cleared, as a "
                    "multiple of what was measured. Higher clears more and costs fine hair.",
                ),
                io.Float.Input(
                    "softness",
                    default=1.0,
                    min=0.0,
                    max=1.0,
                    step=0.05,
                    tooltip="1 keeps the edge as measured, 0 makes it hard.",
                ),
                clip_input(
                    "plate",
                    "The empty screen, for light that is very uneven: from Clean Plate, a clip of "
                    "equal length, or one picture.",
                    optional=True,
                ),
                matte_input("garbage", "What is cleared: lamps, stands, edges.", optional=True),
                matte_input(
                    "holdout",
                    "What is kept: things that have the screen's colour.",
                    optional=True,
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject.")],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        colour: str,
        tolerance: float,
        softness: float,
        plate: Any = None,
        garbage: Any = None,
        holdout: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        matte = chroma_key(
            source,
            host.context(),
            colour=colour,
            tolerance=tolerance,
            softness=softness,
            plate=None if plate is None else _behind(plate, source),
            garbage=alpha_from(garbage, source),
            holdout=alpha_from(holdout, source),
        )
        return host.result(matte, preview=(matte_view(matte.alpha), preview_frame))


class CleanPlate(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotCleanPlate",
            display_name="Clean Plate",
            category="Backlot/Matting",
            description="The background without the subject, found in the frames where it shows, "
            "as a clip that follows the camera and the light. Computed once and kept; what was "
            "never seen is made up and marked.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The subject, which is left out."),
                CameraType.Input(
                    "camera",
                    optional=True,
                    tooltip="From Solve Camera; without it the camera is taken to be locked.",
                ),
                clip_input(
                    "plate",
                    "Your own plate: a picture or clip of the empty set as the first frame sees "
                    "it, or one as long as the clip, taken frame by frame.",
                    optional=True,
                ),
                io.Float.Input(
                    "grow_px",
                    default=8.0,
                    min=0.0,
                    max=200.0,
                    step=1.0,
                    tooltip="How much wider than its matte the subject is left out, in pixels.",
                ),
                io.Boolean.Input(
                    "follow_light",
                    default=True,
                    tooltip="Bring the plate to each frame's exposure and light; off shows one "
                    "light throughout.",
                ),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(display_name="plate", tooltip="As long as the clip, no subject."),
                MatteType.Output(
                    display_name="confidence",
                    tooltip="1 = seen often and steady, 0 = never seen and made up.",
                ),
            ],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        matte: Any,
        grow_px: float,
        follow_light: bool,
        camera: Any = None,
        plate: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        found = clean_plate(
            source,
            matte_from(matte, source).alpha,
            host.context(),
            camera=camera,
            given=None if plate is None else clip_from(plate, source.format.fps),
            grow_px=grow_px,
            follow_light=follow_light,
        )
        return host.result(
            host.video_of(found.picture),
            Matte(found.confidence, method="confidence"),
            preview=(found.picture, preview_frame),
            text=found.text,
        )


class DifferenceMatte(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotDifferenceMatte",
            display_name="Difference Matte",
            category="Backlot/Matting",
            description="Measures alpha against the clean plate, hair included: noise, small "
            "misalignment, changes of light and shadows on the plate are allowed for. Lazy.",
            inputs=[
                clip_input("clip", "The source clip."),
                clip_input(
                    "plate", "The clip's background without the subject: a clip, or one picture."
                ),
                matte_input(
                    "coarse",
                    "Roughly where the subject is, from Segment Subject; without it all that "
                    "differs is taken, passers-by too.",
                    optional=True,
                ),
                matte_input(
                    "confidence",
                    "How surely the plate is known, from Clean Plate; where it is not the coarse "
                    "matte stands.",
                    optional=True,
                ),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject.")],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        plate: Any,
        coarse: Any = None,
        confidence: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        matte = difference_matte(
            source,
            _behind(plate, source),
            coarse=alpha_from(coarse, source),
            confidence=alpha_from(confidence, source),
        )
        return host.result(matte, preview=(matte_view(matte.alpha), preview_frame))


class CombineMattes(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotCombineMattes",
            display_name="Combine Mattes",
            category="Backlot/Matting",
            description="Adds, subtracts, intersects or compares two mattes, or turns one over. "
            "Lazy.",
            inputs=[
                clip_input("clip", "The clip the mattes belong to; it gives size and length."),
                matte_input("first", "The matte that is changed."),
                matte_input("second", "What it is changed with.", optional=True),
                io.Combo.Input(
                    "operation",
                    options=list(OPERATIONS),
                    default="add",
                    tooltip="add joins parts that share an edge, union things that overlap; "
                    "subtract cuts the second away; intersect and multiply keep what is in both; "
                    "difference is what is in one only.",
                ),
                io.Boolean.Input(
                    "invert_first", default=False, tooltip="Turn the first over before."
                ),
                io.Boolean.Input(
                    "invert_second", default=False, tooltip="Turn the second over before."
                ),
                io.Boolean.Input("invert", default=False, tooltip="Turn the result over."),
                preview_input(),
            ],
            outputs=[MatteType.Output(display_name="matte", tooltip="Alpha, 1 = subject.")],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        first: Any,
        operation: str,
        invert_first: bool,
        invert_second: bool,
        invert: bool,
        second: Any = None,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        matte = combine_mattes(
            matte_from(first, source),
            None if second is None else matte_from(second, source),
            operation=operation,
            invert_first=invert_first,
            invert_second=invert_second,
            invert=invert,
        )
        return host.result(matte, preview=(matte_view(matte.alpha), preview_frame))


class LayeredTransparency(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotLayeredTransparency",
            display_name="Layered Transparency",
            category="Backlot/Matting",
            description="Parts a glass or bottle into what passes through it and what it "
            "reflects, where the background behind it is known. Lazy.",
            inputs=[
                clip_input("clip", "The source clip."),
                clip_input("plate", "Its background without the glass: a clip, or one picture."),
                matte_input("glass", "Where the glass is, 1 = glass."),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(
                    display_name="transmission",
                    tooltip="The share of light of each colour that passes; white outside.",
                ),
                io.Video.Output(
                    display_name="reflection", tooltip="The light that is added; black outside."
                ),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, plate: Any, glass: Any, preview_frame: int = 0) -> io.NodeOutput:
        source = clip_from(clip)
        found = layered_transparency(
            source, _behind(plate, source), matte_from(glass, source).alpha
        )
        return host.result(
            host.video_of(found.transmission),
            host.video_of(found.reflection),
            preview=(found.transmission, preview_frame),
        )


def _behind(plate: Any, source: Clip) -> Clip:
    """Return the plate on a VIDEO or IMAGE socket, a single picture as long as ``source``."""
    behind = clip_from(plate, source.format.fps)
    if len(behind) == 1 < len(source):
        return still(behind.frame(0), source.format)
    return behind


NODES = [ChromaKey, CleanPlate, DifferenceMatte, CombineMattes, LayeredTransparency]
