"""Assets in whole lots, as a model: x'Qx + c'x + what trading costs, over lots x that add up.

Two formulations. *Folded*: an asset is out, or held with its minimum of m lots and `extra` more,

    x_i = m held[i] + extra[i],   held binary, extra whole,   extra[i] (1 - held[i]) = 0

The last is a product that must vanish, so it needs no slack and costs nothing where it holds; no
row links weights to holdings, where m held <= x <= M held would take two slacks an asset. That is
what penalties want.

*Counted*: the lots themselves, and binaries that say what they must,

    x_i = lots[i] in 0..M,   lots[i] <= M held[i],   lots[i] + m out[i] >= m,
    sum held <= most assets,   sum out <= n - fewest assets,   sum (held + out) <= n

An asset with lots is held, one below the minimum is out, and one that is both breaks the last row.
Only the rows of their own want held and out to be 1, so that an annealer which knows indicators
moves lots and nothing else; the budget is a sum of whole numbers that such an annealer keeps.
`held` is there only for a maximum of assets or a minimum of lots above 1, `out` for a minimum of
either.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize

from .trades import Floats, Ints, Ladders, Trades

if TYPE_CHECKING:
    import dimod

Terms = list[tuple[str, float]]


@dataclass(frozen=True, eq=False)
class Cap:
    """No more than `most` lots in the assets `members`, int64[k]."""

    sector: str
    members: Ints
    most: int


@dataclass(frozen=True, eq=False)
class Lots:
    """n assets, `total` lots among them, each 0 or from `least` to `most`.

    The objective is `x' quadratic x + linear' x + offset`, float64[n, n] and [n], and what `trades`
    cost. `max_assets` and `min_assets` None: no such limit.
    """

    names: tuple[str, ...]
    quadratic: Floats
    linear: Floats
    offset: float
    total: int
    least: int
    most: int
    max_assets: int | None = None
    min_assets: int | None = None
    caps: tuple[Cap, ...] = ()
    trades: Trades | None = None
    folded: bool = False

    def objective(self, lots: Ints) -> float:
        cost = self.trades.costs(lots) if self.trades is not None else 0.0
        return float(lots @ self.quadratic @ lots + self.linear @ lots) + self.offset + cost

    def size(self) -> ModelSize:
        n, pairs = len(self.names), int(np.count_nonzero(np.triu(self.quadratic, 1)))
        squares = int(np.count_nonzero(np.diag(self.quadratic)))
        counts = int(self.max_assets is not None) + int(
            self.min_assets is not None and not (self.folded and self._exactly)
        )
        trading, rows = self._ladders.size()
        if self.folded:
            kinds, links = 1 + self._extras, n if self._extras else 0
            couplings = pairs * kinds**2 + (2 * squares + n if self._extras else 0)
            return ModelSize(
                kinds * n + trading, couplings, 1 + counts + links + len(self.caps) + rows
            )
        links = n * (self._has_held + self._has_out)
        both = int(self._has_held and self._has_out and not self._exactly)
        return ModelSize(
            n + links + trading, pairs + squares, 1 + counts + both + links + len(self.caps) + rows
        )

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(self._objective())
        budget = [term for terms in self.terms for term in terms]
        cqm.add_constraint_from_iterable(budget, "==", rhs=self.total, label="budget")
        if self.folded:
            self._add_folded(cqm)
        else:
            self._add_counted(cqm)
        for cap in self.caps:
            members = [term for i in cap.members.tolist() for term in self.terms[i]]
            cqm.add_constraint_from_iterable(
                members, "<=", rhs=cap.most, label=f"sector[{cap.sector}]"
            )
        self._ladders.add_rows(cqm, self.terms)
        return cqm

    def lots_of(self, sample: Mapping[Any, float]) -> Ints:
        """int64[n], whatever the binaries beside them say."""
        lots = [
            sum(coefficient * sample[label] for label, coefficient in terms) for terms in self.terms
        ]
        return np.rint(np.array(lots, dtype=np.float64)).astype(np.int64)

    def missed(self, lots: Ints) -> float:
        """How much of what else the portfolio must earn it does not; here nothing is asked."""
        return 0.0

    def sample(self, lots: Ints) -> dict[Any, float]:
        """The assignment of lots int64[n], each 0 or from `least` to `most`."""
        sample: dict[Any, float] = {}
        for name, x in zip(self.names, lots.tolist(), strict=True):
            if self.folded:
                sample[f"held[{name}]"] = float(x > 0)
                if self._extras:
                    sample[f"extra[{name}]"] = float(max(0, x - self.least))
                continue
            sample[f"lots[{name}]"] = float(x)
            if self._has_held:
                sample[f"held[{name}]"] = float(x > 0)
            if self._has_out:
                sample[f"out[{name}]"] = float(x < self.least)
        return sample | self._ladders.sample(lots)

    def variables_of(self, i: int) -> int:
        """At most so many variables are about asset i."""
        own = 1 + self._extras if self.folded else 1 + self._has_held + self._has_out
        return own + len(self._ladders.rungs[i]) + int(i in self._ladders.bought)

    @property
    def besides(self) -> int:
        """At most so many variables are about no asset, whatever assets are free."""
        return 0

    def among(self, free: Ints, lots: Ints) -> Lots:
        """The assets `free` alone, where the others keep their `lots`.

        The objective stays that of the whole.
        """
        rest = np.setdiff1d(np.arange(len(self.names)), free)
        x, q = lots[rest], self.quadratic
        held = int(np.count_nonzero(x))
        kept = float(x @ q[np.ix_(rest, rest)] @ x + self.linear[rest] @ x)
        if self.trades is not None:
            kept += self.trades.costs(lots) - self.trades.among(free, lots).costs(lots[free])
        total = self.total - int(x.sum())
        caps = [self._cap_among(cap, free, lots) for cap in self.caps]
        fewest = 0 if self.min_assets is None else self.min_assets - held
        return replace(
            self,
            names=tuple(self.names[i] for i in free.tolist()),
            quadratic=q[np.ix_(free, free)],
            linear=self.linear[free] + 2 * q[np.ix_(free, rest)] @ x,
            offset=self.offset + kept,
            total=total,
            most=max(self.least, min(self.most, total)),
            max_assets=None if self.max_assets is None else self.max_assets - held,
            min_assets=fewest if fewest > 0 else None,
            caps=tuple(cap for cap in caps if len(cap.members) and cap.most < total),
            trades=None if self.trades is None else self.trades.among(free, lots),
        )

    def greedy(self) -> Ints:
        """Lots int64[n], one by one to the asset that gains most; they may stay short.

        Opening an asset buys its minimum at once.
        """
        n, q = len(self.names), self.quadratic
        lots = np.zeros(n, dtype=np.int64)
        if self.trades is not None and np.isfinite(self.trades.limit):
            lots = self._present()
        most_assets = n if self.max_assets is None else self.max_assets
        current = np.zeros(n) if self.trades is None else self.trades.current
        charged = np.zeros(n) if self.trades is None else self.trades.linear
        while (remaining := self.total - int(lots.sum())) > 0:
            step = np.where(lots > 0, 1, self.least)
            trading = charged * (np.abs(lots + step - current) - np.abs(lots - current))
            price = (step * (self.linear + 2 * q @ lots) + step**2 * np.diag(q) + trading) / step
            full = (lots + step > self.most) | (step > remaining)
            for cap in self.caps:
                full[cap.members] |= lots[cap.members].sum() + step[cap.members] > cap.most
            closed = (lots == 0) & (np.count_nonzero(lots) >= most_assets)
            wanting = (self.min_assets or 0) - np.count_nonzero(lots)
            reserved = (lots > 0) & (remaining - 1 < wanting * self.least)
            price[full | closed | reserved] = np.inf
            if np.isinf(price).all():
                break
            best = int(np.argmin(price))
            lots[best] += step[best]
        return lots

    def _present(self) -> Ints:
        """What is held now, in whole lots within the limits, the largest first."""
        assert self.trades is not None
        lots = np.zeros(len(self.names), dtype=np.int64)
        room = {id(cap): cap.most for cap in self.caps}
        for i in np.argsort(-self.trades.current, kind="stable").tolist():
            mine = [cap for cap in self.caps if i in cap.members]
            free = [self.total - int(lots.sum()), self.most, *(room[id(cap)] for cap in mine)]
            x = min(int(self.trades.current[i] + 1e-6), *free)
            counted = self.max_assets is None or np.count_nonzero(lots) < self.max_assets
            if x >= self.least and counted:
                lots[i] = x
                for cap in mine:
                    room[id(cap)] -= x
        return lots

    def _cap_among(self, cap: Cap, free: Ints, lots: Ints) -> Cap:
        place = np.flatnonzero(np.isin(free, cap.members))
        fixed = np.setdiff1d(cap.members, free)
        return Cap(cap.sector, place, cap.most - int(lots[fixed].sum()))

    @property
    def _exactly(self) -> bool:
        return self.max_assets is not None and self.max_assets == self.min_assets

    @property
    def _extras(self) -> bool:
        """Whether holdings differ in size."""
        return self.most > self.least

    @property
    def _has_held(self) -> bool:
        return self.max_assets is not None or self.least > 1

    @property
    def _has_out(self) -> bool:
        return self.min_assets is not None or self.least > 1

    @cached_property
    def terms(self) -> list[Terms]:
        """For each asset its lots as a sum over variables."""
        if not self.folded:
            return [[(f"lots[{name}]", 1.0)] for name in self.names]
        extra = self._extras
        return [
            [(f"held[{name}]", float(self.least)), *([(f"extra[{name}]", 1.0)] if extra else [])]
            for name in self.names
        ]

    def _objective(self) -> dimod.QuadraticModel:
        import dimod

        model = dimod.QuadraticModel()
        per_lot, per_holding, binaries, costs = self._ladders.costs()
        model.offset = self.offset + costs
        if self.folded:
            for name in self.names:
                model.add_variable("BINARY", f"held[{name}]")
            for name in self.names if self._extras else ():
                model.add_variable("INTEGER", f"extra[{name}]", upper_bound=self.most - self.least)
        else:
            for name in self.names:
                model.add_variable("INTEGER", f"lots[{name}]", upper_bound=self.most)
            for what, there in (("held", self._has_held), ("out", self._has_out)):
                for name in self.names if there else ():
                    model.add_variable("BINARY", f"{what}[{name}]")
        for label, cost in binaries.items():
            model.add_variable("BINARY", label)
            model.add_linear(label, cost)
        square = np.diag(self.quadratic)
        for i, terms in enumerate(self.terms):
            for label, x in terms:
                own = x**2 * square[i] if label.startswith("held") else 0.0  # held squared is held
                model.add_linear(label, float(x * (self.linear[i] + per_lot[i]) + own))
            if per_holding[i]:
                model.add_linear(f"held[{self.names[i]}]", float(per_holding[i]))
        for u, v, bias in self._products():
            model.add_quadratic(u, v, bias)
        return model

    def _products(self) -> Iterator[tuple[str, str, float]]:
        q = self.quadratic
        kinds = range(len(self.terms[0]))
        for i, j in zip(*np.nonzero(np.triu(q, 1)), strict=True):
            for a in kinds:
                for b in kinds:
                    (u, x), (v, y) = self.terms[i][a], self.terms[j][b]
                    yield u, v, float(2 * x * y * q[i, j])
        for i in np.flatnonzero(np.diag(q)):
            whole = self.terms[i][-1][0]
            if not self.folded or self._extras:
                yield whole, whole, float(q[i, i])
            if self.folded and self._extras:
                yield self.terms[i][0][0], whole, float(2 * self.least * q[i, i])

    def _add_folded(self, cqm: Any) -> None:
        holdings = [(f"held[{name}]", 1.0) for name in self.names]
        if self._exactly:
            cqm.add_constraint_from_iterable(holdings, "==", rhs=self.max_assets, label="assets")
        elif self.max_assets is not None:
            cqm.add_constraint_from_iterable(
                holdings, "<=", rhs=self.max_assets, label="max_assets"
            )
        if self.min_assets is not None and not self._exactly:
            cqm.add_constraint_from_iterable(
                holdings, ">=", rhs=self.min_assets, label="min_assets"
            )
        for name in self.names if self._extras else ():
            held, extra = f"held[{name}]", f"extra[{name}]"
            terms = [(extra, 1.0), (extra, held, -1.0)]
            cqm.add_constraint_from_iterable(terms, "==", rhs=0, label=f"only_if_held[{name}]")

    def _add_counted(self, cqm: Any) -> None:
        n, m = len(self.names), float(self.least)
        held = [(f"held[{name}]", 1.0) for name in self.names]
        out = [(f"out[{name}]", 1.0) for name in self.names]
        if self.max_assets is not None:
            cqm.add_constraint_from_iterable(held, "<=", rhs=self.max_assets, label="max_assets")
        if self.min_assets is not None:
            cqm.add_constraint_from_iterable(out, "<=", rhs=n - self.min_assets, label="min_assets")
        if self._has_held and self._has_out and not self._exactly:
            cqm.add_constraint_from_iterable(held + out, "<=", rhs=n, label="min_holding")
        for name in self.names:
            lots = (f"lots[{name}]", 1.0)
            if self._has_held:
                terms = [lots, (f"held[{name}]", -float(self.most))]
                cqm.add_constraint_from_iterable(terms, "<=", rhs=0, label=f"only_if_held[{name}]")
            if self._has_out:
                cqm.add_constraint_from_iterable(
                    [lots, (f"out[{name}]", m)], ">=", rhs=m, label=f"out_below_minimum[{name}]"
                )

    @cached_property
    def _ladders(self) -> Ladders:
        n = len(self.names)
        none = Trades(np.zeros(n), np.zeros(n), np.zeros(n), np.inf)
        held = self.folded or self._has_held
        return Ladders(self.names, self.trades or none, self.total, self.least, self.most, held)
