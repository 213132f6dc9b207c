"""Plans of logistics scored by their definitions, stop by stop and item by item.

`broken` has the kinds of the problems' violations, and "holder" for a bin, site or agent that does
not exist or is listed twice. The objective is nan where the definition gives none. Names that do
not exist cost nothing.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import pairwise
from typing import Any

from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    Layout,
    Loads,
    MultiKnapsack,
    QuadraticAssignment,
    Routes,
    Selection,
    Tour,
    TravellingSalesman,
    VehicleRouting,
    VehicleType,
)

from . import Score

LEEWAY = 1e-9  # of a limit: sums of numbers that are not whole are off by rounding


def _above(amount: float, limit: float) -> bool:
    return amount > limit + LEEWAY * max(1.0, abs(limit))


def _score(objective: float, broken: set[str], *, defined: bool = True) -> Score:
    return Score(float(objective) if defined else math.nan, not broken, frozenset(broken))


# ---- routes


def vehicle_routing(problem: VehicleRouting, plan: Routes) -> Score:
    """Each customer on one trip, or its prize lost.

    Trips of vehicles there are, not too heavy, in time and not too long.

    Source: Toth and Vigo, Vehicle Routing (2014). A vehicle without customers stays at its depot.
    """
    types = {kind.name: kind for kind in problem.fleet} or {
        "": VehicleType(problem.capacity, problem.vehicles)
    }
    customers = range(problem.depots, len(problem.demand))
    visits, driven = Counter[int](), Counter[str]()
    cost, broken = 0.0, set[str]()
    for route in plan.routes:
        if not route.customers:
            continue
        known = [customer for customer in route.customers if customer in customers]
        visits.update(known)
        if len(known) < len(route.customers):
            broken.add("customer")
        if route.vehicle not in types:
            broken.add("vehicle")
            continue
        kind = types[route.vehicle]
        driven[kind.name] += 1
        way = [kind.depot, *known, kind.depot]
        cost += kind.fixed_cost
        for a, b in pairwise(way):
            cost += kind.cost_per_distance * problem.distance[a][b]
        if _above(sum(problem.demand[customer] for customer in known), kind.capacity):
            broken.add("capacity")
        broken |= _untimely(problem, kind, way)
    for customer in customers:
        prize = math.inf if problem.prize is None else problem.prize[customer]
        if visits[customer] == 0 and prize < math.inf:
            cost += prize
        elif visits[customer] != 1:
            broken.add("served")
    for kind in types.values():
        if driven[kind.name] > kind.count:
            broken.add("vehicles")
    return _score(cost, broken, defined="vehicle" not in broken)


def _untimely(problem: VehicleRouting, kind: VehicleType, way: Sequence[int]) -> set[str]:
    """Windows missed by leaving as early as can be, which is never late where another time is not.

    Else whether every time of leaving makes the trip too long.

    The shortest trip leaves so that it just makes the opening of some stop without a wait, or the
    closing of one, if not when its depot opens: between these times only the waits change, and by
    as much as the time of leaving does.
    """
    _, missed, so_far = _driven(problem, way, _window(problem, way[0])[0])
    limit = problem.max_duration if kind.max_duration is None else kind.max_duration
    if missed or limit is None:
        return missed
    first = _window(problem, way[0])[0]
    leavings = {first} | {
        moment - needed
        for stop, needed in zip(way[1:], so_far, strict=True)
        for moment in _window(problem, stop)
        if first < moment - needed < math.inf
    }
    durations = []
    for leaving in leavings:
        back, missed, _ = _driven(problem, way, leaving)
        if not missed:
            durations.append(back - leaving)
    return {"duration"} if _above(min(durations), limit) else set()


def _driven(
    problem: VehicleRouting, way: Sequence[int], leaving: float
) -> tuple[float, set[str], list[float]]:
    """When a trip is back, the windows it misses, and how long it drives and serves to a stop."""
    time = problem.distance if problem.travel_time is None else problem.travel_time
    clock, needed, missed, so_far = leaving, 0.0, set[str](), []
    for number, (a, b) in enumerate(pairwise(way), 2):
        opens, closes = _window(problem, b)
        clock, needed = max(clock + time[a][b], opens), needed + time[a][b]
        so_far.append(needed)
        if _above(clock, closes):
            missed.add("closing" if number == len(way) else "window")
        if problem.service is not None:
            clock, needed = clock + problem.service[b], needed + problem.service[b]
    return clock, missed, so_far


def _window(problem: VehicleRouting, node: int) -> tuple[float, float]:
    return (0.0, math.inf) if problem.windows is None else tuple(problem.windows[node].tolist())


def travelling_salesman(problem: TravellingSalesman, plan: Tour) -> Score:
    """Each city once, and back to the first. Source: Dantzig, Fulkerson and Johnson (1954)."""
    row = {city: k for k, city in enumerate(problem.cities)}
    visits = Counter(plan.cities)
    once = all(visits[city] == 1 for city in row) and all(city in row for city in visits)
    way = [row[city] for city in plan.cities if city in row]
    length = sum(problem.distance[a][b] for a, b in pairwise([*way, *way[:1]]))
    return _score(length, set() if once else {"visited"})


def quadratic_assignment(problem: QuadraticAssignment, plan: Layout) -> Score:
    """Each facility at one location, none of which has two.

    What flows from one to another travels from its place to the other's. Source: Koopmans and
    Beckmann (1957).
    """
    row = {name: k for k, name in enumerate(problem.facilities)}
    column = {name: k for k, name in enumerate(problem.locations)}
    facilities = Counter(facility for facility, _ in plan.places)
    locations = Counter(location for _, location in plan.places)
    rules = {
        "placed": all(facilities[facility] == 1 for facility in row),
        "used": all(count == 1 for count in locations.values()),
        "facility": all(facility in row for facility in facilities),
        "location": all(location in column for location in locations),
    }
    at = [(row[f], column[k]) for f, k in plan.places if f in row and k in column]
    cost = 0.0
    for f, k in at:
        cost += problem.cost[f][k]
        for g, other in at:
            cost += problem.flow[f][g] * problem.distance[k][other]
    return _score(cost, {rule for rule, kept in rules.items() if not kept})


# ---- loads


def facility_location(problem: FacilityLocation, plan: Loads) -> Score:
    """Each customer served by one open site with room for all its customers.

    Sites listed are open, and cost that.

    Source: Balinski (1965); single source, Barcelo and Casanovas (1984).
    """
    sites = {name: k for k, name in enumerate(problem.sites)}
    customers = {name: k for k, name in enumerate(problem.customers)}
    broken = _misplaced(plan, "customer", customers, sites)
    cost, amount = 0.0, Counter[str]()
    for load in plan.loads:
        if load.holder in sites:
            cost += problem.fixed[sites[load.holder]]
            for customer in _known(load.items, customers):
                cost += problem.cost[customers[customer]][sites[load.holder]]
                amount[load.holder] += problem.demand[customers[customer]]
    for site, k in sites.items():
        if _above(amount[site], problem.capacity[k]):
            broken.add("capacity")
    return _score(cost, broken, defined="holder" not in broken)


def bin_packing(problem: BinPacking, plan: Loads) -> Score:
    """Each item in one bin, no bin too full; bins that hold something count.

    Source: Martello and Toth (1990), chapter 8.
    """
    size = dict(zip(problem.items, problem.size, strict=True))
    bins = [load.holder for load in plan.loads]
    if problem.bins is not None:
        bins = [f"bin {k}" for k in range(1, problem.bins + 1)]
    broken = _misplaced(plan, "item", size, bins)
    amount = Counter[str]()
    for load in plan.loads:
        for item in _known(load.items, size):
            amount[load.holder] += size[item]
    if any(_above(total, problem.capacity) for total in amount.values()):
        broken.add("capacity")
    used = {load.holder for load in plan.loads if load.items}
    return _score(len(used), broken, defined="holder" not in broken)


def generalized_assignment(problem: GeneralizedAssignment, plan: Loads) -> Score:
    """Each job by one agent, none of whom has more than fits.

    Source: Martello and Toth (1990), chapter 7.
    """
    jobs = {name: k for k, name in enumerate(problem.jobs)}
    agents = {name: k for k, name in enumerate(problem.agents)}
    broken = _misplaced(plan, "job", jobs, agents)
    profit, taken = 0.0, Counter[str]()
    for load in plan.loads:
        for job in _known(load.items, jobs):
            if load.holder in agents:
                profit += problem.profit[jobs[job]][agents[load.holder]]
                taken[load.holder] += problem.load[jobs[job]][agents[load.holder]]
    for agent, k in agents.items():
        if _above(taken[agent], problem.capacity[k]):
            broken.add("capacity")
    return _score(profit, broken, defined="holder" not in broken)


def _misplaced(plan: Loads, of: str, things: Collection[str], holders: Collection[str]) -> set[str]:
    """`of` where a thing is not held once or does not exist, and "holder"."""
    held = Counter(thing for load in plan.loads for thing in load.items)
    listed = Counter(load.holder for load in plan.loads)
    broken = set[str]()
    if any(held[thing] != 1 for thing in things) or any(thing not in things for thing in held):
        broken.add(of)
    if any(count > 1 or holder not in holders for holder, count in listed.items()):
        broken.add("holder")
    return broken


def _known(names: Iterable[str], known: Collection[str]) -> list[str]:
    return [name for name in names if name in known]


def multi_knapsack(problem: MultiKnapsack, plan: Selection) -> Score:
    """Items once at most, that need no more of any resource than there is.

    Source: Lorie and Savage (1955).
    """
    row = {name: k for k, name in enumerate(problem.items)}
    times = Counter(plan.items)
    broken = set[str]()
    if any(count > 1 or item not in row for item, count in times.items()):
        broken.add("item")
    for need, capacity in zip(problem.need, problem.capacity, strict=True):
        if _above(sum(need[row[item]] for item in _known(plan.items, row)), capacity):
            broken.add("capacity")
    return _score(sum(problem.profit[row[item]] for item in _known(plan.items, row)), broken)


SCORES: dict[type, Callable[[Any, Any], Score]] = {
    VehicleRouting: vehicle_routing,
    TravellingSalesman: travelling_salesman,
    QuadraticAssignment: quadratic_assignment,
    FacilityLocation: facility_location,
    BinPacking: bin_packing,
    GeneralizedAssignment: generalized_assignment,
    MultiKnapsack: multi_knapsack,
}
