"""A roster of which something is kept, and the rest is to be filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from qopt import Evaluation

from .plan import Roster
from .rules import Bools, Rules
from .score import score


@dataclass(frozen=True, eq=False, kw_only=True)
class RosterPart:
    """Of a roster bool[n, d, s] what is `kept`; plans are whole rosters.

    `soft` and `strict` are those of `Need`.
    """

    rules: Rules
    kept: Bools
    soft: bool = False
    strict: bool = True

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Roster

    def evaluate(self, plan: Roster) -> Evaluation:
        return score(self.rules, self.rules.grid(plan))
