"""What a lens and a codec do to a picture: distortion, blur, colour softer still, a vignette."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from ...clip.clip import Array, ClipFormat
from ..light import decode, encode
from .vignette import Vignette

#: From this on blur is a lens's disc.
DISC_PX = 1.5
#: Radii, pixels, from which on discs are drawn at half and at a quarter of the size.
HALVED_PX, QUARTERED_PX = 5.0, 16.0
#: A Gaussian is cut off at so many standard deviations; up to this blur three weights do, pixels.
REACH, THREE_PX = 2.2, 0.75
#: sRGB's curve: codes of 255 plus this are a power of light.
OFFSET, POWER = 0.055 * 255, 2.4
#: Rows that are worked on at once, so that they stay in the cache.
ROWS = 64


@dataclass(frozen=True)
class Lens:
    """A lens and a codec: what they do to a picture, whatever the frame.

    Attributes:
        blur_px: the standard deviation of a Gaussian; 0 for none.
        colour_px: by what blur, across and down, colour is softer; 0 for none.
        vignette: None for none.
        strength: 0 ... 1, of the vignette.
        distortion: see :func:`distorted`; 0 for none.
    """

    blur_px: float = 0.0
    colour_px: tuple[float, float] = (0.0, 0.0)
    vignette: Vignette | None = None
    strength: float = 1.0
    distortion: float = 0.0

    @property
    def idle(self) -> bool:
        """Whether nothing is done."""
        plain = self.blur_px <= 0 and max(self.colour_px) <= 0 and self.distortion == 0
        return plain and (self.vignette is None or self.strength <= 0)

    def show(self, frame: Array, fmt: ClipFormat) -> Array:
        """Return a native RGB frame of a clip of this format as the lens shows it."""
        if self.distortion:
            frame = distorted(frame, self.distortion)
        if self.blur_px > 0:
            frame = softened(frame, fmt.bits, self.blur_px)
        if max(self.colour_px) > 0:
            frame = colour_softened(frame, fmt.bits, self.colour_px)
        if self.vignette is not None and self.strength > 0:
            frame = vignetted(frame, fmt.bits, self.vignette, self.strength)
        return np.ascontiguousarray(frame)


def softened(frame: Array, bits: int, blur_px: float) -> Array:
    """Return a native RGB frame blurred by ``blur_px``; a wide blur is a lens's disc, in light."""
    if blur_px <= DISC_PX:
        return _gaussian(frame, blur_px, blur_px)
    radius, size = 2 * blur_px, (frame.shape[1], frame.shape[0])
    step = 1 if radius < HALVED_PX else 2 if radius < QUARTERED_PX else 4
    small = size[0] // step, size[1] // step
    light = cv2.resize(decode(frame, bits, True), small, interpolation=cv2.INTER_AREA)
    # Averaging and putting back between pixels blurs a little by itself.
    left = radius**2 - (step**2 if step > 1 else 0)
    disc = _disc(math.sqrt(left) / step)
    light = cv2.filter2D(light, -1, disc, borderType=cv2.BORDER_REPLICATE)
    light = cv2.resize(light, size, interpolation=cv2.INTER_LINEAR)
    return encode(np.asarray(np.clip(light, 0, 1)), bits, True)


def _disc(radius_px: float) -> Array:
    """Return the kernel of a disc, its rim shared."""
    reach = int(np.ceil(radius_px))
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    disc = np.clip(radius_px + 0.5 - np.hypot(x, y), 0, 1).astype(np.float32)
    return np.asarray(disc / disc.sum())


def colour_softened(frame: Array, bits: int, blur_px: tuple[float, float]) -> Array:
    """Return a native RGB frame whose colour is blurred, across and down, and whose luma is not.

    The frame is blurred and gets back what its luma lost; where nothing changes it stays exact.
    """
    soft = _gaussian(frame, *blur_px)
    if bits != 8:
        luma, lost = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY) for one in (frame, soft))
        detail = cv2.subtract(luma, lost, dtype=cv2.CV_32F)
        whole = cv2.add(soft, cv2.cvtColor(detail, cv2.COLOR_GRAY2RGB), dtype=cv2.CV_32F)
        return encode(np.clip(whole / np.float32(1 if bits == 32 else (1 << bits) - 1), 0, 1), bits)
    for top in range(0, len(frame), ROWS):
        part = soft[top : top + ROWS]
        luma, lost = (cv2.cvtColor(one, cv2.COLOR_RGB2GRAY)
                      for one in (frame[top : top + ROWS], part))  # fmt: skip
        # Bytes saturate: what luma lost and what it gained are added one by one.
        cv2.add(part, cv2.cvtColor(cv2.subtract(luma, lost), cv2.COLOR_GRAY2RGB), dst=part)
        cv2.subtract(part, cv2.cvtColor(cv2.subtract(lost, luma), cv2.COLOR_GRAY2RGB), dst=part)
    return soft


