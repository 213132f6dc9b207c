"""Small problems of logistics with every feature, and plans of them, right and wrong.

Numbers are few and small, so that limits are met exactly as often as they are exceeded, and tenths
at times, which do not add up exactly in floating point.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import numpy as np

from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    Layout,
    Load,
    Loads,
    MultiKnapsack,
    QuadraticAssignment,
    Route,
    Routes,
    Selection,
    Tour,
    TravellingSalesman,
    VehicleRouting,
    VehicleType,
)
from qopt import Infeasible, QoptError
from qopt.kit import laws

Random = np.random.Generator


def _unit(random: Random) -> float:
    return 1.0 if random.random() < 0.7 else 0.1


def _some(random: Random) -> bool:
    return bool(random.random() < 0.5)


# ---- problems


def vehicle_routing(random: Random, large: bool = False) -> VehicleRouting:
    """Each feature is in every second problem.

    Features are types, depots, fixed costs, rates, hours, windows, service, times, prizes.
    """
    while True:
        with suppress(QoptError):  # somebody whom no vehicle can serve
            return _routing(random, int(random.integers(6, 11) if large else random.integers(1, 5)))


def _routing(random: Random, customers: int) -> VehicleRouting:
    unit, depots = _unit(random), int(random.integers(1, 3))
    n = depots + customers
    served = np.arange(n) >= depots
    distance = random.integers(1, 10, (n, n))
    data: dict[str, Any] = {"depots": depots}
    if _some(random):
        distance = np.minimum(distance, distance.T)
    if _some(random):
        distance = _shortest_ways(distance)
    if depots > 1 or _some(random):
        names = ("van", "bike", "cart")[: int(random.integers(1, 4))]
        data["fleet"] = [
            VehicleType(
                unit * int(random.integers(3, 9)),
                int(random.integers(1, 3)),
                name,
                fixed_cost=float(random.choice([0, 0, 5])),
                cost_per_distance=float(random.choice([0.5, 1, 2])),
                depot=int(random.integers(depots)),
                max_duration=float(random.integers(12, 30)) * unit if _some(random) else None,
            )
            for name in names
        ]
    else:
        data["capacity"] = unit * int(random.integers(3, 9))
        data["vehicles"] = int(random.integers(1, 5)) if random.random() < 0.8 else None
    if _some(random):
        opens = random.integers(0, 20, n)
        closes = np.where(random.random(n) < 0.3, np.inf, opens + random.integers(0, 30, n))
        opens[:depots], closes[:depots] = random.integers(0, 4, depots), random.integers(20, 45)
        if random.random() < 0.3:  # only depots have hours
            opens[depots:], closes[depots:] = 0, np.inf
        data["windows"] = unit * np.stack([opens, closes], axis=1)
    if _some(random):
        data["service"] = unit * np.where(served, random.integers(0, 5, n), 0)
    if _some(random):
        times = random.integers(1, 10, (n, n))
        data["travel_time"] = unit * (_shortest_ways(times) if _some(random) else times)
    if _some(random):
        data["max_duration"] = unit * int(random.integers(12, 30))
    if _some(random):
        data["prize"] = np.where(_coins(random, n), unit * random.integers(0, 30, n), np.inf)
    return VehicleRouting(
        unit * distance,
        unit * np.where(served, random.integers(0, 4, n), 0),
        formulation="slots" if random.random() < 0.3 else "auto",
        **data,
    )


def _shortest_ways(distance: Any) -> Any:
    """By way of other nodes, too: no detour is shorter than the straight way then."""
    for middle in range(len(distance)):
        distance = np.minimum(distance, distance[:, middle, None] + distance[middle])
    return distance


def _coins(random: Random, n: int) -> Any:
    return random.random(n) < 0.5


def travelling_salesman(random: Random, large: bool = False) -> TravellingSalesman:
    n = int(random.integers(6, 15) if large else random.integers(2, 6))
    distance = _unit(random) * random.integers(0, 10, (n, n))
    if _some(random):
        distance = np.minimum(distance, distance.T)
    return TravellingSalesman(distance, cities=tuple(f"city {k}" for k in range(n)))


def quadratic_assignment(random: Random, large: bool = False) -> QuadraticAssignment:
    """Flows and distances of either sign, on diagonals too, costs, and places that stay empty."""
    n = int(random.integers(4, 8) if large else random.integers(1, 4))
    places = n + int(random.integers(0, 3))
    return QuadraticAssignment(
        random.integers(-2, 6, (n, n)) * _coins(random, n),
        random.integers(-2, 6, (places, places)),
        random.integers(-9, 10, (n, places)) if _some(random) else None,
        tuple(f"f{k}" for k in range(n)),
        tuple(f"l{k}" for k in range(places)),
    )


def facility_location(random: Random, large: bool = False) -> FacilityLocation:
    while True:
        with suppress(Infeasible):  # not enough room
            return _sites(random, int(random.integers(4, 9) if large else random.integers(1, 4)))


def _sites(random: Random, customers: int) -> FacilityLocation:
    unit, sites = _unit(random), int(random.integers(2, 5))
    return FacilityLocation(
        random.integers(0, 12, sites),
        random.integers(0, 10, (customers, sites)),
        unit * random.integers(1, 5, customers) if _some(random) else None,
        unit * random.integers(0, 3 + 2 * customers, sites) if random.random() < 0.8 else None,
        formulation="strong" if _some(random) else "summed",
    )


def bin_packing(random: Random, large: bool = False) -> BinPacking:
    n, unit = int(random.integers(5, 13) if large else random.integers(1, 6)), _unit(random)
    problem = BinPacking(unit * random.integers(1, 7, n), unit * int(random.integers(6, 10)))
    if _some(random):
        return problem
    bins = len(problem.greedy().loads) + int(random.integers(0, 2))
    return BinPacking(problem.size, problem.capacity, bins=bins)


def generalized_assignment(random: Random, large: bool = False) -> GeneralizedAssignment:
    while True:
        with suppress(QoptError):  # a job that fits no agent
            jobs = int(random.integers(4, 10) if large else random.integers(1, 5))
            return _agents(random, jobs)


def _agents(random: Random, jobs: int) -> GeneralizedAssignment:
    unit, agents = _unit(random), int(random.integers(1, 4))
    return GeneralizedAssignment(
        random.integers(-3, 10, (jobs, agents)),
        unit * random.integers(0, 5, (jobs, agents)),
        unit * random.integers(0, 4 + jobs, agents),
    )


def multi_knapsack(random: Random, large: bool = False) -> MultiKnapsack:
    unit = _unit(random)
    n, m = (
        int(random.integers(5, 15) if large else random.integers(1, 7)),
        int(random.integers(1, 4)),
    )
    return MultiKnapsack(
        random.integers(-3, 10, n),
        unit * random.integers(0, 5, (m, n)),
        unit * random.integers(0, 4 + n, m),
    )


MAKERS: dict[type, Callable[..., Any]] = {
    VehicleRouting: vehicle_routing,
    TravellingSalesman: travelling_salesman,
    QuadraticAssignment: quadratic_assignment,
    FacilityLocation: facility_location,
    BinPacking: bin_packing,
    GeneralizedAssignment: generalized_assignment,
    MultiKnapsack: multi_knapsack,
}


# ---- plans


def plans(problem: Any, random: Random) -> Iterator[Any]:
    """The greedy plan, improved where it can be, plans at random, and decoded samples.

    Each of them also comes with a change or two.
    """
    for plan in _begun(problem, random):
        yield plan
        for _ in range(12):
            changed = with_change(problem, plan, random)
            yield changed
            if _some(random):
                yield with_change(problem, changed, random)


def _begun(problem: Any, random: Random) -> Iterator[Any]:
    with suppress(Infeasible):  # of a fleet that holds too little
        greedy = problem.greedy()
        yield greedy
        if hasattr(problem, "improve"):
            yield problem.improve(greedy)
    for ones in (0.1, 0.5):
        yield problem.decode(laws.drawn(problem, random, ones))


def with_change(problem: Any, plan: Any, random: Random) -> Any:
    """A plan that differs in one thing, exchanged, moved, left out, doubled, or of another name."""
    changed: Any = CHANGES[type(plan)](problem, plan, random)
    return changed


def _tour(problem: TravellingSalesman, plan: Tour, random: Random) -> Tour:
    cities = [str(city) for city in plan.cities]
    _change_list(cities, "Atlantis", random)
    return Tour(tuple(cities))


def _selection(problem: MultiKnapsack, plan: Selection, random: Random) -> Selection:
    """The others are no worse than those taken, so that many more than fit are taken as well."""
    items = list(plan.items)
    others = [item for item in problem.items if item not in items]
    if others and random.random() < 0.6:
        items.append(str(random.choice(others)))
    else:
        _change_list(items, "nothing", random)
    return Selection(tuple(items), {})


def _layout(problem: QuadraticAssignment, plan: Layout, random: Random) -> Layout:
    facilities, locations = [f for f, _ in plan.places], [at for _, at in plan.places]
    k = int(random.integers(len(facilities) + 1))
    match int(random.integers(6)):
        case 0 if k < len(locations):
            locations[k] = str(random.choice(problem.locations))
        case 1 if k < len(locations):
            locations[k] = "nowhere"
        case 2 if k < len(locations):
            del facilities[k], locations[k]
        case 3:
            name = "nobody" if _some(random) else str(random.choice(problem.facilities))
            facilities.append(name)
            free = [at for at in problem.locations if at not in locations]
            locations.append(str(random.choice(free or problem.locations)))
        case _:
            random.shuffle(locations)
    return Layout(tuple(zip(facilities, locations, strict=True)))


def _change_list(names: list[str], stranger: str, random: Random) -> None:
    """Two exchanged, one moved, left out, doubled, or a stranger put in."""
    if not names:
        names.append(stranger)
        return
    a, b = random.integers(len(names), size=2).tolist()
    match int(random.integers(5)):
        case 0:
            names[a], names[b] = names[b], names[a]
        case 1:
            names.insert(b, names.pop(a))
        case 2:
            del names[a]
        case 3:
            names.insert(b, names[a])
        case _:
            names.insert(b, stranger)


def _loads(problem: Any, plan: Loads, random: Random) -> Loads:
    holders = [load.holder for load in plan.loads]
    held = [list(load.items) for load in plan.loads]
    known = _holders(problem)
    match int(random.integers(6)):
        case 0:
            holders.append(str(random.choice([*known, "nobody"])))
            held.append([])
        case 1 if holders:
            holders[int(random.integers(len(holders)))] = str(random.choice([*known, "nobody"]))
        case 2 if holders:
            _change_list(held[int(random.integers(len(held)))], "nothing", random)
        case 3 if holders and set(known) - set(holders):
            _move(held, random)
            holders.append(next(name for name in known if name not in holders))
            held.append(held[0][:1])
            held[0] = held[0][1:]
        case _:
            _move(held, random)
    return Loads(
        tuple(Load(name, tuple(items), 0.0) for name, items in zip(holders, held, strict=True))
    )


def _holders(problem: Any) -> list[str]:
    if isinstance(problem, BinPacking):
        return [f"bin {k}" for k in range(1, len(problem.items) + 1)]
    return list(problem.sites if isinstance(problem, FacilityLocation) else problem.agents)


def _move(held: list[list[Any]], random: Random) -> None:
    """Something of one goes to another, to any place there.

    Sometimes something of that one comes back.
    """
    if sum(map(bool, held)) and len(held) > 1:
        full = [items for items in held if items]
        one = full[int(random.integers(len(full)))]
        other = held[int(random.integers(len(held)))]
        moved = one.pop(int(random.integers(len(one))))
        if other and _some(random):
            one.append(other.pop())
        other.insert(int(random.integers(len(other) + 1)), moved)


def _routes(problem: VehicleRouting, plan: Routes, random: Random) -> Routes:
    ways = [list(route.customers) for route in plan.routes]
    vehicles = [route.vehicle for route in plan.routes]
    types = [kind.name for kind in problem.fleet] or [""]
    visited = {customer for way in ways for customer in way}
    left_out = [customer for customer in problem.customers if customer not in visited]
    if not ways or (left_out and random.random() < 0.3):
        ways.append(left_out[:1])
        vehicles.append(str(random.choice(types)))
        return _as_routes(ways, vehicles)
    r = int(random.integers(len(ways)))
    match int(random.integers(8)):
        case 0:
            _change_list(ways[r], random.choice([0, len(problem.demand)]).item(), random)
        case 1:
            vehicles[r] = str(random.choice([*types, "ghost"]))
        case 2:  # a trip cut in two
            cut = int(random.integers(len(ways[r]) + 1))
            ways.append(ways[r][cut:])
            del ways[r][cut:]
            vehicles.append(str(random.choice(types)))
        case 3 if len(ways) > 1:  # two trips in one
            ways[r - 1] += ways.pop(r)
            del vehicles[r]
        case 4:
            ways[r].reverse()
        case 5 if left_out:
            ways[r].insert(int(random.integers(len(ways[r]) + 1)), left_out[0])
        case 6 if ways[r]:
            del ways[r][int(random.integers(len(ways[r])))]
        case _:
            _move(ways, random)
    return _as_routes(ways, vehicles)


def _as_routes(ways: list[list[int]], vehicles: list[str]) -> Routes:
    routes = zip(ways, vehicles, strict=True)
    return Routes(tuple(Route(tuple(way), 0.0, 0.0, vehicle) for way, vehicle in routes))


CHANGES: dict[type, Callable[[Any, Any, Random], Any]] = {
    Routes: _routes,
    Tour: _tour,
    Layout: _layout,
    Loads: _loads,
    Selection: _selection,
}
