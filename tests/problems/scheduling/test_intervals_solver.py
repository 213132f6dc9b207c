"""The classical answer: CP-SAT with intervals, checked against enumeration and published optima."""

from __future__ import annotations

import pytest

import qopt
from problems.scheduling import Activity, FlexibleJobShop, JobShop, ProjectScheduling
from qopt import QoptError

from ... import tiny

pytest.importorskip("ortools", reason="the extra 'baselines' is not installed")


@pytest.mark.parametrize("name", ["job-shop", "flexible-job-shop", "project-scheduling"])
def test_it_proves_the_optimum(name: str) -> None:
    problem = tiny.PROBLEMS[name]
    result = qopt.solve(problem, solver="cp-sat-intervals", num_workers=1, seed=1)
    assert result.objective == result.bound == tiny.optimum(problem)
    assert result.stopped_by == "done"


def test_what_it_proves_holds_where_the_model_has_wide_buckets() -> None:
    shop = JobShop.bundled("ft06", bucket=7)
    assert not shop.model_is_exact
    result = qopt.solve(shop, solver="cp-sat-intervals", num_workers=1, seed=1)
    assert result.objective == result.bound == 55
    assert qopt.solve(shop, solver="cp-sat", num_workers=1, seed=1).bound is None


def test_plans_are_feasible_whatever_is_given() -> None:
    for seed in range(3):
        for problem in (
            JobShop.generate(jobs=8, machines=4, seed=seed),
            FlexibleJobShop.generate(seed=seed),
            ProjectScheduling.generate(activities=12, seed=seed),
        ):
            result = qopt.solve(
                problem, solver="cp-sat-intervals", time_limit=1, num_workers=1, seed=1
            )
            assert result.best is not None
            assert result.objective <= problem.evaluate(problem.greedy()).objective


def test_what_takes_no_time_and_what_nothing_needs() -> None:
    start, end = Activity("start", 0), Activity("end", 0, after=("start", "work"))
    project = ProjectScheduling(
        (start, Activity("work", 3, {"crew": 1}, ("start",)), end), {"crew": 1, "crane": 2}
    )
    assert qopt.solve(project, solver="cp-sat-intervals", num_workers=1).objective == 3
    assert (
        qopt.solve(
            JobShop((((0, 0), (1, 2)), ((1, 0), (0, 3)))), solver="cp-sat-intervals", num_workers=1
        ).objective
        == 3
    )


def test_a_plan_to_start_from_and_an_interrupt() -> None:
    problem = JobShop.generate(jobs=15, machines=10, seed=1)
    first = qopt.solve(problem, solver="hybrid", num_rounds=5, time_limit=None, seed=1).best
    result = qopt.solve(
        problem,
        solver="cp-sat-intervals",
        initial=first,
        time_limit=20,
        seed=1,
        interrupt=lambda: True,
    )
    assert result.stopped_by == "interrupt"
    assert result.best is not None


def test_what_it_cannot_schedule_is_told() -> None:
    with pytest.raises(
        QoptError, match="'cp-sat-intervals' schedules job shops and projects, not a VehicleRouting"
    ):
        qopt.solve(tiny.routing(), solver="cp-sat-intervals")
    with pytest.raises(QoptError, match="num_workers=0"):
        qopt.solve(tiny.shop(), solver="cp-sat-intervals", num_workers=0)


def test_a_search_that_was_cut_proves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from ortools.sat.python import cp_model

    monkeypatch.setattr(cp_model.CpSolver, "solve", lambda *_, **__: cp_model.UNKNOWN)
    monkeypatch.setattr(cp_model.CpSolver, "status_name", lambda *_: "UNKNOWN")
    result = qopt.solve(tiny.shop(), solver="cp-sat-intervals", num_workers=1, seed=1)
    assert result.status is qopt.Status.NONE_FOUND
    assert result.stopped_by == "time"
    assert result.bound is None
