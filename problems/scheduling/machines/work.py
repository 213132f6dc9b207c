"""The work of parallel machines: how long jobs take, and when they are done in a given order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, UnknownName, Violation

from .plan import Queues, Turn
from .tables import Durations, Setups, durations_of, setups_of

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Work:
    """Jobs and machines; `ParallelMachines` says what is asked of them."""

    durations: Durations
    machines: tuple[str, ...] = ()
    setups: Setups = ()
    jobs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        durations, machines, jobs = durations_of(self.durations, self.machines, self.jobs)
        object.__setattr__(self, "durations", durations)
        object.__setattr__(self, "machines", machines)
        object.__setattr__(self, "jobs", jobs)
        object.__setattr__(self, "setups", setups_of(self.setups, machines, jobs))

    def queues(self, plan: Queues) -> dict[str, list[str]]:
        """The jobs on each machine, in turn. Raises QoptError for unknown names."""
        queues: dict[str, list[str]] = {machine: [] for machine in self.machines}
        for machine, turns in plan.by_machine().items():
            self.require_known(machine, *(turn.job for turn in turns))
            queues[machine] += [turn.job for turn in turns]
        return queues

    def evaluate(self, plan: Queues) -> Evaluation:
        """The end of the last turn.

        Broken are jobs missing, repeated, of another length or on a machine that cannot do them,
        and turns that begin before the one before has ended and the machine is set up.
        """
        violations: list[Violation] = []
        times = dict.fromkeys(self.jobs, 0)
        for turn in plan.turns:
            if turn.job not in times or turn.machine not in self.place_of:
                violations.append(
                    Violation(
                        f"job[{turn.job}]", 1.0, f"unknown, or on unknown machine {turn.machine}"
                    )
                )
                continue
            times[turn.job] += 1
            takes = self.durations[self.number_of[turn.job]][self.place_of[turn.machine]]
            if takes is None:
                violations.append(
                    Violation(f"job[{turn.job}]", 1.0, f"on {turn.machine}, which cannot do it")
                )
            elif turn.end - turn.start != takes:
                violations.append(
                    Violation(
                        f"job[{turn.job}]",
                        float(abs(turn.end - turn.start - takes)),
                        "time units changed",
                    )
                )
            if turn.start < 0:
                violations.append(
                    Violation(f"job[{turn.job}]", float(-turn.start), "time units before 0")
                )
        for job, count in times.items():
            if count != 1:
                violations.append(
                    Violation(f"job[{job}]", float(abs(count - 1)), "extra" if count else "missing")
                )
        for machine, turns in plan.by_machine().items():
            for before, after in pairwise(
                turn for turn in turns if turn.job in times and machine in self.place_of
            ):
                ready = (
                    before.end
                    + self.between[
                        self.place_of[machine],
                        self.number_of[before.job],
                        self.number_of[after.job],
                    ]
                )
                if after.start < ready:
                    violations.append(
                        Violation(f"machine[{machine}]", float(ready - after.start), "time units")
                    )
        work = sum(turn.end - turn.start for turn in plan.turns)
        busy = work / (plan.makespan * len(self.machines)) if plan.makespan else 0.0
        return Evaluation(float(plan.makespan), tuple(violations), {"utilisation": busy})

    def schedule(self, queues: Mapping[str, Sequence[str]]) -> Queues:
        """The jobs of each machine, by name and in this order, each as early as it can be.

        A job on a machine that cannot do it takes no time there. Raises QoptError for unknown
        names.
        """
        turns = []
        for machine, queue in queues.items():
            self.require_known(machine, *queue)
            m, now, before = self.place_of[machine], 0, -1
            for name in queue:
                job = self.number_of[name]
                start = now + (int(self.between[m, before, job]) if before >= 0 else 0)
                now, before = start + (self.durations[job][m] or 0), job
                turns.append(Turn(machine, name, start, now))
        return Queues(tuple(turns))

    def takes(self, jobs: Sequence[str], machine: str) -> int | None:
        """Time that jobs take one after another on a machine, with the set-ups between.

        None where it cannot do one.
        """
        self.require_known(machine, *jobs)
        m = self.place_of[machine]
        each = [self.durations[self.number_of[job]][m] for job in jobs]
        between = sum(self.setup(before, after, machine) for before, after in pairwise(jobs))
        return None if None in each else sum(takes or 0 for takes in each) + between

    def setup(self, before: str, after: str, machine: str) -> int:
        """Time between two jobs on a machine. Raises QoptError for unknown names."""
        self.require_known(machine, before, after)
        return int(
            self.between[self.place_of[machine], self.number_of[before], self.number_of[after]]
        )

    def setups_between(self, blocks: Iterable[Sequence[str]], machines: Sequence[str]) -> Setups:
        """[machines][blocks][blocks]: from the last job of one to the first of another."""
        if not self.setups:
            return ()
        first, last = np.array(
            [(self.number_of[block[0]], self.number_of[block[-1]]) for block in blocks]
        ).T
        tables = [
            self.between[self.place_of[machine]][np.ix_(last, first)].tolist()
            for machine in machines
        ]
        return tuple(tuple(tuple(row) for row in table) for table in tables)

    def require_known(self, machine: str, *jobs: str) -> None:
        if machine not in self.place_of:
            raise UnknownName("machine of the problem", str(machine), self.machines)
        for job in jobs:
            if job not in self.number_of:
                raise UnknownName("job of the problem", str(job), self.jobs)

    @cached_property
    def number_of(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.jobs)}

    @cached_property
    def place_of(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.machines)}

    @cached_property
    def least_makespan(self) -> int:
        """No schedule is shorter: the longest job, and all work without set-ups shared evenly."""
        shortest = [min(p for p in row if p is not None) for row in self.durations]
        return max(max(shortest), -(-sum(shortest) // len(self.machines)))

    @cached_property
    def able(self) -> npt.NDArray[np.bool_]:
        """[jobs, machines]"""
        return np.array([[p is not None for p in row] for row in self.durations])

    @cached_property
    def between(self) -> Ints:
        """int64[machines, jobs, jobs]: set-ups."""
        shape = (len(self.machines), len(self.jobs), len(self.jobs))
        if not self.setups:
            return np.broadcast_to(np.zeros((), dtype=np.int64), shape)
        return np.broadcast_to(np.array(self.setups, dtype=np.int64), shape)
