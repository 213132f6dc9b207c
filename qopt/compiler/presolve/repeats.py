"""Rows that say the same of the same terms, or less."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..model.arrays import Bools, Floats, Ints
from .contradictions import Contradiction
from .propagation import Sums


def repeated(rows: Sums, among: Bools) -> tuple[Ints, Ints]:
    """(row, other): each row that says no more than another one, which stays. Only hard rows
    `among` bool[m] count.

    Of rows with the same left-hand side, or one the other's negative, the tightest from either side
    stay, or one equality. Raises Contradiction where no sum suits all of them.
    """
    matrix, none = rows.terms.matrix, np.empty(0, dtype=np.int64)
    index = np.flatnonzero(rows.hard & among & (np.diff(matrix.indptr) > 0))
    if not len(index):
        return none, none
    sign = np.sign(matrix.data[matrix.indptr[index]])
    same_way = sparse.csr_array(sparse.diags_array(sign) @ matrix[index])
    # a sum with random weights tells almost all different rows apart; the few that remain are
    # compared
    key = same_way @ np.random.default_rng(0).random(matrix.shape[1])
    order = np.argsort(key, kind="stable")
    index, sign, key = index[order], sign[order], key[order]
    alike = np.flatnonzero(key[1:] == key[:-1])
    if not len(alike):
        return none, none
    difference = same_way[order[alike]] - same_way[order[alike + 1]]
    alike = alike[np.diff(difference.indptr) == 0]
    group = np.arange(len(index))
    group[alike + 1] = 0
    group = np.maximum.accumulate(group)
    return _looser(rows, index, sign, group)


def _looser(rows: Sums, index: Ints, sign: Floats, group: Ints) -> tuple[Ints, Ints]:
    """Rows `index` have the terms of their `group`, times a positive number and their `sign`."""
    equal, right = rows.equal[index], sign * rows.rhs[index]
    most = np.where(equal | (sign > 0), right, np.inf)
    least = np.where(equal | (sign < 0), right, -np.inf)
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(np.append(starts, len(group)))
    by_most, by_least = (
        np.lexsort((index, ~equal, value, group))[starts] for value in (most, -least)
    )
    tolerance = rows.tolerance[index[starts]]
    crossed = np.flatnonzero(least[by_least] > most[by_most] + tolerance)
    if len(crossed):
        raise Contradiction(
            pair=(int(index[by_least[crossed[0]]]), int(index[by_most[crossed[0]]]))
        )
    best = np.where(np.isfinite(most), np.repeat(by_most, size), np.repeat(by_least, size))
    kept = np.zeros(len(index), dtype=bool)
    kept[by_most[np.isfinite(most[by_most])]] = True
    kept[by_least[np.isfinite(least[by_least])]] = True
    return index[~kept], index[best[~kept]]
