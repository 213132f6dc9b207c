"""What a part of a plan owes to the whole."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ...problem import Approximate, Neighbourhood
from .drawing import drawn, feasible_assignments, model_size
from .owed import NEAR, hold

if TYPE_CHECKING:
    import numpy as np

PARTS = (8, 40, 200)  # variables of the parts that are asked for


def check_parts(problem: Any, plan: Any, random: np.random.Generator) -> None:
    """Check parts of each kind and of several sizes, and what moves in them."""
    for kind in problem.kinds:
        for size in PARTS:
            part = part_of(problem, plan, kind, size, random)
            exact = part is None or (
                not isinstance(part.problem, Approximate) or part.problem.model_is_exact
            )
            if part is not None and exact:
                moves_as_the_whole(problem, part, random, trials=2)


def part_of(
    problem: Any, plan: Any, kind: str, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """A part of a plan, after these checks: no larger than `size`, it changes nothing put back."""
    part: Neighbourhood | None = problem.neighbourhood(plan, kind, size, random)
    if part is not None:
        sized = part.problem.model_size()
        hold(sized == model_size(part.problem.model()), "a part's size is its model's", kind)
        hold(0 < sized.variables <= size, f"a part has at most {size} variables", sized)
        hold(
            problem.evaluate(part.back(part.plan)) == problem.evaluate(plan),
            "the present plan of a part, put back, scores as the whole does",
            kind,
        )
    return part


def moves_as_the_whole(
    problem: Any, part: Neighbourhood, random: np.random.Generator, trials: int = 6
) -> int:
    """How many plans of the part, drawn at random, are feasible, each after these checks.

    Put back it is feasible, and the whole gains what the part gains. Of a small model some are
    drawn from all that keep its constraints, of which few are found at random.
    """
    inner, feasible = part.problem, 0
    before, before_inside = problem.evaluate(part.back(part.plan)), inner.evaluate(part.plan)
    kept = feasible_assignments(inner.model(), random, trials)
    for sample in [*kept, *(drawn(inner, random) for _ in range(trials))]:
        again = inner.decode(sample)
        inside, now = inner.evaluate(again), problem.evaluate(part.back(again))
        if inside.feasible:
            feasible += 1
            hold(now.feasible, "a feasible plan of a part, put back, is feasible", again)
            gain, inner_gain = (
                old.objective - new.objective
                for old, new in ((before, now), (before_inside, inside))
            )
            hold(
                math.isclose(gain, inner_gain, rel_tol=NEAR, abs_tol=NEAR),
                f"the whole gains what the part gains, {inner_gain}, and not {gain}",
                again,
            )
    return feasible
