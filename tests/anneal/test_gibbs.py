from __future__ import annotations

import _thread
import threading
import time

import numpy as np
import pytest

from qopt.anneal.core.ising import Ising
from qopt.anneal.ising.gibbs import Drawn, draw, effective_sample_size
from qopt.anneal.ising.layout import FLOAT32
from qopt.anneal.warm import warm_up

from .exact import boltzmann, counts, p_value, small


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up(FLOAT32)  # so that no deadline below waits for a compiler


def _draw(model: Ising, beta: float = 1.0, num_samples: int = 4000, **options: object) -> Drawn:
    given = {
        "burn_in": 200,
        "thinning": 10,
        "seed": 1,
        "num_threads": 1,
        "over": lambda: False,
    } | options
    return draw(model, beta=beta, num_samples=num_samples, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("beta", [0.2, 0.7, 1.5])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_distribution_is_boltzmanns(beta: float, seed: int) -> None:
    """Thinned until draws are all but independent; six tests, so each may err once in 2000."""
    model = small(seed=seed)
    drawn = _draw(model, beta, 100_000, thinning=200)
    assert drawn.effective["least_of_spins"] > 60_000
    assert p_value(counts(drawn.states), boltzmann(model, beta)) > 1 / 2000


def test_a_wrong_temperature_is_told_apart() -> None:
    """The test above can fail: 3 % off in beta is beyond doubt."""
    drawn = _draw(small(), 0.7, 100_000, thinning=40)
    assert p_value(counts(drawn.states), boltzmann(small(), 0.7 * 1.03)) < 1e-6


def test_large_negative_and_free_biases() -> None:
    model = Ising.from_arrays([0.0, 30.0, -0.5], [0], [2], [0.0])
    drawn = _draw(model, 1.0, 50_000, thinning=3)
    assert p_value(counts(drawn.states), boltzmann(model, 1.0)) > 1 / 2000


def test_energies_are_those_of_the_states() -> None:
    drawn = _draw(small())
    np.testing.assert_array_equal(drawn.energies, small().energies(drawn.states))
    assert drawn.states.shape == (4000, 6)


def test_the_bytes_do_not_depend_on_the_threads() -> None:
    one, two = (_draw(small(), num_samples=9000, num_threads=threads) for threads in (1, 2))
    assert one.num_chains > 32
    assert one.states.tobytes() == two.states.tobytes()


def test_few_samples_of_a_model_without_couplings_or_variables() -> None:
    assert (
        _draw(Ising.from_arrays([], [], [], [], 1.5), num_samples=3).energies.tolist() == [1.5] * 3
    )
    assert _draw(Ising.from_arrays([0.0], [], [], []), num_samples=1).states.shape == (1, 1)


def test_it_ends_when_told_with_what_all_chains_have() -> None:
    for _ in range(3):  # other work may have held one up
        deadline = time.perf_counter() + 1.5

        def over(deadline: float = deadline) -> bool:
            return time.perf_counter() > deadline

        drawn = _draw(small(200), num_samples=10**6, num_threads=2, over=over)
        if (overrun := time.perf_counter() - deadline) < 0.2:
            break
    assert overrun < 0.2
    assert not drawn.complete
    assert 0 < len(drawn.states) < 10**6
    np.testing.assert_array_equal(drawn.energies, small(200).energies(drawn.states))


def test_nothing_drawn_is_an_empty_result() -> None:
    drawn = _draw(small(), over=lambda: True)
    assert drawn.states.shape == (0, 6)
    assert not drawn.complete


def test_control_c_returns_what_there_is() -> None:
    threading.Timer(0.3, _thread.interrupt_main).start()
    drawn = _draw(small(100), num_samples=10**6, num_threads=2)
    assert not drawn.complete
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("qopt")]


def test_an_exception_in_the_callback_is_raised_and_leaves_no_thread() -> None:
    def fail() -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        _draw(small(), num_samples=10**5, num_threads=2, over=fail)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("qopt")]


def _autoregressive(correlation: float, samples: int, chains: int) -> np.ndarray:
    random = np.random.default_rng(3)
    series = np.empty((samples, chains))
    series[0] = random.normal(size=chains)
    for k in range(1, samples):
        series[k] = correlation * series[k - 1] + np.sqrt(1 - correlation**2) * random.normal(
            size=chains
        )
    return series


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9])
def test_the_effective_sample_size_of_an_autoregressive_series(correlation: float) -> None:
    """Known in closed form: n (1 - r) / (1 + r), within a tenth for 64 chains of 4000."""
    found = effective_sample_size(_autoregressive(correlation, 4000, 64))
    assert found == pytest.approx(4000 * 64 * (1 - correlation) / (1 + correlation), rel=0.1)


def test_chains_that_disagree_count_for_little() -> None:
    series = _autoregressive(0.0, 1000, 16) + 10 * np.arange(16)
    assert effective_sample_size(series) < 200


def test_a_constant_series_counts_in_full() -> None:
    assert effective_sample_size(np.ones((50, 4))) == 200
