from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import dimod
import numpy as np
import pytest

import qopt
from problems.logistics import VehicleRouting
from problems.scheduling import JobShop
from qopt import Progress, QoptError, Status, Task
from qopt.assignment import Assignment, Model
from qopt.solve import rank
from qopt.solver import Answer
from qopt.solvers.references import Exact

from . import tiny
from .cold import cold_compiler


def _sweeps(problem: Any, **changes: Any) -> Any:
    return qopt.solve(problem, **{"time_limit": None, "num_sweeps": 100, "seed": 1} | changes)


class Largest:
    """Choose the largest of three numbers: a problem that maximises, as a user would write it."""

    sense = "max"

    def model(self) -> dimod.ConstrainedQuadraticModel:
        cqm = dimod.ConstrainedQuadraticModel()
        x = list(dimod.Binaries("abc"))
        cqm.set_objective(-3 * x[0] - 5 * x[1] - 4 * x[2])
        cqm.add_constraint(sum(x) == 1, label="one")
        return cqm

    def decode(self, sample: Any) -> qopt.assignment.Assignment:
        return qopt.assignment.Assignment(dict(sample))

    def encode(self, plan: Any) -> Any:
        return dict(plan.values)

    def evaluate(self, plan: Any) -> qopt.Evaluation:
        ones = sum(plan.values.values())
        value = float(sum(v * plan.values[k] for k, v in (("a", 3), ("b", 5), ("c", 4))))
        return qopt.Evaluation(value, () if ones == 1 else (qopt.Violation("one", abs(ones - 1)),))

    def model_size(self) -> qopt.ModelSize:
        return qopt.ModelSize(3, 0, 1)


def test_same_seed_same_plans_on_one_thread_and_two() -> None:
    one, two = (_sweeps(VehicleRouting.bundled(), num_threads=threads) for threads in (1, 2))
    assert one.plans == two.plans
    assert one.samples.record.sample.tobytes() == two.samples.record.sample.tobytes()


def test_plans_are_ranked_feasible_first_then_by_objective() -> None:
    plans = _sweeps(VehicleRouting.bundled(), num_sweeps=300).plans
    feasible = [ranked.evaluation.feasible for ranked in plans]
    assert True in feasible
    assert False in feasible
    assert feasible == sorted(feasible, reverse=True)
    objectives = [ranked.evaluation.objective for ranked in plans if ranked.evaluation.feasible]
    assert objectives == sorted(objectives)


def test_the_infeasible_are_ranked_by_how_much_they_break_and_not_by_how_many() -> None:
    """x = 1 breaks two rows by a half each and costs 9; x = 0 breaks one by ten, for free."""
    cqm, x = dimod.ConstrainedQuadraticModel(), dimod.Binary("x")
    cqm.set_objective(9 * x)
    cqm.add_constraint(x <= 0.5, label="half")
    cqm.add_constraint(2 * x <= 1.5, label="and another")
    cqm.add_constraint(10 * x >= 10, label="ten")
    result = qopt.solve(cqm, solver="exact")
    assert [ranked.plan.values for ranked in result.plans] == [{"x": 1}, {"x": 0}]
    assert [str(violation) for violation in result.evaluation.violations] == [
        "half by 0.5",
        "and another by 0.5",
    ]


@pytest.mark.parametrize("sense", ["min", "max"])
def test_plans_in_whatever_order_they_come_are_ranked_by_their_objective(
    sense: str, tmp_path: Path
) -> None:
    path = tmp_path / "three.lp"
    path.write_text(f"{sense}\n o: a + 2 b + 4 c\nst\n r: a + b + c <= 2\nbinary\n a b c\nend\n")
    problem = Model.of(path)
    ones = [(1, 0, 0), (0, 0, 1), (0, 1, 0), (1, 1, 1), (1, 1, 0), (0, 1, 1), (0, 0, 0)]
    plans: list[Any] = [Assignment(dict(zip("abc", map(float, one), strict=True))) for one in ones]
    ranked = rank(Task(problem), Answer(plans=plans))
    objectives = [one.evaluation.objective for one in ranked]
    assert objectives == [*sorted([1, 4, 2, 3, 6, 0], reverse=sense == "max"), 7]


