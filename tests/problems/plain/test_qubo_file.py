from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.plain import Bits, QuboFile
from qopt import FileError, QoptError, Qubo, UnknownName

from .. import models, published

ABC: Any = [2, 2, -1], [0, 1], [1, 2], [-3, 4]
THREE = QuboFile(*ABC, names=("a", "b", "c"), name="three")
QBSOLV = "c one pair\np qubo 0 3 3 2\n0 0 2\n1 1 2\n2 2 -1\n0 1 -3\n1 2 4\n"
LIST = "p 3 5\n1 1 2\n2 2 2\n3 3 -1\n1 2 -1.5\n2 3 2\n"


@st.composite
def _functions(draw: st.DrawFn, most: int = 6) -> QuboFile:
    n = draw(st.integers(1, most))
    weights = st.integers(-5, 5).map(float)
    pairs = (
        draw(st.lists(st.sampled_from(list(itertools.permutations(range(n), 2))), max_size=10))
        if n > 1
        else []
    )
    row, col = ([pair[k] for pair in pairs] for k in (0, 1))
    linear = draw(st.lists(weights, min_size=n, max_size=n))
    quad = draw(st.lists(weights, min_size=len(pairs), max_size=len(pairs)))
    sense: Literal["min", "max"] = draw(st.sampled_from(["min", "max"]))  # type: ignore[assignment]
    ints = {"row": np.array(row, dtype=np.int64), "col": np.array(col, dtype=np.int64)}
    return QuboFile(
        np.array(linear), quad=np.array(quad), offset=draw(weights), sense=sense, **ints
    )


def _value(problem: QuboFile, ones: tuple[str, ...]) -> float:
    """Term by term."""
    bits = [name in ones for name in problem.names]
    total = problem.offset + sum(
        weight for weight, bit in zip(problem.linear, bits, strict=True) if bit
    )
    for i, j, weight in zip(problem.row, problem.col, problem.quad, strict=True):
        total += weight if bits[i] and bits[j] else 0.0
    return float(total)


def _every(problem: QuboFile) -> list[Bits]:
    names = problem.names
    return [Bits(ones) for k in range(len(names) + 1) for ones in itertools.combinations(names, k)]


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_functions())
def test_every_assignment_comes_back_with_its_value(problem: QuboFile) -> None:
    cqm, sign = problem.model(), 1 if problem.sense == "min" else -1
    for plan in _every(problem):
        score, sample = problem.evaluate(plan), problem.encode(plan)
        assert (score.objective, score.violations) == (_value(problem, plan.ones), ())
        assert problem.decode(sample) == plan
        assert cqm.objective.energy(sample) == sign * score.objective
    best = min(sign * _value(problem, plan.ones) for plan in _every(problem))
    assert models.optimum(cqm) == best
    assert problem.model_size() == models.size(cqm)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_functions())
