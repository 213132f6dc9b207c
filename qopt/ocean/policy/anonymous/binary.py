"""QUBOs and Ising models, as dimod's BQMs."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from .models import Anonymous
from .numbering import generator, named_again, numbered


def hidden(bqm: Any, shuffle: int | None) -> Anonymous:
    """Numbered variables, and no offset."""
    original = tuple(bqm.variables)
    order = numbered(original, generator(shuffle))
    linear, (rows, columns, biases), offset = bqm.to_numpy_vectors(variable_order=order)
    # in an order that tells nothing of how they were added
    pairs = np.sort(np.stack([rows, columns]).astype(np.int64), axis=0)
    by_number = np.lexsort((pairs[0], pairs[1]))
    plain = type(bqm).from_numpy_vectors(
        linear,
        (pairs[1][by_number], pairs[0][by_number], biases[by_number]),
        0.0,
        bqm.vartype,
        variable_order=range(len(order)),
    )
    back = partial(named_again, order=order, original=original, constant=float(offset))
    return Anonymous(plain, back)
