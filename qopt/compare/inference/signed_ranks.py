"""Tests over instances by the ranks of their differences, and what goes with them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

EXACT_UP_TO = 200  # differences other than 0; of more, the normal distribution is close enough


def wilcoxon(differences: NDArray[np.float64]) -> float:
    """The p value, two-sided, of the hypothesis that differences float64[n] lie evenly around 0.

    Zeros are ranked with the rest and then left out (Pratt 1959); ties share their mean rank. The
    distribution over all signs is exact up to 200 differences, ties or not: of n differences the
    least possible p is 2 / 2^n, so that five can never reach 5 %. Round the differences first, or
    what is left of rounding breaks their ties.
    """
    kept = differences != 0
    if not kept.any():
        return 1.0
    ranks = _doubled_ranks(np.abs(differences))[kept]
    above = int(ranks[differences[kept] > 0].sum())
    if len(ranks) > EXACT_UP_TO:
        return _normal(ranks, above)
    chances = _sums(ranks)
    tail = min(chances[: above + 1].sum(), chances[above:].sum())
    return min(1.0, 2 * float(tail))


def _doubled_ranks(sizes: NDArray[np.float64]) -> NDArray[np.int64]:
    """Twice the mean rank of each, which is a whole number."""
    _, at, counts = np.unique(sizes, return_inverse=True, return_counts=True)
    return (2 * np.cumsum(counts) - counts + 1)[at]


def _sums(ranks: NDArray[np.int64]) -> NDArray[np.float64]:
    """The chance of each sum 0, 1, ... of the ranks, each of which is in it or not, evenly."""
    chances = np.zeros(int(ranks.sum()) + 1)
    chances[0], top = 1.0, 0
    for rank in ranks.tolist():
        without = chances[: top + 1] / 2
        chances[: top + 1] = without
        chances[rank : rank + top + 1] += without
        top += rank
    return chances


def _normal(ranks: NDArray[np.int64], above: int) -> float:
    """The approximation for many, with the step of a half taken off; ties are in the ranks."""
    distance = abs(above - ranks.sum() / 2)
    spread = math.sqrt(float((ranks.astype(float) ** 2).sum())) / 2
    return math.erfc(max(0.0, distance - 1.0) / spread / math.sqrt(2))


def hodges_lehmann(differences: NDArray[np.float64]) -> float:
    """The median of the means of all pairs, each value with itself too: a mean that a few extreme
    instances hardly move (Hodges and Lehmann 1963).
    """
    pairs = [differences[k:] + differences[k] for k in range(len(differences))]
    return float(np.median(np.concatenate(pairs))) / 2


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """The p values of several comparisons, raised so that the chance of any false one is kept
    (Holm 1979); in the order given.
    """
    order = sorted(range(len(p_values)), key=lambda k: p_values[k])
    raised, highest = [0.0] * len(p_values), 0.0
    for done, k in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - done) * p_values[k]))
        raised[k] = highest
    return tuple(raised)
