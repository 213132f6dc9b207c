"""Columns as numbers and dates, with the place of whatever is wrong in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from qopt import FileError, QoptError
from qopt.kit.delimited import read_table
from qopt.kit.files import Text
from qopt.kit.frames import table_of
from qopt.kit.tables import Table


def table(text: str) -> Table:
    return read_table(Text(Path("t.csv"), text))


def test_kinds_are_what_most_cells_are() -> None:
    found = table(
        "a,b,c,d,e\n2024-01-02,1,NA,x,20240102\n2024-01-03,dear,,y,20240103\nnever,2,-,z,20240104\n"
    )
    assert found.kinds == ("dates", "numbers", "gaps", "words", "dates")


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        (
            "day,A\n2024-01-02,1\n2024-01-03,dear\n2024-01-04,2\n",
            (3, 12),
            "'dear' is not a number (in A)",
        ),
        (
            "day;A\n2024-01-02;1,5\n2024-01-03;1.5.6\n2024-01-04;2\n",
            (3, 12),
            "'1.5.6' is not a number (in A)",
        ),
        (
            "day;A\n2024-01-02;1,5\n2024-01-03;2.5\n",
            (2, 12),
            "'1,5' has a decimal comma and '2.5' a decimal point",
        ),
        (
            "day,A\n2024-01-02,1%\n2024-01-03,2\n",
            (3, 12),
            "A has '1%' and '2': give all with a % or none",
        ),
        (
            "day,A\n2024-01-02,$1\n2024-01-03,\u20ac2\n",
            (3, 12),
            "A has '$1' and '\u20ac2': give one currency",
        ),
    ],
)
def test_a_mistake_among_numbers_is_told_with_line_and_column(
    text: str, at: tuple[int, int], message: str
) -> None:
    found = table(text)
    assert found.text is not None
    with pytest.raises(FileError) as caught, found.text.blaming(found.places):
        found.numbers([1])
    assert str(caught.value) == f"t.csv:{at[0]}:{at[1]}: {message}" or message in str(caught.value)
    assert (caught.value.line, caught.value.column) == at


def test_a_mistake_among_dates_is_told_with_line_and_column() -> None:
    found = table("A,day\n1,2024-01-02\n2,2024-01-03\n3,Total\n")
    assert found.text is not None
    with (
        pytest.raises(FileError, match=r"t.csv:4:3: 'Total' is no date \(in day\)"),
        found.text.blaming(found.places),
    ):
        found.dates(1)


def test_numbers_of_frames_are_finite() -> None:
    with pytest.raises(QoptError, match="inf is no finite number") as caught:
        table_of({"A": [1.0, float("inf")]}).numbers([0])
    assert caught.value.place == ("cell", 1, 0)
