"""A plan that takes some things and leaves the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Selection(JsonPlan):
    """The items taken, by name, and what they use of each resource, in the instance's units."""

    items: tuple[str, ...]
    used: Mapping[str, float]

    def __str__(self) -> str:
        used = ", ".join(f"{resource} {amount:g}" for resource, amount in self.used.items())
        return f"take {', '.join(self.items) or 'nothing'}\nused: {used}"
