"""The subject in one frame by graph cut (GrabCut: Rother, Kolmogorov and Blake 2004)."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..clip.clip import Array

#: Rounds of fitting colours and cutting.
ROUNDS = 5
#: Radius of what a click claims, as a share of the short side.
CLICK = 0.015


Clicks = Sequence[tuple[int, int]]


def cut_points(frame: Array, subject: Clicks, other: Clicks) -> Array:
    """Return the subject (H, W) bool that clicks (x, y) on and beside it mean."""
    labels = np.full(frame.shape[:2], cv2.GC_PR_BGD, np.uint8)
    rim = click_radius(labels.shape)
    labels[:rim] = labels[:, :rim] = labels[:, -rim:] = cv2.GC_BGD
    near = np.zeros(labels.shape, np.uint8)
    for x, y in subject:
        cv2.circle(near, (x, y), 8 * rim, 1, -1)
    labels[near > 0] = cv2.GC_PR_FGD
    place_clicks(labels, subject, other)
    found = cut(frame, labels)
    return touching(found, subject) if subject else found


def click_radius(shape: tuple[int, ...]) -> int:
    """Return the radius in pixels of what a click claims in a picture of ``shape``."""
    return max(1, round(min(shape[:2]) * CLICK))


def place_clicks(labels: Array, subject: Clicks, other: Clicks) -> None:
    """Write clicks into graph-cut labels, in place."""
    rim = click_radius(labels.shape)
    for x, y in other:
        cv2.circle(labels, (x, y), rim, int(cv2.GC_BGD), -1)
    for x, y in subject:
        cv2.circle(labels, (x, y), rim, int(cv2.GC_FGD), -1)


def cut(frame: Array, labels: Array, rounds: int = ROUNDS) -> Array:
    """Return the subject (H, W) bool of graph-cut labels; what they are sure of stays.

    Where the labels leave only one side possible, that side is returned.
    """
    subject = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    # OpenCV fits five colours a side and refuses fewer pixels.
    if subject.sum() < 10 or (~subject).sum() < 10:
        return np.asarray(subject)
    labels = labels.copy()
    back, fore = np.zeros((1, 65)), np.zeros((1, 65))
    # GrabCut's k-means draws from OpenCV's global generator; seeded, a run can be repeated.
    cv2.setRNGSeed(1)
    cv2.grabCut(frame, labels, (0, 0, 0, 0), back, fore, rounds, cv2.GC_INIT_WITH_MASK)
    return np.asarray((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def touching(mask: Array, places: Clicks) -> Array:
    """Return the connected parts of ``mask`` that hold one of ``places`` (x, y)."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    wanted = {int(labels[y, x]) for x, y in places} - {0}
    return np.isin(labels, list(wanted))
