"""Layouts by exchanges of two facilities, what gains most first, until none gains any more.

Empty locations are facilities without flow, so that a move into one is an exchange, too.

Source: the gain of an exchange is that of Burkard and Rendl (1984), here for all pairs at once by
two products of matrices.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

ROUNDING = 1e-9  # of the largest change in sight: a gain of less is none


def exchanged(flow: Floats, distance: Floats, cost: Floats, location: Ints) -> Ints:
    """int64[facilities]: where each is after exchanges from `location` int64[facilities].

    No two are at one place.

    `flow` float64[facilities, facilities], `distance` float64[locations, locations], `cost`
    float64[facilities, locations].
    """
    facilities, locations = cost.shape
    padded, alone = np.zeros_like(distance), np.zeros_like(distance)
    padded[:facilities, :facilities], alone[:facilities] = flow, cost
    at = np.concatenate([location, np.setdiff1d(np.arange(locations), location)])
    while True:
        change = changes(padded, distance[np.ix_(at, at)], alone[:, at])
        a, b = divmod(int(change.argmin()), locations)
        if change[a, b] >= -ROUNDING * np.abs(change).max():
            return at[:facilities]
        at[[a, b]] = at[[b, a]]


def changes(flow: Floats, distance: Floats, cost: Floats) -> Floats:
    """float64[n, n]: what exchanging two facilities adds, where number k is at location k."""
    diagonal = np.diagonal
    # [a, b]: a is at the location of b, all others stay, b too
    moved = flow.T @ distance + flow @ distance.T
    total = moved + moved.T - diagonal(moved)[:, None] - diagonal(moved)
    # of that the terms whose third facility is one of the two, as they are and as they should be
    f, d = diagonal(flow), diagonal(distance)
    total -= (f[:, None] - flow) * (distance - d[:, None]) + (f[:, None] - flow.T) * (
        distance.T - d[:, None]
    )
    total -= (flow.T - f) * (d - distance.T) + (flow - f) * (d - distance)
    total += (f[:, None] - f) * (d - d[:, None]) + (flow - flow.T) * (distance.T - distance)
    change: Floats = total + cost + cost.T - diagonal(cost)[:, None] - diagonal(cost)
    return change
