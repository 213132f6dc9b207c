"""A first layout: busiest facilities first, each where it adds least to what is placed already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from qopt.kit.models import Floats


def busiest_first(flow: Floats, distance: Floats, alone: Floats) -> list[int]:
    """The location of each facility; of places as good, the most central is taken."""
    both, apart = flow + flow.T, distance + distance.T
    central = apart.sum(axis=1) * 1e-9  # decides among equals
    at: dict[int, int] = {}
    free = np.ones(len(distance), dtype=np.bool_)
    for f in np.argsort(-both.sum(axis=1), kind="stable").tolist():
        others, places = list(at), list(at.values())
        added = (
            alone[f] + distance[:, places] @ flow[f, others] + flow[others, f] @ distance[places]
        )
        at[f] = int(np.argmin(np.where(free, added + central, np.inf)))
        free[at[f]] = False
    return [at[f] for f in range(len(flow))]
