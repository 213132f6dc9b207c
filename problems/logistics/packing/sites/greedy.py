"""A first plan of sites: the add heuristic of Kuehn and Hamburger (1963)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..excess import TOLERANCE, excess
from ..loads import Loads
from .supply import Supply

if TYPE_CHECKING:
    from qopt.kit.models import Bits


def added(supply: Supply) -> Loads:
    """Customers, largest first, to the cheapest site with room.

    Who fits nowhere opens another site, or breaks a capacity.
    """
    opened = _opened(supply)
    room, held = supply.capacity * (1 + TOLERANCE), np.zeros(supply.cost.shape, dtype=np.bool_)
    for j in np.argsort(-supply.demand, kind="stable").tolist():
        fits = room >= supply.demand[j]
        price = np.where(fits, supply.cost[j] + np.where(opened, 0.0, supply.fixed), np.inf)
        among = opened & fits if (opened & fits).any() else fits
        i = int(np.argmin(np.where(among, price, np.inf)) if fits.any() else np.argmax(room))
        held[j, i] = opened[i] = True
        room[i] -= supply.demand[j]
    used: Bits = np.any(held, axis=0)
    return supply.plan(held, used)


def _opened(supply: Supply) -> Bits:
    """Sites opened one by one as if they held everyone, what saves most first.

    It ends where nothing saves and there is room for all demand.
    """
    opened = np.zeros(len(supply.sites), dtype=np.bool_)
    cheapest = supply.cost.max(axis=1) + supply.fixed.sum()
    asked = float(supply.demand.sum())
    while not opened.all():
        gain = np.maximum(cheapest[:, None] - supply.cost, 0.0).sum(axis=0) - supply.fixed
        best = int(np.argmax(np.where(opened, -np.inf, gain)))
        if gain[best] <= 0 and not excess(asked, float(supply.capacity[opened].sum())):
            break
        opened[best] = True
        cheapest = np.minimum(cheapest, supply.cost[:, best])
    return opened
