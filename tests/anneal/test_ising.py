from __future__ import annotations

import dimod
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.anneal.ising import Ising

from .oracle import dense


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
    np.testing.assert_allclose(model.energies(states), bqm.energies((samples, range(7))), atol=1e-12)


def test_repeated_pairs_add_up_and_a_spin_squared_is_one() -> None:
    model = Ising.from_arrays([0, 0, 0], [0, 1, 2, 1], [1, 0, 2, 2], [1.0, 2.0, 5.0, 0.0], 1.0)
    assert (model.row.tolist(), model.col.tolist(), model.quad.tolist(), model.offset) == ([0], [1], [3.0], 6.0)


def test_neighbours_hold_every_coupling_twice() -> None:
    model = Ising.from_arrays([0, 0, 0, 0], [0, 1, 0], [1, 2, 3], [1.0, -2.0, 4.0])
    expected = np.array([[0, 1, 0, 4], [1, 0, -2, 0], [0, -2, 0, 0], [4, 0, 0, 0]])
    np.testing.assert_array_equal(dense(4, *model.neighbours()), expected)
    np.testing.assert_array_equal(dense(4, *model.neighbours(0.5)), expected / 2)


@pytest.mark.parametrize(("linear", "quad"), [([np.nan, 0], [1.0]), ([0, 0], [np.inf])])
def test_biases_must_be_finite(linear: list[float], quad: list[float]) -> None:
    with pytest.raises(ValueError, match="NaN or infinite"):
        Ising.from_arrays(linear, [0], [1], quad)


def test_a_coupling_outside_the_variables_is_refused() -> None:
    with pytest.raises(ValueError, match=r"outside 0\.\.1"):
        Ising.from_arrays([0, 0], [0], [2], [1.0])
