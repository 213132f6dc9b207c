"""Tables of frames, dicts, arrays and lists: the same columns, whatever holds them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from qopt import QoptError
from qopt.kit.frames import table_of

DAYS = [dt.date(2024, 1, 2), dt.date(2024, 1, 3)]
PANDAS = pd.DataFrame({"day": pd.to_datetime(DAYS), "A": [1, 2], "B": [1.5, None]})
POLARS = pl.DataFrame({"day": DAYS, "A": [1, 2], "B": [1.5, None]})


@pytest.mark.parametrize(
    "data",
    [
        PANDAS, PANDAS.set_index("day"), PANDAS.convert_dtypes(), PANDAS.astype({"day": "str"}),
        PANDAS.astype({"day": "object"}), PANDAS.set_index("day").tz_localize("Europe/Paris"),
        PANDAS.set_index("day").to_period("D"), POLARS, POLARS.lazy(),
        POLARS.with_columns(pl.col("day").cast(pl.String)),
        {"day": DAYS, "A": [1, 2], "B": [1.5, None]},
        [{"day": d, "A": a, "B": b} for d, a, b in POLARS.rows()],
        {"day": ["2024-01-02", "2024-01-03"], "A": np.array([1, 2]),
         "B": [Decimal("1.5"), float("nan")]},
    ],
)  # fmt: skip
def test_the_same_columns_of_everything(data: Any) -> None:
    found = table_of(data)
    assert found.names == ("day", "A", "B")
    assert found.kinds == ("dates", "numbers", "numbers")
    assert found.dates(0).labels == ("2024-01-02", "2024-01-03")
    np.testing.assert_array_equal(found.numbers([1, 2]), [[1, 1.5], [2, np.nan]])


def test_an_index_that_only_counts_is_no_column() -> None:
    assert not table_of(PANDAS).indexed
    assert table_of(PANDAS[::-1]).indexed
    assert table_of(PANDAS[::-1]).texts(0) == ["1", "0"]


def test_what_is_masked_is_a_gap() -> None:
    masked = np.ma.masked_values([[1.0, 2.0], [3.0, 4.0]], 4.0)
    np.testing.assert_array_equal(table_of(masked).numbers([0, 1]), [[1, 2], [3, np.nan]])


def test_a_series_is_a_table_of_one_column() -> None:
    assert table_of(PANDAS.set_index("day")["A"]).names == ("day", "A")
    assert table_of(pl.Series("A", [1, 2])).names == ("A",)


def test_columns_of_two_levels_keep_both() -> None:
    frame = PANDAS.set_index("day")
    frame.columns = pd.MultiIndex.from_tuples([("Close", "A"), ("Close", "B")])
    assert table_of(frame).headings == (("day",), ("Close", "A"), ("Close", "B"))


@pytest.mark.parametrize(
    "data", [[[1.0, 2], [3, 4]], np.eye(2), pd.DataFrame(np.eye(2)), pl.DataFrame(np.eye(2))]
)
def test_names_that_only_count_are_none(data: Any) -> None:
    assert not table_of(data).named


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (pd.concat([PANDAS, PANDAS], axis=1), "2 columns of prices are named 'day'"),
        ([[1, 2], [3]], "prices have rows of different lengths"),
        ([1.0, 2.0], r"prices have shape \(2,\)"), ([], r"prices have shape \(0,\)"),
        ("prices.csv", r"prices have shape \(\)"), ({}, "prices have no columns"),
        (pl.DataFrame(), "prices have no columns"), (pd.DataFrame(), "prices have no columns"),
        (None, r"prices have shape \(\)"),
        ({"A": [1, 2], "B": [1]}, "the columns of prices differ in length: A 2, B 1"),
        ({"A": [1j, 2]}, "prices hold complex numbers"),
        ({"A": [10**400]}, "prices hold a number too large"),
        ({"A": np.array([1], dtype="timedelta64[D]")}, "prices hold spans of time"),
        ({"A": pd.Series([1, 2], index=[0, 1]), "B": pd.Series([1, 2], index=[1, 2])},
         "different indices"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused(data: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message):
        table_of(data, "prices")
