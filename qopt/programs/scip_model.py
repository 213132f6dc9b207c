"""A constrained quadratic model as SCIP takes it: a linear objective, rows, and convex squares
where there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from operator import itemgetter
from typing import Any

import numpy as np
import pyscipopt

from ..compiler.model.arrays import Floats, ModelArrays, Quadratic

DENSEST = 2000  # variables in products of the objective, for its matrix to be taken apart
ROUNDING = 1e-9  # of the largest eigenvalue: what is nearer to 0 is 0
TOLERANCE = 1e-6  # SCIP's, of a row: what an objective in a row may be off


class ScipModel:
    """The variables of a model in `variables`, as expressions; `model` is SCIP's.

    The objective is `value / scale + offset`. It is scaled so that SCIP's absolute tolerances mean
    something: a portfolio's variance is some 1e-4.

    A convex objective x'Qx is a sum of squares, one an eigenvector, and so are its bounds; of its
    diagonal as much is taken out as leaves it convex, x_i^2 each by itself, for where x_i is 0
    unless a binary is 1 SCIP bounds that more closely (perspective cuts, Frangioni and Gentile
    2006).
    """

    def __init__(self, arrays: ModelArrays) -> None:
        self.arrays, self.model = arrays, pyscipopt.Model()
        self.model.hideOutput()
        self.offset, self.scale = arrays.offset, _scale(arrays)
        self._own = list[tuple[Any, float]]()  # each variable's own one of SCIP, and its step
        self.variables = [self._variable(k) for k in range(arrays.num_variables)]
        self._added = list[
            tuple[Any, Callable[[Floats], float]]
        ]()  # other variables, and their value in an assignment
        self._costs = list[Any]()
        for c, hard in enumerate(arrays.hard):
            if hard:
                self._require(c)
            else:
                self._charge(c)
        self._add_objective()
        self.model.setObjective(pyscipopt.quicksum(self._costs), "minimize")

    def values(self, solution: Any) -> list[float]:
        """The variables' values in a solution of SCIP's, in the model's order: whole numbers, which
        SCIP's are nearly.
        """
        places = [round(self.model.getSolVal(solution, own)) for own, _ in self._own]
        return [
            float(2 * x - 1 if step == 2 else x)
            for x, (_, step) in zip(places, self._own, strict=True)
        ]

    def start_from(self, values: Floats) -> None:
        """Give SCIP an assignment, float64[n]; an infeasible one it drops."""
        solution = self.model.createSol()
        for (own, step), x in zip(self._own, values.tolist(), strict=True):
            self.model.setSolVal(solution, own, (x + 1) / 2 if step == 2 else x)
        for added, value in self._added:
            self.model.setSolVal(solution, added, value(values))
        self.model.addSol(solution, free=True)

    def bound(self) -> float:
        """A lower bound on the objective, less what SCIP's tolerance may have lifted it by."""
        proved = float(self.model.getDualbound())
        return (proved - TOLERANCE * max(1.0, abs(proved))) / self.scale + self.offset

    def _variable(self, k: int) -> Any:
        arrays = self.arrays
        low, high, step = (float(x[k]) for x in (arrays.lower, arrays.upper, arrays.step))
        if step == 2:
            own = self.model.addVar(f"x{k}", vtype="B")
            self._own.append((own, step))
            return 2 * own - 1
        own = self.model.addVar(
            f"x{k}", vtype="B" if (low, high) == (0, 1) else "I", lb=low, ub=high
        )
        self._own.append((own, step))
        return own

    def _left(self, c: int) -> Any:
        arrays = self.arrays
        mine = slice(arrays.rows.indptr[c], arrays.rows.indptr[c + 1])
        return self._sum(
            arrays.rows.indices[mine], arrays.rows.data[mine], arrays.row_quadratic.of(c)
        )

    def _sum(self, columns: Any, coefficients: Floats, products: Quadratic) -> Any:
        x = self.variables
        terms = [float(a) * x[v] for v, a in zip(columns, coefficients, strict=True)]
        pairs = zip(products.row, products.col, products.value, strict=True)
        terms += [float(a) * (x[i] * x[j]) for i, j, a in pairs]
        return pyscipopt.quicksum(terms) + 0.0 * self.variables[0]

    def _activity(self, c: int, values: Floats) -> float:
        arrays, q = self.arrays, self.arrays.row_quadratic.of(c)
        mine = slice(arrays.rows.indptr[c], arrays.rows.indptr[c + 1])
        return float(
            arrays.rows.data[mine] @ values[arrays.rows.indices[mine]]
            + q.value @ (values[q.row] * values[q.col])
        )

    def _require(self, c: int) -> None:
        left, right = self._left(c), float(self.arrays.rhs[c])
        self.model.addCons(left == right if self.arrays.sense[c] == "=" else left <= right)

    def _charge(self, c: int) -> None:
        """What breaking soft constraint c by v costs: weight v or weight v^2."""
        left, right = self._left(c), float(self.arrays.rhs[c])
        both = self.arrays.sense[c] == "="

        def excess(values: Floats) -> float:
            over = self._activity(c, values) - right
            return abs(over) if both else max(0.0, over)

        violation = self._added_variable(excess)
        self.model.addCons(violation >= left - right)
        if both:
            self.model.addCons(violation >= right - left)
        weight = self.scale * float(self.arrays.weight[c])
        if self.arrays.soft_linear[c]:
            self._costs.append(weight * violation)
        else:
            self._add_square(violation, weight, excess)

    def _add_square(self, expression: Any, weight: float, value: Callable[[Floats], float]) -> None:
        square = self._added_variable(lambda values: value(values) ** 2)
        self.model.addCons(expression * expression <= square)
        self._costs.append(weight * square)

    def _added_variable(
        self, value: Callable[[Floats], float], *, least: float | None = 0.0
    ) -> Any:
        added = self.model.addVar(lb=least)
        self._added.append((added, value))
        return added

    def _add_objective(self) -> None:
        arrays, q, s = self.arrays, self.arrays.quadratic, self.scale
        self._costs += [
            float(s * arrays.linear[v]) * self.variables[v] for v in np.flatnonzero(arrays.linear)
        ]
        if not len(q.value):
            return
        used = np.unique(np.concatenate([q.row, q.col]))
        if len(used) <= DENSEST and (squares := _squares(q, used)) is not None:
            alone, along = squares
            for v, weight in zip(used.tolist(), (s * alone).tolist(), strict=True):
                if weight > 0:
                    self._add_square(self.variables[v], weight, itemgetter(v))
            for direction in along.T:
                self._add_along(used, direction)
            return
        products = self._sum(
            np.array([], dtype=np.int64), np.zeros(0), Quadratic(q.row, q.col, s * q.value, q.owner)
        )
        worth = self._added_variable(
            lambda x: float(s * (q.value @ (x[q.row] * x[q.col]))), least=None
        )
        self.model.addCons(products <= worth)
        self._costs.append(1.0 * worth)

    def _add_along(self, used: Any, direction: Floats) -> None:
        """(direction' x)^2, by a variable of its own for the sum: SCIP cuts off the square of one
        variable best.
        """
        size = float(np.abs(direction).max())
        unit = np.where(np.abs(direction) > ROUNDING * size, direction / size, 0.0)

        def value(values: Floats) -> float:
            return float(unit @ values[used])

        along = self._added_variable(value, least=None)
        terms = [
            float(a) * self.variables[v] for v, a in zip(used.tolist(), unit, strict=True) if a
        ]
        self.model.addCons(pyscipopt.quicksum(terms) == along)
        self._add_square(along, self.scale * size**2, value)


