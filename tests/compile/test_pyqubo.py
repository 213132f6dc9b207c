from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import qopt
from qopt import QoptError, UnknownName
from qopt.compile import compile_cqm
from qopt.compile.pyqubo import read

pyqubo = pytest.importorskip("pyqubo", reason="PyQUBO has no wheel for this platform")


def _model() -> Any:
    x, y, z = (pyqubo.Binary(name) for name in "xyz")
    return 2 * x + y * z - 3 * y - 1.5 * x * z + 1


def _assignment() -> Any:
    """Two tasks, two machines; task b must not go to machine 1."""
    x = {(t, m): pyqubo.Binary(f"x[{t},{m}]") for t in "ab" for m in (0, 1)}
    energy = sum(cost * x[key] for cost, key in zip((1, 3, 2, 1), x, strict=True))
    for t in "ab":
        energy += pyqubo.Placeholder("A") * pyqubo.Constraint(
            (x[t, 0] + x[t, 1] - 1) ** 2, label=f"task {t}"
        )
    return energy + pyqubo.Placeholder("A") / 2 * pyqubo.Constraint(
        x["b", 1] * 1.0, label="b not on 1"
    )


@pytest.mark.parametrize("compiled", [False, True])
def test_a_pyqubo_model_is_solved_as_it_stands(compiled: bool) -> None:
    """x = 0, y = 1, z = 0 gives 1 - 3 = -2, and no assignment gives less."""
    model = _model().compile() if compiled else _model()
    result = qopt.solve(model, time_limit=None, num_sweeps=50, seed=1)
    assert result.objective == pytest.approx(-2)
    assert result.best is not None
    assert result.best.values["y"] == 1


def test_placeholders_without_values_are_named() -> None:
    x = pyqubo.Binary("x")
    with pytest.raises(QoptError, match=r"placeholders without values.*M"):
        qopt.solve((pyqubo.Placeholder("M") * x).compile(), num_sweeps=10)
    with pytest.raises(
        QoptError,
        match=r"placeholders without values: M, N; give parameters={'M': \.\.\., 'N': \.\.\.}",
    ):
        compile_cqm(pyqubo.Placeholder("M") * x + pyqubo.Placeholder("N"))
    with pytest.raises(QoptError, match=r"placeholders without values: N;"):
        compile_cqm(pyqubo.Placeholder("M") * x + pyqubo.Placeholder("N"), parameters={"M": 1.0})


def test_a_parameter_that_nothing_asks_for_is_an_error() -> None:
    with pytest.raises(UnknownName, match="no placeholder named 'a'; known: A"):
        compile_cqm(_assignment(), parameters={"A": 1.0, "a": 2.0})


@pytest.mark.parametrize("compiled", [False, True])
@pytest.mark.parametrize("strength", [0.5, 20.0])
def test_placeholders_are_parameters(strength: float, compiled: bool) -> None:
    model = _assignment()
    ours = compile_cqm(model.compile() if compiled else model, parameters={"A": strength}).bqm()
    assert ours.is_almost_equal(model.compile().to_bqm(feed_dict={"A": strength}), 9)


def test_decode_says_which_constraints_are_broken() -> None:
    compiled = compile_cqm(_assignment(), parameters={"A": 10.0})
    names = ["x[a,0]", "x[a,1]", "x[b,0]", "x[b,1]"]
    found = compiled.decode((np.array([[1, 0, 1, 0], [1, 1, 0, 1]]), names))
    assert sorted(found.info["constraint_labels"]) == ["b not on 1", "task a", "task b"]
    of_sample = [
        dict(zip(found.info["constraint_labels"], row.tolist(), strict=True))
        for row in found.record.is_satisfied
    ]
    assert of_sample == [
        {"task a": True, "task b": True, "b not on 1": True},
        {"task a": False, "task b": True, "b not on 1": False},
    ]
    assert found.record.is_feasible.tolist() == [True, False]
    assert found.record.energy.tolist() == [3.0, 20.0]


