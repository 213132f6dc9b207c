"""What the constrained annealer is given, beside dimod, on all assignments of small models."""

from __future__ import annotations

from typing import Any

import dimod
import numpy as np
import pytest

from qopt import QoptError
from qopt.anneal.constrained.model import NONE, Constrained
from qopt.anneal.constrained.tables import tables
from qopt.anneal.constrained.walkers import Walkers
from qopt.compiler.model.arrays import ModelArrays
from qopt.compiler.model.rows import Rows
from qopt.compiler.model.structure import Structure
from qopt.compiler.presolve.presolve import Presolved
from qopt.samplers import CqmAnnealer, constrained_model
from qopt.samplers.constrained_model import AnnealerModel, prepared

from ..anneal.constrained.cqms import random_cqm, scored
from ..anneal.constrained.models import walkers
from ..benchmarks.start_time_models import FORMS, job_shop, round_trip, tardiness
from ..tiny import random_cqm as tiny_cqm

MODELS: list[Any] = [
    *(pytest.param(random_cqm, seed, id=f"random {seed}") for seed in range(60)),
    *(
        pytest.param(lambda seed: tiny_cqm(np.random.default_rng(seed)), seed, id=f"tiny {seed}")
        for seed in range(12)
    ),
]


def feasible(annealed: AnnealerModel, values: np.ndarray) -> np.ndarray:
    """Of assignments, which the walks would call so."""
    model, states = annealed.model, annealed.extended(values)
    holds = ((states >= model.lower) & (states <= model.upper)).all(axis=1)
    for g, total in enumerate(model.total):
        holds &= states[:, model.group == g].sum(axis=1) == total
    for c in range(model.column.max(initial=NONE) + 1):
        holds &= states[:, model.column == c].sum(axis=1) == 1
    first, second = model.conflicts
    holds &= (states[:, first] * states[:, second] == 0).all(axis=1)
    hard = np.isinf(model.rows.weight)
    return np.asarray(holds & (model.violations(states)[:, hard] < 1e-9).all(axis=1))


@pytest.mark.parametrize(("make", "seed"), MODELS)
def test_the_same_assignments_are_feasible_and_cost_the_same(make: Any, seed: int) -> None:
    cqm = make(seed)
    states, wanted, energies = scored(cqm)
    for columns in (True, False):
        annealed = AnnealerModel.of(ModelArrays.from_cqm(cqm), columns=columns)
        np.testing.assert_array_equal(feasible(annealed, states), wanted)
        np.testing.assert_allclose(
            annealed.model.objective(annealed.extended(states)), energies, atol=1e-9
        )


@pytest.mark.parametrize(("make", "seed"), MODELS)
def test_presolved_models_have_the_same_feasible_assignments(make: Any, seed: int) -> None:
    cqm = make(seed)
    states, wanted, energies = scored(cqm)
    presolved, impossible = prepared(ModelArrays.from_cqm(cqm))
    if impossible:
        assert not wanted.any()
        assert presolved.model is presolved.full
        return
    annealed = AnnealerModel.of(presolved.model)
    reduced = np.unique(presolved.reduce(states), axis=0)
    there = feasible(annealed, reduced)
    restored = presolved.restore(reduced[there])
    order, real = np.lexsort(restored.T[::-1]), states[wanted]
    np.testing.assert_array_equal(restored[order], real[np.lexsort(real.T[::-1])])
    objectives = annealed.model.objective(annealed.extended(reduced[there]))[order]
    np.testing.assert_allclose(objectives, energies[wanted][np.lexsort(real.T[::-1])], atol=1e-9)


