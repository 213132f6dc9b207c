from __future__ import annotations

import itertools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.logistics import Tour, TravellingSalesman
from problems.logistics.tours.model import Passage
from problems.logistics.tours.moves import nearest_cities, shortened
from problems.logistics.tours.parts import KINDS, Present, chains
from qopt import QoptError
from qopt.kit import laws

from ... import models

# a -> b -> c -> a is 1 + 2 + 3, the other way round 7 + 5 + 4
ROUND = TravellingSalesman([[9, 1, 7], [4, 9, 2], [3, 5, 9]], cities=("a", "b", "c"), name="round")


def _length(problem: TravellingSalesman, cities: tuple[str, ...]) -> float:
    """By the definition, a leg at a time."""
    row = {city: k for k, city in enumerate(problem.cities)}
    return sum(
        float(problem.distance[row[a], row[b]]) for a, b in itertools.pairwise([*cities, cities[0]])
    )


@st.composite
def _problems(draw: st.DrawFn, least: int = 2, most: int = 6) -> TravellingSalesman:
    """Whole distances, some of them 0; half of the problems are symmetric."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(least, most))
    distance = random.integers(0, 20, (n, n)) * (random.random((n, n)) < 0.9)
    return TravellingSalesman(distance + distance.T if draw(st.booleans()) else distance)


def test_the_length_is_that_of_the_legs_in_their_direction() -> None:
    assert ROUND.evaluate(ROUND.tour([0, 1, 2])).objective == 6
    assert ROUND.evaluate(ROUND.tour([1, 0, 2])).objective == 16
    assert str(ROUND.tour([2, 0, 1])) == "a > b > c > a"
    assert ROUND.distance.diagonal().tolist() == [0, 0, 0]


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_a_tour_scores_as_its_definition_says(problem: TravellingSalesman, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(len(problem.cities))
    plan = problem.tour(order)
    score = laws.judged(problem, problem.encode(plan))
    as_drawn = tuple(problem.cities[c] for c in order.tolist())
    assert (score.objective, score.violations) == (_length(problem, as_drawn), ())
    assert problem.encode(Tour(as_drawn)) == problem.encode(plan)  # from whichever city it is told


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_tour_is_judged(
    problem: TravellingSalesman, seed: int
) -> None:
    cqm, sample = problem.model(), laws.drawn(problem, np.random.default_rng(seed))
    assert problem.model_size() == models.size(cqm)
    plan = problem.decode(sample)
    score = problem.evaluate(plan)
    visits = Counter(plan.cities)
    wrong = [f"visited[{city}]" for city in problem.cities if visits[city] != 1]
    assert [violation.constraint for violation in score.violations] == wrong
    if cqm.check_feasible(sample):
        assert score.feasible
        assert cqm.objective.energy(sample) == pytest.approx(score.objective)
        assert problem.encode(plan) == sample
    if wrong:
        with pytest.raises(QoptError, match="the model visits every city once"):
            problem.encode(plan)


@settings(deadline=None, max_examples=25, derandomize=True)
@given(_problems(most=5))
def test_the_model_s_optimum_is_that_of_all_tours(problem: TravellingSalesman) -> None:
    lengths = [_length(problem, order) for order in itertools.permutations(problem.cities)]
    assert models.optimum(problem.model()) == pytest.approx(min(lengths))
    greedy, better = problem.greedy(), problem.improve(problem.greedy())
    assert problem.evaluate(greedy).feasible
    assert problem.evaluate(better).feasible
    assert (
        min(lengths)
        <= problem.evaluate(better).objective
        <= problem.evaluate(greedy).objective
        <= max(lengths)
    )


def test_the_model_names_cities_and_places() -> None:
    cqm = ROUND.model()
    assert list(cqm.variables) == ["visit[b,2]", "visit[b,3]", "visit[c,2]", "visit[c,3]"]
    assert list(cqm.constraints) == ["visited[b]", "visited[c]", "place[2]", "place[3]"]


@pytest.mark.parametrize(
    ("cities", "violations"),
    [
        ("cab", []),
        ("ab", ["visited[c] by 1 visits"]),
        ("abcbb", ["visited[b] by 2 visits"]),
        ("abcx", ["visited[x] by 1 visits, and is none"]),
        ("", ["visited[a] by 1 visits", "visited[b] by 1 visits", "visited[c] by 1 visits"]),
    ],
)
def test_cities_never_visited_visited_twice_and_unheard_of_are_named(
    cities: str, violations: list[str]
) -> None:
    plan = Tour(tuple(cities))
    assert [str(violation) for violation in ROUND.evaluate(plan).violations] == violations
    if violations:
        assert ROUND.improve(plan) is plan
        with pytest.raises(QoptError, match="the model visits every city once"):
            ROUND.encode(plan)


@pytest.mark.parametrize("kind", KINDS)
@settings(deadline=None, max_examples=40, derandomize=True)
@given(problem=_problems(most=12), size=st.integers(0, 130), seed=st.integers(0, 99))
def test_a_part_moves_as_the_whole_does(
    kind: str, problem: TravellingSalesman, size: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    plan, other = (problem.tour(random.permutation(len(problem.cities))) for _ in range(2))
    part = laws.part_of(problem, plan, kind, size, random)
    if part is not None:
        laws.moves_as_the_whole(problem, part, random)
        assert part.problem.evaluate(part.plan).objective == problem.evaluate(plan).objective
    else:
        assert (
            kind == "merge" or size < 8 or len(problem.cities) < 3
        )  # two chains that may be turned are the least
    merged = problem.neighbourhood(plan, kind, size, random, [other])
    if merged is not None:
        laws.moves_as_the_whole(problem, merged, random)


def test_merging_cuts_what_the_other_tour_does_without() -> None:
    """The corners of an octagon.

    Tours that differ by two legs are one 2-opt move apart, too few chains for a part.
    """
    problem = _octagon()
    plan, two, three = (
        problem.tour(order)
        for order in (range(8), [0, 1, 2, 6, 5, 4, 3, 7], [0, 2, 1, 6, 5, 4, 3, 7])
    )
    assert problem.neighbourhood(plan, "merge", 100, np.random.default_rng(1), [two]) is None
    part = problem.neighbourhood(plan, "merge", 100, np.random.default_rng(1), [three])
    assert part is not None
    tours = {part.back(inner).cities for inner in _passages(part.problem)}
    assert {plan.cities, three.cities} <= tours | {(tour[0], *tour[:0:-1]) for tour in tours}
    assert len(tours) == 8  # two free chains in both orders and directions


def _passages(part: Any) -> list[Passage]:
    options = range(len(part.chain))
    ways = [Passage(way) for way in itertools.permutations(options, part.places)]
    return [way for way in ways if part.evaluate(way).feasible]


@pytest.mark.parametrize("both_ways", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_chains_are_the_tour_cut_and_the_longest_stays(kind: str, both_ways: bool) -> None:
    problem, random = TravellingSalesman.generate(cities=40, seed=1), np.random.default_rng(1)
    for size in (8, 30, 150, 3000):
        tour, other = random.permutation(40), random.permutation(40)
        parts = chains(Present(tour, problem.distance, [other], random, both_ways), kind, size)
        again = np.concatenate(parts)
        assert np.roll(again, -int(np.argmax(again == tour[0]))).tolist() == tour.tolist()
        assert len(parts[0]) == max(map(len, parts))
        assert len(parts) >= 3
        if size == 3000 and kind != "merge":
            assert len(parts) == 40


def _octagon() -> TravellingSalesman:
    """Eight cities on a ring, 1 apart."""
    apart = np.abs(np.arange(8)[:, None] - np.arange(8))
    return TravellingSalesman(np.minimum(apart, 8 - apart))


@pytest.mark.parametrize("symmetric", [True, False])
def test_no_exchange_of_two_legs_and_no_moved_city_shortens_what_is_improved(
    symmetric: bool,
) -> None:
    """Tried one by one, with all cities for neighbours."""
    for seed in range(8):
        random = np.random.default_rng(seed)
        distance = random.uniform(1, 100, (11, 11))
        distance = distance + distance.T if symmetric else distance
        problem = TravellingSalesman(distance)
        tour = shortened(
            random.permutation(11), problem.distance, nearest_cities(problem.distance, 10)
        )
        assert sorted(tour.tolist()) == list(range(11))
        length = problem.evaluate(problem.tour(tour)).objective
        for other in _exchanged(tour.tolist()):
            assert problem.evaluate(problem.tour(other)).objective > length - 1e-9


def _exchanged(tour: list[int]) -> list[list[int]]:
    """All tours by 2-opt and by one to three cities moved, either way round.

    They may begin at any place.
    """
    found = []
    for shift in range(len(tour)):
        ring = tour[shift:] + tour[:shift]
        found += [ring[:a][::-1] + ring[a:] for a in range(2, len(ring) - 1)]
        for length in (1, 2, 3):
            piece, rest = ring[:length], ring[length:]
            found += [
                rest[:a] + p + rest[a:] for a in range(1, len(rest)) for p in (piece, piece[::-1])
            ]
    return found


def test_hybrid_shortens_in_parts_what_the_local_search_cannot() -> None:
    problem = TravellingSalesman.generate(cities=50, seed=4)
    local = problem.improve(problem.greedy())
    assert problem.improve(local) is local
    result = qopt.solve(
        problem, solver="hybrid", size=300, num_rounds=12, time_limit=None, seed=1, num_threads=1
    )
    account = result.provenance["solver"]
    assert result.objective < problem.evaluate(local).objective
    assert sum(account["gains"].values()) == pytest.approx(account["start"] - result.objective)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"distance": [[0]]},
            r"distance has shape \(1, 1\); give a square array, for 2 cities or more",
        ),
        ({"distance": [[0, 1, 2], [1, 0, 2]]}, r"distance has shape \(2, 3\); give a square array"),
        (
            {"distance": [[0, 1], [2]]},
            "distance holds something that is not a number, or rows of different lengths",
        ),
        (
            {"distance": [[0, -1], [1, 0]]},
            "distance of city 1, city 2 is -1; give a finite number, 0 or more",
        ),
        (
            {"distance": [[0, 1], [np.inf, 0]], "cities": ("Ulm", "Bonn")},
            "distance of city Bonn, city Ulm is inf; give a finite",
        ),
        (
            {"distance": [[0, 1], [1, 0]], "cities": ("Ulm", "Ulm")},
            "'Ulm'.*: give each city a text of its own",
        ),
        ({"distance": [[0, 1], [1, 0]], "cities": ("Ulm",)}, "give 2 of them, one for each city"),
        (
            {"distance": [[0, 1], [1, 0]], "coordinates": [[1, 2]]},
            r"coordinates has shape \(1, 2\); give a number for each city \(2\)",
        ),
    ],
)
def test_bad_data_is_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        TravellingSalesman(**arguments)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "message"), [({"cities": 1}, "cities=1"), ({"seed": -1}, "seed=-1")]
)
def test_what_cannot_be_generated_is_refused(arguments: dict[str, int], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        TravellingSalesman.generate(**arguments)


def test_generated_cities_are_the_same_each_time() -> None:
    a, b = (TravellingSalesman.generate(cities=7, seed=3) for _ in range(2))
    assert a.name == "random-n7-s3"
    assert np.array_equal(a.distance, b.distance)
    assert not np.array_equal(a.distance, TravellingSalesman.generate(cities=7, seed=4).distance)


def test_drawn_with_and_without_coordinates() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    for problem in (ROUND, TravellingSalesman.generate(cities=5)):
        axes = figure.Figure().subplots()
        problem.draw(problem.greedy(), axes)
        assert len(axes.texts) == len(problem.cities)
        assert "length" in axes.get_title()
