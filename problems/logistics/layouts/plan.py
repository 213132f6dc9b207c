"""A plan that puts each facility in a place of its own."""

from __future__ import annotations

from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Layout(JsonPlan):
    """(facility, location) by name, in the order of the instance's facilities."""

    places: tuple[tuple[str, str], ...]

    def __str__(self) -> str:
        return "\n".join(f"{facility} at {location}" for facility, location in self.places)