def _scale(arrays: ModelArrays) -> float:
    soft = arrays.weight[~arrays.hard]
    largest = max(
        np.abs(part).max(initial=0.0) for part in (arrays.linear, arrays.quadratic.value, soft)
    )
    return 1.0 / largest if largest > 0 else 1.0


def _squares(q: Quadratic, used: Any) -> tuple[Floats, Floats] | None:
    """x'Qx as sum_i alone_i x_i^2 + sum_k (along_k' x)^2: float64[n] and [n, k]; None where it is
    not convex.
    """
    n = len(used)
    row, col = np.searchsorted(used, q.row), np.searchsorted(used, q.col)
    matrix = np.zeros((n, n))
    np.add.at(matrix, (row, col), q.value / 2)
    np.add.at(matrix, (col, row), q.value / 2)
    diagonal = np.diag(matrix)
    if diagonal.min() <= 0:
        return None
    per_root = 1 / np.sqrt(diagonal)
    least = float(np.linalg.eigvalsh(matrix * np.outer(per_root, per_root))[0])
    if least < -ROUNDING * n:
        return None
    alone = max(0.0, least - 1e-6) * diagonal
    values, vectors = np.linalg.eigh(matrix - np.diag(alone))
    kept = values > ROUNDING * values[-1]
    return alone, vectors[:, kept] * np.sqrt(values[kept])
