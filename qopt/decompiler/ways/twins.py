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

from ..couplings import Couplings, Floats, Ints, Row, whole_step
from .owners import right_side

MARKS = 8  # bits to which the couplings are compared, at most, before all of them are
TRIED = 16  # bits of one neighbourhood and ratio, at most, of which twins are looked for
MISFITS = 4  # of the couplings of two twins, at most, are in another proportion
TOLD = 9  # twins that tell what the row is
DENSE = 0.8  # share of the pairs of a row's bits that are coupled, at least


def rows_of_twins(left: Couplings) -> list[Row]:
    """Rows without a bit in common, in the order of their twins."""
    found, used = list[Row](), np.zeros(len(left.linear), dtype=bool)
    for twins, alike in _classes(left):
        if left.late:
            break
        row = _row(left, twins, alike)
        if row is not None and not used[row.bits].any():
            used[row.bits] = True
            found.append(row)
    return found


def _classes(left: Couplings) -> list[tuple[Ints, Ints]]:
    """Bits of at least two neighbours that have the same ones, and couplings in one proportion;
    those of the fewest neighbours first, as bits of two rows have those of both. With each,
    all bits that have the same neighbours."""
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


def _in_proportion(left: Couplings, bits: Ints) -> list[tuple[Ints, Ints]]:
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
                bit
                for bit in members + rest
                if _proportion(left, members[0], bit, bits) is not None
            ]
            members = [bit for bit in members if bit not in twins]
            if len(twins) >= 2:
                classes.append((np.array(sorted(twins), dtype=np.int64), bits))
    return classes


def _proportion(left: Couplings, one: int, other: int, alike: Ints) -> float | None:
    """The couplings of `other` over those of `one`, where all have the same ratio; else None.

    Of the bits `alike`, which have the same neighbours, a few may be out of proportion: those next
    to one of the two in a wall of ones.
    """
    if one == other:
        return 1.0
    (here, mine), (there, its) = left.of_bit(one), left.of_bit(other)
    mine, its, here = mine[here != other], its[there != one], here[here != other]
    if not len(mine):
        return None
    ratio = float(np.sort(its / mine)[len(mine) // 2])
    tolerance = 2 * left.error * (1 + abs(ratio)) + 1e-9 * np.abs(its)
    misfits = here[np.abs(its - ratio * mine) > tolerance]
    fits = len(misfits) <= min(MISFITS, len(mine) // 2) and bool(np.isin(misfits, alike).all())
    return ratio if fits else None


def _row(left: Couplings, twins: Ints, alike: Ints) -> Row | None:
    """The row of which these are bits of its own, or None."""
    base = int(twins[0])
    ratio = np.array([_proportion(left, base, int(bit), alike) or 1.0 for bit in twins])
    least = int(np.argmin(np.abs(ratio)))
    base, ratio = int(twins[least]), ratio / ratio[least]
    bits = np.sort(np.r_[left.of_bit(base)[0], base]).astype(np.int64)
    # float64[twins, bits]: what each twin says the row is, times twice the weight
    said = np.full((len(twins), len(bits)), np.nan)
    for k, bit in enumerate(twins.tolist()):
        neighbours, couplings = left.of_bit(bit)
        said[k, np.searchsorted(bits, neighbours)] = couplings / ratio[k]
    row = np.nanmedian(said[np.argsort(np.abs(ratio), kind="stable")[:TOLD]], axis=0)
    at = np.searchsorted(bits, twins)
    own = row[at] / (2 * ratio)
    weight = float(np.median(own))  # times the square of the base's coefficient
    agree = np.abs(own - weight) <= 4 * left.error + 1e-6 * weight
    if weight <= left.error or 2 * agree.sum() < len(own):
        return None
    coefficients = row / (2 * weight)
    coefficients[at] = ratio
    step = whole_step(coefficients)
    if step is None:
        return None
    coefficients, weight = np.rint(coefficients * step), weight / step**2
    right = _right_side(left, twins, coefficients[at], weight)
    if right is None or not _is_clique(left, bits):
        return None
    return Row(bits, coefficients, right, weight)


def _right_side(left: Couplings, twins: Ints, coefficients: Floats, weight: float) -> float | None:
    """That which the twins imply; of a wall of ones, only its first bit has no other bias."""
    among = left.within(twins)
    said = 2 * weight * np.outer(coefficients, coefficients)
    np.fill_diagonal(said, 0.0)
    wall = np.abs(among - said) > 4 * left.error + 1e-6 * weight
    if not wall.any():
        return right_side(left, twins, coefficients, weight)
    return float(np.rint((coefficients - left.linear[twins] / (weight * coefficients)).max() / 2))


def _is_clique(left: Couplings, bits: Ints) -> bool:
    """Whether the bits of a row are coupled to each other, all but those that something cancels."""
    pairs = len(bits) * (len(bits) - 1)
    return int(np.count_nonzero(left.within(bits))) >= DENSE * pairs
