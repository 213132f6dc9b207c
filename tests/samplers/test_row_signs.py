"""Signs of rows: there where rows are, and not by chance."""

from __future__ import annotations

from collections.abc import Callable

import dimod
import numpy as np
import pytest

from qopt.anneal.core.ising import Ising
from qopt.samplers.row_signs import has_signs_of_rows

from .hidden_rows import bins, choices, penalised, tour


@pytest.mark.parametrize(
    "rows",
    [
        lambda random: random.choice([-1.0, 1.0], 2000),
        lambda random: np.ones(2000),
        lambda random: random.integers(-100, 101, 2000).astype(float),
        lambda random: random.normal(size=2000),
    ],
    ids=["signs", "ones", "whole", "normal"],
)
@pytest.mark.parametrize("n", [70, 150, 600])
def test_couplings_by_chance_have_no_signs_of_rows(
    rows: Callable[[np.random.Generator], np.ndarray], n: int
) -> None:
    random = np.random.default_rng(n)
    pairs = random.choice(n * n, 2000, replace=False)
    ising = Ising.from_arrays(np.zeros(n), pairs // n, pairs % n, rows(random))
    assert not has_signs_of_rows(ising)


@pytest.mark.parametrize("make", [lambda: tour(5), tour, bins, lambda: choices(9, 3, 20.0, 1)])
def test_rows_have_their_signs(make: Callable[[], dimod.BinaryQuadraticModel]) -> None:
    bqm = make()
    vectors = bqm.to_numpy_vectors(list(bqm.variables))
    ising = Ising.from_qubo(vectors.linear_biases, *vectors.quadratic)
    assert has_signs_of_rows(ising)


def test_bits_of_slack_are_signs_where_an_objective_couples_all_others() -> None:
    random = np.random.default_rng(3)
    cqm = dimod.ConstrainedQuadraticModel()
    x = dimod.BinaryArray(range(60))
    pairs = dimod.quicksum(
        float(random.normal()) * x[i] * x[j] for i in range(60) for j in range(i)
    )
    cqm.set_objective(pairs)
    cqm.add_constraint(
        dimod.quicksum(int(random.integers(1, 30)) * bit for bit in x) <= 200, label="room"
    )
    for bqm, signs in (
        (penalised(cqm, 3.0), True),
        (dimod.BinaryQuadraticModel.from_qubo(dict(pairs.quadratic)), False),
    ):
        vectors = bqm.to_numpy_vectors(list(bqm.variables))
        ising = Ising.from_qubo(vectors.linear_biases, *vectors.quadratic)
        assert has_signs_of_rows(ising) == signs
