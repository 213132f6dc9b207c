from __future__ import annotations

import json
import unittest
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import QoptError
from qopt.anneal.core.ising import Ising
from qopt.compiler import Qubo
from qopt.errors import PrecisionWarning
from qopt.samplers import QuboAnnealer, anneal_run
from qopt.samplers.initial_states import extended


@dimod.testing.load_sampler_bqm_tests(QuboAnnealer)  # type: ignore[untyped-decorator]
class TestDimodConformance(unittest.TestCase):
    def test_api(self) -> None:
        dimod.testing.assert_sampler_api(QuboAnnealer())


def _bqm(vartype: str = "BINARY", n: int = 12, seed: int = 0) -> dimod.BinaryQuadraticModel:
    return dimod.generators.gnp_random_bqm(n, 0.5, vartype, random_state=seed)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
@pytest.mark.parametrize("seed", range(5))
def test_the_best_read_is_the_ground_state(vartype: str, seed: int) -> None:
    bqm = _bqm(vartype, seed=seed)
    found = QuboAnnealer().sample(bqm, num_sweeps=200, seed=1)
    assert found.first.energy == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)
    dimod.testing.assert_sampleset_energies(found, bqm)


def test_same_seed_same_bytes_on_one_thread_and_two() -> None:
    one, two = (
        QuboAnnealer().sample(_bqm(n=50), num_reads=40, seed=3, num_threads=threads)
        for threads in (1, 2)
    )
    assert one.record.sample.tobytes() == two.record.sample.tobytes()
    assert one.record.energy.tobytes() == two.record.energy.tobytes()


def test_a_timed_run_is_replayed_from_its_info() -> None:
    bqm = _bqm(n=50)
    timed = QuboAnnealer().sample(bqm, seed=3, time_limit=0.2)
    again = QuboAnnealer().sample(bqm, seed=timed.info["seed"], num_sweeps=timed.info["num_sweeps"])
    assert timed.record.sample.tobytes() == again.record.sample.tobytes()
    assert timed.info["stopped_by"] == "time"


def test_info_says_how_it_was_made() -> None:
    info = QuboAnnealer().sample(_bqm(), num_sweeps=70, num_reads=20, num_threads=1).info
    assert info["num_sweeps"] == [70]
    assert info["sweeps"] == 70
    assert info["stopped_by"] == "sweeps"
    assert info["seed"] >= 0
    assert 0 < info["beta_range"][0] < info["beta_range"][1]
    assert info["spin_updates_per_second"] > 0
    stages = {f"{stage}_ns" for stage in ("preprocessing", "sampling", "postprocessing")}
    assert set(info["timing"]) == {"setup", "jit", "sample"} | stages
    assert info["method"] == "tempering"
    assert info["ladder"] is None
    assert info["num_replicas"] >= 20
    json.dumps(info)  # it goes into records


def test_info_of_a_tempering_has_its_ladder() -> None:
    bqm = dimod.generators.gnp_random_bqm(200, 0.05, "SPIN", random_state=1)
    info = QuboAnnealer().sample(bqm, num_sweeps=3000, seed=1).info
    assert len(info["exchange_rates"]) == len(info["ladder"]) - 1
    assert all(0 < rate <= 1 for rate in info["exchange_rates"])
    assert info["ladder"] == sorted(info["ladder"])
    json.dumps(info)


def test_a_timed_run_on_two_threads_is_replayed_on_one() -> None:
    bqm = dimod.generators.gnp_random_bqm(300, 0.1, "SPIN", random_state=1)
    timed = QuboAnnealer().sample(bqm, seed=3, time_limit=0.5, num_threads=2)
    again = QuboAnnealer().sample(bqm, seed=3, num_sweeps=timed.info["num_sweeps"], num_threads=1)
    assert timed.record.sample.tobytes() == again.record.sample.tobytes()
    assert timed.record.energy.tobytes() == again.record.energy.tobytes()


