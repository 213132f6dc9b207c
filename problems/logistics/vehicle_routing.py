"""Capacitated vehicle routing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from itertools import pairwise
from numbers import Integral, Real
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, ModelSize, QoptError, UnknownName, Violation, require_count

from .route_sets import RouteSets, shortest_routes
from .routes import Route, Routes
from .slots import Slots, savings_matrix
from .vrplib import VrplibFile

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]

_INSTANCES = resources.files(__package__) / "instances"
LOAD_TOLERANCE = 1e-9  # of the capacity: sums of demands that are not whole are off by rounding
NODE_LIMIT = 10_000  # of a file: their distances take 0.8 GB
ROUTE_LIMIT = 1000  # route sets; their QUBO has a coupling for every two that share a customer


@dataclass(frozen=True, eq=False)
class VehicleRouting:
    """Equal trucks from one depot to customers with demands, over the least total distance.

    Parameters
    ----------
    distance
        float64[n + 1, n + 1], at least 0, from row to column; node 0 is the depot.
    demand
        [n + 1], at least 0 and at most `capacity`; `demand[0]` is 0.
    capacity
        What a truck holds, above 0, in the units of `demand`.
    vehicles
        How many trucks there are, at least 1.
    coordinates
        float64[n + 1, 2], for drawing only.
    formulation
        "routes" chooses among all sets of customers that fit in a truck, "slots" gives each customer a stop of a truck;
        "auto" takes routes while there are at most 1000 such sets. See `route_sets` and `slots` for when each wins.

    Raises
    ------
    QoptError
        For data outside these ranges, naming the customer and the remedy.
    """

    distance: Floats
    demand: Floats
    capacity: float
    vehicles: int
    coordinates: Floats | None = None
    name: str = ""
    best_known: float | None = None
    formulation: Literal["auto", "routes", "slots"] = "auto"

    sense: ClassVar = "min"
    plan_type: ClassVar = Routes
    formats: ClassVar = "VRPLIB .vrp: CVRP with EUC_2D or EXPLICIT distances"

    def __post_init__(self) -> None:
        object.__setattr__(self, "distance", _array("distance", self.distance))
        object.__setattr__(self, "demand", _array("demand", self.demand))
        n = len(self.demand)
        if self.demand.ndim != 1 or n < 2:
            raise QoptError(f"demand has shape {self.demand.shape}; give one for the depot, 0, and one for each customer")
        if self.distance.shape != (n, n):
            raise QoptError(f"distance has shape {self.distance.shape} for {n} demands; give [{n}, {n}]")
        for a, b in np.argwhere(~((self.distance >= 0) & (self.distance < np.inf))):
            raise QoptError(f"the distance at ({a}, {b}) is {self.distance[a, b]:g}; it must be finite and at least 0")
        if not (isinstance(self.capacity, Real) and 0 < self.capacity < np.inf):
            raise QoptError(f"capacity={self.capacity!r}: give a number above 0")
        if self.demand[0] != 0:
            raise QoptError(f"the depot has demand {self.demand[0]:g}; give 0")
        for customer in np.flatnonzero(~(self.demand >= 0) | (self.demand > self.capacity)):
            raise QoptError(_bad_demand(int(customer), self.demand[customer], self.capacity))
        if not (isinstance(self.vehicles, Integral) and self.vehicles >= 1):
            raise QoptError(f"vehicles={self.vehicles!r}: give a whole number, 1 or more")
        if self.formulation not in ("auto", "routes", "slots"):
            raise QoptError(f"formulation={self.formulation!r}: give 'auto', 'routes' or 'slots'")

    @classmethod
    def read(
        cls,
        path: str | Path,
        *,
        vehicles: int | None = None,
        formulation: Literal["auto", "routes", "slots"] = "auto",
    ) -> VehicleRouting:
        """Read a VRPLIB file; customer i is its node i + 1 when node 1 is the depot.

        The fleet is `vehicles`, else the file's VEHICLES, else the number its comment or its name gives ("-k5"), else just
        enough trucks for the total demand. Raises FileError with the line.
        """
        file = VrplibFile(path)
        if (kind := file.text("TYPE", "CVRP")) != "CVRP":
            raise file.error(f"TYPE is {kind}; this reads CVRP", file.fields["TYPE"][1])
        n = file.whole("DIMENSION", 2)
        if n > NODE_LIMIT:
            raise file.error(f"DIMENSION is {n}; at most {NODE_LIMIT} nodes are read", file.fields["DIMENSION"][1])
        capacity = file.number("CAPACITY", 1e-9)
        demand, lines = file.table("DEMAND_SECTION", 1, n)
        distance, places = file.distances(n)
        depot = file.depot(n)
        order = [depot, *(node for node in range(n) if node != depot)]
        for customer, node in enumerate(order):
            if not 0 <= demand[node, 0] <= capacity or (customer == 0 and demand[node, 0] != 0):
                raise file.error(_bad_demand(customer, demand[node, 0], capacity), lines[node])
        quantities = demand[order, 0]
        best = re.search(r"(?:Optimal|Best) value: *(\d{1,15}(?:\.\d{1,15})?)(?!\.?\d)", file.text("COMMENT"))
        return cls(
            distance=distance[np.ix_(order, order)],
            demand=quantities,
            capacity=capacity,
            vehicles=_fleet(file, quantities, capacity) if vehicles is None else vehicles,
            coordinates=None if places is None else places[order],
            name=file.text("NAME") or Path(path).stem,
            best_known=float(best[1]) if best else None,
            formulation=formulation,
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
        return range(1, len(self.demand))

    @cached_property
    def stops(self) -> int:
        """The most customers that fit in one truck."""
        smallest = np.cumsum(np.sort(self.demand[1:]))
        return max(1, int(np.searchsorted(smallest, self.capacity * (1 + LOAD_TOLERANCE), side="right")))

    @cached_property
    def _model(self) -> RouteSets | Slots:
        """`formulation`, and for "auto" the route sets where there are few enough of them."""
        if self.formulation == "slots":
            return Slots(self.distance, self.demand, self.capacity, self.vehicles, self.stops)
        room = self.capacity * (1 + LOAD_TOLERANCE)
        routes = shortest_routes(self.distance, self.demand, room, limit=ROUTE_LIMIT)
        if routes is not None:
            return RouteSets(self.distance, self.vehicles, routes)
        if self.formulation == "routes":
            raise QoptError(
                f"formulation='routes': more than {ROUTE_LIMIT} sets of customers fit in a truck; use formulation='slots'"
            )
        return Slots(self.distance, self.demand, self.capacity, self.vehicles, self.stops)

    def model_size(self) -> ModelSize:
        return self._model.size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self._model.cqm()

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        return self.routes(self._model.trucks(sample))

    def encode(self, plan: Routes) -> dict[Any, float]:
        """The plan's assignment; among route sets a route stands for the shortest order of its customers.

        Raises QoptError for more trucks than there are, a customer that does not exist, or a load no truck can carry.
        """
        if len(plan.routes) > self.vehicles:
            raise QoptError(f"the plan uses {len(plan.routes)} trucks; there are {self.vehicles}")
        for route in plan.routes:
            for customer in route.customers:
                if customer not in self.customers:
                    raise QoptError(f"the plan visits customer {customer}; there are 1..{len(self.customers)}")
        return self._model.sample([route.customers for route in plan.routes])

    def evaluate(self, plan: Routes) -> Evaluation:
        """Distance driven; broken are customers not served just once, loads above capacity, and trucks that do not exist."""
        visits = np.zeros(len(self.demand), dtype=np.int64)
        violations, total = [], 0.0
        for number, route in enumerate(plan.routes, 1):
            known = [customer for customer in route.customers if customer in self.customers]
            strangers = sorted(set(route.customers) - set(self.customers))
            violations += [Violation(f"customer[{stranger}]", 1.0, "that does not exist") for stranger in strangers]
            total += self._length(known)
            excess = float(self.demand[known].sum()) - self.capacity
            if excess > LOAD_TOLERANCE * self.capacity:
                violations.append(Violation(f"capacity[truck {number}]", excess, "units"))
            np.add.at(visits, known, 1)
        violations += [
            Violation(f"served[{customer}]", abs(float(visits[customer]) - 1), "visits")
            for customer in self.customers
            if visits[customer] != 1
        ]
        if len(plan.routes) > self.vehicles:
            violations.append(Violation("vehicles", float(len(plan.routes) - self.vehicles), "trucks"))
        used = len(plan.routes)
        kpis = {"trucks": float(used), "load_factor": float(self.demand.sum() / (used * self.capacity)) if used else 0.0}
        return Evaluation(total, tuple(violations), kpis)

    def routes(self, trucks: Iterable[Sequence[int]]) -> Routes:
        """A plan of the customers each truck visits in turn; trucks without customers are left out."""
        loaded = [tuple(customers) for customers in trucks if customers]
        return Routes(tuple(Route(c, float(self.demand[list(c)].sum()), self._length(c)) for c in loaded))

    def greedy(self) -> Routes:
        """Merge routes by largest saving (Clarke and Wright 1964); first fit by falling demand where that takes too many."""
        merged = self._merge_by_savings()
        if len(merged) <= self.vehicles:
            return self.routes(merged)
        trucks: list[list[int]] = []
        for c in sorted(self.customers, key=lambda c: -self.demand[c]):
            room = [t for t in trucks if sum(self.demand[[*t, c]]) <= self.capacity]
            if room:
                room[0].append(c)
            else:
                trucks.append([c])
        return self.routes([self._nearest_first(truck) for truck in trucks])

    def draw(self, plan: Routes, axes: Any) -> None:
        """Routes on a map, or, without coordinates, one row a truck with the distance driven along it."""
        for number, route in enumerate(plan.routes, 1):
            tour = [0, *route.customers, 0]
            if self.coordinates is not None:
                x, y = self.coordinates[tour].T
            else:
                x = np.concatenate([[0], np.cumsum([self.distance[a, b] for a, b in pairwise(tour)])])
                y = np.full(len(tour), number)
            axes.plot(x, y, marker="o", label=f"truck {number}: load {route.load:g}")
            for at, customer in enumerate(tour[1:-1], 1):
                axes.annotate(str(customer), (x[at], y[at]), textcoords="offset points", xytext=(0, 6), ha="center")
            axes.plot(x[[0, -1]], y[[0, -1]], "ks", zorder=3)
        if self.coordinates is not None:
            axes.set_aspect("equal")
            if plan.routes:
                axes.legend(fontsize="small", loc="upper left", bbox_to_anchor=(1, 1))
        else:
            trucks = [f"truck {number}\nload {route.load:g}" for number, route in enumerate(plan.routes, 1)]
            axes.set_xlabel("distance driven (squares: depot)")
            axes.set_yticks(range(1, len(plan.routes) + 1), trucks)
            axes.set_ylim(len(plan.routes) + 0.6, 0.4)
        axes.margins(0.06)
        total = sum(route.distance for route in plan.routes)
        axes.set_title(f"{self.name or 'routes'}: {len(plan.routes)} trucks, distance {total:g}")

    def _length(self, customers: Sequence[int]) -> float:
        return float(sum(self.distance[a, b] for a, b in pairwise([0, *customers, 0])))

    def _merge_by_savings(self) -> list[list[int]]:
        savings = savings_matrix(self.distance)
        route_of = {c: [c] for c in self.customers}
        for flat in np.argsort(-savings, axis=None, kind="stable"):
            a, b = (int(v) + 1 for v in np.unravel_index(flat, savings.shape))
            if savings[a - 1, b - 1] <= 0:
                break
            head, tail = route_of[a], route_of[b]
            fits = sum(self.demand[[*head, *tail]]) <= self.capacity
            if head is not tail and head[-1] == a and tail[0] == b and fits:
                head += tail
                route_of |= dict.fromkeys(tail, head)
        return list({id(route): route for route in route_of.values()}.values())

    def _nearest_first(self, customers: list[int]) -> list[int]:
        tour, left = [0], set(customers)
        while left:
            tour.append(min(left, key=lambda c: (self.distance[tour[-1], c], c)))
            left.remove(tour[-1])
        return tour[1:]


def _array(what: str, values: Any) -> Floats:
    try:
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise QoptError(f"{what} holds something that is not a number, or rows of different lengths") from None


def _bad_demand(customer: int, demand: float, capacity: float) -> str:
    if customer == 0:
        return f"the depot has demand {demand:g}; give it 0"
    remedy = "split the order or use larger trucks" if demand > capacity else "give 0 or more"
    return f"customer {customer} has demand {demand:g}, outside 0..{capacity:g} (the capacity); {remedy}"


def _fleet(file: VrplibFile, demand: Floats, capacity: float) -> int:
    if "VEHICLES" in file.fields:
        return file.whole("VEHICLES", 1)
    stated = re.search(r"trucks: *(\d{1,6})\b", file.text("COMMENT")) or re.search(r"-k(\d{1,6})$", file.text("NAME"))
    return max(1, int(stated[1]) if stated else int(np.ceil(demand.sum() / capacity)))
