"""A first plan: trips merged by what that saves, and who is left over put in where it costs least.

Source: savings of Clarke and Wright (1964); cheapest insertion with windows after Solomon (1987).
"""

from __future__ import annotations

import numpy as np

from .trips import Floats, Trips

MANY = 300  # customers, above which insertion takes longer than a first plan should

Trip = tuple[list[int], int]  # customers in turn, and the type of vehicle


def savings_matrix(distance: Floats) -> Floats:
    """s[a, b] of customers a + 1 and b + 1, 0 on the diagonal: no customer follows itself."""
    savings: Floats = distance[1:, :1] + distance[:1, 1:] - distance[1:, 1:]
    np.fill_diagonal(savings, 0.0)
    return savings


def constructed(trips: Trips) -> list[Trip]:
    """Trips with their vehicles' types, the same each time.

    Who finds no room, or is not worth the way, is left out.
    """
    made = _constructed(trips)
    return made if np.isinf(trips.prize).all() else worthwhile(trips, made)


def worthwhile(trips: Trips, plan: list[Trip]) -> list[Trip]:
    """The trips without whoever costs more than the prize, one after another.

    Trips that cost more than their customers' prizes are left out, too.
    """
    kept = []
    for route, kind in plan:
        while route:
            cost = trips.cost(route, kind)
            shorter = [[*route[:k], *route[k + 1 :]] for k in range(len(route))]
            gains = [
                cost - (trips.cost(rest, kind) if rest else 0.0) - trips.prize[c]
                if not rest or trips.fits(rest, kind)
                else -np.inf
                for c, rest in zip(route, shorter, strict=True)
            ]
            best = int(np.argmax(gains))
            if gains[best] <= 0:
                break
            route = shorter[best]
        if route and trips.cost(route, kind) <= sum(trips.prize[route]):
            kept.append((route, kind))
    return kept


def _constructed(trips: Trips) -> list[Trip]:
    if len(trips.types) > 1:
        return inserted(trips)
    merged: list[Trip] = [(route, 0) for route in merged_by_savings(trips)]
    enough = len(merged) <= trips.types[0].count
    if not trips.timed:
        if enough:
            return merged
        filled = first_fit(trips)
        return (
            [(route, 0) for route in filled]
            if len(filled) <= trips.types[0].count
            else inserted(trips)
        )
    if enough and len(trips.customers) > MANY:
        return merged
    put = inserted(trips)
    if not enough:
        return put
    left_out = len(trips.customers) - sum(len(route) for route, _ in put)
    return merged if left_out or _cost(trips, merged) < _cost(trips, put) else put


def _cost(trips: Trips, plan: list[Trip]) -> float:
    return sum(trips.cost(route, kind) for route, kind in plan)


def merged_by_savings(trips: Trips, kind: int = 0) -> list[list[int]]:
    """Customers in vehicles of one type, as many as it takes.

    All are served but who may be left out and cannot be served alone.
    """
    served = [c for c in trips.customers if np.isinf(trips.prize[c]) or trips.fits([c], kind)]
    nodes = np.array([trips.types[kind].depot, *served])
    savings = savings_matrix(trips.distance[np.ix_(nodes, nodes)])
    route_of = {c: [c] for c in served}
    order = np.argsort(-savings, axis=None, kind="stable")
    order = order[: np.count_nonzero(savings > 0)]
    for i, j in zip(*np.unravel_index(order, savings.shape), strict=True):
        a, b = int(nodes[i + 1]), int(nodes[j + 1])
        head, tail = route_of[a], route_of[b]
        if head is not tail and head[-1] == a and tail[0] == b and trips.fits([*head, *tail], kind):
            head += tail
            route_of |= dict.fromkeys(tail, head)
    return list({id(route): route for route in route_of.values()}.values())


def first_fit(trips: Trips) -> list[list[int]]:
    """Customers by falling demand, each to the first truck with room.

    Then each truck drives to the nearest that is left of its own.
    """
    loaded: list[list[int]] = []
    served = [c for c in trips.customers if trips.demand[c] <= trips.room(0)]
    for c in sorted(served, key=lambda c: -trips.demand[c]):
        room = [
            truck for truck in loaded if sum(trips.demand[[*truck, c]]) <= trips.types[0].capacity
        ]
        if room:
            room[0].append(c)
        else:
            loaded.append([c])
    return [_nearest_first(trips, customers) for customers in loaded]


def inserted(trips: Trips) -> list[Trip]:
    """One customer after another, hardest first, where it adds least.

    That is to a trip that is there or a vehicle that is left.
    """
    routes: list[Trip] = []
    idle = [vehicle.count for vehicle in trips.types]
    hardest = sorted(
        trips.customers,
        key=lambda c: (trips.due[c], -trips.demand[c]) if trips.timed else (-trips.demand[c], c),
    )
    for c in hardest:
        best: tuple[float, int, int] | None = None
        for r, (route, kind) in enumerate(routes):
            if trips.demand[route].sum() + trips.demand[c] > trips.room(kind):
                continue
            for at in range(len(route) + 1):
                added = _added(trips, route, kind, c, at)
                if (best is None or added < best[0]) and trips.in_time(
                    [*route[:at], c, *route[at:]], kind
                ):
                    best = added, r, at
        for kind in range(len(trips.types)):
            if idle[kind] and trips.fits([c], kind):
                alone = trips.cost([c], kind)
                if best is None or alone < best[0]:
                    best = alone, -1 - kind, 0
        if best is None or best[0] > trips.prize[c]:
            continue
        _, r, at = best
        if r < 0:
            routes.append(([c], -1 - r))
            idle[-1 - r] -= 1
        else:
            routes[r][0].insert(at, c)
    return routes


def _added(trips: Trips, route: list[int], kind: int, customer: int, at: int) -> float:
    vehicle = trips.types[kind]
    before = route[at - 1] if at else vehicle.depot
    after = route[at] if at < len(route) else vehicle.depot
    way = trips.distance
    return float(
        vehicle.cost_per_distance
        * (way[before, customer] + way[customer, after] - way[before, after])
    )


def _nearest_first(trips: Trips, customers: list[int]) -> list[int]:
    tour, unvisited = [trips.types[0].depot], set(customers)
    while unvisited:
        tour.append(min(unvisited, key=lambda c: (trips.distance[tour[-1], c], c)))
        unvisited.remove(tour[-1])
    return tour[1:]
