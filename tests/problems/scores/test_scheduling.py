"""Scheduling problems score plans as their definitions do, and so do parts and their models."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from problems.graphs import GraphColouring
from problems.scheduling import (
    FlexibleJobShop,
    JobShop,
    ParallelMachines,
    ProjectScheduling,
    Rostering,
    Timetabling,
)
from qopt import Evaluation

from ... import tiny
from ...fuzz import examples
from . import made_scheduling as made
from . import score

SHOP = {"operation", "order", "machine"}
RULES: dict[type[Any], set[str]] = {
    JobShop: SHOP,
    FlexibleJobShop: SHOP,
    ProjectScheduling: {"activity", "order", "resource"},
    ParallelMachines: {"job", "machine"},
    Rostering: {
        *("line", "days", "shift", "days_off", "day", "not_before", "max_shifts", "cover"),
        *("min_minutes", "max_minutes", "max_weekends"),
        *("max_consecutive", "min_consecutive", "min_days_off"),
    },
    Timetabling: {"event", "seats", "room of", "unavailable", "room", "who"},
    GraphColouring: {"node", "differ"},
}
PROBLEMS = pytest.mark.parametrize("kind", RULES, ids=lambda kind: kind.__name__)


def _kinds(evaluation: Evaluation) -> frozenset[str]:
    """The rules that are broken: their names up to the bracket."""
    names = (violation.constraint for violation in evaluation.violations)
    return frozenset(
        name[:7] if name.startswith("room of") else name.split("[")[0] for name in names
    )


def _agrees(problem: Any, plan: Any) -> frozenset[str]:
    """The rules that are broken, after these checks."""
    plain, found = score(problem, plan), problem.evaluate(plan)
    assert found.feasible == plain.feasible
    assert _kinds(found) == plain.broken
    assert found.objective == pytest.approx(plain.objective)
    return plain.broken


@PROBLEMS
def test_plans_score_by_the_definition_whatever_they_break(kind: type[Any]) -> None:
    """And each rule is seen broken by itself."""
    seen = Counter[frozenset[str]]()
    for seed in range(examples(60)):
        random = np.random.default_rng(seed)
        problem = made.DRAWN[kind](random)
        for plan in made.plans(problem, random):
            seen[_agrees(problem, plan)] += 1
    assert seen[frozenset()] > 20
    assert {rule for rule in RULES[kind] if seen[frozenset({rule})]} == RULES[kind]
    assert frozenset.union(*seen) == RULES[kind]


@PROBLEMS
def test_every_plan_of_a_tiny_problem_scores_by_the_definition(kind: type[Any]) -> None:
    random = np.random.default_rng(0)
    for problem in tiny.PROBLEMS.values():
        if type(problem) is kind:
            for plan in tiny.PLANS[kind](problem):
                _agrees(problem, plan)
            for plan in made.plans(problem, random, 40):
                _agrees(problem, plan)
