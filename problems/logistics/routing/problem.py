"""Vehicle routing: capacity, windows, types of vehicles, depots, customers that may be left out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, ModelSize, Neighbourhood
from qopt.kit.bundled import Bundled
from qopt.kit.checks import require_count
from qopt.kit.files import noted

from ..places.nodes import Nodes
from . import given
from .evaluation import evaluate, figures
from .files.formats import read_routing
from .fleet import Fleet, VehicleType
from .fleet_size import enough
from .generated import drawn
from .map import draw
from .models import formulation as forms
from .moves import improved, nearest_customers
from .parts.kinds import KINDS, part_of
from .plan import Routes
from .reach import require_reach, require_room
from .savings import constructed
from .spans import Floats
from .trips import Trips

if TYPE_CHECKING:
    import dimod

BUNDLED = Bundled("vehicle-routing", "problems.logistics", ".vrp")


@dataclass(frozen=True, eq=False)
class VehicleRouting:
    """Vehicles from depots to customers with demands, at the least cost.

    The cost is that of the distance, and what else is charged. Lists, arrays, and tables and
    columns of pandas and polars are taken. Where a table of distances has labels, those of other
    columns are put into their order.

    Parameters
    ----------
    distance
        float64[n + 1, n + 1], at least 0, from row to column; node 0 is the depot. There and back
        may differ, and the straight way may be longer than one through another node. The diagonal
        does not count.
    demand
        [n + 1], at least 0 and, of who must be served, at most the largest capacity; `demand[0]`
        is 0.
    capacity
        What a truck holds, above 0, in the units of `demand`.
    vehicles
        How many trucks there are, at least 1; None for no limit, which becomes a number that no
        best plan exceeds.
    coordinates
        float64[n + 1, 2], for drawing only.
    formulation
        "routes" chooses among all sets of customers that fit in a truck, "slots" gives each
        customer a stop of a truck. "auto" takes routes while there are at most 1000 such sets. See
        `models/route_sets.py` and `models/slots.py` for when each wins.
    windows
        [n + 1, 2], in units of time: when service may begin, first and last (infinite for no end).
        Of the depot: when trucks may leave first and be back last.
    service
        [n + 1], at least 0: how long service takes; nothing at the depot.
    travel_time
        float64[n + 1, n + 1], at least 0; by default the distance.
    max_duration
        The longest a trip may take, of vehicles whose type says nothing else; None for no limit.
    fleet
        Types of vehicles with names of their own, instead of `capacity` and `vehicles`.
    depots
        How many depots there are: nodes 0 to `depots - 1`, before the customers.
    prize
        [n + 1]: what is lost if a customer is left out; infinite for who must be served, as all
        are by default.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the customer and the remedy; for a customer that no
        vehicle can serve.
    """

    distance: Floats
    demand: Floats
    capacity: float = 0.0
    vehicles: int | None = None
    coordinates: Floats | None = None
    name: str = ""
    best_known: float | None = None
    formulation: forms.Name = "auto"
    windows: Floats | None = None
    service: Floats | None = None
    travel_time: Floats | None = None
    max_duration: float | None = None
    fleet: Sequence[VehicleType] = ()
    depots: int = 1
    prize: Floats | None = None

    sense: ClassVar = "min"
    plan_type: ClassVar = Routes
    formats: ClassVar = (
        "VRPLIB .vrp: capacities, windows, durations, depots, types of vehicles; "
        "Solomon .txt: windows"
    )
    kinds: ClassVar = KINDS
    anneal_whole_up_to: ClassVar = 0

    def __post_init__(self) -> None:
        nodes, distance, demand = given.nodes_of(self.distance, self.demand, self.depots)
        self._set(distance=distance, demand=demand)
        self._take(nodes, coordinates=given.coordinates_of)
        fleet = Fleet.of(self.fleet, self.capacity, self.vehicles, self.max_duration, self.depots)
        self._set(fleet=fleet.types, capacity=fleet.capacity, vehicles=fleet.count)
        self._take(nodes, prize=given.prizes_of)
        given.require_demands(nodes, demand, fleet.capacity, self.prize)
        self._take(nodes, travel_time=given.times_of, service=given.services_of)
        self._take(nodes, windows=given.windows_of)
        forms.require_name(self.formulation)
        if self.vehicles is None:
            self._take_enough_vehicles()
        if self._trips.timed:
            require_reach(self._trips, windowed=self.windows is not None)

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _take(self, nodes: Nodes, **checked: Callable[[Nodes, Any], Floats]) -> None:
        """What is given of nodes, by name, as arrays."""
        for name, array in checked.items():
            if (value := getattr(self, name)) is not None:
                self._set(**{name: array(nodes, value)})

    def _take_enough_vehicles(self) -> None:
        """As many as any best plan needs."""
        number, why = enough(self._trips)
        del self.__dict__["_trips"]  # which has one for each customer
        self._set(vehicles=number)
        unlimited = "the number of vehicles is not limited"
        noted(self, [f"{unlimited}: a best plan needs {number} at most, {why}"])

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        vehicles: int | None = None,
        formulation: forms.Name = "auto",
        take_first: int | None = None,
        rounding: str | None = None,
    ) -> VehicleRouting:
        """Read a VRPLIB or a Solomon file; what is in it says which.

        Customer i is its i-th node behind the depots. The fleet is `vehicles`, else what the file
        says. A VRPLIB file that says nothing sets no limit, but for those of sets whose published
        values are of plans with the number of trucks in the name ("A-n32-k5"), if so many are sure
        to do. `rounding` of distances is the file's own rule (of a Solomon file: cut to one
        decimal) or one of "none", "nearest", "down", "up" and "tenths". Of a Solomon file the
        first `take_first` customers can be taken.

        A .sol of the same name beside the file gives the best known value, if its plan costs what
        it says. What was chosen is in `notes`. Raises FileError with the line.
        """
        chosen: dict[str, Any] = {"formulation": formulation}
        if vehicles is not None:
            chosen["vehicles"] = vehicles
        return read_routing(cls, path, rounding, take_first, **chosen)

    @classmethod
    def bundled(cls, name: str = "E-n13-k4", **options: Any) -> VehicleRouting:
        """An instance that comes with qopt; `options` as for `read`."""
        with BUNDLED.file(name) as path:
            return cls.read(path, **options)

    @classmethod
    def instances(cls) -> list[str]:
        """The names `bundled` knows."""
        return BUNDLED.names

    @classmethod
    def generate(cls, *, customers: int = 20, seed: int = 0) -> VehicleRouting:
        """Customers spread evenly over a square of 100 by 100, with demands 1 to 9.

        A truck holds what about eight of them ask for.
        """
        require_count("customers", customers)
        require_count("seed", seed, least=0)
        return cls(**drawn(customers, seed))

    @property
    def customers(self) -> range:
        return range(self.depots, len(self.demand))

    @property
    def most_stops(self) -> int:
        """The most customers that fit in one truck."""
        return self._trips.most_stops

    @cached_property
    def _trips(self) -> Trips:
        fleet = Fleet(tuple(self.fleet), self.capacity, self.vehicles, self.max_duration)
        return Trips.of(
            self.distance,
            self.demand,
            fleet.trucks(len(self.customers)),
            self.depots,
            windows=self.windows,
            service=self.service,
            travel_time=self.travel_time,
            prize=self.prize,
        )

    @cached_property
    def _model(self) -> forms.Formulation:
        return forms.formulated(self._trips, self.formulation)

    @property
    def model_is_exact(self) -> bool:
        """Stops of trucks know windows of two customers at a time only."""
        return self._model.exact

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        return self._trips.plan(self._model.chosen(sample))

    def encode(self, plan: Routes) -> dict[Any, float]:
        """The plan's assignment; of route sets, that of the shortest order of each route.

        Raises QoptError for more trucks than there are, a customer that does not exist, or a load
        that no truck can carry.
        """
        self._trips.require_known(plan)
        return self._model.sample(self._trips.routes_of(plan))

    def evaluate(self, plan: Routes) -> Evaluation:
        """What is driven, charged and lost.

        Broken are customers not served just once, loads, windows, durations and trucks that do not
        exist.
        """
        trips = self._trips
        available = {kind: vehicle.count for kind, vehicle in enumerate(trips.types)}
        score = evaluate(trips, plan.routes, self.customers, available)
        kpis = figures(trips, plan)
        if self.prize is None:
            del kpis["left_out"]
            if not self.fleet:
                del kpis["distance"]  # which is the objective
        return replace(score, kpis=kpis)

    def routes(self, trucks: Iterable[Sequence[int]], vehicle: str | None = None) -> Routes:
        """A plan of the customers each truck visits in turn; empty trucks stay out.

        All are of one type, by default the first.
        """
        kind = 0 if vehicle is None else self._trips.kind_of[vehicle]
        return self._trips.plan([(customers, kind) for customers in trucks])

    def greedy(self) -> Routes:
        """Routes merged by largest saving (Clarke and Wright 1964).

        Customers are inserted where that takes too many trucks. Raises Infeasible where all
        vehicles together hold less than must be delivered.
        """
        require_room(self._trips)
        return self._trips.plan(constructed(self._trips))

    def improve(self, plan: Routes) -> Routes:
        """Small moves until none helps.

        A plan of customers or vehicles that do not exist stays as it is.
        """
        if not self._trips.knows(plan):
            return plan
        better = improved(self._trips, self._trips.routes_of(plan), self._near)
        return plan if better is None else self._trips.plan(better)

    @cached_property
    def _near(self) -> npt.NDArray[np.int64]:
        return nearest_customers(self._trips)

    def neighbourhood(
        self,
        plan: Routes,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Routes] = (),
    ) -> Neighbourhood | None:
        """Some customers put elsewhere, two or three routes near each other in order anew, or the
        best of the routes seen."""
        return part_of(self._trips, Routes(plan.driven), kind, size, random, seen)

    def draw(self, plan: Routes, axes: Any) -> None:
        """Routes on a map, or, without coordinates, one row a truck with the distance driven."""
        draw(self._trips, plan, axes, self.coordinates, self.name or "routes")
