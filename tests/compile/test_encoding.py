from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.compile.encoding import Encoding, log_coefficients


@given(st.integers(0, 200))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_log_coefficients_reach_every_number_of_the_range_and_no_other(most: int) -> None:
    _, coefficient = log_coefficients(np.array([most]))
    sums = {sum(chosen) for r in range(len(coefficient) + 1) for chosen in itertools.combinations(coefficient.tolist(), r)}
    assert sums == set(range(most + 1))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(0, 70)), min_size=1, max_size=5), st.data())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_decode_undoes_encode(ranges: list[tuple[int, int]], data: st.DataObject) -> None:
    lower = np.array([low for low, _ in ranges], dtype=float)
    upper = lower + [width for _, width in ranges]
    encoding = Encoding.of_ranges(lower, upper, np.ones(len(ranges)))
    drawn = [data.draw(st.integers(int(low), int(high))) for low, high in zip(lower, upper, strict=True)]
    values = np.array(drawn, dtype=float)
    np.testing.assert_array_equal(encoding.decode(encoding.encode(values)[None, :])[0], values)


def test_a_spin_is_one_bit() -> None:
    encoding = Encoding.of_ranges(np.array([-1.0]), np.array([1.0]), np.array([2.0]))
    np.testing.assert_array_equal(encoding.decode(np.array([[0.0], [1.0]])), [[-1], [1]])


def test_a_number_of_one_bit_keeps_its_name() -> None:
    encoding = Encoding.of_ranges(np.zeros(3), np.array([1.0, 0.0, 5.0]), np.ones(3))
    assert encoding.labels(["a", "fixed", "c"]) == ["a", "c#0", "c#1", "c#2"]
