"""Nothing that depends on the clock reaches a result under a budget of sweeps or rounds."""

from __future__ import annotations

import json
from typing import Any

import pytest

import qopt
from problems.portfolio import ConditionalValueAtRisk
from qopt.anneal.core import crew

from . import tiny

BUDGETS: dict[str, dict[str, Any]] = {
    "annealer": {"num_sweeps": 60, "num_reads": 8},
    "qubo-annealer": {"num_sweeps": 60, "num_reads": 8},
    "hybrid": {"num_rounds": 4},
    "neal": {"num_sweeps": 60, "num_reads": 8},
    "cp-sat": {"num_workers": 1},
    "scip": {},
    "greedy": {},
    "exact": {},
}
PACKAGES = {"cp-sat": "ortools", "scip": "pyscipopt"}


def _answer(problem: Any, solver: str, progress: float, monkeypatch: pytest.MonkeyPatch) -> str:
    """The result without its times, where incumbents are told every `progress` seconds."""
    monkeypatch.setattr(crew, "PROGRESS_SECONDS", progress)
    result = qopt.solve(problem, solver=solver, time_limit=None, seed=5, **BUDGETS[solver])
    if result.best is not None:
        assert result.trace[-1].objective == result.objective
    document = result.to_dict()
    for timed in ("timing", "trace"):
        del document[timed]
    del document["provenance"]["solver"]
    return json.dumps(document, sort_keys=True)


@pytest.mark.parametrize("solver", BUDGETS)
@pytest.mark.parametrize("name", tiny.PROBLEMS)
def test_how_often_progress_is_told_changes_nothing(
    name: str, solver: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if solver in PACKAGES:
        pytest.importorskip(PACKAGES[solver], reason="the extra 'baselines' is not installed")
    problem = tiny.PROBLEMS[name]
    if solver == "hybrid" and not isinstance(problem, qopt.Neighbourhoods):
        pytest.skip("this kind of problem has no parts")
    often = _answer(problem, solver, 0.0, monkeypatch)
    assert often == _answer(problem, solver, 100.0, monkeypatch)


def test_a_plan_that_was_only_told_on_the_way_has_no_part_in_the_result(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a coarse model shows on the way may be better than what the sweeps end with."""
    problem = ConditionalValueAtRisk.generate()
    assert not problem.model_is_exact
    often = _answer(problem, "annealer", 0.0, monkeypatch)
    assert often == _answer(problem, "annealer", 100.0, monkeypatch)
