"""Bits that may not be set without another, where no proof says so: chains and stars of couplings.

Each order "x not without y" of weight W adds a coupling -W and a linear bias W of x. So the linear
biases tell which of the two bits x is, where many couplings have one value -W: a bit without such
a bias is the y of all of its couplings, a bit with as many W as it has couplings the x of all. What
is decided for one bit tells of its neighbours, as along a number that is coded as a wall of ones.

A bit that many others need, such as a site that is open, is in the middle of a star. Where other
rows hide the linear biases of the others, these are supposed to need it if that lays rows bare.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from ..couplings import Couplings, Floats, Ints, Row
from .groups import rows_of_groups
from .pairs import SHARE_ALONE, weighty

FEWEST = 2  # couplings of one value
SMALL = 0.02  # of the largest bias: smaller couplings are no penalties
EXPLAINED = 0.5  # of the linear biases of the bits that need others, at least
UNTOLD = 0.4  # of the pairs, at most, have no linear bias that says so
LEAVES = 3  # of a star, at least
HIDDEN = 0.5  # of the bits that need others, at least, are in rows that are laid bare


def rows_of_walls(left: Couplings, found: Sequence[Row]) -> list[Row]:
    """Rows "x not without y" whose linear biases say which bit is x."""
    rows = list[Row]()
    for first, second, weight in _classes(left, found):
        if not _may_be_told(left, first, second, weight):
            continue
        needs = _needs(left, first, second, weight)
        known = needs >= 0
        if not known.any():
            continue
        other = np.where(needs == first, second, first)[known]
        count = np.bincount(needs[known], minlength=len(left.linear))
        heads = np.flatnonzero(count)
        after = np.abs(left.linear[heads] - weight * count[heads]).sum()
        if after <= (1 - EXPLAINED) * np.abs(left.linear[heads]).sum():
            rows += _rows(needs[known], other, weight)
    share = 0.0 if found else SHARE_ALONE
    return rows if 2 * len(rows) >= share * left.matrix.nnz else []


def rows_of_stars(left: Couplings, found: Sequence[Row]) -> list[Row]:
    """Rows "x not without y" of stars, y in the middle, if groups are found without them."""
    first, second, value = _negative(left, found)
    n = len(left.linear)
    degree = np.bincount(np.r_[first, second], minlength=n)
    inner = np.where(degree[first] > degree[second], first, second)
    outer = first + second - inner
    rows = list[Row]()
    for k in np.flatnonzero((degree[inner] >= LEAVES) & (degree[outer] == 1)).tolist():
        rows += _rows(outer[k : k + 1], inner[k : k + 1], -float(value[k]))
    if not rows:
        return []
    heads = np.unique([row.bits[row.coefficients > 0][0] for row in rows])
    groups = rows_of_groups(left.less(rows))
    covered = np.unique(np.concatenate([heads[:0], *(row.bits for row in groups)]))
    return rows if np.isin(heads, covered).mean() >= HIDDEN else []


def _negative(left: Couplings, found: Sequence[Row]) -> tuple[Ints, Ints, Floats]:
    """First and second bit and the couplings of pairs, where these are large and negative."""
    upper = sparse.triu(left.matrix, k=1, format="coo")
    sizes = np.abs(upper.data).max(initial=0.0), np.abs(left.linear).max(initial=0.0)
    least = max(SMALL * max(sizes), weighty(found), 4 * left.error)
    negative = upper.data < -least
    return (
        upper.row[negative].astype(np.int64),
        upper.col[negative].astype(np.int64),
        upper.data[negative],
    )


def _classes(left: Couplings, found: Sequence[Row]) -> list[tuple[Ints, Ints, float]]:
    """The same where it is the coupling of several: of each the pairs, and the weight."""
    first, second, value = _negative(left, found)
    _, kind, count = np.unique(value.astype(np.float32), return_inverse=True, return_counts=True)
    often = np.flatnonzero(count >= FEWEST).tolist()
    each = [np.flatnonzero(kind == k) for k in often]
    return [(first[mine], second[mine], -float(np.median(value[mine]))) for mine in each]


def _may_be_told(left: Couplings, first: Ints, second: Ints, weight: float) -> bool:
    """Whether as many linear biases are wanted, about, as there are pairs."""
    bits, degree = np.unique(np.r_[first, second], return_counts=True)
    wanted = np.clip(np.rint(left.linear[bits] / weight), 0, degree)
    return bool(abs(wanted.sum() - len(first)) <= UNTOLD * len(first))


def _needs(left: Couplings, first: Ints, second: Ints, weight: float) -> Ints:
    """int64[k]: which bit of each pair needs the other, -1 where that is not told."""
    needs, ends = np.full(len(first), -1), np.stack([first, second])
    bits = np.unique(ends)
    wanted = dict(zip(bits.tolist(), np.rint(left.linear[bits] / weight).tolist(), strict=True))
    of_bit: dict[int, set[int]] = {bit: set() for bit in bits.tolist()}
    for k, (one, other) in enumerate(ends.T.tolist()):
        of_bit[one].add(k)
        of_bit[other].add(k)
    ready = sorted(of_bit, key=lambda bit: len(of_bit[bit]))
    while ready:
        bit = ready.pop()
        mine = of_bit[bit]
        if not mine or 0 < wanted[bit] < len(mine):
            continue
        for k in tuple(mine):
            other = int(ends[0, k] + ends[1, k] - bit)
            needs[k] = bit if wanted[bit] > 0 else other
            wanted[other] -= wanted[bit] <= 0
            of_bit[other].discard(k)
            ready.append(other)
        mine.clear()
    return needs


def _rows(one: Ints, other: Ints, weight: float) -> list[Row]:
    """ "One not without the other": `one - other` is 0 or -1."""
    rows = []
    for bits in np.stack([one, other]).T:
        order = np.argsort(bits)
        rows.append(Row(bits[order], np.array([1.0, -1.0])[order], -0.5, weight / 2))
    return rows
