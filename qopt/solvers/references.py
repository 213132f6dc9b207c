"""Solvers to compare with: Ocean's simulated annealing, enumeration, and each problem's own greedy
heuristic.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

from ..errors import ModelTooLarge, QoptError
from ..kit.checks import require_count
from ..problem import Constructive, name_of
from ..solver import LATE, Answer, StoppedBy, Task, require_time
from . import scoring_time

KEPT = 64  # samples of lowest energy that a loop over reads keeps
# shares of a read's sweeps, one in so many, that tell before the first how long it takes: the
# smaller is less sure
TRIALS = 50, 8
EXAMPLES = 1024  # assignments whose scores tell how long all take


@dataclass(frozen=True)
class Neal:
    """The same QUBO as `qubo-annealer`, by dwave-samplers' simulated annealing: read after read
    until the time is up.

    A read cannot be interrupted; `num_reads` bounds them besides the time limit.
    """

    num_reads: int | None = None
    num_sweeps: int = 1000
    penalties: Any = "bounds"

    algorithm_version: ClassVar = 1
    summary: ClassVar = "dwave-samplers' simulated annealing (dwave-neal) on the same QUBO"
    needs: ClassVar = "nothing"

    def __post_init__(self) -> None:
        require_count("num_reads", self.num_reads, optional=True)
        require_count("num_sweeps", self.num_sweeps)

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        import dimod
        from dwave.samplers import SimulatedAnnealingSampler

        from ..compiler import compile_cqm

        if task.time_limit is None and self.num_reads is None:
            raise QoptError("solver 'neal' needs a time_limit or num_reads")
        cqm = task.cqm
        with task.timing("compile"):
            compiled = compile_cqm(cqm, penalties=self.penalties)
            bqm = compiled.bqm()
        if (settled := compiled.settled()) is not None:
            task.start()
            info = {"reads": 0, "num_sweeps": 0}
            return Answer(samples=settled, stopped_by="presolve", info=info)
        sampler, lowest, reads = SimulatedAnnealingSampler(), None, 0
        random = Random(task.seed)
        reserve = 0.0
        if task.time_limit is not None:
            with task.timing("compile"):
                reserve = self._refused_or_reserve(task, compiled, sampler, bqm)
        stopped_by: StoppedBy = "sweeps"
        pace, began = 0.0, task.start()
        with task.timing("sample"):
            while self.num_reads is None or reads < self.num_reads:
                one = sampler.sample(
                    bqm, num_reads=1, num_sweeps=self.num_sweeps, seed=random.randrange(2**31)
                )
                lowest = (
                    one
                    if lowest is None
                    else dimod.concatenate([lowest, one]).truncate(KEPT, sorted_by="energy")
                )
                reads += 1
                pace = (time.perf_counter() - began) / reads
                if task.interrupt is not None and task.interrupt():
                    stopped_by = "interrupt"
                    break
                if task.deadline is not None and (
                    time.perf_counter() + pace + reserve > task.deadline
                ):
                    stopped_by = "time"
                    break
        with task.timing("decode"):
            samples = compiled.decode(lowest)
        return Answer(
            samples=samples,
            stopped_by=stopped_by,
            info={"reads": reads, "num_sweeps": self.num_sweeps},
        )

    def _refused_or_reserve(self, task: Task, compiled: Any, sampler: Any, bqm: Any) -> float:
        """What it takes to score the reads, in seconds. Raises TimeTooShort where there is no time
        for one read.

        A read is told from two of few sweeps.
        """
        import numpy as np

        assert task.time_limit is not None
        remedy = "a read cannot be interrupted: give it more time, or fewer num_sweeps"

        def seconds(sweeps: int) -> float:
            began = time.thread_time()
            sampler.sample(bqm, num_reads=1, num_sweeps=sweeps, seed=0)
            return time.thread_time() - began

        one = seconds(1)
        require_time("neal", task.time_limit, one, remedy)
        one, read = min(one, seconds(1)), 0.0
        for part in TRIALS:
            if read > 2 * task.time_limit + LATE:
                break
            few = max(2, self.num_sweeps // part)
            more = max(0.0, min(seconds(few), seconds(few)) - one)
            read = one + (self.num_sweeps - 1) * more / (few - 1)
        require_time("neal", task.time_limit, read, remedy)
        reads = int(min(self.num_reads or KEPT, KEPT, task.time_limit / max(read, 1e-6) + 1))
        zeros = np.zeros((1, bqm.num_variables))

        def samples(count: int) -> Any:
            return compiled.decode_bits(zeros.repeat(count, 0))

        least, now = scoring_time.seconds_to_score(task.problem, samples, reads)
        require_time("neal", task.time_limit, read + least, remedy)
        return now


@dataclass(frozen=True)
class Exact:
    """Every assignment of a tiny model, so the answer is proved.

    `limit` is the most assignments to look at.
    """

    limit: int = 2**18

    algorithm_version: ClassVar = 1
    summary: ClassVar = "enumeration of every assignment: a proof, for tiny models"
    needs: ClassVar = "nothing"

    def __post_init__(self) -> None:
        require_count("limit", self.limit)

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        import dimod
        import numpy as np

        from ..compiler import compile_cqm

        cqm = task.cqm
        assignments = 1
        for label in cqm.variables:
            values = (
                2
                if cqm.vartype(label) is dimod.SPIN
                else int(cqm.upper_bound(label) - cqm.lower_bound(label)) + 1
            )
            assignments *= values
            if assignments > self.limit:
                remedy = "take another solver, or raise limit= at your own risk"
                raise ModelTooLarge(
                    name_of(task.problem), "or more assignments", assignments, self.limit, remedy
                )
        with task.timing("compile"):
            seconds = _seconds_for(cqm) * assignments if len(cqm.variables) else 0.0
        require_time("exact", task.time_limit, seconds, "give it more time")
        task.start()
        with task.timing("sample"):
            # of a model without variables dimod enumerates nothing, where there is one assignment
            every: Any = (
                dimod.ExactCQMSolver().sample_cqm(cqm)
                if len(cqm.variables)
                else compile_cqm(cqm).settled()
            )
            record = every.record
            feasible = record[record.is_feasible]
            chosen = feasible if len(feasible) else record
            chosen = chosen[np.argsort(chosen.energy, kind="stable")[:KEPT]]
            best = dimod.SampleSet(chosen, every.variables, every.info, every.vartype)
        if not len(feasible):
            return Answer(samples=best, infeasible=True)
        return Answer(
            samples=best, bound=float(best.first.energy), info={"assignments": assignments}
        )


def _seconds_for(cqm: Any) -> float:
    """What it takes to make and to score an assignment, where there are many."""
    import dimod
    import numpy as np

    labels = list(cqm.variables)
    rows = np.tile([cqm.lower_bound(label) for label in labels], (EXAMPLES, 1))
    began = time.thread_time()
    dimod.SampleSet.from_samples_cqm((rows, labels), cqm)
    return 2 * (time.thread_time() - began) / EXAMPLES


@dataclass(frozen=True)
class Greedy:
    """The problem's own constructive heuristic."""

    algorithm_version: ClassVar = 1
    summary: ClassVar = "the problem's own constructive heuristic: what a planner gets for nothing"
    needs: ClassVar = "a problem that has one"

    def missing(self) -> str | None:
        return None

    def solve(self, task: Task) -> Answer:
        if not isinstance(task.problem, Constructive):
            raise QoptError(
                f"a {type(task.problem).__name__} has no greedy heuristic; take solver 'annealer'"
            )
        task.start()
        with task.timing("sample"):
            plan = task.problem.greedy()
        return Answer(plans=[plan])
