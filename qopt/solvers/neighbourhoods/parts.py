"""Parts of a plan, each a problem of its own, and what a solver may know of many of them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from ...errors import Infeasible, ModelTooLarge, NotEmbedded, QoptError, Stopped, TimeTooShort
from ...problem import Neighbourhood, Plan, Problem
from ...solver import Answer, Solver, StoppedBy, Task
from .position import rank

READ = 3  # samples of a part that are looked at, besides the plans its solver offered


class PartsSolver(Protocol):
    """A solver of parts that learns from one to the next."""

    def warm_up(self) -> float:
        """Compile what it needs, once; returns the seconds that took."""
        ...

    def solver_for(self, kind: str) -> Solver:
        """The solver that takes the next part of this kind of neighbourhood."""
        ...

    def learn(self, kind: str, info: Mapping[str, Any]) -> None:
        """Look at the `Answer.info` of a part; parts of a round come in their order."""
        ...

    def close(self) -> None:
        """No further part comes."""
        ...


@runtime_checkable
class Together(Protocol):
    """A solver that takes several tasks in one call, as a device has room for several problems."""

    def solve_together(self, tasks: Sequence[Task]) -> list[Answer | QoptError]:
        """An answer to each, or why it has none."""
        ...


@runtime_checkable
class ForParts(Protocol):
    """A solver that suits itself to the parts of solver `hybrid`: many short calls."""

    def for_parts(self, *, as_given: bool, cleaned: bool) -> PartsSolver:
        """`as_given`: the parameters are the user's. `cleaned`: a local search follows."""
        ...


@dataclass(frozen=True)
class Unlearning:
    """Any other solver: the same for every part."""

    solver: Solver

    def warm_up(self) -> float:
        return 0.0

    def solver_for(self, kind: str) -> Solver:
        return self.solver

    def learn(self, kind: str, info: Mapping[str, Any]) -> None:
        pass

    def close(self) -> None:
        pass


@dataclass(frozen=True)
class Solution:
    """Of a part: a plan, what cut its solver short, and what the solver says of its run; or why the
    part was too large for it, or what kept it from being solved that is no matter of the part
    alone.
    """

    plan: Plan | None
    cut: StoppedBy | None = None
    info: Mapping[str, Any] = field(default_factory=dict)
    without: str = ""
    error: QoptError | None = None


def task_of(task: Task, problem: Problem[Any], initial: Plan | None, seed: int) -> Task | None:
    """Of a part of `task`, with what is left of its time; None where nothing is."""
    deadline = task.deadline
    seconds = None if deadline is None else deadline - time.perf_counter()
    if seconds is not None and seconds <= 0:
        return None
    return Task(problem, seconds, seed, initial, interrupt=task.interrupt)


def solved(
    task: Task, problem: Problem[Any], initial: Plan | None, solver: Solver, seed: int
) -> Solution:
    """The best plan of a part of `task`."""
    part = task_of(task, problem, initial, seed)
    if part is None:
        return Solution(None, "time")
    try:
        return _solution(part, solver.solve(part))
    except QoptError as error:
        return _without(error)


def solved_together(parts: Sequence[Task | None], solver: Together) -> list[Solution]:
    """The best plan of each of several parts, from one call of their solver."""
    begun = [part for part in parts if part is not None]
    answers = iter(solver.solve_together(begun) if begun else [])
    solutions = []
    for part in parts:
        if part is None:
            solutions.append(Solution(None, "time"))
            continue
        answer = next(answers)
        if isinstance(answer, QoptError):
            solutions.append(_without(answer))
        else:
            solutions.append(_solution(part, answer))
    return solutions


def _without(error: QoptError) -> Solution:
    """Of a part that has no plan."""
    charged: dict[str, Any] = getattr(error, "charged", {})
    if isinstance(error, Stopped):
        return Solution(None, "interrupt", charged | {"notes": [str(error)]})
    if isinstance(error, TimeTooShort):
        return Solution(None, "time")
    if isinstance(error, Infeasible):
        return Solution(None, info=charged)
    if isinstance(error, ModelTooLarge | NotEmbedded):
        return Solution(None, info=charged, without=str(error))
    return Solution(None, info=charged, error=error)


def _solution(part: Task, answer: Answer) -> Solution:
    problem = part.problem
    plans = list(answer.plans)
    if answer.samples is not None:
        labels = list(answer.samples.variables)
        rows = answer.samples.record.sample[best_first(answer.samples)].tolist()
        plans += [problem.decode(dict(zip(labels, row, strict=True))) for row in rows]
    offered = part.incumbents.best
    if offered is not None and not answer.replayable:
        plans.append(offered[0])
    best = min(plans, key=lambda plan: rank(problem.evaluate(plan), problem.sense), default=None)
    cut = answer.stopped_by if answer.stopped_by in ("time", "interrupt") else None
    return Solution(best, cut, answer.info)


def start_of(part: Neighbourhood) -> Plan | None:
    """The present part, where the part's model can express it: not where that asks for better."""
    try:
        part.problem.encode(part.plan)
    except QoptError:
        return None
    return part.plan


def best_first(samples: Any) -> Any:
    """Indices of the samples to look at: feasible ones first, then those of lowest energy."""
    import numpy as np

    record = samples.record
    broken = np.zeros(len(record), dtype=bool)
    if "is_feasible" in record.dtype.names:
        broken = ~record.is_feasible
    return np.lexsort((record.energy, broken))[:READ]
