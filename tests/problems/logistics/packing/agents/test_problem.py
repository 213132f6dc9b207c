from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.logistics import GeneralizedAssignment, Load, Loads
from qopt import FileError, QoptError
from qopt.kit import laws

from .... import models, published

# profits 6 5 4 and 1 2 3, loads 3 2 2 and 1 2 2, agents hold 4 and 3
TWO = GeneralizedAssignment([[6, 1], [5, 2], [4, 3]], [[3, 1], [2, 2], [2, 2]], [4, 3], name="two")
TEXT = "2\n2 3\n9 9 9\n9 9 9\n1 1 1\n1 1 1\n9 9\n2 3\n6 5 4\n1 2 3\n3 2 2\n1 2 2\n4 3\n"


@st.composite
def _problems(draw: st.DrawFn, most: int = 6) -> GeneralizedAssignment:
    """Capacities that bind, loads of 0 and profits below 0 among them."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    jobs, agents = draw(st.integers(1, most)), draw(st.integers(1, 4))
    profit, load = random.integers(-3, 10, (jobs, agents)), random.integers(0, 6, (jobs, agents))
    capacity = np.maximum(load.max(axis=0), np.floor(load.sum(axis=0) / agents))
    return GeneralizedAssignment(profit, load, capacity)


def _given(problem: GeneralizedAssignment, agents: tuple[int, ...]) -> Loads:
    held = np.array(agents)[:, None] == np.arange(len(problem.agents))
    return Loads.of(held, problem.jobs, problem.agents, problem.load)


def _profit(problem: GeneralizedAssignment, agents: tuple[int, ...]) -> float | None:
    """A job at a time; None where an agent has too much."""
    left, profit = problem.capacity.tolist(), 0.0
    for job, agent in enumerate(agents):
        left[agent] -= problem.load[job, agent]
        profit += float(problem.profit[job, agent])
    return profit if min(left) >= 0 else None


def _all(problem: GeneralizedAssignment) -> list[tuple[int, ...]]:
    return list(itertools.product(range(len(problem.agents)), repeat=len(problem.jobs)))


def test_values_by_hand() -> None:
    best, full = TWO.evaluate(_given(TWO, (0, 1, 1))), TWO.evaluate(_given(TWO, (1, 0, 0)))
    assert (best.objective, [str(v) for v in best.violations]) == (
        11,
        ["capacity[agent 2] by 1 units"],
    )
    assert (full.objective, full.violations, full.kpis) == (10, (), {"load_factor": 5 / 7})


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems(most=5))
def test_every_plan_scores_as_its_definition_says(problem: GeneralizedAssignment) -> None:
    for agents in _all(problem)[::7]:
        score, profit = problem.evaluate(_given(problem, agents)), _profit(problem, agents)
        assert score.feasible == (profit is not None)
        if profit is not None:
            assert score.objective == profit


@settings(deadline=None, max_examples=80, derandomize=True)
@given(_problems(), st.integers(0, 99))
def test_the_model_judges_any_assignment_as_its_plan_is_judged(
    problem: GeneralizedAssignment, seed: int
) -> None:
    laws.judged(problem, laws.drawn(problem, np.random.default_rng(seed)))
    assert problem.model_size() == models.size(problem.model())


@settings(deadline=None, max_examples=40, derandomize=True)
@given(_problems(most=4))
def test_the_model_s_optimum_is_that_of_all_plans(problem: GeneralizedAssignment) -> None:
    profits = [
        profit for agents in _all(problem) if (profit := _profit(problem, agents)) is not None
    ]
    if profits:
        assert models.optimum(problem.model()) == -max(profits)
    greedy = problem.evaluate(problem.greedy())
    if greedy.feasible:
        assert greedy.objective <= max(profits)


@pytest.mark.parametrize("kind", TWO.kinds)
@settings(deadline=None, max_examples=30, derandomize=True)
@given(problem=_problems(most=9), size=st.integers(0, 30), seed=st.integers(0, 99))
def test_a_part_moves_as_the_whole_does(
    kind: str, problem: GeneralizedAssignment, size: int, seed: int
) -> None:
    plan, random = problem.greedy(), np.random.default_rng(seed)
    if not problem.evaluate(plan).feasible:
        return
    part = laws.part_of(problem, plan, kind, size, random)
    if part is None:
        assert (
            size < max(len(problem.jobs) if kind == "agents" else 0, len(problem.agents))
            or kind == "agents"
        )
    else:
        laws.moves_as_the_whole(problem, part, random)


def test_a_part_takes_in_the_jobs_that_nobody_does() -> None:
    plan = Loads((Load("agent 1", ("2",), 2),))
    part = TWO.neighbourhood(plan, "jobs", 4, np.random.default_rng(1))
    assert part is not None
    assert set(part.problem.jobs) == {"1", "3"}
    assert (
        TWO.neighbourhood(_given(TWO, (0, 0, 0)), "jobs", 2, np.random.default_rng(1)) is None
    )  # job 2 or 3 has no room


@pytest.mark.parametrize(
    ("loads", "violations"),
    [
        ({"agent 1": ["1"], "agent 2": ["2"]}, ["job[3] by 1 left out"]),
        (
            {"agent 1": ["1"], "agent 2": ["2", "1", "1"], "x": ["3"]},
            ["job[1] by 2 too many", "x by 1 that do not exist"],
        ),
        ({"agent 1": ["2", "3"], "agent 2": ["1", "9"]}, ["job[9] by 1 that do not exist"]),
        ({"agent 1": ["1", "2", "3"]}, ["capacity[agent 1] by 3 units"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    loads: dict[str, list[str]], violations: list[str]
) -> None:
    plan = Loads(tuple(Load(agent, tuple(jobs), 0) for agent, jobs in loads.items()))
    found = [str(violation) for violation in TWO.evaluate(plan).violations]
    assert [name for name in found if not name.startswith("capacity[agent 2]")] == violations
    if "exist" in " ".join(violations):
        with pytest.raises(QoptError, match="the model does not have both"):
            TWO.encode(plan)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"capacity": [2, 0]},
            "job 1 takes more than the capacity of every agent; split it or raise one",
        ),
        ({"capacity": [4, -1]}, "capacity of agent 2 is -1; give a finite number, 0 or more"),
        ({"capacity": [4]}, r"capacity has shape \(1,\); give a number for each agent \(2\)"),
        (
            {"load": [[1, 1]]},
            r"load has shape \(1, 2\); give a number for each job \(3\) and agent \(2\)",
        ),
        (
            {"profit": [[1, float("inf")]] * 3},
            "profit of job 1, agent 2 is inf; give a finite number",
        ),
        ({"jobs": ("a", "b", "a")}, "name 'a': give each job a text of its own"),
    ],
)
def test_bad_data_is_refused_in_a_line(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        GeneralizedAssignment(
            **{"profit": TWO.profit, "load": TWO.load, "capacity": TWO.capacity} | changes
        )
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "problem", "message"),
    [
        (TEXT, 3, r"two.txt: problem=3: the file holds problems 1 to 2"),
        (TEXT[:-3], 2, r"two.txt:13: the file ends within problem 2; is it cut short"),
        (TEXT[:20], 2, r"two.txt:5: the file ends within problem 1"),
        (TEXT.replace("4 3", "4 x"), 2, r"two.txt:13: 'x' is not a number"),
        (
            TEXT.replace("4 3", "1 1"),
            2,
            r"two.txt:11: job 2 takes more than the capacity of every agent",
        ),
    ],
)
def test_bad_files_are_refused_by_line(
    tmp_path: Path, text: str, problem: int, message: str
) -> None:
    (tmp_path / "two.txt").write_text(text)
    with pytest.raises(FileError, match=message):
        GeneralizedAssignment.read(tmp_path / "two.txt", problem=problem)


def test_a_file_is_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text(TEXT)
    read = GeneralizedAssignment.read(tmp_path / "two.txt", problem=2)
    assert read.name == "two-2"
    for field in ("profit", "load", "capacity"):
        assert getattr(read, field).tolist() == getattr(TWO, field).tolist()


@published.instances("generalized_assignment")
def test_greedy_is_near_the_published_optima(entry: dict[str, Any]) -> None:
    problem = GeneralizedAssignment.read(published.FOLDER / entry["path"], problem=entry["problem"])
    assert problem.profit.T.shape == tuple(entry["size"].values())
    assert problem.model_size() == models.size(problem.model())
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert 0.9 * entry["best_known"] <= score.objective <= entry["best_known"]


@published.instances("generalized_assignment")
def test_cp_sat_proves_the_published_optima(entry: dict[str, Any]) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    if entry["problem"] > 1:
        return
    problem = GeneralizedAssignment.read(published.FOLDER / entry["path"], problem=entry["problem"])
    result = qopt.solve(problem, solver="cp-sat", time_limit=60)
    assert (result.objective, result.bound) == (entry["best_known"], entry["best_known"])


def test_generated_problems_are_the_same_again_and_drawn() -> None:
    figure = pytest.importorskip("matplotlib.figure")
    problem, again = (GeneralizedAssignment.generate(jobs=12, agents=3, seed=4) for _ in range(2))
    assert problem.load.tolist() == again.load.tolist()
    assert problem.evaluate(problem.greedy()).feasible
    axes = figure.Figure().subplots()
    problem.draw(problem.greedy(), axes)
    assert [label.get_text() for label in axes.get_yticklabels()] == list(problem.agents)
