"""Models without names and constants, and what comes of them with these put back."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import dimod
import numpy as np
import pytest
from dwave.optimization import Model

from qopt.errors import QoptError
from qopt.ocean.policy import anonymous, neutral_label

SECRET = "Zanzibar"
SHUFFLES = pytest.mark.parametrize("shuffle", [None, 0, 11])


def _label(k: int, chance: np.random.Generator) -> Hashable:
    kinds: list[Hashable] = [f"{SECRET}[{k}]", (SECRET, k), 1000 + k, f"{SECRET} to {SECRET}{k}"]
    return kinds[int(chance.integers(len(kinds)))]


def _bqm(seed: int) -> dimod.BinaryQuadraticModel:
    chance = np.random.default_rng(seed)
    size = int(chance.integers(1, 9))
    labels = [_label(k, chance) for k in range(size)]
    bqm = dimod.BinaryQuadraticModel(str(chance.choice(["BINARY", "SPIN"])))
    for label in labels:
        bqm.add_linear(label, chance.normal())
    for u in range(size):
        for v in range(u):
            if chance.random() < 0.5:
                bqm.add_quadratic(labels[u], labels[v], chance.normal())
    bqm.offset = chance.normal() * 7
    return bqm


def _cqm(seed: int) -> dimod.ConstrainedQuadraticModel:
    chance = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    labels = [_label(k, chance) for k in range(int(chance.integers(3, 6)))]
    for label in labels:
        kind = str(chance.choice(["BINARY", "SPIN", "INTEGER"]))
        bounds = {"lower_bound": -1, "upper_bound": 2} if kind == "INTEGER" else {}
        cqm.add_variable(kind, label, **bounds)
    cqm.set_objective([*_terms(labels, cqm, chance), (float(chance.normal()),)])
    for row in range(int(chance.integers(1, 5))):
        soft: dict[str, Any] = {}
        if chance.random() < 0.3:
            soft = {"weight": float(chance.integers(1, 9)), "penalty": "linear"}
        terms: list[tuple[Any, ...]]
        terms = [(u, v, float(round(b))) for u, v, b in _pairs(labels, cqm, chance)]
        terms += [(label, float(chance.integers(-3, 4))) for label in labels]
        sense = str(chance.choice(["<=", ">=", "=="]))
        right, constant = (float(chance.integers(-4, 5)) for _ in range(2))
        cqm.add_constraint_from_iterable(
            [*terms, (constant,)], sense, rhs=right, label=_label(row, chance), **soft
        )
    return cqm


def _pairs(
    labels: list[Hashable], cqm: dimod.ConstrainedQuadraticModel, chance: np.random.Generator
) -> list[tuple[Hashable, Hashable, float]]:
    found: list[tuple[Hashable, Hashable, float]] = []
    for k, u in enumerate(labels):
        last = k + 1 if cqm.vartype(u) is dimod.INTEGER else k  # with itself, too
        found += [(u, v, chance.normal() * 3) for v in labels[:last] if chance.random() < 0.4]
    return found


def _terms(
    labels: list[Hashable], cqm: dimod.ConstrainedQuadraticModel, chance: np.random.Generator
) -> list[tuple[Any, ...]]:
    return [*_pairs(labels, cqm, chance), *((label, chance.normal()) for label in labels)]


def _uploaded(model: Any) -> bytes:
    with model.to_file() as file:
        return bytes(file.read())


@SHUFFLES
@pytest.mark.parametrize("seed", range(12))
def test_a_bqms_samples_come_back_with_its_energies(seed: int, shuffle: int | None) -> None:
    bqm = _bqm(seed)
    before = bqm.copy()
    hidden = anonymous(bqm, shuffle=shuffle)
    assert bqm.is_equal(before)
    assert list(hidden.model.variables) == list(range(bqm.num_variables))
    assert hidden.model.offset == 0
    assert hidden.model.shape == bqm.shape
    found = hidden.back(dimod.ExactSolver().sample(hidden.model))
    assert list(found.variables) == list(bqm.variables)
    assert found.vartype is bqm.vartype
    np.testing.assert_allclose(found.record.energy, bqm.energies(found), atol=1e-9)
    assert len({row.tobytes() for row in found.record.sample}) == 2**bqm.num_variables


@SHUFFLES
@pytest.mark.parametrize("seed", range(12))
def test_a_cqms_samples_come_back_as_it_would_have_given_them(
    seed: int, shuffle: int | None
) -> None:
    cqm = _cqm(seed)
    hidden = anonymous(cqm, shuffle=shuffle)
    assert list(hidden.model.variables) == list(range(len(cqm.variables)))
    assert list(hidden.model.constraints) == list(range(len(cqm.constraints)))
    assert hidden.model.objective.offset == 0
    assert all(c.lhs.offset == 0 for c in hidden.model.constraints.values())
    found = hidden.back(dimod.ExactCQMSolver().sample_cqm(hidden.model))
    again = dimod.SampleSet.from_samples_cqm(found, cqm)
    assert list(found.variables) == list(cqm.variables)
    assert set(found.info["constraint_labels"]) == set(cqm.constraints)
    np.testing.assert_allclose(found.record.energy, again.record.energy, atol=1e-9)
    assert found.record.is_feasible.tolist() == again.record.is_feasible.tolist()
    columns = [found.info["constraint_labels"].index(c) for c in again.info["constraint_labels"]]
    assert found.record.is_satisfied[:, columns].tolist() == again.record.is_satisfied.tolist()


def test_soft_and_discrete_constraints_and_ranges_are_kept() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y = dimod.Binaries([f"{SECRET}x", f"{SECRET}y"])
    i = dimod.Integer(f"{SECRET}i", lower_bound=-3, upper_bound=9)
    r = dimod.Real(f"{SECRET}r", lower_bound=0.5, upper_bound=1e5)
    cqm.set_objective(x + 2 * y + i * i + r + 5)
    cqm.add_constraint(x + y + 3 <= 5, label=f"{SECRET}c")
    cqm.add_constraint(i + r - 3 >= 0, label=f"{SECRET}d", weight=3.0, penalty="linear")
    cqm.add_discrete([f"{SECRET}x", f"{SECRET}y"], label=f"{SECRET}e")
    plain = anonymous(cqm).model
    assert [plain.vartype(v) for v in plain.variables] == [cqm.vartype(v) for v in cqm.variables]
    assert (plain.lower_bound(2), plain.upper_bound(2)) == (-3, 9)
    assert (plain.lower_bound(3), plain.upper_bound(3)) == (0.5, 1e5)
    assert plain.constraints[0].rhs == 2
    assert (plain.constraints[1].lhs.weight(), plain.constraints[1].lhs.penalty()) == (3, "linear")
    assert list(plain.discrete) == [2]
    assert SECRET.encode() in _uploaded(cqm)
    assert SECRET.encode() not in _uploaded(plain)


@pytest.mark.parametrize("seed", range(6))
def test_no_name_is_in_the_bytes_that_are_uploaded(seed: int) -> None:
    for model in (_bqm(seed + 50), _cqm(seed + 50)):
        sent = _uploaded(anonymous(model, shuffle=seed).model)
        assert SECRET.encode() not in sent
        assert b"100" not in sent.partition(b"variable_labels")[2][:60]


def test_an_order_that_is_drawn_is_the_same_again_and_another_by_another_seed() -> None:
    bqm = dimod.generators.gnm_random_bqm(30, 100, "BINARY", random_state=1)
    bqm.relabel_variables({v: f"{SECRET}{v}" for v in range(30)})
    sent = [_uploaded(anonymous(bqm, shuffle=s).model) for s in (5, 5, 6, None)]
    assert sent[0] == sent[1]
    assert len(set(sent)) == 3


def test_the_order_in_which_couplings_were_added_is_not_sent() -> None:
    pairs = [("a", "b"), ("c", "a"), ("d", "c")]
    sent = set()
    for order in (pairs, pairs[::-1]):
        bqm = dimod.BinaryQuadraticModel("BINARY")
        bqm.add_linear_from({"a": 1, "b": 2, "c": 3})
        for u, v in order:
            bqm.add_quadratic(v, u, 1)
        sent.add(_uploaded(anonymous(bqm).model))
    assert len(sent) == 1


def test_all_else_of_an_answer_is_kept() -> None:
    bqm = dimod.BinaryQuadraticModel({"a": 1, "b": 2}, {"ab": -1}, 3, "SPIN")
    hidden = anonymous(bqm, shuffle=2)
    answered = dimod.SampleSet.from_samples(
        [{0: 1, 1: -1}, {0: -1, 1: -1}],
        "SPIN",
        energy=[0.0, 1.0],
        num_occurrences=[3, 4],
        chain_break_fraction=[0.25, 0.5],
        info={
            "timing": {"qpu_access_time": 7},
            "embedding_context": {"embedding": {0: (5,), 1: (6, 7)}, "chain_strength": 2.0},
        },
    )
    found = hidden.back(answered)
    assert found.record.num_occurrences.tolist() == [3, 4]
    assert found.record.chain_break_fraction.tolist() == [0.25, 0.5]
    assert found.record.energy.tolist() == [3.0, 4.0]
    assert found.info["timing"] == {"qpu_access_time": 7}
    context = found.info["embedding_context"]
    assert context["chain_strength"] == 2.0
    number = {v: k for k, v in enumerate(_order(hidden, bqm))}
    assert context["embedding"] == {v: ((5,), (6, 7))[number[v]] for v in "ab"}
    assert set(answered.variables) == {0, 1}  # what came back is left as it was


def _order(hidden: Any, bqm: dimod.BinaryQuadraticModel) -> list[Hashable]:
    return sorted(
        bqm.variables, key=lambda v: list(hidden.model.linear.values()).index(bqm.linear[v])
    )


def test_an_answer_may_have_its_columns_in_any_order() -> None:
    bqm = dimod.BinaryQuadraticModel({"a": 1, "b": 2, "c": 4}, {"ab": -1}, 3, "BINARY")
    hidden = anonymous(bqm)
    rows = ([[1, 0, 0], [0, 1, 1]], [2, 0, 1])
    answered = dimod.SampleSet.from_samples_bqm(rows, hidden.model, sort_labels=False)
    assert list(answered.variables) == [2, 0, 1]
    found = hidden.back(answered)
    assert list(found.variables) == ["a", "b", "c"]
    assert found.record.sample.tolist() == [[0, 0, 1], [1, 1, 0]]
    assert found.record.energy.tolist() == [7.0, 5.0]


@pytest.mark.parametrize("answered", [{0: 1}, {0: 1, 1: 0, 2: 1}, {"a": 1, "b": 0}])
def test_an_answer_to_another_model_is_refused(answered: dict[Any, int]) -> None:
    hidden = anonymous(dimod.BinaryQuadraticModel({"a": 1, "b": 2}, {}, 3, "BINARY"))
    with pytest.raises(QoptError, match="which are not the 2 of the model"):
        hidden.back(dimod.SampleSet.from_samples(answered, "BINARY", energy=0))


def test_a_model_without_variables() -> None:
    hidden = anonymous(dimod.BinaryQuadraticModel({}, {}, 3.0, "BINARY"))
    assert hidden.model.shape == (0, 0)


@pytest.mark.parametrize("model", [None, {("a", "b"): 1}, "model"])
def test_other_things_are_refused(model: Any) -> None:
    with pytest.raises(QoptError, match="give a BQM or a CQM of dimod, or a Model"):
        anonymous(model)
    with pytest.raises(QoptError, match="shuffle=-1"):
        anonymous(model, shuffle=-1)


def _knapsack() -> Model:
    model = Model()
    x, order = model.binary(4), model.list(5)
    lists = model.disjoint_lists_symbol(6, 2)
    worth = model.constant([7.5, 3.25, 5.125, 9.0625])
    first = next(lists.iter_successors())
    costs = 31337.25 - 1 + (x * worth).sum() + order[0] - first.sum() - model.constant(2)
    model.minimize(costs)
    model.add_constraint(x.sum() <= 3)
    return model


def test_a_nonlinear_models_states_come_back_with_its_objective() -> None:
    model = _knapsack()
    hidden = anonymous(model)
    plain = hidden.model
    assert plain.num_decisions() == model.num_decisions()
    with plain.lock():
        plain.states.resize(3)
        x, order, lists = plain.iter_decisions()
        x.set_state(1, [1, 0, 1, 1])
        order.set_state(1, [4, 3, 2, 1, 0])
        lists.set_state(1, [[0, 1], [2, 3, 4, 5]])
        assert plain.objective.state(1) == 7.5 + 5.125 + 9.0625 + 4 - 1
    found = hidden.back(plain)
    assert found is model
    assert model.states.size() == 3
    with model.lock():
        assert model.objective.state(1) == 31336.25 - 2 + 7.5 + 5.125 + 9.0625 + 3
        assert [symbol.state(1) for symbol in model.iter_constraints()] == [1.0]
        assert next(model.iter_decisions()).state(1).tolist() == [1, 0, 1, 1]
    assert not model.is_locked()


def test_constants_and_states_of_a_nonlinear_model_are_not_uploaded() -> None:
    model = _knapsack()
    with model.lock():
        model.states.resize(1)
        next(model.iter_decisions()).set_state(0, [1, 1, 0, 0])
        constant = np.float64(31336.25).tobytes()
        plain = anonymous(model).model
        assert constant in _unpacked(model)
        assert constant not in _unpacked(plain)
        assert plain.states.size() == 0
    assert model.states.size() == 1


def test_a_nonlinear_model_without_constants_is_sent_as_it_is() -> None:
    model = Model()
    x = model.binary(3)
    model.minimize((x * model.constant([1.0, 2, 3])).sum())
    assert anonymous(model).model.num_symbols() == model.num_symbols()
    empty = Model()
    empty.binary(2)
    assert anonymous(empty).model.num_decisions() == 1


def test_an_answer_to_another_nonlinear_model_is_refused() -> None:
    other = Model()
    other.list(5)
    with pytest.raises(QoptError, match="its decisions differ"):
        anonymous(_knapsack()).back(other)


def _unpacked(model: Model) -> bytes:
    import zipfile

    with model.to_file() as file, zipfile.ZipFile(file) as parts:
        return b"".join(parts.read(name) for name in parts.namelist())


def test_a_neutral_label_names_nothing_and_is_found_again() -> None:
    label = neutral_label(f"{SECRET} trial 7")
    assert label == neutral_label(f"{SECRET} trial 7") != neutral_label(f"{SECRET} trial 8")
    assert SECRET not in label
    assert label.startswith("qopt ")