@pytest.mark.parametrize("method", ["tempering", "annealing", "descent"])
def test_each_method_finds_the_ground_state(method: str) -> None:
    bqm = _bqm("SPIN", seed=8)
    found = QuboAnnealer().sample(bqm, method=method, num_sweeps=600, seed=1)
    assert found.first.energy == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)
    assert found.info["method"] == method


def test_the_reads_come_lowest_energy_first() -> None:
    energies = QuboAnnealer().sample(_bqm(n=60), num_reads=50, seed=1, num_sweeps=3).record.energy
    assert (np.diff(energies) >= 0).all()


def test_gibbs_samples_one_temperature() -> None:
    """A single variable of bias 1: P(x = 1) = 1 / (1 + e), within five standard errors."""
    bqm = dimod.BinaryQuadraticModel({"x": 1.0}, {}, 0.0, "BINARY")
    found = QuboAnnealer().sample(
        bqm, method="gibbs", beta=1.0, num_reads=20_000, burn_in=10, thinning=1, seed=1
    )
    share, expected = found.record.sample.mean(), 1 / (1 + np.e)
    assert len(found) == 20_000
    assert abs(share - expected) < 5 * np.sqrt(expected * (1 - expected) / 20_000)
    assert found.info["effective_sample_size"]["energy"] > 15_000
    assert found.info["stopped_by"] == "sweeps"
    assert (found.info["burn_in"], found.info["thinning"], found.info["beta"]) == (10, 1, 1.0)
    json.dumps(found.info)


def test_gibbs_is_repeatable_and_obeys_its_budget() -> None:
    bqm = _bqm(n=50)
    one, two = (
        QuboAnnealer().sample(bqm, method="gibbs", beta=0.5, seed=2, num_reads=5000, num_threads=t)
        for t in (1, 2)
    )
    assert one.record.sample.tobytes() == two.record.sample.tobytes()
    cut = QuboAnnealer().sample(
        bqm, method="gibbs", beta=0.5, num_reads=10**8, thinning=1000, time_limit=0.3
    )
    assert cut.info["stopped_by"] == "time"
    assert len(cut) < 10**8
    told = QuboAnnealer().sample(
        bqm, method="gibbs", beta=0.5, num_reads=10**8, interrupt=lambda: True
    )
    assert told.info["stopped_by"] == "interrupt"


def test_labels_may_be_anything_hashable() -> None:
    bqm = dimod.BinaryQuadraticModel(
        {("a", 1): -1.0, frozenset({2}): 1.0}, {(("a", 1), frozenset({2})): 0.5}, 0.0, "BINARY"
    )
    assert QuboAnnealer().sample(bqm).first.sample == {("a", 1): 1, frozenset({2}): 0}


def test_variables_without_biases_are_sampled_too() -> None:
    bqm = dimod.BinaryQuadraticModel({"free": 0.0, "up": -1.0}, {}, 3.0, "BINARY")
    found = QuboAnnealer().sample(bqm, num_reads=64)
    assert found.first.energy == 2.0
    assert set(found.record.sample[:, list(found.variables).index("free")]) == {0, 1}


def test_initial_states_are_never_made_worse() -> None:
    bqm = _bqm(n=40)
    good = QuboAnnealer().sample(bqm, num_sweeps=1000, num_reads=1, seed=1)
    found = QuboAnnealer().sample(bqm, num_sweeps=1, num_reads=3, seed=2, initial_states=good)
    assert (found.record.energy <= good.first.energy).all()


def test_initial_states_are_tiled_extended_or_refused() -> None:
    bqm = _bqm("SPIN", n=60)
    good = QuboAnnealer().sample(bqm, num_sweeps=1000, num_reads=1, seed=1)
    for generator, every in (("tile", True), ("random", False)):
        options = {
            "initial_states": good,
            "initial_states_generator": generator,
            "method": "descent",
        }
        found = QuboAnnealer().sample(bqm, num_reads=30, seed=2, **options)
        assert found.first.energy <= good.first.energy
        assert (found.record.energy <= good.first.energy).all() == every
    with pytest.raises(QoptError, match="1 states for 30 reads"):
        QuboAnnealer().sample(
            bqm, num_reads=30, initial_states=good, initial_states_generator="none"
        )
    QuboAnnealer().sample(bqm, num_reads=1, initial_states=good, initial_states_generator="none")
    with pytest.raises(QoptError, match="initial_states_generator='copy'"):
        QuboAnnealer().sample(bqm, initial_states=good, initial_states_generator="copy")


