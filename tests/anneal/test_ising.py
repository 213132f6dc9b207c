from __future__ import annotations

from math import gcd
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from qopt.anneal.core.ising import Ising
from qopt.anneal.ising.ordering import breadth_first

from .oracle import dense

INT16 = 32767.0


def _random(seed: int, n: int, share: float) -> Ising:
    random = np.random.default_rng(seed)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < share
    return Ising.from_arrays(
        random.normal(0, 1, n), row[keep], col[keep], random.normal(0, 1, keep.sum()), 0.25
    )


def _biases(linear: Any) -> Ising:
    return Ising.from_arrays(linear, [], [], [])


# ---- energies ------------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.sampled_from(["SPIN", "BINARY"]))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_energies_are_dimods(seed: int, vartype: str) -> None:
    bqm = dimod.generators.gnp_random_bqm(7, 0.6, vartype, random_state=seed)
    bqm.offset = 1.25
    vectors = bqm.to_numpy_vectors(range(7))
    build = Ising.from_arrays if vartype == "SPIN" else Ising.from_qubo
    model = build(vectors.linear_biases, *vectors.quadratic, vectors.offset)
    states = np.array(np.meshgrid(*[[-1, 1]] * 7)).reshape(7, -1).T.astype(np.int8)
    samples = states if vartype == "SPIN" else (states + 1) // 2
    np.testing.assert_allclose(
        model.energies(states), bqm.energies((samples, range(7))), atol=1e-12
    )


def test_energies_of_no_states_and_of_no_variables() -> None:
    assert _random(1, 5, 0.5).energies(np.empty((0, 5), dtype=np.int8)).tolist() == []
    assert (
        Ising.from_arrays([], [], [], [], 2.5).energies(np.empty((3, 0), dtype=np.int8)).tolist()
        == [2.5] * 3
    )


# ---- from_arrays ---------------------------------------------------------------------------------


def test_repeated_pairs_add_up_and_a_spin_squared_is_one() -> None:
    model = Ising.from_arrays([0, 0, 0], [0, 1, 2, 1], [1, 0, 2, 2], [1.0, 2.0, 5.0, 0.0], 1.0)
    assert (model.row.tolist(), model.col.tolist(), model.quad.tolist(), model.offset) == (
        [0],
        [1],
        [3.0],
        6.0,
    )


@given(st.integers(0, 10_000), st.integers(1, 12))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_couplings_in_any_order_and_orientation_are_those_in_order(seed: int, n: int) -> None:
    """Sorted, distinct couplings are taken as they are; shuffled, turned and split they come out
    the same.
    """
    model = _random(seed, n, 0.5)
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(model.quad))
    row, col, quad = model.row[shuffled], model.col[shuffled], model.quad[shuffled]
    turned = random.random(len(row)) < 0.5
    row, col = np.where(turned, col, row), np.where(turned, row, col)
    selfs = random.integers(0, n, 3)
    again = Ising.from_arrays(
        model.linear,
        np.concatenate([row, selfs, row]),
        np.concatenate([col, selfs, col]),
        np.concatenate([quad * 0.25, [1.0, 2.0, -3.0], quad * 0.75]),
        model.offset,
    )
    for a, b in ((again.row, model.row), (again.col, model.col), (again.linear, model.linear)):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == b.dtype
    np.testing.assert_allclose(again.quad, model.quad, rtol=1e-15)
    assert again.offset == pytest.approx(model.offset)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-2, 2)), max_size=20))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_couplings_are_sorted_distinct_and_not_zero(couplings: list[tuple[int, int, int]]) -> None:
    row, col, quad = np.array(couplings, dtype=np.int64).reshape(-1, 3).T
    model = Ising.from_arrays(np.zeros(6), row, col, quad)
    keys = model.row * 6 + model.col
    assert (model.row < model.col).all()
    assert (np.diff(keys) > 0).all()
    assert model.quad.all()
    matrix = np.zeros((6, 6))
    np.add.at(matrix, (row, col), quad)
    expected = matrix + matrix.T
    np.fill_diagonal(expected, 0)
    np.testing.assert_array_equal(dense(6, *model.neighbours()), expected)
    assert model.offset == np.trace(matrix)


@pytest.mark.parametrize(("linear", "quad"), [([np.nan, 0], [1.0]), ([0, 0], [np.inf])])
def test_biases_must_be_finite(linear: list[float], quad: list[float]) -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        Ising.from_arrays(linear, [0], [1], quad)


def test_the_offset_must_be_finite() -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        Ising.from_arrays([0], [], [], [], np.nan)


@pytest.mark.parametrize(
    ("linear", "row", "col", "quad"),
    [
        ([1.1e300, 0], [], [], []),
        ([0, -1.1e300], [], [], []),
        ([0, 0], [0], [1], [1.1e300]),
        ([0, 0], [1], [0], [-1.1e300]),
        ([0, 0], [0, 1], [1, 0], [6e299, 6e299]),
        ([0, 0], [0, 1], [1, 0], [1.7e308, 1.7e308]),
    ],
)
def test_biases_whose_sums_could_overflow_are_refused(
    linear: Any, row: Any, col: Any, quad: Any
) -> None:
    with pytest.raises(ValueError, match="too large"):
        Ising.from_arrays(linear, row, col, quad)


