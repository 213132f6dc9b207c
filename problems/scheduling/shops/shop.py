"""What job shops have in common: jobs of steps in a fixed order, each on one of the machines it may take, done early.

Formulation: time buckets. `start[...,t]` says that a step starts in bucket t of the window its job leaves it, and on which
machine; `makespan[t]` that all is done by bucket t. Order variables (one bit a pair) are fewer, but then the makespan needs
start times behind big-M rows, whose slacks freeze.

`decode` reads only the machines and the *order* of the sampled starts and builds the semi-active schedule of that order, so a
sample whose operations all have one start gives a feasible schedule with an exact makespan, whatever the bucket width.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Integral
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, Violation
from qopt.kit.checks import Place, listed, require_count

from ..time_indexed import Arc, Starts
from .disjunctive import DisjunctiveGraph
from .dispatching import Jobs, Step, dispatched, push_left
from .gantt import draw_schedule
from .moves import descended
from .parts.freed import Freed
from .parts.opening import Opening
from .plan import Operation, Schedule

if TYPE_CHECKING:
    import dimod

StepT = TypeVar("StepT")

LONGEST = 10**12  # of a duration: sums of more would lose their units in floating point
BUCKETS = 100  # the horizon is cut into at most this many, unless `bucket` says otherwise
STARTS = 8  # variables an operation of a window, about: 30 operations in 200 variables got 83 to 90 % of what could be gained,
# and 72 to 86 % in 400, in nearly twice the time (a trial)


@dataclass(frozen=True)
class Shop(ABC):
    """The common part of `JobShop` and `FlexibleJobShop`, which explain the fields."""

    jobs: tuple[Any, ...]
    bucket: int | None = None
    horizon: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar = "min"
    plan_type: ClassVar = Schedule
    kinds: ClassVar[tuple[str, ...]] = ("time", "machines", "critical")

    def __post_init__(self) -> None:
        require_count("bucket", self.bucket, optional=True)
        require_count("horizon", self.horizon, optional=True)
        least = self._shortest(lambda duration: duration)
        if self.horizon is not None and self.horizon < least:
            message = f"horizon={self.horizon}: a job or a machine alone takes {least}"
            raise QoptError(f"{message}; give that or more", ("horizon",))

    @property
    @abstractmethod
    def _choices(self) -> dict[Step, tuple[tuple[int, int], ...]]:
        """The machines, with durations, that each step may take."""

    @abstractmethod
    def _prefix(self, step: Step, machine: int) -> str:
        """The label of a start without its time."""

    @property
    def model_is_exact(self) -> bool:
        """With buckets of one time unit, and a horizon that the greedy schedule keeps."""
        return self._bucket == 1 and (
            self.horizon is None or self.horizon >= self.greedy().makespan
        )

    def model_size(self) -> ModelSize:
        return self._starts.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        labels = [label for _, _, _, label in self._variables]
        labels += [f"makespan[{t}]" for t in self._makespans]
        late = np.zeros(len(labels))
        late[len(labels) - len(self._makespans) :] = self._bucket * np.arange(len(self._makespans))
        return self._starts.cqm(labels, late, float(self._bucket * self._makespans[0]))

    def decode(self, sample: Mapping[Any, float]) -> Schedule:
        """The semi-active schedule of the sampled machines and order. An operation without exactly one start is left out, and
        with it the later steps of its job."""
        chosen: dict[Step, list[tuple[int, int]]] = {}
        for step, machine, start, label in self._variables:
            if sample[label] > 0.5:
                chosen.setdefault(step, []).append((machine, start))
        once = {step: found[0] for step, found in chosen.items() if len(found) == 1}
        return self._schedule(
            {step: start for step, (_, start) in once.items()},
            {step: m for step, (m, _) in once.items()},
        )

    def encode(self, plan: Schedule) -> dict[Any, float]:
        """The assignment with the plan's machines and orders; a plan that is not semi-active is pushed to the left.

        Raises QoptError for a plan that lacks an operation, has one where it may not be, or whose order ends after the
        model's horizon.
        """
        order = {(o.job, o.step): o.start for o in plan.operations}
        machines = {(o.job, o.step): o.machine for o in plan.operations}
        if set(order) != set(self._choices) or len(order) != len(plan.operations):
            raise QoptError(
                "the plan does not give a start to exactly the operations of the job shop"
            )
        for o in plan.operations:
            if (o.machine, o.duration) not in self._choices[o.job, o.step]:
                raise QoptError(
                    f"job {o.job} step {o.step} cannot be on machine {o.machine} for {o.duration}"
                )
        placed = push_left(self._assigned(machines, self._in_buckets), order)
        end = max((end for _, end in placed.values()), default=0)
        sample = {label: 0.0 for _, _, _, label in self._variables}
        labels = [
            f"{self._prefix(step, machines[step])},{start}]" for step, (start, _) in placed.items()
        ]
        if end > self._makespans[-1] or not all(label in sample for label in labels):
            raise QoptError(
                f"the plan ends at {end * self._bucket}, after the model's horizon {self._makespans[-1] * self._bucket}; "
                "give a larger horizon="
            )
        sample |= dict.fromkeys(labels, 1.0)
        return sample | {
            f"makespan[{t}]": float(t == max(end, self._makespans[0])) for t in self._makespans
        }

    def evaluate(self, plan: Schedule) -> Evaluation:
        """The makespan; broken are operations missing, repeated, on a wrong machine or of another length, steps before
        their predecessor's end, and two operations at once on a machine. Operations of length 0 need no machine."""
        violations: list[Violation] = []
        placed: dict[Step, Operation] = {}
        for operation in plan.operations:
            step = (operation.job, operation.step)
            name = f"[{operation.job},{operation.step}]"
            if step not in self._choices or step in placed:
                violations.append(Violation(f"operation{name}", 1.0, "extra"))
            elif (operation.machine, operation.duration) not in self._choices[step]:
                violations.append(Violation(f"operation{name}", 1.0, "changed"))
            placed.setdefault(step, operation)
        for job, index in self._choices:
            operation_, before = placed.get((job, index)), placed.get((job, index - 1))
            if operation_ is None:
                violations.append(Violation(f"operation[{job},{index}]", 1.0, "missing"))
                continue
            ready = before.end if before is not None else 0
            if operation_.start < ready:
                violations.append(
                    Violation(
                        f"order[{job},{index}]", float(ready - operation_.start), "time units"
                    )
                )
        busy_until: dict[int, int] = {}
        for operation in sorted(
            (o for o in placed.values() if o.duration), key=lambda o: (o.machine, o.start, o.end)
        ):
            free = busy_until.get(operation.machine, operation.start)
            if operation.start < free:
                shared = min(free, operation.end) - operation.start
                violations.append(
                    Violation(f"machine[{operation.machine}]", float(shared), "time units")
                )
            busy_until[operation.machine] = max(free, operation.end)
        work = sum(operation.duration for operation in placed.values())
        busy = work / (plan.makespan * len(self._machines)) if plan.makespan else 0.0
        return Evaluation(float(plan.makespan), tuple(violations), {"utilisation": busy})

    def greedy(self) -> Schedule:
        """The best of three dispatching rules: most work remaining, shortest operation first, first come first served."""
        shortest = {
            step: min(duration for _, duration in choices)
            for step, choices in self._choices.items()
        }
        left = dict(shortest)
        for job, step in sorted(left, reverse=True):
            left[job, step] += left.get((job, step + 1), 0)
        rules: list[dict[Step, float]] = [
            {step: -left[step] for step in left},
            {**shortest},
            dict.fromkeys(left, 0.0),
        ]
        choices = [
            [self._choices[j, s] for s in range(len(job))] for j, job in enumerate(self.jobs)
        ]
        schedules = []
        for rule in rules:
            placed = dispatched(choices, rule)
            machines = {step: machine for step, (machine, _) in placed.items()}
            schedules.append(
                self._schedule({step: start for step, (_, start) in placed.items()}, machines)
            )
        return min(schedules, key=lambda schedule: schedule.makespan)

    def neighbourhood(
        self,
        plan: Schedule,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Operations that start one after the other ("time"), those of some machines ("machines"), or those near a critical
        one ("critical") get new orders on the machines they have; the others keep theirs.

        None where no order of them gives a shorter schedule, or the plan is not feasible.
        """
        choices = sum(map(len, self._choices.values())) / len(self._choices)
        opening, count = (
            self._opening(plan),
            int(size / max(STARTS, 2 * choices)),
        )  # two starts a machine or more
        if opening is None or count < 2:
            return None
        choose = {
            "time": opening.in_time,
            "machines": opening.on_machines,
            "critical": opening.near_critical,
        }[kind]
        free = choose(count, random)
        freed = Freed(opening, free)
        window = freed.window(size)
        return (
            None
            if window is None
            else Neighbourhood(window, opening.schedule(free), freed.restored)
        )

    def improve(self, plan: Schedule) -> Schedule:
        """Operations moved to the ends of their critical blocks, as long as that makes it shorter."""
        opening = self._opening(plan)
        if opening is None:
            return plan
        better = descended(opening.graph)
        return plan if better is opening.graph else replace(opening, graph=better).schedule()

    def draw(self, plan: Schedule, axes: Any) -> None:
        """A Gantt chart: a row a machine, a colour a job."""
        draw_schedule(plan, axes, self.name or "schedule")

    def _schedule(self, order: Mapping[Step, float], machines: Mapping[Step, int]) -> Schedule:
        """The semi-active schedule of an order, on these machines."""
        jobs = self._assigned(machines, lambda duration: duration)
        placed = push_left(jobs, order)
        return Schedule.of(
            Operation(machines[j, s], start, end - start, j, s)
            for (j, s), (start, end) in placed.items()
        )

    def _assigned(self, machines: Mapping[Step, int], scale: Callable[[int], int]) -> Jobs:
        """(machine, duration) of each step on its machine; steps without one are left out, and those after them."""
        jobs: list[list[tuple[int, int]]] = [[] for _ in self.jobs]
        for step, choices in self._choices.items():
            if step in machines and len(jobs[step[0]]) == step[1]:
                jobs[step[0]].append(
                    next((m, scale(duration)) for m, duration in choices if m == machines[step])
                )
        return jobs

    def _opening(self, plan: Schedule) -> Opening | None:
        """The plan as a graph of its orders; None where it lacks operations or contradicts itself."""
        placed = {(o.job, o.step): o for o in plan.operations}
        if len(placed) != len(plan.operations) or set(placed) != set(self._choices):
            return None
        number = {step: i for i, step in enumerate(self._choices)}
        queues: dict[int, list[int]] = {machine: [] for machine in self._machines}
        for o in sorted(plan.operations, key=lambda o: (o.start, o.end)):
            if (o.machine, o.duration) not in self._choices[o.job, o.step]:
                return None
            if o.duration:
                queues[o.machine].append(number[o.job, o.step])
        following = [number.get((job, step + 1), -1) for job, step in number]
        durations = [placed[step].duration for step in number]
        graph = DisjunctiveGraph(following, durations, list(queues.values()))
        if graph.makespan == math.inf:
            return None
        machine = [placed[step].machine for step in number]
        return Opening(graph, list(number), list(self._choices.values()), machine, self._machines)

    @cached_property
    def _machines(self) -> list[int]:
        return sorted({machine for choices in self._choices.values() for machine, _ in choices})

    @cached_property
    def _bucket(self) -> int:
        if self.bucket is not None:
            return self.bucket
        return max(1, -(-(self.horizon or self.greedy().makespan) // BUCKETS))

    def _in_buckets(self, duration: int) -> int:
        """A duration in buckets, at least one unless it is 0."""
        return max(1, round(duration / self._bucket)) if duration else 0

    @cached_property
    def _makespans(self) -> range:
        """The makespans the model can express, in buckets: from the longest job or machine to the horizon."""
        least = self._shortest(self._in_buckets)
        most = least if self.horizon is None else -(-self.horizon // self._bucket)
        greedy = self.greedy()
        if self.horizon is None or self.horizon >= greedy.makespan:
            # durations are rounded to buckets: where the greedy schedule keeps the horizon, its order must too
            order = {(o.job, o.step): o.start for o in greedy.operations}
            jobs = self._assigned(
                {(o.job, o.step): o.machine for o in greedy.operations}, self._in_buckets
            )
            most = max(most, *(end for _, end in push_left(jobs, order).values()))
        return range(least, max(least, most) + 1)

    def _shortest(self, scale: Callable[[int], int]) -> int:
        """The longest job or machine, each step as short as it can be, and on a machine if on no other: none is shorter."""
        lengths: dict[tuple[str, int], int] = {}
        for (job, _), choices in self._choices.items():
            least = min(scale(duration) for _, duration in choices)
            lengths["job", job] = lengths.get(("job", job), 0) + least
            if len(choices) == 1:
                lengths["machine", choices[0][0]] = (
                    lengths.get(("machine", choices[0][0]), 0) + least
                )
        return max(lengths.values())

    @cached_property
    def _variables(self) -> list[tuple[Step, int, int, str]]:
        """(step, machine, bucket, label) of each start: after the steps before it, early enough for those after it."""
        variables = []
        least = {
            step: min(self._in_buckets(d) for _, d in choices)
            for step, choices in self._choices.items()
        }
        for job, steps in enumerate(self.jobs):
            before, after = 0, sum(least[job, s] for s in range(len(steps)))
            for s in range(len(steps)):
                after -= least[job, s]
                for machine, duration in self._choices[job, s]:
                    prefix, last = (
                        self._prefix((job, s), machine),
                        self._makespans[-1] - self._in_buckets(duration) - after,
                    )
                    variables += [
                        ((job, s), machine, t, f"{prefix},{t}]") for t in range(before, last + 1)
                    ]
                before += least[job, s]
        return variables

    @cached_property
    def _starts(self) -> Starts:
        """The model's starts; the makespan is one operation more, of length 0, behind all jobs."""
        number = {step: i for i, step in enumerate(self._choices)}
        durations = {
            (step, m): self._in_buckets(d)
            for step, choices in self._choices.items()
            for m, d in choices
        }
        rows = [
            (
                number[step],
                step[0],
                machine if durations[step, machine] else -1,
                t,
                t + durations[step, machine],
            )
            for step, machine, t, _ in self._variables
        ]
        rows += [(len(number), len(self.jobs), -1, t, t) for t in self._makespans]
        operation, job, machine_, start, end = np.array(rows, dtype=np.int64).T
        arcs = [Arc(i - 1, i, 0, f"order[{j},{s}]") for (j, s), i in number.items() if s]
        arcs += [
            Arc(number[j, len(steps) - 1], len(number), 0, f"end[{j}]")
            for j, steps in enumerate(self.jobs)
        ]
        groups = [*(f"once[{j},{s}]" for j, s in number), "makespan"]
        return Starts(operation, job, machine_, start, end, groups, arcs)


def jobs_of(given: Any, of: str, checked: Callable[[str, tuple[Any, ...], Place], StepT]) -> Any:
    """The steps of each job as `checked` makes them of (what to call a step, what is given of it, its place).

    Raises QoptError for no job, a job without steps, and what is no list.
    """
    jobs = listed("jobs", given)
    steps = [listed(f"job {j}", job, ("jobs", j)) for j, job in enumerate(jobs)]
    if not jobs or not all(steps):
        raise QoptError(f"{of} needs at least one job, and every job at least one step")
    return tuple(
        tuple(
            checked(f"job {j} step {s}", listed(f"job {j} step {s}", step, ("jobs", j, s)), ("jobs", j, s))
            for s, step in enumerate(job)
        )
        for j, job in enumerate(steps)
    )  # fmt: skip


def is_whole(value: object) -> bool:
    """Whether it is a whole number, 0 or more."""
    return (
        isinstance(value, Integral) and not isinstance(value, bool) and 0 <= int(value) <= LONGEST
    )
