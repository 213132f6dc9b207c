"""A plan that takes some things and leaves the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Selection:
    """The items taken, by name, and what they use of each resource, in the instance's units."""

    items: tuple[str, ...]
    used: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        return {"items": list(self.items), "used": dict(self.used)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Selection:
        return cls(tuple(data["items"]), dict(data["used"]))

    def __str__(self) -> str:
        used = ", ".join(f"{resource} {amount:g}" for resource, amount in self.used.items())
        return f"take {', '.join(self.items) or 'nothing'}\nused: {used}"
