from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.portfolio import Allocation, ConditionalValueAtRisk
from qopt import FileError, InputWarning, QoptError

from .... import tiny
from ... import models

RETURNS = [
    [0.1, 0.0, -0.05],
    [-0.1, 0.05, 0.0],
    [0.05, -0.1, 0.05],
    [0.0, 0.05, 0.1],
    [-0.05, 0.05, -0.1],
]
FORMULATIONS = ["slack", "soft"]
LIMITS: list[dict[str, Any]] = [
    {},
    {"max_assets": 2, "min_holding": 0.4},
    {"level": 0.5},
    {"level": 0.0},
    {"level": 0.8, "min_return": 0.005},
    {"current": {"asset 1": 0.6, "asset 2": 0.4}, "linear_cost": 0.02, "max_turnover": 1.2},
]


def three(**options: Any) -> ConditionalValueAtRisk:
    """Each lot loses whole steps in each scenario."""
    return ConditionalValueAtRisk(RETURNS, **{"lot": 0.2, "level": 0.6, "step": 0.01} | options)


def energy(cqm: Any, sample: Any) -> float:
    """With what soft rows charge."""
    broken = cqm.violations(sample, clip=True)
    soft = {label: row.lhs.weight() for label, row in cqm.constraints.items() if row.lhs.is_soft()}
    return float(
        cqm.objective.energy(sample) + sum(weight * broken[label] for label, weight in soft.items())
    )


def keeps(cqm: Any, sample: Any) -> bool:
    """The hard rows."""
    return all(
        amount <= 1e-7
        for label, amount in cqm.violations(sample, clip=True).items()
        if not cqm.constraints[label].lhs.is_soft()
    )


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (0.6, 0.075),  # of losses 0.1, 0.05, 0, -0.05, -0.1 the two worst
        (0.8, 0.1),
        (0.7, (0.1 + 0.5 * 0.05) / 1.5),  # a scenario and a half
        (0.95, 0.1),  # a quarter of a scenario
        (0.0, 0.0),
    ],
)
def test_the_objective_is_the_mean_of_the_worst_losses(level: float, expected: float) -> None:
    score = three(level=level).evaluate(Allocation({"asset 1": 1.0}))
    assert score.objective == pytest.approx(expected, abs=1e-12)
    assert score.kpis["return"] == pytest.approx(0.0)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(losses=st.lists(st.floats(-1, 1), min_size=1, max_size=8), level=st.floats(0, 0.99))
def test_it_is_the_least_of_rockafellar_and_uryasev(losses: list[float], level: float) -> None:
    """Of a + the mean excess over a: convex and piecewise linear, so a loss is the best a."""
    problem = ConditionalValueAtRisk(-np.array(losses)[:, None], level=level)
    excess = [a + np.maximum(np.array(losses) - a, 0).mean() / (1 - level) for a in losses]
    score = problem.evaluate(Allocation({"asset 1": 1.0}))
    assert score.objective == pytest.approx(min(excess), abs=1e-6)
    assert score.kpis["value_at_risk"] <= score.objective + 1e-12


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("limits", LIMITS)
def test_the_model_is_the_problem_where_a_step_divides_losses(
    limits: dict[str, Any], formulation: str
) -> None:
    problem = three(formulation=formulation, **limits)
    cqm, feasible = problem.model(), 0
    assert problem.model_is_exact
    assert problem.model_size() == models.size(cqm)
    for plan in tiny.all_allocations(problem):
        score = problem.evaluate(plan)
        if any(violation.constraint.startswith("holding") for violation in score.violations):
            continue
        sample = problem.encode(plan)
        assert problem.decode(sample) == plan
        assert keeps(cqm, sample) == score.feasible
        assert energy(cqm, sample) == pytest.approx(score.objective, abs=1e-9)
        feasible += score.feasible
    assert feasible
    result = qopt.solve(problem, num_sweeps=200, time_limit=None, seed=1)
    assert result.objective == pytest.approx(tiny.optimum(problem), abs=1e-9)


