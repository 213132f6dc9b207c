from __future__ import annotations

import _thread
import inspect
import json
import os
import threading
import time
from typing import Any

import dimod
import numpy as np
import pytest
from dwave.samplers import SteepestDescentSampler
from dwave.system import LeapHybridCQMSampler

from qopt import QoptError
from qopt.anneal.constrained.search import Found
from qopt.anneal.warm import warm_up_constrained
from qopt.samplers import CqmAnnealer

from ..anneal.constrained.cqms import random_cqm, scored
from ..benchmarks.constrained_models import load
from ..tiny import random_cqm as tiny_cqm

UNSET = "set QOPT_INSTANCES to the folder of benchmark instances to run this"
METHODS = ["tempering", "annealing"]


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    warm_up_constrained()  # so that no deadline below waits for a compiler


def sample(cqm: dimod.ConstrainedQuadraticModel, **options: Any) -> dimod.SampleSet:
    return CqmAnnealer().sample_cqm(
        cqm, **{"seed": 1, "num_sweeps": 60, "num_threads": 1} | options
    )


def timed(
    cqm: dimod.ConstrainedQuadraticModel, seconds: float | None = None, **options: Any
) -> dimod.SampleSet:
    return sample(cqm, **{"num_sweeps": None, "time_limit": seconds} | options)


def assignment(size: int = 6, seed: int = 0) -> dimod.ConstrainedQuadraticModel:
    """Things on places, with what pairs of them cost and what they weigh."""
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary(("x", n, m)) for m in range(size)] for n in range(size)]
    cells = [v for row in x for v in row]
    pairs = [(u, v) for k, u in enumerate(cells) for v in cells[:k] if random.random() < 0.3]
    cqm.set_objective(
        dimod.quicksum(
            [random.normal() * u * v for u, v in pairs] + [random.normal() * v for v in cells]
        )
    )
    for k in range(size):
        cqm.add_constraint(dimod.quicksum(x[k]) == 1, label=f"thing {k}")
        cqm.add_constraint(dimod.quicksum([row[k] for row in x]) == 1, label=f"place {k}")
    cqm.add_constraint(
        dimod.quicksum([float(random.integers(1, 9)) * v for v in cells]) <= 4.0 * size,
        label="load",
    )
    return cqm


def knapsack(n: int, seed: int = 0) -> dimod.ConstrainedQuadraticModel:
    random = np.random.default_rng(seed)
    cqm = dimod.ConstrainedQuadraticModel()
    objective = dimod.BinaryQuadraticModel(
        dict(enumerate((-random.uniform(1, 9, n)).tolist())), {}, 0.0, "BINARY"
    )
    cqm.set_objective(objective)
    cqm.add_constraint_from_iterable(
        list(enumerate(random.uniform(1, 9, n).tolist())), "<=", rhs=1.1 * n
    )
    return cqm


# ---- what it finds -------------------------------------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("block", range(4))
def test_the_best_read_is_the_optimum(method: str, block: int) -> None:
    """Every feasible one of two hundred models, by enumeration."""
    solved = 0
    for seed in range(block, 200, 4):
        cqm = random_cqm(seed)
        _, feasible, energies = scored(cqm)
        if not feasible.any():
            continue
        best = sample(cqm, seed=seed, method=method).record[0]
        assert best.is_feasible, seed
        assert best.energy == pytest.approx(energies[feasible].min()), seed
        solved += 1
    assert solved > 15


@pytest.mark.parametrize("seed", range(10))
def test_the_optimum_is_that_of_dimods_exact_solver(seed: int) -> None:
    cqm = tiny_cqm(np.random.default_rng(seed))
    exact = dimod.ExactCQMSolver().sample_cqm(cqm).filter(lambda row: row.is_feasible)
    found = sample(cqm)
    assert bool(len(exact)) == bool(found.record.is_feasible[0])
    if len(exact):
        assert found.record.energy[0] == pytest.approx(exact.first.energy)


