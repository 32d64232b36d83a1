"""What was found out, drawn over the clip: boxes, trails, the light, and the curves below."""

from __future__ import annotations

from functools import partial
from itertools import cycle

import cv2
import numpy as np

from ..clip.average import area_average
from ..clip.clip import Array, Clip, ClipFormat
from ..clip.operations import map_frames
from ..color import kelvin_to_rgb, linear_to_srgb
from ..fingerprint import fingerprint
from .camera.curve import in_pixels
from .camera.motion import CameraMotion
from .depth.depth_info import DepthInfo
from .draw import Colour, dot, frame, line, words
from .light.light import LightingInfo
from .plot import Graph, draw_graph, with_playhead
from .reduced import Size, to_eight_bits
from .report import Analysis
from .subject.tracking import SubjectTracking

#: Width of the picture, and height of the curves below it.
WIDTH_PX, CURVES_PX = 960, 180
_CAMERA: Colour = (255, 200, 70)
_SUBJECTS: tuple[Colour, ...] = ((120, 235, 120), (90, 200, 255), (240, 130, 200), (255, 150, 90))
_HORIZON: Colour = (90, 220, 240)
_TRAIL_S = 1.0
_BALL_PX = 40


def overlay_clip(clip: Clip, analysis: Analysis) -> Clip:
    """Return the clip, 960 wide, with its analysis drawn on it. Lazy.

    Shown are everybody's box, key points, standing point and way over the last second;
    the way of the camera, from the picture's middle; the horizon; a ball lit as the subject is; and
    below, how motion and light change over time.

    Args:
        clip: the source.
        analysis: of that clip.
    """
    fmt = clip.format
    size = Size(WIDTH_PX, max(2, round(WIDTH_PX * fmt.height / fmt.width)))
    drawn = partial(_drawn, fmt=fmt, size=size, analysis=analysis, curves=_curves(analysis, fmt))
    mark = fingerprint(repr(analysis.to_json()))
    whole = (size.width, size.height + CURVES_PX)
    return map_frames(drawn, [clip], "analysis-overlay/1", mark, channels=3, bits=8, size=whole)


def _drawn(
    index: int,
    native: Array,
    *,
    fmt: ClipFormat,
    size: Size,
    analysis: Analysis,
    curves: list[Array],
) -> Array:
    picture = _small_rgb(native, fmt, size)
    scale = np.array([size.width / fmt.width, size.height / fmt.height])
    if analysis.depth is not None:
        _draw_horizon(picture, analysis.depth, index, scale)
    _draw_camera(picture, analysis.camera, index, scale, float(fmt.fps))
    if analysis.tracking is not None:
        _draw_subject(picture, analysis.tracking, index, scale, float(fmt.fps))
    _draw_light(picture, analysis.lighting)
    camera = analysis.camera
    caption = f"{camera.kind}, stability {camera.stability:.2f}"
    words(picture, caption, (12, size.height - 14), _CAMERA, 0.6)
    below = np.hstack([with_playhead(curve, index, fmt.frames) for curve in curves])
    return np.vstack([picture, below])


