from __future__ import annotations

import _thread
import threading
import time

import numpy as np
import pytest

from qopt.anneal.annealing import Annealed, Budget, _luby, anneal, default_beta_range
from qopt.anneal.ising import Ising


def _glass(n: int = 60, seed: int = 0, scale: float = 1.0) -> Ising:
    random = np.random.default_rng(seed)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < 0.2
    return Ising.from_arrays(np.zeros(n), row[keep], col[keep], scale * random.choice([-1.0, 1.0], keep.sum()))


def _anneal(model: Ising, **changes: object) -> Annealed:
    options: dict[str, object] = {"num_reads": 40, "rounds": [50], "seed": 1, "num_threads": 1, "budget": Budget()}
    options |= {"beta_range": default_beta_range(model)} | changes
    return anneal(model, **options)  # type: ignore[arg-type]


def test_the_bytes_do_not_depend_on_the_threads() -> None:
    model = _glass()
    one, two, three = (_anneal(model, rounds=[40, 90], num_threads=threads) for threads in (1, 2, 3))
    assert one.states.tobytes() == two.states.tobytes() == three.states.tobytes()
    assert one.energies.tobytes() == two.energies.tobytes() == three.energies.tobytes()


def test_a_read_does_not_depend_on_how_many_there_are() -> None:
    model = _glass()
    few, many = _anneal(model, num_reads=5), _anneal(model, num_reads=33)
    np.testing.assert_array_equal(few.states, many.states[:5])


def test_another_seed_gives_other_states() -> None:
    model = _glass()
    assert not np.array_equal(_anneal(model).states, _anneal(model, seed=2).states)


def test_a_timed_anneal_is_replayed_from_its_rounds() -> None:
    model = _glass()
    timed = _anneal(model, rounds=None, budget=Budget(deadline=time.perf_counter() + 0.3))
    again = _anneal(model, rounds=timed.rounds, num_threads=2)
    assert timed.stopped_by == "time"
    assert timed.states.tobytes() == again.states.tobytes()


def test_every_read_is_a_local_minimum() -> None:
    model = _glass()
    states = _anneal(model).states
    for i in range(model.num_variables):
        flipped = states.copy()
        flipped[:, i] *= -1
        assert (model.energies(flipped) >= model.energies(states)).all()


def test_energies_are_those_of_the_states() -> None:
    model = _glass()
    found = _anneal(model)
    np.testing.assert_array_equal(found.energies, model.energies(found.states))


def test_scaling_the_model_by_a_power_of_two_changes_nothing_else() -> None:
    small, large = _anneal(_glass()), _anneal(_glass(scale=2.0**60))
    np.testing.assert_array_equal(small.states, large.states)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_biases_beyond_float32_are_scaled_not_lost(scale: float) -> None:
    best = _anneal(_glass()).energies.min()
    assert _anneal(_glass(scale=scale)).energies.min() == pytest.approx(best * scale)


def test_the_default_range_is_not_moved_by_a_few_huge_biases() -> None:
    model = _glass()
    linear = model.linear.copy()
    linear[:2] = 1e6
    huge = Ising(linear, model.row, model.col, model.quad)
    np.testing.assert_allclose(default_beta_range(huge), default_beta_range(model), rtol=0.5)


def test_initial_states_bound_the_result() -> None:
    model = _glass()
    good = _anneal(model, rounds=[2000])
    short = _anneal(model, rounds=[1], initial=good.states)
    assert (short.energies <= good.energies).all()


def test_the_target_ends_the_rounds() -> None:
    model = _glass()
    found = _anneal(model, rounds=[20] * 50, budget=Budget(target=-60.0))
    assert found.stopped_by == "target"
    assert found.energies.min() <= -60
    assert len(found.rounds) < 50


@pytest.mark.parametrize("n", [10, 20_000])
def test_the_deadline_holds(n: int) -> None:
    ring = Ising.from_arrays(np.zeros(n), np.arange(n - 1), np.arange(1, n), np.ones(n - 1))
    _anneal(ring, rounds=[1])
    overruns = []
    for _ in range(3):
        deadline = time.perf_counter() + 0.3
        found = _anneal(ring, rounds=None, num_reads=16, budget=Budget(deadline=deadline))
        overruns.append(time.perf_counter() - deadline)
    assert max(overruns) < 0.2
    assert found.stopped_by == "time"


def test_a_round_that_the_deadline_cuts_is_not_counted() -> None:
    found = _anneal(_glass(), rounds=[10, 10_000_000], budget=Budget(deadline=time.perf_counter() + 0.2))
    assert found.rounds == [10]
    assert found.sweeps > 10
    assert found.states.tobytes() == _anneal(_glass(), rounds=[10]).states.tobytes()


def test_interrupt_ends_it_with_what_it_has() -> None:
    began = time.perf_counter()
    budget = Budget(interrupt=lambda: time.perf_counter() > began + 0.2)
    found = _anneal(_glass(), rounds=None, budget=budget)
    assert found.stopped_by == "interrupt"
    assert np.isfinite(found.energies).all()
    assert time.perf_counter() - began < 0.5


def test_control_c_returns_the_best_so_far() -> None:
    threading.Timer(0.2, _thread.interrupt_main).start()
    found = _anneal(_glass(), rounds=None)
    assert found.stopped_by == "interrupt"
    assert np.isfinite(found.energies).all()


def test_restart_lengths_are_lubys() -> None:
    assert [_luby(k) for k in range(1, 16)] == [1, 1, 2, 1, 1, 2, 4, 1, 1, 2, 1, 1, 2, 4, 8]


def test_a_model_without_variables() -> None:
    found = _anneal(Ising.from_arrays([], [], [], [], 2.5), num_reads=3)
    assert found.states.shape == (3, 0)
    assert found.energies.tolist() == [2.5] * 3
