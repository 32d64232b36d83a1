"""A plate seen through glass: tinted by what passes, brightened by what is mirrored."""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array, Clip
from ..clip.operations import check_same_length, check_same_size, map_frames
from ..clip.strips import strips, tiles_with
from ..matting.transparency import Transparency
from .light import decode, encode


def behind_glass(plate: Clip, glass: Transparency) -> Clip:
    """Return ``transmission * plate + reflection``, in linear light. Lazy.

    Args:
        plate: RGB, as large and as long as the glass's layers.
        glass: what it does to light, from :func:`..matting.transparency.layered_transparency`.

    Raises:
        ClipMismatchError: if the clips differ in size or length.
    """
    layers = [plate, glass.transmission, glass.reflection]
    check_same_length(layers, "glass over the plate")
    check_same_size(layers, "glass over the plate")
    bits, share_bits, light_bits = (layer.format.bits for layer in layers)
    size = plate.format.width, plate.format.height
    whole = glass.transmission.format.max_value

    def seen(_: int, behind: Array, passed: Array, added: Array) -> Array:
        out = behind[..., :3].copy()
        there = (passed.min(axis=2) < whole) | (added.max(axis=2) > 0)
        for strip in strips(tiles_with(there), size):
            light = decode(strip.gather(out), bits, True)
            light = cv2.multiply(light, decode(strip.gather(passed), share_bits))
            light = cv2.add(light, decode(strip.gather(added), light_bits, True))
            strip.put(encode(np.asarray(np.minimum(light, 1)), bits, True), out)
        return out

    return map_frames(seen, layers, "behind_glass/2", channels=3)