def test_initial_states_may_be_of_many_forms_but_not_of_the_other_vartype() -> None:
    bqm = dimod.BinaryQuadraticModel({"a": 1.0, "b": -1.0}, {"ab": 0.5}, 0.0, "BINARY")
    for states in ({"a": 0, "b": 1}, ([0, 1], ["a", "b"]), (np.array([[1, 0]]), ["b", "a"])):
        assert QuboAnnealer().sample(bqm, initial_states=states, num_sweeps=1).first.energy == -1
    with pytest.raises(QoptError, match="BINARY"):
        QuboAnnealer().sample(bqm, initial_states={"a": -1, "b": 1})
    with pytest.raises(QoptError, match="initial_states"):
        QuboAnnealer().sample(bqm, initial_states=[])


def test_duplicate_isolated_and_huge_biases() -> None:
    model = dimod.BinaryQuadraticModel("SPIN")
    model.add_quadratic("a", "b", 1e300)
    model.add_quadratic("b", "a", -2e300)
    model.add_variable("free")
    found = QuboAnnealer().sample(model, num_sweeps=20, seed=1)
    assert found.first.energy == -1e300


def test_biases_lost_beside_larger_ones_warn_and_are_scored_in_full() -> None:
    random = np.random.default_rng(1)
    bqm = dimod.BinaryQuadraticModel(dict(enumerate(random.normal(0, 1e-9, 60))), {}, 0.0, "SPIN")
    bqm.add_quadratic(0, 1, 1.0)
    with pytest.warns(PrecisionWarning, match="lost in single precision"):
        found = QuboAnnealer().sample(bqm, num_sweeps=100)
    dimod.testing.assert_sampleset_energies(found, bqm)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_arrays_give_what_the_bqm_gives(vartype: str) -> None:
    bqm = dimod.generators.gnp_random_bqm(30, 0.3, vartype, random_state=2)
    vectors = bqm.to_numpy_vectors(range(30))
    qubo = Qubo.from_arrays(vectors.linear_biases, *vectors.quadratic, vectors.offset, vartype)
    found = QuboAnnealer().sample_arrays(qubo, seed=1, num_sweeps=800, num_reads=20)
    assert found.states.shape == (20, 30)
    assert found.states.dtype == np.int8
    assert set(np.unique(found.states)) <= {0, 1}
    np.testing.assert_allclose(found.energies, qubo.energies(found.states))
    samples = found.states if vartype == "BINARY" else 2 * found.states - 1
    np.testing.assert_allclose(found.energies, bqm.energies((samples, range(30))))
    assert found.energies[0] == pytest.approx(
        QuboAnnealer().sample(bqm, seed=1, num_sweeps=800).first.energy
    )


def test_arrays_take_initial_states_and_refuse_wrong_ones() -> None:
    qubo = Qubo.from_arrays([-1.0, -1.0, 2.0], [0], [1], [0.5])
    start = np.array([[1, 1, 0]])
    assert (
        QuboAnnealer().sample_arrays(qubo, initial_states=start, num_sweeps=1).energies[0] == -1.5
    )
    for wrong in ([[1, 1]], [[2, 0, 0]], [1, 1, 0], np.zeros((17, 3)), np.zeros((0, 3))):
        with pytest.raises(QoptError, match="initial_states"):
            QuboAnnealer().sample_arrays(qubo, initial_states=wrong)
    with pytest.raises(QoptError, match="num_sweps"):
        QuboAnnealer().sample_arrays(qubo, num_sweps=3)


