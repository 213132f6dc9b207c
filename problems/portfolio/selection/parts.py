"""Parts of a portfolio: some assets free to change, the others as they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Violation

from .lots import Lots
from .plan import Allocation
from .trades import Ints

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class Part:
    """Assets in lots, whose plans are weights of the whole wealth of `wealth` lots."""

    lots: Lots
    wealth: int

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Allocation

    def model(self) -> dimod.ConstrainedQuadraticModel:
        return self.lots.cqm()

    def model_size(self) -> ModelSize:
        return self.lots.size()

    def decode(self, sample: Mapping[Any, float]) -> Allocation:
        return self.allocation(self.lots.lots_of(sample))

    def encode(self, plan: Allocation) -> dict[Any, float]:
        return self.lots.sample(self.lots_in(plan))

    def evaluate(self, plan: Allocation) -> Evaluation:
        """The objective of the whole, and what the free assets break."""
        x, part = self.lots_in(plan), self.lots
        held = x[x > 0]
        broken = [Violation("budget", float(abs(x.sum() - part.total)), "lots")]
        broken += [Violation("min_holding", float(np.maximum(part.least - held, 0).sum()), "lots")]
        broken += [Violation("max_holding", float(np.maximum(held - part.most, 0).sum()), "lots")]
        if part.max_assets is not None:
            broken.append(Violation("max_assets", float(len(held) - part.max_assets), "assets"))
        if part.min_assets is not None:
            broken.append(Violation("min_assets", float(part.min_assets - len(held)), "assets"))
        broken += [
            Violation(f"sector[{cap.sector}]", float(x[cap.members].sum() - cap.most), "lots")
            for cap in part.caps
        ]
        if part.trades is not None and np.isfinite(part.trades.limit):
            over = part.trades.traded(x) - part.trades.limit
            broken.append(Violation("turnover", over if over > 1e-6 * len(x) else 0.0, "lots"))
        broken.append(Violation("return", part.missed(x), "of wealth"))
        return Evaluation(part.objective(x), tuple(v for v in broken if v.amount > 0))

    def allocation(self, lots: Ints) -> Allocation:
        named = zip(self.lots.names, lots.tolist(), strict=True)
        return Allocation({name: x / self.wealth for name, x in named if x})

    def lots_in(self, plan: Allocation) -> Ints:
        weights = [plan.weights.get(name, 0.0) for name in self.lots.names]
        lots: Ints = np.rint(np.array(weights) * self.wealth).astype(np.int64)
        return lots
