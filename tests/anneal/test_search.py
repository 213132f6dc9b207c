from __future__ import annotations

import _thread
import itertools
import threading
import time

import numpy as np
import pytest

from qopt.anneal.core.crew import PROGRESS_SECONDS, Budget
from qopt.anneal.core.ising import Ising
from qopt.anneal.ising.layout import FLOAT32, FORMS, INT8, INT16, Fit, Layout
from qopt.anneal.ising.search import Found, Search
from qopt.anneal.ising.tempering import SCAN
from qopt.anneal.warm import warm_up

METHODS = ["annealing", "tempering", "descent"]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    for form in FORMS:  # so that no deadline below waits for a compiler
        warm_up(form)


def _glass(n: int = 60, seed: int = 0, scale: float = 1.0) -> Ising:
    random = np.random.default_rng(seed)
    row, col = np.triu_indices(n, 1)
    keep = random.random(len(row)) < 0.2
    return Ising.from_arrays(
        np.zeros(n), row[keep], col[keep], scale * random.choice([-1.0, 1.0], keep.sum())
    )


def _ring(n: int) -> Ising:
    return Ising.from_arrays(np.zeros(n), np.arange(n), (np.arange(n) + 1) % n, np.ones(n))


def _run(model: Ising, num_reads: int = 40, **options: object) -> Found:
    given: dict[str, object] = {"method": "annealing", "rounds": [[50]], "seed": 1}
    given |= options
    rounds = given["rounds"]
    return Search(
        model, num_batches=given.pop("num_batches", len(rounds) if rounds else 1), **given
    ).run(num_reads)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", METHODS)
def test_the_bytes_do_not_depend_on_the_threads(method: str) -> None:
    rounds = [[40, 90], [40, 90], [2 * SCAN + 77], [3]]
    one, two, three = (
        _run(_glass(), 300, method=method, rounds=rounds, num_threads=threads)
        for threads in (1, 2, 3)
    )
    assert one.states.tobytes() == two.states.tobytes() == three.states.tobytes()
    assert one.energies.tobytes() == two.energies.tobytes() == three.energies.tobytes()
    assert one.rounds == two.rounds == three.rounds == rounds


def test_a_batch_does_not_depend_on_how_many_there_are() -> None:
    few, many = _run(_glass(), 64, rounds=[[50]]), _run(_glass(), 192, rounds=[[50]] * 3)
    assert {state.tobytes() for state in few.states} <= {state.tobytes() for state in many.states}


def test_fewer_reads_are_the_best_of_more() -> None:
    few, many = _run(_glass(), 5), _run(_glass(), 33)
    np.testing.assert_array_equal(few.states, many.states[:5])
    assert (np.diff(many.energies) >= 0).all()


def test_another_seed_gives_other_states() -> None:
    assert not np.array_equal(_run(_glass()).states, _run(_glass(), seed=2).states)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [60, 2000])
def test_a_timed_run_is_replayed_from_its_rounds(method: str, n: int) -> None:
    model = _glass() if n == 60 else _ring(n)
    budget = Budget(deadline=time.perf_counter() + 1.5)
    timed = _run(model, method=method, rounds=None, num_batches=2, num_threads=2, budget=budget)
    again = _run(model, method=method, rounds=timed.rounds)
    assert timed.stopped_by == "time"
    assert timed.rounds[0]
    assert timed.states.tobytes() == again.states.tobytes()


def test_a_run_stopped_by_its_target_is_replayed_too() -> None:
    model = _glass(400, seed=3)
    target = _run(model, method="tempering", rounds=[[3000]]).energies[0]
    hit = _run(model, method="tempering", rounds=None, seed=5, budget=Budget(target=float(target)))
    again = _run(model, method="tempering", rounds=hit.rounds, seed=5)
    assert hit.stopped_by == "target"
    assert hit.energies[0] <= target
    assert hit.states.tobytes() == again.states.tobytes()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_every_read_is_a_local_minimum(method: str, form: object) -> None:
    model = _glass()
    rounds = [[2 * SCAN if method == "tempering" else 20]]
    states = _run(
        model, method=method, rounds=rounds, layout=Layout(model, Fit.of(model).to(form))
    ).states  # type: ignore[arg-type]
    for i in range(model.num_variables):
        flipped = states.copy()
        flipped[:, i] *= -1
        assert (model.energies(flipped) >= model.energies(states)).all()


