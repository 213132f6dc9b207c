"""What a planner gives of a shop's jobs, checked."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any, TypeVar

from qopt import QoptError
from qopt.kit.checks import Place, listed

StepT = TypeVar("StepT")

LONGEST = 10**12  # of a duration: sums of more would lose their units in floating point


def jobs_of(given: Any, of: str, checked: Callable[[str, tuple[Any, ...], Place], StepT]) -> Any:
    """The steps of each job, as `checked` makes them.

    That is called with what to call a step, what is given of it, and its place. Raises QoptError
    for no job, a job without steps, and what is no list.
    """
    jobs = [listed(f"job {j}", job, ("jobs", j)) for j, job in enumerate(listed("jobs", given))]
    if not jobs or not all(jobs):
        raise QoptError(f"{of} needs at least one job, and every job at least one step")

    def step(j: int, s: int, given: Any) -> StepT:
        what, place = f"job {j} step {s}", ("jobs", j, s)
        return checked(what, listed(what, given, place), place)

    return tuple(
        tuple(step(j, s, given) for s, given in enumerate(job)) for j, job in enumerate(jobs)
    )


def is_whole(value: object) -> bool:
    """Whether it is a whole number, 0 or more."""
    if not isinstance(value, Integral) or isinstance(value, bool):
        return False
    return 0 <= int(value) <= LONGEST
