"""The second scoring agrees with `evaluate` on plans of all kinds, and with neither when a plan is
spoilt.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    MultiKnapsack,
    QuadraticAssignment,
    TravellingSalesman,
    VehicleRouting,
)
from problems.scheduling import (
    Cover,
    Employee,
    FlexibleJobShop,
    JobShop,
    Line,
    ProjectScheduling,
    Request,
    Roster,
    Rostering,
    Shift,
)

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


ROSTER = Rostering(
    14,
    (Shift("E", 480), Shift("L", 420, ("E",))),
    (Employee("ann", {"L": 2}, 1800, 2880, 2, 4, 2, 1, days_off=(8,)),),
    (Cover(0, "E", 1), Cover(9, "E", 2, 5.0, 2.0), Cover(10, "E", 0, 5.0, 2.0)),
    (Request("ann", 1, "E", 4.0), Request("ann", 3, "L", 8.0, wanted=False)),
)


PROBLEMS = [
    TravellingSalesman.generate(cities=9, seed=1),
    VehicleRouting.generate(customers=9, seed=2),
    timed(),
    JobShop.generate(jobs=4, machines=3, seed=4),
    FlexibleJobShop.generate(jobs=4, machines=3, seed=5),
    ProjectScheduling.generate(activities=9, seed=6),
    Rostering.generate(staff=4, weeks=2, shifts=2, seed=12),
    BinPacking.generate(items=12, seed=7),
    QuadraticAssignment.generate(facilities=7, seed=8),
    FacilityLocation.generate(sites=4, customers=9, seed=9),
    GeneralizedAssignment.generate(jobs=9, agents=3, seed=10),
    MultiKnapsack.generate(items=12, resources=3, seed=11),
]


def spoilt(plan: Any, random: np.random.Generator) -> Any:
    """Two numbers or names of a plan exchanged, one put in another's place or changed, wherever
    that may be.
    """
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
    assert (
        disagreement(problem, plan, score.objective + 1)
        == f"objective {score.objective + 1:g} is {score.objective:g}"
    )
    random, broken = np.random.default_rng(1), 0
    for _ in range(200):
        plan = spoilt(problem.greedy(), random)
        now, here = problem.evaluate(plan), SCORES[type(problem)](problem, plan)
        broken += not now.feasible
        assert (here is not None) == now.feasible
        if here is not None:
            assert here == pytest.approx(now.objective)
    assert broken > 10


@pytest.mark.parametrize(
    ("line", "broken"),
    [
        ("EELL-----EE---", None),
        ("EELL---------E", None),  # a run that may go on behind the last day
        ("EEE-----------", "min_minutes"),
        ("EEEE-----EEL--", "max_minutes"),
        ("EELL----EE----", "days_off"),
        ("ELLE-----EE---", "not_before"),
        ("ELLL-----EE---", "max_shifts"),
        ("EELL-----E----", "min_consecutive"),
        ("EEELL---------", "max_consecutive"),
        ("EELL-EE-------", "min_days_off"),
        ("EE--EE------LL", "max_weekends"),
        ("--EELL---EE---", "cover"),
    ],
)
def test_both_scores_know_each_rule_of_a_roster(line: str, broken: str | None) -> None:
    plan = Roster((Line("ann", tuple("" if shift == "-" else shift for shift in line)),))
    score = ROSTER.evaluate(plan)
    assert [violation.constraint.partition("[")[0] for violation in score.violations] == (
        [broken] if broken else []
    )
    assert SCORES[Rostering](ROSTER, plan) == (None if broken else score.objective)
