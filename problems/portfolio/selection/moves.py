"""Which assets of a portfolio may change at once, the others being as they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from qopt import Neighbourhood

from .lots import Lots
from .parts import Part
from .plan import Allocation
from .trades import Ints


def of_sector(
    lots: Lots, present: Ints, sectors: Sequence[str], size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """A sector's assets and some held ones of others, between which money moves."""
    sector = random.choice(sorted(set(sectors) - {""}))
    inside = np.array([other == sector for other in sectors], dtype=np.bool_)
    held = present > 0
    return _free(
        lots, present, [_shuffled(inside, random), _shuffled(held & ~inside, random)], size, random
    )


def of_assets(
    lots: Lots, present: Ints, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """Some of those that are held and some that are not."""
    held = present > 0
    return _free(lots, present, [_shuffled(held, random), _shuffled(~held, random)], size, random)


def _shuffled(chosen: Any, random: np.random.Generator) -> list[int]:
    return [int(k) for k in random.permutation(np.flatnonzero(chosen))]


def _free(
    lots: Lots, present: Ints, wanted: Sequence[list[int]], size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """The assets of either list in turn, as many as `size` variables allow.

    Of the second list a share counts, drawn at random.
    """
    first, second = wanted
    second = second[: max(2, int(random.uniform(0.3, 1.0) * len(second)))]
    turns = [list(pair) for pair in zip(first, second, strict=False)]
    shorter = min(len(first), len(second))
    ordered = [k for turn in turns for k in turn] + first[shorter:] + second[shorter:]
    each = [lots.variables_of(k) for k in ordered]
    fitting = int(np.searchsorted(np.cumsum(each), size - lots.besides, side="right"))
    free = np.sort(np.array(ordered[:fitting], dtype=np.int64))
    if len(free) < 2 or not present[free].any():
        return None
    part = Part(lots.among(free, present), lots.total)
    names = set(part.lots.names)
    kept = {
        name: x / lots.total
        for name, x in zip(lots.names, present.tolist(), strict=True)
        if x and name not in names
    }

    def back(plan: Allocation) -> Allocation:
        return Allocation(kept | dict(plan.weights))

    return Neighbourhood(part, part.allocation(present[free]), back)
