"""Solver `scip` beside enumeration: soft constraints, spins, objectives convex and not, starts,
stops and proofs.
"""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from qopt import Status

from .. import tiny
from .test_cp_sat import soft_model

pytest.importorskip("pyscipopt", reason="the extra 'baselines' is not installed")


def convex(n: int, seed: int, rank: int | None = None) -> dimod.ConstrainedQuadraticModel:
    """Whole numbers that add up to 6, three of them at most not 0, with a convex objective of some
    rank.
    """
    random = np.random.default_rng(seed)
    root = random.normal(size=(n, rank or n))
    matrix, linear = root @ root.T, random.normal(size=n)
    x = [dimod.Integer(f"x{i}", upper_bound=4) for i in range(n)]
    held = [dimod.Binary(f"h{i}") for i in range(n)]
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(
        dimod.quicksum(float(matrix[i, j]) * x[i] * x[j] for i in range(n) for j in range(n))
        + dimod.quicksum(float(linear[i]) * x[i] for i in range(n))
    )
    cqm.add_constraint(dimod.quicksum(x) == 6, label="total")
    cqm.add_constraint(dimod.quicksum(held) <= 3, label="held")
    for i in range(n):
        cqm.add_constraint(x[i] - 4 * held[i] <= 0, label=f"only if held {i}")
    return cqm


def optimum(cqm: dimod.ConstrainedQuadraticModel) -> float:
    every = dimod.ExactCQMSolver().sample_cqm(cqm)
    return float(every.filter(lambda row: row.is_feasible).first.energy)


@pytest.mark.parametrize("rank", [None, 1, 2])
@pytest.mark.parametrize("seed", range(3))
def test_a_convex_objective_is_proved(seed: int, rank: int | None) -> None:
    cqm = convex(4, seed, rank)
    result = qopt.solve(cqm, solver="scip", time_limit=20, seed=1)
    assert result.stopped_by == "done"
    assert result.objective == pytest.approx(optimum(cqm), abs=1e-6)
    assert result.bound <= optimum(cqm) + 1e-9
    assert result.bound == pytest.approx(optimum(cqm), rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("seed", range(10))
def test_broken_soft_constraints_are_charged(seed: int) -> None:
    cqm = soft_model(seed)
    result = qopt.solve(cqm, solver="scip", time_limit=20, seed=1)
    assert result.stopped_by == "done"
    assert result.objective == pytest.approx(optimum(cqm), abs=1e-6)


@pytest.mark.parametrize("seed", range(10))
def test_any_model_is_solved(seed: int) -> None:
    """Integers, spins, products in rows, and objectives that are not convex."""
    cqm = tiny.random_cqm(np.random.default_rng(seed))
    feasible = dimod.ExactCQMSolver().sample_cqm(cqm).filter(lambda row: row.is_feasible)
    result = qopt.solve(cqm, solver="scip", time_limit=20, seed=1)
    if len(feasible) == 0:
        assert result.status is Status.INFEASIBLE_PROVED
    else:
        assert result.objective == pytest.approx(feasible.first.energy)


def test_a_start_is_never_lost() -> None:
    """Any start is completed, squares and excesses included, and taken: the first incumbent is no
    worse.
    """
    problem = tiny.portfolio()
    start = problem.greedy()
    result = qopt.solve(problem, solver="scip", time_limit=20, seed=1, initial=start)
    assert result.trace[0].objective <= problem.evaluate(start).objective + 1e-12
    assert result.objective == pytest.approx(tiny.optimum(problem))


def test_it_stops_when_asked_to() -> None:
    result = qopt.solve(
        convex(4, 1), solver="scip", time_limit=None, seed=1, interrupt=lambda: True
    )
    assert result.stopped_by == "interrupt"


def test_a_gap_is_enough_where_it_is_given() -> None:
    result: Any = qopt.solve(convex(4, 1), solver="scip", time_limit=None, seed=1, gap=0.5)
    assert result.stopped_by == "done"
    assert result.bound <= optimum(convex(4, 1)) + 1e-9


def test_a_gap_that_is_none_is_named() -> None:
    with pytest.raises(qopt.QoptError, match="gap=2: give a share"):
        qopt.solve(convex(4, 1), solver="scip", gap=2)


def test_a_search_that_was_cut_proves_nothing() -> None:
    """Of a model that takes far longer than the time it is given."""
    result = qopt.solve(convex(24, 1), solver="scip", time_limit=0.01, seed=1)
    assert result.provenance["solver"]["status"] == "timelimit"
    assert result.status is not Status.INFEASIBLE_PROVED
    assert result.stopped_by == "time"


def test_a_bound_has_the_offset() -> None:
    cqm = convex(4, 1)
    cqm.set_objective(cqm.objective + 100)
    result = qopt.solve(cqm, solver="scip", time_limit=20, seed=1)
    assert result.objective == pytest.approx(optimum(convex(4, 1)) + 100, abs=1e-6)
    assert result.bound == pytest.approx(result.objective, abs=1e-3)


def test_an_optimum_with_products_that_an_equality_aggregates_is_not_lost() -> None:
    """SCIP 10.0 by itself ends this model at 7, called optimal; s = 1 alone costs 5."""
    i, s = dimod.Integer("i", upper_bound=3), dimod.Spin("s")
    b = dimod.Binaries([f"b{k}" for k in range(3)])
    b0, b1, b2 = b
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(5 * i + 5 * s - 4 * b0 + b1 + 4 * b2 - 5 * s * b0 + 3 * i * b2)
    cqm.add_constraint(i + s + b0 + b1 + b2 == 1, label="equality")
    cqm.add_constraint(b0 + 2 * b1 + i + s >= 1, label="at least")
    cqm.add_constraint(2 * b1 * b2 == 0, label="product")
    cqm.add_constraint(2 * b0 + 3 * b1 + 2 * b2 <= 0, label="wish", weight=1.5, penalty="quadratic")
    result = qopt.solve(cqm, solver="scip", time_limit=None, seed=1254234432)
    assert result.objective == pytest.approx(5)
    assert result.bound == pytest.approx(5, abs=1e-4)
