"""What a solver owes."""

from __future__ import annotations

import math
from typing import Any

from ...problem import Approximate, Evaluation, Problem
from ...solver import Answer, Solver, Task
from .owed import NEAR, hold


def check_solver(
    solver: Solver, problem: Problem[Any], *, seed: int = 0, time_limit: float | None = 1.0
) -> Answer:
    """Check what a solver brings back of a small problem; returns it.

    It says in a line what it is, what it needs and what is missing. Its plans can be scored. No
    feasible plan passes its bound, unless the model is not exact and it did not read the problem's
    own data; and what it calls infeasible has no feasible plan. The same seed gives the same answer
    where it is replayable and had no time limit. An interrupt ends it.
    """
    for name in ("summary", "needs"):
        line = getattr(solver, name, "")
        hold(bool(line) and "\n" not in line, f"`{name}` says it in a line", line)
    hold(solver.missing() is None, "nothing is missing here", solver.missing())
    answer, scores = _answered(solver, problem, Task(problem, time_limit, seed))
    best = _best(problem, scores)
    exact = not isinstance(problem, Approximate) or problem.model_is_exact
    if best is not None and (exact or answer.direct):
        sign = 1 if problem.sense == "min" else -1
        near = NEAR * max(1.0, abs(best))
        bound = -math.inf if answer.bound is None else answer.bound
        hold(bound <= sign * best + near, "no plan is better than the bound", (bound, best))
        hold(not answer.infeasible, "what has a feasible plan is not infeasible", best)
    if time_limit is None and answer.replayable:
        again, _ = _answered(solver, problem, Task(problem, None, seed))
        hold(again.plans == answer.plans, "the same seed gives the same plans", seed)
        if answer.samples is not None and again.samples is not None:
            same = answer.samples.record.sample.tobytes() == again.samples.record.sample.tobytes()
            hold(same, "the same seed gives the same samples", seed)
    stopped, _ = _answered(solver, problem, Task(problem, 60.0, seed, interrupt=lambda: True))
    hold(stopped.stopped_by in ("interrupt", "done", "sweeps"), "an interrupt ends it", stopped)
    return answer


def _answered(solver: Solver, problem: Problem[Any], task: Task) -> tuple[Answer, list[Evaluation]]:
    """An answer, and what its plans and samples are worth."""
    answer = solver.solve(task)
    plans = list(answer.plans)
    if answer.samples is not None:
        plans += [problem.decode(dict(sample)) for sample in answer.samples.samples()]
    return answer, [problem.evaluate(plan) for plan in plans]


def _best(problem: Problem[Any], scores: list[Evaluation]) -> float | None:
    feasible = [score.objective for score in scores if score.feasible]
    if not feasible:
        return None
    return min(feasible) if problem.sense == "min" else max(feasible)
