"""Rows that have bits of their own: bits that stand in one row only, and in nothing else squared.

The couplings of such a bit are the row itself, times twice its weight and its own coefficient. So
two of them, as the bits of a slack number, have the same neighbours besides each other, and
couplings in one proportion: they are *twins*. Their own coupling tells the weight, their linear
biases the right side. Bits with the same neighbours are told by a sum of random numbers over them,
and then compared one by one.

Twins that are no row's, as the equal bits of a number in unary, are passed over: their row would
have coefficients that are not whole, or bits that are not coupled to each other.
"""

from __future__ import annotations

import numpy as np

from .couplings import Couplings, Ints, Row, whole_step
from .own import right_side

MARKS = 8  # bits to which the couplings are compared, at most, before all of them are
TRIED = 16  # bits of one neighbourhood and ratio, at most, of which twins are looked for
DENSE = 0.9  # share of the pairs of a row's bits that are coupled, at least


def rows_of_twins(left: Couplings) -> list[Row]:
    """Rows without a bit in common, in the order of their twins."""
    found, used = list[Row](), np.zeros(len(left.linear), dtype=bool)
    for twins in _classes(left):
        row = _row(left, twins)
        if row is not None and not used[row.bits].any():
            used[row.bits] = True
            found.append(row)
    return found


def _classes(left: Couplings) -> list[Ints]:
    """Bits of at least two neighbours that have the same ones, and couplings in one proportion;
    those of the fewest neighbours first, as bits of two rows have those of both."""
    matrix = left.matrix
    n, degree = matrix.shape[0], np.diff(matrix.indptr)
    names = np.random.default_rng(0).integers(0, 2**63, n, dtype=np.uint64)
    total = np.zeros(n, dtype=np.uint64)
    if len(matrix.indices):
        np.add.at(total, np.repeat(np.arange(n), degree), names[matrix.indices])
    total += names  # of the closed neighbourhood
    order = np.argsort(total, kind="stable")
    order = order[degree[order] >= 2]
    ends = np.flatnonzero(np.diff(total[order])) + 1
    same = [bits for bits in np.split(order, ends) if len(bits) >= 2]
    same.sort(key=lambda bits: int(degree[bits[0]]))
    return [twins for bits in same for twins in _in_proportion(left, np.sort(bits))]


def _in_proportion(left: Couplings, bits: Ints) -> list[Ints]:
    """Those of bits with the same closed neighbourhood whose couplings are in proportion."""
    around = np.union1d(left.of_bit(int(bits[0]))[0], bits)
    # some of the neighbourhood; the ratios of couplings to them tell classes
    count = min(MARKS, max(2, len(around) // 4))
    marks = np.sort(np.random.default_rng(0).choice(around, count, replace=False))
    ratios = dict[bytes, list[int]]()
    rest = []
    for bit in bits.tolist():
        if bit in marks:
            rest.append(bit)
            continue
        neighbours, couplings = left.of_bit(bit)
        some = couplings[np.searchsorted(neighbours, marks)]
        ratios.setdefault((some / some[0]).astype(np.float32).tobytes(), []).append(bit)
    classes = []
    for members in ratios.values():
        for _ in range(TRIED):
            if len(members) + len(rest) < 2 or not members:
                break
            twins = [
                bit for bit in members + rest if _proportion(left, members[0], bit) is not None
            ]
            members = [bit for bit in members if bit not in twins]
            if len(twins) >= 2:
                classes.append(np.array(sorted(twins), dtype=np.int64))
    return classes


def _proportion(left: Couplings, one: int, other: int) -> float | None:
    """The couplings of `other` over those of `one`, where all have the same ratio; else None."""
    if one == other:
        return 1.0
    (here, mine), (there, its) = left.of_bit(one), left.of_bit(other)
    mine, its = mine[here != other], its[there != one]
    if not len(mine):
        return None
    at = int(np.argmax(np.abs(mine)))
    ratio = float(its[at] / mine[at])
    tolerance = 2 * left.error * (1 + abs(ratio)) + 1e-9 * np.abs(its)
    return ratio if (np.abs(its - ratio * mine) <= tolerance).all() else None


def _row(left: Couplings, twins: Ints) -> Row | None:
    """The row of which these are bits of its own, or None."""
    weights = np.array([np.abs(left.of_bit(int(bit))[1]).max() for bit in twins])
    base = int(twins[np.argmin(weights)])
    ratio = np.array([_proportion(left, base, int(bit)) or 1.0 for bit in twins])
    neighbours, couplings = left.of_bit(base)
    others = twins[twins != base]
    own = couplings[np.searchsorted(neighbours, others)] / (2 * ratio[twins != base])
    weight = float(np.median(own))  # times the square of the base's coefficient
    if weight <= left.error or (np.abs(own - weight) > 4 * left.error + 1e-6 * weight).any():
        return None
    bits = np.r_[neighbours, base].astype(np.int64)
    coefficients = np.r_[couplings / (2 * weight), 1.0]
    order = np.argsort(bits)
    bits, coefficients = bits[order], coefficients[order]
    step = whole_step(coefficients)
    if step is None:
        return None
    coefficients, weight = np.rint(coefficients * step), weight / step**2
    own = np.sort(twins)
    right = right_side(left, own, coefficients[np.searchsorted(bits, own)], weight)
    if right is None or not _is_clique(left, bits):
        return None
    return Row(bits, coefficients, right, weight)


def _is_clique(left: Couplings, bits: Ints) -> bool:
    """Whether the bits of a row are coupled to each other, all but those that something cancels."""
    pairs = len(bits) * (len(bits) - 1)
    return int(np.count_nonzero(left.within(bits))) >= DENSE * pairs
