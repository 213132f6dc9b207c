"""Which items are handed out anew in a part of a plan, and among which holders."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bits = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def held_by(held: Bits, order: Ints, size: int, more: int = 0) -> tuple[Ints, Ints]:
    """The items of the first holders in `order`, and those holders, as many as fit.

    `held` is bool[items, holders]; items that nobody holds are always among them. A part with n
    items and m holders has (n + more) m variables, of which there are at most `size`.
    """
    lost: Bits = ~np.any(held, axis=1)
    # [items, m - 1]: those of the first m holders
    free = np.maximum.accumulate(held[:, order], axis=1) | lost[:, None]
    variables = (free.sum(axis=0) + more) * np.arange(1, len(order) + 1)
    count = int(np.count_nonzero(variables <= size))
    if not count:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
    return np.flatnonzero(free[:, count - 1]), np.sort(order[:count])


def any_items(held: Bits, count: int, random: np.random.Generator) -> Ints:
    """So many items, drawn at random; those that nobody holds come first."""
    lost: Bits = ~np.any(held, axis=1)
    waits = np.where(lost, 0.0, 1.0 + random.random(len(lost)))
    return np.sort(np.argsort(waits)[: max(0, count)])
