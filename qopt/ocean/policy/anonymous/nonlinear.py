"""Nonlinear models, as dwave.optimization's Models."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ....errors import QoptError
from .models import Anonymous


def hidden(model: Any) -> Anonymous:
    """A copy without states, and without constants added to the objective."""
    from dwave.optimization import Model

    with model.to_file() as file:
        plain = Model.from_file(file)
    _leave_out_constants(plain)
    plain.remove_unused_symbols()  # here, where nothing refers to them any more

    def back(answered: Any) -> Any:
        kinds = [[type(symbol) for symbol in m.iter_decisions()] for m in (model, answered)]
        if kinds[0] != kinds[1]:
            raise QoptError("an answer is not of the model that was sent: its decisions differ")
        with answered.lock(), answered.states.to_file() as states:
            model.states.from_file(states)
        return model

    return Anonymous(plain, back)


def _leave_out_constants(model: Any) -> None:
    """Minimize the sum of all but the constants, where the objective is a sum."""
    from dwave.optimization.symbols import Constant

    if model.objective is None:
        return
    terms = list(_terms(model.objective))
    kept = [(sign, term) for sign, term in terms if not isinstance(term, Constant)]
    if len(kept) == len(terms) or not kept:
        return
    kept.sort(key=lambda pair: -pair[0])  # one that is added comes first, where there is one
    (sign, total), *others = kept
    total = total if sign > 0 else -total
    for sign, term in others:
        total = total + term if sign > 0 else total - term
    model.minimize(total)


def _terms(symbol: Any) -> Iterator[tuple[int, Any]]:
    """What is added, with 1, and subtracted, with -1, to give a symbol."""
    from dwave.optimization.symbols import Add, NaryAdd, Subtract

    parts = [(1, symbol)]
    while parts:
        sign, symbol = parts.pop()
        if not isinstance(symbol, Add | NaryAdd | Subtract):
            yield sign, symbol
            continue
        below = list(symbol.iter_predecessors())
        minus = isinstance(symbol, Subtract)
        parts += [(-sign if minus and k else sign, each) for k, each in enumerate(below)][::-1]
