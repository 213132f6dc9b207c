from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.logistics import MultiKnapsack, Selection
from qopt import FileError, QoptError
from qopt.kit import laws

from .... import models, published

SACK = MultiKnapsack([10, 7, 5], [[2.5, 3, 1], [1, 1, 1]], [4, 2], name="sack")
TEXT = "3 2 15\n10 7\n 5\n2.5 3 1\n1 1 1\n4 2\n"
SEVERAL = "2\n2 1 3\n3 2\n2 2\n3\n1 1 0\n4\n2\n2\n"


@st.composite
def _problems(draw: st.DrawFn, most: int = 8) -> MultiKnapsack:
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    items, resources = draw(st.integers(1, most)), draw(st.integers(1, 3))
    need = (
        random.integers(0, 8, (resources, items)) / 10
    )  # tenths: sums of them are off by rounding
    return MultiKnapsack(random.integers(-2, 10, items), need, np.round(need.sum(axis=1) / 2, 1))


def _profit(problem: MultiKnapsack, taken: tuple[int, ...]) -> float | None:
    """In tenths, which add up exactly; None where a resource is short."""
    for need, capacity in zip(problem.need.tolist(), problem.capacity.tolist(), strict=True):
        if sum(round(10 * need[k]) for k in taken) > round(10 * capacity):
            return None
    return sum(float(problem.profit[k]) for k in taken)


def _all(problem: MultiKnapsack) -> list[tuple[int, ...]]:
    items = range(len(problem.items))
    return [
        taken for count in range(len(items) + 1) for taken in itertools.combinations(items, count)
    ]


def _plan(problem: MultiKnapsack, taken: tuple[int, ...]) -> Selection:
    return problem.selection(np.isin(np.arange(len(problem.items)), taken))


def test_values_by_hand() -> None:
    best, heavy = SACK.evaluate(_plan(SACK, (0, 2))), SACK.evaluate(_plan(SACK, (0, 1, 2)))
    assert (best.objective, best.violations, best.kpis) == (15, (), {"items": 2, "fullest": 1})
    assert [str(violation) for violation in heavy.violations] == [
        "capacity[resource 1] by 2.5 units",
        "capacity[resource 2] by 1 units",
    ]
    assert str(_plan(SACK, (0, 2))) == "take 1, 3\nused: resource 1 3.5, resource 2 2"


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems())
def test_every_plan_scores_as_its_definition_says_and_the_model_has_the_best(
    problem: MultiKnapsack,
) -> None:
    profits = []
    for taken in _all(problem):
        score, profit = problem.evaluate(_plan(problem, taken)), _profit(problem, taken)
        assert score.feasible == (profit is not None)
        if profit is not None:
            assert score.objective == profit
            profits.append(profit)
    assert models.optimum(problem.model()) == -max(profits)
    greedy = problem.evaluate(problem.greedy())
    assert greedy.feasible
    assert 0 <= greedy.objective <= max(profits)


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_plan_is_judged(
    problem: MultiKnapsack, seed: int
) -> None:
    laws.judged(problem, laws.drawn(problem, np.random.default_rng(seed)))
    assert problem.model_size() == models.size(problem.model())


@pytest.mark.parametrize("kind", SACK.kinds)
@settings(deadline=None, max_examples=30, derandomize=True)
@given(problem=_problems(most=15), size=st.integers(1, 10), seed=st.integers(0, 99))
def test_a_part_moves_as_the_whole_does(
    kind: str, problem: MultiKnapsack, size: int, seed: int
) -> None:
    random = np.random.default_rng(seed)
    part = laws.part_of(problem, problem.greedy(), kind, size, random)
    assert part is not None
    assert part.problem.model_size().variables == min(size, len(problem.items))
    laws.moves_as_the_whole(problem, part, random)


def test_there_is_no_part_of_a_plan_that_is_too_much_already() -> None:
    plan = _plan(SACK, (0, 1, 2))
    assert SACK.neighbourhood(plan, "items", 0, np.random.default_rng(1)) is None
    found = [SACK.neighbourhood(plan, "items", 1, np.random.default_rng(seed)) for seed in range(9)]
    assert any(part is not None for part in found)  # without item 1 or 2 the rest fits
    assert any(part is None for part in found)


def test_a_core_part_has_the_items_that_are_neither_sure_nor_hopeless() -> None:
    """A hundred items from the best to the worst, forty of which fit.

    Those around the fortieth come most often.
    """
    problem = MultiKnapsack(np.arange(100, 0, -1), np.ones((1, 100)), [40])
    middles = []
    for seed in range(20):
        part = problem.neighbourhood(problem.greedy(), "core", 20, np.random.default_rng(seed))
        assert part is not None
        middles.append(np.median([int(item) for item in part.problem.items]))
    assert 35 < float(np.mean(middles)) < 47


