"""`evaluate` of cuts and bits, and of their parts, against scores written from the definitions."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest

from problems.graphs import Cut, MaxCut
from problems.plain import Bits, QuboFile
from qopt.kit import laws

from ... import tiny
from ...fuzz import examples
from . import score

Random = np.random.Generator
SEEDS = range(examples(60))


def graph(random: Random) -> MaxCut:
    """Edges of weights of both signs, some twice and some the other way round.

    Perhaps there is a node without any.
    """
    nodes = [f"n{k}" for k in range(random.integers(1, 9))]
    pairs = list(itertools.permutations(nodes, 2))
    chosen = random.integers(0, len(pairs), random.integers(0, 20)) if pairs else ()
    weights = tuple(random.integers(-9, 10, len(chosen)) / 2)
    return MaxCut(tuple(pairs[k] for k in chosen), weights, tuple(nodes))


def function(random: Random) -> QuboFile:
    """Either sense, with an offset, and pairs that come twice."""
    n = int(random.integers(1, 9))
    pairs = list(itertools.permutations(range(n), 2))
    chosen = random.integers(0, len(pairs), random.integers(0, 20)) if pairs else ()
    row, col = ([pairs[k][end] for k in chosen] for end in (0, 1))
    return QuboFile(
        random.integers(-9, 10, n) / 2,
        np.array(row, dtype=np.int64),
        np.array(col, dtype=np.int64),
        random.integers(-9, 10, len(chosen)) / 2,
        float(random.integers(-3, 4)),
        names=tuple(f"b{k}" for k in range(n)),
        sense="min" if random.random() < 0.5 else "max",
    )


MAKERS = [graph, function]


def problems(maker: Any, seed: int) -> tuple[Any, Random]:
    random = np.random.default_rng(seed)
    if seed == 0:
        return (tiny.cut() if maker is graph else tiny.bits()), random
    return maker(random), random


def broken_plans(plan: Any, random: Random) -> list[Any]:
    """One with something left out, one with something twice, and one with a name of nothing."""
    if isinstance(plan, Bits):
        twice = (*plan.ones, *plan.ones[:1])
        return [Bits(twice), Bits((*plan.ones, "nobody")), Bits(plan.ones[1:])]
    one, other = plan.one, plan.other
    some = str(random.choice([*one, *other]))
    return [
        Cut(tuple(node for node in one if node != some), other),
        Cut((*one, some), other),
        Cut(one, (*other, some)),
        Cut(one, (*other, "nobody")),
        Cut((*one, "nobody"), tuple(node for node in other if node != some)),
        Cut(other, one),
    ]


def checked(problem: Any, plan: Any) -> frozenset[str]:
    """The rules that both find broken."""
    found, plain = problem.evaluate(plan), score(problem, plan)
    broken = frozenset(v.constraint.split("[")[0] for v in found.violations)
    assert (found.feasible, broken) == (plain.feasible, plain.broken), plan
    assert found.objective == pytest.approx(plain.objective, abs=1e-9), plan
    return plain.broken


@pytest.mark.parametrize("maker", MAKERS)
def test_plans_score_as_their_definition_says(maker: Any) -> None:
    seen: Counter[frozenset[str]] = Counter()
    for seed in SEEDS:
        problem, random = problems(maker, seed)
        for share in (0.3, 0.7):
            plan = problem.decode(laws.drawn(problem, random, share))
            seen[checked(problem, plan)] += 1
            seen.update(checked(problem, other) for other in broken_plans(plan, random))
        assert not checked(problem, problem.greedy())
    rules = {"node"} if maker is graph else {"x", "ones"}
    assert set(seen) == {frozenset(), *(frozenset({rule}) for rule in rules)}


@pytest.mark.parametrize("maker", MAKERS)
def test_how_often_a_name_is_wrong_is_told(maker: Any) -> None:
    """One for each time too often, for each name of nothing, and for each node on no side."""
    for seed in SEEDS:
        problem, random = problems(maker, seed)
        plan = problem.decode(laws.drawn(problem, random))
        if maker is graph:
            names = [*plan.one, *plan.other]
            wrong = Cut((*names[1:], *names[1:], *names[1:], "x", "y"), plan.one[1:])
            amount = 1.0 + 2 * (len(names) - 1) + len(plan.one[1:]) + 2
        else:
            wrong = Bits((*plan.ones, *plan.ones, *plan.ones, "x", "y"))
            amount = 2.0 * len(plan.ones) + 2
        assert sum(v.amount for v in problem.evaluate(wrong).violations) == amount


@pytest.mark.parametrize("maker", MAKERS)
def test_parts_score_as_the_whole(maker: Any) -> None:
    for seed in SEEDS:
        problem, random = problems(maker, seed)
        plan = problem.decode(laws.drawn(problem, random, 0.5))
        whole = score(problem, plan).objective
        for kind, size in itertools.product(problem.kinds, (1, 3, 20)):
            part = laws.part_of(problem, plan, kind, size, random)
            if part is None:  # a cut of one node alone has no part: there are two sides
                assert size == 1
                continue
            assert score(problem, part.back(part.plan)) == score(problem, plan)
            model, sign = part.problem.model(), 1 if part.problem.sense == "min" else -1
            before = part.problem.evaluate(part.plan).objective
            for _ in range(4):
                sample = laws.drawn(part.problem, random, 0.5)
                inner = part.problem.decode(sample)
                inside, now = part.problem.evaluate(inner), score(problem, part.back(inner))
                assert inside.feasible
                assert now.feasible
                gain = inside.objective - before
                assert now.objective - whole == pytest.approx(gain, abs=1e-9)
                assert model.objective.energy(sample) == pytest.approx(sign * inside.objective)


@pytest.mark.parametrize("maker", MAKERS)
def test_nothing_else_moves_in_a_part(maker: Any) -> None:
    """Of the bits, or the nodes seen from the first one, only as many differ as are free."""
    for seed in SEEDS:
        problem, random = problems(maker, seed)
        plan = problem.decode(laws.drawn(problem, random, 0.5))
        part = problem.neighbourhood(plan, "near", 2, random)
        again = part.back(part.problem.decode(laws.drawn(part.problem, random, 0.5)))
        if maker is function:
            assert len(set(plan.ones) ^ set(again.ones)) <= 2
        else:
            moved = len(set(plan.one) ^ set(again.one))
            assert min(moved, len(problem.nodes) - moved) <= 2


@pytest.mark.parametrize("maker", MAKERS)
def test_no_single_flip_is_better_than_a_greedy_plan(maker: Any) -> None:
    for seed in SEEDS:
        problem, _ = problems(maker, seed)
        plan = problem.greedy()
        best, sign = score(problem, plan).objective, 1 if problem.sense == "max" else -1
        names = problem.nodes if maker is graph else problem.names
        for name in names:
            if maker is function:
                other: Any = Bits(tuple(k for k in names if (k in plan.ones) != (k == name)))
            else:
                one = tuple(k for k in names if (k in plan.one) != (k == name))
                other = Cut(one, tuple(k for k in names if k not in one))
            assert sign * score(problem, other).objective <= sign * best + 1e-9
