"""A routing plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Route:
    """One vehicle's customers in order, what it carries and how far it drives, in the instance's units."""

    customers: tuple[int, ...]
    load: float
    distance: float


@dataclass(frozen=True)
class Routes:
    """A route a vehicle; vehicles that stay at the depot are left out."""

    routes: tuple[Route, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "routes": [
                {"customers": list(route.customers), "load": route.load, "distance": route.distance} for route in self.routes
            ]
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Routes:
        return cls(tuple(Route(tuple(r["customers"]), r["load"], r["distance"]) for r in data["routes"]))

    def __str__(self) -> str:
        return "\n".join(
            f"truck {number}: depot > {' > '.join(map(str, route.customers))} > depot"
            f"   load {route.load:g}, distance {route.distance:g}"
            for number, route in enumerate(self.routes, 1)
        )