def test_reads_are_scored_as_dimod_scores_them() -> None:
    for seed in range(40):
        cqm = random_cqm(seed)
        found = sample(cqm)
        again = dimod.SampleSet.from_samples_cqm(found, cqm)
        labels = found.info["constraint_labels"]
        np.testing.assert_allclose(found.record.energy, again.record.energy, atol=1e-9)
        np.testing.assert_array_equal(found.record.is_feasible, again.record.is_feasible)
        order = [again.info["constraint_labels"].index(label) for label in labels]
        np.testing.assert_array_equal(
            found.record.is_satisfied, again.record.is_satisfied[:, order]
        )


def test_reads_are_values_of_their_variables() -> None:
    for seed in range(40):
        cqm = random_cqm(seed)
        for row in sample(cqm, num_reads=3).samples(sorted_by=None):
            for v, value in row.items():
                assert cqm.lower_bound(v) <= value <= cqm.upper_bound(v)
                assert value == round(value)
                assert cqm.vartype(v) is not dimod.SPIN or value in (-1, 1)


def test_feasible_reads_come_first_and_better_ones_before_worse() -> None:
    for seed in range(40):
        record = sample(random_cqm(seed), num_sweeps=3).record
        feasible = record.is_feasible
        assert (np.diff(feasible.astype(int)) <= 0).all()
        assert (np.diff(record.energy[feasible]) >= -1e-9).all()


@pytest.mark.parametrize(
    ("weight", "penalty", "taken", "charge"),
    [
        (1.0, "linear", 3, 3),
        (3.0, "linear", 0, 0),
        (1.0, "quadratic", 1, 1),
        (0.3, "quadratic", 3, 2.7),
    ],
)
def test_soft_constraints_may_be_broken_for_what_they_charge(
    weight: float, penalty: str, taken: int, charge: float
) -> None:
    bits = [dimod.Binary(k) for k in range(3)]
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(-2 * dimod.quicksum(bits))
    cqm.add_constraint_from_model(dimod.quicksum(bits), "<=", rhs=0, weight=weight, penalty=penalty)
    best = sample(cqm).first
    assert sum(best.sample.values()) == taken
    assert best.energy == pytest.approx(charge - 2 * taken)
    assert best.is_feasible


def test_an_infeasible_model_gives_the_reason_and_the_least_bad() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(k) for k in range(6)]
    cqm.set_objective(dimod.quicksum(x))
    cqm.add_constraint(dimod.quicksum(x) >= 8, label="too many")
    found = sample(cqm)
    assert "'too many' needs at least 8" in found.info["infeasible"]
    assert not found.record.is_feasible.any()
    assert found.record.sample[0].tolist() == [1] * 6


def test_places_for_too_many_things_are_infeasible_proved() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [[dimod.Binary((n, m)) for m in range(5)] for n in range(6)]
    for n, row in enumerate(x):
        cqm.add_constraint(dimod.quicksum(row) == 1, label=f"thing {n}")
    for m in range(5):
        cqm.add_constraint(dimod.quicksum([row[m] for row in x]) <= 1, label=f"place {m}")
    found = sample(cqm)
    assert "'thing 0', 'thing 1', 'thing 2' and 3 more" in found.info["infeasible"]
    assert (
        ~found.record.is_satisfied[0]
    ).sum() == 1  # two things in one place: no worse than it must be


@pytest.mark.parametrize("big", [1e6, 1e9, 1e12])
def test_what_breaks_a_row_with_a_big_coefficient_by_a_little_is_no_answer(big: float) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    cqm.set_objective(-1 * c - 0.5 * a + 0.7 * b)
    cqm.add_constraint(big * a - big * b + c <= 0)
    assert sample(cqm).samples(sorted_by=None)[0] == {"a": 0, "b": 1, "c": 1}


def test_infeasible_is_said_of_infeasible_models_only() -> None:
    said = 0
    for seed in range(60):
        cqm = random_cqm(seed)
        _, feasible, _ = scored(cqm)
        if feasible.any():
            assert "infeasible" not in sample(cqm, num_sweeps=1).info
        else:
            said += "infeasible" in sample(cqm, num_sweeps=1).info
    assert said > 10


@pytest.mark.skipif("QOPT_INSTANCES" not in os.environ, reason=UNSET)
@pytest.mark.parametrize(("spec", "sweeps"), [("nug12", 1500), ("gap1_1", 1500), ("hp2", 1500)])
def test_published_optima(spec: str, sweeps: int) -> None:
    case = load(spec)
    best = sample(case.cqm, num_sweeps=sweeps).samples(sorted_by=None)[0]
    assert case.score(best) == case.best_known