@pytest.mark.parametrize("formulation", FORMULATIONS)
@settings(deadline=None, max_examples=25, derandomize=True)
@given(data=st.data())
def test_no_assignment_costs_less_than_its_plan(data: st.DataObject, formulation: str) -> None:
    """Whatever it says of the value at risk and of shortfalls."""
    problem = three(formulation=formulation)
    cqm, lots = problem.model(), data.draw(st.sampled_from([(5, 0, 0), (2, 3, 0), (1, 1, 3)]))
    sample = problem.encode(problem.allocation(lots))
    for label in cqm.variables:
        if str(label).startswith(("value", "shortfall")):
            sample[label] = float(data.draw(st.integers(0, int(cqm.upper_bound(label)))))
    if keeps(cqm, sample):
        assert energy(cqm, sample) >= problem.evaluate(problem.decode(sample)).objective - 1e-9


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_coarse_steps_err_by_two_of_them_at_most(formulation: str) -> None:
    problem = three(step=0.017, formulation=formulation)
    cqm = problem.model()
    assert not problem.model_is_exact
    for plan in tiny.all_allocations(problem):
        sample, exact = problem.encode(plan), problem.evaluate(plan).objective
        assert keeps(cqm, sample)
        assert exact - 1e-9 <= energy(cqm, sample) <= exact + 2 * 0.017


def test_a_wish_is_kept_or_broken_by_name() -> None:
    score = three(min_return=0.005).evaluate(Allocation({"asset 1": 1.0}))
    assert [str(violation) for violation in score.violations] == ["return by 0.005 of wealth"]


def test_a_qubo_takes_slack_alone() -> None:
    qopt.compile(three().model())
    with pytest.raises(QoptError, match="linear penalty"):
        qopt.compile(three(formulation="soft").model())


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_a_part_scores_as_the_whole(formulation: str) -> None:
    problem = ConditionalValueAtRisk(
        ConditionalValueAtRisk.generate(seed=3).returns,
        max_assets=5,
        lot=0.1,
        min_return=-0.01,
        formulation=formulation,
    )
    plan, random, found = problem.greedy(), np.random.default_rng(1), 0
    whole = problem.evaluate(plan)
    for size in (20, 75, 90, 200):
        part = problem.neighbourhood(plan, "assets", size, random)
        if part is None:
            continue
        found += 1
        model = part.problem.model()
        assert part.problem.model_size() == models.size(model)
        assert len(model.variables) <= size
        assert problem.evaluate(part.back(part.plan)).objective == pytest.approx(whole.objective)
        assert part.problem.evaluate(part.plan).objective == pytest.approx(whole.objective)
        assert keeps(model, part.problem.encode(part.plan))
        other = qopt.solve(part.problem, num_sweeps=20, num_reads=4, time_limit=None, seed=1).best
        if other is not None:
            score = problem.evaluate(part.back(other))
            assert score.feasible
            assert score.objective == pytest.approx(part.problem.evaluate(other).objective)
    assert found >= 2


def test_prices_are_scenarios(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("date,A,B\n1,100,50\n2,110,40\n3,99,\n4,99,60\n")
    with pytest.warns(InputWarning, match="1 of 4 dates"):
        problem = ConditionalValueAtRisk.read(path, level=0.5)
    assert problem.names == ("A", "B")
    np.testing.assert_allclose(problem.returns, [[0.1, -0.2], [-0.1, 0.5]])
    track = tmp_path / "t.txt"
    track.write_text("1\n2\n100 110 99\n50 40 60\n")
    np.testing.assert_allclose(ConditionalValueAtRisk.read(track).returns, [[-0.2], [0.5]])
    np.testing.assert_allclose(
        ConditionalValueAtRisk.of_prices([[50.0], [40], [60]]).returns, [[-0.2], [0.5]]
    )
    with pytest.raises(FileError, match=r"p.csv:4:6: B has no price at 3; choose gaps="):
        ConditionalValueAtRisk.read(path, gaps="refuse")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"level": 1.0}, "level=1: give 0 <= level < 1"),
        ({"level": float("nan")}, "level=nan"),
        ({"step": 0}, "step=0: give a fraction of wealth above 0"),
        (
            {"min_return": 0.5},
            "min_return=0.5, and no portfolio within the holding limits earns more than 0.01",
        ),
        ({"formulation": "folded"}, "formulation='folded': give one of slack, soft"),
    ],
)
def test_bad_options_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        three(**options)


def test_a_nan_among_returns_is_named() -> None:
    with pytest.raises(QoptError, match=r"returns has a NaN or infinite entry at \(0, 1\)"):
        ConditionalValueAtRisk([[0.1, float("nan")], [0.0, 0.1]])
