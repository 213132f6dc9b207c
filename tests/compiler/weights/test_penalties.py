from __future__ import annotations

import itertools

import dimod
import numpy as np
import pytest

from qopt.compiler import ModelArrays, compile_cqm
from qopt.compiler.model.rows import Rows
from qopt.compiler.weights.penalties import MARGIN, _by_step
from qopt.compiler.weights.reach import Reach, Shares
from qopt.samplers import QuboAnnealer

from ... import tiny


def _reach(cqm: dimod.ConstrainedQuadraticModel) -> np.ndarray:
    model = ModelArrays.from_cqm(cqm)
    return Reach(model, Rows.of(model)).where().reach


def test_no_step_from_a_feasible_assignment_is_worth_more_than_its_reach() -> None:
    """By enumeration of forty models."""
    steps = 0
    for seed in range(40):
        cqm = tiny.random_cqm(np.random.default_rng(seed))
        model, reach = ModelArrays.from_cqm(cqm), _reach(cqm)
        values = [
            np.arange(low, high + 1, d)
            for low, high, d in zip(model.lower, model.upper, model.step, strict=True)
        ]
        assignments = list(itertools.product(*values))
        scored = dimod.SampleSet.from_samples_cqm(
            (np.array(assignments), model.variables), cqm, sort_labels=False
        )
        energies = dict(zip(assignments, scored.record.energy, strict=True))
        for assignment, feasible in zip(assignments, scored.record.is_feasible, strict=True):
            for i, step in enumerate(model.step):
                stepped = (*assignment[:i], assignment[i] + step, *assignment[i + 1 :])
                if feasible and stepped in energies:
                    steps += 1
                    assert abs(energies[stepped] - energies[assignment]) <= reach[i] + 1e-9
    assert steps > 100


def test_at_most_one_of_a_group_counts() -> None:
    """x gains 3 from each of four that exclude each other: 3 in all, and not 12."""
    cqm = dimod.ConstrainedQuadraticModel()
    x, *group = dimod.Binaries(["x", "a", "b", "c", "d"])
    cqm.set_objective(sum(-3 * x * g for g in group))
    cqm.add_constraint(sum(group) <= 1, label="group")
    assert _reach(cqm)[list(cqm.variables).index("x")] == 3


