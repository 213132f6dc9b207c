"""Which operations of a schedule to set free."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from ..disjunctive import DisjunctiveGraph
from ..dispatching import Step
from ..plan import Operation, Schedule
from ..work import Work


@dataclass(frozen=True, eq=False)
class Opening:
    """A complete schedule as a graph, whose operations can be freed.

    `steps` are the (job, step) of its operations, `choices` the (machine, duration) that each may
    have, `machine` the one that it has, `machines` those of the graph's queues.
    """

    graph: DisjunctiveGraph
    steps: Sequence[Step]
    choices: Sequence[Sequence[tuple[int, int]]]
    machine: Sequence[int]
    machines: Sequence[int]

    @classmethod
    def of(cls, work: Work, plan: Schedule) -> Opening | None:
        """The plan as a graph of its orders; None where it lacks operations or has a circle."""
        placed = {(o.job, o.step): o for o in plan.operations}
        if len(placed) != len(plan.operations) or set(placed) != set(work.choices):
            return None
        queues: dict[int, list[int]] = {machine: [] for machine in work.machines}
        for o in sorted(plan.operations, key=lambda o: (o.start, o.end)):
            if (o.machine, o.duration) not in work.choices[o.job, o.step]:
                return None
            if o.duration:
                queues[o.machine].append(work.number[o.job, o.step])
        steps = list(work.choices)
        following = [work.number.get((job, step + 1), -1) for job, step in steps]
        durations = [placed[step].duration for step in steps]
        graph = DisjunctiveGraph(following, durations, list(queues.values()))
        if graph.makespan == math.inf:
            return None
        machine = [placed[step].machine for step in steps]
        return cls(graph, steps, list(work.choices.values()), machine, work.machines)

    @cached_property
    def sequence(self) -> list[int]:
        """The operations by start, in an order that all arcs keep."""
        rank = {i: k for k, i in enumerate(self.graph.order)}
        heads = self.graph.heads
        return sorted(range(len(heads)), key=lambda i: (heads[i], rank[i]))

    @cached_property
    def rank(self) -> dict[int, int]:
        """The place of each operation in the sequence."""
        return {i: k for k, i in enumerate(self.sequence)}

    def schedule(self, free: Iterable[int] | None = None) -> Schedule:
        """The operations `free`, else all, each at its head."""
        heads, durations = self.graph.heads, self.graph.durations
        chosen = range(len(self.steps)) if free is None else free
        return Schedule.of(
            Operation(self.machine[i], heads[i], durations[i], *self.steps[i]) for i in chosen
        )

    def changed(
        self, machine: Sequence[int], durations: Sequence[int], queues: Sequence[Sequence[int]]
    ) -> Opening:
        """With other machines, and other orders on them."""
        graph = DisjunctiveGraph(self.graph.following, durations, queues)
        return replace(self, graph=graph, machine=machine)

    def in_time(self, count: int, random: np.random.Generator) -> list[int]:
        """`count` operations that start one after the other, on any machines."""
        first = int(random.integers(max(1, len(self.sequence) - count + 1)))
        return self.sequence[first : first + count]

    def on_machines(self, count: int, random: np.random.Generator) -> list[int]:
        """All operations of some machines or, where they are more, those of a time."""
        chosen: set[int] = set()
        for machine in random.permutation(len(self.machines)).tolist():
            queue = self.graph.queues[machine]
            if chosen and len(chosen) + len(queue) > count:
                break
            chosen.update(queue)
        queued = [i for i in self.sequence if i in chosen]
        first = int(random.integers(max(1, len(queued) - count + 1)))
        return queued[first : first + count]

    def near_critical(self, count: int, random: np.random.Generator) -> list[int]:
        """Operations near a critical one in time, and rather those of little slack."""
        graph = self.graph
        heads, tails = np.array(graph.heads), np.array(graph.tails)
        durations = np.array(graph.durations)
        slack = graph.makespan - heads - durations - tails
        middle = heads[random.choice(np.flatnonzero(slack == 0))]
        blur = random.random(len(heads)) * durations.mean()
        nearest = np.argsort(np.abs(heads - middle) + slack + blur, kind="stable")
        chosen = set(nearest[:count].tolist())
        return [i for i in self.sequence if i in chosen]
