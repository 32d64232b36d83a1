"""Nodes that find out what the source clip is like."""

from __future__ import annotations

import json
from typing import Any

from .. import host
from ..engine.analysis.camera.solve import solve_camera
from ..engine.analysis.depth.depth_given import depth_of_pictures
from ..engine.analysis.depth.estimate import METHODS, estimate_depth
from ..engine.analysis.light.estimate import estimate_lighting
from ..engine.analysis.light.light_words import parse_light
from ..engine.analysis.light.panorama import light_from_panorama
from ..engine.analysis.light.written import written_over
from ..engine.analysis.overlay import overlay_clip
from ..engine.analysis.report import Analysis, analyze_clip
from ..engine.analysis.scene.analyze import analyze_scene
from ..engine.analysis.subject.track import track_subject
from ..engine.media.radiance import read_radiance
from ..host import io
from .sockets import (
    AnalysisType,
    CameraType,
    DepthType,
    LightingType,
    SceneType,
    TrackingType,
    alpha_from,
    clip_from,
    clip_input,
    depth_pictures_from,
    matte_from,
    matte_input,
    matte_view,
    preview_input,
)

_MATTE_TIP = "The subject, so that it is left out of the camera solve and its own light is read."


class AnalyzeClip(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotAnalyzeClip",
            display_name="Analyze Clip",
            category="Backlot/Analysis",
            description="Scene, camera, light, subject and depth of a clip in one node, in one "
            "pass over it. Computed once and kept. Shows what was found, drawn on one frame.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", _MATTE_TIP, optional=True),
                preview_input(),
            ],
            outputs=[
                CameraType.Output(display_name="camera", tooltip="One transform per frame."),
                LightingType.Output(display_name="lighting", tooltip="The light on the subject."),
                TrackingType.Output(
                    display_name="tracking", tooltip="Boxes, people and key points of every frame."
                ),
                AnalysisType.Output(display_name="analysis", tooltip="All of it, for the report."),
                io.String.Output(display_name="text", tooltip="The summary in words."),
                io.Video.Output(
                    display_name="overlay", tooltip="The clip, 960 wide, with all of it drawn on."
                ),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, matte: Any = None, preview_frame: int = 0) -> io.NodeOutput:
        source = clip_from(clip)
        alpha = alpha_from(matte, source)
        found: Analysis = analyze_clip(source, host.context(), matte=alpha)
        text, overlay = found.to_text(), overlay_clip(source, found)
        return host.result(
            found.camera,
            found.lighting,
            found.tracking,
            found,
            text,
            host.video_of(overlay),
            preview=(overlay, preview_frame),
            text=text,
        )


class SolveCamera(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotSolveCamera",
            display_name="Solve Camera",
            category="Backlot/Analysis",
            description="Follows the background's features and solves one transform per frame.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", _MATTE_TIP, optional=True),
            ],
            outputs=[
                CameraType.Output(display_name="camera", tooltip="One transform per frame."),
                io.String.Output(display_name="curve", tooltip="The motion curve as JSON."),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, matte: Any = None) -> io.NodeOutput:
        source = clip_from(clip)
        alpha = alpha_from(matte, source)
        camera = solve_camera(source, host.context(), matte=alpha)
        return host.result(camera, json.dumps(camera.to_json()), text=camera.to_text())


class EstimateLighting(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotEstimateLighting",
            display_name="Estimate Lighting",
            category="Backlot/Analysis",
            description="Key-light direction with its uncertainty, colour temperature and contrast "
            "of a clip, of the subject in it, or of a background picture, and how they change.",
            inputs=[
                clip_input("clip", "A clip, or the background picture."),
                matte_input("matte", "The subject, to read the light on it alone.", optional=True),
                io.String.Input(
                    "light",
                    default="",
                    optional=True,
                    tooltip="What you know better, for example: left-above 45°, 5500 K, 0.8. "
                    "Words for the side, degrees of height, kelvin, times the intensity found.",
                ),
            ],
            outputs=[
                LightingType.Output(
                    display_name="lighting",
                    tooltip="The light, for Relight Subject and Cast Shadow.",
                ),
                io.String.Output(display_name="curve", tooltip="Light over time as JSON."),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, matte: Any = None, light: str = "") -> io.NodeOutput:
        words = parse_light(light)
        source = clip_from(clip)
        alpha = alpha_from(matte, source)
        found = estimate_lighting(source, host.context(), matte=alpha)
        told = written_over(found, words)
        return host.result(told, json.dumps(told.to_json()), text=told.to_text())


class TrackSubject(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotTrackSubject",
            display_name="Track Subject",
            category="Backlot/Analysis",
            description="Everybody's box, standing point and key points in every frame, from the "
            "matte.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The subject's matte."),
            ],
            outputs=[
                TrackingType.Output(
                    display_name="tracking", tooltip="Boxes, people and key points of every frame."
                ),
                io.String.Output(display_name="boxes", tooltip="The same as JSON, in pixels."),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, matte: Any) -> io.NodeOutput:
        source = clip_from(clip)
        tracking = track_subject(source, matte_from(matte, source).alpha, host.context())
        return host.result(tracking, json.dumps(tracking.to_json()), text=tracking.to_text())


