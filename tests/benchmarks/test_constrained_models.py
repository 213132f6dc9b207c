"""Constrained models of the benchmarks: values worked out by hand, published answers, and one law.

The law: a plan has a score exactly where the CQM's constraints hold, and it is then the CQM's
objective.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qopt
from problems.logistics import (
    FacilityLocation,
    GeneralizedAssignment,
    MultiKnapsack,
    QuadraticAssignment,
)
from qopt import QoptError
from qopt.kit.laws import drawn

from ..problems.published import FOLDER, instances
from .constrained_models import (
    GENERATORS,
    READERS,
    Case,
    GraphColouring,
    Planned,
    Problem,
    TravellingSalesman,
    index,
    load,
)
from .instances import NotAtHand

FILES = {
    "three.dat": "3\n\n1 2 0\n3 0 4\n0 5 6\n\n1 2 3\n4 5 6\n7 8 9\n",
    "square.tsp": "NAME: square\nEDGE_WEIGHT_TYPE: EUC_2D\nNODE_COORD_SECTION\n1 0 0\n2 3.0e0 4\n3 0 4\n4 3 0.6\nEOF\n",
    "round.tsp": "NAME: round\nEDGE_WEIGHT_TYPE: GEO\nNODE_COORD_SECTION\n1 0 0\n2 3 4\n",
    "two.txt": "2\n2 3\n9 9 9\n9 9 9\n1 1 1\n1 1 1\n9 9\n2 3\n6 5 4\n1 2 3\n3 2 2\n1 2 2\n4 3\n",
    "sack.dat": "3 2 0\n10 7\n 5\n 2.5 3 1\n1 1 1\n4\n2\n",
    "sacks.txt": "1\n2 1 3\n3 2\n2 2\n3\n",
    "house.col": "c a square and a diagonal\np edge 4 6\ne 1 2\ne 2 3\ne 3 4\ne 4 1\ne 1 3\ne 3 1\n",
    "shops.txt": "2 3\n60 10.5\n60 20.\n10\n1 2\n20\n3.5 1\n30\n6 2\n",
    "small.txt": "2 1\n5 1\n5 1\n10\n1 2\n",
}
ENTRIES: list[dict[str, Any]] = [
    {"name": "three", "family": "qap", "path": "three.dat", "best_known": 90, "sense": "min"},
    {"name": "square", "family": "tsp", "path": "square.tsp", "best_known": 13, "sense": "min"},
    {"name": "round", "family": "tsp", "path": "round.tsp", "best_known": 1, "sense": "min"},
    {
        "name": "two_2",
        "family": "generalized_assignment",
        "path": "two.txt",
        "problem": 2,
        "best_known": 11,
        "sense": "max",
    },
    {
        "name": "sack",
        "family": "multidim_knapsack",
        "path": "sack.dat",
        "best_known": 15,
        "sense": "max",
    },
    {
        "name": "sacks_1",
        "family": "multidim_knapsack",
        "path": "sacks.txt",
        "problem": 1,
        "best_known": 3,
        "sense": "max",
    },
    {
        "name": "house",
        "family": "graph_colouring",
        "path": "house.col",
        "best_known": 3,
        "sense": "min",
    },
    {
        "name": "shops",
        "family": "facility_location",
        "path": "shops.txt",
        "best_known": 21,
        "sense": "min",
    },
    {
        "name": "small",
        "family": "facility_location",
        "path": "small.txt",
        "best_known": 3,
        "sense": "min",
    },
    {"name": "lost", "family": "qap", "path": "lost.dat", "best_known": 1, "sense": "min"},
    {"name": "G1", "family": "maxcut", "path": "G1", "best_known": 1, "sense": "max"},
]


UNSET = "set QOPT_INSTANCES to the folder of benchmark instances to run this"
RANDOM = np.random.default_rng(7)
PROBLEMS: dict[str, Problem] = {
    "assignment": Planned(
        QuadraticAssignment(RANDOM.integers(0, 9, (6, 6)), RANDOM.integers(0, 9, (6, 6)))
    ),
    "tour": TravellingSalesman(RANDOM.integers(1, 99, (6, 6)) * 1.0),
    "jobs": Planned(
        GeneralizedAssignment(
            RANDOM.uniform(1, 9, (8, 3)), RANDOM.integers(1, 9, (8, 3)), [15, 16, 17]
        )
    ),
    "knapsack": Planned(
        MultiKnapsack(
            RANDOM.uniform(1, 9, 9), RANDOM.integers(0, 9, (4, 9)) * 0.1, [1.1, 1.5, 2.3, 2]
        )
    ),
    "colouring": GraphColouring(6, np.array([[0, 1], [1, 2], [2, 3], [0, 3], [4, 5]]), 3),
    "warehouses": Planned(FacilityLocation(RANDOM.uniform(5, 9, 3), RANDOM.uniform(0, 9, (5, 3)))),
    "warehouses, strong": Planned(
        FacilityLocation(
            RANDOM.uniform(5, 9, 3), RANDOM.uniform(0, 9, (5, 3)), formulation="strong"
        )
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "index.json").write_text(json.dumps(ENTRIES))
    return str(tmp_path)


def plan(case: Case, *ones: str) -> dict[Any, float]:
    """These variables 1, the rest 0."""
    assert set(ones) <= set(case.cqm.variables)
    return {name: float(name in ones) for name in case.cqm.variables}


@pytest.mark.parametrize(
    ("spec", "ones", "value", "gap"),
    [
        # flow 1+2+0 / 3+0+4 / 0+5+6 with facility 0 on 2, 1 on 0, 2 on 1: 9 + 2*7 + 3*3 + 4*2 + 5*4
        # + 6*5
        ("three", ["at[1,3]", "at[2,1]", "at[3,2]"], 90, 0),
        ("three", ["at[1,1]", "at[2,2]", "at[3,3]"], 1 + 2 * 2 + 3 * 4 + 4 * 6 + 5 * 8 + 6 * 9, 50),
        ("three", ["at[1,1]", "at[2,2]"], None, None),
        ("three", ["at[1,1]", "at[2,2]", "at[3,2]"], None, None),
        # 0-1 is 5 long, 1-2 3, 2-0 4, and rounded 2-3 4.53, 3-0 3.06, 3-1 3.4
        ("square", ["x[0,0]", "x[1,1]", "x[2,2]", "x[3,3]"], 5 + 3 + 5 + 3, 100 * 3 / 13),
        ("square", ["x[0,3]", "x[1,1]", "x[2,2]", "x[3,0]"], 3 + 3 + 4 + 3, 0),
        ("square", ["x[0,0]", "x[1,1]", "x[2,2]"], None, None),
        # agents hold 4 and 3; profits 6 5 4 and 1 2 3; loads 3 2 2 and 1 2 2
        ("two_2", ["assign[1,agent 2]", "assign[2,agent 1]", "assign[3,agent 1]"], 1 + 5 + 4, 100 / 11),
        ("two_2", ["assign[1,agent 1]", "assign[2,agent 2]", "assign[3,agent 2]"], None, None),
        ("two_2", ["assign[1,agent 1]", "assign[2,agent 2]"], None, None),
        ("sack", ["take[1]", "take[3]"], 15, 0),
        ("sack", ["take[1]", "take[2]"], None, None),
        ("sack", [], 0, 100),
        ("sacks_1", ["take[1]"], 3, 0),
        ("house:3", ["x[0,0]", "x[1,1]", "x[2,2]", "x[3,1]"], 0, 0),
        # only the diagonal, listed twice
        ("house:2", ["x[0,0]", "x[1,1]", "x[2,0]", "x[3,1]"], 1, math.inf),
        ("house:2", ["x[0,0]", "x[1,1]", "x[2,0]"], None, None),
        ("shops", ["open[site 2]", "serve[1,site 2]", "serve[2,site 2]", "serve[3,site 2]"], 20 + 2 + 1 + 2, 100 * 4 / 21),
        ("shops", ["open[site 1]", "serve[1,site 1]", "serve[2,site 1]", "serve[3,site 1]"], 10.5 + 1 + 3.5 + 6, 0),
        ("shops", ["open[site 1]", "serve[1,site 1]", "serve[2,site 1]", "serve[3,site 2]"], None, None),
        (
            "shops:strong",
            ["open[site 1]", "open[site 2]", "serve[1,site 1]", "serve[2,site 2]", "serve[3,site 2]"],
            30.5 + 1 + 1 + 2,
            100 * 13.5 / 21,
        ),
    ],
)  # fmt: skip
def test_values_by_hand(
    folder: str, spec: str, ones: list[str], value: float | None, gap: float | None
) -> None:
    case = load(spec, folder)
    found = case.score(plan(case, *ones))
    assert found == value
    if found is not None:
        assert case.gap(found) == pytest.approx(gap)


def test_files_as_models(folder: str) -> None:
    shapes = {
        spec: (len(case.cqm.variables), len(case.cqm.constraints))
        for spec, case in loaded(folder).items()
    }
    assert shapes == {
        "three": (9, 6),
        "square": (16, 8),
        "two_2": (6, 5),
        "sack": (3, 2),
        "sacks_1": (2, 1),
        "house": (12, 4 + 5 * 3),
        "shops": (8, 3 + 2),
        "shops:strong": (8, 3 + 6),
    }
    assert sorted(load("three", folder).cqm.constraints) == [
        *(f"placed[{k}]" for k in (1, 2, 3)),
        *(f"used[{k}]" for k in (1, 2, 3)),
    ]
    assert (
        load("house:2", folder).cqm.constraints["differ[0,2,1]"].to_polystring()
        == "x[0,1] + x[2,1] <= 1.0"
    )
    assert load("house", folder).best_known == 0


def test_every_assignment_of_the_smallest_obeys_the_law(folder: str) -> None:
    for case in loaded(folder).values():
        variables = list(case.cqm.variables)
        if len(variables) < 10:
            for bits in np.ndindex(*(2,) * len(variables)):
                obeys(case, dict(zip(variables, map(float, bits), strict=True)))


@pytest.mark.parametrize("name", PROBLEMS)
def test_random_plans_obey_the_law(name: str) -> None:
    problem = PROBLEMS[name]
    sense = problem.problem.sense if isinstance(problem, Planned) else "min"
    case = Case(name, name, problem.cqm(), sense, None, problem.score)
    feasible = [obeys(case, draw(problem, np.random.default_rng(seed))) for seed in range(200)]
    assert 10 < sum(feasible) < 190


@pytest.mark.parametrize("kind", GENERATORS)
def test_generators_are_the_same_again(kind: str) -> None:
    case, again = load(f"{kind}:5"), load(f"{kind}:5")
    assert case.cqm.is_equal(again.cqm)
    assert (case.sense, case.best_known, case.gap(1.0)) == ("min", None, None)


def test_a_generated_model_scores_by_itself() -> None:
    case = load("bin-packing:10")
    boxed = [f"x_{k}_{k}" for k in range(10)]
    assert case.score(plan(case, *boxed, *(f"y_{k}" for k in range(10)))) == 10
    assert case.score(plan(case, *boxed, *(f"y_{k}" for k in range(9)))) is None


@pytest.mark.parametrize(
    "spec", ["round", "small", "lost", "G1", "three:2", "house:x", "shops:weak", "tour", "tour:x"]
)
def test_what_is_not_at_hand_says_so_in_a_line(folder: str, spec: str) -> None:
    with pytest.raises(NotAtHand) as caught:
        load(spec, folder)
    assert "\n" not in str(caught.value)


def test_no_instances(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("QOPT_INSTANCES", raising=False)
    with pytest.raises(NotAtHand, match="QOPT_INSTANCES"):
        load("nug12")
    with pytest.raises(NotAtHand, match=r"index\.json"):
        load("nug12", str(tmp_path))
    assert load("tour:5").family == "tour"


@instances("tsp", "solution")
def test_published_tours(entry: dict[str, Any]) -> None:
    try:
        problem = TravellingSalesman.read(FOLDER / entry["path"])
    except NotAtHand:
        pytest.skip("not EUC_2D")
    lines = (FOLDER / entry["solution"]).read_text().partition("TOUR_SECTION")[2].split()
    tour = np.array(lines[: lines.index("-1")], dtype=int) - 1
    assert problem.score(permutation(problem, np.argsort(tour))) == entry["best_known"]


@pytest.mark.parametrize("family", READERS)
@pytest.mark.skipif("QOPT_INSTANCES" not in os.environ, reason=UNSET)
def test_random_plans_of_published_problems_obey_the_law(family: str) -> None:
    _, entries = index()
    for entry in [entry for entry in entries.values() if entry["family"] == family][:8]:
        try:
            problem = READERS[family](FOLDER / entry["path"], entry, "")
        except (NotAtHand, QoptError):
            continue
        case = Case(
            entry["name"], family, problem.cqm(), entry["sense"], entry["best_known"], problem.score
        )
        for seed in range(10):
            obeys(case, draw(problem, np.random.default_rng(seed)))


@pytest.mark.skipif("QOPT_INSTANCES" not in os.environ, reason=UNSET)
@pytest.mark.parametrize(
    "spec",
    ["gap1_1", "gap12_5", "hp2", "pb7", "mknap1_2", "weish01", "queen5_5", "myciel4", "cap71"],
)
def test_cp_sat_finds_what_is_published(spec: str) -> None:
    pytest.importorskip("ortools")
    case = load(spec)
    found = qopt.solve(case.cqm, solver="cp-sat", time_limit=30).best
    assert found is not None
    value = case.score(found.values)
    assert value == pytest.approx(case.best_known, abs=1e-9)


def loaded(folder: str) -> dict[str, Case]:
    specs = ("three", "square", "two_2", "sack", "sacks_1", "house", "shops", "shops:strong")
    return {spec: load(spec, folder) for spec in specs}


def obeys(case: Case, sample: dict[Any, float]) -> bool:
    """Checks the law, and tells whether the plan is feasible."""
    value, feasible = case.score(sample), bool(case.cqm.check_feasible(sample))
    if case.family in (
        "colouring",
        "graph_colouring",
    ):  # a plan with conflicts has a value, and breaks rows
        value = None if value else value
    assert (value is not None) == feasible
    if value is not None:
        assert case.cqm.objective.energy(sample) == pytest.approx(
            case.energy(value), rel=1e-12, abs=1e-12
        )
    return feasible


def draw(problem: Any, random: np.random.Generator) -> dict[Any, float]:
    """A plan that is feasible now and then; one in three has a bit flipped."""
    if isinstance(problem, Planned):
        inner = problem.problem
        if not isinstance(inner, QuadraticAssignment):
            return flipped(
                drawn(inner, random, ones=0.3 if isinstance(inner, MultiKnapsack) else 0.8), random
            )
        return flipped(
            inner.encode(inner.layout(random.permutation(len(inner.locations)).tolist())), random
        )
    if isinstance(problem, TravellingSalesman):
        return flipped(permutation(problem, random.permutation(len(problem.names))), random)
    rows, columns = problem.names.shape
    names, ones = (
        problem.names.flat,
        problem.names[np.arange(rows), random.integers(0, columns, rows)],
    )
    return flipped({name: float(name in set(ones)) for name in names}, random)


def flipped(sample: dict[Any, float], random: np.random.Generator) -> dict[Any, float]:
    name = list(sample)[random.integers(len(sample))]
    return sample | {name: 1 - sample[name]} if random.random() < 1 / 3 else sample


def permutation(problem: Any, column: np.ndarray) -> dict[Any, float]:
    """Row k's variable of column[k] is 1."""
    chosen = set(problem.names[np.arange(len(column)), column])
    return {name: float(name in chosen) for name in problem.names.flat}
