from __future__ import annotations

import json
import math
from itertools import combinations, product
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.portfolio import Allocation, MeanVariance
from qopt import QoptError, UnknownName

from .... import tiny
from ... import models

MEAN = [0.1, 0.2, 0.3]
COVARIANCE = np.array([[0.04, 0.01, 0.02], [0.01, 0.09, 0.03], [0.02, 0.03, 0.16]])
LIMITS = [
    {},
    {"max_assets": 2},
    {"min_assets": 2},
    {"min_assets": 2, "max_assets": 2},
    {"min_assets": 1, "max_assets": 2, "min_holding": 0.2, "max_holding": 0.6},
    {"min_holding": 0.3, "max_holding": 0.5},
    {"min_holding": 0.5, "max_holding": 0.5},
    {"min_assets": 3, "risk_aversion": 0.01},
    {"risk_aversion": 0.5, "lot": 0.5},
]


def _three(mean: Any = MEAN, covariance: Any = COVARIANCE, **options: Any) -> MeanVariance:
    return MeanVariance(mean, covariance, **{"risk_aversion": 2.0, "lot": 0.1} | options)


def _whole(problem: MeanVariance, weights: list[float]) -> Allocation:
    return Allocation(
        {name: weight for name, weight in zip(problem.names, weights, strict=True) if weight}
    )


def _divisions(total: int, least: int, most: int, held: range, assets: int) -> np.ndarray:
    """Every way to lay `total` lots on so many assets, each 0 or from `least` to `most`."""
    rows = []
    for k in held:
        lots = np.array(
            [part for part in product(range(least, most + 1), repeat=k) if sum(part) == total]
        )
        for chosen in combinations(range(assets), k):
            row = np.zeros((len(lots), assets))
            row[:, chosen] = lots
            rows.append(row)
    return np.concatenate(rows)


def test_the_objective_is_variance_against_return() -> None:
    """w = (1/4, 3/4): variance 0.04/16 + 6 0.01/16 + 9 0.09/16 = 0.056875, return 0.175."""
    problem = _three([0.1, 0.2], COVARIANCE[:2, :2], lot=0.25)
    score = problem.evaluate(_whole(problem, [0.25, 0.75]))
    assert score.feasible
    assert score.objective == pytest.approx(-0.06125)
    assert score.kpis == pytest.approx(
        {"return": 0.175, "volatility": math.sqrt(0.056875), "assets": 2}
    )


@pytest.mark.parametrize(
    ("options", "weights", "violations"),
    [
        ({}, [0.5, 0.2, 0.2], ["budget by 0.1 of wealth"]),
        ({}, [0.5, 0.7], ["budget by 0.2 of wealth"]),
        (
            {},
            [1.3, -0.3],
            ["holding[asset 1] by 0.3 of wealth", "holding[asset 2] by 0.3 of wealth"],
        ),
        ({"min_holding": 0.2}, [0.9, 0.1], ["holding[asset 2] by 0.1 of wealth"]),
        ({"max_holding": 0.6}, [0.3, 0.0, 0.7], ["holding[asset 3] by 0.1 of wealth"]),
        ({}, [0.55, 0.45], ["lot[asset 1] by 0.05 of wealth", "lot[asset 2] by 0.05 of wealth"]),
        ({"max_assets": 1}, [0.4, 0.3, 0.3], ["max_assets by 2 assets"]),
        ({"min_assets": 3}, [1.0], ["min_assets by 2 assets"]),
        ({"min_assets": 2, "max_assets": 2}, [1.0], ["min_assets by 1 assets"]),
        ({"min_assets": 2, "max_assets": 2}, [0.4, 0.3, 0.3], ["max_assets by 1 assets"]),
        ({"max_assets": 2, "min_holding": 0.2}, [0.2, 0.3, 0.5], ["max_assets by 1 assets"]),
        ({"max_assets": 2, "min_holding": 0.2, "max_holding": 0.5}, [0.5, 0.5], []),
    ],
)
def test_violations_have_a_name_and_an_amount(
    options: dict[str, Any], weights: list[float], violations: list[str]
) -> None:
    problem = _three(**options)
    plan = _whole(problem, [*weights, 0.0, 0.0][:3])
    assert [str(violation) for violation in problem.evaluate(plan).violations] == violations


