"""The gaps of trips, between two customers that stay or next to the depot."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ..models.pieces import Bits, Ints
from ..spans import Floats, Span, join
from ..trips import Trips

Staying = tuple[tuple[int, ...], int]  # the customers that stay on a trip, and its type of vehicle


@dataclass(frozen=True, eq=False)
class Gaps:
    """All gaps of some trips, as arrays over them; a trip on which nobody stays is one gap.

    Parameters
    ----------
    trips
        The places and the fleet.
    staying
        The customers that stay on each trip, and its type of vehicle.
    """

    trips: Trips
    staying: tuple[Staying, ...]

    @cached_property
    def _table(self) -> Ints:
        """int64[gaps, 4]: trip, position on it, the node before and the node after."""
        rows = []
        for trip, (stay, kind) in enumerate(self.staying):
            depot = self.trips.types[kind].depot
            around = pairwise([depot, *stay, depot])
            rows += [(trip, at, before, after) for at, (before, after) in enumerate(around)]
        return np.array(rows, dtype=np.int64)

    @property
    def trip(self) -> Ints:
        return self._table[:, 0]

    @property
    def at(self) -> Ints:
        return self._table[:, 1]

    @property
    def before(self) -> Ints:
        return self._table[:, 2]

    @property
    def after(self) -> Ints:
        return self._table[:, 3]

    @cached_property
    def number(self) -> dict[tuple[int, int], int]:
        """The number of each gap by trip and position."""
        return {(trip, at): g for g, (trip, at, _, _) in enumerate(self._table.tolist())}

    @cached_property
    def kinds(self) -> Ints:
        """The type of each trip."""
        return np.array([kind for _, kind in self.staying], dtype=np.int64)

    # ---- what a customer put there costs

    @cached_property
    def rate(self) -> Floats:
        """What a unit of distance costs."""
        rates = np.array([vehicle.cost_per_distance for vehicle in self.trips.types])
        return np.asarray(rates[self.kinds[self.trip]])

    @cached_property
    def straight(self) -> Floats:
        """The way through it with nobody there; none on a trip on which nobody stays."""
        used = np.array([bool(stay) for stay, _ in self.staying])
        return np.where(used[self.trip], self.trips.distance[self.before, self.after], 0.0)

    @cached_property
    def fixed(self) -> Floats:
        """What the first customer costs besides, on a trip on which nobody stays."""
        types = self.trips.types
        fixed = [0.0 if stay else types[kind].fixed_cost for stay, kind in self.staying]
        return np.asarray(np.array(fixed)[self.trip])

    def added(self, customer: Ints, gap: Ints | slice) -> Floats:
        """What a customer alone adds to the cost of the way."""
        way = self.trips.distance
        into, out = way[self.before[gap], customer], way[customer, self.after[gap]]
        return np.asarray((into + out - self.straight[gap]) * self.rate[gap])

    # ---- room and time

    @cached_property
    def room(self) -> Floats:
        """[trips]: what is left of each trip's capacity."""
        load = [self.trips.demand[list(stay)].sum() for stay, _ in self.staying]
        capacity = [self.trips.types[kind].capacity for kind in self.kinds.tolist()]
        return np.array(capacity) - np.array(load, dtype=np.float64)

    @cached_property
    def rounding(self) -> Floats:
        """[trips]: what loads may be above the capacity."""
        types = enumerate(self.trips.types)
        rounding = np.array([self.trips.room(kind) - vehicle.capacity for kind, vehicle in types])
        return np.asarray(rounding[self.kinds])

    @cached_property
    def _ends(self) -> tuple[Span, Span]:
        """The trip from the depot to before each gap, and from after it to the depot."""
        heads, tails = [], []
        for stay, kind in self.staying:
            head, tail = self.trips.ends(stay, kind)
            heads += head
            tails += tail
        return Span(*np.array(heads).T), Span(*np.array(tails).T)

    @cached_property
    def _longest(self) -> Floats:
        longest = np.array([self.trips.longest(kind) for kind in range(len(self.trips.types))])
        return np.asarray(longest[self.kinds[self.trip]])

    def begun(self, customer: Ints, gap: Ints) -> Span:
        """The trip from the depot up to this customer in this gap."""
        way = self.trips.time[self.before[gap], customer]
        return join(self._ends[0].at(gap), self.trips.spans.at(customer), way)

    def ends_in_time(self, begun: Span, gap: Ints, last: Ints) -> Bits:
        """Whether a trip can go on from customer `last` in this gap and end in time."""
        whole = join(begun, self._ends[1].at(gap), self.trips.time[last, self.after[gap]])
        return np.asarray(whole.possible & (whole.duration <= self._longest[gap]))
