"""Some routes near each other: their customers shared out among the trucks, and put in order, anew.

Where all customers of them make too large a model, those near a customer drawn at random are free one by one, and what lies
between them on their routes is driven as it is, in either direction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood

from ..model import Piece, Slots
from ..plan import Route, Routes
from ..trips import Trips

if TYPE_CHECKING:
    import dimod

SPARE_STOPS = 2  # of a truck, above the pieces that the longest route has now


@dataclass(frozen=True, eq=False)
class Regrouping:
    """Pieces of routes for a few trucks; plans are routes of customers, as of the whole."""

    trips: Trips
    pieces: tuple[Piece, ...]
    trucks: tuple[int, ...]
    stops: int
    both_ways: bool

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Routes

    @property
    def model_is_exact(self) -> bool:
        """Stops are few, and pieces stay as they are."""
        return False

    def model_size(self) -> ModelSize:
        return self._slots.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._slots.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        return Routes(
            tuple(
                self.trips.route(customers, kind)
                for customers, kind in self._slots.chosen(sample)
                if customers
            )
        )

    def encode(self, plan: Routes) -> dict[Any, float]:
        """Raises QoptError for a plan that breaks a piece or has too many stops or trucks."""
        return self._slots.sample(
            [(route.customers, self.trips.type_of[route.vehicle]) for route in plan.routes]
        )

    def evaluate(self, plan: Routes) -> Evaluation:
        """What these routes cost and break."""
        customers = [customer for piece in self.pieces for customer in piece]
        return self.trips.evaluate(
            plan.routes, customers, {kind: self.trucks.count(kind) for kind in set(self.trucks)}
        )

    @cached_property
    def _slots(self) -> Slots:
        return Slots(self.trips, self.pieces, self.trucks, self.stops, self.both_ways, loose=True)


def regrouping(
    trips: Trips, plan: Routes, number: int, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """Up to `number` routes near a random customer; None where that is fewer than two trucks or does not fit in `size`."""
    centre = int(random.choice(len(trips.customers))) + trips.depots
    distant = trips.distance[centre] + trips.distance[:, centre]
    order = [c for c in np.argsort(distant, kind="stable").tolist() if c >= trips.depots]
    routes = plan.routes
    picked = _near(routes, order, number, random)
    served = {customer for route in routes for customer in route.customers}
    idle = (
        [c for c in order if c not in served][: max(1, size // 100)]
        if len(served) < len(order)
        else []
    )
    kinds = [trips.type_of[routes[r].vehicle] for r in picked]
    spare = trips.spare(routes, random)
    if spare is not None and (len(kinds) < 2 or random.random() < 0.5):
        kinds.append(spare)
    if not kinds:
        return None
    both_ways = trips.symmetric and not trips.timed
    part = _cut(
        trips, [routes[r].customers for r in picked], idle, tuple(kinds), both_ways, order, size
    )
    if part is None:
        return None
    chosen = set(picked)
    rest = tuple(route for r, route in enumerate(routes) if r not in chosen)
    return Neighbourhood(
        part, Routes(tuple(routes[r] for r in picked)), lambda found: Routes(rest + found.routes)
    )


def _near(
    routes: Sequence[Route], order: Sequence[int], most: int, random: np.random.Generator
) -> list[int]:
    """Routes by their customer nearest to the first of `order`; every now and then one is passed over."""
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
) -> Regrouping | None:
    """The routes in pieces, as small as `size` allows: the customers that come first in `order` are free."""
    inside = {customer for route in routes for customer in route}
    near = [customer for customer in order if customer in inside]
    free = len(near)
    while free >= 2:
        loose = set(near[:free])
        cut = [_pieces(route, loose) for route in routes]
        pieces = tuple(piece for route in cut for piece in route) + tuple(
            (customer,) for customer in idle
        )
        stops = min(len(pieces), max((len(route) for route in cut), default=0) + SPARE_STOPS)
        options = sum(1 + (both_ways and len(piece) > 1) for piece in pieces)
        variables = options * len(kinds) * stops
        if variables <= size:
            return Regrouping(trips, pieces, kinds, stops, both_ways)
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
