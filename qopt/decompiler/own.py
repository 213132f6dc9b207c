"""Bits of a row's own: those that are coupled to nothing but the row; and what they tell of it."""

from __future__ import annotations

import numpy as np

from .couplings import Couplings, Floats, Ints

OFF = 0.3  # how far the right side that a bit implies may be from that of the row


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
