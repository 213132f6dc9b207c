"""A dimod CQM as plain values: what is sent to another process, for dimod's own class cannot be.

dimod writes CQMs to files, too, but gives their constraints back in any order and knows no labels
but those of JSON; here they come back as they were, and labels are whatever can be pickled.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import dimod


@dataclass(frozen=True)
class Terms:
    """An objective or a left-hand side: `variables` are places among the model's, `quadratic` the
    triples (place, place, bias).
    """

    variables: list[int]
    linear: list[float]
    quadratic: list[tuple[int, int, float]]
    offset: float

    @classmethod
    def of(cls, expression: Any) -> Terms:
        """Methods with an underscore are those that dimod's own serialisation reads with."""
        places = expression._iindices().tolist()
        pairs = expression._iquadratic().tolist() if expression.num_interactions else []
        return cls(
            places,
            expression._ilinear().tolist(),
            [(places[u], places[v], bias) for u, v, bias in pairs],
            float(expression.offset),
        )

    def named(self, labels: list[Any]) -> Iterator[tuple[Any, ...]]:
        """As dimod takes terms: the variables first, in their order."""
        for place, bias in zip(self.variables, self.linear, strict=True):
            yield labels[place], bias
        for u, v, bias in self.quadratic:
            yield labels[u], labels[v], bias
        yield (self.offset,)


@dataclass(frozen=True)
class Row:
    """A constraint; `weight` and `penalty` of a soft one."""

    label: Any
    left: Terms
    sense: str
    right: float
    weight: float | None
    penalty: str
    discrete: bool

    @classmethod
    def of(cls, label: Any, constraint: Any) -> Row:
        left = constraint.lhs
        return cls(
            label,
            Terms.of(left),
            constraint.sense.value,
            float(constraint.rhs),
            left.weight() if left.is_soft() else None,
            left.penalty() if left.is_soft() else "linear",
            left.is_discrete(),
        )


@dataclass(frozen=True)
class Pieces:
    """`domains` are the type and the bounds of each variable."""

    labels: list[Any]
    domains: list[tuple[str, float, float]]
    objective: Terms
    rows: list[Row]

    @classmethod
    def of(cls, cqm: dimod.ConstrainedQuadraticModel) -> Pieces:
        return cls(
            list(cqm.variables),
            [(cqm.vartype(v).name, cqm.lower_bound(v), cqm.upper_bound(v)) for v in cqm.variables],
            Terms.of(cqm.objective),
            [Row.of(label, constraint) for label, constraint in cqm.constraints.items()],
        )

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        cqm = dimod.ConstrainedQuadraticModel()
        for label, (vartype, lower, upper) in zip(self.labels, self.domains, strict=True):
            bounds = {"lower_bound": lower, "upper_bound": upper}
            cqm.add_variable(vartype, label, **(bounds if vartype in ("INTEGER", "REAL") else {}))
        cqm.set_objective(list(self.objective.named(self.labels)))
        for row in self.rows:
            cqm.add_constraint_from_iterable(
                list(row.left.named(self.labels)),
                row.sense,
                row.right,
                label=row.label,
                weight=row.weight,
                penalty=row.penalty,
            )
            if row.discrete:
                cqm.constraints[row.label].lhs.mark_discrete()
        return cqm
