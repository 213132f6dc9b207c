"""How heavy the penalty of a product has to be, so that no ground state breaks it.

Let a state break some rows "z = x y", and let z be such a product that all products of it hold, and
theirs. Then z is set or cleared, and those are set or cleared with it, as they now have to be. What
held holds again, and the row of z holds, which saves its penalty, P at least. Each bit that changes
costs the objective no more than its linear bias and the couplings of one sign, whatever the other
bits are; all change the same way, as a product only grows with its factors. So z is as it has to be
in every ground state, if P is more than the sum of these, and if no other row minds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from .couplings import Couplings, Floats, Row

SURELY = 1 + 1e-9  # a penalty above what is needed, whatever rounding does


def proofs_of_products(
    rows: Sequence[Row], left: Couplings
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """float64[rows]: what the least violation of each product has to cost at most, so that no
    ground state breaks it, if the same is true of the products that it is a factor of; infinite for
    other rows, and where other rows mind. And bool[rows]: which cost more, and those products too.
    """
    needed, holds = np.full(len(rows), np.inf), np.zeros(len(rows), dtype=bool)
    cost, minded = _costs(left), _minded(rows, len(left.linear))
    dearest = np.zeros((2, len(rows)))  # of setting and clearing, with all that follows
    for k, z, following in _last_first(rows):
        after = dearest[:, following].sum(axis=1)
        dearest[:, k] = np.maximum(cost[:, z], 0.0) + after
        if minded[z]:
            dearest[:, k] = np.inf
        else:
            needed[k] = max(float((cost[:, z] + after).max()), 0.0)
        holds[k] = rows[k].violated > needed[k] * SURELY and holds[following].all()
    return needed, holds


def _costs(left: Couplings) -> Floats:
    """float64[2, n]: what setting and clearing a bit costs at most, whatever the others are."""
    n, data = len(left.linear), left.matrix.data
    owner = np.repeat(np.arange(n), np.diff(left.matrix.indptr))
    up, down = (np.bincount(owner, np.maximum(sign * data, 0.0), n) for sign in (1, -1))
    return np.stack([left.linear + up, down - left.linear])


def _minded(rows: Sequence[Row], n: int) -> npt.NDArray[np.bool_]:
    """bool[n]: bits of rows that are no products, and products of two pairs."""
    minded = np.zeros(n, dtype=bool)
    count = Counter(row.product[2] for row in rows if row.product is not None)
    minded[[z for z, times in count.items() if times > 1]] = True
    for row in rows:
        if row.product is None:
            minded[row.bits] = True
    return minded


def _last_first(rows: Sequence[Row]) -> Iterator[tuple[int, int, list[int]]]:
    """Each product's row, its bit, and the rows of the products that this is a factor of, which
    came before; none of those that need each other in a circle."""
    products = {k: row.product for k, row in enumerate(rows) if row.product is not None}
    of_bit = defaultdict[int, list[int]](list)
    for k, (_, _, z) in products.items():
        of_bit[z].append(k)
    factors = {k: [*of_bit[x], *of_bit[y]] for k, (x, y, _) in products.items()}
    following: dict[int, list[int]] = {k: [] for k in products}
    for k, mine in factors.items():
        for factor in mine:
            following[factor].append(k)
    waiting = {k: len(after) for k, after in following.items()}
    ready = [k for k, count in waiting.items() if not count]
    while ready:
        k = ready.pop()
        yield k, products[k][2], following[k]
        for factor in factors[k]:
            waiting[factor] -= 1
            if not waiting[factor]:
                ready.append(factor)
