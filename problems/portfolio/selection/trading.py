"""What may be traded to come from the weights now to others, and what that costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qopt import Violation

from .holdings import TOLERANCE, Holdings
from .sectors import Sectors
from .trades import WHOLE, Floats, Trades


@dataclass(frozen=True, eq=False)
class Trading:
    """Weights now float64[n], None where trading is free, and costs float64[n] of leaving them."""

    names: tuple[str, ...]
    current: Floats | None
    max_turnover: float | None
    linear_cost: Floats
    fixed_cost: Floats

    def in_lots(self, lot: float) -> Trades | None:
        """The same in lots; None where trading is free."""
        if self.current is None:
            return None
        now = np.round(self.current / lot, 6)
        limit = np.inf if self.max_turnover is None else self.max_turnover / lot
        return Trades(now, self.linear_cost * lot, self.fixed_cost, limit)

    def figures(self, w: Floats, lot: float) -> dict[str, float]:
        """What coming to weights float64[n] turns over and costs; nothing where it is free."""
        if self.current is None:
            return {}
        traded = np.abs(w - self.current)
        cost = self.linear_cost @ traded + self.fixed_cost @ (traded > WHOLE * lot)
        return {"turnover": float(traded.sum()), "trading_cost": float(cost)}

    def violations(self, w: Floats, lot: float) -> Iterator[Violation]:
        """The turnover of coming to weights float64[n], where it is too much."""
        if self.current is not None and self.max_turnover is not None:
            over = float(np.abs(w - self.current).sum()) - self.max_turnover
            if over > WHOLE * lot * len(w) + TOLERANCE:
                yield Violation("turnover", over, "of wealth")

    def complaints(self, holdings: Holdings, sectors: Sectors) -> Iterator[str]:
        """Why nobody can trade so, and why too little may be traded to keep the other limits."""
        for what, costs in (("linear_cost", self.linear_cost), ("fixed_cost", self.fixed_cost)):
            for k in np.flatnonzero(~((costs >= 0) & (costs < np.inf)))[:1]:
                yield f"{what} of {self.names[k]} is {costs[k]:g}; give 0 or more"
            if self.current is None and costs.any():
                remedy = "say what is held now, current={} for nothing"
                yield f"{what} is given without current: {remedy}"
        if self.current is None:
            if self.max_turnover is not None:
                yield "max_turnover is given without current: say what is held now"
            return
        now = self.current
        for k in np.flatnonzero(~((now >= 0) & (now <= 1e3)))[:1]:
            yield f"current holds {now[k]:g} of {self.names[k]}; give weights of 0 or more"
        if self.max_turnover is None:
            return
        limit = self.max_turnover
        if not 0 <= limit < np.inf:
            yield f"max_turnover={limit!r}: give 0 or more"
        for why, sold in _sales(now, holdings, sectors):
            needed = 2 * sold + 1 - float(now.sum())
            if needed > limit + WHOLE:
                yield f"max_turnover={limit:g}, and {why} alone takes {needed:g}; raise it"


def _sales(now: Floats, holdings: Holdings, sectors: Sectors) -> Iterator[tuple[str, float]]:
    """What must be sold of the weights now, by the limit that asks for it."""
    yield "coming to the whole wealth", max(0.0, float(now.sum()) - 1)
    beyond = np.maximum(now - holdings.max_holding, 0)
    yield f"keeping max_holding={holdings.max_holding:g}", float(beyond.sum())
    smallest = np.sort(now)[: len(now) - holdings.most]
    yield f"keeping to {holdings.most} assets", float(smallest.sum())
    for sector, cap in sectors.caps.items():
        over = float(now[sectors.members(sector)].sum()) - cap
        yield f"keeping the cap of sector {sector}", max(0.0, over)
