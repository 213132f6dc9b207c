from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import qopt
from problems.portfolio import Allocation, AllocationPath, Rebalancing
from qopt import FileError, QoptError
from qopt.plugins import make_problem

from ... import models
from ..tail_risk.test_problem import energy, keeps

MEANS = [[0.1, 0.02], [0.02, 0.12], [0.08, 0.05]]
COVARIANCE = [[0.04, 0.01], [0.01, 0.09]]
FORMULATIONS = ["slack", "soft"]
LIMITS: list[dict[str, Any]] = [
    {},
    {"linear_cost": 0.02},
    {"linear_cost": [0.0, 0.03], "fixed_cost": [0.01, 0.0], "current": {"asset 1": 0.5}},
    {"fixed_cost": 0.02, "max_assets": 1},
    {"max_turnover": 0.5},
    {"max_turnover": 1.0, "linear_cost": 0.02, "current": [0.5, 0.5], "min_holding": 0.5},
]


def two(**options: Any) -> Rebalancing:
    return Rebalancing(MEANS, COVARIANCE, **{"risk_aversion": 0.5, "lot": 0.25} | options)


def every(problem: Rebalancing) -> list[AllocationPath]:
    total = problem.selections[0].limits.holdings.total_lots
    one = [(k, total - k) for k in range(total + 1)]
    return [problem.allocations(lots) for lots in product(one, repeat=len(problem.periods))]


def independent(plan: AllocationPath, options: dict[str, Any]) -> tuple[float, bool]:
    """Objective, and whether turnover and the number of assets are kept, written down once more."""
    objective, ok = 0.0, True
    before: Any = options.get("current")
    before = [before.get(f"asset {k}", 0.0) for k in (1, 2)] if isinstance(before, dict) else before
    for mean, allocation in zip(MEANS, plan.periods.values(), strict=True):
        w = [allocation.weights.get(f"asset {k}", 0.0) for k in (1, 2)]
        objective += sum(0.5 * w[i] * w[j] * COVARIANCE[i][j] for i in range(2) for j in range(2))
        objective -= sum(w[i] * mean[i] for i in range(2))
        ok &= sum(x > 0 for x in w) <= options.get("max_assets", 2)
        ok &= all(x == 0 or x >= options.get("min_holding", 0) for x in w)
        if before is not None:
            traded = [abs(w[i] - before[i]) for i in range(2)]
            for i, x in enumerate(traded):
                linear, fixed = options.get("linear_cost", 0.0), options.get("fixed_cost", 0.0)
                objective += x * (linear[i] if isinstance(linear, list) else linear)
                objective += (x > 0) * (fixed[i] if isinstance(fixed, list) else fixed)
            ok &= sum(traded) <= options.get("max_turnover", 2) + 1e-9
        before = w
    return objective, ok


@pytest.mark.parametrize("options", LIMITS)
def test_every_plan_scores_as_its_definition_says(options: dict[str, Any]) -> None:
    problem, feasible = two(**options), 0
    for plan in every(problem):
        score = problem.evaluate(plan)
        objective, ok = independent(plan, options)
        assert score.objective == pytest.approx(objective, abs=1e-12)
        assert score.feasible == ok
        feasible += ok
    assert feasible


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("options", LIMITS)
def test_the_model_is_the_problem(options: dict[str, Any], formulation: str) -> None:
    problem = two(formulation=formulation, **options)
    cqm, best = problem.model(), np.inf
    assert problem.model_size() == models.size(cqm)
    for plan in every(problem):
        score = problem.evaluate(plan)
        if any(violation.constraint.startswith("holding") for violation in score.violations):
            continue
        sample = problem.encode(plan)
        assert problem.decode(sample) == plan
        assert keeps(cqm, sample) == score.feasible
        assert energy(cqm, sample) == pytest.approx(score.objective, abs=1e-9)
        best = min(best, score.objective if score.feasible else np.inf)
    result = qopt.solve(problem, num_sweeps=200, time_limit=None, seed=1)
    assert result.objective == pytest.approx(best, abs=1e-9)
    plan = problem.greedy()
    assert AllocationPath.from_dict(plan.to_dict()) == plan


@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_a_part_scores_as_the_whole(formulation: Any) -> None:
    drawn = Rebalancing.generate(assets=8, periods=3, seed=2)
    problem = Rebalancing(
        [selection.mean for selection in drawn.selections],
        drawn.selections[0].covariance,
        risk_aversion=3.0,
        formulation=formulation,
        lot=0.1,
        max_assets=4,
        current=[0.5, 0.5, 0, 0, 0, 0, 0, 0],
        linear_cost=0.01,
        fixed_cost=0.002,
        max_turnover=1.2,
    )
    plan, random, found = problem.greedy(), np.random.default_rng(1), 0
    whole = problem.evaluate(plan)
    assert whole.feasible
    for size in (40, 60, 60, 90, 90, 400):
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
    assert found >= 3


