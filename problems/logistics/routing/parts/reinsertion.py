"""Some customers taken off their routes and put back where that is best, the rest where it is.

Formulation: `visit[c,truck k,g,p]` says that customer c is the p-th put into gap g of trip k, between two customers that stay
or next to the depot; a trip on which nobody stays is one gap. With r_cg what c alone adds to the way through gap g, and s_abg
what driving from a straight to b spares there,

    cost = sum_c,g,p r_cg visit[c,g,p] - sum_g,p,a,b s_abg visit[a,g,p] visit[b,g,p+1]

Each customer has the gaps where it adds least. Each goes to one gap (or to none and loses its prize), each place takes one
customer, and trips have a capacity row where need be. Of windows and durations the model knows singles, which are left out, and
pairs on one trip, whose products are 0: what three customers make impossible is found out afterwards. Putting a customer in
between two others is one move here, where stops of a truck (`slots`) would all have to make room.

Who is taken off is `removal`'s. Source: removal and reinsertion after Shaw (1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, ModelSize, QoptError

from ..plan import Routes
from ..spans import TOLERANCE, Span, join
from ..trips import Floats, Trips

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Pairs = tuple[Ints, Ints]


@dataclass(frozen=True)
class Gap:
    """Of trip `trip`, before the stop `at` of those that stay."""

    trip: int
    at: int
    before: int
    after: int
    places: int


@dataclass(frozen=True, eq=False)
class Reinsertion:
    """Trips and who is to be put into them; plans are routes of customers, as of the whole.

    Parameters
    ----------
    trips
        The places and the fleet.
    staying
        The customers that stay on each trip, and its type of vehicle.
    free
        Who is to be put into them.
    home
        For each of them the trip and the gap it comes from, None where it was left out.
    places
        How many fit in each gap, for each trip.
    size
        Variables of the model at most.
    """

    trips: Trips
    staying: tuple[tuple[tuple[int, ...], int], ...]
    free: tuple[int, ...]
    home: tuple[tuple[int, int] | None, ...]
    places: tuple[tuple[int, ...], ...]
    size: int

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Routes

    @property
    def model_is_exact(self) -> bool:
        """Windows are known for pairs, and each customer has its best gaps only."""
        return False

    def model_size(self) -> ModelSize:
        couplings = sum(len(row) for row, _, _ in self._savings) + sum(
            len(row) for row, _ in self._apart.values()
        )
        rows = len(self.free) + len(self._crowded) + len(self._heavy) + len(self._apart)
        return ModelSize(len(self._labels), couplings, rows)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        row, col, saved = (
            np.concatenate(part) for part in zip(*self._savings, _NOTHING, strict=True)
        )
        labels, offset = self._labels, float(self._prizes.sum()) + self._way_staying
        linear = self._adds - self._prizes[self._customer]
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                linear, (row, col, -saved), offset, "BINARY", variable_order=labels
            )
        )
        bounds = np.searchsorted(self._customer, np.arange(len(self.free) + 1)).tolist()
        for number, customer in enumerate(self.free):
            terms = [(label, 1.0) for label in labels[bounds[number] : bounds[number + 1]]]
            sense = "<=" if self.trips.prize[customer] < np.inf else "=="
            cqm.add_constraint_from_iterable(terms, sense, rhs=1.0, label=f"served[{customer}]")
        for place, variables in self._crowded:
            terms = [(labels[v], 1.0) for v in variables]
            cqm.add_constraint_from_iterable(terms, "<=", rhs=1.0, label=f"place[{place}]")
        for trip, variables in self._heavy:
            terms = [(labels[v], self._demand[v]) for v in variables]
            cqm.add_constraint_from_iterable(
                terms, "<=", rhs=float(self._room[trip]), label=f"capacity[truck {trip + 1}]"
            )
        for trip, (first, second) in self._apart.items():
            used, at = np.unique(np.concatenate([first, second]), return_inverse=True)
            pairs = (at[: len(first)], at[len(first) :], np.ones(len(first)))
            names = [labels[v] for v in used.tolist()]
            terms = dimod.BinaryQuadraticModel.from_numpy_vectors(
                np.zeros(len(used)), pairs, 0.0, "BINARY", variable_order=names
            )
            cqm.add_constraint_from_model(terms, "==", rhs=0.0, label=f"order[truck {trip + 1}]")
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Routes:
        """Customers gap by gap and place by place; those that share one follow each other."""
        put: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for v, label in enumerate(self._labels):
            if sample[label] > 0.5:
                gap = self._gaps[self._gap[v]]
                put.setdefault((gap.trip, gap.at), []).append(
                    (int(self._place[v]), self.free[self._customer[v]])
                )
        routes = []
        for trip, (stay, kind) in enumerate(self.staying):
            customers: list[int] = []
            for at in range(len(stay) + 1):
                customers += [customer for _, customer in sorted(put.get((trip, at), []))]
                customers += stay[at : at + 1]
            if customers:
                routes.append(self.trips.route(customers, kind))
        return Routes(tuple(routes))

    def encode(self, plan: Routes) -> dict[Any, float]:
        """Raises QoptError for a plan in which others than the free customers moved, or to gaps the model does not have."""
        sample = dict.fromkeys(self._labels, 0.0)
        free, left = set(self.free), list(enumerate(self.staying))
        for route in plan.routes:
            kind, stay = (
                self.trips.type_of[route.vehicle],
                tuple(c for c in route.customers if c not in free),
            )
            trip = next((trip for trip, other in left if other == (stay, kind)), None)
            if trip is None:
                raise QoptError(
                    f"the plan has a trip of {route.customers}, where the model has none with {stay or 'nobody'}"
                )
            left = [other for other in left if other[0] != trip]
            at = place = 0
            for customer in route.customers:
                if customer not in free:
                    at, place = at + 1, 0
                    continue
                label = self._label(customer, trip, at, place)
                if label not in sample:
                    raise QoptError(
                        f"the model has no place {place + 1} for customer {customer} there"
                    )
                sample[label], place = 1.0, place + 1
        return sample

    def evaluate(self, plan: Routes) -> Evaluation:
        """What these trips cost and break."""
        customers = [*self.free, *(customer for stay, _ in self.staying for customer in stay)]
        kinds = [kind for _, kind in self.staying]
        return self.trips.evaluate(
            plan.routes, customers, {kind: kinds.count(kind) for kind in kinds}
        )

    def _label(self, customer: int, trip: int, at: int, place: int) -> str:
        return f"visit[{customer},truck {trip + 1},{at + 1},{place + 1}]"

    @cached_property
    def _labels(self) -> list[str]:
        gaps = self._gaps
        cells = zip(self._customer.tolist(), self._gap.tolist(), self._place.tolist(), strict=True)
        return [self._label(self.free[c], gaps[g].trip, gaps[g].at, p) for c, g, p in cells]

    @cached_property
    def _gaps(self) -> list[Gap]:
        found = []
        for trip, (stay, kind) in enumerate(self.staying):
            depot = self.trips.types[kind].depot
            nodes = [depot, *stay, depot]
            found += [
                Gap(trip, at, nodes[at], nodes[at + 1], self.places[trip][at])
                for at in range(len(stay) + 1)
            ]
        return found

    @cached_property
    def _kinds(self) -> Ints:
        """The type of each trip."""
        return np.array([kind for _, kind in self.staying], dtype=np.int64)

    @cached_property
    def _of_gap(self) -> tuple[Ints, Ints, Ints, Ints]:
        """int64[gaps]: trip, position, before, after."""
        table = np.array(
            [(gap.trip, gap.at, gap.before, gap.after) for gap in self._gaps], dtype=np.int64
        )
        return table[:, 0], table[:, 1], table[:, 2], table[:, 3]

    @cached_property
    def _rate(self) -> Floats:
        """Cost of a distance of each gap's trip."""
        rates = np.array([vehicle.cost_per_distance for vehicle in self.trips.types])
        return np.asarray(rates[self._kinds[self._of_gap[0]]])

    @cached_property
    def _room(self) -> Floats:
        """What is left of each trip's capacity."""
        load = [self.trips.demand[list(stay)].sum() for stay, _ in self.staying]
        return np.array(
            [self.trips.types[kind].capacity for kind in self._kinds.tolist()]
        ) - np.array(load, dtype=np.float64)

    @cached_property
    def _base(self) -> Floats:
        """The straight way through each gap; none through a trip on which nobody stays."""
        trip, _, before, after = self._of_gap
        used = np.array([bool(stay) for stay, _ in self.staying])
        return np.where(used[trip], self.trips.distance[before, after], 0.0)

    @cached_property
    def _way_staying(self) -> float:
        return sum(self.trips.cost(stay, kind) for stay, kind in self.staying if stay)

    @cached_property
    def _prizes(self) -> Floats:
        prize = self.trips.prize[list(self.free)]
        return np.asarray(np.where(prize < np.inf, prize, 0.0))

    @cached_property
    def _chosen(self) -> tuple[Ints, Ints]:
        """Customers and gaps they may go to, sorted: the cheapest that are possible, and the one each comes from."""
        trips, free = self.trips, np.array(self.free)
        trip, _, before, after = self._of_gap
        added = (
            trips.distance[free[:, None], after]
            + trips.distance[before, free[:, None]]
            - self._base
        )
        added = added * self._rate
        rounding = np.array(
            [trips.room(kind) - vehicle.capacity for kind, vehicle in enumerate(trips.types)]
        )
        possible = trips.demand[free][:, None] <= (self._room + rounding[self._kinds])[trip]
        if trips.timed:
            possible &= self._in_time(
                self._begun(free[:, None], np.arange(len(trip))),
                np.arange(len(trip)),
                free[:, None],
            )
        added[~possible] = np.inf
        places = np.array([gap.places for gap in self._gaps])
        home = {(gap.trip, gap.at): g for g, gap in enumerate(self._gaps)}
        share = self.size // len(free)
        customers, gaps = [], []
        for c, (row, own) in enumerate(zip(added, self.home, strict=True)):
            order = np.argsort(row, kind="stable")
            order = order[row[order] < np.inf]
            if own is not None:
                order = np.append(home[own], order[order != home[own]])
            taken = np.sort(order[np.cumsum(places[order]) <= share])
            customers.append(np.full(len(taken), c))
            gaps.append(taken)
        return np.concatenate(customers), np.concatenate(gaps)

    @cached_property
    def _expanded(self) -> tuple[Ints, Ints, Ints]:
        """Customer, gap and place of each variable."""
        customers, gaps = self._chosen
        places = np.array([gap.places for gap in self._gaps])[gaps]
        place = np.arange(places.sum()) - np.repeat(np.cumsum(places) - places, places)
        return np.repeat(customers, places), np.repeat(gaps, places), place

    @property
    def _customer(self) -> Ints:
        return self._expanded[0]

    @property
    def _gap(self) -> Ints:
        return self._expanded[1]

    @property
    def _place(self) -> Ints:
        return self._expanded[2]

    @cached_property
    def _node(self) -> Ints:
        return np.array(self.free)[self._customer]

    @cached_property
    def _demand(self) -> list[float]:
        return [float(load) for load in self.trips.demand[self._node]]

    @cached_property
    def _adds(self) -> Floats:
        """What each visit alone adds."""
        way, g, c = self.trips.distance, self._gap, self._node
        trip, _, before, after = self._of_gap
        adds = (way[before[g], c] + way[c, after[g]] - self._base[g]) * self._rate[g]
        fixed = np.array(
            [0.0 if stay else self.trips.types[kind].fixed_cost for stay, kind in self.staying]
        )
        return np.asarray(adds + np.where(self._place == 0, fixed[trip[g]], 0.0))

    @cached_property
    def _by_gap(self) -> list[Ints]:
        order = np.argsort(self._gap, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(self._gap[order])) + 1)
        return parts if len(order) else []  # nobody may go anywhere

    @cached_property
    def _savings(self) -> list[tuple[Ints, Ints, Floats]]:
        """Pairs of visits next to each other in a gap, and what that spares."""
        way, _, before, after = self.trips.distance, *self._of_gap[1:]
        found = []
        for variables in self._by_gap:
            g = self._gap[variables[0]]
            place, customer = self._place[variables], self._customer[variables]
            a, b = np.nonzero((place[:, None] + 1 == place) & (customer[:, None] != customer))
            first, second = variables[a], variables[b]
            u, v = self._node[first], self._node[second]
            saved = (way[u, after[g]] + way[before[g], v] - self._base[g] - way[u, v]) * self._rate[
                g
            ]
            found.append((first[saved != 0], second[saved != 0], saved[saved != 0]))
        return found

    @cached_property
    def _crowded(self) -> list[tuple[str, list[int]]]:
        """Places that more than one may take."""
        found = []
        for variables in self._by_gap:
            gap = self._gaps[self._gap[variables[0]]]
            place = self._place[variables]
            for p in range(gap.places):
                taking = variables[place == p].tolist()
                if len(taking) > 1:
                    found.append((f"truck {gap.trip + 1},{gap.at + 1},{p + 1}", taking))
        return found

    @cached_property
    def _heavy(self) -> list[tuple[int, list[int]]]:
        """Trips that those who may come could overload."""
        found = []
        trip, demand = self._of_gap[0][self._gap], self.trips.demand[list(self.free)]
        for k in range(len(self.staying)):
            variables = np.flatnonzero(trip == k)
            if demand[np.unique(self._customer[variables])].sum() > self._room[k]:
                found.append((k, variables.tolist()))
        return found

    # ---- windows and durations

    @cached_property
    def _ends(self) -> tuple[Span, Span]:
        """For each gap the trip from the depot to before it, and from after it to the depot."""
        heads, tails = [], []
        for stay, kind in self.staying:
            head, tail = self.trips.ends(stay, kind)
            heads += head
            tails += tail
        return Span(*np.array(heads).T), Span(*np.array(tails).T)

    @cached_property
    def _limits(self) -> Floats:
        """The longest duration of each gap's trip."""
        limits = [
            np.inf if v.max_duration is None else v.max_duration * (1 + TOLERANCE)
            for v in self.trips.types
        ]
        return np.asarray(np.array(limits)[self._kinds[self._of_gap[0]]])

    def _begun(self, customer: Ints, gap: Ints) -> Span:
        """From the depot up to this customer in this gap."""
        return join(
            self._ends[0].at(gap),
            self.trips.stops.at(customer),
            self.trips.time[self._of_gap[2][gap], customer],
        )

    def _in_time(self, begun: Span, gap: Ints, last: Ints) -> Bits:
        """Whether a trip can go on from customer `last` in this gap and end in time."""
        whole = join(begun, self._ends[1].at(gap), self.trips.time[last, self._of_gap[3][gap]])
        return np.asarray(whole.possible & (whole.duration <= self._limits[gap]))

    @cached_property
    def _apart(self) -> dict[int, Pairs]:
        """For each trip the pairs of visits, the earlier one first, that windows do not allow together."""
        found: dict[int, Pairs] = {}
        if not self.trips.timed:
            return found
        time, stops = self.trips.time, self.trips.stops
        trip, at, before, after = self._of_gap
        for k, (stay, _) in enumerate(self.staying):
            variables = np.flatnonzero(trip[self._gap] == k)
            key = at[self._gap[variables]] * (max(self.places[k]) + 1) + self._place[variables]
            customer = self._customer[variables]
            a, b = np.nonzero((key[:, None] < key) & (customer[:, None] != customer))
            if not len(a):
                continue
            first, second = variables[a], variables[b]
            u, v, g, h = self._node[first], self._node[second], self._gap[first], self._gap[second]
            begun = self._begun(u, g)
            straight = join(begun, stops.at(v), time[u, v])
            between = self.trips.between(stay).at((at[g], at[h]))
            passed = join(begun, between, time[u, after[g]])
            passed = join(passed, stops.at(v), time[before[h], v])
            whole = Span(*(np.where(g == h, x, y) for x, y in zip(straight, passed, strict=True)))
            apart = ~self._in_time(whole, h, v)
            if apart.any():
                found[k] = first[apart], second[apart]
        return found


_NOTHING = (np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0))
