"""What a plan of routes costs and breaks, from its definition.

Each trip is driven stop by stop, as it is written down, so that what a model promises can be held
against it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np

from qopt import Evaluation, Violation

from .plan import Route, Routes
from .spans import TOLERANCE
from .trips import LOAD_TOLERANCE, Trips


def evaluate(
    trips: Trips, routes: Iterable[Route], customers: Iterable[int], available: Mapping[int, int]
) -> Evaluation:
    """What the routes cost, and the prizes lost; broken is whatever these routes break.

    `available` is how many vehicles of each type there are. One without customers stays at its
    depot.
    """
    visits = dict.fromkeys(customers, 0)
    used = dict.fromkeys(available, 0)
    total = 0.0
    broken: list[Violation] = []
    for number, route in enumerate(routes, 1):
        if not route.customers:
            continue
        kind = trips.kind_of.get(route.vehicle, -1)
        if kind not in available:
            broken.append(Violation(f"vehicle[{route.vehicle}]", 1.0, "that does not exist"))
            kind = max(kind, 0)
        used[kind] = used.get(kind, 0) + 1
        known = [customer for customer in route.customers if customer in visits]
        for customer in known:
            visits[customer] += 1
        total += trips.cost(known, kind)
        broken += _strangers(route, known)
        broken += _overload(trips, known, kind, f"truck {number}")
        broken += _late(trips, known, kind, f"truck {number}")
    for customer, count in visits.items():
        if count == 0 and trips.prize[customer] < np.inf:
            total += float(trips.prize[customer])
        elif count != 1:
            broken.append(Violation(f"served[{customer}]", abs(count - 1.0), "visits"))
    broken += _missing_vehicles(trips, used, available)
    return Evaluation(total, tuple(broken))


def figures(trips: Trips, plan: Routes) -> dict[str, float]:
    """What else is told of a plan."""
    kinds = [trips.kind_of.get(route.vehicle, 0) for route in plan.driven]
    room = sum(trips.types[kind].capacity for kind in kinds)
    served = [c for route in plan.routes for c in route.customers]
    loads = sum(
        float(trips.demand[[c for c in route.customers if c in trips.customers]].sum())
        for route in plan.routes
    )
    return {
        "trucks": float(len(kinds)),
        "load_factor": loads / room if kinds else 0.0,
        "distance": sum(route.distance for route in plan.routes),
        "left_out": float(len(set(trips.customers) - set(served))),
    }


def _strangers(route: Route, known: Sequence[int]) -> Iterator[Violation]:
    for stranger in sorted(set(route.customers) - set(known)):
        yield Violation(f"customer[{stranger}]", 1.0, "that does not exist")


def _overload(trips: Trips, customers: Sequence[int], kind: int, truck: str) -> Iterator[Violation]:
    """What the customers ask for beyond the capacity, but for rounding."""
    capacity = trips.types[kind].capacity
    excess = float(trips.demand[list(customers)].sum()) - capacity
    if excess > LOAD_TOLERANCE * capacity:
        yield Violation(f"capacity[{truck}]", excess, "units")


def _late(trips: Trips, customers: Sequence[int], kind: int, truck: str) -> Iterator[Violation]:
    """Windows missed and hours too many of a trip, driven stop by stop."""
    if not trips.timed:
        return
    vehicle = trips.types[kind]
    depot = vehicle.depot
    clock = opened = float(trips.ready[depot])
    # slack: how much later the trip may leave without being late anywhere
    waited, slack = 0.0, np.inf
    for a, b in pairwise([depot, *customers, depot]):
        arrival = clock + float(trips.time[a, b])
        begin = max(arrival, float(trips.ready[b]))
        waited += begin - arrival
        late = begin - float(trips.due[b])
        slack = min(slack, waited - late)
        if late > TOLERANCE * max(1.0, begin):
            where = f"window[{b}]" if b != depot else f"closing[{truck}]"
            yield Violation(where, late, "late")
        clock = begin + float(trips.service[b]) * (b != depot)
    hours = clock - opened - min(waited, max(slack, 0.0))
    if vehicle.max_duration is not None and hours > trips.longest(kind):
        yield Violation(f"duration[{truck}]", hours - vehicle.max_duration, "too long")


def _missing_vehicles(
    trips: Trips, used: Mapping[int, int], available: Mapping[int, int]
) -> Iterator[Violation]:
    for kind, count in available.items():
        if used[kind] > count:
            name = trips.types[kind].name
            row = f"vehicles[{name}]" if name else "vehicles"
            yield Violation(row, float(used[kind] - count), "trucks")
