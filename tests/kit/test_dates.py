"""Dates as people write them; the order of day and month is that of the whole column."""

from __future__ import annotations

import datetime as dt

import pytest

from qopt import QoptError
from qopt.kit.dates import dated, dates_of

DAY = dt.datetime(2024, 3, 5)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", DAY), ("2024/3/5", DAY), ("2024.03.05", DAY), ("20240305", DAY),
        ("5.3.2024", DAY), ("05.03.24", DAY), ("5 Mar 2024", DAY), ("05-Mar-24", DAY),
        ("March 5, 2024", DAY), ("Mar 5th, 2024", DAY), ("2024-Mar-05", DAY),
        ("5. M\u00e4rz 2024", DAY), ("5 mars 2024", DAY), ("Tue 2024-03-05", DAY),
        ("Tuesday, 5 March 2024", DAY), ("2024-03-05T16:30:00", DAY.replace(hour=16, minute=30)),
        ("2024-03-05 04:30 PM", DAY.replace(hour=16, minute=30)),
        ("2024-03-05 00:00:00-05:00", DAY.replace(hour=5)), ("2024-03-05T00:00:00Z", DAY),
        ("2024-03-05 00:00:00.000", DAY), ("2024-03", dt.datetime(2024, 3, 1)),
        ("03/2024", dt.datetime(2024, 3, 1)), ("Mar-24", dt.datetime(2024, 3, 1)),
        ("mars 2024", dt.datetime(2024, 3, 1)), ("2024Q2", dt.datetime(2024, 4, 1)),
        ("Q2 2024", dt.datetime(2024, 4, 1)), ("2024-W10", dt.datetime(2024, 3, 4)),
        ("2024-W10-2", DAY),
    ],
)  # fmt: skip
def test_a_date(text: str, moment: dt.datetime) -> None:
    assert dated(text)
    assert dates_of([text]).moments == (moment,)


@pytest.mark.parametrize(
    "text",
    ["", "total", "2024", "12.05", "1234.5", "12.2024", "2024-13-01", "2024-02-30", "31/31/2024",
     "May", "\u0662024-01-01", "5 Foo 2024", "20249999", "1.234.567"],
)  # fmt: skip
def test_what_is_no_date(text: str) -> None:
    assert not dated(text)
    with pytest.raises(QoptError, match="is no date") as caught:
        dates_of(["2024-01-01", text])
    assert caught.value.place == ("row", 1)


def test_a_day_above_12_tells_the_order() -> None:
    assert dates_of(["5/3/2024", "13/3/2024"]).moments[0] == DAY
    assert dates_of(["3/5/2024", "3/13/2024"]).moments[0] == DAY
    with pytest.raises(
        QoptError, match="'3/13/2024' has day and month in another order than '13/3/2024'"
    ):
        dates_of(["13/3/2024", "3/13/2024"])


def test_with_points_the_day_comes_first() -> None:
    found = dates_of(["05.03.2024", "06.03.2024"])
    assert found.moments[0] == DAY
    assert found.note == "dates as 05.03.2024 are day.month.year"


@pytest.mark.parametrize("mark", ["/", "-"])
def test_what_may_be_read_in_two_ways_is_refused_with_the_remedy(mark: str) -> None:
    texts = [f"0{month}{mark}01{mark}2024" for month in range(1, 6)]
    formats = f"give date_format='%d{mark}%m{mark}%Y' or '%m{mark}%d{mark}%Y'"
    with pytest.raises(QoptError, match=formats):
        dates_of(texts)
    assert dates_of(texts, f"%m{mark}%d{mark}%Y").labels[:2] == ("2024-01-01", "2024-02-01")
    assert dates_of(texts, f"%d{mark}%m{mark}%Y").labels[:2] == ("2024-01-01", "2024-01-02")


@pytest.mark.parametrize("step", [1, -1])
def test_the_order_by_which_dates_go_in_even_steps_is_taken(step: int) -> None:
    """Firsts of months over two years: the other order would leap to the next year."""
    months = [(year, month) for year in (2023, 2024) for month in range(1, 13)][::step]
    european = dates_of([f"1/{month}/{year}" for year, month in months])
    american = dates_of([f"{month}/1/{year}" for year, month in months])
    assert european.moments == american.moments == tuple(dt.datetime(y, m, 1) for y, m in months)
    assert "read as day, month, year" in european.note
    assert "read as month, day, year" in american.note


def test_days_and_months_that_are_equal_need_no_order() -> None:
    assert dates_of(["01/01/2023", "02/02/2024"]).labels == ("2023-01-01", "2024-02-02")


def test_two_digits_may_be_the_year_first_with_dashes() -> None:
    with pytest.raises(QoptError, match="'%d-%m-%y' or '%y-%m-%d'"):
        dates_of(["24-01-15", "24-01-16"])
    assert dates_of(["24-01-31", "24-02-01"], "%y-%m-%d").labels == ("2024-01-31", "2024-02-01")


def test_the_hours_of_zones_order_dates_and_their_days_stay() -> None:
    found = dates_of(["2024-03-10 00:00:00+09:00", "2024-03-09 23:00:00+00:00"])
    assert found.moments[0] < found.moments[1]
    assert found.labels == ("2024-03-10", "2024-03-09")


def test_a_format_that_is_none_is_refused() -> None:
    with pytest.raises(QoptError, match="date_format='%q': give a format as of strptime") as caught:
        dates_of(["x"], "%q")
    assert caught.value.place == ("date_format",)
    with pytest.raises(QoptError, match="'x' is no date by date_format='%Y'"):
        dates_of(["2024", "x"], "%Y")
