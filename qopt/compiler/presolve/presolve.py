"""Smaller models with the same feasible assignments.

    x = base + matrix y

Every feasible x of the full model is one y of the smaller one, and no other y is feasible.

| what is found | what becomes of it |
|---|---|
| a row leaves a variable less room than its bounds (Savelsbergh 1994) | tighter bounds |
| bounds that meet | the variable is its value |
| a row that says two variables are equal, or two-valued ones differ | one stands for the other |
| a row that its variables' bounds imply | no row |
| rows with the same left-hand side | the tightest |
| a soft row without variables | part of the objective's offset |

Nothing else: every reduction follows from the hard constraints alone and none from the objective,
so that all feasible assignments are left, not only an optimal one. A row is in whole numbers
wherever it has a common step, and what follows from it is exact; other rows are held off from what
rounding could cut away.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ...errors import Infeasible
from ..model.arrays import Bools, Floats, Ints, ModelArrays
from ..model.rows import WHOLE
from .contradictions import Contradiction, of_opposites, of_repeats, of_row, of_variable
from .propagation import BOUNDS, NOISE, Bounds, Sums
from .repeats import repeated
from .substitution import Substitution, substitution

PASSES = 10  # of tightening, then substituting: what one substitutes the next can merge
NONE = -2  # in place of the number of a constraint, beside `BOUNDS`
ROUNDING = 1e-9  # a soft row without variables that is off by less is kept


@dataclass(frozen=True, eq=False)
class Presolved:
    """A smaller model, and the way to it and back.

    Attributes
    ----------
    full, model
        The model of n variables and m constraints, and the smaller one of n' and m'.
    variables, constraints
        int64[n'], int64[m']: which of the full model's are left, in order.
    base, matrix
        float64[n] and sparse float64[n, n']: `x = base + matrix @ y`, with at most one entry a row.
    lower_by, upper_by
        int64[n]: the constraint each bound of a variable comes from, `BOUNDS` where it is its own.
    implied_by
        int64[m]: the constraint that says as much as this one, `BOUNDS` where its variables' bounds
        do, `NONE` if it is left.
    cost
        float64[m]: what a soft constraint that lost its variables costs, whatever the assignment.
    """

    full: ModelArrays
    model: ModelArrays
    variables: Ints
    constraints: Ints
    base: Floats
    matrix: sparse.csr_array
    lower_by: Ints
    upper_by: Ints
    implied_by: Ints
    cost: Floats

    @classmethod
    def unchanged(cls, model: ModelArrays) -> Presolved:
        """What leaves the model as it is."""
        m, n = model.num_constraints, model.num_variables
        bounds, identity = np.full(n, BOUNDS), sparse.csr_array(sparse.eye_array(n))
        return cls(
            model,
            model,
            np.arange(n),
            np.arange(m),
            np.zeros(n),
            identity,
            bounds,
            bounds,
            np.full(m, NONE),
            np.zeros(m),
        )

    def restore(self, values: npt.ArrayLike) -> Floats:
        """float64[k, n]: the full model's assignments of `values` [k, n'] to the smaller one's."""
        restored: Floats = self.base + (self.matrix @ np.asarray(values, dtype=np.float64).T).T
        return restored

    def reduce(self, values: npt.ArrayLike) -> Floats:
        """float64[k, n'] of assignments [k, n] to the full model's variables.

        A value that presolve has ruled out is dropped, or cut to the nearest one left.
        """
        kept = np.asarray(values, dtype=np.float64)[:, self.variables]
        return np.clip(kept, self.model.lower, self.model.upper)

    @cached_property
    def log(self) -> tuple[Removed, ...]:
        """Every variable and constraint that is gone, and why."""
        return (*self._variables_gone(), *self._constraints_gone())

    def _variables_gone(self) -> Iterable[Removed]:
        gone = np.ones(len(self.base), dtype=bool)
        gone[self.variables] = False
        for i in np.flatnonzero(gone):
            mine = slice(self.matrix.indptr[i], self.matrix.indptr[i + 1])
            value = f"{self.base[i]:g}"
            for other, slope in zip(
                self.variables[self.matrix.indices[mine]], self.matrix.data[mine], strict=True
            ):
                value = _affine(self.base[i], slope, self.full.variables[other])
            by = self._named([self.lower_by[i], self.upper_by[i]])
            yield Removed(
                "variable", self.full.variables[i], f"always {value}, by {by or 'its bounds'}"
            )

    def _constraints_gone(self) -> Iterable[Removed]:
        for c in np.flatnonzero(self.implied_by != NONE):
            by = self._named([self.implied_by[c]]) or "what is left of its variables"
            reason = (
                f"always broken, at a cost of {self.cost[c]:g}"
                if self.cost[c] > 0
                else f"implied by {by}"
            )
            yield Removed("constraint", self.full.labels[c], reason)

    def _named(self, constraints: Iterable[int]) -> str:
        return " and ".join(
            repr(self.full.labels[c]) for c in dict.fromkeys(map(int, constraints)) if c != BOUNDS
        )


@dataclass(frozen=True)
class Removed:
    """A variable or a constraint that presolve took away: `kind` says which."""

    kind: str
    label: Any
    reason: str

    def __str__(self) -> str:
        return f"{self.kind} {self.label!r}: {self.reason}"


def presolve(model: ModelArrays) -> Presolved:
    """Fix, merge and tighten what the hard constraints decide by themselves.

    Raises Infeasible, naming the constraints, where they contradict each other or their variables'
    bounds.
    """
    done = Presolved.unchanged(model)
    for _ in range(PASSES):
        before, done = done, _pass(done)
        if done.model.num_variables == before.model.num_variables:
            break
    return done