def _small_rgb(native: Array, fmt: ClipFormat, size: Size) -> Array:
    shown = native
    if size.width < fmt.width:
        shown = area_average(native, size)
    shown = to_eight_bits(shown, fmt)
    if shown.ndim == 2:
        shown = cv2.cvtColor(shown, cv2.COLOR_GRAY2RGB)
    if shown.shape[1::-1] != tuple(size):
        shown = cv2.resize(shown, size, interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(shown[..., :3]).copy()


def _draw_horizon(picture: Array, depth: DepthInfo, index: int, scale: Array) -> None:
    """Draw where a level ground would end, if that lies in the picture."""
    horizon, width = depth.horizons[index], picture.shape[1]
    rise = np.tan(np.radians(horizon.tilt_deg)) * width / 2
    middle = horizon.y_px * scale[1]
    if 0 <= middle < picture.shape[0]:
        line(picture, [(0, middle - rise), (width - 1, middle + rise)], _HORIZON)


def _draw_camera(
    picture: Array, camera: CameraMotion, index: int, scale: Array, fps: float
) -> None:
    """Draw the camera's way over the last second, so that it ends in the picture's middle."""
    first = max(0, index - round(_TRAIL_S * fps), *(cut for cut in camera.cuts if cut <= index), 0)
    way = np.array([camera.curve[at][:2] for at in range(first, index + 1)])
    middle = np.array(picture.shape[1::-1]) / 2
    if len(way) > 1:
        line(picture, middle + (way - way[-1]) * scale, _CAMERA)
    dot(picture, middle, _CAMERA, 3)


def _draw_subject(
    picture: Array, tracking: SubjectTracking, index: int, scale: Array, fps: float
) -> None:
    """Draw everybody's box, standing point, way over the last second, and key points."""
    first = max(0, index - round(_TRAIL_S * fps))
    for person, colour in zip(tracking.people, cycle(_SUBJECTS)):
        box, contact = person.smooth_boxes[index], person.contacts[index]
        if box is not None:
            frame(picture, np.array(box) * np.tile(scale, 2), colour)
            words(picture, person.name, np.array(box[:2]) * scale + (4, -6), colour, 0.42)
        way = [at for at in person.centres[first : index + 1] if at is not None]
        if len(way) > 1:
            line(picture, np.array(way) * scale, colour)
        for point in (person.poses[index] if person.poses else None) or ():
            dot(picture, np.array([point.x, point.y]) * scale, colour, 2)
        if contact is not None:
            dot(picture, np.array(contact) * scale, colour)


def _draw_light(picture: Array, light: LightingInfo) -> None:
    """Draw a ball lit from the light's direction in its colour, and what else is known of it."""
    reach = _BALL_PX
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1] / reach
    inside = x * x + y * y <= 1
    depth = np.sqrt(np.maximum(1 - x * x - y * y, 0))
    lit = np.maximum(
        x * light.direction[0] - y * light.direction[1] + depth * light.direction[2], 0
    )
    fill = 1 / max(light.contrast, 1.0)
    colour = kelvin_to_rgb(light.temperature_k)
    shade = (fill + (1 - fill) * lit)[..., None] * colour / colour.max()
    ball = linear_to_srgb(np.asarray(shade, np.float32)) * 255
    if min(picture.shape[:2]) < 4 * reach:
        return
    spot = picture[12 : 13 + 2 * reach, 12 : 13 + 2 * reach]
    spot[inside] = np.rint(ball[inside]).astype(np.uint8)
    text = f"{light.temperature_k:.0f} K  {light.contrast:.1f}:1"
    words(picture, text, (12, 2 * reach + 34))
    words(picture, f"sure to {100 * light.confidence:.0f} %", (12, 2 * reach + 54), size=0.42)


def _curves(analysis: Analysis, fmt: ClipFormat) -> list[Array]:
    """Return the graphs of motion and light, side by side WIDTH_PX wide."""
    size = Size(fmt.width, fmt.height)
    frames = list(range(fmt.frames))
    moves = in_pixels(analysis.camera.curve, size).T
    names = ("pan", "tilt", "zoom", "roll")
    motion = Graph(
        "Motion: pixels of the full frame (zoom, roll: at its corner)",
        {name: (frames, move) for name, move in zip(names, moves, strict=True)},
        least_span=4.0,
    )
    light, samples = analysis.lighting, analysis.lighting.curve
    at = [sample.frame for sample in samples] or [0]
    kelvins = [sample.temperature_k for sample in samples] or [light.temperature_k]
    levels = [100 * sample.intensity for sample in samples] or [100 * light.intensity]
    half = WIDTH_PX // 2
    quarter = WIDTH_PX - half - half // 2
    kelvin = Graph("Light: kelvin", {"": (at, kelvins)}, least_span=400.0)
    level = Graph("Light: level, %", {"": (at, levels)}, least_span=10.0)
    return [
        draw_graph(motion, fmt.frames, half, CURVES_PX),
        draw_graph(kelvin, fmt.frames, half // 2, CURVES_PX),
        draw_graph(level, fmt.frames, quarter, CURVES_PX),
    ]
