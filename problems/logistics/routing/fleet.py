"""Types of vehicles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

from qopt import QoptError
from qopt.kit.checks import listed, require_count, require_positive


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

    def within(self, max_duration: float | None) -> VehicleType:
        """With a longest duration, where it has none of its own."""
        return self if self.max_duration is not None else replace(self, max_duration=max_duration)

    def _require(self, what: str, holds: bool, wanted: str) -> None:
        if not holds:
            of = f" of vehicle type {self.name!r}" if self.name else ""
            raise QoptError(f"{what}={getattr(self, what)!r}{of}: give {wanted}", (what,))


@dataclass(frozen=True)
class Fleet:
    """All vehicles there are: types of them, or trucks that are alike.

    `count` is None for no limit, and so is `max_duration`, which is that of types without their
    own.
    """

    types: tuple[VehicleType, ...]
    capacity: float
    count: int | None
    max_duration: float | None = None

    @classmethod
    def of(cls, given: Any, capacity: Any, count: Any, max_duration: Any, depots: int) -> Fleet:
        """What a planner gives: types, or the capacity and the number of trucks.

        Raises QoptError for both, for types that have no names of their own or stand nowhere.
        """
        types = () if given is None else listed("fleet", given)
        if types:
            _require_types(types, depots)
            largest = max(vehicle.capacity for vehicle in types)
            total = sum(vehicle.count for vehicle in types)
            if capacity not in (0, largest) or count not in (None, 0, total):
                place = ("vehicles",) if count is not None else ("capacity",)
                raise QoptError("give a fleet, or capacity and vehicles, not both", place)
            capacity, count = largest, total
        elif depots > 1:
            wanted = "give a fleet that says which vehicles stand where"
            raise QoptError(f"depots={depots}: {wanted}", ("depots",))
        require_positive("capacity", capacity, wanted="a number above 0")
        require_count("vehicles", count, optional=True)
        longest = "a number above 0, or None for no limit"
        require_positive("max_duration", max_duration, wanted=longest, optional=True)
        return cls(types, capacity, count, max_duration)

    def trucks(self, most: int) -> tuple[VehicleType, ...]:
        """The types of vehicles; of trucks without a limit so many."""
        types = self.types or (VehicleType(self.capacity, self.count or most),)
        return tuple(vehicle.within(self.max_duration) for vehicle in types)


def _require_types(types: Sequence[Any], depots: int) -> None:
    for k, vehicle in enumerate(types):
        place = ("fleet", k)
        if not isinstance(vehicle, VehicleType):
            wanted = "give VehicleType(...) for each type"
            raise QoptError(f"the fleet holds {vehicle!r:.60}; {wanted}", place)
        others = [other.name for other in types[:k]]
        if vehicle.name in others or (len(types) > 1 and not vehicle.name):
            wanted = "give each type a name of its own"
            raise QoptError(f"name {vehicle.name!r} of a vehicle type: {wanted}", place)
        if vehicle.depot >= depots:
            stands = f"depot={vehicle.depot} of vehicle type {vehicle.name!r}"
            raise QoptError(f"{stands}: depots are 0..{depots - 1}", place)


def _number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(float(value))
