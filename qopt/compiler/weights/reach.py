"""What a step of a variable can be worth in the objective."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from ..model.arrays import Bools, Floats, Ints, ModelArrays
from ..model.rows import Rows, sums

BLOCK = 200_000  # couplings at a time: what is gathered of them stays in the cache


@dataclass(frozen=True, eq=False)
class Shares:
    """For each variable one row `sum a x <= b` (or =) of positive terms that it shares: int64[n],
    the last row being none.

    `coefficient` float64[n] is its a, `budget` float64[m + 1] the rows' b, infinite for none, and
    `unit` float64[m + 1] by how much a row is overrun at least where it is.
    """

    row: Ints
    coefficient: Floats
    budget: Floats
    unit: Floats

    @classmethod
    def families(cls, model: ModelArrays, rows: Rows, among: Bools | None = None) -> list[Shares]:
        """Two choices, a variable's first such row and its last, among the rows `among` bool[m]."""
        m, entries = len(model.labels), model.rows.tocoo()
        shared = positive(model, rows) if among is None else positive(model, rows) & among
        use = shared[entries.row]
        row = entries.row[use].astype(np.int64)
        col = entries.col[use]
        coefficient = entries.data[use]
        chosen: list[Shares] = []
        for direction in (
            slice(None, None, -1),
            slice(None),
        ):  # the last assignment to a variable is the one that stays
            share, a = np.full(model.num_variables, m), np.ones(model.num_variables)
            share[col[direction]], a[col[direction]] = row[direction], coefficient[direction]
            if not chosen or (share != chosen[0].row).any():
                chosen.append(
                    cls(share, a, np.append(model.rhs, np.inf), np.append(1 / rows.scale, 0.0))
                )
        return chosen


def positive(model: ModelArrays, rows: Rows) -> Bools:
    """bool[m]: the linear constraints whose terms are all positive, so that rhs bounds each."""
    entries, m = model.rows.tocoo(), len(model.labels)
    unfit = sums(m, entries.row, (entries.data <= 0) | (model.lower[entries.col] < 0))
    positive_rows: Bools = (
        (unfit == 0)
        & (np.diff(model.rows.indptr) > 0)
        & ~np.isin(rows.kind, ["product", "quadratic"])
    )
    return positive_rows


@dataclass(frozen=True, eq=False)
class Changes:
    """Bounds float64[n] on `f(.., x_i + step, ..) - f(x)` for each variable i: its least and its
    most.

    They hold for any x that overruns none of some rows, and with `over_` for one that overruns none
    by more than one unit.
    """

    least: Floats
    most: Floats
    over_least: Floats
    over_most: Floats

    @property
    def reach(self) -> Floats:
        """float64[n]: the most that a step can change the objective where no row is overrun."""
        return np.maximum(np.abs(self.least), np.abs(self.most))


@dataclass(frozen=True, eq=False)
class Reach:
    """What steps are worth, by the rows that the other variables are known to keep.

    The couplings q_j from i into a row sum a_j x_j <= b of positive terms are worth at most b max_j
    q_j / a_j together, which for "at most one" is the largest of them. (Verma and Lewis 2020,
    "Penalty and partitioning techniques to improve performance of QUBO solvers", sum them all, for
    any x; so does this where no rows are known to be kept.)
    """

    model: ModelArrays
    rows: Rows
    _known: dict[bytes, Changes] = field(default_factory=dict)

    def where(self, kept: Bools | None = None) -> Changes:
        """Where rows `kept` bool[m] are kept, as far as their terms are positive; default all."""
        rows = (
            positive(self.model, self.rows)
            if kept is None
            else positive(self.model, self.rows) & kept
        )
        key = rows.tobytes()
        if key not in self._known:
            self._known[key] = self._changes(Shares.families(self.model, self.rows, rows))
        return self._known[key]

    def _changes(self, families: list[Shares]) -> Changes:
        model, q = self.model, self.model.quadratic
        square = q.row == q.col
        curvature = np.bincount(
            q.row[square], weights=q.value[square], minlength=model.num_variables
        )
        # x_i -> x_i + d changes the square by d (2 x_i + d), with x_i from lower to upper - d
        swing = np.stack(
            [curvature * (2 * model.lower + model.step), curvature * (2 * model.upper - model.step)]
        )
        own = [model.linear + swing.min(axis=0), model.linear + swing.max(axis=0)]
        upper, lower = self._couplings()
        bounds = np.stack([_coupled(model, shares, upper, lower) for shares in families])
        step = np.where(model.upper > model.lower, model.step, 0.0)
        least, over_least = (step * (own[0] + bounds[:, k].max(axis=0)) for k in (0, 2))
        most, over_most = (step * (own[1] + bounds[:, k].min(axis=0)) for k in (1, 3))
        return Changes(least, most, over_least, over_most)

    def _couplings(self) -> tuple[sparse.csr_array, sparse.csr_array]:
        """The couplings by their first variable and by their second: float64[n, n] each."""
        q, n = self.model.quadratic, self.model.num_variables
        apart = q.row != q.col
        row, col = (
            ends[apart].astype(np.int32 if n < 2**31 else np.int64) for ends in (q.row, q.col)
        )
        upper = sparse.coo_array((q.value[apart], (row, col)), shape=(n, n)).tocsr()
        return upper, sparse.csr_array(upper.T)


