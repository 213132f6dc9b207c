"""Tuned weights: what is broken weighs more, what is slack less, and reads keep more."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import QoptError
from qopt.compiler import Compiled, compile_cqm
from qopt.compiler.weights.tuning import SMALLEST_STEP, Trial, Tuner, _Bench, _judged
from qopt.samplers import QuboAnnealer

from ... import tiny
from ...benchmarks.tuned import packing

QUICK = Tuner(num_reads=128, num_sweeps=100, rounds=12)


def reads(compiled: Compiled) -> dimod.SampleSet:
    options = {"num_reads": 128, "num_sweeps": 200, "seed": 1, "method": "annealing"}
    return compiled.decode_bits(QuboAnnealer().sample_arrays(compiled.qubo, **options).states)


def feasible_share(compiled: Compiled) -> float:
    return float(reads(compiled).record.is_feasible.mean())


def tour(cities: int) -> dimod.ConstrainedQuadraticModel:
    """Cities on a line: the shortest round trip is there and back."""
    x = np.array(
        [[dimod.Binary(f"x[{city},{place}]") for place in range(cities)] for city in range(cities)]
    )
    cqm = dimod.ConstrainedQuadraticModel()
    legs = [
        (a, b, k) for a in range(cities) for b in range(cities) if a != b for k in range(cities)
    ]
    cqm.set_objective(sum(abs(a - b) * x[a, k] * x[b, (k + 1) % cities] for a, b, k in legs))
    for k in range(cities):
        cqm.add_constraint(sum(x[k]) == 1, label=f"visited[{k}]")
        cqm.add_constraint(sum(x[:, k]) == 1, label=f"place[{k}]")
    return cqm


def test_reads_keep_constraints_that_bounds_leave_broken() -> None:
    """Packing: slacks of capacities freeze before things are packed, unless they weigh less."""
    bounds, tuned = compile_cqm(packing()), compile_cqm(packing(), penalties=QUICK)
    assert feasible_share(bounds) < 0.05
    assert feasible_share(tuned) > 0.4


def test_what_is_never_broken_is_lowered_until_plans_are_better() -> None:
    cqm = tour(6)
    bounds, tuned = compile_cqm(cqm), compile_cqm(cqm, penalties=QUICK)
    assert (tuned.weights < 0.7 * bounds.weights).all()
    before, after = reads(bounds).record, reads(tuned).record
    assert before.is_feasible.mean() == 1
    assert after.is_feasible.mean() > 0.8
    assert after.energy[after.is_feasible].mean() < 0.8 * before.energy.mean()


def test_each_trial_is_recorded_and_the_last_that_was_kept_is_the_one_taken() -> None:
    compiled = compile_cqm(packing(), penalties=QUICK)
    trials = compiled.tuning
    assert 2 <= len(trials) <= QUICK.rounds
    assert (trials[0].change, trials[0].kept) == ("start", True)
    assert all(trial.violated.shape == trial.weights.shape == (12,) for trial in trials)
    assert all(
        (trial.feasible == 0) == np.isinf(trial.best) and trial.best <= trial.mean
        for trial in trials
    )
    last = [trial for trial in trials if trial.kept][-1]
    np.testing.assert_array_equal(last.weights, compiled.weights)
    assert set(compiled.weighed.reason) == {"tuned by short anneals"}
    again = reads(
        compile_cqm(
            packing(), penalties=dict(zip(compiled.model.labels, compiled.weights, strict=True))
        )
    )
    assert again == reads(compiled)


def test_the_same_seed_gives_the_same_weights_on_any_number_of_threads() -> None:
    one, two, other = (
        compile_cqm(
            packing(),
            penalties=Tuner(num_reads=128, num_sweeps=50, rounds=6, seed=seed, num_threads=threads),
        )
        for seed, threads in ((3, 1), (3, 2), (4, 1))
    )
    np.testing.assert_array_equal(one.weights, two.weights)
    assert [trial.feasible for trial in one.tuning] == [trial.feasible for trial in two.tuning]
    assert [trial.feasible for trial in one.tuning] != [trial.feasible for trial in other.tuning]


def test_balance_raises_what_is_violated_and_lowers_what_is_slack() -> None:
    bench = _Bench(compile_cqm(packing()), QUICK)
    violated = np.zeros(12)
    violated[[2, 9]] = 0.6, 0.3
    change = bench.change("balance of all", Trial("", np.ones(12), violated, 0.3, 3.0, 4.0))
    assert change[2] == 1
    assert 0 < change[9] < 1
    assert (np.delete(change, [2, 9]) < 0).all()
    assert change.sum() == pytest.approx(0)


def test_steps_begin_heavier_where_reads_break_constraints_and_lighter_where_they_do_not() -> None:
    bench = _Bench(compile_cqm(packing()), QUICK)
    assert bench.names == ["packed", "capacity"]
    violated = np.where(bench.family == 0, 0.5, 0.1)
    steps = bench.first_steps(Trial("", np.ones(12), violated, 0.2, 3.0, 4.0))
    assert list(steps) == ["balance of all", "all together", "packed", "capacity"]
    assert [np.sign(step) for step in steps.values()] == [1, 1, 1, -1]
    assert bench.first_steps(Trial("", np.ones(12), violated, 0.96, 3.0, 4.0))["all together"] < 0


def test_reads_are_judged_as_dimod_judges_them() -> None:
    """Of every kind of variable and constraint, and of a soft one, with random bits."""
    random = np.random.default_rng(5)
    for _ in range(30):
        cqm = tiny.random_cqm(random)
        cqm.add_constraint(
            2 * dimod.Binary("b0") + dimod.Binary("b1") <= 1,
            label="soft",
            weight=1.5,
            penalty="quadratic",
        )
        compiled = compile_cqm(
            cqm, presolve=False, encodings="log" if random.random() < 0.5 else "one-hot"
        )
        bits = random.integers(0, 2, (40, compiled.qubo.num_variables)).astype(bool)
        violated, feasible, objectives = _judged(compiled, bits)
        record = compiled.decode_bits(bits).record
        np.testing.assert_array_equal(feasible, record.is_feasible)
        np.testing.assert_allclose(objectives, record.energy, atol=1e-9)
        hard = compiled.model.hard
        np.testing.assert_allclose(
            violated[: len(hard)][hard], 1 - record.is_satisfied.mean(axis=0)[hard]
        )


def test_a_soft_constraint_keeps_its_weight() -> None:
    cqm = packing()
    cqm.add_constraint(
        dimod.Binary("open[0]") + dimod.Binary("open[1]") == 1,
        label="rather",
        weight=0.25,
        penalty="quadratic",
    )
    compiled = compile_cqm(cqm, penalties=QUICK)
    assert compiled.weights[compiled.model.labels.index("rather")] == 0.25


def test_an_encodings_own_constraints_are_tuned_with_the_rest() -> None:
    cqm = tiny.portfolio().model()
    compiled = compile_cqm(cqm, penalties=QUICK, encodings="one-hot")
    v = len(compiled.validity.labels)
    assert v > 0
    assert all(
        len(trial.weights) == compiled.model.num_constraints + v for trial in compiled.tuning
    )
    assert feasible_share(compiled) > 0.4


def test_without_constraints_there_is_nothing_to_tune() -> None:
    bqm = dimod.generators.gnp_random_bqm(6, 0.7, "BINARY", random_state=1)
    compiled = compile_cqm(bqm, penalties="tuned")
    assert compiled.tuning == ()
    assert compiled.bqm().is_almost_equal(bqm)


@pytest.mark.parametrize(
    ("bits", "sweeps", "rounds"), [(1, 256, 32), (900, 256, 32), (3000, 81, 32), (1_000_000, 32, 4)]
)
def test_larger_models_get_shorter_trials_and_then_fewer(
    bits: int, sweeps: int, rounds: int
) -> None:
    assert Tuner().fitted(bits) == (sweeps, rounds)


def test_trials_end_where_no_step_helps_any_more() -> None:
    """One constraint that is kept by any weight: the steps turn and shrink."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = list(dimod.Binaries(range(4)))
    cqm.add_constraint(sum(x) == 2, label="two")
    compiled = compile_cqm(cqm, penalties=Tuner(num_reads=32, num_sweeps=20, rounds=100))
    assert len(compiled.tuning) < 2 + np.log(SMALLEST_STEP) / np.log(0.6)


