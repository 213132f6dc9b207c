from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import qopt
from problems.portfolio import Allocation, EfficientFrontier, Frontier, FrontierPoint, MeanVariance
from qopt import QoptError

from .... import tiny

SWEEPS = {"num_sweeps": 50, "num_reads": 4, "time_limit": None}


def frontier(**options: Any) -> EfficientFrontier:
    return EfficientFrontier(tiny.portfolio(), **options)


def point(mean: float, volatility: float) -> FrontierPoint:
    return FrontierPoint(1.0, Allocation({"A": 1.0}), 0.0, mean, volatility, None, 0.0)


def test_every_point_is_the_optimum_of_its_risk_aversion() -> None:
    sweep = frontier(risk_aversions=[0.1, 1, 10])
    found = sweep.solve(solver="exact", time_limit=None)
    assert [p.risk_aversion for p in found.points] == [0.1, 1, 10]
    for p, problem in zip(found.points, sweep.problems(), strict=True):
        assert p.objective == pytest.approx(tiny.optimum(problem))
        assert p.bound == pytest.approx(p.objective)
        assert p.plan is not None
        score = problem.evaluate(p.plan)
        assert score.feasible
        assert (p.mean, p.volatility) == (score.kpis["return"], score.kpis["volatility"])


def test_risk_and_return_fall_along_the_sweep() -> None:
    """Of optima of a growing risk aversion the variance never grows."""
    found = frontier(points=6).solve(solver="exact", time_limit=None)
    volatility, mean = ([getattr(p, what) for p in found.points] for what in ("volatility", "mean"))
    assert all(np.diff(volatility) <= 1e-12)
    assert all(np.diff(mean) <= 1e-12)
    assert volatility[0] > volatility[-1]


def test_each_point_starts_from_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    starts, solve = [], qopt.solve

    def watched(problem: Any, **options: Any) -> Any:
        starts.append(options["initial"])
        return solve(problem, **options)

    monkeypatch.setattr(qopt, "solve", watched)
    seen: list[FrontierPoint] = []
    frontier(points=3).solve(solver="annealer", seed=1, on_point=seen.append, **SWEEPS)
    assert starts == [None, seen[0].plan, seen[1].plan]


def test_a_point_takes_what_another_found() -> None:
    """Greedy plans of a sweep: each point has the best of them all for its risk aversion."""
    sweep = EfficientFrontier(MeanVariance.bundled(), points=8)
    plans = [problem.greedy() for problem in sweep.problems()]
    found = sweep.solve(solver="greedy", time_limit=None)
    for p, problem in zip(found.points, sweep.problems(), strict=True):
        assert p.objective == min(problem.evaluate(plan).objective for plan in plans)


def test_a_table_a_text_and_json() -> None:
    found = frontier(points=2).solve(solver="annealer", seed=1, **SWEEPS)
    assert Frontier.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert [row["assets"] for row in found.table()] == [
        len(p.plan.weights) for p in found.points if p.plan
    ]
    assert len(str(found).splitlines()) == 3


def test_beaten_points_are_not_efficient() -> None:
    found = Frontier((point(3, 3), point(2, 2), point(2, 2.5), point(2, 2), point(1, 1)))
    assert [(p.mean, p.volatility) for p in found.efficient().points] == [(3, 3), (2, 2), (1, 1)]


def test_points_without_a_plan_say_so() -> None:
    found = Frontier((FrontierPoint(1.0, None, None, None, None, None, 0.0),))
    assert "no plan found" in str(found)
    assert found.efficient().points == ()
    assert Frontier.from_dict(found.to_dict()) == found


def test_a_frontier_can_be_drawn() -> None:
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    _, axes = pyplot.subplots()
    frontier(points=3).solve(solver="greedy", time_limit=None).draw(axes)
    assert len(axes.lines[0].get_xdata()) == 3
    pyplot.close("all")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"points": 1}, "points=1"),
        ({"risk_aversions": []}, "risk_aversions is empty"),
        ({"risk_aversions": [-1.0]}, "risk_aversion=-1.0: give 0 or more"),
        ({"risk_aversions": ["high"]}, "risk_aversion='high': give a number"),
    ],
)
def test_bad_sweeps_are_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message):
        frontier(**options)


def test_another_risk_aversion_leaves_the_problem_as_it_was() -> None:
    problem = MeanVariance.bundled()
    assert problem.lots.quadratic[0, 0] * 2 == pytest.approx(problem.at(16).lots.quadratic[0, 0])
    assert (problem.risk_aversion, problem.at(16).best_known, problem.best_known is None) == (
        8,
        None,
        False,
    )
