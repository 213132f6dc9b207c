"""Of QUBOs that mislead: whatever is read back, no energy changes and no ground state is lost.

All is checked state by state.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from qopt import Qubo
from qopt.compiler.model.arrays import ModelArrays
from qopt.decompiler import Decompiled, decompile, reading, rows_of
from qopt.decompiler.slack import Slack

from .draft import Draft, Floats, Random
from .traps import TRAPS, as_usual, small_weights


def states_of(bits: int) -> Floats:
    return ((np.arange(2**bits)[:, None] >> np.arange(bits)) & 1).astype(float)


def energies_by_definition(qubo: Qubo, states: Floats) -> Floats:
    upper = np.zeros((qubo.num_variables, qubo.num_variables))
    upper[qubo.row, qubo.col] = qubo.quad
    energies: Floats = qubo.offset + states @ qubo.linear + ((states @ upper) * states).sum(axis=1)
    return energies


def wrong_energies(qubo: Qubo, found: Decompiled) -> str | None:
    """Whether left plus squares is another energy than the QUBO's in some state."""
    states, left = states_of(qubo.num_variables), found.left
    told = left.offset + states @ left.linear
    told += ((states @ left.matrix.toarray()) * states).sum(axis=1) / 2
    for row in found.rows:
        told += row.weight * (states[:, row.bits] @ row.coefficients - row.right) ** 2
    error = float(np.abs(told - energies_by_definition(qubo, states)).max())
    return f"an energy is off by {error:.3g}" if error > tolerance(qubo, found) else None


def tolerance(qubo: Qubo, found: Decompiled) -> float:
    """What rounding may add up to: of every bias, and of the row's squares as floats."""
    n = qubo.num_variables
    squares = max(
        (row.weight * np.abs(row.coefficients).sum() ** 2 for row in found.rows), default=0
    )
    return float(n * n * found.left.error + 1e-12 * squares + 1e-12 * abs(qubo.offset))


def costs_of(model: ModelArrays, states: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Of every assignment the objective with the penalties, and whether it keeps what is hard."""
    q, rows = model.quadratic, model.row_quadratic
    costs = model.offset + states @ model.linear
    costs += (states[:, q.row] * states[:, q.col]) @ q.value
    sums = (model.rows @ states.T).T
    for c in range(model.num_constraints):
        mine = rows.of(c)
        sums[:, c] += (states[:, mine.row] * states[:, mine.col]) @ mine.value
    over = sums - model.rhs
    broken = np.where(model.sense == "=", np.abs(over), np.maximum(over, 0.0))
    keeps = (broken[:, model.hard] <= 1e-9).all(axis=1)
    soft = ~model.hard
    return costs + (broken[:, soft] ** 2) @ model.weight[soft], keeps


def assignments_of(model: ModelArrays) -> Floats:
    """All of them, of whole numbers from their lower bounds to their upper ones."""
    ranges = [
        range(int(low), int(high) + 1)
        for low, high in zip(model.lower.tolist(), model.upper.tolist(), strict=True)
    ]
    return np.array(list(itertools.product(*ranges)), dtype=float).reshape(-1, len(ranges))


def lost_ground_state(qubo: Qubo, found: Decompiled) -> str | None:
    """Whether the model's optimum is another than the QUBO's, if the model has any."""
    model = ModelArrays.from_cqm(found.cqm)
    assignments = assignments_of(model)
    costs, keeps = costs_of(model, assignments)
    if not keeps.any():
        return None
    least = float(energies_by_definition(qubo, states_of(qubo.num_variables)).min())
    close, best = tolerance(qubo, found), int(np.argmin(np.where(keeps, costs, np.inf)))
    if abs(costs[best] - least) > close:
        return f"the model's least is {costs[best]:.10g}, the QUBO's {least:.10g}"
    assignment = dict(zip(model.variables, assignments[best].tolist(), strict=True))
    energy = float(energies_by_definition(qubo, found.encode(assignment)[None])[0])
    if abs(energy - least) > close:
        return f"the optimum's bits have {energy:.10g}, the QUBO's least is {least:.10g}"
    return None


def failures(trap: Callable[[Random], Qubo], seeds: range) -> list[str]:
    told = []
    for seed in seeds:
        qubo = trap(np.random.default_rng(seed))
        found = decompile(qubo)
        wrong = wrong_energies(qubo, found) or lost_ground_state(qubo, found)
        if wrong is not None:
            told.append(f"{trap.__name__}, seed {seed}: {wrong}")
    return told


@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
def test_no_ground_state_is_lost(trap: Callable[[Random], Qubo]) -> None:
    assert failures(trap, range(20)) == []


@pytest.mark.slow
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.__name__)
def test_no_ground_state_is_lost_in_many(trap: Callable[[Random], Qubo]) -> None:
    assert failures(trap, range(20, 95)) == []


@pytest.mark.parametrize("lost", ["rows", "proved", "slack"])
def test_a_loss_would_be_seen(lost: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows left out, weights that are trusted blindly, slack numbers that are too large."""
    found = {"rows": small_weights, "proved": small_weights, "slack": as_usual}[lost]
    if lost == "proved":
        trust = property(lambda self: np.ones(len(self.rows), dtype=bool))
        monkeypatch.setattr(Decompiled, "proved", trust)
    elif lost == "slack":
        monkeypatch.setattr(Slack, "most", property(lambda self: self.coefficients.sum() + 1.0))
    else:
        monkeypatch.setattr(reading, "rows_of", _all_rows_but_one)
    assert failures(found, range(20))


def _all_rows_but_one(qubo: Qubo, until: float) -> Any:
    rows, left = rows_of(qubo, until)
    return rows[:-1], left


@pytest.mark.parametrize(("sizes", "right"), [([1, 2, 4], 9), ([1, 1, 1], 5)])
def test_a_square_that_cannot_be_zero_is_no_constraint(sizes: list[int], right: int) -> None:
    """An objective such as (n - 9)**2 of a number 0..7."""
    draft = Draft(np.random.default_rng(0), 3)
    draft.square(np.arange(3), sizes, right, 1.0)
    _, keeps = costs_of(ModelArrays.from_cqm(decompile(draft.qubo()).cqm), states_of(3))
    assert keeps.any()
