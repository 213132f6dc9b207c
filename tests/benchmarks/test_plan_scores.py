"""The second scoring agrees with `evaluate` on plans of all kinds, and with neither when a plan is spoilt."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from problems.logistics import BinPacking, TravellingSalesman, VehicleRouting
from problems.scheduling import FlexibleJobShop, JobShop, ProjectScheduling

from .plan_scores import SCORES, disagreement


def timed() -> VehicleRouting:
    """Windows that a greedy plan can keep."""
    problem = VehicleRouting.generate(customers=8, seed=3)
    ready = np.array([0, *range(20, 100, 10)], dtype=float)
    windows = np.stack([ready, ready + 150], axis=1)
    windows[0] = 0, 600
    service = np.full(9, 10.0)
    service[0] = 0
    return replace(problem, windows=windows, service=service, vehicles=8)


PROBLEMS = [
    TravellingSalesman.generate(cities=9, seed=1),
    VehicleRouting.generate(customers=9, seed=2),
    timed(),
    JobShop.generate(jobs=4, machines=3, seed=4),
    FlexibleJobShop.generate(jobs=4, machines=3, seed=5),
    ProjectScheduling.generate(activities=9, seed=6),
    BinPacking.generate(items=12, seed=7),
]


def spoilt(plan: Any, random: np.random.Generator) -> Any:
    """Two numbers or names of a plan exchanged, one put in another's place or changed, wherever that may be."""
    document = plan.to_dict()
    places: list[tuple[Any, Any]] = []

    def walk(part: Any) -> None:
        for key, value in part.items() if isinstance(part, dict) else enumerate(part):
            if isinstance(value, dict | list):
                walk(value)
            elif isinstance(value, int | str):
                places.append((part, key))

    walk(document)
    (a, i), (b, j) = (places[k] for k in random.integers(len(places), size=2))
    if random.random() < 0.5 and type(a[i]) is type(b[j]):
        a[i], b[j] = b[j], a[i] if random.random() < 0.5 else b[j]
    elif isinstance(a[i], int):
        a[i] = max(0, a[i] + int(random.integers(-3, 4)))
    return type(plan).from_dict(document)


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: type(problem).__name__)
def test_both_scores_say_the_same_of_plans_good_and_bad(problem: Any) -> None:
    plan = problem.greedy()
    score = problem.evaluate(plan)
    assert score.feasible
    assert disagreement(problem, plan, score.objective) is None
    assert disagreement(problem, plan, score.objective + 1) == f"objective {score.objective + 1:g} is {score.objective:g}"
    random, broken = np.random.default_rng(1), 0
    for _ in range(200):
        plan = spoilt(problem.greedy(), random)
        now, here = problem.evaluate(plan), SCORES[type(problem)](problem, plan)
        broken += not now.feasible
        assert (here is not None) == now.feasible
        if here is not None:
            assert here == pytest.approx(now.objective)
    assert broken > 10
