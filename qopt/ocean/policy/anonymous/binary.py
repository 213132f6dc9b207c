"""QUBOs and Ising models, as dimod's BQMs."""

from __future__ import annotations

from functools import partial
from typing import Any

from .models import Anonymous
from .numbering import generator, named_again, numbered


def hidden(bqm: Any, shuffle: int | None) -> Anonymous:
    """Numbered variables, and no offset."""
    import dimod

    original = tuple(bqm.variables)
    order = numbered(original, generator(shuffle))
    number_of = {label: number for number, label in enumerate(order)}
    plain = dimod.BinaryQuadraticModel(bqm.vartype, dtype=bqm.dtype)
    plain.add_linear_from((number, bqm.get_linear(label)) for number, label in enumerate(order))
    plain.add_quadratic_from(
        sorted(
            (*sorted((number_of[u], number_of[v]), reverse=True), bias)
            for u, v, bias in bqm.iter_quadratic()
        )
    )
    back = partial(named_again, order=order, original=original, constant=float(bqm.offset))
    return Anonymous(plain, back)
