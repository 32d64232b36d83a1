"""The matrix of faults and measures in words."""

from __future__ import annotations

import numpy as np

from .matrix import Matrix

#: A measure moves less than this for the other faults, as a share of what its own does.
LIMIT = 0.1


def as_text(matrix: Matrix) -> str:
    """Return each measure at its own fault's sizes, and the largest effect of any other fault."""
    lines = [
        f"{'measure':18} {'without':>8} {'at five growing sizes of its own fault':^44}  others"
    ]
    shares = matrix.shares().T
    for at, (name, own) in enumerate(zip(matrix.names, matrix.own(), strict=True)):
        others = np.where(np.arange(len(shares)) == at, 0.0, shares[at])
        worst = int(others.argmax())
        grows = bool((np.diff(own[1:]) > 0).all() and own[1] > own[0])
        verdict = "pass" if grows and others[worst] < LIMIT else "FAIL"
        figures = " ".join(f"{value:8.3g}" for value in own)
        lines.append(f"{name:18} {figures}  {others[worst]:.3f} ({matrix.names[worst]})  {verdict}")
    return "\n".join(lines)
