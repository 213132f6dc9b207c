"""Rows of ones that have one bit of their own: all that this bit is coupled to is the row.

Of a row `A (sum of bits - right)**2` the couplings of such a bit are all 2 A, its neighbours are
coupled to each other by at least as much, and its linear bias is A (1 - 2 right), but for the
objective. Bits of a cut, whose linear bias is that of no whole right side, are passed over.
"""

from __future__ import annotations

import numpy as np

from ..couplings import Couplings, Ints, Row
from .owners import exact_right_side, own_bits

FEWEST = 3  # bits of a row
OFF = 0.4  # how far the right side may be from a whole number
DENSE = 0.9  # share of the pairs of its bits that are coupled by 2 A or more


def rows_of_singles(left: Couplings) -> list[Row]:
    """Rows without a pair of bits in common."""
    rows = list[Row]()
    of_bit: dict[int, list[int]] = {}
    for bit in _of_one_coupling(left).tolist():
        if left.late:
            break
        neighbours, couplings = left.of_bit(bit)
        bits = np.sort(np.r_[neighbours, bit]).astype(np.int64)
        met = [row for other in bits.tolist() for row in of_bit.get(other, ())]
        if bit in of_bit or len(set(met)) < len(met):
            continue
        row = _row(left, bit, bits, float(couplings[0]) / 2)
        if row is not None:
            for other in bits.tolist():
                of_bit.setdefault(other, []).append(len(rows))
            rows.append(row)
    return rows


def _row(left: Couplings, bit: int, bits: Ints, weight: float) -> Row | None:
    """The row that these are all the bits of, the first of them its own."""
    own = own_bits(left, bits)
    right = exact_right_side(left, own, np.ones(len(own)), weight)
    if right is None:
        right = (1 - left.linear[bit] / weight) / 2
    whole = max(round(right), 1)
    if abs(right - whole) > OFF or whole >= len(bits) or not _is_clique(left, bits, 2 * weight):
        return None
    return Row(bits, np.ones(len(bits)), float(whole), weight)


def _of_one_coupling(left: Couplings) -> Ints:
    """Bits whose couplings are all the same, and positive; those of the fewest first."""
    matrix = left.matrix
    degree = np.diff(matrix.indptr)
    some = np.flatnonzero(degree >= FEWEST - 1)
    starts = matrix.indptr[some]
    least, most = (
        ufunc.reduceat(matrix.data, matrix.indptr[:-1][degree > 0])
        for ufunc in (np.minimum, np.maximum)
    )
    place = np.cumsum(degree > 0) - 1
    least, most = least[place[some]], most[place[some]]
    tolerance = 4 * left.error + 1e-9 * np.abs(most)
    same = some[(most - least <= tolerance) & (matrix.data[starts] > tolerance)]
    ordered: Ints = same[np.argsort(degree[same], kind="stable")]
    return ordered


def _is_clique(left: Couplings, bits: Ints, value: float) -> bool:
    pairs = len(bits) * (len(bits) - 1)
    enough = left.within(bits) >= value * (1 - 1e-9) - 4 * left.error
    return int(enough.sum()) >= DENSE * pairs
