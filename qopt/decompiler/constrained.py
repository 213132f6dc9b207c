"""Rows as constraints of a model: what each says, and all of them as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import dimod
import numpy as np
from scipy import sparse

from ..compiler.model.arrays import ModelArrays, Quadratic
from .couplings import Couplings, Floats, Ints, Row
from .integers import Integer, merged
from .slack import Bools, Slack


def kind_of(row: Row, slack: Slack) -> str:
    """What a row is called: by its slack number, its coefficients and its right side."""
    if len(slack.bits):
        return "inequality"
    ones = bool((row.coefficients == 1).all())
    if row.product is not None:
        return "product"
    if row.halfway:
        return "at-most-one" if ones and row.right == 0.5 else "pairs"
    if ones:
        return "one-hot" if row.right == 1 else "exactly-k"
    return "equality"


def sides(row: Row, slack: Slack) -> list[tuple[str, float]]:
    """The sense and right side of each constraint that a row says, without what always holds."""
    if row.halfway:
        inside = row.coefficients
        low, high = row.right - 0.5, row.right + 0.5
    elif len(slack.bits):
        inside = row.coefficients[~np.isin(row.bits, slack.bits)]
        low = row.right - slack.most if slack.sign > 0 else row.right
        high = low + slack.most
    else:
        return [("==", row.right)]
    ends = []
    if high < inside[inside > 0].sum():
        ends.append(("<=", high))
    if low > inside[inside < 0].sum():
        ends.append((">=", low))
    return ends


@dataclass(frozen=True, eq=False)
class Constrained:
    """`arrays` of a model over some bits of a QUBO; constraint c is of row `owner[c]`.

    `charged` float64[constraints] is what the least violation costs, as a part of what one of a
    step of its coefficients would: "2 x + 2 y <= 3" is broken by 1, a half of a step, where both
    are 1, and that costs a quarter.
    """

    arrays: ModelArrays
    owner: Ints
    charged: Floats

    @classmethod
    def of(
        cls,
        labels: Sequence[Any],
        kept: Ints,
        left: Couplings,
        rows: Sequence[Row],
        slack: Sequence[Slack],
    ) -> Constrained:
        """Of the bits `kept`, ascending; all rows are constraints that must hold.

        The price of a slack number is paid by the rest of its row, which says what it is.
        """
        n, place = len(kept), np.full(len(left.linear), -1)
        place[kept] = np.arange(n)
        said = [
            (k, sense, right)
            for k, (row, number) in enumerate(zip(rows, slack, strict=True))
            for sense, right in sides(row, number)
        ]
        owner = np.array([k for k, _, _ in said], dtype=np.int64)
        sign = np.array([-1.0 if sense == ">=" else 1.0 for _, sense, _ in said])
        linear, offset = _with_prices_paid(left, rows, slack)
        m, nothing = len(said), np.zeros(0, dtype=np.int64)
        arrays = ModelArrays(
            variables=[labels[bit] for bit in kept.tolist()],
            lower=np.zeros(n),
            upper=np.ones(n),
            step=np.ones(n),
            linear=linear[kept],
            quadratic=_terms(left, place),
            offset=offset + sum(row.least for row in rows),
            labels=[_label(rows[k], slack[k], k, sense) for k, sense, _ in said],
            rows=_matrix([rows[k] for k in owner], sign, place, n),
            row_quadratic=Quadratic(nothing, nothing, np.zeros(0), nothing),
            sense=np.array(["=" if sense == "==" else "<" for _, sense, _ in said], dtype="<U1"),
            rhs=sign * np.array([right for _, _, right in said]),
            weight=np.full(m, np.inf),
            soft_linear=np.zeros(m, dtype=bool),
            negated=sign < 0,
        )
        ends = zip(owner.tolist(), arrays.rhs.tolist(), strict=True)
        charged = [_charged(rows[k], slack[k], most) for k, most in ends]
        return cls(arrays, owner, np.array(charged))

    def softened(self, rows: Sequence[Row], hard: Bools) -> Constrained:
        """The same with rows that are not `hard` as penalties, the squares of what they lack."""
        weight = np.array([np.inf if hard[k] else rows[k].violated for k in self.owner])
        return replace(self, arrays=replace(self.arrays, weight=weight))

    def with_integers(self, numbers: Sequence[Integer], kept: Ints) -> Constrained:
        """The same with one variable for all bits of a number; `kept` are the bits of this."""
        place = np.full(int(kept.max(initial=0)) + 1, -1)
        place[kept] = np.arange(len(kept))
        return replace(self, arrays=merged(self.arrays, numbers, place))

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        """The same for dimod."""
        model, names = self.arrays, self.arrays.variables
        objective = dimod.QuadraticModel()
        for name, most, bias in zip(
            names, model.upper.tolist(), model.linear.tolist(), strict=True
        ):
            bounds = {} if most == 1 else {"lower_bound": 0, "upper_bound": most}
            objective.add_variable("BINARY" if most == 1 else "INTEGER", name, **bounds)
            objective.add_linear(name, bias)
        terms = model.quadratic
        objective.add_quadratic_from(
            (names[i], names[j], value)
            for i, j, value in zip(
                terms.row.tolist(), terms.col.tolist(), terms.value.tolist(), strict=True
            )
        )
        objective.offset = model.offset
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        for c, label in enumerate(model.labels):
            mine = slice(model.rows.indptr[c], model.rows.indptr[c + 1])
            sign = -1.0 if model.negated[c] else 1.0
            terms_of_row = [
                (names[j], sign * value)
                for j, value in zip(
                    model.rows.indices[mine].tolist(), model.rows.data[mine].tolist(), strict=True
                )
            ]
            sense = "==" if model.sense[c] == "=" else (">=" if model.negated[c] else "<=")
            soft = np.isfinite(model.weight[c])
            cqm.add_constraint_from_iterable(
                terms_of_row,
                sense,
                rhs=float(sign * model.rhs[c]),
                label=label,
                weight=float(model.weight[c]) if soft else None,
                penalty="quadratic",
            )
        return cqm


def _with_prices_paid(
    left: Couplings, rows: Sequence[Row], slack: Sequence[Slack]
) -> tuple[Floats, float]:
    """Linear biases float64[n] and the offset: of "a x + s = b", s is b - a x."""
    linear, offset = left.linear.copy(), left.offset
    for row, number in zip(rows, slack, strict=True):
        price = number.sign * number.price
        if price:
            linear[row.bits] -= price * row.coefficients
            offset += price * row.right
    return linear, offset


def _charged(row: Row, slack: Slack, most: float) -> float:
    """How far above what a row with slack allows its next sum is, in steps of the sums, squared."""
    if not len(slack.bits):
        return 1.0
    inside = row.coefficients[~np.isin(row.bits, slack.bits)]
    step = int(np.gcd.reduce(np.abs(np.rint(inside)).astype(np.int64)))
    return float((most // step + 1 - most / step) ** 2)


def _label(row: Row, slack: Slack, number: int, sense: str) -> str:
    """What the row is and its number; where it may say two things, which of them this is."""
    two = len(slack.bits) or row.product is not None
    return f"{kind_of(row, slack)}[{number}]{sense if two else ''}"


def _terms(left: Couplings, place: Ints) -> Quadratic:
    pairs = sparse.triu(left.matrix, k=1, format="coo")
    owner = np.zeros(pairs.nnz, dtype=np.int64)
    return Quadratic(place[pairs.row], place[pairs.col], pairs.data, owner)


def _matrix(rows: Sequence[Row], sign: Floats, place: Ints, n: int) -> sparse.csr_array:
    """float64[rows, n], each times its sign; slack bits have no `place` and are left out."""
    column = np.concatenate([np.zeros(0, dtype=np.int64), *(place[row.bits] for row in rows)])
    value = np.concatenate(
        [np.zeros(0), *(s * row.coefficients for s, row in zip(sign, rows, strict=True))]
    )
    owner = np.repeat(np.arange(len(rows)), [len(row.bits) for row in rows])
    inside = column >= 0
    matrix = sparse.csr_array(
        (value[inside], (owner[inside], column[inside])), shape=(len(rows), n)
    )
    matrix.sort_indices()
    return matrix
