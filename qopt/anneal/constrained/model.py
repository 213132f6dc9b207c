"""A constrained model as flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..core.ising import Floats, Ints

NONE = -1


@dataclass(frozen=True, eq=False)
class Pairs:
    """Terms `value * x[row] * x[col]`, row and col different."""

    row: Ints
    col: Ints
    value: Floats

    def neighbours(self, n: int) -> tuple[Ints, npt.NDArray[np.int32], Floats]:
        """(indptr, indices, values) of the symmetric matrix: both directions, sorted, equal pairs
        summed.
        """
        here, there = np.r_[self.row, self.col], np.r_[self.col, self.row]
        key, place = np.unique(here * n + there, return_inverse=True)
        value = np.bincount(
            place, weights=np.r_[self.value, self.value], minlength=len(key)
        ).astype(np.float64)
        indptr = np.searchsorted(key, np.arange(n + 1) * n)
        return indptr.astype(np.int64), (key % max(n, 1)).astype(np.int32), value


@dataclass(frozen=True, eq=False)
class PricedRows:
    """k priced constraints `a x + x' Q x (<= or =) rhs` over the variables.

    `row`, `col`, `value` [nnz] are the entries of a; `owner`, `first`, `second`, `product` those of
    the Qs. `rhs` float64[k], `equality` bool[k]. `weight` float64[k] is infinite for a hard row; a
    soft one's violation v costs `weight * v`, or `weight * v**2` where `squared` bool[k].
    `indicator` int64[k] is the binary whose value the row decides, or -1. `follower` int64[k] is
    the whole number that the row pushes, up where its coefficient is negative and down where it is
    positive, and that nothing else wants there, or -1.
    """

    row: Ints
    col: Ints
    value: Floats
    owner: Ints
    first: Ints
    second: Ints
    product: Floats
    rhs: Floats
    equality: npt.NDArray[np.bool_]
    weight: Floats
    squared: npt.NDArray[np.bool_]
    indicator: Ints
    follower: Ints


@dataclass(frozen=True, eq=False)
class Constrained:
    """Variables, an objective, and three kinds of constraints: kept, forbidden pairs, and priced
    rows.

    Attributes
    ----------
    lower, upper, step
        float64[n]: whole bounds, and the distance of two values: 2 for a spin, else 1.
    linear, square, pairs, offset
        The objective `offset + linear @ x + square @ x**2 + pairs`.
    group
        int64[n]: the group whose sum the variable's moves keep, numbered from 0; -1 for none.
    total
        float64[groups]: what each group adds up to. One with total 1 over binaries is *single*.
    column
        int64[n]: of a variable in a single group, or of an empty place's stand-in in none: the
        column that crosses it, from 0 on, of which one variable is 1, too; -1 for none.
    partner
        int64[n]: a label that two single groups exchange in a swap, where columns are not kept; -1
        for none.
    conflicts
        `first`, `second` int64[c]: binaries that may not both be 1.
    rows
        What is left, priced.
    """

    lower: Floats
    upper: Floats
    step: Floats
    linear: Floats
    square: Floats
    pairs: Pairs
    offset: float
    group: Ints
    total: Floats
    column: Ints
    partner: Ints
    conflicts: tuple[Ints, Ints]
    rows: PricedRows

    @property
    def num_variables(self) -> int:
        return len(self.lower)

    def objective(self, states: Floats) -> Floats:
        """float64[k] of states [k, n], with what soft rows charge."""
        p = self.pairs
        # summed, not by BLAS, whose threads wait for cores that anneal: 8 ms a state of berlin52
        # then, and 1 so
        products = np.array([(p.value * state[p.row] * state[p.col]).sum() for state in states])
        value = self.offset + states @ self.linear + states**2 @ self.square + products
        soft = np.isfinite(self.rows.weight)
        over = self.violations(states)[:, soft]
        charged = np.where(self.rows.squared[soft], over**2, over)
        return np.asarray(value + charged @ self.rows.weight[soft])

    def activities(self, states: Floats) -> Floats:
        """float64[k, rows] of states [k, n]."""
        rows, activities = self.rows, np.zeros((len(states), len(self.rows.rhs)))
        for activity, state in zip(activities, states, strict=True):
            activity += np.bincount(
                rows.row, weights=rows.value * state[rows.col], minlength=len(rows.rhs)
            )
            products = rows.product * state[rows.first] * state[rows.second]
            activity += np.bincount(rows.owner, weights=products, minlength=len(rows.rhs))
        return activities

    def violations(self, states: Floats) -> Floats:
        """float64[k, rows]: by how much each row is broken, 0 where it holds."""
        over = self.activities(states) - self.rows.rhs
        return np.asarray(np.where(self.rows.equality, np.abs(over), np.maximum(over, 0.0)))
