"""What a problem owes: its model, plans and parts say what its own `evaluate` says."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from ...errors import QoptError
from ...problem import (
    Approximate,
    Constructive,
    Evaluation,
    Improvable,
    Neighbourhoods,
    Problem,
    better,
)
from .drawing import drawn, model_size
from .owed import NEAR, hold
from .parts import check_parts


def check_problem(problem: Problem[Any], *, seed: int = 0, trials: int = 20) -> int:
    """Check a problem's model, plans and parts against its own `evaluate`.

    Returns how many plans were feasible. Its size is what its formula says. A plan survives JSON.
    The assignment of a plan decodes to the plan. Where the model is exact that assignment is
    feasible just where the plan is, its energy is the plan's objective, negated where the problem
    maximises, and no feasible assignment is worth more than its plan. A local search makes nothing
    worse. A part is no larger than asked, and a plan of it, put back, changes the whole's objective
    as it changes the part's.
    """
    import numpy as np

    random, feasible = np.random.default_rng(seed), 0
    cqm = problem.model()
    hold(problem.model_size() == model_size(cqm), "model_size() is what model() has", cqm)
    plans: list[tuple[Any, Evaluation]] = []
    for _ in range(trials):
        sample = drawn(problem, random)
        plans.append((problem.decode(sample), judged(problem, sample)))
    if isinstance(problem, Constructive):
        plans.append((greedy := problem.greedy(), problem.evaluate(greedy)))
        hold(problem.greedy() == greedy, "greedy() is the same each time", greedy)
    for plan, score in plans:
        feasible += score.feasible
        read = type(plan).from_dict(json.loads(json.dumps(plan.to_dict())))
        hold(read == plan, "a plan that was written as JSON and read is the same", plan)
        hold(problem.evaluate(plan) == score, "evaluate() is the same each time", plan)
        if isinstance(problem, Improvable):
            _check_improved(problem, plan, score)
        if isinstance(problem, Neighbourhoods) and score.feasible:
            check_parts(problem, plan, random)
    return feasible


def judged(problem: Problem[Any], sample: Mapping[Any, float]) -> Evaluation:
    """The score of an assignment's plan, after the checks of `check_problem` on the two."""
    cqm, sign = problem.model(), 1 if problem.sense == "min" else -1
    plan = problem.decode(sample)
    score, kept = problem.evaluate(plan), cqm.check_feasible(dict(sample))
    try:
        own = problem.encode(plan)
    except QoptError as error:
        hold(not kept, f"the plan of a feasible assignment has one: {error}", plan)
        return score
    hold(problem.decode(own) == plan, "decode(encode(plan)) is the plan", plan)
    if isinstance(problem, Approximate) and not problem.model_is_exact:
        return score
    witness = f"{plan}, scored {score}"
    hold(
        cqm.check_feasible(own) == score.feasible,
        "the assignment of a plan is feasible just where the plan is",
        witness,
    )
    if score.feasible:
        energy = cqm.objective.energy(own)
        hold(
            math.isclose(energy, sign * score.objective, rel_tol=NEAR, abs_tol=NEAR),
            f"the energy of a plan's assignment, {energy}, is its objective",
            witness,
        )
    if kept:
        energy = cqm.objective.energy(sample)
        hold(score.feasible, "a feasible assignment has a feasible plan", witness)
        hold(
            sign * score.objective <= energy + NEAR * max(1.0, abs(score.objective)),
            f"no feasible assignment, as one of {energy}, is worth more than its plan",
            witness,
        )
    return score


def _check_improved(problem: Any, plan: Any, score: Evaluation) -> None:
    improved = problem.improve(plan)
    now = problem.evaluate(improved)
    hold(problem.improve(plan) == improved, "improve() is the same each time", plan)
    if score.feasible:
        hold(now.feasible, "what improve() makes of a feasible plan is feasible", improved)
        worse = better(problem.sense, score.objective, now.objective)
        hold(not worse, "improve() makes no plan worse", (score.objective, now.objective))
