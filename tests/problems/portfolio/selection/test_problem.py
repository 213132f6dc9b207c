"""Limits that all selections share: sectors, turnover, costs, formulations and parts."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.portfolio import Allocation, MeanVariance
from qopt import QoptError

from .... import tiny
from ... import models

MEAN = [0.1, 0.2, 0.3]
COVARIANCE = np.array([[0.04, 0.01, 0.02], [0.01, 0.09, 0.03], [0.02, 0.03, 0.16]])
SECTORS = {"asset 1": "oil", "asset 3": "oil"}
LIMITS: list[dict[str, Any]] = [
    {},
    {"max_assets": 2},
    {"min_assets": 2},
    {"min_assets": 2, "max_assets": 2, "min_holding": 0.2},
    {"min_assets": 1, "max_assets": 2, "min_holding": 0.4, "max_holding": 0.8},
    {"sectors": SECTORS, "sector_caps": {"oil": 0.6}},
    {"current": {"asset 1": 0.6, "asset 2": 0.4}, "linear_cost": 0.02},
    {"current": [0.6, 0.4, 0.0], "fixed_cost": 0.01, "max_assets": 2},
    {"current": [0.6, 0.0, 0.4], "fixed_cost": [0.01, 0.02, 0.005], "min_holding": 0.4},
    {"current": [0.35, 0.4, 0.15], "linear_cost": [0.01, 0.02, 0.03], "fixed_cost": 0.01},
    {"current": [0.6, 0.4, 0.0], "max_turnover": 0.7},
    {"current": [0.25, 0.4, 0.0], "max_turnover": 1.1, "linear_cost": 0.05, "max_holding": 0.8},
    {
        "current": [0.9, 0.0, 0.0],
        "max_turnover": 1.5,
        "linear_cost": 0.05,
        "fixed_cost": 0.02,
        "max_holding": 0.6,
    },
    {"current": {}, "linear_cost": 0.02, "fixed_cost": 0.03},
    {"current": [0.5, 0.3, 0.1], "fixed_cost": [0.01, 0.02, 0.005]},  # half lots
]
FORMULATIONS = ["folded", "counted"]


def three(**options: Any) -> MeanVariance:
    return MeanVariance(MEAN, COVARIANCE, **{"risk_aversion": 2.0, "lot": 0.2} | options)


def many(**options: Any) -> MeanVariance:
    """Twelve assets in three sectors, six held."""
    drawn = MeanVariance.generate(assets=12, seed=3)
    sectors = ["oil", "gold", "tea"] * 4
    limits = {
        "max_assets": 6,
        "lot": 0.05,
        "min_holding": 0.1,
        "sectors": sectors,
        "sector_caps": {"oil": 0.5},
    }
    return MeanVariance(drawn.mean, drawn.covariance, **{"risk_aversion": 3.0} | limits | options)


def independent(
    problem: MeanVariance, w: list[float], options: dict[str, Any]
) -> tuple[float, bool]:
    """Objective and feasibility, written down once more, asset by asset."""
    n = len(w)
    objective = sum(2.0 * w[i] * w[j] * COVARIANCE[i][j] for i in range(n) for j in range(n))
    objective -= sum(w[i] * MEAN[i] for i in range(n))
    ok = abs(sum(w) - 1) < 1e-9
    held = [x for x in w if x > 1e-9]
    ok &= all(
        options.get("min_holding", 0) - 1e-9 <= x <= options.get("max_holding", 1) + 1e-9
        for x in held
    )
    ok &= options.get("min_assets", 0) <= len(held) <= options.get("max_assets", n)
    if "sectors" in options:
        ok &= w[0] + w[2] <= 0.6 + 1e-9
    if "current" in options:
        now = options["current"]
        now = [now.get(f"asset {k}", 0.0) for k in (1, 2, 3)] if isinstance(now, dict) else now
        for what in ("linear_cost", "fixed_cost"):
            cost = options.get(what, 0.0)
            for i in range(n):
                each = cost[i] if isinstance(cost, list) else cost
                traded = abs(w[i] - now[i])
                objective += each * (traded if what == "linear_cost" else traded > 1e-9)
        ok &= sum(abs(w[i] - now[i]) for i in range(n)) <= options.get("max_turnover", 9) + 1e-9
    return objective, bool(ok)


@pytest.mark.parametrize("options", LIMITS)
def test_every_portfolio_scores_as_its_definition_says(options: dict[str, Any]) -> None:
    problem = three(**options)
    feasible = 0
    for lots in product(range(6), repeat=3):
        score = problem.evaluate(problem.allocation(lots))
        objective, ok = independent(problem, [x / 5 for x in lots], options)
        assert score.objective == pytest.approx(objective, abs=1e-12)
        assert score.feasible == ok
        feasible += ok
    assert feasible


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("options", LIMITS)
def test_the_model_says_what_the_definition_says(options: dict[str, Any], formulation: str) -> None:
    """Of every portfolio within the limits: feasible where it is here, of one objective."""
    problem = three(formulation=formulation, **options)
    cqm = problem.model()
    for lots in product(range(6), repeat=3):
        plan = problem.allocation(lots)
        try:
            sample = problem.encode(plan)
        except QoptError:
            continue
        score = problem.evaluate(plan)
        assert problem.decode(sample) == plan
        assert cqm.check_feasible(sample) == score.feasible
        if abs(sum(lots) - 5) < 1e-9:  # costs count lots sold, and take the budget for granted
            assert cqm.objective.energy(sample) == pytest.approx(score.objective)


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("options", LIMITS)
def test_the_optimum_of_the_model_is_that_of_the_plans(
    options: dict[str, Any], formulation: str
) -> None:
    problem = three(formulation=formulation, **options)
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    result = qopt.solve(problem, solver="cp-sat", time_limit=20, seed=1, num_workers=1)
    assert result.objective == pytest.approx(tiny.optimum(problem))
    assert result.bound == pytest.approx(tiny.optimum(problem))


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("options", LIMITS)
def test_model_size_is_the_models(options: dict[str, Any], formulation: str) -> None:
    problem = three(formulation=formulation, **options)
    assert problem.model_size() == models.size(problem.model())


@pytest.mark.parametrize("formulation", FORMULATIONS)
@pytest.mark.parametrize("options", LIMITS)
@settings(deadline=None, max_examples=15, derandomize=True)
@given(data=st.data())
def test_what_the_model_allows_the_plan_keeps(
    data: st.DataObject, options: dict[str, Any], formulation: str
) -> None:
    """Any assignment, rungs and indicators too, costs no less than its plan does."""
    problem = three(formulation=formulation, **options)
    cqm = problem.model()
    lots = data.draw(
        st.sampled_from(
            [
                lots
                for lots in product(range(6), repeat=3)
                if sum(lots) == 5 and max(lots) <= problem.limits.holdings.max_lots
            ]
        )
    )
    sample = {}
    for v in cqm.variables:
        sample[v] = float(data.draw(st.integers(0, int(cqm.upper_bound(v)))))
        if str(v).startswith("lots["):
            sample[v] = float(lots[problem.names.index(str(v)[5:-1])])
    score = problem.evaluate(problem.decode(sample))
    if cqm.check_feasible(sample):
        assert score.feasible
        assert cqm.objective.energy(sample) >= score.objective - 1e-9


@pytest.mark.parametrize(
    "limits",
    [
        {"max_holding": 0.3333333},
        {"min_holding": 0.33333334},
        {"sectors": SECTORS, "sector_caps": {"oil": 0.6666666}},
    ],
)
def test_limits_written_with_few_digits_are_whole_lots_to_the_plan_as_to_the_model(
    limits: dict[str, Any],
) -> None:
    problem = three(lot=1 / 3, **limits)
    thirds = problem.allocation([1, 1, 1])
    assert problem.model().check_feasible(problem.encode(thirds))
    assert problem.evaluate(thirds).violations == ()
    assert not problem.evaluate(
        Allocation({"asset 1": 1 / 3 + 1e-5, "asset 2": 2 / 3 - 1e-5})
    ).feasible


def test_the_smallest_lot_is_a_basis_point() -> None:
    assert three(lot=1e-4).limits.holdings.total_lots == 10_000
    with pytest.raises(QoptError, match=r"lot=5e-05: give a fraction of wealth"):
        three(lot=5e-5)


@pytest.mark.parametrize(("cap", "rows"), [(0.79, 1), (0.99, 1), (1.0, 0)])
def test_a_cap_that_nothing_can_pass_is_no_row(cap: float, rows: int) -> None:
    capped = three(sectors=SECTORS, sector_caps={"oil": cap})
    more = capped.model().constraints.keys() - three().model().constraints.keys()
    assert len(more) == rows
    assert capped.model_size().constraints == three().model_size().constraints + rows


def test_costs_and_turnover_are_figures_of_a_plan() -> None:
    problem = three(current={"asset 1": 0.6, "asset 2": 0.4}, linear_cost=0.02, fixed_cost=0.01)
    score = problem.evaluate(Allocation({"asset 1": 0.6, "asset 3": 0.4}))
    assert score.kpis["turnover"] == pytest.approx(0.8)
    assert score.kpis["trading_cost"] == pytest.approx(0.02 * 0.8 + 2 * 0.01)


@pytest.mark.parametrize(
    ("options", "plan", "violation"),
    [
        (
            {"sectors": SECTORS, "sector_caps": {"oil": 0.6}},
            {"asset 1": 0.8, "asset 2": 0.2},
            "sector[oil] by 0.2 of wealth",
        ),
        (
            {"current": [1, 0, 0], "max_turnover": 0.5},
            {"asset 1": 0.6, "asset 2": 0.4},
            "turnover by 0.3 of wealth",
        ),
    ],
)
def test_new_limits_are_broken_by_name(
    options: dict[str, Any], plan: dict[str, float], violation: str
) -> None:
    assert [str(v) for v in three(**options).evaluate(Allocation(plan)).violations] == [violation]


@pytest.mark.parametrize(
    "current",
    [pd.Series({"asset 2": 0.4, "asset 1": 0.6}), Allocation({"asset 1": 0.6, "asset 2": 0.4})],
)
def test_present_holdings_go_by_name(current: Any) -> None:
    assert three(current=current).limits.trading.current.tolist() == [0.6, 0.4, 0.0]


def test_a_singular_covariance_is_accepted() -> None:
    """Two assets that move as one, and a riskless third."""
    covariance = np.array([[0.04, 0.04, 0], [0.04, 0.04, 0], [0, 0, 0]])
    problem = MeanVariance([0.1, 0.1, 0.02], covariance, risk_aversion=2.0, lot=0.5)
    assert qopt.solve(problem, num_sweeps=100, time_limit=None, seed=1).objective == pytest.approx(
        tiny.optimum(problem)
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sectors": {"gold": "oil"}}, "sectors names 'gold', which is not among the assets"),
        ({"sectors": ["oil"]}, "give the sector of each of the 3 assets"),
        ({"sector_caps": {"oil": 0.5}}, "sector_caps names 'oil', and no asset is in it"),
        (
            {"sectors": SECTORS, "sector_caps": {"oil": 1.5}},
            "sector_caps['oil']=1.5: give a fraction",
        ),
        (
            {"sectors": ["a", "a", "b"], "sector_caps": {"a": 0.4, "b": 0.4}},
            "within the sector caps (a 0.4, b 0.4) at most 0.8 of the wealth can be held; "
            "raise them",
        ),
        (
            {"sectors": ["a", "a", "b"], "sector_caps": {"a": 0.4}, "max_assets": 1}
            | {"sector_caps": {"a": 0.4, "b": 0.6}},
            "within the sector caps (a 0.4, b 0.6) at most 0.6 of the wealth can be held",
        ),
        (
            {
                "sectors": ["a", "a", "b"],
                "sector_caps": {"a": 0.5},
                "min_assets": 3,
                "min_holding": 0.3,
                "lot": 0.1,
            },
            "within the sector caps at most 2 assets of at least 0.3 fit, and min_assets=3",
        ),
        ({"current": {"gold": 1.0}}, "current holds 'gold', which is not among the assets"),
        ({"current": [0.5, 0.5]}, "give a number for each of the 3 assets"),
        ({"current": [-0.5, 0.5, 0]}, "current holds -0.5 of asset 1; give weights of 0 or more"),
        ({"max_turnover": 0.5}, "max_turnover is given without current"),
        ({"linear_cost": 0.1}, "linear_cost is given without current"),
        ({"current": {}, "fixed_cost": -1}, "fixed_cost of asset 1 is -1; give 0 or more"),
        (
            {"current": {}, "max_turnover": 0.5},
            "max_turnover=0.5, and coming to the whole wealth alone takes 1; raise it",
        ),
        (
            {"current": [1, 0, 0], "max_holding": 0.6, "max_turnover": 0.5},
            "max_turnover=0.5, and keeping max_holding=0.6 alone takes 0.8; raise it",
        ),
        (
            {"current": [0.4, 0.4, 0.2], "max_assets": 2, "max_turnover": 0.2},
            "max_turnover=0.2, and keeping to 2 assets alone takes 0.4; raise it",
        ),
        ({"formulation": "slots"}, "formulation='slots': give one of folded, counted"),
    ],
)
def test_limits_that_cannot_be_kept_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError) as caught:
        three(**options)
    assert message in str(caught.value)


def test_an_argument_that_does_not_exist_is_named() -> None:
    with pytest.raises(TypeError, match="no argument 'max_asset'"):
        three(max_asset=2)


@pytest.mark.parametrize(
    "options",
    [{}, {"current": [0.4, 0.3, 0.3] + [0] * 9, "max_turnover": 1.6, "linear_cost": 0.01}],
)
@pytest.mark.parametrize("kind", ["sector", "assets"])
@pytest.mark.parametrize("formulation", FORMULATIONS)
def test_a_part_scores_as_the_whole(kind: str, formulation: str, options: dict[str, Any]) -> None:
    problem = many(formulation=formulation, **options)
    plan, random = problem.greedy(), np.random.default_rng(1)
    whole = problem.evaluate(plan)
    assert whole.feasible
    found = 0
    for size in (6, 15, 30, 30, 60, 60, 200):
        part = problem.neighbourhood(plan, kind, size, random)
        if part is None:
            continue
        found += 1
        model = part.problem.model()
        assert part.problem.model_size() == models.size(model)
        assert len(model.variables) <= size
        assert problem.evaluate(part.back(part.plan)).objective == pytest.approx(whole.objective)
        assert part.problem.evaluate(part.plan).objective == pytest.approx(whole.objective)
        assert model.check_feasible(part.problem.encode(part.plan))
        assert model.objective.energy(part.problem.encode(part.plan)) == pytest.approx(
            whole.objective
        )
        for seed in range(3):
            other = qopt.solve(
                part.problem, num_sweeps=5, num_reads=4, time_limit=None, seed=seed
            ).best
            if other is not None:
                score = problem.evaluate(part.back(other))
                assert score.feasible
                assert score.objective == pytest.approx(part.problem.evaluate(other).objective)
    assert found >= 4


def test_sectors_are_neighbourhoods_where_there_are_any() -> None:
    assert many().kinds == ("sector", "assets")
    assert three().kinds == ("assets",)


def test_hybrid_improves_a_greedy_portfolio() -> None:
    problem = many()
    result = qopt.solve(problem, solver="hybrid", num_rounds=20, size=20, time_limit=None, seed=1)
    best = qopt.solve(problem, num_sweeps=500, time_limit=None, seed=1).objective
    assert result.objective == pytest.approx(best, rel=0.01)