@pytest.mark.parametrize("seed", range(40))
def test_every_feasible_assignment_is_a_start(seed: int) -> None:
    """Presolved, with stand-ins, and with indicators as they should be: no worse for that."""
    cqm = random_cqm(seed)
    states, wanted, energies = scored(cqm)
    presolved, _ = prepared(ModelArrays.from_cqm(cqm))
    annealed = AnnealerModel.of(presolved.model)
    chosen = np.flatnonzero(wanted)[:: max(1, wanted.sum() // 50)]
    crowd = Walkers(annealed.model, tables(annealed.model), len(chosen))
    assert crowd.restart([0], annealed.extended(presolved.reduce(states[chosen])))
    violations, objectives = crowd.state.record.T
    assert (violations == 0).all()
    assert (objectives + annealed.model.offset <= energies[chosen] + 1e-9).all()


def test_what_rows_need_of_indicators_is_best_for_all() -> None:
    """Whatever the rest, an assignment is as feasible as it can be with the indicators that its
    rows need, and cheapest.
    """
    seen = 0
    for seed in range(150):
        cqm = random_cqm(seed)
        annealed = AnnealerModel.of(ModelArrays.from_cqm(cqm))
        chosen = np.unique(annealed.model.rows.indicator[annealed.model.rows.indicator != NONE])
        if not len(chosen):
            continue
        states, holds, energies = scored(cqm)
        rest = np.setdiff1d(np.arange(states.shape[1]), chosen)
        key = np.unique(states[:, rest], axis=0, return_inverse=True)[1].ravel()
        full = annealed.extended(states)
        for same in (np.flatnonzero(key == number) for number in range(0, key.max() + 1, 7)):
            mine = same[
                (states[same][:, chosen] == _followed(annealed.model, full[same[0]], chosen)).all(
                    axis=1
                )
            ]
            assert len(mine) == 1
            if holds[same].any():
                assert holds[mine[0]]
                assert energies[mine[0]] <= energies[same[holds[same]]].min() + 1e-9
                seen += 1
    assert seen > 60


def _followed(model: Constrained, state: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """What the rows need of the indicators `chosen` where all of them are 0."""
    without = state.copy()
    without[chosen] = 0
    over = model.activities(without[None])[0] - model.rows.rhs
    return np.array([float((over[model.rows.indicator == y] > 1e-9).any()) for y in chosen])


@pytest.mark.parametrize("form", FORMS)
def test_start_times_follow_from_the_order(form: str) -> None:
    """Of two jobs on two machines, in every way to write it: all but the orders follow, and the
    walks find the optimum.
    """
    cqm = dimod.ConstrainedQuadraticModel()
    start = {
        (j, m): dimod.Integer(f"s{j}{m}", lower_bound=0, upper_bound=12)
        for j in range(2)
        for m in range(2)
    }
    end = dimod.Integer("end", lower_bound=0, upper_bound=12)
    length = {(0, 0): 3, (0, 1): 2, (1, 0): 1, (1, 1): 4}
    for j, (first, then) in enumerate([(0, 1), (1, 0)]):
        cqm.add_constraint(start[j, then] - start[j, first] >= length[j, first])
        cqm.add_constraint(end - start[j, then] >= length[j, then])
    for m in range(2):
        a, p, b, q = start[0, m], length[0, m], start[1, m], length[1, m]
        FORMS[form](cqm, a, p, b, q, dimod.Binary(f"y{m}"), 20, f"machine{m}")
    cqm.set_objective(end)
    presolved, _ = prepared(ModelArrays.from_cqm(cqm))
    model = AnnealerModel.of(presolved.model).model
    assert not len(model.rows.product)
    following = {presolved.model.variables[v] for v in np.unique(model.rows.follower)}
    assert following == {"end", *(f"s{j}{m}" for j in range(2) for m in range(2))}
    found = CqmAnnealer().sample_cqm(cqm, num_sweeps=20, seed=1, num_threads=1)
    assert found.record.is_feasible.all()
    assert found.first.energy == 6


@pytest.mark.parametrize("form", FORMS)
def test_the_bytes_of_schedules_do_not_depend_on_the_threads(form: str) -> None:
    cqm = job_shop(4, 3, form, seed=5).cqm
    one, two = (
        CqmAnnealer().sample_cqm(cqm, num_sweeps=60, num_reads=32, seed=9, num_threads=threads)
        for threads in (1, 2)
    )
    assert one.record.sample.tobytes() == two.record.sample.tobytes()
    assert one.record.is_feasible.all()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("seed", range(3))
def test_schedules_are_no_worse_than_a_dispatcher_makes_them(form: str, seed: int) -> None:
    for schedule in (job_shop(5, 4, form, seed), tardiness(8, form, seed)):
        found = CqmAnnealer().sample_cqm(schedule.cqm, num_sweeps=100, seed=seed, num_threads=1)
        assert found.record.is_feasible.all()
        assert found.first.energy <= schedule.greedy
        again = dimod.SampleSet.from_samples_cqm(dimod.as_samples(found), schedule.cqm)
        np.testing.assert_array_equal(again.record.is_feasible, found.record.is_feasible)


def test_customers_in_time_windows_are_reached_in_time() -> None:
    schedule = round_trip(7, 1)
    found = CqmAnnealer().sample_cqm(schedule.cqm, num_sweeps=500, seed=1, num_threads=1)
    assert found.filter(lambda row: row.is_feasible).record.is_feasible.any()


def test_an_initial_schedule_is_kept_or_bettered() -> None:
    cqm = job_shop(4, 4, "products", 2).cqm
    good = CqmAnnealer().sample_cqm(cqm, num_sweeps=100, seed=1, num_threads=1)
    again = CqmAnnealer().sample_cqm(
        cqm, num_sweeps=1, seed=2, num_threads=1, initial_states=good.first.sample
    )
    assert again.first.energy <= good.first.energy


def _annealed(cqm: dimod.ConstrainedQuadraticModel) -> AnnealerModel:
    return AnnealerModel.of(ModelArrays.from_cqm(cqm))


def test_a_sum_of_negative_numbers() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Integer(name, lower_bound=-4, upper_bound=4) for name in "ijk"]
    cqm.add_constraint(sum(x) == -3)
    cqm.add_constraint(
        sum(-2 * dimod.Integer(name, lower_bound=-4, upper_bound=4) for name in "lmn") == 8
    )
    assert _annealed(cqm).model.total.tolist() == [-3, -4]


@pytest.mark.parametrize(
    "rest",
    [dimod.Integer("i", lower_bound=0, upper_bound=4), dimod.Binary("c") + dimod.Binary("d")],
)
def test_a_group_that_adds_up_to_more_than_one_does_not_imply_a_conflict(rest: Any) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.add_constraint(-1 * (a + b + rest) == -2)
    cqm.add_constraint(a + b <= 1)
    model = _annealed(cqm).model
    assert [part.tolist() for part in model.conflicts] == [[0], [1]]


def test_a_group_that_adds_up_to_one_implies_its_conflicts() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.add_constraint(a + b + c == 1)
    cqm.add_constraint(a + b <= 1)
    cqm.add_constraint(b * c == 0)
    annealed = _annealed(cqm)
    assert not len(annealed.model.conflicts[0])
    assert annealed.counts() == {"kept": 1, "conflicts": 2, "priced": 0}


def test_constraints_are_counted_by_what_becomes_of_them() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c, d = dimod.Binaries("abcd")
    cqm.add_constraint(a + b + c == 1)
    cqm.add_constraint(a + d <= 1)
    cqm.add_constraint(2 * a + 3 * d <= 4)
    cqm.add_constraint(a + d <= 2)
    assert _annealed(cqm).counts() == {"kept": 1, "conflicts": 1, "priced": 1}


def test_without_columns_they_are_priced() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = (
        np.array(dimod.Binaries(map(str, range(9)))).reshape(3, 3)
        if False
        else [[dimod.Binary(f"{r}{c}") for c in range(3)] for r in range(3)]
    )
    for k in range(3):
        cqm.add_constraint(sum(x[k]) == 1)
        cqm.add_constraint(sum(row[k] for row in x) == 1)
    arrays = ModelArrays.from_cqm(cqm)
    assert AnnealerModel.of(arrays).counts() == {"kept": 6, "conflicts": 0, "priced": 0}
    assert AnnealerModel.of(arrays, columns=False).counts() == {
        "kept": 3,
        "conflicts": 0,
        "priced": 3,
    }


def test_violations_of_rows_in_any_unit_compare() -> None:
    """Hard rows are in mean steps, however they are scaled; soft ones as they were charged."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.add_constraint(1e6 * a + 3e6 * b <= 2e6)
    cqm.add_constraint(1e-3 * a + 3e-3 * b <= 2e-3)
    cqm.add_constraint_from_model(10 * a + 30 * b, "<=", rhs=20, weight=7.0)
    model = _annealed(cqm).model
    np.testing.assert_allclose(model.violations(np.ones((1, 2))), [[1, 1, 20]])
    assert (model.rows.rhs == [1, 1, 20]).all()
    np.testing.assert_allclose(model.objective(np.ones((1, 2))), [140])


def test_sums_of_wide_whole_numbers_are_exact() -> None:
    """However far a walk goes: a row that holds is not taken for one that rounding errors break."""
    cqm = dimod.ConstrainedQuadraticModel()
    i, j = (dimod.Integer(name, lower_bound=0, upper_bound=10**9) for name in "ij")
    cqm.add_constraint(0.3 * i - 0.7 * j == 0)
    cqm.add_constraint(3 * i - 7 * j <= 0)
    model = _annealed(cqm).model
    crowd = walkers(model, 4)
    crowd.anneal(np.full(500, 1e12))
    exact = (3 * crowd.state.x[:, 0] - 7 * crowd.state.x[:, 1]) / 4
    np.testing.assert_array_equal(crowd.state.activity, np.stack([exact, exact], axis=1))


def test_members_of_a_knapsack_are_partners_in_it() -> None:
    """Without columns, two groups change places in the largest row that meets each once."""
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary(f"{r}{c}") for c in range(3)] for r in range(4)]
    for row in x:
        cqm.add_constraint(sum(row) == 1)
    for c in range(3):
        cqm.add_constraint(sum((r + 2) * row[c] for r, row in enumerate(x)) <= 6, label=c)
    partner = _annealed(cqm).model.partner.reshape(4, 3)
    assert (partner == partner[0]).all()
    assert len(set(partner[0].tolist())) == 3


@pytest.mark.parametrize("bounds", [(0, 2**31), (-(2**31), 0), (-(2**40), 2**40)])
def test_a_variable_without_bounds_is_refused_unless_constraints_bound_it(
    bounds: tuple[int, int],
) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    wide = dimod.Integer("wide", lower_bound=bounds[0], upper_bound=bounds[1])
    cqm.add_constraint(wide + dimod.Binary("b") <= 1e18, label="idle")
    with pytest.raises(QoptError, match=r"variable 'wide' ranges over .* bounds closer"):
        prepared(ModelArrays.from_cqm(cqm))
    cqm.add_constraint(wide <= 5)
    cqm.add_constraint(wide >= -5)
    presolved, impossible = prepared(ModelArrays.from_cqm(cqm))
    assert isinstance(presolved, Presolved)
    assert impossible is None
    assert (presolved.model.upper - presolved.model.lower).max() <= 10


def test_stand_ins_are_1_where_a_constraint_has_no_other() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary(f"{r}{c}") for c in range(4)] for r in range(3)]
    for row in x:
        cqm.add_constraint(sum(row) <= 1)
    for c in range(4):
        cqm.add_constraint(sum(row[c] for row in x) <= 1)
    annealed = _annealed(cqm)
    assert annealed.num_variables == 12
    assert annealed.model.num_variables == 12 + 3 + 4
    taken = np.zeros((2, 12))
    taken[1, [0, 5]] = 1  # of the first two rows and columns
    assert annealed.extended(taken)[:, 12:].tolist() == [[1] * 7, [0, 0, 1, 0, 0, 1, 1]]
    assert annealed.counts()["kept"] == 7


def test_a_row_of_three_that_meets_three_groups_makes_partners_of_its_members() -> None:
    """Its members may swap places between their groups, as loads do that share a machine."""
    cqm = dimod.ConstrainedQuadraticModel()
    pairs = [dimod.Binaries((f"{name}0", f"{name}1")) for name in "abc"]
    pairs = [list(pair) for pair in pairs]
    cqm.set_objective(sum(k * one for k, (one, _) in enumerate(pairs, 1)))
    for name, pair in zip("abc", pairs, strict=True):
        cqm.add_constraint(sum(pair) == 1, label=f"one[{name}]")
    weights = (2, 3, 4)
    load = sum(w * other for w, (_, other) in zip(weights, pairs, strict=True))
    cqm.add_constraint(load <= 6, label="room")
    arrays = ModelArrays.from_cqm(cqm)
    structure = Structure.of(arrays, Rows.of(arrays))
    partner = constrained_model._partners(arrays, structure)
    room = list(arrays.labels).index("room")
    assert [label for label, row in zip(arrays.variables, partner, strict=True) if row == room] == [
        "a1",
        "b1",
        "c1",
    ]
