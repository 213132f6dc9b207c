"""The cover of a roster of which a part is kept: who is to come, and what too few or many cost.

With under and over the prices of one too few and too many, and x of n that are needed beside those
kept, cover costs over (x - n) + (under + over) max(n - x, 0): a sum of what each x costs, and a
price on a shortage. The shortage is a variable `short[d,k]`, or that of a soft constraint. Where
being too few is ruled out there is neither.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from .rules import Bools, Floats, Ints, Rules

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Need:
    """Of the `rules`, where bool[n, d, s] is `kept`.

    `could` bool[d, s] says on which shifts someone else could come.

    `strict`: nobody may be missing where that is ruled out. Else it has a price above all others,
    so that a roster that breaks this rule can come closer to keeping it. `soft`: shortages are
    those of soft constraints.
    """

    rules: Rules
    kept: Bools
    could: Bools
    soft: bool
    strict: bool

    @cached_property
    def lacking(self) -> Ints:
        """int64[d, s]: how many are needed beside those kept; below 0 where these are too many."""
        return np.asarray(self.rules.needed - self.kept.sum(axis=0))

    @cached_property
    def price(self) -> Floats:
        """float64[d, s]: of each one too few, who is not there to be one too many."""
        rules = self.rules
        under = (
            rules.under
            if self.strict
            else np.where(np.isinf(rules.under), rules.beyond, rules.under)
        )
        return np.asarray(under + rules.over)

    @cached_property
    def rows(self) -> Bools:
        """bool[d, s]: where someone lacks, who could come and has a price or must."""
        return np.asarray(self.could & (self.lacking > 0) & (self.price > 0))

    @cached_property
    def priced(self) -> Bools:
        """bool[d, s]: where a shortage has a variable."""
        return self.rows & np.isfinite(self.price) & (not self.soft)

    def objective(self, labels: list[str], cost: Floats, more: list[str]) -> dimod.QuadraticModel:
        """Of binaries with their cost, those without any, shortages, and what is kept."""
        import dimod

        objective = dimod.QuadraticModel()
        objective.add_variables_from("BINARY", [*labels, *more])
        objective.add_linear_from(zip(labels, cost.tolist(), strict=True))
        rules = self.rules
        # nobody can fill these
        never = (self.lacking > 0) & ~self.rows & np.isfinite(self.price)
        cover = self.price[never] @ self.lacking[never] - (rules.over * self.lacking).sum()
        objective.offset = float(rules.price[self.kept].sum() + cover) + rules.unheard
        for day, k in np.argwhere(self.priced).tolist():
            label = objective.add_variable(
                "INTEGER",
                self.label("short", day, k),
                lower_bound=0,
                upper_bound=int(self.lacking[day, k]),
            )
            objective.add_linear(label, float(self.price[day, k]))
        return objective

    def add_rows(
        self, cqm: dimod.ConstrainedQuadraticModel, those: Callable[[int, int], list[str]]
    ) -> None:
        """A row for each shift where someone lacks; `those` are the variables of who could come."""
        for day, k in np.argwhere(self.rows).tolist():
            terms, price = [(label, 1.0) for label in those(day, k)], float(self.price[day, k])
            if self.priced[day, k]:
                terms.append((self.label("short", day, k), 1.0))
            charge = (
                {"weight": price, "penalty": "linear"} if self.soft and np.isfinite(price) else {}
            )
            cqm.add_constraint_from_iterable(
                terms,
                ">=",
                rhs=float(self.lacking[day, k]),
                label=self.label("cover", day, k),
                **charge,
            )

    def shortages(self, grid: Bools) -> dict[str, float]:
        """The values of `short` where bool[n, d, s] is worked."""
        short = np.maximum(self.rules.needed - grid.sum(axis=0), 0)
        return {
            self.label("short", day, k): float(short[day, k])
            for day, k in np.argwhere(self.priced).tolist()
        }

    def label(self, of: str, day: int, k: int) -> str:
        return f"{of}[{day},{self.rules.shifts[k].name}]"
