"""The classical answer knows every feature: its plans are feasible here, and the best there are."""

from __future__ import annotations

import pytest

import qopt
from problems.logistics import VehicleRouting

from .test_models import best, mixed
from .test_trips import timed

pytest.importorskip("pyvrp", reason="the extra 'baselines' is not installed")


@pytest.mark.parametrize(
    "problem",
    [
        timed(1, 3, vehicles=2),
        timed(3, 3, vehicles=2, max_duration=18.0),
        mixed(1),
        mixed(2, windows=False),
        mixed(4),
    ],
    ids=["windows", "durations", "mixed", "mixed without windows", "more mixed"],
)
def test_pyvrp_finds_the_optimum_with_every_feature(problem: VehicleRouting) -> None:
    result = qopt.solve(problem, solver="pyvrp", time_limit=None, num_iterations=200, seed=1)
    assert result.best is not None
    assert result.objective == pytest.approx(best(problem))


def test_the_trace_tells_when_pyvrp_had_what() -> None:
    problem = VehicleRouting.generate(customers=40, seed=3)
    result = qopt.solve(problem, solver="pyvrp", time_limit=None, num_iterations=300, seed=1)
    objectives = [seen.objective for seen in result.trace]
    assert len(objectives) > 2
    assert objectives == sorted(objectives, reverse=True)
    assert objectives[-1] == result.objective
    assert result.trace[0].seconds < result.trace[-1].seconds
    assert [seen.sweeps for seen in result.trace] == sorted(seen.sweeps for seen in result.trace)
