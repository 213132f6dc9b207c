"""Vehicle routing: capacity, time windows, types of vehicles, depots, and customers that may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, FileError, Infeasible, ModelSize, Neighbourhood, QoptError, UnknownName
from qopt.kit.checks import require_count

from .fleet import VehicleType
from .recombination import recombination
from .regrouping import regrouping
from .removal import reinsertion
from .route_map import draw
from .route_moves import improved, nearest_customers
from .route_sets import RouteSets, best_routes
from .routes import Routes
from .routing_files import bad_demand, read_vrplib
from .savings import constructed
from .slots import Slots
from .solomon import read_solomon
from .trips import LOAD_TOLERANCE, Trips

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Formulation = Literal["auto", "routes", "slots"]

_INSTANCES = resources.files(__package__) / "instances"
ROUTE_LIMIT = 1000  # route sets; their QUBO has a coupling for every two that share a customer


@dataclass(frozen=True, eq=False)
class VehicleRouting:
    """Vehicles from depots to customers with demands, at the least cost: distance, and what else is charged.

    Parameters
    ----------
    distance
        float64[n + 1, n + 1], at least 0, from row to column; node 0 is the depot. There and back may differ, and the straight
        way may be longer than one through another node.
    demand
        [n + 1], at least 0 and at most the largest capacity; `demand[0]` is 0.
    capacity
        What a truck holds, above 0, in the units of `demand`.
    vehicles
        How many trucks there are, at least 1.
    coordinates
        float64[n + 1, 2], for drawing only.
    formulation
        "routes" chooses among all sets of customers that fit in a truck, "slots" gives each customer a stop of a truck;
        "auto" takes routes while there are at most 1000 such sets. See `route_sets` and `slots` for when each wins.
    windows
        [n + 1, 2], in units of time: when service may begin, first and last (infinite for no end); of the depot, when trucks
        may leave first and be back last.
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
        [n + 1]: what is lost if a customer is left out; infinite for who must be served, as all are by default.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the customer and the remedy; for a customer that no vehicle can serve.
    """

    distance: Floats
    demand: Floats
    capacity: float = 0.0
    vehicles: int = 0
    coordinates: Floats | None = None
    name: str = ""
    best_known: float | None = None
    formulation: Formulation = "auto"
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
        "VRPLIB .vrp: CVRP with EUC_2D or EXPLICIT distances; Solomon .txt: time windows"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "distance", _array("distance", self.distance))
        object.__setattr__(self, "demand", _array("demand", self.demand))
        n = len(self.demand)
        if self.demand.ndim != 1 or n < 2:
            raise QoptError(
                f"demand has shape {self.demand.shape}; give one for the depot, 0, and one for each customer"
            )
        if not (isinstance(self.depots, Integral) and 1 <= self.depots < n):
            raise QoptError(
                f"depots={self.depots!r}: give a whole number from 1 to {n - 1}, and leave a customer"
            )
        self._check_ways("distance", self.distance)
        self._check_fleet()
        for depot in np.flatnonzero(self.demand[: self.depots]):
            raise QoptError(f"the depot has demand {self.demand[depot]:g}; give 0")
        for customer in np.flatnonzero(~(self.demand >= 0) | (self.demand > self.capacity)):
            raise QoptError(bad_demand(int(customer), self.demand[customer], self.capacity))
        self._check_times()
        self._check_prizes()
        if self.formulation not in ("auto", "routes", "slots"):
            raise QoptError(f"formulation={self.formulation!r}: give 'auto', 'routes' or 'slots'")

    def _check_ways(self, what: str, ways: Floats) -> None:
        n = len(self.demand)
        if ways.shape != (n, n):
            raise QoptError(f"{what} has shape {ways.shape} for {n} demands; give [{n}, {n}]")
        for a, b in np.argwhere(~((ways >= 0) & (ways < np.inf))):
            raise QoptError(
                f"the {what} at ({a}, {b}) is {ways[a, b]:g}; it must be finite and at least 0"
            )

    def _check_fleet(self) -> None:
        if self.fleet:
            names: set[str] = set()
            for vehicle in self.fleet:
                if not isinstance(vehicle, VehicleType):
                    raise QoptError(
                        f"the fleet holds {vehicle!r}; give VehicleType(...) for each type"
                    )
                if vehicle.name in names or (len(self.fleet) > 1 and not vehicle.name):
                    raise QoptError(
                        f"name {vehicle.name!r} of a vehicle type: give each type a name of its own"
                    )
                if vehicle.depot >= self.depots:
                    raise QoptError(
                        f"depot={vehicle.depot} of vehicle type {vehicle.name!r}: depots are 0..{self.depots - 1}"
                    )
                names.add(vehicle.name)
            of_fleet = (
                max(vehicle.capacity for vehicle in self.fleet),
                sum(vehicle.count for vehicle in self.fleet),
            )
            if (self.capacity, self.vehicles) not in ((0, 0), of_fleet):
                raise QoptError("give a fleet, or capacity and vehicles, not both")
            object.__setattr__(self, "fleet", tuple(self.fleet))
            object.__setattr__(self, "capacity", of_fleet[0])
            object.__setattr__(self, "vehicles", of_fleet[1])
        elif self.depots > 1:
            raise QoptError(
                f"depots={self.depots}: give a fleet that says which vehicles stand where"
            )
        if not (isinstance(self.capacity, Real) and 0 < self.capacity < np.inf):
            raise QoptError(f"capacity={self.capacity!r}: give a number above 0")
        if not (isinstance(self.vehicles, Integral) and self.vehicles >= 1):
            raise QoptError(f"vehicles={self.vehicles!r}: give a whole number, 1 or more")
        limit = self.max_duration
        if limit is not None and not (isinstance(limit, Real) and 0 < limit < np.inf):
            raise QoptError(f"max_duration={limit!r}: give a number above 0, or None for no limit")

    def _check_times(self) -> None:
        n = len(self.demand)
        if self.travel_time is not None:
            object.__setattr__(self, "travel_time", _array("travel_time", self.travel_time))
            self._check_ways("travel_time", self.travel_time)
        if self.service is not None:
            object.__setattr__(self, "service", service := _array("service", self.service))
            if service.shape != (n,):
                raise QoptError(
                    f"service has shape {service.shape}; give one for each of {n} nodes, 0 for a depot"
                )
            for node in np.flatnonzero(~((service >= 0) & (service < np.inf))):
                raise QoptError(
                    f"service at node {node} takes {service[node]:g}; give a finite number, 0 or more"
                )
            for depot in np.flatnonzero(service[: self.depots]):
                raise QoptError(f"service at depot {depot} takes {service[depot]:g}; give 0")
        if self.windows is not None:
            object.__setattr__(self, "windows", windows := _array("windows", self.windows))
            if windows.shape != (n, 2):
                raise QoptError(
                    f"windows has shape {windows.shape}; give the first and last time of each of {n} nodes"
                )
            for node in np.flatnonzero(
                ~((windows[:, 0] <= windows[:, 1]) & np.isfinite(windows[:, 0]))
            ):
                first, last = windows[node]
                raise QoptError(
                    f"the window of node {node} is {first:g}..{last:g}; its end must not be before its begin"
                )
        if self._trips.timed:
            self._check_reach()

    def _check_reach(self) -> None:
        """Refuse a customer that no vehicle can serve, even on a trip of its own."""
        trips = self._trips
        kinds = range(len(trips.types))
        stranded = [c for c in self.customers if not any(trips.fits([c], kind) for kind in kinds)]
        if not stranded:
            return
        fastest = trips.with_fastest_ways()  # a detour may be faster than the straight way
        for c in stranded:
            if not any(fastest.fits([c], kind) for kind in kinds):
                raise QoptError(
                    f"customer {c} cannot be served in time, even on a trip of its own: its window is "
                    f"{trips.ready[c]:g}..{trips.due[c]:g}; widen it or the hours of the vehicles"
                )

    def _check_prizes(self) -> None:
        if self.prize is None:
            return
        object.__setattr__(self, "prize", prize := _array("prize", self.prize))
        if prize.shape != self.demand.shape:
            raise QoptError(
                f"prize has shape {prize.shape}; give one for each of {len(self.demand)} nodes"
            )
        for c in np.flatnonzero(~(prize >= 0)):
            raise QoptError(
                f"the prize of node {c} is {prize[c]:g}; give 0 or more, infinite for who must be served"
            )

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        vehicles: int | None = None,
        formulation: Formulation = "auto",
        take_first: int | None = None,
    ) -> VehicleRouting:
        """Read a VRPLIB file, or a Solomon file, which ends in .txt; customer i is its node i + 1, or its number i.

        The fleet is `vehicles`, else what a Solomon file says; of VRPLIB the file's VEHICLES, else the number its comment or
        its name gives ("-k5"), else just enough trucks for the total demand, and twice that for X instances, where the
        fleet is free.
        Of a Solomon file `take_first` customers are read, and distances are cut to one decimal, as its optima have them.
        Raises FileError with the line.
        """
        chosen: dict[str, Any] = {"formulation": formulation} | (
            {} if vehicles is None else {"vehicles": vehicles}
        )
        if Path(path).suffix.lower() == ".txt":
            fields = read_solomon(path, take_first)
            try:
                return cls(**fields | chosen)
            except QoptError as error:
                raise FileError(path, str(error)) from None
        if take_first is not None:
            raise QoptError(
                f"take_first={take_first!r}: only of Solomon files (.txt) the first customers can be taken"
            )
        return cls(**read_vrplib(path) | chosen)

    @classmethod
    def bundled(cls, name: str = "E-n13-k4", **options: Any) -> VehicleRouting:
        """An instance that comes with qopt; `options` as for `read`."""
        if name not in cls.instances():
            raise UnknownName("bundled vehicle-routing instance", name, cls.instances())
        with resources.as_file(_INSTANCES / f"{name}.vrp") as path:
            return cls.read(path, **options)

    @classmethod
    def instances(cls) -> list[str]:
        """The names `bundled` knows."""
        return sorted(Path(file.name).stem for file in _INSTANCES.iterdir())

    @classmethod
    def generate(cls, *, customers: int = 20, seed: int = 0) -> VehicleRouting:
        """Customers spread evenly over a 100 by 100 square, demands 1 to 9, trucks for about eight customers."""
        require_count("customers", customers)
        require_count("seed", seed, least=0)
        random = np.random.default_rng(seed)
        places = random.integers(0, 101, (customers + 1, 2)).astype(np.float64)
        demand = np.concatenate([[0], random.integers(1, 10, customers)]).astype(np.float64)
        apart = places[:, None] - places[None]
        return cls(
            distance=np.floor(np.hypot(apart[..., 0], apart[..., 1]) + 0.5),
            demand=demand,
            capacity=40.0,
            vehicles=int(np.ceil(demand.sum() / 40.0)) + 1,
            coordinates=places,
            name=f"random-n{customers + 1}-s{seed}",
        )

    @property
    def customers(self) -> range:
        return range(self.depots, len(self.demand))

    @cached_property
    def stops(self) -> int:
        """The most customers that fit in one truck."""
        smallest = np.cumsum(np.sort(self.demand[self.depots :]))
        return max(
            1, int(np.searchsorted(smallest, self.capacity * (1 + LOAD_TOLERANCE), side="right"))
        )

    @cached_property
    def _trips(self) -> Trips:
        n = len(self.demand)
        windows = np.tile([0.0, np.inf], (n, 1)) if self.windows is None else self.windows
        alike = VehicleType(self.capacity, self.vehicles) if not self.fleet else None
        types = [alike] if alike is not None else list(self.fleet)
        if self.max_duration is not None:
            types = [
                kind
                if kind.max_duration is not None
                else replace(kind, max_duration=self.max_duration)
                for kind in types
            ]
        return Trips(
            distance=self.distance,
            time=self.distance if self.travel_time is None else self.travel_time,
            demand=self.demand,
            ready=windows[:, 0],
            due=windows[:, 1],
            service=np.zeros(n) if self.service is None else self.service,
            prize=np.full(n, np.inf) if self.prize is None else self.prize,
            types=tuple(types),
            depots=self.depots,
            timed=self.windows is not None or any(kind.max_duration is not None for kind in types),
        )

    @cached_property
    def _model(self) -> RouteSets | Slots:
        """`formulation`, and for "auto" the route sets where there are few enough of them."""
        if self.formulation != "slots":
            routes = best_routes(self._trips, ROUTE_LIMIT)
            if routes is not None:
                return RouteSets(self._trips, routes)
            if self.formulation == "routes":
                raise QoptError(
                    f"formulation='routes': more than {ROUTE_LIMIT} sets of customers fit in a truck; use formulation='slots'"
                )
        customers = len(self.customers)  # more trucks than customers are never needed
        types = enumerate(self._trips.types)
        trucks = tuple(
            kind for kind, vehicle in types for _ in range(min(vehicle.count, customers))
        )
        return Slots(self._trips, tuple((c,) for c in self.customers), trucks, self.stops)

    @property
    def model_is_exact(self) -> bool:
        """Stops of trucks know windows of two customers at a time only."""
        return self._model.exact

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        return self._plan(self._model.chosen(sample))

    def encode(self, plan: Routes) -> dict[Any, float]:
        """The plan's assignment; among route sets a route stands for the shortest order of its customers.

        Raises QoptError for more trucks than there are, a customer that does not exist, or a load no truck can carry.
        """
        if len(plan.routes) > self.vehicles:
            raise QoptError(f"the plan uses {len(plan.routes)} trucks; there are {self.vehicles}")
        for route in plan.routes:
            for customer in route.customers:
                if customer not in self.customers:
                    raise QoptError(
                        f"the plan visits customer {customer}; there are 1..{len(self.customers)}"
                    )
            if route.vehicle not in self._trips.type_of:
                raise QoptError(
                    f"the plan uses a vehicle {route.vehicle!r}; there are {', '.join(self._trips.type_of)}"
                )
        return self._model.sample(
            [(route.customers, self._trips.type_of[route.vehicle]) for route in plan.routes]
        )

    def evaluate(self, plan: Routes) -> Evaluation:
        """What is driven, charged and lost. Broken are customers not served just once, loads, windows, durations and trucks
        that do not exist."""
        trips = self._trips
        score = trips.evaluate(
            plan.routes, self.customers, {kind: v.count for kind, v in enumerate(trips.types)}
        )
        used = [trips.types[trips.type_of.get(route.vehicle, 0)].capacity for route in plan.routes]
        loads = sum(
            float(self.demand[[c for c in route.customers if c in self.customers]].sum())
            for route in plan.routes
        )
        kpis = {"trucks": float(len(used)), "load_factor": loads / sum(used) if used else 0.0}
        if self.fleet or self.prize is not None:
            kpis["distance"] = sum(route.distance for route in plan.routes)
        if self.prize is not None:
            kpis["left_out"] = float(
                len(set(self.customers) - {c for route in plan.routes for c in route.customers})
            )
        return Evaluation(score.objective, score.violations, kpis)

    def routes(self, trucks: Iterable[Sequence[int]], vehicle: str | None = None) -> Routes:
        """A plan of the customers each truck visits in turn, all of one type, by default the first; empty trucks stay out."""
        kind = 0 if vehicle is None else self._trips.type_of[vehicle]
        return self._plan([(customers, kind) for customers in trucks])

    def _plan(self, routes: Iterable[tuple[Sequence[int], int]]) -> Routes:
        return Routes(
            tuple(self._trips.route(customers, kind) for customers, kind in routes if customers)
        )

    def greedy(self) -> Routes:
        """Merge routes by largest saving (Clarke and Wright 1964); insertion where that takes too many.

        Raises Infeasible where all vehicles together hold less than must be delivered.
        """
        room = sum(vehicle.capacity * vehicle.count for vehicle in self._trips.types)
        asked = float(self.demand[np.isinf(self._trips.prize)].sum())
        if asked > room * (1 + LOAD_TOLERANCE):
            message = f"the customers' demands add up to {asked:g}; all {self.vehicles} trucks together hold {room:g}"
            raise Infeasible(message, tuple(f"served[{customer}]" for customer in self.customers))
        return self._plan(constructed(self._trips))

    def improve(self, plan: Routes) -> Routes:
        """Small moves until none helps; a plan that knows customers or vehicles that do not exist stays as it is."""
        known = self._trips.type_of
        if any(
            route.vehicle not in known or not set(route.customers) <= set(self.customers)
            for route in plan.routes
        ):
            return plan
        better = improved(
            self._trips,
            [(list(route.customers), known[route.vehicle]) for route in plan.routes],
            self._near,
        )
        return plan if better is None else self._plan(better)

    @cached_property
    def _near(self) -> npt.NDArray[np.int64]:
        return nearest_customers(self._trips)

    @property
    def kinds(self) -> tuple[str, ...]:
        return ("customers", "strings", "two routes", "three routes", "seen routes")

    def neighbourhood(
        self,
        plan: Routes,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Routes] = (),
    ) -> Neighbourhood | None:
        """Some customers put elsewhere (`reinsertion`), routes near each other in order anew (`regrouping`), or the best of
        the routes seen (`recombination`)."""
        if kind == "seen routes":
            return recombination(self._trips, plan, size, seen)
        if kind in ("customers", "strings"):
            return reinsertion(self._trips, plan, kind == "strings", size, random)
        return regrouping(self._trips, plan, 2 if kind == "two routes" else 3, size, random)

    def draw(self, plan: Routes, axes: Any) -> None:
        """Routes on a map, or, without coordinates, one row a truck with the distance driven along it."""
        draw(self._trips, plan, axes, self.coordinates, self.name or "routes")


def _array(what: str, values: Any) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise QoptError(
            f"{what} holds something that is not a number, or rows of different lengths"
        ) from None
