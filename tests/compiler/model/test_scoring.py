"""Assignments scored by arrays, beside dimod's own scores."""

from __future__ import annotations

import dimod
import numpy as np
import pytest

from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.scoring import sampleset


@pytest.mark.parametrize("side", [0.0, 1.0, -1.0, 1000.0])
@pytest.mark.parametrize("sense", ["<=", ">=", "=="])
def test_a_constraint_holds_as_closely_as_dimod_asks(side: float, sense: str) -> None:
    """Broken by 1e-10 to 1e-2, hard or soft: the same are satisfied, and charged."""
    amounts = 10.0 ** np.arange(-10, -1)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(len(amounts))]
    sign, one = -1 if sense == ">=" else 1, dimod.Binary("one")
    left = dimod.quicksum(sign * float(a) * v for a, v in zip(amounts, x, strict=True)) + side * one
    cqm.set_objective(dimod.quicksum([*x, one]))
    cqm.add_constraint_from_model(left, sense, rhs=side, label="hard")
    cqm.add_constraint_from_model(
        left, sense, rhs=side, label="soft", weight=1e9, penalty="quadratic"
    )
    states = np.eye(len(x) + 1)[:-1]
    states[:, -1] = 1
    ours = sampleset(states, ModelArrays.from_cqm(cqm)).record
    theirs = dimod.SampleSet.from_samples_cqm((states, cqm.variables), cqm).record
    np.testing.assert_array_equal(ours.is_feasible, theirs.is_feasible)
    np.testing.assert_array_equal(ours.is_satisfied, theirs.is_satisfied)
    np.testing.assert_allclose(ours.energy, theirs.energy, rtol=1e-6)
    assert ours.is_feasible.any()
    assert not ours.is_feasible.all()
