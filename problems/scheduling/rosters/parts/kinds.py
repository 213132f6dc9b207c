"""Which part of a roster is made anew, and the lines to choose from.

"staff" frees some employees on all days, "days" all of them on some days in a row, "block" some of
them on some days in a row; of each as many as a model has room for. "lines" gives a few employees
lines to choose from: those that they have, and others drawn as cheap ones by what the roster of the
others makes of each shift, or by how many lack without any of them.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qopt import Neighbourhood

from ..lines import Lines
from ..model import Part
from ..plan import Roster
from ..rules import Bools, Floats, Ints, Rules
from .choice import Choice

KINDS = ("staff", "days", "block", "lines")
CHOOSE = 8  # employees who choose lines at most; they have at least so many each, too
SHARE = (
    0.2  # of the price of one too few that lines are drawn by, where it is not yet known who comes
)
SPREAD = (0.1, 0.5, 2.0)  # temperatures that lines are drawn at, in mean prices of requests


def refilled(
    rules: Rules, plan: Roster, kind: str, size: int, random: np.random.Generator, soft: bool
) -> Neighbourhood | None:
    """None where there is no room for even one employee or day."""
    grid = rules.grid(plan)
    strict = not (np.isinf(rules.under) & (grid.sum(axis=0) < rules.needed)).any()
    part: Part | Choice | None
    if kind == "lines":
        part = _choice(rules, grid, size, random, soft, strict)
    else:
        part, free = None, np.zeros(grid.shape[:2], dtype=np.bool_)
        for who, days in _order(kind, len(free), rules.days, random):
            free[who, days] = True
            kept = grid & ~free[:, :, None]
            larger = Part(rules=rules, kept=kept, free=free.copy(), soft=soft, strict=strict)
            if larger.variables > size:
                break
            part = larger
    return (
        None
        if part is None or not part.variables
        else Neighbourhood(part, rules.roster(grid), lambda roster: roster)
    )


def _order(
    kind: str, n: int, days: int, random: np.random.Generator
) -> Iterator[tuple[slice, slice]]:
    """Employees and days to be freed, one after another."""
    begin, end = 0, days
    if kind == "days":
        first = int(random.integers(days))
        for day in [*range(first, days), *range(first - 1, -1, -1)]:
            yield slice(None), slice(day, day + 1)
        return
    if kind == "block":
        width = int(random.integers(min(4, days), days + 1))
        begin = int(random.integers(days - width + 1))
        end = begin + width
    for e in random.permutation(n).tolist():
        yield slice(e, e + 1), slice(begin, end)


def _choice(
    rules: Rules, grid: Bools, size: int, random: np.random.Generator, soft: bool, strict: bool
) -> Choice | None:
    n, _, shifts = grid.shape
    room = size - (0 if soft else int((rules.needed > 0).sum()))  # the rest is for those who lack
    most = min(n, CHOOSE, room // CHOOSE)
    if most < 1:
        return None
    count = int(random.integers(min(2, most), most + 1))
    staff = np.sort(random.permutation(n)[:count]).tolist()
    kept = grid.copy()
    kept[staff] = False
    weights = np.abs(rules.price[rules.price != 0])
    temperature = random.choice(SPREAD) * (float(weights.mean()) if len(weights) else 1.0)
    lines = []
    for e in staff:
        others = grid.sum(axis=0) - grid[e]
        price = (
            cover_price(rules, others)
            if random.random() < 0.5
            else _expected(rules, kept.sum(axis=0), count)
        )
        drawn = Lines(rules, e).drawn(
            line_cost(rules, e, price), room // count - 1, temperature, random
        )
        grids = drawn[:, :, None] == np.arange(1, shifts + 1)
        different = (grids != grid[e]).any(axis=(1, 2))
        lines.append(np.concatenate([grid[e][None], grids[different]]))
    return Choice(rules=rules, kept=kept, staff=staff, lines=lines, soft=soft, strict=strict)


def line_cost(rules: Rules, e: int, price: Floats) -> Floats:
    """float64[d, 1 + s]: what the days of a line cost employee e.

    The price of cover is float64[d, s].
    """
    cost = np.where(rules.allowed[e], rules.price[e] + price, np.inf)
    return np.concatenate([np.zeros((rules.days, 1)), cost], axis=1)


def cover_price(rules: Rules, there: Ints) -> Floats:
    """float64[d, s]: what one more on each shift costs the cover."""
    under = np.where(np.isinf(rules.under), rules.beyond, rules.under)
    return np.where(there < rules.needed, -under, rules.over)


def _expected(rules: Rules, there: Ints, coming: int) -> Floats:
    """The same where others will come, and any of them may be the one who is needed."""
    chance = np.clip((rules.needed - there) / coming, 0, 1)
    under = np.where(np.isinf(rules.under), rules.beyond, rules.under)
    return np.asarray(chance * -under * SHARE + (1 - chance) * rules.over)
