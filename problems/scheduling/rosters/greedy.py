"""A first roster: one employee after another has the line that costs least as things are."""

from __future__ import annotations

import numpy as np

from .lines import Lines
from .parts.kinds import cover_price, line_cost
from .rules import Bools, Rules


def cheapest_lines(rules: Rules) -> Bools:
    """bool[n, d, s]: who has fewest shifts to choose from goes first.

    Who has no line that keeps the limits on kinds of shift gets none.
    """
    grid = np.zeros(rules.allowed.shape, dtype=np.bool_)
    for e in np.argsort(rules.allowed.sum(axis=(1, 2)), kind="stable").tolist():
        price = cover_price(rules, grid.sum(axis=0))
        line = Lines(rules, e).cheapest(line_cost(rules, e, price))
        if line is not None:
            grid[e] = line[:, None] == np.arange(1, len(rules.shifts) + 1)
    return grid