def test_a_plan_that_breaks_a_constraint_is_not_feasible() -> None:
    x, y = pyqubo.Binary("x"), pyqubo.Binary("y")
    weak = -x - y + 0.5 * pyqubo.Constraint(x * y, label="not both")
    result = qopt.solve(weak, time_limit=None, num_sweeps=50, seed=1)
    both = next(ranked for ranked in result.plans if ranked.plan.values == {"x": 1, "y": 1})
    assert [(v.constraint, v.amount) for v in both.evaluation.violations] == [("not both", 1.0)]
    assert all(ranked.evaluation.feasible for ranked in result.plans if ranked is not both)


def test_two_constraints_with_one_label_are_refused() -> None:
    x, y = pyqubo.Binary("x"), pyqubo.Binary("y")
    with pytest.raises(
        QoptError, match="two constraints of the PyQUBO model have the label 'c'; give each its own"
    ):
        compile_cqm(pyqubo.Constraint(x * y, label="c") + pyqubo.Constraint(x + y, label="c"))
    one = pyqubo.Constraint(x * y, label="c")
    assert compile_cqm(one + 2 * one).watched.labels == ("c",)


def test_what_is_left_of_a_model_can_be_pickled() -> None:
    compiled = compile_cqm(_assignment(), parameters={"A": 3.0})
    assert pickle.loads(pickle.dumps(compiled.watched)) == compiled.watched


def _random_expression(random: np.random.Generator, leaves: list[Any], depth: int = 0) -> Any:
    if depth == 3 or random.random() < 0.2:
        leaf = leaves[random.integers(len(leaves))]
        return leaf if random.random() < 0.8 else float(random.integers(-9, 10)) / 4
    total = _random_expression(random, leaves, depth + 1)
    for _ in range(random.integers(1, 3)):
        part = (
            _random_expression(random, leaves, depth + 1) * 1.0
        )  # PyQUBO adds few other things to a sum
        total = total * part if random.random() < 0.3 else total + part
    return total


@pytest.mark.parametrize("seed", range(25))
def test_constraints_have_pyqubos_own_energies(seed: int) -> None:
    random = np.random.default_rng(seed)
    leaves = [
        pyqubo.Binary("a"),
        pyqubo.Binary("b[0]"),
        pyqubo.Spin("s"),
        pyqubo.Placeholder("P"),
        pyqubo.Binary("it's"),
    ]
    integers = [pyqubo.LogEncInteger("i", (1, 4)), pyqubo.OneHotEncInteger("h", (0, 2), 3.0)]
    model = pyqubo.Num(1.0)
    for k in range(3):
        model += float(random.integers(1, 5)) * pyqubo.Constraint(
            _random_expression(random, [*leaves, *integers]) + 0.25 * leaves[0], label=f"c{k}"
        )
    feed = {"P": 1.5} if "Placeholder" in str(model) else {}
    compiled = model.compile()
    bqm, watched = read(model, feed)
    assert bqm == compiled.to_bqm(feed_dict=feed)
    values = random.integers(0, 2, (6, bqm.num_variables)).astype(float)
    found = watched.energies(values, list(bqm.variables))
    for row, energies in zip(values, found, strict=True):
        theirs = compiled.decode_sample(
            dict(zip(bqm.variables, row.astype(int), strict=True)), vartype="BINARY", feed_dict=feed
        ).constraints()
        assert dict(zip(watched.labels, energies, strict=True)) == pytest.approx(
            {label: energy for label, (_, energy) in theirs.items()}, abs=1e-9
        )


def test_integers_and_logic_of_pyqubo() -> None:
    i = pyqubo.OneHotEncInteger("i", (0, 3), strength=8.0)
    both = pyqubo.And(pyqubo.Binary("a"), pyqubo.Binary("b"))
    compiled = compile_cqm((i - 2) ** 2 - both)
    ground = min(
        itertools.product([0, 1], repeat=6),
        key=lambda bits: compiled.qubo.energies(np.array([bits]))[0],
    )
    assert compiled.assignment(np.array(ground)) == {
        label: float(label in ("i[2]", "a", "b")) for label in compiled.cqm.variables
    }
    assert compiled.watched.labels == ("i_const",)
    assert compile_cqm(i).watched.labels == ("i_const",)


def test_again_keeps_what_is_watched() -> None:
    compiled = compile_cqm(_assignment(), parameters={"A": 5})
    assert compiled.watched.labels
    assert compiled.again(encodings="log").watched.labels == compiled.watched.labels
