"""The terms of a model over one array of its variables."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...compiler.model.arrays import Floats, Ints, ModelArrays
from ...compiler.model.scoring import ABSOLUTE, RELATIVE

if TYPE_CHECKING:
    from dwave.optimization import Model


@dataclass(frozen=True, eq=False)
class _Table:
    """Terms of k rows with about as many each: `factors`, each int64[k, L], are variables whose
    product with `value` float64[k, L] is a term; 0 where a row has fewer.
    """

    value: Floats
    factors: tuple[Ints, ...]


class Terms:
    """Adds objective and constraints of `whole`, whose variables are the array symbol `variables`,
    to a nonlinear model.
    """

    def __init__(self, whole: ModelArrays, model: Model, variables: Any) -> None:
        self._whole, self._model, self._x = whole, model, variables

    def add(self, *, without: Ints) -> None:
        """All but the constraints of those numbers, which hold by themselves."""
        total = self._objective()
        rows = np.setdiff1d(np.arange(self._whole.num_constraints), without)
        for mine in _alike(self._whole, rows):
            total = total + self._rows(mine)
        self._model.minimize(total)

    def _objective(self) -> Any:
        whole = self._whole
        used = np.flatnonzero(whole.linear)
        total = self._model.constant(whole.offset)
        if len(used):
            total = total + self._products(whole.linear[used], used).sum()
        if len(whole.quadratic.value):
            q = whole.quadratic
            total = total + self._products(q.value, q.row, q.col).sum()
        return total

    def _rows(self, mine: Ints) -> Any:
        """Add the constraints of these numbers, which are alike; returns what they add to the
        objective, where they are soft.
        """
        from dwave.optimization.mathematical import absolute, maximum

        whole = self._whole
        rhs, first = whole.rhs[mine], mine[0]
        slack = ABSOLUTE + RELATIVE * np.abs(rhs)
        over = self._sums(mine) - self._model.constant(rhs)
        equal = whole.sense[first] == "="
        broken = absolute(over) if equal else over
        if whole.hard[first]:
            self._model.add_constraint((broken <= self._model.constant(slack)).all())
            return self._model.constant(0.0)
        broken = maximum(broken, self._model.constant(0.0))
        charged = broken if whole.soft_linear[first] else broken * broken
        return (self._model.constant(whole.weight[mine]) * charged).sum()

    def _sums(self, mine: Ints) -> Any:
        """float64[k]: what the left sides of these rows come to."""
        whole = self._whole
        number = np.full(whole.num_constraints, -1)
        number[mine] = np.arange(len(mine))
        entries, q = whole.rows.tocoo(), whole.row_quadratic
        terms = [
            _table(number[entries.row], len(mine), entries.data, entries.col),
            _table(number[q.owner], len(mine), q.value, q.row, q.col),
        ]
        total = self._model.constant(np.zeros(len(mine)))
        for table in terms:
            if table.value.size:
                flat = self._products(table.value.ravel(), *(f.ravel() for f in table.factors))
                total = total + flat.reshape(table.value.shape).sum(axis=1)
        return total

    def _products(self, value: Floats, *factors: Ints) -> Any:
        """float64[q]: `value` times the variables of these numbers."""
        product = self._model.constant(value)
        for factor in factors:
            product = product * self._x[self._model.constant(np.asarray(factor, dtype=np.int64))]
        return product


def _alike(whole: ModelArrays, rows: Ints) -> Iterator[Ints]:
    """Numbers of constraints of one sense, hard or of one charge, and of about as many terms."""
    linear = np.diff(whole.rows.indptr)
    quadratic = np.bincount(whole.row_quadratic.owner, minlength=whole.num_constraints)
    charge = np.where(whole.hard, 0, np.where(whole.soft_linear, 1, 2))
    sizes = [np.ceil(np.log2(np.maximum(count, 0.5))) for count in (linear, quadratic)]
    keys = np.column_stack([whole.sense == "=", charge, *sizes])[rows]
    _, group = np.unique(keys, axis=0, return_inverse=True)
    for k in range(int(group.max(initial=-1)) + 1):
        yield rows[group.ravel() == k]


def _table(row: Ints, count: int, value: Floats, *factors: Ints) -> _Table:
    """The terms of rows 0 to `count` - 1; others have `row` -1."""
    mine = np.flatnonzero(row >= 0)
    mine = mine[np.argsort(row[mine], kind="stable")]
    owner = row[mine]
    place = np.arange(len(mine)) - np.searchsorted(owner, owner)
    width = int(place.max(initial=-1)) + 1
    table = np.zeros((count, width))
    table[owner, place] = value[mine]
    indices = []
    for factor in factors:
        index = np.zeros((count, width), dtype=np.int64)
        index[owner, place] = factor[mine]
        indices.append(index)
    return _Table(table, tuple(indices))
