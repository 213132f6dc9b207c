"""A portfolio in each period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..selection.plan import Allocation


@dataclass(frozen=True)
class AllocationPath:
    """A portfolio in each period, by the period's name, in order."""

    periods: Mapping[str, Allocation]

    def to_dict(self) -> dict[str, Any]:
        return {"periods": {period: plan.to_dict() for period, plan in self.periods.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> AllocationPath:
        return cls({period: Allocation.from_dict(plan) for period, plan in data["periods"].items()})

    def __str__(self) -> str:
        return "\n".join(f"{period}\n{plan}" for period, plan in self.periods.items())
