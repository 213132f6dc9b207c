"""Vehicle routing by slots: `visit[c,truck k,p]` says that piece c is the p-th stop of truck k.

A piece is a customer, or several in a row of which nothing is asked any more. One of several may
have a way for either direction. Driving from a straight to b saves s_ab = d_a0 + d_0b - d_ab, and
a trip with a alone costs r_a:

    cost = sum_k,p,a r_a visit[a,k,p] - sum_k,p,a,b s_ab visit[a,k,p] visit[b,k,p+1] + fixed costs

An empty stop stands for the depot. Who may be left out has its prize taken off r_a and added to
the whole. What the ways of a piece have in common of r_a is the same for all plans and goes there,
too. Where trucks are alike only savings are left: nothing rewards a customer left out, and no
penalty need outweigh round trips.

Capacity is one linear row a truck. The longest duration, where no window makes anyone wait, is a
row with the savings in time as products. Of windows the model knows pairs: products of two visits
are 0 where no trip could make both in that order. Trips that only three or more customers make
impossible are left (`Slots.exact`). An empty stop between two customers is a return to the depot,
which is never shorter than driving on where the triangle inequality holds. Where it does not, or
the first stop carries a fixed cost, rows say that a truck fills its stops in turn.

It grows as customers x trucks x stops, where route sets explode. As penalties it anneals badly: the
slack bits of a capacity row hold each truck's load in place (E-n13-k4: none of 160 reads feasible
after 1000 sweeps, where route sets have 0.59 of them; `python -m tests.benchmarks.choices`).
Annealers that keep permutations and capacities by their moves want this form.

Source: savings of Clarke and Wright (1964).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize, QoptError

from ..spans import Floats
from ..trips import Trips
from .conflicts import Conflicts, conflicts
from .pieces import Piece, Pieces
from .rows import NO_PAIRS, Pairs
from .visits import Visits, following, label, name

if TYPE_CHECKING:
    import dimod

GRAIN = 1000.0  # of the longest duration, in parts: in whole numbers its row needs few slack bits


@dataclass(frozen=True, eq=False)
class Slots:
    """The model of trucks with `most_stops` stops each that share out `pieces`.

    Parameters
    ----------
    trips
        The places and the fleet.
    pieces
        Customers in a row, each of one piece.
    trucks
        The type of each.
    most_stops
        How many each has; they may stay empty.
    both_ways
        Whether pieces may be driven backwards.
    loose
        For parts of a plan, which are scored anyway. Small gains by empty stops may stay, which
        cost rows to forbid. The longest duration bounds a linear sum that is never more than a
        trip takes, so that the part has a QUBO.
    """

    trips: Trips
    pieces: tuple[Piece, ...]
    trucks: tuple[int, ...]
    most_stops: int
    both_ways: bool = False
    loose: bool = False

    @property
    def exact(self) -> bool:
        """Whether what is feasible here is what trips can do: windows are known for pairs only."""
        return not self.trips.windows

    @property
    def customers(self) -> list[int]:
        return [customer for piece in self.pieces for customer in piece]

    @property
    def vehicles(self) -> dict[int, int]:
        """How many there are of each type."""
        return {kind: self.trucks.count(kind) for kind in set(self.trucks)}

    def size(self) -> ModelSize:
        ways, trucks, stops = len(self._pieces.ways), len(self.trucks), self.most_stops
        next_stops = stops - 1
        rows = len(self.pieces) + trucks * stops + trucks
        rows += trucks * next_stops if self._in_turn else 0
        couplings = 0
        for kind in self.trucks:
            couplings += int(np.count_nonzero(self._saved_cost[kind])) * next_stops
            if self._limited(kind):
                rows += 1
                if not self.loose:
                    couplings += int(np.count_nonzero(self._saved_time[kind])) * next_stops
            if self._ordered(kind):
                rows += 1
                _, never, not_next = self._conflicts[kind]
                couplings += int(never.sum()) * stops * next_stops // 2
                couplings += int(not_next.sum()) * next_stops
        return ModelSize(ways * trucks * stops, couplings, rows)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(self._objective())
        self._add_served(cqm)
        for truck in range(len(self.trucks)):
            self._add_stops(cqm, truck)
            self._add_capacity(cqm, truck)
            self._add_turns(cqm, truck)
            self._add_duration(cqm, truck)
            self._add_order(cqm, truck)
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> list[tuple[list[int], int]]:
        """Each truck's customers by stop, with its type.

        Two at one stop follow each other, and empty stops are skipped.
        """
        visited = np.array([sample[label] > 0.5 for label in self._visits.labels], dtype=np.bool_)
        routes: list[tuple[list[int], int]] = [([], kind) for kind in self.trucks]
        by_stop = visited.reshape(self._visits.number.shape).transpose(1, 2, 0)
        truck, _, way = np.nonzero(by_stop)
        for k, w in zip(truck.tolist(), way.tolist(), strict=True):
            routes[k][0].extend(self._pieces.ways[w])
        return routes

    def sample(self, routes: Sequence[tuple[Sequence[int], int]]) -> dict[Any, float]:
        """The assignment of routes with their types.

        Raises QoptError for one this model has no stops, truck or pieces for.
        """
        idle: dict[int, list[int]] = {kind: [] for kind in self.trucks}
        for truck, kind in enumerate(self.trucks):
            idle[kind].append(truck)
        sample = dict.fromkeys(self._visits.labels, 0.0)
        for customers, kind in routes:
            if not idle.get(kind):
                there_are = self.trucks.count(kind)
                raise QoptError(f"the plan uses more trucks than the {there_are} there are")
            truck = idle[kind].pop(0)
            for stop, way in enumerate(self._visits.cut(customers)):
                if stop == self.most_stops:
                    stops = f"truck {truck + 1} makes {len(customers)} stops"
                    raise QoptError(f"{stops}; its capacity allows {self.most_stops}")
                sample[label(way, truck, stop)] = 1.0
        return sample

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.trips, self.pieces, self.both_ways)

    @cached_property
    def _visits(self) -> Visits:
        return Visits(self._pieces, len(self.trucks), self.most_stops)

    # ---- what trips cost

    def _objective(self) -> dimod.BinaryQuadraticModel:
        import dimod

        linear, offset = self._linear()
        saved = [
            following(self._saved_cost[kind], self._visits.of(truck))
            for truck, kind in enumerate(self.trucks)
        ]
        first, second, spared = (np.concatenate(part) for part in zip(*saved, strict=True))
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear.ravel(),
            (first, second, -spared),
            offset,
            "BINARY",
            variable_order=self._visits.labels,
        )

    def _linear(self) -> tuple[Floats, float]:
        """What each visit costs by itself [ways, trucks, stops], and what all plans cost."""
        pieces = self._pieces
        alone = np.empty((len(pieces.ways), len(self.trucks)))
        for truck, kind in enumerate(self.trucks):
            alone[:, truck] = pieces.alone(kind)
        common = np.minimum.reduceat(alone.min(axis=1), pieces.bounds[:-1])
        common[pieces.optional] = pieces.prizes[pieces.optional]
        alone -= common[pieces.piece_of, None]
        linear = np.repeat(alone[:, :, None], self.most_stops, axis=2)
        linear[:, :, 0] += [self.trips.types[kind].fixed_cost for kind in self.trucks]
        return linear, float(common.sum())

    @cached_property
    def _saved_cost(self) -> dict[int, Floats]:
        """For each type, float64[ways, ways]."""
        trips, pieces = self.trips, self._pieces
        return {
            kind: trips.types[kind].cost_per_distance * pieces.saved(trips.distance, kind)
            for kind in set(self.trucks)
        }

    @cached_property
    def _saved_time(self) -> dict[int, Floats]:
        return {kind: self._pieces.saved(self.trips.time, kind) for kind in set(self.trucks)}

    # ---- what each customer and each truck allows

    def _add_served(self, cqm: Any) -> None:
        bounds = self._pieces.bounds
        for number, piece in enumerate(self.pieces):
            visits = self._visits.number[bounds[number] : bounds[number + 1]].ravel()
            sense = "<=" if self._pieces.optional[number] else "=="
            self._visits.rows.add_sum(cqm, f"served[{name(piece)}]", visits, 1.0, sense, 1.0)

    def _add_stops(self, cqm: Any, truck: int) -> None:
        for stop, visits in enumerate(self._visits.of(truck).T, 1):
            self._visits.rows.add_sum(
                cqm, f"stop[truck {truck + 1},{stop}]", visits, 1.0, "<=", 1.0
            )

    def _add_capacity(self, cqm: Any, truck: int) -> None:
        capacity = self.trips.types[self.trucks[truck]].capacity
        loads = np.repeat(self._pieces.loads, self.most_stops)
        visits = self._visits.of(truck).ravel()
        self._visits.rows.add_sum(
            cqm, f"capacity[truck {truck + 1}]", visits, loads, "<=", capacity
        )

    def _add_turns(self, cqm: Any, truck: int) -> None:
        """No stop is taken before the one ahead of it."""
        ways = np.ones(len(self._pieces.ways))
        for stop in range(1, self.most_stops if self._in_turn else 1):
            before, own = self._visits.of(truck)[:, stop - 1], self._visits.of(truck)[:, stop]
            visits, signs = np.append(own, before), np.append(ways, -ways)
            row = f"in turn[truck {truck + 1},{stop + 1}]"
            self._visits.rows.add_sum(cqm, row, visits, signs, "<=", 0.0)

    @cached_property
    def _in_turn(self) -> bool:
        """Whether a truck could gain by an empty stop before one that is taken."""
        if any(self.trips.types[kind].fixed_cost > 0 for kind in self.trucks):
            return True
        limited = [self._saved_time[kind] for kind in set(self.trucks) if self._limited(kind)]
        return not self.loose and any(
            saved.min(initial=0.0) < 0 for saved in [*self._saved_cost.values(), *limited]
        )

    # ---- durations and windows

    def _limit(self, kind: int) -> float:
        """The longest a trip may take, where no window makes it wait."""
        vehicle, trips = self.trips.types[kind], self.trips
        hours = float(trips.due[vehicle.depot] - trips.ready[vehicle.depot])
        return hours if vehicle.max_duration is None else min(vehicle.max_duration, hours)

    def _limited(self, kind: int) -> bool:
        return self.trips.timed and self._limit(kind) < np.inf

    def _add_duration(self, cqm: Any, truck: int) -> None:
        kind = self.trucks[truck]
        if not self._limited(kind):
            return
        visits, limit = self._visits.of(truck), self._limit(kind)
        if self.loose:
            alone = np.floor(self._pieces.least_time(kind) * (GRAIN / limit))
            pairs, limit = NO_PAIRS, GRAIN
        else:
            alone = self._time_alone(kind)
            places = np.arange(visits.size).reshape(visits.shape)
            first, second, spared = following(self._saved_time[kind], places)
            pairs = Pairs(first, second, -spared)
        linear = np.repeat(alone, self.most_stops)
        self._visits.rows.add_products(
            cqm, f"duration[truck {truck + 1}]", visits.ravel(), linear, pairs, "<=", limit
        )

    def _time_alone(self, kind: int) -> Floats:
        """float64[ways]: how long a trip with each alone takes."""
        (first, last), time = self._pieces.ends, self.trips.time
        depot = self.trips.types[kind].depot
        return np.asarray(time[depot, first] + self._pieces.spans.length + time[last, depot])

    @cached_property
    def _conflicts(self) -> dict[int, Conflicts]:
        """For each type."""
        return {kind: conflicts(self._pieces, kind) for kind in set(self.trucks)}

    def _ordered(self, kind: int) -> bool:
        """Whether windows forbid a type anything that a row must say."""
        return self.trips.windows and self._conflicts[kind].any(self.most_stops)

    def _add_order(self, cqm: Any, truck: int) -> None:
        """A sum that is 0: of impossible visits, and of products of two that no trip makes so."""
        kind, visits = self.trucks[truck], self._visits.of(truck)
        if not self._ordered(kind):
            return
        alone, never, not_next = self._conflicts[kind]
        before, behind = np.triu_indices(self.most_stops, 1)
        a, b = np.nonzero(never)
        next_to = following(not_next.astype(np.float64), visits)
        first = np.append(next_to.first, visits[a][:, before].ravel())
        second = np.append(next_to.second, visits[b][:, behind].ravel())
        single = visits[alone].ravel()
        used, at = np.unique(np.concatenate([first, second, single]), return_inverse=True)
        n = len(first)
        linear = np.zeros(len(used))
        linear[at[2 * n :]] = 1.0
        pairs = Pairs(at[:n], at[n : 2 * n], np.ones(n))
        self._visits.rows.add_products(
            cqm, f"order[truck {truck + 1}]", used, linear, pairs, "==", 0.0
        )
