from __future__ import annotations

from math import erfc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qopt.anneal.ising.layout import DENSE_INT16, FLOAT32, INT8, LARGE_FLOAT32, Form, Layout
from qopt.anneal.ising.schedule import (
    COOLING,
    Ladder,
    beta_range_of,
    even,
    geometric,
    thermodynamic_length,
)

from .rig import laid_out, model, name

# ---- beta_range_of -------------------------------------------------------------------------------


def _costs(seed: int = 0, shape: Any = 2000) -> Any:
    return np.random.default_rng(seed).gamma(2.0, 3.0, shape)


def test_the_range_falls_from_hot_to_cold() -> None:
    hot, cold = beta_range_of(_costs())
    assert 0 < hot < cold
    assert cold / hot >= COOLING * (1 - 1e-12)


@pytest.mark.parametrize("outliers", [1, 10, 40])
@pytest.mark.parametrize("size", [1e6, 1e-6, 1e300])
def test_a_few_costs_far_from_the_rest_hardly_move_the_range(size: float, outliers: int) -> None:
    costs = _costs()
    expected = beta_range_of(costs)
    costs[:outliers] *= size
    np.testing.assert_allclose(
        beta_range_of(costs), expected, rtol=0.01 + 4 * outliers / len(costs)
    )


@pytest.mark.parametrize("costs", [[], [0.0], [0.0] * 100, [[0.0] * 3] * 4])
def test_without_a_positive_cost_the_range_is_a_default(costs: Any) -> None:
    assert beta_range_of(np.array(costs)) == (1.0, COOLING)


def test_costs_of_zero_count_for_nothing_and_shapes_neither() -> None:
    costs = _costs()
    expected = beta_range_of(costs)
    assert beta_range_of(np.concatenate([np.zeros(5000), costs])) == expected
    assert beta_range_of(costs.reshape(40, 50)) == expected


@given(st.integers(0, 1000), st.floats(-250, 250), st.integers(1, 300))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_costs_times_c_make_the_betas_c_times_smaller(seed: int, power: float, count: int) -> None:
    costs = _costs(seed, count)
    np.testing.assert_allclose(
        beta_range_of(costs * 10.0**power), np.array(beta_range_of(costs)) / 10.0**power, rtol=1e-9
    )


@given(st.integers(0, 1000), st.integers(-500, 500))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_powers_of_two_scale_the_range_to_the_last_bit(seed: int, power: int) -> None:
    costs = _costs(seed)
    hot, cold = beta_range_of(costs)
    assert beta_range_of(np.ldexp(costs, power)) == (np.ldexp(hot, -power), np.ldexp(cold, -power))


def test_where_all_flips_cost_the_same_the_range_is_that_costs() -> None:
    assert beta_range_of(np.full(7, 4.0)) == pytest.approx((1 / 2, COOLING / 2))


def test_geometric_steps_are_the_same_factor() -> None:
    betas = geometric((0.1, 10.0), 5)
    np.testing.assert_allclose(betas, [0.1, 0.1 * 10**0.5, 1, 10**0.5, 10])
    assert len(geometric((0.1, 10.0), 1)) == 1


# ---- lengths -------------------------------------------------------------------------------------

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


# ---- ladders -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [INT8, FLOAT32, LARGE_FLOAT32, DENSE_INT16], ids=name)
def test_a_ladder_gives_every_replica_its_temperature(form: Form) -> None:
    layout = laid_out(model(1), form)
    betas = np.geomspace(0.1, 2, 8)
    ladder = Ladder.of(betas, layout)
    assert sorted(ladder.holder.ravel().tolist()) == list(range(form.replicas))
    assert ladder.holder.shape == (form.replicas // 8, 8)
    np.testing.assert_array_equal(
        ladder.scale[ladder.holder], np.broadcast_to(layout.scale(betas), ladder.holder.shape)
    )
    np.testing.assert_allclose(ladder.kernel_betas * layout.unit, betas)
    assert ladder.scale.dtype == np.float32


def test_a_ladder_spaced_anew_leaves_the_replicas_where_they_are() -> None:
    layout = Layout(model(1))
    holder = np.random.default_rng(1).permutation(64).reshape(8, 8)
    ladder = Ladder.of(np.geomspace(0.1, 2, 8), layout, holder)
    np.testing.assert_array_equal(ladder.holder, holder)
    np.testing.assert_array_equal(
        ladder.scale[holder[:, 3]], np.repeat(layout.scale(ladder.betas[3:4]), 8)
    )


def test_exchange_rates_are_shares_and_zero_where_nothing_was_offered() -> None:
    ladder = Ladder.of(np.array([0.5, 1.0, 2.0, 4.0]), Layout(model(1)))
    assert ladder.exchange_rates.tolist() == [0, 0, 0]
    assert (ladder.proposed.dtype, ladder.accepted.dtype) == (np.int64, np.int64)
    ladder.proposed[:] = 4, 0, 10
    ladder.accepted[:] = 1, 0, 10
    assert ladder.exchange_rates.tolist() == [0.25, 0, 1]