# ---- models of all shapes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{"num_sweeps": 5}, {"num_sweeps": None, "time_limit": 0.1}, {"method": "annealing"}]
)
def test_a_model_without_variables(options: dict[str, Any]) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.QuadraticModel() + 2.5)
    found = sample(cqm, **options)
    assert found.record.energy.tolist() == [2.5] * 16
    assert found.record.is_feasible.all()
    again = sample(cqm, **options | {"time_limit": None, "num_sweeps": found.info["num_sweeps"]})
    assert len(again) == 16


def test_a_model_without_constraints() -> None:
    bqm = dimod.generators.gnp_random_bqm(12, 0.5, "SPIN", random_state=3)
    found = sample(dimod.ConstrainedQuadraticModel.from_bqm(bqm))
    assert found.record.energy[0] == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)
    assert found.record.is_feasible.all()


@pytest.mark.parametrize(("sense", "feasible"), [("<=", True), (">=", False), ("==", False)])
def test_a_constraint_without_variables(sense: str, feasible: bool) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variable("BINARY", "x")
    cqm.add_constraint_from_iterable([], sense, rhs=1.0, label="nothing")
    found = sample(cqm)
    assert found.record.is_feasible.all() == feasible
    assert ("infeasible" in found.info) != feasible


def test_variables_without_biases_are_sampled_too() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variable("BINARY", "free")
    cqm.set_objective(-1 * dimod.Binary("up"))
    assert set(sample(cqm).first.sample) == {"free", "up"}


def test_variables_that_have_one_value_keep_it() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    i, j = (
        dimod.Integer("i", lower_bound=3, upper_bound=3),
        dimod.Integer("j", lower_bound=-2.5, upper_bound=-1.5),
    )
    b = dimod.Binary("b")
    cqm.set_objective(i * b + j * j - b)
    cqm.add_constraint(b + i >= 3)
    assert sample(cqm).first.sample == {"i": 3, "j": -2, "b": 0}


def test_a_model_in_which_everything_is_decided_and_wrong() -> None:
    """Nothing can move, presolve proves that it should, and what is left is looked at as it is."""
    cqm = dimod.ConstrainedQuadraticModel()
    i = dimod.Integer("i", lower_bound=3, upper_bound=3)
    cqm.set_objective(1 * i)
    cqm.add_constraint(i == 5)
    found = sample(cqm, num_sweeps=500)
    assert found.record.sample.tolist() == [[3]] * 16
    assert "infeasible" in found.info


def test_what_presolve_took_out_is_put_back() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c = dimod.Binaries("abc")
    s, i = dimod.Spin("s"), dimod.Integer("i", lower_bound=0, upper_bound=9)
    cqm.set_objective(2 * c - a + s * i)
    cqm.add_constraint(a + b == 1)  # b is not a
    cqm.add_constraint(2 * c - s == 1)  # c is 1 where s is
    cqm.add_constraint(3 * i <= 5)  # i is 0 or 1
    cqm.add_constraint(i >= 1)
    found = sample(cqm)
    assert found.first.sample == {"a": 1, "b": 0, "c": 0, "s": -1, "i": 1}
    assert found.first.energy == -2
    assert found.info["variables"] < 5


@pytest.mark.parametrize("label", ["x", 7, ("a", 1), frozenset({2}), 3.5])
def test_labels_may_be_anything_hashable(label: Any) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y = dimod.Binary(label), dimod.Binary("y")
    cqm.set_objective(y - x)
    cqm.add_constraint(2 * x + 2 * y >= 1, label=("c", label))
    found = sample(cqm)
    assert found.first.sample == {label: 1, "y": 0}
    assert found.info["constraint_labels"] == [("c", label)]


def test_one_hot_columns_that_groups_may_leave_empty_are_filled() -> None:
    """Things may stay out, but every place is taken: what starts at random finds that."""
    for seed in range(10):
        cqm = dimod.ConstrainedQuadraticModel()
        x = [[dimod.Binary((n, m)) for m in range(6)] for n in range(3)]
        cqm.set_objective(1 * x[0][0])
        for row in x:
            cqm.add_constraint(dimod.quicksum(row) == 1)
        for m in range(2):
            cqm.add_constraint(dimod.quicksum([row[m] for row in x]) == 1)
        found = sample(cqm, seed=seed, num_sweeps=1)
        assert found.record.is_feasible.all()
        assert "infeasible" not in found.info


