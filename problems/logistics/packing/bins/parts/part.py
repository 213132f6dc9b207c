"""A few bins packed anew out of patterns: sets of items that fill a bin almost.

Which of them, no item twice?

`use[p]` says that a bin is packed by pattern p, and every item is in one pattern in use at most;
the model makes

    sum_p fill_p^2 use[p]        (fill: the share of the capacity)

as large as can be. Items in no pattern in use go where they fit best, largest first. The present
bins are patterns, so that the present plan is one of the model's. There are too many patterns for
all of them: the fullest of a random sample are taken.

Counting bins tells nothing while none becomes empty; full bins do (the sum of squared fills is
Falkenauer's measure). Moving single items, as a model of items and bins has to, finds no full bins
where one in thousands is full; here they are given.

Source: patterns of Gilmore and Gomory (1961); the measure of Falkenauer (1996).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, QoptError, Violation
from qopt.kit.checks import names
from qopt.kit.models import assignment, at_most, chosen, labels, minimise

from ...excess import TOLERANCE, excess
from ...loads import Loads

if TYPE_CHECKING:
    import dimod

    from qopt.kit.models import Bits, Floats


@dataclass(frozen=True, eq=False)
class BinPatterns:
    """Items of `size` float64[items], above 0, and patterns of them.

    `patterns` is bool[patterns, items]; none is empty or above the capacity.
    """

    size: Floats
    capacity: float
    items: tuple[str, ...]
    patterns: Bits

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Loads

    @property
    def model_is_exact(self) -> bool:
        """It has some patterns, and is blind to the count of bins, which comes first."""
        return False

    @cached_property
    def _use(self) -> Any:
        return labels("use", [str(p) for p in range(len(self.patterns))])

    @cached_property
    def _several(self) -> Any:
        """The items that are in more than one pattern."""
        return np.flatnonzero(self.patterns.sum(axis=0) > 1)

    def model_size(self) -> ModelSize:
        return ModelSize(len(self.patterns), 0, len(self._several))

    def model(self) -> dimod.ConstrainedQuadraticModel:
        cqm = minimise(self._use, -self._squared(self.patterns))
        for item in self._several.tolist():
            inside = self._use[self.patterns[:, item]]
            at_most(cqm, f"item[{self.items[item]}]", inside, np.ones(len(inside)), 1.0)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Loads:
        """The patterns in use, and other items where they fit best, largest first."""
        held = self.patterns[chosen(sample, self._use)]
        room = (self.capacity - held @ self.size).tolist()
        bins = [np.flatnonzero(row).tolist() for row in held]
        unpacked = np.flatnonzero(~held.any(axis=0))
        for item in unpacked[np.argsort(-self.size[unpacked], kind="stable")].tolist():
            fits = [
                (space, b)
                for b, space in enumerate(room)
                if space >= self.size[item] - TOLERANCE * self.capacity
            ]
            if fits:
                _, b = min(fits)
                bins[b].append(item)
                room[b] -= self.size[item]
            else:
                bins.append([item])
                room.append(self.capacity - self.size[item])
        packed = np.zeros((len(bins), len(self.items)), dtype=np.bool_)
        for b, inside in enumerate(bins):
            packed[b, inside] = True
        return self.packed(packed)

    def encode(self, plan: Loads) -> dict[Any, float]:
        """Raises QoptError for a plan with a bin that is no pattern."""
        held = plan.held(self.items, [load.holder for load in plan.loads]).T
        ones = (self.patterns[:, None] == held).all(axis=2)
        if not ones.any(axis=0).all():
            raise QoptError("the plan has a bin that is none of the patterns")
        return assignment(self._use, ones.any(axis=1))

    def evaluate(self, plan: Loads) -> Evaluation:
        """Bins in use, less a fraction: their squared fills."""
        violations = list(plan.misplaced("item", self.items, [load.holder for load in plan.loads]))
        held = plan.held(self.items, [load.holder for load in plan.loads]).T
        for load, amount in zip(plan.loads, (held @ self.size).tolist(), strict=True):
            if over := excess(amount, self.capacity):
                violations.append(Violation(f"capacity[{load.holder}]", over, "units"))
        return Evaluation(
            len(held) - float(self._squared(held).sum()) / (len(held) + 1), tuple(violations)
        )

    def packed(self, held: Bits) -> Loads:
        """The plan of bool[bins, items]."""
        holders = names("bin", (), len(held), prefix="bin ")
        return Loads.of(
            held.T, self.items, holders, np.broadcast_to(self.size[:, None], held.T.shape)
        )

    def _squared(self, held: Bits) -> Floats:
        squared: Floats = (held @ self.size / self.capacity) ** 2
        return squared
