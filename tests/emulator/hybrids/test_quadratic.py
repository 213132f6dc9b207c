"""The emulated hybrid solvers of quadratic and of constrained quadratic models."""

from __future__ import annotations

import json
import time

import dimod
import numpy as np
import pytest

from qopt.emulator.backends import Broke, Refused, Work
from qopt.emulator.hybrids.bqm import HybridBqm, solve_bqm
from qopt.emulator.hybrids.cqm import HybridCqm, solve_cqm

from .works import of_bqm, of_cqm, samples_of

BQM, CQM = HybridBqm(least=0.2), HybridCqm(least=0.2)


def _small_bqm(vartype: str) -> dimod.BinaryQuadraticModel:
    bqm = dimod.generators.gnm_random_bqm(14, 40, vartype, random_state=3)
    bqm.offset = 2.5
    return bqm.relabel_variables({0: "a", 1: ("b", 2)}, inplace=False)


@pytest.mark.parametrize("vartype", ["SPIN", "BINARY"])
def test_a_bqm_is_answered_by_its_ground_state(vartype: str) -> None:
    bqm = _small_bqm(vartype)
    reply = BQM.answer(of_bqm(bqm, time_limit=0.3))
    samples = samples_of(reply)
    assert samples.vartype.name == vartype
    assert set(samples.variables) == set(bqm.variables)
    assert samples.first.energy == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)
    assert samples.first.energy == pytest.approx(bqm.energy(samples.first.sample))
    assert (len(samples), reply.answered, reply.charged) == (1, 1, 0.3)


def test_what_a_job_took_is_told_in_microseconds_and_marked_as_emulated() -> None:
    reply = BQM.answer(of_bqm(_small_bqm("SPIN"), time_limit=0.3))
    info = samples_of(reply).info
    assert info["charge_time"] == 300_000
    assert info["run_time"] > 0
    assert info["qpu_access_time"] == 0
    assert info["emulated"]
    json.dumps(reply.answer)


def test_the_time_limit_is_the_least_of_the_model_where_none_is_given() -> None:
    assert BQM.answer(of_bqm(_small_bqm("SPIN"))).charged == 0.2


def test_an_empty_model_is_answered() -> None:
    empty = dimod.BinaryQuadraticModel({}, {}, 1.5, "BINARY")
    assert samples_of(BQM.answer(of_bqm(empty))).first.energy == 1.5


@pytest.mark.parametrize("seconds", [0.5, 1.0])
def test_the_deadline_holds(seconds: float) -> None:
    bqm = dimod.generators.gnm_random_bqm(2000, 6000, "SPIN", random_state=1)
    work = of_bqm(bqm, time_limit=seconds)
    solver = HybridBqm(least=0.05)
    solver.answer(work)  # loads the kernels
    begun = time.perf_counter()
    solver.answer(work)
    # how near is measured by the benchmark; here, that it ends at all
    assert time.perf_counter() - begun < seconds + 5


def test_without_time_for_a_round_a_small_model_is_annealed_nevertheless() -> None:
    bqm = dimod.generators.gnm_random_bqm(200, 600, "SPIN", random_state=2)
    samples = solve_bqm(bqm, time_limit=1e-9, seed=1)
    assert samples.info["sweeps"] > 0
    good = solve_bqm(bqm, time_limit=0.5, seed=1).first.energy
    assert samples.first.energy < 0.97 * good < 0
    cqm = _knapsack()
    assert solve_cqm(cqm, time_limit=1e-9, seed=1).record.is_feasible.any()


def _knapsack() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(("x", k)) for k in range(8)]
    count = dimod.Integer("count", upper_bound=5)
    worth, weight = [9, 5, 6, 4, 8, 3, 7, 2], [6, 3, 4, 3, 7, 2, 5, 1]
    cqm.set_objective(-sum(w * v for w, v in zip(worth, x, strict=True)) + 0.5 * count * count)
    cqm.add_constraint(sum(w * v for w, v in zip(weight, x, strict=True)) <= 14, label="weight")
    cqm.add_constraint(sum(x) - count == 0, label=("of", "items"))
    cqm.add_constraint(x[0] + x[1] <= 1, label="soft", weight=1.5)
    return cqm


def test_a_cqm_is_answered_by_its_optimum() -> None:
    cqm = _knapsack()
    samples = samples_of(CQM.answer(of_cqm(cqm, time_limit=0.5)))
    best = samples.filter(lambda sample: sample.is_feasible).first
    exact = dimod.ExactCQMSolver().sample_cqm(cqm)
    optimum = exact.filter(lambda sample: sample.is_feasible).first
    assert best.energy == pytest.approx(optimum.energy)
    assert {tuple(k) if isinstance(k, list) else k for k in samples.info["constraint_labels"]} == {
        "weight", ("of", "items"), "soft"
    }  # fmt: skip