def test_a_model_without_variables() -> None:
    empty = dimod.BinaryQuadraticModel({}, {}, 1.5, "BINARY")
    for options in (
        {},
        {"time_limit": 0.1},
        {"method": "descent"},
        {"method": "annealing"},
        {"method": "gibbs", "beta": 1.0},
    ):
        found = QuboAnnealer().sample(empty, num_reads=3, **options)
        assert found.record.energy.tolist() == [1.5] * 3


def test_an_unknown_argument_warns() -> None:
    with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning, match="num_sweps"):
        QuboAnnealer().sample(_bqm(), num_sweps=10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_reads": 0},
        {"num_reads": 2.5},
        {"num_sweeps": 0},
        {"num_sweeps": [10, 0]},
        {"num_sweeps": "many"},
        {"beta_range": (2.0, 1.0)},
        {"beta_range": (0.0, 1.0)},
        {"beta_range": (1.0,)},
        {"seed": -1},
        {"time_limit": 0},
        {"time_limit": -2.0},
        {"num_threads": 0},
        {"method": "quantum"},
        {"target": "low"},
        {"target": float("nan")},
        {"interrupt": True},
        {"on_progress": 3},
        {"num_sweeps": [[10], [0]]},
        {"beta_range": (1.0, np.inf)},
        {"beta_range": "hot"},
        {"beta": 1.0},
        {"burn_in": 5, "method": "annealing"},
        {"beta": None, "method": "gibbs"},
        {"beta": -1.0, "method": "gibbs"},
        {"thinning": 0, "beta": 1.0, "method": "gibbs"},
        {"num_sweeps": 10, "beta": 1.0, "method": "gibbs"},
        {"initial_states": dict.fromkeys(range(12), 1), "beta": 1.0, "method": "gibbs"},
    ],
    ids=repr,
)
def test_an_argument_out_of_range_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(wrong))):
        QuboAnnealer().sample(_bqm(), **wrong)


@pytest.mark.parametrize(
    "states",
    [{"x": 1}, dict.fromkeys(range(12), 2), {**dict.fromkeys(range(12), 1), "more": 0}],
    ids=["too few", "wrong values", "too many"],
)
def test_initial_states_must_fit(states: dict[Any, int]) -> None:
    with pytest.raises(QoptError, match="initial_states"):
        QuboAnnealer().sample(_bqm(), initial_states=states)


@pytest.mark.parametrize("bias", [np.nan, np.inf])
def test_a_bias_that_is_not_finite_is_refused(bias: float) -> None:
    with pytest.raises(QoptError, match="NaN or infinite"):
        QuboAnnealer().sample(dimod.BinaryQuadraticModel({"x": bias}, {}, 0.0, "BINARY"))


def test_more_initial_states_by_chance_are_spins() -> None:
    given = np.ones((1, 30), dtype=np.int8)
    states = extended(given, 5, "random", 1)
    assert states.shape == (5, 30)
    assert (states[0] == 1).all()
    assert set(np.unique(states[1:]).tolist()) == {-1, 1}


def test_initial_states_of_arrays_are_what_a_run_of_no_sweeps_ends_with() -> None:
    """One of two bits: both ways are as good, and neither goes downhill."""
    qubo = Qubo.from_arrays([-1.0, -1.0], [0], [1], [3.0], vartype="BINARY")
    start = np.array([[0, 1], [1, 0]])
    found = QuboAnnealer().sample_arrays(qubo, initial_states=start, num_reads=2, num_sweeps=[])
    assert sorted(found.states.tolist()) == start.tolist()


def test_biases_of_0_are_not_lost_in_single_precision() -> None:
    """Of the biases that are there none is below the resolution, and nothing is warned of."""
    ising = Ising.from_arrays(np.zeros(10), [0, 1], [1, 2], [1.0, 2.0])
    anneal_run._warn_of_lost_biases(ising, 0.5)
    with pytest.warns(PrecisionWarning, match="50% of the biases are below 1.5"):
        anneal_run._warn_of_lost_biases(ising, 1.5)