def test_it_goes_by_its_name_wherever_penalties_are_named() -> None:
    problem = tiny.portfolio()
    result = qopt.solve(problem, solver="neal", penalties="tuned", num_reads=20, seed=1)
    assert result.objective == pytest.approx(tiny.optimum(problem))
    assert len(qopt.compile(problem.model(), penalties="tuned").tuning) > 1


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"num_reads": 0}, "num_reads=0"),
        ({"num_sweeps": 2.5}, "num_sweeps=2.5"),
        ({"rounds": -1}, "rounds=-1"),
        ({"goal": 0}, "goal=0: give a share of the reads above 0"),
        ({"goal": 1.5}, "goal=1.5"),
        ({"seed": -1}, "seed=-1"),
        ({"num_threads": 0}, "num_threads=0"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_argument_is_named(wrong: dict[str, Any], told: str) -> None:
    with pytest.raises(QoptError, match=told):
        Tuner(**wrong)


def test_again_takes_over_every_tuned_weight() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    i, j = dimod.Integer("i", upper_bound=3), dimod.Integer("j", upper_bound=3)
    cqm.set_objective(-3 * i - 2 * j)
    cqm.add_constraint(2 * i + 3 * j <= 7, label="room")
    tuned = compile_cqm(cqm, penalties=QUICK, encodings="one-hot")
    assert len(tuned.validity.labels) >= 2
    again = tuned.again(inequalities="slack")
    assert again.weights.tolist() == tuned.weights.tolist()
    assert again.validity_weighed.value.tolist() == tuned.validity_weighed.value.tolist()
    assert tuned.again(encodings="log").weights.tolist() == tuned.weights.tolist()
