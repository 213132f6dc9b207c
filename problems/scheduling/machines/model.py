"""The model of parallel machines: each job on one, and what follows what where that matters.

Without set-ups only the loads count: `on[job,machine]`, and a whole number `makespan`.

    minimise makespan,   sum_m on[j,m] = 1,   sum_j p_jm on[j,m] <= makespan      once[j], load[m]

With set-up times s_ijm between job i and the next job j on a machine, `on[job,machine,k]` says
that a job is in the k-th of a machine's slots, which are filled in turn.

    sum_m,k on[j,m,k] = 1                                                         once[j]
    sum_j on[j,m,k] <= 1                                                          slot[m,k]
    sum_j on[j,m,k+1] <= sum_j on[j,m,k]                                          turn[m,k]
    sum_j,k p_jm on[j,m,k] + sum_i,j,k s_ijm on[i,m,k] on[j,m,k+1] <= makespan    load[m]

A machine has as many slots as jobs could end by the horizon. Its load is a quadratic row: annealers
of constrained models and CP-SAT take it, a QUBO does not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize, QoptError

from .work import Ints, Work

if TYPE_CHECKING:
    import dimod

Slot = Sequence[tuple[int, str]]  # the jobs that can be in a slot, each with its variable


@dataclass(frozen=True, eq=False)
class QueuesModel:
    """Queues that end by `latest`; where they are not `slotted`, their order is left open."""

    work: Work
    slotted: bool
    latest: int

    def size(self) -> ModelSize:
        work, slots = self.work, self._slots
        jobs, machines = work.able.shape
        variables = int(work.able.sum(axis=0) @ slots) + 1
        if not self.slotted:
            return ModelSize(variables, 0, jobs + machines)
        others = ~np.eye(jobs, dtype=bool)
        after = np.maximum(slots - 1, 0)
        both = (work.able.T[:, :, None] & work.able.T[:, None, :])[:, others]
        set_up = (work.between[:, others] > 0) & both
        couplings = int((set_up.sum(axis=1) * after).sum())
        return ModelSize(
            variables, couplings, jobs + int(slots.sum()) + int(after.sum()) + machines
        )

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        work, cqm = self.work, dimod.ConstrainedQuadraticModel()
        for label in self._labels.values():
            cqm.add_variable("BINARY", label)
        bounds = {"lower_bound": work.least_makespan, "upper_bound": self.latest}
        cqm.add_variable("INTEGER", "makespan", **bounds)
        cqm.set_objective([("makespan", 1.0)])
        of_job: dict[int, list[str]] = {}
        of_machine: dict[int, dict[int, list[tuple[int, str]]]] = {}
        for (job, m, slot), label in self._labels.items():
            of_job.setdefault(job, []).append(label)
            of_machine.setdefault(m, {}).setdefault(slot, []).append((job, label))
        for job, name in enumerate(work.jobs):
            _add(cqm, [(x, 1.0) for x in of_job[job]], "==", 1.0, f"once[{name}]")
        for m, machine in enumerate(work.machines):
            queue = [slot for _, slot in sorted(of_machine.get(m, {}).items())]
            if self.slotted:
                _add_turns(cqm, machine, queue)
            load = [*self._takes(m, queue), *self._set_up(m, queue), ("makespan", -1.0)]
            _add(cqm, load, "<=", 0.0, f"load[{machine}]")
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> dict[str, list[str]]:
        """The jobs on each machine in turn; a job on several is there several times."""
        work = self.work
        queues: dict[str, list[tuple[int, int]]] = {machine: [] for machine in work.machines}
        for (job, m, slot), label in self._labels.items():
            if sample[label] > 0.5:
                queues[work.machines[m]].append((slot, job))
        return {
            machine: [work.jobs[job] for _, job in sorted(queue)]
            for machine, queue in queues.items()
        }

    def sample(self, queues: Mapping[str, Sequence[str]]) -> dict[Any, float]:
        """The assignment of queues.

        Raises QoptError for a job on a machine that cannot do it, and where all ends too late.
        """
        work, assignment = self.work, dict.fromkeys(self._labels.values(), 0.0)
        for m, machine in enumerate(work.machines):
            for k, job in enumerate(queues[machine]):
                number = work.number_of[job]
                label = self._labels.get((number, m, k if self.slotted else 0))
                if label is None:
                    able = work.durations[number][m]
                    reason = "has no slot left" if able else "cannot do it"
                    raise QoptError(f"the plan has job {job} on {machine}, which {reason}")
                assignment[label] = 1.0
        end = work.schedule(queues).makespan
        if end > self.latest:
            late = f"the plan ends at {end}, after the model's horizon {self.latest}"
            raise QoptError(f"{late}; give a larger horizon=")
        return assignment | {"makespan": float(max(end, work.least_makespan))}

    def _takes(self, m: int, queue: Sequence[Slot]) -> list[tuple[str, float]]:
        """How long jobs take on a machine."""
        durations = self.work.durations
        return [(x, float(durations[job][m] or 0)) for slot in queue for job, x in slot]

    def _set_up(self, m: int, queue: Sequence[Slot]) -> list[tuple[str, str, float]]:
        """How long it takes between two jobs in slots next to each other."""
        between = self.work.between[m].astype(float).tolist()
        return [
            (x, y, between[i][j])
            for slot, following in pairwise(queue)
            for i, x in slot
            for j, y in following
            if i != j and between[i][j]
        ]

    @cached_property
    def _labels(self) -> dict[tuple[int, int, int], str]:
        """The variable of each (job, machine, slot); without slots all are in slot 0."""
        work = self.work
        label_of = {}
        for j, m in np.argwhere(work.able).tolist():
            for k in range(self._slots[m]):
                slot = f",{k + 1}" if self.slotted else ""
                label_of[j, m, k] = f"on[{work.jobs[j]},{work.machines[m]}{slot}]"
        return label_of

    @cached_property
    def _slots(self) -> Ints:
        """int64[machines]: how many jobs can end in time, the shortest with least set-up."""
        work = self.work
        if not self.slotted:
            return np.ones(len(work.machines), dtype=np.int64)
        counts = []
        for m in range(len(work.machines)):
            able = np.flatnonzero(work.able[:, m])
            takes = np.sort(np.array([work.durations[job][m] for job in able], dtype=np.int64))
            between = work.between[m][np.ix_(able, able)][~np.eye(len(able), dtype=bool)]
            set_up = int(between.min()) if len(between) else 0
            ends = np.cumsum(takes) + np.arange(len(takes)) * set_up
            counts.append(int(np.count_nonzero(ends <= self.latest)))
        return np.array(counts, dtype=np.int64)


def _add_turns(cqm: Any, machine: str, queue: Sequence[Slot]) -> None:
    """One job a slot, and none after a slot that is empty."""
    for k, slot in enumerate(queue):
        _add(cqm, [(x, 1.0) for _, x in slot], "<=", 1.0, f"slot[{machine},{k + 1}]")
    for k, (slot, following) in enumerate(pairwise(queue)):
        terms = [(x, 1.0) for _, x in following] + [(x, -1.0) for _, x in slot]
        _add(cqm, terms, "<=", 0.0, f"turn[{machine},{k + 2}]")


def _add(cqm: Any, terms: Sequence[Any], sense: str, right: float, label: str) -> None:
    cqm.add_constraint_from_iterable(terms, sense, rhs=right, label=label)
