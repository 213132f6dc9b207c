"""How long a solver's samples take to be scored, measured before it starts."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..problem import Problem, Scored, plan_key

if TYPE_CHECKING:
    import dimod


def seconds_to_score(
    problem: Problem[Any], samples: Callable[[int], dimod.SampleSet], reads: int
) -> tuple[float, float]:
    """What it takes to make so many samples, and plans of them, measured on one and on four:
    (at least, now).

    Of a processor alone, which tells the limits that a solver takes, and as busy as the machine is
    now, which a solver leaves of its limit for what comes after the sampling.
    """
    _seconds(problem, samples, 1)  # what is made once is made, and counts no more
    of_one, of_four = _seconds(problem, samples, 1), _seconds(problem, samples, 4)
    least, now = (
        one + (reads - 1) * max(four - one, 0.0) / 3
        for one, four in zip(of_one, of_four, strict=True)
    )
    return least, now


def _seconds(
    problem: Problem[Any], samples: Callable[[int], dimod.SampleSet], count: int
) -> tuple[float, float]:
    """Of a processor, and by the clock, for so many samples."""
    worked, began = time.thread_time(), time.perf_counter()
    made = samples(count)
    _score(problem, made)
    return time.thread_time() - worked, time.perf_counter() - began


def _score(problem: Problem[Any], samples: dimod.SampleSet) -> None:
    rows, labels = samples.record.sample, list(samples.variables)
    if isinstance(problem, Scored):
        for plan, _ in problem.score_samples(rows, labels):
            plan_key(plan)
        return
    for row in rows.tolist():
        plan = problem.decode(dict(zip(labels, row, strict=True)))
        plan_key(plan)
        problem.evaluate(plan)