def test_an_asset_that_does_not_exist_is_a_violation() -> None:
    violations = _three().evaluate(Allocation({"asset 1": 1.0, "gold": 0.5})).violations
    assert [str(violation) for violation in violations] == ["assets by 1 unknown asset gold"]


@pytest.mark.parametrize("options", LIMITS)
def test_the_energy_of_a_portfolio_is_its_objective(options: dict[str, Any]) -> None:
    """Every division of the lots within the limits is feasible just where it is here."""
    problem = _three(**options)
    cqm, feasible = problem.model(), 0
    for plan in tiny.all_allocations(problem):
        score = problem.evaluate(plan)
        if any(violation.constraint.startswith("holding") for violation in score.violations):
            with pytest.raises(QoptError, match="not in lots within the holding limits"):
                problem.encode(plan)
            continue
        sample = problem.encode(plan)
        assert cqm.check_feasible(sample) == score.feasible
        assert cqm.objective.energy(sample) == pytest.approx(score.objective)
        feasible += score.feasible
    assert feasible


@pytest.mark.parametrize("options", LIMITS)
def test_model_size_is_the_model_s(options: dict[str, Any]) -> None:
    problem = _three(**options)
    assert problem.model_size() == models.size(problem.model())


@pytest.mark.parametrize(
    ("options", "constraints"),
    [
        ({"min_holding": 0.5, "max_holding": 0.5}, ["budget"]),
        ({"max_assets": 2}, ["budget", "max_assets"]),
        ({"min_assets": 2}, ["budget", "min_assets"]),
        ({"min_assets": 1, "max_assets": 2}, ["budget", "max_assets", "min_assets"]),
        ({"min_assets": 2, "max_assets": 2}, ["budget", "assets"]),
    ],
)
def test_the_model_speaks_of_the_budget_and_the_number_of_assets(
    options: dict[str, Any], constraints: list[str]
) -> None:
    """Lots beyond the minimum, where there are any, only where the asset is held."""
    problem = _three(**{"max_holding": 1.0} | options)
    held = [] if "max_holding" in options else [f"only_if_held[asset {k}]" for k in (1, 2, 3)]
    assert list(problem.model().constraints) == [*constraints, *held]


def test_the_bundled_best_known_is_proved_by_enumeration() -> None:
    """All 74,907 portfolios of 20 lots on two to five of ten assets, 3 to 12 on each."""
    problem = MeanVariance.bundled()
    lots = _divisions(20, least=3, most=12, held=range(2, 6), assets=10)
    w = lots / 20
    objective = 8 * ((w @ problem.covariance) * w).sum(axis=1) - w @ problem.mean
    best = problem.allocation(lots[np.argmin(objective)].astype(int).tolist())
    assert len(w) == 74_907
    assert problem.best_known == pytest.approx(objective.min(), rel=1e-12)
    assert problem.evaluate(best).feasible
    assert problem.evaluate(best).objective == pytest.approx(problem.best_known, rel=1e-12)


def test_an_unknown_bundled_name_is_told_the_nearest() -> None:
    with pytest.raises(UnknownName, match="'hang-seng'; did you mean hang-seng-10"):
        MeanVariance.bundled("hang-seng")


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.data(), st.sampled_from(LIMITS))
def test_every_portfolio_in_lots_comes_back(data: st.DataObject, options: dict[str, Any]) -> None:
    """Also those that spend too much or too little."""
    problem = _three(**options)
    holdings = problem.limits.holdings
    lots = st.just(0) | st.integers(holdings.min_lots, holdings.max_lots)
    plan = problem.allocation([data.draw(lots) for _ in range(3)])
    assert problem.decode(problem.encode(plan)) == plan