def test_biases_up_to_1e300_are_not() -> None:
    model = Ising.from_arrays([1e300, 0], [0], [1], [-1e300])
    assert model.energies(np.ones((1, 2), dtype=np.int8)).tolist() == [0]


@pytest.mark.parametrize(("row", "col"), [([0], [2]), ([-1], [1]), ([2], [0])])
def test_a_coupling_outside_the_variables_is_refused(row: list[int], col: list[int]) -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        Ising.from_arrays([0, 0], row, col, [1.0])


# ---- neighbours ----------------------------------------------------------------------------------


def test_neighbours_hold_every_coupling_twice() -> None:
    model = Ising.from_arrays([0, 0, 0, 0], [0, 1, 0], [1, 2, 3], [1.0, -2.0, 4.0])
    expected = np.array([[0, 1, 0, 4], [1, 0, -2, 0], [0, -2, 0, 0], [4, 0, 0, 0]])
    np.testing.assert_array_equal(dense(4, *model.neighbours()), expected)
    order = np.array([2, 0, 3, 1])
    np.testing.assert_array_equal(
        dense(4, *model.neighbours(order)), expected[np.ix_(order, order)]
    )


@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize(
    ("n", "share"), [(0, 0), (1, 0), (6, 0), (30, 0.3), (150, 0.9), (90, 0.75)]
)
def test_rows_of_neighbours_are_sorted(n: int, share: float, ordered: bool) -> None:
    """Rows shorter and longer than 64, which are sorted otherwise."""
    model = _random(n, n, share)
    order = np.random.default_rng(n).permutation(n) if ordered else None
    indptr, indices, quad = model.neighbours(order)
    matrix = np.zeros((n, n))
    matrix[model.row, model.col] = matrix[model.col, model.row] = model.quad
    if order is not None:
        matrix = matrix[np.ix_(order, order)]
    rows, cols = np.nonzero(matrix)
    assert (indptr.dtype, indices.dtype, quad.dtype) == (np.int64, np.int32, np.float64)
    np.testing.assert_array_equal(
        indptr, np.concatenate([[0], np.cumsum((matrix != 0).sum(axis=1))])
    )
    np.testing.assert_array_equal(indices, cols)
    np.testing.assert_array_equal(quad, matrix[rows, cols])


@given(st.integers(0, 10_000), st.integers(0, 9))
@settings(deadline=None, max_examples=30, derandomize=True)
def test_reach_is_the_largest_field_there_can_be(seed: int, n: int) -> None:
    model = _random(seed, n, 0.5)
    couplings = dense(n, *model.neighbours())
    states = np.array(np.meshgrid(*[[-1, 1]] * n)).reshape(n, -1).T if n else np.empty((1, 0))
    fields = np.abs(model.linear + states @ couplings)
    np.testing.assert_allclose(model.reach(), fields.max(axis=0))


# ---- whole numbers -------------------------------------------------------------------------------

_wholes = st.lists(st.integers(-400, 400).filter(bool), min_size=1, max_size=12)


@given(_wholes, st.integers(1, 200), st.integers(-60, 60), st.sampled_from([127.0, INT16, 2.0**24]))
@settings(deadline=None, max_examples=300, derandomize=True)
def test_a_whole_unit_makes_every_bias_whole_without_a_common_divisor(
    wholes: list[int], divisor: int, power: int, largest: float
) -> None:
    values = np.array(wholes, dtype=float) / divisor * 2.0**power
    divide = gcd(*wholes)
    lowest = np.array(wholes) // divide
    unit = _biases(values).whole_unit(largest)
    # a 128th of the least is as fine as is looked for, unless the biases are whole multiples of a
    # power of two
    if np.abs(lowest).max() > largest:
        assert unit is None
    elif (
        np.abs(lowest).min() <= 128 or (values * 2.0**-power == np.rint(values * 2.0**-power)).all()
    ):
        assert unit is not None
        np.testing.assert_allclose(values * unit, lowest, rtol=1e-9)
    elif unit is not None:
        np.testing.assert_allclose(values * unit, np.rint(values * unit), rtol=1e-9)
        assert np.abs(values * unit).max() <= largest * (1 + 1e-9)


@given(
    st.lists(st.floats(-1e6, 1e6).filter(bool), min_size=1, max_size=8),
    st.sampled_from([127.0, INT16, 2.0**24]),
)
@settings(deadline=None, max_examples=300, derandomize=True)
def test_a_whole_unit_is_whole_to_a_part_in_a_billion_or_there_is_none(
    values: list[float], largest: float
) -> None:
    assume(min(abs(value) for value in values) > 1e-200)
    unit = _biases(values).whole_unit(largest)
    if unit is not None:
        scaled = np.array(values) * unit
        assert (np.abs(scaled - np.rint(scaled)) <= 1e-9 * np.abs(scaled)).all()
        assert np.abs(np.rint(scaled)).min() >= 1
        assert np.abs(scaled).max() <= largest
        assert np.gcd.reduce(np.rint(scaled).astype(int)) == 1


