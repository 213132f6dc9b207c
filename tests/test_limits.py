"""Time limits, by clocks that do as they are told: kept and replayed, or said not to be."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.logistics import VehicleRouting
from qopt import QoptError, Status, TimeTooShort
from qopt.anneal.core import temperatures
from qopt.anneal.core.crew import Crew
from qopt.compiler import ModelArrays, compiled
from qopt.compiler.model import scoring
from qopt.samplers import CqmAnnealer, QuboAnnealer
from qopt.solver import Task
from qopt.solvers import references, scip, scoring_time

NEVER = 1e-9  # seconds: over before anything is looked at
SHORT = 0.01


def knapsack(items: int, share: float = 0.5, sense: str = "<=") -> dimod.ConstrainedQuadraticModel:
    """Room for a share of the weight; or, for ">=", that share of it is asked for."""
    random = np.random.default_rng(items)
    weights, values = random.integers(1, 100, (2, items)).tolist()
    sign = -1 if sense == "<=" else 1
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.add_variables("BINARY", items)
    labels = list(cqm.variables)
    cqm.set_objective([(x, sign * value) for x, value in zip(labels, values, strict=True)])
    row = list(zip(labels, weights, strict=True))
    cqm.add_constraint_from_iterable(row, sense, rhs=int(share * sum(weights)), label="weight")
    return cqm


def glass(n: int = 40) -> dimod.BinaryQuadraticModel:
    random = np.random.default_rng(n)
    pairs = itertools.combinations(range(n), 2)
    couplings = {pair: float(random.choice([-1, 1])) for pair in pairs if random.random() < 0.2}
    return dimod.BinaryQuadraticModel({}, couplings, 0.0, "SPIN")


def settled() -> dimod.ConstrainedQuadraticModel:
    """Two of two: presolve leaves nothing to search."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(a + 2 * b)
    cqm.add_constraint(a + b == 2, label="both")
    return cqm