@pytest.mark.parametrize("replayable", [False, True])
def test_a_plan_offered_on_the_way_counts_where_the_clock_may_decide(replayable: bool) -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    cqm.set_objective(dimod.Binary("a") - 2 * dimod.Binary("b"))
    task = Task(Model.of(cqm))
    offered, answered = (Assignment({"a": 0.0, "b": b}) for b in (1.0, 0.0))
    began = task.start()
    task.offer(offered)
    task.reached(-3.0)
    assert all(0 <= seen.seconds <= time.perf_counter() - began for seen in task.incumbents.trace)
    ranked = rank(task, Answer(plans=[answered], replayable=replayable))
    assert [one.plan for one in ranked] == ([answered] if replayable else [offered, answered])


def test_a_part_in_which_no_group_fits_is_none() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x = [dimod.Binary(f"x{k}") for k in range(6)]
    cqm.set_objective(dimod.quicksum((k + 1) * v for k, v in enumerate(x)))
    cqm.add_constraint(dimod.quicksum(x) == 1, label="one")
    problem = Model.of(cqm)
    plan = Assignment({f"x{k}": float(k == 0) for k in range(6)})
    problem.prepare_neighbourhoods()
    random = np.random.default_rng(1)
    assert problem.neighbourhood(plan, "groups", 3, random) is None
    part = problem.neighbourhood(plan, "groups", 6, random)
    assert part is not None
    assert part.problem.model_size().variables == 6


@pytest.mark.parametrize("problem", [tiny.routing(), tiny.shop()], ids=["routes", "shop"])
def test_occurrences_count_the_samples(problem: Any) -> None:
    """Of the shop several samples are one schedule."""
    result = _sweeps(problem, num_reads=20)
    assert sum(ranked.occurrences for ranked in result.plans) == 20
    assert len({str(ranked.plan) for ranked in result.plans}) == len(result.plans)


def test_a_seed_of_0_is_a_seed() -> None:
    one, two = (_sweeps(VehicleRouting.bundled(), num_sweeps=5, seed=0) for _ in range(2))
    assert one.provenance["seed"] == two.provenance["seed"] == 0
    assert one.plans == two.plans
    drawn = {_sweeps(tiny.shop(), seed=None).provenance["seed"] for _ in range(3)}
    assert len(drawn) == 3


def test_the_trace_improves_and_ends_at_the_objective() -> None:
    result = qopt.solve(JobShop.bundled(), time_limit=1, seed=2)
    objectives = [incumbent.objective for incumbent in result.trace]
    assert objectives == sorted(set(objectives), reverse=True)
    assert objectives[-1] == result.objective
    seconds = [incumbent.seconds for incumbent in result.trace]
    assert seconds == sorted(seconds)


def test_infeasible_plans_that_are_offered_are_no_incumbents() -> None:
    """However good they look."""
    problem, ticks = Largest(), list[Progress]()
    task = Task(problem, on_progress=ticks.append)
    everything, nothing, good, best = (
        problem.decode(dict(zip("abc", bits, strict=True)))
        for bits in ((1, 1, 1), (0, 0, 0), (1, 0, 0), (0, 1, 0))
    )
    for plan in (everything, good, nothing, everything, best, good):
        task.offer(plan)
    assert [tick.objective for tick in ticks] == [None, 3, 3, 3, 5, 5]
    assert [incumbent.objective for incumbent in task.incumbents.trace] == [3, 5]
    assert task.incumbents.best == (best, problem.evaluate(best))


def test_what_has_no_part_in_the_result_leaves_the_trace() -> None:
    """A plan was offered on the way that is better than the one a replay ends with."""
    problem = Largest()
    task = Task(problem)
    good, best = (problem.decode(dict(zip("abc", x, strict=True))) for x in ((1, 0, 0), (0, 1, 0)))
    for plan in (good, best):
        task.offer(plan)
    task.conclude(good, problem.evaluate(good))
    assert [incumbent.objective for incumbent in task.incumbents.trace] == [3]
    assert task.incumbents.best == (good, problem.evaluate(good))


