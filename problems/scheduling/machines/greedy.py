"""A first plan of parallel machines: the longest job first, each where the load stays least."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .work import Work


def longest_first(work: Work) -> list[list[int]]:
    """The jobs of each machine in turn, each put in at the best place of its queue."""
    queues: list[list[int]] = [[] for _ in work.machines]
    loads = [0] * len(queues)
    shortest = [min(p for p in row if p is not None) for row in work.durations]
    for job in sorted(range(len(work.jobs)), key=lambda job: -shortest[job]):
        load, m, place = min(
            (loads[m] + takes + added, m, place)
            for m, takes in enumerate(work.durations[job])
            if takes is not None
            for place, added in enumerate(_detours(work, m, queues[m], job))
        )
        queues[m].insert(place, job)
        loads[m] = load
    return queues


def _detours(work: Work, m: int, queue: Sequence[int], job: int) -> Iterator[int]:
    """What the set-ups of a queue grow by where `job` comes at each of its places."""
    between = work.between[m]
    for place in range(len(queue) + 1 if work.setups else 1):
        before, after = queue[place - 1 : place], queue[place : place + 1]
        added = sum(int(between[i, job]) for i in before)
        added += sum(int(between[job, j]) for j in after)
        yield added - sum(int(between[i, j]) for i in before for j in after)
