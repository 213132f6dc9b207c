"""A round trip."""

from __future__ import annotations

from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Tour(JsonPlan):
    """Cities by name in the order they are visited; the last leads back to the first."""

    cities: tuple[str, ...]

    def __str__(self) -> str:
        return " > ".join([*self.cities, *self.cities[:1]])
