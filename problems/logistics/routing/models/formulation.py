"""What a model of trips is to those who use it, and which of them a whole problem takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from qopt import ModelSize, QoptError

from ..trips import Trips
from .route_sets import RouteSets, best_routes
from .slots import Slots

if TYPE_CHECKING:
    import dimod

Name = Literal["auto", "routes", "slots"]
NAMES = ("auto", "routes", "slots")
ROUTE_LIMIT = 1000  # route sets; their QUBO has a coupling for every two that share a customer


class Formulation(Protocol):
    """A model of which customers a fleet serves in which order.

    Routes are given and found as customers in turn and the number of a type of vehicle.
    """

    @property
    def trips(self) -> Trips: ...

    @property
    def exact(self) -> bool:
        """Whether what is feasible here is what trips can do."""
        ...

    @property
    def customers(self) -> Sequence[int]:
        """Those to be served."""
        ...

    @property
    def vehicles(self) -> Mapping[int, int]:
        """How many there are of each type."""
        ...

    def size(self) -> ModelSize: ...

    def cqm(self) -> dimod.ConstrainedQuadraticModel: ...

    def chosen(self, sample: Mapping[Any, float]) -> Sequence[tuple[Sequence[int], int]]:
        """The routes of an assignment; some may be without customers."""
        ...

    def sample(self, routes: Sequence[tuple[Sequence[int], int]]) -> dict[Any, float]:
        """The assignment of routes. Raises QoptError for one that the model does not have."""
        ...


def require_name(name: object) -> None:
    if name not in NAMES:
        wanted = "give 'auto', 'routes' or 'slots'"
        raise QoptError(f"formulation={name!r}: {wanted}", ("formulation",))


def formulated(trips: Trips, name: Name) -> RouteSets | Slots:
    """The model by name; "auto" takes route sets where there are few enough of them.

    Raises QoptError where there are too many, and they are asked for.
    """
    if name != "slots":
        routes = best_routes(trips, ROUTE_LIMIT)
        if routes is not None:
            return RouteSets(trips, routes)
        if name == "routes":
            many = f"more than {ROUTE_LIMIT} sets of customers fit in a truck"
            raise QoptError(f"formulation='routes': {many}; use formulation='slots'")
    most = len(trips.customers)  # more trucks than customers are never needed
    counts = [min(vehicle.count, most) for vehicle in trips.types]
    trucks = tuple(kind for kind, count in enumerate(counts) for _ in range(count))
    customers = tuple((c,) for c in trips.customers)
    return Slots(trips, customers, trucks, trips.most_stops)
