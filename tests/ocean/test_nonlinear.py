"""The nonlinear model of a CQM says what the CQM says."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import dimod
import numpy as np
import pytest

from qopt.errors import QoptError
from qopt.ocean.nonlinear import Nonlinear

VALUES = 12  # assignments of each model


def _random_cqm(draw: random.Random) -> dimod.ConstrainedQuadraticModel:
    """Binary, spin and integer variables; linear and quadratic, hard and soft constraints."""
    cqm = dimod.ConstrainedQuadraticModel()
    variables = [_random_variable(draw, k) for k in range(draw.randint(1, 8))]
    cqm.set_objective(_random_expression(draw, variables, 0.7, 0.3))
    for k in range(draw.randint(0, 7)):
        charge: dict[str, Any] = {}
        if draw.random() < 0.3:
            charge = {"weight": draw.uniform(0.1, 3)}
        cqm.add_constraint_from_model(
            _random_expression(draw, variables, draw.random(), draw.choice([0, 0, 0.4])),
            draw.choice(["<=", "<=", ">=", ">=", "=="]),
            rhs=draw.choice([0, 2, -1, draw.uniform(-5, 9)]),
            label=("c", k) if k % 2 else k,
            **charge,
        )
    return cqm


def _random_variable(draw: random.Random, k: int) -> dimod.QuadraticModel:
    low = draw.randint(-5, 3)
    made: dimod.QuadraticModel = draw.choice(
        [
            lambda: dimod.Binary(("b", k)),
            lambda: dimod.Spin(f"s{k}"),
            lambda: dimod.Integer(k, lower_bound=low, upper_bound=low + draw.randint(0, 6)),
        ]
    )()
    return made


def _random_expression(
    draw: random.Random, variables: list[Any], linear: float, quadratic: float
) -> dimod.QuadraticModel:
    found = dimod.QuadraticModel()
    for variable in variables:
        bias = draw.choice([1, -2, 0.5, draw.uniform(-3, 3)]) if draw.random() < linear else 0
        found.update(bias * variable)
    for a, one in enumerate(variables):
        for other in variables[a:]:
            if draw.random() < quadratic:
                found.update(draw.choice([1, -2, draw.uniform(-3, 3)]) * one * other)
    return found + draw.choice([0, 1.5])


def _assignments(cqm: dimod.ConstrainedQuadraticModel, seed: int) -> np.ndarray[Any, Any]:
    low = np.array([cqm.lower_bound(v) for v in cqm.variables])
    high = np.array([cqm.upper_bound(v) for v in cqm.variables])
    step = np.where([cqm.vartype(v) is dimod.SPIN for v in cqm.variables], 2, 1)
    places = np.random.default_rng(seed).random((VALUES, len(low))) * ((high - low) / step + 1)
    found: np.ndarray[Any, Any] = low + step * np.floor(places)
    return found


def _stated(nonlinear: Nonlinear, values: np.ndarray[Any, Any]) -> tuple[Any, Any, Any]:
    """Objectives, whether all constraints hold, and the samples, of assignments put into states."""
    model = nonlinear.model
    model.states.resize(len(values))
    with model.lock():
        for k, value in enumerate(values):
            nonlinear.set_state(k, value)
        objectives = [float(model.objective.state(k)) for k in range(len(values))]
        kept = [all(c.state(k) for c in model.iter_constraints()) for k in range(len(values))]
        return np.array(objectives), np.array(kept), nonlinear.sampleset()


def test_objective_and_constraints_equal_those_of_the_cqm() -> None:
    seen = set()
    for seed in range(150):
        cqm = _random_cqm(random.Random(seed))
        values = _assignments(cqm, seed)
        objectives, kept, samples = _stated(Nonlinear.of(cqm, groups=False), values)
        exact = dimod.SampleSet.from_samples_cqm((values, list(cqm.variables)), cqm)
        assert (samples.record.sample == values).all(), seed
        assert list(samples.variables) == list(cqm.variables), seed
        assert objectives == pytest.approx(exact.record.energy, abs=1e-6), seed
        assert (kept == exact.record.is_feasible).all(), seed
        assert (samples.record.is_feasible == exact.record.is_feasible).all(), seed
        assert samples.record.energy == pytest.approx(exact.record.energy, abs=1e-6), seed
        seen.update(kept.tolist())
    assert seen == {True, False}


def test_a_sum_of_fractions_may_miss_its_right_side_by_rounding() -> None:
    x = [dimod.Binary(k) for k in range(3)]
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(0.1 * x[0] + 0.2 * x[1] + 0.0 * x[2] == 0.3)
    assert 0.1 + 0.2 != 0.3
    _, kept, _ = _stated(Nonlinear.of(cqm), np.array([[1, 1, 0], [1, 0, 1]]))
    assert kept.tolist() == [True, False]


def test_large_models_have_few_nodes() -> None:
    draw = random.Random(1)
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variables("BINARY", 400)
    x = list(cqm.variables)
    cqm.set_objective(
        dimod.QuadraticModel(
            {v: draw.random() for v in x},
            {(v, x[(k + 1) % 400]): draw.random() for k, v in enumerate(x)},
            0.0,
            dict.fromkeys(x, "BINARY"),
        )
    )
    for k in range(300):
        mine = draw.sample(x, draw.randint(2, 30))
        cqm.add_constraint_from_iterable([(v, 1) for v in mine], "<=", rhs=len(mine) // 2, label=k)
    assert Nonlinear.of(cqm).model.num_nodes() < 120


def test_a_variable_with_one_value_keeps_it() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Integer("i", lower_bound=3, upper_bound=3) + dimod.Binary("x"))
    nonlinear = Nonlinear.of(cqm)
    nonlinear.model.states.resize(1)
    with nonlinear.model.lock():
        nonlinear.model.states.initialize()
        assert nonlinear.sampleset().first.sample["i"] == 3


def test_real_variables_move_in_steps_that_lose_nothing() -> None:
    start, end = dimod.Real("start", upper_bound=6), dimod.Real("end", upper_bound=6)
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(end)
    cqm.add_constraint(end - start >= 1.5)
    nonlinear = Nonlinear.of(cqm)
    objectives, kept, samples = _stated(nonlinear, np.array([[1.5, 0.0], [1.5, 1.5], [6.0, 4.5]]))
    assert (objectives.tolist(), kept.tolist()) == ([1.5, 1.5, 6.0], [True, False, True])
    assert samples.record.sample.tolist() == [[1.5, 0.0], [1.5, 1.5], [6.0, 4.5]]


def _real() -> dimod.ConstrainedQuadraticModel:
    """Which has no step that loses nothing: three of them in a row."""
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(sum(dimod.Real(k, upper_bound=2) for k in "abc") <= 3)
    cqm.set_objective(dimod.Real("a", upper_bound=2) * 1.0)
    return cqm


def _unbounded() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Real("a"))
    return cqm


def _wide() -> dimod.ConstrainedQuadraticModel:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Integer("i", upper_bound=3_000_000_000))
    return cqm


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (_real, "variable 'a' is REAL; say in which steps it may move"),
        (_unbounded, "variable 'a' is REAL and has no bounds; give it a lower and an upper one"),
        (_wide, "variable 'i' ranges over 0..3e+09; a nonlinear model takes whole numbers"),
    ],
)
def test_refused_in_plain_words(
    model: Callable[[], dimod.ConstrainedQuadraticModel], said: str
) -> None:
    with pytest.raises(QoptError) as raised:
        Nonlinear.of(model())
    assert str(raised.value).startswith(said)


def test_steps_that_are_given_are_taken() -> None:
    nonlinear = Nonlinear.of(_real(), 0.5)
    _, _, samples = _stated(nonlinear, np.array([[0.5, 1.5, 2.0]]))
    assert samples.record.sample.tolist() == [[0.5, 1.5, 2.0]]


def _with_groups(draw: random.Random) -> tuple[dimod.ConstrainedQuadraticModel, int, list[int]]:
    """A permutation of k things, groups of some sizes, a number, and constraints across them."""
    k, sizes = draw.randint(2, 4), [draw.randint(2, 4) for _ in range(draw.randint(0, 3))]
    cells = [[dimod.Binary(("cell", i, p)) for p in range(k)] for i in range(k)]
    groups = [[dimod.Binary(("group", g, j)) for j in range(size)] for g, size in enumerate(sizes)]
    number = dimod.Integer("number", lower_bound=-2, upper_bound=5)
    cqm = dimod.ConstrainedQuadraticModel()
    flat = [v for row in (*cells, *groups) for v in row]
    cqm.set_objective(_random_expression(draw, [*flat, number], 0.6, 0.15))
    for i in range(k):
        cqm.add_constraint(sum(cells[i]) == 1, label=("thing", i))
        cqm.add_constraint(sum(row[i] for row in cells) == 1, label=("place", i))
    for g, group in enumerate(groups):
        cqm.add_constraint(3 * sum(group) == 3, label=("one of", g))
    for c in range(3):
        across = _random_expression(draw, [*flat, number], 0.5, 0.1)
        cqm.add_constraint(across <= draw.uniform(-2, 6), label=("across", c))
    return cqm, k, sizes


def test_variables_of_which_one_is_1_become_choices_that_keep_their_groups() -> None:
    seen = set()
    for seed in range(40):
        draw = random.Random(seed)
        cqm, k, sizes = _with_groups(draw)
        nonlinear = Nonlinear.of(cqm)
        kinds = [type(symbol).__name__ for symbol in nonlinear.model.iter_decisions()]
        assert sorted(kinds) == sorted(
            ["IntegerVariable", "ListVariable"] + ["IntegerVariable"] * bool(sizes)
        )
        values = np.zeros((VALUES, len(cqm.variables)))
        place = {v: at for at, v in enumerate(cqm.variables)}
        for row in values:
            for i, p in enumerate(draw.sample(range(k), k)):
                row[place["cell", i, p]] = 1
            for g, size in enumerate(sizes):
                row[place["group", g, draw.randrange(size)]] = 1
            row[place["number"]] = draw.randint(-2, 5)
        objectives, kept, samples = _stated(nonlinear, values)
        exact = dimod.SampleSet.from_samples_cqm((values, list(cqm.variables)), cqm)
        assert (samples.record.sample == values).all(), seed
        assert objectives == pytest.approx(exact.record.energy, abs=1e-6), seed
        assert (kept == exact.record.is_feasible).all(), seed
        seen.update(kept.tolist())
    assert seen == {True, False}


def test_a_permutation_with_a_forbidden_place_is_no_list() -> None:
    x = {(i, p): dimod.Binary((i, p)) for i in range(3) for p in range(3) if (i, p) != (1, 1)}
    cqm = dimod.ConstrainedQuadraticModel()
    for k in range(3):
        cqm.add_constraint(sum(v for (i, _), v in x.items() if i == k) == 1, label=("thing", k))
        cqm.add_constraint(sum(v for (_, p), v in x.items() if p == k) == 1, label=("place", k))
    nonlinear = Nonlinear.of(cqm)
    model = nonlinear.model
    assert [type(symbol).__name__ for symbol in model.iter_decisions()] == ["IntegerVariable"]
    chosen = [[0, 0], [1, 2], [2, 1]]
    values = np.array([[float([i, p] in chosen) for i, p in cqm.variables]])
    _, kept, _ = _stated(nonlinear, values)
    assert kept.tolist() == [True]
