from __future__ import annotations

import math

import pytest

from qopt.compare import Interval
from qopt.compare.sentences import amount, sizes, way, ways

MINUS = "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.0, "0"),
        (1.349, "1.3"),
        (0.0467, "0.047"),
        (12.4, "12"),
        (123.6, "124"),
        (-1234567.8, f"{MINUS}1,234,568"),
        (0.96, "0.96"),
        (9.99, "10.0"),
        (math.inf, "no limit"),
    ],
)
def test_numbers_for_people(value: float, shown: str) -> None:
    assert amount(value) == shown


def test_differences_and_intervals_in_words() -> None:
    assert way(-0.21, "%") == "0.21 % worse"
    assert way(0.0, "%") == "the same"
    assert ways(Interval(-0.2, 1.1, 0.95), "%") == (
        "95 % interval from 0.20 % worse to 1.1 % better"
    )
    assert sizes(Interval(-1.9, -0.8, 0.9), "EUR") == "90 % interval 0.80 to 1.9 EUR"
    unknown = Interval(-math.inf, math.inf, 0.95)
    assert ways(unknown, "%") == sizes(unknown, "%") == "how sure this is cannot be said"
    assert ways(Interval(0.5, 0.5, 0.95), "%") == "no instance differs from the mean"