@pytest.mark.parametrize(
    "factor",
    [0.5, 0.1, 0.01, 1 / 3, 1 / 7, 1 / 128, 2.0**60, 2.0**-60, 2e299, 1e-300, 3 * 2.0**40, 0.3],
)
def test_units_are_found(factor: float) -> None:
    """Halves, tenths, cents, thirds; of any size."""
    model = Ising.from_arrays(
        np.array([1, -2, 0]) * factor, [0, 1], [1, 2], np.array([3, 5]) * factor
    )
    assert model.whole_unit(INT16) == pytest.approx(1 / factor)


@pytest.mark.parametrize(
    ("values", "largest", "unit"),
    [
        ([], 127, 1.0),
        ([0.0, 0.0], 127, 1.0),
        ([5.0], 127, 0.2),
        ([128.0, 127.0], 127, None),
        ([128.0, 126.0], 127, 0.5),
        ([32767.0, 1.0], INT16, 1.0),
        ([32768.0, 1.0], INT16, None),
        ([2.0**24, 1.0], 2.0**24, 1.0),
        ([2.0**24 + 1, 1.0], 2.0**24, None),
        ([np.pi, 1.0], 2.0**24, None),
        ([1.0, 1 + 1e-6], 2.0**24, None),
        ([128 / 3, 131 / 3], INT16, 3.0),
        ([129 / 3, 131 / 3], INT16, None),
        ([1.0, 1e-200], INT16, None),
        ([1e300, 1e-5], INT16, None),
        ([1e300, 1e-300], INT16, None),
        ([1e-310], INT16, None),
        ([1e-310, 3e-310], INT16, None),
    ],
)
def test_units_at_the_edges(values: list[float], largest: float, unit: float | None) -> None:
    assert _biases(values).whole_unit(largest) == (
        None if unit is None else pytest.approx(unit, rel=1e-15)
    )


def test_couplings_count_for_the_unit_as_fields_do() -> None:
    assert Ising.from_arrays([1, 1], [0], [1], [0.5]).whole_unit(127) == 2
    assert Ising.from_arrays([1, 1], [0], [1], [64.5]).whole_unit(127) is None


# ---- breadth_first -------------------------------------------------------------------------------


@given(st.integers(0, 10_000), st.integers(0, 40), st.sampled_from([0.0, 0.02, 0.1, 0.6]))
@settings(deadline=None, max_examples=60, derandomize=True)
def test_breadth_first_is_a_permutation_by_distance(seed: int, n: int, share: float) -> None:
    """Each component at one go, from its first spin, and none before one that is nearer."""
    model = _random(seed, n, share)
    order = breadth_first(model)
    assert sorted(order.tolist()) == list(range(n))
    matrix, place = dense(n, *model.neighbours()) != 0, 0
    left = set(range(n))
    while left:
        root = min(left)
        distances, edge = {root: 0}, [root]
        while edge:
            edge = sorted(
                {int(j) for i in edge for j in np.flatnonzero(matrix[i])} - set(distances)
            )
            distances.update(dict.fromkeys(edge, max(distances.values()) + 1))
        chosen = order[place : place + len(distances)].tolist()
        assert chosen[0] == root
        assert [distances[i] for i in chosen] == sorted(distances.values())
        left -= set(distances)
        place += len(distances)


@pytest.mark.parametrize(("start", "apart"), [(0, 1), (70, 2)])
def test_breadth_first_puts_a_shuffled_path_in_its_order(start: int, apart: int) -> None:
    """From an end neighbours become adjacent; from the middle, the two arms take turns."""
    n = 200
    path = np.random.default_rng(5).permutation(np.arange(1, n))
    path = np.insert(path, start, 0)
    model = Ising.from_arrays(np.zeros(n), path[:-1], path[1:], np.ones(n - 1))
    place = np.empty(n, dtype=int)
    place[breadth_first(model)] = np.arange(n)
    assert np.abs(np.diff(place[path])).max() == apart
    assert np.abs(np.diff(np.argsort(path)[path])).max() == 1


def test_the_model_keeps_its_own_arrays() -> None:
    linear, row, col, quad = np.zeros(2), np.array([0]), np.array([1]), np.array([1.0])
    model = Ising.from_arrays(linear, row, col, quad)
    for array in (linear, row, col, quad):
        array[...] = 7
    assert (model.linear.tolist(), model.row.tolist(), model.col.tolist(), model.quad.tolist()) == (
        [0, 0],
        [0],
        [1],
        [1],
    )


@pytest.mark.parametrize("build", [Ising.from_arrays, Ising.from_qubo])
def test_biases_whose_sums_would_overflow_are_refused(build: Any) -> None:
    for linear, quad, offset in (
        ([0, 0], [1.7e308] * 2, 0.0),
        ([1.7e308, 0], [0.0] * 2, 0.0),
        ([0, 0], [0.0] * 2, 1.7e308),
    ):
        with pytest.raises(ValueError, match="too large"):
            build(linear, [0, 0], [0, 1], quad, offset)
