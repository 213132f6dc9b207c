"""Which operations of a schedule to free, and the window that they are then."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from .disjunctive import DisjunctiveGraph
from .dispatching import Step
from .schedule import Operation, Schedule
from .window import Mode, Window

Gap = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Opening:
    """A complete schedule as a graph, whose operations can be freed.

    `steps` are the (job, step) of its operations, `machine` the machine of each, `machines` those of the graph's queues.
    """

    graph: DisjunctiveGraph
    steps: Sequence[Step]
    machine: Sequence[int]
    machines: Sequence[int]

    @cached_property
    def sequence(self) -> list[int]:
        """The operations by start, in an order that all arcs keep."""
        rank = {i: k for k, i in enumerate(self.graph.order)}
        heads = self.graph.heads
        return sorted(range(len(heads)), key=lambda i: (heads[i], rank[i]))

    def schedule(self, free: Iterable[int] | None = None) -> Schedule:
        """The operations `free`, else all, each at its head."""
        heads, durations = self.graph.heads, self.graph.durations
        chosen = range(len(self.steps)) if free is None else free
        return Schedule.of(Operation(self.machine[i], heads[i], durations[i], *self.steps[i]) for i in chosen)

    def requeued(self, queues: Sequence[Sequence[int]]) -> Opening:
        """With other orders on the machines."""
        return replace(self, graph=DisjunctiveGraph(self.graph.following, self.graph.durations, queues))

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
        heads, durations, tails = np.array(graph.heads), np.array(graph.durations), np.array(graph.tails)
        slack = graph.makespan - heads - durations - tails
        middle = heads[random.choice(np.flatnonzero(slack == 0))]
        blur = random.random(len(heads)) * durations.mean()
        chosen = set(np.argsort(np.abs(heads - middle) + slack + blur, kind="stable")[:count].tolist())
        return [i for i in self.sequence if i in chosen]

    def window(self, free: Sequence[int], size: int) -> Window | None:
        """The operations `free`, in the order of `sequence`, on the machines they have; all others keep their order, also with
        these. None where no order of these makes the whole shorter."""
        graph, number = self.graph, {i: k for k, i in enumerate(free)}
        durations, behind = graph.durations, self._relaxed(number)
        heads, tails = [0] * len(durations), [0] * len(durations)
        for i in graph.order:
            end = heads[i] + durations[i]
            for after in behind[i]:
                if heads[after] < end:
                    heads[after] = end
        for i in reversed(graph.order):
            tails[i] = max((durations[after] + tails[after] for after in behind[i]), default=0)
        least = max(h + d + t for h, d, t in zip(heads, durations, tails, strict=True))
        if least >= graph.makespan:
            return None
        modes = tuple((Mode(self.machine[i], durations[i], heads[i], tails[i]),) for i in free)
        steps = tuple(self.steps[i] for i in free)
        return Window(steps, modes, self._gaps(number, behind), least, int(graph.makespan), size)

    def _relaxed(self, free: dict[int, int]) -> list[list[int]]:
        """What directly follows each operation where free ones are in no order with each other on their machines."""
        graph = self.graph
        behind = [[after] if after >= 0 else [] for after in graph.following]
        for queue in graph.queues:
            before: list[int] = []  # the last fixed operation and the free ones since
            for i in queue:
                if i in free:
                    if before and before[0] not in free:
                        behind[before[0]].append(i)
                    before.append(i)
                else:
                    for earlier in before:
                        behind[earlier].append(i)
                    before = [i]
        return behind

    def _gaps(self, free: dict[int, int], behind: list[list[int]]) -> tuple[Gap, ...]:
        """The longest ways from free operations to the next free ones, over fixed ones only."""
        durations, gaps, left = self.graph.durations, [], len(free)
        since: dict[int, dict[int, int]] = {}  # of each operation: the free ones before it, and the least time since their ends
        for i in self.sequence:
            ways = since.pop(i, {})
            if i in free:
                gaps += [(a, free[i], gap) for a, gap in ways.items()]
                ways, left = {free[i]: 0}, left - 1
            elif ways:
                ways = {a: gap + durations[i] for a, gap in ways.items()}
            if not left:
                break
            if ways:
                for after in behind[i]:
                    known = since.setdefault(after, {})
                    for a, gap in ways.items():
                        if known.get(a, -1) < gap:
                            known[a] = gap
        return tuple(gaps)

    def restored(self, free: Sequence[int], plan: Schedule) -> Schedule:
        """The whole with the free operations in the order of `plan`, in the places that they held on their machines."""
        number = {self.steps[i]: i for i in free}
        ordered: dict[int, list[int]] = {}
        for o in sorted((o for o in plan.operations if o.duration), key=lambda o: o.start):
            ordered.setdefault(o.machine, []).append(number[o.job, o.step])
        chosen, queues = set(free), []
        for machine, queue in zip(self.machines, self.graph.queues, strict=True):
            turns = iter(ordered.get(machine, ()))
            queues.append([next(turns) if i in chosen else i for i in queue])
        return self.requeued(queues).schedule()
