"""Delimited text: dialects, what stands around the rows, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from qopt import FileError
from qopt.kit.delimited import read_table
from qopt.kit.files import Text
from qopt.kit.tables import Table


def table(text: str) -> Table:
    return read_table(Text(Path("t.csv"), text))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["", "\n", "\n\n", "{}\n"])
def test_the_delimiter_is_seen(delimiter: str, end: str) -> None:
    text = "day,A,B\n2024-01-02,1.5,2\n2024-01-03,1.75,3" + end.format(",,")
    found = table(text.replace(",", delimiter))
    assert (found.delimiter, found.names, found.lines) == (delimiter, ("day", "A", "B"), (2, 3))
    assert found.kinds == ("dates", "numbers", "numbers")
    assert found.numbers([1, 2]).tolist() == [[1.5, 2], [1.75, 3]]


def test_decimal_commas_do_not_part_cells() -> None:
    found = table("Tag;A;B\n02.01.2024;1,5;2,25\n03.01.2024;1,75;3,5\n")
    assert found.numbers([1, 2]).tolist() == [[1.5, 2.25], [1.75, 3.5]]


def test_quotes_hold_delimiters_line_feeds_and_quotes() -> None:
    found = table('day,"A, ""first""",B\n"2024-01-02","1,234.5",\n\n"2024\n-01-03",7,2\n')
    assert found.names == ("day", 'A, "first"', "B")
    assert found.texts(1) == ["1,234.5", "7"]
    assert found.lines == (2, 4)
    assert found.places["cell", 0, 1] == (2, 14)
    assert found.places["cell", 1, 1] == 4


def test_what_stands_around_the_rows_is_passed_over_with_a_note() -> None:
    found = table(
        "# a comment\nPrices of a fund\nas of May,,\n\nday,A,B,\n,USD,EUR,\n"
        "2024-01-02,1,2,\n#N/A,1,2,\nSource: us,,,\n"
    )
    assert (found.names, found.lines) == (("day", "A", "B"), (7, 8))
    assert found.units == {1: "usd", 2: "eur"}
    assert found.notes == (
        "lines 2 to 3 above the names passed over: 'Prices of a fund'",
        "a row of units below the names: usd, eur",
        "line 9 at the end passed over: 'Source: us'",
    )


def test_units_of_per_cent_divide_by_100() -> None:
    assert table("day,A\n,%\n2024-01-02,1.5\n").numbers([1]).tolist() == [[0.015]]


def test_names_of_several_rows() -> None:
    """As pandas writes columns of two levels, with the name of the index below."""
    found = table("Price,Close,Close,Open,Open\nTicker,A,B,A,B\nDate,,,,\n2024-01-02,1,2,3,4\n")
    assert found.headings == (
        ("", "Date"),
        ("Close", "A"),
        ("Close", "B"),
        ("Open", "A"),
        ("Open", "B"),
    )
    assert found.lines == (4,)


def test_a_first_line_may_say_the_delimiter() -> None:
    found = table("sep=;\nday;A\n2024-01-02;1,5\n2024-01-03;2,5\n")
    assert (found.delimiter, found.names, found.lines) == (";", ("day", "A"), (3, 4))


def test_a_quote_that_fits_with_another_delimiter() -> None:
    assert table('"day";"A"\n"2024-01-02";"1"\n').names == ("day", "A")


def test_names_may_be_numbers() -> None:
    assert table(",600519,000001\n2024-01-02,1,2\n").names == ("", "600519", "000001")
    assert table("Date,600519,000001\n2024-01-02,1,2\n").names == ("Date", "600519", "000001")
    assert table(",0,1\n2024-01-02,1,2\n").names == ("", "0", "1")
    with pytest.raises(FileError, match=r"t.csv:1: numbers where the names of the columns are due"):
        table(",1.5,2\n2024-01-02,1,2\n")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("", None, "the file is empty"),
        ("# nothing\n", None, "the file is empty"),
        ("just words\nin lines\n", None, "no row of numbers under a row of names"),
        ("2024-01-02,1,2\n2024-01-03,1,2\n", 1, "numbers where the names of the columns are due"),
        ("0,\u00b2,2\n2024-01-03,1,2\n", 1, "numbers where the names of the columns are due"),
        ("asset,2023,2024\nA,1,2\n", 1, "the dates stand side by side"),
        ("asset,2024-01-02,2024-01-03\nA,1,2\n", 1, "the dates stand side by side"),
        ("day,A,A\n2024-01-02,1,2\n", 1, "two columns are named 'A'"),
        ("day,A,\n2024-01-02,1,2\n", 1, "column 3 has no name"),
        ("day,A\n2024-01-02,1,2\n2024-01-03,1,2\n", 1, "2 names for 3 columns"),
        ("day,A,B\n2024-01-02,1,2\n2024-01-03,1\n", 3, "2 cells (parted by ',') under 3 names"),
        ("day,A,B\n2024-01-02,1,2\n2024-01-03,1,2,3\n", 3, "4 cells (parted by ',') under 3 names"),
        (
            "day,A\n2024-01-02,1\n\nday,B\n2024-01-02,5\n",
            4,
            "if a second table begins here, keep one",
        ),
        (
            "day,A,B\n2024-01-02,1,2\n\nday,C\n2024-01-02,5\n",
            4,
            "if a second table begins here, keep one",
        ),
        (",5;1\nday;A;B\n2024-01-02;1;2\n", 1, "numbers above the names of the columns"),
        ("day,A,B\nWords,,\n2024-01-02,1,2\n", 2, "a second row of names, as in line 1"),
        ("day,A,B\nname,X,Y\n2024-01-02,1,2\n", 2, "a second row of names, as in line 1"),
        ('day,A,B\n2024-01-02,"1,2\n2024-01-03,1,2\n', 2, "a quote that does not fit"),
    ],
)
def test_what_is_no_table_or_not_one_is_refused(text: str, line: int | None, message: str) -> None:
    with pytest.raises(FileError) as caught:
        table(text)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_a_table_too_large_is_refused_before_it_is_read() -> None:
    with pytest.raises(FileError, match="more than 20,000,000 cells"):
        table("a,b\n" + "," * 20_000_001)
