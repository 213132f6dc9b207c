"""Variables that are not whole: in steps, where their owner or the model says in which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...errors import QoptError
from .arrays import Floats, ModelArrays
from .grid import Grid
from .scoring import Scorer

APART = 1e-6  # of a step, within which a value is on the grid


@dataclass(frozen=True, eq=False)
class OnGrid:
    """The `View` of a model whose REAL variables are `low + step * k`.

    `sign` is -1 where its objective was negated.
    """

    model: ModelArrays
    grid: Grid
    sign: float = 1.0

    @property
    def variables(self) -> Sequence[Any]:
        return self.model.variables

    def shown(self, values: Floats) -> Floats:
        return self.grid.values(values)

    def encoded(self, values: Floats) -> Floats:
        """Raises QoptError for a value between two steps."""
        places = self.grid.places(values)
        off = np.abs(self.grid.values(places) - values) > APART * self.grid.step
        for state, v in np.argwhere(off)[:1].tolist():
            nearest = self.grid.values(places)[state, v]
            raise QoptError(
                f"{self.model.variables[v]!r} is {values[state, v]:g}, between two of its steps; "
                f"the nearest is {nearest:g}"
            )
        return places

    def objective(self, values: Floats) -> Floats | None:
        if not self.model.hard.all():
            return None  # what soft constraints charge is part of it
        return self.sign * Scorer(self.model).objective(values) + 0.0
