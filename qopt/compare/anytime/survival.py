"""Times to a target, of which some are only known to be longer than the horizon."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..records import Document

# seconds, and whether the target was reached then; else the wait was given up there
Arrivals = Sequence[tuple[float, bool]]


@dataclass(frozen=True)
class Waiting(Document):
    """The share of runs that still wait for the target (Kaplan and Meier, 1958).

    `shares[k]` is the share after `seconds[k]`; before the first it is 1. `reached` of `runs` got
    there; `mean` is the mean wait in seconds, where each counts up to the `horizon`.
    """

    seconds: tuple[float, ...]
    shares: tuple[float, ...]
    runs: int
    reached: int
    horizon: float
    mean: float

    def until(self, share: float) -> float:
        """Seconds until this share, in (0, 1), of the runs was there; infinite where it never
        was.
        """
        for second, waiting in zip(self.seconds, self.shares, strict=True):
            if 1 - waiting >= share - 1e-12:
                return second
        return float("inf")


def waiting(arrivals: Arrivals, horizon: float) -> Waiting:
    """The curve of Kaplan and Meier for runs, some of which may have been given up early."""
    times, reached = _arrays(arrivals)
    moments = np.unique(times[reached])
    ordered = np.sort(times)
    at_risk = len(times) - np.searchsorted(ordered, moments)
    counts = _counts(times[reached], moments)
    shares = np.cumprod(1 - counts / at_risk)
    steps = np.concatenate([[0.0], moments, [horizon]])
    mean = float(np.diff(steps) @ np.concatenate([[1.0], shares]))
    return Waiting(
        tuple(moments.tolist()),
        tuple(shares.tolist()),
        len(times),
        int(reached.sum()),
        horizon,
        mean,
    )


def log_rank(strata: Iterable[tuple[Arrivals, Arrivals]]) -> float:
    """The p value, two-sided, of the hypothesis that both wait equally long within each stratum.

    A stratum is an instance: the times of one solver and of the other. 1 where nothing arrived.
    Source: Mantel 1966; Peto and Peto 1972.
    """
    from scipy.special import chdtrc

    surplus = variance = 0.0
    for one, other in strata:
        more, spread = _excess(one, other)
        surplus, variance = surplus + more, variance + spread
    return float(chdtrc(1, surplus**2 / variance)) if variance > 0 else 1.0


def _excess(one: Arrivals, other: Arrivals) -> tuple[float, float]:
    """Arrivals of `one` above the number expected, and the variance of that number."""
    (times, reached), (others, there) = _arrays(one), _arrays(other)
    both = np.concatenate([times[reached], others[there]])
    moments = np.unique(both)
    waits = len(times) - np.searchsorted(np.sort(times), moments)
    all_ = waits + len(others) - np.searchsorted(np.sort(others), moments)
    counts, share = _counts(both, moments), waits / all_
    expected = counts * share
    spread = expected * (1 - share) * (all_ - counts) / np.maximum(all_ - 1, 1)
    return float(reached.sum() - expected.sum()), float(spread.sum())


def _arrays(arrivals: Arrivals) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    times = np.array([time for time, _ in arrivals], dtype=float)
    return times, np.array([reached for _, reached in arrivals], dtype=bool)


def _counts(times: NDArray[np.float64], moments: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.bincount(np.searchsorted(moments, times), minlength=len(moments))
