"""A routing plan."""

from __future__ import annotations

from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Route:
    """One vehicle's customers in order, what it carries and how far it drives.

    `vehicle` is its type, where there are several; that says its depot, too.
    """

    customers: tuple[int, ...]
    load: float
    distance: float
    vehicle: str = ""


@dataclass(frozen=True)
class Routes(JsonPlan):
    """A route a vehicle; vehicles that stay at the depot are left out."""

    routes: tuple[Route, ...]

    @property
    def driven(self) -> tuple[Route, ...]:
        """The routes with customers; a vehicle listed without any stays at its depot."""
        return tuple(route for route in self.routes if route.customers)

    def __str__(self) -> str:
        return "\n".join(
            f"truck {number}{f' ({route.vehicle})' if route.vehicle else ''}: "
            f"depot > {' > '.join(map(str, route.customers))} > depot"
            f"   load {route.load:g}, distance {route.distance:g}"
            for number, route in enumerate(self.routes, 1)
        )
