"""Some customers served anew, in the room that the others leave."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import Neighbourhood

from ..freed import any_items, held_by
from ..loads import Loads
from .supply import Supply

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Ints


def served_anew(
    supply: Supply,
    plan: Loads,
    kind: str,
    size: int,
    random: np.random.Generator,
    part_of: Callable[[Supply], Any],
) -> Neighbourhood | None:
    """Customers and sites as `kind` says, `part_of` which is the problem; the others stay.

    None where a freed customer has no room: of a plan that breaks capacities.
    """
    held, opened = supply.held(plan), supply.opened(plan)
    customers, sites = _free(supply, held, kind, size, random)
    if len(sites) < 2 or not len(customers):
        return None
    staying = held.copy()
    staying[customers] = False
    busy = staying[:, sites].any(axis=0)  # they stay open for others
    room = supply.capacity[sites] - supply.demand @ staying[:, sites]
    demand = supply.demand[customers]
    if room.min() < 0 or demand.max() > room.max() or demand.sum() > room.sum():
        return None
    inside = np.ix_(customers, sites)
    part = Supply(
        fixed=np.where(busy, 0.0, supply.fixed[sites]),
        cost=supply.cost[inside],
        demand=demand,
        capacity=room,
        sites=tuple(supply.sites[i] for i in sites.tolist()),
        customers=tuple(supply.customers[j] for j in customers.tolist()),
    )

    def back(again: Loads) -> Loads:
        """The other customers stay where they are, and so do the sites that serve them."""
        served, used = staying.copy(), opened.copy()
        served[inside] = part.held(again)
        used[sites] = part.opened(again) | busy
        return supply.plan(served, used)

    return Neighbourhood(part_of(part), part.plan(held[inside], opened[sites]), back)


def _free(
    supply: Supply, held: Bits, kind: str, size: int, random: np.random.Generator
) -> tuple[Ints, Ints]:
    """The customers to be served anew, and the sites among which."""
    count = len(supply.sites)
    if kind == "customers":
        return any_items(held, size // count - 1, random), np.arange(count)
    order = random.permutation(count)
    if kind == "near sites":
        apart = np.abs(supply.price - supply.price[:, order[:1]]).sum(axis=0)
        order = np.argsort(apart, kind="stable")
    return held_by(held, order, size, more=1)
