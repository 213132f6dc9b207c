"""Anneals that end at a temperature, against exact enumeration."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binomtest

from qopt.anneal.core.ising import Floats, Ising, Spins
from qopt.anneal.ising.cooling import SMALL, cool
from qopt.anneal.ising.groups import stiff_groups
from qopt.anneal.warm import warm_up_cooling

from .exact import boltzmann, counts, p_value, small

CHI = -0.15  # far more than any device has, so that a mistake in it would be seen


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up_cooling()


def _cooled(model: Ising, beta: float, num_reads: int = 30_000, **options: float) -> Spins:
    betas = np.concatenate([np.linspace(0.01, beta, 100), np.full(300, beta)])
    given = {"seed": [1], "num_threads": 2} | options
    return cool(model, betas=betas, num_reads=num_reads, **given)  # type: ignore[arg-type]  # of a type each


def _with_susceptibility(model: Ising, chi: float) -> Ising:
    """The same energies, but for a constant, with each coupling written out: h + chi J h, and J +
    chi J J off the diagonal.
    """
    n = model.num_variables
    couplings = np.zeros((n, n))
    couplings[model.row, model.col] = couplings[model.col, model.row] = model.quad
    product = couplings + chi * (couplings @ couplings)
    row, col = np.triu_indices(n, 1)
    return Ising.from_arrays(
        model.linear + chi * (couplings @ model.linear), row, col, product[row, col]
    )


@pytest.mark.parametrize("beta", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("chi", [0.0, CHI])
def test_reads_are_boltzmanns_at_the_last_temperature(beta: float, seed: int, chi: float) -> None:
    """Twelve tests, so each may err once in 4000."""
    model = small(seed=seed)
    states = _cooled(model, beta, seed=[seed], susceptibility=chi)  # type: ignore[arg-type]  # as above
    expected = boltzmann(_with_susceptibility(model, chi), beta)
    assert p_value(counts(states), expected) > 1 / 4000


def test_a_wrong_temperature_and_a_missing_susceptibility_are_told_apart() -> None:
    """The test above can fail."""
    seen = counts(_cooled(small(), 0.7))
    assert p_value(seen, boltzmann(small(), 0.7 * 1.06)) < 1e-6
    assert p_value(seen, boltzmann(_with_susceptibility(small(), CHI), 0.7)) < 1e-6


def test_the_susceptibility_is_in_the_models_units() -> None:
    """Whole biases are scaled to whole numbers in the kernels, others by a power of two."""
    whole = Ising.from_arrays([3.0, 0.0, -2.0], [0, 1], [1, 2], [4.0, -6.0])
    states = _cooled(whole, 0.1, susceptibility=CHI / 2)
    expected = boltzmann(_with_susceptibility(whole, CHI / 2), 0.1)
    assert p_value(counts(states), expected) > 1 / 4000


def test_the_bytes_do_not_depend_on_the_threads_and_do_on_the_seed() -> None:
    betas: Floats = np.linspace(0.1, 1.0, 20)
    one, two, other = (
        cool(small(400), betas=betas, num_reads=4000, seed=seed, num_threads=threads)
        for seed, threads in (([3], 1), ([3], 2), ([4], 1))
    )
    assert one.size * len(betas) > SMALL
    assert one.shape == (4000, 400)
    assert one.tobytes() == two.tobytes() != other.tobytes()


def test_longer_anneals_end_lower() -> None:
    model = small(200)
    means = [
        model.energies(
            cool(
                model,
                betas=np.linspace(0.01, 5.0, sweeps),
                num_reads=320,
                seed=[0],
                num_threads=2,
            )
        ).mean()
        for sweeps in (4, 30, 300)
    ]
    assert means[0] > means[1] + 1 > means[2] + 1


def _chains(strength: float) -> Ising:
    """Eight spins: 0, 1, 2 and 3, 4 are chains, the rest are free; weak biases between all."""
    dice = np.random.default_rng(3)
    row, col = np.triu_indices(8, 1)
    quad = dice.uniform(-0.4, 0.4, len(row))
    for pair in ((0, 1), (1, 2), (3, 4)):
        quad[(row == pair[0]) & (col == pair[1])] = -strength
    return Ising.from_arrays(dice.uniform(-0.4, 0.4, 8), row, col, quad)


def test_chains_are_found_and_problems_without_any_have_none() -> None:
    chained = _chains(4.0)
    assert [group.tolist() for group in stiff_groups(chained, 3.0)] == [[0, 1, 2], [3, 4]]
    assert stiff_groups(chained, 4.1) == []
    assert stiff_groups(chained, 0.1) == []  # nearly all hang together


@pytest.mark.parametrize("beta", [0.5, 1.5])
@pytest.mark.parametrize("chi", [0.0, -0.05])
def test_chains_that_move_as_one_keep_the_distribution(beta: float, chi: float) -> None:
    """At the colder temperature one flip in e^12 would break a chain: single flips move none."""
    model = _chains(4.0)
    states = _cooled(model, beta, num_reads=40_000, susceptibility=chi, stiff=3.0)
    expected = boltzmann(_with_susceptibility(model, chi), beta)
    assert p_value(counts(states), expected) > 1 / 4000


def test_chains_freeze_where_they_are_told_to() -> None:
    """Breaks of a chain of two are those of the temperature where it froze; a free spin goes on."""
    model = Ising.from_arrays([0.0, 0.0, 0.25, 0.1, 0.1], [0], [1], [-2.0])
    betas = np.concatenate([np.linspace(0.05, 1.0, 150), np.linspace(1.01, 4.0, 100)])
    states = cool(
        model, betas=betas, num_reads=40_000, seed=[1], num_threads=2, stiff=1.5, stiff_beta=1.0
    )
    expected = 1 / (1 + np.exp(4.0))
    assert binomtest(int((states[:, 0] != states[:, 1]).sum()), 40_000, expected).pvalue > 1e-3
    free = 1 / (1 + np.exp(2 * 0.25 * 4.0))
    assert binomtest(int((states[:, 2] > 0).sum()), 40_000, free).pvalue > 1e-3