@pytest.mark.parametrize(
    ("problem", "told"), [(Largest(), [3, 4, 5]), (tiny.shop(), [5, 4, 3])], ids=["max", "min"]
)
def test_objectives_that_are_told_alone_are_traced_where_they_are_better(
    problem: Any, told: list[float]
) -> None:
    task = Task(problem)
    for objective in (told[0], told[1], told[0], told[2], told[1]):
        task.reached(objective)
    assert [incumbent.objective for incumbent in task.incumbents.trace] == told


@pytest.mark.parametrize("problem", [Largest(), Model.of(Largest().model())], ids=["own", "model"])
def test_each_plan_has_the_occurrences_of_its_own_samples(problem: Any) -> None:
    samples = dimod.SampleSet.from_samples(
        ([[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0], [0, 0, 1]], list("abc")),
        energy=[0.0] * 5,
        vartype="BINARY",
        num_occurrences=[1, 2, 10, 30, 300],
    )
    ranked = rank(Task(problem), Answer(samples=samples))
    counts = {
        next(label for label, x in one.plan.values.items() if x): one.occurrences for one in ranked
    }
    assert counts == {"a": 32, "b": 10, "c": 301}


def test_a_feasible_plan_outweighs_a_claim_that_there_is_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = Largest().decode({"a": 1, "b": 0, "c": 0})
    monkeypatch.setattr(Exact, "solve", lambda *_: Answer(plans=[plan], infeasible=True))
    result = qopt.solve(Largest(), solver="exact")
    assert result.status is Status.FEASIBLE
    assert result.best == plan


@pytest.mark.parametrize("reads", [None, 3])
def test_neal_ends_when_it_is_told_to(reads: int | None) -> None:
    """By its reads, by the clock, or by an interrupt after the read that is being made."""
    limits: dict[str, Any] = {"solver": "neal", "seed": 1, "num_reads": reads}
    stopped = qopt.solve(tiny.routing(), time_limit=60, interrupt=lambda: True, **limits)
    assert stopped.stopped_by == "interrupt"
    assert stopped.provenance["solver"]["reads"] == 1
    timed = qopt.solve(tiny.routing(), time_limit=0.2, **limits)
    assert timed.stopped_by == ("time" if reads is None else "sweeps")
    assert timed.timing["sample"] < 3
    assert sum(one.occurrences for one in timed.plans) == min(
        timed.provenance["solver"]["reads"], 64
    )


def test_progress_is_reported_as_it_comes() -> None:
    ticks: list[Progress] = []
    result = qopt.solve(tiny.shop(), time_limit=0.3, seed=1, on_progress=ticks.append)
    assert ticks[0].seconds < ticks[-1].seconds
    assert ticks[0].sweeps < ticks[-1].sweeps
    assert ticks[-1].objective == result.objective


def test_progress_before_any_sweep_counts_none() -> None:
    told: list[qopt.Progress] = []
    problem = tiny.PROBLEMS["job-shop"]
    qopt.solve(problem, solver="greedy", seed=1, on_progress=told.append)
    assert [progress.sweeps for progress in told] == [0] * len(told)
    assert told


