"""Parts of a model: some variables freed, the rest fixed where an assignment has them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from .arrays import Bools, Floats, Ints, ModelArrays
from .rows import Rows
from .structure import NONE, Structure

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Parts:
    """What can be freed of a model together: a group as a whole, any other variable by itself."""

    model: ModelArrays

    @cached_property
    def structure(self) -> Structure:
        return Structure.of(self.model, Rows.of(self.model))

    def draw(self, values: Floats, size: int, random: np.random.Generator) -> Bools:
        """bool[n]: at most `size` variables to free, grown from a random unit along shared terms
        and constraints.

        Of a freed group that crosses columns only what lies in columns that freed groups hold, or
        none: nothing else can be 1.
        """
        free: list[int] = []
        holders = {int(unit) for unit in random.permutation(self._units)[:1]} if size else set()
        order = list(holders)
        failures = 0
        while order and failures < 20:
            chosen = self._variables_of(order, values)
            if len(chosen) > size:
                order.pop()
                failures += 1
                chosen = []
            else:
                free = chosen
            unit = self._near(free, random)
            failures += unit in order
            if unit not in order:
                order.append(unit)
        mask = np.zeros(self.model.num_variables, dtype=np.bool_)
        mask[free] = True
        return mask

    @cached_property
    def _unit(self) -> Ints:
        """int64[n]: a variable's group, or a number of its own beyond those."""
        group, n = self.structure.group, self.model.num_variables
        return np.where(group != NONE, group, self.model.num_constraints + np.arange(n))

    @cached_property
    def _units(self) -> Ints:
        return np.unique(self._unit)

    @cached_property
    def _members(self) -> dict[int, Ints]:
        order = np.argsort(self._unit, kind="stable")
        units, first = np.unique(self._unit[order], return_index=True)
        return dict(zip(units.tolist(), np.split(order, first[1:]), strict=True))

    def _variables_of(self, units: list[int], values: Floats) -> list[int]:
        members = np.concatenate([self._members[unit] for unit in units])
        column = self.structure.column
        crossing = column[members] != NONE
        if not crossing.any():
            return list(members)
        held = np.unique(column[members[crossing & (values[members] != 0)]])
        occupied = np.unique(column[(values != 0) & (column != NONE)])
        open_ = np.isin(column[members], held) | ~np.isin(column[members], occupied) | ~crossing
        return list(members[open_])

    @cached_property
    def _touching(self) -> tuple[sparse.csr_array, sparse.csr_array, sparse.csr_array]:
        """Which variables share a term of the objective, and which are in which constraint."""
        n, q = self.model.num_variables, self.model.quadratic
        both = (np.r_[q.row, q.col], np.r_[q.col, q.row])
        pairs = sparse.csr_array((np.ones(2 * len(q.row)), both), shape=(n, n))
        rows = self.model.incidence().tocsr()
        return pairs, rows, sparse.csr_array(rows.T)

    def _near(self, free: list[int], random: np.random.Generator) -> int:
        """A unit that shares a term or a constraint with what is free; or else any."""
        pairs, rows, constraints = self._touching
        if free:
            variable = free[int(random.integers(len(free)))]
            partners = _entries(pairs, variable)
            holding = _entries(constraints, variable)
            if len(holding) and (not len(partners) or random.random() < 0.5):
                partners = _entries(rows, int(random.choice(holding)))
            if len(partners):
                return int(self._unit[random.choice(partners)])
        return int(random.choice(self._units))

    def cqm(self, values: Floats, free: Bools) -> dimod.ConstrainedQuadraticModel:
        """The model of the free variables, the others at `values` float64[n], without the
        constraints that have none of them.

        Violations are those of the whole; so are energies, but for what soft constraints left out
        charge.
        """
        import dimod

        model = self.model
        labels = [model.variables[v] for v in np.flatnonzero(free)]
        fixed = np.where(free, 0.0, values)
        q, inside, linear, constant = _split(
            model.quadratic, free, values, np.zeros(model.num_variables)
        )
        cqm = dimod.ConstrainedQuadraticModel()
        squared = np.concatenate(
            [part.row[part.row == part.col] for part in (model.quadratic, model.row_quadratic)]
        )
        for v, label in zip(np.flatnonzero(free), labels, strict=True):
            _add_variable(cqm, model, int(v), label, squared)
        objective = dimod.QuadraticModel()
        for label in labels:
            objective.add_variable(cqm.vartype(label), label, **_bounds(cqm, label))
        total = model.linear + linear
        objective.add_linear_from(
            (label, float(total[v])) for label, v in zip(labels, np.flatnonzero(free), strict=True)
        )
        names = model.variables
        objective.add_quadratic_from(
            (names[i], names[j], float(b))
            for i, j, b in zip(q.row[inside], q.col[inside], q.value[inside], strict=True)
        )
        objective.offset = model.offset + float(model.linear @ fixed) + constant
        cqm.set_objective(objective)
        self._add_constraints(cqm, values, free, fixed)
        return cqm

    def _add_constraints(self, cqm: Any, values: Floats, free: Bools, fixed: Floats) -> None:
        model, names = self.model, self.model.variables
        right = model.rhs - model.rows @ fixed
        free_rows = sparse.csr_array(model.rows[:, np.flatnonzero(free)])
        touched = np.zeros(model.num_constraints, dtype=np.bool_)
        touched[np.flatnonzero(np.diff(free_rows.indptr))] = True
        q = model.row_quadratic
        touched[q.owner[free[q.row] | free[q.col]]] = True
        position = np.flatnonzero(free)
        for c in np.flatnonzero(touched):
            terms: list[tuple[Any, ...]] = [
                (names[position[k]], float(a))
                for k, a in zip(
                    free_rows.indices[free_rows.indptr[c] : free_rows.indptr[c + 1]],
                    free_rows.data[free_rows.indptr[c] : free_rows.indptr[c + 1]],
                    strict=True,
                )
            ]
            mine = q.of(int(c))
            rhs = float(right[c])
            if len(mine.row):
                mine, inside, linear, constant = _split(
                    mine, free, values, np.zeros(model.num_variables)
                )
                rhs -= constant
                terms += [(names[v], float(linear[v])) for v in np.flatnonzero(linear)]
                terms += [
                    (names[i], names[j], float(b))
                    for i, j, b in zip(
                        mine.row[inside], mine.col[inside], mine.value[inside], strict=True
                    )
                ]
            soft = {}
            if np.isfinite(model.weight[c]):
                soft = {
                    "weight": float(model.weight[c]),
                    "penalty": "linear" if model.soft_linear[c] else "quadratic",
                }
            if terms:
                sense = "==" if model.sense[c] == "=" else "<="
                cqm.add_constraint_from_iterable(
                    terms, sense, rhs=rhs, label=model.labels[c], **soft
                )


