"""Steps of REAL variables: that lose nothing, that were asked for, and what is refused."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import dimod
import numpy as np
import pytest
from scipy.optimize import linprog

from qopt import QoptError
from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.grid import Grid
from qopt.compiler.model.scoring import sampleset


def arrays(cqm: dimod.ConstrainedQuadraticModel) -> ModelArrays:
    return ModelArrays.from_cqm(cqm, reals=True)


def products(cqm: dimod.ConstrainedQuadraticModel, **bounds: tuple[float, float]) -> ModelArrays:
    """With INTEGER variables taken for REAL ones: dimod multiplies none, files of models do."""
    model = arrays(cqm)
    lower, upper, step = model.lower.copy(), model.upper.copy(), model.step.copy()
    for name, (low, high) in bounds.items():
        k = model.variables.index(name)
        lower[k], upper[k], step[k] = low, high, 0.0
    return replace(model, lower=lower, upper=upper, step=step)


def real(name: str, low: float = 0.0, high: float = 10.0) -> Any:
    return dimod.Real(name, lower_bound=low, upper_bound=high)


def steps(cqm: dimod.ConstrainedQuadraticModel, reals: Any = None) -> dict[Any, float]:
    model = arrays(cqm)
    found = Grid.of(model, reals)
    return dict(zip(model.variables, found.step.tolist(), strict=True))


def network(seed: int) -> dimod.ConstrainedQuadraticModel:
    """Two bits, and three REAL variables in multiples of a half, a third or a tenth."""
    random = np.random.default_rng(seed)
    unit = random.choice([0.5, 0.25, 0.1, 1.0])

    def amount(low: int, high: int) -> float:
        return round(float(unit * random.integers(low, high)), 6)

    x = [real(f"x{k}", amount(-4, 1), amount(3, 9)) for k in range(3)]
    a, b = dimod.Binaries("ab")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(
        dimod.quicksum(float(random.integers(-3, 4)) * v for v in (*x, a, b)) + random.random()
    )
    for c in range(4):
        i, j = random.permutation(3)[:2].tolist()
        size = float(random.choice([1, 2, -3]))
        left = size * x[i] - size * x[j] if c < 3 else size * x[i]
        left = left + size * amount(-4, 5) * a + size * amount(-4, 5) * b
        left = left + size * amount(-2, 3) * a * b
        rhs = size * amount(-2, 8)
        cqm.add_constraint(left <= rhs if random.random() < 0.6 else left >= rhs, label=c)
    return cqm


def optimum_by_programs(cqm: dimod.ConstrainedQuadraticModel) -> float:
    """Over all bits, by a linear program of the rest for each."""
    names = [v for v in cqm.variables if cqm.vartype(v) is dimod.REAL]
    best = np.inf
    for bits in itertools.product((0, 1), repeat=2):
        value = dict(zip("ab", bits, strict=True))
        rows, rhs = [], []
        for label in cqm.constraints:
            comparison = cqm.constraints[label]
            left, sign = comparison.lhs, 1 if comparison.sense.value == "<=" else -1
            known = left.offset + sum(left.get_linear(v) * value.get(v, 0) for v in left.variables)
            known += sum(q * value[u] * value[v] for u, v, q in left.iter_quadratic())
            has = set(left.variables)
            rows.append([sign * left.get_linear(v) if v in has else 0.0 for v in names])
            rhs.append(sign * (comparison.rhs - known))
        cost = [cqm.objective.get_linear(v) for v in names]
        bounds = [(cqm.lower_bound(v), cqm.upper_bound(v)) for v in names]
        found = linprog(cost, A_ub=rows, b_ub=rhs, bounds=bounds)
        if found.status == 0:
            fixed = sum(cqm.objective.get_linear(v) * value[v] for v in "ab")
            best = min(best, found.fun + fixed + cqm.objective.offset)
    return best


def optimum_on_the_grid(cqm: dimod.ConstrainedQuadraticModel) -> float:
    """By enumeration, scored by the model that was given."""
    model = arrays(cqm)
    grid = Grid.of(model)
    whole = grid.whole(model)
    values = [np.arange(low, high + 1) for low, high in zip(whole.lower, whole.upper, strict=True)]
    places = np.array(list(itertools.product(*values)), dtype=np.float64)
    record = sampleset(grid.values(places), model).record
    return float(record.energy[record.is_feasible].min(initial=np.inf))


@pytest.mark.parametrize("seed", range(40))
def test_steps_that_lose_nothing_hold_the_optimum(seed: int) -> None:
    cqm = network(seed)
    assert optimum_on_the_grid(cqm) == pytest.approx(optimum_by_programs(cqm), abs=1e-7)


@pytest.mark.parametrize("seed", range(20))
def test_the_model_in_steps_is_scored_as_the_one_that_was_given(seed: int) -> None:
    cqm, random = network(seed), np.random.default_rng(seed)
    model = arrays(cqm)
    grid = Grid.of(model, 0.1)
    whole = grid.whole(model)
    places = np.floor(random.random((50, len(whole.lower))) * (whole.upper - whole.lower + 1))
    places += whole.lower
    ours, theirs = sampleset(places, whole).record, sampleset(grid.values(places), model).record
    np.testing.assert_allclose(ours.energy, theirs.energy, atol=1e-9)
    again = dimod.SampleSet.from_samples_cqm((grid.values(places), model.variables), cqm).record
    np.testing.assert_allclose(theirs.energy, again.energy, atol=1e-9)
    np.testing.assert_array_equal(grid.places(grid.values(places)), places)


def test_products_of_a_variable_in_steps_are_scored_right() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y, b = dimod.Integer("x"), dimod.Integer("y"), dimod.Binary("b")
    cqm.set_objective(x * y + 2 * x * b - y * y + x)
    cqm.add_constraint(x * y + b <= 1.5)
    model = products(cqm, x=(0.5, 2.0), y=(-1.0, 1.0))
    grid = Grid.of(model, {"x": 0.25, "y": 0.5})
    whole = grid.whole(model)
    assert dict(zip(model.variables, whole.upper, strict=True)) == {"x": 6, "y": 4, "b": 1}
    places = np.array(list(itertools.product(range(7), range(5), range(2))), dtype=np.float64)
    ours, theirs = sampleset(places, whole).record, sampleset(grid.values(places), model).record
    np.testing.assert_allclose(ours.energy, theirs.energy, atol=1e-12)
    by_hand = [x * y + 2 * x * b - y * y + x for x, y, b in grid.values(places).tolist()]
    np.testing.assert_allclose(theirs.energy, by_hand, atol=1e-12)
    np.testing.assert_array_equal(ours.is_feasible, theirs.is_feasible)


def test_each_network_has_a_step_of_its_own() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    u, v, w = (real(name) for name in "uvw")
    b = dimod.Binary("b")
    cqm.set_objective(u + v + w)
    cqm.add_constraint(u - v + 3 * b >= 1)
    cqm.add_constraint(2 * w + b >= 3)  # w >= 1.5 - b / 2
    assert steps(cqm) == {"u": 1.0, "v": 1.0, "w": 0.5, "b": 1.0}


def test_what_is_fixed_is_a_constant_and_needs_no_step() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, b = real("x", 0.3, 0.3), dimod.Binary("b")
    cqm.set_objective(2 * x + b)
    model = arrays(cqm)
    grid = Grid.of(model)
    assert grid.notes == ()
    assert grid.values(np.array([[0.0, 1.0]])).tolist() == [[0.3, 1.0]]


SUMS = {
    "a sum": lambda x, y, z, b: x + y + b >= 1,
    "two coefficients": lambda x, y, z, b: 2 * x - y + b >= 1,
    "three of them": lambda x, y, z, b: x - y - z + b >= 1,
    "a crooked number": lambda x, y, z, b: x + np.pi * b >= 1,
}


@pytest.mark.parametrize("name", SUMS)
def test_where_no_step_is_known_to_lose_nothing_one_is_asked_for(name: str) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y, z, b = real("x"), real("y"), real("z"), dimod.Binary("b")
    cqm.set_objective(1 * x)
    cqm.add_constraint(SUMS[name](x, y, z, b))
    with pytest.raises(QoptError, match=r"'x' is REAL; .* reals=\{'x': 0.1\}"):
        Grid.of(arrays(cqm))
    assert steps(cqm, 0.5)["x"] == 0.5


def test_neither_products_nor_squares_of_a_price_have_a_step() -> None:
    x, b = dimod.Integer("x"), dimod.Binary("b")
    for objective, row in ((x * x - x, x + b >= 1), (1 * x, x * b + x >= 1)):
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(objective)
        cqm.add_constraint(row)
        with pytest.raises(QoptError, match="'x' is REAL"):
            Grid.of(products(cqm, x=(0.0, 10.0)))
    soft = dimod.ConstrainedQuadraticModel()
    soft.add_constraint(dimod.Binary("x") + b >= 1, weight=2.0, penalty="quadratic")
    with pytest.raises(QoptError, match="'x' is REAL"):
        Grid.of(products(soft, x=(0.0, 10.0)))


def test_a_linear_price_loses_nothing() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(1 * real("x"))
    cqm.add_constraint(real("x") + dimod.Binary("b") >= 2.5, weight=2.0, penalty="linear")
    assert steps(cqm)["x"] == 0.5


@pytest.mark.parametrize(
    ("reals", "text"),
    [
        ({"x": 0.0}, r"reals\['x'\]=0.0: give a step above 0"),
        ({"x": "fine"}, r"reals\['x'\]='fine'"),
        ({"b": 1.0}, "no REAL variable named 'b'"),
        ({"q": 1.0}, "no REAL variable named 'q'"),
        (-1.0, r"reals=-1.0"),
        ({"x": 1e-12}, r"'x' ranges over 0..10, more than 2\*\*31 steps"),
    ],
)
def test_a_step_that_is_none_is_refused(reals: Any, text: str) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(real("x") + dimod.Binary("b"))
    with pytest.raises(QoptError, match=text) as caught:
        Grid.of(arrays(cqm), reals)
    assert "\n" not in str(caught.value)


def test_the_steps_are_said() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [real(f"x{k}") for k in range(4)]
    cqm.set_objective(dimod.quicksum(x))
    cqm.add_constraint(x[3] + np.pi * dimod.Binary("b") >= 1)
    grid = Grid.of(arrays(cqm), {"x3": 0.25})
    assert len(grid.notes) == 2
    assert "steps of 10: 'x0', 'x1' and 1 more; nothing better lies between" in grid.notes[0]
    assert "steps of 0.25: 'x3'; as asked" in grid.notes[1]
