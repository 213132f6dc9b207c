"""Plans scored once more, a step at a time and by nothing but the problem's own data: what `evaluate` says has to agree.

Each function gives a feasible plan's objective, and None for any other. Of vehicle routing this covers what published instances
have: trucks that are alike, one depot, windows, and everybody served. Rosters are not scored here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from problems.logistics import BinPacking, TravellingSalesman, VehicleRouting
from problems.scheduling import FlexibleJobShop, JobShop, ProjectScheduling

LATE = 1e-6  # sums of decimals that round up are not late, nor too much


def tour(problem: TravellingSalesman, plan: Any) -> float | None:
    if sorted(plan.cities) != sorted(problem.cities):
        return None
    order = [problem.cities.index(city) for city in plan.cities]
    return float(sum(problem.distance[a, b] for a, b in pairwise([*order, order[0]])))


def routes(problem: VehicleRouting, plan: Any) -> float | None:
    served = sorted(c for route in plan.routes for c in route.customers)
    if served != list(problem.customers) or len(plan.routes) > problem.vehicles:
        return None
    travel = problem.distance if problem.travel_time is None else problem.travel_time
    total = 0.0
    for route in plan.routes:
        if sum(problem.demand[c] for c in route.customers) > problem.capacity + LATE:
            return None
        now = 0.0 if problem.windows is None else float(problem.windows[0, 0])
        for a, b in pairwise([0, *route.customers, 0]):
            total += float(problem.distance[a, b])
            now += float(travel[a, b]) + (0.0 if problem.service is None else float(problem.service[a]))
            if problem.windows is not None:
                first, last = problem.windows[b]
                if now > last + LATE:
                    return None
                now = max(now, float(first)) if b else now
    return total


def shop(problem: JobShop | FlexibleJobShop, plan: Any) -> float | None:
    """A step of a job shop is its only choice."""
    steps = {(j, s): step for j, job in enumerate(problem.jobs) for s, step in enumerate(job)}
    choices = {at: step if isinstance(problem, FlexibleJobShop) else (step,) for at, step in steps.items()}
    placed = {(o.job, o.step): o for o in plan.operations}
    if placed.keys() != choices.keys() or len(placed) != len(plan.operations):
        return None
    for (j, s), o in placed.items():
        before = placed.get((j, s - 1))
        if (o.machine, o.duration) not in choices[j, s] or o.start < (before.end if before else 0):
            return None
    queues: dict[int, list[Any]] = {}
    for o in sorted(plan.operations, key=lambda o: (o.start, o.end)):
        queues.setdefault(o.machine, []).append(o)
    if any(after.start < before.end for queue in queues.values() for before, after in pairwise(queue)):
        return None
    return float(max(o.end for o in plan.operations))


def project(problem: ProjectScheduling, plan: Any) -> float | None:
    start = {e.activity: e.start for e in plan.executions}
    activities = {a.name: a for a in problem.activities}
    if start.keys() != activities.keys() or len(plan.executions) != len(start) or min(start.values()) < 0:
        return None
    if any(e.duration != activities[e.activity].duration for e in plan.executions):
        return None
    end = {name: start[name] + a.duration for name, a in activities.items()}
    if any(start[name] < end[earlier] for name, a in activities.items() for earlier in a.after):
        return None
    for now in range(max(end.values())):
        running = [a for name, a in activities.items() if start[name] <= now < end[name]]
        for resource, there in problem.capacity.items():
            if sum(a.needs.get(resource, 0) for a in running) > there:
                return None
    return float(max(end.values()))


def packing(problem: BinPacking, plan: Any) -> float | None:
    size = dict(zip(problem.items, problem.size.tolist(), strict=True))
    filled = [load.items for load in plan.loads if load.items]
    if sorted(item for items in filled for item in items) != sorted(problem.items):
        return None
    if len({load.holder for load in plan.loads}) < len(plan.loads):
        return None
    return None if any(sum(size[i] for i in items) > problem.capacity + LATE for items in filled) else float(len(filled))


SCORES: dict[type[Any], Callable[[Any, Any], float | None]] = {
    TravellingSalesman: tour,
    VehicleRouting: routes,
    JobShop: shop,
    FlexibleJobShop: shop,
    ProjectScheduling: project,
    BinPacking: packing,
}


def disagreement(problem: Any, plan: Any, objective: float) -> str | None:
    """How the score of a feasible plan differs from the one here; None where it does not, or is not scored here."""
    score = SCORES.get(type(problem))
    if score is None:
        return None
    here = score(problem, plan)
    if here is None:
        return f"a plan of objective {objective:g} is not feasible"
    return None if abs(here - objective) <= LATE * max(1.0, abs(here)) else f"objective {objective:g} is {here:g}"
