from __future__ import annotations

import unittest
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import QoptError
from qopt.samplers import QuboAnnealer


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
    one, two = (QuboAnnealer().sample(_bqm(n=50), num_reads=40, seed=3, num_threads=threads) for threads in (1, 2))
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
    assert set(info["timing"]) == {"setup", "jit", "sample"}


def test_labels_may_be_anything_hashable() -> None:
    bqm = dimod.BinaryQuadraticModel({("a", 1): -1.0, frozenset({2}): 1.0}, {(("a", 1), frozenset({2})): 0.5}, 0.0, "BINARY")
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


def test_an_unknown_argument_warns() -> None:
    with pytest.warns(dimod.exceptions.SamplerUnknownArgWarning, match="num_sweps"):
        QuboAnnealer().sample(_bqm(), num_sweps=10)


@pytest.mark.parametrize(
    "wrong",
    [
        {"num_reads": 0},
        {"num_reads": 2.5},
        {"num_sweeps": 0},
        {"num_sweeps": []},
        {"num_sweeps": [10, 0]},
        {"num_sweeps": "many"},
        {"beta_range": (2.0, 1.0)},
        {"beta_range": (0.0, 1.0)},
        {"beta_range": (1.0,)},
        {"seed": -1},
        {"time_limit": 0},
        {"time_limit": -2.0},
        {"num_threads": 0},
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
