"""What it costs to come from the holdings one has to others, and how a model says so without slack.

Of an asset of which c lots are held now and x are to be, `max(0, c - x)` lots are sold, and bought
are these and `x - c` more. The lots sold are counted by a ladder of binaries, one a level
k = 1..ceil(c), each 1 where fewer than k lots are left,

    max(0, c - x) = sum_k weight_k [x < k].

A level weighs 1, and the last what c is above the one before. Each has a row of its own,
`x + k sold_k >= k`. Only assets that are held now have levels, so there are about as many rungs as
lots in the whole wealth. Nothing wants a rung to be 1 but its row: annealers that know indicators
set them by themselves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
WHOLE = (
    1e-6  # of a lot: present holdings are rounded to it, and what is nearer to whole lots is whole
)


@dataclass(frozen=True, eq=False)
class Trades:
    """Holdings now, `current` float64[n] in lots, and what leaving them costs.

    `linear` and `fixed` float64[n] are what each lot bought or sold and each asset traded add to
    the objective, at least 0; `limit` is the most lots that may be bought and sold in all, infinite
    for none.
    """

    current: Floats
    linear: Floats
    fixed: Floats
    limit: float

    def costs(self, lots: Ints) -> float:
        traded = np.abs(lots - self.current)
        return float(self.linear @ traded + self.fixed @ (traded > WHOLE / 2))

    def traded(self, lots: Ints) -> float:
        return float(np.abs(lots - self.current).sum())

    def among(self, free: Ints, lots: Ints) -> Trades:
        """The same for some of the assets, where the others have `lots` and use up the limit."""
        rest = np.setdiff1d(np.arange(len(lots)), free)
        used = float(np.abs(lots[rest] - self.current[rest]).sum())
        return Trades(self.current[free], self.linear[free], self.fixed[free], self.limit - used)


@dataclass(frozen=True, eq=False)
class Ladders:
    """The binaries and rows for `trades` of the assets `names`.

    Each asset has 0 lots or from `least` to `most`, and all have `total`. `held` says of an asset
    that it has lots, where the model has such binaries: of one not held now it is the purchase,
    too.
    """

    names: tuple[str, ...]
    trades: Trades
    total: int
    least: int
    most: int
    held: bool

    @cached_property
    def rungs(self) -> list[dict[int, float]]:
        """For each asset the weight of each level: how many lots are sold for being below it.

        Levels below `least` are one.
        """
        rungs = []
        counted = (self.trades.linear > 0) | np.isfinite(self.trades.limit)
        for i, c in enumerate(self.trades.current.tolist()):
            levels: dict[int, float] = {}
            for k, weight in _levels(c) if counted[i] else ():
                if k <= self.most:
                    levels[max(k, self.least)] = levels.get(max(k, self.least), 0.0) + weight
            if self._fixed[i] and c > 0 and not levels:
                levels = {round(c): 0.0}
            rungs.append(levels)
        return rungs

    @cached_property
    def bought(self) -> list[int]:
        """The assets whose purchase has a binary of its own."""
        new = (self.trades.current == 0) & self.held
        return [
            int(i)
            for i in np.flatnonzero(self._fixed & (self.trades.current < self.most - 0.5) & ~new)
        ]

    def size(self) -> tuple[int, int]:
        """Variables and constraints."""
        variables = sum(map(len, self.rungs)) + len(self.bought)
        return variables, variables + (self._turnover is not None)

    def costs(self) -> tuple[Floats, Floats, dict[str, float], float]:
        """What a lot adds float64[n], holding an asset [n] and each binary; what all plans cost.

        Of x lots, x - c + 2 sold are traded.
        """
        linear, fixed, current = self.trades.linear, self.trades.fixed, self.trades.current
        binaries: dict[str, float] = {}
        for i, levels in enumerate(self.rungs):
            for level, weight in levels.items():
                decides = self._fixed[i] and level == round(current[i])
                binaries[self._rung(i, level)] = float(
                    2 * weight * linear[i] + (fixed[i] if decides else 0.0)
                )
        binaries |= {self._purchase(i): float(fixed[i]) for i in self.bought}
        opening = np.where(self._fixed & (current == 0) & self.held, fixed, 0.0)
        offset = float(linear @ (2 * self._surely_sold - current) + fixed @ self._surely_traded)
        return linear, opening, binaries, offset

    def sample(self, lots: Ints) -> dict[str, float]:
        sample: dict[str, float] = {}
        for i, levels in enumerate(self.rungs):
            sample |= {self._rung(i, level): float(lots[i] < level) for level in levels}
        return sample | {
            self._purchase(i): float(lots[i] > self.trades.current[i] + 0.5) for i in self.bought
        }

    def add_rows(self, cqm: Any, terms: Sequence[Sequence[tuple[str, float]]]) -> None:
        """`terms` give each asset's lots as a sum over variables."""
        for i, levels in enumerate(self.rungs):
            for level in levels:
                rung = self._rung(i, level)
                row = [*terms[i], (rung, float(level))]
                cqm.add_constraint_from_iterable(row, ">=", rhs=level, label=f"{rung} or not")
        for i in self.bought:
            now = round(float(self.trades.current[i]))
            row = [*terms[i], (self._purchase(i), -float(self.most - now))]
            cqm.add_constraint_from_iterable(
                row, "<=", rhs=now, label=f"{self._purchase(i)} or not"
            )
        if self._turnover is not None:
            row, limit = self._turnover
            cqm.add_constraint_from_iterable(row, "<=", rhs=limit, label="turnover")

    @cached_property
    def _surely_sold(self) -> Floats:
        """float64[n]: lots above `most`, which nothing can keep."""
        return np.maximum(self.trades.current - self.most, 0.0)

    @cached_property
    def _surely_traded(self) -> Bits:
        """bool[n]: present holdings that no number of lots within the limits equals."""
        c = self.trades.current
        whole = np.abs(c - np.rint(c)) < WHOLE / 2
        return np.asarray(~(whole & ((c == 0) | ((c > self.least - 0.5) & (c < self.most + 0.5)))))

    @cached_property
    def _fixed(self) -> Bits:
        """bool[n]: whether it is open if the fixed cost is to be paid."""
        return np.asarray((self.trades.fixed > 0) & ~self._surely_traded)

    @cached_property
    def _turnover(self) -> tuple[list[tuple[str, float]], float] | None:
        """A row over the rungs: of a fixed total, what is bought follows from what is sold."""
        limit = self.trades.limit
        row = [
            (self._rung(i, k), weight)
            for i, levels in enumerate(self.rungs)
            for k, weight in levels.items()
        ]
        if not (np.isfinite(limit) and row):
            return None
        net = self.total - float(self.trades.current.sum())
        return row, round((limit - net) / 2 - float(self._surely_sold.sum()), 6)

    def _rung(self, i: int, level: int) -> str:
        return f"sold[{self.names[i]},below {level}]"

    def _purchase(self, i: int) -> str:
        return f"bought[{self.names[i]}]"


def _levels(c: float) -> Iterator[tuple[int, float]]:
    """(k, weight) with max(0, c - x) = sum of the weights of the k above x, for every whole x."""
    whole = int(np.floor(c + WHOLE / 2))
    for k in range(1, whole + 1):
        yield k, 1.0
    if c - whole > WHOLE / 2:
        yield whole + 1, round(c - whole, 6)
