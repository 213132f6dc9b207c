"""The encoding law: the energy of every assignment is its objective plus what its broken constraints cost."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import QoptError
from qopt.compile import Compiled, compile_cqm

from .. import tiny


def lowest_energies(compiled: Compiled) -> dict[tuple[float, ...], float]:
    """The least energy of every assignment to the model's variables, over all slack bits: by enumeration, through dimod."""
    energies: dict[tuple[float, ...], float] = {}
    found = dimod.ExactSolver().sample(compiled.bqm())
    for values, energy in zip(compiled.decode(found).record.sample, found.record.energy, strict=True):
        energies[tuple(values)] = min(energy, energies.get(tuple(values), np.inf))
    return energies


def cost(cqm: dimod.ConstrainedQuadraticModel, weights: dict[Any, float], kinds: dict[Any, str], sample: Any) -> float:
    """Objective plus penalties, from dimod's own arithmetic on the model and the table in qopt.compile.compiler."""
    total = float(cqm.objective.energy(sample))
    for label, amount in cqm.violations(sample, clip=True).items():
        if kinds[label] == "at-most-one":
            ones = round(cqm.constraints[label].lhs.energy(sample))
            amount = ones * (ones - 1) / 2
        elif kinds[label] != "product":
            amount = amount**2
        total += weights[label] * amount
    return total


@pytest.mark.parametrize("seed", range(40))
def test_the_law_holds_on_random_models(seed: int) -> None:
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    compiled = compile_cqm(cqm)
    weights = dict(zip(compiled.model.labels, compiled.weights, strict=True))
    kinds = dict(zip(compiled.model.labels, compiled.rows.kind.tolist(), strict=True))
    assert set(kinds.values()) > {"at-most-one", "product"}
    for values, energy in lowest_energies(compiled).items():
        sample = dict(zip(compiled.model.variables, values, strict=True))
        assert energy == pytest.approx(cost(cqm, weights, kinds, sample), abs=1e-9)


@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_the_law_holds_on_each_problem(name: str) -> None:
    problem = tiny.PROBLEMS[name]
    cqm = problem.model()
    compiled = compile_cqm(cqm)
    weights = dict(zip(compiled.model.labels, compiled.weights, strict=True))
    kinds = dict(zip(compiled.model.labels, compiled.rows.kind.tolist(), strict=True))
    for values, energy in lowest_energies(compiled).items():
        sample = dict(zip(compiled.model.variables, values, strict=True))
        assert energy == pytest.approx(cost(cqm, weights, kinds, sample), abs=1e-9)


@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_the_lowest_energy_is_the_problems_optimum(name: str) -> None:
    """With the weights that "bounds" chooses: the ground state decodes to an optimal plan, and its energy is the optimum."""
    problem = tiny.PROBLEMS[name]
    compiled = compile_cqm(problem.model())
    ground = dimod.ExactSolver().sample(compiled.bqm()).lowest()
    best = compiled.decode(ground).first
    score = problem.evaluate(problem.decode(best.sample))
    assert score.feasible
    assert score.objective == pytest.approx(tiny.optimum(problem))
    assert ground.first.energy == pytest.approx(tiny.optimum(problem))


