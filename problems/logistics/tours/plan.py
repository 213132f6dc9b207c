"""A round trip."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tour:
    """Cities by name in the order they are visited; the last leads back to the first."""

    cities: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"cities": list(self.cities)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tour:
        return cls(tuple(data["cities"]))

    def __str__(self) -> str:
        return " > ".join([*self.cities, *self.cities[:1]])
