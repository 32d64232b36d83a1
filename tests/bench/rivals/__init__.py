"""Rivals: what an artist would do today with what runs on this machine, one technique a file.

Conventions as in ``metrics``. Each is given what its users would give it: a box around the subject,
or a trimap, which here is made from the true matte. Whatever needs a package that is not there says
so, and its place in the table stays empty.

Nothing here imports the pack: a rival must not get better, or worse, with it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from ..metrics.arrays import Array
from . import (
    camera_orb,
    camera_sift,
    closed_form,
    deflicker_ffmpeg,
    grabcut,
    grabcut_guided,
    knn,
    mkl_lab,
    plain_over,
    reinhard,
    trimap,
)

#: (H, W, 3) uint8, box, (H, W) true alpha -> (H, W) float32, or None where it is not installed.
Matte = Callable[[Array, grabcut.Box, Array], "Array | None"]
#: (T, H, W) uint8, the subject's (T, H, W) or None -> (T - 1, 3, 3).
Camera = Callable[..., Array]
#: Straight foreground, alpha, background -> composite; frames or clips, float32.
Composite = Callable[[Array, Array, Array], Array]
#: (H, W, 3) frame, (H, W) alpha, (H, W, 3) plate -> the matched frame, float32.
Transfer = Callable[[Array, Array, Array], Array]
#: (T, H, W, 3) uint8 -> the same.
Deflicker = Callable[[Array], Array]


def _grabcut(frame: Array, box: grabcut.Box, true_alpha: Array) -> Array:
    return grabcut.grabcut(frame, box)


def _grabcut_guided(frame: Array, box: grabcut.Box, true_alpha: Array) -> Array:
    return grabcut_guided.grabcut_guided(frame, box)


def _closed_form(frame: Array, box: grabcut.Box, true_alpha: Array) -> Array | None:
    if not closed_form.available():
        return None
    return closed_form.closed_form(frame, trimap.trimap(true_alpha))


def _knn(frame: Array, box: grabcut.Box, true_alpha: Array) -> Array | None:
    return knn.knn(frame, trimap.trimap(true_alpha)) if knn.available() else None


MATTES: dict[str, Matte] = {
    "GrabCut": _grabcut,
    "GrabCut + guided": _grabcut_guided,
    "closed form": _closed_form,
    "KNN": _knn,
}
CAMERAS: dict[str, Camera] = {"ORB": camera_orb.steps, "SIFT": camera_sift.steps}
COMPOSITES: dict[str, Composite] = {
    "plain over": plain_over.plain_over,
    "Reinhard": reinhard.reinhard,
    "Reinhard 30 %": partial(reinhard.reinhard, strength=0.3),
    "MKL": mkl_lab.mkl_lab,
}
TRANSFERS: dict[str, Transfer] = {
    "Reinhard": reinhard.transfer,
    "Reinhard 30 %": partial(reinhard.transfer, strength=0.3),
    "MKL": mkl_lab.transfer,
    "MKL 30 %": partial(mkl_lab.transfer, strength=0.3),
}
DEFLICKERS: dict[str, Deflicker] = {"ffmpeg deflicker": deflicker_ffmpeg.deflicker_ffmpeg}