def test_lots_without_a_holding_show_below_the_minimum() -> None:
    problem = _three(min_holding=0.3)
    sample = problem.encode(_whole(problem, [0.5, 0.5, 0.0])) | {"extra[asset 3]": 1.0}
    violations = problem.evaluate(problem.decode(sample)).violations
    assert {violation.constraint for violation in violations} == {"budget", "holding[asset 3]"}


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ({"asset 1": 0.15}, "holds 0.15 of asset 1, not in lots"),
        ({"asset 2": 0.1}, "holds 0.1 of asset 2, not in lots within the holding limits"),
        ({"asset 2": 0.9}, "holds 0.9 of asset 2"),
        ({"gold": 0.5}, "holds 'gold', which is not among the assets"),
    ],
)
def test_a_portfolio_the_model_cannot_hold_is_refused(
    weights: dict[str, float], message: str
) -> None:
    with pytest.raises(QoptError, match=message):
        _three(min_holding=0.2, max_holding=0.8).encode(Allocation(weights))


@pytest.mark.parametrize("options", LIMITS)
def test_greedy_keeps_every_limit(options: dict[str, Any]) -> None:
    problem = _three(**options)
    assert problem.evaluate(problem.greedy()).feasible


def test_greedy_takes_the_best_asset_where_risk_does_not_count() -> None:
    assert _three(risk_aversion=0).greedy() == Allocation({"asset 3": 1.0})


