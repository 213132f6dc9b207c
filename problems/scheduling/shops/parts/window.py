"""A window of a schedule: some operations free, the rest where it is.

What is fixed leaves each free operation a head (nothing before it ends earlier), a tail (what
follows takes as long), and gaps between free ones: it is a smaller shop with release and delivery
times, whose objective is the makespan of the whole.

Formulation: time-indexed, `start[j,s,machine m,t]`, and *no objective*. An operation may start only
where its head and its tail keep the whole shorter than at present, so every feasible assignment is
an improvement, but for what buckets blur; `decode` makes it exact. Feasibility alone anneals far
better than a price on late starts: of 49 improvable windows of 20 operations of la16, orb01 and
others 84 % were improved in one anneal of 400 variables and 50 sweeps, and 44 % with linear costs
on late starts (a trial). Buckets begin at each operation's head, and durations are shortened by
half a bucket: roundings of starts go up, so that errors are as often to this side as to that.

Source: heads and tails as in the shifting bottleneck procedure of Adams, Balas and Zawack (1988).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, QoptError, Violation

from ...time_indexed import Arc, Starts
from ..dispatching import Step
from ..plan import Operation, Schedule

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True)
class Mode:
    """A machine that an operation may take, and for how long.

    It starts not before `head`, and `tail` of the whole comes after it.
    """

    machine: int
    duration: int
    head: int
    tail: int

    @property
    def earliest_end(self) -> int:
        """Of the whole, with this operation at its head."""
        return self.head + self.duration + self.tail


@dataclass(frozen=True, eq=False)
class Window:
    """Free operations of a shop.

    Parameters
    ----------
    steps
        Their (job, step), in an order that all gaps keep.
    modes
        For each the machines it may take, in whole time units; one or more.
    gaps
        (a, b, gap): operation `steps[b]` starts no earlier than `gap` after the end of `steps[a]`;
        a < b.
    least
        The makespan of the whole is never below this.
    latest
        The makespan of the whole that the model allows.
    size
        Variables of the model at most.
    """

    steps: tuple[Step, ...]
    modes: tuple[tuple[Mode, ...], ...]
    gaps: tuple[tuple[int, int, int], ...]
    least: int
    latest: int
    size: int

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Schedule

    @property
    def model_is_exact(self) -> bool:
        """It asks for a schedule within `latest`, not for the shortest."""
        return False

    def model_size(self) -> ModelSize:
        return self._starts.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._starts.cqm(self._labels)

    def decode(self, sample: Mapping[Any, float]) -> Schedule:
        """The semi-active schedule of the sampled order.

        An operation without just one start is left out, and what follows it.
        """
        chosen: dict[int, list[int]] = {}
        operations = self._starts.operation.tolist()
        for variable, label in enumerate(self._labels):
            if sample[label] > 0.5:
                chosen.setdefault(operations[variable], []).append(variable)
        once = {
            operation: variables[0]
            for operation, variables in chosen.items()
            if len(variables) == 1
        }
        keys = {
            operation: int(self._starts.start[variable]) for operation, variable in once.items()
        }
        return self._push_left(
            keys, {operation: self._mode_of[variable] for operation, variable in once.items()}
        )

    def encode(self, plan: Schedule) -> dict[Any, float]:
        """The assignment with the plan's machines and orders.

        Raises QoptError for one that the buckets leave no room.
        """
        numbers = {step: k for k, step in enumerate(self.steps)}
        placed = {numbers.get((o.job, o.step), -1): o for o in plan.operations}
        if len(placed) != len(plan.operations) or set(placed) != set(range(len(self.steps))):
            raise QoptError(
                "the plan does not give a start to exactly the operations of the window"
            )
        ready, free = [0] * len(self.steps), dict[int, int]()
        sample = dict.fromkeys(self._labels, 0.0)
        for k in sorted(placed, key=lambda k: (placed[k].start, k)):
            o = placed[k]
            own = [v for v in self._variables[k] if self._mode_of[v].machine == o.machine]
            least = max(ready[k], free.get(o.machine, 0) if o.duration else 0)
            fitting = [v for v in own if self._starts.start[v] >= least]
            if not fitting:
                raise QoptError(
                    f"the model's buckets of {self.bucket} time units leave this order of the "
                    "window no room"
                )
            sample[self._labels[fitting[0]]] = 1.0
            end = int(self._starts.end[fitting[0]])
            if o.duration:
                free[o.machine] = end
            for b, gap in self._behind[k]:
                ready[b] = max(ready[b], end + gap)
        return sample

    def evaluate(self, plan: Schedule) -> Evaluation:
        """The makespan of the whole.

        Broken are operations missing, repeated or in no mode, heads, gaps and machines.
        """
        numbers = {step: k for k, step in enumerate(self.steps)}
        placed: dict[int, tuple[Operation, Mode]] = {}
        violations: list[Violation] = []
        for o in plan.operations:
            k = numbers.get((o.job, o.step), -1)
            modes = (
                [
                    mode
                    for mode in self.modes[k]
                    if (mode.machine, mode.duration) == (o.machine, o.duration)
                ]
                if k >= 0
                else []
            )
            if not modes or k in placed:
                violations.append(
                    Violation(f"operation[{o.job},{o.step}]", 1.0, "changed" if k >= 0 else "extra")
                )
                continue
            placed[k] = o, modes[0]
            if o.start < modes[0].head:
                violations.append(
                    Violation(
                        f"head[{o.job},{o.step}]", float(modes[0].head - o.start), "time units"
                    )
                )
        for k, (job, step) in enumerate(self.steps):
            if k not in placed:
                violations.append(Violation(f"operation[{job},{step}]", 1.0, "missing"))
        for a, b, gap in self.gaps:
            if (
                a in placed
                and b in placed
                and (early := placed[a][0].end + gap - placed[b][0].start) > 0
            ):
                violations.append(
                    Violation("order[{},{}]".format(*self.steps[b]), float(early), "time units")
                )
        free: dict[int, int] = {}
        for o, _ in sorted(placed.values(), key=lambda item: (item[0].start, item[0].end)):
            if o.duration:
                if (shared := min(free.get(o.machine, 0), o.end) - o.start) > 0:
                    violations.append(
                        Violation(f"machine[{o.machine}]", float(shared), "time units")
                    )
                free[o.machine] = max(free.get(o.machine, 0), o.end)
        makespan = max((o.end + mode.tail for o, mode in placed.values()), default=0)
        return Evaluation(float(max(self.least, makespan)), tuple(violations))

    @cached_property
    def bucket(self) -> int:
        """The narrowest buckets, in time units, with which `size` variables are enough."""
        rooms = np.array(
            [self._room(mode) for modes in self.modes for mode in modes if self._room(mode) >= 0]
        )
        low, high = 1, int(rooms.max()) + 1
        while low < high:
            middle = (low + high) // 2
            if int((rooms // middle + 1).sum()) <= self.size:
                high = middle
            else:
                low = middle + 1
        return low

    def _room(self, mode: Mode) -> int:
        """How much later than its head an operation may start.

        Negative where this mode does not keep `latest`.
        """
        return self.latest - mode.earliest_end

    @cached_property
    def _counts(self) -> list[tuple[int, Mode, int]]:
        """(operation, mode, starts) of each mode that keeps `latest`."""
        return [
            (k, mode, self._room(mode) // self.bucket + 1)
            for k, modes in enumerate(self.modes)
            for mode in modes
            if self._room(mode) >= 0
        ]

    @cached_property
    def _starts(self) -> Starts:
        counts = np.array([count for _, _, count in self._counts])
        table = np.array(
            [
                (k, self.steps[k][0], m.machine if m.duration else -1, m.head, m.duration)
                for k, m, _ in self._counts
            ]
        )
        rows = np.repeat(table, counts, axis=0)
        tick = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        start = rows[:, 3] + tick * self.bucket
        shortened = np.where(rows[:, 4] > 0, np.maximum(rows[:, 4] - self.bucket // 2, 1), 0)
        return Starts(
            operation=rows[:, 0],
            job=rows[:, 1],
            machine=rows[:, 2],
            start=start,
            end=start + shortened,
            groups=[f"once[{job},{step}]" for job, step in self.steps],
            arcs=[Arc(a, b, gap, "order") for a, b, gap in self.gaps],
        )

    @cached_property
    def _mode_of(self) -> list[Mode]:
        return [mode for _, mode, count in self._counts for _ in range(count)]

    @cached_property
    def _labels(self) -> list[str]:
        return [
            "start[{},{},machine {},{}]".format(*self.steps[k], mode.machine, t)
            for k, mode, count in self._counts
            for t in range(mode.head, mode.head + count * self.bucket, self.bucket)
        ]

    @cached_property
    def _variables(self) -> list[range]:
        """The variables of each operation."""
        bounds = np.searchsorted(self._starts.operation, np.arange(len(self.steps) + 1)).tolist()
        return [range(a, b) for a, b in pairwise(bounds)]

    @cached_property
    def _behind(self) -> list[list[tuple[int, int]]]:
        """The operations that follow each, with gaps."""
        behind: list[list[tuple[int, int]]] = [[] for _ in self.steps]
        for a, b, gap in self.gaps:
            behind[a].append((b, gap))
        return behind

    def _push_left(self, keys: Mapping[int, int], modes: Mapping[int, Mode]) -> Schedule:
        """Every operation as early as the order of the keys allows.

        What follows a missing one is left out.
        """
        waits = [0] * len(self.steps)
        for _, b, _ in self.gaps:
            waits[b] += 1
        ready, free = [0] * len(self.steps), dict[int, int]()
        waiting = [(keys[k], k) for k in keys if not waits[k]]
        heapify(waiting)
        operations = []
        while waiting:
            _, k = heappop(waiting)
            mode, (job, step) = modes[k], self.steps[k]
            start = max(ready[k], mode.head)
            if mode.duration:
                start = max(start, free.get(mode.machine, 0))
                free[mode.machine] = start + mode.duration
            operations.append(Operation(mode.machine, start, mode.duration, job, step))
            for b, gap in self._behind[k]:
                ready[b] = max(ready[b], start + mode.duration + gap)
                waits[b] -= 1
                if not waits[b] and b in keys:
                    heappush(waiting, (keys[b], b))
        return Schedule.of(operations)
