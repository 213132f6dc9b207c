from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.logistics import Layout, QuadraticAssignment
from qopt import FileError, QoptError
from qopt.kit import laws

from ... import models, published

# flow 1+2+0 / 3+0+4 / 0+5+6
THREE = QuadraticAssignment(
    [[1, 2, 0], [3, 0, 4], [0, 5, 6]], [[1, 2, 3], [4, 5, 6], [7, 8, 9]], name="three"
)
ROOMY = QuadraticAssignment(
    [[0, 2], [1, 0]], [[0, 1, 4], [2, 0, 3], [5, 6, 0]], [[1, 0, 2], [0, 3, 0]]
)
TEXT = "3\n\n1 2 0\n3 0 4\n0 5 6\n\n1 2 3\n4 5 6\n7 8 9\n"


def _travel(problem: QuadraticAssignment, location: tuple[int, ...]) -> float:
    """By the definition, a term at a time."""
    pairs = itertools.product(range(len(location)), repeat=2)
    travel = sum(
        float(problem.flow[i, j] * problem.distance[location[i], location[j]]) for i, j in pairs
    )
    assert problem.cost is not None
    return travel + sum(float(problem.cost[i, at]) for i, at in enumerate(location))


def _least(problem: QuadraticAssignment) -> float:
    orders = itertools.permutations(range(len(problem.locations)), len(problem.facilities))
    return min(_travel(problem, order) for order in orders)


@st.composite
def _problems(draw: st.DrawFn, most: int = 5) -> QuadraticAssignment:
    """One-way flows and distances, some of them 0, and up to two locations to spare.

    Fixed costs may be below 0, too.
    """
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, most))
    m = n + draw(st.integers(0, 2))
    flow, distance = (random.integers(0, 5, (k, k)) * (random.random((k, k)) < 0.7) for k in (n, m))
    return QuadraticAssignment(
        flow, distance, random.integers(-3, 4, (n, m)) if draw(st.booleans()) else None
    )


def test_flow_goes_from_row_to_column() -> None:
    """Facility 1 at 3, 2 at 1, 3 at 2: 9 + 2*7 + 3*3 + 4*2 + 5*4 + 6*5."""
    assert THREE.evaluate(THREE.layout([2, 0, 1])).objective == 90
    assert (
        THREE.evaluate(THREE.layout([0, 1, 2])).objective
        == 1 + 2 * 2 + 3 * 4 + 4 * 6 + 5 * 8 + 6 * 9
    )


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_a_layout_scores_as_its_definition_says(problem: QuadraticAssignment, seed: int) -> None:
    location = tuple(
        np.random.default_rng(seed)
        .permutation(len(problem.locations))[: len(problem.facilities)]
        .tolist()
    )
    score = laws.judged(problem, problem.encode(problem.layout(location)))
    assert (score.objective, score.violations) == (_travel(problem, location), ())


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_plan_is_judged(
    problem: QuadraticAssignment, seed: int
) -> None:
    laws.judged(problem, laws.drawn(problem, np.random.default_rng(seed)))
    assert problem.model_size() == models.size(problem.model())


@settings(deadline=None, max_examples=25, derandomize=True)
@given(_problems(most=3))
def test_the_model_s_optimum_is_that_of_all_layouts(problem: QuadraticAssignment) -> None:
    least = _least(problem)
    assert models.optimum(problem.model()) == pytest.approx(least)
    greedy = problem.evaluate(problem.greedy())
    assert greedy.feasible
    assert greedy.objective >= least


def test_the_model_names_facilities_and_locations() -> None:
    problem = QuadraticAssignment(
        [[0, 1], [0, 0]], [[0, 2], [2, 0]], facilities=("oven", "sink"), locations=("door", "wall")
    )
    cqm = problem.model()
    assert list(cqm.variables) == [
        "at[oven,door]",
        "at[oven,wall]",
        "at[sink,door]",
        "at[sink,wall]",
    ]
    assert list(cqm.constraints) == ["placed[oven]", "placed[sink]", "used[door]", "used[wall]"]
    assert str(problem.greedy()).splitlines() == ["oven at door", "sink at wall"]


