"""Presolve, beside enumeration: the same feasible assignments, at the same cost."""

from __future__ import annotations

import itertools
import time
from typing import Any

import dimod
import numpy as np
import pytest
from scipy import sparse

from qopt import Infeasible
from qopt.assignment import Assignment, Model
from qopt.compiler import ModelArrays, compile_cqm
from qopt.compiler.model.arrays import Quadratic
from qopt.compiler.presolve.presolve import Presolved, presolve

from ... import tiny

A, B, C, D = dimod.Binaries("abcd")
S, T = dimod.Spin("s"), dimod.Spin("t")
I = dimod.Integer("i", lower_bound=-3, upper_bound=9)  # noqa: E741
J = dimod.Integer("j", upper_bound=20)


def model(*comparisons: Any, objective: Any = None) -> dimod.ConstrainedQuadraticModel:
    """Constraints r0, r1, ..., each a comparison or (comparison, {"weight": ..., ...})."""
    cqm = dimod.ConstrainedQuadraticModel()
    if objective is not None:
        cqm.set_objective(objective)
    for k, given in enumerate(comparisons):
        comparison, soft = given if isinstance(given, tuple) else (given, {})
        cqm.add_constraint(comparison, label=f"r{k}", **soft)
    return cqm


def assignments(arrays: ModelArrays) -> np.ndarray:
    ranges = [
        np.arange(low, high + 1, d)
        for low, high, d in zip(arrays.lower, arrays.upper, arrays.step, strict=True)
    ]
    states = list(itertools.product(*ranges))
    return np.array(states, dtype=float).reshape(len(states), len(ranges))


