"""Types of vehicles."""

from __future__ import annotations

import math
from dataclasses import dataclass
from numbers import Integral, Real

from qopt import QoptError


@dataclass(frozen=True)
class VehicleType:
    """Vehicles that are alike.

    Parameters
    ----------
    capacity
        What one holds, above 0, in the units of demand.
    count
        How many there are, at least 1.
    name
        What plans call it; each type of a fleet has a name of its own.
    fixed_cost
        Of each that leaves its depot, at least 0.
    cost_per_distance
        At least 0.
    depot
        The node where each of its trips begins and ends.
    max_duration
        From leaving to coming back, in the units of time; None for no limit.

    Raises
    ------
    QoptError
        For values outside these ranges.
    """

    capacity: float
    count: int
    name: str = ""
    fixed_cost: float = 0.0
    cost_per_distance: float = 1.0
    depot: int = 0
    max_duration: float | None = None

    def __post_init__(self) -> None:
        if not (isinstance(self.capacity, Real) and 0 < self.capacity < math.inf):
            raise QoptError(f"capacity={self.capacity!r}{self._of}: give a number above 0")
        if not (isinstance(self.count, Integral) and self.count >= 1):
            raise QoptError(f"count={self.count!r}{self._of}: give a whole number, 1 or more")
        if not isinstance(self.name, str):
            raise QoptError(f"name={self.name!r} of a vehicle type: give a text")
        for what in ("fixed_cost", "cost_per_distance"):
            value = getattr(self, what)
            if not (isinstance(value, Real) and 0 <= value < math.inf):
                raise QoptError(f"{what}={value!r}{self._of}: give a number, 0 or more")
        if not (isinstance(self.depot, Integral) and self.depot >= 0):
            raise QoptError(f"depot={self.depot!r}{self._of}: give the number of a depot, from 0")
        limit = self.max_duration
        if limit is not None and not (isinstance(limit, Real) and 0 < limit < math.inf):
            raise QoptError(
                f"max_duration={limit!r}{self._of}: give a number above 0, or None for no limit"
            )

    @property
    def _of(self) -> str:
        return f" of vehicle type {self.name!r}" if self.name else ""