def test_generated_instances_are_those_of_their_seed() -> None:
    one, same, other = (MeanVariance.generate(assets=6, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.covariance, same.covariance)
    assert not np.array_equal(one.covariance, other.covariance)
    assert one.evaluate(one.greedy()).feasible


def test_generating_no_assets_is_refused() -> None:
    with pytest.raises(QoptError, match="assets=0"):
        MeanVariance.generate(assets=0)


@pytest.mark.parametrize(
    ("mean", "covariance"),
    [
        (np.array(MEAN), COVARIANCE.tolist()),
        (pd.Series(MEAN), COVARIANCE),
        (pl.Series(MEAN), COVARIANCE),
    ],
    ids=["lists", "pandas", "polars"],
)
def test_assets_without_names_are_numbered(mean: Any, covariance: Any) -> None:
    problem = _three(mean, covariance)
    assert problem.names == ("asset 1", "asset 2", "asset 3")
    np.testing.assert_array_equal(problem.mean, MEAN)
    np.testing.assert_array_equal(problem.covariance, COVARIANCE)


@pytest.mark.parametrize("order", ["ABC", "CAB"])
def test_pandas_tables_are_matched_by_name(order: str) -> None:
    mean = pd.Series(MEAN, index=list("ABC"))
    covariance = pd.DataFrame(COVARIANCE, index=list("ABC"), columns=list("ABC")).loc[
        list(order), list(order)
    ]
    problem = _three(mean, covariance)
    assert problem.names == ("A", "B", "C")
    np.testing.assert_array_equal(problem.covariance, COVARIANCE)


def test_a_polars_frame_names_its_assets() -> None:
    problem = _three(pl.Series(MEAN), pl.DataFrame(COVARIANCE, schema=list("ABC")))
    assert problem.names == ("A", "B", "C")
    np.testing.assert_array_equal(problem.covariance, COVARIANCE)


def test_a_polars_frame_is_put_into_the_order_of_a_pandas_series() -> None:
    place = [2, 0, 1]
    permuted = pl.DataFrame(COVARIANCE[np.ix_(place, place)], schema=list("CAB"))
    problem = _three(pd.Series(MEAN, index=list("ABC")), permuted)
    np.testing.assert_array_equal(problem.covariance, COVARIANCE)


def test_tables_of_different_assets_are_refused() -> None:
    covariance = pd.DataFrame(COVARIANCE, index=list("ABX"), columns=list("ABX"))
    with pytest.raises(QoptError, match="mean and covariance name different assets: C, X"):
        _three(pd.Series(MEAN, index=list("ABC")), covariance)


def test_names_given_are_taken_for_those_of_a_table() -> None:
    assert _three(pd.Series(MEAN, index=list("ABC")), names=["x", "y", "z"]).names == (
        "x",
        "y",
        "z",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"covariance": COVARIANCE[:2]}, r"covariance has shape \(2, 3\) for 3 expected returns"),
        ({"covariance": np.triu(COVARIANCE)}, r"not symmetric: 0.03 at \(1, 2\) and 0 at \(2, 1\)"),
        ({"covariance": np.diag([1.0, -0.5, 1.0])}, "not positive semidefinite: eigenvalue -0.5"),
        (
            {"covariance": np.where(COVARIANCE == 0.09, math.nan, COVARIANCE)},
            r"covariance has a NaN .* at \(1, 1\)",
        ),
        ({"mean": [0.1, math.inf, 0.3]}, r"mean has a NaN or infinite entry at \(1,\)"),
        ({"mean": [0.1, "high", 0.3]}, "mean holds something that is not a number"),
        ({"mean": [0.1, [0.2], 0.3]}, "mean holds .* rows of different lengths"),
        ({"names": ["A", "B"]}, "2 names"),
        ({"names": ["A", "B", "A"]}, r"3 names \(2 different\) for 3 assets"),
        ({"risk_aversion": -1}, "risk_aversion=-1"),
        ({"risk_aversion": math.nan}, "risk_aversion=nan"),
        ({"risk_aversion": "high"}, "risk_aversion='high'"),
        ({"risk_aversion": True}, "risk_aversion=True"),
        ({"lot": 0.3}, "lot=0.3: give a fraction of wealth that divides it"),
        ({"lot": 0}, "lot=0"),
        ({"lot": 2}, "lot=2"),
        ({"max_assets": 4}, "max_assets=4 with 3 assets; give 1..3"),
        ({"max_assets": 0}, "max_assets=0"),
        ({"max_assets": 1.5}, r"max_assets=1\.5"),
        ({"min_assets": 4}, "min_assets=4 with 3 assets; give 1..3"),
        ({"min_assets": 3, "max_assets": 2}, "min_assets=3 is above max_assets=2"),
        ({"min_holding": 0.6, "max_holding": 0.5}, "min_holding=0.6, max_holding=0.5"),
        ({"min_holding": -0.1}, "min_holding=-0.1"),
        ({"max_holding": 1.1}, "max_holding=1.1"),
        (
            {"min_holding": 0.31, "max_holding": 0.39},
            "no multiple of lot=0.1 lies within 0.31..0.39",
        ),
        (
            {"max_assets": 2, "max_holding": 0.4},
            "2 assets of at most 0.4 cannot make up the wealth",
        ),
        ({"max_holding": 0.3}, "3 assets of at most 0.3 cannot make up the wealth"),
        ({"min_assets": 3, "min_holding": 0.4}, "3 assets of at least 0.4 exceed the wealth"),
    ],
)
def test_bad_data_is_refused_by_name(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        _three(**changes)


def test_limits_between_lots_are_rounded_inwards() -> None:
    problem = _three(min_holding=0.11, max_holding=0.49)
    holdings = problem.limits.holdings
    held = [lots for lots in range(11) if holdings.min_lots <= lots <= holdings.max_lots]
    assert held == [2, 3, 4]


def test_limits_in_whole_lots_are_kept_whole() -> None:
    """0.14 / 0.01 is 14.000000000000002, and 0.58 / 0.01 is 57.99999999999999."""
    problem = _three(min_holding=0.14, max_holding=0.58, lot=0.01)
    holdings = problem.limits.holdings
    assert (holdings.min_lots, holdings.max_lots) == (14, 58)


def test_plans_survive_json() -> None:
    plan = Allocation({"A": 0.25, "B": 0.75})
    assert Allocation.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan


def test_plans_read_largest_holding_first() -> None:
    assert (
        str(Allocation({"B": 0.25, "gold": 0.5, "A": 0.25}))
        == "gold   50.00%\nA      25.00%\nB      25.00%"
    )


def _assets(**options: Any) -> MeanVariance:
    defaults = {
        "mean": [0.1, 0.2, 0.3],
        "covariance": np.diag([0.1, 0.2, 0.3]),
        "risk_aversion": 1.0,
        "lot": 0.25,
    }
    return MeanVariance(**defaults | options)


@pytest.mark.parametrize("options", [{}, {"risk_aversion": 0}])
def test_model_size_is_the_model_s_where_covariances_are_0(options: dict[str, Any]) -> None:
    problem = _assets(**options)
    assert problem.model_size() == models.size(problem.model())


def test_a_weight_that_is_nan_is_not_feasible() -> None:
    assert not _assets().evaluate(Allocation({"asset 1": math.nan})).feasible


def test_a_weight_that_is_nan_cannot_be_encoded() -> None:
    with pytest.raises(QoptError):
        _assets().encode(Allocation({"asset 1": math.nan}))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        # two assets make 0.9 at most, three 1.2 at least
        ({"min_holding": 0.4, "max_holding": 0.45, "lot": 0.05}, "wealth"),
        ({"risk_aversion": 10**400}, "risk_aversion"),
        ({"lot": 1e-320}, "lot"),
        ({"max_assets": True}, "max_assets=True"),
        ({"names": 5}, "names=5"),
        ({"names": "abc"}, "names='abc'"),
        ({"covariance": np.diag([1e308] * 3)}, "covariance"),
    ],
)
def test_more_bad_portfolios_are_refused_by_name(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        _assets(**options)


@pytest.mark.parametrize("names", [np.array(["a", "b", "c"]), pd.Index(["a", "b", "c"])])
def test_names_may_be_an_array(names: Any) -> None:
    assert _assets(names=names).names == ("a", "b", "c")


def test_a_count_may_be_a_numpy_integer() -> None:
    assert _assets(max_assets=np.int64(2)).limits.holdings.max_assets == 2


def test_names_given_do_not_stop_tables_from_being_matched() -> None:
    """The covariance comes in its own order, C B A."""
    mean = pd.Series([0.1, 0.2, 0.3], index=list("ABC"))
    covariance = pd.DataFrame(np.diag([0.3, 0.2, 0.1]), index=list("CBA"), columns=list("CBA"))
    problem = _assets(mean=mean, covariance=covariance, names=["x", "y", "z"])
    assert np.diag(problem.covariance).tolist() == [0.1, 0.2, 0.3]


def test_the_columns_of_a_frame_may_be_permuted_alone() -> None:
    mean = pd.Series([0.1, 0.2, 0.3], index=list("ABC"))
    covariance = pd.DataFrame(np.diag([0.1, 0.2, 0.3]), index=list("ABC"), columns=list("ABC"))
    assert np.diag(_assets(mean=mean, covariance=covariance[list("CBA")]).covariance).tolist() == [
        0.1,
        0.2,
        0.3,
    ]


def test_a_weight_off_its_lot_is_off_by_the_distance_to_the_nearest() -> None:
    """0.24 of lots of 0.25 is 0.01 off, as 0.76 is."""
    violations = _assets().evaluate(Allocation({"asset 1": 0.24, "asset 2": 0.76})).violations
    assert {str(violation) for violation in violations} == {
        "lot[asset 1] by 0.01 of wealth",
        "lot[asset 2] by 0.01 of wealth",
    }