@pytest.mark.parametrize(
    ("places", "violations"),
    [
        ([("1", "1"), ("2", "3")], []),
        ([("1", "1")], ["placed[2] by 1 left out"]),
        ([("1", "1"), ("2", "1")], ["used[1] by 1 too many"]),
        ([("1", "1"), ("1", "2"), ("2", "3")], ["placed[1] by 1 too many"]),
        (
            [("1", "1"), ("2", "x"), ("3", "2")],
            ["facility[3] by 1 that do not exist", "location[x] by 1 that do not exist"],
        ),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    places: list[tuple[str, str]], violations: list[str]
) -> None:
    plan = Layout(tuple(places))
    assert [str(violation) for violation in ROOMY.evaluate(plan).violations] == violations
    if "exist" in " ".join(violations):
        with pytest.raises(QoptError, match=r"puts '2' at 'x'; the model does not have both"):
            ROOMY.encode(plan)


@pytest.mark.parametrize("kind", THREE.kinds)
@settings(deadline=None, max_examples=25, derandomize=True)
@given(problem=_problems(most=8), size=st.integers(0, 70), seed=st.integers(0, 99))
def test_a_part_moves_as_the_whole_does(
    kind: str, problem: QuadraticAssignment, size: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    plan = problem.layout(
        random.permutation(len(problem.locations))[: len(problem.facilities)].tolist()
    )
    part = laws.part_of(problem, plan, kind, size, random)
    if part is None:
        assert size < 8 or len(problem.facilities) < 2
    else:
        laws.moves_as_the_whole(problem, part, random)


def test_a_part_exchanges_facilities_with_large_flows() -> None:
    """Two clusters without any flow between them: the part stays in one."""
    flow = np.kron(np.eye(2), np.ones((4, 4)))
    problem = QuadraticAssignment(flow, 1 - np.eye(8))
    for seed in range(5):
        part = problem.neighbourhood(
            problem.greedy(), "neighbours", 16, np.random.default_rng(seed)
        )
        assert part is not None
        assert {facility for facility, _ in part.plan.places} in (
            {"1", "2", "3", "4"},
            {"5", "6", "7", "8"},
        )


def test_hybrid_finds_the_optimum_in_parts() -> None:
    """The four corners of a square with one flow around them, and four such squares far apart."""
    corners = np.array([[0, 0], [0, 1], [1, 1], [1, 0]])
    places = np.concatenate([corners + np.array([50 * k, 0]) for k in range(4)])
    around = np.roll(np.eye(4), 1, axis=1)
    flow = np.kron(np.eye(4), around)
    mixed = np.random.default_rng(3).permutation(16)
    problem = QuadraticAssignment(
        flow[np.ix_(mixed, mixed)], np.abs(places[:, None] - places).sum(axis=2)
    )
    result = qopt.solve(
        problem, solver="hybrid", size=64, num_rounds=30, time_limit=None, seed=1, num_threads=1
    )
    assert result.objective == 16


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"flow": [[1, 2]], "distance": [[1]]}, r"flow has shape \(1, 2\); give a square array"),
        (
            {"flow": [[1, 2], [3]], "distance": [[1]]},
            "flow holds something that is not a number, or rows of different lengths",
        ),
        (
            {"flow": [[1]], "distance": [[float("nan")]]},
            "distance of location 1, location 1 is nan; give a finite number",
        ),
        (
            {"flow": np.ones((3, 3)), "distance": np.ones((2, 2))},
            "3 facilities for 2 locations; give as many locations or more",
        ),
        (
            {"flow": [[1]], "distance": [[1]], "cost": [1]},
            r"cost has shape \(1,\); give a number for each facility \(1\) and location \(1\)",
        ),
        (
            {"flow": [[1]], "distance": [[1]], "facilities": ("a", "b")},
            r"flow has shape \(1, 1\); give a number for each facility \(2\)",
        ),
        (
            {"flow": np.ones((2, 2)), "distance": np.ones((2, 2)), "locations": ("a", "a")},
            "name 'a': give each location a text",
        ),
        ({"flow": [[1]], "distance": [[1]], "coordinates": [[1, 2, 3]]}, "coordinates has shape"),
    ],
)
def test_bad_data_is_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        QuadraticAssignment(**arguments)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("two\n", ":1: 'two' is not a number"),
        ("2.5\n", ":1: 2.5 for the size: give a whole number"),
        (TEXT[:-4], ":9: 9 numbers are due for the second matrix, and 7 are left"),
        (TEXT.replace("5", "x"), ":5: 'x' is not a number"),
        (TEXT + "1\n", ":10: '1' follows the second matrix"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "three.dat"
    path.write_text(text)
    with pytest.raises(FileError, match=message):
        QuadraticAssignment.read(path)


def test_a_file_is_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "three.dat").write_text(TEXT)
    problem = QuadraticAssignment.read(tmp_path / "three.dat")
    assert (problem.name, problem.flow.tolist(), problem.distance.tolist()) == (
        "three",
        THREE.flow.tolist(),
        THREE.distance.tolist(),
    )