def test_hybrid_improves_a_greedy_plan() -> None:
    problem = Rebalancing.generate(seed=1)
    result = qopt.solve(problem, solver="hybrid", num_rounds=10, size=60, time_limit=None, seed=1)
    assert result.objective is not None
    assert result.objective < problem.evaluate(problem.greedy()).objective


def test_violations_name_their_period() -> None:
    plan = two().allocations([[4, 0], [3, 0], [0, 4]])
    assert [str(v) for v in two(max_turnover=1.0).evaluate(plan).violations] == [
        "budget, period 2 by 0.25 of wealth",
        "turnover, period 3 by 0.75 of wealth",
    ]


def test_a_history_is_cut_into_periods(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("date,A\n1,100\n2,110\n3,99\n4,99\n5,198\n")
    problem = Rebalancing.read(path, risk_aversion=1, periods=2)
    np.testing.assert_allclose(
        [selection.mean for selection in problem.selections], [[0.0], [0.5]], atol=1e-12
    )
    with pytest.raises(FileError, match="4 returns for 3 periods; at least 2 each"):
        Rebalancing.read(path, risk_aversion=1, periods=3)


def test_a_history_is_cut_into_four_periods_unless_it_is_said(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("date,A\n" + "".join(f"{day},{100 + day}\n" for day in range(1, 14)))
    assert len(Rebalancing.read(path, risk_aversion=1).periods) == 4


def test_the_limits_of_every_period_are_options_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("date,A,B\n1,100,90\n2,110,91\n3,99,95\n4,99,97\n5,198,90\n")
    options = {
        "risk_aversion": 1,
        "periods": 2,
        "sectors": ["metal", "oil"],
        "sector_caps": {"oil": 0.4},
        "lot": None,
    }
    problem = make_problem("rebalancing", file=path, options=options)
    caps = [selection.limits.sectors.caps for selection in problem.selections]
    assert caps == [{"oil": 0.4}] * 2
    assert problem.selections[0].limits.holdings.lot == 0.01  # none given: the class's own
    with pytest.raises(
        QoptError, match="no option of rebalancing named 'sector_cap'; did you mean sector_caps"
    ):
        make_problem("rebalancing", file=path, options={"risk_aversion": 1, "sector_cap": {}})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"means": [0.1, 0.2]}, r"means have shape \(2,\)"),
        ({"means": [[0.1, float("nan")]]}, r"means has a NaN or infinite entry at \(0, 1\)"),
        (
            {"covariances": [COVARIANCE] * 2},
            "2 covariances for 3 periods; give one for all or one each",
        ),
        ({"periods": ["a", "a", "b"]}, "give each of the 3 its own name"),
        ({"formulation": "folded"}, "formulation='folded': give one of slack, soft"),
        ({"max_turnover": -1}, "max_turnover=-1: give 0 or more"),
        ({"linear_cost": -1}, "linear_cost of asset 1 is -1"),
        ({"max_assets": 3}, "max_assets=3 with 2 assets"),
    ],
)
def test_bad_data_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    given = {"means": MEANS, "covariances": COVARIANCE, "risk_aversion": 1.0} | changes
    with pytest.raises(QoptError, match=message):
        Rebalancing(given.pop("means"), given.pop("covariances"), **given)


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_frames_keep_their_names(frame: Any) -> None:
    problem = Rebalancing(
        frame({"A": [0.1, 0.2], "B": [0.3, 0.1]}), np.array(COVARIANCE), risk_aversion=1.0
    )
    assert problem.names == ("A", "B")
    assert [selection.mean.tolist() for selection in problem.selections] == [[0.1, 0.3], [0.2, 0.1]]


def test_other_periods_cannot_be_encoded() -> None:
    with pytest.raises(QoptError, match="the plan has periods spring"):
        two().encode(AllocationPath({"spring": Allocation({})}))
    assert not two().evaluate(AllocationPath({"spring": Allocation({})})).feasible


@pytest.mark.parametrize("weight", [float("inf"), float("-inf"), float("nan")])
def test_what_is_no_number_costs_nothing_and_breaks_its_period(weight: float) -> None:
    problem, half = two(linear_cost=0.02, fixed_cost=0.01), Allocation({"asset 1": 0.5})
    odd = Allocation({"asset 1": 0.5, "asset 2": weight})
    found, without = (
        problem.evaluate(
            AllocationPath(dict(zip(problem.periods, (half, second, half), strict=True)))
        )
        for second in (odd, half)
    )
    assert found.objective == pytest.approx(without.objective)
    assert "holding[asset 2], period 2 by 1 not a number" in map(str, found.violations)