def vignetted(frame: Array, bits: int, vignette: Vignette, strength: float = 1.0) -> Array:
    """Return a native RGB frame darkened toward its corners.

    On 8-bit frames the loss is applied to codes: sRGB's curve is a power of light plus an offset,
    so a share of the light is a share of the code less an offset. In the corners of a vignette of
    a quarter that is right to a code and a half where neighbours are averaged.
    """
    size = frame.shape[1], frame.shape[0]
    if bits != 8:
        light = decode(frame, bits, True)
        return encode(cv2.multiply(light, _left(vignette, strength, size)), bits, True)
    share, offset = _shares(vignette, strength, size)
    out = np.empty_like(frame)
    for top in range(0, size[1], ROWS):
        rows = slice(top, top + ROWS)
        cv2.multiply(frame[rows], share[rows], dst=out[rows], scale=1 / 255)
        cv2.subtract(out[rows], offset[rows], dst=out[rows])
    return out


def distorted(frame: Array, k1: float) -> Array:
    """Return a frame as a lens with radial distortion shows it, no edge left empty.

    Args:
        frame: (H, W, C).
        k1: what is shown at radius r, half the diagonal being 1, lies at r / (1 + k1 r^2) in the
            undistorted picture (Fitzgibbon's division model, CVPR 2001): below 0 a barrel, above
            a cushion. The picture is scaled just so much that it fills the frame.
    """
    where, between = _undistorted(k1, (frame.shape[1], frame.shape[0]))
    how = cv2.INTER_LINEAR
    return np.asarray(cv2.remap(frame, where, between, how, borderMode=cv2.BORDER_REPLICATE))


@lru_cache(maxsize=2)
def _left(vignette: Vignette, strength: float, size: tuple[int, int]) -> Array:
    """Return the share of light (H, W, 3) float32 that is left."""
    light = vignette.light(_squared_radii(size)) ** np.float32(strength)
    return np.asarray(cv2.merge([light.astype(np.float32)] * 3))


@lru_cache(maxsize=2)
def _shares(vignette: Vignette, strength: float, size: tuple[int, int]) -> tuple[Array, Array]:
    """Return shares of codes, 255 is 1, and offsets in codes, (H, W, 3) uint8 each."""
    share = _left(vignette, strength, size) ** np.float32(1 / POWER)
    # Rounded at random: whole shares would draw rings on an even sky.
    chance = np.random.default_rng(size)
    shares, offsets = (part + chance.random(part.shape, np.float32)
                       for part in (255 * share, OFFSET * (1 - share)))  # fmt: skip
    return np.minimum(shares, 255).astype(np.uint8), offsets.astype(np.uint8)


@lru_cache(maxsize=2)
def _undistorted(k1: float, size: tuple[int, int]) -> tuple[Array, Array]:
    """Return OpenCV's map of where a distorted picture's pixels lie in the undistorted one."""
    width, height = size
    factor = 1 / (1 + np.float32(k1) * _squared_radii(size))
    # The frame is filled from its corners for a barrel, from its edges' middles for a cushion.
    factor /= factor[[0, 0, height // 2], [0, width // 2, 0]].max()
    across, down = np.float32(width - 1) / 2, np.float32(height - 1) / 2
    x = (np.arange(width, dtype=np.float32) - across) * factor + across
    y = (np.arange(height, dtype=np.float32)[:, None] - down) * factor + down
    where, between = cv2.convertMaps(x, y, cv2.CV_16SC2)
    return np.asarray(where), np.asarray(between)


def _squared_radii(size: tuple[int, int]) -> Array:
    """Return squared radii (H, W) float32; the outermost pixels' corner is 1."""
    width, height = size
    x, y = (np.square(np.arange(side, dtype=np.float32) - np.float32(side - 1) / 2)
            for side in (width, height))  # fmt: skip
    squared = x[None] + y[:, None]
    return np.asarray(squared / squared[0, 0])


def _gaussian(frame: Array, across_px: float, down_px: float) -> Array:
    (width, across), (height, down) = (_kernel(px) for px in (across_px, down_px))
    size = width, height
    return np.asarray(cv2.GaussianBlur(frame, size, across, None, down, cv2.BORDER_REPLICATE))


def _kernel(blur_px: float) -> tuple[int, float]:
    """Return OpenCV's size and deviation of a kernel that blurs by this much."""
    square = blur_px**2
    if blur_px < 0.05:
        return 1, 1.0
    if blur_px > THREE_PX:
        return 2 * max(2, round(REACH * blur_px)) + 1, blur_px
    # Three weights of this variance: the outer to the middle one is as OpenCV wants it.
    return 3, (-0.5 / math.log(square / (2 - 2 * square))) ** 0.5