def _pass(done: Presolved) -> Presolved:
    model, bounds = done.model, Bounds.of(done.model)
    try:
        rows = Sums.of(model)
        bounds.tighten(rows)
        implied_by = np.where(_always_hold(rows, bounds), BOUNDS, NONE)
        row, other = repeated(rows, among=implied_by == NONE)
        new, by = substitution(rows, bounds)
    except Contradiction as found:
        raise _infeasible(done, bounds, found) from None
    implied_by[row] = other
    tighter = (bounds.lower_by != BOUNDS).any() or (bounds.upper_by != BOUNDS).any()
    if len(new.kept) == model.num_variables and not tighter and (implied_by == NONE).all():
        return done
    return _composed(done, new.apply(model, rows), new, bounds, by, implied_by)


def _always_hold(rows: Sums, bounds: Bounds) -> Bools:
    """bool[m]: the rows that hold whatever values their variables take."""
    now = rows.activity(bounds.lower, bounds.upper)
    # sums of whole numbers are exact while they are below 2^53; elsewhere what rounding takes must
    # not decide
    margin = np.where(
        rows.whole, np.where(now.size < WHOLE, 0.0, NOISE * now.size), -NOISE * now.size
    )
    fixed = (now.least == now.most) & (
        np.abs(now.least - rows.rhs) <= rows.tolerance + NOISE * now.size
    )
    holds: Bools = np.where(rows.equal, fixed & rows.hard, now.most <= rows.rhs - margin)
    return holds


def _composed(
    done: Presolved,
    model: ModelArrays,
    new: Substitution,
    bounds: Bounds,
    by: Ints,
    implied_by: Ints,
) -> Presolved:
    """`done`, then `new`: `model` with the rows that are left."""
    cost = _lost(model)
    implied_by = np.where(np.isnan(cost), implied_by, BOUNDS)
    cost = np.nan_to_num(cost)
    rest, gone = np.flatnonzero(implied_by == NONE), np.flatnonzero(implied_by != NONE)
    model = replace(model.with_constraints(rest), offset=model.offset + float(cost.sum()))
    lower_by, upper_by = _origins(done, bounds)
    from_rows = by != BOUNDS
    for origin in (lower_by, upper_by):
        origin[done.variables[from_rows]] = done.constraints[by[from_rows]]
    all_implied, all_costs = done.implied_by.copy(), done.cost.copy()
    by_row = implied_by[gone]
    all_implied[done.constraints[gone]] = np.where(
        by_row < 0, by_row, done.constraints[np.maximum(by_row, 0)]
    )
    all_costs[done.constraints] = cost
    return replace(
        done,
        model=model,
        variables=done.variables[new.kept],
        constraints=done.constraints[rest],
        base=done.base + done.matrix @ new.base,
        matrix=sparse.csr_array(done.matrix @ new.matrix),
        lower_by=lower_by,
        upper_by=upper_by,
        implied_by=all_implied,
        cost=all_costs,
    )


def _lost(model: ModelArrays) -> Floats:
    """float64[m]: what each soft row costs that has no variables left, NaN for the rest."""
    filled = np.diff(model.rows.indptr) > 0
    filled[model.row_quadratic.owner] = True
    broken = np.where(model.sense == "=", np.abs(model.rhs), np.maximum(-model.rhs, 0.0))
    broken = np.where(broken <= ROUNDING, 0.0, broken)
    charge = np.where(model.hard, 0.0, model.weight) * np.where(
        model.soft_linear, broken, broken**2
    )
    return np.where(filled | model.hard, np.nan, charge)


def _origins(done: Presolved, bounds: Bounds) -> tuple[Ints, Ints]:
    """The full model's constraint behind either bound of each of its variables."""
    origins = []
    for before, here in ((done.lower_by, bounds.lower_by), (done.upper_by, bounds.upper_by)):
        by, new = before.copy(), here != BOUNDS
        by[done.variables[new]] = done.constraints[here[new]]
        origins.append(by)
    return origins[0], origins[1]


def _infeasible(done: Presolved, bounds: Bounds, found: Contradiction) -> Infeasible:
    full, (lower_by, upper_by) = done.full, _origins(done, bounds)
    if found.pair is not None:
        a, b = (int(done.constraints[row]) for row in found.pair)
        return of_repeats(full, a, b)
    if found.circle:
        return of_opposites(
            full,
            int(done.variables[found.variable]),
            [int(done.constraints[row]) for row in found.circle],
        )
    if found.variable >= 0:
        k, v = found.variable, int(done.variables[found.variable])
        return of_variable(
            full, v, (bounds.lower[k], bounds.upper[k]), (int(lower_by[v]), int(upper_by[v]))
        )
    c = int(done.constraints[found.row])
    # what the variables that are gone come to
    constant = float(full.rhs[c] - done.model.rhs[found.row])
    q = full.row_quadratic.of(c)
    linear = full.rows.indices[full.rows.indptr[c] : full.rows.indptr[c + 1]]
    involved = np.unique(np.concatenate([linear, q.row, q.col]))
    given = dict.fromkeys(np.concatenate([lower_by[involved], upper_by[involved]]).tolist())
    here = Contradiction(
        row=c, least=found.least + constant, most=found.most + constant, step=found.step
    )
    return of_row(full, c, here, [k for k in given if k not in (BOUNDS, c)])


def _affine(base: float, slope: float, label: Any) -> str:
    if base == 0:
        return repr(label) if slope == 1 else f"{slope:g} {label!r}"
    size = "" if abs(slope) == 1 else f"{abs(slope):g} "
    return f"{base:g} {'-' if slope < 0 else '+'} {size}{label!r}"
