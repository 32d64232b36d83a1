"""Deflicker: takes out fast changes of brightness, of the whole picture and of regions of it.

The change between neighbouring frames is measured along the motion, in tiles, so that what moves
is not taken for flicker; summed up over a window it gives each tile's brightness curve, and the
frame is brought onto the smooth part of that curve. A line with at most one step is what counts
as smooth: fades, ramps and switched lights stay. Related: Delon, "Movie and Video Scale-Time
Equalization", IEEE TIP 2006; van Roosmalen et al., "Correction of Intensity Flicker in Old Film
Sequences", IEEE TCSVT 1999.
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from ..clip.clip import Array, Clip, ClipFormat
from ..clip.operations import map_frames
from ..errors import InputError
from ..fingerprint import fingerprint
from .gain import apply_gain
from .motion import find_motion, small_luma, small_size
from .robust import weighted_median
from .trend import flicker_at

#: Brightness is measured on a picture with this short side, in tiles of this size.
_SHORT_PX = 270
_TILE_PX = 24
#: Pixels darker or brighter than this say nothing about gain (crushed or clipped), 0 ... 255.
_DARK, _BRIGHT = 8, 247
#: A mean log gain above this between two frames, or less than this share of the picture seen in
#: both, is a cut.
_CUT_GAIN = 0.3
_CUT_VISIBLE = 0.3
#: Oscillation (rms log gain) that is left alone, and from which on it is taken out fully.
_GLOBAL_BAND = (0.0012, 0.0025)
_REGION_BAND = (0.006, 0.012)
#: ... and in standard deviations of a tile's measurement.
_SURE = (1.5, 3.0)
#: Gain (log) that a region is expected to have before anything is measured.
_USUAL_GAIN = 0.1
#: A tile listens to itself and its neighbours, and to those further away where nothing is known:
#: (reach in tiles, weight).
_NEIGHBOURS = ((0.6, 1.0), (2.5, 0.02))
#: Channels of a measured change.
_TILE, _VARIANCE, _OVERALL = 0, 1, 2


def deflicker(clip: Clip, *, strength: float, radius_frames: int) -> Clip:
    """Return the clip with steady brightness.

    Lazy: a frame needs ``radius_frames`` neighbours on each side. A clip without flicker passes
    through unchanged.

    Args:
        clip: 1, 3 or 4 channels; alpha stays as it is.
        strength: 0 ... 1, how much of the flicker is taken out.
        radius_frames: 1 or more; about 5 covers flicker faster than five times a second at 24 fps.

    Raises:
        InputError: if strength or radius are outside their range.
    """
    if not 0.0 <= strength <= 1.0:
        raise InputError(
            f"strength must be between 0 and 1, got {strength}. Use 1 to take out all flicker."
        )
    if radius_frames < 1:
        raise InputError(f"radius_frames must be at least 1, got {radius_frames}. Use about 5.")
    if strength == 0.0 or len(clip) < 3:
        return clip
    return Deflickered(clip, strength, radius_frames)


class Deflickered(Clip):
    """The steadied clip; a frame of it needs ``radius_frames`` of its parent on each side."""

    def __init__(self, clip: Clip, strength: float, radius_frames: int) -> None:
        """Steady ``clip``; the values as in :func:`deflicker`."""
        self._changes = _TileChanges(clip)
        super().__init__(
            clip.format,
            fingerprint("deflicker/2", clip.fingerprint, strength, radius_frames),
            parents=(clip, self._changes),
            audio=clip.audio,
        )
        # Frame i is first read for its brightness, radius frames before it is rendered.
        clip.keep(2 * radius_frames + 2)
        self._changes.keep(2 * radius_frames + 2)
        self._clip, self._strength, self.radius_frames = clip, strength, radius_frames

    def _render(self, index: int) -> Array:
        changes, at = self._shot(index)
        frame = self._clip.frame(index)
        if len(changes) < 2:
            return frame
        curves = np.concatenate([np.zeros_like(changes[:1]), np.cumsum(changes, axis=0)])
        curves -= curves[at]
        overall = curves[:, :1, :1, _OVERALL]
        regions = curves[..., _TILE] - overall
        gain = flicker_at(overall, at, _GLOBAL_BAND) + flicker_at(
            regions, at, _region_band(changes)
        )
        return apply_gain(frame, np.exp(-self._strength * gain), self.format)

    def _shot(self, index: int) -> tuple[Array, int]:
        """Return the changes between the window's frames of this shot, and where ``index`` is."""
        first = max(index - self.radius_frames, 0)
        last = min(index + self.radius_frames, len(self) - 1)
        if self._clip.begun(last - 1):
            # Another thread is at it: take the next, rather than wait for that one first.
            self._clip.frame(last)
        # In order, whatever the shot's ends: a decoder that goes back begins at a key frame.
        window = {at: self._changes.frame(at) for at in range(first + 1, last + 1)}
        cuts = [at for at, change in window.items() if not _known(change)]
        first = max((at for at in cuts if at <= index), default=first)
        last = min((at for at in cuts if at > index), default=last + 1) - 1
        return np.array([window[at] for at in range(first + 1, last + 1)]), index - first