def test_a_budget_bounds_what_its_members_are_worth() -> None:
    """Of 5 units of budget the best rate is 4 a unit: at most 20, and not 400."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = dimod.Binary("x")
    a, b = (dimod.Integer(name, upper_bound=50) for name in "ab")
    cqm.set_objective(4 * x * a + 8 * x * b)
    cqm.add_constraint(a + 2 * b == 5, label="budget")
    assert _reach(cqm)[list(cqm.variables).index("x")] == 20


def test_couplings_are_gone_through_some_at_a_time_and_it_does_not_matter_how_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    models = [tiny.random_cqm(np.random.default_rng(seed)) for seed in range(20)] + [
        tiny.portfolio().model()
    ]
    whole = [_reach(cqm) for cqm in models]
    monkeypatch.setattr("qopt.compiler.weights.reach.BLOCK", 3)
    for cqm, expected in zip(models, whole, strict=True):
        np.testing.assert_allclose(_reach(cqm), expected)


def test_the_weight_of_a_constraint_is_what_its_variables_can_gain() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(5 * a - 2 * b + 0.5 * c)
    cqm.add_constraint(a + b == 1, label="dear")
    cqm.add_constraint(b + c == 1, label="cheap")
    np.testing.assert_allclose(compile_cqm(cqm, presolve=False).weights, [5 * MARGIN, 2 * MARGIN])


def test_a_constraint_the_objective_does_not_touch_gets_the_largest_weight() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c, d = dimod.Binaries("abcd")
    cqm.set_objective(5 * a - 2 * b)
    cqm.add_constraint(a + b == 1, label="touched")
    cqm.add_constraint(c + d == 1, label="apart")
    np.testing.assert_allclose(compile_cqm(cqm, presolve=False).weights, [5 * MARGIN, 5 * MARGIN])


def test_a_row_in_halves_is_weighed_in_halves() -> None:
    """Half a unit of violation is one step, and costs as much as a whole one doubled."""

    def energy(factor: float) -> float:
        cqm = dimod.ConstrainedQuadraticModel()
        a, b = dimod.Binaries("ab")
        cqm.set_objective(-a - b)
        cqm.add_constraint(factor * a + factor * b == factor, label="one")
        return float(compile_cqm(cqm, presolve=False).bqm().energy({"a": 1, "b": 1}))

    assert energy(0.5) == pytest.approx(energy(1.0)) == pytest.approx(energy(2.0))


def cover(sets: int, elements: int) -> dimod.ConstrainedQuadraticModel:
    """Elements that are each in five of the sets, which cost 1 to 19."""
    random = np.random.default_rng(sets)
    names = [f"take[{k}]" for k in range(sets)]
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(
        sum(
            float(price) * dimod.Binary(name)
            for name, price in zip(names, random.integers(1, 20, sets), strict=True)
        )
    )
    for element in range(elements):
        chosen = random.choice(names, 5, replace=False).tolist()
        cqm.add_constraint_from_iterable(
            [(name, 1.0) for name in chosen], ">=", rhs=1.0, label=f"covered[{element}]"
        )
    return cqm


def test_less_than_a_step_where_that_is_proven_and_better_covers_by_it() -> None:
    """What is not covered wants its cheapest set, not its dearest: less than half the weight."""
    cqm = cover(40, 30)
    light = compile_cqm(cqm)
    heavy = compile_cqm(
        cqm, penalties=dict(zip(light.model.labels, _by_step(light.weighed.worth)[0], strict=True))
    )
    assert light.weighed.proven.all()
    assert heavy.weighed.proven.all()
    assert light.weights.sum() < heavy.weights.sum() / 2
    anneal = {"num_reads": 64, "num_sweeps": 200, "method": "annealing", "seed": 1}
    found = [
        compiled.decode(QuboAnnealer().sample(compiled.bqm(), **anneal)).record
        for compiled in (light, heavy)
    ]
    best = [float(samples.energy[samples.is_feasible].min()) for samples in found]
    assert best[0] < 0.9 * best[1]


def test_a_reason_names_the_step_the_theorem_or_who_gave_the_weight() -> None:
    cqm = tiny.routing().model()
    by_bounds, given = (
        compile_cqm(cqm).weighed,
        compile_cqm(cqm, penalties={"served[2]": 99.0}).weighed,
    )
    assert by_bounds.reason[1].startswith("a step of route[")
    assert f"{by_bounds.value[1] / MARGIN:.4g} in the objective" in by_bounds.reason[1]
    assert (given.value[1], given.reason[1]) == (99.0, "given")
    assert given.reason[0] == by_bounds.reason[0]
    assert "(one-way)" in compile_cqm(cover(40, 30)).weighed.reason[0]


def test_a_reason_says_which_violation_the_amount_is_for() -> None:
    a, b, c = dimod.Binaries("abc")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-6 * a - 4 * b - c)
    cqm.add_constraint(0.1 * a + 0.2 * b + 0.2 * c <= 0.3, label="budget")
    found = compile_cqm(cqm, presolve=False).weighed
    assert found.value[0] == pytest.approx(MARGIN * 1 / 0.1**2)
    assert found.reason == ["breaking it by 0.1 never pays above 1 (one-way), times 1.1"]


def test_proven_weights_are_proven_where_bounds_are_not() -> None:
    """Route sets have no step that serves one customer and spares the rest."""
    cqm = tiny.routing().model()
    assert not compile_cqm(cqm).weighed.proven.any()
    compiled = compile_cqm(cqm, penalties="proven")
    assert compiled.weighed.proven.all()
    assert set(compiled.weighed.proofs.theorem) == {"whole"}
    assert (compiled.weights >= MARGIN * np.abs(compiled.model.linear).sum()).all()


def test_a_variable_of_several_rows_is_shared_by_its_first_and_by_its_last() -> None:
    a, b, c, d = dimod.Binaries("abcd")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-a - b - c - d)
    cqm.add_constraint(a + b <= 1, label="one")
    cqm.add_constraint(2 * a + 3 * c <= 4, label="two")
    cqm.add_constraint(c + d <= 1, label="three")
    model = ModelArrays.from_cqm(cqm)
    first, last = Shares.families(model, Rows.of(model))
    assert first.row.tolist() == [0, 0, 1, 2]
    assert last.row.tolist() == [1, 0, 2, 2]
    assert first.coefficient.tolist() == [1, 1, 3, 1]
    assert last.coefficient.tolist() == [2, 1, 1, 1]


def test_a_constraint_of_what_costs_nothing_has_a_weight() -> None:
    """Nothing is gained by breaking it, and yet it has to hold."""
    a, b = dimod.Binaries("ab")
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.BinaryQuadraticModel("BINARY"))
    cqm.add_constraint(a + b == 1, label="one")
    compiled = compile_cqm(cqm, presolve=False)
    assert (compiled.weights > 0).all()
    ground = dimod.ExactSolver().sample(compiled.bqm()).lowest()
    assert {tuple(sorted(s.items())) for s in ground.samples()} == {
        (("a", 0), ("b", 1)),
        (("a", 1), ("b", 0)),
    }


def test_a_constraint_that_the_objective_does_not_touch_weighs_as_the_heaviest_of_the_others() -> (
    None
):
    """What breaking it gains is gained in another constraint; `free` is in none."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c, d, free = dimod.Binaries(["a", "b", "c", "d", "free"])
    cqm.set_objective(-3 * a + 1 * b - 100 * free)
    cqm.add_constraint(a + b == 1, label="touched")
    cqm.add_constraint(c + d == 1, label="untouched")
    model = ModelArrays.from_cqm(cqm)
    value, why, _ = _by_step(Reach(model, Rows.of(model)))
    assert why.tolist() == ["step", "elsewhere"]
    assert value == pytest.approx(MARGIN * np.array([3.0, 3.0]))


def test_a_one_hot_number_beyond_its_range_does_not_pay_for_the_row_it_mends() -> None:
    """3 and 2 at once are 5, which saves what two of three others cost, at a pair's cost."""
    cqm = dimod.ConstrainedQuadraticModel()
    others, i = list(dimod.Binaries("abc")), dimod.Integer("i", upper_bound=3)
    cqm.set_objective(50 * sum(others))
    cqm.add_constraint(i + sum(others) >= 6, label="six")
    compiled = compile_cqm(cqm, encodings={"i": "one-hot"}, presolve=False)
    found = compiled.verify()
    assert found.ok, str(found)
    assert found.lowest == pytest.approx(150)
