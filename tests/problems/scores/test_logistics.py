"""`evaluate`, models and parts of logistics against plain scores: of plans that keep every rule, and that break each alone."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
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

from ... import tiny
from ...fuzz import examples
from . import Score, score
from .made_logistics import MAKERS, Random, plans

ROUTING = {
    "capacity",
    "closing",
    "customer",
    "duration",
    "served",
    "vehicle",
    "vehicles",
    "window",
}
RULES: dict[type, set[str]] = {
    VehicleRouting: ROUTING,
    TravellingSalesman: {"visited"},
    QuadraticAssignment: {"placed", "used", "facility", "location"},
    FacilityLocation: {"customer", "holder", "capacity"},
    BinPacking: {"item", "holder", "capacity"},
    GeneralizedAssignment: {"job", "holder", "capacity"},
    MultiKnapsack: {"item", "capacity"},
}
# behind these the definition says no more of a trip: which type it has, or when it leaves
UNDECIDED = {"vehicle", "window", "closing"}
each_class = pytest.mark.parametrize("cls", MAKERS, ids=lambda cls: cls.__name__)


def made(cls: type, count: int) -> Iterator[tuple[Any, Random]]:
    """The tiny problems of a class, one that it generates, and so many with features at random."""
    generated = cls.generate(seed=3)  # type: ignore[attr-defined]
    for number, problem in enumerate(p for p in tiny.PROBLEMS.values() if type(p) is cls):
        yield problem, np.random.default_rng([1, number])
    if generated.model_size().couplings < 20_000:
        yield generated, np.random.default_rng(2)
    for seed in range(count):
        random = np.random.default_rng(seed)
        yield MAKERS[cls](random), random


def compared(problem: Any, plan: Any) -> Score:
    """The plain score, after the check that the problem says the same."""
    found, plain = problem.evaluate(plan), score(problem, plan)
    kinds = {_kind(violation.constraint) for violation in found.violations}
    assert found.feasible == plain.feasible, (kinds, plain.broken)
    assert plain.broken <= kinds
    assert plain.broken == kinds or plain.broken & UNDECIDED
    assert all(violation.amount > 0 for violation in found.violations)
    if not math.isnan(plain.objective):
        assert found.objective == pytest.approx(plain.objective, abs=1e-9)
    return plain


def _kind(constraint: str) -> str:
    """What is before the bracket; a name by itself is that of a holder."""
    return (
        constraint.partition("[")[0] if "[" in constraint or constraint == "vehicles" else "holder"
    )


@each_class
def test_plans_are_judged_as_their_definition_says(cls: type) -> None:
    """Each rule is broken alone at least a few times, or a check of another might hide what it misses."""
    alone = Counter[str]()
    for problem, random in made(cls, examples(60 if cls is VehicleRouting else 30)):
        for plan in plans(problem, random):
            broken = compared(problem, plan).broken
            alone["" if not broken else next(iter(broken)) if len(broken) == 1 else "several"] += 1
    assert {kind for kind, times in alone.items() if times >= 5} >= {"", *RULES[cls]}, alone
