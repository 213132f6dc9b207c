"""Rows read back from QUBOs, beside the constraints that they were made of."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import qopt
from problems.graphs import MaxCut
from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    MultiKnapsack,
    QuadraticAssignment,
    TravellingSalesman,
    VehicleRouting,
)
from qopt import Qubo
from qopt.decompiler import rows_of
from qopt.decompiler.couplings import Couplings, Row

PORTFOLIOS = Path(os.environ.get("QOPT_INSTANCES", "-")) / "qoblib" / "multi_period_portfolio"


def of_bqm(bqm: dimod.BinaryQuadraticModel) -> Qubo:
    vectors = bqm.change_vartype("BINARY", inplace=False).to_numpy_vectors()
    row, col, quad = vectors.quadratic
    return Qubo.from_arrays(vectors.linear_biases, row, col, quad, vectors.offset)


def squares(rows: Sequence[Row], left: Couplings, bits: Any) -> float:
    """The energy of `bits`, from the definition of what rows and the rest are."""
    total = float(left.offset + left.linear @ bits + bits @ left.matrix.toarray() @ bits / 2)
    for row in rows:
        total += row.weight * (row.coefficients @ bits[row.bits] - row.right) ** 2
    return total


def sizes(rows: Sequence[Row]) -> Counter[int]:
    return Counter(len(row.bits) for row in rows)


PROBLEMS = {
    "bins": BinPacking.generate(items=12, seed=1),
    "agents": GeneralizedAssignment.generate(jobs=12, agents=3, seed=1),
    "sites": FacilityLocation.generate(sites=5, customers=12, seed=1),
    "items": MultiKnapsack.generate(items=20, resources=3, seed=1),
    "routes": VehicleRouting.generate(customers=6, seed=1),
    "layout": QuadraticAssignment.generate(facilities=10, seed=1),
}


@pytest.mark.parametrize("way", ["qopt", "dimod"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_every_constraint_is_read_back(name: str, way: str) -> None:
    cqm = PROBLEMS[name].model()
    if way == "qopt":
        qubo = qopt.compile(cqm).qubo
    else:
        qubo = of_bqm(dimod.cqm_to_bqm(cqm, lagrange_multiplier=1000.0)[0])
    rows, left = rows_of(qubo)
    assert len(rows) == len(cqm.constraints)
    # every bit of the model's variables is in as many rows as the variable is in constraints
    couplings = cqm.objective.num_interactions
    assert left.matrix.nnz // 2 == couplings
    bits = np.random.default_rng(1).integers(0, 2, (20, qubo.num_variables))
    expected = qubo.energies(bits)
    told = [squares(rows, left, state.astype(float)) for state in bits]
    np.testing.assert_allclose(told, expected, rtol=1e-9, atol=1e-6)


def test_groups_that_cross_are_read_back_whatever_their_weights() -> None:
    """Of a tour the weights of the compiler differ from row to row."""
    cqm = TravellingSalesman.generate(cities=12, seed=1).model()
    rows, left = rows_of(qopt.compile(cqm).qubo)
    assert sizes(rows) == {11: 22}
    assert len({round(row.weight, 6) for row in rows}) > 1
    assert left.matrix.nnz // 2 == cqm.objective.num_interactions


@pytest.mark.parametrize("seed", range(4))
def test_nothing_is_found_where_nothing_is(seed: int) -> None:
    random = np.random.default_rng(seed)
    first, second = np.triu_indices(120, 1)
    whole = random.integers(-100, 100, len(first))
    dense = Qubo.from_arrays(random.integers(-100, 100, 120), first, second, whole)
    glass = Qubo.from_arrays(
        np.zeros(120), first, second, random.choice([-1.0, 1.0], len(first)), vartype="SPIN"
    )
    cut = qopt.compile(MaxCut.generate(nodes=300, degree=6.0, seed=seed).model()).qubo
    for qubo in (dense, glass, cut):
        rows, left = rows_of(qubo)
        assert rows == []
        assert left.matrix.nnz == 2 * len(qubo.quad)


@given(
    st.lists(st.integers(-9, 9).filter(bool), min_size=3, max_size=7),
    st.integers(0, 12),
    st.sampled_from([20.0, 250.0, 1e6]),
    st.integers(0, 2**32 - 1),
)
def test_an_inequality_with_log_slack_is_read_back(
    coefficients: list[int], right: int, weight: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    a = np.array([*coefficients, 1, 2, 4], dtype=float)
    row = Row(np.arange(len(a)), a, float(right), weight)
    linear, first, second, pairs, offset = row.square()
    profit = np.r_[random.integers(-5, 6, len(coefficients)), 0, 0, 0]
    qubo = Qubo.from_arrays(linear + profit, first, second, pairs, offset)
    rows, left = rows_of(qubo)
    assert len(rows) == 1
    sign = np.sign(rows[0].coefficients[-1])  # a square has two
    np.testing.assert_array_equal(sign * rows[0].coefficients, a)
    assert (sign * rows[0].right, rows[0].weight) == (right, pytest.approx(weight))
    np.testing.assert_allclose(left.linear, profit, atol=1e-9 * weight * 400)
    assert left.matrix.nnz == 0


@pytest.mark.skipif(
    not PORTFOLIOS.is_dir(), reason="reads published QUBOs: set QOPT_INSTANCES to have them"
)
@pytest.mark.parametrize("path", sorted(PORTFOLIOS.glob("*.qs.xz")), ids=lambda path: path.name)
def test_published_portfolios_have_two_rows_a_period(path: Path) -> None:
    """Ten periods: cash and holdings of each, with slack numbers and weights of ten million."""
    rows, left = rows_of(Qubo.read(path))
    assert len(rows) == 20
    assert {row.weight for row in rows} == {1e7}
    assert np.abs(left.matrix.data).max() < 1e5  # prices and risks
