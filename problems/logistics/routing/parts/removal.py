"""Which customers are taken off their routes, and how many places they find in the gaps they leave.

Sources: removal of what is near, Shaw (1998); of strings, Christiaens and Vanden Berghe (2020).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from qopt import Neighbourhood

from ..plan import Route, Routes
from ..trips import Trips
from .candidates import Candidates
from .gaps import Gaps
from .insertions import Insertions
from .part import RoutesPart

PLACES = 2  # of a gap
SPREAD = 1.5  # customers among which the free ones are drawn, for each that is


def reinsertion(
    trips: Trips, plan: Routes, strings: bool, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """Customers near a random one, free to go to other gaps of the routes around.

    They are taken here and there, or as whole strings of routes. None where `size` has no room for
    two, and where nobody of them may go anywhere: as none was on a trip, nor fits one.
    """
    count = min(len(trips.customers), int((2 * size / 3) ** 0.5))
    if count < 2:
        return None
    routes = plan.routes
    free = set((_strings if strings else _scattered)(trips, routes, count, random))
    staying, home, places = [], dict[int, tuple[int, int]](), list[tuple[int, ...]]()
    for trip, route in enumerate(routes):
        stay: list[int] = []
        runs = [0]
        for customer in route.customers:
            if customer in free:
                home[customer] = trip, len(stay)
                runs[-1] += 1
            else:
                stay.append(customer)
                runs.append(0)
        staying.append((tuple(stay), trips.kind_of[route.vehicle]))
        places.append(tuple(max(PLACES, run + (run > 1)) for run in runs))
    spare = trips.spare(routes, random)
    if spare is not None:
        staying.append(((), spare))
        places.append((PLACES + 1,))
    customers = sorted(free)
    touched = _touched(trips, staying, home, customers, most=max(4, count))
    number = {trip: k for k, trip in enumerate(touched)}
    candidates = Candidates(
        Gaps(trips, tuple(staying[trip] for trip in touched)),
        tuple(customers),
        tuple((number[home[c][0]], home[c][1]) if c in home else None for c in customers),
        tuple(places[trip] for trip in touched),
        size,
    )
    if not len(candidates.customer):
        return None
    inside = set(touched)
    rest = tuple(route for trip, route in enumerate(routes) if trip not in inside)
    now = Routes(tuple(routes[trip] for trip in touched if trip < len(routes)))
    return Neighbourhood(
        RoutesPart(Insertions(candidates)), now, lambda part: Routes(rest + part.routes)
    )


def _by_nearness(trips: Trips, random: np.random.Generator) -> list[int]:
    """All customers, a random one first, the others by how far they are from it there and back."""
    centre = int(random.choice(len(trips.customers)))
    own = slice(trips.depots, None)
    distant = (
        trips.distance[centre + trips.depots, own] + trips.distance[own, centre + trips.depots]
    )
    distant[centre] = -1.0
    return [trips.depots + c for c in np.argsort(distant, kind="stable").tolist()]


def _scattered(
    trips: Trips, routes: Sequence[Route], count: int, random: np.random.Generator
) -> set[int]:
    """`count` of the customers near a random one.

    At most `PLACES` are next to each other on a trip that goes on without them.
    """
    order = _by_nearness(trips, random)[: int(count * SPREAD)]
    random.shuffle(order)
    place = _places(routes)
    free: set[int] = set()
    for customer in order:
        if customer in place:
            r, at = place[customer]
            way = routes[r].customers
            run = 1
            for step in (-1, 1):
                other = at + step
                while 0 <= other < len(way) and way[other] in free:
                    run, other = run + 1, other + step
            if run > PLACES and not all(other in free or other == customer for other in way):
                continue
        free.add(customer)
        if len(free) == count:
            break
    return free


def _places(routes: Sequence[Route]) -> dict[int, tuple[int, int]]:
    """For each customer its route and its position on it."""
    return {
        customer: (r, at)
        for r, route in enumerate(routes)
        for at, customer in enumerate(route.customers)
    }


def _strings(
    trips: Trips, routes: Sequence[Route], count: int, random: np.random.Generator
) -> set[int]:
    """`count` customers at most: strings of the routes near a random one.

    After Christiaens and Vanden Berghe (2020).
    """
    longest = int(random.integers(2, max(3, count // 2 + 1)))
    place = _places(routes)
    free: set[int] = set()
    passed: set[int] = set()
    for customer in _by_nearness(trips, random):
        if customer not in place:
            free.add(customer)
        elif place[customer][0] not in passed:
            r, at = place[customer]
            way = routes[r].customers
            length = min(len(way), longest, count - len(free))
            first = int(random.integers(max(0, at - length + 1), min(at, len(way) - length) + 1))
            free.update(way[first : first + length])
            passed.add(r)
        if len(free) >= count or len(passed) == len(routes):
            break
    return free


def _touched(
    trips: Trips,
    staying: Sequence[tuple[tuple[int, ...], int]],
    home: Mapping[int, tuple[int, int]],
    free: Sequence[int],
    most: int,
) -> list[int]:
    """The trips the free customers come from, those that pass nearest, and the idle vehicle."""
    own = {trip for trip, _ in home.values()}
    empty = [trip for trip, (stay, _) in enumerate(staying) if not stay]
    distance = {
        trip: float(trips.distance[np.ix_(list(free), list(stay))].min())
        for trip, (stay, _) in enumerate(staying)
        if stay and trip not in own
    }
    nearest = sorted(distance, key=lambda trip: (distance[trip], trip))[: max(0, most - len(own))]
    return sorted(own | set(empty) | set(nearest))
