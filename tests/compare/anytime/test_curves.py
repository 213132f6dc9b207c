"""The mean gap at each time, against a plain reading of the definition."""

from __future__ import annotations

from statistics import fmean

import pytest

from qopt.compare import Question, compare, gap
from qopt.compare.anytime import gap_curves, objective_at
from tests.compare.planted import run

TIMES = [0.0, 0.5, 1.0, 1.5, 3.0, 7.0, 10.0]
RUNS = [
    run(100.0, solver="a", seed=0, trace=((0.5, 150.0), (1.5, 120.0), (6.0, 100.0))),
    run(110.0, solver="a", seed=1, trace=((1.0, 110.0),)),
    run(None, solver="a", seed=0, instance="two"),
    run(200.0, solver="a", seed=1, instance="two", trace=((2.0, 250.0), (3.0, 200.0))),
    run(90.0, solver="b", seed=0, trace=((9.0, 90.0),)),
]


def test_a_curve_is_the_mean_over_instances_of_the_means_over_seeds() -> None:
    comparison = compare(RUNS, Question("b", 1.0))
    known = {reference.instance: reference.objective for reference in comparison.references}
    found = gap_curves(RUNS, comparison.references, TIMES)
    assert list(found) == ["a", "b"]
    for solver, curve in found.items():
        for time, shown in zip(TIMES, curve, strict=True):
            means = []
            for instance in ("one", "two"):
                own = [r for r in RUNS if (r.solver, r.instance) == (solver, instance)]
                gaps = [100 * gap(_at(r, time), known[instance]) for r in own]
                means += [fmean(gaps)] if gaps else []
            assert shown == pytest.approx(fmean(means), abs=1e-12)


def test_its_mean_over_the_time_is_the_gap_over_time() -> None:
    comparison = compare(RUNS, Question("b", 1.0))
    count = 20_000
    middles = [(k + 0.5) * comparison.horizon / count for k in range(count)]
    found = gap_curves(RUNS, comparison.references, middles)
    for each in comparison.solvers:
        assert fmean(found[each.solver]) == pytest.approx(each.gap_over_time, abs=0.01)


def test_at_the_horizon_it_is_the_gap() -> None:
    comparison = compare(RUNS, Question("b", 1.0))
    found = gap_curves(RUNS, comparison.references, [comparison.horizon])
    for each in comparison.solvers:
        assert found[each.solver] == [pytest.approx(each.gap, abs=1e-12)]


def _at(one: object, time: float) -> float | None:
    """What a run had, from its steps, one after the other."""
    had = None
    for moment, objective in one.steps:  # type: ignore[attr-defined]  # a Run's
        if moment <= time:
            had = objective
    assert time < 10 or had == objective_at(one, time)  # type: ignore[arg-type]  # a Run
    return had
