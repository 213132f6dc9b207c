"""Bounds for variables that came without: those that rows imply, or those that an optimum needs.

1. In a row `sum a_j x_j <= b` the other terms take up at least their least values; what is left
   bounds a variable.
2. Where nothing else does: a variable that costs nothing less by growing need not grow beyond what
   the rows ask of it, as the end of a schedule need not pass the last job's (dual fixing:
   Achterberg et al. 2020, "Presolve reductions in mixed integer programming", section 4.2). That
   leaves an optimum, and is said in a note.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf

import numpy as np

from .arrays import Bools, Floats, Ints, ModelArrays

ROUNDS = 50  # bounds can creep from row to row, for ever
SLACK = 1e-9  # by which a bound of a whole variable may miss a whole number


HUGE = 1e20  # bounds of REAL variables of this size are none: dimod's default is 1e30


def without_huge_bounds(model: ModelArrays) -> ModelArrays:
    """With infinite bounds in place of those of REAL variables that are no bounds."""
    real = model.step == 0
    lower = np.where(real & (model.lower <= -HUGE), -inf, model.lower)
    return replace(
        model, lower=lower, upper=np.where(real & (model.upper >= HUGE), inf, model.upper)
    )


def implied(model: ModelArrays) -> ModelArrays:
    """With the bounds that linear hard rows imply where there were none."""
    rows = _Rows.of(model)
    lower, upper = model.lower.copy(), model.upper.copy()
    for _ in range(ROUNDS):
        before = int(np.isinf(lower).sum() + np.isinf(upper).sum())
        limit = rows.limits(lower, upper)
        high = np.full(len(upper), inf)
        np.minimum.at(high, rows.col[rows.value > 0], limit[rows.value > 0])
        low = np.full(len(lower), -inf)
        np.maximum.at(low, rows.col[rows.value < 0], limit[rows.value < 0])
        whole = model.step > 0
        low = np.where(whole, np.ceil(low - SLACK), low)
        high = np.where(whole, np.floor(high + SLACK), high)
        # where ends cross, no assignment keeps the rows, which the rows will show
        lower = np.where(np.isinf(lower), np.minimum(low, upper), lower)
        upper = np.where(np.isinf(upper), np.maximum(high, lower), upper)
        if int(np.isinf(lower).sum() + np.isinf(upper).sum()) == before:
            break
    return replace(model, lower=lower, upper=upper)


def sufficient(model: ModelArrays) -> tuple[ModelArrays, Bools]:
    """With bounds that an optimum needs where there still are none; bool[n]: of which."""
    got = np.zeros(model.num_variables, dtype=np.bool_)
    for _ in range(ROUNDS):
        bounded, more = _upper_ends(model)
        turned, less = _upper_ends(_turned(bounded))
        got |= more | less
        model = _turned(turned)
        if not (more | less).any():
            break
    return model, got


def _upper_ends(model: ModelArrays) -> tuple[ModelArrays, Bools]:
    """Upper bounds for what costs nothing less by growing: as far as some row may ask for it."""
    rows, n = _Rows.of(model), model.num_variables
    bent = np.zeros(n, dtype=np.bool_)
    for terms in (model.quadratic, model.row_quadratic):
        bent[terms.row] = bent[terms.col] = True
    soft = ~model.hard
    bent[model.rows[soft].tocoo().col] = True
    open_ = np.isinf(model.upper) & np.isfinite(model.lower) & (model.linear >= 0) & ~bent
    asks = (rows.value < 0) & open_[rows.col]
    need = np.full(n, -inf)
    np.maximum.at(need, rows.col[asks], rows.needs(model.lower, model.upper)[asks])
    need = np.maximum(need, model.lower)
    need = np.where(model.step > 0, np.ceil(need - SLACK), need)
    got = open_ & np.isfinite(need)
    return replace(model, upper=np.where(got, need, model.upper)), got


def _turned(model: ModelArrays) -> ModelArrays:
    """The same of -x."""
    rows = -model.rows
    return replace(model, lower=-model.upper, upper=-model.lower, linear=-model.linear, rows=rows)


@dataclass(frozen=True, eq=False)
class _Rows:
    """The terms `value * x[col]` of hard linear rows, at most `rhs`; an equality is there twice."""

    row: Ints
    col: Ints
    value: Floats
    rhs: Floats

    @classmethod
    def of(cls, model: ModelArrays) -> _Rows:
        entries, m = model.rows.tocoo(), model.num_constraints
        plain = model.hard.copy()
        plain[model.row_quadratic.owner] = False
        mine = plain[entries.row]
        row, col, value = entries.row[mine], entries.col[mine], entries.data[mine]
        twice = (model.sense == "=")[row]
        return cls(
            np.concatenate([row, row[twice] + m]),
            np.concatenate([col, col[twice]]),
            np.concatenate([value, -value[twice]]),
            np.concatenate([model.rhs, -model.rhs]),
        )

    def limits(self, lower: Floats, upper: Floats) -> Floats:
        """float64[t]: what its row leaves each term's variable, where the others take up least."""
        ends = self.value * np.where(self.value > 0, lower[self.col], upper[self.col])
        others = self._others(ends)
        with np.errstate(invalid="ignore", over="ignore"):
            return (self.rhs[self.row] - others) / self.value

    def needs(self, lower: Floats, upper: Floats) -> Floats:
        """float64[t]: what its row asks of each term's variable, where the others take up most."""
        ends = self.value * np.where(self.value > 0, upper[self.col], lower[self.col])
        others = -self._others(-ends)
        with np.errstate(invalid="ignore", over="ignore"):
            return (self.rhs[self.row] - others) / self.value

    def _others(self, ends: Floats) -> Floats:
        """float64[t]: the sum of the other terms of each row, -inf where one of them is."""
        m, open_ = len(self.rhs), np.isinf(ends)
        total = np.bincount(self.row, weights=np.where(open_, 0.0, ends), minlength=m)[self.row]
        count = np.bincount(self.row, weights=open_, minlength=m)[self.row]
        own = np.where(open_, 0.0, ends)
        return np.where(count - open_ > 0, -inf, total - own)
