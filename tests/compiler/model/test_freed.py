"""A part of a model, with the rest fixed, scores as the whole does."""

from __future__ import annotations

import dimod
import numpy as np
import pytest

import qopt
from qopt.assignment import Model
from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.freed import Parts

from ... import tiny


def _random_sample(
    cqm: dimod.ConstrainedQuadraticModel, random: np.random.Generator
) -> dict[str, float]:
    sample = {}
    for label in cqm.variables:
        low, high = int(cqm.lower_bound(label)), int(cqm.upper_bound(label))
        sample[label] = float(
            random.choice([-1, 1])
            if cqm.vartype(label) is dimod.SPIN
            else random.integers(low, high + 1)
        )
    return sample


def _variable(cqm: dimod.ConstrainedQuadraticModel, label: str) -> dimod.QuadraticModel:
    """A variable of the model, to be put into expressions."""
    one, kind = dimod.QuadraticModel(), cqm.vartype(label)
    bounds = (
        {"lower_bound": cqm.lower_bound(label), "upper_bound": cqm.upper_bound(label)}
        if kind is dimod.INTEGER
        else {}
    )
    one.add_variable(kind, label, **bounds)
    one.set_linear(label, 1.0)
    return one


@pytest.mark.parametrize("seed", range(40))
def test_energies_and_violations_are_those_of_the_whole(seed: int) -> None:
    random = np.random.default_rng(seed)
    cqm = tiny.random_cqm(random)
    a, b, *others = (_variable(cqm, label) for label in cqm.variables)
    products = 2 * a * b + 3 * b * others[0] - 5 * a * others[0] + others[-1]
    cqm.add_constraint(products <= 1, label="products")
    wish = {"weight": 2.5, "penalty": "quadratic"}
    cqm.add_constraint(_variable(cqm, "b0") + _variable(cqm, "b2") == 0, label="wish", **wish)
    parts = Parts(ModelArrays.from_cqm(cqm))
    sample, other = _random_sample(cqm, random), _random_sample(cqm, random)
    free = random.random(len(cqm.variables)) < 0.5
    values = np.array([sample[label] for label in parts.model.variables])
    part = parts.cqm(values, free)
    names = [label for label, freed in zip(parts.model.variables, free, strict=True) if freed]
    assert list(part.variables) == names
    mixed = sample | {label: other[label] for label in names}
    assert part.objective.energy({label: other[label] for label in names}) == pytest.approx(
        cqm.objective.energy(mixed)
    )
    whole = cqm.violations(mixed)
    for label, amount in part.violations({label: other[label] for label in names}).items():
        assert amount == pytest.approx(whole[label], abs=1e-9)
    if "wish" in part.constraints:
        kept = part.constraints["wish"].lhs
        assert (kept.weight(), kept.penalty()) == (2.5, "quadratic")
    for label in set(cqm.constraints) - set(part.constraints):  # left out: nothing free decides it
        assert whole[label] == pytest.approx(cqm.violations(sample)[label], abs=1e-9)


def _assignment(n: int, seed: int) -> dimod.ConstrainedQuadraticModel:
    """Each of n tasks to one of n places of its own, pairs of neighbours costing something."""
    random = np.random.default_rng(seed)
    cqm, x = dimod.ConstrainedQuadraticModel(), {}
    for i in range(n):
        for j in range(n):
            x[i, j] = dimod.Binary(f"x[{i},{j}]")
    flow = random.integers(0, 9, (n, n))
    cqm.set_objective(
        dimod.quicksum(
            float(flow[i, (i + 1) % n] * abs(j - k)) * x[i, j] * x[(i + 1) % n, k]
            for i in range(n)
            for j in range(n)
            for k in range(n)
            if j != k
        )
    )
    for i in range(n):
        cqm.add_constraint(dimod.quicksum(x[i, j] for j in range(n)) == 1, label=f"task[{i}]")
        cqm.add_constraint(dimod.quicksum(x[j, i] for j in range(n)) == 1, label=f"place[{i}]")
    return cqm


@pytest.mark.parametrize("size", [1, 9, 25, 1000])
def test_a_part_is_no_larger_than_asked_and_leads_back(size: int) -> None:
    model = Model.of(_assignment(8, 1))
    plan = model.decode({f"x[{i},{j}]": float(i == j) for i in range(8) for j in range(8)})
    score = model.evaluate(plan)
    made = 0
    for seed in range(20):
        part = model.neighbourhood(plan, "groups", size, np.random.default_rng(seed))
        if part is None:
            continue
        made += 1
        assert part.problem.model_size().variables <= size
        assert model.evaluate(part.back(part.plan)) == score
        inner = part.problem.evaluate(part.plan)
        assert (inner.objective, inner.feasible) == (pytest.approx(score.objective), True)
    assert made == 20


def test_freed_groups_of_a_permutation_keep_to_the_columns_they_hold() -> None:
    model = Model.of(_assignment(8, 1))
    plan = model.decode({f"x[{i},{j}]": float(i == j) for i in range(8) for j in range(8)})
    part = model.neighbourhood(plan, "groups", 16, np.random.default_rng(3))
    assert part is not None
    assert len(part.problem.model().variables) == 16  # 4 groups by 4 columns


def test_hybrid_solves_a_bare_model_in_parts() -> None:
    cqm = _assignment(7, 2)
    exact = qopt.solve(cqm, solver="annealer", num_sweeps=2000, time_limit=None, seed=1).objective
    result = qopt.solve(cqm, solver="hybrid", num_rounds=40, size=16, time_limit=None, seed=1)
    assert result.objective == pytest.approx(exact)
