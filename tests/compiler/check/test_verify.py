"""The encoding law holds wherever it should, and what is broken on purpose is found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import Infeasible, QoptError
from qopt.compiler import Compiled, compile_cqm
from qopt.compiler.encoding.treatments import Unbalanced

from ... import tiny
from ...benchmarks.tuned import packing


def feasible(cqm: dimod.ConstrainedQuadraticModel) -> np.ndarray:
    found = dimod.ExactCQMSolver().sample_cqm(cqm).record
    return found.energy[found.is_feasible]


@pytest.mark.parametrize("encodings", ["log", "one-hot", "domain-wall"])
@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_it_holds_for_each_problem(name: str, encodings: str) -> None:
    problem = tiny.PROBLEMS[name]
    found = compile_cqm(problem.model(), encodings=encodings).verify()
    assert found.ok, str(found)
    assert found.exhaustive
    assert found.feasible > 0
    assert found.lowest == pytest.approx(tiny.ground(problem))
    assert found.optimum == pytest.approx(tiny.ground(problem))
    assert found.worst < 1e-9


@pytest.mark.parametrize("seed", range(25))
def test_it_holds_for_random_models_with_proven_weights(seed: int) -> None:
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    cqm.add_constraint(
        2 * dimod.Binary("b0") + dimod.Binary("b1") <= 1,
        label="soft",
        weight=1.5,
        penalty="quadratic",
    )
    try:
        compiled = compile_cqm(cqm, penalties="proven")
    except Infeasible:
        return
    found, energies = compiled.verify(), feasible(cqm)
    assert found.ok, str(found)
    assert found.optimum == (pytest.approx(energies.min()) if len(energies) else None)
    unpresolved = compile_cqm(
        cqm, penalties="proven", presolve=False, inequalities="slack"
    ).verify()
    assert unpresolved.ok, str(unpresolved)
    assert unpresolved.feasible == len(energies)


def test_what_is_said_to_be_proven_has_its_optimum_as_the_lowest_energy() -> None:
    """With the default weights, and with encodings that have constraints of their own."""
    random, proven = np.random.default_rng(11), 0
    for _ in range(100):
        cqm = tiny.random_cqm(random)
        for label in list(cqm.constraints):
            if random.random() < 0.6:
                cqm.remove_constraint(label)
        try:
            compiled = compile_cqm(
                cqm, encodings="one-hot" if random.random() < 0.3 else None, presolve=False
            )
        except Infeasible:
            continue
        if compiled.proven and compiled.qubo.num_variables <= 16:
            proven += 1
            found = compiled.verify()
            assert found.ok, str(found)
    assert proven > 15
    assert not compile_cqm(
        tiny.portfolio().model(), penalties="proven", inequalities="unbalanced"
    ).proven


def test_large_models_are_sampled_and_half_the_samples_are_nearly_feasible() -> None:
    compiled = compile_cqm(packing(), penalties="tuned")
    one, again, other = compiled.verify(seed=1), compiled.verify(seed=1), compiled.verify(seed=2)
    assert one.ok, str(one)
    assert (one.exhaustive, one.lowest, one.optimum) == (False, None, None)
    assert one.assignments == 400
    assert one.feasible > 50
    assert one == again != other
    assert compiled.verify(samples=30).assignments == 30


def test_whole_numbers_and_their_slacks_come_back() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = (dimod.Integer(name, lower_bound=-3, upper_bound=40) for name in "ab")
    cqm.set_objective(2 * a - 3 * b + a * b)
    cqm.add_constraint(3 * a + 5 * b <= 61, label="below")
    cqm.add_constraint(0.5 * a - 1.5 * b >= -7.25, label="above")
    for encodings in ("log", "bounded", "unary", "one-hot", "domain-wall"):
        found = compile_cqm(cqm, encodings=encodings).verify(bits=10, samples=100)
        assert found.ok, f"{encodings}: {found}"


def broken(change: Callable[[Compiled], dict[str, Any]], **options: Any) -> Compiled:
    """A compiled portfolio with something wrong in its QUBO."""
    compiled = compile_cqm(tiny.portfolio().model(), **options)
    return replace(compiled, qubo=replace(compiled.qubo, **change(compiled)))


def _linear(compiled: Compiled, bit: int, more: float) -> dict[str, Any]:
    linear = compiled.qubo.linear.copy()
    linear[bit] += more
    return {"linear": linear}


def _coupling(compiled: Compiled, more: float) -> dict[str, Any]:
    quad = compiled.qubo.quad.copy()
    quad[0] += more
    return {"quad": quad}


@pytest.mark.parametrize("bits", [20, 5])
@pytest.mark.parametrize(
    "change",
    [
        lambda compiled: _linear(compiled, 2, 1e-4),
        lambda compiled: _coupling(compiled, -1e-4),
        lambda compiled: {"offset": compiled.qubo.offset + 1e-4},
        lambda compiled: _linear(compiled, compiled.qubo.num_variables - 1, -0.05),
    ],
    ids=["linear", "coupling", "offset", "slack"],
)
def test_a_wrong_bias_is_found(change: Callable[[Compiled], dict[str, Any]], bits: int) -> None:
    wrong = broken(change)
    found = wrong.verify(bits=bits)
    assert not found.ok
    assert found.counterexample is not None
    assert found.worst > 1e-5 or "no slack" in found.counterexample.law
    assert abs(found.counterexample.found - found.counterexample.expected) > 1e-5
    assert set(found.counterexample.assignment) == set(wrong.cqm.variables)


def test_a_counterexample_can_be_checked_by_hand() -> None:
    wrong = broken(lambda compiled: {"offset": compiled.qubo.offset + 1})
    example = wrong.verify().counterexample
    assert example is not None
    assert wrong.bqm().energy(
        (wrong.encode(example.assignment), wrong.qubo.labels)
    ) == pytest.approx(example.found)
    assert example.found == pytest.approx(example.expected + 1)
    assert "Counterexample" in str(wrong.verify())
    assert f"not {example.expected:.10g}" in str(wrong.verify())


def test_a_way_back_that_loses_its_way_is_found() -> None:
    compiled = compile_cqm(tiny.portfolio().model())
    encoding = replace(compiled.encoding, base=compiled.encoding.base + 1)
    for bits in (20, 5):
        assert not replace(compiled, encoding=encoding).verify(bits=bits).ok


def test_weights_that_are_not_enough_are_found_where_every_state_is_tried() -> None:
    cqm = tiny.portfolio().model()
    compiled = compile_cqm(cqm, penalties=1e-5)
    found = compiled.verify()
    assert found.counterexample is not None
    assert found.counterexample.law == "the lowest energy is the optimum"
    assert found.lowest < found.optimum
    assert cqm.violations(found.counterexample.assignment, skip_satisfied=True)
    assert "penalties='proven' are" in str(found)
    assert compiled.verify(bits=5).ok  # a sample cannot tell


def test_proved_weights_are_recommended_only_where_there_are_any() -> None:
    cqm, (a, b, c) = dimod.ConstrainedQuadraticModel(), dimod.Binaries("abc")
    cqm.set_objective(-a - b - c + a * b)
    cqm.add_constraint(a + b + c == 1, label="one")
    found = compile_cqm(cqm, penalties=1e-3).verify()
    assert "these weights are not enough; penalties='proven' are" in str(found)
    unproved = str(replace(found, provable=False))
    assert "these weights are not enough" in unproved
    assert "proven" not in unproved


def test_a_linear_soft_charge_that_presolve_settles_is_charged_as_it_is() -> None:
    cqm, (a, b) = dimod.ConstrainedQuadraticModel(), dimod.Binaries("ab")
    cqm.set_objective(-a + 2 * b)
    cqm.add_constraint(a + b == 2, label="both")
    cqm.add_constraint(3 * a + b <= 1, label="wish", weight=2.0, penalty="linear")
    found = compile_cqm(cqm).verify()
    assert found.ok, str(found)
    assert found.optimum == pytest.approx(-1 + 2 + 2 * 3)


@pytest.mark.parametrize("seed", range(20))
def test_rows_of_products_that_presolve_makes_linear_are_charged_as_they_came(seed: int) -> None:
    random = np.random.default_rng(seed)
    cqm, x = dimod.ConstrainedQuadraticModel(), [dimod.Binary(f"x{k}") for k in range(6)]
    cqm.set_objective(sum(float(random.integers(-4, 5)) * variable for variable in x))
    cqm.add_constraint(x[0] == float(random.integers(2)), label="fixed")
    cqm.add_constraint(x[1] - x[2] == 0, label="same")
    products = sum(float(random.integers(1, 3)) * x[0] * other for other in x[3:]) + x[1] * x[2]
    kept = [products <= 1, products >= 1, products + x[3] <= 2, products == 1][seed % 4]
    cqm.add_constraint(kept, label="products")
    energies = feasible(cqm)
    try:
        compiled = compile_cqm(cqm, penalties="proven")
    except Infeasible:
        assert not len(energies)
        return
    found = compiled.verify()
    assert found.ok, str(found)
    assert found.optimum == (pytest.approx(energies.min()) if len(energies) else None)


@pytest.mark.parametrize("side", [1e6, 3e6, 1e9])
@pytest.mark.parametrize("soft", [False, True])
def test_a_unit_is_a_unit_however_large_the_right_hand_side(side: float, soft: bool) -> None:
    """dimod lets a row of a right-hand side of a million be broken by one; a QUBO does not."""
    cqm, x = dimod.ConstrainedQuadraticModel(), [dimod.Binary(f"x{k}") for k in range(4)]
    cqm.set_objective(sum(-variable for variable in x))
    charged = {"weight": 0.3, "penalty": "quadratic"} if soft else {}
    cqm.add_constraint(side * x[0] + sum(x[1:]) <= side + 1, label="room", **charged)
    found = compile_cqm(cqm, penalties="proven", presolve=False).verify()
    assert found.ok, str(found)


def test_a_constraint_that_costs_nothing_is_found() -> None:
    """The right weight in the books, and none of it in the QUBO."""
    cqm = tiny.routing().model()
    compiled, without = compile_cqm(cqm), compile_cqm(cqm, penalties={"served[1]": 1e-300})
    found = replace(compiled, qubo=without.qubo).verify()
    assert found.counterexample is not None
    assert found.counterexample.law == "the energy is the objective plus penalties"


def test_approximate_penalties_are_excepted_from_the_optimum_and_not_from_the_arithmetic() -> None:
    cqm = tiny.portfolio().model()
    for treatment in ("unbalanced", Unbalanced(linear=0.3, quadratic=0.7)):
        found = compile_cqm(cqm, inequalities=treatment).verify()
        assert found.ok, str(found)
        assert found.excepted == ("max_assets",)
        assert "max_assets" in str(found)
        assert (
            not broken(lambda compiled: _linear(compiled, 1, 1e-3), inequalities=treatment)
            .verify()
            .ok
        )


def test_a_model_without_a_feasible_assignment_has_no_optimum_to_keep() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(a + b + c)
    for k, (u, v) in enumerate(((a, b), (b, c), (c, a))):
        cqm.add_constraint(u + v == 1, label=f"odd[{k}]")
    found = compile_cqm(cqm, presolve=False).verify()
    assert found.ok
    assert (found.feasible, found.optimum) == (0, None)
    assert "optimum: none" in str(found)


def test_models_of_nothing_and_of_no_constraints_hold() -> None:
    assert compile_cqm(dimod.ConstrainedQuadraticModel()).verify().ok
    assert compile_cqm(dimod.generators.gnp_random_bqm(6, 0.7, "SPIN", random_state=1)).verify().ok


def test_it_prints_as_a_page() -> None:
    found = compile_cqm(tiny.portfolio().model()).verify()
    lines = str(found).splitlines()
    assert lines[0] == "The encoding law holds"
    assert any(
        line.startswith(f"checked: {found.assignments:,} assignments, all 2,048 states of 11 bits")
        for line in lines
    )
    assert "The encoding law holds" in found._repr_html_()


@pytest.mark.parametrize(
    "wrong", [{"bits": -1}, {"bits": 2.5}, {"samples": 0}, {"seed": -1}], ids=str
)
def test_a_wrong_argument_is_named(wrong: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=f"{next(iter(wrong))}="):
        compile_cqm(tiny.portfolio().model()).verify(**wrong)
