"""Animate Plate: the approved picture as a plate that follows the camera and is never frozen."""

from __future__ import annotations

import logging
from typing import Protocol

import numpy as np

from ..clip.clip import Array, ClipFormat
from ..errors import InputError
from .fit import fit_plate
from .plate import PlateClip

log = logging.getLogger(__name__)


class Camera(Protocol):
    """What is needed of a solved camera."""

    @property
    def kind(self) -> str:
        """``"static"`` for a locked camera."""

    def matrix(self, index: int) -> Array:
        """Return the (3, 3) homography from frame ``index`` to frame 0, in pixels."""


def animate_plate(
    picture: Array,
    like: ClipFormat,
    camera: Camera | None,
    *,
    motion: float,
    life: float,
    overscan: float,
    seed: int,
) -> PlateClip:
    """Return the picture as a plate of the size, rate and length of ``like``, 8 bits RGB.

    Lazy. Under a static camera plants and water sway by less than a pixel and the light drifts;
    under a moving one the plate follows every frame's homography and the light drifts.

    Args:
        picture: (H, W, 3) or (H, W, 4) uint8 RGB; alpha is ignored.
        like: the source clip's format.
        camera: the source's camera; None is static.
        motion: part of the camera's motion to follow, 0 ... 1.
        life: strength of the movement within the picture, 0 ... 1; 0 is a still.
        overscan: how far the picture may be enlarged over a plain cover fit to make room for
            the motion, at least 1. A motion that needs more is damped; no border ever shows.
        seed: chooses the course of the life.

    Raises:
        InputError: if the picture or a number cannot be used.
    """
    _check(picture, motion, life, overscan)
    frame = (like.width, like.height)
    moving = camera is not None and camera.kind != "static" and motion > 0
    transforms = [np.eye(3)]
    if camera is not None and moving:
        transforms = [np.asarray(camera.matrix(i), float) for i in range(like.frames)]
    size = (picture.shape[1], picture.shape[0])
    fit = fit_plate(size, frame, transforms, motion=motion, overscan=overscan)
    if not fit.perspective:
        log.info(
            "plate: the picture has room for %.0f %% of the motion at %.2f times its size",
            100 * fit.motion,
            fit.zoom,
        )
    return PlateClip(picture, like, fit, life, seed)


def _check(picture: Array, motion: float, life: float, overscan: float) -> None:
    usable = picture.ndim == 3 and picture.shape[2] in (3, 4) and picture.dtype == np.uint8
    if not usable or not picture.size:
        raise InputError(
            f"picture must be RGB of 8 bits, got shape {picture.shape} {picture.dtype}. "
            "Convert it first."
        )
    for name, value in (("motion", motion), ("life", life)):
        if not 0 <= value <= 1:
            raise InputError(f"{name} must be between 0 and 1, got {value}. Use 0 for none.")
    if not overscan >= 1:
        raise InputError(
            f"overscan must be 1 or more, got {overscan}. Use 1 for no enlargement at all."
        )
