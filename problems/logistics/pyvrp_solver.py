"""PyVRP on a vehicle-routing problem: the classical answer to compare with."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from qopt import Answer, QoptError, Task, missing_package

from .vehicle_routing import VehicleRouting

RESOLUTION = 1000  # PyVRP counts in whole numbers: distances and demands that are not are taken in thousandths


@dataclass(frozen=True)
class PyVRP:
    """Iterated local search by PyVRP (Wouda, Lan and Kool 2024), with its own defaults.

    `num_iterations` bounds the search besides the time limit.
    """

    num_iterations: int | None = None

    summary: ClassVar = "iterated local search of PyVRP, for vehicle-routing only"
    needs: ClassVar = "the extra 'baselines' (pyvrp)"

    def __post_init__(self) -> None:
        if self.num_iterations is not None and not (isinstance(self.num_iterations, int) and self.num_iterations >= 1):
            raise QoptError(f"num_iterations={self.num_iterations!r}: give a whole number, 1 or more")

    def missing(self) -> str | None:
        return missing_package("pyvrp", "baselines")

    def solve(self, task: Task) -> Answer:
        if not isinstance(task.problem, VehicleRouting):
            raise QoptError(f"solver 'pyvrp' routes vehicles; it cannot solve a {type(task.problem).__name__}")
        if task.time_limit is None and self.num_iterations is None:
            raise QoptError("solver 'pyvrp' needs a time_limit or num_iterations")
        import pyvrp

        with task.timing("compile"):
            data = _data(task.problem)
        task.start()
        stop = _Stop(task, self.num_iterations)
        with task.timing("sample"):
            found = pyvrp.solve(data, stop, seed=task.seed % 2**32, collect_stats=False, display=False)
        trucks = [[stop.idx + 1 for stop in route if stop.is_client()] for route in found.best.routes()]
        return Answer(
            plans=[task.problem.routes(trucks)],
            stopped_by=stop.reason,
            info={"iterations": found.num_iterations},
        )


class _Stop:
    """PyVRP asks this each iteration whether to stop; it remembers why."""

    def __init__(self, task: Task, num_iterations: int | None) -> None:
        self._task, self._left = task, num_iterations
        self.reason: Any = "done"

    def __call__(self, best_cost: float) -> bool:
        if self._task.interrupt is not None and self._task.interrupt():
            self.reason = "interrupt"
        elif self._task.deadline is not None and time.perf_counter() >= self._task.deadline:
            self.reason = "time"
        elif self._left is not None and (left := self._left) >= 0:
            self._left = left - 1
            self.reason = "sweeps" if left == 0 else "done"
        return bool(self.reason != "done")


def _data(problem: VehicleRouting) -> Any:
    import pyvrp

    distance, demand = _whole(problem.distance), _whole(np.append(problem.demand, problem.capacity))
    return pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in problem.demand],
        clients=[pyvrp.Client(customer, delivery=[int(demand[customer])]) for customer in problem.customers],
        depots=[pyvrp.Depot(0)],
        vehicle_types=[pyvrp.VehicleType(num_available=problem.vehicles, capacity=[int(demand[-1])])],
        distance_matrices=[distance],
        duration_matrices=[np.zeros_like(distance)],
    )


def _whole(values: Any) -> Any:
    scale = 1 if np.array_equal(values, np.rint(values)) else RESOLUTION
    return np.rint(values * scale).astype(np.int64)