def test_discrete_variables_are_groups() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_discrete("abc", label="letter")
    a, b, c, d = dimod.Binaries("abcd")
    cqm.set_objective(a + 2.5 * b + 2 * c - 2 * b * d)
    found = sample(cqm)
    assert found.first.sample == {"a": 0, "b": 1, "c": 0, "d": 1}
    assert found.info["constraints"] == {"kept": 1, "conflicts": 0, "priced": 0}


# ---- budgets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [10, 1000, 20_000])
def test_the_deadline_holds(n: int) -> None:
    cqm = knapsack(n)
    for _ in range(3):  # other work may have held one up
        began = time.perf_counter()
        found = timed(cqm, 0.5)
        if (overrun := time.perf_counter() - began - 0.5) < 0.2:
            break
    assert overrun < 0.2
    assert found.info["stopped_by"] == "time"
    assert found.record.is_feasible[0] or n > 1000


@pytest.mark.parametrize("threads", [1, 2])
def test_a_timed_run_is_replayed_from_its_info(threads: int) -> None:
    cqm = assignment()
    first = timed(cqm, 0.3, num_threads=threads, num_reads=40)
    again = sample(cqm, num_sweeps=first.info["num_sweeps"], seed=first.info["seed"], num_reads=40)
    assert first.info["stopped_by"] == "time"
    assert len(first) == 40
    assert first.record.sample.tobytes() == again.record.sample.tobytes()


def test_a_run_that_ended_before_all_batches_began_is_replayed_too() -> None:
    cqm = assignment()
    first = timed(cqm, target=1e9, num_reads=40)
    assert first.info["num_sweeps"][1:] == [[], []]
    assert first.record.is_feasible[0]
    again = sample(cqm, num_sweeps=first.info["num_sweeps"], num_reads=40)
    assert first.record.sample.tobytes() == again.record.sample.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_bytes_on_any_number_of_threads(method: str) -> None:
    found = [
        sample(assignment(), method=method, num_reads=40, num_threads=threads)
        for threads in (1, 2, 3)
    ]
    assert len({part.record.sample.tobytes() for part in found}) == 1
    assert len({part.record.energy.tobytes() for part in found}) == 1
    other = sample(assignment(), method=method, num_reads=40, seed=2, num_sweeps=2)
    assert not np.array_equal(
        sample(assignment(), method=method, num_reads=40, num_sweeps=2).record.sample,
        other.record.sample,
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_target_stops_it(method: str) -> None:
    cqm = assignment()
    best = sample(cqm, num_sweeps=500).record.energy[0]
    began = time.perf_counter()
    found = timed(cqm, 20.0, target=best, method=method)
    assert found.info["stopped_by"] == "target"
    assert found.record.is_feasible[0]
    assert found.record.energy[0] == pytest.approx(best)
    assert time.perf_counter() - began < 10


def test_a_target_is_no_reason_to_take_an_infeasible_read() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y = dimod.Binaries("xy")
    cqm.set_objective(-2 * x - 3 * y)
    cqm.add_constraint(5 * x + 6 * y <= 10)
    assert sample(cqm, target=-4).info["stopped_by"] == "sweeps"
    assert sample(cqm, target=-3).info["stopped_by"] == "target"


def test_interrupt_from_another_thread() -> None:
    told = threading.Event()
    threading.Timer(0.3, told.set).start()
    began = time.perf_counter()
    found = timed(knapsack(500), 30.0, interrupt=told.is_set)
    assert found.info["stopped_by"] == "interrupt"
    assert found.record.is_feasible[0]
    assert time.perf_counter() - began < 2


def test_control_c_returns_the_best_so_far() -> None:
    threading.Timer(0.3, _thread.interrupt_main).start()
    found = timed(knapsack(500), 30.0)
    assert found.info["stopped_by"] == "interrupt"
    assert found.record.is_feasible[0]


class Oops(Exception):
    pass


@pytest.mark.parametrize("where", ["interrupt", "on_progress"])
def test_a_callback_that_raises_ends_all_threads(where: str) -> None:
    def fail(*_: object) -> bool:
        raise Oops

    with pytest.raises(Oops):
        timed(knapsack(500), 30.0, num_threads=2, **{where: fail})
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("qopt")]


