"""The cheapest pairing of two sets: the Hungarian method by shortest augmenting paths.

After Jonker and Volgenant, "A shortest augmenting path algorithm for dense and sparse linear
assignment problems" (1987), without its initial heuristics: the sets are small.
"""

from __future__ import annotations

import numpy as np

from ...clip.clip import Array


def cheapest_pairs(cost: Array) -> list[tuple[int, int]]:
    """Return (row, column) pairs of the least total cost, one for each of the shorter side.

    Args:
        cost: (N, M), finite.
    """
    rows, columns = cost.shape
    if rows > columns:
        return sorted((row, column) for column, row in cheapest_pairs(cost.T))
    if not rows:
        return []
    row_price, column_price = np.zeros(rows), np.zeros(columns)
    owner = np.full(columns, -1)
    for row in range(rows):
        _augment(cost, row, row_price, column_price, owner)
    return sorted((int(row), int(column)) for column, row in enumerate(owner) if row >= 0)


def _augment(cost: Array, row: int, row_price: Array, column_price: Array, owner: Array) -> None:
    """Give ``row`` a column, moving others along the shortest path of reduced costs."""
    columns = cost.shape[1]
    length = np.full(columns, np.inf)
    before = np.full(columns, -1)
    done = np.zeros(columns, bool)
    at, reached, sink = row, 0.0, -1
    while sink < 0:
        through = reached + cost[at] - row_price[at] - column_price
        better = ~done & (through < length)
        length[better], before[better] = through[better], at
        nearest = int(np.argmin(np.where(done, np.inf, length)))
        reached = float(length[nearest])
        done[nearest] = True
        if owner[nearest] < 0:
            sink = nearest
        else:
            at = int(owner[nearest])
    gains = reached - length[done]
    owners = owner[done]
    row_price[owners[owners >= 0]] += gains[owners >= 0]
    row_price[row] += reached
    column_price[done] -= gains
    while True:
        at = int(before[sink])
        taken = int(np.flatnonzero(owner == at)[0]) if at != row else -1
        owner[sink] = at
        if at == row:
            return
        sink = taken
