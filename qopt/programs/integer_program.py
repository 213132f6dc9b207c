"""A constrained quadratic model as CP-SAT takes it: whole numbers throughout."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from ortools.sat.python import cp_model
from scipy import sparse

from ..compiler.model.arrays import Floats, ModelArrays
from ..compiler.model.rows import floor, whole_number_scale
from ..errors import QoptError

# the objective's whole-number range: CP-SAT counts in 64 bits, and no sum may overflow
RANGE = 2.0**50
MOST = 2**62
# a right-hand side is rounded to this where it has no common step with the coefficients
STEP = 1e-6


@dataclass(frozen=True)
class Row:
    """Constraint `left <= right`, or `left == right` where `equality`: the model's row times
    `scale`.

    `least` and `most` bound `left`.
    """

    left: Any
    right: int
    equality: bool
    scale: float
    least: int
    most: int


class OutOfTime(QoptError):
    """A model that was not built for CP-SAT by the deadline given for it."""

    def __init__(self) -> None:
        super().__init__("there was no time to build the model for CP-SAT; give more")


class IntegerProgram:
    """The variables of a model in `variables`; its rows and costs as they are asked for.

    After `minimise`, or from `objective`: the objective is `value / scale + offset`, off by at most
    `error` for the rounding of its coefficients. `lower` and `upper` float64[n] replace the model's
    bounds. After `deadline`, of `time.perf_counter()`, every row and product raises OutOfTime.
    """

    def __init__(
        self,
        arrays: ModelArrays,
        *,
        lower: Floats | None = None,
        upper: Floats | None = None,
        deadline: float | None = None,
    ) -> None:
        self.arrays, self.model = arrays, cp_model.CpModel()
        self._deadline = math.inf if deadline is None else deadline
        self.lower = arrays.lower if lower is None else lower
        self.upper = arrays.upper if upper is None else upper
        self.variables = [
            self.model.new_int_var_from_domain(cp_model.Domain.from_values([-1, 1]), str(label))
            if step == 2
            else self.model.new_int_var(int(low), int(high), str(label))
            for label, low, high, step in zip(
                arrays.variables, self.lower, self.upper, arrays.step, strict=True
            )
        ]
        self._binary = (self.lower == 0) & (self.upper == 1)
        self._scale, self._right = _whole_numbers(arrays)
        self._products = dict[tuple[int, int], Any]()
        self._costs = list[
            tuple[Any, float, float]
        ]()  # expression, coefficient, the most the expression can be
        self.offset, self.scale, self.error = arrays.offset, 1.0, 0.0

    def row(self, c: int) -> Row:
        """Constraint c. Raises QoptError where its coefficients have no common step."""
        scale = float(self._scale[c])
        if np.isnan(scale):
            raise QoptError(
                f"constraint {self.arrays.labels[c]!r} has coefficients without a common step, "
                "which CP-SAT cannot hold; "
                "round them, or scale the row to whole numbers"
            )
        left, least, most = self.left(c, scale)
        return Row(left, int(self._right[c]), self.arrays.sense[c] == "=", scale, least, most)

    def left(self, c: int, scale: float) -> tuple[Any, int, int]:
        """The left-hand side of constraint c times `scale`, which makes its coefficients whole, and
        its least and most.
        """
        self._look_at_the_clock()
        arrays = self.arrays
        mine = slice(arrays.rows.indptr[c], arrays.rows.indptr[c + 1])
        pairs = arrays.row_quadratic.of(c)
        columns = arrays.rows.indices[mine]
        products = [
            self._product(int(i), int(j)) for i, j in zip(pairs.row, pairs.col, strict=True)
        ]
        ends = np.concatenate(
            [self._ends(columns), self._product_ends(pairs.row, pairs.col)], axis=1
        )
        coefficients = np.rint(np.concatenate([arrays.rows.data[mine], pairs.value]) * scale)
        reach = np.sort(coefficients * ends, axis=0).sum(axis=1)
        terms = [*(self.variables[v] for v in columns), *products]
        return (
            cp_model.LinearExpr.weighted_sum(terms, coefficients.astype(int).tolist()),
            int(reach[0]),
            int(reach[1]),
        )

    def require(self, c: int) -> list[Any]:
        """Constraint c as a constraint of CP-SAT, or several."""
        self._look_at_the_clock()
        arrays, pairs = self.arrays, self.arrays.row_quadratic.of(c)
        exclusive = (
            len(pairs.value)
            and arrays.rows.indptr[c] == arrays.rows.indptr[c + 1]
            and (pairs.value > 0).all()
        )
        if (
            exclusive
            and arrays.rhs[c] == 0
            and self._binary[pairs.row].all()
            and self._binary[pairs.col].all()
        ):
            variables = zip(pairs.row, pairs.col, strict=True)
            return [
                self.model.add_bool_or(~self.variables[i], ~self.variables[j]) for i, j in variables
            ]
        row = self.row(c)
        return [self.model.add(row.left == row.right if row.equality else row.left <= row.right)]

    def charge(self, c: int) -> None:
        """Add to the objective what breaking soft constraint c by v, in its own units, costs:
        weight v or weight v^2.
        """
        row, weight = self.row(c), float(self.arrays.weight[c])
        violation, most = self.excess(row.left, row.right, row.least, row.most, both=row.equality)
        if self.arrays.soft_linear[c]:
            self.add_cost(violation, weight / row.scale, most)
        else:
            self.add_square(violation, weight / row.scale**2, most)

    def whole(self, low: int, high: int, name: str) -> Any:
        """A variable in low..high. Raises QoptError for more than CP-SAT counts."""
        if max(-low, high) > MOST:
            raise QoptError(
                f"CP-SAT counts to 2**62, and the model needs {max(-low, high):.3g}; bound its "
                "variables closer"
            )
        return self.model.new_int_var(low, high, name)

    def excess(
        self, left: Any, right: int, least: int, most: int, *, both: bool
    ) -> tuple[Any, int]:
        """A variable of at least `left - right`, or `both` ways its size, and the most it can be;
        `left` is in least..most.
        """
        reach = max(most - right, right - least if both else 0, 0)
        excess = self.whole(0, reach, "excess")
        self.model.add(excess >= left - right)
        if both:
            self.model.add(excess >= right - left)
        return excess, reach

    def add_cost(self, expression: Any, coefficient: float, most: float) -> None:
        """Add `coefficient * expression` to the objective; the expression is in -most..most."""
        self._costs.append((expression, coefficient, most))

    def add_square(self, expression: Any, coefficient: float, most: int) -> None:
        """Add `coefficient * expression^2`."""
        square = self.whole(0, most**2, "square")
        self.model.add_multiplication_equality(square, [expression, expression])
        self._costs.append((square, coefficient, most**2))

    def add_objective(self) -> None:
        """The model's own objective."""
        arrays, q = self.arrays, self.arrays.quadratic
        costly = np.flatnonzero(arrays.linear)
        sizes = np.abs(self._ends(costly)).max(axis=0)
        self._costs += zip(
            [self.variables[v] for v in costly], arrays.linear[costly], sizes, strict=True
        )
        products = [self._product(int(i), int(j)) for i, j in zip(q.row, q.col, strict=True)]
        self._costs += zip(
            products, q.value, np.abs(self._product_ends(q.row, q.col)).max(axis=0), strict=True
        )

    def objective(self) -> Any:
        """All costs as one expression in whole numbers; sets `scale` and `error`."""
        coefficients, sizes = (
            np.array([cost[k] for cost in self._costs], dtype=np.float64) for k in (1, 2)
        )
        reach = float(np.abs(coefficients) @ sizes)
        whole = np.array_equal(coefficients, np.rint(coefficients))
        self.scale = 1.0 if whole or reach == 0 else 2.0 ** int(np.floor(np.log2(RANGE / reach)))
        rounded = np.rint(coefficients * self.scale)
        self.error = float(np.abs(rounded / self.scale - coefficients) @ sizes)
        return cp_model.LinearExpr.weighted_sum(
            [cost[0] for cost in self._costs], rounded.astype(int).tolist()
        )

    def minimise(self) -> None:
        self.model.minimize(self.objective())

    def values(self, solver: Any) -> list[float]:
        """The variables' values in the solution that a solver has, in the model's order."""
        return [float(solver.value(variable)) for variable in self.variables]

    def _product(self, i: int, j: int) -> Any:
        """x_i x_j as a variable, made once."""
        i, j = min(i, j), max(i, j)
        if (i, j) not in self._products:
            self._look_at_the_clock()
            x, y = self.variables[i], self.variables[j]
            low, high = self._product_ends(np.array([i]), np.array([j]))[:, 0]
            product = self.whole(int(low), int(high), f"{x.name}*{y.name}")
            if self._binary[i] and self._binary[j]:
                self.model.add(product <= x)
                self.model.add(product <= y)
                self.model.add(product >= x + y - 1)
            else:
                self.model.add_multiplication_equality(product, [x, y])
            self._products[i, j] = product
        return self._products[i, j]

    def _look_at_the_clock(self) -> None:
        if time.perf_counter() > self._deadline:
            raise OutOfTime

    def _ends(self, columns: Any) -> Floats:
        """float64[2, k]: the bounds of the variables."""
        return np.stack([self.lower[columns], self.upper[columns]])

    def _product_ends(self, row: Any, col: Any) -> Floats:
        """float64[2, k]: bounds of the products."""
        x, y = self._ends(row), self._ends(col)
        corners = (x[:, None] * y[None, :]).reshape(4, -1)
        return np.stack([corners.min(axis=0), corners.max(axis=0)])