def test_energies_are_those_of_the_states() -> None:
    found = _run(_glass())
    np.testing.assert_array_equal(found.energies, _glass().energies(found.states))


def test_scaling_the_model_by_a_power_of_two_changes_nothing_else() -> None:
    for method in METHODS:
        small, large = (
            _run(_glass(scale=scale), method=method, rounds=[[1500]]) for scale in (1.0, 2.0**60)
        )
        np.testing.assert_array_equal(small.states, large.states)


@pytest.mark.parametrize("scale", [1e-300, 1e300])
def test_biases_beyond_float32_are_scaled_not_lost(scale: float) -> None:
    best = _run(_glass()).energies.min()
    assert _run(_glass(scale=scale)).energies.min() == pytest.approx(best * scale)


def test_irregular_biases_are_annealed_in_float32_and_scored_in_float64() -> None:
    random = np.random.default_rng(4)
    model = _glass()
    model = Ising.from_arrays(
        random.normal(0, 1e9, 60), model.row, model.col, random.normal(0, 1e9, len(model.quad))
    )
    assert Layout(model).form == FLOAT32
    found = _run(model)
    np.testing.assert_array_equal(found.energies, model.energies(found.states))


@pytest.mark.parametrize("method", METHODS)
def test_initial_states_bound_the_result(method: str) -> None:
    model = _glass(200)
    good = _run(model, 64, rounds=[[2000]])
    short = _run(model, 64, method=method, rounds=[[1]], seed=9, initial=good.states)
    assert (short.energies <= good.energies).all()


def test_tempering_goes_on_from_initial_states() -> None:
    """A long path has its ground state in sight of no short run, but a few wrong spins away from a
    good start.
    """
    n = 3000
    path = Ising.from_arrays(
        np.zeros(n),
        np.arange(n - 1),
        np.arange(1, n),
        np.random.default_rng(0).choice([-1.0, 1.0], n - 1),
    )
    ground = np.concatenate([[1], np.cumprod(-np.sign(path.quad))]).astype(np.int8)
    near = ground.copy()
    near[1000:2000] *= -1
    run = {"method": "tempering", "rounds": [[2 * SCAN]]}
    assert (
        _run(path, 1, initial=near[None, :], **run).energies[0] <= path.energies(near[None, :])[0]
    )
    assert _run(path, 1, **run).energies[0] > path.energies(near[None, :])[0]


def test_the_target_ends_the_rounds() -> None:
    found = _run(_glass(), rounds=[[20] * 50], budget=Budget(target=-60.0))
    assert found.stopped_by == "target"
    assert found.energies.min() <= -60
    assert len(found.rounds[0]) < 50


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("n", [10, 20_000, 200_000])
def test_the_deadline_holds(n: int, method: str) -> None:
    overruns = []
    for _ in range(3):
        deadline = time.perf_counter() + 0.8
        found = _run(_ring(n), 16, method=method, rounds=None, budget=Budget(deadline=deadline))
        overruns.append(time.perf_counter() - deadline)
    assert max(overruns) < 0.2
    assert found.stopped_by == "time"
    np.testing.assert_array_equal(found.energies, _ring(n).energies(found.states))


def test_a_round_that_the_deadline_cuts_is_not_counted() -> None:
    found = _run(
        _glass(), rounds=[[10, 10_000_000]], budget=Budget(deadline=time.perf_counter() + 0.2)
    )
    assert found.rounds == [[10]]
    assert found.sweeps > 10
    assert found.states.tobytes() == _run(_glass(), rounds=[[10]]).states.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_interrupt_ends_it_with_what_it_has(method: str) -> None:
    began = time.perf_counter()
    budget = Budget(interrupt=lambda: time.perf_counter() > began + 0.2)
    found = _run(_glass(), method=method, rounds=None, budget=budget)
    assert found.stopped_by == "interrupt"
    assert np.isfinite(found.energies).all()
    assert time.perf_counter() - began < 0.5


