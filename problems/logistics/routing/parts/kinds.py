"""The kinds of parts that a plan of routes has."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qopt import Neighbourhood

from ..plan import Routes
from ..trips import Trips
from .recombination import recombination
from .regrouping import regrouping
from .removal import reinsertion

KINDS = ("customers", "strings", "two routes", "three routes", "seen routes")


def part_of(
    trips: Trips,
    plan: Routes,
    kind: str,
    size: int,
    random: np.random.Generator,
    seen: Sequence[Routes],
) -> Neighbourhood | None:
    """One of a kind, of a plan without empty routes, in a model of at most `size` variables."""
    if kind == "seen routes":
        return recombination(trips, plan, size, seen)
    if kind in ("customers", "strings"):
        return reinsertion(trips, plan, kind == "strings", size, random)
    return regrouping(trips, plan, 2 if kind == "two routes" else 3, size, random)
