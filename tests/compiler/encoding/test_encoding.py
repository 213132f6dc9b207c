from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt import QoptError, UnknownName
from qopt.compiler import compile_cqm
from qopt.compiler.encoding.encoding import ENCODINGS, Encoding, log_coefficients

NUMBERS = st.lists(
    st.tuples(
        st.integers(-9, 9),
        st.integers(0, 9),
        st.sampled_from([1, 2]),
        st.sampled_from(ENCODINGS),
        st.integers(1, 7),
    ),
    min_size=1,
    max_size=4,
)


def encoding_of(numbers: list[tuple[int, int, int, str, int]]) -> Encoding:
    lower, width, step, code, largest = (np.array(column) for column in zip(*numbers, strict=True))
    return Encoding.of_ranges(
        lower.astype(float), (lower + width * step).astype(float), step.astype(float), code, largest
    )


def valid(code: str, bits: tuple[int, ...]) -> bool:
    if len(bits) < 2:
        return True
    if code == "one-hot":
        return sum(bits) == 1
    return code != "domain-wall" or list(bits) == sorted(bits, reverse=True)


@given(st.integers(0, 90), st.integers(1, 90))
@settings(deadline=None, max_examples=80, derandomize=True)
def test_log_coefficients_reach_every_number_of_the_range_and_no_other(
    most: int, largest: int
) -> None:
    largest = max(largest, most // 9)  # as many bits as can be enumerated
    _, coefficient = log_coefficients(np.array([most]), np.array([largest]))
    sums = {0}
    for size in coefficient.tolist():
        sums |= {size + total for total in sums}
    assert sums == set(range(most + 1))
    assert coefficient.sum() == most
    assert coefficient.max(initial=0) <= largest


def test_bounded_coefficients_double_up_to_the_bound_and_then_repeat_it() -> None:
    np.testing.assert_array_equal(
        log_coefficients(np.array([24]), np.array([8]))[1], [1, 2, 4, 8, 8, 1]
    )
    np.testing.assert_array_equal(
        log_coefficients(np.array([24]), np.array([24]))[1], [1, 2, 4, 8, 9]
    )
    np.testing.assert_array_equal(
        log_coefficients(np.array([5]), np.array([1]))[1], [1, 1, 1, 1, 1]
    )


@given(NUMBERS)
@settings(deadline=None, max_examples=150, derandomize=True)
def test_valid_bits_are_all_numbers_of_the_range_and_no_other(
    numbers: list[tuple[int, int, int, str, int]],
) -> None:
    for low, width, step, code, largest in numbers:
        encoding = encoding_of([(low, width, step, code, largest)])
        states = [
            bits
            for bits in itertools.product([0, 1], repeat=encoding.num_bits)
            if valid(code, bits)
        ]
        values = encoding.decode(np.array(states, dtype=float).reshape(len(states), -1))[:, 0]
        assert set(values.tolist()) == set(range(low, low + width * step + 1, step))
        if code in ("one-hot", "domain-wall"):
            assert len(states) == width + 1
        every = np.array(list(itertools.product([0, 1], repeat=encoding.num_bits)), dtype=float)
        assert set(encoding.decode(every)[:, 0].tolist()) <= set(values.tolist())


@given(NUMBERS, st.data())
@settings(deadline=None, max_examples=150, derandomize=True)
def test_decode_undoes_encode(
    numbers: list[tuple[int, int, int, str, int]], data: st.DataObject
) -> None:
    encoding = encoding_of(numbers)
    values = np.array(
        [low + step * data.draw(st.integers(0, width)) for low, width, step, _, _ in numbers],
        dtype=float,
    )
    bits = encoding.encode(values)
    np.testing.assert_array_equal(encoding.decode(bits[None, :])[0], values)
    for k, (_, _, _, code, _) in enumerate(numbers):
        assert valid(code, tuple(bits[encoding.owner == k].astype(int)))


def test_what_is_out_of_range_is_cut_and_what_is_between_is_rounded() -> None:
    for code in ENCODINGS:
        encoding = encoding_of([(2, 5, 1, code, 2)])
        for given_value, value in ((-3.0, 2), (2.4, 2), (3.7, 4), (99.0, 7)):
            assert encoding.decode(encoding.encode(np.array([given_value]))[None, :])[0, 0] == value


def test_a_spin_is_one_bit() -> None:
    encoding = Encoding.of_ranges(np.array([-1.0]), np.array([1.0]), np.array([2.0]))
    np.testing.assert_array_equal(encoding.decode(np.array([[0.0], [1.0]])), [[-1], [1]])


def test_a_number_of_one_bit_keeps_its_name() -> None:
    encoding = Encoding.of_ranges(np.zeros(3), np.array([1.0, 0.0, 5.0]), np.ones(3))
    assert encoding.labels(["a", "fixed", "c"]) == ["a", "c#0", "c#1", "c#2"]


def knapsack() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    things = list(dimod.Binaries([f"x{k}" for k in range(8)]))
    amount = dimod.Integer("amount", upper_bound=9)
    cqm.set_objective(-sum(things) - amount)
    cqm.add_constraint(sum(things) <= 5, label="count")
    cqm.add_constraint(
        sum((k + 1) * thing for k, thing in enumerate(things)) + 7 * amount <= 40, label="weight"
    )
    cqm.add_constraint(sum(things) - 3 * amount <= 7, label="light")
    return cqm


def codes(**options: Any) -> dict[str, list[float]]:
    """What each bit of a number is worth, by the number's label."""
    compiled = compile_cqm(knapsack(), **options)
    found = {}
    for numbers, labels in (
        (compiled.encoding, compiled.model.variables),
        (compiled.slack, compiled.model.labels),
    ):
        for k, label in enumerate(labels):
            found[label] = numbers.matrix.data[numbers.owner == k].tolist()
    return found


def test_numbers_take_the_fewest_bits_unless_asked() -> None:
    assert codes() == codes(encodings="log")
    assert codes()["amount"] == [1, 2, 2]  # 5 is all that "weight" leaves of 9
    assert codes()["weight"] == [1, 2, 4, 8, 16, 9]


def test_slacks_are_bounded_by_their_rows() -> None:
    found = codes(encodings="bounded")
    assert found["count"] == [1, 1, 1, 1, 1]
    assert found["weight"] == [1, 2, 4, 8, 8, 8, 8, 1]
    assert found["light"] == [1, 2, 3, 3, 3, 3, 3, 3, 1]


def test_encodings_can_be_named_for_all_or_by_label() -> None:
    assert codes(encodings="unary")["amount"] == [1] * 5
    assert codes(encodings="log")["count"] == [1, 2, 2]
    mixed = codes(
        encodings={"amount": "one-hot", "weight": ("bounded", 16), "count": "domain-wall"}
    )
    assert mixed["amount"] == [0, 1, 2, 3, 4, 5]
    assert mixed["weight"] == [1, 2, 4, 8, 16, 9]
    assert mixed["count"] == [1] * 5
    assert mixed["light"] == codes()["light"]
    assert codes(encodings="bounded")["amount"] == [1, 2, 2]
    assert codes(encodings={"x0": "unary"})["x0"] == [1]


def test_encodings_have_their_own_constraints() -> None:
    compiled = compile_cqm(
        knapsack(),
        encodings={"amount": "one-hot", "count": "domain-wall"},
        penalties={"one value[amount]": 77.0},
    )
    assert compiled.validity.labels == ["one value[amount]", "one value[slack[count]]"]
    assert compiled.validity_weighed.value[0] == 77.0
    assert compiled.validity_weighed.value[1] > 0
    valid_bits = compiled.encode(dict.fromkeys(compiled.cqm.variables, 0.0))
    label = compiled.qubo.labels
    broken = valid_bits.copy()
    broken[label.index("amount#0")] = 0.0
    energy = compiled.bqm().energy((valid_bits, label))
    assert compiled.bqm().energy((broken, label)) == pytest.approx(energy + 77.0)
    wrong_way = valid_bits.copy()
    slack = [label.index(f"slack[count]#{k}") for k in range(5)]
    wrong_way[slack] = [0, 1, 1, 1, 1]
    right_way = valid_bits.copy()
    right_way[slack] = [1, 1, 1, 1, 0]
    difference = compiled.bqm().energy((wrong_way, label)) - compiled.bqm().energy(
        (right_way, label)
    )
    assert difference == pytest.approx(compiled.validity_weighed.value[1])


@pytest.mark.parametrize(
    ("encodings", "complaint"),
    [
        ("binary", "no encoding named 'binary'; did you mean unary"),
        ({"amount": "hot"}, "no encoding named 'hot'"),
        ({"amuont": "log"}, "no variable or constraint named 'amuont'; did you mean amount"),
        (("log", 3), "encodings=.*'bounded' only"),
        (("bounded", 0), "largest=0"),
        (("bounded", 2, 3), "no encoding named"),
    ],
    ids=str,
)
def test_names_that_are_not_known_are_errors(encodings: Any, complaint: str) -> None:
    with pytest.raises(QoptError, match=complaint):
        compile_cqm(knapsack(), encodings=encodings)
    if "named" in complaint:
        with pytest.raises(UnknownName):
            compile_cqm(knapsack(), encodings=encodings)


def test_an_encoding_of_too_many_bits_is_refused() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    n = dimod.Integer("n", upper_bound=2**30)
    cqm.add_constraint(n + dimod.Binary("x") >= 1, label="row")
    assert compile_cqm(cqm).qubo.num_variables == 31 + 1 + 31
    with pytest.raises(
        QoptError, match="'n' takes 1,073,741,824 bits as 'unary'; take 'log', or bound it closer"
    ):
        compile_cqm(cqm, encodings={"n": "unary"})
    with pytest.raises(
        QoptError, match=r"the slack of 'row' takes 1,073,741,825 bits as 'one-hot'"
    ):
        compile_cqm(cqm, encodings={"row": "one-hot"})
