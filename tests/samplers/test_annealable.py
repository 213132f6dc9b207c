"""What is annealed of a QUBO read back is the model that it was made of, state by state."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from typing import Any

import dimod
import numpy as np
import pytest

from qopt import Qubo
from qopt.decompiler import read_rows
from qopt.samplers.annealable import annealable

from .hidden_rows import penalised, sample

Cqm = dimod.ConstrainedQuadraticModel
Plan = dict[Any, int]


def hidden(cqm: Cqm, weight: float) -> Qubo:
    vectors = penalised(cqm, weight).to_numpy_vectors(return_labels=True)
    linear, (row, col, quad), offset, labels = vectors
    return Qubo.from_arrays(linear, row, col, quad, float(offset), labels=list(labels))


def model_of(cqm: Cqm, weight: float) -> Cqm:
    return annealable(read_rows(hidden(cqm, weight), math.inf)).meant


def plans(names: list[Any]) -> Iterator[Plan]:
    for values in itertools.product((0, 1), repeat=len(names)):
        yield dict(zip(names, values, strict=True))


def costs(cqm: Cqm, names: list[Any]) -> dict[tuple[int, ...], float]:
    """The lowest objective of each feasible assignment to `names`, over the other variables."""
    lowest: dict[tuple[int, ...], float] = {}
    for plan in plans(list(cqm.variables)):
        if cqm.check_feasible(plan):
            key = tuple(plan[name] for name in names)
            value = float(cqm.objective.energy(plan))
            lowest[key] = min(lowest.get(key, math.inf), value)
    return lowest


def is_the_same(cqm: Cqm, weight: float, gone: set[Any]) -> None:
    """Of all assignments, and no variable but those of `gone` is missing."""
    names = [name for name in cqm.variables if name not in gone]
    again = model_of(cqm, weight)
    assert set(again.variables) == set(names)
    assert costs(again, names) == pytest.approx(costs(cqm, names))


def budget(price: int, random: np.random.Generator) -> tuple[Cqm, set[Any]]:
    """What is spent and the cash that is left add up; cash has a price a unit."""
    cqm, x = Cqm(), [dimod.Binary(f"x{k}") for k in range(6)]
    cash = [dimod.Binary(f"cash{k}") for k in range(3)]
    size = random.integers(1, 4, 6).tolist()
    whole = dimod.quicksum(2**k * bit for k, bit in enumerate(cash))
    pairs = itertools.combinations(x, 2)
    cqm.set_objective(
        dimod.quicksum(int(random.integers(-9, 10)) * a * b for a, b in pairs) + price * whole
    )
    spent = dimod.quicksum(s * bit for s, bit in zip(size, x, strict=True))
    cqm.add_constraint(spent + whole == 7, label="budget")
    return cqm, {f"cash{k}" for k in range(3)}


@pytest.mark.parametrize("price", [-10, 3, 0])
@pytest.mark.parametrize("seed", range(4))
def test_a_price_on_slack_is_paid_by_the_rest_of_the_row(price: int, seed: int) -> None:
    cqm, cash = budget(price, np.random.default_rng(seed))
    is_the_same(cqm, 1000.0, cash)


def test_slack_of_different_prices_stays() -> None:
    """No number is what these bits cost together."""
    cqm, _ = budget(0, np.random.default_rng(1))
    objective = dimod.QuadraticModel()
    objective.update(cqm.objective)
    for k, price in enumerate((5, -20, 80)):
        objective.add_linear(f"cash{k}", price)
    cqm.set_objective(objective)
    is_the_same(cqm, 1000.0, set())


@pytest.mark.parametrize("seed", range(4))
def test_slack_of_pairs_goes(seed: int) -> None:
    """Two that exclude each other, and one that needs another, by dimod with a slack bit each."""
    random = np.random.default_rng(seed)
    cqm, x = Cqm(), [dimod.Binary(k) for k in range(7)]
    cqm.set_objective(dimod.quicksum(int(random.integers(-9, 10)) * bit for bit in x))
    pairs = random.permutation(list(itertools.combinations(range(7), 2)))
    for i, j in pairs[:5].tolist():
        cqm.add_constraint(x[i] + x[j] <= 1)
    for i, j in pairs[5:8].tolist():
        cqm.add_constraint(x[i] - x[j] <= 0)
    again = model_of(cqm, 200.0)
    assert set(again.variables) == set(range(7))
    assert costs(again, list(range(7))) == pytest.approx(costs(cqm, list(range(7))))


@pytest.mark.parametrize("square", [1.0, 5.0])
def test_squares_that_weigh_little_are_costs(square: float) -> None:
    """One of four in each of four groups, and how far some of them are from each other."""
    cqm, x = Cqm(), [[dimod.Binary((g, k)) for k in range(4)] for g in range(4)]
    numbers = [group[0] + 2 * group[1] for group in x]
    far = dimod.quicksum((a - b - 1) * (a - b - 1) for a, b in itertools.pairwise(numbers))
    cqm.set_objective(square * far - 2 * numbers[0])
    for g, group in enumerate(x):
        cqm.add_constraint(dimod.quicksum(group) == 1, label=f"one[{g}]")
    bqm = penalised(cqm, 5000.0)
    found = sample(bqm, num_sweeps=300)
    assert found.info["structure"]["rows"] == {"one-hot": 4}
    lowest = dimod.ExactSolver().sample(bqm).first.energy
    assert found.info["structure"]["energies"]["rows"] == pytest.approx(lowest)
