from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qopt.compare import gap
from qopt.compare.records import by_instance, references

from ..planted import runs

numbers = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-6)


@pytest.mark.parametrize(
    ("objective", "reference", "expected"),
    [
        (110.0, 100.0, 10 / 110),  # a cost of 110 is 10 too much
        (90.0, 100.0, 0.1),  # a gain of 90 lacks 10
        (-90.0, -100.0, 0.1),
        (5.0, 5.0, 0.0),
        (0.0, 0.0, 0.0),
        (1e-9, 0.0, 1.0),
        (-1.0, 1.0, 1.0),
        (None, 100.0, 1.0),
        (None, None, 1.0),
    ],
)
def test_the_gap_by_hand(objective: float | None, reference: float | None, expected: float) -> None:
    assert gap(objective, reference) == pytest.approx(expected, abs=1e-15)


@given(numbers, numbers, st.sampled_from([0.25, 2.0, 1024.0]))
def test_the_gap_is_bounded_even_and_the_same_in_any_unit(
    one: float, other: float, unit: float
) -> None:
    assert 0 <= gap(one, other) <= 1
    assert gap(one, other) == gap(other, one) == gap(-one, -other)
    assert gap(one * unit, other * unit) == pytest.approx(gap(one, other), abs=1e-12)
    assert (gap(one, other) == 0) == (one == other)


def test_the_reference_is_the_best_known_or_better() -> None:
    given = [
        *runs({("known", "a"): [12, 13]}, best_known=10.0),
        *runs({("beaten", "a"): [12, 13]}, best_known=12.5),
        *runs({("gain", "a"): [12, 13]}, best_known=12.5, sense="max"),
        *runs({("unknown", "a"): [12, None], ("unknown", "b"): [11]}),
        *runs({("nothing", "a"): [None]}),
    ]
    found = {
        name: (reference.objective, reference.source)
        for name, reference in references(by_instance(given)).items()
    }
    assert found == {
        "known": (10.0, "best known"),
        "beaten": (12, "best of the runs"),
        "gain": (13, "best of the runs"),
        "unknown": (11, "best of the runs"),
        "nothing": (None, "none"),
    }