def test_progress_has_the_best_states_so_far() -> None:
    told: list[Found] = []
    found = timed(assignment(12), 0.6, on_progress=told.append)
    assert len(told) >= 3
    assert found.record.energy[0] <= told[-1].objectives[0] + 1e-9
    assert all(len(part.states) <= 2 for part in told)


# ---- where it starts -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def large() -> tuple[dimod.ConstrainedQuadraticModel, dimod.SampleSet]:
    """A model, and reads that a short run does not find."""
    cqm = assignment(16)
    return cqm, sample(cqm, num_sweeps=1000)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("num_sweeps", [1, 40])
def test_initial_states_are_never_made_worse(method: str, num_sweeps: int, large: Any) -> None:
    cqm, good = large
    options = {"method": method, "num_sweeps": num_sweeps, "seed": 2}
    found = sample(cqm, **options, initial_states=good)
    assert good.record.is_feasible.all()
    assert found.record.is_feasible.all()
    assert (found.record.energy <= good.record.energy + 1e-9).all()
    assert sample(cqm, **options).record.energy[0] > good.record.energy[0] + 1e-9


def test_the_best_of_more_initial_states_than_walkers_counts(large: Any) -> None:
    cqm, good = large
    states = np.vstack([np.zeros((40, 256)), np.ones((1, 256)), good.record.sample[:1]])
    found = sample(
        cqm, num_sweeps=1, seed=2, num_reads=1, initial_states=(states, list(good.variables))
    )
    assert found.record.energy[0] <= good.record.energy[0] + 1e-9


def test_a_feasible_initial_state_counts_before_lower_ones_that_are_not(large: Any) -> None:
    """More of those than there are walkers, each lower than the feasible one by far."""
    cqm, good = large
    objective = dimod.BinaryQuadraticModel(
        cqm.objective.linear, cqm.objective.quadratic, 0.0, "BINARY"
    )
    low = SteepestDescentSampler().sample(objective, num_reads=40, seed=1)
    assert low.record.energy.max() < good.record.energy[0] - 1
    place = [low.variables.index(label) for label in good.variables]
    states = np.vstack([low.record.sample[:, place], good.record.sample[:1]])
    found = sample(
        cqm, num_sweeps=1, seed=2, num_reads=1, initial_states=(states, list(good.variables))
    )
    assert found.record.is_feasible[0]
    assert found.record.energy[0] <= good.record.energy[0] + 1e-9


def test_infeasible_initial_states_are_taken_as_near_as_can_be() -> None:
    cqm = assignment()
    nothing = dict.fromkeys(cqm.variables, 0)
    assert sample(cqm, initial_states=nothing).record.is_feasible[0]


def test_initial_states_may_be_of_many_forms() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, i = dimod.Binary("a"), dimod.Integer("i", lower_bound=-3, upper_bound=3)
    cqm.set_objective(a + i * i)
    cqm.add_constraint(a + i <= 3)
    for states in (
        {"a": 0, "i": 0},
        ([0, 0], ["a", "i"]),
        (np.array([[0, 0], [-3, 1]]), ["i", "a"]),
        [{"a": 0, "i": 0}],
    ):
        assert sample(cqm, initial_states=states, num_sweeps=1).record.energy[0] == 0


@pytest.mark.parametrize(
    "states",
    [
        {"a": 0},
        {"a": 0, "i": 0, "more": 1},
        {"a": 2, "i": 0},
        {"a": 0, "i": 4},
        {"a": 0.5, "i": 0},
        {"a": 0, "i": np.nan},
        [],
    ],
    ids=["too few", "too many", "no bit", "out of bounds", "no whole number", "nan", "none"],
)
def test_initial_states_must_fit(states: Any) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_constraint(dimod.Binary("a") + dimod.Integer("i", lower_bound=-3, upper_bound=3) <= 3)
    with pytest.raises(QoptError, match="initial_states"):
        sample(cqm, initial_states=states)


