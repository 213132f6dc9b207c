"""When a piece of a trip can be driven: pieces join without looking at their stops again.

A piece begun at time s, at the latest at L, ends at max(s + D, E): D is the driving and service in
it, E the earliest end. Pieces a and b, t apart, join to D_a + t + D_b, E = max(E_a + t + D_b, E_b),
L = min(L_a, L_b - D_a - t), and cannot be joined where E_a + t > L_b. A trip takes max(D, E - L)
where it leaves as late as is good.

All fields are numbers or arrays that broadcast; a piece that cannot be driven has L = -inf, and so
has what it is joined to.

Source: concatenation of segments after Savelsbergh (1992) and Vidal, Crainic, Gendreau and Prins
(2013).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
TOLERANCE = 1e-9  # of times: sums of numbers that are not whole are off by rounding


class Span(NamedTuple):
    """D, E and L of one piece, or of an array of them."""

    length: Any
    end: Any
    start: Any

    @property
    def possible(self) -> Any:
        return self.start > -np.inf

    @property
    def duration(self) -> Any:
        """From leaving to coming back."""
        return np.maximum(self.length, self.end - self.start)

    def at(self, place: Any) -> Span:
        return Span(self.length[place], self.end[place], self.start[place])


def join(a: Span, b: Span, between: Any) -> Span:
    """a, then the way `between`, then b."""
    arrival = a.end + between
    late = arrival > b.start + TOLERANCE * np.maximum(1.0, np.abs(arrival))
    start = np.where(late, -np.inf, np.minimum(a.start, b.start - a.length - between))
    return Span(a.length + between + b.length, np.maximum(arrival + b.length, b.end), start)


def join_one(a: Span, b: Span, between: float) -> Span:
    """`join` of single pieces, without arrays."""
    arrival = a.end + between
    late = arrival > b.start + TOLERANCE * max(1.0, abs(arrival))
    start = -np.inf if late else min(a.start, b.start - a.length - between)
    return Span(a.length + between + b.length, max(arrival + b.length, b.end), start)
