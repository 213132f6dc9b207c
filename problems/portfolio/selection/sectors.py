"""What the assets of one sector may weigh together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qopt import Violation

from .holdings import Holdings
from .lots import Cap
from .trades import Floats, Ints


@dataclass(frozen=True)
class Sectors:
    """The sector of each asset, "" for none, and the most that some of the sectors may weigh."""

    each: tuple[str, ...]
    caps: Mapping[str, float]

    @property
    def known(self) -> list[str]:
        """The sectors that have a name."""
        return sorted(set(self.each) - {""})

    def members(self, sector: str) -> Ints:
        """int64[k]: the assets of a sector."""
        inside = [k for k, other in enumerate(self.each) if other == sector]
        return np.array(inside, dtype=np.int64)

    def caps_in_lots(self, holdings: Holdings) -> tuple[Cap, ...]:
        """The caps in whole lots, without those that allow the whole wealth."""
        capped = ((sector, holdings.whole_lots(cap)) for sector, cap in self.caps.items())
        return tuple(
            Cap(sector, self.members(sector), lots)
            for sector, lots in capped
            if lots < holdings.total_lots
        )

    def violations(self, w: Floats, hair: float) -> Iterator[Violation]:
        """The sectors that weights float64[n] exceed by more than a `hair`."""
        for sector, cap in self.caps.items():
            over = float(w[self.members(sector)].sum()) - cap
            if over > hair:
                yield Violation(f"sector[{sector}]", over, "of wealth")

    def complaints(self, holdings: Holdings) -> Iterator[str]:
        """Why no portfolio of such `holdings` keeps the caps, the first reason first."""
        for sector, cap in self.caps.items():
            if sector not in self.each:
                there = f"its sectors are {_some(sorted(set(self.each)))}"
                yield f"sector_caps names {sector!r}, and no asset is in it; {there}"
            if not 0 <= cap <= 1:
                yield f"sector_caps[{sector!r}]={cap:g}: give a fraction of wealth, 0..1"
        if not self.caps:
            return
        reach, assets = self._room(holdings)
        if reach < holdings.total_lots:
            caps = ", ".join(f"{sector} {cap:g}" for sector, cap in self.caps.items())
            wealth = f"{reach * holdings.lot:g} of the wealth"
            yield f"within the sector caps ({caps}) at most {wealth} can be held; raise them"
        if assets < holdings.fewest:
            fitting = f"{assets} assets of at least {holdings.min_holding:g}"
            yield f"within the sector caps at most {fitting} fit, and min_assets={holdings.fewest}"

    def _room(self, holdings: Holdings) -> tuple[int, int]:
        """The most lots within the caps of as many assets as may be held, and the most assets."""
        steps: list[int] = []
        assets, wealth = 0, holdings.total_lots
        for sector in sorted(set(self.each)):
            members = len(self.members(sector))
            cap = holdings.whole_lots(self.caps.get(sector, 1.0)) if sector else wealth
            cap = min(cap, wealth)
            room = [
                min(holdings.max_lots, cap - full * holdings.max_lots) for full in range(members)
            ]
            steps += [lots for lots in room if lots > 0]
            assets += min(members, cap // holdings.min_lots)
        return sum(sorted(steps, reverse=True)[: holdings.most]), assets


def _some(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:5]) + (", ..." if len(names) > 5 else "")
