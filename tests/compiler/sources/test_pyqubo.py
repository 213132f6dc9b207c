from __future__ import annotations

import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import qopt
from qopt import QoptError, UnknownName
from qopt.assignment import Assignment, Model
from qopt.compiler import compile_cqm
from qopt.compiler.sources.polynomials import Polynomial
from qopt.compiler.sources.pyqubo import read
from qopt.compiler.sources.sources import Source

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
    found = read(model, feed)
    if isinstance(found.model, Polynomial):
        variables = list(found.model.variables)
    else:
        assert found.model == compiled.to_bqm(feed_dict=feed)
        variables = list(found.model.variables)
    values = random.integers(0, 2, (6, len(variables))).astype(float)
    amounts, kept = found.watched.judged(values, variables)
    for row, energies, holds in zip(values, amounts, kept, strict=True):
        given = dict(zip(variables, row.astype(int), strict=True))
        theirs = compiled.decode_sample(
            _with_products(given, compiled.variables), vartype="BINARY", feed_dict=feed
        ).constraints()
        assert dict(zip(found.watched.labels, energies, strict=True)) == pytest.approx(
            {label: energy for label, (_, energy) in theirs.items()}, abs=1e-9
        )
        assert dict(zip(found.watched.labels, holds.tolist(), strict=True)) == {
            label: ok for label, (ok, _) in theirs.items()
        }


def _with_products(given: dict[str, int], names: list[str]) -> dict[str, int]:
    """With PyQUBO's helpers at the products that they are named by."""
    found = dict(given)
    for name in sorted(set(names) - set(given), key=len):
        found[name] = int(np.prod([found[factor] for factor in name.split(" * ")]))
    return found


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


def _least(model: Any, names: str) -> tuple[float, list[dict[str, float]]]:
    """By all assignments, of an arithmetic expression in plain numbers."""
    every = [
        dict(zip(names, bits, strict=True)) for bits in itertools.product((0, 1), repeat=len(names))
    ]
    value = min(model(**bits) for bits in every)
    return value, [bits for bits in every if model(**bits) == value]


def test_a_product_of_three_keeps_its_value_however_large() -> None:
    """A strength of 5 would let the helper bit cheat: a = b = c = 1 would seem to give -35."""

    def energy(p: Any, q: Any, r: Any) -> Any:
        return 120 * p * q * r - 15 * (p + q + r)

    value, states = _least(energy, "pqr")
    result = qopt.solve(energy(*map(pyqubo.Binary, "pqr")), time_limit=None, num_sweeps=50, seed=1)
    assert result.objective == value == -30
    assert result.best is not None
    assert result.best.values in states
    assert all(set(ranked.plan.values) == set("pqr") for ranked in result.plans)
    for ranked in result.plans:
        assert ranked.evaluation.objective == energy(**ranked.plan.values)
    assert "whose weights are proved to be enough" in str(result)


@pytest.mark.parametrize("compiled", [False, True])
def test_a_constraint_of_degree_three_is_judged_by_the_plan(compiled: bool) -> None:
    p, q, r = map(pyqubo.Binary, "pqr")
    model = 40 * pyqubo.Constraint(p * q * r, label="not all") - 3 * p - 4 * q - 5 * r
    result = qopt.solve(
        model.compile(strength=0.5) if compiled else model, time_limit=None, num_sweeps=50, seed=1
    )
    assert (result.status, result.objective) == (qopt.Status.FEASIBLE, -9)
    broken = Source.of(model).watched.judged(np.ones((1, 3)), ["p", "q", "r"])
    assert (broken[0].tolist(), broken[1].tolist()) == ([[1.0]], [[False]])


@pytest.mark.parametrize("compiled", [False, True])
def test_a_condition_says_what_is_kept(compiled: bool) -> None:
    """Two of four may be chosen: PyQUBO's own verdict on every state."""
    bits = [pyqubo.Binary(name) for name in "abcd"]
    most = pyqubo.Constraint(sum(bits), label="most", condition=lambda energy: energy <= 2)
    model = most + bits[0] + bits[1] - 3 * bits[2] - 4 * bits[3]
    own = model.compile()
    found = read(own if compiled else model)
    states = np.array(list(itertools.product((0.0, 1.0), repeat=4)))
    kept = found.watched.satisfied(states, list("abcd"))
    for state, ok in zip(states.astype(int).tolist(), kept[:, 0].tolist(), strict=True):
        sample = dict(zip("abcd", state, strict=True))
        assert ok == own.decode_sample(sample, vartype="BINARY").constraints()["most"][0]
        assert ok == (sum(state) <= 2)
    result = qopt.solve(own if compiled else model, time_limit=None, num_sweeps=50, seed=1)
    assert (result.status, result.objective) == (qopt.Status.FEASIBLE, -5)


