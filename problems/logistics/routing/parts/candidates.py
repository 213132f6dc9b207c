"""Who may go into which gap of trips: the variables of insertions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..models.pieces import Ints
from ..spans import Floats
from .gaps import Gaps


@dataclass(frozen=True, eq=False)
class Candidates:
    """Free customers, the gaps each may go to, and the places there.

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
        Variables at most.
    """

    gaps: Gaps
    free: tuple[int, ...]
    home: tuple[tuple[int, int] | None, ...]
    places: tuple[tuple[int, ...], ...]
    limit: int

    @cached_property
    def loose(self) -> frozenset[int]:
        return frozenset(self.free)

    @cached_property
    def most(self) -> Ints:
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
            chosen = np.sort(order[np.cumsum(self.most[order]) <= share])
            customers.append(np.full(len(chosen), c))
            gaps.append(chosen)
        return np.concatenate(customers), np.concatenate(gaps)

    def _insertion_costs(self) -> Floats:
        """float64[free, gaps]: what each alone adds there, infinite where it cannot go."""
        trips, gaps, free = self.gaps.trips, self.gaps, np.array(self.free)[:, None]
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
        places = self.most[gaps]
        place = np.arange(places.sum()) - np.repeat(np.cumsum(places) - places, places)
        return np.repeat(customers, places), np.repeat(gaps, places), place

    @property
    def customer(self) -> Ints:
        return self._variables[0]

    @property
    def gap(self) -> Ints:
        return self._variables[1]

    @property
    def place(self) -> Ints:
        return self._variables[2]

    @cached_property
    def node(self) -> Ints:
        return np.array(self.free)[self.customer]

    @cached_property
    def labels(self) -> list[str]:
        trip, at = self.gaps.trip[self.gap].tolist(), self.gaps.at[self.gap].tolist()
        visits = zip(self.node.tolist(), trip, at, self.place.tolist(), strict=True)
        return [self.label(*visit) for visit in visits]

    def label(self, customer: int, trip: int, at: int, place: int) -> str:
        return f"visit[{customer},truck {trip + 1},{at + 1},{place + 1}]"

    def name(self, gap: int) -> str:
        return f"truck {self.gaps.trip[gap] + 1},{self.gaps.at[gap] + 1}"

    @cached_property
    def by_gap(self) -> list[Ints]:
        """The variables of each gap that has any."""
        order = np.argsort(self.gap, kind="stable")
        parts = np.split(order, np.flatnonzero(np.diff(self.gap[order])) + 1)
        return parts if len(order) else []  # nobody may go anywhere

    def put(self, customers: Sequence[int]) -> Iterator[tuple[int, int, int]]:
        """The free customers of a trip, each with its position and its place in the gap."""
        at = place = 0
        for customer in customers:
            if customer in self.loose:
                yield customer, at, place
                place += 1
            else:
                at, place = at + 1, 0
