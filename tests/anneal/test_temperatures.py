from __future__ import annotations

from math import erfc
from typing import Any

import numpy as np
import pytest

from qopt.anneal.core.temperatures import even, geometric, thermodynamic_length


def test_geometric_steps_are_the_same_factor() -> None:
    betas = geometric((0.1, 10.0), 5)
    np.testing.assert_allclose(betas, [0.1, 0.1 * 10**0.5, 1, 10**0.5, 10])
    assert len(geometric((0.1, 10.0), 1)) == 1


N, FIELD = 500, 1.5  # so many independent spins in a field of that strength


def _energy(betas: Any) -> Any:
    return -N * FIELD * np.tanh(betas * FIELD)


def _length(betas: Any) -> Any:
    """The integral of sqrt(-dE/d beta), sqrt(N) times the Gudermannian of beta FIELD."""
    return np.sqrt(N) * 2 * np.arctan(np.tanh(betas * FIELD / 2))


def test_lengths_of_independent_spins_are_the_gudermannian() -> None:
    betas = np.geomspace(0.01, 5, 2000)
    np.testing.assert_allclose(
        thermodynamic_length(betas, _energy(betas)),
        _length(betas) - _length(0.01),
        rtol=1e-5,
        atol=1e-6,
    )


def test_lengths_start_at_nothing_and_never_fall_whatever_noise_the_energies_have() -> None:
    betas = np.geomspace(0.1, 2, 60)
    energies = _energy(betas) + np.random.default_rng(1).normal(0, 40, 60)
    lengths = thermodynamic_length(betas, energies)
    assert lengths.shape == (60,)
    assert lengths[0] == 0
    assert (np.diff(lengths) >= 0).all()
    np.testing.assert_array_equal(
        thermodynamic_length(betas, energies[::-1].cumsum() + 1e6 * betas), np.zeros(60)
    )


def test_lengths_do_not_depend_on_the_units() -> None:
    betas = np.geomspace(0.1, 2, 60)
    energies = _energy(betas)
    np.testing.assert_allclose(
        thermodynamic_length(betas / 64, energies * 64 + 7), thermodynamic_length(betas, energies)
    )


@pytest.mark.parametrize("distance", [0.5, 1.0, 1.9, 3.0])
def test_neighbours_exchange_at_a_rate_of_erfc_of_half_their_distance(distance: float) -> None:
    """Of independent spins, with energies drawn from their distributions at two temperatures."""
    betas = np.linspace(0.3, 2, 20_000)
    lengths = thermodynamic_length(betas, _energy(betas))
    low, high = np.interp([5, 5 + distance], lengths, betas)
    random = np.random.default_rng(2)
    a, b = (
        FIELD * (N - 2 * random.binomial(N, 1 / (1 + np.exp(-2 * beta * FIELD)), 100_000))
        for beta in (low, high)
    )
    rate = np.exp(np.minimum((low - high) * (a - b), 0)).mean()
    assert rate == pytest.approx(erfc(distance / 2), rel=0.06)


@pytest.mark.parametrize("rungs", [2, 3, 8, 33])
def test_even_rungs_lie_at_even_lengths(rungs: int) -> None:
    betas = np.geomspace(0.01, 3, 300)
    lengths = thermodynamic_length(betas, _energy(betas))
    chosen = even(betas, lengths, rungs)
    assert chosen.shape == (rungs,)
    np.testing.assert_allclose(chosen[[0, -1]], betas[[0, -1]])
    assert (np.diff(chosen) > 0).all()
    np.testing.assert_allclose(
        np.diff(_length(chosen)), (_length(3) - _length(0.01)) / (rungs - 1), rtol=1e-3
    )


def test_even_rungs_rise_where_no_length_lies_between() -> None:
    """As between temperatures at which the energies are the same."""
    betas = np.geomspace(0.1, 10, 50)
    flat = even(betas, np.zeros(50), 9)
    np.testing.assert_allclose(flat, np.interp(np.linspace(0, 49, 9), np.arange(50), betas))
    stepped = even(betas, np.where(np.arange(50) < 25, 0.0, 3.0), 16)
    assert (np.diff(stepped) > 0).all()
    np.testing.assert_allclose(stepped[[0, -1]], betas[[0, -1]])
