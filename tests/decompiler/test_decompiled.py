"""What was read back, as a model: energies, the way between the two, and what is proved."""

from __future__ import annotations

import itertools
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qopt
from problems.logistics import BinPacking, MultiKnapsack, TravellingSalesman
from qopt import QoptError, Qubo
from qopt.decompiler import Decompiled, decompile
from qopt.decompiler.couplings import Row


def penalised(problem: Any, weight: float = 1000.0) -> dimod.BinaryQuadraticModel:
    return dimod.cqm_to_bqm(problem.model(), lagrange_multiplier=weight)[0]


def every(bits: int) -> np.ndarray:
    return np.array(list(itertools.product((0, 1), repeat=bits)))


@pytest.mark.parametrize(
    "problem",
    [
        BinPacking.generate(items=10, seed=2),
        MultiKnapsack.generate(items=15, resources=2, seed=2),
        TravellingSalesman.generate(cities=9, seed=2),
    ],
    ids=["bins", "items", "tour"],
)
def test_the_model_says_what_the_qubo_says(problem: Any) -> None:
    """An assignment that keeps the rows has the energy of its bits, and no slack costs less."""
    found = decompile(penalised(problem))
    slack = sum(len(number.bits) for number in found.slack)
    assert len(found.meant.variables) + slack == found.qubo.num_variables
    plan = problem.greedy()
    assignment = found.decode(found.encode(_bits_of(problem, plan, found)))
    assert max(violation for _, violation in found.meant.iter_violations(assignment)) <= 1e-9
    state = found.encode(assignment)
    energy = found.qubo.energies(state[None].astype(int))[0]
    assert energy == pytest.approx(found.meant.objective.energy(assignment))
    assert found.proof <= 1e-6 * np.abs(found.qubo.quad).max()


def _bits_of(problem: Any, plan: Any, found: Decompiled) -> dict[Any, float]:
    sample, kept = problem.encode(plan), set(found.meant.variables)
    given = {label: float(value) for label, value in sample.items() if label in kept}
    return dict.fromkeys(kept, 0.0) | given


@given(
    st.integers(3, 5),
    st.integers(1, 2),
    st.sampled_from([0.25, 1.0, 4.0, 60.0]),
    st.booleans(),
    st.integers(0, 2**32 - 1),
)
def test_a_row_that_is_proved_holds_in_every_ground_state(
    size: int, groups: int, weight: float, slack: bool, seed: int
) -> None:
    """Weights that are too small among them, and rows that contradict each other."""
    random = np.random.default_rng(seed)
    n = size * groups + (2 if slack else 0)
    rows = [Row(np.arange(size) + k * size, np.ones(size), 1.0, weight) for k in range(groups)]
    if slack:
        mixed = np.r_[random.integers(1, 4, size).astype(float), 1.0, 1.0]
        bits = np.r_[np.arange(size), n - 2, n - 1]
        rows.append(Row(bits, mixed, float(random.integers(1, 5)), weight))
    linear, quad = np.zeros(n), np.zeros((n, n))
    linear[: size * groups] = random.integers(-4, 5, size * groups)
    for _ in range(random.integers(0, 4)):
        i, j = sorted(random.choice(size * groups, 2, replace=False).tolist())
        quad[i, j] += random.integers(-4, 5)
    offset = 0.0
    for row in rows:
        biases, first, second, pairs, constant = row.square()
        linear[row.bits] += biases
        np.add.at(quad, (first, second), pairs)
        offset += constant
    first, second = np.nonzero(quad)
    qubo = Qubo.from_arrays(linear, first, second, quad[first, second], offset)
    found = decompile(qubo)
    states = every(n)
    energies = qubo.energies(states)
    ground = states[energies <= energies.min() + 1e-9 * max(1.0, abs(energies.min()))]
    off = np.array([states @ _dense(row, n) - row.right for row in found.rows])
    if not len(off) or not (off == 0).all(axis=0).any():
        return  # nothing keeps all rows, and nothing is said
    for row, proved in zip(found.rows, found.proved.tolist(), strict=True):
        if proved:
            assert (ground @ _dense(row, n) == row.right).all()


def _dense(row: Row, n: int) -> np.ndarray:
    vector = np.zeros(n)
    vector[row.bits] = row.coefficients
    return vector


def test_weights_that_are_too_small_leave_the_rows_penalties() -> None:
    problem = TravellingSalesman.generate(cities=8, seed=1)
    found = decompile(penalised(problem, weight=1200.0))
    assert len(found.rows) == len(problem.model().constraints)
    assert not found.proved.any()
    assert len(found.cqm._soft) == len(found.rows)
    large = decompile(penalised(problem, weight=1e6))
    assert large.proved.all()
    assert not large.cqm._soft


def test_a_model_with_constraints_is_none_to_read_back() -> None:
    with pytest.raises(QoptError, match="with constraints is no QUBO"):
        decompile(BinPacking.generate(items=4, seed=1).model())
    number = dimod.ConstrainedQuadraticModel()
    number.set_objective(dimod.Integer("i", upper_bound=5))
    with pytest.raises(QoptError, match="more than two values"):
        decompile(number)


def test_what_qopt_compiled_is_read_back_by_its_labels() -> None:
    problem = BinPacking.generate(items=8, seed=1)
    compiled = qopt.compile(problem.model())
    found = decompile(compiled.qubo)
    assert set(found.meant.variables) <= set(compiled.qubo.labels)
    told = str(found)
    assert "100.0% of the couplings" in told
    assert f"of {len(found.rows)} rows" in told


@pytest.mark.parametrize(("weight", "enough"), [(1.0, False), (1.9, False), (2.1, True)])
def test_a_right_side_that_no_sum_comes_up_to_costs_less_to_break(
    weight: float, enough: bool
) -> None:
    """2 (a + b + c) >= 3 with slack 0..3: one bit alone lacks 1 of 3, and saves 2."""
    sizes = np.array([2.0, 2.0, 2.0, -1.0, -2.0])
    linear, first, second, pairs, offset = Row(np.arange(5), sizes, 3.0, weight).square()
    linear = linear + np.array([2.0, 2.0, 2.0, 0.0, 0.0])
    found = decompile(Qubo.from_arrays(linear, first, second, pairs, offset))
    assert [len(number.bits) for number in found.slack] == [2]
    states = every(5)
    ground = states[np.argmin(found.qubo.energies(states))]
    assert (ground[:3].sum() >= 2) == enough
    assert found.proved.tolist() == [enough]
    assert found.needed == pytest.approx([2.0])
