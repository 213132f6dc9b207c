"""Some routes near each other: their customers shared out among the trucks, and put in order, anew.

Where all customers of them make too large a model, those near a customer drawn at random are free
one by one, and what lies between them on their routes is driven as it is, in either direction.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qopt import Neighbourhood

from ..models.pieces import Piece, ways_of
from ..models.slots import Slots
from ..plan import Route, Routes
from ..trips import Trips
from .part import RoutesPart

SPARE_STOPS = 2  # of a truck, above the pieces that the longest route has now


def regrouping(
    trips: Trips, plan: Routes, number: int, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """Up to `number` routes near a random customer.

    None where that is fewer than two trucks or does not fit in `size`.
    """
    centre = int(random.choice(len(trips.customers))) + trips.depots
    distant = trips.distance[centre] + trips.distance[:, centre]
    order = [c for c in np.argsort(distant, kind="stable").tolist() if c >= trips.depots]
    routes = plan.routes
    picked = _near(routes, order, number, random)
    served = {customer for route in routes for customer in route.customers}
    idle = [c for c in order if c not in served][: max(1, size // 100)]
    kinds = [trips.kind_of[routes[r].vehicle] for r in picked]
    spare = trips.spare(routes, random)
    if spare is not None and (len(kinds) < 2 or random.random() < 0.5):
        kinds.append(spare)
    if not kinds:
        return None
    both_ways = trips.symmetric and not trips.timed
    cut = [routes[r].customers for r in picked]
    slots = _cut(trips, cut, idle, tuple(kinds), both_ways, order, size)
    if slots is None:
        return None
    chosen = set(picked)
    rest = tuple(route for r, route in enumerate(routes) if r not in chosen)
    now = Routes(tuple(routes[r] for r in picked))
    return Neighbourhood(RoutesPart(slots), now, lambda part: Routes(rest + part.routes))


def _near(
    routes: Sequence[Route], order: Sequence[int], most: int, random: np.random.Generator
) -> list[int]:
    """Routes by their customer nearest to the first of `order`.

    Every now and then one is passed over.
    """
    route_of = {customer: r for r, route in enumerate(routes) for customer in route.customers}
    passed: set[int] = set()
    picked: list[int] = []
    for customer in order:
        r = route_of.get(customer)
        if r is None or r in passed:
            continue
        passed.add(r)
        if not picked or random.random() < 0.75:
            picked.append(r)
        if len(picked) == most:
            break
    return picked


def _cut(
    trips: Trips,
    routes: Sequence[tuple[int, ...]],
    idle: Sequence[int],
    kinds: tuple[int, ...],
    both_ways: bool,
    order: Sequence[int],
    size: int,
) -> Slots | None:
    """The routes in pieces, as small as `size` allows.

    The customers that come first in `order` are free.
    """
    inside = {customer for route in routes for customer in route}
    nearest = [customer for customer in order if customer in inside]
    free = len(nearest)
    while free >= 2:
        loose = set(nearest[:free])
        cut = [_pieces(route, loose) for route in routes]
        pieces = tuple(piece for route in cut for piece in route)
        pieces += tuple((customer,) for customer in idle)
        stops = min(len(pieces), max((len(route) for route in cut), default=0) + SPARE_STOPS)
        variables = len(ways_of(pieces, both_ways)) * len(kinds) * stops
        if variables <= size:
            return Slots(trips, pieces, kinds, stops, both_ways, loose=True)
        free = min(free - 1, int(free * max(0.5, (size / variables) ** 0.5)))
    return None


def _pieces(route: Sequence[int], loose: set[int]) -> list[Piece]:
    """The customers of a route, those next to each other together unless they are loose."""
    pieces: list[list[int]] = []
    for at, customer in enumerate(route):
        if at and customer not in loose and route[at - 1] not in loose:
            pieces[-1].append(customer)
        else:
            pieces.append([customer])
    return [tuple(piece) for piece in pieces]
