"""How much may be held of an asset, and of how many assets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from qopt import Violation

from .trades import WHOLE, Bits, Floats

SMALLEST_LOT = 1e-4  # a basis point
TOLERANCE = 1e-9  # of weights: they are sums of lots in floating point


@dataclass(frozen=True)
class Holdings:
    """Weights in lots of the wealth, each 0 or within limits, of a number of assets within limits.

    `max_assets` and `min_assets` are None where there is no such limit.
    """

    names: tuple[str, ...]
    max_assets: int | None
    min_assets: int | None
    min_holding: float
    max_holding: float
    lot: float

    @property
    def total_lots(self) -> int:
        """Lots in the whole wealth."""
        return round(1 / self.lot)

    @property
    def min_lots(self) -> int:
        """The fewest lots of a held asset."""
        return max(1, int(np.ceil(self.min_holding / self.lot - 1e-6)))

    @property
    def max_lots(self) -> int:
        """The most lots of an asset."""
        return self.whole_lots(self.max_holding)

    @property
    def most(self) -> int:
        """At most so many assets are held."""
        return len(self.names) if self.max_assets is None else self.max_assets

    @property
    def fewest(self) -> int:
        """At least so many assets are held."""
        return 1 if self.min_assets is None else self.min_assets

    @property
    def hair(self) -> float:
        """By less than this weight no limit is broken."""
        return max(TOLERANCE, WHOLE * self.lot)

    def whole_lots(self, weight: float) -> int:
        """So many lots fit into a weight."""
        return int(np.floor(weight / self.lot + 1e-6))

    def held(self, w: Floats) -> Bits:
        """bool[n]: the assets that have any weight."""
        return np.asarray(np.abs(w) > TOLERANCE)

    def violations(self, w: Floats) -> Iterator[Violation]:
        """What weights float64[n] break: the whole wealth, each holding's size, their number."""
        if abs(w.sum() - 1) > TOLERANCE * len(w):
            yield Violation("budget", abs(float(w.sum()) - 1), "of wealth")
        held = self.held(w)
        for k in np.flatnonzero(held):
            short, over = self.min_holding - w[k], w[k] - self.max_holding
            if max(short, over) > self.hair:
                yield Violation(f"holding[{self.names[k]}]", float(max(short, over)), "of wealth")
            off = abs(w[k] - self.lot * round(w[k] / self.lot))
            if off > 1e-6 * self.lot:
                yield Violation(f"lot[{self.names[k]}]", float(off), "of wealth")
        number = float(held.sum())
        if self.max_assets is not None and number > self.max_assets:
            yield Violation("max_assets", number - self.max_assets, "assets")
        if self.min_assets is not None and number < self.min_assets:
            yield Violation("min_assets", self.min_assets - number, "assets")

    def complaints(self) -> Iterator[str]:
        """Why no portfolio keeps these limits, the first reason first."""
        yield from self._out_of_range()
        yield from self._contradictions()

    def _out_of_range(self) -> Iterator[str]:
        lot, least, most = self.lot, self.min_holding, self.max_holding
        if not (SMALLEST_LOT <= lot <= 1 and abs(1 / lot - round(1 / lot)) < 1e-6):
            fraction = f"a fraction of wealth that divides it, {SMALLEST_LOT:g} or more, as 0.01"
            yield f"lot={lot!r}: give {fraction}"
        if not 0 <= least <= most <= 1:
            yield f"min_holding={least:g}, max_holding={most:g}: give 0 <= min <= max <= 1"
        if self.min_lots > self.max_lots:
            yield f"no multiple of lot={lot:g} lies within {least:g}..{most:g}"
        n = len(self.names)
        for what, value in (("max_assets", self.max_assets), ("min_assets", self.min_assets)):
            if value is not None and not 1 <= value <= n:
                yield f"{what}={value!r} with {n} assets; give 1..{n}"

    def _contradictions(self) -> Iterator[str]:
        fewest, most = self.fewest, self.most
        least_lots, most_lots, wealth = self.min_lots, self.max_lots, self.total_lots
        if fewest > most:
            yield f"min_assets={fewest} is above max_assets={most}"
        if most * most_lots < wealth:
            yield (
                f"{most} assets of at most {self.max_holding:g} cannot make up the wealth; "
                "raise max_holding or max_assets"
            )
        if fewest * least_lots > wealth:
            yield (
                f"{fewest} assets of at least {self.min_holding:g} exceed the wealth; "
                "lower min_holding or min_assets"
            )
        counts = range(fewest, most + 1)
        if not any(k * least_lots <= wealth <= k * most_lots for k in counts):
            each = f"{least_lots * self.lot:g} to {most_lots * self.lot:g}"
            yield (
                f"no number of assets from {fewest} to {most}, each {each}, "
                "makes up the whole wealth; change the limits"
            )