@published.instances("qap", "solution")
def test_published_layouts_cost_what_is_published(entry: dict[str, Any]) -> None:
    """The words of a solution: size, value (wrong in kra32.sln), permutation."""
    problem = QuadraticAssignment.read(published.FOLDER / entry["path"])
    words = (published.FOLDER / entry["solution"]).read_text().replace(",", " ").split()
    plan = problem.layout([int(word) - 1 for word in words[2:]])
    score = problem.evaluate(plan)
    assert (score.feasible, score.objective) == (True, entry["best_known"])
    assert problem.decode(problem.encode(plan)) == plan
    assert problem.evaluate(problem.greedy()).objective >= entry["best_known"]


@published.instances("qap", "solution")
def test_model_sizes_of_published_problems(entry: dict[str, Any]) -> None:
    problem = QuadraticAssignment.read(published.FOLDER / entry["path"])
    if len(problem.flow) <= 30:  # 378,000 couplings take a third of a second
        assert problem.model_size() == models.size(problem.model())


def test_drawn_with_and_without_coordinates() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    for problem in (THREE, QuadraticAssignment.generate(facilities=5)):
        axes = figure.Figure().subplots()
        problem.draw(problem.greedy(), axes)
        assert "flow times distance" in axes.get_title()


@pytest.mark.parametrize("empty", [0, 2])
@pytest.mark.parametrize("seed", range(5))
def test_improve_stops_where_no_exchange_and_no_move_gains(seed: int, empty: int) -> None:
    random = np.random.default_rng(seed)
    flow, distance = random.integers(0, 9, (5, 5)), random.integers(0, 9, (5 + empty, 5 + empty))
    problem = QuadraticAssignment(flow, distance, random.integers(0, 9, (5, 5 + empty)))
    start = random.permutation(5 + empty)[:5].tolist()
    found = problem.improve(problem.layout(start))
    score = problem.evaluate(found)
    assert score.feasible
    assert score.objective <= problem.evaluate(problem.layout(start)).objective
    at = [problem.locations.index(place) for _, place in found.places]
    for f in range(5):
        for place in range(5 + empty):
            other = [place if g == f else at[f] if k == place else k for g, k in enumerate(at)]
            assert problem.evaluate(problem.layout(other)).objective >= score.objective
    assert problem.improve(found) is found


def test_improve_leaves_plans_that_are_none() -> None:
    problem = QuadraticAssignment.generate(facilities=4, seed=1)
    plan = problem.layout([0, 0, 1, 2])
    assert problem.improve(plan) is plan
