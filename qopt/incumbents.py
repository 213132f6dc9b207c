"""The best plans of a solve, as they were found."""

from __future__ import annotations

from dataclasses import dataclass, field

from .problem import Evaluation, Plan, Sense, better


@dataclass(frozen=True)
class Incumbent:
    """A plan that was the best feasible one from `seconds` (and `sweeps`) on."""

    seconds: float
    sweeps: int
    objective: float


@dataclass
class Incumbents:
    """The best feasible plan so far, and a `trace` of all that were the best for a while."""

    sense: Sense
    best: tuple[Plan, Evaluation] | None = None
    trace: list[Incumbent] = field(default_factory=list)

    @property
    def objective(self) -> float | None:
        """Of the best plan, or None."""
        return None if self.best is None else self.best[1].objective

    def keep(self, plan: Plan, evaluation: Evaluation, seconds: float, sweeps: int) -> None:
        """A feasible plan, which is kept and traced where it is better than the best."""
        objective = evaluation.objective
        if self.objective is not None and not better(self.sense, objective, self.objective):
            return
        self.best = plan, evaluation
        if not self.trace or self.trace[-1].objective != objective:
            self.trace.append(Incumbent(seconds, sweeps, objective))

    def trace_better(self, told: Incumbent) -> bool:
        """An objective alone, which is traced where it is better than all before; whether it is."""
        if self.trace and not better(self.sense, told.objective, self.trace[-1].objective):
            return False
        self.trace.append(told)
        return True

    def drop_better(self, objective: float) -> None:
        """Forget whatever is better than this: it has no part in the result."""
        self.trace = [
            seen for seen in self.trace if not better(self.sense, seen.objective, objective)
        ]
        if self.objective is not None and better(self.sense, self.objective, objective):
            self.best = None