def test_the_deadline_holds_with_compiling_counted_apart() -> None:
    shop = JobShop.bundled()
    qopt.solve(
        shop, solver="annealer", time_limit=0.1, seed=1
    )  # what is imported and compiled once
    overruns = []
    for _ in range(3):
        began = time.perf_counter()
        result = qopt.solve(shop, solver="annealer", time_limit=0.5, seed=1)
        overruns.append(time.perf_counter() - began - result.timing["compile"] - 0.5)
    assert max(overruns) < 0.2
    assert result.stopped_by == "time"
    assert set(result.timing) == {"compile", "jit", "sample", "decode", "evaluate"}


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer", "hybrid"])
def test_a_cold_compiler_takes_nothing_of_the_time_limit(
    solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compiling takes 100 s on this clock, once; the limit is 0.4 s, and all of it is used."""
    clock = cold_compiler(monkeypatch)
    result = qopt.solve(VehicleRouting.bundled(), solver=solver, time_limit=0.4, seed=1)
    assert clock.compiled
    assert result.timing["jit"] >= 100
    assert result.stopped_by == "time"
    spent = sum(result.timing.get(phase, 0.0) for phase in ("sample", "decode", "evaluate"))
    assert 0.2 < spent < 50
    assert all(incumbent.seconds < 50 for incumbent in result.trace)


def test_interrupt_ends_a_solve_with_the_best_so_far() -> None:
    began = time.perf_counter()
    result = qopt.solve(
        tiny.shop(),
        solver="annealer",
        time_limit=30,
        seed=1,
        interrupt=lambda: time.perf_counter() > began + 0.5,
    )
    assert result.stopped_by == "interrupt"
    assert result.objective == tiny.optimum(tiny.shop())
    assert time.perf_counter() - began < 5


def test_an_initial_plan_is_never_made_worse() -> None:
    problem = VehicleRouting.bundled()
    known = problem.routes([[1], [8, 5, 3], [9, 12, 10, 6], [11, 4, 7, 2]])
    result = _sweeps(problem, num_sweeps=1, initial=known)
    assert result.objective == 247


def test_an_initial_plan_counts_even_for_a_solver_that_does_not_look_at_it() -> None:
    problem = VehicleRouting.bundled()
    known = problem.routes([[1], [8, 5, 3], [9, 12, 10, 6], [11, 4, 7, 2]])
    alone = qopt.solve(problem, solver="greedy")
    result = qopt.solve(problem, solver="greedy", initial=known)
    assert result.objective == 247 < alone.objective
    assert [ranked.occurrences for ranked in result.plans] == [0, 1]
    assert qopt.solve(problem, solver="greedy", initial=alone.best).objective == alone.objective


def test_an_initial_plan_that_the_model_cannot_express_is_refused() -> None:
    problem = tiny.routing()
    with pytest.raises(QoptError, match="3 trucks; there are 2"):
        _sweeps(problem, initial=problem.routes([[1], [2], [3]]))


def test_what_presolve_proves_infeasible_says_why() -> None:
    """Three customers of size 2 in two trucks of 3: they are one too many."""
    problem = VehicleRouting(tiny.SQUARE[:4, :4], demand=[0, 2, 2, 2], capacity=3, vehicles=2)
    result = _sweeps(problem)
    assert result.status is Status.INFEASIBLE_PROVED
    assert "'vehicles'" in result.provenance["solver"]["infeasible"]
    assert result.best is None
    assert "violates" in str(result)


def test_none_found_says_why() -> None:
    """No subset of 3, 5, 7 and 9 adds up to 11: neither bounds nor an annealer prove it."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b, c, d = dimod.Binaries("abcd")
    cqm.set_objective(a + b + c + d)
    cqm.add_constraint(3 * a + 5 * b + 7 * c + 9 * d == 11, label="eleven")
    result = _sweeps(cqm)
    assert result.status is Status.NONE_FOUND
    assert result.best is None
    assert result.objective is None
    assert result.evaluation.violations
    assert "violates" in str(result)


def test_a_coarse_model_proves_nothing_of_the_problem() -> None:
    """Durations rounded to buckets of 3: the model's optimum is not the job shop's."""
    problem = JobShop((((0, 4), (1, 1)), ((1, 4), (0, 1))), bucket=3)
    result = qopt.solve(problem, solver="cp-sat", time_limit=5, seed=1)
    assert result.objective is not None
    assert result.bound is None


@pytest.mark.parametrize("solver", ["annealer", "exact", "cp-sat"])
def test_a_problem_may_maximise(solver: str) -> None:
    result = qopt.solve(Largest(), solver=solver, time_limit=0.2, seed=1)
    assert result.objective == 5
    if solver != "annealer":
        assert result.bound == 5


def test_a_bare_cqm_and_bqm_are_solved_as_they_stand() -> None:
    bqm = dimod.generators.gnp_random_bqm(8, 0.6, "SPIN", random_state=3)
    result = _sweeps(bqm)
    assert result.objective == pytest.approx(dimod.ExactSolver().sample(bqm).first.energy)
    cqm = tiny.portfolio().model()
    assert _sweeps(cqm).objective == pytest.approx(tiny.optimum(tiny.portfolio()))


def test_the_objective_of_a_model_that_maximises_is_the_persons(tmp_path: Path) -> None:
    path = tmp_path / "most.lp"
    path.write_text("max\n obj: 3 a + 2 b + 4 c\nst\n room: a + b + c <= 2\nbinary\n a b c\nend\n")
    result = _sweeps(path)
    assert result.objective == 7
    assert result.evaluation.objective == 7
    objectives = [plan.evaluation.objective for plan in result.plans if plan.evaluation.feasible]
    assert objectives == sorted(objectives, reverse=True)
    for plan in result.plans:
        a, b, c = (plan.plan.values[name] for name in "abc")
        assert plan.evaluation.objective == 3 * a + 2 * b + 4 * c


def test_an_lp_file_is_solved(tmp_path: Path) -> None:
    path = tmp_path / "model.lp"
    path.write_text(
        "Minimize\n obj: - 2 x - 3 y\nSubject To\n row: x + y <= 1\nBinary\n x y\nEnd\n"
    )
    result = _sweeps(path)
    assert result.objective == -3
    assert result.instance == "model"


@pytest.mark.parametrize(
    ("model", "complaint"),
    [
        ("missing.lp", "missing.lp: No such file"),
        ("plan.vrp", "plan.vrp: No such file"),
        (42, "cannot solve a int"),
    ],
)
def test_what_cannot_be_solved_is_said(model: Any, complaint: str) -> None:
    with pytest.raises(QoptError, match=complaint):
        qopt.solve(model)


def test_soft_constraints_are_charged_in_the_objective() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(-5 * a - b)
    cqm.add_constraint(a + b == 0, label="soft", weight=2.0, penalty="quadratic")
    result = _sweeps(cqm)
    assert result.best.values == {"a": 1, "b": 0}
    assert result.objective == -3


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"time_limit": 0}, "time_limit=0"),
        ({"time_limit": -1.5}, "time_limit=-1.5"),
        ({"time_limit": float("nan")}, "time_limit=nan"),
        ({"time_limit": "ten"}, "time_limit='ten'"),
        ({"seed": -3}, "seed=-3"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"solver": "anealer"}, "no solver named 'anealer'; did you mean annealer"),
        (
            {"num_sweps": 10},
            "no parameter of solver 'auto' named 'num_sweps'; did you mean num_sweeps",
        ),
        ({"solver": "greedy", "num_reads": 3}, "it takes none"),
        ({"num_reads": 0}, "num_reads=0"),
        ({"time_limit": None}, "needs a time_limit or num_sweeps"),
        ({"solver": "neal", "time_limit": None}, "needs a time_limit or num_reads"),
    ],
    ids=lambda value: repr(value) if isinstance(value, dict) else "",
)
def test_a_wrong_argument_is_named(wrong: dict[str, Any], complaint: str) -> None:
    with pytest.raises(QoptError) as raised:
        qopt.solve(tiny.routing(), **wrong)
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_model_too_large_is_refused_from_its_formula() -> None:
    """Ten million variables are never built: the refusal is immediate, and names the way out."""
    problem = VehicleRouting.generate(customers=600, seed=1)
    began = time.perf_counter()
    with pytest.raises(
        qopt.ModelTooLarge, match=r"random-n601-s1: the model has [\d,]+ variables.*hybrid"
    ):
        qopt.solve(problem, solver="annealer", seed=1)
    assert time.perf_counter() - began < 2


