"""Schedules built in one go: pushed to the left in a given order, or by a dispatching rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

Step = tuple[int, int]  # (job, step)
Jobs = Sequence[Sequence[tuple[int, int]]]  # (machine, duration) of each step of each job


def push_left(jobs: Jobs, order: Mapping[Step, float]) -> dict[Step, tuple[int, int]]:
    """(start, end) of each operation, in the given order, as early as its job and machine are free.

    A step is never taken before the one it follows, whatever their numbers; those that follow a
    missing one are left out. Steps of length 0 need no machine. Semi-active schedules, after Baker
    (1974).
    """
    free: dict[int, int] = {}
    placed: dict[Step, tuple[int, int]] = {}
    waiting = [(order[j, 0], j, 0) for j in range(len(jobs)) if (j, 0) in order]
    heapify(waiting)
    while waiting:
        _, job, step = heappop(waiting)
        machine, duration = jobs[job][step]
        start = placed[job, step - 1][1] if step else 0
        if duration:
            start = max(start, free.get(machine, 0))
            free[machine] = start + duration
        placed[job, step] = (start, start + duration)
        if (job, step + 1) in order:
            heappush(waiting, (order[job, step + 1], job, step + 1))
    return placed


def dispatched(
    choices: Sequence[Sequence[Sequence[tuple[int, int]]]], priority: Mapping[Step, float]
) -> dict[Step, Step]:
    """The non-delay schedule: a free machine takes what waits, least priority number first.

    `choices` are the machines, with durations, that each step of each job may take. It takes where
    it can start first, and of these where it ends first. Returns (machine, start) of each step.
    """
    free: dict[int, int] = {}
    ready, at = [0] * len(choices), [0] * len(choices)
    placed: dict[Step, Step] = {}
    unfinished = set(range(len(choices)))
    while unfinished:

        def earliest(job: int) -> tuple[int, int, int]:
            """(start, end, machine) of its next step."""
            options = []
            for machine, duration in choices[job][at[job]]:
                start = max(ready[job], free.get(machine, 0)) if duration else ready[job]
                options.append((start, start + duration, machine))
            return min(options)

        start, _, job = min((earliest(j)[0], priority[j, at[j]], j) for j in unfinished)
        _, end, machine = earliest(job)
        placed[job, at[job]] = (machine, start)
        ready[job] = end
        if end > start:
            free[machine] = end
        at[job] += 1
        if at[job] == len(choices[job]):
            unfinished.remove(job)
    return placed
