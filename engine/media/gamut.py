"""Wide gamut and HDR pictures turned into the engine's colours: Rec.709 primaries, sRGB curve.

Through linear light, with tables for the curves and one matrix for the primaries, over strips
that stay in the cache. Highlights are scaled by their brightest channel, which keeps their hue.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..clip.clip import Array
from ..color import linear_to_srgb, srgb_to_linear
from .color_tags import ColorTags
from .hdr import (
    HLG_PEAK_NITS,
    HLG_SYSTEM_GAMMA,
    REFERENCE_WHITE_NITS,
    hlg_to_scene,
    pq_to_nits,
    roll_off,
)

_ROWS = 48
_CODES = 65536
_D65 = (0.3127, 0.3290)
_CHROMATICITIES = {
    "bt709": ((0.640, 0.330), (0.300, 0.600), (0.150, 0.060)),
    "bt2020": ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    "display-p3": ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
}
#: Luminance of linear red, green and blue in BT.2020.
_LUMA_2020 = (0.2627, 0.6780, 0.0593)


def needs_conversion(tags: ColorTags) -> bool:
    """Return whether pictures with these tags are not display-referred Rec.709 yet.

    The primaries of BT.601 are so near to those of Rec.709 that players leave them, and so do we.
    """
    return tags.transfer in ("pq", "hlg", "linear") or tags.primaries in ("bt2020", "display-p3")


class ToRec709:
    """Turns pictures of one kind into display-referred Rec.709."""

    def __init__(self, tags: ColorTags, bits: int) -> None:
        """Prepare the tables.

        Args:
            tags: what the pictures' values mean.
            bits: 8 or 16, of what goes in and comes out.
        """
        codes = np.arange(1 << bits) / ((1 << bits) - 1)
        primaries = tags.primaries if tags.primaries in _CHROMATICITIES else "bt709"
        self._matrix = primaries_matrix(primaries).astype(np.float32)
        self._hlg = tags.transfer == "hlg"
        self._peak = 1.0
        self._gain: Array | None = None
        self._linear = _linear(codes, tags.transfer)
        if tags.transfer in ("pq", "hlg"):
            nits = HLG_PEAK_NITS if self._hlg else tags.peak_nits
            self._peak = nits / REFERENCE_WHITE_NITS
            self._gain = _gain(nits)
        roots = np.arange(_CODES) / (_CODES - 1)
        display = linear_to_srgb(roots**2) * ((1 << bits) - 1)
        self._display = np.rint(display).astype(np.uint8 if bits == 8 else np.uint16)

    def __call__(self, picture: Array) -> Array:
        """Return ``picture`` (H, W, 3 or 4) converted, alpha unchanged."""
        result = np.empty_like(picture)
        for top in range(0, len(picture), _ROWS):
            rows = slice(top, top + _ROWS)
            result[rows, :, :3] = self._strip(picture[rows, :, :3])
        if picture.shape[2] == 4:
            result[..., 3] = picture[..., 3]
        return result

    def _strip(self, codes: Array) -> Array:
        light: Array = np.take(self._linear, codes)
        if self._hlg:
            light *= self._ootf(light)[..., None]
        if self._gain is not None:
            brightest = np.maximum(np.maximum(light[..., 0], light[..., 1]), light[..., 2])
            step = np.minimum(brightest * ((_CODES - 1) / self._peak), _CODES - 1)
            light *= np.take(self._gain, step.astype(np.uint16))[..., None]
        light = np.asarray(cv2.transform(light, self._matrix))
        np.clip(light, 0, 1, out=light)
        np.sqrt(light, out=light)
        place = np.asarray(light * np.float32(_CODES - 1) + np.float32(0.5))
        return np.asarray(np.take(self._display, place.astype(np.uint16)))

    def _ootf(self, scene: Array) -> Array:
        """Return the factor that turns HLG's scene light into display light (white is 1)."""
        luma = cv2.transform(scene, np.array([_LUMA_2020], np.float32))
        factor = cv2.pow(luma, HLG_SYSTEM_GAMMA - 1)
        return np.asarray(factor * np.float32(HLG_PEAK_NITS / REFERENCE_WHITE_NITS))


def primaries_matrix(name: str) -> Array:
    """Return the (3, 3) matrix from linear light in primaries ``name`` to Rec.709."""
    return np.asarray(np.linalg.inv(_to_xyz("bt709")) @ _to_xyz(name))


def _to_xyz(name: str) -> Array:
    """Return the (3, 3) matrix from linear RGB to XYZ, white being D65 (SMPTE RP 177)."""
    columns = np.array([(x / y, 1.0, (1 - x - y) / y) for x, y in _CHROMATICITIES[name]]).T
    x, y = _D65
    scale = np.linalg.solve(columns, (x / y, 1.0, (1 - x - y) / y))
    return np.asarray(columns * scale)


def _linear(codes: Array, transfer: str) -> Array:
    """Return linear light of ``codes`` (white is 1; scene light for HLG), float32."""
    if transfer == "pq":
        light = pq_to_nits(codes) / REFERENCE_WHITE_NITS
    elif transfer == "hlg":
        light = hlg_to_scene(codes)
    else:
        light = codes if transfer == "linear" else srgb_to_linear(codes)
    return light.astype(np.float32)


def _gain(peak_nits: float) -> Array:
    """Return by how much light is scaled, for its brightest channel from 0 to the peak."""
    nits = np.arange(_CODES) / (_CODES - 1) * peak_nits
    nits[0] = nits[1] / 2
    return (roll_off(nits, peak_nits) / nits).astype(np.float32)
