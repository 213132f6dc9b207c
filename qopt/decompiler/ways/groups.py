"""Rows "just so many of these bits", where no bit is the row's own: groups of ones that cross.

Of a row `A (sum of bits - k)**2` every pair of bits has the coupling 2 A, and every bit the linear
bias A (1 - 2 k). So where many couplings have one value 2 A, groups are cliques of the graph of
couplings of that value, or of at least it, as other rows may add to some. The groups of a value
are taken away before the next is looked at, and those first that explain the most.

A quarter of the bits of a group have half of -A in their linear biases. Where the groups of a value
do not take much of the linear biases of their bits away, as cliques of a graph to be cut, they are
no groups. How many of the bits of each group are to be ones is told by all of the linear biases
together, once all rows are known: of a bit of two groups they are the sum for both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from ..couplings import Couplings, Floats, Ints, Row
from .cliques import Bools, Pairs, each_clique

VALUES = 32  # of couplings, the most frequent ones, that are looked at
RARE = 0.02  # of the most frequent one's: as often is a coupling, at least, that is looked at
FEWEST = 3  # bits of a group
LARGE = 5  # bits of a large one
MUCH = 0.25  # of the bits of the largest group: what has more is taken before what has less
PURE = 0.5  # of the couplings of a group, at least, are just of the value
MINOR = 4  # times as many as are just of the value: more couplings of at least it hide a group
CHEAP = 0.25  # of the bits of a group, at least, cost less than half of its weight
PART = 0.2  # of the couplings of just the value, at least, are in its groups
SHARE = 0.02  # of all couplings, at least, go away with the groups
EXPLAINED = 0.4  # of the linear biases of the groups' bits, at least
EXPLAINED_MORE = 0.8  # of these, at least, where more than one bit of a group is to be a one
SPREAD = 1.25  # times that of the linear biases is the spread of those that are left, at most,
UNEVEN = 0.1  # but for so much of the weight
LEAST_WORK = 50_000  # pairs looked at in vain, at least, before a value is given up, and
WORK = 2  # for each of its couplings


def rows_of_large_groups(left: Couplings) -> list[Row]:
    """Groups of at least five bits: fewer are in many a row."""
    return rows_of_groups(left, LARGE)


def rows_of_groups(left: Couplings, fewest: int = FEWEST) -> list[Row]:
    """Rows of ones with whole right sides, of so many bits at least."""
    groups, pairs = list[Row](), Pairs.of(left.matrix)
    linear = left.linear.copy()
    values, largest = _promising(left, pairs, fewest)
    for least in sorted({max(fewest, round(largest * MUCH)), fewest}, reverse=True):
        for value in values:
            new, linear, _ = _best_groups(pairs, linear, value, left, least)
            groups += new
        if groups:
            break  # what is smaller is looked for when these are gone
    count = sum(len(row.bits) * (len(row.bits) - 1) for row in groups)
    if not count or count < SHARE * left.matrix.nnz:
        return []
    return groups


def _promising(left: Couplings, pairs: Pairs, fewest: int) -> tuple[list[float], int]:
    """Frequent values whose groups, looked for alone, take away something of the linear biases;
    those first that take the most couplings. And how many bits the largest group has."""
    worth, largest = dict[float, int](), 0
    for value in _frequent(left):
        new, _, taken = _best_groups(pairs, left.linear, value, left, fewest)
        pairs.data[taken] += value
        if new:
            worth[value] = sum(len(row.bits) ** 2 for row in new)
            largest = max(largest, *(len(row.bits) for row in new))
    return sorted(worth, key=worth.__getitem__, reverse=True), largest


def _best_groups(
    pairs: Pairs, linear: Floats, value: float, left: Couplings, fewest: int
) -> tuple[list[Row], Floats, Ints]:
    """Groups among the couplings of at least the value, or, where there are none, of just it."""
    for exactly in (False, True):
        found = _groups(pairs, linear, value, left, fewest, exactly=exactly)
        if found[0]:
            return found
    return found


def _groups(
    pairs: Pairs,
    before: Floats,
    value: float,
    left: Couplings,
    fewest: int,
    *,
    exactly: bool,
) -> tuple[list[Row], Floats, Ints]:
    """Groups of one value, taken away from `pairs`; the linear biases after them, and the places of
    their couplings."""
    weight, linear, groups = value / 2, before.copy(), list[Row]()
    cheap = before <= -weight / 2
    nothing = np.zeros(0, dtype=np.int64)
    if not cheap.any():
        return [], before, nothing
    tolerance = value * 1e-9 + 2 * left.error
    just = np.abs(pairs.data - value) <= tolerance
    joined = just if exactly else pairs.data >= value - tolerance

    def take(bits: Ints, places: Ints) -> bool:
        low = float(np.quantile(linear[bits], CHEAP))
        if len(bits) < fewest or low > -weight / 2 or just[places].sum() < PURE * len(places):
            return False
        groups.append(Row(bits, np.ones(len(bits)), 1.0, weight))
        linear[bits] += weight
        return True

    work = max(WORK * int(just.sum()), LEAST_WORK)
    taken = each_clique(
        pairs, joined.copy(), _likely(pairs, just, joined, cheap), take, work, lambda: left.late
    )
    pairs.data[taken] -= value
    if not groups:
        return [], before, nothing
    if not _explain(groups, before, linear):
        groups = with_right_sides(linear, groups)
        for row in groups:
            linear[row.bits] += weight * (2 * row.right - 2)
    part = just[taken].sum() >= PART * just.sum()
    if part and _explain(groups, before, linear):
        return groups, linear, taken
    pairs.data[taken] += value
    return [], before, nothing


def _likely(pairs: Pairs, just: Bools, joined: Bools, cheap: Bools) -> Ints:
    """Cheap bits with enough couplings of just a value among those of at least it, the ones of
    the fewest first."""
    exact, all_ = (
        np.bincount(pairs.owner[which], minlength=pairs.size) for which in (just, joined)
    )
    likely = np.flatnonzero(cheap & (exact >= FEWEST - 1) & (all_ <= MINOR * exact))
    ordered: Ints = likely[np.argsort(all_[likely], kind="stable")]
    return ordered


def _explain(groups: list[Row], before: Floats, after: Floats) -> bool:
    """Whether groups take much of the linear biases of their cheaper bits away, and leave them no
    less even: where "at most one" is meant, bits of many groups have no larger ones than others.
    """
    cheap = [row.bits[before[row.bits] <= np.median(before[row.bits])] for row in groups]
    covered = np.unique(np.concatenate(cheap))
    remaining = np.abs(after[covered]).sum() / np.abs(before[covered]).sum()
    ones = max(row.right for row in groups) == 1
    enough = remaining <= 1 - (EXPLAINED if ones else EXPLAINED_MORE)
    most = SPREAD * before[covered].std() + UNEVEN * max(row.weight for row in groups)
    return bool(enough and after[covered].std() <= most)


def with_right_sides(linear: Floats, groups: Sequence[Row]) -> list[Row]:
    """The same groups with the right sides that explain the linear biases best, and of those the
    nearest to the ones they have. `linear` float64[n] is what is left beside the groups."""
    members = np.concatenate([row.bits for row in groups])
    owner = np.repeat(np.arange(len(groups)), [len(row.bits) for row in groups])
    weight = np.array([row.weight for row in groups])
    shares = sparse.csr_array(
        (2 * weight[owner], (members, owner)), shape=(len(linear), len(groups))
    )
    covered = np.diff(shares.indptr) > 0
    more = -lsqr(shares[covered], linear[covered], atol=1e-10, btol=1e-10)[0]
    return [
        replace(row, right=float(np.clip(row.right + step, 1, len(row.bits) - 1)))
        for row, step in zip(groups, np.rint(np.round(more, 6)).tolist(), strict=True)
    ]


def _frequent(left: Couplings) -> list[float]:
    """Positive couplings that occur most often, as many as are looked at, the most often first."""
    often = [item for item in left.counted if item[0] > 4 * left.error][:VALUES]
    fewest = max(FEWEST * (FEWEST - 1) // 2, RARE * often[0][1]) if often else 0
    return [value for value, count in often if count >= fewest]
