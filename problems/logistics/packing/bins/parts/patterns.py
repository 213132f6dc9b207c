"""Patterns drawn at random: sets of items that fill a bin almost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ...excess import TOLERANCE

if TYPE_CHECKING:
    from qopt.kit.models import Bits, Floats

DRAWS = 8  # sets drawn for each pattern asked for


def patterns(size: Floats, capacity: float, count: int, random: np.random.Generator) -> Bits:
    """bool[at most count, items]: different sets of two or more that leave little of the capacity.

    Each is some random items and then two more that leave least, or almost; of many draws those
    that leave least are kept, with some luck. `size` float64[items], above 0.
    """
    n, draws = len(size), DRAWS * count
    if n < 2:
        return np.zeros((0, n), dtype=np.bool_)
    first, second = np.triu_indices(n, 1)
    both = size[first] + size[second]
    order = np.argsort(both, kind="stable")
    both, first, second = both[order], first[order], second[order]
    fewest = np.ceil(size.sum() / capacity * (1 - TOLERANCE))
    spare = max(0.0, capacity - size.sum() / fewest)  # of a bin, were there as few as can be
    most = min(n, int(capacity / size.min() * (1 + TOLERANCE)))
    begun = random.integers(0, n, (draws, most))
    fills = np.cumsum(size[begun], axis=1)
    longest = (fills <= capacity - both[0] + TOLERANCE * capacity).sum(axis=1)
    length = random.integers(0, longest + 1)
    drawn = np.arange(draws)
    inside = np.zeros((draws, n), dtype=np.bool_)
    some, place = np.nonzero(np.arange(most) < length[:, None])
    inside[some, begun[some, place]] = True
    room = capacity - np.where(length > 0, fills[drawn, length - 1], 0.0) + TOLERANCE * capacity
    last = np.searchsorted(both, room, side="right")
    most_taken = both[np.maximum(last - 1, 0)]
    low = np.searchsorted(
        both, most_taken - random.exponential(spare, draws) - TOLERANCE * capacity
    )
    pair = random.integers(low, np.maximum(last, low + 1))
    inside[drawn, first[pair]] = inside[drawn, second[pair]] = True
    sets = inside[(last > 0) & (inside.sum(axis=1) == length + 2)]  # no item twice
    sets = sets[np.unique(np.packbits(sets, axis=1), axis=0, return_index=True)[1]]
    waste = capacity - sets @ size + random.exponential(spare + TOLERANCE * capacity, len(sets))
    fullest: Bits = sets[np.argsort(waste)[:count]]
    return fullest