def test_enumeration_refuses_what_is_not_tiny() -> None:
    with pytest.raises(qopt.ModelTooLarge, match="ft06"):
        qopt.solve(JobShop.bundled(), solver="exact")


@pytest.mark.parametrize(("solver", "wanted"), [("cp-sat", "ortools"), ("pyvrp", "pyvrp")])
def test_a_missing_package_is_named_with_its_extra(
    solver: str, wanted: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from importlib import util

    find = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name, *rest: None if name == wanted else find(name, *rest)
    )
    with pytest.raises(
        qopt.NotReady,
        match=rf"{wanted} is not installed: pip install 'qopt-annealing\[baselines\]'",
    ):
        qopt.solve(tiny.routing(), solver=solver)


def _settled(feasible: bool) -> dimod.ConstrainedQuadraticModel:
    """A model that presolve solves, or finds to be contradictory."""
    cqm = dimod.ConstrainedQuadraticModel()
    a, b = dimod.Binaries("ab")
    cqm.set_objective(a - 2 * b)
    cqm.add_constraint(a + b >= 2, label="both")
    if not feasible:
        cqm.add_constraint(a + b <= 1, label="not both")
    return cqm


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer", "neal", "exact", "cp-sat"])
@pytest.mark.parametrize(
    "model", [_settled(True), dimod.ConstrainedQuadraticModel()], ids=["presolved", "empty"]
)
def test_nothing_left_to_sample_is_a_result(
    solver: str, model: dimod.ConstrainedQuadraticModel
) -> None:
    if solver == "cp-sat":
        pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    result = qopt.solve(model, solver=solver, time_limit=0.2, seed=1)
    assert result.status is Status.FEASIBLE
    assert result.objective == (-1.0 if len(model.variables) else 0.0)


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer", "neal", "exact", "cp-sat"])
def test_a_contradiction_that_compiling_finds_is_a_result_with_its_reason(solver: str) -> None:
    if solver == "cp-sat":
        pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")
    result = qopt.solve(_settled(False), solver=solver, time_limit=0.2, seed=1)
    assert result.status is Status.INFEASIBLE_PROVED
    if solver not in ("exact", "cp-sat"):
        assert "'both'" in str(result)


