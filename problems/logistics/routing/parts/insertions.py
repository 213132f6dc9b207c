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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from qopt import ModelSize, QoptError

from ..models.pieces import Bits, Ints
from ..models.rows import NO_PAIRS, Pairs, Rows
from ..spans import Span, join
from ..trips import Trips
from .candidates import Candidates
from .gaps import Gaps

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Insertions:
    """The model of trips and who is to be put into them."""

    visits: Candidates

    exact: ClassVar = False  # windows are known for pairs, and each customer has its best gaps only

    @property
    def trips(self) -> Trips:
        return self._gaps.trips

    @property
    def _gaps(self) -> Gaps:
        return self.visits.gaps

    @property
    def customers(self) -> list[int]:
        staying = [customer for stay, _ in self._gaps.staying for customer in stay]
        return [*self.visits.free, *staying]

    @property
    def vehicles(self) -> dict[int, int]:
        """How many there are of each type."""
        kinds = [kind for _, kind in self._gaps.staying]
        return {kind: kinds.count(kind) for kind in kinds}

    def size(self) -> ModelSize:
        apart = [pairs for _, *pairs in self._apart]
        couplings = len(self._savings.first) + sum(len(first) for first, _ in apart)
        rows = len(self.visits.free) + len(self._crowded) + len(self._heavy) + len(self._apart)
        return ModelSize(len(self.visits.labels), couplings, rows)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(self._objective())
        self._add_served(cqm)
        for gap, place, visits in self._crowded:
            label = f"place[{self.visits.name(gap)},{place + 1}]"
            self._rows.add_sum(cqm, label, visits, 1.0, "<=", 1.0)
        for trip, visits in self._heavy:
            loads = self.trips.demand[self.visits.node[visits]]
            room, label = float(self._gaps.room[trip]), f"capacity[truck {trip + 1}]"
            self._rows.add_sum(cqm, label, visits, loads, "<=", room)
        for trip, first, second in self._apart:
            self._add_apart(cqm, f"order[truck {trip + 1}]", first, second)
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> list[tuple[list[int], int]]:
        """The customers of each trip, gap by gap and place by place.

        Those that share a place follow each other.
        """
        put: dict[tuple[int, int], list[tuple[int, int]]] = {}
        for v, label in enumerate(self.visits.labels):
            if sample[label] > 0.5:
                gap, customer = self.visits.gap[v], int(self.visits.node[v])
                where = int(self._gaps.trip[gap]), int(self._gaps.at[gap])
                put.setdefault(where, []).append((int(self.visits.place[v]), customer))
        routes = []
        for trip, (stay, kind) in enumerate(self._gaps.staying):
            customers: list[int] = []
            for at in range(len(stay) + 1):
                customers += [customer for _, customer in sorted(put.get((trip, at), []))]
                customers += stay[at : at + 1]
            routes.append((customers, kind))
        return routes

    def sample(self, routes: Sequence[tuple[Sequence[int], int]]) -> dict[Any, float]:
        """The assignment of routes with their types.

        Raises QoptError where others than the free customers moved, or to gaps the model has not.
        """
        sample = dict.fromkeys(self.visits.labels, 0.0)
        unmatched = list(enumerate(self._gaps.staying))
        for customers, kind in routes:
            stay = tuple(c for c in customers if c not in self.visits.loose)
            trip = next((trip for trip, other in unmatched if other == (stay, kind)), None)
            if trip is None:
                none = f"where the model has none with {stay or 'nobody'}"
                raise QoptError(f"the plan has a trip of {tuple(customers)}, {none}")
            unmatched = [other for other in unmatched if other[0] != trip]
            for customer, at, place in self.visits.put(customers):
                label = self.visits.label(customer, trip, at, place)
                if label not in sample:
                    there = f"place {place + 1} for customer {customer} there"
                    raise QoptError(f"the model has no {there}")
                sample[label] = 1.0
        return sample

    @cached_property
    def _rows(self) -> Rows:
        return Rows(self.visits.labels)

    # ---- what trips cost

    def _objective(self) -> dimod.BinaryQuadraticModel:
        import dimod

        gaps, (first, second, spared) = self._gaps, self._savings
        prizes = self.trips.prize[list(self.visits.free)]
        prizes = np.where(prizes < np.inf, prizes, 0.0)
        alone = gaps.added(self.visits.node, self.visits.gap)
        alone += np.where(self.visits.place == 0, gaps.fixed[self.visits.gap], 0.0)
        linear = alone - prizes[self.visits.customer]
        staying = sum(self.trips.cost(stay, kind) for stay, kind in self._gaps.staying if stay)
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear,
            (first, second, -spared),
            float(prizes.sum()) + staying,
            "BINARY",
            variable_order=self.visits.labels,
        )

    @cached_property
    def _savings(self) -> Pairs:
        """Pairs of visits next to each other in a gap, and what that spares."""
        way, gaps = self.trips.distance, self._gaps
        savings = [NO_PAIRS]
        for visits in self.visits.by_gap:
            g = self.visits.gap[visits[0]]
            place, customer = self.visits.place[visits], self.visits.customer[visits]
            a, b = np.nonzero((place[:, None] + 1 == place) & (customer[:, None] != customer))
            first, second = visits[a], visits[b]
            u, v = self.visits.node[first], self.visits.node[second]
            detour = way[u, gaps.after[g]] + way[gaps.before[g], v] - gaps.straight[g] - way[u, v]
            saved = detour * gaps.rate[g]
            savings.append(Pairs(first[saved != 0], second[saved != 0], saved[saved != 0]))
        return Pairs(*(np.concatenate(part) for part in zip(*savings, strict=True)))

    # ---- what customers, places and trips allow

    def _add_served(self, cqm: Any) -> None:
        for number, customer in enumerate(self.visits.free):
            own = np.flatnonzero(self.visits.customer == number)
            sense = "<=" if self.trips.prize[customer] < np.inf else "=="
            self._rows.add_sum(cqm, f"served[{customer}]", own, 1.0, sense, 1.0)

    def _add_apart(self, cqm: Any, label: str, first: Ints, second: Ints) -> None:
        """These pairs of visits are not made."""
        used, at = np.unique(np.concatenate([first, second]), return_inverse=True)
        n = len(first)
        pairs = Pairs(at[:n], at[n:], np.ones(n))
        self._rows.add_products(cqm, label, used, np.zeros(len(used)), pairs, "==", 0.0)

    @cached_property
    def _crowded(self) -> list[tuple[int, int, Ints]]:
        """Gaps and places in them that more than one visit may take."""
        crowded = []
        for visits in self.visits.by_gap:
            gap, place = int(self.visits.gap[visits[0]]), self.visits.place[visits]
            for p in range(self.visits.most[gap]):
                taking = visits[place == p]
                if len(taking) > 1:
                    crowded.append((gap, p, taking))
        return crowded

    @cached_property
    def _heavy(self) -> list[tuple[int, Ints]]:
        """Trips that those who may come could overload."""
        heavy = []
        trip = self._gaps.trip[self.visits.gap]
        demand = self.trips.demand[list(self.visits.free)]
        for k, room in enumerate(self._gaps.room.tolist()):
            visits = np.flatnonzero(trip == k)
            if demand[np.unique(self.visits.customer[visits])].sum() > room:
                heavy.append((k, visits))
        return heavy

    @cached_property
    def _apart(self) -> list[tuple[int, Ints, Ints]]:
        """Trips and the pairs of visits, the earlier first, that times do not allow."""
        forbidden: list[tuple[int, Ints, Ints]] = []
        for trip in range(len(self._gaps.staying) if self.trips.timed else 0):
            first, second = self._in_turn(trip)
            if not len(first):
                continue
            apart = ~self._both_in_time(trip, first, second)
            if apart.any():
                forbidden.append((trip, first[apart], second[apart]))
        return forbidden

    def _in_turn(self, trip: int) -> tuple[Ints, Ints]:
        """The pairs of visits to two customers on a trip, the earlier one first."""
        gaps = self._gaps
        visits = np.flatnonzero(gaps.trip[self.visits.gap] == trip)
        longest = max(self.visits.places[trip]) + 1
        order = gaps.at[self.visits.gap[visits]] * longest + self.visits.place[visits]
        customer = self.visits.customer[visits]
        a, b = np.nonzero((order[:, None] < order) & (customer[:, None] != customer))
        return visits[a], visits[b]

    def _both_in_time(self, trip: int, first: Ints, second: Ints) -> Bits:
        """Whether the trip can make each pair of visits, with those who stay."""
        gaps, time, spans = self._gaps, self.trips.time, self.trips.spans
        u, v = self.visits.node[first], self.visits.node[second]
        g, h = self.visits.gap[first], self.visits.gap[second]
        begun = gaps.begun(u, g)
        straight = join(begun, spans.at(v), time[u, v])
        between = self.trips.between(self._gaps.staying[trip][0]).at((gaps.at[g], gaps.at[h]))
        passed = join(begun, between, time[u, gaps.after[g]])
        passed = join(passed, spans.at(v), time[gaps.before[h], v])
        whole = Span(*(np.where(g == h, x, y) for x, y in zip(straight, passed, strict=True)))
        return gaps.ends_in_time(whole, h, v)
