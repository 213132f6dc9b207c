"""The recommendation follows the rule that is printed beside it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from qopt.compare import Rates
from qopt.report.findings import Findings
from tests.report.planted import evidence, record, records

CHEAP, DEAR = Rates(1000, 100, 10), Rates(10, 1, 1_000_000)


@pytest.mark.parametrize(
    ("gaps", "rates", "decides", "advice"),
    [
        ({"old": 5.0, "new": 1.0}, None, 2, "Use new: it is better than old beyond the margin."),
        ({"old": 9.0, "new": 5.0, "best": 1.0}, None, 2, "Use best"),
        ({"old": 5.0, "new": 1.0}, CHEAP, 2, "Use new"),
        ({"old": 5.0, "new": 1.0}, DEAR, 3, "Stay with old, unless the rates change"),
        ({"old": 1.0, "new": 5.0}, None, 5, "Stay with old: no solver is better"),
        ({"old": 1.0, "new": 1.0}, None, 5, "Stay with old: no solver is better"),
    ],
)
def test_the_first_rule_that_holds_decides(
    gaps: dict[str, float], rates: Rates | None, decides: int, advice: str
) -> None:
    found = Findings(evidence(records(gaps, instances=12, seeds=4), rates=rates)).decision
    holding = [k for k, rule in enumerate(found.rules) if rule.holds]
    assert holding[0] == decides
    assert found.advice == found.rules[decides].advice
    assert found.advice.startswith(advice)


def test_too_few_instances_decide_nothing() -> None:
    found = Findings(evidence(records({"old": 1.0, "new": 3.0}, instances=2, seeds=2))).decision
    assert found.advice == "Stay with old for now: new is not decided."
    assert any("Only 2 instances" in risk for risk in found.risks)


def test_a_control_that_fails_comes_before_any_winner() -> None:
    """The baseline's odd runs are far worse than its even ones: chance cannot be told apart."""
    rows = [
        record(
            100.0 * (1 + (0.2 + 0.001 * k) * (seed % 2)),
            instance=f"i{k}",
            solver="old",
            seed=seed,
            best_known=100.0,
        )
        for k in range(10)
        for seed in range(4)
    ]
    rows += [
        record(100.0, instance=f"i{k}", solver="new", seed=seed, best_known=100.0)
        for k in range(10)
        for seed in range(4)
    ]
    found = Findings(evidence(rows)).decision
    assert found.advice.startswith("Believe none of the verdicts yet")


def test_risks_are_counted() -> None:
    rows = [
        *records({"old": 1.0, "new": 5.0}, instances=3),
        record(None, instance="i000", solver="new", seed=90, outcome="failed", error="broke"),
    ]
    rows[0] = replace(rows[0], instead="solved by new instead: old found no feasible plan")
    found = Findings(evidence(rows, missing=("a", "b"))).decision
    told = " ".join(found.risks)
    assert "2 trials have no record yet." in told
    assert "1 of 25 trials failed" in told
    assert "new has no plan in 1 of 13 runs." in told
    assert "1 of 12 trials of old were solved by new instead" in told
