"""What the benchmark calls read back or wrong, beside every assignment there is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from .read_back_rows import Found, Implied, Interval, truth_of
from .read_back_rules import by_rules
from .read_back_ways import Planted, by_dimod, by_pyqubo, by_qopt

coefficients = st.lists(st.integers(-6, 6).filter(bool), min_size=2, max_size=5)
ends = st.tuples(st.integers(-12, 12), st.integers(-12, 12)).map(sorted)


def keeps(row: Interval, state: dict[Any, int]) -> bool:
    return row.low <= sum(c * state[label] for label, c in row.terms) <= row.high


def states(labels: Sequence[Any]) -> list[dict[Any, int]]:
    return [dict(zip(labels, bits, strict=True)) for bits in product((0, 1), repeat=len(labels))]


@given(coefficients, ends, st.sampled_from([1.0, 3.0, 0.25, -2.0]))
def test_an_interval_says_what_its_row_says(sizes: list[int], ends: Any, scale: float) -> None:
    low, high = ends
    labels = [f"x{k}" for k in range(len(sizes))]
    terms = {label: c * scale for label, c in zip(labels, sizes, strict=True)}
    row = Interval.of(terms, *sorted([low * scale, high * scale]))
    for state in states(labels):
        total = sum(c * bit for c, bit in zip(sizes, state.values(), strict=True))
        assert keeps(row, state) == (low <= total <= high)
    same = Interval.of(
        {label: -2 * c for label, c in terms.items()},
        *sorted([-2 * low * scale, -2 * high * scale]),
    )
    assert same == row


@given(coefficients, ends)
def test_pairs_say_what_their_row_says(sizes: list[int], ends: Any) -> None:
    labels = [f"x{k}" for k in range(len(sizes))]
    row = Interval.of(dict(zip(labels, sizes, strict=True)), *ends)
    pairs = row.pairs()
    for state in states(labels) if pairs is not None else []:
        clash = any(all(state[label] == true for label, true in pair) for pair in pairs or ())
        assert keeps(row, state) != clash


@given(coefficients, ends, st.integers(1, 2), st.booleans())
def test_bits_that_may_be_anything_are_taken_out(
    sizes: list[int], ends: Any, count: int, single: bool
) -> None:
    labels = [f"x{k}" for k in range(len(sizes))]
    row = Interval.of(dict(zip(labels, sizes, strict=True)), *ends)
    gone = labels[:count]
    left = row.without(set(gone), single)
    if left is None or not left.terms:
        return
    for state in states(labels[count:]):
        some = any(
            keeps(row, state | other)
            for other in states(gone)
            if not single or sum(other.values()) <= 1
        )
        assert keeps(left, state) == some


@settings(deadline=None)  # the first call loads the solver
@example([([1, 1, -1], [-1, 0])], [-2, 1, 1, -3], [-4, 0])  # a gap that CP-SAT 9.15 loses
@given(st.lists(st.tuples(coefficients, ends), min_size=1, max_size=3), coefficients, ends)
def test_what_follows_is_what_no_assignment_breaks(
    given_rows: list[Any], sizes: list[int], ends: Any
) -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    labels = [f"x{k}" for k in range(5)]
    rows = [
        Interval.of(dict(zip(labels, a, strict=False)), low, high) for a, (low, high) in given_rows
    ]
    asked = Interval.of(dict(zip(labels, sizes, strict=False)), *ends)
    kept = [state for state in states(labels) if all(keeps(row, state) for row in rows)]
    assert Implied(rows)(asked) == all(keeps(asked, state) for state in kept)
    assert Implied(rows)(Interval((), 1, 0)) == (not kept)


def test_what_a_larger_row_says_is_read_back() -> None:
    pair = truth_of("pair", Interval.of({"a": 1, "b": 1}, 0, 1))
    group = truth_of("group", Interval.of({"a": 1, "b": 1, "c": 1}, 0, 1))
    both = Interval.of({"a": 2, "b": 2, "c": 2}, 0, 3)
    other = Interval.of({"b": 1, "c": 1, "d": 1}, 1, 1)
    assert Found([("row", both)], set(), set()).says(pair)
    assert Found([("row", both)], set(), set()).says(group)
    assert not Found([("row", other)], set(), set()).says(pair)
    with_slack = Interval.of({"a": 1, "b": 1, "c": 1, "s": 1}, 1, 1)
    assert Found([("row", with_slack)], set(), {"s"}).says(group)
    equality = truth_of("equality", Interval.of({"a": 1, "b": 1, "c": 1}, 1, 1))
    assert not Found([("row", with_slack)], set(), {"s"}).says(equality)


def small() -> dimod.ConstrainedQuadraticModel:
    """All kinds of rows, on few bits."""
    x = [dimod.Binary(f"x{k}") for k in range(4)]
    number = dimod.Integer("n", upper_bound=3)
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(x[0] - 2 * x[1] + 3 * x[2] * x[3] - number)
    cqm.add_constraint(x[0] + x[1] + x[2] <= 1, label="one")
    cqm.add_constraint(x[2] - x[3] <= 0, label="order")
    cqm.add_constraint(x[0] + x[3] >= 1, label="cover")
    cqm.add_constraint(2 * x[1] + 3 * x[3] + number <= 5, label="room")
    cqm.add_constraint(x[0] + 2 * x[3] + number == 3, label="sum")
    cqm.add_constraint(number - number * x[3] == 0, label="only with")
    return cqm


@pytest.mark.parametrize(
    ("way", "light", "heavy"),
    [
        (by_dimod, {"times": 10.0}, {"times": 30.0}),
        (by_pyqubo, {"times": 10.0}, {"times": 30.0}),
        (by_rules, {"times": 1.0}, {"times": 3.0}),
        *(
            (by_qopt, {"penalties": 50.0} | options, {"penalties": 150.0} | options)
            for options in (
                {"presolve": False, "encodings": code, "inequalities": treatment}
                for code in ("log", "unary", "one-hot", "domain-wall")
                for treatment in ("auto", "slack")
            )
        ),
    ],
)
def test_the_rows_that_a_qubo_was_made_of(way: Any, light: Any, heavy: Any) -> None:
    """Two weights make a difference just where a row is broken."""
    one: Planted = way(small(), **light)
    other: Planted = way(small(), **heavy)
    labels = list(one.qubo.labels)
    if way is by_dimod:  # its slack bits are named anew each time
        assert len(labels) == len(other.qubo.labels)
    else:
        assert labels == list(other.qubo.labels)
    bits = (np.arange(2 ** len(labels))[:, None] >> np.arange(len(labels))) & 1
    costs = other.qubo.energies(bits) - one.qubo.energies(bits)
    kept = np.ones(len(bits), dtype=bool)
    for row in one.rows:
        sums = sum(c * bits[:, labels.index(label)] for label, c in row.terms)
        kept &= (row.low <= sums) & (sums <= row.high)
    assert kept.any()
    np.testing.assert_array_equal(kept, np.abs(costs) <= 1e-6)
    assert {truth.label for truth in one.truths} >= {"one", "order", "cover", "room", "sum"}
