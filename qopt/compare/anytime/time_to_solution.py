"""How long runs have to be repeated until one of them has surely reached the target."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from ..records import Document


class Attempts(NamedTuple):
    """So many `runs` of `seconds` each, of which `successes` reached the target."""

    seconds: float
    successes: int
    runs: int


@dataclass(frozen=True)
class TimeToSolution(Document):
    """Seconds until one of repeated runs has reached the target, with chance `quantile`.

    The runs are of `run_seconds` each, the best length of the sweep; `at_edge` says that this is
    the shortest or the longest that was tried, so that a better one may lie beyond. `low` and
    `high` are the ends of the interval; `seconds` and `high` are infinite without a success. The
    choice of the length on the same runs makes the figure somewhat too good.
    """

    seconds: float
    low: float
    high: float
    run_seconds: float
    successes: int
    runs: int
    quantile: float
    at_edge: bool


def time_to_solution(
    sweep: Iterable[Attempts], *, quantile: float = 0.99, confidence: float = 0.95
) -> TimeToSolution:
    """TTS_q(t) = t max(1, ln(1 - q) / ln(1 - p(t))), least over the lengths t of the sweep.

    The interval is that of Clopper and Pearson for the chance of success p, pushed through.
    Source: Ronnow et al., arXiv 1401.2910.
    """
    tried = sorted(sweep)
    found = [_at(attempts, quantile, confidence) for attempts in tried]
    best = min(range(len(found)), key=lambda k: (found[k][0], found[k][1]))
    seconds, low, high = found[best]
    edge = best in (0, len(found) - 1)
    return TimeToSolution(seconds, low, high, *tried[best], quantile, edge)


def _at(attempts: Attempts, quantile: float, confidence: float) -> tuple[float, float, float]:
    seconds, successes, runs = attempts
    low, high = clopper_pearson(successes, runs, confidence)
    times = (_repeats(chance, quantile) for chance in (successes / runs, high, low))
    point, best, worst = (seconds * number for number in times)
    return point, best, worst


def _repeats(chance: float, quantile: float) -> float:
    """Runs until a success, with chance `quantile`; at least 1, and not rounded."""
    if chance >= 1:
        return 1.0
    return max(1.0, math.log1p(-quantile) / math.log1p(-chance)) if chance > 0 else math.inf


def clopper_pearson(successes: int, runs: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval for a chance, from so many successes in independent runs."""
    from scipy.special import betaincinv

    tail = (1 - confidence) / 2
    low = betaincinv(successes, runs - successes + 1, tail) if successes else 0.0
    high = betaincinv(successes + 1, runs - successes, 1 - tail) if successes < runs else 1.0
    return float(low), float(high)


@dataclass(frozen=True)
class TimesToSolution(Document):
    """By instance, and how they are spread: infinite ones are counted as such."""

    instances: tuple[str, ...]
    times: tuple[TimeToSolution, ...]
    lower_quartile: float
    median: float
    upper_quartile: float


def spread(instances: Sequence[str], times: Sequence[TimeToSolution]) -> TimesToSolution:
    """Median and quartiles over instances; each of them is the time of some instance."""
    seconds = [time.seconds for time in times]
    low, middle, high = np.quantile(seconds, [0.25, 0.5, 0.75], method="inverted_cdf").tolist()
    return TimesToSolution(tuple(instances), tuple(times), low, middle, high)
