"""Numbers in the ways that people write them, and which sign parts a table's decimals."""

from __future__ import annotations

import math

import polars as pl
import pytest

from qopt import QoptError
from qopt.kit.numerals import Numerals, decimal_of, is_numeral


def values(texts: list[str], decimal: str = ".") -> list[float]:
    return Numerals.of(pl.Series(texts)).values(decimal).tolist()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), (" 1234.5 ", 1234.5), ("1,234.5", 1234.5), ("12,345,678", 12345678),
        ("1,23,456.5", 123456.5), ("1'234.5", 1234.5), ("1\u2019234", 1234), ("1 234.5", 1234.5),
        ("1\u202f234\u202f567.5", 1234567.5), ("$5", 5), ("-$5", -5), ("$-5", -5), ("US$ 5.5", 5.5),
        ("5 EUR", 5), ("CHF 1'000", 1000), ("\u00a35", 5), ("5\u20ac", 5), ("(5)", -5),
        ("($1,234.50)", -1234.5), ("5-", -5), ("\u22125", -5), ("+5", 5), ("5%", 0.05),
        ("-2.5 %", -0.025), ("1e3", 1000), ("1.5E-2", 0.015), (".5", 0.5), ("5.", 5), ("007", 7),
        ("0.123", 0.123),
    ],
)  # fmt: skip
def test_a_number_with_a_decimal_point(text: str, value: float) -> None:
    assert is_numeral(text)
    assert values([text, "(1)"]) == [value, -1]
    assert values([text])[0] == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,5", 1234.5),
        ("1 234,5", 1234.5),
        ("0,5", 0.5),
        ("1.234", 1234),
        ("-5,25 \u20ac", -5.25),
        ("2,5 %", 0.025),
        ("1,5E3", 1500),
    ],
)
def test_a_number_with_a_decimal_comma(text: str, value: float) -> None:
    assert values([text], ",") == [value]


@pytest.mark.parametrize(
    "text",
    ["dear", "1.2.3", "1,2,3", "--5", "+-5", "-(5)", "(5", "5)", "$5$", "12 34", "1_000", "0x10",
     "inf", "\u0663", "1,23", "1.5x", "%", "$", "1e", "01,234", "5 %%", "2024-01-01", "1 2345"],
)  # fmt: skip
def test_what_is_no_number_with_a_decimal_point(text: str) -> None:
    assert math.isnan(values([text])[0])
    assert not Numerals.of(pl.Series([text])).fits(".")[0]


@pytest.mark.parametrize(
    "text",
    ["", " ", ".", "-", "NA", "N/A", "#N/A", "#N/A N/A", "NULL", "None", "nan", "#VALUE!", "n.v."],
)
def test_a_gap(text: str) -> None:
    seen = Numerals.of(pl.Series([text]))
    assert (seen.gap[0], seen.number[0]) == (True, False)
    assert math.isnan(seen.values(".")[0])


@pytest.mark.parametrize(
    ("columns", "delimiter", "sign"),
    [
        ([["1.5", "1.234"]], None, "."),
        ([["1,5", "1.234"]], ";", ","),
        ([["1,234"], ["0.5"]], ";", "."),
        ([["1.234"], ["0,5"]], ";", ","),
        ([["1,234.5"]], None, "."),
        ([["1.234.567"]], None, ","),
        ([["0,123"]], None, ","),
        (
            [["1.234", "1234"]],
            "\t",
            ".",
        ),  # a column that has 1234 without a mark parts no thousands
        ([["1,234", "1234"]], ";", ","),
        ([["1.234", "2.345"]], ",", "."),  # commas part the cells, so that points part decimals
        ([["1", "2"]], None, "."),
        ([[]], None, "."),
    ],
)
def test_the_whole_table_shows_its_decimal_sign(
    columns: list[list[str]], delimiter: str | None, sign: str
) -> None:
    seen = {k: Numerals.of(pl.Series(texts, dtype=pl.String)) for k, texts in enumerate(columns)}
    assert decimal_of(seen, delimiter=delimiter) == sign


@pytest.mark.parametrize(
    ("columns", "delimiter", "message", "place"),
    [
        ([["7", "1,234"]], ";", "'1,234' may mean two numbers", ("cell", 1, 0)),
        ([["7", "1.234"]], "\t", "give decimal='.' or decimal=','", ("cell", 1, 0)),
        ([["7"], ["1,234"]], ",", "'1,234' may mean two numbers", ("cell", 0, 1)),
        ([["1.234"], ["1,234"]], ",", "may mean two numbers", ("cell", 0, 0)),
        (
            [["7,5", "1.5"]],
            ";",
            "'7,5' has a decimal comma and '1.5' a decimal point",
            ("cell", 0, 0),
        ),
    ],
)
def test_a_doubtful_sign_is_refused_with_the_remedy(
    columns: list[list[str]], delimiter: str, message: str, place: tuple[str, int, int]
) -> None:
    seen = {k: Numerals.of(pl.Series(texts)) for k, texts in enumerate(columns)}
    with pytest.raises(QoptError, match=message) as caught:
        decimal_of(seen, delimiter=delimiter)
    assert caught.value.place == place
    assert decimal_of(seen, given=",", delimiter=delimiter) == ","
