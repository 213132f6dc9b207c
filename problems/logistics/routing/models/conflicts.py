"""Which pieces the windows of a trip do not allow together, by looking at one or two of them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..spans import Floats, Span, join
from .pieces import Bits, Pieces


class Conflicts(NamedTuple):
    """What one type of vehicle cannot do: serve a way at all, or one way before another.

    `alone` [w] are ways no trip can have. `never` [w, w] are two that no trip has in this order.
    `not_next` [w, w] are others that cannot follow one another without a third between them.
    """

    alone: Bits
    never: Bits
    not_next: Bits

    def any(self, stops: int) -> bool:
        """Whether there are some, of trips with so many stops."""
        pairs = stops > 1 and (self.never.any() or self.not_next.any())
        return bool(self.alone.any() or pairs)


def conflicts(pieces: Pieces, kind: int) -> Conflicts:
    """Those of one type of vehicle."""
    trips, spans = pieces.trips, pieces.spans
    depot, longest = trips.types[kind].depot, trips.longest(kind)
    direct, fastest = _between(pieces, kind)
    opening = trips.leaving(depot)
    begun = join(opening, spans, fastest[-1, :-1])

    def impossible(trip: Span, home: Floats) -> Bits:
        whole = join(trip, opening, home)
        return np.asarray(~whole.possible | (whole.duration > longest))

    def pair(between: Floats) -> Bits:
        first, second = Span(*(x[:, None] for x in begun)), Span(*(x[None] for x in spans))
        return impossible(join(first, second, between), fastest[:-1, -1][None]) & ~pieces.same

    never = pair(fastest[:-1, :-1])
    alone = impossible(begun, fastest[:-1, -1])
    return Conflicts(alone, never, pair(direct) & ~never)


def _between(pieces: Pieces, kind: int) -> tuple[Floats, Floats]:
    """Times from the end of a way to the begin of another, straight [w, w] and by others.

    The fastest times [w + 1, w + 1] have the depot last. A detour may be faster than the straight
    way: nothing says that triangles hold.
    """
    (first, last), time = pieces.ends, pieces.trips.time
    depot = pieces.trips.types[kind].depot
    fastest = np.empty((len(first) + 1, len(first) + 1))
    fastest[:-1, :-1] = direct = time[np.ix_(last, first)]
    fastest[-1, :-1] = time[depot, first]
    fastest[:-1, -1] = time[last, depot]
    for middle, length in enumerate(pieces.spans.length.tolist()):
        by_middle = fastest[:, middle, None] + length + fastest[middle]
        np.minimum(fastest, by_middle, out=fastest)
    return direct, fastest