class Narrower(Model):
    """A model that allows less than the problem it stands for."""

    model_is_exact = False


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer", "exact"])
def test_a_contradiction_of_a_model_that_is_not_exact_proves_nothing_and_says_whose_it_is(
    solver: str,
) -> None:
    cqm, (a, b) = dimod.ConstrainedQuadraticModel(), dimod.Binaries("ab")
    cqm.add_constraint(a + b >= 2, label="both")
    cqm.add_constraint(a + b <= 1, label="one")
    result = qopt.solve(Narrower.of(cqm), solver=solver, time_limit=1, seed=1)
    assert result.status is Status.NONE_FOUND
    assert "infeasible" not in result.provenance["solver"]
    told = str(result)
    if "model_infeasible" in result.provenance["solver"]:
        assert "that is of its model, which allows less than the problem does" in told


@pytest.mark.parametrize("solver", ["annealer", "qubo-annealer", "hybrid"])
def test_a_progress_function_that_raises_costs_no_plan(solver: str) -> None:
    calls: list[Progress] = []

    def broken(progress: Progress) -> None:
        calls.append(progress)
        raise KeyError("no such label")

    with pytest.warns(RuntimeWarning, match="on_progress raised KeyError: 'no such label'"):
        result = qopt.solve(tiny.shop(), solver=solver, time_limit=0.5, seed=1, on_progress=broken)
    assert result.objective == tiny.optimum(tiny.shop())
    assert len(calls) == 1


def test_a_plan_to_start_from_may_be_values_by_variable() -> None:
    cqm = dimod.ConstrainedQuadraticModel()
    x, y = dimod.Binaries("xy")
    cqm.set_objective(-x - y)
    cqm.add_constraint(x + y <= 1, label="one")
    start = {"x": 1, "y": 0}
    result = qopt.solve(cqm, solver="exact", initial=start, seed=1)
    assert result.objective == -1
    with pytest.raises(QoptError, match="initial=7: give a plan of the problem"):
        qopt.solve(cqm, solver="annealer", initial=7, seed=1)