def _entries(matrix: sparse.csr_array, row: int) -> Ints:
    columns: Ints = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return columns


def _split(
    terms: Any, free: Bools, values: Floats, linear: Floats
) -> tuple[Any, Bools, Floats, float]:
    """Quadratic terms: which are all free, what half free ones become, and what the rest adds."""
    row, col = free[terms.row], free[terms.col]
    half = row & ~col
    np.add.at(linear, terms.row[half], terms.value[half] * values[terms.col[half]])
    half = col & ~row
    np.add.at(linear, terms.col[half], terms.value[half] * values[terms.row[half]])
    neither = ~row & ~col
    return (
        terms,
        row & col,
        linear,
        float((terms.value * values[terms.row] * values[terms.col])[neither].sum()),
    )


def _add_variable(cqm: Any, model: ModelArrays, v: int, label: Any, squared: Ints) -> None:
    """A number from 0 to 1 stays whole where it is squared: dimod has no squares of bits."""
    low, high = float(model.lower[v]), float(model.upper[v])
    if model.step[v] == 2:
        cqm.add_variable("SPIN", label)
    elif (low, high) == (0.0, 1.0) and v not in squared:
        cqm.add_variable("BINARY", label)
    else:
        cqm.add_variable("INTEGER", label, lower_bound=low, upper_bound=high)


def _bounds(cqm: Any, label: Any) -> dict[str, float]:
    if cqm.vartype(label).name != "INTEGER":
        return {}
    return {"lower_bound": cqm.lower_bound(label), "upper_bound": cqm.upper_bound(label)}
