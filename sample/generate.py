"""Makes the sample: sample.mp4, a person on a street, and background.jpg, a lake at sunset.

    python sample/generate.py                     writes both next to this file
    python sample/generate.py --output FOLDER --frames 12 --seed 7

Everything is drawn here, from a seed; nothing is taken from elsewhere. Needs numpy, opencv-python
and av.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import numpy.typing as npt

from lake import paint_lake
from paint import Array, generator, over
from person import PERSON, downscaled, hairdo, person_layer
from sound import RATE, soundtrack
from stage import SCALE
from street import HEIGHT, WIDTH, Layer, paint_street

SIZE = (1280, 720)
FPS = Fraction(30000, 1001)
FRAMES = 120
AXIS_PX = 592.0
PERSON_NEARNESS = 1.45


@dataclass(frozen=True)
class Camera:
    """Where the hand-held camera points at one moment, against its start."""

    x_px: float
    y_px: float
    roll_deg: float
    zoom: float


def camera_at(time_s: float) -> Camera:
    """Return the camera ``time_s`` seconds into the clip: breath, pulse and a slow drift."""

    def sway(*parts: tuple[float, float, float]) -> float:
        return sum(size * math.sin(2 * math.pi * hz * time_s + phase) for size, hz, phase in parts)

    return Camera(
        x_px=sway((9.0, 0.21, 0.3), (3.6, 0.57, 1.9), (1.2, 1.63, 4.0), (0.5, 3.1, 0.7)),
        y_px=sway((5.0, 0.26, 2.0), (2.6, 0.71, 0.4), (1.0, 1.49, 5.1), (0.5, 2.9, 2.2)),
        roll_deg=sway((0.38, 0.19, 1.0), (0.16, 0.63, 3.0), (0.05, 1.7, 0.0)),
        zoom=1.012
        + sway(
            (0.006, 0.17, 0.0),
        ),
    )


def view(camera: Camera, nearness: float, origin: tuple[float, float], scale: float) -> Array:
    """Return the matrix that shows a layer.

    Args:
        camera: where it points.
        nearness: how much of its movement the layer shows.
        origin: the layer's position of the video's top left corner.
        scale: the layer's pixels in one of the video.
    """
    turn = cv2.getRotationMatrix2D((SIZE[0] / 2, SIZE[1] / 2), camera.roll_deg, camera.zoom)
    turn[:, 2] -= (camera.x_px * nearness, camera.y_px * nearness)
    half = (scale - 1) / 2
    to_video = np.array(
        [
            [1 / scale, 0, -(origin[0] + half) / scale],
            [0, 1 / scale, -(origin[1] + half) / scale],
            [0, 0, 1],
        ]
    )
    return np.asarray(turn @ to_video, np.float32)


def shot(seed: int, scene: list[Layer], index: int) -> npt.NDArray[np.uint8]:
    """Return one frame as planes of 4:2:0 (1080 rows of 1280: luma, then both chromas)."""
    time_s = float(index / FPS)
    camera = camera_at(time_s)
    picture = np.zeros((SIZE[1], SIZE[0], 3), np.float32)
    corner = ((WIDTH - SIZE[0]) / 2, (HEIGHT - SIZE[1]) / 2)
    person = downscaled(person_layer(seed, time_s))
    for layer in scene:
        matrix = view(camera, layer.nearness, corner, 1.0)
        over(picture, cv2.warpAffine(layer.picture, matrix, SIZE, flags=cv2.INTER_LINEAR))
    top_left = PERSON.place(-AXIS_PX, 0)
    # The averaging over SCALE px has put a pixel's centre on its first one.
    matrix = view(camera, PERSON_NEARNESS, top_left, float(SCALE))
    matrix[:, 2] += (SCALE - 1) / 2 / SCALE
    over(picture, cv2.warpAffine(person, matrix, SIZE, flags=cv2.INTER_LINEAR))
    return developed(np.clip(picture, 0, 1), generator(seed, 70, index))


def developed(picture: Array, random: np.random.Generator) -> npt.NDArray[np.uint8]:
    """Return a picture as 8-bit BT.709 planes of limited range, with the sensor's grain."""
    high, wide = picture.shape[:2]
    rows, columns = np.ogrid[-1 : 1 : high * 1j, -1 : 1 : wide * 1j]
    fall = (1 - 0.16 * (rows**2 * 0.7 + columns**2) ** 1.2).astype(np.float32)
    red, green, blue = cv2.split(picture * fall[..., None])
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    coarse = cv2.GaussianBlur(random.standard_normal((high, wide), np.float32), (0, 0), 0.55)
    grain = coarse * (0.011 + 0.012 * np.sqrt(np.clip(luma, 0, 1)) * (1 - luma))
    planes = [16 + 219 * (luma + grain)]
    for colour, scale in ((blue, 1.8556), (red, 1.5748)):
        difference = cv2.filter2D((colour - luma) / scale, -1, np.array([[0.25, 0.5, 0.25]]))
        halved = 0.5 * (difference[0::2, 0::2] + difference[1::2, 0::2])
        halved += 0.003 * random.standard_normal(halved.shape, np.float32)
        planes.append(128 + 224 * halved)
    stacked = np.concatenate([plane.reshape(-1, wide) for plane in planes])
    return np.clip(np.round(stacked), 0, 255).astype(np.uint8)


