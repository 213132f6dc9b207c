"""Parallel machines: each job on one that can do it, the last one done as early as possible.

`model.py` has the two formulations. `decode` reads which jobs follow each other and starts each as
early as it can, so the makespan of a plan is exact whatever the sample says of it.

Source: unrelated parallel machines with sequence-dependent set-ups as in Vallada and Ruiz (2011),
without their benchmark's set-ups before a machine's first job.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import ModelSize, Neighbourhood, QoptError, UnknownName
from qopt.kit.checks import require_count

from .gantt import draw_queues
from .greedy import longest_first
from .model import QueuesModel
from .parts import regrouped
from .plan import Queues
from .tables import names_of
from .work import Work

if TYPE_CHECKING:
    import dimod

Formulation = Literal["assignment", "slots"]
FORMULATIONS = ("assignment", "slots")


@dataclass(frozen=True)
class ParallelMachines(Work):
    """Jobs, each to be done on one of several machines, one after another there.

    Parameters
    ----------
    durations
        For each job one duration, the same on all machines, or one for each machine, None where
        the machine cannot do it (NaN in an array or a table). Whole numbers of time units, 1 or
        more. A table with labels has a row a job and a column a machine, and is put in the order
        of their names.
    machines
        Their names, or how many there are. Default: the labels of the durations or, without, "1",
        "2", ...
    setups
        [jobs][jobs], or [machines][jobs][jobs]: time between the end of the one and the start of
        the other where it comes next. Whole numbers, 0 or more; what is on the diagonal does not
        matter. Tables may have labels, too, and be given by the names of the machines. Default:
        none.
    jobs
        Their names. Default: the labels of the durations or, without, "1", "2", ...
    formulation
        "assignment" where there are no set-ups, "slots" otherwise: the default.
    horizon
        Latest end of a schedule the model can express, in time units. Default: the greedy
        schedule's makespan.

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
            wrong = "formulation='assignment' knows no order and so no set-ups"
            raise QoptError(f"{wrong}; give formulation='slots'")
        chosen = self.formulation or ("slots" if self.setups else "assignment")
        object.__setattr__(self, "formulation", chosen)
        require_count("horizon", self.horizon, optional=True)
        if self.horizon is not None and self.horizon < self.least_makespan:
            least = f"no schedule ends before {self.least_makespan}; give that or more"
            raise QoptError(f"horizon={self.horizon}: {least}")

    @classmethod
    def read(
        cls, path: str | Path, *, formulation: Formulation | None = None, horizon: int | None = None
    ) -> ParallelMachines:
        """Read JSON:

            {"machines": ["press", "lathe"],                  names, or their number
             "jobs": [{"name": "axle", "durations": [4, 7]},  one number where machines are alike
                      {"name": "gear", "durations": [5, null]}],   null where one cannot
             "setups": [[0, 2], [1, 0]],                      may be left out; or one a machine
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
        """Durations 1 to 99, for each machine its own where `unrelated`.

        Set-ups are 1 to `setups` for each machine, none for 0.
        """
        require_count("jobs", jobs)
        require_count("machines", machines)
        require_count("setups", setups, least=0)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        durations = random.integers(1, 100, (jobs, machines if unrelated else 1))
        between = random.integers(1, setups + 1, (machines, jobs, jobs)).tolist() if setups else ()
        rows = (row if unrelated else row * machines for row in durations.tolist())
        names, name = names_of("machine", machines), f"random-{jobs}x{machines}-s{seed}"
        return cls(tuple(map(tuple, rows)), names, between, name=name)

    @property
    def model_is_exact(self) -> bool:
        """Where the horizon is one that the greedy schedule keeps."""
        return self.horizon is None or self.horizon >= self.greedy().makespan

    @cached_property
    def _model(self) -> QueuesModel:
        latest = self.horizon or max(self.least_makespan, self.greedy().makespan)
        return QueuesModel(self, self.formulation == "slots", latest)

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Queues:
        """Jobs as they are on machines, each as early as it can be.

        A job on several machines is there several times.
        """
        return self.schedule(self._model.chosen(sample))

    def encode(self, plan: Queues) -> dict[Any, float]:
        """Times are left to `decode`, and so is the order where there are no set-ups.

        Raises QoptError for a plan that is not each job once on a machine that can do it, or that
        ends after the horizon.
        """
        queues = self.queues(plan)
        if sorted(job for queue in queues.values() for job in queue) != sorted(self.jobs):
            raise QoptError("the plan does not have each job just once")
        return self._model.sample(queues)

    def queues(self, plan: Queues) -> dict[str, list[str]]:
        """The jobs on each machine, in turn; without set-ups in the problem's own order.

        Raises QoptError for unknown names.
        """
        queues = super().queues(plan)
        if self.formulation == "assignment":
            for queue in queues.values():
                queue.sort(key=self.number_of.__getitem__)
        return queues

    def greedy(self) -> Queues:
        """Longest job first, each where the machine's load is least with it.

        It is put at the best place in the queue.
        """
        in_order = sorted if self.formulation == "assignment" else list
        queues = zip(self.machines, longest_first(self), strict=True)
        return self.schedule(
            {machine: [self.jobs[job] for job in in_order(queue)] for machine, queue in queues}
        )

    def neighbourhood(
        self,
        plan: Queues,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """The jobs of a few machines, as many as fit, to be split between them anew.

        They are the "busiest" and others, or "any". Where the jobs of two are too many, those that
        follow each other stay together.
        """
        if len(self.machines) < 2 or not plan.turns:
            return None
        order = random.permutation(len(self.machines))
        count = random.integers(2, len(self.machines) + 1)
        machines = [self.machines[m] for m in order[:count]]
        if kind == "busiest":
            last = max(plan.turns, key=lambda turn: turn.end).machine
            machines = [last, *(machine for machine in machines if machine != last)]

        def part_of(work: Work, horizon: int) -> ParallelMachines:
            return ParallelMachines(
                work.durations, work.machines, work.setups, work.jobs, self.formulation, horizon
            )

        return regrouped(self, plan, machines, size, random, part_of)

    def draw(self, plan: Queues, axes: Any) -> None:
        """A Gantt chart: a row a machine, a colour a job; gaps are set-ups.

        Raises QoptError for unknown names.
        """
        draw_queues(self, plan, axes, self.name or "parallel machines")
