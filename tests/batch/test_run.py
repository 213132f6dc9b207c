"""Running a study: records, results, failures, budgets, what is done again and what is not."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qopt import FileError, QoptError, plugins
from qopt.batch import Forecast, Record, Run, Study, Watch, explain, forecast, run

Read = Callable[..., Study]


def _meaning(done: Run) -> list[tuple[Any, ...]]:
    """What of the records does not depend on the clock, with the plans' bytes."""
    rows = []
    for record in done.records:
        found = done.result(record).to_dict() if record.file is not None else {}
        plans = json.dumps([found.get("plans"), found.get("objective"), found.get("status")])
        rows.append((record.label, record.key, record.outcome, record.objective, plans))
    return rows


def test_each_trial_is_a_record_and_a_result(study: Read) -> None:
    asked = study()
    done = run(asked)
    assert [record.label for record in done.records] == [trial.label for trial in asked.trials]
    assert not done.missing
    assert not done.failed
    for trial, record in zip(asked.trials, done.records, strict=True):
        result = done.result(record)
        assert (record.outcome, record.key) == ("feasible", trial.key)
        assert (record.objective, record.seed) == (result.objective, trial.seed)
        assert result.provenance["seed"] == trial.seed
        scored = trial.instance.problem.evaluate(result.best)
        assert scored.feasible
        assert scored.objective == record.objective


def test_a_run_gives_the_bytes_of_each_solve_alone(study: Read) -> None:
    from qopt import solve

    asked = study()
    for trial, record in zip(asked.trials, run(asked).records, strict=True):
        problem, options = trial.instance.problem, trial.parameters
        alone = solve(problem, solver=trial.solver, time_limit=20, seed=trial.seed, **options)
        assert alone.objective == record.objective


@pytest.mark.parametrize("executor", ["inline", "processes", "dask"])
def test_every_executor_gives_the_same(executor: str, study: Read) -> None:
    if executor == "dask":
        pytest.importorskip("distributed", reason="the extra 'distributed' is not installed")
    here = run(study(more="run: {executor: inline}\n"))
    there = study(
        ("name: tiny", f"name: tiny-{executor}"),
        more=f"run: {{executor: {executor}, workers: 2}}\n",
    )
    assert _meaning(run(there, fresh=True)) == _meaning(here)


def test_a_second_run_solves_nothing(study: Read) -> None:
    first = run(study())
    heard: list[str] = []
    again = run(study(), watch=Watch(begun=lambda trial: heard.append(trial.label)))
    assert heard == []
    assert again.records == first.records


def test_fresh_solves_everything_again(study: Read) -> None:
    run(study())
    heard: list[str] = []
    run(study(), fresh=True, watch=Watch(begun=lambda trial: heard.append(trial.label)))
    assert len(heard) == 8


@pytest.mark.parametrize(
    ("change", "solved", "why"),
    [
        (("num_reads: 4", "num_reads: 5"), 4, "the parameter num_reads is 5, and was 4"),
        (("seeds: [1, 2]", "seeds: [1, 3]"), 4, None),
        (("time_limit: 20", "time_limit: 21"), 8, "time_limit is 21.0, and was 20.0"),
        (("machines: 3", "machines: 2"), 8, None),
        (("name: tiny", "name: other"), 0, None),
        (("problems:", "# a remark\nproblems:"), 0, None),
    ],
)
def test_only_what_means_something_else_is_solved_again(
    change: tuple[str, str], solved: int, why: str | None, study: Read
) -> None:
    run(study())
    heard: list[str] = []
    changed = study(change)
    expected = forecast(changed)
    assert expected.to_solve == solved
    done = run(changed, watch=Watch(begun=lambda trial: heard.append(trial.label)))
    assert len(heard) == solved
    assert [record.key for record in done.records] == [trial.key for trial in changed.trials]
    if why is not None:
        assert list(expected.stale) == [why]
        told = explain(done.folder, heard[0])
        assert f"  {why}" in told
        assert "solved again because" in "\n".join(told)


