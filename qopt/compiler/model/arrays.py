"""A constrained quadratic model as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import dimod
import numpy as np
import numpy.typing as npt
from scipy import sparse

from ...errors import QoptError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Quadratic terms `value * x[row] * x[col]`, of the objective or, with `owner`, of the
    constraint of that number.

    `row`, `col`, `owner` int64[q] and `value` float64[q], sorted by `owner`.
    """

    row: Ints
    col: Ints
    value: Floats
    owner: Ints

    def of(self, owner: int) -> Quadratic:
        mine = slice(*np.searchsorted(self.owner, [owner, owner + 1]))
        return Quadratic(self.row[mine], self.col[mine], self.value[mine], self.owner[mine])


@dataclass(frozen=True, eq=False)
class ModelArrays:
    """n variables x with bounds, an objective, and m constraints `rows @ x + quadratic(x) (sense)
    rhs`.

    `lower`, `upper` float64[n] are finite and whole, `step` float64[n] the distance of two values:
    2 for a spin, else 1. Of a REAL variable, where those are let in, `step` is 0 and the bounds are
    as they were given. `sense` is '=' or '<'; a `>=` row is stored negated, and `negated` bool[m]
    says so. `weight` float64[m] is infinite for a hard constraint; a soft one's violation costs
    `weight * violation**2`, or `weight * violation` where `soft_linear` bool[m].
    """

    variables: list[Any]
    lower: Floats
    upper: Floats
    step: Floats
    linear: Floats
    quadratic: Quadratic
    offset: float
    labels: list[Any]
    rows: sparse.csr_array
    row_quadratic: Quadratic
    sense: npt.NDArray[np.str_]
    rhs: Floats
    weight: Floats
    soft_linear: Bools
    negated: Bools

    @property
    def num_variables(self) -> int:
        return len(self.variables)

    @property
    def num_constraints(self) -> int:
        return len(self.labels)

    @property
    def hard(self) -> Bools:
        """bool[m]."""
        return np.isinf(self.weight)

    def fingerprint_parts(self) -> dict[str, Any]:
        """What `qopt.provenance.fingerprint` hashes."""
        return vars(self) | {"rows": self.rows.tocoo().coords, "values": self.rows.data}

    def incidence(self) -> sparse.coo_array:
        """Which variable is in which constraint: float64[m, n], not zero where it is."""
        q, shape = self.row_quadratic, self.rows.shape
        linear = self.rows.tocoo()
        row = np.concatenate([linear.row, q.owner, q.owner])
        col = np.concatenate([linear.col, q.row, q.col])
        return sparse.coo_array((np.ones(len(row)), (row, col)), shape=shape)

    def with_constraints(self, kept: Ints) -> ModelArrays:
        """The same with these constraints only: int64[m'], ascending."""
        number = np.full(self.num_constraints, -1)
        number[kept] = np.arange(len(kept))
        q = self.row_quadratic
        mine = number[q.owner] >= 0
        return replace(
            self,
            labels=[self.labels[c] for c in kept],
            rows=self.rows[kept],
            row_quadratic=Quadratic(q.row[mine], q.col[mine], q.value[mine], number[q.owner[mine]]),
            sense=self.sense[kept],
            rhs=self.rhs[kept],
            weight=self.weight[kept],
            soft_linear=self.soft_linear[kept],
            negated=self.negated[kept],
        )

    @classmethod
    def from_cqm(cls, cqm: dimod.ConstrainedQuadraticModel, *, reals: bool = False) -> ModelArrays:
        """Raises QoptError for a REAL variable unless `reals` lets them in, for bounds without a
        whole number between them and for a bias that is not finite.
        """
        variables, labels = list(cqm.variables), list(cqm.constraints)
        lower, upper, step = _domains(cqm, variables, reals)
        constraints = _Constraints.read(cqm, labels)
        _require_finite(cqm, labels, constraints)
        objective, pairs = cqm.objective, cqm.objective._iquadratic()
        linear, variable = np.zeros(len(variables)), objective._iindices()
        linear[variable] = objective._ilinear()
        sign = np.where(constraints.sense == ">", -1.0, 1.0)
        return cls(
            variables=variables,
            lower=lower,
            upper=upper,
            step=step,
            linear=linear,
            quadratic=_products(pairs, variable, np.zeros(len(pairs), dtype=np.int64)),
            offset=float(objective.offset),
            labels=labels,
            rows=constraints.rows(len(variables), sign),
            row_quadratic=constraints.products(sign),
            sense=np.where(constraints.sense == "=", "=", "<"),
            rhs=sign * constraints.rhs,
            weight=constraints.weight,
            soft_linear=constraints.soft_linear,
            negated=sign < 0,
        )


