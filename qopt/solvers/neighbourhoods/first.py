"""The plan that a search begins with where there is no greedy one: the whole, annealed."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ...problem import Plan
from ...samplers.cqm_run import CqmRun
from ...solver import Task
from .parts import best_first

if TYPE_CHECKING:
    from ...compiler.model.scoring import Scorer
    from ...samplers.cqm_run import Ready

SWEEPS = 100
READS = 32


@dataclass(frozen=True, eq=False)
class WholeAnneal:
    """A few sweeps of the whole model, made ready before the clock starts."""

    run: CqmRun
    ready: Ready
    scorer: Scorer

    @classmethod
    def of(cls, task: Task) -> WholeAnneal:
        from ...compiler.model.arrays import ModelArrays
        from ...compiler.model.scoring import Scorer

        run = CqmRun(
            num_reads=READS,
            num_sweeps=SWEEPS,
            method="annealing",
            num_threads=1,
            seed=task.seed,
            interrupt=task.interrupt,
        )
        task.timing.add("jit", run.warm_up())
        cqm = task.cqm
        with task.timing("compile"):
            arrays = ModelArrays.from_cqm(cqm)
            return cls(run, run.ready(arrays), Scorer(arrays))

    def plan(self, task: Task) -> tuple[Plan, bool]:
        """The best plan, and whether the clock cut the anneals short."""
        from ...compiler.model.scoring import sampleset

        deadline, now = task.deadline, time.perf_counter()
        seconds = None if deadline is None else max(deadline - now, 1e-3)
        walked = replace(self.run, time_limit=seconds)(self.ready, started=now)
        samples = sampleset(walked.values, self.scorer.model, scorer=self.scorer)
        best = samples.record.sample[best_first(samples)[0]].tolist()
        plan = task.decode(dict(zip(samples.variables, best, strict=True)))
        return plan, walked.info["stopped_by"] == "time"
