"""Random plans of every kind of problem, feasible and not: `evaluate` against a second, plain
evaluator.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from qopt.kit import laws

from .. import tiny
from ..problems.scores import score
from .cases import Broken


def check(random: np.random.Generator) -> str:
    """One plan, and one part of it; returns of which kind."""
    name = str(random.choice(list(tiny.PROBLEMS)))
    problem: Any = tiny.PROBLEMS[name]
    plan = problem.decode(laws.drawn(problem, random, ones=float(random.choice([0.2, 0.5]))))
    found, plain = problem.evaluate(plan), score(problem, plan)
    data = {"problem": name, "plan": plan.to_dict()}
    if found.feasible != plain.feasible:
        raise Broken(f"feasible is {found.feasible}: {found.violations}; plainly {plain}", data)
    if found.feasible and abs(found.objective - plain.objective) > 1e-6:
        raise Broken(f"the objective is {found.objective}; plainly {plain.objective}", data)
    return f"{name}: {'feasible' if found.feasible else 'infeasible'}"
