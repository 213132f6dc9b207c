"""The variables of slots, a way of a piece at a stop of a truck, and rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from qopt import QoptError

from ..spans import Floats
from .pieces import Ints, Piece, Pieces
from .rows import Pairs, Rows


@dataclass(frozen=True, eq=False)
class Visits:
    """All ways of `pieces` at all stops of all trucks, `most_stops` each."""

    pieces: Pieces
    trucks: int
    most_stops: int

    @cached_property
    def number(self) -> Ints:
        """int64[ways, trucks, stops]: the number of each variable."""
        shape = len(self.pieces.ways), self.trucks, self.most_stops
        return np.arange(len(self.pieces.ways) * self.trucks * self.most_stops).reshape(shape)

    def of(self, truck: int) -> Ints:
        """int64[ways, stops]"""
        return self.number[:, truck]

    @cached_property
    def labels(self) -> list[str]:
        places = [(k, p) for k in range(self.trucks) for p in range(self.most_stops)]
        return [label(way, k, p) for way in self.pieces.ways for k, p in places]

    def cut(self, customers: Sequence[int]) -> Iterator[Piece]:
        """The pieces of a route, one after another. Raises QoptError where none begins."""
        rest = tuple(customers)
        while rest:
            begun = self._beginning.get(rest[0], ())
            way = next((way for way in begun if way == rest[: len(way)]), None)
            if way is None:
                raise QoptError(f"customer {rest[0]} begins no piece of this model")
            yield way
            rest = rest[len(way) :]

    @cached_property
    def _beginning(self) -> dict[int, list[Piece]]:
        """The ways that begin with a customer."""
        ways_from: dict[int, list[Piece]] = {}
        for way in self.pieces.ways:
            ways_from.setdefault(way[0], []).append(way)
        return ways_from

    @cached_property
    def rows(self) -> Rows:
        return Rows(self.labels)


def following(weight: Floats, visits: Ints) -> Pairs:
    """Visits of one truck [ways, stops], one right after another, where ways have a weight."""
    a, b = np.nonzero(weight)
    first, second = visits[a, :-1], visits[b, 1:]
    return Pairs(first.ravel(), second.ravel(), np.repeat(weight[a, b], visits.shape[1] - 1))


def name(piece: Piece) -> str:
    return ">".join(map(str, piece))


def label(way: Piece, truck: int, stop: int) -> str:
    return f"visit[{name(way)},truck {truck + 1},{stop + 1}]"
