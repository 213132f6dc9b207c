"""`evaluate`, models and parts of logistics against plain scores.

Plans keep every rule, or break each alone.
"""

from __future__ import annotations

import itertools
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
    Layout,
    Loads,
    MultiKnapsack,
    QuadraticAssignment,
    Routes,
    Tour,
    TravellingSalesman,
    VehicleRouting,
)
from problems.logistics.packing.bins.parts.part import BinPatterns
from qopt import Evaluation, Neighbourhood, QoptError
from qopt.kit import laws

from ... import tiny
from ...fuzz import examples
from . import Score, score
from .made_logistics import MAKERS, Random, plans, with_change

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
    """Each rule is broken alone a few times, or a check of another might hide what it misses."""
    alone = Counter[str]()
    for problem, random in made(cls, examples(60 if cls is VehicleRouting else 30)):
        for plan in plans(problem, random):
            broken = compared(problem, plan).broken
            alone["" if not broken else next(iter(broken)) if len(broken) == 1 else "several"] += 1
    assert {kind for kind, times in alone.items() if times >= 5} >= {"", *RULES[cls]}, alone


def test_trips_leave_when_that_makes_them_shortest() -> None:
    """Of three customers in any order, with waits that a later start spares.

    Or would spare if no window closed before.
    """
    verdicts = Counter[frozenset[str]]()
    for seed in range(examples(200)):
        random = np.random.default_rng([6, seed])
        opens = np.append(random.integers(0, 3), random.integers(0, 16, 3))
        closes = opens + np.append(40, random.integers(0, 12, 3))
        problem = VehicleRouting(
            random.integers(1, 4, (4, 4)),
            np.zeros(4),
            capacity=1,
            vehicles=1,
            windows=np.stack([opens, closes], axis=1),
            service=np.append(0, random.integers(0, 3, 3)),
            max_duration=int(random.integers(5, 18)),
            prize=np.ones(4),
        )
        for order in itertools.permutations(problem.customers):
            verdicts[compared(problem, problem.routes([order])).broken] += 1
    assert min(verdicts[frozenset()], verdicts[frozenset({"duration"})]) >= 50, verdicts


def exact(problem: Any) -> bool:
    return getattr(problem, "model_is_exact", True)


def energy(problem: Any, cqm: Any, sample: dict[Any, float]) -> float:
    """In the sense of the objective; models always minimise.

    Without variables dimod says 0, whatever the offset.
    """
    value = float(cqm.objective.energy(sample) if sample else cqm.objective.offset)
    return value if problem.sense == "min" else -value


def nearby(sample: dict[Any, float], random: Random) -> dict[Any, float]:
    """The assignment with one or two of its ones elsewhere, mostly of the same first name."""
    near, labels = dict(sample), list(sample)
    for _ in range(int(random.integers(1, 3))):
        ones = [label for label in labels if near[label] > 0.5]
        if not ones:
            break
        one = ones[int(random.integers(len(ones)))]
        alike = [label for label in labels if label.split(",")[0] == one.split(",")[0]]
        others = alike if len(alike) > 1 and random.random() < 0.8 else labels
        near[one] = 0.0
        near[others[int(random.integers(len(others)))]] = 1.0
    return near


def modelled(problem: Any, cqm: Any, plan: Any) -> dict[Any, float] | None:
    """The plan's assignment, after a check.

    The model says of it what the plain score says of the plan it stands for.

    None for a plan that the model cannot express, which keeps no rules, or has more bins than the
    greedy one.
    """
    try:
        own = problem.encode(plan)
    except QoptError:
        assert isinstance(problem, BinPacking) or not score(problem, plan).feasible
        return None
    plain, fits = score(problem, problem.decode(own)), cqm.check_feasible(own)
    assert fits or not plain.feasible
    assert plain.feasible or not fits or not exact(problem)
    if plain.feasible:
        assert energy(problem, cqm, own) == pytest.approx(plain.objective)
    return dict(own)


@each_class
def test_models_say_of_assignments_what_the_plain_score_says_of_plans(cls: type) -> None:
    """What a model lets pass is a plan that keeps every rule, at no more than the energy."""
    passed = Counter[bool]()
    for seed in range(examples(30 if cls is VehicleRouting else 10)):
        random = np.random.default_rng([7, seed])
        problem = MAKERS[cls](random)
        cqm, worse = problem.model(), 1 if problem.sense == "min" else -1
        for plan in itertools.islice(plans(problem, random), 20):
            own = modelled(problem, cqm, plan)
            for sample in [] if own is None else [nearby(own, random) for _ in range(2)]:
                fits, plain = cqm.check_feasible(sample), score(problem, problem.decode(sample))
                passed[fits] += 1
                if fits and exact(problem):
                    assert plain.feasible
                    assert worse * (plain.objective - energy(problem, cqm, sample)) <= 1e-7
    assert min(passed[True], passed[False]) >= 10, passed


# what a part may begin with besides: too much of something, or somebody left out
TIMES = {"window", "closing", "duration"}
BEARABLE = {"capacity", "vehicles", *TIMES}


def present(problem: Any, random: Random) -> list[Any]:
    """Some plans that parts are taken of: no unknown names, and nothing comes twice.

    Bins that parts pack anew are none too full and none empty.
    """
    bearable = BEARABLE | {"served", "customer", "job", "item", "placed"}
    found = []
    for plan in plans(problem, random):
        held, broken = _held(plan), score(problem, plan).broken
        named = set(held) <= _all(problem) and len(set(held)) == len(held)
        packed = not broken and all(load.items for load in getattr(plan, "loads", ()))
        if named and broken <= bearable and (packed or not isinstance(problem, BinPacking)):
            found.append(plan)
    found = [found[k] for k in random.permutation(len(found))]
    return sorted(found, key=lambda plan: not score(problem, plan).feasible)[:2] + found[:1]


