"""PyVRP on a vehicle-routing problem: the classical answer to compare with."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from qopt import Answer, QoptError, Task, missing_package

from .problem import VehicleRouting

RESOLUTION = 1000  # of a unit, where numbers are not whole
LONGEST = 1e9  # of a time that has no end
TELLING = 0.1  # seconds between two plans that the task is told of
INFEASIBLE = 1e16  # of a cost: PyVRP's of a plan that breaks something is the largest there is


@dataclass(frozen=True)
class PyVRP:
    """Iterated local search by PyVRP (Wouda, Lan and Kool 2024), with its own defaults.

    `num_iterations` bounds the search besides the time limit.
    """

    num_iterations: int | None = None

    algorithm_version: ClassVar = 1
    summary: ClassVar = "iterated local search of PyVRP, for vehicle-routing only"
    needs: ClassVar = "the extra 'baselines' (pyvrp)"

    def __post_init__(self) -> None:
        if self.num_iterations is not None and not (
            isinstance(self.num_iterations, int) and self.num_iterations >= 1
        ):
            raise QoptError(
                f"num_iterations={self.num_iterations!r}: give a whole number, 1 or more"
            )

    def missing(self) -> str | None:
        return missing_package("pyvrp", "baselines")

    @staticmethod
    def made_for(problem: Any) -> bool:
        return isinstance(problem, VehicleRouting)

    def solve(self, task: Task) -> Answer:
        if not isinstance(task.problem, VehicleRouting):
            raise QoptError(
                f"solver 'pyvrp' routes vehicles; it cannot solve a {type(task.problem).__name__}"
            )
        if task.time_limit is None and self.num_iterations is None:
            raise QoptError("solver 'pyvrp' needs a time_limit or num_iterations")
        import pyvrp

        with task.timing("compile"):
            data, units = _data(task.problem)
        task.start()
        stop = _Stop(task, self.num_iterations, units)
        parameters = pyvrp.SolveParams()
        if task.elsewhere is not None:  # others want to know of better plans before the end
            callbacks = _callbacks(stop)
            parameters = pyvrp.SolveParams(pyvrp.IteratedLocalSearchParams(callbacks=callbacks))
        with task.timing("sample"):
            result = pyvrp.solve(
                data,
                stop,
                seed=task.seed % 2**32,
                collect_stats=False,
                display=False,
                params=parameters,
            )
        return Answer(
            plans=[_plan(task.problem, result.best)],
            stopped_by=stop.reason,
            info={"iterations": result.num_iterations},
        )


class _Stop:
    """PyVRP asks this each iteration whether to stop.

    It remembers why, and tells the task of what PyVRP has by then.

    PyVRP counts costs in `units` of one of ours.
    """

    def __init__(self, task: Task, num_iterations: int | None, units: float) -> None:
        self._task, self._left, self._units = task, num_iterations, units
        self._best, self._iterations = math.inf, 0
        self._better: Any = None  # a solution of which the task has not been told
        self._told = 0.0
        self.reason: Any = "done"

    def keep(self, solution: Any) -> None:
        """A better solution, of which the task is told soon."""
        self._better = solution

    def __call__(self, best_cost: float) -> bool:
        self._iterations += 1
        if best_cost < min(self._best, INFEASIBLE):
            self._best = best_cost
            self._task.reached(best_cost / self._units, sweeps=self._iterations)
        if self._better is not None and time.perf_counter() - self._told > TELLING:
            self._told = time.perf_counter()
            self._task.offer(_plan(self._task.problem, self._better), sweeps=self._iterations)
            self._better = None
        if self._task.interrupt is not None and self._task.interrupt():
            self.reason = "interrupt"
        elif self._task.deadline is not None and time.perf_counter() >= self._task.deadline:
            self.reason = "time"
        elif self._left is not None and (remaining := self._left) >= 0:
            self._left = remaining - 1
            self.reason = "sweeps" if remaining == 0 else "done"
        return bool(self.reason != "done")


def _callbacks(stop: _Stop) -> Any:
    from pyvrp import IteratedLocalSearchCallbacks

    class Callbacks(IteratedLocalSearchCallbacks):
        def on_best(self, best: Any) -> None:
            stop.keep(best)

    return Callbacks()


def _plan(problem: Any, solution: Any) -> Any:
    """A solution of PyVRP's as a plan."""
    routes = [
        ([problem.depots + stop.idx for stop in route if stop.is_client()], route.vehicle_type())
        for route in solution.routes()
    ]
    return problem._trips.plan(routes)


def _data(problem: VehicleRouting) -> tuple[Any, float]:
    """The problem as PyVRP takes it, and in how many parts of our unit it counts costs.

    PyVRP counts in whole numbers, where need be thousandths, rounded so that its plans are feasible
    here, too.
    """
    import pyvrp

    trips = problem._trips
    rates = sorted({vehicle.cost_per_distance for vehicle in trips.types})
    ways = np.array([rate * trips.distance for rate in rates])
    fixed = np.array([vehicle.fixed_cost for vehicle in trips.types])
    required = np.isinf(trips.prize)
    costs = ways, fixed, np.where(required, 0.0, trips.prize)
    units = _units(*costs)
    ways, fixed, prize = _whole(np.rint, *costs)
    room = np.array([vehicle.capacity for vehicle in trips.types])
    demand, room = _whole(np.ceil, trips.demand, -room)  # a capacity is rounded down
    limits = np.array([np.inf if v.max_duration is None else v.max_duration for v in trips.types])
    limits = np.where(np.isinf(limits), LONGEST, limits)
    late = np.where(np.isinf(trips.due), LONGEST, trips.due)
    time = trips.time if trips.timed else np.zeros_like(trips.time)
    time, service, early, late, limits = _whole(
        np.ceil, time, trips.service, trips.ready, -late, -limits
    )
    for way in [*ways, time]:
        np.fill_diagonal(way, 0)
    clients = [
        pyvrp.Client(
            c,
            delivery=[int(demand[c])],
            service_duration=int(service[c]),
            tw_early=int(early[c]),
            tw_late=int(-late[c]),
            prize=int(prize[c]),
            required=bool(required[c]),
        )
        for c in problem.customers
    ]
    types = [
        pyvrp.VehicleType(
            num_available=vehicle.count,
            capacity=[int(-room[kind])],
            start_depot=vehicle.depot,
            end_depot=vehicle.depot,
            fixed_cost=int(fixed[kind]),
            shift_duration=int(-limits[kind]),
            profile=rates.index(vehicle.cost_per_distance),
        )
        for kind, vehicle in enumerate(trips.types)
    ]
    data = pyvrp.ProblemData(
        locations=[pyvrp.Location(0, 0) for _ in problem.demand],
        clients=clients,
        depots=[
            pyvrp.Depot(d, tw_early=int(early[d]), tw_late=int(-late[d]))
            for d in range(trips.depots)
        ],
        vehicle_types=types,
        distance_matrices=list(ways),
        duration_matrices=[time] * len(rates),
    )
    return data, units


def _units(*values: Any) -> float:
    """1 where all values are whole, else thousandths."""
    return 1 if all(np.array_equal(value, np.rint(value)) for value in values) else RESOLUTION


def _whole(rounding: Any, *values: Any) -> list[Any]:
    """The values as whole numbers, all in the same units."""
    units = _units(*values)
    return [rounding(np.round(value * units, 6)).astype(np.int64) for value in values]
