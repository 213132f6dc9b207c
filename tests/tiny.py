"""Problems small enough to enumerate, with optima found by enumerating plans, not models."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import dimod
import numpy as np

from problems.graphs import Colouring, GraphColouring, MaxCut
from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    Loads,
    MultiKnapsack,
    QuadraticAssignment,
    TravellingSalesman,
    VehicleRouting,
)
from problems.plain import Bits, QuboFile
from problems.portfolio import (
    AllocationPath,
    ConditionalValueAtRisk,
    IndexTracking,
    MeanVariance,
    Rebalancing,
)
from problems.scheduling import (
    Activity,
    Cover,
    Employee,
    Event,
    FlexibleJobShop,
    JobShop,
    Lecture,
    Line,
    ParallelMachines,
    ProjectScheduling,
    Request,
    Room,
    Roster,
    Rostering,
    Shift,
    Timetable,
    Timetabling,
)

# a square with the depot in its middle, sides 10, diagonals rounded
SQUARE = np.array(
    [
        [0, 7, 7, 7, 7],
        [7, 0, 10, 14, 10],
        [7, 10, 0, 10, 14],
        [7, 14, 10, 0, 10],
        [7, 10, 14, 10, 0],
    ],
    dtype=np.float64,
)


def routing(formulation: Any = "routes", customers: int = 4) -> VehicleRouting:
    n = customers + 1
    return VehicleRouting(
        SQUARE[:n, :n],
        demand=[0, 2, 1, 2, 1][:n],
        capacity=3,
        vehicles=2,
        name="square",
        formulation=formulation,
    )


def cities() -> TravellingSalesman:
    """Four cities, with other ways back than there, where always to the nearest is not best."""
    distance = [[0, 1, 6, 3], [4, 0, 2, 6], [3, 5, 0, 1], [11, 7, 4, 0]]
    return TravellingSalesman(
        np.array(distance, dtype=np.float64),
        cities=("Ulm", "Bonn", "Jena", "Kiel"),
        name="four cities",
    )


def shop() -> JobShop:
    """Two jobs that cross on two machines."""
    return JobShop((((0, 2), (1, 1)), ((1, 1), (0, 1))), name="cross", horizon=4)


def project() -> ProjectScheduling:
    """Painting takes both of the crew, digging and then pouring one of them: all in turn."""
    dig, pour = Activity("dig", 2, {"crew": 1}), Activity("pour", 1, {"crew": 1}, ("dig",))
    paint = Activity("paint", 1, {"crew": 2})
    return ProjectScheduling((dig, pour, paint), {"crew": 2}, name="house")


def flexible_shop() -> FlexibleJobShop:
    """Two jobs of which each has a step that may be on either machine."""
    return FlexibleJobShop(
        ((((0, 2), (1, 2)), ((0, 1),)), (((0, 1), (1, 2)),)), name="two ways", horizon=4
    )


def graph() -> GraphColouring:
    return GraphColouring((("a", "b"), ("b", "c"), ("c", "a")), name="triangle")


def machines() -> ParallelMachines:
    """Three jobs on two machines, where longest first ends at 5."""
    return ParallelMachines(
        ((4, 2), (1, 3), (4, 2)),
        ("press", "lathe"),
        jobs=("axle", "gear", "pin"),
        name="two machines",
    )


def week() -> Timetabling:
    """Three events that share people two by two, in three periods of two rooms.

    The second room is free in the last of them only.
    """
    events = [
        Event(f"event {k}", who, course="maths", preferences={"noon": k})
        for k, who in enumerate((("ann",), ("ann", "bob"), ("bob",)), 1)
    ]
    rooms = (Room("hall", 1), Room("lab", 1, ("morning", "noon")))
    return Timetabling(
        tuple(events),
        rooms,
        ("morning", "noon", "night"),
        ("day", "day", "night"),
        spread=2.0,
        name="week",
    )


def roster() -> Rostering:
    """Two days, where ann wishes for the day after a night, which nobody may work."""
    staff = (Employee("ann", min_minutes=480), Employee("bob", {"day": 0}))
    cover = tuple(
        Cover(day, shift, 1, 2.0, 1.0) for day, shift in ((0, "night"), (1, "day"), (1, "night"))
    )
    wishes = (
        Request("ann", 0, "night", 6.0),
        Request("ann", 1, "day", 5.0),
        Request("bob", 1, "night", 3.0, wanted=False),
    )
    shifts = (Shift("day", 480), Shift("night", 480, ("day",)))
    return Rostering(2, shifts, staff, cover, wishes, name="two days")


def cut() -> MaxCut:
    return MaxCut(
        (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c")), (1, 2, 3, 4, -5), name="signs"
    )


def bits() -> QuboFile:
    return QuboFile(
        np.array([2.0, 2, -1]),
        np.array([0, 1]),
        np.array([1, 2]),
        np.array([-3.0, 4]),
        name="three bits",
    )


def layout() -> QuadraticAssignment:
    flow, distance = (
        np.array([[0, 3, 1], [0, 0, 2], [4, 0, 0.0]]),
        np.array([[1, 2, 5], [3, 1, 2], [4, 6, 0.0]]),
    )
    return QuadraticAssignment(flow, distance, facilities=("desk", "oven", "sink"), name="kitchen")


def sites() -> FacilityLocation:
    """Two sites, where opening only one saves more than it costs."""
    return FacilityLocation(
        [3.0, 4.0], [[1, 5], [4, 2], [3, 3]], demand=[1, 1, 2], capacity=[4, 3], name="two sites"
    )


def bins() -> BinPacking:
    return BinPacking([3, 3, 2, 2], 5, name="four items")


def jobs() -> GeneralizedAssignment:
    return GeneralizedAssignment(
        [[6, 4], [5, 4], [3, 1]], [[2, 1], [2, 2], [1, 1]], [3, 3], name="three jobs"
    )


def knapsack() -> MultiKnapsack:
    return MultiKnapsack([5, 4, 3, 1], [[2, 1, 2, 1], [1, 2, 1, 1]], [3, 3], name="four items")


def portfolio() -> MeanVariance:
    covariance = np.array([[0.04, 0.01, 0.0], [0.01, 0.09, 0.02], [0.0, 0.02, 0.16]])
    limits = {"max_assets": 2, "min_holding": 0.25, "lot": 0.25}
    return MeanVariance([0.05, 0.08, 0.12], covariance, risk_aversion=1.5, name="three", **limits)


def tracking() -> IndexTracking:
    returns = [[0.1, 0.0, -0.1], [0.0, 0.1, 0.2], [0.05, -0.05, 0.0], [0.0, 0.0, 0.1]]
    return IndexTracking(
        returns,
        [0.05, 0.05, 0.0, 0.02],
        max_assets=2,
        min_holding=0.25,
        lot=0.25,
        name="four weeks",
    )


def tail() -> ConditionalValueAtRisk:
    """Two scenarios: the asset that may lose earns more; a step divides every loss of a lot."""
    limits: Any = {"lot": 0.5, "step": 0.05, "min_return": 0.075}
    return ConditionalValueAtRisk(
        [[-0.1, 0.0], [0.3, 0.1]], level=0.5, name="two scenarios", **limits
    )


def rebalancing() -> Rebalancing:
    """What was best in the first period is worst in the second, and one asset costs to trade."""
    limits: Any = {"lot": 0.5, "current": {}, "linear_cost": [0.01, 0.0]}
    return Rebalancing(
        [[0.1, 0.05], [0.04, 0.08]],
        [[0.04, 0.01], [0.01, 0.09]],
        risk_aversion=0.5,
        name="two periods",
        **limits,
    )


def all_routings(problem: VehicleRouting) -> Iterator[Any]:
    """Every way to give the customers, in every order, to the trucks."""
    for order in itertools.permutations(problem.customers):
        for cuts in itertools.combinations_with_replacement(
            range(len(order) + 1), problem.vehicles - 1
        ):
            ends = [0, *cuts, len(order)]
            yield problem.routes([order[a:b] for a, b in itertools.pairwise(ends)])


def all_tours(problem: TravellingSalesman) -> Iterator[Any]:
    """Every order, from every first city on."""
    return map(problem.tour, itertools.permutations(range(len(problem.cities))))


def all_schedules(problem: JobShop) -> Iterator[Any]:
    """Every semi-active schedule: one of them is optimal for the makespan."""
    steps = [(j, s) for j, job in enumerate(problem.jobs) for s in range(len(job))]
    for order in itertools.permutations(range(len(steps))):
        yield problem.semi_active(dict(zip(steps, order, strict=True)))


def all_project_plans(problem: ProjectScheduling) -> Iterator[Any]:
    """Every order, built by the serial scheme: one of them is optimal."""
    for order in itertools.permutations(range(len(problem.activities))):
        yield problem.scheduled(dict(enumerate(order)))


def all_flexible_schedules(problem: FlexibleJobShop) -> Iterator[Any]:
    """Every order of the steps, on every choice of machines."""
    steps = [(j, s) for j, job in enumerate(problem.jobs) for s in range(len(job))]
    for chosen in itertools.product(*(step for job in problem.jobs for step in job)):
        machines = {step: machine for step, (machine, _) in zip(steps, chosen, strict=True)}
        for order in itertools.permutations(range(len(steps))):
            yield problem.semi_active(dict(zip(steps, order, strict=True)), machines)


def all_allocations(problem: Any) -> Iterator[Any]:
    wealth = problem.limits.holdings.total_lots
    for lots in itertools.product(range(wealth + 1), repeat=len(problem.names)):
        if sum(lots) == wealth:
            yield problem.allocation(lots)


def all_paths(problem: Rebalancing) -> Iterator[Any]:
    each = list(all_allocations(problem.selections[0]))
    for chosen in itertools.product(each, repeat=len(problem.periods)):
        yield AllocationPath(dict(zip(problem.periods, chosen, strict=True)))


def all_colourings(problem: GraphColouring) -> Iterator[Any]:
    n = len(problem.nodes)
    for colours in itertools.product(range(1, n + 1), repeat=n):
        yield Colouring(dict(zip(problem.nodes, colours, strict=True)))


def all_queues(problem: ParallelMachines) -> Iterator[Any]:
    """Every way to give the jobs, in every order, to two machines."""
    for order in itertools.permutations(problem.jobs):
        for first in range(len(order) + 1):
            yield problem.schedule(
                dict(zip(problem.machines, (order[:first], order[first:]), strict=True))
            )


def all_timetables(problem: Timetabling) -> Iterator[Any]:
    for places in itertools.product(
        itertools.product(problem.periods, problem.rooms), repeat=len(problem.events)
    ):
        lectures = zip(problem.events, places, strict=True)
        yield Timetable(
            tuple(Lecture(event.name, period, room.name) for event, (period, room) in lectures)
        )


def all_rosters(problem: Rostering) -> Iterator[Any]:
    lines = list(
        itertools.product(["", *(shift.name for shift in problem.shifts)], repeat=problem.days)
    )
    for chosen in itertools.product(lines, repeat=len(problem.staff)):
        yield Roster(
            tuple(
                Line(employee.name, line)
                for employee, line in zip(problem.staff, chosen, strict=True)
            )
        )


def all_cuts(problem: MaxCut) -> Iterator[Any]:
    for sides in itertools.product([False, True], repeat=len(problem.nodes)):
        yield problem.cut(np.array(sides))


def all_bits(problem: QuboFile) -> Iterator[Any]:
    for chosen in itertools.product([False, True], repeat=len(problem.names)):
        yield Bits(tuple(itertools.compress(problem.names, chosen)))


def all_layouts(problem: QuadraticAssignment) -> Iterator[Any]:
    for location in itertools.permutations(range(len(problem.locations)), len(problem.facilities)):
        yield problem.layout(location)


def all_loads(items: Sequence[str], holders: Sequence[str]) -> Iterator[Any]:
    """Every way to give each item to a holder; those that hold nothing are left out."""
    for given in itertools.product(range(len(holders)), repeat=len(items)):
        held = np.array(given)[:, None] == np.arange(len(holders))
        yield Loads.of(held, items, holders, np.zeros(held.shape))


def all_selections(problem: MultiKnapsack) -> Iterator[Any]:
    for taken in itertools.product([False, True], repeat=len(problem.items)):
        yield problem.selection(np.array(taken))


PLANS: dict[type[Any], Callable[[Any], Iterator[Any]]] = {
    VehicleRouting: all_routings,
    TravellingSalesman: all_tours,
    JobShop: all_schedules,
    FlexibleJobShop: all_flexible_schedules,
    MeanVariance: all_allocations,
    IndexTracking: all_allocations,
    ConditionalValueAtRisk: all_allocations,
    Rebalancing: all_paths,
    GraphColouring: all_colourings,
    ParallelMachines: all_queues,
    ProjectScheduling: all_project_plans,
    Rostering: all_rosters,
    Timetabling: all_timetables,
    MaxCut: all_cuts,
    QuboFile: all_bits,
    QuadraticAssignment: all_layouts,
    FacilityLocation: lambda problem: all_loads(problem.customers, problem.sites),
    BinPacking: lambda problem: all_loads(
        problem.items, [f"bin {k}" for k in range(1, len(problem.items) + 1)]
    ),
    GeneralizedAssignment: lambda problem: all_loads(problem.jobs, problem.agents),
    MultiKnapsack: all_selections,
}


def optimum(problem: Any) -> float:
    scores = (problem.evaluate(plan) for plan in PLANS[type(problem)](problem))
    best = min if problem.sense == "min" else max
    return best(score.objective for score in scores if score.feasible)


def ground(problem: Any) -> float:
    """The lowest energy of the problem's model, which is minimised whatever the sense."""
    return optimum(problem) if problem.sense == "min" else -optimum(problem)


