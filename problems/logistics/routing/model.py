"""Vehicle routing by slots: `visit[c,truck k,p]` says that piece c of a trip is the p-th stop of truck k.

A piece is a customer, or several in a row of which nothing is asked any more; one of several may have an option for either
direction. With the saving s_ab = d_a0 + d_0b - d_ab of driving from a straight to b, and r_a what a trip with a alone costs,

    cost = sum_k,p,a r_a visit[a,k,p] - sum_k,p,a,b s_ab visit[a,k,p] visit[b,k,p+1] + fixed costs

an empty stop standing for the depot; who may be left out has its prize taken off r_a and added to the whole. What the options
of a piece have in common of r_a is the same for all plans and goes there, too: where trucks are alike only savings are left,
nothing rewards a customer left out, and no penalty need outweigh round trips.

Capacity is one linear row a truck. The longest duration, where no window makes anyone wait, is a row with the savings in time
as products. Of windows the model knows pairs: products of two visits are 0 where no trip could make both in that order, which
leaves trips that only three or more customers make impossible (`Slots.exact`). An empty stop between two customers is a return
to the depot, which is never shorter than driving on where the triangle inequality holds; where it does not, or the first stop
carries a fixed cost, rows say that a truck fills its stops in turn.

It grows as customers x trucks x stops, where route sets explode. As penalties it anneals badly: the slack bits of a capacity
row hold each truck's load in place (E-n13-k4: none of 160 reads feasible after 1000 sweeps, where route sets have 0.59 of them;
`python -m tests.benchmarks.choices`).
Annealers that keep permutations and capacities by their moves want this form.

Source: savings of Clarke and Wright (1964).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from qopt import ModelSize, QoptError

from .spans import TOLERANCE, Floats, Span, join, join_one
from .trips import Trips

if TYPE_CHECKING:
    import dimod

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Piece = tuple[int, ...]

GRAIN = 1000.0  # of the longest duration, in parts: in whole numbers its row needs few slack bits


def savings_matrix(distance: Floats) -> Floats:
    """s[a, b] of customers a + 1 and b + 1, 0 on the diagonal: no customer follows itself."""
    savings: Floats = distance[1:, :1] + distance[:1, 1:] - distance[1:, 1:]
    np.fill_diagonal(savings, 0.0)
    return savings


def options_of(pieces: Sequence[Piece], both_ways: bool) -> list[Piece]:
    """Each piece, followed by itself backwards where that is allowed and different."""
    return [
        way
        for piece in pieces
        for way in ((piece, piece[::-1]) if both_ways and len(piece) > 1 else (piece,))
    ]


@dataclass(frozen=True, eq=False)
class Slots:
    """The model of trucks with `stops` stops each that share out `pieces`.

    Parameters
    ----------
    trips
        The places and the fleet.
    pieces
        Customers in a row, each of one piece.
    trucks
        The type of each.
    stops
        How many each has.
    both_ways
        Whether pieces may be driven backwards.
    loose
        For parts of a plan, which are scored anyway: small gains by empty stops may stay, which cost rows to forbid, and the
        longest duration bounds a linear sum that is never more than a trip takes, so that the part has a QUBO.
    """

    trips: Trips
    pieces: tuple[Piece, ...]
    trucks: tuple[int, ...]
    stops: int
    both_ways: bool = False
    loose: bool = False

    @property
    def exact(self) -> bool:
        """Whether what is feasible here is what trips can do: windows are known for pairs only."""
        return not self.trips.windows

    def size(self) -> ModelSize:
        o, k, p = len(self.options), len(self.trucks), self.stops
        couplings = sum(int(np.count_nonzero(self._savings[kind])) for kind in self.trucks) * (
            p - 1
        )
        constraints = len(self.pieces) + k * p + k + (k * (p - 1) if self._in_turn else 0)
        for kind in self.trucks:
            if self._limited(kind):
                couplings += (
                    0 if self.loose else int(np.count_nonzero(self._saved_time[kind])) * (p - 1)
                )
                constraints += 1
            if self._ordered(kind):
                _, never, not_next = self._order[kind]
                couplings += int(never.sum()) * p * (p - 1) // 2 + int(not_next.sum()) * (p - 1)
                constraints += 1
        return ModelSize(o * k * p, couplings, constraints)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        o, trucks, stops = len(self.options), len(self.trucks), self.stops
        cell = np.arange(o * trucks * stops).reshape(o, trucks, stops)
        labels = self._labels
        linear, offset = self._linear()
        rows, cols, biases = [], [], []
        for k, kind in enumerate(self.trucks):
            row, col, saved = _neighbours(self._savings[kind], cell[:, k])
            rows.append(row)
            cols.append(col)
            biases.append(-saved)
        objective = dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear.ravel(),
            (np.concatenate(rows), np.concatenate(cols), np.concatenate(biases)),
            offset,
            "BINARY",
            variable_order=labels,
        )
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        bounds = np.searchsorted(self._piece_of, np.arange(len(self.pieces) + 1))
        for number, piece in enumerate(self.pieces):
            terms = [
                (labels[v], 1.0) for v in cell[bounds[number] : bounds[number + 1]].ravel().tolist()
            ]
            sense = "<=" if self._optional[number] else "=="
            cqm.add_constraint_from_iterable(terms, sense, rhs=1.0, label=f"served[{_name(piece)}]")
        for k, kind in enumerate(self.trucks):
            columns = [[labels[v] for v in column] for column in cell[:, k].T.tolist()]
            for p, column in enumerate(columns, 1):
                terms = [(label, 1.0) for label in column]
                cqm.add_constraint_from_iterable(
                    terms, "<=", rhs=1.0, label=f"stop[truck {k + 1},{p}]"
                )
            loads = np.repeat(self._loads, stops).tolist()
            terms = list(zip([labels[v] for v in cell[:, k].ravel().tolist()], loads, strict=True))
            capacity = self.trips.types[kind].capacity
            cqm.add_constraint_from_iterable(
                terms, "<=", rhs=capacity, label=f"capacity[truck {k + 1}]"
            )
            for p in range(1, stops if self._in_turn else 1):
                terms = [(label, 1.0) for label in columns[p]] + [
                    (label, -1.0) for label in columns[p - 1]
                ]
                cqm.add_constraint_from_iterable(
                    terms, "<=", rhs=0.0, label=f"in turn[truck {k + 1},{p + 1}]"
                )
            if self._limited(kind):
                self._add_duration(cqm, k, cell[:, k])
            if self._ordered(kind):
                self._add_windows(cqm, k, cell[:, k])
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> list[tuple[list[int], int]]:
        """Each truck's customers by stop, with its type; two at one stop follow each other, and empty stops are skipped."""
        cells = np.array([sample[label] > 0.5 for label in self._labels], dtype=np.bool_)
        shape = (len(self.options), len(self.trucks), self.stops)
        found: list[tuple[list[int], int]] = [([], kind) for kind in self.trucks]
        truck, _, option = np.nonzero(cells.reshape(shape).transpose(1, 2, 0))
        for k, o in zip(truck.tolist(), option.tolist(), strict=True):
            found[k][0].extend(self.options[o])
        return found

    def sample(self, routes: Sequence[tuple[Sequence[int], int]]) -> dict[Any, float]:
        """The assignment of routes with their types. Raises QoptError for one this model has no stops, truck or pieces for."""
        starts: dict[int, list[int]] = {}
        for o, option in enumerate(self.options):
            starts.setdefault(option[0], []).append(o)
        free = {
            kind: [k for k, other in enumerate(self.trucks) if other == kind]
            for kind in set(self.trucks)
        }
        sample = dict.fromkeys(self._labels, 0.0)
        for customers, kind in routes:
            if not free.get(kind):
                raise QoptError(
                    f"the plan uses more trucks than the {self.trucks.count(kind)} there are"
                )
            k, left, p = free[kind].pop(0), list(customers), 0
            while left:
                fitting = [
                    o
                    for o in starts.get(left[0], ())
                    if self.options[o] == tuple(left[: len(self.options[o])])
                ]
                if not fitting:
                    raise QoptError(f"customer {left[0]} begins no piece of this model")
                if p == self.stops:
                    stops = f"truck {k + 1} makes {len(customers)} stops"
                    raise QoptError(f"{stops}; its capacity allows {self.stops}")
                sample[_label(self.options[fitting[0]], k, p)] = 1.0
                del left[: len(self.options[fitting[0]])]
                p += 1
        return sample

    @cached_property
    def options(self) -> list[Piece]:
        return options_of(self.pieces, self.both_ways)

    @cached_property
    def _labels(self) -> list[str]:
        return [_label(option, k, p) for option in self.options for k, p in self._places]

    @cached_property
    def _places(self) -> list[tuple[int, int]]:
        return [(k, p) for k in range(len(self.trucks)) for p in range(self.stops)]

    @cached_property
    def _piece_of(self) -> Ints:
        """int64[o]: the piece of each option."""
        count = [1 + (self.both_ways and len(piece) > 1) for piece in self.pieces]
        return np.repeat(np.arange(len(self.pieces)), count)

    @cached_property
    def _ends(self) -> tuple[Ints, Ints]:
        """First and last customer of each option."""
        ends = np.array(
            [(option[0], option[-1]) for option in self.options], dtype=np.int64
        ).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    @cached_property
    def _loads(self) -> Floats:
        return np.array([sum(self.trips.demand[list(option)].tolist()) for option in self.options])

    @cached_property
    def _optional(self) -> Bits:
        return np.array(
            [len(piece) == 1 and self.trips.prize[piece[0]] < np.inf for piece in self.pieces],
            dtype=np.bool_,
        )

    @cached_property
    def _same(self) -> Bits:
        return np.asarray(self._piece_of[:, None] == self._piece_of)

    def _linear(self) -> tuple[Floats, float]:
        """What each visit costs by itself [o, trucks, stops], and what all plans cost."""
        trips, (first, last) = self.trips, self._ends
        inside = np.array([sum(_along(trips.distance, option)) for option in self.options])
        alone = np.empty((len(self.options), len(self.trucks)))
        for k, kind in enumerate(self.trucks):
            vehicle = trips.types[kind]
            way = (
                trips.distance[vehicle.depot, first] + inside + trips.distance[last, vehicle.depot]
            )
            alone[:, k] = vehicle.cost_per_distance * way
        prizes = np.where(self._optional, trips.prize[[piece[0] for piece in self.pieces]], 0.0)
        starts = np.searchsorted(self._piece_of, np.arange(len(self.pieces)))
        common = np.minimum.reduceat(alone.min(axis=1), starts)
        common[self._optional] = prizes[self._optional]
        alone -= common[self._piece_of, None]
        linear = np.repeat(alone[:, :, None], self.stops, axis=2)
        linear[:, :, 0] += [trips.types[kind].fixed_cost for kind in self.trucks]
        return linear, float(common.sum())

    @cached_property
    def _savings(self) -> dict[int, Floats]:
        """For each type, float64[o, o]."""
        return {
            kind: self.trips.types[kind].cost_per_distance * self._saved(self.trips.distance, kind)
            for kind in set(self.trucks)
        }

    @cached_property
    def _saved_time(self) -> dict[int, Floats]:
        return {kind: self._saved(self.trips.time, kind) for kind in set(self.trucks)}

    def _saved(self, way: Floats, kind: int) -> Floats:
        (first, last), depot = self._ends, self.trips.types[kind].depot
        saved: Floats = way[last, depot][:, None] + way[depot, first] - way[np.ix_(last, first)]
        saved[self._same] = 0.0
        return saved

    @cached_property
    def _in_turn(self) -> bool:
        """Whether a truck could gain by an empty stop before one that is taken."""
        if any(self.trips.types[kind].fixed_cost > 0 for kind in self.trucks):
            return True
        limited = [self._saved_time[kind] for kind in set(self.trucks) if self._limited(kind)]
        return not self.loose and any(
            saved.min(initial=0.0) < 0 for saved in [*self._savings.values(), *limited]
        )

    def _limit(self, kind: int) -> float:
        """The longest a trip may take, where no window makes it wait."""
        vehicle, trips = self.trips.types[kind], self.trips
        hours = float(trips.due[vehicle.depot] - trips.ready[vehicle.depot])
        return hours if vehicle.max_duration is None else min(vehicle.max_duration, hours)

    def _limited(self, kind: int) -> bool:
        return self.trips.timed and self._limit(kind) < np.inf

    @cached_property
    def _spans(self) -> Span:
        """Of every option, as arrays."""
        trips = self.trips
        spans = []
        for option in self.options:
            span = trips.stop(option[0])
            for a, b in pairwise(option):
                span = join_one(span, trips.stop(b), float(trips.time[a, b]))
            spans.append(span)
        return Span(*np.array(spans, dtype=np.float64).reshape(-1, 3).T)

    def _ordered(self, kind: int) -> bool:
        """Whether windows forbid a type anything that a row must say."""
        if not self.trips.windows:
            return False
        alone, never, not_next = self._order[kind]
        return bool(alone.any() or (self.stops > 1 and (never.any() or not_next.any())))

    @cached_property
    def _order(self) -> dict[int, tuple[Bits, Bits, Bits]]:
        """For each type: options it cannot serve [o], pairs never in that order, and other pairs not one after another."""
        return {kind: self._forbidden(kind) for kind in set(self.trucks)}

    def _forbidden(self, kind: int) -> tuple[Bits, Bits, Bits]:
        trips, (first, last), spans = self.trips, self._ends, self._spans
        vehicle = trips.types[kind]
        depot, limit = (
            vehicle.depot,
            np.inf if vehicle.max_duration is None else vehicle.max_duration * (1 + TOLERANCE),
        )
        way = np.empty((len(first) + 1, len(first) + 1))  # the depot last
        way[:-1, :-1], way[-1, :-1], way[:-1, -1] = (
            trips.time[np.ix_(last, first)],
            trips.time[depot, first],
            trips.time[last, depot],
        )
        direct = way[:-1, :-1].copy()
        for middle, length in enumerate(
            spans.length.tolist()
        ):  # ways by others may be faster where triangles are broken
            np.minimum(way, way[:, middle, None] + length + way[middle], out=way)
        opening = trips.leaving(depot)
        begun = join(opening, spans, way[-1, :-1])

        def impossible(trip: Span, home: Floats) -> Bits:
            whole = join(trip, opening, home)
            return np.asarray(~whole.possible | (whole.duration > limit))

        def pair(between: Floats) -> Bits:
            a, b = Span(*(x[:, None] for x in begun)), Span(*(x[None] for x in spans))
            return impossible(join(a, b, between), way[:-1, -1][None]) & ~self._same

        never = pair(way[:-1, :-1])
        return impossible(begun, way[:-1, -1]), never, pair(direct) & ~never

    def _add_windows(self, cqm: Any, k: int, cell: Ints) -> None:
        """order[truck k]: sum of impossible visits and of products of visits that no trip makes in that order == 0."""
        alone, never, not_next = self._order[self.trucks[k]]
        early, late = np.triu_indices(self.stops, 1)
        a, b = np.nonzero(never)
        row, col, _ = _neighbours(not_next.astype(np.float64), cell)
        row, col = (
            np.append(row, cell[a][:, early].ravel()),
            np.append(col, cell[b][:, late].ravel()),
        )
        single = cell[alone].ravel()
        used, place = np.unique(np.concatenate([row, col, single]), return_inverse=True)
        linear = np.zeros(len(used))
        linear[place[2 * len(row) :]] = 1.0
        pairs = (place[: len(row)], place[len(row) : 2 * len(row)], np.ones(len(row)))
        self._add_row(cqm, f"order[truck {k + 1}]", used, linear, pairs, "==", 0.0)

    def _add_duration(self, cqm: Any, k: int, cell: Ints) -> None:
        kind, (first, last) = self.trucks[k], self._ends
        depot = self.trips.types[kind].depot
        alone = self.trips.time[depot, first] + self._spans.length + self.trips.time[last, depot]
        row, col, saved = _neighbours(
            self._saved_time[kind], np.arange(cell.size).reshape(cell.shape)
        )
        limit = self._limit(kind)
        if self.loose:
            alone, row, col, saved = (
                np.floor(self._least_time(kind) * (GRAIN / limit)),
                row[:0],
                col[:0],
                saved[:0],
            )
            limit = GRAIN
        linear = np.repeat(alone, self.stops)
        self._add_row(
            cqm, f"duration[truck {k + 1}]", cell.ravel(), linear, (row, col, -saved), "<=", limit
        )

    def _least_time(self, kind: int) -> Floats:
        """float64[o]: what each option takes, with half of the fastest ways to it and from it; no trip takes less in all."""
        time, (first, last), depot = self.trips.time, self._ends, self.trips.types[kind].depot
        between = np.where(self._same, np.inf, time[np.ix_(last, first)])
        into = np.minimum(between.min(axis=0, initial=np.inf), time[depot, first])
        out = np.minimum(between.min(axis=1, initial=np.inf), time[last, depot])
        least: Floats = (into + out) / 2 + self._spans.length
        return least

    def _add_row(
        self,
        cqm: Any,
        label: str,
        used: Ints,
        linear: Floats,
        pairs: tuple[Ints, Ints, Floats],
        sense: str,
        rhs: float,
    ) -> None:
        import dimod

        names = [self._labels[v] for v in used.tolist()]
        terms = dimod.BinaryQuadraticModel.from_numpy_vectors(
            linear, pairs, 0.0, "BINARY", variable_order=names
        )
        cqm.add_constraint_from_model(terms, sense, rhs=rhs, label=label)


def _neighbours(weight: Floats, cell: Ints) -> tuple[Ints, Ints, Floats]:
    """Visits of one truck, `cell` int64[o, stops], one right after another, with the weight [o, o] of their options, not 0."""
    a, b = np.nonzero(weight)
    row, col = cell[a, :-1], cell[b, 1:]
    return row.ravel(), col.ravel(), np.repeat(weight[a, b], cell.shape[1] - 1)


def _along(way: Floats, piece: Piece) -> list[float]:
    return [float(way[a, b]) for a, b in pairwise(piece)]


def _name(piece: Piece) -> str:
    return ">".join(map(str, piece))


def _label(option: Piece, truck: int, stop: int) -> str:
    return f"visit[{_name(option)},truck {truck + 1},{stop + 1}]"
