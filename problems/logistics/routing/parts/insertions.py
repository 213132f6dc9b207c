"""Some customers taken off their routes and put back where that is best, the rest where it is.

Formulation: `visit[c,truck k,g,p]` says that customer c is the p-th put into gap g of trip k. With
r_cg what c alone adds to the way through gap g, and s_abg what driving from a straight to b spares
there,

    cost = sum_c,g,p r_cg visit[c,g,p] - sum_g,p,a,b s_abg visit[a,g,p] visit[b,g,p+1]

Each customer has the gaps where it adds least. Each goes to one gap (or to none and loses its
prize), each place takes one customer, and trips have a capacity row where need be. Of windows and
durations the model knows singles, which are left out, and pairs on one trip, whose products are 0.
What three customers make impossible is found out afterwards. Putting a customer in between two
others is one move here, where stops of a truck (`Slots`) would all have to make room.

Source: removal and reinsertion after Shaw (1998).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qopt import ModelSize, QoptError

from ..models.pieces import Bits, Ints
from ..models.visits import Pairs
from ..spans import Floats, Span, join
from ..trips import Trips
from .gaps import Gaps

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Insertions:
    """The model of trips and who is to be put into them.

    Parameters
    ----------
    gaps
        Those of the trips.
    free
        Who is to be put into them.
    home
        For each of them the trip and the gap it comes from, None where it was left out.
    places
        How many fit in each gap, for each trip.
    limit
        Variables of the model at most.
    """

    gaps: Gaps
    free: tuple[int, ...]
    home: tuple[tuple[int, int] | None, ...]
    places: tuple[tuple[int, ...], ...]
    limit: int

    exact: ClassVar = False  # windows are known for pairs, and each customer has its best gaps only

    @property
    def trips(self) -> Trips:
        return self.gaps.trips

    @property
    def customers(self) -> list[int]:
        return [*self.free, *(customer for stay, _ in self.gaps.staying for customer in stay)]

    @property
    def vehicles(self) -> dict[int, int]:
        """How many there are of each type."""
        kinds = [kind for _, kind in self.gaps.staying]
        return {kind: kinds.count(kind) for kind in kinds}

    def size(self) -> ModelSize:
        apart = [pairs for _, *pairs in self._apart]
        couplings = len(self._savings.first) + sum(len(first) for first, _ in apart)
        rows = len(self.free) + len(self._crowded) + len(self._heavy) + len(self._apart)
        return ModelSize(len(self._labels), couplings, rows)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(self._objective())
        self._add_served(cqm)
        for gap, place, visits in self._crowded:
            terms = [(self._labels[v], 1.0) for v in visits]
            label = f"place[{self._name(gap)},{place + 1}]"
            cqm.add_constraint_from_iterable(terms, "<=", rhs=1.0, label=label)
        for trip, visits in self._heavy:
            terms = [(self._labels[v], self._demand[v]) for v in visits]
            room, label = float(self.gaps.room[trip]), f"capacity[truck {trip + 1}]"
            cqm.add_constraint_from_iterable(terms, "<=", rhs=room, label=label)
        for trip, first, second in self._apart:
            self._add_apart(cqm, f"order[truck {trip + 1}]", first, second)
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> list[tuple[list[int], int]]:
        """The customers of each trip, gap by gap and place by place.

        Those that share a place follow each other.
        """
        put: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for v, label in enumerate(self._labels):
            if sample[label] > 0.5:
                gap, customer = self._gap[v], self.free[self._customer[v]]
                where = int(self.gaps.trip[gap]), int(self.gaps.at[gap])
                put.setdefault(where, []).append((int(self._place[v]), customer))
        found = []
        for trip, (stay, kind) in enumerate(self.gaps.staying):
            customers: list[int] = []
            for at in range(len(stay) + 1):
                customers += [customer for _, customer in sorted(put.get((trip, at), []))]
                customers += stay[at : at + 1]
            found.append((customers, kind))
        return found

    def sample(self, routes: Sequence[tuple[Sequence[int], int]]) -> dict[Any, float]:
        """The assignment of routes with their types.

        Raises QoptError where others than the free customers moved, or to gaps the model has not.
        """
        sample = dict.fromkeys(self._labels, 0.0)
        left = list(enumerate(self.gaps.staying))
        for customers, kind in routes:
            stay = tuple(c for c in customers if c not in self._loose)
            trip = next((trip for trip, other in left if other == (stay, kind)), None)
            if trip is None:
                none = f"where the model has none with {stay or 'nobody'}"
                raise QoptError(f"the plan has a trip of {tuple(customers)}, {none}")
            left = [other for other in left if other[0] != trip]
            for customer, at, place in self._put(customers):
                label = self._label(customer, trip, at, place)
                if label not in sample:
                    there = f"place {place + 1} for customer {customer} there"
                    raise QoptError(f"the model has no {there}")
                sample[label] = 1.0
        return sample

    def _put(self, customers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """The free customers of a trip, each with its position and its place in the gap."""
        at = place = 0
        for customer in customers:
            if customer in self._loose:
                yield customer, at, place
                place += 1
            else:
                at, place = at + 1, 0

    # ---- the variables: who may go where

    @cached_property
    def _loose(self) -> frozenset[int]:
        return frozenset(self.free)

    @cached_property
    def _most(self) -> Ints:
        """int64[gaps]: how many fit in each."""
        return np.concatenate([np.array(of_trip) for of_trip in self.places])

    @cached_property
    def _chosen(self) -> tuple[Ints, Ints]:
        """Customers and the gaps they may go to: the cheapest, and those they come from."""
        cost = self._insertion_costs()
        share = self.limit // len(self.free)
        customers, gaps = [], []
        for c, (row, home) in enumerate(zip(cost, self.home, strict=True)):
            order = np.argsort(row, kind="stable")
            order = order[row[order] < np.inf]
            if home is not None:
                own = self.gaps.number[home]
                order = np.append(own, order[order != own])
            taken = np.sort(order[np.cumsum(self._most[order]) <= share])
            customers.append(np.full(len(taken), c))
            gaps.append(taken)
        return np.concatenate(customers), np.concatenate(gaps)

    def _insertion_costs(self) -> Floats:
        """float64[free, gaps]: what each alone adds there, infinite where it cannot go."""
        trips, gaps, free = self.trips, self.gaps, np.array(self.free)[:, None]
        cost = gaps.added(free, slice(None))
        possible = trips.demand[free] <= (gaps.room + gaps.rounding)[gaps.trip]
        if trips.timed:
            every = np.arange(len(gaps.trip))
            possible &= gaps.ends_in_time(gaps.begun(free, every), every, free)
        cost[~possible] = np.inf
        return cost

    @cached_property
    def _variables(self) -> tuple[Ints, Ints, Ints]:
        """Customer, gap and place of each."""
        customers, gaps = self._chosen
        places = self._most[gaps]
        place = np.arange(places.sum()) - np.repeat(np.cumsum(places) - places, places)
        return np.repeat(customers, places), np.repeat(gaps, places), place

    @property
    def _customer(self) -> Ints:
        return self._variables[0]

    @property
    def _gap(self) -> Ints:
        return self._variables[1]

    @property
    def _place(self) -> Ints:
        return self._variables[2]

    @cached_property
    def _node(self) -> Ints:
        return np.array(self.free)[self._customer]

    @cached_property
    def _demand(self) -> list[float]:
        return [float(load) for load in self.trips.demand[self._node]]

    @cached_property
    def _labels(self) -> list[str]:
        trip, at = self.gaps.trip[self._gap].tolist(), self.gaps.at[self._gap].tolist()
        visits = zip(self._node.tolist(), trip, at, self._place.tolist(), strict=True)
        return [self._label(*visit) for visit in visits]

    def _label(self, customer: int, trip: int, at: int, place: int) -> str:
        return f"visit[{customer},truck {trip + 1},{at + 1},{place + 1}]"

    def _name(self, gap: int) -> str:
        return f"truck {self.gaps.trip[gap] + 1},{self.gaps.at[gap] + 1}"

    @cached_property
    def _by_gap(self) -> list[Ints]:
        """The variables of each gap that has any."""
        order = np.argsort(self._gap, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(self._gap[order])) + 1)
        return parts if len(order) else []  # nobody may go anywhere

    # ---- what trips cost

    def _objective(self) -> dimod.BinaryQuadraticModel:
        import dimod

        gaps, (first, second, spared) = self.gaps, self._savings
        prizes = self.trips.prize[list(self.free)]
        prizes = np.where(prizes < np.inf, prizes, 0.0)
        alone = gaps.added(self._node, self._gap)
        alone += np.where(self._place == 0, gaps.fixed[self._gap], 0.0)
        linear = alone - prizes[self._customer]
        staying = sum(self.trips.cost(stay, kind) for stay, kind in self.gaps.staying if stay)
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear,
            (first, second, -spared),
            float(prizes.sum()) + staying,
            "BINARY",
            variable_order=self._labels,
        )

    @cached_property
    def _savings(self) -> Pairs:
        """Pairs of visits next to each other in a gap, and what that spares."""
        way, gaps = self.trips.distance, self.gaps
        found = [Pairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))]
        for visits in self._by_gap:
            g = self._gap[visits[0]]
            place, customer = self._place[visits], self._customer[visits]
            a, b = np.nonzero((place[:, None] + 1 == place) & (customer[:, None] != customer))
            first, second = visits[a], visits[b]
            u, v = self._node[first], self._node[second]
            detour = way[u, gaps.after[g]] + way[gaps.before[g], v] - gaps.straight[g] - way[u, v]
            saved = detour * gaps.rate[g]
            found.append(Pairs(first[saved != 0], second[saved != 0], saved[saved != 0]))
        return Pairs(*(np.concatenate(part) for part in zip(*found, strict=True)))

    # ---- what customers, places and trips allow

    def _add_served(self, cqm: Any) -> None:
        bounds = np.searchsorted(self._customer, np.arange(len(self.free) + 1)).tolist()
        for number, customer in enumerate(self.free):
            own = self._labels[bounds[number] : bounds[number + 1]]
            sense = "<=" if self.trips.prize[customer] < np.inf else "=="
            terms = [(label, 1.0) for label in own]
            cqm.add_constraint_from_iterable(terms, sense, rhs=1.0, label=f"served[{customer}]")

    def _add_apart(self, cqm: Any, label: str, first: Ints, second: Ints) -> None:
        """These pairs of visits are not made."""
        import dimod

        used, at = np.unique(np.concatenate([first, second]), return_inverse=True)
        n = len(first)
        pairs = (at[:n], at[n:], np.ones(n))
        names = [self._labels[v] for v in used.tolist()]
        terms = dimod.BinaryQuadraticModel.from_numpy_vectors(
            np.zeros(len(used)), pairs, 0.0, "BINARY", variable_order=names
        )
        cqm.add_constraint_from_model(terms, "==", rhs=0.0, label=label)

    @cached_property
    def _crowded(self) -> list[tuple[int, int, list[int]]]:
        """Gaps and places in them that more than one visit may take."""
        found = []
        for visits in self._by_gap:
            gap, place = int(self._gap[visits[0]]), self._place[visits]
            for p in range(self._most[gap]):
                taking = visits[place == p].tolist()
                if len(taking) > 1:
                    found.append((gap, p, taking))
        return found

    @cached_property
    def _heavy(self) -> list[tuple[int, list[int]]]:
        """Trips that those who may come could overload."""
        found = []
        trip, demand = self.gaps.trip[self._gap], self.trips.demand[list(self.free)]
        for k, room in enumerate(self.gaps.room.tolist()):
            visits = np.flatnonzero(trip == k)
            if demand[np.unique(self._customer[visits])].sum() > room:
                found.append((k, visits.tolist()))
        return found

    @cached_property
    def _apart(self) -> list[tuple[int, Ints, Ints]]:
        """Trips and the pairs of visits, the earlier first, that times do not allow."""
        found: list[tuple[int, Ints, Ints]] = []
        for trip in range(len(self.gaps.staying) if self.trips.timed else 0):
            first, second = self._in_turn(trip)
            if not len(first):
                continue
            apart = ~self._both_in_time(trip, first, second)
            if apart.any():
                found.append((trip, first[apart], second[apart]))
        return found

    def _in_turn(self, trip: int) -> tuple[Ints, Ints]:
        """The pairs of visits to two customers on a trip, the earlier one first."""
        gaps = self.gaps
        visits = np.flatnonzero(gaps.trip[self._gap] == trip)
        longest = max(self.places[trip]) + 1
        order = gaps.at[self._gap[visits]] * longest + self._place[visits]
        customer = self._customer[visits]
        a, b = np.nonzero((order[:, None] < order) & (customer[:, None] != customer))
        return visits[a], visits[b]

    def _both_in_time(self, trip: int, first: Ints, second: Ints) -> Bits:
        """Whether the trip can make each pair of visits, with those who stay."""
        gaps, time, stops = self.gaps, self.trips.time, self.trips.stops
        u, v, g, h = self._node[first], self._node[second], self._gap[first], self._gap[second]
        begun = gaps.begun(u, g)
        straight = join(begun, stops.at(v), time[u, v])
        between = self.trips.between(self.gaps.staying[trip][0]).at((gaps.at[g], gaps.at[h]))
        passed = join(begun, between, time[u, gaps.after[g]])
        passed = join(passed, stops.at(v), time[gaps.before[h], v])
        whole = Span(*(np.where(g == h, x, y) for x, y in zip(straight, passed, strict=True)))
        return gaps.ends_in_time(whole, h, v)
