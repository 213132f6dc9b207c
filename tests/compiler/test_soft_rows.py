"""A soft constraint costs just what its violation is charged, wherever its right-hand side lies."""

from __future__ import annotations

import itertools

import dimod
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt

from ..fuzz import examples

SIDES = (-1.5, -0.25, 0.0, 0.3, 0.5, 1.0, 1.5, 2.75)


@st.composite
def _models(draw: st.DrawFn) -> dimod.ConstrainedQuadraticModel:
    """Up to four binaries and two soft rows whose right-hand sides lie anywhere."""
    cqm = dimod.ConstrainedQuadraticModel()
    variables = [dimod.Binary(f"x{k}") for k in range(draw(st.integers(1, 4)))]
    cqm.set_objective(sum(draw(st.integers(-5, 5)) * x for x in variables) + 0)
    for row in range(draw(st.integers(1, 2))):
        biases = [draw(st.sampled_from([-2.0, -1.0, 0.5, 1.0, 2.0, 3.0])) for _ in variables]
        left, right = (
            sum(a * x for a, x in zip(biases, variables, strict=True)),
            draw(st.sampled_from(SIDES)),
        )
        kept = draw(st.sampled_from([left <= right, left >= right, left == right]))
        weight = draw(st.sampled_from([1.0, 2.5]))
        cqm.add_constraint(kept, label=f"row{row}", weight=weight, penalty="quadratic")
    return cqm


def _lowest(cqm: dimod.ConstrainedQuadraticModel) -> float:
    """By enumeration, scored by dimod."""
    points = itertools.product((0, 1), repeat=len(cqm.variables))
    every = [dict(zip(cqm.variables, point, strict=True)) for point in points]
    return float(dimod.SampleSet.from_samples_cqm(every, cqm).record.energy.min())


@settings(deadline=None, max_examples=examples(120), derandomize=True)
@given(cqm=_models(), presolve=st.booleans(), penalties=st.sampled_from(["bounds", "proven"]))
def test_the_ground_state_of_the_qubo_is_the_optimum(
    cqm: dimod.ConstrainedQuadraticModel, presolve: bool, penalties: str
) -> None:
    compiled = qopt.compile(cqm, presolve=presolve, penalties=penalties)
    bqm = compiled.bqm()
    ground = dimod.ExactSolver().sample(bqm).first.energy if bqm.num_variables else bqm.offset
    assert ground == pytest.approx(_lowest(cqm))
    assert compiled.verify(bits=14).ok


def test_a_side_between_two_sums_of_the_row_is_charged_from_where_it_is() -> None:
    """2 x >= 1.5 is broken by 1.5 at x = 0, which costs 2.25: less than 3 at x = 1."""
    cqm, x = dimod.ConstrainedQuadraticModel(), dimod.Binary("x")
    cqm.set_objective(3 * x)
    cqm.add_constraint(2 * x >= 1.5, label="at least", weight=1.0, penalty="quadratic")
    found = qopt.solve(cqm, solver="exact")
    assert found.objective == pytest.approx(2.25)
    assert found.best is not None
    assert found.best.values == {"x": 0}


def test_a_soft_side_without_a_common_step_is_refused_and_a_hard_one_is_not() -> None:
    cqm, (x, y, z) = dimod.ConstrainedQuadraticModel(), map(dimod.Binary, "xyz")
    cqm.set_objective(-x - y - z)
    cqm.add_constraint(2 * x + 3 * y + 4 * z <= 16 / 3, label="room")
    assert qopt.compile(cqm).bqm().num_variables
    cqm.add_constraint(2 * x + 3 * y + z <= 4 / 3, label="wish", weight=1.0, penalty="quadratic")
    with pytest.raises(
        qopt.QoptError, match="'wish' has coefficients and a right-hand side without"
    ):
        qopt.compile(cqm)
