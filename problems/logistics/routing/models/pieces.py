"""The pieces that trips are put together from: customers in a row that stay as they are.

A way is a piece driven forwards or, where that is allowed, backwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from ..spans import Floats, Span, join_one
from ..trips import Trips

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Piece = tuple[int, ...]


def ways_of(pieces: Sequence[Piece], both_ways: bool) -> list[Piece]:
    """Each piece, followed by itself backwards where that is allowed and different."""
    return [
        way
        for piece in pieces
        for way in ((piece, piece[::-1]) if both_ways and len(piece) > 1 else (piece,))
    ]


@dataclass(frozen=True, eq=False)
class Pieces:
    """All ways that pieces may be driven, and what they are as arrays; w is the number of ways."""

    trips: Trips
    pieces: tuple[Piece, ...]
    both_ways: bool

    @cached_property
    def ways(self) -> list[Piece]:
        return ways_of(self.pieces, self.both_ways)

    @cached_property
    def piece_of(self) -> Ints:
        """int64[w]: the piece of each way."""
        count = [1 + (self.both_ways and len(piece) > 1) for piece in self.pieces]
        return np.repeat(np.arange(len(self.pieces)), count)

    @cached_property
    def bounds(self) -> Ints:
        """int64[pieces + 1]: the first way of each piece, and behind them all."""
        return np.searchsorted(self.piece_of, np.arange(len(self.pieces) + 1))

    @cached_property
    def same(self) -> Bits:
        """[w, w]: two ways of one piece."""
        return np.asarray(self.piece_of[:, None] == self.piece_of)

    @cached_property
    def ends(self) -> tuple[Ints, Ints]:
        """int64[w]: the first and the last customer of each way."""
        ends = np.array([(way[0], way[-1]) for way in self.ways], dtype=np.int64).reshape(-1, 2)
        return ends[:, 0], ends[:, 1]

    @cached_property
    def loads(self) -> Floats:
        return np.array([sum(self.trips.demand[list(way)].tolist()) for way in self.ways])

    @cached_property
    def optional(self) -> Bits:
        """[pieces]: may be left out."""
        prize = self.trips.prize
        alone = [len(piece) == 1 and prize[piece[0]] < np.inf for piece in self.pieces]
        return np.array(alone, dtype=np.bool_)

    @cached_property
    def prizes(self) -> Floats:
        """float64[pieces]: what is lost where a piece is left out, 0 where it must not be."""
        first = [piece[0] for piece in self.pieces]
        return np.where(self.optional, self.trips.prize[first], 0.0)

    @cached_property
    def inside(self) -> Floats:
        """float64[w]: the distance from the first customer to the last."""
        return np.array([sum(_along(self.trips.distance, way)) for way in self.ways])

    @cached_property
    def spans(self) -> Span:
        """Of every way, as arrays: when it can be driven."""
        trips = self.trips
        spans = []
        for way in self.ways:
            span = trips.span(way[0])
            for a, b in pairwise(way):
                span = join_one(span, trips.span(b), float(trips.time[a, b]))
            spans.append(span)
        return Span(*np.array(spans, dtype=np.float64).reshape(-1, 3).T)

    def alone(self, kind: int) -> Floats:
        """float64[w]: what the distance of a trip with this way alone costs."""
        (first, last), vehicle = self.ends, self.trips.types[kind]
        distance, depot = self.trips.distance, vehicle.depot
        way = distance[depot, first] + self.inside + distance[last, depot]
        return np.asarray(vehicle.cost_per_distance * way)

    def saved(self, table: Floats, kind: int) -> Floats:
        """float64[w, w]: what going straight from one way to another spares.

        `table` is that of the distances or of the times.
        """
        (first, last), depot = self.ends, self.trips.types[kind].depot
        saved: Floats = (
            table[last, depot][:, None] + table[depot, first] - table[np.ix_(last, first)]
        )
        saved[self.same] = 0.0
        return saved

    def least_time(self, kind: int) -> Floats:
        """float64[w]: what each takes, with half of the fastest ways to it and from it.

        No trip takes less than its pieces do by this in all.
        """
        time, (first, last), depot = self.trips.time, self.ends, self.trips.types[kind].depot
        between = np.where(self.same, np.inf, time[np.ix_(last, first)])
        into = np.minimum(between.min(axis=0, initial=np.inf), time[depot, first])
        out = np.minimum(between.min(axis=1, initial=np.inf), time[last, depot])
        least: Floats = (into + out) / 2 + self.spans.length
        return least


def _along(table: Floats, way: Piece) -> list[float]:
    return [float(table[a, b]) for a, b in pairwise(way)]
