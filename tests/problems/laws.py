"""What every problem owes: its model says of a plan what its definition says, and its parts what the whole says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from qopt import Evaluation, Neighbourhood

from . import models


def judged(problem: Any, sample: Mapping[Any, float]) -> Evaluation:
    """The score of an assignment's plan, after these checks.

    A feasible assignment has a feasible plan, at least as good as the assignment's energy. The plan's own assignment decodes to
    the plan, is feasible just where the plan is, and has the plan's objective as its energy.
    """
    cqm, sign = problem.model(), 1 if problem.sense == "min" else -1
    plan = problem.decode(sample)
    score, own = problem.evaluate(plan), problem.encode(plan)
    assert type(plan).from_dict(plan.to_dict()) == problem.decode(own) == plan
    assert cqm.check_feasible(own) == score.feasible
    if score.feasible:
        assert cqm.objective.energy(own) == pytest.approx(sign * score.objective)
    if cqm.check_feasible(dict(sample)):
        assert score.feasible
        assert sign * score.objective <= cqm.objective.energy(sample) + 1e-9 * max(
            1.0, abs(score.objective)
        )
    return score


def drawn(problem: Any, random: np.random.Generator, ones: float = 0.3) -> dict[Any, float]:
    """An assignment at random; the first group of each exactly-one row is held three times in four, else few are plans."""
    cqm = problem.model()
    sample = {label: float(random.random() < ones) for label in cqm.variables}
    if random.random() < 0.75:
        for row in cqm.constraints.values():
            biases = row.lhs.linear
            if row.sense.value == "==" and set(biases.values()) == {1.0}:
                group = list(biases)
                sample |= dict.fromkeys(group, 0.0) | {group[int(random.integers(len(group)))]: 1.0}
    return sample


def part_of(
    problem: Any, plan: Any, kind: str, size: int, random: np.random.Generator
) -> Neighbourhood | None:
    """A neighbourhood, after these checks: no larger than `size`, and the whole scores as before with its part put back."""
    found: Neighbourhood | None = problem.neighbourhood(plan, kind, size, random)
    if found is not None:
        sized = found.problem.model_size()
        assert sized == models.size(found.problem.model())
        assert 0 < sized.variables <= size
        assert problem.evaluate(found.back(found.plan)) == problem.evaluate(plan)
    return found


def moves_as_the_whole(
    problem: Any, part: Neighbourhood, random: np.random.Generator, trials: int = 6
) -> int:
    """How many plans of the part, drawn at random, are feasible: put back, each is feasible, and differs by as much."""
    inner, feasible = part.problem, 0
    before, before_inside = problem.evaluate(part.back(part.plan)), inner.evaluate(part.plan)
    for _ in range(trials):
        again = inner.decode(drawn(inner, random))
        inside, now = inner.evaluate(again), problem.evaluate(part.back(again))
        if inside.feasible:
            feasible += 1
            assert now.feasible
            gain = before.objective - now.objective
            assert gain == pytest.approx(before_inside.objective - inside.objective, abs=1e-7)
    return feasible
