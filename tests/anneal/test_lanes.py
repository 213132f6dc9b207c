from __future__ import annotations

import numpy as np

from qopt.anneal.lanes import EXPONENTIAL_MAX, LANES, compiled, exponential, load, store, xorshift

from .oracle import xorshift32


@compiled
def _draw(states: np.ndarray, draws: np.ndarray) -> None:
    state = load(states, 0)
    for k in range(draws.shape[0]):
        state = xorshift(state)
        store(draws, k, exponential(state))
    store(states, 0, state)


def _draws(count: int, states: np.ndarray) -> np.ndarray:
    draws = np.empty((count, LANES), dtype=np.float32)
    _draw(states, draws)
    return draws


def test_lanes_step_marsaglias_generator() -> None:
    states = np.arange(1, LANES + 1, dtype=np.uint32)[None, :].copy()
    expected = [xorshift32(xorshift32(state)) for state in range(1, LANES + 1)]
    _draws(2, states)
    assert states[0].tolist() == expected


def test_exponential_is_minus_log_of_the_uniform() -> None:
    """To the 1.2e-4 in log2 that the polynomial claims, over 160,000 states."""
    states = np.random.default_rng(1).integers(1, 2**32, (1, LANES), dtype=np.uint32)
    start = states[0].tolist()
    draws = _draws(10_000, states)
    worst = 0.0
    for lane in (0, 7, 15):
        state = start[lane]
        for k in range(10_000):
            state = xorshift32(state)
            worst = max(worst, abs(draws[k, lane] + np.log(((state >> 1) | 1) / 2**31)))
    assert worst < 1.2e-4 * np.log(2) + 2e-6


def test_exponential_has_mean_and_variance_one() -> None:
    draws = _draws(50_000, np.random.default_rng(2).integers(1, 2**32, (1, LANES), dtype=np.uint32))
    error = 5 / np.sqrt(draws.size)  # five standard errors of the mean; the variance's own spread is 8 / size
    assert abs(draws.mean() - 1) < error
    assert abs(draws.var() - 1) < np.sqrt(8) * error


def test_no_draw_exceeds_the_early_out() -> None:
    """The largest draw comes from the smallest uniform, of states 0, 1 and 2 shifted down."""
    assert 31 * np.log(2) <= EXPONENTIAL_MAX
    assert 31 * np.log(2) > EXPONENTIAL_MAX - 0.1
