"""Composite: the over operation of Porter and Duff (1984) with straight alpha.

:func:`over` is the definition, in float torch. :func:`composite` executes it lazily on native
frames: fused per strip, only where the matte or the shadow is neither nothing nor everything.
"""

from __future__ import annotations

import cv2
import numpy as np
import torch

from ..clip.average import area_average
from ..clip.clip import Array, Clip
from ..clip.operations import (
    check_same_length,
    check_same_size,
    convert,
    hold,
    map_frames,
    resize,
)
from ..clip.strips import TILE_PX, Strip, strips, tiles_with
from ..color import linear_to_srgb, srgb_to_linear
from ..errors import InputError
from ..matting.matte import NEUTRAL
from ..matting.transparency import Transparency
from .edges import WRAP_SHRINK, wrap_reach_px, wrap_veil
from .glass import behind_glass
from .light import decode, encode, lerp, recode


def over(
    foreground: torch.Tensor,
    alpha: torch.Tensor,
    plate: torch.Tensor,
    *,
    density: torch.Tensor | None = None,
    tint: tuple[float, float, float] = NEUTRAL,
    veil: torch.Tensor | None = None,
    linear: bool = False,
) -> torch.Tensor:
    """Return the foreground over the plate: what :func:`composite` means, on any device.

    Args:
        foreground: (..., H, W, 3) straight display values, 0 ... 1.
        alpha: (..., H, W), 0 ... 1.
        plate: (..., H, W, 3) display values.
        density: (..., H, W) shadow on the plate, 1 = fully dark; always works in linear light.
        tint: the density of red, green and blue over that.
        veil: (..., H, W, 3) light over the foreground (see :func:`.edges.wrap_veil`), in the
            light the composite is made in.
        linear: mix in linear light instead of display values.

    Returns:
        (..., H, W, 3) display values.
    """
    if density is not None:
        left = (1.0 - density[..., None] * density.new_tensor(tint)).clamp(0.0)
        plate = linear_to_srgb(srgb_to_linear(plate) * left)
    if linear:
        foreground, plate = srgb_to_linear(foreground), srgb_to_linear(plate)
    if veil is not None:
        foreground = foreground + veil * (1.0 - foreground)
    mixed = plate + (foreground - plate) * alpha[..., None]
    return linear_to_srgb(mixed) if linear else mixed


def composite(
    foreground: Clip,
    alpha: Clip,
    plate: Clip,
    *,
    shadow: Clip | None = None,
    tint: tuple[float, float, float] = NEUTRAL,
    glass: Transparency | None = None,
    linear: bool = False,
    light_wrap: float = 0.0,
) -> Clip:
    """Return the foreground over the plate, with the foreground's bits, rate and sound.

    Lazy. Rounded exactly in display light; within half a code and a thousandth of :func:`over` in
    linear light.

    Args:
        foreground: RGB clip of straight colour.
        alpha: matte, 0 ... 1; resized when its size differs.
        plate: RGB clip of the same size; one of a single frame is held for the whole length.
        shadow: clip of one channel multiplied onto the plate in linear light, 1 = fully dark.
        tint: the shadow's density in red, green and blue over that.
        glass: what stands before the plate and behind the subject's matte, see
            :func:`.glass.behind_glass`.
        linear: mix in linear light: soft and blurred edges as a lens mixes them.
        light_wrap: 0 ... 1, how much of the plate's light bleeds over the subject's edge.

    Raises:
        ClipMismatchError: if the clips differ in length, or plate or shadow in size.
        InputError: if a clip has the wrong number of channels or light_wrap is out of range.
    """
    if not 0 <= light_wrap <= 1:
        raise InputError(f"light_wrap must be between 0 and 1, got {light_wrap}. Use 0 for none.")
    _check_channels(foreground, alpha, plate, shadow)
    fmt = foreground.format
    alpha = resize(convert(alpha, 16) if alpha.format.bits == 32 else alpha, fmt.width, fmt.height)
    plate = hold(plate, fmt)
    layers = [foreground, alpha, plate if glass is None else behind_glass(plate, glass)]
    if shadow is not None:
        layers.append(convert(shadow, 16) if shadow.format.bits == 32 else shadow)
    check_same_length(layers, "composite")
    check_same_size(layers, "composite")
    mixer = _Mixer(layers, tint, linear, light_wrap)
    return map_frames(mixer, layers, "composite/3", tint, linear, light_wrap, channels=3)


