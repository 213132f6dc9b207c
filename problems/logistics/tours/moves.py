"""2-opt and Or-opt of a tour, symmetric or not, until no move helps.

The best moves that do not touch each other are made together.

Every move takes two neighbouring pieces of the tour, exchanges them, and turns round the one or the
other: 2-opt turns round one piece, Or-opt exchanges a piece of at most three cities with one of any
length. A move joins a city to one of its nearest.

Source: Croes (1958), Or (1976); nearest cities as candidates after Johnson and McGeoch (1997).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

NEAREST = 8  # a trial: 12 take half as long again and end 0.1 % lower
LONGEST = 3  # cities that Or-opt moves together


def nearest_cities(distance: Floats, count: int = NEAREST) -> Ints:
    """int64[n, count]: the nearest other cities of each, there and back.

    They are fewer where there are not as many.
    """
    n = len(distance)
    count = min(count, n - 1)
    nearest = np.empty((n, count), dtype=np.int64)
    for city in range(n):
        trip = distance[city] + distance[:, city]
        trip[city] = np.inf
        nearest[city] = (
            np.argpartition(trip, count - 1)[:count]
            if count < n - 1
            else np.delete(np.arange(n), city)
        )
    return nearest


def shortened(tour: Ints, distance: Floats, nearest: Ints) -> Ints:
    """`tour` int64[n], or a shorter one that no move shortens."""
    idle = 0
    # places do not wrap round, so what is left is looked for from half the tour on too
    while idle < 2 and len(tour) > 3:
        moves = _Moves.of(tour, distance, nearest)
        idle = 0 if len(moves.saved) else idle + 1
        tour = np.roll(moves.made(tour), len(tour) // 2)
    return tour


@dataclass(frozen=True, eq=False)
class _Moves:
    """Moves that save something, the best first.

    Places first..split - 1 and split..last change, each turned or not.
    """

    saved: Floats
    first: Ints
    split: Ints
    last: Ints
    turn: Ints  # 0 neither, 1 the left piece, 2 the right one

    @classmethod
    def of(cls, tour: Ints, distance: Floats, nearest: Ints) -> _Moves:
        ways = _Ways(tour, distance)
        parts = [*_reversals(ways, nearest), *_insertions(ways, nearest)]
        saved, first, split, last, turn = (
            np.concatenate([part[k].ravel() for part in parts]) for k in range(5)
        )
        scale = 1e-12 * max(1.0, float(ways.there[-1]))  # less is rounding
        order = np.flatnonzero(saved > scale)
        order = order[np.argsort(-saved[order], kind="stable")]
        return cls(saved[order], first[order], split[order], last[order], turn[order])

    def made(self, tour: Ints) -> Ints:
        tour, changed = tour.copy(), np.zeros(len(tour) + 1, dtype=bool)  # leg k leads to place k
        for first, split, last, turn in zip(
            *(a.tolist() for a in (self.first, self.split, self.last, self.turn)), strict=True
        ):
            legs = changed[first : last + 2]
            if not legs.any():
                legs[:] = True
                changed[[0, -1]] = changed[0] | changed[-1]
                left, right = tour[first:split], tour[split : last + 1]
                pieces = (right[::-1] if turn == 2 else right, left[::-1] if turn == 1 else left)
                tour[first : last + 1] = np.concatenate(pieces)
        return tour


class _Ways:
    """A tour with the lengths that its moves are made of."""

    def __init__(self, tour: Ints, distance: Floats) -> None:
        self.tour, self.distance, n = tour, distance, len(tour)
        self.place = np.empty(n, dtype=np.int64)
        self.place[tour] = np.arange(n)
        after = np.roll(tour, -1)
        self.there = np.r_[0.0, np.cumsum(distance[tour, after])]  # from place 0 to place k
        self.back = np.r_[0.0, np.cumsum(distance[after, tour])]

    def leg(self, a: Ints, b: Ints) -> Floats:
        """From place to place, both taken round."""
        n = len(self.tour)
        return np.asarray(self.distance[self.tour[a % n], self.tour[b % n]])

    def turned(self, first: Ints, last: Ints) -> Floats:
        """What it costs to pass places first..last backwards."""
        return np.asarray(
            self.back[last] - self.back[first] - (self.there[last] - self.there[first])
        )


Part = tuple[Floats, Ints, Ints, Ints, Ints]


def _reversals(ways: _Ways, nearest: Ints) -> list[Part]:
    """Two cities become neighbours.

    They are the beginnings of what follows them or the ends of what leads to them.
    """
    a, b = np.broadcast_arrays(ways.place[:, None], ways.place[nearest])
    parts = []
    for shift in (0, 1):
        before, last = np.minimum(a, b) - shift, np.maximum(a, b) - shift
        saved = ways.leg(before, before + 1) + ways.leg(last, last + 1) - ways.leg(before, last)
        saved = saved - ways.leg(before + 1, last + 1) - ways.turned(before + 1, last)
        parts.append((saved, before + 1, last + 1, last, np.ones_like(a)))
    return parts


def _insertions(ways: _Ways, nearest: Ints) -> list[Part]:
    """A piece that begins or ends with a city goes beside one of its nearest."""
    n = len(ways.tour)
    at, to = np.broadcast_arrays(ways.place[:, None], ways.place[nearest])
    parts = []
    for length in range(1, min(LONGEST, n - 2) + 1):
        for begins in (True, False):  # whether the city is the first of the piece
            first = at if begins else at - length + 1
            last = first + length - 1
            off = (
                ways.leg(first - 1, first)
                + ways.leg(last, last + 1)
                - ways.leg(first - 1, last + 1)
            )
            for after in (True, False):  # whether the piece goes behind the near city
                gap = to if after else to - 1  # between gap and gap + 1
                turn = begins != after
                new = ways.leg(gap, last if turn else first) + ways.leg(
                    first if turn else last, gap + 1
                )
                inside = (first >= 0) & (last < n) & (gap >= 0)
                ahead = gap > last
                possible = inside & (ahead | (gap < first - 1)) & ~((first == 0) & (gap == n - 1))
                saved = np.full(at.shape, -np.inf)
                spin = ways.turned(first[possible], last[possible]) if turn else 0.0
                saved[possible] = (off - new + ways.leg(gap, gap + 1))[possible] - spin
                parts.append(
                    (
                        saved,
                        np.where(ahead, first, gap + 1),
                        np.where(ahead, last + 1, first),
                        np.where(ahead, gap, last),
                        np.where(ahead, 1, 2) * int(turn),
                    )
                )
    return parts
