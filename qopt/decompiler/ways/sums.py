"""Rows all of whose bits the objective couples, too, such as a budget beside risks.

The couplings of the row `A (sum a_j x_j - right)**2` are 2 A a_j a_k: a matrix of rank one, but for
its diagonal. Where the weight is large beside the objective, they are nearly that, and the vector
that fits them best is nearly a multiple of whole numbers. The fit goes from bit to bit: a_j is the
mean of what the couplings to all others say, weighed by the square of theirs.

Whatever weight is taken away, what is left and the row are the QUBO together. It is the one that
most couplings imply, or, where no two imply the same, that of the best fit.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..couplings import Couplings, Floats, Ints, Row
from .pairs import weighty

FEWEST = 4  # bits of a row
TRIED = 8  # blocks that are looked at
LARGE = 0.001  # of the largest coupling of a bit: those of the row's bits
MANY = 100  # bits, of more only some are looked at first
MAY = 0.5  # of the squares of their couplings, at most, may be another's
ROUNDS = 60  # of the fit
STEPS = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10  # what the smallest coefficient may be
TRIMMED = 4  # times that bits are left out whose couplings are other than the row says,
MISFIT = 0.05  # so much of the squares of their couplings
DIFFERENT = 3  # coefficients of a row of numbers, at least
BITS = 4  # of the row, at least, for each whole number that the smallest coefficient may be
NEAR = 0.15  # how far a coefficient may be from a whole number
FITS = 0.97  # of the squares of the couplings, at least, are the row's
BIASED = 0.7  # of the linear biases, at least, are the row's
ALIKE = 0.3  # how far their couplings may be from what the row says, relative to that
OFF = 0.3  # how far the right side may be from a whole number
OFTEN = 0.1  # of the couplings, at least, imply the same weight


def rows_of_numbers(left: Couplings) -> list[Row]:
    """One row at most, of three different coefficients or more, 1 among them, as numbers that are
    written in bits have."""
    rows = rows_of_sums(left)
    sizes = np.unique(np.abs(rows[0].coefficients)) if rows else np.zeros(0)
    return rows if len(sizes) >= DIFFERENT and sizes[0] == 1 else []


def rows_of_heavy_sums(left: Couplings, rows: Sequence[Row]) -> list[Row]:
    """One row at most, that is not much lighter than those that were found: what is may be a
    square of the objective."""
    return [row for row in rows_of_sums(left) if row.violated >= weighty(rows)]


def rows_of_sums(left: Couplings) -> list[Row]:
    """One row at most: the heaviest."""
    matrix = left.matrix
    strength = np.asarray(abs(matrix).sum(axis=1)).ravel()
    seen = np.zeros(len(strength), dtype=bool)
    for seed in np.argsort(-strength, kind="stable")[: 4 * TRIED].tolist():
        if seen[seed] or strength[seed] <= 4 * left.error:
            continue
        neighbours, couplings = left.of_bit(seed)
        strong = np.abs(couplings) >= LARGE * np.abs(couplings).max()
        bits = np.sort(np.r_[neighbours[strong], seed]).astype(np.int64)
        seen[bits] = True
        if len(bits) >= FEWEST:
            row = _row(left, bits)
            if row is not None:
                return [row]
    return []


def _row(left: Couplings, bits: Ints) -> Row | None:
    if len(bits) > MANY and not _may_fit(left.within(bits[:: len(bits) // (MANY // 2)])):
        return None
    bits, fitted = _trimmed(left, bits)
    coefficients = None if fitted is None else _whole(fitted)
    if coefficients is None:
        return None
    bits, coefficients = bits[coefficients != 0], coefficients[coefficients != 0]
    if len(bits) < FEWEST:
        return None
    couplings = left.within(bits)
    weight = _weight(couplings, coefficients)
    said = 2 * weight * np.outer(coefficients, coefficients)
    np.fill_diagonal(said, 0.0)
    if not _alike(couplings, coefficients, weight):
        return None
    if weight <= 0 or ((couplings - said) ** 2).sum() > (1 - FITS) * (couplings**2).sum():
        return None
    linear = left.linear[bits]
    # linear biases are weight * (a**2 - 2 a right), but for the objective
    right = float(coefficients @ (weight * coefficients**2 - linear)) / (
        2 * weight * float(coefficients @ coefficients)
    )
    remaining = linear - weight * (coefficients**2 - 2 * coefficients * np.rint(right))
    enough = (remaining**2).sum() <= (1 - BIASED) * (linear**2).sum()
    least, most = coefficients[coefficients < 0].sum(), coefficients[coefficients > 0].sum()
    if abs(right - np.rint(right)) > OFF or not enough or not least < np.rint(right) < most:
        return None
    return Row(bits, coefficients, float(np.rint(right)), weight)


def _may_fit(couplings: Floats) -> bool:
    """Whether the couplings of some bits are nearly a matrix of rank one."""
    fitted = _rank_one(couplings)
    if fitted is None:
        return False
    said = np.outer(fitted, fitted)
    np.fill_diagonal(said, 0.0)
    return bool(((couplings - said) ** 2).sum() <= MAY * (couplings**2).sum())


def _trimmed(left: Couplings, bits: Ints) -> tuple[Ints, Floats | None]:
    """The bits without those whose couplings do not fit, and the vector that fits."""
    for last in (False,) * TRIMMED + (True,):
        couplings = left.within(bits)
        fitted = _rank_one(couplings)
        if fitted is None or last:
            break
        said = np.outer(fitted, fitted)
        np.fill_diagonal(said, 0.0)
        squares = np.maximum((couplings**2).sum(axis=0), 1e-300)
        off = ((couplings - said) ** 2).sum(axis=0) / squares
        keep = off <= max(MISFIT, float(np.median(off)))
        if keep.all() or keep.sum() < FEWEST:
            break
        bits = bits[keep]
    return bits, fitted


def _rank_one(couplings: Floats) -> Floats | None:
    """float64[k]: the vector whose products are nearest to the couplings of all pairs."""
    size = np.abs(couplings).sum(axis=0)
    start = int(np.argmax(size))
    vector = np.sign(couplings[start]) * size
    vector[start] = size[start]
    products = np.outer(vector, vector)
    np.fill_diagonal(products, 0.0)
    scale = float((products * couplings).sum()) / max(float((products**2).sum()), 1e-300)
    if scale <= 0:
        return None
    vector = vector * np.sqrt(scale)
    for _ in range(ROUNDS):
        others = (vector**2).sum() - vector**2
        after = couplings @ vector / np.maximum(others, 1e-300)
        after = (after + vector) / 2
        if np.abs(after - vector).max() <= 1e-9 * np.abs(after).max():
            break
        vector = after
    fitted: Floats = vector
    return fitted


def _whole(vector: Floats) -> Floats | None:
    """The least whole numbers that are nearly a multiple of these, None where none are."""
    size = np.abs(vector)
    smallest = float(size[size > LARGE * size.max()].min())
    for step in STEPS[: max(1, len(vector) // BITS)]:
        unit = smallest / step
        for _ in range(2):  # the unit that fits all, not the smallest alone
            whole = np.rint(vector / unit)
            if not whole.any():
                return None
            unit = float(vector @ whole) / float(whole @ whole)
        if unit > 0 and np.abs(vector / unit - np.rint(vector / unit)).max() <= NEAR:
            coefficients: Floats = np.rint(vector / unit)
            return coefficients
    return None


def _alike(couplings: Floats, coefficients: Floats, weight: float) -> bool:
    """Whether bits of the same coefficient are coupled to each other as the row says."""
    for value in np.unique(np.abs(coefficients)):
        mine = np.flatnonzero(np.abs(coefficients) == value)
        i, j = np.triu_indices(len(mine), 1)
        if not len(i):
            continue
        signs = np.sign(coefficients[mine[i]] * coefficients[mine[j]])
        middle = float(np.median(couplings[mine[i], mine[j]] * signs))
        if abs(middle - 2 * weight * value**2) > ALIKE * 2 * weight * value**2:
            return False
    return True


def _weight(couplings: Floats, coefficients: Floats) -> float:
    first, second = np.triu_indices(len(coefficients), 1)
    products = coefficients[first] * coefficients[second]
    implied = couplings[first, second] / (2 * products)
    values, count = np.unique(np.round(implied, 9), return_counts=True)
    best = int(np.argmax(count))
    if count[best] >= max(2, OFTEN * len(implied)):
        return float(values[best])
    return float((implied * products**2).sum() / (products**2).sum())
