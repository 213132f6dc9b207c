"""What a trip costs, holds and takes: the arithmetic of routing, from its definition.

A trip leaves the depot of its vehicle, serves its customers in turn and comes back. It costs the
vehicle's fixed cost and `cost_per_distance` for the way. Service at a customer begins no earlier
than its window opens, waiting if need be, and no later than it closes. A trip leaves after its
depot opens, as late as makes it shortest, and is back before the depot closes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qopt import QoptError

from .fleet import VehicleType
from .plan import Route, Routes
from .spans import TOLERANCE, Span, join, join_one

Floats = npt.NDArray[np.float64]

LOAD_TOLERANCE = 1e-9  # of the capacity: sums of demands that are not whole are off by rounding


@dataclass(frozen=True, eq=False)
class Trips:
    """The places, the fleet, and what is asked of trips; nodes 0..depots - 1 are depots.

    A `kind` is the number of a type of vehicle. Arrays are float64 over the nodes: `distance` and
    `time` [n, n], `demand`, `ready`, `due` and `service` [n]. So is `prize` [n] of who may be left
    out, infinite for who may not. `timed` says whether times can forbid anything.
    """

    distance: Floats
    time: Floats
    demand: Floats
    ready: Floats
    due: Floats
    service: Floats
    prize: Floats
    types: tuple[VehicleType, ...]
    depots: int
    timed: bool

    @classmethod
    def of(
        cls,
        distance: Floats,
        demand: Floats,
        fleet: Sequence[VehicleType],
        depots: int,
        *,
        windows: Floats | None = None,
        service: Floats | None = None,
        travel_time: Floats | None = None,
        prize: Floats | None = None,
    ) -> Trips:
        """Of what a planner says; None is for what is not asked."""
        n = len(demand)
        hours = np.tile([0.0, np.inf], (n, 1)) if windows is None else windows
        limited = any(vehicle.max_duration is not None for vehicle in fleet)
        return cls(
            distance=distance,
            time=distance if travel_time is None else travel_time,
            demand=demand,
            ready=hours[:, 0],
            due=hours[:, 1],
            service=np.zeros(n) if service is None else service,
            prize=np.full(n, np.inf) if prize is None else prize,
            types=tuple(fleet),
            depots=depots,
            timed=windows is not None or limited,
        )

    @property
    def customers(self) -> range:
        return range(self.depots, len(self.demand))

    @cached_property
    def windows(self) -> bool:
        """Whether any customer has a window that may forbid something or make a trip wait."""
        own = slice(self.depots, None)
        opens = float(self.ready[: self.depots].min())
        return self.timed and bool(
            (self.ready[own] > opens).any() or (self.due[own] < np.inf).any()
        )

    @cached_property
    def symmetric(self) -> bool:
        """Whether all ways are as long there as back."""
        return bool(np.array_equal(self.distance, self.distance.T))

    @cached_property
    def kind_of(self) -> dict[str, int]:
        """The number of each type by its name."""
        return {vehicle.name: kind for kind, vehicle in enumerate(self.types)}

    def room(self, kind: int) -> float:
        """The capacity of a type, with what rounding needs."""
        return self.types[kind].capacity * (1 + LOAD_TOLERANCE)

    def longest(self, kind: int) -> float:
        """How long a trip of a type may take, with what rounding needs."""
        limit = self.types[kind].max_duration
        return math.inf if limit is None else limit * (1 + TOLERANCE)

    @cached_property
    def most_stops(self) -> int:
        """The most customers that fit in the largest vehicle."""
        smallest = np.cumsum(np.sort(self.demand[self.depots :]))
        room = max(map(self.room, range(len(self.types))))
        return max(1, int(np.searchsorted(smallest, room, side="right")))

    def length(self, customers: Sequence[int], kind: int) -> float:
        depot = self.types[kind].depot
        return float(sum(self.distance[a, b] for a, b in pairwise([depot, *customers, depot])))

    def cost(self, customers: Sequence[int], kind: int) -> float:
        """Of a trip with customers."""
        vehicle = self.types[kind]
        return vehicle.fixed_cost + vehicle.cost_per_distance * self.length(customers, kind)

    def route(self, customers: Sequence[int], kind: int) -> Route:
        load, name = float(self.demand[list(customers)].sum()), self.types[kind].name
        return Route(tuple(customers), load, self.length(customers, kind), name)

    def plan(self, routes: Iterable[tuple[Sequence[int], int]]) -> Routes:
        """The plan of customers in turn, each with its type; a vehicle without any stays out."""
        driven = (self.route(customers, kind) for customers, kind in routes if customers)
        return Routes(tuple(driven))

    def routes_of(self, plan: Routes) -> list[tuple[tuple[int, ...], int]]:
        """The customers of each route of a plan in turn, with its type."""
        return [(route.customers, self.kind_of[route.vehicle]) for route in plan.driven]

    def require_known(self, plan: Routes) -> None:
        """Raises QoptError for too many routes, and for unknown customers and vehicles."""
        count = sum(vehicle.count for vehicle in self.types)
        if len(plan.driven) > count:
            raise QoptError(f"the plan uses {len(plan.driven)} trucks; there are {count}")
        first, last = self.customers[0], self.customers[-1]
        for route in plan.driven:
            for customer in route.customers:
                if customer not in self.customers:
                    there_are = f"there are {first}..{last}"
                    raise QoptError(f"the plan visits customer {customer}; {there_are}")
            if route.vehicle not in self.kind_of:
                there_are = f"there are {', '.join(self.kind_of)}"
                raise QoptError(f"the plan uses a vehicle {route.vehicle!r}; {there_are}")

    def knows(self, plan: Routes) -> bool:
        """Whether all customers and types of vehicles of a plan exist."""
        return all(
            route.vehicle in self.kind_of and set(route.customers) <= set(self.customers)
            for route in plan.routes
        )

    def fits(self, customers: Sequence[int], kind: int) -> bool:
        """Whether one vehicle can serve these customers in this order."""
        load = self.demand[list(customers)].sum()
        return load <= self.room(kind) and self.in_time(customers, kind)

    def in_time(self, customers: Sequence[int], kind: int) -> bool:
        """Whether the windows and the longest duration allow a trip, by joining its stops."""
        if not self.timed:
            return True
        depot = self.types[kind].depot
        trip, last = self.leaving(depot), depot
        for c in customers:
            trip, last = join_one(trip, self.span(c), self.time[last, c]), c
        trip = join_one(trip, self.leaving(depot), self.time[last, depot])
        return bool(trip.possible and trip.duration <= self.longest(kind))

    def with_fastest_ways(self) -> Trips:
        """With times by way of other customers, and their service, where that is faster."""
        time = self.time.copy()
        for middle in self.customers:
            np.minimum(time, time[:, middle, None] + self.service[middle] + time[middle], out=time)
        return replace(self, time=time)

    def span(self, customer: int) -> Span:
        """The service of one customer."""
        return self._span_of_each[customer]

    def leaving(self, depot: int) -> Span:
        """The depot's opening hours."""
        return Span(0.0, float(self.ready[depot]), float(self.due[depot]))

    def ends(self, customers: Sequence[int], kind: int) -> tuple[list[Span], list[Span]]:
        """The beginnings of a trip, up to each gap between stops, and its ends from there on."""
        depot = self.types[kind].depot
        heads, tails = [self.leaving(depot)], [self.leaving(depot)]
        for a, b in pairwise([depot, *customers]):
            heads.append(join_one(heads[-1], self.span(b), self.time[a, b]))
        for b, a in pairwise([depot, *reversed(customers)]):
            tails.append(join_one(self.span(a), tails[-1], self.time[a, b]))
        return heads, tails[::-1]

    def between(self, customers: Sequence[int]) -> Span:
        """Arrays [n + 1, n + 1]: the stops a..b - 1 in turn, for a < b.

        Where there are none, a = b, it takes no time and has no window.
        """
        n = len(customers)
        spans = Span(
            np.zeros((n + 1, n + 1)),
            np.full((n + 1, n + 1), -np.inf),
            np.full((n + 1, n + 1), np.inf),
        )
        for b, customer in enumerate(customers):
            own = Span(*(np.full(b + 1, value) for value in self.span(customer)))
            if b:
                before = spans.at((slice(None, b), b))
                joined = join(before, self.span(customer), self.time[customers[b - 1], customer])
                for part, value in zip(own, joined, strict=True):
                    part[:b] = value
            for part, value in zip(spans, own, strict=True):
                part[: b + 1, b + 1] = value
        return spans

    def spare(self, routes: Sequence[Route], random: np.random.Generator) -> int | None:
        """The type of a vehicle that these routes leave at its depot, where there is one."""
        used = [0] * len(self.types)
        for route in routes:
            used[self.kind_of[route.vehicle]] += 1
        idle = [kind for kind, vehicle in enumerate(self.types) if vehicle.count > used[kind]]
        return int(random.choice(idle)) if idle else None

    @cached_property
    def _span_of_each(self) -> list[Span]:
        spans = zip(
            self.service.tolist(),
            (self.ready + self.service).tolist(),
            self.due.tolist(),
            strict=True,
        )
        return [Span(*span) for span in spans]

    @cached_property
    def spans(self) -> Span:
        """`span` of every node, as arrays float64[n]."""
        return Span(self.service, self.ready + self.service, self.due)