def test_an_energy_of_zero_can_be_broken_by_its_condition() -> None:
    p, q = map(pyqubo.Binary, "pq")
    model = pyqubo.Constraint(p + q, label="some", condition=lambda energy: energy >= 1) + p + q
    kept = read(model).watched.satisfied(np.array([[0.0, 0.0], [1.0, 0.0]]), ["p", "q"])
    assert kept.tolist() == [[False], [True]]


def test_numbers_of_many_decimals_are_exact() -> None:
    """PyQUBO writes 1/3 with six decimals, and 1e-7 as 0; what is kept must not depend on that."""
    p, q, r = map(pyqubo.Binary, "pqr")
    third = pyqubo.Constraint(
        p / 3 + q / 3 + r / 3 - 2 / 3, label="two", condition=lambda e: abs(e) < 1e-7
    )
    tiny = pyqubo.Constraint(1e-7 * p * q, label="tiny")
    found = read(third + tiny)
    energies, kept = found.watched.judged(
        np.array([[1.0, 1.0, 0.0], [1.0, 0.0, 0.0]]), ["p", "q", "r"]
    )
    at = {label: c for c, label in enumerate(found.watched.labels)}
    assert energies[:, at["tiny"]].tolist() == [1e-7, 0.0]
    assert kept[:, at["tiny"]].tolist() == [False, True]
    assert kept[:, at["two"]].tolist() == [True, False]
    assert energies[1, at["two"]] == pytest.approx(-1 / 3, abs=1e-15)


def test_what_is_zero_but_for_rounding_is_kept() -> None:
    p, q = map(pyqubo.Binary, "pq")
    found = read(pyqubo.Constraint(0.1 * p + 0.2 * q - 0.3, label="sum"))
    assert found.watched.satisfied(np.ones((1, 2)), ["p", "q"]).tolist() == [[True]]


def test_pyqubo_is_asked_once_for_each_energy() -> None:
    calls = []
    bits = [pyqubo.Binary(f"b{k}") for k in range(12)]
    few = pyqubo.Constraint(
        sum(bits), label="few", condition=lambda energy: calls.append(energy) or energy < 4
    )  # type: ignore[func-returns-value]
    watched = read(few).watched
    states = np.array(list(itertools.product((0.0, 1.0), repeat=12)))
    kept = watched.satisfied(states, [f"b{k}" for k in range(12)])
    assert kept[:, 0].tolist() == (states.sum(axis=1) < 4).tolist()
    assert sorted(calls) == list(range(13))


@pytest.mark.parametrize("condition", [lambda energy: 1 / 0, lambda energy: "perhaps"])
def test_a_condition_that_fails_is_told_in_a_line(condition: Any) -> None:
    model = pyqubo.Constraint(pyqubo.Binary("p") * 1.0, label="c", condition=condition)
    with pytest.raises(QoptError, match="condition= raises an error or gives no truth value"):
        qopt.solve(model, time_limit=None, num_sweeps=5, seed=1)


def test_verdicts_survive_a_pickle_and_others_are_not_made_up() -> None:
    p, q = map(pyqubo.Binary, "pq")
    watched = read(pyqubo.Constraint(p + q, label="c", condition=lambda e: e <= 1)).watched
    assert watched.satisfied(np.array([[1.0, 0.0]]), ["p", "q"]).tolist() == [[True]]
    again = pickle.loads(pickle.dumps(watched))
    assert again.satisfied(np.array([[0.0, 1.0]]), ["p", "q"]).tolist() == [[True]]
    with pytest.raises(QoptError, match="a condition= does not pickle"):
        again.satisfied(np.array([[1.0, 1.0]]), ["p", "q"])
    compiled = read(pyqubo.Constraint(p + q, label="c").compile()).watched
    with pytest.raises(QoptError, match="cannot be pickled"):
        pickle.dumps(compiled)


def test_placeholders_are_given_to_solve() -> None:
    model = pyqubo.Placeholder("A") * (
        pyqubo.Binary("p") + pyqubo.Binary("q") - 1
    ) ** 2 - pyqubo.Binary("p")
    for given in (model, model.compile()):
        result = qopt.solve(given, parameters={"A": 3}, time_limit=None, num_sweeps=50, seed=1)
        assert result.best is not None
        assert (result.objective, result.best.values) == (-1, {"p": 1, "q": 0})
        with pytest.raises(UnknownName, match="no placeholder named 'B'; known: A"):
            qopt.solve(given, parameters={"A": 3, "B": 1})
    with pytest.raises(QoptError, match="parameters: 'A' is 'much'; give a finite number"):
        qopt.solve(model, parameters={"A": "much"})  # type: ignore[dict-item]


def test_names_like_those_of_helpers_are_refused() -> None:
    a, b, product = map(pyqubo.Binary, ("a", "b", "a * b"))
    with pytest.raises(
        QoptError, match=r"a variable named 'a \* b', as PyQUBO itself names a product"
    ):
        compile_cqm(a * b * product - a)