class EstimateDepth(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotEstimateDepth",
            display_name="Estimate Depth",
            category="Backlot/Analysis",
            description="How near everything is in every frame, with horizon, ground and the plane "
            "between subject and background. Lazy without a network; with one it is rendered to "
            "the store.",
            inputs=[
                clip_input("clip", "The source clip."),
                matte_input("matte", "The subject, which stands before the rest.", optional=True),
                CameraType.Input(
                    "camera",
                    optional=True,
                    tooltip="From Solve Camera or Analyze "
                    "Clip; without it the camera is solved here.",
                ),
                io.MultiType.Input(
                    "pictures",
                    [io.Video, io.Image, io.Mask],
                    optional=True,
                    tooltip="Depth that another node has estimated; nothing is estimated then.",
                ),
                io.Boolean.Input(
                    "invert_pictures",
                    default=False,
                    optional=True,
                    tooltip="On: bright is far in the pictures. Off: bright is near.",
                ),
                io.Combo.Input(
                    "method",
                    options=list(METHODS),
                    default="auto",
                    tooltip="auto takes the network where it is installed; model insists on it; "
                    "parallax never uses it.",
                ),
                preview_input(),
            ],
            outputs=[
                io.Video.Output(display_name="video", tooltip="Grey: white is near, black far."),
                DepthType.Output(display_name="depth", tooltip="The map, 0 far to 1 near."),
                io.String.Output(display_name="info", tooltip="Horizon, ground and more as JSON."),
            ],
        )

    @classmethod
    def execute(
        cls,
        clip: Any,
        method: str,
        matte: Any = None,
        camera: Any = None,
        pictures: Any = None,
        invert_pictures: bool = False,
        preview_frame: int = 0,
    ) -> io.NodeOutput:
        source = clip_from(clip)
        if pictures is not None:
            given = depth_pictures_from(pictures, source)
            found = depth_of_pictures(given, source, invert=invert_pictures)
        else:
            alpha = alpha_from(matte, source)
            context = host.context()
            found = estimate_depth(source, context, matte=alpha, camera=camera, method=method)
        shown = matte_view(found.nearness)
        return host.result(
            host.video_of(shown),
            found,
            json.dumps(found.info.to_json()),
            preview=(shown, preview_frame),
            text=found.info.to_text(),
        )


class AnalyzeScene(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotAnalyzeScene",
            display_name="Analyze Scene",
            category="Backlot/Analysis",
            description="Indoors or outdoors, the kind of place, what it shows, cuts and fades.",
            inputs=[
                clip_input("clip", "A clip, or the background picture."),
                matte_input("matte", "The subject, to leave it out of the place.", optional=True),
            ],
            outputs=[
                SceneType.Output(display_name="scene", tooltip="Place, features, cuts and fades."),
                io.String.Output(display_name="json", tooltip="The scene as JSON, in frames."),
                io.String.Output(display_name="text", tooltip="The scene in words."),
            ],
        )

    @classmethod
    def execute(cls, clip: Any, matte: Any = None) -> io.NodeOutput:
        source = clip_from(clip)
        alpha = alpha_from(matte, source)
        scene = analyze_scene(source, host.context(), matte=alpha)
        text = scene.to_text()
        return host.result(scene, json.dumps(scene.to_json()), text, text=text)


class LightFromPanorama(io.ComfyNode):
    @classmethod
    def define_schema(cls) -> io.Schema:
        return io.Schema(
            node_id="BacklotLightFromPanorama",
            display_name="Light From Panorama",
            category="Backlot/Analysis",
            description="The light of a place, measured all around it: from an HDR panorama or a "
            "picture of a mirror ball. Takes the place of Estimate Lighting on the background.",
            inputs=[
                io.String.Input(
                    "path",
                    default="",
                    tooltip="An .hdr or .exr file, or any picture: in the input folder, or the "
                    "path of one. Twice as wide as high is a panorama, a square a mirror ball.",
                ),
                io.Float.Input(
                    "turn_deg",
                    default=0.0,
                    min=-360.0,
                    max=360.0,
                    step=1.0,
                    tooltip="Turns the light to the right as the camera sees it, in degrees. At 0 "
                    "the camera looks at the panorama's middle.",
                ),
                io.Float.Input(
                    "gain",
                    default=1.0,
                    min=0.0001,
                    max=10_000.0,
                    step=0.1,
                    tooltip="Factor of the light, to bring the panorama to the plate's exposure.",
                ),
            ],
            outputs=[
                LightingType.Output(display_name="lighting", tooltip="The light, for Cast Shadow."),
                io.String.Output(display_name="json", tooltip="The light as JSON."),
            ],
        )

    @classmethod
    def fingerprint_inputs(cls, path: str = "", **_: Any) -> Any:
        if not path:
            return ""
        stat = host.resolve_input(path).stat()
        return stat.st_mtime_ns, stat.st_size

    @classmethod
    def execute(cls, path: str, turn_deg: float, gain: float) -> io.NodeOutput:
        picture = read_radiance(host.resolve_input(path))
        light = light_from_panorama(picture, turn_deg=turn_deg, gain=gain)
        return host.result(light, json.dumps(light.to_json()), text=light.to_text())


NODES = [
    AnalyzeClip,
    AnalyzeScene,
    SolveCamera,
    EstimateLighting,
    LightFromPanorama,
    TrackSubject,
    EstimateDepth,
]
