"""Axes: values in their order, round ticks that stay on the axis and are neither few nor many."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from qopt.figures import Axis

plain = st.floats(-1e6, 1e6)
above = st.floats(1e-6, 1e6)


@given(plain, plain, plain)
def test_a_linear_axis_is_in_proportion(low: float, high: float, value: float) -> None:
    low, high = min(low, high), max(low, high)
    assume(high - low > 1e-6)
    share = Axis("", low, high).share(value)
    assert 0 <= share <= 1
    if low <= value <= high:
        assert low + share * (high - low) == pytest.approx(value, abs=1e-6 * (high - low) + 1e-9)


@given(above, above)
def test_a_logarithmic_axis_has_the_geometric_mean_in_its_middle(low: float, high: float) -> None:
    low, high = min(low, high), max(low, high)
    assume(high / low > 1.001)
    assert Axis("", low, high, log=True).share((low * high) ** 0.5) == pytest.approx(0.5, abs=1e-6)


def test_what_lies_outside_stands_at_the_end() -> None:
    assert Axis("", 0.01, 100, log=True).share(0.0) == 0
    assert Axis("", 0, 1).share(2.0) == 1


@given(plain, st.floats(1e-3, 1e6))
def test_linear_ticks_are_few_and_on_the_axis(low: float, span: float) -> None:
    ticks = Axis("", low, low + span).ticks()
    assert 2 <= len(ticks) <= 12
    slack = 1e-6 * (abs(low) + span)
    assert all(low - slack <= value <= low + span + slack for value, _ in ticks)
    assert [value for value, _ in ticks] == sorted({value for value, _ in ticks})


@given(above, st.floats(10, 1e8))
def test_logarithmic_ticks_are_few_and_on_the_axis(low: float, ratio: float) -> None:
    ticks = Axis("", low, low * ratio, log=True).ticks()
    assert 1 <= len(ticks) <= 8
    assert all(low * 0.999 <= value <= low * ratio * 1.001 for value, _ in ticks)


def test_ticks_are_written_as_people_write_numbers() -> None:
    assert [said for _, said in Axis("", -10, 10, unit=" %").ticks()] == [
        "\N{MINUS SIGN}10 %",
        "\N{MINUS SIGN}5 %",
        "0 %",
        "5 %",
        "10 %",
    ]
    assert [said for _, said in Axis("", 1, 10_000, log=True).ticks()][-1] == "10,000"