def scored(arrays: ModelArrays, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(cost with soft charges, feasible) of each row of `values`, by the arrays' definition."""

    def quadratic(q: Quadratic, owners: int) -> np.ndarray:
        total = np.zeros((len(values), owners))
        for row, col, value, owner in zip(q.row, q.col, q.value, q.owner, strict=True):
            total[:, owner] += value * values[:, row] * values[:, col]
        return total

    objective = arrays.offset + values @ arrays.linear + quadratic(arrays.quadratic, 1)[:, 0]
    over = (
        (arrays.rows @ values.T).T
        + quadratic(arrays.row_quadratic, len(arrays.labels))
        - arrays.rhs
    )
    broken = np.where(arrays.sense == "=", np.abs(over), np.maximum(over, 0))
    broken[
        broken <= 1e-12 * (abs(arrays.rows) @ np.ones(len(arrays.lower)) + np.abs(arrays.rhs))
    ] = 0
    charge = np.where(arrays.hard, 0, arrays.weight) * np.where(
        arrays.soft_linear, broken, broken**2
    )
    return objective + charge.sum(axis=1), (broken[:, arrays.hard] == 0).all(axis=1)


def check(cqm: dimod.ConstrainedQuadraticModel) -> Presolved | None:
    """None where presolve says, rightly, that there is no feasible assignment."""
    arrays = ModelArrays.from_cqm(cqm)
    every = assignments(arrays)
    cost, feasible = scored(arrays, every)
    try:
        found = presolve(arrays)
    except Infeasible:
        assert not feasible.any()
        return None
    left = assignments(found.model)
    restored = found.restore(left)
    left_cost, left_feasible = scored(found.model, left)
    np.testing.assert_allclose(left_cost, scored(arrays, restored)[0], atol=1e-9)
    expected = dict(zip(map(tuple, every[feasible].tolist()), cost[feasible], strict=True))
    kept = dict(
        zip(map(tuple, restored[left_feasible].tolist()), left_cost[left_feasible], strict=True)
    )
    assert kept.keys() == expected.keys()
    np.testing.assert_array_equal(found.reduce(restored), left)
    assert [arrays.variables[k] for k in found.variables] == found.model.variables
    assert [arrays.labels[c] for c in found.constraints] == found.model.labels
    gone = {(removed.kind, removed.label) for removed in found.log}
    names = [("variable", label) for label in arrays.variables] + [
        ("constraint", label) for label in arrays.labels
    ]
    left_over = {("variable", label) for label in found.model.variables}
    left_over |= {("constraint", label) for label in found.model.labels}
    assert gone == set(names) - left_over
    return found


def with_more_rows(random: np.random.Generator) -> dimod.ConstrainedQuadraticModel:
    """A model of all kinds, some rows taken away and some short ones put in."""
    cqm = tiny.random_cqm(random)
    for label in random.permutation(list(cqm.constraints))[: random.integers(0, 4)]:
        cqm.remove_constraint(str(label))
    names = list(cqm.variables)
    for k in range(random.integers(0, 5)):
        u, v = random.choice(len(names), 2, replace=False)
        a, b, c = (
            float(value)
            for value in random.integers(-2, 3, 3) * random.choice([1.0, 1.0, 0.5, 0.1, np.pi])
        )
        terms = [(names[u], a), (names[v], b)]
        if random.random() < 0.3:
            terms.append((names[u], names[v], float(random.integers(-1, 2))))
        soft = (
            {"weight": float(random.integers(1, 5)), "penalty": "linear"}
            if random.random() < 0.3
            else {}
        )
        sense = str(random.choice(["==", "<=", ">="]))
        cqm.add_constraint_from_iterable(terms, sense, rhs=c, label=f"r{k}", **soft)
    return cqm


@pytest.mark.parametrize("batch", range(10))
def test_all_feasible_assignments_are_kept_and_no_other(batch: int) -> None:
    random, smaller, infeasible = np.random.default_rng(batch), 0, 0
    for _ in range(40):
        cqm = with_more_rows(random)
        found = check(cqm)
        infeasible += found is None
        smaller += found is not None and len(found.model.variables) < len(cqm.variables)
    assert smaller >= 5
    assert infeasible >= 5


def bounds(found: Presolved) -> dict[Any, tuple[float, float]]:
    return {
        label: (low, high)
        for label, low, high in zip(
            found.model.variables, found.model.lower, found.model.upper, strict=True
        )
    }


@pytest.mark.parametrize(
    ("comparisons", "variables", "constraints"),
    [
        ([2 * I <= 7], {"i": (-3, 3)}, []),
        ([I >= 2, -I >= -4], {"i": (2, 4)}, []),
        ([A + B <= 0], {}, []),
        ([A + B + C == 3], {}, []),
        ([A + B + C == 1, A - B >= 1], {}, []),
        ([A + B + C <= 1, B >= 1], {}, []),
        ([J + 3 * A <= 5], {"j": (0, 5), "a": (0, 1)}, ["r0"]),
        ([I + J <= -2], {"i": (-3, -2), "j": (0, 1)}, ["r0"]),
        ([A + B + C <= 3], {"a": (0, 1), "b": (0, 1), "c": (0, 1)}, []),
        (
            [A + B + C <= 2, 2 * A + 2 * B + 2 * C <= 5, C + B + A <= 2],
            {"a": (0, 1), "b": (0, 1), "c": (0, 1)},
            ["r0"],
        ),
        (
            [A + B + C >= 2, A + B + C == 2, -A - B - C <= -1],
            {"a": (0, 1), "b": (0, 1), "c": (0, 1)},
            ["r1"],
        ),
        ([A - B == 0, B + C == 1, A + B + C + D <= 3], {"a": (0, 1), "d": (0, 1)}, []),
        ([S + T == 0, S + A >= 0], {"s": (-1, 1), "a": (0, 1)}, ["r1"]),
        ([2 * A - S == 1, S - T <= 0], {"a": (0, 1), "t": (-1, 1)}, ["r1"]),
        ([I - J == 0], {"i": (0, 9)}, []),
        ([2 * J - 2 * I == 4, I * J + A <= 9], {"i": (-2, 4), "a": (0, 1)}, ["r1"]),
        ([2 * I - J == 0], {"i": (0, 9), "j": (0, 18)}, ["r0"]),
        ([I + J == 5], {"i": (-3, 5), "j": (0, 8)}, ["r0"]),
        ([A * B == 0, A >= 1], {}, []),
        ([A * B + A * C + B * D == 0, A >= 1], {"d": (0, 1)}, []),
        ([J - J * A == 0, A <= 0], {}, []),
        ([A * B >= 1], {}, []),
        ([I * J <= 6, I >= 2], {"i": (2, 9), "j": (0, 3)}, ["r0"]),
        ([(A + B == 5, {"weight": 2.0, "penalty": "linear"}), A >= 1], {"b": (0, 1)}, ["r0"]),
        ([(A + B == 5, {"weight": 2.0, "penalty": "linear"}), A >= 1, B >= 1], {}, []),
        ([(A + B == 5, {"weight": 2.0, "penalty": "quadratic"}), A >= 1], {"b": (0, 1)}, ["r0"]),
        ([(A + B == 5, {"weight": 2.0, "penalty": "quadratic"}), A >= 1, B >= 1], {}, []),
        ([(A + B <= -3, {"weight": 0.5, "penalty": "quadratic"}), A >= 1, B <= 0], {}, []),
        ([(A + B >= 4, {"weight": 0.5, "penalty": "quadratic"}), A >= 1, B <= 0], {}, []),
        ([(A + B <= 1, {"weight": 0.5, "penalty": "quadratic"}), A >= 1, B <= 0], {}, []),
    ],
    ids=lambda given: "",
)
def test_what_is_left(
    comparisons: list[Any], variables: dict[str, tuple[float, float]], constraints: list[str]
) -> None:
    found = check(model(*comparisons, objective=sum([A, 2 * B, 3 * C * D, 4 * I * J, 5 * S * T])))
    assert found is not None
    involved = {
        str(v)
        for given in comparisons
        for v in (given[0] if isinstance(given, tuple) else given).lhs.variables
    }
    assert {label: ends for label, ends in bounds(found).items() if label in involved} == variables
    assert found.model.labels == constraints


@pytest.mark.parametrize(("penalty", "cost"), [("linear", 4.0 * 3), ("quadratic", 4.0 * 3**2)])
def test_a_soft_row_that_presolve_settles_costs_what_it_is_charged(
    penalty: str, cost: float
) -> None:
    """a + b is 2, and 5 was wished for: broken by 3, at a weight of 4, as dimod charges it."""
    cqm = model((A + B == 5, {"weight": 4.0, "penalty": penalty}), A + B >= 2, C <= 1)
    found = presolve(ModelArrays.from_cqm(cqm))
    assert found.model.offset == cost
    assert found.cost.tolist() == [cost, 0, 0]
    assert f"always broken, at a cost of {cost:g}" in " ".join(map(str, found.log))
    (only,) = dimod.SampleSet.from_samples_cqm({"a": 1, "b": 1, "c": 0}, cqm).record.energy
    assert only == cost


def test_what_is_gone_is_told_with_its_reason() -> None:
    found = presolve(
        ModelArrays.from_cqm(
            model(
                A + B + C == 1,
                A >= 1,
                2 * D - S == 1,
                (B + C >= 4, {"weight": 2.0, "penalty": "linear"}),
                J + T <= 9,
                2 * J + 2 * T <= 19,
            )
        )
    )
    assert [str(removed) for removed in found.log] == [
        "variable 'a': always 1, by 'r1'",
        "variable 'b': always 0, by 'r0'",
        "variable 'c': always 0, by 'r0'",
        "variable 's': always -1 + 2 'd', by 'r2'",
        "constraint 'r0': implied by what is left of its variables",
        "constraint 'r1': implied by what is left of its variables",
        "constraint 'r2': implied by what is left of its variables",
        "constraint 'r3': always broken, at a cost of 8",
        "constraint 'r5': implied by 'r4'",
    ]
    assert found.model.offset == 8


@pytest.mark.parametrize(
    ("comparisons", "complaint", "labels"),
    [
        (
            [A + B >= 3],
            "constraint 'r0' needs at least 3, but its variables give at most 2; "
            "relax it, or their bounds",
            ["r0"],
        ),
        (
            [I + J <= -4],
            "constraint 'r0' needs at most -4, but its variables give at least -3",
            ["r0"],
        ),
        (
            [A + B + 0.5 == 4],
            "constraint 'r0' needs exactly 3.5, but its variables give only multiples of 1",
            ["r0"],
        ),
        (
            [2 * A + 2 * I == 3],
            "'r0' needs exactly 3, but its variables give only multiples of 2",
            ["r0"],
        ),
        ([S + T == 1], "'r0' needs exactly 1, but its variables give only multiples of 2", ["r0"]),
        (
            [A + S + T == 4, A >= 1],
            "'r0' needs exactly 4, but its variables give at most 3",
            ["r0"],
        ),
        (
            [A >= 1, A <= 0],
            "variable 'a' must be at least 1 by 'r0' and at most 0 by 'r1'; relax either",
            ["r0", "r1"],
        ),
        (
            [A + D == 1, D <= 0, A + B + C <= 1, B + C >= 1],
            "'r3' needs at least 1, .* give at most 0 once 'r2'",
            ["r3", "r2"],
        ),
        (
            [A - B == 0, B - C == 0, A + C == 1],
            "constraints 'r0', 'r1' and 'r2' contradict each other",
            ["r0", "r1", "r2"],
        ),
        (
            [A + B + C == 1, A + B + C == 2],
            r"constraints 'r1' \(exactly 2\) and 'r0' \(exactly 1\) contradict",
            ["r1", "r0"],
        ),
        (
            [2 * A + 2 * B + 2 * C >= 4, A + B + C <= 1],
            r"'r0' \(at least 4\) and 'r1' \(at most 1\) contradict",
            ["r0", "r1"],
        ),
        (
            [A * B >= 1, A + B <= 1],
            "'r1' needs at most 1, but its variables give at least 2 once 'r0' holds",
            ["r1", "r0"],
        ),
        (
            [A * B == 0, A + B >= 2],
            "'r0' needs exactly 0, but its variables give at least 1 once 'r1' holds",
            ["r0", "r1"],
        ),
    ],
    ids=lambda given: "",
)
def test_contradictions_name_the_constraints(
    comparisons: list[Any], complaint: str, labels: list[str]
) -> None:
    with pytest.raises(Infeasible, match=complaint) as caught:
        compile_cqm(model(*comparisons))
    assert list(caught.value.labels) == labels
    assert "\n" not in str(caught.value)
    assert check(model(*comparisons)) is None


def test_constraints_without_variables() -> None:
    cqm = model(A + B <= 1)
    cqm.add_constraint_from_iterable([(2.0,)], "<=", rhs=3, label="true")
    assert compile_cqm(cqm).model.labels == ["r0"]
    assert compile_cqm(cqm, presolve=False).bqm().num_variables == 2
    cqm.add_constraint_from_iterable([(2.0,)], ">=", rhs=3, label="false")
    with pytest.raises(
        Infeasible, match="constraint 'false' needs at least 1, but its variables give at most 0"
    ) as caught:
        compile_cqm(cqm)
    assert caught.value.labels == ("false",)


def test_soft_constraints_fix_nothing() -> None:
    soft = {"weight": 5.0, "penalty": "linear"}
    found = check(model((A + B == 2, soft), (C - D == 0, soft), (I <= 3, soft), A + B + C <= 2))
    assert found is not None
    assert len(found.model.variables) == 5
    assert found.model.labels == ["r0", "r1", "r2", "r3"]


def test_unbounded_integers_are_bounded_by_rows() -> None:
    x, y = dimod.Integer("x"), dimod.Integer("y")
    found = presolve(ModelArrays.from_cqm(model(3 * x + 2 * y <= 100, x - y >= -4)))
    assert bounds(found) == {"x": (0, 33), "y": (0, 37)}
    assert compile_cqm(model(3 * x + 2 * y <= 100, x - y >= -4)).qubo.num_variables > 0


def test_whole_numbers_that_creep_towards_each_other_end() -> None:
    x, y = dimod.Integer("x"), dimod.Integer("y")
    started = time.perf_counter()
    found = presolve(ModelArrays.from_cqm(model(2 * x - 2 * y <= 1, y - x <= 0, x + y >= 1)))
    assert time.perf_counter() - started < 1
    assert len(found.model.variables) == 2


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 0.1, 1 / 3, 1e3, 1e9])
def test_the_scale_of_a_row_does_not_matter(scale: float) -> None:
    found = check(
        model(
            scale * A + 2 * scale * B + 3 * scale * C <= 2 * scale,
            scale * C + scale * D == scale,
            scale * J <= 7 * scale,
        )
    )
    assert found is not None
    assert bounds(found) == {"a": (0, 1), "b": (0, 1), "j": (0, 7)}