def test_numbers_that_are_not_finite_are_refused() -> None:
    with pytest.raises(QoptError, match="not finite"):
        compile_cqm(float("inf") * pyqubo.Binary("p"))


@pytest.mark.parametrize("strength", [0.01, 5.0, 1e6])
def test_a_compiled_model_loses_its_strength_again(strength: float) -> None:
    random = np.random.default_rng(2)
    bits = [pyqubo.Binary(name) for name in "abcde"]
    model = pyqubo.Num(0.5)
    for _ in range(12):
        term = float(random.integers(-9, 10))
        for k in random.choice(5, random.integers(1, 5), replace=False):
            term = term * bits[k]
        model = model + term
    direct, again = Source.of(model).view, Source.of(model.compile(strength=strength))
    assert direct is not None
    assert again.view is not None
    states = np.array(list(itertools.product((0.0, 1.0), repeat=5)))
    order = [list(again.view.variables).index(name) for name in direct.variables]
    theirs = again.view.objective(states[:, np.argsort(order)])
    np.testing.assert_allclose(theirs, direct.objective(states), atol=1e-9 * max(1, strength))
    assert any("taken for PyQUBO's helpers" in note for note in again.notes)


def _all_constructs(random: np.random.Generator) -> Any:
    """A sum of everything that PyQUBO has, of degree up to six."""
    a, b, c, s = *map(pyqubo.Binary, "abc"), pyqubo.Spin("s")
    leaves = [
        *(a, b, c, s, (1 - s) / 2),
        pyqubo.Not(a),
        pyqubo.And(a, b),
        pyqubo.Or(b, c),
        pyqubo.Xor(a, c),
        pyqubo.NotConst(a, b, "not"),
        pyqubo.AndConst(a, b, c, "and"),
        pyqubo.OrConst(a, b, c, "or"),
        pyqubo.XorConst(a, b, c, "xor"),
        pyqubo.SubH(a + 2 * b * c, "part"),
        pyqubo.LogEncInteger("i", (-1, 3)),
        pyqubo.UnaryEncInteger("u", (0, 2)),
        pyqubo.OrderEncInteger("o", (0, 2), 1.25),
        pyqubo.OneHotEncInteger("h", (1, 2), pyqubo.Placeholder("P")),
        pyqubo.Placeholder("P"),
        pyqubo.Num(0.3),
    ]
    total = pyqubo.Num(float(random.normal()))
    for k in range(random.integers(2, 5)):
        term = float(random.normal()) * leaves[random.integers(len(leaves))]
        for _ in range(random.integers(0, 3)):
            term = term * leaves[random.integers(len(leaves))]
        if random.random() < 0.5:
            term = pyqubo.Constraint(
                term, label=f"c{k}", condition=lambda energy: -0.5 <= energy <= 0.5
            )
        total = total + (term**2 if random.random() < 0.2 else term)
    return total


@pytest.mark.parametrize("seed", range(40))
def test_every_construct_has_pyqubos_own_value_and_verdict(seed: int) -> None:
    """With right helpers PyQUBO's energy is the expression's, to more decimals than it writes."""
    random = np.random.default_rng(seed)
    model = _all_constructs(random)
    feed = {"P": 0.7} if "Placeholder" in str(model + 0) else {}
    compiled, source = model.compile(), Source.of(model, parameters=feed)
    variables = list(source.cqm.variables if source.view is None else source.view.variables)
    values = random.integers(0, 2, (8, len(variables))).astype(float)
    problem = Model(source)
    for row in values:
        plan = Assignment(dict(zip(variables, row.tolist(), strict=True)))
        evaluation = problem.evaluate(plan)
        given = dict(zip(variables, row.astype(int).tolist(), strict=True))
        sample = _with_products(given, compiled.variables)
        theirs = compiled.decode_sample(sample, vartype="BINARY", feed_dict=feed)
        assert evaluation.objective == pytest.approx(theirs.energy, abs=1e-9)
        broken = {label for label, (kept, _) in theirs.constraints().items() if not kept}
        assert {violation.constraint for violation in evaluation.violations} == broken


def test_a_condition_holds_beside_an_objective_of_many_decimals_and_variables() -> None:
    """The objective's numbers are rounded in PyQUBO's text, those of the constraint are not."""
    bits = [pyqubo.Binary(f"b{k}") for k in range(520)]
    most = pyqubo.Constraint(sum(bits[:8]), label="most", condition=lambda energy: energy <= 3)
    found = read(sum((k + 1) / 7 * bit for k, bit in enumerate(bits)) + most)
    names = [f"b{k}" for k in range(520)]
    states = np.zeros((3, 520))
    states[1, :3], states[2, :4] = 1, 1
    assert found.notes == ()
    assert found.watched.programs is not None
    assert found.watched.satisfied(states, names)[:, 0].tolist() == [True, True, False]
