"""Parallel machines: each job on one of the machines that can do it, the last one done as early as possible.

Without set-ups only the loads count. Formulation "assignment": `on[job,machine]`, and a whole number `makespan`.

    minimise makespan,   sum_m on[j,m] = 1,   sum_j p_jm on[j,m] <= makespan                      once[j], load[m]

With set-up times s_ijm between job i and the next job j on a machine, formulation "slots": `on[job,machine,k]`, the k-th of a
machine's slots, which are filled in turn.

    sum_m,k on[j,m,k] = 1,   sum_j on[j,m,k] <= 1,   sum_j on[j,m,k+1] <= sum_j on[j,m,k]         once[j], slot[m,k], turn[m,k]
    sum_j,k p_jm on[j,m,k] + sum_i,j,k s_ijm on[i,m,k] on[j,m,k+1] <= makespan                    load[m]

A machine has as many slots as jobs could end by the horizon. Its load is a quadratic row: annealers of constrained models and
CP-SAT take it, a QUBO does not. `decode` reads which jobs follow each other and starts each as early as it can, so the
makespan of a plan is exact whatever the sample says of it.

Source: unrelated parallel machines with sequence-dependent set-ups as in Vallada and Ruiz (2011), without their benchmark's
set-ups before a machine's first job.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import ModelSize, Neighbourhood, QoptError, UnknownName
from qopt.kit.checks import require_count

from .parts import regrouped
from .plan import Queues
from .tables import names_of
from .work import Work

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]
Formulation = Literal["assignment", "slots"]
FORMULATIONS = ("assignment", "slots")


@dataclass(frozen=True)
class ParallelMachines(Work):
    """Jobs, each to be done on one of several machines, one after another there.

    Parameters
    ----------
    durations
        For each job one duration, the same on all machines, or one for each machine, None where the machine cannot do it (NaN
        in an array or a table). Whole numbers of time units, 1 or more. A table with labels has a row a job and a column a
        machine, and is put in the order of their names.
    machines
        Their names, or how many there are. Default: the labels of the durations or, without, "1", "2", ...
    setups
        [jobs][jobs], or [machines][jobs][jobs]: time between the end of the one and the start of the other where it comes
        next. Whole numbers, 0 or more; what is on the diagonal does not matter. Tables may have labels, too, and be given by
        the names of the machines. Default: none.
    jobs
        Their names. Default: the labels of the durations or, without, "1", "2", ...
    formulation
        "assignment" where there are no set-ups, "slots" otherwise: the default.
    horizon
        Latest end of a schedule the model can express, in time units. Default: the greedy schedule's makespan.

    Raises
    ------
    QoptError
        For numbers outside these ranges, names given twice, or a job that no machine can do.
    """

    formulation: Formulation | None = None
    horizon: int | None = None
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Queues
    formats: ClassVar = "JSON: machines, jobs with durations, set-ups"
    kinds: ClassVar = ("busiest", "any")

    def __post_init__(self) -> None:
        super().__post_init__()
        named = isinstance(self.formulation, str) and self.formulation in FORMULATIONS
        if self.formulation is not None and not named:
            raise UnknownName("formulation", str(self.formulation), FORMULATIONS)
        if self.formulation == "assignment" and self.setups:
            raise QoptError(
                "formulation='assignment' knows no order and so no set-ups; give formulation='slots'"
            )
        object.__setattr__(
            self, "formulation", self.formulation or ("slots" if self.setups else "assignment")
        )
        require_count("horizon", self.horizon, optional=True)
        if self.horizon is not None and self.horizon < self._least:
            raise QoptError(
                f"horizon={self.horizon}: no schedule ends before {self._least}; give that or more"
            )

    @classmethod
    def read(
        cls, path: str | Path, *, formulation: Formulation | None = None, horizon: int | None = None
    ) -> ParallelMachines:
        """Read JSON:

            {"machines": ["press", "lathe"],                  names, or their number
             "jobs": [{"name": "axle", "durations": [4, 7]},  a number where all machines are alike, null where one cannot
                      {"name": "gear", "durations": [5, null]}],
             "setups": [[0, 2], [1, 0]],                      may be left out; one table, or one for each machine
             "name": "shop", "best_known": 9}                 may be left out

        Raises FileError with the line.
        """
        from .files import read_machines  # here, as pydantic takes a while to import

        return read_machines(Path(path)).make(cls, formulation=formulation, horizon=horizon)

    @classmethod
    def generate(
        cls,
        *,
        jobs: int = 12,
        machines: int = 3,
        unrelated: bool = True,
        setups: int = 0,
        seed: int = 0,
    ) -> ParallelMachines:
        """Durations 1 to 99, for each machine its own where `unrelated`; set-ups 1 to `setups` for each machine, none for 0."""
        require_count("jobs", jobs)
        require_count("machines", machines)
        require_count("setups", setups, least=0)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        durations = random.integers(1, 100, (jobs, machines if unrelated else 1))
        between = random.integers(1, setups + 1, (machines, jobs, jobs)).tolist() if setups else ()
        rows = (row if unrelated else row * machines for row in durations.tolist())
        names = names_of("machine", machines)
        return cls(
            tuple(map(tuple, rows)), names, between, name=f"random-{jobs}x{machines}-s{seed}"
        )

    @property
    def model_is_exact(self) -> bool:
        """Where the horizon is one that the greedy schedule keeps."""
        return self.horizon is None or self.horizon >= self.greedy().makespan

    def model_size(self) -> ModelSize:
        able, slots = self.able, self._slots
        if self.formulation == "assignment":
            return ModelSize(int(able.sum()) + 1, 0, len(self.jobs) + len(self.machines))
        turns = int(np.maximum(slots - 1, 0).sum())
        between = self.between[:, ~np.eye(len(self.jobs), dtype=bool)] > 0
        both = (able.T[:, :, None] & able.T[:, None, :])[:, ~np.eye(len(self.jobs), dtype=bool)]
        couplings = int(((between & both).sum(axis=1) * np.maximum(slots - 1, 0)).sum())
        rows = len(self.jobs) + int(slots.sum()) + turns + len(self.machines)
        return ModelSize(int(able.sum(axis=0) @ slots) + 1, couplings, rows)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        cqm, end = dimod.ConstrainedQuadraticModel(), (("makespan", -1.0),)
        least, most = self._least, self._most
        for label in self._labels.values():
            cqm.add_variable("BINARY", label)
        cqm.add_variable("INTEGER", "makespan", lower_bound=least, upper_bound=most)
        cqm.set_objective([("makespan", 1.0)])
        of_job: dict[int, list[str]] = {}
        of_slot: dict[tuple[int, int], list[tuple[int, str]]] = {}
        for (job, m, slot), label in self._labels.items():
            of_job.setdefault(job, []).append(label)
            of_slot.setdefault((m, slot), []).append((job, label))
        for job, name in enumerate(self.jobs):
            cqm.add_constraint_from_iterable(
                [(x, 1.0) for x in of_job[job]], "==", rhs=1.0, label=f"once[{name}]"
            )
        for m, machine in enumerate(self.machines):
            queue = [slot for (of, _), slot in sorted(of_slot.items()) if of == m]
            if self.formulation == "slots":
                self._add_turns(cqm, machine, queue)
            load = [(x, float(self.durations[job][m] or 0)) for slot in queue for job, x in slot]
            between = self.between[m].astype(float).tolist()
            setups = [
                (x, y, between[i][j])
                for slot, following in pairwise(queue)
                for i, x in slot
                for j, y in following
                if i != j and between[i][j]
            ]
            cqm.add_constraint_from_iterable(
                [*load, *setups, *end], "<=", rhs=0.0, label=f"load[{machine}]"
            )
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Queues:
        """Jobs as they are on machines, each as early as it can be; a job on several is there several times."""
        queues: dict[str, list[tuple[int, int]]] = {machine: [] for machine in self.machines}
        for (job, machine, slot), label in self._labels.items():
            if sample[label] > 0.5:
                queues[self.machines[machine]].append((slot, job))
        return self.schedule(
            {
                machine: [self.jobs[job] for _, job in sorted(queue)]
                for machine, queue in queues.items()
            }
        )

    def encode(self, plan: Queues) -> dict[Any, float]:
        """Times are left to `decode`, and so is the order where there are no set-ups.

        Raises QoptError for a plan that is not each job once on a machine that can do it, or that ends after the horizon.
        """
        queues = self.queues(plan)
        if sorted(job for queue in queues.values() for job in queue) != sorted(self.jobs):
            raise QoptError("the plan does not have each job just once")
        found = dict.fromkeys(self._labels.values(), 0.0)
        for m, machine in enumerate(self.machines):
            for k, job in enumerate(queues[machine]):
                label = self._labels.get(
                    (self.number_of[job], m, k if self.formulation == "slots" else 0)
                )
                if label is None:
                    reason = (
                        "has no slot left"
                        if self.durations[self.number_of[job]][m]
                        else "cannot do it"
                    )
                    raise QoptError(f"the plan has job {job} on {machine}, which {reason}")
                found[label] = 1.0
        end = self.schedule(queues).makespan
        if end > self._most:
            raise QoptError(
                f"the plan ends at {end}, after the model's horizon {self._most}; give a larger horizon="
            )
        return found | {"makespan": float(max(end, self._least))}

    def queues(self, plan: Queues) -> dict[str, list[str]]:
        """The jobs on each machine, in turn; without set-ups in the problem's own order. Raises QoptError for unknown names."""
        found = super().queues(plan)
        if self.formulation == "assignment":
            return {
                name: sorted(queue, key=self.number_of.__getitem__) for name, queue in found.items()
            }
        return found

    def greedy(self) -> Queues:
        """Longest job first, each where the machine's load is least with it, at the best place in its queue."""
        queues: list[list[int]] = [[] for _ in self.machines]
        loads = [0] * len(queues)
        longest = sorted(
            range(len(self.jobs)),
            key=lambda job: -min(p for p in self.durations[job] if p is not None),
        )
        for job in longest:
            load, m, place = min(
                (loads[m] + takes + added, m, place)
                for m, takes in enumerate(self.durations[job])
                if takes is not None
                for place, added in enumerate(self._detours(m, queues[m], job))
            )
            queues[m].insert(place, job)
            loads[m] = load
        in_order = sorted if self.formulation == "assignment" else list
        return self.schedule(
            {
                machine: [self.jobs[job] for job in in_order(queue)]
                for machine, queue in zip(self.machines, queues, strict=True)
            }
        )

    def neighbourhood(
        self,
        plan: Queues,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """The jobs of a few machines, at random as many as fit, to be split between them anew: of the "busiest" and others, or
        of "any". Where those of two are too many, jobs that follow each other stay together.
        """
        if len(self.machines) < 2 or not plan.turns:
            return None
        machines = [
            self.machines[m]
            for m in random.permutation(len(self.machines))[
                : random.integers(2, len(self.machines) + 1)
            ]
        ]
        if kind == "busiest":
            last = max(plan.turns, key=lambda turn: turn.end).machine
            machines = [last, *(machine for machine in machines if machine != last)]

        def part_of(work: Work, horizon: int) -> ParallelMachines:
            return ParallelMachines(
                work.durations, work.machines, work.setups, work.jobs, self.formulation, horizon
            )

        return regrouped(self, plan, machines, size, random, part_of)

    def draw(self, plan: Queues, axes: Any) -> None:
        """A Gantt chart: a row a machine, a colour a job; gaps are set-ups. Raises QoptError for unknown names."""
        from matplotlib import colormaps

        for turn in plan.turns:
            self.require_known(turn.machine, turn.job)

        colours, rows = (
            colormaps["tab20"],
            {machine: row for row, machine in enumerate(self.machines)},
        )
        for turn in plan.turns:
            length = turn.end - turn.start
            colour = colours(self.number_of[turn.job] % 20)
            axes.barh(rows[turn.machine], length, left=turn.start, color=colour, edgecolor="white")
            if length * 60 >= plan.makespan * len(turn.job):  # else the name is wider than its bar
                axes.text(
                    turn.start + length / 2,
                    rows[turn.machine],
                    turn.job,
                    ha="center",
                    va="center",
                    fontsize=8,
                )
        axes.set_yticks(range(len(rows)), list(rows))
        axes.invert_yaxis()
        axes.set_xlabel("time")
        axes.set_title(f"{self.name or 'parallel machines'}: makespan {plan.makespan}")

    def _add_turns(
        self,
        cqm: dimod.ConstrainedQuadraticModel,
        machine: str,
        queue: Sequence[Sequence[tuple[int, str]]],
    ) -> None:
        for k, slot in enumerate(queue):
            terms = [(x, 1.0) for _, x in slot]
            cqm.add_constraint_from_iterable(terms, "<=", rhs=1.0, label=f"slot[{machine},{k + 1}]")
        for k, (slot, following) in enumerate(pairwise(queue)):
            terms = [(x, 1.0) for _, x in following] + [(x, -1.0) for _, x in slot]
            cqm.add_constraint_from_iterable(terms, "<=", rhs=0.0, label=f"turn[{machine},{k + 2}]")

    def _detours(self, m: int, queue: Sequence[int], job: int) -> Iterator[int]:
        """What the set-ups of a queue grow by where `job` comes at each of its places."""
        between = self.between[m]
        for place in range(len(queue) + 1 if self.setups else 1):
            before, after = queue[place - 1 : place], queue[place : place + 1]
            added = sum(int(between[i, job]) for i in before) + sum(
                int(between[job, j]) for j in after
            )
            yield added - sum(int(between[i, j]) for i in before for j in after)

    @cached_property
    def _least(self) -> int:
        """No schedule is shorter: the longest job, and all work without set-ups shared evenly."""
        shortest = [min(p for p in row if p is not None) for row in self.durations]
        return max(max(shortest), -(-sum(shortest) // len(self.machines)))

    @cached_property
    def _most(self) -> int:
        return self.horizon or max(self._least, self.greedy().makespan)

    @cached_property
    def _slots(self) -> Ints:
        """int64[machines]: how many jobs can end by the horizon, the shortest with the shortest set-ups between."""
        found = []
        for m in range(len(self.machines)):
            able = np.flatnonzero(self.able[:, m])
            takes = np.sort(np.array([self.durations[job][m] for job in able], dtype=np.int64))
            between = self.between[m][np.ix_(able, able)][~np.eye(len(able), dtype=bool)]
            ends = np.cumsum(takes) + np.arange(len(takes)) * (
                int(between.min()) if len(between) else 0
            )
            found.append(int(np.count_nonzero(ends <= self._most)))
        return np.array(found, dtype=np.int64)

    @cached_property
    def _labels(self) -> dict[tuple[int, int, int], str]:
        """The variable of each (job, machine, slot), which is (job, machine, 0) where there are no slots."""
        if self.formulation == "assignment":
            return {
                (j, m, 0): f"on[{self.jobs[j]},{self.machines[m]}]"
                for j, m in np.argwhere(self.able).tolist()
            }
        return {
            (j, m, k): f"on[{self.jobs[j]},{self.machines[m]},{k + 1}]"
            for j, m in np.argwhere(self.able).tolist()
            for k in range(self._slots[m])
        }
