"""What a task hears of other solvers' plans, and solvers that go on from these, or tell theirs."""

from __future__ import annotations

from typing import Any

import pytest

from problems.graphs import MaxCut
from problems.logistics import VehicleRouting
from qopt import Evaluation
from qopt.assignment import Model
from qopt.solver import Task
from qopt.solvers.neighbourhood_search import NeighbourhoodSearch

from .. import tiny
from .test_neighbourhood_search import in_order, qap


def known(problem: Any, plan: Any) -> tuple[Any, Evaluation]:
    return plan, problem.evaluate(plan)


@pytest.mark.parametrize("cut", [MaxCut.generate(nodes=12, seed=1), tiny.cut()])
def test_only_better_plans_are_heard_of_and_each_once(cut: MaxCut) -> None:
    """A cut is maximised."""
    plans = sorted(tiny.all_cuts(cut), key=lambda plan: cut.evaluate(plan).objective)
    worst, middle, best = plans[0], plans[len(plans) // 2], plans[-1]
    told: list[Any] = [middle, worst, middle, best, best, None]
    task = Task(cut, elsewhere=lambda: None if told[0] is None else known(cut, told.pop(0)))
    heard = [task.better_elsewhere() for _ in range(6)]
    assert heard == [known(cut, middle), None, None, known(cut, best), None, None]
    assert task.incumbents.best == known(cut, best)
    task = Task(cut, elsewhere=lambda: known(cut, middle))
    task.offer(best)
    assert task.better_elsewhere() is None


def test_a_plan_that_breaks_something_is_not_heard_of() -> None:
    problem = tiny.routing()
    broken = problem.routes([[1, 2, 3, 4], []])
    assert not problem.evaluate(broken).feasible
    assert Task(problem, elsewhere=lambda: known(problem, broken)).better_elsewhere() is None


def test_alone_nothing_is_heard() -> None:
    assert Task(tiny.routing()).better_elsewhere() is None


def optimum() -> Any:
    problem = Model.of(qap(7))
    task = Task(problem, None, 1)
    return NeighbourhoodSearch(size=16, num_rounds=60).solve(task).plans[0]


def test_hybrid_goes_on_from_a_better_plan_and_its_account_adds_up() -> None:
    """The only rounds it has begin at the optimum, which another has found."""
    problem, best = Model.of(qap(7)), optimum()
    task = Task(problem, None, 1, in_order(7), elsewhere=lambda: known(problem, best))
    answer = NeighbourhoodSearch(size=16, num_rounds=2).solve(task)
    assert answer.plans == [best]
    assert not answer.replayable  # by no seed
    gains = answer.info["gains"]
    assert gains["other solvers"] > 0
    assert sum(gains.values()) == pytest.approx(answer.info["gain"])
    objective = problem.evaluate(best).objective
    assert answer.info["start"] - answer.info["gain"] == pytest.approx(objective)


def test_hybrid_goes_on_its_own_way_where_others_have_nothing_better() -> None:
    problem = Model.of(qap(7))
    start = in_order(7)
    alone, beside = (
        NeighbourhoodSearch(size=16, num_rounds=5).solve(
            Task(problem, None, 1, start, elsewhere=elsewhere)
        )
        for elsewhere in (None, lambda: known(problem, start))
    )
    assert alone.plans == beside.plans
    assert alone.info == beside.info
    assert beside.replayable


def test_hybrid_improves_what_it_hears_by_the_problem_s_own_search() -> None:
    """The plan of another is greedy; local search makes something better of it at once."""
    problem = VehicleRouting.generate(customers=25, seed=3)
    trucks = [[c] for c in problem.customers]
    poor = VehicleRouting(problem.distance, problem.demand, problem.capacity, len(trucks))
    apart, greedy = poor.routes(trucks), poor.greedy()
    polished = poor.evaluate(poor.improve(greedy)).objective
    assert polished < poor.evaluate(greedy).objective
    told = iter([known(poor, greedy)])
    task = Task(poor, None, 1, apart, elsewhere=lambda: next(told, None))
    answer = NeighbourhoodSearch(num_rounds=1).solve(task)
    best = task.incumbents.best
    assert best is not None
    assert best[1].objective <= polished
    assert poor.evaluate(answer.plans[0]).objective == best[1].objective


def test_pyvrp_tells_its_plans_on_the_way_where_others_want_to_know() -> None:
    pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")
    from problems.logistics.routing import pyvrp_solver
    from problems.logistics.routing.pyvrp_solver import PyVRP

    problem, solver = VehicleRouting.generate(customers=30, seed=1), PyVRP(num_iterations=200)
    task, alone = Task(problem, None, 1, elsewhere=lambda: None), Task(problem, None, 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pyvrp_solver, "TELLING", 0.0)
        answer = solver.solve(task)
    best = task.incumbents.best
    assert best is not None
    assert best[1] == problem.evaluate(best[0])
    assert best[1].feasible
    assert best[1].objective >= problem.evaluate(answer.plans[0]).objective
    assert answer.plans == solver.solve(alone).plans
    assert alone.incumbents.best is None