def test_no_single_flip_makes_the_greedy_plan_better(problem: QuboFile) -> None:
    plan, sign = problem.greedy(), 1 if problem.sense == "max" else -1
    for name in problem.names:
        flipped = tuple(set(plan.ones) ^ {name})
        assert sign * _value(problem, flipped) <= sign * _value(problem, plan.ones) + 1e-9


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_functions(most=8), st.integers(1, 8), st.integers(0, 99))
def test_a_neighbourhood_scores_as_the_whole(problem: QuboFile, size: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    plan = problem.decode(
        {label: float(random.random() < 0.5) for label in problem.model().variables}
    )
    neighbourhood = problem.neighbourhood(plan, "near", size, random)
    part: Any = neighbourhood.problem
    assert part.sense == problem.sense
    assert part.model_size().variables == min(size, len(problem.names))
    assert neighbourhood.back(neighbourhood.plan) == plan
    for other in _every(part)[:20]:
        assert (
            part.evaluate(other).objective == problem.evaluate(neighbourhood.back(other)).objective
        )


def test_names_that_there_are_not_and_repeated_ones_are_violations() -> None:
    assert [str(v) for v in THREE.evaluate(Bits(("a", "x"))).violations] == ["x[x] by 1 unknown"]
    score = THREE.evaluate(Bits(("a", "a", "b")))
    assert [str(v) for v in score.violations] == ["ones by 1 repeated"]
    assert score.objective == 1
    with pytest.raises(QoptError, match="sets bit 'x' to 1"):
        THREE.encode(Bits(("x",)))


@pytest.mark.parametrize(
    ("name", "text", "own"), [("three.qubo", QBSOLV, "min"), ("three.txt", LIST, "max")]
)
def test_formats_say_the_same_function(tmp_path: Path, name: str, text: str, own: str) -> None:
    """A pair counts once in qbsolv's files and twice in the OR-Library's; qbsolv minimises."""
    path = tmp_path / name
    path.write_text(text)
    assert QuboFile.read(path).sense == own
    problem = QuboFile.read(path, sense="max")
    assert (problem.name, problem.names, problem.sense) == ("three", ("0", "1", "2"), "max")
    for plan in _every(THREE):
        ones = tuple(str("abc".index(name)) for name in plan.ones)
        assert problem.evaluate(Bits(ones)).objective == THREE.evaluate(plan).objective
    least = QuboFile.read(path, sense="min")
    assert least.sense == "min"
    assert (
        least.evaluate(least.greedy()).objective <= 0 < problem.evaluate(problem.greedy()).objective
    )
    assert least.evaluate(Bits(("0",))).objective == problem.evaluate(Bits(("0",))).objective == 2


def _read(tmp_path: Path, name: str, text: str, **options: Any) -> QuboFile:
    path = tmp_path / name
    path.write_text(text)
    return QuboFile.read(path, **options)


def test_a_zimpl_file_is_minimised_with_its_offset_and_counts_pairs_twice(tmp_path: Path) -> None:
    """-2 x1 - x2 + 2 * 3 x1 x2 + 7, least at x1 alone."""
    text = "# made by hand\n# ObjectiveOffset 7\n# Vars Non-zeros\n2 3\n1 1 -2\n1 2 3\n2 2 -1\n"
    for name in ("two.qs", "two.txt"):
        problem = _read(tmp_path, name, text)
        values = [problem.evaluate(plan).objective for plan in _every(problem)]
        assert (problem.sense, values) == ("min", [7, 5, 6, 10])
        assert any("Zimpl" in note for note in problem.notes)  # type: ignore[attr-defined]
    assert problem.evaluate(problem.greedy()).objective == 5


def test_a_list_without_linear_terms_is_still_a_function_of_bits(tmp_path: Path) -> None:
    text = "3 2\n1 2 5\n2 3 -4\n"
    problem = _read(tmp_path, "list.txt", text)
    assert (problem.sense, problem.evaluate(Bits(("0", "1"))).objective) == ("max", 10)
    assert problem.evaluate(Bits(("0",))).objective == 0
    assert Qubo.read(tmp_path / "list.txt").energies([[1, 0, 0]]).tolist() == [-5]
    assert any("read as a graph" in note for note in Qubo.read(tmp_path / "list.txt").notes)
    with pytest.raises(FileError, match="an edge without a weight: a graph, which max-cut reads"):
        _read(tmp_path, "edges.txt", "3 2\n1 2\n2 3\n")


@pytest.mark.parametrize(
    ("asked", "note"),
    [
        (None, "qbsolv minimises its .qubo files"),
        (None, "sense='max' would maximise the same value"),
        ("max", "sense='max' was given, so the value is maximised all the same"),
    ],
)
def test_the_result_says_which_sense_and_why(tmp_path: Path, asked: Any, note: str) -> None:
    problem = _read(tmp_path, "three.qubo", QBSOLV, sense=asked)
    result = qopt.solve(problem, time_limit=None, num_sweeps=5, seed=1)
    assert note in result.provenance["input"]["notes"]
    assert result.sense == (asked or "min")


def test_one_of_several_problems_is_read(tmp_path: Path) -> None:
    path = tmp_path / "two.bqp"
    path.write_text("2\n1 1\n1 1 5\n2 2\n1 1 7\n1 2 1\n")
    problem = QuboFile.read(path, problem=2)
    assert (problem.name, problem.evaluate(Bits(("0", "1"))).objective) == ("two-2", 9)


def test_saved_arrays_keep_their_names(tmp_path: Path) -> None:
    path = Qubo.from_arrays([1, -2], [0], [1], [3], labels=["left", "right"]).save(
        tmp_path / "named.npz"
    )
    problem = QuboFile.read(path, sense="min")
    assert problem.names == ("left", "right")
    assert problem.evaluate(Bits(("left", "right"))).objective == 2


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (QBSOLV.replace("0 1 -3", "1 0 -3"), 6, "give the smaller of the two first"),
        (QBSOLV.replace("2 2 -1", "3 3 -1"), 5, "i and j count from 0"),
        (QBSOLV.replace("p qubo", "p cubo"), 2, "give a line 'p qubo"),
        ("", None, "the file is empty"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, text: str, line: int | None, message: str
) -> None:
    path = tmp_path / "three.qubo"
    path.write_text(text)
    with pytest.raises(FileError) as caught:
        QuboFile.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"linear": []}, "at least one bit"),
        ({"linear": [1], "names": ("a", "b")}, "names: give 1 texts"),
        ({"linear": [1, 2], "names": ("a", "a")}, "each bit a name of its own"),
        ({"linear": [float("nan")]}, "linear"),
        ({"linear": [1, 2], "row": [0], "col": [2], "quad": [1]}, "col"),
        ({"linear": [1], "sense": "most"}, "no sense named 'most'"),
    ],
)
def test_bad_arrays_are_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        QuboFile(**({"row": [], "col": [], "quad": []} | arguments))
    assert len(str(caught.value).splitlines()) == 1


def test_a_wrong_sense_of_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "three.qubo").write_text(QBSOLV)
    with pytest.raises(UnknownName, match="did you mean max"):
        QuboFile.read(tmp_path / "three.qubo", sense="maxi")  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [{"variables": 0}, {"density": 2}, {"seed": -1}])
def test_generating_nonsense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(options))):
        QuboFile.generate(**options)


def test_plans_survive_json_and_read_their_ones() -> None:
    plan = Bits(("a", "c"))
    assert Bits.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert [str(plan), str(Bits(()))] == ["2 ones: a, c", "all bits are 0"]


@published.instances("qubo")
def test_published_functions_count_as_their_file_does(entry: dict[str, Any]) -> None:
    """The greedy plan, added up from the file's numbers."""
    path = published.FOLDER / entry["path"]
    problem = QuboFile.read(path, sense=entry["sense"])
    assert len(problem.names) == entry["size"]["variables"]
    plan = problem.greedy()
    once = path.suffix == ".qubo"  # the list form counts from 1 and has each pair's weight halved
    table = np.loadtxt(path, comments=["#", "c", "p"], ndmin=2)
    row, col = table[:, :2].T.astype(int) - (0 if once else 1)
    bits = np.isin(np.arange(len(problem.names)), np.array(plan.ones, dtype=int))
    value = (np.where((row != col) & (not once), 2.0, 1.0) * table[:, 2])[
        bits[row] & bits[col]
    ].sum()
    assert problem.evaluate(plan).objective == value <= entry["best_known"]
    assert value >= 0.75 * entry["best_known"]
