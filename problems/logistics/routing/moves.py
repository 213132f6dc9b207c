"""Local search on routes: small moves that bring near customers together, until none helps.

A customer goes before or behind a near one, changes places with that one's neighbour, or has the
rest of its trip change with the rest of the near one's; on one trip the way between them is turned
round, where distances are the same there and back and nothing is timed. Who was left out may come
in, and an idle vehicle may take one customer.

Source: moves as in Savelsbergh (1992), near ones only after Toth and Vigo (2003).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .spans import Span, join
from .trips import Floats, Trips

Ints = npt.NDArray[np.int64]
Bits = npt.NDArray[np.bool_]
Trip = tuple[list[int], int]  # customers in turn, and the type of vehicle
Change = list[tuple[int, list[int]]]  # new customers of trips

NEAR = 20  # customers a customer may come next to
PASSES = 50  # at most, over all moves
TAKEN = 40  # best moves looked at in a pass
SMALL = 1e-7  # gains below this are rounding


def improved(
    trips: Trips, routes: Iterable[tuple[Sequence[int], int]], nearest: Ints
) -> list[Trip] | None:
    """Better routes for the same fleet, the same each time; None where no move helps.

    `nearest` is int64[customers, NEAR].
    """
    now = [(list(customers), kind) for customers, kind in routes]
    better = False
    for _ in range(PASSES):
        if not _pass(trips, now, nearest):
            break
        now = [(customers, kind) for customers, kind in now if customers]
        better = True
    return now if better else None


def nearest_customers(trips: Trips) -> Ints:
    """int64[customers, up to NEAR]: the others each is best driven to or from, nearest first."""
    own = slice(trips.depots, None)
    way = np.minimum(trips.distance[own, own], trips.distance[own, own].T)
    np.fill_diagonal(way, np.inf)
    return np.argsort(way, axis=1, kind="stable")[:, : min(NEAR, len(way) - 1)] + trips.depots


def _pass(trips: Trips, routes: list[Trip], nearest: Ints) -> bool:
    """Make the best moves, each on trips of its own; False where none helps."""
    used = [kind for _, kind in routes]
    for kind, vehicle in enumerate(trips.types):
        if used.count(kind) < vehicle.count:
            routes.append(([], kind))
    present = _Present.of(trips, list(routes))
    moves = [
        *present.relocations(nearest),
        *present.swaps(nearest),
        *present.tails(nearest),
        *present.turns(nearest),
    ]
    gains = [np.asarray(gain).ravel() for gain, _ in moves]
    gain = np.concatenate(gains)
    order = np.argsort(-gain, kind="stable")[:TAKEN]
    starts = np.cumsum([0, *(len(part) for part in gains)])
    touched: set[int] = set()
    moved = False
    for at in order.tolist():
        if gain[at] <= SMALL:
            break
        of = int(np.searchsorted(starts, at, side="right")) - 1
        change = moves[of][1](at - int(starts[of]))
        if any(trip in touched for trip, _ in change):
            continue
        if all(trips.fits(customers, routes[trip][1]) for trip, customers in change if customers):
            touched.update(trip for trip, _ in change)
            for trip, customers in change:
                routes[trip] = customers, routes[trip][1]
            moved = True
    return moved


Move = tuple[Floats, Callable[[int], Change]]


@dataclass(frozen=True, eq=False)
class _Present:
    """Routes as arrays over the customers, by their numbers.

    Depots stand at both ends of each trip.

    Of those served: the trip, the place on it, the customers before and after (or the depot), the
    load up to them.
    """

    trips: Trips
    routes: list[Trip]
    trip: Ints  # -1 for who is left out
    place: Ints
    before: Ints
    after: Ints
    carried: Floats
    load: Floats  # of each trip
    room: Floats
    rate: Floats
    way: Floats  # distances, 0 within a depot
    head: Span  # up to a customer
    tail: Span  # from a customer on
    limit: Floats

    @classmethod
    def of(cls, trips: Trips, routes: list[Trip]) -> _Present:
        n = len(trips.demand)
        trip, place, before, after = (np.full(n, -1) for _ in range(4))
        carried = np.zeros(n)
        heads, tails = np.zeros((n, 3)), np.zeros((n, 3))
        for number, (customers, kind) in enumerate(routes):
            if not customers:
                continue
            depot = trips.types[kind].depot
            own = np.array(customers)
            trip[own], place[own] = number, np.arange(len(own))
            before[own], after[own] = [depot, *customers[:-1]], [*customers[1:], depot]
            carried[own] = np.cumsum(trips.demand[own])
            if trips.timed:
                head, tail = trips.ends(customers, kind)
                heads[own], tails[own] = head[1:], tail[:-1]
        kinds = [trips.types[kind] for _, kind in routes]
        way = trips.distance.copy()
        depots = np.arange(trips.depots)
        way[depots, depots] = 0.0
        return cls(
            trips=trips,
            routes=routes,
            trip=trip,
            place=place,
            before=before,
            after=after,
            carried=carried,
            load=np.array([trips.demand[customers].sum() for customers, _ in routes]),
            room=np.array([trips.room(kind) for _, kind in routes]),
            rate=np.array([kind.cost_per_distance for kind in kinds]),
            way=way,
            head=Span(*heads.T),
            tail=Span(*tails.T),
            limit=np.array([trips.longest(kind) for _, kind in routes]),
        )

    @property
    def _depot(self) -> Ints:
        return np.array([self.trips.types[kind].depot for _, kind in self.routes])

    def _fixed(self, trip: Ints) -> Floats:
        return np.array([self.trips.types[kind].fixed_cost for _, kind in self.routes])[trip]

    def _pairs(self, nearest: Ints) -> tuple[Ints, Ints]:
        """Customers, and near ones that are served."""
        c = np.repeat(np.arange(self.trips.depots, len(self.trip)), nearest.shape[1])
        v = nearest.ravel()
        served = self.trip[v] >= 0
        return c[served], v[served]

    def _freed(self, c: Ints) -> Floats:
        """What a customer's absence spares: the way, and the vehicle that only it uses.

        Of a customer outside it is the prize.
        """
        k, before, after = self.trip[c], self.before[c], self.after[c]
        alone = (before < self.trips.depots) & (after < self.trips.depots)
        freed = (self.way[before, c] + self.way[c, after] - self.way[before, after]) * self.rate[
            k
        ] + alone * self._fixed(k)
        return np.where(k >= 0, freed, np.minimum(self.trips.prize[c], 1e15))

    def relocations(self, nearest: Ints) -> list[Move]:
        c, v = self._pairs(nearest)
        freed, moves = self._freed(c), []
        for behind in (True, False):
            a, b = (v, self.after[v]) if behind else (self.before[v], v)
            k = self.trip[v]
            gain = freed - (self.way[a, c] + self.way[c, b] - self.way[a, b]) * self.rate[k]
            same = self.trip[c] == k
            possible = ~same & (self.load[k] + self.trips.demand[c] <= self.room[k])
            if self.trips.timed:
                possible &= self._in_time(self._head(a), c, self._tail(b), a, b, k)
            possible |= same & (a != c) & (b != c)
            gain = np.where(possible, gain, -np.inf)
            moves.append((gain, self._relocated(c, v, behind)))
        idle = np.array(
            [number for number, (customers, _) in enumerate(self.routes) if not customers],
            dtype=np.int64,
        )
        own = np.arange(self.trips.depots, len(self.trip))
        c, k = np.repeat(own, len(idle)), np.tile(idle, len(own))
        depot = self._depot[k]
        gain = (
            self._freed(c)
            - (self.way[depot, c] + self.way[c, depot]) * self.rate[k]
            - self._fixed(k)
        )
        moves.append((gain, lambda at: [*self._without(int(c[at])), (int(k[at]), [int(c[at])])]))
        optional = np.array(
            [x for x in own if self.trips.prize[x] < np.inf and self.trip[x] >= 0], dtype=np.int64
        )
        gain = self._freed(optional) - self.trips.prize[optional]
        moves.append((gain, lambda at: self._without(int(optional[at]))))
        return moves

    def _without(self, customer: int) -> Change:
        k = int(self.trip[customer])
        return [] if k < 0 else [(k, [other for other in self.routes[k][0] if other != customer])]

    def _relocated(self, c: Ints, v: Ints, behind: bool) -> Callable[[int], Change]:
        def change(at: int) -> Change:
            customer, beside = int(c[at]), int(v[at])
            k = int(self.trip[beside])
            way = [other for other in self.routes[k][0] if other != customer]
            way.insert(way.index(beside) + behind, customer)
            removal = self._without(customer) if self.trip[customer] != k else []
            return [*removal, (k, way)]

        return change

    def swaps(self, nearest: Ints) -> list[Move]:
        """c comes next to v, whose neighbour w goes where c was."""
        c, v = self._pairs(nearest)
        keep = (self.trip[c] >= 0) & (self.trip[c] != self.trip[v])
        c, v = c[keep], v[keep]
        moves = []
        for behind in (True, False):
            w = self.after[v] if behind else self.before[v]
            keep = w >= self.trips.depots
            moves.append(self._exchanged(c[keep], w[keep]))
        return moves

    def _exchanged(self, c: Ints, w: Ints) -> Move:
        way, demand = self.way, self.trips.demand
        k, m = self.trip[c], self.trip[w]
        p, q, r, s = self.before[c], self.after[c], self.before[w], self.after[w]
        gain = (way[p, c] + way[c, q] - way[p, w] - way[w, q]) * self.rate[k]
        gain += (way[r, w] + way[w, s] - way[r, c] - way[c, s]) * self.rate[m]
        more = demand[w] - demand[c]
        possible = (self.load[k] + more <= self.room[k]) & (self.load[m] - more <= self.room[m])
        if self.trips.timed:
            possible &= self._in_time(self._head(p), w, self._tail(q), p, q, k)
            possible &= self._in_time(self._head(r), c, self._tail(s), r, s, m)

        def change(at: int) -> Change:
            one, other = int(c[at]), int(w[at])
            both = {one: other, other: one}
            return [
                (t, [both.get(x, x) for x in self.routes[t][0]]) for t in (int(k[at]), int(m[at]))
            ]

        return np.where(possible, gain, -np.inf), change

    def tails(self, nearest: Ints) -> list[Move]:
        """v and what follows it comes behind c, and what followed c behind the one before v.

        Vehicles of one type.
        """
        c, v = self._pairs(nearest)
        kinds = np.array([kind for _, kind in self.routes])
        keep = (
            (self.trip[c] >= 0)
            & (self.trip[c] != self.trip[v])
            & (kinds[self.trip[c]] == kinds[self.trip[v]])
        )
        c, v = c[keep], v[keep]
        k, m, x, u = self.trip[c], self.trip[v], self.after[c], self.before[v]
        gain = (self.way[c, x] + self.way[u, v] - self.way[c, v] - self.way[u, x]) * self.rate[k]
        gain += ((x < self.trips.depots) & (u < self.trips.depots)) * self._fixed(m)
        ahead = self.carried[v] - self.trips.demand[v]
        possible = self.carried[c] + self.load[m] - ahead <= self.room[k]
        possible &= ahead + self.load[k] - self.carried[c] <= self.room[m]
        if self.trips.timed:
            possible &= self._joined(self.head.at(c), self.tail.at(v), c, v, k)
            possible &= self._joined(self._head(u), self._tail(x), u, x, m)

        def change(at: int) -> Change:
            one, other = self.routes[k[at]][0], self.routes[m[at]][0]
            i, j = int(self.place[c[at]]) + 1, int(self.place[v[at]])
            return [(int(k[at]), one[:i] + other[j:]), (int(m[at]), other[:j] + one[i:])]

        return [(np.where(possible, gain, -np.inf), change)]

    def turns(self, nearest: Ints) -> list[Move]:
        """c and v become neighbours, by turning round the way between them and one of them."""
        if self.trips.timed or not self.trips.symmetric:
            return []
        c, v = self._pairs(nearest)
        keep = (self.trip[c] == self.trip[v]) & (self.place[c] < self.place[v])
        c, v = c[keep], v[keep]
        return [self._turned(c, v, True), self._turned(c, v, False)]

    def _turned(self, c: Ints, v: Ints, behind: bool) -> Move:
        """Turned is what follows c, up to v; or c and what follows, up to the one before v."""
        first, last = (self.after[c], v) if behind else (c, self.before[v])
        a, b = (c, self.after[v]) if behind else (self.before[c], v)
        way, k = self.way, self.trip[c]
        gain = (way[a, first] + way[last, b] - way[a, last] - way[first, b]) * self.rate[k]

        def change(at: int) -> Change:
            customers = self.routes[k[at]][0]
            i, j = int(self.place[first[at]]), int(self.place[last[at]]) + 1
            return [(int(k[at]), customers[:i] + customers[i:j][::-1] + customers[j:])]

        return gain, change

    def _head(self, node: Ints) -> Span:
        """The trip up to a customer, or the depot it begins at."""
        return self._or_depot(self.head, node)

    def _tail(self, node: Ints) -> Span:
        return self._or_depot(self.tail, node)

    def _or_depot(self, spans: Span, node: Ints) -> Span:
        trips, depot = self.trips, node < self.trips.depots
        opening = (np.zeros(len(node)), trips.ready[node], trips.due[node])
        return Span(
            *(np.where(depot, own, span) for own, span in zip(opening, spans.at(node), strict=True))
        )

    def _in_time(
        self, head: Span, customer: Ints, tail: Span, a: Ints, b: Ints, trip: Ints
    ) -> Bits:
        """Whether the trip may go from a by one customer to b."""
        begun = join(head, self.trips.spans.at(customer), self.trips.time[a, customer])
        return self._joined(begun, tail, customer, b, trip)

    def _joined(self, head: Span, tail: Span, a: Ints, b: Ints, trip: Ints) -> Bits:
        between = np.where(
            (a < self.trips.depots) & (b < self.trips.depots), 0.0, self.trips.time[a, b]
        )
        whole = join(head, tail, between)
        return np.asarray(whole.possible & (whole.duration <= self.limit[trip]))