@pytest.fixture
def stops(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Time is up at the k-th look at the clock, however fast this machine is."""
    plain = Crew.over

    def at(look: int) -> None:
        looks = iter(range(1, 10**9))

        def over(crew: Any, lowest: float, reserve: float) -> bool:
            if crew.open_ended and next(looks) >= look:
                crew.stop("time")
            return plain(crew, lowest, reserve)

        monkeypatch.setattr(Crew, "over", over)

    return at


@pytest.mark.parametrize("method", ["annealing", "tempering", "descent"])
def test_a_qubo_run_is_replayed_wherever_the_clock_cuts_it(
    method: str, stops: Callable[[int], None]
) -> None:
    for look in (1, 2, 3, 5, 9, 40):
        stops(look)
        timed = QuboAnnealer().sample(glass(), 60, method=method, seed=3, num_threads=1)
        again = QuboAnnealer().sample(
            glass(), num_sweeps=timed.info["num_sweeps"], method=method, seed=3
        )
        assert timed.info["stopped_by"] == "time"
        assert timed.record.sample.tobytes() == again.record.sample.tobytes()
        assert len(timed) == 16


@pytest.mark.parametrize("method", ["annealing", "tempering"])
def test_a_constrained_run_is_replayed_wherever_the_clock_cuts_it(
    method: str, stops: Callable[[int], None]
) -> None:
    cqm = knapsack(60)
    for look in (1, 2, 3, 5, 9, 40):
        stops(look)
        timed = CqmAnnealer().sample_cqm(cqm, 60, method=method, seed=3, num_threads=1)
        again = CqmAnnealer().sample_cqm(
            cqm, num_sweeps=timed.info["num_sweeps"], method=method, seed=3
        )
        assert timed.info["stopped_by"] == "time"
        assert timed.record.sample.tobytes() == again.record.sample.tobytes()


@pytest.mark.parametrize("threads", [1, 2])
def test_a_qubo_run_without_a_whole_round_has_the_states_it_began_with(threads: int) -> None:
    timed = QuboAnnealer().sample(glass(), NEVER, seed=1, num_threads=threads)
    assert timed.info["num_sweeps"] == ([] if threads == 1 else [[], []])
    assert any("no round was completed" in note for note in timed.info["notes"])
    again = QuboAnnealer().sample(glass(), num_sweeps=timed.info["num_sweeps"], seed=1)
    assert timed.record.sample.tobytes() == again.record.sample.tobytes()
    assert timed.record.energy.tolist() == glass().energies(timed).tolist()


def test_a_constrained_run_without_a_whole_round_has_the_states_it_began_with() -> None:
    timed = CqmAnnealer().sample_cqm(knapsack(50), NEVER, method="annealing", seed=1, num_threads=1)
    assert timed.info["num_sweeps"] == []
    assert any("no round was completed" in note for note in timed.info["notes"])
    again = CqmAnnealer().sample_cqm(knapsack(50), num_sweeps=[], method="annealing", seed=1)
    assert timed.record.sample.tobytes() == again.record.sample.tobytes()


def test_of_a_round_that_was_asked_for_what_there_is_stays() -> None:
    found = QuboAnnealer().sample(glass(), 0.05, num_sweeps=10**9, method="annealing", seed=1)
    assert found.info["num_sweeps"] == []
    assert any("cannot replay" in note for note in found.info["notes"])


def test_the_seed_that_is_recorded_drew_the_random_states_too() -> None:
    bqm = glass()
    given = dict.fromkeys(bqm.variables, 1)
    options = {"initial_states": given, "initial_states_generator": "random", "num_sweeps": 1}
    first = QuboAnnealer().sample(bqm, num_reads=64, **options)
    again = QuboAnnealer().sample(bqm, num_reads=64, seed=first.info["seed"], **options)
    other = QuboAnnealer().sample(bqm, num_reads=64, **options)
    assert first.record.sample.tobytes() == again.record.sample.tobytes()
    assert first.info["seed"] != other.info["seed"]


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer", "neal"])
def test_where_presolve_left_nothing_to_search_the_result_says_so(solver: str) -> None:
    result = qopt.solve(settled(), solver=solver, time_limit=1, seed=1)
    assert result.stopped_by == "presolve"
    assert "stopped by presolve" in str(result)
    assert result.objective == 3


@pytest.mark.parametrize(("sense", "objective"), [("<=", 0), (">=", None)])
def test_what_is_feasible_without_a_search_is_found_in_no_time(
    sense: str, objective: float | None
) -> None:
    """Room for a hundredth of the weight, or all but that: no random start is feasible."""
    cqm = knapsack(400, 0.01 if sense == "<=" else 0.99, sense)
    result = qopt.solve(cqm, time_limit=NEVER, method="annealing", seed=1)
    assert result.status is Status.FEASIBLE
    everything = float(sum(cqm.objective.linear.values()))
    assert result.objective == (everything if objective is None else objective)


def test_a_search_that_is_better_than_that_is_left_alone() -> None:
    cqm = knapsack(30)
    found = CqmAnnealer().sample_cqm(cqm, num_sweeps=20, num_reads=4, seed=1)
    assert (found.record.energy < 0).all()
    assert len(found) == 4


def test_cp_sat_that_found_nothing_gives_what_needs_no_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = pytest.importorskip(
        "qopt.samplers.integer_program", reason="the extra 'baselines' is not installed"
    )
    monkeypatch.setattr(program, "run", lambda *args, **options: ("UNKNOWN", None))
    result = qopt.solve(knapsack(20), solver="cp-sat", time_limit=1, seed=1)
    assert (result.objective, result.stopped_by) == (0, "time")


def test_cp_sat_leaves_out_its_presolve_where_there_is_little_time() -> None:
    pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    hurried = qopt.solve(knapsack(2000), solver="cp-sat", time_limit=SHORT, seed=1)
    assert hurried.provenance["solver"]["presolve"] is False
    calm = qopt.solve(knapsack(20), solver="cp-sat", time_limit=5, seed=1)
    assert "presolve" not in calm.provenance["solver"]


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer"])
def test_an_annealer_without_time_to_score_its_reads_says_so_before_it_starts(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scoring_time, "seconds_to_score", lambda *args: (70.0, 80.0))
    monkeypatch.setattr(Crew, "run", lambda *args: pytest.fail("it has started"))
    bqm = dimod.generators.gnm_random_bqm(2000, 3000, "BINARY", random_state=1)
    with pytest.raises(TimeTooShort, match=rf"^{solver} needs at least about 70 s") as caught:
        qopt.solve(bqm, solver=solver, time_limit=2, seed=1)
    assert str(caught.value).count("\n") == 0
    assert "time_limit=2" in str(caught.value)
    assert caught.value.least >= 70


def seconds_apart(seconds: float) -> Any:
    """A clock of the processor that is so many seconds later each time it is looked at."""
    ticks: Iterator[float] = itertools.count(0.0, seconds)
    return SimpleNamespace(
        perf_counter=time.perf_counter, thread_time=lambda: next(ticks), process_time=None
    )


def test_scip_says_before_it_starts_that_its_beginning_takes_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("pyscipopt", reason="the extra 'baselines' is not installed")
    monkeypatch.setattr(scip, "BLIND", (1.0, 0.0, 0.0))
    with pytest.raises(TimeTooShort, match=r"^scip needs at least about 12 s"):
        qopt.solve(knapsack(12), solver="scip", time_limit=0.5, seed=1)


@pytest.mark.parametrize("solver", ["neal", "exact"])
def test_a_solver_that_cannot_be_interrupted_says_so_before_it_starts(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(references, "time", seconds_apart(9.0))
    with pytest.raises(TimeTooShort, match=rf"^{solver} needs at least about"):
        qopt.solve(knapsack(12), solver=solver, time_limit=0.5, seed=1)


def test_a_read_of_neal_is_told_from_a_few_sweeps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second for a sweep, by the clock; of 1000 sweeps 20 are tried."""
    now = [0.0]

    class Sampler:
        def sample(self, bqm: Any, *, num_sweeps: int, **options: Any) -> None:
            now[0] += num_sweeps

    clock = SimpleNamespace(perf_counter=time.perf_counter, thread_time=lambda: now[0])
    monkeypatch.setattr(references, "time", clock)
    task = Task(qopt.assignment.Model.of(knapsack(5)), 30.0)
    with pytest.raises(TimeTooShort) as caught:
        references.Neal()._refused_or_reserve(task, None, Sampler(), glass())
    assert caught.value.least == 1000


def test_without_a_limit_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(references, "time", seconds_apart(9.0))
    result = qopt.solve(knapsack(12), solver="exact", time_limit=None, seed=1)
    assert result.stopped_by == "done"


def test_hybrid_ends_where_its_subsolver_has_no_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(references, "_seconds_for", lambda cqm: 1e6)
    result = qopt.solve(
        knapsack(30), solver="hybrid", subsolver="exact", size=8, time_limit=20, seed=1
    )
    assert result.stopped_by == "time"
    assert result.provenance["solver"]["num_rounds"] == 0
    assert result.status is Status.FEASIBLE


def test_a_result_says_that_it_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = VehicleRouting.bundled()
    on_time = qopt.solve(problem, solver="greedy", time_limit=60)
    assert on_time.notes == ()
    monkeypatch.setattr(sys.modules["qopt.solve"], "NOTED", -100.0)
    late = qopt.solve(problem, solver="greedy", time_limit=60)
    assert late.notes[0].startswith("greedy ended")
    assert "after its time_limit of 60 s" in late.notes[0]


def test_progress_is_not_told_where_it_would_outlast_the_limit() -> None:
    told = list[Any]()
    CqmAnnealer().sample_cqm(knapsack(30), 0.11, seed=1, on_progress=told.append)
    assert told == []  # the first would be due at 0.1 s, and may take a twentieth


def test_a_penalty_of_too_many_pairs_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_COUPLINGS", 1000)
    assert qopt.compile(knapsack(20)).qubo.num_variables < 40
    with pytest.raises(qopt.ModelTooLarge, match="above the limit of 1,000; anneal it as it"):
        qopt.solve(knapsack(60), solver="qubo-annealer", time_limit=1)


def test_products_of_zeros_need_no_look(monkeypatch: pytest.MonkeyPatch) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(k) for k in range(12)]
    random = np.random.default_rng(1)
    for row in range(5):
        pairs = random.choice(12, (6, 2))
        terms = sum(int(row + k) * x[a] * x[b] for k, (a, b) in enumerate(pairs) if a != b)
        cqm.add_constraint(terms + x[row] <= 3, label=row)
    values = (random.random((50, len(cqm.variables))) < 0.2).astype(np.float64)
    model = ModelArrays.from_cqm(cqm)
    plain = scoring.Scorer(model).violations(values)
    monkeypatch.setattr(scoring, "FEW", 0)
    assert plain.tolist() == scoring.Scorer(model).violations(values).tolist()
    labelled = [dict(zip(model.variables, row, strict=True)) for row in values]
    expected = [[amount for _, amount in cqm.iter_violations(sample)] for sample in labelled]
    assert np.maximum(plain, 0).tolist() == np.maximum(expected, 0).tolist()


def test_a_model_is_built_for_cp_sat_until_the_deadline_only() -> None:
    program = pytest.importorskip(
        "qopt.samplers.integer_program", reason="the extra 'baselines' is not installed"
    )
    built = program.IntegerProgram(
        ModelArrays.from_cqm(knapsack(5)), deadline=time.perf_counter() - 1
    )
    with pytest.raises(program.OutOfTime):
        built.require(0)
    with pytest.raises(QoptError, match="no time to build the model for CP-SAT"):
        qopt.solve(knapsack(5), solver="cp-sat", build_limit=NEVER, time_limit=1)


@pytest.mark.parametrize("pieces", [1, 7, 1000])
def test_temperatures_of_very_many_sweeps_are_made_by_the_piece(
    pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(temperatures, "WHOLE", 10)
    every = temperatures.geometric((0.1, 7.0), 1000)
    part = temperatures.course((0.1, 7.0), 1000)
    ends = np.linspace(0, 1000, pieces + 1).astype(int).tolist()
    made = [part(first, stop) for first, stop in itertools.pairwise(ends)]
    np.testing.assert_allclose(np.concatenate(made), every, rtol=1e-13)
    assert (made[0][0], made[-1][-1]) == (0.1, 7.0)
