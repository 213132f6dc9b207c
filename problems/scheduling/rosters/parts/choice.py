"""Some employees choose anew among a few lines that keep their rules; the others keep theirs.

    line[e,i]        employee e works line i, which has a_idk of shift k on day d
    short[d,k]       how many are missing on shift k of day d

    minimise  sum cost_ei line[e,i]  +  sum over_dk (sum a_idk line[e,i] - needed_dk)
              +  sum (under + over)_dk short[d,k]

    sum_i line[e,i] = 1                                  line[e]
    sum_e,i a_idk line[e,i] + short[d,k] >= needed_dk    cover[d,k]

Only cover is left to be priced: the rules of the employees are the lines' own. `soft` and `strict`
as in `cover.py`.

Source: rosters as a choice of columns, as in Jaumard, Semet and Vovor (1998), with few columns in
place of all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import ModelSize, QoptError

from ..cover import Need
from ..part import RosterPart
from ..plan import Roster
from ..rules import Bools

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False, kw_only=True)
class Choice(RosterPart):
    """The others' lines are kept; `staff` choose, among `lines` bool[lines, d, s] each."""

    staff: Sequence[int]
    lines: Sequence[Bools]

    @property
    def variables(self) -> int:
        """How many variables the model has."""
        return sum(map(len, self.lines)) + int(self._need.priced.sum())

    def model_size(self) -> ModelSize:
        return ModelSize(self.variables, 0, len(self.staff) + int(self._need.rows.sum()))

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        rules, cqm = self.rules, dimod.ConstrainedQuadraticModel()
        prices = [rules.price[e] + rules.over for e in self.staff]
        cost = [
            (price * lines).sum(axis=(1, 2))
            for price, lines in zip(prices, self.lines, strict=True)
        ]
        labels = [label for own in self._labels for label in own]
        cqm.set_objective(self._need.objective(labels, np.concatenate(cost), []))
        for e, own in zip(self.staff, self._labels, strict=True):
            terms = [(label, 1.0) for label in own]
            cqm.add_constraint_from_iterable(
                terms, "==", rhs=1.0, label=f"line[{rules.staff[e].name}]"
            )
        every = np.concatenate([*self.lines])

        def those(day: int, k: int) -> list[str]:
            return [labels[i] for i in np.flatnonzero(every[:, day, k]).tolist()]

        self._need.add_rows(cqm, those)
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Roster:
        grid = self.kept.copy()
        for e, labels, lines in zip(self.staff, self._labels, self.lines, strict=True):
            chosen = [sample[label] > 0.5 for label in labels]
            grid[e] = lines[chosen].any(axis=0)
        return self.rules.roster(grid)

    def encode(self, plan: Roster) -> dict[Any, float]:
        """Raises QoptError for a line that is not among those to choose from."""
        grid, assignment = self.rules.grid(plan), dict[Any, float]()
        for e, labels, lines in zip(self.staff, self._labels, self.lines, strict=True):
            same = (lines == grid[e]).all(axis=(1, 2))
            if not same.any():
                raise QoptError(
                    f"the line of {self.rules.staff[e].name} is not among those of the model"
                )
            assignment |= {label: float(k == np.argmax(same)) for k, label in enumerate(labels)}
        return assignment | self._need.shortages(grid)

    @cached_property
    def _labels(self) -> list[list[str]]:
        names = [self.rules.staff[e].name for e in self.staff]
        return [
            [f"line[{name},{i}]" for i in range(len(lines))]
            for name, lines in zip(names, self.lines, strict=True)
        ]

    @cached_property
    def _need(self) -> Need:
        could = np.any([lines.any(axis=0) for lines in self.lines], axis=0)
        return Need(self.rules, self.kept, could, self.soft, self.strict)
