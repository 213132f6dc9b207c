"""Vehicle routing: capacity, time windows, types of vehicles, depots, and customers that may be left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib import resources
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, Infeasible, ModelSize, Neighbourhood, QoptError, UnknownName
from qopt.kit.checks import floats, labels, listed, require_count, require_positive
from qopt.kit.files import Text, noted

from ..places.nodes import Nodes, square
from ..places.published import with_published
from .files.solomon import is_solomon, read_solomon
from .files.vrplib import read_vrplib
from .fleet import VehicleType
from .fleet_size import enough
from .map import draw
from .model import Slots
from .moves import improved, nearest_customers
from .parts.recombination import recombination
from .parts.regrouping import regrouping
from .parts.removal import reinsertion
from .parts.route_sets import RouteSets, best_routes
from .plan import Routes
from .savings import constructed
from .trips import LOAD_TOLERANCE, Trips

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Formulation = Literal["auto", "routes", "slots"]

_INSTANCES = resources.files("problems.logistics") / "instances"
ROUTE_LIMIT = 1000  # route sets; their QUBO has a coupling for every two that share a customer


@dataclass(frozen=True, eq=False)
class VehicleRouting:
    """Vehicles from depots to customers with demands, at the least cost: distance, and what else is charged.

    Lists, arrays, and tables and columns of pandas and polars are taken. Where a table of distances has labels, those of other
    columns are put into their order.

    Parameters
    ----------
    distance
        float64[n + 1, n + 1], at least 0, from row to column; node 0 is the depot. There and back may differ, and the straight
        way may be longer than one through another node; the diagonal does not count.
    demand
        [n + 1], at least 0 and, of who must be served, at most the largest capacity; `demand[0]` is 0.
    capacity
        What a truck holds, above 0, in the units of `demand`.
    vehicles
        How many trucks there are, at least 1; None for no limit, which becomes a number that no best plan exceeds.
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
    vehicles: int | None = None
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
    formats: ClassVar = "VRPLIB .vrp: capacities, windows, durations, depots, types of vehicles; Solomon .txt: windows"

    def __post_init__(self) -> None:
        nodes = self._take_nodes()
        self._check_fleet()
        self._take_prizes(nodes)
        self._check_demands(nodes)
        self._take_times(nodes)
        if self.formulation not in ("auto", "routes", "slots"):
            raise QoptError(
                f"formulation={self.formulation!r}: give 'auto', 'routes' or 'slots'",
                ("formulation",),
            )
        if self.vehicles is None:
            self._set_no_limit()
        if self._trips.timed:
            self._check_reach()

    def _set(self, **values: Any) -> None:
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def _take_nodes(self) -> Nodes:
        """The demands, the distances and the coordinates as arrays, and who they are of."""
        demand = floats("demand", self.demand)
        if demand.ndim != 1 or len(demand) < 2:
            raise QoptError(
                f"demand has shape {demand.shape}; give one for the depot, 0, and one for each customer",
                ("demand",),
            )
        n = len(demand)
        if not (isinstance(self.depots, Integral) and 1 <= self.depots < n):
            raise QoptError(
                f"depots={self.depots!r}: give a whole number from 1 to {n - 1}, and leave a customer",
                ("depots",),
            )
        distance, given = square("distance", self.distance)
        nodes = Nodes(n, int(self.depots), given or labels(self.demand)[0])
        self._set(
            distance=nodes.ways("distance", distance, given),
            demand=nodes.column("demand", self.demand),
        )
        if self.coordinates is not None:
            self._set(coordinates=nodes.column("coordinates", self.coordinates, 2))
        return nodes

    def _check_fleet(self) -> None:
        self._set(fleet=() if self.fleet is None else listed("fleet", self.fleet))
        if self.fleet:
            self._check_types()
        elif self.depots > 1:
            raise QoptError(
                f"depots={self.depots}: give a fleet that says which vehicles stand where",
                ("depots",),
            )
        require_positive("capacity", self.capacity, wanted="a number above 0")
        require_count("vehicles", self.vehicles, optional=True)
        require_positive(
            "max_duration",
            self.max_duration,
            wanted="a number above 0, or None for no limit",
            optional=True,
        )

    def _check_types(self) -> None:
        for k, vehicle in enumerate(self.fleet):
            if not isinstance(vehicle, VehicleType):
                raise QoptError(
                    f"the fleet holds {vehicle!r:.60}; give VehicleType(...) for each type",
                    ("fleet", k),
                )
            others = [other.name for other in self.fleet[:k]]
            if vehicle.name in others or (len(self.fleet) > 1 and not vehicle.name):
                raise QoptError(
                    f"name {vehicle.name!r} of a vehicle type: give each type a name of its own",
                    ("fleet", k),
                )
            if vehicle.depot >= self.depots:
                raise QoptError(
                    f"depot={vehicle.depot} of vehicle type {vehicle.name!r}: depots are 0..{self.depots - 1}",
                    ("fleet", k),
                )
        capacity = max(vehicle.capacity for vehicle in self.fleet)
        count = sum(vehicle.count for vehicle in self.fleet)
        if self.capacity not in (0, capacity) or self.vehicles not in (None, 0, count):
            raise QoptError(
                "give a fleet, or capacity and vehicles, not both",
                ("vehicles",) if self.vehicles is not None else ("capacity",),
            )
        self._set(capacity=capacity, vehicles=count)

    def _check_demands(self, nodes: Nodes) -> None:
        """Who may be left out may also ask for more than any vehicle holds."""
        for depot in np.flatnonzero(self.demand[: self.depots]).tolist():
            raise QoptError(
                f"{nodes.called(depot)} has demand {self.demand[depot]:g}; give 0",
                ("demand", depot),
            )
        optional = np.isfinite(self._prizes)
        fits = (self.demand <= self.capacity) | (optional & (self.demand < np.inf))
        for node in np.flatnonzero(~((self.demand >= 0) & fits)).tolist():
            heavy = self.demand[node] > self.capacity
            remedy = "split the order or use larger trucks" if heavy else "give 0 or more"
            raise QoptError(
                f"{nodes.called(node)} has demand {self.demand[node]:g}, outside 0..{self.capacity:g} "
                f"(the capacity); {remedy}",
                ("demand", node),
            )

    def _take_prizes(self, nodes: Nodes) -> None:
        if self.prize is None:
            return
        self._set(prize=nodes.column("prize", self.prize))
        for node in np.flatnonzero(~(self._prizes >= 0)).tolist():
            raise QoptError(
                f"the prize of {nodes.called(node)} is {self._prizes[node]:g}; give 0 or more, "
                "infinite for who must be served",
                ("prize", node),
            )

    def _take_times(self, nodes: Nodes) -> None:
        if self.travel_time is not None:
            time, given = square("travel_time", self.travel_time)
            self._set(travel_time=nodes.ways("travel_time", time, given))
        if self.service is not None:
            self._set(service=(service := nodes.column("service", self.service)))
            for node in np.flatnonzero(~((service >= 0) & (service < np.inf))).tolist():
                raise QoptError(
                    f"service at {nodes.called(node)} takes {service[node]:g}; give a finite number, 0 or more",
                    ("service", node),
                )
            for depot in np.flatnonzero(service[: self.depots]).tolist():
                raise QoptError(
                    f"service at {nodes.called(depot)} takes {service[depot]:g}; give 0",
                    ("service", depot),
                )
        if self.windows is not None:
            self._set(windows=(windows := nodes.column("windows", self.windows, 2)))
            begins = np.isfinite(windows[:, 0]) & (windows[:, 0] <= windows[:, 1])
            for node in np.flatnonzero(~begins).tolist():
                first, last = windows[node]
                raise QoptError(
                    f"the window of {nodes.called(node)} is {first:g}..{last:g}; its end must not be before its begin",
                    ("windows", node),
                )

    def _set_no_limit(self) -> None:
        """As many vehicles as any best plan needs."""
        number, why = enough(self._trips)
        del self.__dict__["_trips"]  # which has one for each customer
        self._set(vehicles=number)
        noted(
            self,
            [f"the number of vehicles is not limited: a best plan needs {number} at most, {why}"],
        )

    def _check_reach(self) -> None:
        """Refuse a customer that no vehicle can serve, even on a trip of its own, unless it may be left out."""
        trips = self._trips
        kinds = range(len(trips.types))
        stranded = [
            c
            for c in self.customers
            if np.isinf(trips.prize[c]) and not any(trips.fits([c], kind) for kind in kinds)
        ]
        if not stranded:
            return
        fastest = trips.with_fastest_ways()  # a detour may be faster than the straight way
        for c in stranded:
            if not any(fastest.fits([c], kind) for kind in kinds):
                raise self._out_of_reach(c)

    def _out_of_reach(self, customer: int) -> QoptError:
        if self.windows is None:
            longest = max(kind.max_duration or 0.0 for kind in self._trips.types)
            return QoptError(
                f"customer {customer} takes longer than {longest:g}, even on a trip of its own; lengthen the longest trip",
                ("max_duration",),
            )
        first, last = self.windows[customer]
        return QoptError(
            f"customer {customer} cannot be served in time, even on a trip of its own: its window is "
            f"{first:g}..{last:g}; widen it or the hours of the vehicles",
            ("windows", customer),
        )

    @property
    def _prizes(self) -> Floats:
        return np.full(len(self.demand), np.inf) if self.prize is None else self.prize

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        vehicles: int | None = None,
        formulation: Formulation = "auto",
        take_first: int | None = None,
        rounding: str | None = None,
    ) -> VehicleRouting:
        """Read a VRPLIB or a Solomon file; what is in it says which. Customer i is its i-th node behind the depots.

        The fleet is `vehicles`, else what the file says; a VRPLIB file that says nothing sets no limit, but for those of sets
        whose published values are of plans with the number of trucks in the name ("A-n32-k5"), if so many are sure to do.
        `rounding` of distances is the file's own rule (of a Solomon file: cut to one decimal) or one of "none", "nearest",
        "down", "up" and "tenths". Of a Solomon file the first `take_first` customers can be taken.

        A .sol of the same name beside the file gives the best known value, if its plan costs what it says. What was chosen is
        in `notes`. Raises FileError with the line.
        """
        text = Text.read(path)
        chosen: dict[str, Any] = {"formulation": formulation} | (
            {} if vehicles is None else {"vehicles": vehicles}
        )
        if is_solomon(text):
            problem = read_solomon(text, take_first, rounding).make(cls, **chosen)
            if take_first is not None:
                return problem
            return with_published(
                problem,
                text,
                [],
                lambda other: cls(**read_solomon(text, None, other).values | chosen),
            )
        if take_first is not None:
            raise QoptError(
                f"take_first={take_first!r}: only of Solomon's files the first customers can be taken",
                ("take_first",),
            )
        fields = read_vrplib(text, rounding, vehicles)
        return with_published(
            fields.make(cls, **chosen),
            text,
            fields.kinds,
            lambda other: cls(**read_vrplib(text, other).values | chosen),
        )

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
        count = self.vehicles or len(self.customers)
        types = list(self.fleet) or [VehicleType(self.capacity, count)]
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
        if len(plan.driven) > (trucks := sum(v.count for v in self._trips.types)):
            raise QoptError(f"the plan uses {len(plan.driven)} trucks; there are {trucks}")
        for route in plan.driven:
            for customer in route.customers:
                if customer not in self.customers:
                    first, last = self.customers[0], self.customers[-1]
                    raise QoptError(
                        f"the plan visits customer {customer}; there are {first}..{last}"
                    )
            if route.vehicle not in self._trips.type_of:
                raise QoptError(
                    f"the plan uses a vehicle {route.vehicle!r}; there are {', '.join(self._trips.type_of)}"
                )
        return self._model.sample(
            [(route.customers, self._trips.type_of[route.vehicle]) for route in plan.driven]
        )

    def evaluate(self, plan: Routes) -> Evaluation:
        """What is driven, charged and lost. Broken are customers not served just once, loads, windows, durations and trucks
        that do not exist."""
        trips = self._trips
        score = trips.evaluate(
            plan.routes, self.customers, {kind: v.count for kind, v in enumerate(trips.types)}
        )
        used = [trips.types[trips.type_of.get(route.vehicle, 0)].capacity for route in plan.driven]
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
            [(list(route.customers), known[route.vehicle]) for route in plan.driven],
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
        plan = Routes(plan.driven)
        if kind == "seen routes":
            return recombination(self._trips, plan, size, seen)
        if kind in ("customers", "strings"):
            return reinsertion(self._trips, plan, kind == "strings", size, random)
        return regrouping(self._trips, plan, 2 if kind == "two routes" else 3, size, random)

    def draw(self, plan: Routes, axes: Any) -> None:
        """Routes on a map, or, without coordinates, one row a truck with the distance driven along it."""
        draw(self._trips, plan, axes, self.coordinates, self.name or "routes")