# ---- how it is called ----------------------------------------------------------------------------


def test_a_call_of_leaps_sampler_fits() -> None:
    theirs = inspect.signature(LeapHybridCQMSampler.sample_cqm).parameters
    ours = inspect.signature(CqmAnnealer.sample_cqm).parameters
    assert list(ours)[: len(theirs) - 1] == [name for name in theirs if name != "kwargs"]
    found = CqmAnnealer().sample_cqm(assignment(), 0.2, label="mine")
    assert found.info["problem_label"] == "mine"
    assert list(ours)[3] == "label"
    assert set(ours) - {"self", "cqm"} == set(CqmAnnealer().parameters)


def test_info_says_how_it_was_made() -> None:
    info = sample(assignment(), num_sweeps=500, num_reads=20, label="mine").info
    wanted = {
        "method": "tempering",
        "seed": 1,
        "num_reads": 20,
        "num_threads": 1,
        "num_sweeps": [[500], [500]],
        "sweeps": 1000,
        "stopped_by": "sweeps",
        "num_replicas": 32,
        "variables": 36,
        "constraints": {"kept": 12, "conflicts": 0, "priced": 1},
        "problem_label": "mine",
        "time_limit": None,
        "notes": [],
    }
    assert {name: info[name] for name in wanted} == wanted
    assert info["temperatures"] == sorted(info["temperatures"], reverse=True)
    assert set(info["timing"]) == {"setup", "jit", "sample"}
    json.dumps(info)


def test_a_seed_is_drawn_and_recorded() -> None:
    first = sample(assignment(), seed=None)
    again = sample(assignment(), seed=first.info["seed"])
    assert first.record.sample.tobytes() == again.record.sample.tobytes()
    assert sample(assignment(), seed=None).info["seed"] != first.info["seed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_limit": 0},
        {"time_limit": -1.0},
        {"time_limit": "soon"},
        {"time_limit": float("inf")},
        {"seed": -1},
        {"seed": 1.5},
        {"num_reads": 0},
        {"num_reads": True},
        {"num_sweeps": 0},
        {"num_sweeps": [10, 0]},
        {"num_sweeps": [[10], [0]]},
        {"num_sweeps": "many"},
        {"method": "descent"},
        {"method": None},
        {"temperature_range": (1.0, 2.0)},
        {"temperature_range": (1.0, 0.0)},
        {"temperature_range": (1.0,)},
        {"temperature_range": (np.inf, 1.0)},
        {"temperature_range": "hot"},
        {"num_threads": 0},
        {"target": "low"},
        {"target": float("nan")},
        {"interrupt": True},
        {"on_progress": 3},
    ],
    ids=repr,
)
def test_an_argument_out_of_range_is_named_with_its_value(wrong: dict[str, Any]) -> None:
    (name, value), *_ = wrong.items()
    with pytest.raises(QoptError) as caught:
        CqmAnnealer().sample_cqm(assignment(3), **wrong)
    assert str(caught.value).startswith(f"{name}=")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(f"{name}={value!r}: give ") or name == "num_sweeps"


def test_an_unknown_argument_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="num_sweps"):
        CqmAnnealer().sample_cqm(assignment(3), num_sweps=3)  # type: ignore[call-arg]


def test_what_is_no_cqm_is_refused_by_its_type() -> None:
    with pytest.raises(QoptError, match="BinaryQuadraticModel"):
        CqmAnnealer().sample_cqm(dimod.BinaryQuadraticModel("BINARY"))


def test_a_real_variable_is_refused_in_one_line() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(1 * dimod.Real("mass"))
    with pytest.raises(QoptError, match=r"variable 'mass' is REAL.*") as caught:
        sample(cqm)
    assert "\n" not in str(caught.value)


def test_an_integer_without_bounds_is_refused_in_one_line() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Integer("many") + dimod.Binary("b"))
    with pytest.raises(QoptError, match="variable 'many' ranges over") as caught:
        sample(cqm)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("bias", [np.nan, np.inf])
def test_a_bias_that_is_not_finite_is_refused(bias: float) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(bias * dimod.Binary("x"))
    with pytest.raises(QoptError, match="NaN or infinite"):
        sample(cqm)