def test_coefficients_far_apart() -> None:
    found = check(model(1e9 * A + 1e-9 * B <= 1, 1e9 * C - 1e9 * D + 1e-9 * J == 0))
    assert found is not None
    assert "a" not in found.model.variables
    assert "b" in found.model.variables


@pytest.mark.parametrize("written", [5.859874, 5.859875, 5.85987448204883])
def test_a_row_without_a_common_step_holds_to_the_decimals_it_was_written_with(
    written: float,
) -> None:
    """pi + e is 5.859874482...: to six decimals nothing meets it; both are meant to be 1."""
    found = presolve(ModelArrays.from_cqm(model(np.pi * A + np.e * B == written, A >= 1)))
    assert found.restore([[]]).tolist() == [[1.0, 1.0]]
    kept = presolve(ModelArrays.from_cqm(model(np.pi * A + np.e * B >= written)))
    assert kept.restore([[]]).tolist() == [[1.0, 1.0]]


def test_what_rounding_leaves_does_not_keep_variables_from_being_equal() -> None:
    """pi + e - e is not pi in floating point."""
    found = presolve(ModelArrays.from_cqm(model(np.pi * A - (np.pi + np.e - np.e) * B == 0)))
    assert np.pi + np.e - np.e != np.pi
    assert found.matrix.toarray().tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize(
    ("comparison", "feasible"),
    [
        (0.33333333 * A + 0.3333333 * B == 0.3333333333333333, [(0, 1), (1, 0)]),
        (np.pi * A + 3.141592 * B == 3.1415925, [(0, 1), (1, 0)]),
        (np.pi * A - 3.141592 * B == 0, [(0, 0), (1, 1)]),
    ],
    ids=["thirds", "opposite", "equal"],
)
def test_coefficients_that_are_nearly_the_same_prove_nothing_infeasible(
    comparison: Any, feasible: list[tuple[int, int]]
) -> None:
    """One variable for both would leave their difference, and a row that asks for it."""
    cqm = model(comparison)
    problem = Model.of(cqm)
    found = presolve(ModelArrays.from_cqm(cqm))
    left = {tuple(values) for values in found.restore(assignments(found.model)).tolist()}
    for values in feasible:
        plan = Assignment(dict(zip("ab", map(float, values), strict=True)))
        assert problem.evaluate(plan).feasible
        assert values in left


