"""Two runs of one study: who became worse, and what is not compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from qopt import QoptError
from qopt.batch import Record, Run
from qopt.batch.records.store import Registered
from qopt.compare import Verdict
from qopt.report import Release, compare_runs
from tests.report.planted import MADE, QUESTION, record, records


def _run(rows: Sequence[Record], name: str = "run") -> Run:
    return Run(Path(name), tuple(rows), (), (Registered(MADE, QUESTION, {}),))


def _released(before: dict[str, float], after: dict[str, float]) -> Release:
    """The same instances under the same seeds, and other noise."""
    first = _run(records(before, instances=10, seeds=4, seed=1), "before")
    second = records(after, instances=10, seeds=4, seed=1)
    return compare_runs(first, _run(second, "now"))


@pytest.mark.parametrize(
    ("before", "after", "verdict"),
    [
        ({"s": 1.0}, {"s": 5.0}, Verdict.WORSE),
        ({"s": 5.0}, {"s": 1.0}, Verdict.BETTER),
        ({"s": 2.0}, {"s": 2.1}, Verdict.EQUIVALENT),
    ],
)
def test_a_solver_is_compared_with_itself(
    before: dict[str, float], after: dict[str, float], verdict: Verdict
) -> None:
    found = _released(before, after)
    (difference,) = found.differences
    assert difference.verdict is verdict
    assert bool(found.worse) == (verdict is Verdict.WORSE)
    assert difference.solver == "s in the second run"
    assert difference.baseline == "s in the first run"


def test_each_solver_is_compared_and_the_worse_one_named() -> None:
    found = _released({"a": 1.0, "b": 5.0}, {"a": 6.0, "b": 5.0})
    assert [each.solver for each in found.worse] == ["a in the second run"]
    assert str(found.page()).splitlines()[2].split()[:2] == ["a", "worse"]


def test_fewer_plans_are_worse_even_where_the_gaps_are_not() -> None:
    """Half the runs come back without a plan: a verdict is withheld, and the release is stopped."""
    rows = [
        record(100.0, instance=f"i{k}", seed=seed, best_known=100.0)
        for k in range(10)
        for seed in range(4)
    ]
    lost = [
        replace(row, objective=None, outcome="none-found") if row.seed % 2 else row for row in rows
    ]
    found = compare_runs(_run(rows), _run(lost))
    assert found.worse


def test_runs_before_and_after_a_change_of_a_device_are_not_compared() -> None:
    rows = [
        replace(row, snapshot="dev:1")
        for row in records({"s": 1.0, "t": 1.0}, instances=10, seeds=4)
    ]
    later = [
        replace(row, snapshot="dev:2") if row.solver == "s" or row.instance < "i003" else row
        for row in rows
    ]
    found = compare_runs(_run(rows, "before"), _run(later))
    (difference,) = found.differences
    assert (difference.solver, difference.instances) == ("t in the second run", 7)
    assert len(found.notes) == 3
    assert "dev changed between runs of s in the second run and s in the first" in found.notes[0]
    assert found.notes[1] == (
        "s: the two runs share no instance in one state of the device: not compared."
    )
    assert "on job-shop: i000, job-shop: i001, job-shop: i002: 24 runs were" in found.notes[2]


def test_an_instance_of_other_content_is_not_compared() -> None:
    rows = records({"s": 1.0}, instances=10)
    other = [
        replace(row, parts={"instance": "sha256:other"}, objective=9e9)
        if row.instance == "i003"
        else row
        for row in rows
    ]
    found = compare_runs(_run(rows, "before"), _run(other))
    assert found.differences[0].instances == 9
    assert found.notes == ("Not compared, because the instance is another now: job-shop: i003.",)


def test_solvers_of_one_run_alone_are_told() -> None:
    found = _released({"s": 1.0, "gone": 1.0}, {"s": 1.0, "added": 1.0})
    assert found.notes == (
        "added is in the second run alone: not compared.",
        "gone is in the first run alone: not compared.",
    )


def test_runs_that_share_nothing_are_a_mistake() -> None:
    with pytest.raises(QoptError, match="have nothing in common: a is in the first run alone"):
        _released({"a": 1.0}, {"b": 1.0})


def test_a_solver_that_was_run_otherwise_is_told_with_what_differs() -> None:
    rows = records({"s": 1.0, "same": 1.0}, instances=5)
    now = {"parameters": {"num_sweeps": 5}, "algorithm_version": 2}
    other = [replace(row, parts={**row.parts, **now}) if row.solver == "s" else row for row in rows]
    found = compare_runs(_run(rows, "before"), _run(other, "now"))
    assert found.notes == (
        "s, in the second run: the parameter num_sweeps is 5, and was left out.",
        "s, in the second run: the solver's algorithm is version 2, and was None.",
    )


def test_a_run_beside_itself_is_told() -> None:
    rows = records({"s": 1.0}, instances=5)
    found = compare_runs(_run(rows, "runs/a"), _run(rows, "runs/../runs/a"))
    assert found.notes == ("Both are the same run: nothing can differ.",)


def test_trials_that_were_only_copied_are_told() -> None:
    rows = records({"s": 1.0}, instances=10)
    again = [replace(row, copied=True) for row in rows]
    found = compare_runs(_run(rows, "before"), _run(again))
    assert found.notes == (
        "40 of 40 trials of the second run were taken over from another study and not solved "
        "again: run it with --fresh to compare what is solved now.",
    )
