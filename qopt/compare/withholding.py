"""When figures that would decide must not: too few plans, or a disturbed clock."""

from __future__ import annotations

from dataclasses import dataclass

from .anytime import clopper_pearson
from .inference import Verdict
from .records import Document, Question

SIGNIFICANT = 0.05  # not the question's alpha: a cautious question must not be a careless guard


@dataclass(frozen=True)
class Reliability(Document):
    """How many runs of the solver and of the baseline have a plan at the horizon.

    `p_fewer` is the p value, one-sided and exact within instances, that the solver has a plan less
    often than the baseline; `p_more` that the baseline has one less often. `disturbed` is the
    larger of the two shares of disturbed runs.
    """

    feasible: int
    runs: int
    baseline_feasible: int
    baseline_runs: int
    p_fewer: float
    p_more: float
    disturbed: float


def withheld(verdict: Verdict, reliability: Reliability, question: Question) -> str:
    """The reason why a verdict must not be given; "" where it may.

    Nobody wins, and nobody is equivalent, who has a plan significantly less often than the other.
    Who has one less often at all wins only where it is shown, at 95 %, that no more than
    `tolerated_failures` of its runs fail above the other's. No verdict on times is given where too
    many runs were disturbed.
    """
    if verdict is Verdict.UNDECIDED:
        return ""
    if question.timed and reliability.disturbed > question.most_disturbed:
        return (
            f"{100 * reliability.disturbed:.3g} % of the runs of one solver were disturbed by "
            f"other work on the machine, and at most {100 * question.most_disturbed:.3g} % may be "
            "(run them again on a quiet machine)"
        )
    own = Planned(reliability.feasible, reliability.runs)
    others = Planned(reliability.baseline_feasible, reliability.baseline_runs)
    shown = f"{own}, {question.baseline} in {others}"
    fewer, more = (p <= SIGNIFICANT for p in (reliability.p_fewer, reliability.p_more))
    if verdict is Verdict.BETTER:
        fewer = fewer or own.may_fail(others, question.tolerated_failures)
    if verdict is Verdict.WORSE:
        more = more or others.may_fail(own, question.tolerated_failures)
    if fewer and verdict is not Verdict.WORSE:
        return f"it has a feasible plan less often: in {shown}"
    if more and verdict is not Verdict.BETTER:
        return f"it has a feasible plan more often: in {shown}"
    return ""


@dataclass(frozen=True)
class Planned:
    """In `feasible` of so many `runs` there is a plan."""

    feasible: int
    runs: int

    def __str__(self) -> str:
        return f"{self.feasible} of {self.runs} runs"

    def may_fail(self, other: Planned, tolerated: float) -> bool:
        """Whether fewer runs have a plan than those of the other, and perhaps many fewer."""
        if self.feasible * other.runs >= other.feasible * self.runs:
            return False
        least, _ = clopper_pearson(self.feasible, self.runs, 1 - 2 * SIGNIFICANT)
        return least < other.feasible / other.runs - tolerated
