"""Parts of a rebalancing: some assets free to change in all periods, the others as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Violation

from ..selection.parts import Part
from ..selection.trades import WHOLE, Ints
from .plan import AllocationPath
from .trajectory import Trajectory

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class TrajectoryPart:
    """Some assets over all periods; plans are weights of the whole wealth of `wealth` lots."""

    trajectory: Trajectory
    wealth: int

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = AllocationPath

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.trajectory.cqm()

    def model_size(self) -> ModelSize:
        return self.trajectory.size()

    def decode(self, sample: Mapping[Any, float]) -> AllocationPath:
        return self.allocations(self.trajectory.lots_of(sample))

    def encode(self, plan: AllocationPath) -> dict[Any, float]:
        return self.trajectory.sample(self._lots_in(plan))

    def evaluate(self, plan: AllocationPath) -> Evaluation:
        """The objective of the whole, and what the free assets break."""
        lots, broken = self._lots_in(plan), list[Violation]()
        for period, part in zip(self.trajectory.periods, self._parts(), strict=True):
            broken += part.evaluate(plan.periods[period]).violations
        for p, limit in enumerate(self.trajectory.limits, 1):
            over = float(np.abs(lots[p] - lots[p - 1]).sum()) - limit
            if over > WHOLE:
                broken.append(Violation(f"turnover, {self.trajectory.periods[p]}", over, "lots"))
        return Evaluation(self.trajectory.objective(lots), tuple(broken))

    def allocations(self, lots: Ints) -> AllocationPath:
        rows = zip(self.trajectory.periods, self._parts(), lots, strict=True)
        return AllocationPath({period: part.allocation(x) for period, part, x in rows})

    def _lots_in(self, plan: AllocationPath) -> Ints:
        parts = zip(self.trajectory.periods, self._parts(), strict=True)
        return np.array([part.lots_in(plan.periods[period]) for period, part in parts])

    def _parts(self) -> list[Part]:
        return [Part(lots, self.wealth) for lots in self.trajectory.lots]
