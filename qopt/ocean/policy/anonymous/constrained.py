"""Constrained models, as dimod's CQMs."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from .models import Anonymous
from .numbering import Labels, generator, named_again, numbered

FIELDS = ("constraint_labels",)


def hidden(cqm: Any, shuffle: int | None) -> Anonymous:
    """Numbered variables and constraints, no constant but those of right sides."""
    import dimod

    random = generator(shuffle)
    original = tuple(cqm.variables)
    order, rows = numbered(original, random), numbered(cqm.constraints, random)
    number_of = {label: number for number, label in enumerate(order)}
    plain = dimod.ConstrainedQuadraticModel()
    for number, label in enumerate(order):
        plain.add_variable(
            cqm.vartype(label),
            number,
            lower_bound=cqm.lower_bound(label),
            upper_bound=cqm.upper_bound(label),
        )
    plain.set_objective(_terms(cqm.objective, number_of))
    for row, label in enumerate(rows):
        constraint = cqm.constraints[label]
        left, soft = constraint.lhs, {}
        if left.is_soft():
            soft = {"weight": left.weight(), "penalty": left.penalty()}
        plain.add_constraint_from_iterable(
            _terms(left, number_of),
            constraint.sense.value,
            rhs=constraint.rhs - left.offset,
            label=row,
            **soft,
        )
        if left.is_discrete():
            plain.constraints[row].lhs.mark_discrete()

    def back(found: Any) -> Any:
        named = named_again(found, order, original, float(cqm.objective.offset))
        named.info.update(_constraint_labels(found.info, rows))
        return named

    return Anonymous(plain, back)


def _terms(expression: Any, number_of: Mapping[Hashable, int]) -> list[tuple[Any, ...]]:
    """Of an expression without its constant, in the order of the numbers."""
    linear = sorted((number_of[label], bias) for label, bias in expression.iter_linear())
    quadratic = sorted(
        (*sorted((number_of[u], number_of[v])), bias) for u, v, bias in expression.iter_quadratic()
    )
    return [*linear, *quadratic]


def _constraint_labels(info: Mapping[str, Any], rows: Labels) -> dict[str, Any]:
    """The labels of the constraints that `is_satisfied` has a column of each."""
    return {name: [rows[row] for row in info[name]] for name in FIELDS if name in info}
