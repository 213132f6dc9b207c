"""The best feasible assignment that anyone finds in the time, to hold a result against."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..assignment import TOLERANCE
from ..errors import QoptError
from ..problem import Constructive, Evaluation, Plan, Problem, better
from ..result import Result
from ..solve import solve
from .verdict import Witness

if TYPE_CHECKING:
    import dimod

    from ..compiler import ModelArrays

SOLVERS = (("cp-sat", 0.5), ("annealer", 0.4))  # and their share of the time that is left
SAME = 1e-9  # objectives closer than this, relatively, are one: they are summed in floating point
NEAR = 1e-6  # and this near a bound that CP-SAT proved of rounded coefficients


@dataclass
class References:
    """Feasible assignments of a problem, the `best` of them, and a proved `bound` on the objective,
    if any.

    `known` is the objective of the one that was given, `exhausted` whether the model was searched
    to its end. `misread` is one that keeps all of the model's constraints and whose plan breaks the
    problem's own: then the model does not say what the problem means. `notes` say what could not be
    asked.
    """

    problem: Problem[Any]
    best: Witness | None = None
    bound: float | None = None
    known: float | None = None
    exhausted: bool = False
    misread: Witness | None = None
    notes: list[str] = field(default_factory=list)

    @cached_property
    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        return self.problem.model()

    @property
    def proved(self) -> bool:
        """Whether the best is optimal."""
        return (
            self.best is not None
            and self.bound is not None
            and math.isclose(self.best.evaluation.objective, self.bound, rel_tol=NEAR, abs_tol=SAME)
        )

    def beats(self, objective: float | None) -> bool:
        """Whether a better one is known than a result's: better by more than rounding."""
        if self.best is None:
            return False
        return objective is None or improves(
            self.problem, self.best.evaluation.objective, objective
        )

    def search(self, seconds: float, seed: int) -> None:
        """Ask the problem's own heuristic, CP-SAT and, where that was cut short, the annealer;
        nobody where all is proved.

        Whom there is no time to ask, `notes` name.
        """
        until = time.perf_counter() + seconds
        if isinstance(self.problem, Constructive):
            self.offer("its greedy heuristic", self.problem.greedy())
        if self.proved:
            return
        for solver, share in SOLVERS:
            options: dict[str, Any] = (
                {"build_limit": share * seconds / 2} if solver == "cp-sat" else {}
            )
            rest = until - time.perf_counter()
            if rest < self._least(solver):
                self.notes.append(f"{solver} was not asked, for want of time")
                continue
            try:
                answer = solve(
                    self.problem,
                    solver=solver,
                    time_limit=min(share * seconds, rest),
                    seed=seed,
                    **options,
                )
            except QoptError as error:
                self.notes.append(str(error))
                continue
            self.bound = answer.bound if self.bound is None else self.bound
            if answer.best is not None:
                self.offer(solver, answer.best)
            elif answer.samples is not None:
                for sample in answer.samples.filter(lambda row: row.is_feasible).samples():
                    self.offer_values(solver, sample)
            if answer.stopped_by in ("done", "presolve"):
                self.exhausted = True
                break

    def _least(self, solver: str) -> float:
        """Seconds without which a solver need not be asked; CP-SAT's model is given up in time."""
        from .estimates import seconds_to_ready

        return seconds_to_ready(self.arrays) if solver == "annealer" else 0.0

    @cached_property
    def arrays(self) -> ModelArrays:
        from ..compiler import ModelArrays

        return ModelArrays.from_cqm(self.cqm)

    def offer_known(self, values: Mapping[Any, float]) -> None:
        """Take what someone knows. Raises QoptError where it is not a feasible assignment."""
        self.offer_values("known=", values)
        self.known = None if self.best is None else self.best.evaluation.objective

    def offer_result(self, result: Result[Any]) -> None:
        if result.best is not None:
            self.offer("the result", result.best)
        if result.bound is not None:
            self.bound = result.bound

    def offer(self, source: str, plan: Plan) -> None:
        """Take a plan for the best where it is; what the model cannot express is no evidence."""
        evaluation = self.problem.evaluate(plan)
        if self.best is not None and not improves(
            self.problem, evaluation.objective, self.best.evaluation.objective
        ):
            return
        try:
            values = self.problem.encode(plan)
        except QoptError:
            return
        if not broken(self.cqm, values):
            self._keep(source, values, plan, evaluation)

    def offer_values(self, source: str, values: Mapping[Any, float]) -> None:
        """Take an assignment. Raises QoptError for one that is not of the model or not feasible."""
        for label in self.cqm.variables:
            if label not in values:
                lacking = f"{source} gives no value for variable {label!r}"
                raise QoptError(f"{lacking}; give one for each of the model's variables")
        violated = broken(self.cqm, values)
        if violated:
            label, amount = next(iter(violated.items()))
            raise QoptError(
                f"{source} breaks constraint {label!r} by {amount:g}; give a feasible assignment"
            )
        plan = self.problem.decode(values)
        self._keep(source, dict(values), plan, self.problem.evaluate(plan))

    def _keep(
        self, source: str, values: Mapping[Any, float], plan: Plan, evaluation: Evaluation
    ) -> None:
        witness = Witness(source, values, plan, evaluation)
        if not evaluation.feasible:
            self.misread = witness
        elif self.best is None or improves(
            self.problem, evaluation.objective, self.best.evaluation.objective
        ):
            self.best = witness


def improves(problem: Problem[Any], one: float, other: float) -> bool:
    """Whether one objective is better than another by more than rounding."""
    return better(problem.sense, one, other) and not math.isclose(
        one, other, rel_tol=SAME, abs_tol=SAME
    )


def broken(cqm: dimod.ConstrainedQuadraticModel, values: Mapping[Any, float]) -> dict[Any, float]:
    """The hard constraints that an assignment breaks, by how much, in their own units."""
    return {
        label: float(amount)
        for label, amount in cqm.iter_violations(dict(values))
        if amount > TOLERANCE and not cqm.constraints[label].lhs.is_soft()
    }