def test_a_row_without_a_common_step_is_broken_by_more_than_its_decimals() -> None:
    for written in (5.8598, 5.86):
        with pytest.raises(Infeasible, match="'r0' needs exactly"):
            presolve(ModelArrays.from_cqm(model(np.pi * A + np.e * B == written, A >= 1)))


@pytest.mark.parametrize("sense", ["<=", ">=", "=="])
def test_tenths_that_add_up_in_decimals_are_kept(sense: str) -> None:
    """0.1 + 0.2 is above 0.3 in floating point, and 0.7 + 0.1 below 0.8."""
    for terms, right in (({"a": 0.1, "b": 0.2}, 0.3), ({"a": 0.7, "b": 0.1}, 0.8)):
        cqm = model()
        for label in "abc":
            cqm.add_variable("BINARY", label)
        cqm.add_constraint_from_iterable(list(terms.items()), sense, rhs=right, label="sum")
        found = check(cqm)
        assert found is not None
        assert found.model.labels == []
        assert found.model.variables == (["a", "b", "c"] if sense == "<=" else ["c"])


def test_decimals_survive_substitution() -> None:
    """0.1 + 0.2 - 0.3 is not 0 in floating point."""
    found = check(
        model(0.1 * A + 0.2 * B - 0.3 * C == 0, A - B == 0, 0.7 * A + 0.1 * B + 0.8 * D <= 0.8)
    )
    assert found is not None
    assert found.model.variables == ["a", "d"]
    np.testing.assert_array_equal(found.model.rows.toarray(), [[0.8, 0.8]])
    assert found.model.rhs.tolist() == [0.8]
    found = presolve(
        ModelArrays.from_cqm(model(A - B == 0, 0.2 * A + 0.09 * B + 0.27 * C + 0.02 * D <= 0.29))
    )
    np.testing.assert_array_equal(found.model.rows.toarray(), [[0.29, 0.27, 0.02]])
    assert found.model.rhs.tolist() == [0.29]  # times 100 it is 28.999999999999996


