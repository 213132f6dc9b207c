"""Solver `annealer`: the constrained model as it stands, annealed by moves that keep its
constraints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from ..errors import QoptError
from ..samplers.cqm_run import CqmRun
from ..solver import Answer, Task, require_time
from . import scoring_time

if TYPE_CHECKING:
    import dimod

    from ..compiler.model.arrays import Floats, ModelArrays
    from ..compiler.model.scoring import Scorer
    from ..samplers.cqm_run import Ready
    from .neighbourhoods.parts import PartsSolver


SMALL = 2000  # variables: reads of fewer are scored in some hundredths of a second


@dataclass(frozen=True)
class Annealer:
    """`CqmAnnealer`; `RunOptions` and `CqmRun` explain the parameters."""

    num_reads: int = 32
    num_sweeps: int | Sequence[int] | Sequence[Sequence[int]] | None = None
    method: str = "tempering"
    temperature_range: tuple[float, float] | None = None
    num_replicas: int | None = None
    num_threads: int | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = "qopt's own annealer on this machine, which keeps constraints by its moves"
    needs: ClassVar = "nothing"

    def __post_init__(self) -> None:
        self._run()

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        from ..compiler.model.arrays import ModelArrays
        from ..compiler.model.scoring import Scorer, sampleset

        run = self._run(seed=task.seed, time_limit=task.time_limit, interrupt=task.interrupt)
        if task.time_limit is None and self.num_sweeps is None:
            raise QoptError("solver 'annealer' needs a time_limit or num_sweeps")
        cqm = task.cqm
        task.timing.add("jit", run.warm_up())
        with task.timing("compile"):
            model = ModelArrays.from_cqm(cqm)
            ready, scorer = run.ready(model), Scorer(model)
            initial = _initial(task, model)
            least, reserve = _seconds_after(task, scorer, ready, run.reads(ready))
        least += ready.seconds_to_begin()
        require_time("annealer", task.time_limit, least, "give it more time, or fewer num_reads")
        started = task.start()

        def offer(values: Floats, sweeps: int) -> None:
            for state in values:
                task.offer(
                    task.decode(dict(zip(model.variables, state.tolist(), strict=True))),
                    sweeps=sweeps,
                )

        with task.timing("sample", less=("decode", "evaluate")):
            walked = run(ready, initial=initial, started=started, offer=offer, reserve=reserve)
        with task.timing("decode"):
            samples = sampleset(walked.values, model, scorer=scorer)
        info = walked.info | (
            {} if walked.impossible is None else {"infeasible": walked.impossible}
        )
        return Answer(
            samples=samples,
            stopped_by=info["stopped_by"],
            replayable=True,
            infeasible=walked.impossible is not None,
            info=info,
        )

    def for_parts(self, *, as_given: bool, cleaned: bool) -> PartsSolver:
        from .neighbourhoods.annealer import CLEANED, SHORT, LearningAnnealer

        if as_given:
            return LearningAnnealer(self)
        options = SHORT | ({"num_sweeps": CLEANED} if cleaned else {})
        return LearningAnnealer(replace(self, **options))

    def _run(self, **budget: Any) -> CqmRun:
        return CqmRun(
            num_reads=self.num_reads,
            num_sweeps=self.num_sweeps,
            method=self.method,
            temperature_range=self.temperature_range,
            num_replicas=self.num_replicas,
            num_threads=self.num_threads,
            **budget,
        )


def _seconds_after(task: Task, scorer: Scorer, ready: Ready, reads: int) -> tuple[float, float]:
    """`seconds_to_score` of that many reads, measured on one that a walk could begin with."""
    from ..compiler.model.scoring import sampleset

    if task.time_limit is None or scorer.model.num_variables < SMALL:
        return 0.0, 0.0
    example = ready.presolved.restore(ready.example[None, :])

    def samples(count: int) -> dimod.SampleSet:
        return sampleset(example.repeat(count, axis=0), scorer.model, scorer=scorer)

    return scoring_time.seconds_to_score(task.problem, samples, reads)


def _initial(task: Task, model: ModelArrays) -> Floats | None:
    import numpy as np

    if task.initial is None:
        return None
    sample = task.problem.encode(task.initial)
    return np.array([[sample[label] for label in model.variables]], dtype=np.float64)
