"""Key light from the shading of a subject, by its outline.

A matte's outline tells the surface's direction there exactly; inside it is guessed by inflating
the matte (Poisson's equation, whose square root is a sphere over a disc). Lambert's law with an
ambient part is then fitted to the luminance, reweighted, leaving out what turns from the light.
Materials are told apart by chromaticity, so that dark hair over bright skin is no shading.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..clip.clip import Array

#: Materials that chromaticity is divided into.
_MATERIALS = 4
#: Subjects smaller than this many reduced pixels are not read.
_FEWEST = 150
#: Without evidence light comes from above the camera; weight of that belief.
_USUAL = np.array([0.0, 0.45, 0.89])
_BELIEF = np.array([0.02, 0.06, 0.02])
#: What is read as light from below is mostly dark hair over bright clothes: it counts this much.
_FROM_BELOW = 0.25
#: Four times a pixel less its neighbours: the negative Laplacian.
_FIVE_POINTS = np.array([[0, -1, 0], [-1, 4, -1], [0, -1, 0]], np.float64)


@dataclass(frozen=True)
class Shading:
    """What the shading tells.

    Attributes:
        direction: (3,) unit vector to the light; y up, z toward the camera.
        contrast: key side over fill side, 1 or more.
        key: linear luminance of the parts that face the light.
        explained: share of the luminance's variation that shading explains, 0 ... 1.
    """

    direction: Array
    contrast: float
    key: float
    explained: float


def read_shading(linear: Array, alpha: Array) -> Shading | None:
    """Return the light on a subject, or None where too little of it is seen.

    Args:
        linear: (H, W, 3) float32 linear RGB, 0 ... 1, a few hundred pixels wide.
        alpha: (H, W) float32, 1 is the subject.
    """
    inside = alpha > 0.5
    core = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8), borderValue=1) > 0
    if int(core.sum()) < _FEWEST:
        return None
    normals = inflated_normals(inside)[core]
    colour = cv2.GaussianBlur(linear, (0, 0), 1.0)[core]
    light = colour @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    usable = (colour.max(axis=1) < 0.98) & (light > 0.002)
    if int(usable.sum()) < _FEWEST:
        return None
    normals, light = normals[usable], light[usable]
    relative = _without_material(colour[usable], light)
    ambient, toward, explained = _lambert(normals, relative)
    if toward[1] < 0:
        toward[1] *= _FROM_BELOW
    strength = float(np.linalg.norm(toward))
    facing = normals @ (toward / max(strength, 1e-6))
    lit, dim = light[facing > np.percentile(facing, 80)], light[facing < np.percentile(facing, 20)]
    contrast = (ambient + strength) / max(ambient, 0.08 * (ambient + strength))
    return Shading(
        toward / max(strength, 1e-6),
        float(np.clip(contrast, 1.0, 12.0)),
        float(max(np.median(lit), np.median(dim))),
        explained,
    )


def inflated_normals(inside: Array) -> Array:
    """Return (H, W, 3) unit normals, y up, of a round body with the outline of ``inside``.

    What touches the picture's border is taken to go on beyond it.
    """
    height = _poisson(inside)
    padded = np.pad(height, 1, mode="edge")
    right = (padded[1:-1, 2:] - padded[1:-1, :-2]) / 2
    down = (padded[2:, 1:-1] - padded[:-2, 1:-1]) / 2
    normals = np.stack([-right / 2, down / 2, np.sqrt(np.maximum(height, 0.0))], axis=-1)
    return np.asarray(normals / np.linalg.norm(normals, axis=-1, keepdims=True).clip(1e-6))


def _poisson(inside: Array) -> Array:
    """Return h with Laplacian -4 inside and 0 outside, by conjugate gradients."""
    domain = inside.astype(np.float64)

    def laplacian(h: Array) -> Array:
        return np.asarray(
            cv2.filter2D(h, -1, _FIVE_POINTS, borderType=cv2.BORDER_REPLICATE) * domain
        )

    h = np.zeros_like(domain)
    residual = 4.0 * domain
    direction, energy = residual.copy(), float(np.sum(residual * residual))
    target = 1e-5 * energy
    for _ in range(400):
        if energy <= target:
            break
        turned = laplacian(direction)
        step = energy / max(float(np.sum(direction * turned)), 1e-12)
        h += step * direction
        residual -= step * turned
        before, energy = energy, float(np.sum(residual * residual))
        direction = residual + (energy / before) * direction
    return h


def _without_material(colour: Array, light: Array) -> Array:
    """Return luminance over the typical luminance of pixels of like chromaticity."""
    logs = np.log(colour + 0.01)
    chroma = np.stack([logs[:, 0] - logs[:, 1], logs[:, 2] - logs[:, 1]], axis=1)
    chroma = chroma - chroma.mean(axis=0)
    _, _, axes = np.linalg.svd(chroma, full_matrices=False)
    along = chroma @ axes[0]
    edges = np.quantile(along, np.linspace(0, 1, _MATERIALS + 1)[1:-1])
    material = np.searchsorted(edges, along)
    relative = np.empty_like(light)
    for number in range(_MATERIALS):
        same = material == number
        if same.any():
            relative[same] = light[same] / max(float(np.mean(light[same])), 1e-4)
    return relative


def _lambert(normals: Array, relative: Array) -> tuple[float, Array, float]:
    """Return ambient, the (3,) light vector, and the share of the variation explained."""
    count = len(relative)
    design = np.concatenate([np.ones((count, 1)), normals], axis=1)
    weights = np.ones(count)
    solution = np.concatenate([[0.7], 0.3 * _USUAL])
    prior = np.diag(np.append(0.0, _BELIEF)) * count
    for _ in range(8):
        lit = normals @ solution[1:] > -0.05
        design[:, 1:] = np.where(lit[:, None], normals, 0.0)
        rooted = design * weights[:, None]
        strength = max(float(np.linalg.norm(solution[1:])), 0.1)
        pull = prior @ np.concatenate([[0.0], strength * _USUAL])
        solution = np.linalg.solve(design.T @ rooted + prior, rooted.T @ relative + pull)
        gap = relative - design @ solution
        spread = 1.4826 * float(np.median(np.abs(gap))) + 1e-3
        weights = 1.0 / (1.0 + np.square(gap / (2.0 * spread)))
    left = float(np.average(np.square(gap), weights=weights))
    middle = float(np.average(relative, weights=weights))
    total = float(np.average(np.square(relative - middle), weights=weights))
    explained = float(np.clip(1.0 - left / max(total, 1e-9), 0.0, 1.0))
    return max(float(solution[0]), 0.0), solution[1:], explained