def shots(seed: int, frames: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the frames in order, drawn in two threads."""
    scene = paint_street(seed)
    hairdo(seed)
    with ThreadPoolExecutor(2) as pool:
        yield shot(seed, scene, 0)
        for start in range(1, frames, 8):
            numbers = range(start, min(start + 8, frames))
            yield from pool.map(lambda index: shot(seed, scene, index), numbers)


def write_video(path: Path, seed: int, frames: int) -> None:
    """Write the clip with its sound."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        video = container.add_stream("libx264", rate=FPS)
        video.width, video.height = SIZE
        video.pix_fmt = "yuv420p"
        video.options = {"crf": "21", "preset": "slow", "threads": "1"}
        context = video.codec_context
        context.color_range = 1
        context.colorspace = context.color_primaries = context.color_trc = 1
        audio = container.add_stream("aac", rate=RATE, layout="stereo")
        audio.bit_rate = 128_000
        for index, planes in enumerate(shots(seed, frames)):
            frame = av.VideoFrame.from_ndarray(planes, "yuv420p")
            frame.pts, frame.time_base = index, 1 / FPS
            container.mux(video.encode(frame))
            print(f"\r{path.name}: frame {index + 1} of {frames}", end="", flush=True)
        container.mux(video.encode())
        samples = soundtrack(seed, float(frames / FPS))
        for start in range(0, samples.shape[1], 1024):
            part = np.ascontiguousarray(samples[:, start : start + 1024])
            sound = av.AudioFrame.from_ndarray(part, "fltp", "stereo")
            sound.sample_rate, sound.pts, sound.time_base = RATE, start, Fraction(1, RATE)
            container.mux(audio.encode(sound))
        container.mux(audio.encode())
    print()


def main() -> None:
    """Write the sample's two files."""
    parser = argparse.ArgumentParser(description="Makes the sample clip and its background.")
    parser.add_argument("--output", type=Path, default=Path(__file__).parent, help="folder")
    parser.add_argument("--frames", type=int, default=FRAMES, help="length of the clip")
    parser.add_argument("--seed", type=int, default=7)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    wanted.output.mkdir(parents=True, exist_ok=True)
    picture = np.round(paint_lake(wanted.seed)[..., ::-1] * 255).astype(np.uint8)
    cv2.imwrite(str(wanted.output / "background.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 90])
    write_video(wanted.output / "sample.mp4", wanted.seed, wanted.frames)


if __name__ == "__main__":
    main()
