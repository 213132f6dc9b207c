"""The jobs of a few machines as a problem of their own: split between these anew, in any order.

Jobs that follow each other may stay together as one block: it takes as long as its jobs and the
set-ups between them, is set up as its first job is and followed as its last one is. So two machines
with any number of jobs make a problem of any size, and any plan of it is one of the whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from qopt import Neighbourhood

from .plan import Queues
from .work import Work

# the problem that a few blocks are, of which the makespan need not be longer than now
PartOf = Callable[[Work, int], Any]
Block = Sequence[str]
TRIES = 20  # to find how many machines and blocks fit, each with fewer


def regrouped(
    work: Work,
    plan: Queues,
    machines: Sequence[str],
    size: int,
    random: np.random.Generator,
    part_of: PartOf,
) -> Neighbourhood | None:
    """The part of a plan on the first of `machines`, as many as fit and two at least.

    They fit in a model of at most `size` variables.

    None where not even a few blocks fit, or a job comes twice there or is on a machine that cannot
    do it.
    """
    every, machines = work.queues(plan), list(machines)
    wanted = sum(len(every[machine]) for machine in machines)
    for _ in range(TRIES):
        queues = {machine: every[machine] for machine in machines}
        jobs = [job for queue in queues.values() for job in queue]
        if len(jobs) < 2 or len(set(jobs)) < len(jobs):
            return None
        blocks = {
            machine: _cut(queue, wanted * len(queue) / len(jobs), random)
            for machine, queue in queues.items()
        }
        part = _part(work, plan, blocks, part_of)
        if part is None:
            return None
        variables = part.problem.model_size().variables
        if variables <= size:
            return part
        less = (size / variables) ** 0.5
        if len(machines) > 2:
            machines = machines[: max(2, min(len(machines) - 1, int(len(machines) * less)))]
            wanted = sum(len(every[machine]) for machine in machines)
        elif wanted > 2:
            wanted = max(2, min(wanted - 1, int(wanted * less)))
        else:
            break
    return None


def _cut(queue: Sequence[str], wanted: float, random: np.random.Generator) -> list[Block]:
    """A queue cut at random into about so many blocks."""
    if not queue:
        return []
    pieces = int(np.clip(round(wanted), 1, len(queue)))
    cuts = np.sort(random.permutation(np.arange(1, len(queue)))[: pieces - 1]).tolist()
    return [queue[a:b] for a, b in pairwise([0, *cuts, len(queue)])]


def _part(
    work: Work, plan: Queues, blocks: Mapping[str, Sequence[Block]], part_of: PartOf
) -> Neighbourhood | None:
    machines = tuple(blocks)
    # each named for its first job
    every = {block[0]: block for of_machine in blocks.values() for block in of_machine}
    present = {
        machine: [block[0] for block in of_machine] for machine, of_machine in blocks.items()
    }
    durations = {
        name: tuple(work.takes(block, machine) for machine in machines)
        for name, block in every.items()
    }
    if any(
        durations[name][k] is None
        for k, machine in enumerate(machines)
        for name in present[machine]
    ):
        return None
    now = work.schedule(_expanded(present, every))
    setups = work.setups_between(every.values(), machines)
    part = part_of(Work(tuple(durations.values()), machines, setups, tuple(every)), now.makespan)

    def back(queued: Queues) -> Queues:
        again = work.queues(work.schedule(_expanded(part.queues(queued), every)))
        new = work.schedule({machine: again[machine] for machine in machines}).turns
        order = {machine: k for k, machine in enumerate(work.machines)}
        kept = [turn for turn in plan.turns if turn.machine not in machines]
        return Queues(tuple(sorted([*kept, *new], key=lambda turn: order[turn.machine])))

    return Neighbourhood(part, part.schedule(part.queues(part.schedule(present))), back)


def _expanded(
    queues: Mapping[str, Sequence[str]], blocks: Mapping[str, Block]
) -> dict[str, list[str]]:
    return {
        machine: [job for name in queue for job in blocks[name]]
        for machine, queue in queues.items()
    }
