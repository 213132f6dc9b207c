"""A portfolio."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Allocation(JsonPlan):
    """Weights by asset name, as fractions of wealth; assets not held are left out."""

    weights: Mapping[str, float]

    def __str__(self) -> str:
        width = max(map(len, self.weights), default=0)
        ordered = sorted(self.weights.items(), key=lambda held: (-held[1], held[0]))
        return "\n".join(f"{name:{width}}  {weight:7.2%}" for name, weight in ordered)
