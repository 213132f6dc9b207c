from __future__ import annotations

import itertools

import dimod
import numpy as np
import pytest

from qopt.compile import ModelArrays, compile_cqm
from qopt.compile.penalties import MARGIN, Shares, step_reach
from qopt.compile.rows import Rows

from .. import tiny


def _reach(cqm: dimod.ConstrainedQuadraticModel) -> np.ndarray:
    model = ModelArrays.from_cqm(cqm)
    return np.min([step_reach(model, shares) for shares in Shares.families(model, Rows.of(model))], axis=0)


def test_no_step_from_a_feasible_assignment_is_worth_more_than_its_reach() -> None:
    """By enumeration of forty models."""
    steps = 0
    for seed in range(40):
        cqm = tiny.random_cqm(np.random.default_rng(seed))
        model, reach = ModelArrays.from_cqm(cqm), _reach(cqm)
        values = [np.arange(low, high + 1, d) for low, high, d in zip(model.lower, model.upper, model.step, strict=True)]
        assignments = list(itertools.product(*values))
        scored = dimod.SampleSet.from_samples_cqm((np.array(assignments), model.variables), cqm, sort_labels=False)
        energies = dict(zip(assignments, scored.record.energy, strict=True))
        for assignment, feasible in zip(assignments, scored.record.is_feasible, strict=True):
            for i, step in enumerate(model.step):
                stepped = (*assignment[:i], assignment[i] + step, *assignment[i + 1 :])
                if feasible and stepped in energies:
                    steps += 1
                    assert abs(energies[stepped] - energies[assignment]) <= reach[i] + 1e-9
    assert steps > 100


def test_at_most_one_of_a_group_counts() -> None:
    """x gains 3 from each of four that exclude each other: 3 in all, where a plain sum would say 12."""
    cqm = dimod.ConstrainedQuadraticModel()
    x, *group = dimod.Binaries(["x", "a", "b", "c", "d"])
    cqm.set_objective(sum(-3 * x * g for g in group))
    cqm.add_constraint(sum(group) <= 1, label="group")
    assert _reach(cqm)[list(cqm.variables).index("x")] == 3


def test_a_budget_bounds_what_its_members_are_worth() -> None:
    """Of 5 units of budget the best rate is 4 a unit: at most 20, where the variables' ranges would allow 400."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = dimod.Binary("x")
    a, b = (dimod.Integer(name, upper_bound=50) for name in "ab")
    cqm.set_objective(4 * x * a + 8 * x * b)
    cqm.add_constraint(a + 2 * b == 5, label="budget")
    assert _reach(cqm)[list(cqm.variables).index("x")] == 20


def test_the_weight_of_a_constraint_is_what_its_variables_can_gain() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(5 * a - 2 * b + 0.5 * c)
    cqm.add_constraint(a + b == 1, label="dear")
    cqm.add_constraint(b + c == 1, label="cheap")
    np.testing.assert_allclose(compile_cqm(cqm).weights, [5 * MARGIN, 2 * MARGIN])


def test_a_constraint_the_objective_does_not_touch_gets_the_largest_weight() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c, d = dimod.Binaries("abcd")
    cqm.set_objective(5 * a - 2 * b)
    cqm.add_constraint(a + b == 1, label="touched")
    cqm.add_constraint(c + d == 1, label="apart")
    np.testing.assert_allclose(compile_cqm(cqm).weights, [5 * MARGIN, 5 * MARGIN])


def test_a_row_in_halves_is_weighed_in_halves() -> None:
    """Half a unit of violation is one step: squared, it must cost as much as a whole unit of the same row doubled."""

    def energy(factor: float) -> float:
        cqm = dimod.ConstrainedQuadraticModel()
        a, b = dimod.Binaries("ab")
        cqm.set_objective(-a - b)
        cqm.add_constraint(factor * a + factor * b == factor, label="one")
        return float(compile_cqm(cqm).bqm().energy({"a": 1, "b": 1}))

    assert energy(0.5) == pytest.approx(energy(1.0)) == pytest.approx(energy(2.0))
