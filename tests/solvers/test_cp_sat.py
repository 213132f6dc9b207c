"""Solver `cp-sat` beside enumeration, on models with soft constraints and fractions."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

import qopt

pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")

from qopt.programs import integer_program


def soft_model(seed: int) -> dimod.ConstrainedQuadraticModel:
    """Random costs, and broken soft constraints that are charged for, over binaries, an integer and
    a spin.
    """
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    binaries = [dimod.Binary(f"b{k}") for k in range(4)]
    variables: list[Any] = [
        *binaries,
        dimod.Integer("i", lower_bound=-1, upper_bound=3),
        dimod.Spin("s"),
    ]
    cqm.set_objective(
        sum(float(random.integers(-6, 7)) / 4 * v for v in variables) + variables[4] * variables[5]
    )
    cqm.add_constraint(sum(binaries) + variables[4] >= 2, label="hard")
    for k, sense in enumerate(["<=", ">=", "=="]):
        for penalty, members in (("linear", variables), ("quadratic", binaries)):
            left = sum(float(random.integers(-3, 4)) / 2 * v for v in members) + 0 * members[0]
            weight, right = float(random.integers(1, 9)) / 8, float(random.integers(-2, 5)) / 4
            label = f"{penalty} {k}"
            cqm.add_constraint_from_model(
                left, sense, rhs=right, label=label, weight=weight, penalty=penalty
            )
    return cqm


@pytest.mark.parametrize("seed", range(15))
def test_broken_soft_constraints_are_charged(seed: int) -> None:
    cqm = soft_model(seed)
    every = dimod.ExactCQMSolver().sample_cqm(cqm)  # its energies have dimod's charges in them
    best = every.filter(lambda row: row.is_feasible).first.energy
    result = qopt.solve(cqm, solver="cp-sat", time_limit=20, seed=1)
    assert result.stopped_by == "done"
    assert result.objective == pytest.approx(best)
    assert result.bound == pytest.approx(best)


def test_an_equality_that_nothing_meets_is_proved_infeasible() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.add_constraint(0.5 * a + 0.5 * b == 0.3, label="never")
    assert qopt.solve(cqm, solver="cp-sat").status is qopt.Status.INFEASIBLE_PROVED


def test_a_side_that_is_just_met_in_decimals_is_met() -> None:
    """29 hundredths, times a hundred, are 28.999999999999996 in floating point."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(-a - b - c)
    cqm.add_constraint(0.2 * a + 0.09 * b + 0.29 * c <= 0.29, label="room")
    result = qopt.solve(cqm, solver="cp-sat", time_limit=20, seed=1)
    assert result.best.values == {"a": 1, "b": 1, "c": 0}
    assert result.bound == pytest.approx(-2)


def test_a_row_without_a_common_step_is_named() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.add_constraint(np.pi * a + np.e * b <= 3, label="odd")
    with pytest.raises(
        qopt.QoptError, match="constraint 'odd' has coefficients without a common step"
    ):
        qopt.solve(cqm, solver="cp-sat")


def _two_of_four() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(4)]
    cqm.set_objective(dimod.quicksum([-5 * x[0], -4 * x[1], -3 * x[2], -1 * x[3]]))
    cqm.add_constraint(dimod.quicksum(x) == 2, label="two")
    return cqm


def _cut(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Let CP-SAT end with a status of a search that was cut, whatever it has found."""
    ask = integer_program.run
    monkeypatch.setattr(integer_program, "run", lambda *a, **o: (status, ask(*a, **o)[1]))


def test_a_search_that_was_cut_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _cut(monkeypatch, "UNKNOWN")
    result = qopt.solve(_two_of_four(), solver="cp-sat", time_limit=20, seed=1)
    assert result.stopped_by == "time"
    assert result.bound is None
    monkeypatch.setattr(integer_program, "run", lambda *_, **__: ("UNKNOWN", None))
    result = qopt.solve(_two_of_four(), solver="cp-sat", time_limit=20, seed=1)
    assert result.status is qopt.Status.NONE_FOUND
    assert result.stopped_by == "time"


def test_a_plan_of_a_search_that_was_cut_is_not_called_the_end_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _cut(monkeypatch, "FEASIBLE")
    result = qopt.solve(_two_of_four(), solver="cp-sat", time_limit=20, seed=1)
    assert result.objective == -9
    assert result.stopped_by == "time"


def test_a_bound_has_the_offset_and_is_never_above_the_optimum() -> None:
    """Beside a coefficient of 1e12 the others are rounded to thousandths: the bound allows for
    that.
    """
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(1e12 * a + 0.30031 * b + 0.70077 * c + 100)
    cqm.add_constraint(a + b + c >= 2, label="two")
    result = qopt.solve(cqm, solver="cp-sat", time_limit=20, seed=1)
    assert result.objective == pytest.approx(101.00108)
    assert 101.00108 - 0.05 < result.bound <= 101.00108
