"""The model of a shop, in time buckets.

`start[...,t]` says that a step starts in bucket t of the window its job leaves it, and on which
machine; `makespan[t]` that all is done by bucket t. Order variables (one bit a pair) are fewer, but
then the makespan needs start times behind big-M rows, whose slacks freeze.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from qopt import ModelSize, QoptError

from ..time_indexed import Arc, Starts
from .dispatching import Step, push_left
from .plan import Schedule
from .work import Work

if TYPE_CHECKING:
    import dimod


class Start(NamedTuple):
    """A variable: the step begins on the machine in the bucket."""

    step: Step
    machine: int
    bucket: int
    label: str


@dataclass(frozen=True, eq=False)
class BucketsModel:
    """Starts of all steps of a shop, in buckets of `width` time units.

    Parameters
    ----------
    work
        The steps.
    width
        Durations are rounded to so many time units.
    horizon
        Latest end, in time units; None for the first schedule's.
    first
        A schedule of the shop. Where it keeps the horizon, the model has its order.
    prefix
        The label of a start, by step and machine, without its time.
    """

    work: Work
    width: int
    horizon: int | None
    first: Schedule
    prefix: Callable[[Step, int], str]

    @property
    def exact(self) -> bool:
        """Whether the best schedule is among those of the model."""
        return self.width == 1 and self._keeps_first

    @property
    def _keeps_first(self) -> bool:
        return self.horizon is None or self.horizon >= self.first.makespan

    def size(self) -> ModelSize:
        return self._model.size()

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        labels = [start.label for start in self._starts]
        labels += [f"makespan[{t}]" for t in self._makespans]
        late = np.zeros(len(labels))
        late[len(self._starts) :] = self.width * np.arange(len(self._makespans))
        return self._model.cqm(labels, late, float(self.width * self._makespans[0]))

    def chosen(self, sample: Mapping[Any, float]) -> dict[Step, tuple[int, int]]:
        """(machine, bucket) of each step that has exactly one start."""
        starts_of: dict[Step, list[tuple[int, int]]] = {}
        for step, machine, bucket, label in self._starts:
            if sample[label] > 0.5:
                starts_of.setdefault(step, []).append((machine, bucket))
        return {step: starts[0] for step, starts in starts_of.items() if len(starts) == 1}

    def sample(self, order: Mapping[Step, int], machines: Mapping[Step, int]) -> dict[Any, float]:
        """The assignment of all steps in this order, on these machines, pushed to the left.

        Raises QoptError where that ends after the horizon.
        """
        placed = push_left(self.work.assigned(machines, self._in_buckets), order)
        end = max((end for _, end in placed.values()), default=0)
        sample = {start.label: 0.0 for start in self._starts}
        labels = [self._label(step, machines[step], start) for step, (start, _) in placed.items()]
        last = self._makespans[-1]
        if end > last or not all(label in sample for label in labels):
            late = f"after the model's horizon {last * self.width}"
            raise QoptError(f"the plan ends at {end * self.width}, {late}; give a larger horizon=")
        sample |= dict.fromkeys(labels, 1.0)
        ends_by = max(end, self._makespans[0])
        return sample | {f"makespan[{t}]": float(t == ends_by) for t in self._makespans}

    def _label(self, step: Step, machine: int, bucket: int) -> str:
        return f"{self.prefix(step, machine)},{bucket}]"

    def _in_buckets(self, duration: int) -> int:
        """A duration in buckets, at least one unless it is 0."""
        return max(1, round(duration / self.width)) if duration else 0

    @cached_property
    def _makespans(self) -> range:
        """In buckets, from the longest job or machine to the horizon."""
        least = self.work.least_makespan(self._in_buckets)
        most = least if self.horizon is None else -(-self.horizon // self.width)
        if self._keeps_first:
            # rounded to buckets it may end later, and the model must have its order all the same
            order = {(o.job, o.step): o.start for o in self.first.operations}
            machines = {(o.job, o.step): o.machine for o in self.first.operations}
            placed = push_left(self.work.assigned(machines, self._in_buckets), order)
            most = max(most, *(end for _, end in placed.values()))
        return range(least, max(least, most) + 1)

    @cached_property
    def _starts(self) -> list[Start]:
        """Those late enough for the steps before them, and early enough for those after."""
        least = self.work.shortest(self._in_buckets)
        before, after = dict[Step, int](), dict[Step, int]()
        for job, step in least:
            earlier = (job, step - 1)
            before[job, step] = before[earlier] + least[earlier] if step else 0
        for job, step in reversed(least):
            later = (job, step + 1)
            after[job, step] = after[later] + least[later] if later in least else 0
        return [
            Start(step, machine, bucket, self._label(step, machine, bucket))
            for step, choices in self.work.choices.items()
            for machine, duration in choices
            for bucket in range(
                before[step],
                self._makespans[-1] - self._in_buckets(duration) - after[step] + 1,
            )
        ]

    @cached_property
    def _model(self) -> Starts:
        """The makespan is one operation more, of length 0, behind all jobs."""
        number, end = self.work.number, len(self.work.number)
        takes = {
            (step, machine): self._in_buckets(duration)
            for step, choices in self.work.choices.items()
            for machine, duration in choices
        }
        rows = []
        for step, machine, bucket, _ in self._starts:
            duration = takes[step, machine]
            needed = machine if duration else -1
            rows.append((number[step], step[0], needed, bucket, bucket + duration))
        rows += [(end, self.work.jobs, -1, t, t) for t in self._makespans]
        operation, job, machines, start, ends = np.array(rows, dtype=np.int64).T
        arcs = [Arc(i - 1, i, 0, f"order[{j},{s}]") for (j, s), i in number.items() if s]
        last = {j: i for (j, _), i in number.items()}
        arcs += [Arc(i, end, 0, f"end[{j}]") for j, i in last.items()]
        groups = [*(f"once[{j},{s}]" for j, s in number), "makespan"]
        return Starts(operation, job, machines, start, ends, groups, arcs)
