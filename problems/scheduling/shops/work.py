"""The work of a shop: what each step may choose, and when all is done in a given order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from qopt import Evaluation, Violation

from .dispatching import Jobs, Step, dispatched, push_left
from .plan import Operation, Schedule


@dataclass(frozen=True, eq=False)
class Work:
    """For each step, job by job, the machines that it may take, with durations."""

    choices: Mapping[Step, tuple[tuple[int, int], ...]]

    @cached_property
    def jobs(self) -> int:
        return 1 + max(job for job, _ in self.choices)

    @cached_property
    def machines(self) -> list[int]:
        return sorted({machine for choices in self.choices.values() for machine, _ in choices})

    @cached_property
    def number(self) -> dict[Step, int]:
        """The number of each step, job by job."""
        return {step: number for number, step in enumerate(self.choices)}

    def shortest(self, scale: Callable[[int], int]) -> dict[Step, int]:
        """Each step on the machine where it is shortest."""
        return {
            step: min(scale(duration) for _, duration in choices)
            for step, choices in self.choices.items()
        }

    def least_makespan(self, scale: Callable[[int], int]) -> int:
        """The longest job or machine; no schedule is shorter.

        Each step is as short as it can be, and on a machine if it can be on no other.
        """
        lengths: dict[tuple[str, int], int] = {}
        for step, least in self.shortest(scale).items():
            takes = [("job", step[0])]
            if len(self.choices[step]) == 1:
                takes.append(("machine", self.choices[step][0][0]))
            for one in takes:
                lengths[one] = lengths.get(one, 0) + least
        return max(lengths.values())

    def assigned(self, machines: Mapping[Step, int], scale: Callable[[int], int]) -> Jobs:
        """(machine, duration) of each step on its machine.

        Steps without one are left out, and so are those after them.
        """
        jobs: list[list[tuple[int, int]]] = [[] for _ in range(self.jobs)]
        for step, choices in self.choices.items():
            if step in machines and len(jobs[step[0]]) == step[1]:
                own = next(duration for m, duration in choices if m == machines[step])
                jobs[step[0]].append((machines[step], scale(own)))
        return jobs

    def schedule(self, order: Mapping[Step, float], machines: Mapping[Step, int]) -> Schedule:
        """The semi-active schedule of an order, on these machines."""
        placed = push_left(self.assigned(machines, lambda duration: duration), order)
        return Schedule.of(
            Operation(machines[j, s], start, end - start, j, s)
            for (j, s), (start, end) in placed.items()
        )

    def dispatched(self) -> Schedule:
        """The best of three dispatching rules.

        They are most work remaining, shortest operation first, and first come first served.
        """
        shortest = self.shortest(lambda duration: duration)
        remaining = dict(shortest)
        for job, step in sorted(remaining, reverse=True):
            remaining[job, step] += remaining.get((job, step + 1), 0)
        most_work_remaining: dict[Step, float] = {step: -work for step, work in remaining.items()}
        shortest_first: dict[Step, float] = {**shortest}
        first_come: dict[Step, float] = dict.fromkeys(remaining, 0.0)
        choices: list[list[tuple[tuple[int, int], ...]]] = [[] for _ in range(self.jobs)]
        for (job, _), machines in self.choices.items():
            choices[job].append(machines)
        schedules = []
        for rule in (most_work_remaining, shortest_first, first_come):
            placed = dispatched(choices, rule)
            order = {step: start for step, (_, start) in placed.items()}
            machine_of = {step: machine for step, (machine, _) in placed.items()}
            schedules.append(self.schedule(order, machine_of))
        return min(schedules, key=lambda schedule: schedule.makespan)

    def evaluate(self, plan: Schedule) -> Evaluation:
        """The makespan, and what a schedule breaks."""
        broken: list[Violation] = []
        placed: dict[Step, Operation] = {}
        for operation in plan.operations:
            step = (operation.job, operation.step)
            name = f"operation[{operation.job},{operation.step}]"
            if step not in self.choices or step in placed:
                broken.append(Violation(name, 1.0, "extra"))
            elif (operation.machine, operation.duration) not in self.choices[step]:
                broken.append(Violation(name, 1.0, "changed"))
            placed.setdefault(step, operation)
        broken += self._out_of_order(placed) + _overlapping(placed)
        work = sum(operation.duration for operation in placed.values())
        busy = work / (plan.makespan * len(self.machines)) if plan.makespan else 0.0
        return Evaluation(float(plan.makespan), tuple(broken), {"utilisation": busy})

    def _out_of_order(self, placed: Mapping[Step, Operation]) -> list[Violation]:
        """Operations that are missing, or begin before those before them have ended."""
        broken = []
        for job, step in self.choices:
            operation, before = placed.get((job, step)), placed.get((job, step - 1))
            if operation is None:
                broken.append(Violation(f"operation[{job},{step}]", 1.0, "missing"))
                continue
            early = (before.end if before is not None else 0) - operation.start
            if early > 0:
                broken.append(Violation(f"order[{job},{step}]", float(early), "time units"))
        return broken


def _overlapping(placed: Mapping[Step, Operation]) -> list[Violation]:
    """Operations at once on a machine; those of length 0 need none."""
    broken = []
    busy_until: dict[int, int] = {}
    taking = (operation for operation in placed.values() if operation.duration)
    for operation in sorted(taking, key=lambda o: (o.machine, o.start, o.end)):
        free = busy_until.get(operation.machine, operation.start)
        if operation.start < free:
            shared = min(free, operation.end) - operation.start
            broken.append(Violation(f"machine[{operation.machine}]", float(shared), "time units"))
        busy_until[operation.machine] = max(free, operation.end)
    return broken
