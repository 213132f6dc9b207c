"""One solver alone on one core, in a process of its own, for `tests.benchmarks.race`."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from typing import Any

import qopt
from qopt.kit.threads import available_cores
from qopt.workers import Line, Worker, shares

from .plan_sets import PlanInstance

ONE_CORE: dict[str, dict[str, int]] = {
    "hybrid": {"num_threads": 1},
    "cp-sat-intervals": {"num_workers": 1},
    "pyvrp": {},
}
WARM = 0.1  # seconds of a first solve, which loads what the solver needs


def gap(result: qopt.Result[Any], instance: PlanInstance) -> float:
    """To the best known objective, in percent; infinite without a feasible plan."""
    if result.objective is None:
        return math.inf
    return 100 * (result.objective / instance.best_known - 1)


def alone(line: Line, instance: PlanInstance, solver: str, seconds: float, seed: int) -> float:
    """The gap that it reaches, once the parent lets it begin."""
    problem, options = instance.problem(), ONE_CORE[solver]
    qopt.solve(problem, solver=solver, time_limit=WARM, seed=seed, **options)
    line.tell("ready")
    while not line.said(0.01):
        pass
    result = qopt.solve(problem, solver=solver, time_limit=seconds, seed=seed, **options)
    return gap(result, instance)


class Pair:
    """Solvers alone, at the same time, each on a core of its own: whatever else the machine does
    slows them down as it does a race.
    """

    def __init__(self, solvers: Sequence[str]) -> None:
        cores = shares(len(solvers), 1, available_cores())
        self.solvers = list(solvers)
        self._workers = [Worker(1, share) for share in cores]

    def gaps(self, instance: PlanInstance, seconds: float, seed: int) -> list[float]:
        gaps, barrier = dict[str, float](), threading.Barrier(len(self.solvers))

        def run(worker: Worker, solver: str) -> None:
            def ready(word: object) -> None:
                barrier.wait()
                worker.say("go")

            gaps[solver] = worker.run(alone, instance, solver, seconds, seed, on_told=ready)

        pairs = zip(self._workers, self.solvers, strict=True)
        threads = [threading.Thread(target=run, args=pair) for pair in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [gaps[solver] for solver in self.solvers]

    def close(self) -> None:
        for worker in self._workers:
            worker.close()
