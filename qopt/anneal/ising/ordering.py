"""An order of the spins in which neighbours are near each other in memory.

In a trial on a million spins, int8x16: a sweep of a toroidal grid whose spins were numbered at
random takes 13.9 ms in this order and 43.0 as numbered, one of a random graph of degree 6 takes
38.5 and 47.2; to find the order takes 0.2 to 0.5 s.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.compiling import compiled
from ..core.ising import Ints, Ising


def breadth_first(ising: Ising) -> Ints:
    """int64[n]: the spins breadth first from spin 0, from the first not reached, and so on (Cuthill
    and McKee 1969).
    """
    indptr, indices, _ = ising.neighbours()
    order = np.empty(ising.num_variables, dtype=np.int64)
    _fill(indptr, indices, np.zeros(ising.num_variables, dtype=np.bool_), order)
    return order


@compiled
def _fill(indptr: Ints, indices: Any, reached: Any, order: Ints) -> None:
    tail = 0
    for root in range(order.shape[0]):
        if reached[root]:
            continue
        reached[root] = True
        order[tail] = root
        head, tail = tail, tail + 1
        while head < tail:
            i = order[head]
            head += 1
            for k in range(indptr[i], indptr[i + 1]):
                j = indices[k]
                if not reached[j]:
                    reached[j] = True
                    order[tail] = j
                    tail += 1
