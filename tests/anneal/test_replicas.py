from __future__ import annotations

import numpy as np

from qopt.anneal.core.ising import Ising
from qopt.anneal.ising.layout import FLOAT32, Layout
from qopt.anneal.ising.replicas import Replicas


def _quench(model: Ising, kept: np.ndarray, present: np.ndarray) -> Replicas:
    """Replicas that were given the states `kept`, then brought down from `present`."""
    replicas = Replicas(model, Layout(model))
    replicas.restart([1])
    everyone = np.arange(replicas.count)
    replicas.keep_states(np.tile(kept, (replicas.count, 1)))
    replicas.put(np.tile(present, (replicas.count, 1)), everyone)
    replicas.quench()
    return replicas


def test_a_lower_minimum_is_seen_in_the_last_unit_that_float32_holds() -> None:
    """A star whose centre reaches 2^24: a sum in float32 would be off by more than the two states
    differ.
    """
    leaves = 39
    weights = np.full(leaves, float(2**24 // leaves))
    weights[0] += 2**24 - weights.sum()
    star = Ising.from_arrays(
        [0.0] * 40 + [1.0], np.zeros(leaves, dtype=int), np.arange(1, 40), weights
    )
    ground = np.array([1] + [-1] * 40, dtype=np.int8)
    near = ground.copy()
    near[-1] = 1
    replicas = _quench(star, near, ground)
    assert replicas.layout.form == FLOAT32
    assert set(replicas.lowest) == {-(2.0**24) - 1}


def test_a_higher_minimum_does_not_take_the_place_of_a_given_state() -> None:
    for unit in (1.0, np.pi):
        path = Ising.from_arrays(
            [0.0] * 4, [0, 1, 2], [1, 2, 3], np.array([-3.0, -1.0, -3.0]) * unit
        )
        replicas = _quench(path, np.ones(4, dtype=np.int8), np.array([1, 1, -1, -1], dtype=np.int8))
        np.testing.assert_allclose(replicas.lowest, -7 * unit)
        states = replicas.layout.states(replicas.minima, np.arange(replicas.count))
        np.testing.assert_array_equal(states, np.ones_like(states))
