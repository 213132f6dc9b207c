"""When figures that would decide must not: too few plans, or a disturbed clock."""

from __future__ import annotations

from dataclasses import dataclass

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
    No verdict on times is given where too many runs were disturbed.
    """
    if verdict is Verdict.UNDECIDED:
        return ""
    if question.timed and reliability.disturbed > question.most_disturbed:
        return (
            f"{reliability.disturbed:.0%} of the runs of one solver were disturbed by other work "
            f"on the machine, and at most {question.most_disturbed:.0%} may be; "
            "run them again on a quiet machine"
        )
    solver, baseline = (
        f"{found} of {runs} runs"
        for found, runs in (
            (reliability.feasible, reliability.runs),
            (reliability.baseline_feasible, reliability.baseline_runs),
        )
    )
    if verdict is not Verdict.WORSE and reliability.p_fewer <= SIGNIFICANT:
        return f"it has a feasible plan less often: in {solver}, {question.baseline} in {baseline}"
    if verdict is not Verdict.BETTER and reliability.p_more <= SIGNIFICANT:
        return f"it has a feasible plan more often: in {solver}, {question.baseline} in {baseline}"
    return ""