@pytest.mark.parametrize(
    ("items", "violations"),
    [
        (("1", "1"), ["item[1] by 1 too many", "capacity[resource 1] by 1 units"]),
        (("3", "x"), ["item[x] by 1 that do not exist"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    items: tuple[str, ...], violations: list[str]
) -> None:
    plan = Selection(items, {})
    assert [str(violation) for violation in SACK.evaluate(plan).violations] == violations
    if "x" in items:
        with pytest.raises(QoptError, match="the plan takes 'x'; there is no such item"):
            SACK.encode(plan)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"profit": []}, r"profit has shape \(0,\); give a number for each item"),
        (
            {"need": [[1, 2, 3]]},
            r"need has shape \(1, 3\); give a number for each resource \(2\) and item \(3\)",
        ),
        (
            {"need": [[1, 2, 3], [1, -2, 3]]},
            "need of resource 2, item 2 is -2; give a finite number, 0 or more",
        ),
        ({"capacity": [1, float("nan")]}, "capacity of resource 2 is nan"),
        ({"items": ("a", "b")}, r"profit has shape \(3,\); give a number for each item \(2\)"),
        ({"resources": ("kg", "")}, "name '': give each resource a text"),
    ],
)
def test_bad_data_is_refused_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        MultiKnapsack(
            **{"profit": SACK.profit, "need": SACK.need, "capacity": SACK.capacity} | changes
        )
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "problem", "message"),
    [
        (TEXT, 2, "problem=2: the file holds one problem only; leave it out"),
        (TEXT + "8", 1, r"sack.dat:7: '8' follows the last capacity"),
        (
            TEXT.replace("4 2", "4"),
            1,
            r"sack.dat:6: 2 numbers are due for the capacities, and 1 are left",
        ),
        (TEXT.replace("7", "seven"), 1, r"sack.dat:2: 'seven' is not a number \(the profits\)"),
        (
            TEXT.replace("2.5", "-2.5"),
            1,
            r"sack.dat:4: need of resource 1, item 1 is -2.5; give a finite number, 0 or more",
        ),
        (SEVERAL, 3, "problem=3: the file holds problems 1 to 2"),
        (SEVERAL[:9], 2, r"sack.dat:3: the file ends within problem 1"),
    ],
)
def test_bad_files_are_refused_by_line(
    tmp_path: Path, text: str, problem: int, message: str
) -> None:
    (tmp_path / "sack.dat").write_text(text)
    with pytest.raises(FileError, match=message):
        MultiKnapsack.read(tmp_path / "sack.dat", problem=problem)


def test_files_are_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "sack.dat").write_text(TEXT)
    (tmp_path / "sacks.txt").write_text(SEVERAL)
    read, second = (
        MultiKnapsack.read(tmp_path / "sack.dat"),
        MultiKnapsack.read(tmp_path / "sacks.txt", problem=2),
    )
    assert (read.name, read.best_known, read.need.tolist()) == ("sack", 15, SACK.need.tolist())
    assert (second.name, second.best_known, second.profit.tolist(), second.capacity.tolist()) == (
        "sacks-2",
        None,
        [4],
        [2],
    )


@published.instances("multidim_knapsack")
def test_published_problems_hold_what_the_index_says(entry: dict[str, Any]) -> None:
    chosen = {"problem": entry["problem"]} if "problem" in entry else {}
    problem = MultiKnapsack.read(published.FOLDER / entry["path"], **chosen)
    assert (len(problem.items), len(problem.resources)) == tuple(entry["size"].values())
    assert problem.best_known in (None, entry["best_known"])
    assert problem.model_size() == models.size(problem.model())
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert 0.8 * entry["best_known"] <= score.objective <= entry["best_known"]


@published.instances("multidim_knapsack", "problem")
def test_cp_sat_finds_the_published_optima(entry: dict[str, Any]) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    if len(entry["name"]) > len("mknap1_1") or entry["problem"] > 4:
        return
    problem = MultiKnapsack.read(published.FOLDER / entry["path"], problem=entry["problem"])
    assert qopt.solve(problem, solver="cp-sat", time_limit=60).objective == pytest.approx(
        entry["best_known"]
    )


def test_generated_problems_are_the_same_again_and_drawn() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    problem, again = (MultiKnapsack.generate(items=20, resources=3, seed=4) for _ in range(2))
    assert problem.need.tolist() == again.need.tolist()
    axes = figure.Figure().subplots()
    problem.draw(problem.greedy(), axes)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(problem.resources)
