"""Which assets of a rebalancing may change at once, in all periods."""

from __future__ import annotations

import numpy as np

from qopt import Neighbourhood

from ..selection.plan import Allocation
from ..selection.trades import Ints
from .parts import TrajectoryPart
from .plan import AllocationPath
from .trajectory import Trajectory


def of_assets(
    trajectory: Trajectory, lots: Ints, wealth: int, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """Some assets free, held ones rather than others, the rest with their `lots` int64[P, n]."""
    held = np.asarray((lots > 0).any(axis=0))
    mixed = np.argsort(random.random(len(held)) + np.where(held, 0.0, 0.3), kind="stable")
    each = np.cumsum([trajectory.variables_of(i) for i in mixed.tolist()])
    free = np.sort(mixed[: int(np.searchsorted(each, size, side="right"))])
    if len(free) < 2 or not lots[:, free].any(axis=1).all():
        return None
    part = TrajectoryPart(trajectory.among(free, lots), wealth)
    rest = lots.copy()
    rest[:, free] = 0
    kept = TrajectoryPart(trajectory, wealth).allocations(rest).periods

    def back(inner: AllocationPath) -> AllocationPath:
        return AllocationPath(
            {
                period: Allocation(dict(others.weights) | dict(inner.periods[period].weights))
                for period, others in kept.items()
            }
        )

    return Neighbourhood(part, part.allocations(lots[:, free]), back)
