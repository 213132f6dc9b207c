"""Chains to be joined anew, against every order and direction tried one by one."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics.tours.model import Passage, Reconnection
from qopt import QoptError
from qopt.kit import laws

from ... import models

Ints = npt.NDArray[np.int64]


@st.composite
def _cases(
    draw: st.DrawFn, free: int = 4
) -> tuple[Reconnection, list[Ints], npt.NDArray[np.float64], bool]:
    """Up to `free` + 1 chains of up to three cities at whole distances, some 0.

    With directions where they are symmetric.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    lengths = draw(st.lists(st.integers(1, 3), min_size=2, max_size=free + 1))
    n, both_ways = sum(lengths), draw(st.booleans())
    distance = (random.integers(0, 9, (n, n)) * (random.random((n, n)) < 0.8)).astype(np.float64)
    if both_ways:
        distance += distance.T
    chains = np.split(random.permutation(n), np.cumsum(lengths)[:-1])
    return Reconnection.of(chains, distance, both_ways=both_ways), chains, distance, both_ways


def _length(tour: Ints, distance: npt.NDArray[np.float64]) -> float:
    return sum(float(distance[a, b]) for a, b in itertools.pairwise([*tour.tolist(), int(tour[0])]))


def _tours(chains: list[Ints], both_ways: bool) -> Iterator[Ints]:
    """Every tour there is, whatever the problem calls its options."""
    for order in itertools.permutations(chains[1:]):
        for turned in itertools.product([False, True] if both_ways else [False], repeat=len(order)):
            yield np.concatenate(
                [chains[0], *(c[::-1] if t else c for c, t in zip(order, turned, strict=True))]
            )


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_cases(), st.integers(0, 99))
def test_a_passage_is_as_long_as_the_tour_it_makes(case: tuple, seed: int) -> None:
    problem, chains, distance, _ = case
    random = np.random.default_rng(seed)
    option = [
        int(random.choice(np.flatnonzero(problem.chain == c)))
        for c in random.permutation(problem.places)
    ]
    plan = Passage(tuple(option))
    score = laws.judged(problem, problem.encode(plan))
    tour = problem.joined(chains, plan)
    assert sorted(tour.tolist()) == list(range(len(distance)))
    assert (score.objective, score.violations) == (_length(tour, distance), ())
    as_given = problem.joined(chains, problem.as_given())
    assert as_given.tolist() == np.concatenate(chains).tolist()


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_cases(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_passage_is_judged(case: tuple, seed: int) -> None:
    """Assignments that are no passage are infeasible in the model and in what they decode to."""
    problem, _, _, _ = case
    cqm, sample = problem.model(), laws.drawn(problem, np.random.default_rng(seed))
    assert problem.model_size() == models.size(cqm)
    plan = problem.decode(sample)
    score = problem.evaluate(plan)
    assert Passage.from_dict(plan.to_dict()) == plan
    if cqm.check_feasible(sample):
        assert score.feasible
        assert cqm.objective.energy(sample) == pytest.approx(score.objective)
        assert problem.encode(plan) == sample
    if not score.feasible:
        with pytest.raises(QoptError, match="the model passes every chain once"):
            problem.encode(plan)


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_cases(free=2))
def test_the_optimum_is_that_of_all_orders_and_directions(case: tuple) -> None:
    problem, chains, distance, both_ways = case
    least = min(_length(tour, distance) for tour in _tours(chains, both_ways))
    assert models.optimum(problem.model()) == pytest.approx(least)


def test_what_has_one_city_is_not_turned() -> None:
    distance = np.arange(25.0).reshape(5, 5)
    distance += distance.T
    problem = Reconnection.of(
        [np.array([0]), np.array([1, 2]), np.array([3]), np.array([4])], distance, both_ways=True
    )
    assert problem.names == ("2", "2 turned", "3", "4")
    assert (problem.places, problem.model_size().variables) == (3, 12)
    cqm = problem.model()
    assert list(cqm.variables)[:4] == [
        "visit[2,2]",
        "visit[2,3]",
        "visit[2,4]",
        "visit[2 turned,2]",
    ]
    assert list(cqm.constraints) == [
        "visited[2]",
        "visited[3]",
        "visited[4]",
        "place[2]",
        "place[3]",
        "place[4]",
    ]


@pytest.mark.parametrize(
    ("options", "broken"),
    [
        ((0, 2, 3), []),
        ((0, 1, 2, 3), ["chain 2"]),
        ((3, 1), ["chain 3"]),
        ((), ["chain 2", "chain 3", "chain 4"]),
    ],
)
def test_chains_passed_never_or_twice_are_named(
    options: tuple[int, ...], broken: list[str]
) -> None:
    distance = np.ones((5, 5)) - np.eye(5)
    problem = Reconnection.of(
        [np.array([0]), np.array([1, 2]), np.array([3]), np.array([4])], distance, both_ways=True
    )
    violations = problem.evaluate(Passage(options)).violations
    assert [str(violation) for violation in violations] == [
        f"visited[{chain}] by 1 visits" for chain in broken
    ]