@pytest.mark.parametrize("seed", range(20))
def test_one_multiplier_for_all_is_dimods(seed: int) -> None:
    """`penalties=7.0` gives `dimod.cqm_to_bqm`'s energies where both use squares: on equalities."""
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(6)]
    cqm.set_objective(sum(float(random.normal()) * a * b for a, b in itertools.combinations(x, 2)))
    cqm.add_constraint(x[1] + x[2] + x[3] == 1, label="one")
    cqm.add_constraint(sum(float(random.integers(-4, 5)) * v for v in x) + 0.5 * x[0] == 1.5, label="sum")
    theirs, _ = dimod.cqm_to_bqm(cqm, lagrange_multiplier=7.0)
    ours = compile_cqm(cqm, penalties=7.0).bqm()
    samples = np.array(list(itertools.product([0, 1], repeat=6)))
    names = [f"x{k}" for k in range(6)]
    np.testing.assert_allclose(ours.energies((samples, names)), theirs.energies((samples, names)), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("seed", range(10))
def test_encode_finds_the_slacks(seed: int) -> None:
    """A feasible assignment, encoded, has the energy of its objective alone."""
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    compiled = compile_cqm(cqm)
    feasible = dimod.ExactCQMSolver().sample_cqm(cqm).filter(lambda row: row.is_feasible)
    for sample, energy in feasible.data(["sample", "energy"]):
        bits = compiled.encode(sample)
        assert compiled.bqm().energy((bits, compiled.qubo.labels)) == pytest.approx(energy)


def test_decode_says_which_constraint_is_broken() -> None:
    cqm = tiny.routing().model()
    compiled = compile_cqm(cqm)
    nothing = compiled.decode(dict.fromkeys(compiled.qubo.labels, 0))
    assert nothing.info["constraint_labels"] == list(cqm.constraints)
    satisfied = dict(zip(nothing.info["constraint_labels"], nothing.record.is_satisfied[0], strict=True))
    assert satisfied == {"served[1]": False, "served[2]": False, "served[3]": False, "served[4]": False, "vehicles": True}


def test_decode_takes_the_bits_in_any_order() -> None:
    compiled = compile_cqm(tiny.portfolio().model())
    found = dimod.ExactSolver().sample(compiled.bqm()).truncate(20)
    order = list(found.variables)[::-1]
    again = dimod.SampleSet.from_samples(
        (found.record.sample[:, ::-1], order), energy=found.record.energy, vartype="BINARY", sort_labels=False
    )
    np.testing.assert_array_equal(compiled.decode(found).record.sample, compiled.decode(again).record.sample)


def test_a_bqm_compiles_to_itself() -> None:
    bqm = dimod.generators.gnp_random_bqm(6, 0.7, "BINARY", random_state=1)
    assert compile_cqm(bqm).bqm().is_almost_equal(bqm)


def test_an_inequality_that_always_holds_costs_nothing() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(-a - b)
    cqm.add_constraint(a + b <= 2, label="free")
    compiled = compile_cqm(cqm)
    assert compiled.rows.kind.tolist() == ["free"]
    assert compiled.qubo.labels == ["a", "b"]


def test_a_soft_constraint_keeps_its_own_weight() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(0 * a)
    cqm.add_constraint(2 * a + 2 * b == 4, label="soft", weight=3.0, penalty="quadratic")
    bqm = compile_cqm(cqm).bqm()
    assert bqm.energy({"a": 0, "b": 0}) == pytest.approx(3 * 4**2)
    assert bqm.energy({"a": 1, "b": 0}) == pytest.approx(3 * 2**2)


def _one_constraint(comparison: Any, **soft: Any) -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(comparison, label="row", **soft)
    return cqm


A, B = dimod.Binaries("ab")


@pytest.mark.parametrize(
    ("cqm", "complaint"),
    [
        (_one_constraint(dimod.Real("r") <= 3), "'r' is REAL"),
        (_one_constraint(0.1234567 * A + 0.7654321 * B <= 0.5), "'row'.*common step"),
        (_one_constraint(A * B - A <= 0), "'row' is quadratic"),
        (_one_constraint(A * B <= 1), "'row' is quadratic"),
        (_one_constraint(A + B <= 1, weight=2.0, penalty="linear"), "'row' has a linear penalty"),
        (_one_constraint(dimod.Integer("i", upper_bound=2**40) <= 3), "'i' ranges over"),
        (_one_constraint(np.nan * A <= 1), "'row' has a NaN"),
    ],
    ids=["real", "no step", "negative product", "product with room", "linear soft", "wide", "nan"],
)
def test_what_a_qubo_cannot_hold_is_named(cqm: Any, complaint: str) -> None:
    with pytest.raises(QoptError, match=complaint):
        compile_cqm(cqm)


@pytest.mark.parametrize("penalties", ["hope", -1.0, 0.0, np.inf, {"no such": 1.0}, {"one": -2.0}], ids=repr)
def test_penalties_must_make_sense(penalties: Any) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(A + B == 1, label="one")
    with pytest.raises(QoptError, match=r"penalties|no constraint named 'no such'"):
        compile_cqm(cqm, penalties=penalties)


def test_a_mapping_overrides_the_bounds_it_names() -> None:
    cqm = tiny.routing().model()
    bounds = compile_cqm(cqm).weights
    mixed = compile_cqm(cqm, penalties={"served[2]": 99.0}).weights
    assert mixed[1] == 99.0
    np.testing.assert_array_equal(np.delete(mixed, 1), np.delete(bounds, 1))


def test_the_room_answers_to_its_verb() -> None:
    assert qopt.compile(tiny.routing().model()).bqm().num_variables > 0
