"""By how much the constraints of a nonlinear model are broken, as one more symbol of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dwave.optimization import Model


def violations(model: Model) -> Any | None:
    """A symbol of an unlocked model with a number for each constraint, 0 where it holds and above
    where it is broken; None where the model has no constraint.

    Of `a <= b` that is `a - b`, of `a == b` the distance; where an array of comparisons must all
    hold, their sum; of any other constraint 1.
    """
    from dwave.optimization.mathematical import concatenate

    parts = [_violation(model, symbol).reshape(1) for symbol in model.iter_constraints()]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else concatenate(parts)


def _violation(model: Model, constraint: Any) -> Any:
    from dwave.optimization.mathematical import absolute, logical_not, maximum

    before = list(constraint.iter_predecessors())
    match type(constraint).__name__, before:
        case "LessEqual", [left, right]:
            return _total(maximum(left - right, model.constant(0)))
        case "Equal", [left, right]:
            return _total(absolute(left - right))
        case "All", [array] if not _resizes(array):
            return _total(_violation(model, array))
        case "And", [left, right]:
            return _total(_violation(model, left)) + _total(_violation(model, right))
    return _total(logical_not(constraint))


def _total(symbol: Any) -> Any:
    return symbol if symbol.ndim() == 0 else symbol.sum()


def _resizes(symbol: Any) -> bool:
    return bool(symbol.ndim() > 0 and symbol.shape()[0] < 0)
