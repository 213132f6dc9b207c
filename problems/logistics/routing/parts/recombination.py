"""The best plan of routes seen so far: those that plans on the way had, chosen among anew.

The model is `RouteSets` over the pool of these routes, each set of customers in the shortest order
it was seen in. Routes of the present plan that share no customer with another of the pool stay as
they are.

Source: set partitioning over the routes of a local search, after Rochat and Taillard (1995).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from qopt import Neighbourhood

from ..models.route_sets import RouteSets
from ..plan import Route, Routes
from ..trips import Trips
from .part import RoutesPart

# by customers and type of vehicle, the customers in turn
Pool = dict[tuple[frozenset[int], int], tuple[int, ...]]


def recombination(
    trips: Trips, plan: Routes, size: int, seen: Sequence[Routes]
) -> Neighbourhood | None:
    """At most `size` routes: those seen last, and the present ones that share customers with them.

    None where there is none. Customers of present routes that cannot be driven, as they are too
    heavy or late, stay on them.
    """
    present = _pool(trips, [plan])
    used = [kind for _, kind in present]
    idle = [vehicle.count - used.count(kind) for kind, vehicle in enumerate(trips.types)]
    driven = {customer for customers, _ in present for customer in customers}
    stuck = {customer for route in plan.routes for customer in route.customers} - driven
    chosen: Pool = {}
    free: Pool = {}
    for (customers, kind), way in _pool(trips, reversed(seen)).items():
        met = {own: present[own] for own in present if own[0] & customers}
        available = idle[kind] or any(other == kind for _, other in met)
        if (customers, kind) in present or customers & stuck or not available:
            continue
        if len(chosen) + 1 + len(free | met) > size:
            break
        chosen[customers, kind] = way
        free |= met
    if not chosen:
        return None
    released = [kind for _, kind in free]
    types = (
        # of one with none left there is no route either
        replace(vehicle, count=max(1, idle[kind] + released.count(kind)))
        for kind, vehicle in enumerate(trips.types)
    )
    pool = {own: way for own, way in present.items() if own in free} | chosen
    sets = RouteSets(
        replace(trips, types=tuple(types)),
        tuple((way, kind) for (_, kind), way in pool.items()),
        only=tuple(sorted({customer for customers, _ in pool for customer in customers})),
        as_seen=True,
    )
    routes = [(route, _key(trips, route)) for route in plan.routes]
    rest = tuple(route for route, key in routes if key not in free)
    now = Routes(tuple(route for route, key in routes if key in free))
    return Neighbourhood(RoutesPart(sets), now, lambda part: Routes(rest + part.routes))


def _pool(trips: Trips, plans: Iterable[Routes]) -> Pool:
    """The routes of these plans that can be driven, each set of customers in its shortest order."""
    pool: Pool = {}
    for plan in plans:
        for route in plan.routes:
            key, way = _key(trips, route), route.customers
            kind = key[1]
            repeats = len(key[0]) < len(way)
            if repeats or not way or not trips.fits(way, kind):
                continue
            if key not in pool or trips.length(way, kind) < trips.length(pool[key], kind):
                pool[key] = way
    return pool


def _key(trips: Trips, route: Route) -> tuple[frozenset[int], int]:
    return frozenset(route.customers), trips.kind_of[route.vehicle]
