"""Vehicle routing as set partitioning: `route[3>5>8]`, that some truck drives 0 > 3 > 5 > 8 > 0.

One variable for each set of customers that fits in a truck, in the shortest order of its customers.
Capacity and order are settled before the QUBO is made; what is left is to serve each customer once,
with at most as many routes as trucks. No slack bits but those of the fleet, which is why this form
gives feasible plans as penalties (E-n13-k4, 538 sets: 0.59 of 160 reads feasible after 1000 sweeps;
`python -m tests.benchmarks.choices`). The number of sets explodes with the customers a truck holds.

A customer is served once in every feasible plan, so half its round trip can be taken off each route
through it and put into the offset. The prices of routes, 18..149 on E-n13-k4, become -59..56, and
so do the penalties that must outweigh them. Who may be left out has its prize taken off each route
instead. Several types of vehicles have routes each.

Source: set partitioning after Balinski and Quandt (1964); shortest orders by Held and Karp (1962),
with windows after Desrochers, Desrosiers and Solomon (1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from qopt import ModelSize, QoptError

from ..spans import Span, join_one
from ..trips import Trips

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Route = tuple[int, ...]


def shortest_routes(
    distance: Floats, demand: Floats, capacity: float, limit: int
) -> dict[Route, float] | None:
    """The shortest route through each set of customers that fits in a truck, with its length.

    None for more than `limit`.
    """
    # for each set, ascending, and each last customer: the shortest way through it, and its length
    paths: dict[frozenset[int], dict[int, tuple[float, Route]]] = {}
    grown = [frozenset[int]()]
    while grown:
        larger: list[frozenset[int]] = []
        for base in grown:
            load = sum(demand[c] for c in base)
            for c in range(max(base, default=0) + 1, len(demand)):
                if load + demand[c] <= capacity:
                    larger.append(base | {c})
                    if len(paths) + len(larger) > limit:
                        return None
        for customers in larger:
            paths[customers] = {
                last: _shortest_path(paths, customers, last, distance) for last in sorted(customers)
            }
        grown = larger
    routes: dict[Route, float] = {}
    for ends in paths.values():
        length, route = min(
            (length + distance[last, 0], route) for last, (length, route) in ends.items()
        )
        routes[route] = float(length)
    return routes


def _shortest_path(
    paths: Mapping[frozenset[int], Mapping[int, tuple[float, Route]]],
    customers: frozenset[int],
    last: int,
    distance: Floats,
) -> tuple[float, Route]:
    before = paths.get(customers - {last})
    if not before:
        return float(distance[0, last]), (last,)
    return min(
        (length + float(distance[end, last]), (*route, last))
        for end, (length, route) in before.items()
    )


def timely_routes(trips: Trips, kind: int, limit: int) -> dict[Route, float] | None:
    """As `shortest_routes`, of those that one vehicle of a type can drive in time.

    Of two ways through the same customers to the same last one, that is kept which is no longer,
    and no worse to go on from.
    """
    vehicle, room = trips.types[kind], trips.room(kind)
    longest = trips.longest(kind)
    opening, depot = trips.leaving(vehicle.depot), vehicle.depot
    level: dict[frozenset[int], dict[int, list[_Path]]] = {
        frozenset(): {depot: [_Path(0.0, opening, ())]}
    }
    routes: dict[Route, float] = {}
    seen = 0
    while level:
        larger: dict[frozenset[int], dict[int, list[_Path]]] = {}
        for base, ends in level.items():
            load = sum(trips.demand[c] for c in base)
            for c in trips.customers:
                if c in base or load + trips.demand[c] > room:
                    continue
                for last, paths in ends.items():
                    for path in paths:
                        span = join_one(path.span, trips.span(c), float(trips.time[last, c]))
                        if span.possible:
                            length = path.length + float(trips.distance[last, c])
                            larger.setdefault(base | {c}, {}).setdefault(c, []).append(
                                _Path(length, span, (*path.route, c))
                            )
            if seen + len(larger) > limit:
                return None
        seen += len(larger)
        for customers in sorted(larger, key=sorted):
            trips_home = []
            for last, paths in larger[customers].items():
                larger[customers][last] = kept = _undominated(paths)
                for path in kept:
                    home = join_one(path.span, opening, float(trips.time[last, depot]))
                    if home.possible and home.duration <= longest:
                        trips_home.append(
                            (path.length + float(trips.distance[last, depot]), path.route)
                        )
            if trips_home:
                length, route = min(trips_home)
                routes[route] = length
        level = larger
    return routes


class _Path(NamedTuple):
    length: float
    span: Span
    route: Route

    def beats(self, other: _Path) -> bool:
        mine, theirs = self.span, other.span
        return (
            self.length <= other.length
            and mine.length <= theirs.length
            and mine.end <= theirs.end
            and mine.start >= theirs.start
        )


def _undominated(paths: list[_Path]) -> list[_Path]:
    kept: list[_Path] = []
    for path in sorted(paths, key=lambda path: (path.length, path.route)):
        if not any(other.beats(path) for other in kept):
            kept.append(path)
    return kept


def best_routes(trips: Trips, limit: int) -> list[tuple[Route, int]] | None:
    """For each type of vehicle the shortest route through each set of customers it can serve.

    None for more than `limit`.
    """
    of_all_types: list[tuple[Route, int]] = []
    for kind, vehicle in enumerate(trips.types):
        remaining = limit - len(of_all_types)
        routes: dict[Route, float] | None
        if trips.timed:
            routes = timely_routes(trips, kind, remaining)
        else:
            nodes = np.array([vehicle.depot, *trips.customers])
            routes = shortest_routes(
                trips.distance[np.ix_(nodes, nodes)],
                trips.demand[nodes],
                trips.room(kind),
                remaining,
            )
            if routes is not None:
                routes = {
                    tuple(nodes[list(route)].tolist()): length for route, length in routes.items()
                }
        if routes is None:
            return None
        of_all_types += [(route, kind) for route in routes]
    return of_all_types


@dataclass(frozen=True, eq=False)
class RouteSets:
    """The model over `routes`, each with its type of vehicle.

    Parameters
    ----------
    trips
        The places and the fleet.
    routes
        Customers in turn, and the type.
    only
        The customers to be served; None for all.
    as_seen
        Whether only these orders of customers count. Otherwise a route stands for all orders of
        its customers, as where it is the shortest of them.
    """

    trips: Trips
    routes: Sequence[tuple[Route, int]]
    only: Sequence[int] | None = None
    as_seen: bool = False

    exact: ClassVar = True

    @property
    def customers(self) -> Sequence[int]:
        return self.trips.customers if self.only is None else self.only

    @property
    def vehicles(self) -> dict[int, int]:
        """How many there are of each type that has routes."""
        return {kind: self.trips.types[kind].count for _, kind in self.routes}

    @cached_property
    def _label_of(self) -> dict[tuple[frozenset[int], int], str]:
        def label(route: Route, kind: int) -> str:
            name = self.trips.types[kind].name
            return f"route[{f'{name}: ' if name else ''}{_way(route)}]"

        return {(frozenset(route), kind): label(route, kind) for route, kind in self.routes}

    def size(self) -> ModelSize:
        return ModelSize(len(self.routes), 0, len(self.customers) + len(self.trips.types))

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        trips, labels = self.trips, list(self._label_of.values())
        optional = trips.prize < np.inf
        rates = {(vehicle.depot, vehicle.cost_per_distance) for vehicle in trips.types}
        half = np.min(
            [
                rate * (trips.distance[depot] + trips.distance[:, depot]) / 2
                for depot, rate in rates
            ],
            axis=0,
        )
        price = np.where(optional, trips.prize, half)
        objective = dimod.BinaryQuadraticModel("BINARY")
        for label, (route, kind) in zip(labels, self.routes, strict=True):
            objective.add_variable(label, trips.cost(route, kind) - float(price[list(route)].sum()))
        objective.offset = float(price[list(self.customers)].sum())
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        through: dict[int, list[tuple[str, float]]] = {customer: [] for customer in self.customers}
        for label, (route, _) in zip(labels, self.routes, strict=True):
            for customer in route:
                through[customer].append((label, 1.0))
        for customer, terms in through.items():
            sense = "<=" if optional[customer] else "=="
            cqm.add_constraint_from_iterable(terms, sense, rhs=1.0, label=f"served[{customer}]")
        for kind, vehicle in enumerate(trips.types):
            terms = [
                (label, 1.0)
                for label, (_, other) in zip(labels, self.routes, strict=True)
                if other == kind
            ]
            name = f"vehicles[{vehicle.name}]" if vehicle.name else "vehicles"
            cqm.add_constraint_from_iterable(terms, "<=", rhs=vehicle.count, label=name)
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> list[tuple[Route, int]]:
        """The chosen routes, each with its type."""
        return [
            route
            for route, label in zip(self.routes, self._label_of.values(), strict=True)
            if sample[label] > 0.5
        ]

    def sample(self, routes: Sequence[tuple[Sequence[int], int]]) -> dict[Any, float]:
        """The assignment of these routes.

        Raises QoptError for one that is not of the model, or that repeats a customer.
        """
        sample = dict.fromkeys(self._label_of.values(), 0.0)
        seen = set(self.routes)
        for route, kind in routes:
            if self.as_seen and (tuple(route), kind) not in seen:
                raise QoptError(f"route {_way(route)} is not among those seen")
            label = self._label_of.get((frozenset(route), kind))
            if label is None or len(set(route)) != len(route):
                wrong = "repeats a customer or does not fit in a truck"
                raise QoptError(f"route {_way(route)} {wrong}")
            if sample[label]:
                raise QoptError(f"route {_way(route)} is driven twice")
            sample[label] = 1.0
        return sample


def _way(route: Sequence[int]) -> str:
    return ">".join(map(str, route))
