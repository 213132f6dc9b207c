"""What a trip costs, holds and takes: the arithmetic of routing, from its definition.

A trip leaves the depot of its vehicle, serves its customers in turn and comes back. It costs the
vehicle's fixed cost and `cost_per_distance` for the way. Service at a customer begins no earlier
than its window opens, waiting if need be, and no later than it closes. A trip leaves after its
depot opens, as late as makes it shortest, and is back before the depot closes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, QoptError, Violation

from .fleet import VehicleType
from .plan import Route, Routes
from .spans import TOLERANCE, Span, join, join_one

Floats = npt.NDArray[np.float64]

LOAD_TOLERANCE = 1e-9  # of the capacity: sums of demands that are not whole are off by rounding


@dataclass(frozen=True, eq=False)
class Trips:
    """The places, the fleet, and what is asked of trips; nodes 0..depots - 1 are depots.

    Arrays are float64 over the nodes: `distance` and `time` [n, n], `demand`, `ready`, `due` and
    `service` [n]. So is `prize` [n] of who may be left out, infinite for who may not. `timed` says
    whether times can forbid anything.
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
    def type_of(self) -> dict[str, int]:
        """The number of each type by its name."""
        return {vehicle.name: number for number, vehicle in enumerate(self.types)}

    def room(self, vehicle: int) -> float:
        """The capacity of a type, with what rounding needs."""
        return self.types[vehicle].capacity * (1 + LOAD_TOLERANCE)

    def longest(self, vehicle: int) -> float:
        """How long a trip of a type may take, with what rounding needs."""
        limit = self.types[vehicle].max_duration
        return math.inf if limit is None else limit * (1 + TOLERANCE)

    @cached_property
    def most_stops(self) -> int:
        """The most customers that fit in the largest vehicle."""
        smallest = np.cumsum(np.sort(self.demand[self.depots :]))
        room = max(map(self.room, range(len(self.types))))
        return max(1, int(np.searchsorted(smallest, room, side="right")))

    def length(self, customers: Sequence[int], vehicle: int) -> float:
        depot = self.types[vehicle].depot
        return float(sum(self.distance[a, b] for a, b in pairwise([depot, *customers, depot])))

    def cost(self, customers: Sequence[int], vehicle: int) -> float:
        """Of a trip with customers."""
        kind = self.types[vehicle]
        return kind.fixed_cost + kind.cost_per_distance * self.length(customers, vehicle)

    def route(self, customers: Sequence[int], vehicle: int) -> Route:
        load, name = float(self.demand[list(customers)].sum()), self.types[vehicle].name
        return Route(tuple(customers), load, self.length(customers, vehicle), name)

    def plan(self, routes: Iterable[tuple[Sequence[int], int]]) -> Routes:
        """The plan of customers in turn, each with its type; a vehicle without any stays out."""
        driven = (self.route(customers, kind) for customers, kind in routes if customers)
        return Routes(tuple(driven))

    def routes_of(self, plan: Routes) -> list[tuple[tuple[int, ...], int]]:
        """The customers of each route of a plan in turn, with its type."""
        return [(route.customers, self.type_of[route.vehicle]) for route in plan.driven]

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
            if route.vehicle not in self.type_of:
                there_are = f"there are {', '.join(self.type_of)}"
                raise QoptError(f"the plan uses a vehicle {route.vehicle!r}; {there_are}")

    def knows(self, plan: Routes) -> bool:
        """Whether all customers and types of vehicles of a plan exist."""
        return all(
            route.vehicle in self.type_of and set(route.customers) <= set(self.customers)
            for route in plan.routes
        )

    def fits(self, customers: Sequence[int], vehicle: int) -> bool:
        """Whether one vehicle can serve these customers in this order."""
        load = self.demand[list(customers)].sum()
        return load <= self.room(vehicle) and self.in_time(customers, vehicle)

    def in_time(self, customers: Sequence[int], vehicle: int) -> bool:
        """Whether the windows and the longest duration allow a trip, by joining its stops."""
        if not self.timed:
            return True
        depot = self.types[vehicle].depot
        trip, last = self.leaving(depot), depot
        for c in customers:
            trip, last = join_one(trip, self.stop(c), self.time[last, c]), c
        trip = join_one(trip, self.leaving(depot), self.time[last, depot])
        return bool(trip.possible and trip.duration <= self.longest(vehicle))

    def with_fastest_ways(self) -> Trips:
        """With times by way of other customers, and their service, where that is faster."""
        time = self.time.copy()
        for middle in self.customers:
            np.minimum(time, time[:, middle, None] + self.service[middle] + time[middle], out=time)
        return replace(self, time=time)

    def stop(self, customer: int) -> Span:
        """The service of one customer."""
        return self._stops[customer]

    def leaving(self, depot: int) -> Span:
        """The depot's opening hours."""
        return Span(0.0, float(self.ready[depot]), float(self.due[depot]))

    def ends(self, customers: Sequence[int], vehicle: int) -> tuple[list[Span], list[Span]]:
        """The beginnings of a trip, up to each gap between stops, and its ends from there on."""
        depot = self.types[vehicle].depot
        heads, tails = [self.leaving(depot)], [self.leaving(depot)]
        for a, b in pairwise([depot, *customers]):
            heads.append(join_one(heads[-1], self.stop(b), self.time[a, b]))
        for b, a in pairwise([depot, *reversed(customers)]):
            tails.append(join_one(self.stop(a), tails[-1], self.time[a, b]))
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
            own = Span(*(np.full(b + 1, value) for value in self.stop(customer)))
            if b:
                before = spans.at((slice(None, b), b))
                joined = join(before, self.stop(customer), self.time[customers[b - 1], customer])
                for part, value in zip(own, joined, strict=True):
                    part[:b] = value
            for part, value in zip(spans, own, strict=True):
                part[: b + 1, b + 1] = value
        return spans

    def spare(self, routes: Sequence[Route], random: np.random.Generator) -> int | None:
        """The type of a vehicle that these routes leave at its depot, where there is one."""
        used = [0] * len(self.types)
        for route in routes:
            used[self.type_of[route.vehicle]] += 1
        idle = [kind for kind, vehicle in enumerate(self.types) if vehicle.count > used[kind]]
        return int(random.choice(idle)) if idle else None

    @cached_property
    def _stops(self) -> list[Span]:
        spans = zip(
            self.service.tolist(),
            (self.ready + self.service).tolist(),
            self.due.tolist(),
            strict=True,
        )
        return [Span(*span) for span in spans]

    @cached_property
    def stops(self) -> Span:
        """`stop` of every node, as arrays float64[n]."""
        return Span(self.service, self.ready + self.service, self.due)

    def evaluate(
        self, routes: Iterable[Route], customers: Iterable[int], available: Mapping[int, int]
    ) -> Evaluation:
        """What the trips cost, and the prizes lost; broken is whatever these trips break.

        `available` is how many vehicles of each type there are. One without customers stays at its
        depot.
        """
        visits = dict.fromkeys(customers, 0)
        used = dict.fromkeys(available, 0)
        violations: list[Violation] = []
        total = 0.0
        for number, route in enumerate(routes, 1):
            if not route.customers:
                continue
            vehicle = self.type_of.get(route.vehicle, -1)
            if vehicle not in available:
                violations.append(
                    Violation(f"vehicle[{route.vehicle}]", 1.0, "that does not exist")
                )
                vehicle = max(vehicle, 0)
            used[vehicle] = used.get(vehicle, 0) + 1
            known = [customer for customer in route.customers if customer in visits]
            strangers = sorted(set(route.customers) - set(known))
            violations += [
                Violation(f"customer[{stranger}]", 1.0, "that does not exist")
                for stranger in strangers
            ]
            for customer in known:
                visits[customer] += 1
            total += self.cost(known, vehicle)
            excess = float(self.demand[known].sum()) - self.types[vehicle].capacity
            if excess > LOAD_TOLERANCE * self.types[vehicle].capacity:
                violations.append(Violation(f"capacity[truck {number}]", excess, "units"))
            if self.timed:
                violations += self._late(known, vehicle, f"truck {number}")
        for customer, count in visits.items():
            if count == 0 and self.prize[customer] < np.inf:
                total += float(self.prize[customer])
            elif count != 1:
                violations.append(Violation(f"served[{customer}]", abs(count - 1.0), "visits"))
        for vehicle, count in available.items():
            if used[vehicle] > count:
                name = self.types[vehicle].name
                of_type = f"vehicles[{name}]" if name else "vehicles"
                violations.append(Violation(of_type, float(used[vehicle] - count), "trucks"))
        return Evaluation(total, tuple(violations))

    def figures(self, plan: Routes) -> dict[str, float]:
        """What else is told of a plan."""
        kinds = [self.type_of.get(route.vehicle, 0) for route in plan.driven]
        room = sum(self.types[kind].capacity for kind in kinds)
        served = [c for route in plan.routes for c in route.customers]
        loads = sum(
            float(self.demand[[c for c in route.customers if c in self.customers]].sum())
            for route in plan.routes
        )
        return {
            "trucks": float(len(kinds)),
            "load_factor": loads / room if kinds else 0.0,
            "distance": sum(route.distance for route in plan.routes),
            "left_out": float(len(set(self.customers) - set(served))),
        }

    def _late(self, customers: Sequence[int], vehicle: int, truck: str) -> list[Violation]:
        """Windows missed and hours too many of a trip, driven stop by stop."""
        kind = self.types[vehicle]
        found = []
        clock = opened = float(self.ready[kind.depot])
        # slack: how much later the trip may leave without being late anywhere
        waited, slack = 0.0, np.inf
        for a, b in pairwise([kind.depot, *customers, kind.depot]):
            arrival = clock + float(self.time[a, b])
            begin = max(arrival, float(self.ready[b]))
            waited += begin - arrival
            late = begin - float(self.due[b])
            slack = min(slack, waited - late)
            if late > TOLERANCE * max(1.0, begin):
                where = f"window[{b}]" if b != kind.depot else f"closing[{truck}]"
                found.append(Violation(where, late, "late"))
            clock = begin + float(self.service[b]) * (b != kind.depot)
        hours = clock - opened - min(waited, max(slack, 0.0))
        if kind.max_duration is not None and hours > self.longest(vehicle):
            found.append(Violation(f"duration[{truck}]", hours - kind.max_duration, "too long"))
        return found
