"""A plan that puts each facility in a place of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Layout:
    """(facility, location) by name, in the order of the instance's facilities."""

    places: tuple[tuple[str, str], ...]

    def to_dict(self) -> dict[str, Any]:
        return {"places": [list(place) for place in self.places]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Layout:
        return cls(tuple((facility, location) for facility, location in data["places"]))

    def __str__(self) -> str:
        return "\n".join(f"{facility} at {location}" for facility, location in self.places)
