from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.graphs import Cut, MaxCut
from qopt import FileError, QoptError

from ... import models, published

SQUARE = MaxCut(
    (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c")), (1, 2, 3, 4, -5), name="square"
)
TEXT = "4 5\n1 2 1\n2 3 2\n3 4 3\n4 1 4\n1 3 -5\n"


@st.composite
def _graphs(draw: st.DrawFn, most: int = 7) -> MaxCut:
    nodes = [f"n{k}" for k in range(draw(st.integers(1, most)))]
    pairs = list(itertools.permutations(nodes, 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=12)) if pairs else []
    weights = draw(st.lists(st.integers(-5, 5), min_size=len(edges), max_size=len(edges)))
    return MaxCut(tuple(edges), tuple(map(float, weights)), tuple(nodes))


def _weight(problem: MaxCut, one: tuple[str, ...]) -> float:
    return sum(
        weight
        for (a, b), weight in zip(problem.edges, problem.weights, strict=True)
        if (a in one) != (b in one)
    )


def _sides(problem: MaxCut) -> list[tuple[str, ...]]:
    """Every set of nodes that has the first."""
    first, *others = problem.nodes
    return [
        (first, *more)
        for k in range(len(problem.nodes))
        for more in itertools.combinations(others, k)
    ]


def _cut(problem: MaxCut, one: tuple[str, ...]) -> Cut:
    return Cut(one, tuple(node for node in problem.nodes if node not in one))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_graphs(), st.data())
def test_a_cut_comes_back_and_its_energy_is_minus_its_weight(
    problem: MaxCut, data: st.DataObject
) -> None:
    plan = _cut(problem, data.draw(st.sampled_from(_sides(problem))))
    score, sample = problem.evaluate(plan), problem.encode(plan)
    assert (score.objective, score.violations) == (_weight(problem, plan.one), ())
    assert problem.decode(sample) == plan
    assert problem.model().objective.energy(sample) == -score.objective
    turned = {label: 1 - bit for label, bit in sample.items()}
    assert problem.decode(turned) == plan


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_graphs())
def test_the_model_s_optimum_is_the_heaviest_cut_and_its_size_is_known(problem: MaxCut) -> None:
    assert models.optimum(problem.model()) == -max(_weight(problem, one) for one in _sides(problem))
    assert problem.model_size() == models.size(problem.model())


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_graphs())
def test_no_single_node_makes_the_greedy_cut_heavier(problem: MaxCut) -> None:
    plan = problem.greedy()
    for node in problem.nodes:
        assert (
            _weight(problem, tuple(set(plan.one) ^ {node}))
            <= problem.evaluate(plan).objective + 1e-9
        )


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_graphs(most=9), st.integers(1, 9), st.integers(0, 99))
def test_a_neighbourhood_scores_as_the_whole(problem: MaxCut, size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    plan = problem.cut(random.random(len(problem.nodes)) < 0.5)
    neighbourhood = problem.neighbourhood(plan, "near", size, random)
    if size < 2:
        assert neighbourhood is None
        return
    assert neighbourhood is not None
    part: Any = neighbourhood.problem
    assert part.model_size() == models.size(part.model())
    assert part.model_size().variables == min(size - 1, len(problem.nodes)) + 1
    assert neighbourhood.back(neighbourhood.plan) == plan
    whole, before = problem.evaluate(plan).objective, part.evaluate(neighbourhood.plan).objective
    for _ in range(4):
        other = part.decode(
            {label: float(random.random() < 0.5) for label in part.model().variables}
        )
        inside, now = part.evaluate(other).objective, problem.evaluate(neighbourhood.back(other))
        assert now.objective - whole == pytest.approx(inside - before)
        assert -part.model().objective.energy(part.encode(other)) == pytest.approx(inside)


def test_the_node_that_stands_for_the_rest_has_a_name_of_its_own() -> None:
    problem = MaxCut((("(the rest)", "a"), ("a", "b"), ("b", "c")))
    part = problem.neighbourhood(problem.greedy(), "near", 3, np.random.default_rng(1))
    assert part is not None
    assert part.problem.nodes[0] == "((the rest))"  # type: ignore[attr-defined]


def test_a_neighbourhood_grows_along_edges() -> None:
    """Of a long path any four nodes near each other follow each other."""
    names = [str(k) for k in range(30)]
    problem = MaxCut(tuple(itertools.pairwise(names)))
    for seed in range(5):
        part = problem.neighbourhood(problem.greedy(), "near", 5, np.random.default_rng(seed))
        assert part is not None
        rest, *free = part.problem.nodes  # type: ignore[attr-defined]
        assert rest == "(the rest)"
        numbers = sorted(map(int, free))
        assert numbers == list(range(numbers[0], numbers[0] + 4))


def test_hybrid_cuts_a_bipartite_graph_through_every_edge() -> None:
    grid = [(i, j) for i in range(8) for j in range(8)]
    edges = [
        (f"{i},{j}", f"{i + x},{j + y}")
        for i, j in grid
        for x, y in ((0, 1), (1, 0))
        if i + x < 8 and j + y < 8
    ]
    problem = MaxCut(tuple(edges))
    result = qopt.solve(
        problem, solver="hybrid", size=24, num_rounds=60, time_limit=None, seed=1, num_threads=1
    )
    assert result.objective == len(edges) == 112


@pytest.mark.parametrize(
    ("plan", "violations"),
    [
        (Cut(("a", "c"), ("b", "d")), []),
        (Cut(("a",), ("b", "d")), ["node[c] by 1 missing"]),
        (Cut(("a", "c", "b"), ("b", "d")), ["node[b] by 1 too often"]),
        (Cut(("a", "c", "x"), ("b", "d")), ["node[x] by 1 unknown"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(plan: Cut, violations: list[str]) -> None:
    assert [str(violation) for violation in SQUARE.evaluate(plan).violations] == violations
    if violations and "unknown" not in violations[0]:
        with pytest.raises(QoptError, match="each node on just one side"):
            SQUARE.encode(plan)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"edges": ()}, "at least one node"),
        ({"edges": (("a", "a"),)}, "edge a, a joins a node to itself"),
        ({"edges": (("a", 1),)}, r"edge \('a', 1\): give two names"),
        ({"edges": (("a", "b"),), "nodes": ("a",)}, "edge a, b: there is no node 'b'"),
        ({"edges": (("a", "b"),), "nodes": ("a", "a")}, "each node a text of its own"),
        ({"edges": (("a", "b"),), "weights": (1, 2)}, "weights has 2 numbers for 1 edges"),
        (
            {"edges": (("a", "b"),), "weights": (float("nan"),)},
            "edge a, b has weight nan; give a finite number",
        ),
        ({"edges": (("a", "b"),), "weights": ("x",)}, "edge a, b has weight 'x'"),
    ],
)
def test_bad_graphs_are_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        MaxCut(**arguments)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("options", [{"nodes": 0}, {"degree": 60}, {"seed": -1}])
def test_generating_nonsense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(options))):
        MaxCut.generate(**options)


