"""Plans scored once more, a step at a time and by nothing but the problem's own data: what
`evaluate` says has to agree.

Each function gives a feasible plan's objective, and None for any other. Of vehicle routing this
covers what published instances have: trucks that are alike, one depot, windows, and everybody
served.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from math import inf
from typing import Any

from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    MultiKnapsack,
    QuadraticAssignment,
    TravellingSalesman,
    VehicleRouting,
)
from problems.scheduling import (
    Employee,
    FlexibleJobShop,
    JobShop,
    ProjectScheduling,
    Rostering,
    Shift,
)

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
            now += float(travel[a, b]) + (
                0.0 if problem.service is None else float(problem.service[a])
            )
            if problem.windows is not None:
                first, last = problem.windows[b]
                if now > last + LATE:
                    return None
                now = max(now, float(first)) if b else now
    return total


def shop(problem: JobShop | FlexibleJobShop, plan: Any) -> float | None:
    """A step of a job shop is its only choice."""
    steps = {(j, s): step for j, job in enumerate(problem.jobs) for s, step in enumerate(job)}
    choices = {
        at: step if isinstance(problem, FlexibleJobShop) else (step,) for at, step in steps.items()
    }
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
    if any(
        after.start < before.end for queue in queues.values() for before, after in pairwise(queue)
    ):
        return None
    return float(max(o.end for o in plan.operations))


def project(problem: ProjectScheduling, plan: Any) -> float | None:
    start = {e.activity: e.start for e in plan.executions}
    activities = {a.name: a for a in problem.activities}
    if (
        start.keys() != activities.keys()
        or len(plan.executions) != len(start)
        or min(start.values()) < 0
    ):
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
    if not each_once(problem.items, plan):
        return None
    return (
        None
        if any(sum(size[i] for i in items) > problem.capacity + LATE for items in filled)
        else float(len(filled))
    )


def each_once(items: Sequence[str], plan: Any) -> bool:
    """Everything is held by one holder, and no holder comes twice."""
    held = [item for load in plan.loads for item in load.items]
    return sorted(held) == sorted(items) and len({load.holder for load in plan.loads}) == len(
        plan.loads
    )


def layout(problem: QuadraticAssignment, plan: Any) -> float | None:
    at = {
        facility: problem.locations.index(place)
        for facility, place in plan.places
        if place in problem.locations
    }
    if sorted(f for f, _ in plan.places) != sorted(problem.facilities) or len(
        set(at.values())
    ) != len(problem.facilities):
        return None
    placed = [(f, at[name]) for f, name in enumerate(problem.facilities)]
    travel = sum(
        float(problem.flow[f, g] * problem.distance[k, m]) for f, k in placed for g, m in placed
    )
    return travel + (
        0.0 if problem.cost is None else sum(float(problem.cost[place]) for place in placed)
    )


def sites(problem: FacilityLocation, plan: Any) -> float | None:
    if not each_once(problem.customers, plan) or not {load.holder for load in plan.loads} <= set(
        problem.sites
    ):
        return None
    total = 0.0
    for load in plan.loads:
        i, served = (
            problem.sites.index(load.holder),
            [problem.customers.index(customer) for customer in load.items],
        )
        if sum(problem.demand[j] for j in served) > problem.capacity[i] + LATE:
            return None
        total += float(problem.fixed[i]) + sum(float(problem.cost[j, i]) for j in served)
    return total


def jobs(problem: GeneralizedAssignment, plan: Any) -> float | None:
    if not each_once(problem.jobs, plan) or not {load.holder for load in plan.loads} <= set(
        problem.agents
    ):
        return None
    total = 0.0
    for load in plan.loads:
        a, mine = problem.agents.index(load.holder), [problem.jobs.index(job) for job in load.items]
        if sum(problem.load[j, a] for j in mine) > problem.capacity[a] + LATE:
            return None
        total += sum(float(problem.profit[j, a]) for j in mine)
    return total


def knapsack(problem: MultiKnapsack, plan: Any) -> float | None:
    if len(set(plan.items)) < len(plan.items) or not set(plan.items) <= set(problem.items):
        return None
    taken = [problem.items.index(item) for item in plan.items]
    for need, capacity in zip(problem.need, problem.capacity, strict=True):
        if sum(need[k] for k in taken) > capacity + LATE:
            return None
    return sum(float(problem.profit[k]) for k in taken)


def roster(problem: Rostering, plan: Any) -> float | None:
    shifts = {shift.name: shift for shift in problem.shifts}
    lines = {line.employee: line.shifts for line in plan.lines}
    if sorted(line.employee for line in plan.lines) != sorted(
        employee.name for employee in problem.staff
    ):
        return None
    if any(len(line) != problem.days or not {*line} <= {"", *shifts} for line in lines.values()):
        return None
    if not all(kept(employee, lines[employee.name], shifts) for employee in problem.staff):
        return None
    total = 0.0
    for wish in problem.requests:
        heard = (lines[wish.employee][wish.day] == wish.shift) is wish.wanted
        total += 0.0 if heard else wish.weight
    for cover in problem.cover:
        there = sum(line[cover.day] == cover.shift for line in lines.values())
        total += (
            cover.under * (cover.needed - there)
            if there < cover.needed
            else cover.over * (there - cover.needed)
        )
    return None if total == inf else total


def kept(employee: Employee, line: Sequence[str], shifts: Mapping[str, Shift]) -> bool:
    """Whether a line keeps the rules of an employee, day by day."""
    minutes, weekends = 0, set[int]()
    run = 0  # of days like the present one, so far; none is too short where it began before day 0
    begun = False
    for day, (name, tomorrow) in enumerate(zip(line, [*line[1:], None], strict=True)):
        run += 1
        if name:
            minutes += shifts[name].minutes
            if day in employee.days_off or (tomorrow and tomorrow in shifts[name].not_before):
                return False
            if employee.max_consecutive is not None and run > employee.max_consecutive:
                return False
            weekends |= {day // 7} if day % 7 in (5, 6) else set()
        if tomorrow is not None and (tomorrow == "") != (name == ""):
            least = employee.min_consecutive if name else employee.min_days_off
            if begun and run < least:
                return False
            run, begun = 0, True
    most_minutes = inf if employee.max_minutes is None else employee.max_minutes
    most_weekends = inf if employee.max_weekends is None else employee.max_weekends
    if any(line.count(name) > most for name, most in employee.max_shifts.items()):
        return False
    return employee.min_minutes <= minutes <= most_minutes and len(weekends) <= most_weekends


SCORES: dict[type[Any], Callable[[Any, Any], float | None]] = {
    TravellingSalesman: tour,
    VehicleRouting: routes,
    JobShop: shop,
    FlexibleJobShop: shop,
    ProjectScheduling: project,
    Rostering: roster,
    BinPacking: packing,
    QuadraticAssignment: layout,
    FacilityLocation: sites,
    GeneralizedAssignment: jobs,
    MultiKnapsack: knapsack,
}


def disagreement(problem: Any, plan: Any, objective: float) -> str | None:
    """How the score of a feasible plan differs from the one here; None where it does not, or is not
    scored here.
    """
    score = SCORES.get(type(problem))
    if score is None:
        return None
    here = score(problem, plan)
    if here is None:
        return f"a plan of objective {objective:g} is not feasible"
    return (
        None
        if abs(here - objective) <= LATE * max(1.0, abs(here))
        else f"objective {objective:g} is {here:g}"
    )
