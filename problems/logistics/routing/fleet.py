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
        self._require("capacity", _number(self.capacity) and self.capacity > 0, "a number above 0")
        whole = isinstance(self.count, Integral) and not isinstance(self.count, bool)
        self._require("count", whole and self.count >= 1, "a whole number, 1 or more")
        if not isinstance(self.name, str):
            raise QoptError(f"name={self.name!r} of a vehicle type: give a text", ("name",))
        for what in ("fixed_cost", "cost_per_distance"):
            value = getattr(self, what)
            self._require(what, _number(value) and value >= 0, "a number, 0 or more")
        depot = isinstance(self.depot, Integral) and self.depot >= 0
        self._require("depot", depot, "the number of a depot, from 0")
        limit = self.max_duration
        self._require(
            "max_duration",
            limit is None or (_number(limit) and limit > 0),
            "a number above 0, or None for no limit",
        )

    def _require(self, what: str, holds: bool, wanted: str) -> None:
        if not holds:
            of = f" of vehicle type {self.name!r}" if self.name else ""
            raise QoptError(f"{what}={getattr(self, what)!r}{of}: give {wanted}", (what,))


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(float(value))
