"""All rows of a QUBO, and what is left of it without them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from ..compiler.qubos.qubo import Qubo
from .couplings import Couplings, Row
from .ways.groups import rows_of_groups, rows_of_large_groups, with_right_sides
from .ways.orders import rows_of_stars, rows_of_walls
from .ways.owners import rows_of_exact_owners, rows_of_owners
from .ways.pairs import rows_of_conflicts, rows_of_orders
from .ways.products import rows_of_products
from .ways.singles import rows_of_singles
from .ways.sums import rows_of_heavy_sums, rows_of_numbers
from .ways.twins import rows_of_twins

WAYS = (  # the surest first
    rows_of_products,
    rows_of_singles,
    rows_of_twins,
    rows_of_numbers,
    rows_of_large_groups,
    rows_of_exact_owners,
    rows_of_groups,
    rows_of_owners,
)
# which may find squares of the objective, that are much lighter than rows
DOUBTFUL = rows_of_twins, rows_of_numbers, rows_of_exact_owners, rows_of_owners
LIGHT = 0.01  # of the weight of the lightest row before, at most
BESIDE = (  # rows that the objective couples, and penalties of pairs, beside rows that were found
    rows_of_heavy_sums,
    rows_of_orders,
    rows_of_walls,
    rows_of_stars,
    rows_of_conflicts,
)
SETTLED = 0.5  # of the linear biases of groups, at most, are left by other right sides


def rows_of(qubo: Qubo, until: float = math.inf) -> tuple[list[Row], Couplings]:
    """Rows whose squares add up to the QUBO, with what is left; what is found `until` then, of
    `time.perf_counter()`.

    Each way finds what the ones before it have laid bare: a bit of two rows is another's own when
    the first of them is gone. Rows are taken while they leave fewer couplings, so it comes to an
    end. Forbidden pairs are looked for when nothing else is found, conflicts last.
    """
    rows, left = list[Row](), Couplings.of(qubo, until)
    while True:
        new = [] if left.late else _first(rows, left)
        rest = left.less(new)
        if not new or _size(rest) >= _size(left):
            rows = _settled(rows, left)
            return rows, Couplings.of(qubo).less(rows)
        rows, left = rows + new, rest


def _first(rows: Sequence[Row], left: Couplings) -> list[Row]:
    """What the first way finds that finds something."""
    least = LIGHT * min((row.violated for row in rows), default=0.0)
    for way in WAYS:
        new = way(left)
        if way in DOUBTFUL:
            new = [row for row in new if row.violated >= least]
        if new:
            return new
    for beside in BESIDE:
        if not left.late and (new := beside(left, rows)):
            return new
    return []


def _settled(rows: list[Row], left: Couplings) -> list[Row]:
    """Groups with other right sides, where these explain much of what is left of linear biases."""
    groups = [k for k, row in enumerate(rows) if _is_group(row)]
    if not groups:
        return rows
    others = with_right_sides(left.linear, [rows[k] for k in groups])
    changed = {
        k: other for k, other in zip(groups, others, strict=True) if other.right != rows[k].right
    }
    if not changed:
        return rows
    after = left.plus([rows[k] for k in changed]).less(list(changed.values()))
    covered = np.unique(np.concatenate([row.bits for row in changed.values()]))
    before, now = (np.abs(part.linear[covered]).sum() for part in (left, after))
    if now > SETTLED * before:
        return rows
    return [changed.get(k, row) for k, row in enumerate(rows)]


def _is_group(row: Row) -> bool:
    return not row.halfway and bool((row.coefficients == 1).all())


def _size(left: Couplings) -> float:
    """How large what is left is: the number of couplings, and how large they are."""
    return float(np.sqrt(left.matrix.nnz * (left.matrix.data**2).sum()))
