"""Rows that have one bit of their own: the couplings of such a bit are the row itself.

Of a row `A (x + sum a_j x_j - right)**2` the bit x has the couplings 2 A a_j, and two others of
its bits have 2 A a_j a_k, so A is known from any two of its neighbours: it is the same for all,
but where another row or the objective adds to their coupling. The linear bias of x is A (1 - 2
right), but for the objective: bits of a cut, whose linear bias is that of no whole right side, are
passed over.
"""

from __future__ import annotations

import numpy as np

from ..couplings import Couplings, Floats, Ints, Row, whole_step

FEWEST = 3  # bits of a row
OFF = 0.3  # how far the right side that a bit implies may be from that of the row
DENSE = 0.9  # share of the pairs of its bits whose coupling is what the row says, or more
PATIENCE = 200  # bits one after the other that are none of a row's own, until it is given up
PROBES = 8  # pairs of its neighbours that tell the weight; half of them have to agree


def rows_of_exact_owners(left: Couplings) -> list[Row]:
    """Rows whose own bits imply just a whole right side, as a slack bit does."""
    return rows_of_owners(left, exactly=True)


def rows_of_owners(left: Couplings, *, exactly: bool = False) -> list[Row]:
    """Rows without a bit in common."""
    rows, used = list[Row](), np.zeros(len(left.linear), dtype=bool)
    failures = 0
    for bit in _of_few_neighbours(left).tolist():
        if left.late or failures > PATIENCE:
            break
        row = None if used[bit] else _row(left, bit, exactly)
        if row is not None and not used[row.bits].any():
            used[row.bits] = True
            rows.append(row)
            failures = 0
        else:
            failures += not used[bit]
    return rows


def _of_few_neighbours(left: Couplings) -> Ints:
    """Bits none of whose neighbours has fewer neighbours; those of the fewest first."""
    matrix = left.matrix
    degree = np.diff(matrix.indptr)
    least = np.full(len(degree), len(degree))
    some = degree > 0
    least[some] = np.minimum.reduceat(degree[matrix.indices], matrix.indptr[:-1][some])
    few = np.flatnonzero((degree >= FEWEST - 1) & (degree <= least))
    ordered: Ints = few[np.argsort(degree[few], kind="stable")]
    return ordered


def _row(left: Couplings, bit: int, exactly: bool) -> Row | None:
    """The row of which this is a bit of its own, or None."""
    neighbours, couplings = left.of_bit(bit)
    weight = _weight(left, neighbours.astype(np.int64), couplings)
    if weight is None:
        return None
    step = whole_step(np.r_[couplings / (2 * weight), 1.0])
    if step is None:
        return None
    bits = np.r_[neighbours, bit].astype(np.int64)
    coefficients = np.rint(np.r_[couplings / (2 * weight), 1.0] * step)
    order = np.argsort(bits)
    bits, coefficients = bits[order], coefficients[order]
    weight /= step**2
    own = own_bits(left, bits)
    mine = coefficients[np.searchsorted(bits, own)]
    right = right_side(left, own, mine, weight, exactly=exactly)
    least, most = coefficients[coefficients < 0].sum(), coefficients[coefficients > 0].sum()
    if right is None or not least < right < most:
        return None
    row = Row(bits, coefficients, right, weight)
    return row if _is_there(left, row) else None


def _weight(left: Couplings, neighbours: Ints, couplings: Floats) -> float | None:
    """What the weight is by the couplings of some pairs of neighbours, if half of them agree."""
    if len(neighbours) < 2:
        return None
    count = min(PROBES, len(neighbours) * (len(neighbours) - 1) // 2)
    spread = np.linspace(0, len(neighbours) - 1, PROBES + 1).round().astype(np.int64)
    first, second = spread[:-1], spread[1:]
    apart = first < second
    first, second = first[apart][:count], second[apart][:count]
    pairs = zip(neighbours[first].tolist(), neighbours[second].tolist(), strict=True)
    between = np.array([left.between(one, other) for one, other in pairs])
    there = np.abs(between) > 4 * left.error
    if there.sum() * 2 < len(there):
        return None
    weights = couplings[first[there]] * couplings[second[there]] / (2 * between[there])
    middle = float(np.sort(weights)[len(weights) // 2])
    agree = np.isclose(weights, middle, rtol=1e-6)
    return middle if middle > 0 and agree.sum() * 2 >= len(there) else None


def _is_there(left: Couplings, row: Row) -> bool:
    """Whether the couplings of the row's bits are what it says, or larger of the same sign."""
    a = row.coefficients
    said, found = 2 * row.weight * np.outer(a, a), left.within(row.bits)
    enough = found * np.sign(said) >= np.abs(said) * (1 - 1e-6) - 4 * left.error
    np.fill_diagonal(enough, False)
    return int(enough.sum()) >= DENSE * len(a) * (len(a) - 1)


def own_bits(left: Couplings, bits: Ints) -> Ints:
    """Of the bits of a row those that have no neighbours but the others."""
    degree = np.diff(left.matrix.indptr)
    own: Ints = bits[degree[bits] <= len(bits) - 1]
    return own


def right_side(
    left: Couplings, bits: Ints, coefficients: Floats, weight: float, *, exactly: bool = False
) -> float | None:
    """The whole right side that these bits of a row's own imply: what `exact_right_side` says, or
    else, if not `exactly`, that which leaves the least on them: what is left is a price.

    None where half of the bits imply none that is near, unless two of different coefficients imply
    just this, or where none has a linear bias: that is no penalty.
    """
    right = exact_right_side(left, bits, coefficients, weight)
    implied = _implied(left, bits, coefficients, weight)
    if right is None:
        if exactly or not (np.abs(left.linear[bits]) > 4 * left.error).any():
            return None
        right = float(np.rint(np.median(implied)))
    just = np.abs(implied - right) <= 1e-6
    near = np.abs(implied - right) <= OFF
    sure = len(np.unique(coefficients[just])) > 1 or 2 * near.sum() >= len(bits)
    return right if sure else None


def exact_right_side(
    left: Couplings, bits: Ints, coefficients: Floats, weight: float
) -> float | None:
    """That which most of the bits imply that imply just a whole number, as slack bits do; None
    where none of them that have a linear bias does."""
    implied = _implied(left, bits, coefficients, weight)
    tolerance = 1e-6 + 4 * left.error / (weight * np.abs(coefficients))
    whole, biased = np.rint(implied), np.abs(left.linear[bits]) > 4 * left.error
    exact = whole[biased & (np.abs(implied - whole) <= tolerance)]
    if not len(exact):
        return None
    values, counts = np.unique(exact, return_counts=True)
    return float(values[np.argmax(counts)])


def _implied(left: Couplings, bits: Ints, coefficients: Floats, weight: float) -> Floats:
    """float64[k]: the right side by the linear bias of each bit, if it has no objective."""
    implied: Floats = (coefficients - left.linear[bits] / (weight * coefficients)) / 2
    return implied
