"""Where a search is: a plan, its score, and what each kind of step gained on the way to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...problem import Evaluation, Plan, Sense


@dataclass(frozen=True)
class Position:
    """A plan with its score, and the `gains` of each kind of step since the first plan."""

    plan: Plan
    evaluation: Evaluation
    gains: Mapping[str, float]
    by: str = ""  # the last step

    def rank(self, sense: Sense) -> tuple[float, float]:
        return rank(self.evaluation, sense)

    def moved(self, plan: Plan, evaluation: Evaluation, by: str) -> Position:
        """One step on, which gained what the objective fell by."""
        gain = self.evaluation.objective - evaluation.objective
        return Position(plan, evaluation, {**self.gains, by: self.gains.get(by, 0.0) + gain}, by)


def rank(evaluation: Evaluation, sense: Sense) -> tuple[float, float]:
    """Lower is better: violations first."""
    objective = evaluation.objective if sense == "min" else -evaluation.objective
    return sum(violation.amount for violation in evaluation.violations), objective
