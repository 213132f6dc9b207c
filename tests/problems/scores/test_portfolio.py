"""`evaluate` of portfolios, and of their parts, against scores written from the definitions.

Problems are drawn around a portfolio that keeps their limits, often only just, so that a limit
drawn wrongly would refuse it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pytest

import qopt
from problems.portfolio import (
    Allocation,
    AllocationPath,
    ConditionalValueAtRisk,
    EfficientFrontier,
    IndexTracking,
    MeanVariance,
    Rebalancing,
)
from qopt import QoptError
from qopt.kit import laws

from ... import tiny
from ...fuzz import examples
from ..portfolio.tail_risk.test_problem import energy, keeps
from . import score

Random = np.random.Generator
Drawn = tuple[Any, Any]  # a problem, and a plan that keeps its limits
SEEDS = range(examples(60))
PARTS = range(examples(30))
LOTS = (4, 5, 8, 10, 20)  # in the whole wealth
LIMITS = {"budget", "holding", "lot", "max_assets", "min_assets", "sector", "turnover", "assets"}


def lots_of(random: Random, n: int, total: int) -> list[int]:
    """At random among some of the assets."""
    held = random.choice(n, int(random.integers(1, min(n, total) + 1)), replace=False)
    lots = np.zeros(n, dtype=np.int64)
    lots[held] = 1
    np.add.at(lots, random.choice(held, total - len(held)), 1)
    return [int(x) for x in lots]


def limits_of(random: Random, paths: list[list[int]], total: int) -> dict[str, Any]:
    """Limits that each of `paths` keeps: a half of all there are, a half of these only just."""
    n, sizes = len(paths[0]), [x for lots in paths for x in lots if x]
    counts = [sum(x > 0 for x in lots) for lots in paths]
    room = [0 if random.random() < 0.5 else int(random.integers(0, 3)) for _ in range(4)]
    sectors = random.choice(["", "oil", "tea"], n).tolist()
    caps = {
        sector: max(
            sum(x for x, s in zip(lots, sectors, strict=True) if s == sector) for lots in paths
        )
        for sector in set(sectors) - {""}
    }
    if random.random() < 0.3:  # all but a lot
        caps = {sector: max(cap, total - 1) for sector, cap in caps.items()}
    part = random.choice([0.0, 0.4, -4e-7])  # of a lot: limits need not be in lots, but for a hair
    limits: dict[str, Any] = {
        "max_assets": min(n, max(counts) + room[0]),
        "min_assets": max(1, min(counts) - room[1]),
        "min_holding": max(0.0, min(sizes) - room[2] - abs(part)) / total,
        "max_holding": min(total, max(sizes) + room[3] + part) / total,
        "sector_caps": {
            s: max(0.0, min(1.0, (cap + room[0] + part) / total)) for s, cap in caps.items()
        },
    }
    kept = {key: value for key, value in limits.items() if random.random() < 0.6}
    return kept | {"sectors": sectors, "lot": 1 / total}


def trading_of(
    random: Random, steps: list[tuple[list[float], list[int]]], total: int
) -> dict[str, Any]:
    """Costs, and a turnover that each of `steps` keeps, from lots before it to lots after it."""
    n = len(steps[0][0])
    moved = max(sum(abs(a - b) for a, b in zip(*step, strict=True)) for step in steps)
    costs = {
        what: random.choice([0.0, 0.01, 0.03], n).tolist() for what in ("linear_cost", "fixed_cost")
    }
    limit = {"max_turnover": (moved + random.choice([0.0, 0.7, 1.5, 2.0])) / total}
    return {key: value for key, value in (costs | limit).items() if random.random() < 0.6}


def current_of(random: Random, n: int, total: int) -> list[float]:
    """Lots now: whole ones or not, all of the wealth, less, more, or nothing."""
    now = np.array(lots_of(random, n, total), dtype=np.float64)
    match int(random.integers(4)):
        case 0:
            now[:] = 0.0
        case 1:
            now *= 0.5
        case 2:
            now[random.integers(n)] += 1.25
    return [float(x) for x in now]


def selected(random: Random) -> tuple[int, dict[str, Any], Allocation]:
    """How many assets, the limits of a selection, and a plan that keeps them."""
    n, total = int(random.integers(3, 9)), int(random.choice(LOTS))
    lots = lots_of(random, n, total)
    limits = limits_of(random, [lots], total)
    if random.random() < 0.7:
        now = current_of(random, n, total)
        limits |= {"current": [x / total for x in now]} | trading_of(random, [(now, lots)], total)
    return n, limits, plan_of(lots, total)


def plan_of(lots: list[int], total: int) -> Allocation:
    return Allocation({f"asset {i}": x / total for i, x in enumerate(lots, 1) if x})


def covariance_of(random: Random, n: int) -> Any:
    loadings = random.normal(0.0, 0.2, (n, n))
    return loadings @ loadings.T


def mean_variance(random: Random) -> Drawn:
    n, limits, plan = selected(random)
    aversion = float(random.choice([0.0, 2.5]))
    formulation: Any = {"formulation": str(random.choice(["folded", "counted"]))}
    mean, covariance = random.normal(0.05, 0.1, n), covariance_of(random, n)
    return MeanVariance(mean, covariance, risk_aversion=aversion, **limits | formulation), plan


def index_tracking(random: Random) -> Drawn:
    n, limits, plan = selected(random)
    returns = random.normal(0.01, 0.05, (int(random.integers(2, 6)), n))
    return IndexTracking(returns, random.normal(0.01, 0.05, len(returns)), **limits), plan


def tail(random: Random) -> Drawn:
    """Returns in whole percents, so that the model is exact where `step` is that of a lot."""
    n, limits, plan = selected(random)
    returns = random.integers(-9, 12, (int(random.integers(1, 9)), n)) / 100
    w = [plan.weights.get(f"asset {i}", 0.0) for i in range(1, n + 1)]
    if random.random() < 0.5:
        limits["min_return"] = float(returns.mean(axis=0) @ w) - random.choice([0.0, 0.01, 0.04])
    options: Any = {
        "level": float(random.choice([0.0, 0.5, 0.7, 0.95])),
        "formulation": str(random.choice(["slack", "soft"])),
        "step": limits["lot"] * 0.01,
    }
    return ConditionalValueAtRisk(returns, **limits | options), plan


def rebalancing(random: Random) -> Drawn:
    n, total = int(random.integers(3, 7)), int(random.choice(LOTS))
    periods = int(random.integers(1, 4))
    path = [lots_of(random, n, total) for _ in range(periods)]
    before = [[float(x) for x in lots] for lots in path[:-1]]
    limits = limits_of(random, path, total)
    if random.random() < 0.6:
        before = [current_of(random, n, total), *before]
        limits["current"] = [x / total for x in before[0]]
    steps = list(zip(before, path[-len(before) :], strict=True)) if before else []
    if steps:
        limits |= trading_of(random, steps, total)
    covariances = [covariance_of(random, n) for _ in range(periods)]
    options: Any = {"risk_aversion": 1.5, "formulation": str(random.choice(["slack", "soft"]))}
    problem = Rebalancing(random.normal(0.05, 0.1, (periods, n)), covariances, **limits | options)
    plans = [plan_of(lots, total) for lots in path]
    return problem, AllocationPath(dict(zip(problem.periods, plans, strict=True)))


MAKERS: dict[type, Callable[[Random], Drawn]] = {
    MeanVariance: mean_variance,
    IndexTracking: index_tracking,
    ConditionalValueAtRisk: tail,
    Rebalancing: rebalancing,
}
RULES = {
    MeanVariance: LIMITS,
    IndexTracking: LIMITS,
    ConditionalValueAtRisk: LIMITS | {"return"},
    Rebalancing: LIMITS | {"periods"},
}
TINY = [problem for problem in tiny.PROBLEMS.values() if type(problem) in MAKERS]


def moved(weights: Mapping[str, float], frm: str, to: str, much: float) -> Allocation:
    """With so much of one asset in another one; what is nothing then is left out."""
    both = {frm: weights.get(frm, 0.0) - much, to: weights.get(to, 0.0) + much}
    return Allocation({k: x for k, x in (dict(weights) | both).items() if abs(x) > 1e-12})


def neighbours(
    plan: Allocation, names: tuple[str, ...], lot: float, random: Random
) -> Iterator[Allocation]:
    """Near `plan`, in whole lots: lots moved, assets swapped, left out and given more."""
    weights, held = dict(plan.weights), sorted(plan.weights)
    one, other = (str(name) for name in random.choice(names, 2, replace=False))
    some = str(random.choice(held)) if held else one
    else_ = other if some == one else one
    has = weights.get(some, 0.0)
    yield moved(weights, some, else_, has)
    yield moved(weights, some, else_, lot)
    yield moved(weights, some, else_, lot * int(random.integers(0, round(has / lot) + 1)))
    yield moved(weights, one, other, weights.get(one, 0.0) - weights.get(other, 0.0))
    if held and (new := [name for name in names if name not in weights]):
        largest = max(held, key=weights.__getitem__)
        yield moved(weights, largest, new[0], lot * (round(weights[largest] / lot) // 2))
    yield Allocation({k: x for k, x in weights.items() if k != some})
    yield Allocation(weights | {some: has + lot})
    yield Allocation(weights | {some: 2 * has})
    yield Allocation({some: sum(weights.values())})
    lots = lots_of(random, len(names), max(1, round(sum(weights.values()) / lot)))
    yield Allocation({name: lot * x for name, x in zip(names, lots, strict=True) if x})


def spoiled(
    plan: Allocation, names: tuple[str, ...], lot: float, random: Random
) -> Iterator[Allocation]:
    """What no model has: parts of lots, debts, names of nothing and no numbers."""
    weights = dict(plan.weights)
    one, other = (str(name) for name in random.choice(names, 2, replace=False))
    part = lot * float(random.choice([0.5, 0.01, 1e-5]))
    yield moved(weights, one, other, part)
    yield moved(weights, one, other, weights.get(one, 0.0) + lot)
    yield Allocation(weights | {one: weights.get(one, 0.0) + part})
    yield Allocation(weights | {"nobody": 0.0})
    yield Allocation({"nobody" if k == one else k: x for k, x in weights.items()})
    yield Allocation(weights | {one: float(random.choice([np.nan, np.inf, -np.inf]))})


def others(problem: Any, plan: Any, random: Random, spoil: bool = True) -> Iterator[Any]:
    """Plans near `plan`: of a path one period is changed, left out, renamed or exchanged."""
    if isinstance(plan, Allocation):
        lot = problem.limits.holdings.lot
        yield from neighbours(plan, problem.names, lot, random)
        yield from spoiled(plan, problem.names, lot, random) if spoil else ()
        return
    periods, lot = dict(plan.periods), problem.selections[0].limits.holdings.lot
    first, second = (str(random.choice(list(periods))) for _ in range(2))
    for changed in others(problem.selections[0], periods[first], random, spoil):
        yield AllocationPath(periods | {first: changed})
    yield AllocationPath(periods | {first: periods[second], second: periods[first]})
    yield AllocationPath(dict.fromkeys(periods, periods[first]))
    one, other = (str(name) for name in random.choice(problem.names, 2, replace=False))
    yield AllocationPath({p: moved(a.weights, one, other, lot) for p, a in periods.items()})
    if spoil:
        yield AllocationPath({p: a for p, a in periods.items() if p != first})
        yield AllocationPath(periods | {"never": periods[first]})


def rules(evaluation: qopt.Evaluation) -> frozenset[str]:
    """The kinds of the rules broken, without the asset or period."""
    return frozenset(re.split(r"[\[,]", v.constraint)[0] for v in evaluation.violations)


def checked(problem: Any, plan: Any) -> frozenset[str]:
    """The rules that both find broken."""
    found, plain = problem.evaluate(plan), score(problem, plan)
    assert (found.feasible, rules(found)) == (plain.feasible, plain.broken), plan
    assert found.objective == pytest.approx(plain.objective, abs=1e-9), plan
    return plain.broken


@pytest.mark.parametrize("kind", MAKERS)
def test_plans_score_as_their_definition_says(kind: type) -> None:
    """Each rule is seen broken alone."""
    seen: Counter[frozenset[str]] = Counter()
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        problem, plan = MAKERS[kind](random)
        assert not checked(problem, plan)
        assert problem.decode(problem.encode(plan)) == plan
        near = list(others(problem, plan, random))
        further = [more for other in near[:3] for more in others(problem, other, random)]
        decoded = [problem.decode(laws.drawn(problem, random)) for _ in range(2)]
        seen.update(checked(problem, other) for other in [*near, *further, *decoded])
        seen[checked(problem, problem.greedy())] += 1
    assert seen[frozenset()] > len(SEEDS)
    assert {rule for rule in RULES[kind] if seen[frozenset({rule})]} == RULES[kind]
    assert frozenset().union(*seen) == RULES[kind]


@pytest.mark.parametrize("problem", TINY, ids=lambda problem: problem.name)
def test_every_plan_of_the_small_ones_scores_as_its_definition_says(problem: Any) -> None:
    random = np.random.default_rng(1)
    feasible = 0
    for plan in tiny.PLANS[type(problem)](problem):
        feasible += not checked(problem, plan)
        for other in others(problem, plan, random):
            checked(problem, other)
    assert feasible


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.parametrize("seed", range(3))
def test_plans_of_generated_problems_score_as_their_definition_says(kind: Any, seed: int) -> None:
    problem, random = kind.generate(seed=seed), np.random.default_rng(seed)
    plan = problem.greedy()
    assert not checked(problem, plan)
    for other in others(problem, plan, random):
        checked(problem, other)


def free_names(part: Any) -> tuple[str, ...]:
    """Of a part that is a selection: the names that its model has variables for."""
    labels = part.model().variables
    whole = part.decode(dict.fromkeys(labels, 1.0))
    first = whole if isinstance(whole, Allocation) else next(iter(whole.periods.values()))
    return tuple(first.weights)


def inner_plans(part: Any, plan: Any, lot: float, random: Random) -> list[Any]:
    """Plans of a part in whole lots, none of them negative, with nothing that is not free."""
    names = free_names(part)
    if isinstance(plan, Allocation):
        near = [*neighbours(plan, names, lot, random), *neighbours(plan, names, lot, random)]
        found: list[Any] = [p for p in near if min(p.weights.values(), default=0.0) >= 0]
    else:
        found = []
        for _ in range(12):
            periods = dict(plan.periods)
            for period in random.choice(list(periods), int(random.integers(1, 3))):
                period = str(period)
                near = list(neighbours(periods[period], names, lot, random))
                chosen = near[int(random.integers(len(near)))]
                if min(chosen.weights.values(), default=0.0) >= 0:
                    periods[period] = chosen
            found.append(AllocationPath(periods))
    return [*found, *(part.decode(laws.drawn(part, random)) for _ in range(2))]


def same_as_the_whole(
    problem: Any, plan: Any, kind: str, random: Random, seen: Counter[Any]
) -> None:
    """A part of `plan`: its plans put back are as feasible, and cost as much, as the part says."""
    try:
        plan = problem.decode(problem.encode(plan))  # the same lots, as the same numbers
    except QoptError:
        return
    size = int(problem.model_size().variables * random.choice([0.4, 0.6, 0.8, 1.0]))
    part = laws.part_of(problem, plan, kind, size, random)
    if part is None:
        return
    start = score(problem, plan)
    assert score(problem, part.back(part.plan)) == start
    model = part.problem.model()
    first = problem.selections[0] if isinstance(problem, Rebalancing) else problem
    lot = first.limits.holdings.lot
    for inner in inner_plans(part.problem, part.plan, lot, random):
        inside, now = part.problem.evaluate(inner), score(problem, part.back(inner))
        assert inside.objective == pytest.approx(now.objective, abs=1e-7)
        if start.feasible:
            seen[now.broken] += 1
            assert inside.feasible == now.feasible, (inner, now.broken, inside.violations)
        elif now.feasible:
            assert inside.feasible
        if not {"min_holding", "max_holding"} & rules(inside):
            modelled(part.problem, model, inner, inside, certainly=start.feasible)


def modelled(part: Any, model: Any, plan: Any, score: qopt.Evaluation, *, certainly: bool) -> None:
    """The model of a part says of a plan what the part does, but for what others break."""
    sample = part.encode(plan)
    assert part.encode(part.decode(sample)) == sample
    if score.feasible:
        assert keeps(model, sample)
        assert energy(model, sample) == pytest.approx(score.objective, abs=1e-7)
    elif certainly:
        assert not keeps(model, sample)


@pytest.mark.parametrize("kind", MAKERS)
def test_parts_score_as_the_whole(kind: type) -> None:
    """Of plans that keep all limits, and of others near them."""
    seen: Counter[frozenset[str]] = Counter()
    for seed in PARTS:
        random = np.random.default_rng(seed)
        problem, plan = MAKERS[kind](random)
        for free in problem.kinds:
            same_as_the_whole(problem, plan, free, random, seen)
            for other in list(others(problem, plan, random, spoil=False))[:4]:
                same_as_the_whole(problem, other, free, random, seen)
    assert seen[frozenset()]
    expected = RULES[kind] - {"lot", "assets", "periods"}
    assert {rule for rule in expected if seen[frozenset({rule})]} == expected


def test_a_plan_that_no_model_has_is_no_part() -> None:
    """In parts of lots, below the least holding, or of an unknown asset."""
    problem = tiny.portfolio()
    for weights in (
        {"asset 1": 0.6, "asset 2": 0.4},
        {"asset 1": -0.25, "asset 2": 1.25},
        {"x": 1.0},
    ):
        assert (
            problem.neighbourhood(Allocation(weights), "assets", 9, np.random.default_rng(1))
            is None
        )
        with pytest.raises(QoptError):
            problem.encode(Allocation(weights))


def test_points_of_a_frontier_score_as_their_definition_says() -> None:
    """Each has what the plan costs by its own risk aversion, and no other plan costs less."""
    problem, _ = mean_variance(np.random.default_rng(5))
    sweep = EfficientFrontier(problem, points=4)
    found = sweep.solve(solver="annealer", num_sweeps=50, num_reads=4, time_limit=None, seed=1)
    plans = [point.plan for point in found.points if point.plan is not None]
    assert len(plans) == 4
    for point, own in zip(found.points, sweep.problems(), strict=True):
        assert own.risk_aversion == point.risk_aversion
        w = np.array([point.plan.weights.get(name, 0.0) for name in problem.names])
        assert point.mean == pytest.approx(sum(w * problem.mean))
        variance = sum(
            x * y * c
            for x, r in zip(w, problem.covariance, strict=True)
            for y, c in zip(w, r, strict=True)
        )
        assert point.volatility == pytest.approx(variance**0.5)
        assert score(own, point.plan).feasible
        assert point.objective == pytest.approx(score(own, point.plan).objective)
        assert point.objective <= min(score(own, plan).objective for plan in plans) + 1e-12
