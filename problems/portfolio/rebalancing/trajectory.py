"""Portfolios in lots, one after another, as one model: each period's is that of `lots`.

What is traded of asset i before period p is x_ip - x_i(p-1) and twice what is sold. Sold is
max(0, x_i(p-1) - x_ip), which is

*soft*: what breaking the soft row `x_i(p-1) <= x_ip` costs, which needs no variable;

*slack*: a whole number `sold[i,p]` with `x_i(p-1) - x_ip <= sold[i,p]`. A limited turnover is a
row over these, so there they are in both formulations.

A fixed cost has a binary `traded[i,p]` that makes room in two rows. Before the first period
holdings are numbers: `trades`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize

from ..selection.lots import Lots
from ..selection.trades import Floats, Ints, Trades

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Trajectory:
    """The `lots` of each of the `periods`, of the same assets.

    `linear` and `fixed` float64[n] are what each lot bought or sold and each asset traded between
    two periods cost; `limits` the most lots traded before the second period and every later one,
    infinite for none.
    """

    periods: tuple[str, ...]
    lots: tuple[Lots, ...]
    linear: Floats
    fixed: Floats
    limits: tuple[float, ...]
    soft: bool

    def trades(self, p: int, before: Ints) -> Trades:
        """What it costs to come to period p >= 1 from lots int64[n]."""
        return Trades(before.astype(np.float64), self.linear, self.fixed, self.limits[p - 1])

    def objective(self, lots: Ints) -> float:
        """Of lots int64[P, n]."""
        between = sum(self.trades(p, lots[p - 1]).costs(lots[p]) for p in range(1, len(lots)))
        return sum(part.objective(x) for part, x in zip(self.lots, lots, strict=True)) + between

    def size(self) -> ModelSize:
        sizes = [part.size() for part in self.lots]
        sold = sum(self._counts(p, i) for p, i in self._steps())
        rows = sum(bool(self._counts(p, i) or self.linear[i]) for p, i in self._steps())
        traded = sum(bool(self.fixed[i]) for _, i in self._steps())
        limited = sum(np.isfinite(limit) for limit in self.limits)
        return ModelSize(
            sum(size.variables for size in sizes) + sold + traded,
            sum(size.couplings for size in sizes),
            sum(size.constraints for size in sizes) + rows + 2 * traded + int(limited),
        )

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        cqm, objective, parts = dimod.ConstrainedQuadraticModel(), dimod.QuadraticModel(), []
        for period, lots in zip(self.periods, self.lots, strict=True):
            part = lots.cqm()
            part.relabel_variables({label: _at(label, period) for label in part.variables})
            objective.update(part.objective)
            parts.append((period, part))
        for label, kind, most, cost in self._binaries():
            objective.add_variable(
                kind, label, **({} if kind == "BINARY" else {"upper_bound": most})
            )
            objective.add_linear(label, cost)
        for p, i in self._steps():
            for label, sign in [*self._terms(p, i), *((v, -x) for v, x in self._terms(p - 1, i))]:
                objective.add_linear(label, sign * float(self.linear[i]))
        cqm.set_objective(objective)
        for period, part in parts:
            for label, row in part.constraints.items():
                products = [(u, v, bias) for (u, v), bias in row.lhs.quadratic.items()]
                terms = [*row.lhs.linear.items(), *products]
                cqm.add_constraint_from_iterable(
                    terms, row.sense.value, rhs=row.rhs, label=_at(label, period)
                )
        self._add_trading(cqm)
        return cqm

    def lots_of(self, sample: Mapping[Any, float]) -> Ints:
        """int64[P, n], whatever other variables say."""
        lots = []
        for period, part in zip(self.periods, self.lots, strict=True):
            own = {label: sample[_at(label, period)] for terms in part.terms for label, _ in terms}
            lots.append(part.lots_of(own))
        return np.array(lots)

    def sample(self, lots: Ints) -> dict[Any, float]:
        sample: dict[Any, float] = {}
        for period, part, x in zip(self.periods, self.lots, lots, strict=True):
            sample |= {_at(label, period): value for label, value in part.sample(x).items()}
        for p, i in self._steps():
            if self._counts(p, i):
                sample[self._label("sold", p, i)] = float(max(0, lots[p - 1, i] - lots[p, i]))
            if self.fixed[i]:
                sample[self._label("traded", p, i)] = float(lots[p - 1, i] != lots[p, i])
        return sample

    def variables_of(self, i: int) -> int:
        between = sum(self._counts(p, i) + bool(self.fixed[i]) for p in range(1, len(self.lots)))
        return between + sum(part.variables_of(i) for part in self.lots)

    def among(self, free: Ints, lots: Ints) -> Trajectory:
        """The assets `free` alone, where the others keep their `lots` int64[P, n].

        The objective stays that of the whole.
        """
        parts = [part.among(free, x) for part, x in zip(self.lots, lots, strict=True)]
        rest = np.setdiff1d(np.arange(lots.shape[1]), free)
        moved = np.abs(np.diff(lots[:, rest], axis=0))
        kept = float((moved @ self.linear[rest]).sum() + ((moved > 0) @ self.fixed[rest]).sum())
        parts[0] = replace(parts[0], offset=parts[0].offset + kept)
        limits = tuple(
            limit - float(used) for limit, used in zip(self.limits, moved.sum(axis=1), strict=True)
        )
        return replace(
            self, lots=tuple(parts), linear=self.linear[free], fixed=self.fixed[free], limits=limits
        )

    def greedy(self) -> tuple[Ints, Ints]:
        """Lots int64[P, n] period by period from the one before, and those of one portfolio."""
        walk = [self.lots[0].greedy()]
        for p in range(1, len(self.lots)):
            walk.append(replace(self.lots[p], trades=self.trades(p, walk[-1])).greedy())
        mean = (
            np.mean([part.quadratic for part in self.lots], axis=0),
            np.mean([part.linear for part in self.lots], axis=0),
        )
        still = replace(self.lots[0], quadratic=mean[0], linear=mean[1]).greedy()
        return np.array(walk), np.tile(still, (len(self.lots), 1))

    def _steps(self) -> Iterator[tuple[int, int]]:
        """Every asset before every period but the first."""
        return ((p, i) for p in range(1, len(self.lots)) for i in range(len(self.linear)))

    def _counts(self, p: int, i: int) -> bool:
        """Whether lots sold have a variable."""
        return bool(np.isfinite(self.limits[p - 1]) or (self.linear[i] and not self.soft))

    def _binaries(self) -> Iterator[tuple[str, str, int, float]]:
        """Label, kind, upper bound and cost of each variable between periods."""
        for p, i in self._steps():
            if self._counts(p, i):
                yield (
                    self._label("sold", p, i),
                    "INTEGER",
                    self.lots[p - 1].most,
                    2 * float(self.linear[i]),
                )
            if self.fixed[i]:
                yield self._label("traded", p, i), "BINARY", 1, float(self.fixed[i])

    def _add_trading(self, cqm: Any) -> None:
        for p, i in self._steps():
            now, before = self._terms(p, i), self._terms(p - 1, i)
            fall = [*before, *((label, -x) for label, x in now)]
            row, at = self._label("sold", p, i), f"[{self.lots[p].names[i]},{self.periods[p]}]"
            if self._counts(p, i):
                cqm.add_constraint_from_iterable(
                    [*fall, (row, -1.0)], "<=", rhs=0, label=f"{row} or not"
                )
            elif self.linear[i]:
                charge = 2 * float(self.linear[i])
                cqm.add_constraint_from_iterable(
                    fall, "<=", rhs=0, label=row, weight=charge, penalty="linear"
                )
            if self.fixed[i]:
                traded = (
                    self._label("traded", p, i),
                    -float(max(self.lots[p].most, self.lots[p - 1].most)),
                )
                rise = [(label, -x) for label, x in fall]
                cqm.add_constraint_from_iterable([*fall, traded], "<=", rhs=0, label=f"sale{at}")
                cqm.add_constraint_from_iterable(
                    [*rise, traded], "<=", rhs=0, label=f"purchase{at}"
                )
        for p, limit in enumerate(self.limits, 1):
            if np.isfinite(limit):
                sold = [(self._label("sold", p, i), 1.0) for i in range(len(self.linear))]
                net = self.lots[p].total - self.lots[p - 1].total
                right = float(np.floor((limit - net) / 2 + 1e-6))
                cqm.add_constraint_from_iterable(
                    sold, "<=", rhs=right, label=f"turnover[{self.periods[p]}]"
                )

    def _terms(self, p: int, i: int) -> list[tuple[str, float]]:
        return [(_at(label, self.periods[p]), x) for label, x in self.lots[p].terms[i]]

    def _label(self, what: str, p: int, i: int) -> str:
        return f"{what}[{self.lots[p].names[i]},{self.periods[p]}]"


def _at(label: str, period: str) -> str:
    """The label of a period's variable or row, from that of a portfolio's."""
    if "]" not in label:
        return f"{label}[{period}]"
    inside, after = label.rsplit("]", 1)
    return f"{inside},{period}]{after}"