def test_feasible_is_what_dimod_says() -> None:
    cqm = _knapsack()
    samples = samples_of(CQM.answer(of_cqm(cqm, time_limit=0.3)))
    again = dimod.SampleSet.from_samples_cqm(samples, cqm)
    assert (samples.record.is_feasible == again.record.is_feasible).all()
    assert samples.record.energy == pytest.approx(again.record.energy)


def _blend() -> dimod.ConstrainedQuadraticModel:
    """Of x + y = pi - 0.3 i, the best has y = 1/3: soft constraints price what is above."""
    cqm = dimod.ConstrainedQuadraticModel()
    x, y = dimod.Real("x", upper_bound=3), dimod.Real("y", lower_bound=-1, upper_bound=10)
    i = dimod.Integer("i", upper_bound=5)
    cqm.set_objective(-x - 2 * y + 0.5 * i * i)
    cqm.add_constraint(x + y + 0.3 * i == np.pi, label="sum")
    cqm.add_constraint(y <= 1 / 3, label="dear", weight=3)
    return cqm


def test_real_variables_are_set_exactly() -> None:
    samples = samples_of(CQM.answer(of_cqm(_blend(), time_limit=0.6)))
    best = samples.filter(lambda sample: sample.is_feasible).first
    # x is at its upper bound 3 or y at 1/3, whichever the sum allows
    assert best.sample["i"] == 0
    assert best.sample["x"] + best.sample["y"] == pytest.approx(np.pi)
    assert best.energy == pytest.approx(-np.pi - 1 / 3)
    assert any("linear program" in note for note in samples.info["notes"])


def test_a_model_that_cannot_be_annealed_breaks_with_the_reason() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-dimod.Real("x"))
    with pytest.raises(Broke, match="'x' is REAL and neither its own bounds"):
        CQM.answer(of_cqm(cqm, time_limit=0.3))


def test_a_cancelled_job_ends_early() -> None:
    begun = time.perf_counter()
    CQM.answer(of_cqm(_knapsack(), interrupt=lambda: True, time_limit=60))
    assert time.perf_counter() - begun < 40


@pytest.mark.parametrize(
    ("params", "said"),
    [
        ({"time_limit": 0.1}, "needs at least 0.2 s"),
        ({"time_limit": 1e6}, "takes at most 86400 s"),
        ({"time_limit": "3"}, "give seconds, as a number"),
        ({"time_limit": float("nan")}, "give seconds, as a number"),
        ({"time_limit": True}, "give seconds, as a number"),
        ({"num_reads": 3}, "parameter 'num_reads' is not known"),
    ],
)
def test_refused_in_plain_words(params: dict[str, object], said: str) -> None:
    with pytest.raises(Refused, match=said):
        BQM.check(of_bqm(_small_bqm("SPIN"), **params))
    with pytest.raises(Refused, match=said):
        CQM.check(of_cqm(_knapsack(), **params))


@pytest.mark.parametrize("data", [b"", b"abc", b"DIMODCQM", b"DIMODBQM\x02\x00"])
def test_a_damaged_upload_is_refused(data: bytes) -> None:
    for solver in (BQM, CQM):
        with pytest.raises(Refused, match="the uploaded file is no"):
            solver.check(Work("a-1", 0, solver.kind, {}, data))


def test_another_type_of_problem_is_refused() -> None:
    with pytest.raises(Refused, match="takes problems of type 'cqm', not 'bqm'"):
        CQM.check(of_bqm(_small_bqm("SPIN")))


def test_what_is_too_large_is_refused() -> None:
    class Small(HybridBqm):
        def properties(self) -> dict[str, object]:
            return super().properties() | {"maximum_number_of_biases": 20}

    with pytest.raises(Refused, match="biases: the model has 54, and this solver takes 20"):
        Small(least=0.2).check(of_bqm(_small_bqm("SPIN")))


def test_definitions_carry_what_the_client_reads() -> None:
    for solver in (BQM, CQM):
        definition = solver.definition()
        json.dumps(definition)
        properties = definition["properties"]
        assert definition["identity"] == {"name": f"emulated_hybrid_{solver.kind}"}
        assert properties["category"] == "hybrid"
        assert properties["supported_problem_types"] == [solver.kind]
        assert properties["emulated"]
