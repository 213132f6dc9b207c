"""The best plan of routes seen so far: those that plans on the way had, chosen among anew.

The model is `route_sets` over the pool of these routes, each set of customers in the shortest order it was seen in. Routes of
the present plan that share no customer with another of the pool stay as they are.

Source: set partitioning over the routes of a local search, after Rochat and Taillard (1995).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError

from ..plan import Routes
from ..trips import Trips
from .route_sets import RouteSets

if TYPE_CHECKING:
    import dimod

Pool = dict[
    tuple[frozenset[int], int], tuple[int, ...]
]  # by customers and type of vehicle, the customers in turn


@dataclass(frozen=True, eq=False)
class Recombination:
    """Routes to choose from for `customers`; plans are routes of customers, as of the whole.

    `trips` has the vehicles that are left for them, `routes` the customers of each in turn and its type of vehicle.
    """

    trips: Trips
    customers: tuple[int, ...]
    routes: tuple[tuple[tuple[int, ...], int], ...]

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Routes

    @property
    def model_is_exact(self) -> bool:
        """There are routes besides those seen."""
        return False

    def model_size(self) -> ModelSize:
        return self._sets.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._sets.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        return Routes(
            tuple(
                self.trips.route(customers, kind) for customers, kind in self._sets.chosen(sample)
            )
        )

    def encode(self, plan: Routes) -> dict[Any, float]:
        """Raises QoptError for a plan with other routes, or with an order in which they were not seen."""
        known = set(self.routes)
        routes = [(route.customers, self.trips.type_of[route.vehicle]) for route in plan.routes]
        for customers, kind in routes:
            if (customers, kind) not in known:
                raise QoptError(f"route {'>'.join(map(str, customers))} is not among those seen")
        return self._sets.sample(routes)

    def evaluate(self, plan: Routes) -> Evaluation:
        """What these routes cost and break."""
        types = {kind: self.trips.types[kind].count for _, kind in self.routes}
        return self.trips.evaluate(plan.routes, self.customers, types)

    @cached_property
    def _sets(self) -> RouteSets:
        return RouteSets(self.trips, self.routes, self.customers)


def recombination(
    trips: Trips, plan: Routes, size: int, seen: Sequence[Routes]
) -> Neighbourhood | None:
    """At most `size` routes: those seen last, and the present ones that share customers with them; None where there is none.

    Customers of present routes that cannot be driven, as they are too heavy or late, stay on them.
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
        vehicle = idle[kind] or any(other == kind for _, other in met)
        if (customers, kind) in present or customers & stuck or not vehicle:
            continue
        if len(chosen) + 1 + len(free | met) > size:
            break
        chosen[customers, kind] = way
        free |= met
    if not chosen:
        return None
    released = [kind for _, kind in free]
    types = (
        replace(
            vehicle, count=max(1, idle[kind] + released.count(kind))
        )  # of one with none left there is no route either
        for kind, vehicle in enumerate(trips.types)
    )
    pool = {own: way for own, way in present.items() if own in free} | chosen
    part = Recombination(
        replace(trips, types=tuple(types)),
        tuple(sorted({customer for customers, _ in pool for customer in customers})),
        tuple((way, kind) for (_, kind), way in pool.items()),
    )
    routes = [
        (route, (frozenset(route.customers), trips.type_of[route.vehicle])) for route in plan.routes
    ]
    rest = tuple(route for route, key in routes if key not in free)
    return Neighbourhood(
        part,
        Routes(tuple(route for route, key in routes if key in free)),
        lambda found: Routes(rest + found.routes),
    )


def _pool(trips: Trips, plans: Iterable[Routes]) -> Pool:
    """The routes of these plans that can be driven, each set of customers in its shortest order."""
    pool: Pool = {}
    for plan in plans:
        for route in plan.routes:
            kind, key = (
                trips.type_of[route.vehicle],
                (frozenset(route.customers), trips.type_of[route.vehicle]),
            )
            if (
                len(key[0]) < len(route.customers)
                or not route.customers
                or not trips.fits(route.customers, kind)
            ):
                continue
            if key not in pool or trips.length(route.customers, kind) < trips.length(
                pool[key], kind
            ):
                pool[key] = route.customers
    return pool
