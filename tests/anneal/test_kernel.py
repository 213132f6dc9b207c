from __future__ import annotations

import numpy as np
import pytest

from qopt.anneal.ising import Ising
from qopt.anneal.kernel import descend, local_fields, metropolis
from qopt.anneal.lanes import LANES

from . import oracle


def _model(seed: int, n: int = 12, whole: bool = True) -> Ising:
    random = np.random.default_rng(seed)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < 0.4
    biases = random.integers(-4, 5, len(row)) if whole else random.normal(0, 1, len(row))
    linear = random.integers(-3, 4, n) if whole else random.normal(0, 1, n)
    return Ising.from_arrays(linear, row[keep], col[keep], biases[keep])


def _start(model: Ising, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    spins = (2 * random.integers(0, 2, (model.num_variables, LANES)) - 1).astype(np.float32)
    fields = np.empty_like(spins)
    local_fields(model.linear.astype(np.float32), *model.neighbours(), spins, fields)
    return spins, fields, random.integers(1, 2**32, (1, LANES), dtype=np.uint32)


def _fields(model: Ising, spins: np.ndarray) -> np.ndarray:
    couplings = oracle.dense(model.num_variables, *model.neighbours())
    return model.linear[:, None] + couplings @ spins


@pytest.mark.parametrize("seed", range(6))
def test_metropolis_is_the_oracles(seed: int) -> None:
    """Whole weights make the float32 fields exact, so every decision must be the same."""
    model = _model(seed)
    spins, fields, random = _start(model, seed)
    temperatures = np.geomspace(8.0, 0.3, 40).astype(np.float32)
    couplings = oracle.dense(model.num_variables, *model.neighbours())
    expected, states = oracle.metropolis(model.linear, couplings, spins, random[0].tolist(), temperatures.astype(float))
    metropolis(*model.neighbours(), spins, fields, random, temperatures)
    np.testing.assert_array_equal(spins, expected)
    assert random[0].tolist() == states


def test_fields_follow_the_flips() -> None:
    model = _model(7, n=40, whole=False)
    spins, fields, random = _start(model, 7)
    metropolis(*model.neighbours(), spins, fields, random, np.full(300, 2.0, dtype=np.float32))
    np.testing.assert_allclose(fields, _fields(model, spins), atol=1e-4)


def test_sweeps_can_be_cut_anywhere() -> None:
    """Two calls are one call: the generator's state is all that is carried over."""
    model = _model(3)
    temperatures = np.geomspace(5, 0.5, 30).astype(np.float32)
    (a, fields_a, random_a), (b, fields_b, random_b) = _start(model, 3), _start(model, 3)
    metropolis(*model.neighbours(), a, fields_a, random_a, temperatures)
    for part in (temperatures[:11], temperatures[11:]):
        metropolis(*model.neighbours(), b, fields_b, random_b, part)
    np.testing.assert_array_equal(a, b)


def test_descent_ends_where_no_flip_lowers_the_energy() -> None:
    model = _model(5, n=30, whole=False)
    spins, fields, _ = _start(model, 5)
    before = model.energies(spins.T.astype(np.int8))
    while descend(*model.neighbours(), spins, fields):
        pass
    assert (spins * _fields(model, spins) <= 1e-5).all()
    assert (model.energies(spins.T.astype(np.int8)) < before).all()


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_one_spin_in_a_field_is_up_as_often_as_boltzmann_says(temperature: float) -> None:
    """exp(-h/T) / (2 cosh(h/T)) within five standard errors; a free spin flips every sweep, so thin by a random coupling."""
    model = Ising.from_arrays([0.4], [], [], [])
    spins, fields, random = _start(model, 11)
    ups, sweeps = 0, 4000
    for _ in range(sweeps):
        metropolis(*model.neighbours(), spins, fields, random, np.full(1, temperature, dtype=np.float32))
        ups += int((spins > 0).sum())
    share, expected = ups / (sweeps * LANES), np.exp(-0.4 / temperature) / (2 * np.cosh(0.4 / temperature))
    # Metropolis on one spin alternates, which lowers the variance: independent draws bound it
    assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / (sweeps * LANES)) + 1e-4