PROBLEMS = {
    "routes": routing(),
    "slots": routing("slots", customers=3),
    "travelling-salesman": cities(),
    "job-shop": shop(),
    "flexible-job-shop": flexible_shop(),
    "mean-variance": portfolio(),
    "index-tracking": tracking(),
    "conditional-value-at-risk": tail(),
    "rebalancing": rebalancing(),
    "graph-colouring": graph(),
    "parallel-machines": machines(),
    "project-scheduling": project(),
    "rostering": roster(),
    "timetabling": week(),
    "max-cut": cut(),
    "qubo-file": bits(),
    "quadratic-assignment": layout(),
    "facility-location": sites(),
    "bin-packing": bins(),
    "generalized-assignment": jobs(),
    "multi-knapsack": knapsack(),
}


def random_cqm(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """A small model with all kinds of variables and constraints."""
    cqm = dimod.ConstrainedQuadraticModel()
    binaries = [dimod.Binary(f"b{k}") for k in range(random.integers(3, 5))]
    others: list[Any] = []
    if random.random() < 0.5:
        low = int(random.integers(-2, 1))
        others.append(
            dimod.Integer("i", lower_bound=low, upper_bound=low + int(random.integers(1, 4)))
        )
    if random.random() < 0.5:
        others.append(dimod.Spin("s"))
    variables = (
        others + binaries
    )  # the binaries last, so that no constraint on them begins at variable 0
    objective = sum(float(random.integers(-5, 6)) * v for v in variables)
    for u, v in itertools.combinations(variables, 2):
        if random.random() < 0.5:
            objective += float(random.integers(-5, 6)) * u * v
    if others and next(iter(others[0].variables)) == "i":
        objective += float(random.integers(-3, 4)) * others[0] * others[0]
    cqm.set_objective(objective)
    halves = (
        sum(float(random.integers(-3, 4)) / 2 * v for v in variables if v is not binaries[0])
        + 0.5 * binaries[0]
    )
    cqm.add_constraint(halves <= float(random.integers(-2, 4)) / 2, label="inequality")
    cqm.add_constraint(sum(binaries) <= 1, label="at most one")
    cqm.add_constraint(sum(variables) == 1, label="equality")
    cqm.add_constraint(binaries[0] + 2 * binaries[1] + sum(others) >= 1, label="at least")
    cqm.add_constraint(2 * binaries[1] * binaries[2] == 0, label="product")
    return cqm
