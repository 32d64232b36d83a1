"""The key light's direction over time, from what each frame tells of every direction.

Forward and backward over a hidden Markov model (L. Rabiner, Proc. IEEE 77, 1989): the light
stands, goes round, or seldom jumps, more easily where the picture's brightness jumps. All frames
speak for every frame, so nothing lags, and the spread of what remains is how unsure the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from ...clip.clip import Array
from .shading import RATIOS, directions, prior, ratio_prior

#: What many frames of a clip together count, in independent measurements: normals are guessed
#: wrong in much the same way in all of them, so that one frame alone counts two thirds of it.
_COUNT, _ALONE = 60.0, 0.5
#: Degrees by which the light may drift over the clip: it nearly stands, or goes round. That it goes
#: must be this much likelier, in log odds, to be believed.
_STANDS_DEG, _GOES_DEG, _PROOF = 20.0, 120.0, 3.0
#: Odds of a jump between two frames, and where the brightness jumps.
_JUMP, _KNOWN_JUMP = 1e-5, 0.5
#: Half the distance between directions of the grid: nothing is known better.
_GRID_DEG = 4.0


@dataclass(frozen=True)
class LightPath:
    """The light in T frames.

    Attributes:
        directions: (T, 3) unit vectors.
        sigma_deg: (T,) root mean square angle to the truth.
        ratio: key to ambient.
    """

    directions: Array
    sigma_deg: Array
    ratio: float


def follow_light(tables: Sequence[Array], jumps: Sequence[bool]) -> LightPath:
    """Return the light over time.

    Args:
        tables: of each frame, its (R, D) losses; see :func:`.shading.losses`.
        jumps: of each frame but the first, whether the light jumps just before it.
    """
    stack = np.stack(tables).astype(np.float64)
    share = _COUNT / (len(stack) + _ALONE)
    joint = -share * stack.sum(axis=0) + prior() + ratio_prior()[:, None]
    odds = np.exp(joint - joint.max())
    ratios = odds.sum(axis=1) / odds.sum()
    seen = -share * np.einsum("r,trd->td", ratios, stack)
    stands, odds_stands = _posterior(seen, jumps, _STANDS_DEG)
    goes, odds_goes = _posterior(seen, jumps, _GOES_DEG)
    posterior = goes if odds_goes > odds_stands + _PROOF else stands
    return LightPath(*_means(posterior), float(np.exp(ratios @ np.log(RATIOS))))


def _posterior(seen: Array, jumps: Sequence[bool], drift_deg: float) -> tuple[Array, float]:
    """Return (T, D) probabilities of the directions, and the log likelihood of all that was seen.

    Args:
        seen: (T, D) log likelihoods.
        jumps: of each frame but the first, whether the light jumps just before it.
        drift_deg: by which the light may drift over the clip.
    """
    start = np.exp(prior() - prior().max())
    start /= start.sum()
    # In a clip of few frames a step is no longer than in one of many.
    step_deg = drift_deg / np.sqrt(max(len(seen) - 1, 4))
    near = _steps(step_deg)
    moves = {
        jump: near + (_KNOWN_JUMP if jump else _JUMP) * (start - near) for jump in (False, True)
    }
    highest = seen.max(axis=1, keepdims=True)
    local = np.exp(seen - highest)
    forward, backward = np.empty_like(local), np.ones_like(local)
    ahead, likelihood = start, float(highest.sum())
    for t in range(len(local)):
        if t:
            ahead = forward[t - 1] @ moves[jumps[t - 1]]
        forward[t] = ahead * local[t]
        total = float(forward[t].sum())
        forward[t] /= total
        likelihood += float(np.log(total))
    for t in range(len(local) - 2, -1, -1):
        back = moves[jumps[t]] @ (backward[t + 1] * local[t + 1])
        backward[t] = back / back.sum()
    both = forward * backward
    return np.asarray(both / both.sum(axis=1, keepdims=True)), likelihood


@lru_cache(maxsize=8)
def _steps(step_deg: float) -> Array:
    """Return (D, D) probabilities of drifting from one direction to another between two frames."""
    table = directions().astype(np.float64)
    angle = np.degrees(np.arccos(np.clip(table @ table.T, -1, 1)))
    # On a grid of ten degrees a smaller step means to stay most of the time.
    near = np.where(angle < 2.5 * max(step_deg, 10.0), np.exp(-2 * angle / step_deg), 0.0)
    return np.asarray(near / near.sum(axis=1, keepdims=True))


def _means(posterior: Array) -> tuple[Array, Array]:
    """Return mean unit vectors, and the angle about them in degrees."""
    mean = posterior @ directions().astype(np.float64)
    length = np.linalg.norm(mean, axis=1, keepdims=True).clip(1e-9)
    mean = mean / length
    angle = np.degrees(np.arccos(np.clip(mean @ directions().T, -1, 1)))
    sigma = np.sqrt((posterior * np.square(angle)).sum(axis=1))
    return np.asarray(mean), np.asarray(np.hypot(sigma, _GRID_DEG))
