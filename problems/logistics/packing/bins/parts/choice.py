"""Which bins are packed anew, and how they come back into the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from qopt import Neighbourhood

from ...loads import Load, Loads
from .part import BinPatterns
from .patterns import patterns

if TYPE_CHECKING:
    from qopt.kit.models import Ints

FULL_ODDS = 0.2  # a full bin is chosen as often as one with this share of its capacity left
PATTERNS = 12  # of a neighbourhood for each of its bins, or more


def repacked(
    plan: Loads,
    size_of: Mapping[str, float],
    capacity: float,
    size: int,
    random: np.random.Generator,
) -> Neighbourhood | None:
    """Some bins packed anew out of `size` patterns at most; those with room come more often.

    `back` leaves the plan as it is where these bins were packed worse.
    """
    order = _emptiest_first(plan, size_of, capacity, random)
    bins = min(int(random.integers(2, max(3, size // PATTERNS))), len(order), size)
    if bins < 2:
        return None
    free = np.sort(order[:bins]).tolist()
    loads = Loads(tuple(plan.loads[b] for b in free))
    items = tuple(item for load in loads.loads for item in load.items)
    sizes = np.array([size_of[item] for item in items])
    present = loads.held(items, [load.holder for load in loads.loads]).T
    others = patterns(sizes, capacity, size - bins, random)
    others = others[~(others[:, None] == present).all(axis=2).any(axis=1)]
    problem = BinPatterns(sizes, capacity, items, np.concatenate([present, others]))
    part = problem.packed(present)
    was = problem.evaluate(part)

    def back(again: Loads) -> Loads:
        """The other bins as they were, and numbers without a gap."""
        now = problem.evaluate(again)
        if now.feasible and now.objective > was.objective:
            return plan
        packed = iter(again.loads)
        loads = [next(packed, None) if b in free else load for b, load in enumerate(plan.loads)]
        filled = [load for load in (*loads, *packed) if load is not None]
        return Loads(
            tuple(Load(f"bin {k}", load.items, load.amount) for k, load in enumerate(filled, 1))
        )

    return Neighbourhood(problem, part, back)


def _emptiest_first(
    plan: Loads, size_of: Mapping[str, float], capacity: float, random: np.random.Generator
) -> Ints:
    """Numbers of bins in random order; those with room tend to come early."""
    room = np.array([capacity - sum(size_of[item] for item in load.items) for load in plan.loads])
    return np.argsort(random.exponential(size=len(room)) / (room + FULL_ODDS * capacity))