def test_warm_starts_drop_what_is_ruled_out() -> None:
    found = presolve(ModelArrays.from_cqm(model(A + B == 1, C >= 1, J <= 5, A + C + D + I <= 9)))
    order = found.full.variables
    given = {"a": 1, "b": 1, "c": 0, "j": 17, "d": 1, "i": 2}
    reduced = found.reduce([[given[label] for label in order]])
    assert dict(zip(found.model.variables, reduced[0].tolist(), strict=True)) == {
        "a": 1,
        "j": 5,
        "d": 1,
        "i": 2,
    }
    restored = dict(zip(order, found.restore(reduced)[0].tolist(), strict=True))
    assert restored == {"a": 1, "b": 0, "c": 1, "j": 5, "d": 1, "i": 2}


def test_a_model_that_nothing_can_be_done_about_is_left_as_it_is() -> None:
    arrays = ModelArrays.from_cqm(model(A + B + C <= 1, 2 * A + 3 * B + 4 * D <= 7))
    found = presolve(arrays)
    assert found.model is arrays
    assert found.log == ()


@pytest.mark.slow
def test_rows_are_presolved_all_at_once() -> None:
    """200,000 rows of 10 terms, all fixed in the end: about a second; 10 if busy."""
    random, m, n, k = np.random.default_rng(1), 200_000, 50_000, 10
    places, weights = random.integers(0, n, (m, k)), random.integers(1, 9, (m, k)).astype(float)
    rows = sparse.csr_array(
        (weights.ravel(), (np.repeat(np.arange(m), k), places.ravel())), shape=(m, n)
    )
    none = Quadratic(*(np.empty(0, dtype=np.int64),) * 2, np.empty(0), np.empty(0, dtype=np.int64))
    zeros = np.zeros(m, dtype=bool)
    arrays = ModelArrays(
        list(range(n)), np.zeros(n), np.ones(n), np.ones(n), random.normal(size=n), none, 0.0,
        list(range(m)), rows, none, np.full(m, "<"), np.floor(0.12 * rows.sum(axis=1)),
        np.full(m, np.inf), zeros, zeros,
    )  # fmt: skip
    started = time.perf_counter()
    found = presolve(arrays)
    assert time.perf_counter() - started < 10
    assert len(found.model.variables) < n / 10
