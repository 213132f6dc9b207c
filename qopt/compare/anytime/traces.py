"""Runs as they stood at a common time, and on the way there."""

from __future__ import annotations

from collections.abc import Sequence

from ...errors import QoptError
from ..records import Run, gap

CLOSE = 1e-9  # of a gap, above which a target counts as missed: what is below is roundoff


def common_horizon(runs: Sequence[Run], horizon: float | None) -> float:
    """Seconds at which all runs are compared: as given, else the shortest time limit.

    Where no run had a time limit, the length of the longest. Raises QoptError for a horizon after
    the time limit of a run: nobody knows what the run would have found.
    """
    limits = [run.deadline for run in runs if run.deadline is not None]
    if horizon is None:
        longest = min(limits) if limits else max(run.seconds for run in runs)
        if longest == 0:
            raise QoptError("no run has a time limit or took any time; give horizon=, in seconds")
        return longest
    for run in runs:
        if run.deadline is not None and run.deadline < horizon:
            raise QoptError(
                f"horizon={horizon:g}: the {run} had {run.deadline:g} seconds; "
                f"give a horizon of at most {min(limits):g}, or more time to the runs"
            )
    return horizon


def objective_at(run: Run, horizon: float) -> float | None:
    """Of the best plan that the run had at `horizon` seconds; None where it had none.

    Raises QoptError where the run went on after that and left no trace.
    """
    if run.objective is None:
        return None
    in_time = run.deadline is not None and run.deadline <= horizon
    if in_time or run.seconds <= horizon:
        return run.objective
    if not run.trace:
        raise QoptError(
            f"the {run} took {run.seconds:g} seconds and has no trace: "
            f"what it had at {horizon:g} is not known; give its trace, or all the same time limit"
        )
    found = [objective for time, objective in run.steps if time <= horizon]
    return found[-1] if found else None


def mean_gap(run: Run, reference: float | None, horizon: float) -> float:
    """The primal integral over its horizon: the gap on average from 0 to `horizon`, in [0, 1].

    The gap is 1 before the first plan. Times `horizon` it is the integral, in seconds (Berthold
    2013).
    """
    steps = [(time, gap(objective, reference)) for time, objective in run.steps if time < horizon]
    times = [0.0, *(time for time, _ in steps), horizon]
    heights = [1.0, *(height for _, height in steps)]
    spans = zip(times, times[1:], heights, strict=False)
    return sum((after - before) * height for before, after, height in spans) / horizon


def arrival(run: Run, reference: float | None, target: float, horizon: float) -> tuple[float, bool]:
    """Seconds until the run had a plan within `target` percent of the reference, and True.

    (horizon, False) where it had none by then. A run that failed or ended early counts as waiting
    up to the horizon: it would never have got there.
    """
    for time, objective in run.steps:
        if time <= horizon and 100 * gap(objective, reference) <= target + CLOSE:
            return time, True
    return horizon, False
