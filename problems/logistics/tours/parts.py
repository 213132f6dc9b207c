"""Which legs of a tour to cut: what is left of it is chains, to be joined anew.

Leg k leads to place k of the tour. Each kind gives legs, the most wanted first, and as many of them
are cut as a model has room for. Near a random city, "segments" cuts legs at random, the sooner the
longer they are beyond the nearest city of either end; "region" both legs of the nearest cities, so
that these are free by themselves; "merge" the legs that another tour seen does without. "window"
cuts legs in a row, anywhere.

Source: Shaw (1998) for what is near; Cook and Seymour (2003) for merging tours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

AROUND = 2  # cities whose legs "segments" draws from, for every leg it may cut
EVEN = 0.1  # of the mean excess, added to that of every leg: even the shortest are cut now and then


@dataclass(frozen=True, eq=False)
class Present:
    """A tour int64[n] of cities at distances float64[n, n], the others seen, and chance."""

    tour: Ints
    distance: Floats
    others: Sequence[Ints]
    random: np.random.Generator
    both_ways: bool  # distances are symmetric

    def near(self, count: int) -> Ints:
        """A random city and those nearest to it, there and back, nearest first.

        All of them where there are no more.
        """
        city = int(self.random.integers(len(self.tour)))
        trip = self.distance[city] + self.distance[:, city]
        trip[city] = -1.0
        if count < len(trip):
            nearest = np.argpartition(trip, count)[:count]
            return np.asarray(nearest[np.argsort(trip[nearest], kind="stable")])
        return np.argsort(trip, kind="stable")

    def legs_at(self, cities: Ints) -> Ints:
        """The two legs of each city in turn."""
        place = np.empty_like(self.tour)
        place[self.tour] = np.arange(len(self.tour))
        return np.asarray((place[cities][:, None] + [0, 1]).ravel() % len(self.tour))


def segments(present: Present, most: int) -> Ints:
    legs = np.unique(present.legs_at(present.near(AROUND * most)))
    a, b = present.tour[legs - 1], present.tour[legs]
    # a city is nearest to itself, so it is the second that counts
    nearest = (
        np.partition(present.distance[a], 1, axis=1)[:, 1]
        + np.partition(present.distance[:, b], 1, axis=0)[1]
    )
    excess = 2 * present.distance[a, b] - nearest
    weight = excess / excess.mean() + EVEN if excess.any() else np.ones(len(legs))
    return np.asarray(legs[np.argsort(present.random.exponential(size=len(legs)) / weight)])


def region(present: Present, most: int) -> Ints:
    return present.legs_at(present.near(most))


def window(present: Present, most: int) -> Ints:
    return (int(present.random.integers(len(present.tour))) + np.arange(most)) % len(present.tour)


def merge(present: Present, most: int) -> Ints:
    tour, n = present.tour, len(present.tour)
    if not present.others:
        return np.empty(0, dtype=np.int64)
    other = present.others[int(present.random.integers(len(present.others)))]
    after, before = np.empty_like(tour), np.empty_like(tour)
    after[other], before[other] = np.roll(other, -1), np.roll(other, 1)
    missed = after[np.roll(tour, 1)] != tour
    if present.both_ways:
        missed &= before[np.roll(tour, 1)] != tour
    legs = present.legs_at(present.near(n))
    return np.asarray(legs[missed[legs]])


KINDS: dict[str, Callable[[Present, int], Ints]] = {
    "segments": segments,
    "region": region,
    "window": window,
    "merge": merge,
}


def chains(present: Present, kind: str, size: int) -> list[Ints]:
    """The longest chain and then those that follow it.

    As many legs are cut as a model of at most `size` variables has room for.

    None of them where that leaves fewer than two to be joined to the longest.
    """
    n, most = len(present.tour), isqrt(size) + 1
    legs = KINDS[kind](present, most)
    legs = legs[np.sort(np.unique(legs, return_index=True)[1])]  # each once, at its first place
    for count in range(min(len(legs), most), 2, -1):
        cut = np.sort(legs[:count])
        lengths = np.diff(cut, append=cut[0] + n)
        longest = int(np.argmax(lengths))
        options = count - 1 + present.both_ways * int((np.delete(lengths, longest) > 1).sum())
        if options * (count - 1) <= size:
            begins = np.roll(cut, -longest)
            return np.split(
                np.roll(present.tour, -begins[0]), np.cumsum(np.roll(lengths, -longest))[:-1]
            )
    return []
