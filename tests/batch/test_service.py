"""Fallbacks, objectives of service, looks before all is run, and what may have been paid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qopt.batch import Run, Study, StudyError, Watch, forecast, run
from qopt.batch.records.record import Record
from qopt.batch.running.fallbacks import worse
from qopt.batch.service import services
from qopt.batch.studies.entries import ServiceEntry
from qopt.batch.trial import Fallback
from qopt.report import report, verify

Read = Callable[..., Study]
SOLVERS = "- {name: greedy}"


def _with(fallback: str, how: str = "refuse") -> tuple[str, str]:
    failing = f"- {{name: failing, parameters: {{how: {how}}}, fallback: {fallback}}}"
    return SOLVERS, f"{SOLVERS}\n  {failing}"


@pytest.mark.usefixtures("odd_solvers")
@pytest.mark.parametrize("how", ["refuse", "kill"])
def test_what_fails_is_solved_by_the_fallback_and_the_record_says_so(how: str, study: Read) -> None:
    asked = study(_with("{to: greedy}", how), more="run: {workers: 1}\n")
    said: list[str] = []
    done = run(asked, watch=Watch(said=said.append))
    mine = [record for record in done.records if record.solver == "failing"]
    greedy = [record for record in done.records if record.solver == "greedy"]
    assert [record.outcome for record in mine] == ["feasible"] * 4
    assert [record.objective for record in mine] == [record.objective for record in greedy]
    assert all((r.instead or "").startswith("solved by greedy instead: failing ") for r in mine)
    assert [record.key for record in mine] == [t.key for t in asked.trials if t.solver == "failing"]
    assert len(said) == 4
    again: list[str] = []
    run(asked, watch=Watch(begun=lambda trial: again.append(trial.label)))
    assert again == []


@pytest.mark.usefixtures("odd_solvers")
def test_only_what_the_rule_names_goes_to_the_fallback(study: Read) -> None:
    done = run(study(_with("{to: greedy, on: [none-found]}")))
    assert len(done.failed) == 4
    assert not any(record.instead for record in done.records)


def test_a_solver_without_a_plan_goes_to_its_fallback(study: Read) -> None:
    weak = (
        "{name: qubo-annealer, parameters: {num_sweeps: 1, num_reads: 1}, fallback: {to: greedy}}"
    )
    changes = (SOLVERS, f"{SOLVERS}\n  - {weak}"), ("jobs: 3, machines: 3", "jobs: 6, machines: 6")
    done = run(study(*changes))
    mine = [record for record in done.records if record.solver == "qubo-annealer"]
    assert {record.outcome for record in mine} == {"feasible"}
    assert all("found no feasible plan" in (record.instead or "") for record in mine)


@pytest.mark.usefixtures("odd_solvers")
def test_where_the_money_is_spent_the_fallback_goes_on(study: Read, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    dear = f"{{name: dear, parameters: {{calls: {calls}}}, price: 1.0, fallback: {{to: greedy}}}}"
    done = run(study((SOLVERS, f"{SOLVERS}\n  - {dear}"), more="limits: {money: 2}\n"))
    mine = [record for record in done.records if record.solver == "dear"]
    assert len(calls.read_text().split()) == 2
    assert sum(record.instead is None for record in mine) == 2
    assert all("limit of money is 2" in r.instead for r in mine if r.instead is not None)
    assert not done.missing
    assert done.stopped is None


@pytest.mark.usefixtures("odd_solvers")
def test_what_was_begun_and_lost_is_not_paid_for_again(study: Read, tmp_path: Path) -> None:
    """As a process that was killed in the middle of a paid call leaves it."""
    from qopt.batch.records.store import Store

    calls = tmp_path / "calls"
    calls.touch()
    dear = f"- {{name: dear, parameters: {{calls: {calls}}}, price: 1.0}}"
    asked = study((SOLVERS, dear))
    lost = next(trial for trial in asked.trials if trial.solver == "dear")
    with Store(asked.output, writing=True) as store:
        store.note_begun(lost)
    expected, again = forecast(asked), forecast(asked, fresh=True)
    assert (expected.lost, expected.money, expected.to_solve) == (1, 3.0, len(asked.trials) - 1)
    assert (again.lost, again.money) == (0, 4.0)
    done = run(asked)
    assert len(calls.read_text().split()) == 3
    (failed,) = done.failed
    assert failed.label == lost.label
    assert "it may have been paid for" in (failed.error or "")
    assert failed.money == 1.0
    run(asked)
    assert len(calls.read_text().split()) == 3
    assert not run(asked, fresh=True).failed
    assert len(calls.read_text().split()) == 7


def _record(solver: str, instance: int, objective: float | None, **more: Any) -> Record:
    return Record(
        label=f"{solver}-{instance}",
        key="",
        parts={},
        kind="job-shop",
        instance=str(instance),
        solver=solver,
        outcome="feasible" if objective is not None else "none-found",
        seed=0,
        time_limit=1.0,
        objective=objective,
        started=f"2026-01-{instance + 1:02}",
        **more,
    )


RULE = Fallback("classical", "greedy", {}, None, ("worse",), 3)


@pytest.mark.parametrize(
    ("own", "others", "last", "falls"),
    [
        ([100, 100, 100], [90, 90, 90], 3, True),
        ([90, 90, 90], [100, 100, 100], 3, False),
        ([100, 100, 100], [100, 100, 100], 3, False),
        ([100, 100], [90, 90], 3, False),  # too few to tell
        ([10, 100, 100, 100], [1000, 90, 90, 90], 3, True),  # the first is long ago
        ([90, None, 90], [100, 100, 100], 3, True),  # no plan is a gap of 100 %
        ([None, None, None], [None, None, None], 3, False),
    ],
)
def test_the_rule_looks_at_the_last_trials_of_both(
    own: list[float | None], others: list[float | None], last: int, falls: bool
) -> None:
    records = [_record("annealer", k, value) for k, value in enumerate(own)]
    records += [_record("classical", k, value) for k, value in enumerate(others)]
    assert (worse(records, "annealer", RULE) is not None) == falls


def test_what_a_fallback_solved_counts_for_nobody() -> None:
    records = [_record("annealer", k, 100.0, instead="solved by") for k in range(3)]
    records += [_record("classical", k, 90.0) for k in range(3)]
    assert worse(records, "annealer", RULE) is None


def test_a_solver_that_was_worse_is_no_longer_begun(study: Read) -> None:
    weak = "{name: greedy, label: weak, fallback: {to: annealer, on: [worse], last: 2}}"
    changes = (
        (SOLVERS, f"- {weak}"),
        ("jobs: 3, machines: 3, seed: [1, 2]", "jobs: 6, machines: 5, seed: [1, 2, 3, 4]"),
        ("seeds: [1, 2]", "seeds: [1]"),
    )
    done = run(study(*changes, more="run: {executor: inline, order: given}\n"))
    mine = [record for record in done.records if record.solver == "weak"]
    fallen = [record for record in mine if record.instead is not None]
    assert 1 <= len(fallen) <= 2
    assert all("over the last 2 trials of both" in (r.instead or "") for r in fallen)


@pytest.mark.parametrize(
    ("entry", "kept", "found"),
    [
        ({"feasible": 0.75}, True, 0.75),
        ({"feasible": 0.8}, False, 0.75),
        ({"gap": 30.0}, True, 100 * (0.0 + 0.1 + 0.0 + 1.0) / 4),
        ({"gap": 20.0}, False, 27.5),
        ({"seconds": 4.0}, True, 3.85),
        ({"seconds": 3.5}, False, 3.85),
    ],
)
def test_objectives_of_service_are_over_all_trials(
    entry: dict[str, float], kept: bool, found: float
) -> None:
    """Of four trials one has no plan; one plan of 100 is 10 % off the best known of 90."""
    values = [(50.0, None), (100.0, 90.0), (70.0, None), (None, None)]
    records = [
        _record("annealer", k, value, best_known=best, seconds=float(k + 1))
        for k, (value, best) in enumerate(values)
    ]
    (service,) = services(records, [ServiceEntry(solver="annealer", **entry)])
    assert service.kept is kept
    assert service.found == pytest.approx(found)
    assert ("MISSED" in service.sentence()) is not kept


def test_a_run_says_whether_service_was_kept(study: Read) -> None:
    more = "slo:\n  - {solver: greedy, feasible: 1, seconds: 0.000001}\n"
    done = run(study(more=more))
    assert [service.kept for service in done.services] == [True, False]
    assert Run.open(done.folder).services == done.services
    page = report(done)
    text = page.read_text()
    assert "service kept" in text
    assert "service missed" in text
    assert verify(page).ok


def test_looks_end_a_study_that_is_decided(study: Read) -> None:
    """Two equal solvers are the same at the first look: what is left is not run."""
    changes = (
        ("- {name: annealer, parameters: {num_sweeps: 200, num_reads: 4}}",
         "- {name: greedy, label: same}"),
        ("seed: [1, 2]", "seed: [1, 2, 3, 4, 5, 6, 7, 8]"),
        ("seeds: [1, 2]", "seeds: [1, 2, 3, 4, 5, 6]"),
    )  # fmt: skip
    more = "compare: {baseline: greedy}\nrun: {until: decided, executor: inline}\n"
    asked = study(*changes, more=more)
    said: list[str] = []
    done = run(asked, watch=Watch(said=said.append))
    assert len(asked.trials) == 96
    assert len(done.records) == 32
    assert not done.missing
    assert said[0].startswith("Look 1 of 3: decided.")
    assert done.question["looks"] == 3
    assert done.compare().question.alpha == pytest.approx(0.05 / 3)
    again: list[str] = []
    assert run(asked, watch=Watch(begun=lambda t: again.append(t.label))).records == done.records
    assert again == []


def test_a_study_that_is_not_decided_runs_to_its_end(study: Read) -> None:
    more = "compare: {baseline: greedy}\nrun: {until: decided, looks: 2, executor: inline}\n"
    said: list[str] = []
    done = run(study(more=more), watch=Watch(said=said.append))
    assert len(done.records) == 8
    assert said[0].startswith("Look 1 of 2: not decided yet")


@pytest.mark.parametrize(
    ("changes", "more", "told"),
    [
        ((SOLVERS, "- {name: greedy, fallback: {to: nobody}}"), "", "no solver is called 'nobody'"),
        ((SOLVERS, "- {name: greedy, fallback: {to: greedy}}"), "", "cannot be solved by itself"),
        (
            (SOLVERS, "- {name: greedy, fallback: {to: annealer, on: []}}"),
            "",
            "give at least one; it is empty",
        ),
        ((SOLVERS, SOLVERS), "slo: [{solver: nobody}]\n", "slo[0].solver: no solver is called"),
        ((SOLVERS, SOLVERS), "run: {until: decided}\n", "say under `compare` what is to be"),
    ],
)
def test_mistakes_are_told(changes: tuple[str, str], more: str, told: str, study: Read) -> None:
    with pytest.raises(StudyError) as raised:
        study(changes, more=more)
    assert told in str(raised.value)
    assert len(raised.value.complaints) == 1
