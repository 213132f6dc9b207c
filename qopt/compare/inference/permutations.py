"""Tests by all ways in which the runs of an instance could have been dealt to two solvers."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from .intervals import CHUNK, SEED

EXACT_UP_TO = 50_000  # ways to deal; of more, so many are drawn:
DRAWS = 19_999


def permutation_test(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """The p value, two-sided, of the hypothesis that runs float64[n], float64[m] are of one kind.

    It is the share of all ways to deal the runs in which the means differ as much as they do, or
    more. Where there are too many ways, 19,999 are drawn, always the same ones, and the one that
    was seen counts too.
    """
    values = np.concatenate([one, other])
    values = values - values.mean()  # sums of small numbers lose the least
    seen = abs(_distance(values[: len(one)].sum(), len(one), len(other)))
    slack = 1e-9 * float(np.abs(values).max())  # roundoff makes no dealing more extreme
    ways = math.comb(len(values), len(one))
    exact = ways <= EXACT_UP_TO
    extreme = 0
    for dealt in _all(len(values), len(one)) if exact else _drawn(len(values), len(one)):
        sums = values[dealt].sum(axis=1)
        extreme += int((np.abs(_distance(sums, len(one), len(other))) >= seen - slack).sum())
    return extreme / ways if exact else (extreme + 1) / (DRAWS + 1)


def _distance(total: NDArray[np.float64], size: int, rest: int) -> NDArray[np.float64]:
    """Of the means, where `total` is the sum of one side and both sides together have 0."""
    return total / size + total / rest


def _all(runs: int, size: int) -> Iterator[NDArray[np.int64]]:
    ways = itertools.combinations(range(runs), size)
    yield np.array(list(ways), dtype=np.int64).reshape(-1, size)


def _drawn(runs: int, size: int) -> Iterator[NDArray[np.int64]]:
    random, left = np.random.default_rng(SEED), DRAWS
    while left:
        rows = min(left, max(1, CHUNK // runs))
        left -= rows
        yield random.permuted(np.tile(np.arange(runs), (rows, 1)), axis=1)[:, :size]


def fewer_successes(strata: Iterable[tuple[int, int, int, int]]) -> tuple[float, float]:
    """The p values, one-sided, that the first solver succeeds less often, and that the other does.

    A stratum is an instance: successes and runs of the first, successes and runs of the other. The
    runs of an instance are dealt anew in every way, exactly (Fisher's test, within strata).
    """
    chances, seen = np.ones(1), 0
    for successes, runs, others, other_runs in strata:
        chances = np.convolve(chances, _dealt(successes + others, runs, other_runs))
        seen += successes
    fewer, more = float(chances[: seen + 1].sum()), float(chances[seen:].sum())
    return min(1.0, fewer), min(1.0, more)


def _dealt(successes: int, runs: int, other_runs: int) -> NDArray[np.float64]:
    """The chance that the first has 0, 1, ..., `runs` of the successes."""
    total = runs + other_runs
    ways = math.comb(total, runs)
    return np.array(
        [
            math.comb(successes, k) * math.comb(total - successes, runs - k) / ways
            for k in range(runs + 1)
        ]
    )