def test_a_raised_algorithm_version_reruns_just_its_trials(
    study: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(study())
    monkeypatch.setattr(plugins.solver_class("greedy"), "algorithm_version", 7, raising=False)
    heard: list[str] = []
    run(study(), watch=Watch(begun=lambda trial: heard.append(trial.solver)))
    assert heard == ["greedy"] * 4


def test_why_says_what_made_a_trial_stale(study: Read, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run(study())
    label = done.records[-1].label
    assert "is up to date" in explain(done.folder, label)[0]
    monkeypatch.setattr(plugins.solver_class("greedy"), "algorithm_version", 7, raising=False)
    from qopt.batch.records.store import Store

    asked = study()
    with Store(done.folder, writing=True) as store:
        store.register(asked.trials, {}, {})
    told = explain(done.folder, label)
    assert "is stale" in told[0]
    assert told[1] == "  the solver's algorithm is version 7, and was 1"
    with pytest.raises(QoptError, match="no trial named 'nobody'"):
        explain(done.folder, "nobody")


def test_a_result_that_was_deleted_is_solved_again(study: Read) -> None:
    done = run(study())
    gone = done.records[2]
    assert gone.file is not None
    (done.folder / gone.file).unlink()
    assert "is gone: the next run solves it again" in explain(done.folder, gone.label)[0]
    assert forecast(study()).to_solve == 1
    begun: list[str] = []
    again = run(study(), watch=Watch(begun=lambda trial: begun.append(trial.label)))
    assert begun == [gone.label]
    assert again.result(gone.label).objective == gone.objective


def test_an_instance_that_was_edited_is_said(study: Read, tmp_path: Path) -> None:
    file = tmp_path / "shop.txt"
    file.write_text("2 2\n0 2 1 1\n1 1 0 1\n")
    change = ("generate: {jobs: 3, machines: 3, seed: [1, 2]}", "file: shop.txt")
    run(study(change))
    file.write_text("2 2\n0 2 1 1\n1 1 0 2\n")
    assert forecast(study(change)).stale == {"the instance's content, or its options, changed": 4}


def test_studies_share_what_they_solved(
    study: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QOPT_CACHE", str(tmp_path / "cache"))
    first = run(study())
    other = study(("name: tiny", "name: other"), name="other.yaml")
    other = Study(**{**vars(other), "output": tmp_path / "elsewhere"})
    heard: list[Record] = []
    expected = forecast(other)
    assert (expected.shared, expected.to_solve) == (8, 0)
    begun: list[str] = []
    second = run(other, watch=Watch(lambda trial: begun.append(trial.label), ended=heard.append))
    assert begun == []
    assert len(heard) == 8
    assert all(record.copied for record in second.records)
    assert _meaning(second) == _meaning(first)
    assert "taken over from another study" in explain(second.folder, second.records[0].label)[0]


def test_what_is_damaged_in_the_cache_is_solved_again(
    study: Read, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QOPT_CACHE", str(tmp_path / "cache"))
    first = run(study())
    for path in (tmp_path / "cache").rglob("*.json"):
        if ".result" not in path.name:
            path.write_text("{")
    (tmp_path / "out" / "records.sqlite").unlink()
    begun: list[str] = []
    again = run(study(), watch=Watch(lambda trial: begun.append(trial.label)))
    assert len(begun) == 8
    assert _meaning(again) == _meaning(first)


ANNEALER = "{name: annealer, parameters: {num_sweeps: 200, num_reads: 4}}"
FAILING = ("- {name: greedy}", "- {name: failing, parameters: {how: HOW}}")


@pytest.mark.usefixtures("odd_solvers")
@pytest.mark.parametrize(
    ("how", "outcome", "error"),
    [
        ("raise", "failed", "RuntimeError: something broke"),
        ("refuse", "failed", "this instance is not for me"),
        ("exit", "killed", "its process ended by itself with exit code 3"),
        ("kill", "killed", "its process was killed (signal 9)"),
        ("hang", "timeout", "it had not ended 2.0 s after its start"),
    ],
)
def test_a_trial_that_fails_is_a_record_with_its_reason_and_the_rest_goes_on(
    how: str, outcome: str, error: str, study: Read
) -> None:
    change = (FAILING[0], FAILING[1].replace("HOW", how))
    grace = "limits: {grace: 1}\n" if how == "hang" else ""
    limit = []
    if how == "hang":  # beside a solver that needs no kernels: these take seconds to be loaded
        limit = [("time_limit: 20", "time_limit: 1"), (ANNEALER, "{name: greedy}")]
    more = f"{grace}run: {{executor: processes}}\n"
    done = run(study(change, *limit, ("seed: [1, 2]", "seed: 1"), more=more))
    by = {record.solver: record for record in done.records}
    assert len(done.records) == 4
    assert by["failing"].outcome == outcome
    assert (by["failing"].error or "").startswith(error)
    others = [record for record in done.records if record.solver != "failing"]
    assert [record.outcome for record in others] == ["feasible"] * 2
    assert len(done.failed) == 2


@pytest.mark.usefixtures("odd_solvers")
def test_memory_that_is_not_there_fails_its_trial_only(study: Read) -> None:
    change = (FAILING[0], FAILING[1].replace("HOW", "memory"))
    done = run(
        study(change, ("seed: [1, 2]", "seed: 1"), more="limits: {memory: 3}\nrun: {workers: 1}\n")
    )
    failed = done.failed
    assert {record.solver for record in failed} == {"failing"}
    told = "it needs more memory than limits.memory, 3 gigabytes, lets it take"
    assert {record.error for record in failed} == {told}
    assert all(record.retryable for record in failed)


@pytest.mark.usefixtures("odd_solvers")
def test_what_may_go_well_another_time_is_tried_again(study: Read, tmp_path: Path) -> None:
    once = f"{{name: failing, parameters: {{how: kill, once: {tmp_path / 'once'}}}}}"
    changes = ((FAILING[0], f"- {once}"), ("seeds: [1, 2]", "seeds: [1]"))
    asked = study(*changes, ("seed: [1, 2]", "seed: 1"), more="run: {retries: 1, workers: 1}\n")
    said: list[str] = []
    done = run(asked, watch=Watch(said=said.append))
    (record,) = (record for record in done.records if record.solver == "failing")
    assert (record.outcome, record.attempts) == ("feasible", 2)
    assert len(said) == 1
    assert "it is tried again" in said[0]


@pytest.mark.usefixtures("odd_solvers")
def test_a_failure_that_may_pass_is_solved_by_the_next_run_and_a_refusal_is_not(
    study: Read, tmp_path: Path
) -> None:
    once = f"{{name: failing, parameters: {{how: kill, once: {tmp_path / 'once'}}}}}"
    one = ("seeds: [1, 2]", "seeds: [1]"), ("seed: [1, 2]", "seed: 1")
    asked = study((FAILING[0], f"- {once}"), *one, more="run: {workers: 1}\n")
    first = run(asked)
    assert [record.outcome for record in first.records] == ["feasible", "killed"]
    assert forecast(asked).to_solve == 1
    second = run(asked)
    assert [record.outcome for record in second.records] == ["feasible", "feasible"]
    refusing = study((FAILING[0], FAILING[1].replace("HOW", "refuse")), *one)
    refused = run(refusing)
    assert forecast(refusing).to_solve == 0
    told, why, *_ = explain(refused.folder, refused.failed[0].label)
    assert told.endswith("ended as 'failed', and only --fresh begins it again:")
    assert why == "  this instance is not for me"


@pytest.mark.usefixtures("odd_solvers")
def test_fail_fast_begins_nothing_more(study: Read) -> None:
    change = (FAILING[0], FAILING[1].replace("HOW", "refuse"))
    done = run(study(change, more="run: {workers: 1, executor: inline}\n"), fail_fast=True)
    assert len(done.failed) == 1
    assert done.missing
    assert "--fail-fast" in (done.stopped or "")


DEAR = "- {name: dear, parameters: {calls: CALLS}, price: 1.0}"


@pytest.mark.usefixtures("odd_solvers")
def test_what_costs_money_is_paid_once_and_in_this_process(study: Read, tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    asked = study(("- {name: greedy}", DEAR.replace("CALLS", str(calls))))
    assert forecast(asked).money == 4.0
    done = run(asked)
    assert calls.read_text().split() == [str(os.getpid())] * 4
    paid = [record for record in done.records if record.solver == "dear"]
    assert [record.money for record in paid] == [1.0] * 4
    assert [record.device_seconds for record in paid] == [0.5] * 4
    run(asked)
    assert len(calls.read_text().split()) == 4
    assert (forecast(asked).money, forecast(asked).spent) == (0.0, 4.0)
    assert forecast(asked, fresh=True).affordable


@pytest.mark.parametrize(("limit", "affordable"), [(4.0, True), (3.9, False)])
def test_a_limit_of_money_is_for_what_is_spent_and_what_will_be(
    limit: float, affordable: bool
) -> None:
    found = Forecast(4, 1, 0, 3, 9.0, 3.0, (), {}, spent=1.0, limit=limit)
    assert found.affordable is affordable


@pytest.mark.usefixtures("odd_solvers")
@pytest.mark.parametrize(
    ("limits", "calls_made", "told"),
    [
        ("{money: 2.5}", 2, "the limit of money is 2.5: 2 is spent"),
        ("{device_seconds: 1.0}", 2, "the limit of device time is 1 s: 1 s are used"),
        ("{money: 0}", 0, "the limit of money is 0"),
    ],
)
def test_a_budget_is_kept_also_by_the_next_run(
    limits: str, calls_made: int, told: str, study: Read, tmp_path: Path
) -> None:
    calls = tmp_path / "calls"
    calls.touch()
    asked = study(
        ("- {name: greedy}", DEAR.replace("CALLS", str(calls))), more=f"limits: {limits}\n"
    )
    for _ in range(2):
        done = run(asked)
        assert len(calls.read_text().split()) == calls_made
        assert told in (done.stopped or "")
        assert len(done.missing) >= 4 - calls_made


WAITING = "- {name: journalled, parameters: {calls: CALLS, door: DOOR}}"


@pytest.mark.usefixtures("odd_solvers")
def test_what_keeps_a_journal_waits_side_by_side(study: Read, tmp_path: Path) -> None:
    """Each of the four trials ends only when all four have begun."""
    calls = tmp_path / "calls"
    solver = WAITING.replace("CALLS", str(calls)).replace("DOOR", "4")
    assert len(run(study(("- {name: greedy}", solver))).records) == 8
    assert calls.read_text().count("begun") == 4


@pytest.mark.usefixtures("odd_solvers")
@pytest.mark.parametrize(("seconds", "begun"), [(0.9, 0), (1.0, 1), (1.24, 1), (1.25, 2), (9, 4)])
def test_a_limit_of_device_time_counts_what_each_call_may_take(
    seconds: float, begun: int, study: Read, tmp_path: Path
) -> None:
    """A call may take a second, and takes a quarter of one."""
    calls = tmp_path / "calls"
    calls.touch()
    solver = WAITING.replace("CALLS", str(calls)).replace("DOOR", "1")
    done = run(study(("- {name: greedy}", solver), more=f"limits: {{device_seconds: {seconds}}}\n"))
    assert calls.read_text().count("begun") == begun
    assert (done.stopped is None) == (begun == 4)


@pytest.mark.usefixtures("odd_solvers")
def test_what_keeps_a_journal_is_begun_again_when_it_was_lost(study: Read, tmp_path: Path) -> None:
    from qopt.batch.records.store import Store

    calls = tmp_path / "calls"
    solver = WAITING.replace("CALLS", str(calls)).replace("DOOR", "1")
    asked = study(("- {name: greedy}", solver))
    with Store(asked.output, writing=True) as store:
        store.note_begun(next(t for t in asked.trials if t.solver == "journalled"))
    assert not run(asked).failed
    assert calls.read_text().count("begun") == 4


def test_a_limit_of_wall_time_leaves_the_rest_to_the_next_run(study: Read) -> None:
    changes = (("{num_sweeps: 200, num_reads: 4}", "{}"), ("time_limit: 20", "time_limit: 0.4"))
    asked = study(*changes, more="limits: {wall: 0.3}\nrun: {workers: 1}\n")
    done = run(asked)
    assert done.missing
    assert "the limit of 0.3 s is over" in (done.stopped or "")
    while done.missing:
        before = len(done.missing)
        done = run(asked)
        assert len(done.missing) < before


def test_an_interrupt_ends_a_run_within_two_seconds_with_what_is_finished(study: Read) -> None:
    asked = study(("{num_sweeps: 200, num_reads: 4}", "{}"), more="run: {workers: 2}\n")
    ended: list[float] = []
    asked_at: list[float] = []
    stop = threading.Event()

    def progress(trial: Any, found: Any) -> None:
        if trial.solver == "annealer" and not stop.is_set():
            asked_at.append(time.monotonic())
            stop.set()

    watch = Watch(progress=progress, ended=lambda record: ended.append(time.monotonic()))
    done = run(asked, watch=watch, interrupt=stop.is_set)
    assert time.monotonic() - asked_at[0] < 2.5  # the bar is 2 s; the machine may be busy
    assert done.stopped == "interrupted"
    kept = [record for record in done.records if record.outcome == "interrupted"]
    assert kept
    assert all(record.stopped_by == "interrupt" for record in kept if record.file is not None)
    begun: list[str] = []
    run(
        asked,
        watch=Watch(begun=lambda trial: begun.append(trial.label)),
        interrupt=lambda: bool(begun),
    )
    assert begun[0] not in {r.label for r in done.records if r.outcome == "feasible"}


@pytest.mark.usefixtures("odd_solvers")
def test_a_trial_that_does_not_hear_the_interrupt_is_ended(study: Read) -> None:
    asked = study((FAILING[0], FAILING[1].replace("HOW", "hang")), more="run: {workers: 2}\n")
    begun: list[float] = []

    def begin(trial: Any) -> None:
        if trial.solver == "failing":
            begun.append(time.monotonic())

    run(
        asked,
        watch=Watch(begun=begin),
        interrupt=lambda: bool(begun) and time.monotonic() - begun[0] > 1.5,
    )
    assert time.monotonic() - begun[0] < 1.5 + 3.0


def test_a_second_coordinator_is_refused(study: Read) -> None:
    from qopt.batch.records.store import Store

    asked = study()
    with (
        Store(asked.output, writing=True),
        pytest.raises(QoptError, match=rf"process {os.getpid()} is running this study"),
    ):
        run(asked)
    assert not run(asked).missing


def test_a_folder_can_be_read_while_it_is_written(study: Read) -> None:
    asked = study()
    seen: list[int] = []
    run(asked, watch=Watch(ended=lambda r: seen.append(len(Run.open(asked.output).records))))
    assert seen == list(range(1, 9))


def test_a_result_that_cannot_be_saved_is_told_and_the_next_run_solves_it(study: Read) -> None:
    asked = study()
    blocked = asked.trials[0].file(asked.output)
    blocked.mkdir(parents=True)
    done = run(asked)
    (failed,) = done.failed
    assert failed.label == asked.trials[0].label
    assert (failed.error or "").startswith("solved, and not saved: ")
    blocked.rmdir()
    assert not run(asked).failed


def test_records_that_are_none_are_told(study: Read) -> None:
    done = run(study())
    path = done.folder / "records.sqlite"
    for name in ("records.sqlite-wal", "records.sqlite-shm"):
        (done.folder / name).unlink(missing_ok=True)
    path.write_bytes(b"no database at all, but long enough to be looked at" * 40)
    with pytest.raises(FileError, match="move it away and run the study again"):
        Run.open(done.folder)
    with pytest.raises(FileError, match="move it away and run the study again"):
        run(study())


def test_records_of_a_newer_version_are_refused(study: Read) -> None:
    done = run(study())
    base = sqlite3.connect(done.folder / "records.sqlite")
    with base:
        base.execute("UPDATE facts SET value = '99' WHERE name = 'version'")
    base.close()
    with pytest.raises(FileError, match=r"written by a newer qopt \(version 99"):
        Run.open(done.folder)


def test_a_folder_without_a_study_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"no study was run there: it has no records\.sqlite$"):
        Run.open(tmp_path)


def test_studies_below_a_folder_are_named(study: Read) -> None:
    folder = run(study()).folder
    with pytest.raises(FileError, match=f"give one of the folders in it: {folder.name}$"):
        Run.open(folder.parent)


def test_the_frame_has_a_row_a_trial(study: Read) -> None:
    frame = run(study()).frame()
    assert frame.height == 8
    assert frame["outcome"].to_list() == ["feasible"] * 8
    assert frame["label"].n_unique() == 8


def test_the_question_is_registered_before_the_first_trial(study: Read) -> None:
    seen: list[int] = []
    asked = study(more="compare: {baseline: greedy, margin: 2}\n")

    def begin(trial: Any) -> None:
        seen.append(len(Run.open(asked.output).registered))

    done = run(asked, watch=Watch(begun=begin))
    assert set(seen) == {1}
    assert done.question["margin"] == 2
    again = run(study(more="compare: {baseline: greedy, margin: 5}\n"))
    assert [entry.question["margin"] for entry in again.registered] == [2, 5]


def test_a_trial_without_a_feasible_plan_is_no_failure(study: Read) -> None:
    change = (
        "name: annealer, parameters: {num_sweeps: 200, num_reads: 4}",
        "name: qubo-annealer, parameters: {num_sweeps: 1, num_reads: 1}",
    )
    done = run(study(change, ("jobs: 3, machines: 3", "jobs: 6, machines: 6")))
    found = {record.outcome for record in done.records if record.solver == "qubo-annealer"}
    assert found == {"none-found"}
    assert not done.failed
    assert all(r.violations for r in done.records if r.solver == "qubo-annealer")


KILLED = """
import sys
from qopt.batch import Watch, run
run(sys.argv[1], watch=Watch(ended=lambda record: print(record.label, flush=True)))
"""


@pytest.mark.slow
def test_a_coordinator_that_is_killed_loses_nothing_that_it_told(
    study: Read, tmp_path: Path
) -> None:
    """Killed without warning after some of 40 records, five times; then the rest is solved."""
    changes = [
        ("seeds: [1, 2]", f"seeds: {list(range(10))}"),
        ("num_sweeps: 200", "num_sweeps: 3000"),
    ]
    quiet = run(study(*changes, ("name: tiny", "name: undisturbed")))
    expected = _meaning(quiet)
    assert len(expected) == 40
    for path in sorted(quiet.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    asked = study(*changes, more="run: {workers: 2}\n")
    told: list[str] = []
    for stop_after in (1, 4, 2, 7, 3):
        with subprocess.Popen(
            [sys.executable, "-c", KILLED, str(tmp_path / "study.yaml")],
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            told += [child.stdout.readline().strip() for _ in range(stop_after)]
            child.kill()
            told += [line.strip() for line in child.stdout.read().splitlines()]
        there = {record.label for record in Run.open(asked.output).records}
        assert set(told) <= there
    assert len(told) == len(set(told))
    again: list[str] = []
    done = run(asked, watch=Watch(ended=lambda record: again.append(record.label)))
    assert not set(again) & set(told)
    assert _meaning(done) == expected