def run(
    program: IntegerProgram,
    *,
    seconds: float | None,
    seed: int,
    watcher: Any = None,
    **parameters: Any,
) -> tuple[str, Any]:
    """CP-SAT's status by name, and the solver with its solution.

    Raises QoptError for a model that CP-SAT refuses.
    """
    solver = cp_model.CpSolver()
    solver.parameters.random_seed = seed % 2**31
    if seconds is not None:
        solver.parameters.max_time_in_seconds = max(0.01, seconds)
    for name, value in parameters.items():
        setattr(solver.parameters, name, value)
    status = solver.solve(program.model, watcher)
    if status == cp_model.MODEL_INVALID:
        raise QoptError(f"CP-SAT refuses the model: {program.model.validate().splitlines()[0]}")
    return solver.status_name(status), solver


def _whole_numbers(arrays: ModelArrays) -> tuple[Floats, Floats]:
    """What makes each row and its right-hand side whole, and the right-hand sides then: float64[m]
    each.

    The right-hand side takes part so that a violation, too, is a whole number of steps. NaN where
    the coefficients have none.
    """
    q, m = arrays.row_quadratic, arrays.num_constraints
    quadratic = sparse.csr_array(
        (q.value, (q.owner, np.arange(len(q.value)))), shape=(m, len(q.value))
    )
    left = sparse.csr_array(sparse.hstack([arrays.rows, quadratic]))
    scale = whole_number_scale(
        sparse.csr_array(sparse.hstack([left, sparse.csr_array(arrays.rhs[:, None])]))
    )
    rough = np.isnan(scale)
    scale[rough] = whole_number_scale(left)[rough] / STEP
    right = arrays.rhs * scale
    return scale, np.where(arrays.sense == "=", np.rint(right), floor(right))