class _Mixer:
    """Executes :func:`over` on native frames."""

    def __init__(
        self,
        layers: list[Clip],
        tint: tuple[float, float, float],
        linear: bool,
        light_wrap: float,
    ) -> None:
        bits = [layer.format.bits for layer in layers]
        self._bits, self._alpha_bits, self._plate_bits = bits[:3]
        self._density_bits = bits[3] if len(bits) > 3 else 0
        self._size = (layers[0].format.width, layers[0].format.height)
        self._tint, self._linear, self._wrap = tint, linear, light_wrap
        self._plain = self._bits == self._plate_bits and not linear and not light_wrap

    def __call__(
        self, _: int, foreground: Array, alpha: Array, plate: Array, density: Array | None = None
    ) -> Array:
        foreground, plate = foreground[..., :3], plate[..., :3]
        out = recode(plate, self._plate_bits, self._bits)
        top = (1 << self._alpha_bits) - 1
        cv2.copyTo(foreground, (alpha == top).view(np.uint8), out)
        veil = self._veil(plate, alpha) if self._wrap else None
        for strip in strips(self._wanted(alpha, top, density), self._size):
            strip.put(self._mixed(strip, foreground, alpha, plate, density, veil), out)
        return out

    def _wanted(self, alpha: Array, top: int, density: Array | None) -> Array:
        """Return the tiles that are neither plate alone nor foreground alone."""
        some, missing = tiles_with(alpha > 0), tiles_with(alpha < top)
        wanted = some & missing
        if self._wrap:
            tiles = -(-wrap_reach_px(alpha.shape[0]) // TILE_PX)
            near = np.ones((2 * tiles + 1, 2 * tiles + 1), np.uint8)
            wanted |= some & (cv2.dilate(missing.view(np.uint8), near) > 0)
        if density is not None:
            wanted |= missing & tiles_with(density > 0)
        return np.asarray(wanted)

    def _mixed(
        self,
        strip: Strip,
        foreground: Array,
        alpha: Array,
        plate: Array,
        density: Array | None,
        veil: Array | None,
    ) -> Array:
        """Return the native composite of one strip."""
        codes, back, opacity = (strip.gather(layer) for layer in (foreground, plate, alpha))
        weight = cv2.cvtColor(decode(opacity, self._alpha_bits), cv2.COLOR_GRAY2RGB)
        shade = None if density is None else strip.gather(density)
        if self._plain and (shade is None or not shade.any()):
            return lerp(back, codes, weight)
        front = decode(codes, self._bits, self._linear)
        if veil is not None:
            scale = veil.shape[1] / self._size[0], veil.shape[0] / self._size[1]
            wrap = strip.sample(veil, scale, (0, 0))
            front = cv2.add(front, cv2.multiply(wrap, 1.0 - front))
        mixed = lerp(self._shaded(back, shade), front, weight)
        return encode(mixed, self._bits, self._linear)

    def _shaded(self, plate: Array, density: Array | None) -> Array:
        """Return the plate under the shadow, in the composite's light."""
        if density is None or not density.any():
            return decode(plate, self._plate_bits, self._linear)
        dense = decode(density, self._density_bits)
        none = np.float32(0.0)
        light = cv2.merge([np.maximum(1 - dense * np.float32(part), none) for part in self._tint])
        dark = cv2.multiply(decode(plate, self._plate_bits, True), light)
        return dark if self._linear else linear_to_srgb(dark)

    def _veil(self, plate: Array, alpha: Array) -> Array:
        height, width = alpha.shape
        size = (-(-width // WRAP_SHRINK), -(-height // WRAP_SHRINK))
        small_plate = area_average(plate, size)
        small_alpha = area_average(alpha, size)
        light = decode(small_plate, self._plate_bits, self._linear)
        return wrap_veil(light, decode(small_alpha, self._alpha_bits), self._wrap)


def _check_channels(foreground: Clip, alpha: Clip, plate: Clip, shadow: Clip | None) -> None:
    for name, clip, wanted in (
        ("foreground", foreground, "a colour video"),
        ("plate", plate, "a colour video"),
        ("alpha", alpha, "a matte of one channel"),
        ("shadow", shadow, "a shadow of one channel"),
    ):
        if clip is None:
            continue
        channels = clip.format.channels
        if (channels == 1) != (name in ("alpha", "shadow")):
            raise InputError(
                f"{name} must be {wanted}, got {channels} channels. Connect another output."
            )
