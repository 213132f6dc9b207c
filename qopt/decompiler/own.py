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
    """The whole right side that most of these bits of a row's own imply: those without an
    objective, as slack bits are. None where half of them imply none that is near, or where none
    has a linear bias: that is no penalty.

    Where none do just so, None if `exactly`, else that which leaves the least on them: what is
    left is a price.
    """
    linear = left.linear[bits]
    implied = (coefficients - linear / (weight * coefficients)) / 2
    tolerance = 1e-6 + 4 * left.error / (weight * np.abs(coefficients))
    whole, biased = np.rint(implied), np.abs(linear) > 4 * left.error
    exact = whole[biased & (np.abs(implied - whole) <= tolerance)]
    if not biased.any() or (exactly and not len(exact)):
        return None
    values, counts = np.unique(exact, return_counts=True)
    right = float(values[np.argmax(counts)]) if len(exact) else float(np.rint(np.median(implied)))
    near = np.abs(implied - right) <= OFF
    return right if 2 * near.sum() >= len(bits) else None