def _coupled(
    model: ModelArrays, shares: Shares, upper: sparse.csr_array, lower: sparse.csr_array
) -> Floats:
    """float64[4, n]: least and most of `sum_j q_ij x_j`, with the rows kept and overrun."""
    bounds = np.zeros((4, model.num_variables))
    row_of = shares.row.astype(_narrow(len(shares.budget)))
    binary = bool(
        (model.lower == 0).all() and (model.upper == 1).all() and (shares.coefficient == 1).all()
    )
    for start, stop in _blocks(upper.indptr + lower.indptr):
        parts = [(matrix, matrix.indptr[start : stop + 1]) for matrix in (upper, lower)]
        there = np.concatenate([matrix.indices[ends[0] : ends[-1]] for matrix, ends in parts])
        value = np.concatenate([matrix.data[ends[0] : ends[-1]] for matrix, ends in parts])
        numbers = np.arange(stop - start).astype(_narrow(stop - start))
        here = np.concatenate([np.repeat(numbers, np.diff(ends)) for _, ends in parts])
        row = row_of[there]
        order = np.lexsort((row, here))
        here, there, value, row = here[order], there[order], value[order], row[order]
        first = np.flatnonzero(np.r_[True, (here[1:] != here[:-1]) | (row[1:] != row[:-1])])
        ends = (0.0, value) if binary else (value * model.lower[there], value * model.upper[there])
        rate = value if binary else value / shares.coefficient[there]
        box = np.add.reduceat(np.minimum(*ends), first), np.add.reduceat(np.maximum(*ends), first)
        rates = (
            np.minimum(np.minimum.reduceat(rate, first), 0),
            np.maximum(np.maximum.reduceat(rate, first), 0),
        )
        group, owner = row[first], here[first]
        for k, budget in enumerate((shares.budget[group], (shares.budget + shares.unit)[group])):
            free = np.isinf(budget)
            budget[free] = 0.0
            least = np.where(free, box[0], np.maximum(box[0], budget * rates[0]))
            most = np.where(free, box[1], np.minimum(box[1], budget * rates[1]))
            bounds[2 * k, start:stop] = np.bincount(owner, least, stop - start)
            bounds[2 * k + 1, start:stop] = np.bincount(owner, most, stop - start)
    return bounds


def _narrow(size: int) -> type[np.unsignedinteger[Any]]:
    """For numbers below `size`: what has 16 bits is sorted by digits, in a third of the time."""
    return np.uint16 if size <= 2**16 else np.uint64


def _blocks(indptr: Ints) -> Iterator[tuple[int, int]]:
    """Runs of variables that have `BLOCK` couplings together; those without any are left out."""
    start, n = 0, len(indptr) - 1
    while start < n and indptr[start] < indptr[n]:
        stop = max(start + 1, int(np.searchsorted(indptr, indptr[start] + BLOCK, side="right")) - 1)
        if indptr[stop] > indptr[start]:
            yield start, stop
        start = stop