def _held(plan: Any) -> list[Any]:
    """Whatever a plan has only one of."""
    match plan:
        case Routes(routes):
            return [customer for route in routes for customer in route.customers]
        case Loads(loads):
            return [item for load in loads for item in load.items]
        case Layout(places):
            return [facility for facility, _ in places]
        case Tour(cities):
            return list(cities)
        case _:
            return list(plan.items)


def _all(problem: Any) -> set[Any]:
    """All that plans may hold."""
    for field in ("customers", "cities", "facilities", "items", "jobs"):
        if hasattr(problem, field):
            return set(getattr(problem, field))
    raise LookupError(type(problem).__name__)


def timed(problem: Any) -> bool:
    """Whether times can forbid a trip, of which models of parts know pairs only."""
    fields = (getattr(problem, field, None) for field in ("windows", "max_duration"))
    limits = (kind.max_duration for kind in getattr(problem, "fleet", ()))
    return any(value is not None for value in (*fields, *limits))


def gained(part: Neighbourhood, now: Evaluation) -> float:
    """By how much a plan of the part says that the whole changes.

    Of bins it says how many, less their squared fills.
    """
    was = part.problem.evaluate(part.plan)
    if not isinstance(part.problem, BinPatterns):
        return now.objective - was.objective
    worse = now.feasible and now.objective > was.objective  # the bins stay as they were then
    return 0.0 if worse else math.ceil(now.objective) - math.ceil(was.objective)


@each_class
def test_parts_say_what_the_plain_score_says_of_the_whole(cls: type) -> None:
    """Each kind of part keeps the rules where the whole keeps them, and changes by as much.

    What its model lets pass, too.
    """
    tried = Counter[tuple[str, bool]]()
    for seed in range(examples(16)):
        random = np.random.default_rng([8, seed])
        problem = MAKERS[cls](random, large=True)
        known = present(problem, random)
        for plan, kind in itertools.product(known, problem.kinds):
            size = int(random.choice([10, 20, 60]))
            part = problem.neighbourhood(plan, kind, size, random, known)
            if part is not None:
                for feasible in _tried(problem, plan, part, random):
                    tried[kind, feasible] += 1
    assert (
        min(tried[kind, feasible] for kind in problem.kinds for feasible in (True, False)) >= 5
    ), tried


def _tried(problem: Any, plan: Any, part: Neighbourhood, random: Random) -> Iterator[bool]:
    """Whether each of some plans of the part keeps every rule, after the checks."""
    inner: Any = part.problem
    cqm, before = inner.model(), score(problem, plan)
    same = score(problem, part.back(part.plan))
    assert same.broken == before.broken
    assert same.objective == pytest.approx(before.objective)
    unknown = TIMES if isinstance(problem, VehicleRouting) and timed(problem) else set[str]()
    own = modelled_part(problem, inner, cqm, part.plan) or laws.drawn(inner, random)
    for sample in [laws.drawn(inner, random), *(nearby(own, random) for _ in range(6))]:
        again = inner.decode(sample)
        inside, whole = inner.evaluate(again), score(problem, part.back(again))
        assert inside.feasible or not whole.feasible
        assert whole.feasible or not inside.feasible or not before.feasible
        if inside.feasible or whole.broken <= BEARABLE:
            assert whole.objective - before.objective == pytest.approx(
                gained(part, inside), abs=1e-7
            )
        if before.feasible and cqm.check_feasible(sample):
            assert {_kind(violation.constraint) for violation in inside.violations} <= unknown
        modelled_part(problem, inner, cqm, again)
        yield whole.feasible
    if isinstance(part.plan, Routes) and before.feasible:
        _trusted(problem, part, before, random)


def _trusted(problem: Any, part: Neighbourhood, before: Score, random: Random) -> None:
    """Routes that the part lets pass have vehicles and room in the whole, too.

    The rest has taken its own.
    """
    for _ in range(6):
        again = with_change(problem, part.plan, random)
        inside = part.problem.evaluate(again)
        if inside.feasible:
            whole = score(problem, part.back(again))
            assert whole.feasible
            assert whole.objective - before.objective == pytest.approx(
                gained(part, inside), abs=1e-7
            )


def modelled_part(problem: Any, inner: Any, cqm: Any, plan: Any) -> dict[Any, float] | None:
    """The plan's assignment, after a check.

    The model of a part forbids none that keeps the rules, at what it costs.

    But for pairs of stops between which a detour is faster than the straight way.
    """
    try:
        own = inner.encode(plan)
    except QoptError:
        return None
    found = inner.evaluate(inner.decode(own))
    if found.feasible:
        assert cqm.check_feasible(own) or detours_are_fast(problem)
        if not isinstance(inner, BinPatterns):
            assert energy(inner, cqm, own) == pytest.approx(found.objective)
    return dict(own)


def detours_are_fast(problem: Any) -> bool:
    if not isinstance(problem, VehicleRouting) or not timed(problem):
        return False
    time = problem.distance if problem.travel_time is None else problem.travel_time
    nodes = range(len(time))
    return any(
        time[a][b] + time[b][c] < time[a][c] - 1e-9
        for a, b, c in itertools.product(nodes, repeat=3)
    )
