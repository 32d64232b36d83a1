"""Overlap of masks: region J and boundary F of the DAVIS benchmark (Perazzi et al., CVPR 2016).

A boundary pixel differs from its neighbour to the right, below, or both; two boundaries match
within a disc of 0.8 % of the picture's diagonal.
"""

from __future__ import annotations

import cv2
import numpy as np

from .arrays import Array, check_same_shape, dilate

_REACH_SHARE = 0.008


def region_j(mask: Array, true_mask: Array) -> float:
    """Return the intersection over the union, mean over frames; higher is better.

    Args:
        mask: (T, H, W) or (H, W) bool.
        true_mask: the same shape. Two empty masks score 1.
    """
    check_same_shape(mask, true_mask)
    found, truth = _as_masks(mask), _as_masks(true_mask)
    both = (found & truth).sum(axis=(1, 2))
    either = (found | truth).sum(axis=(1, 2))
    return float(np.where(either > 0, both / np.maximum(either, 1), 1.0).mean())


def boundary_f(mask: Array, true_mask: Array) -> float:
    """Return the boundary's F measure, mean over frames; higher is better.

    Args as ``region_j``.
    """
    check_same_shape(mask, true_mask)
    pairs = zip(_as_masks(mask), _as_masks(true_mask), strict=True)
    return float(np.mean([_f_measure(boundary(one), boundary(other)) for one, other in pairs]))


def boundary(mask: Array) -> Array:
    """Return the boundary pixels of a (H, W) bool mask, bool."""
    wide = cv2.copyMakeBorder(mask.astype(np.uint8), 0, 1, 0, 1, cv2.BORDER_REPLICATE).astype(bool)
    here = wide[:-1, :-1]
    return (here ^ wide[:-1, 1:]) | (here ^ wide[1:, :-1]) | (here ^ wide[1:, 1:])


def _f_measure(edge: Array, true_edge: Array) -> float:
    reach_px = int(np.ceil(_REACH_SHARE * np.hypot(*edge.shape)))
    count, true_count = np.count_nonzero(edge), np.count_nonzero(true_edge)
    if not count or not true_count:
        # DAVIS: a missing boundary costs everything, unless none was to be found.
        return 1.0 if count == true_count else 0.0
    precision = np.count_nonzero(edge & dilate(true_edge, reach_px)) / count
    recall = np.count_nonzero(true_edge & dilate(edge, reach_px)) / true_count
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _as_masks(mask: Array) -> Array:
    masks = mask.astype(bool)
    return masks[None] if masks.ndim == 2 else masks