def test_control_c_returns_the_best_so_far() -> None:
    threading.Timer(0.2, _thread.interrupt_main).start()
    found = _run(_glass(), rounds=None)
    assert found.stopped_by == "interrupt"
    assert np.isfinite(found.energies).all()
    assert not _annealing_threads()


class Oops(Exception):
    pass


@pytest.mark.parametrize("where", ["interrupt", "on_progress"])
@pytest.mark.parametrize("error", [Oops, KeyboardInterrupt])
def test_an_exception_in_a_callback_leaves_no_thread_behind(
    where: str, error: type[BaseException]
) -> None:
    began = time.perf_counter()

    def fail(*_: object) -> bool:
        raise error

    budget = Budget(interrupt=fail if where == "interrupt" else None)
    options = {"rounds": None, "num_batches": 2, "num_threads": 2, "budget": budget}
    options["on_progress"] = fail if where == "on_progress" else None
    if error is Oops:
        with pytest.raises(Oops):
            _run(_glass(), **options)
    else:
        assert _run(_glass(), **options).stopped_by == "interrupt"
    assert time.perf_counter() - began < 0.5
    assert not _annealing_threads()


def _annealing_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("qopt")]


def test_an_exception_in_a_thread_ends_the_others_and_is_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    search = Search(_glass(), method="annealing", rounds=None, num_batches=2, num_threads=2)

    def fail() -> None:
        raise Oops

    monkeypatch.setattr(search.batches[1].replicas, "quench", fail)
    with pytest.raises(Oops):
        search.run(4)
    assert not _annealing_threads()


def test_progress_is_told_rarely_and_steadily_from_the_calling_thread() -> None:
    told: list[tuple[float, float, int, int]] = []

    def tell(found: Found) -> None:
        told.append(
            (time.perf_counter(), float(found.energies[0]), found.sweeps, threading.get_ident())
        )
        np.testing.assert_array_equal(found.energies, model.energies(found.states))

    model = _glass(3000, seed=2)
    budget = Budget(deadline=time.perf_counter() + 60, interrupt=lambda: len(told) >= 6)
    _run(model, method="tempering", rounds=None, budget=budget, on_progress=tell)
    assert len(told) >= 5
    moments, energies, sweeps, threads = zip(*told, strict=True)
    assert set(threads) == {threading.get_ident()}
    assert all(later - sooner >= PROGRESS_SECONDS for sooner, later in itertools.pairwise(moments))
    assert all(lower <= higher for higher, lower in itertools.pairwise(energies))
    assert all(
        fewer <= more for fewer, more in itertools.pairwise(sweeps)
    )  # no chunk may end between two on a busy machine
    assert sweeps[0] < sweeps[-1]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", [INT8, INT16, FLOAT32], ids=lambda form: form.name)
def test_the_ground_state_of_a_small_glass_is_found(method: str, form: object) -> None:
    model = _glass(16, seed=7)
    states = np.array(np.meshgrid(*[[-1, 1]] * 16)).reshape(16, -1).T.astype(np.int8)
    found = _run(
        model, method=method, rounds=[[1100]], layout=Layout(model, Fit.of(model).to(form))
    )  # type: ignore[arg-type]
    assert found.energies[0] == model.energies(states).min()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("rounds", [[[5]], [[2 * SCAN]]])
def test_a_model_without_variables(method: str, rounds: list[list[int]]) -> None:
    found = _run(Ising.from_arrays([], [], [], [], 2.5), 3, method=method, rounds=rounds)
    assert found.states.shape == (3, 0)
    assert found.energies.tolist() == [2.5] * 3


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("linear", [[1.5], [0.0], [0.0, 0.0, 0.0], [3.0, -2.0]])
@pytest.mark.parametrize("rounds", [[[5]], [[2 * SCAN]], None])
def test_models_without_couplings(
    method: str, linear: list[float], rounds: list[list[int]] | None
) -> None:
    budget = Budget(deadline=time.perf_counter() + 0.1) if rounds is None else None
    found = _run(
        Ising.from_arrays(linear, [], [], []), 3, method=method, rounds=rounds, budget=budget
    )
    assert found.energies.tolist() == [-float(np.abs(linear).sum())] * 3
