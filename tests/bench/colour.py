"""Perturb and recover: a subject whose colour was shifted, matched to the scene it was shot in.

Real footage, so the row needs BACKLOT_MEDIA. What the subject looked like is known; doing nothing
is the rival to beat, and statistical transfer the usual way to lose to it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from .metrics.ciede2000 import ciede2000
from .metrics.harmonisation_error import foreground_mse
from .metrics.lab import to_lab
from .rivals import mkl_lab, reinhard
from .score.colour_shifts import SHIFTS, shifted, without_subject

Array = np.ndarray[Any, Any]

#: (clip, matte or box round the subject on the first frame), below the folder.
_CLIPS = (
    ("matte_gt_video/davis_tennis.mp4", "matte_gt_video/davis_tennis_mask.mp4"),
    ("matte_gt_video/davis_kite_walk.mp4", "matte_gt_video/davis_kite_walk_mask_01.mp4"),
    ("matte_gt_video/boys_beach.mp4", "matte_gt_video/boys_beach_mask_00.mp4"),
    ("static_camera/asl_man_brother_vfr.mkv", ""),
    ("static_camera/sam2_bedroom.mp4", ""),
    ("static_camera/sam2_juggle.mp4", ""),
    ("static_camera/latentsync_man_curtain_portrait.mp4", ""),
    ("static_camera/retalking_man_office_vfr.mp4", "0.02,0.2,0.98,1"),
    ("static_camera/tfjs_squats_portrait_5fps.mp4", ""),
    ("moving_camera/woman_running_longhair.mp4", ""),
    ("moving_camera/woman_wall_handheld.mp4", ""),
    ("moving_camera/woman_dress_white_audio.mp4", ""),
)
#: Frames of a clip that are segmented, those that are matched, and their longest side.
_FRAMES, _LOOKED_AT, _SIDE_PX = 16, 3, 640
STRENGTHS = (0.3, 1.0)


def colour(folder: Path, times: int) -> dict[str, Any]:
    """Error in the subject over that of doing nothing: ours and rivals'; change of what fits."""
    media = Path(os.environ.get("BACKLOT_MEDIA", ""))
    if not all((media / clip).is_file() for clip, _ in _CLIPS):
        return {"skipped": "needs real footage: set BACKLOT_MEDIA to its folder"}
    errors: dict[str, list[tuple[float, float]]] = {}
    changes: dict[str, list[float]] = {}
    for codes, mattes in _footage(media, folder / "store-colour"):
        plates = np.stack([without_subject(*pair) for pair in zip(codes, mattes, strict=True)])
        inside = mattes > 250
        for who, fit in _ways(mattes, plates, folder / "store-colour").items():
            changed = fit(codes)[inside] / 255.0
            apart = ciede2000(to_lab(changed), to_lab(codes[inside] / 255.0))
            changes.setdefault(who, []).append(float(apart.mean()))
            for shift in SHIFTS.values():
                wrong = shifted(codes, shift)
                both = (foreground_mse(part, codes, inside) for part in (fit(wrong), wrong))
                errors.setdefault(who, []).append(tuple(both))  # type: ignore[arg-type]
    return {
        "cases": len(next(iter(errors.values()))),
        **{who: _figures(np.array(errors[who]), changes[who]) for who in errors},
    }


def _figures(errors: Array, changes: list[float]) -> dict[str, float]:
    ratios = errors[:, 0] / errors[:, 1]
    return {
        "fmse_over_nothing": round(float(errors[:, 0].sum() / errors[:, 1].sum()), 3),
        "mean_of_ratios": round(float(ratios.mean()), 3),
        "worse_share": round(float((ratios > 1.001).mean()), 3),
        "unshifted_ciede2000": round(float(np.mean(changes)), 2),
        "unshifted_worst": round(max(changes), 2),
    }


def _ways(mattes: Array, plates: Array, store: Path) -> dict[str, Any]:
    """Return what can be done to (T, H, W, 3) codes, by who does it."""

    def ours(strength: float) -> Any:
        def fit(codes: Array) -> Array:
            from backlot.engine.compositing.colour.match_color import match_color

            clips = (_clip(codes), _clip(mattes), _clip(plates))
            matched = match_color(*clips, _context(store), strength=strength)
            return np.stack([matched.frame(at) for at in range(len(codes))])

        return fit

    def rival(transfer: Any, strength: float) -> Any:
        def fit(codes: Array) -> Array:
            parts = zip(codes / 255.0, mattes / 255.0, plates / 255.0, strict=True)
            matched = np.stack([transfer(*part, strength) for part in parts])
            return np.rint(matched * 255.0).astype(np.uint8)

        return fit

    found = {f"ours at {strength}": ours(strength) for strength in STRENGTHS}
    for name, module in (("reinhard", reinhard), ("mkl", mkl_lab)):
        for strength in STRENGTHS:
            found[f"{name} at {strength}"] = rival(module.transfer, strength)
    return found


def _footage(media: Path, store: Path) -> Iterator[tuple[Array, Array]]:
    """Yield a few frames of each clip, (T, H, W, 3) uint8, with their mattes, (T, H, W) uint8."""
    from backlot.engine.clip.operations import convert, trim
    from backlot.engine.matting.segment import segment_subject
    from backlot.engine.media.read import open_clip

    context = _context(store)
    for name, told in _CLIPS:
        clip = open_clip(media / name, context.store)
        clip = convert(trim(clip, 0, min(len(clip), _FRAMES)), 8)
        places = np.linspace(0, len(clip) - 1, _LOOKED_AT).round().astype(int).tolist()
        if told.endswith((".mp4", ".mkv")):
            masks = open_clip(media / told, context.store)
            mattes = [np.uint8(255) * (masks.frame(at).max(axis=-1) > 128) for at in places]
        else:
            alpha = segment_subject(clip, context, box=told, method="segment").alpha
            mattes = [convert(alpha, 8).frame(at) for at in places]
        yield (
            np.stack([_reduced(clip.frame(at)[..., :3]) for at in places]),
            np.stack([_reduced(matte.astype(np.uint8)) for matte in mattes]),
        )


def _reduced(picture: Array) -> Array:
    scale = min(1.0, _SIDE_PX / max(picture.shape[:2]))
    size = round(picture.shape[1] * scale), round(picture.shape[0] * scale)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))


def _clip(codes: Array) -> Any:
    from fractions import Fraction

    from backlot.engine.clip.operations import ArrayClip

    return ArrayClip(codes, Fraction(25))


def _context(store: Path) -> Any:
    from backlot.engine.clip.store import Store
    from backlot.engine.context import Context

    return Context(store=Store(store))