@dataclass(frozen=True, eq=False)
class _Constraints:
    """All constraints as dimod has them, one after the other; constants are on the right-hand side.

    `variable`, `bias` of their linear terms, `count` int64[m] of each; `pairs` numbers variables
    within a constraint, with `pair_count` int64[m] of each. `sense` is '=', '<' or '>'.
    """

    variable: Ints
    bias: Floats
    count: Ints
    pairs: npt.NDArray[Any]
    pair_count: Ints
    sense: npt.NDArray[np.str_]
    rhs: Floats
    weight: Floats
    soft_linear: Bools

    @classmethod
    def read(cls, cqm: dimod.ConstrainedQuadraticModel, labels: list[Any]) -> _Constraints:
        """One walk over the constraints, the only Python loop over them in a compile: 4 us each.

        Methods with an underscore are those that dimod's own serialisation reads with: they hand
        over whole arrays, where the public iterators walk term by term. Copying these to one buffer
        at once takes a third of keeping all to join them.
        """
        variable, bias, pairs = bytearray(), bytearray(), bytearray()
        facts, senses = [], []
        for label in labels:
            comparison = cqm.constraints[label]
            left = comparison.lhs
            variable.extend(left._iindices())
            bias.extend(left._ilinear())
            if left.num_interactions:
                pairs.extend(left._iquadratic())
            facts.append(
                (
                    left.num_variables,
                    left.num_interactions,
                    comparison.rhs,
                    left.offset,
                    left.weight(),
                )
            )
            senses.append(comparison.sense.value[0])
        count, pair_count, right, offset, weight = (
            np.array(facts, dtype=np.float64).reshape(-1, 5).T
        )
        soft_linear = np.isfinite(weight)
        for c in np.flatnonzero(soft_linear):
            soft_linear[c] = cqm.constraints[labels[c]].lhs.penalty() == "linear"
        return cls(
            variable=np.frombuffer(variable, cqm.index_dtype).astype(np.int64),
            bias=np.frombuffer(bias, cqm.dtype).astype(np.float64),
            count=count.astype(np.int64),
            pairs=np.frombuffer(pairs, cqm.objective._iquadratic().dtype),
            pair_count=pair_count.astype(np.int64),
            sense=np.array(senses, dtype="<U1"),
            rhs=right - offset,
            weight=weight,
            soft_linear=soft_linear,
        )

    @property
    def owner(self) -> Ints:
        """The constraint of each linear term."""
        return np.repeat(np.arange(len(self.count)), self.count)

    @property
    def pair_owner(self) -> Ints:
        return np.repeat(np.arange(len(self.count)), self.pair_count)

    def rows(self, n: int, sign: Floats) -> sparse.csr_array:
        """The linear terms, float64[m, n], each row times its sign."""
        starts = np.concatenate([[0], np.cumsum(self.count)])
        rows = sparse.csr_array(
            (self.bias * sign[self.owner], self.variable, starts), shape=(len(sign), n), copy=True
        )
        rows.eliminate_zeros()
        rows.sort_indices()
        return rows

    def products(self, sign: Floats) -> Quadratic:
        owner = self.pair_owner
        products = _products(
            self.pairs, self.variable, owner, (np.cumsum(self.count) - self.count)[owner]
        )
        return replace(products, value=products.value * sign[products.owner])


def _products(
    pairs: npt.NDArray[Any], variable: Ints, owner: Ints, start: Ints | int = 0
) -> Quadratic:
    """`pairs` as dimod has them: variables count from `start` in the list `variable`."""
    row, col, value = variable[pairs["u"] + start], variable[pairs["v"] + start], pairs["bias"]
    if (value == 0).any():
        there = value != 0
        row, col, value, owner = row[there], col[there], value[there], owner[there]
    return Quadratic(row.astype(np.int64), col.astype(np.int64), value.astype(np.float64), owner)


_BINARY, _SPIN, _INTEGER, _REAL = range(4)  # as dimod numbers them


def _domains(
    cqm: dimod.ConstrainedQuadraticModel, variables: list[Any], reals: bool
) -> tuple[Floats, Floats, Floats]:
    """`lower`, `upper` and `step`."""
    facts = cqm._ivarinfo()
    real = facts["vartype"] == _REAL
    for k in np.flatnonzero(real & (not reals))[:1]:
        raise QoptError(
            f"variable {variables[k]!r} is REAL; variables are whole numbers: "
            "use an INTEGER in fixed steps"
        )
    lower = np.where(real, facts["lb"], np.ceil(facts["lb"]))
    upper = np.where(real, facts["ub"], np.floor(facts["ub"]))
    for k in np.flatnonzero(~(lower <= upper))[:1]:
        raise QoptError(
            f"variable {variables[k]!r} has no whole number between its bounds; widen them"
        )
    return lower, upper, np.select([real, facts["vartype"] == _SPIN], [0.0, 2.0], 1.0)


def _require_finite(
    cqm: dimod.ConstrainedQuadraticModel, labels: list[Any], found: _Constraints
) -> None:
    objective = cqm.objective
    biases = [objective._ilinear(), objective._iquadratic()["bias"], objective.offset]
    if not all(np.isfinite(part).all() for part in biases):
        raise QoptError("the objective has a NaN or infinite bias; every bias must be finite")
    own = [
        (found.owner, found.bias),
        (found.pair_owner, found.pairs["bias"]),
        (np.arange(len(labels)), found.rhs),
    ]
    for owner, values in own:
        for k in np.flatnonzero(~np.isfinite(values))[:1]:
            raise QoptError(
                f"constraint {labels[owner[k]]!r} has a NaN or infinite bias; "
                "every bias must be finite"
            )