def test_generated_graphs_have_their_degree_and_signs() -> None:
    problem = MaxCut.generate(nodes=200, degree=6, signs=True, seed=1)
    assert 500 < len(problem.edges) < 700
    assert set(problem.weights) == {-1.0, 1.0}


def test_edges_that_come_twice_add_up() -> None:
    problem = MaxCut((("a", "b"), ("b", "a"), ("b", "c")), (2, 3, 1))
    assert (problem.edges, problem.weights) == ((("a", "b"), ("b", "c")), (5, 1))


def test_a_file_gives_edges_weights_and_a_name(tmp_path: Path) -> None:
    path = tmp_path / "square.rudy"
    path.write_text(TEXT)
    problem = MaxCut.read(path)
    names = dict(zip("abcd", "1234", strict=True))
    assert {
        frozenset(edge): weight for edge, weight in zip(problem.edges, problem.weights, strict=True)
    } == {
        frozenset(names[node] for node in edge): weight
        for edge, weight in zip(SQUARE.edges, SQUARE.weights, strict=True)
    }
    assert (problem.name, problem.nodes) == ("square", ("1", "2", "3", "4"))


@pytest.mark.parametrize(
    ("mistaken", "line", "message"),
    [
        (TEXT.replace("4 1 4", "4 5 4"), 5, "i and j count from 1"),
        (TEXT.replace("4 5\n", "4 6\n"), 1, "announces 6 lines, and 5 follow"),
        (TEXT.replace("4 1 4", "4 1 x"), 5, "'x' is not a number"),
        ("", None, "the file is empty"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "square.rudy"
    path.write_text(mistaken)
    with pytest.raises(FileError) as caught:
        MaxCut.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_plans_survive_json_and_read_side_by_side() -> None:
    plan = Cut(("a", "c"), ("b",))
    assert Cut.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert str(plan) == "2 nodes: a, c\n1 nodes: b"


def test_a_drawing_has_every_edge() -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    SQUARE.draw(Cut(("a", "c"), ("b", "d")), axes)
    assert len(axes.lines) == 5


@published.instances("maxcut")
def test_published_graphs_count_as_their_file_does(entry: dict[str, Any]) -> None:
    """The greedy cut, added up line by line; those of weight 1 are at least half of all edges."""
    path = published.FOLDER / entry["path"]
    problem = MaxCut.read(path)
    assert len(problem.nodes) == entry["size"]["nodes"]
    plan = problem.greedy()
    one = set(plan.one)
    rows = [line.split() for line in path.read_text().splitlines()[1:] if line.strip()]
    weight = sum(float(words[2]) for words in rows if (words[0] in one) != (words[1] in one))
    assert problem.evaluate(plan).objective == weight <= entry["best_known"]
    assert weight > 0.7 * entry["best_known"]
