"""What an interval and a margin say, and how much more would have to be run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from ..records import Document
from .intervals import LEAST, Interval, t_quantile

POWER = 0.8  # the chance that as much more as is asked for decides, if the estimate holds
MOST = 100_000  # of what is asked for; beyond it, nothing sensible decides


class Verdict(StrEnum):
    """Of a solver against the baseline.

    BETTER, WORSE: by more than the margin; the 95 % interval lies beyond it. EQUIVALENT: closer
    than the margin; the 90 % interval lies inside it. UNDECIDED: not enough data. WITHHELD: the
    figures would decide, and a reason is given why they must not.
    """

    BETTER = "better"
    WORSE = "worse"
    EQUIVALENT = "equivalent"
    UNDECIDED = "not enough data"
    WITHHELD = "withheld"

    @property
    def opposite(self) -> Verdict:
        """With solver and baseline swapped."""
        swapped = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
        return swapped.get(self, self)


def by_margin(outer: Interval, inner: Interval, margin: float) -> Verdict:
    """The verdict by the intervals of level 1 - alpha and 1 - 2 alpha; above 0 is better."""
    if outer.low > margin:
        return Verdict.BETTER
    if outer.high < -margin:
        return Verdict.WORSE
    if -margin < inner.low and inner.high < margin:
        return Verdict.EQUIVALENT
    return Verdict.UNDECIDED


@dataclass(frozen=True)
class Needed(Document):
    """How much more would decide with a chance of 80 %, if estimate and spread stay as they are.

    Either so many more `instances`, or so many more `seeds` on each instance for each solver. None:
    no sensible number would, or it cannot be told yet.
    """

    instances: int | None
    seeds: int | None

    def __str__(self) -> str:
        ways = [
            f"{number:,} more {unit if number > 1 else unit.removesuffix('s')}{where}"
            for number, unit, where in (
                (self.instances, "instances", ""),
                (self.seeds, "seeds", " on each instance"),
            )
            if number is not None
        ]
        if not ways:
            return "no sensible number of runs is likely to decide at this margin"
        return f"about {' or '.join(ways)} would probably decide"


@dataclass(frozen=True)
class Spread:
    """Of the differences of `count` instances: their `variance`, and how much of it comes from
    seeds, `within`, of which there are `seeds` a side on average. None: one seed cannot tell.
    """

    count: int
    variance: float
    within: float | None
    seeds: float


def needed(estimate: float, spread: Spread, margin: float, alpha: float) -> Needed:
    """How many instances, or seeds on each, would bring the interval off the margin."""
    distance = abs(abs(estimate) - margin)
    tail = alpha / 2 if abs(estimate) > margin else alpha
    instances = _least(spread.count, distance, spread.variance, tail)
    more = None if instances is None else max(instances - spread.count, LEAST - spread.count, 1)
    if spread.count < LEAST or spread.within is None or distance == 0:
        return Needed(more, None)
    allowed = spread.count * (distance / _reach(spread.count, tail)) ** 2
    left = allowed - max(0.0, spread.variance - spread.within)
    if left <= spread.within / MOST:
        return Needed(more, None)
    return Needed(more, max(1, math.ceil(spread.seeds * (spread.within / left - 1))))


def needed_on_one(
    estimate: float, variance: float, runs: int, margin: float, alpha: float
) -> Needed:
    """The same on a single instance; `variance` is the sum of both solvers', of one run each."""
    distance = abs(abs(estimate) - margin)
    tail = alpha / 2 if abs(estimate) > margin else alpha
    least = _least(runs, distance, variance, tail)
    return Needed(None, None if least is None else max(least - runs, LEAST - runs, 1))


def _least(count: int, distance: float, variance: float, tail: float) -> int | None:
    """The least number of values whose mean is told from one so far away."""
    if distance == 0:
        return None

    def enough(number: int) -> bool:
        return number * distance**2 >= variance * _reach(number, tail) ** 2

    low, high = max(count, LEAST - 1), LEAST
    while not enough(high):
        low, high = max(low, high), 2 * high
        if high > 2 * MOST:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _reach(count: int, tail: float) -> float:
    """Standard errors between the margin and an estimate that is off it with that chance."""
    return t_quantile(count - 1, 1 - tail) + t_quantile(count - 1, POWER)
