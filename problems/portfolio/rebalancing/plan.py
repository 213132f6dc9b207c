"""A portfolio in each period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from qopt.kit.plans import JsonPlan

from ..selection.plan import Allocation


@dataclass(frozen=True)
class AllocationPath(JsonPlan):
    """A portfolio in each period, by the period's name, in order."""

    periods: Mapping[str, Allocation]

    def __str__(self) -> str:
        return "\n".join(f"{period}\n{plan}" for period, plan in self.periods.items())
