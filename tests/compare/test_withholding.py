"""Who fails does not win on what is left, and a disturbed clock decides nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from qopt.compare import Question, Run, Verdict, compare

from .planted import noisy, runs

QUESTION = Question("a", 0.5)


def failing(given: list[Run], solver: str, share: float, seed: int = 1) -> list[Run]:
    """The runs of a solver lose their plans, each with the same chance."""
    random = np.random.default_rng(seed)
    return [
        replace(one, objective=None, outcome="failed", trace=())
        if one.solver == solver and random.random() < share
        else one
        for one in given
    ]


@pytest.mark.parametrize("metric", ["objective", "anytime", "time", "money"])
def test_who_fails_in_a_fifth_of_its_runs_never_wins(metric: Any) -> None:
    question = replace(QUESTION, metric=metric, worth_of_percent=0.0, target=4.0)
    for seed in range(40):
        sizes = {"instances": 5 + seed % 6, "seeds": 5}
        given = noisy({"a": 30.0, "b": 2.0}, seed=seed, **sizes)
        traced = [
            replace(one, trace=((1.0 if one.solver == "b" else 5.0, one.objective),), cost=cost)
            for one in given
            for cost in [1.0 if one.solver == "b" else 9.0]
            if one.objective is not None
        ]
        assert compare(traced, question).of("b").verdict is Verdict.BETTER
        found = compare(failing(traced, "b", 0.2, seed), question)
        assert found.of("b").reliability.feasible < found.of("b").reliability.runs
        assert found.of("b").verdict is not Verdict.BETTER


def test_the_reason_is_said() -> None:
    given = failing(noisy({"a": 40.0, "b": 2.0}, instances=12, seeds=4), "b", 0.2)
    found = compare(given, QUESTION).of("b")
    assert found.verdict is Verdict.WITHHELD
    assert found.reliability.p_fewer < 0.05 < found.reliability.p_more
    assert found.sentence().startswith(
        "no verdict on b against a on 12 instances, because it has a feasible plan less often: in "
    )
    assert f"in {found.reliability.feasible} of 48 runs, a in 48 of 48 runs" in found.reason


def test_a_baseline_that_fails_does_not_win_either() -> None:
    given = failing(noisy({"a": 2.0, "b": 40.0}, instances=12, seeds=4), "a", 0.2)
    found = compare(given, QUESTION).of("b")
    assert found.verdict is Verdict.WITHHELD
    assert "more often" in found.reason


def test_few_failures_among_many_runs_are_tolerated() -> None:
    """One of 100 runs: surely fewer than a tenth fail. One of 25: nobody knows."""
    for seeds, verdict in ((20, Verdict.BETTER), (5, Verdict.WITHHELD)):
        given = noisy({"a": 40.0, "b": 2.0}, instances=5, seeds=seeds)
        at = next(k for k, one in enumerate(given) if one.solver == "b")
        given[at] = replace(given[at], objective=None, outcome="timeout")
        assert compare(given, QUESTION).of("b").verdict is verdict
    lenient = replace(QUESTION, tolerated_failures=0.2)
    assert compare(given, lenient).of("b").verdict is Verdict.BETTER


def test_equally_many_failures_forbid_nothing() -> None:
    lost = {(f"hard-{k}", solver): [None, None] for k in range(2) for solver in "ab"}
    given = [*noisy({"a": 40.0, "b": 2.0}, instances=12, seeds=2), *runs(lost)]
    found = compare(given, QUESTION).of("b")
    assert (found.reliability.feasible, found.reliability.runs) == (24, 28)
    assert found.verdict is Verdict.BETTER


def test_a_plan_after_the_horizon_comes_too_late() -> None:
    given = noisy({"a": 10.0, "b": 2.0}, instances=8, seeds=5)
    late = [
        replace(one, trace=((6.0 if one.solver == "b" else 2.0, one.objective),))
        for one in given
        if one.objective is not None
    ]
    assert compare(late, QUESTION).of("b").verdict is Verdict.BETTER
    found = compare(late, replace(QUESTION, horizon=4.0)).of("b")
    assert found.reliability.feasible == 0
    assert found.verdict is Verdict.WORSE


@pytest.mark.parametrize("metric", ["anytime", "time"])
def test_times_of_disturbed_runs_decide_nothing(metric: Any) -> None:
    given = [
        replace(one, trace=((1.0 if one.solver == "b" else 6.0, one.objective),))
        for one in noisy({"a": 3.0, "b": 3.0}, instances=10, seeds=5)
        if one.objective is not None
    ]
    question = Question("a", 5.0, metric=metric, target=10.0)
    assert compare(given, question).of("b").verdict is Verdict.BETTER
    disturbed = [replace(one, disturbed=one.solver == "a" and one.seed == 0) for one in given]
    found = compare(disturbed, question).of("b")
    assert found.verdict is Verdict.WITHHELD
    assert "20 % of the runs of one solver were disturbed by other work" in found.sentence()
    assert "and at most 10 % may be" in found.sentence()
    assert compare(disturbed, replace(question, most_disturbed=0.2)).of("b").verdict is (
        Verdict.BETTER
    )


def test_objectives_are_compared_all_the_same() -> None:
    given = [
        replace(one, disturbed=True) for one in noisy({"a": 9.0, "b": 2.0}, instances=8, seeds=3)
    ]
    found = compare(given, QUESTION)
    assert found.of("b").verdict is Verdict.BETTER
    assert found.solvers[0].disturbed == 24
