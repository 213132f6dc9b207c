"""A constrained quadratic model as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..errors import QoptError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Quadratic:
    """Quadratic terms `value * x[row] * x[col]`, of the objective or, with `owner`, of the constraint of that number."""

    row: Ints
    col: Ints
    value: Floats
    owner: Ints

    def of(self, owner: int) -> Quadratic:
        mine = slice(*np.searchsorted(self.owner, [owner, owner + 1]))
        return Quadratic(self.row[mine], self.col[mine], self.value[mine], self.owner[mine])


@dataclass(frozen=True, eq=False)
class ModelArrays:
    """n variables x with bounds, an objective, and m constraints `rows @ x + quadratic(x) (sense) rhs`.

    `lower`, `upper` float64[n] are finite and whole, `step` float64[n] the distance of two values: 2 for a spin, else 1.
    `sense` is '=' or '<' (a `>=` row is stored negated). `weight` is infinite for a hard constraint; a soft one's violation
    costs `weight * violation**2`.
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

    @property
    def num_variables(self) -> int:
        return len(self.variables)

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

    @classmethod
    def from_cqm(cls, cqm: dimod.ConstrainedQuadraticModel) -> ModelArrays:
        """Raises QoptError for a REAL variable, an unbounded integer, a bias that is not finite, or a linear soft penalty."""
        variables = list(cqm.variables)
        lower, upper = _bounds(cqm, variables)
        n = len(variables)
        objective = cqm.objective
        _check_finite("the objective", objective._ilinear(), objective._iquadratic()["bias"], objective.offset)
        linear = np.zeros(n)
        linear[objective._iindices()] = objective._ilinear()
        labels = list(cqm.constraints)
        columns, values, quadratics, weights, rhs, senses = [], [], [], [], [], []
        for label in labels:
            comparison = cqm.constraints[label]
            lhs = comparison.lhs
            sign = -1.0 if comparison.sense is dimod.sym.Sense.Ge else 1.0
            row, pairs = lhs._ilinear(), _pairs(lhs)
            _check_finite(f"constraint {label!r}", row, pairs[2], lhs.offset + comparison.rhs)
            columns.append(lhs._iindices())
            values.append(sign * row)
            quadratics.append((pairs[0], pairs[1], sign * pairs[2]))
            rhs.append(sign * (comparison.rhs - lhs.offset))
            senses.append("=" if comparison.sense is dimod.sym.Sense.Eq else "<")
            weights.append(_weight(label, lhs))
        lengths = np.array([len(c) for c in columns], dtype=np.int64)
        indptr = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        rows = sparse.csr_array((_join(values, np.float64), _join(columns, np.int64), indptr), shape=(len(labels), n))
        rows.eliminate_zeros()
        return cls(
            variables=variables,
            lower=lower,
            upper=upper,
            step=np.array([2.0 if cqm.vartype(label) is dimod.SPIN else 1.0 for label in variables]),
            linear=linear,
            quadratic=_quadratic([_pairs(objective)]),
            offset=float(objective.offset),
            labels=labels,
            rows=rows,
            row_quadratic=_quadratic(quadratics),
            sense=np.array(senses, dtype="<U1"),
            rhs=np.array(rhs, dtype=np.float64),
            weight=np.array(weights, dtype=np.float64),
        )


# The private readers of dimod's views are its own serialisation's: they hand over whole arrays, where the public
# iterators walk term by term in Python.
def _pairs(view: Any) -> tuple[Any, Any, Any]:
    """(variable, variable, bias) of a view's quadratic terms; dimod numbers them within the view."""
    pairs, variable = view._iquadratic(), view._iindices()
    return variable[pairs["u"]], variable[pairs["v"]], pairs["bias"]


def _quadratic(parts: list[tuple[Any, ...]]) -> Quadratic:
    lengths = [len(part[2]) for part in parts]
    return Quadratic(
        row=_join([part[0] for part in parts], np.int64),
        col=_join([part[1] for part in parts], np.int64),
        value=_join([part[2] for part in parts], np.float64),
        owner=np.repeat(np.arange(len(parts)), lengths),
    )


def _join(parts: list[Any], dtype: type) -> npt.NDArray[Any]:
    return np.concatenate(parts).astype(dtype) if parts else np.empty(0, dtype=dtype)


def _bounds(cqm: dimod.ConstrainedQuadraticModel, variables: list[Any]) -> tuple[Floats, Floats]:
    lower, upper = np.empty(len(variables)), np.empty(len(variables))
    for k, label in enumerate(variables):
        if cqm.vartype(label) is dimod.REAL:
            raise QoptError(f"variable {label!r} is REAL; a QUBO holds whole numbers: use an INTEGER in fixed steps")
        lower[k], upper[k] = np.ceil(cqm.lower_bound(label)), np.floor(cqm.upper_bound(label))
        if upper[k] - lower[k] > 2**31:
            raise QoptError(f"variable {label!r} ranges over {lower[k]:g}..{upper[k]:g}; give it bounds closer than 2**31")
        if upper[k] < lower[k]:
            raise QoptError(f"variable {label!r} has no whole number between its bounds")
    return lower, upper


def _weight(label: Any, lhs: Any) -> float:
    if lhs.is_soft() and lhs.penalty() != "quadratic":
        raise QoptError(f"soft constraint {label!r} has a {lhs.penalty()} penalty; a QUBO can only charge penalty='quadratic'")
    return float(lhs.weight())


def _check_finite(where: str, *biases: Any) -> None:
    if not all(np.isfinite(b).all() for b in biases):
        raise QoptError(f"{where} has a NaN or infinite bias; every bias must be finite")
