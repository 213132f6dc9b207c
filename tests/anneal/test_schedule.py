from __future__ import annotations

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