def _region_band(changes: Array) -> tuple[Array, Array]:
    """Return the oscillation that is left alone and that is taken out fully, for each tile."""
    noise = np.sqrt(changes[..., _VARIANCE].mean(axis=0))
    low, high = (np.maximum(b, s * noise) for b, s in zip(_REGION_BAND, _SURE, strict=True))
    return low, high


class _TileChanges(Clip):
    """Frame i holds the log gain from frame i - 1 to i: (rows, cols, 3) float32.

    Channels: each tile's gain (smoothed over its neighbours), its variance, and the gain of the
    whole picture. All are NaN at a cut and in frame 0.
    """

    def __init__(self, clip: Clip) -> None:
        size = small_size(clip.format, _SHORT_PX)

        def reduced(_: int, frame: Array) -> Array:
            return small_luma(frame, clip.format, size)

        self._luma = map_frames(reduced, [clip], "small_luma/2", channels=1, bits=8, size=size)
        self._luma.keep(4)
        cols, rows = (max(1, round(side / _TILE_PX)) for side in size)
        super().__init__(
            replace(clip.format, width=cols, height=rows, channels=3, bits=32),
            fingerprint("tile_changes/2", clip.fingerprint),
            parents=(self._luma,),
        )

    def _render(self, index: int) -> Array:
        if index == 0:
            return np.full(self.format.shape, np.nan, np.float32)
        return _changes(self._luma.frame(index - 1), self._luma.frame(index), self.format)


def _changes(before: Array, now: Array, fmt: ClipFormat) -> Array:
    motion = find_motion(now, before)
    moved = motion.fetch(before)
    usable = (
        motion.visible & (np.minimum(now, moved) >= _DARK) & (np.maximum(now, moved) <= _BRIGHT)
    )
    out = np.full((fmt.height, fmt.width, 3), np.nan, np.float32)
    if usable.mean() < _CUT_VISIBLE:
        return out
    gain, weight = _tile_gains(moved, now, usable.astype(np.float32), (fmt.width, fmt.height))
    overall = weighted_median(gain, weight)
    if abs(overall) <= _CUT_GAIN:
        region, variance = _smooth(gain - overall, weight)
        out[..., _TILE] = overall + region
        out[..., _VARIANCE] = variance
        out[..., _OVERALL] = overall
    return out


def _known(change: Array) -> bool:
    """Return whether both frames belong to one shot."""
    return bool(np.isfinite(change[0, 0, _OVERALL]))


def _tile_gains(
    before: Array, now: Array, usable: Array, grid: tuple[int, int]
) -> tuple[Array, Array]:
    """Return each tile's log gain and its precision (1 / variance, 0 where nothing is known)."""

    def tiles(values: Array) -> Array:
        return cv2.resize(values, grid, interpolation=cv2.INTER_AREA)

    old, new = before.astype(np.float32), now.astype(np.float32)
    share = tiles(usable)
    seen = np.maximum(share, 1e-6)
    mean_old, mean_new = tiles(old * usable) / seen, tiles(new * usable) / seen
    spread = tiles((new - old) ** 2 * usable) / seen - (mean_new - mean_old) ** 2
    # Neighbouring pixels err together: a 2 x 2 patch counts as one observation.
    observations = np.maximum(seen * (usable.size / share.size) / 4.0, 1.0)
    variance = np.maximum(spread, 0.25) / observations / np.maximum(mean_old, 1.0) ** 2
    gain = np.log(np.maximum(mean_new, 1.0) / np.maximum(mean_old, 1.0))
    weight = np.where(share >= 0.2, share / (variance + 0.002**2), 0.0)
    return gain, weight.astype(np.float32)


def _smooth(gain: Array, weight: Array) -> tuple[Array, Array]:
    """Return the gains and variances averaged with neighbours, drawn to 0 if little is known."""
    total, known = np.zeros_like(gain), np.full_like(gain, 1.0 / _USUAL_GAIN**2)
    for reach, share in _NEIGHBOURS:
        for values, blurred in ((gain * weight, total), (weight, known)):
            blurred += share * cv2.GaussianBlur(
                values, (0, 0), reach, borderType=cv2.BORDER_REFLECT_101
            )
    return total / known, 1.0 / known
