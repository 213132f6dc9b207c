"""Prices to returns by their conventions, from arrays, frames and files."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from problems.portfolio import MeanVariance
from qopt import FileError, InputWarning, QoptError

NAN = float("nan")
A, B = (
    [100.0, 110, 99, NAN, 99],
    [50.0, NAN, 40, 40, 60],
)  # A has a gap on the fourth date, B on the second
LATE = [NAN, 10.0, 11, 12, 13]


def moments(prices: Any, **options: Any) -> tuple[Any, Any]:
    problem = MeanVariance.of_prices(prices, risk_aversion=1, **options)
    return problem.mean, problem.covariance


def test_a_date_with_a_gap_is_dropped() -> None:
    """Left are the first, third and fifth date: A -1 % and 0, B -20 % and 50 %."""
    with pytest.warns(InputWarning, match="2 of 5 rows are left out"):
        mean, covariance = moments(np.array([A, B]).T)
    np.testing.assert_allclose(mean, [-0.005, 0.15])
    np.testing.assert_allclose(covariance, np.cov([[-0.01, 0.0], [-0.2, 0.5]]))


def test_the_last_price_stands() -> None:
    with pytest.warns(InputWarning, match="2 gaps have the price before"):
        mean, _ = moments(np.array([A, B]).T, gaps="forward")
    np.testing.assert_allclose(mean, [(0.1 - 0.1 + 0 + 0) / 4, (0 - 0.2 + 0 + 0.5) / 4], atol=1e-15)


def test_dates_before_the_first_price_are_left_out() -> None:
    with pytest.warns(InputWarning, match=r"1 of 5 rows is left out .*: asset 2 starts row 2"):
        mean, _ = moments(np.array([A, LATE]).T, gaps="forward")
    np.testing.assert_allclose(mean, [(-0.1 + 0 + 0) / 3, (1 / 10 + 1 / 11 + 1 / 12) / 3])


def test_an_asset_with_a_gap_is_left_out() -> None:
    problem = MeanVariance.of_prices(
        pd.DataFrame({"A": A, "C": [1.0, 2, 3, 4, 5]}), gaps="assets", risk_aversion=1
    )
    assert problem.names == ("C",)
    np.testing.assert_allclose(problem.mean, [np.mean([1, 1 / 2, 1 / 3, 1 / 4])])


def test_a_gap_may_be_refused() -> None:
    with pytest.raises(QoptError, match="A has no price in row 4; choose gaps="):
        MeanVariance.of_prices(
            pd.DataFrame({"A": A, "B": [1.0] * 5}), gaps="refuse", risk_aversion=1
        )


def test_log_returns_add_up_over_time() -> None:
    mean, _ = moments([[100.0], [110], [99]], returns="log")
    np.testing.assert_allclose(mean, [np.log(0.99) / 2])


def test_a_year_scales_mean_and_covariance() -> None:
    prices = np.array([[100.0, 50], [110, 40], [99, 60]])
    once, year = moments(prices), moments(prices, periods_per_year=252)
    np.testing.assert_allclose(year[0], 252 * once[0])
    np.testing.assert_allclose(year[1], 252 * once[1])


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_a_frame_may_have_a_column_of_dates(frame: Any) -> None:
    dates = [datetime.date(2024, 1, day) for day in range(1, 6)]
    table = frame(
        {"date": pd.to_datetime(dates) if frame is pd.DataFrame else dates, "A": A, "B": B}
    )
    with pytest.warns(InputWarning, match="2 of 5 dates"):
        problem = MeanVariance.of_prices(table, risk_aversion=1)
    assert problem.names == ("A", "B")
    np.testing.assert_allclose(problem.mean, [-0.005, 0.15])


@pytest.mark.parametrize("cell", ["", " ", "nan", "NaN", "null", "N/A"])
def test_a_file_may_say_a_gap_in_several_ways(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "p.csv"
    path.write_text(f"date,A,B\n1,100,50\n2,110,{cell}\n3,99,40\n4,{cell},40\n5,99,60\n")
    with pytest.warns(InputWarning, match="2 of 5 dates"):
        problem = MeanVariance.read(path, risk_aversion=1)
    np.testing.assert_allclose(problem.mean, [-0.005, 0.15])
    with pytest.warns(InputWarning, match="2 gaps have the price before"):
        problem = MeanVariance.read(
            path, risk_aversion=1, gaps="forward", returns="log", periods_per_year=4
        )
    np.testing.assert_allclose(problem.mean, [np.log(0.99), np.log(1.2)])
    with pytest.raises(FileError, match="B has no price at 2"):
        MeanVariance.read(path, risk_aversion=1, gaps="refuse")


@pytest.mark.parametrize(
    ("prices", "options", "message"),
    [
        ([[1.0], [2.0]], {}, "only 2 rows have a price of every asset; at least 3"),
        ([[1.0, NAN], [NAN, 2.0], [1.0, 1.0]], {}, "only 1 rows have a price of every asset"),
        (
            [[1.0, NAN], [NAN, 2.0], [1.0, 1.0]],
            {"gaps": "assets"},
            "every asset has a gap somewhere",
        ),
        ([[1.0], [0.0], [2.0]], {}, "the price of asset 1 in row 2 is 0; give"),
        ([[1.0], ["dear"], [2.0]], {}, "'dear' is not a number"),
        ([1.0, 2.0], {}, r"prices have shape \(2,\); give a row a date"),
        ([[1.0]] * 3, {"gaps": "guess"}, "gaps='guess': give one of drop, forward, assets, refuse"),
        ([[1.0]] * 3, {"returns": "net"}, "returns='net': give one of simple, log"),
        ([[1.0]] * 3, {"periods_per_year": 0}, "periods_per_year=0: give a number above 0"),
    ],
)
def test_bad_prices_are_named(prices: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        MeanVariance.of_prices(prices, risk_aversion=1, **options)
