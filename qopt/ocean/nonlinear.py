"""A constrained quadratic model as a nonlinear model of `dwave.optimization`, and its states back.

Whole arrays become one symbol each: all variables are one array, from which an index array takes
the factors of every term, and the rows of constraints are tables, one for the rows of about one
length. A symbol for each term would be thousands of nodes for a model of ordinary size.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..compiler.model.arrays import Bools, Floats, Ints, ModelArrays
from ..compiler.model.confinement import implied, without_huge_bounds
from ..compiler.model.grid import Grid, Reals
from ..compiler.model.scoring import ABSOLUTE, RELATIVE, sampleset
from ..errors import QoptError

if TYPE_CHECKING:
    import dimod
    from dwave.optimization import Model

WIDEST = 2e9  # the largest absolute bound of an integer symbol


@dataclass(frozen=True, eq=False)
class Nonlinear:
    """A nonlinear `model` of a CQM, whose arrays are `arrays`.

    Its decisions are a binary array, for BINARY and SPIN variables, and an integer array, each only
    where there are such variables, and of any with two values. A REAL variable is an integer that
    counts steps of a `grid`. `two` bool[n] says which variables are in the binary array, and a
    variable, or its count of steps, is `low + step * decision`, float64[n] each.
    """

    model: Model
    arrays: ModelArrays
    grid: Grid
    two: Bools
    low: Floats
    step: Floats

    @classmethod
    def of(cls, cqm: dimod.ConstrainedQuadraticModel, reals: Reals = None) -> Nonlinear:
        """`reals` are steps above 0 in which REAL variables move, by variable or one for all; where
        none is given, a step that loses nothing is taken if one is known.

        Raises QoptError for a REAL variable without a step or without bounds, an INTEGER one with
        bounds beyond 2e9, and a bias that is not finite.

        >>> import dimod
        >>> x, i = dimod.Binary("x"), dimod.Integer("i", upper_bound=9)
        >>> cqm = dimod.ConstrainedQuadraticModel.from_quadratic_model(x * i - i)
        >>> Nonlinear.of(cqm).model.num_decisions()
        2
        """
        arrays = ModelArrays.from_cqm(cqm, reals=True)
        bounded = arrays
        if (arrays.step == 0).any():
            bounded = implied(without_huge_bounds(arrays))
        grid = Grid.of(bounded, reals)
        whole = grid.whole(bounded)
        two = (whole.upper - whole.lower) <= whole.step
        _require_bounds(whole, two)
        room = whole.upper - whole.lower
        low = np.where(two, whole.lower, 0.0)
        step = np.where(two & (room > 0), room, 1.0)
        return cls(_Builder(whole, two, low, step).model(), arrays, grid, two, low, step)

    def sampleset(self) -> dimod.SampleSet:
        """The states of the locked model over the CQM's variables, with energies and feasibility as
        dimod counts them.
        """
        values = np.array([self._values(k) for k in range(self.model.states.size())])
        shape = (len(values), self.arrays.num_variables)
        return sampleset(self.grid.values(values.reshape(shape)), self.arrays)

    def set_state(self, index: int, values: Floats) -> None:
        """Put an assignment, float64[n] in the order of the CQM's variables, into a state."""
        places = self.grid.places(np.asarray(values, dtype=np.float64)[None, :])[0]
        whole = np.rint((places - self.low) / self.step)
        for symbol, mine in self._decisions():
            symbol.set_state(index, whole[mine])

    def _values(self, index: int) -> Floats:
        values = np.zeros(len(self.low))
        for symbol, mine in self._decisions():
            values[mine] = np.ravel(symbol.state(index))
        return np.asarray(self.low + self.step * values)

    def _decisions(self) -> Iterator[tuple[Any, Bools]]:
        kinds = [mine for mine in (self.two, ~self.two) if mine.any()]
        yield from zip(self.model.iter_decisions(), kinds, strict=True)


def _require_bounds(whole: ModelArrays, two: Bools) -> None:
    beyond = ~two & ((whole.lower < -WIDEST) | (whole.upper > WIDEST))
    for k in np.flatnonzero(beyond)[:1]:
        raise QoptError(
            f"variable {whole.variables[k]!r} ranges over {whole.lower[k]:g}..{whole.upper[k]:g}; "
            "a nonlinear model takes whole numbers of -2e9 to 2e9: give it narrower bounds"
        )


@dataclass(frozen=True, eq=False)
class _Table:
    """Terms of k rows with about as many each: `factors`, each int64[k, L], are variables whose
    product with `value` float64[k, L] is a term; 0 where a row has fewer.
    """

    value: Floats
    factors: tuple[Ints, ...]


class _Builder:
    def __init__(self, whole: ModelArrays, two: Bools, low: Floats, step: Floats) -> None:
        from dwave.optimization import Model

        self._whole, self._two = whole, two
        self._low, self._step = low[two], step[two]  # of the binary array
        self._model: Model = Model()

    def model(self) -> Model:
        whole = self._whole
        self._x = self._variables()
        objective = self._objective()
        rows = np.arange(whole.num_constraints)
        for mine in _alike(whole, rows):
            objective = objective + self._rows(mine)
        self._model.minimize(objective)
        return self._model

    def _variables(self) -> Any:
        """All variables as one array, float64[n], in the order of the CQM."""
        from dwave.optimization.mathematical import concatenate

        whole, two = self._whole, self._two
        parts, n = [], len(two)
        if two.any():
            fixed = (whole.upper == whole.lower)[two]
            binary = self._model.binary(int(two.sum()), upper_bound=np.where(fixed, 0, 1))
            if (self._low != 0).any() or (self._step != 1).any():
                binary = self._model.constant(self._step) * binary + self._model.constant(self._low)
            parts.append(binary)
        if not two.all():
            parts.append(
                self._model.integer(
                    int((~two).sum()), lower_bound=whole.lower[~two], upper_bound=whole.upper[~two]
                )
            )
        if len(parts) == 1:
            return parts[0]
        place = np.empty(n, dtype=np.int64)
        place[np.concatenate([np.flatnonzero(two), np.flatnonzero(~two)])] = np.arange(n)
        return concatenate(parts)[self._model.constant(place)]

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
    quadratic = np.bincount(whole.row_quadratic.owner, minlength=len(rows))
    charge = np.where(whole.hard, 0, np.where(whole.soft_linear, 1, 2))
    sizes = [np.ceil(np.log2(np.maximum(count, 0.5))) for count in (linear, quadratic)]
    keys = np.column_stack([whole.sense == "=", charge, *sizes])
    _, group = np.unique(keys, axis=0, return_inverse=True)
    for k in range(int(group.max(initial=-1)) + 1):
        yield np.flatnonzero(group.ravel() == k)


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
