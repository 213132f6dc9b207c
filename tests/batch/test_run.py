"""Running trials: a file a trial, failures that stop nothing, an interrupt that stops all."""

from __future__ import annotations

import json
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from problems.scheduling import JobShop
from qopt import Progress, Result, Status, cli
from qopt.batch import Trial, TrialRecord, run_trials
from qopt.cli import shown

from .. import tiny

GREEDY = Trial(tiny.shop(), "greedy", {}, 1.0, 1)
TOO_LARGE = Trial(JobShop.bundled(), "exact", {}, 1.0, 1)
INTERRUPTED = Trial(tiny.shop(), "annealer", {}, 20.0, 1)

SPEC = """name: batch
problems:
  - kind: job-shop
    instance: ft06
solvers:
  - name: exact
  - name: greedy
output: results
"""


def _qopt(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Any:
    """The exit code of a command."""
    monkeypatch.setattr(sys, "argv", ["qopt", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code


def _files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_each_trial_is_saved_as_a_result_by_its_label(tmp_path: Path) -> None:
    other = Trial(tiny.shop(), "greedy", {}, 1.0, 2)
    records = run_trials([GREEDY, other], tmp_path / "out")
    assert _files(tmp_path) == ["out/cross--greedy--seed-1.json", "out/cross--greedy--seed-2.json"]
    for record in records:
        saved = Result.load(tmp_path / "out" / f"{record.trial.label}.json")
        assert record.result is not None
        assert saved.to_dict() == record.result.to_dict()
        assert saved.provenance["seed"] == record.trial.seed


def test_a_trial_is_solved_as_it_says(tmp_path: Path) -> None:
    trial = Trial(tiny.shop(), "annealer", {"num_sweeps": [5, 6], "num_reads": 7}, 20.0, 9)
    (record,) = run_trials([trial], tmp_path)
    assert record.result is not None
    provenance = record.result.provenance
    assert (provenance["seed"], provenance["time_limit"]) == (9, 20.0)
    assert (provenance["solver"]["num_sweeps"], provenance["solver"]["num_reads"]) == ([5, 6], 7)
    assert record.result.stopped_by == "sweeps"


def test_a_label_is_fit_for_a_file_name() -> None:
    problem = JobShop(tiny.shop().jobs, name="../my shop: \u00fc/\\*")
    label = Trial(problem, "greedy", {}, 1.0, 3).label
    assert label.endswith("--greedy--seed-3")
    assert not set(label) & set('/\\:*?"<>| ')


def test_a_failing_trial_is_recorded_and_the_next_runs(tmp_path: Path) -> None:
    failed, done = run_trials([TOO_LARGE, GREEDY], tmp_path)
    assert failed.result is None
    assert failed.error is not None
    assert failed.error.startswith("ft06: the model has")
    assert done.error is None
    assert done.result is not None
    assert _files(tmp_path) == ["cross--greedy--seed-1.json"]


def test_a_parameter_of_the_wrong_type_fails_its_trial_only(tmp_path: Path) -> None:
    wrong = Trial(tiny.shop(), "neal", {"num_reads": "many"}, 1.0, 1)
    failed, done = run_trials([wrong, GREEDY], tmp_path)
    assert failed.error is not None
    assert "num_reads" in failed.error
    assert done.result is not None


def test_no_feasible_plan_is_a_result_and_no_error(tmp_path: Path) -> None:
    unlucky = Trial(JobShop.bundled(), "qubo-annealer", {"num_sweeps": 1, "num_reads": 1}, 20.0, 1)
    (record,) = run_trials([unlucky], tmp_path)
    assert record.error is None
    assert record.result is not None
    assert record.result.status is Status.NONE_FOUND
    assert len(_files(tmp_path)) == 1


def test_an_interrupted_trial_is_saved_and_is_the_last(tmp_path: Path) -> None:
    records = run_trials([INTERRUPTED, GREEDY], tmp_path, interrupt=lambda: True)
    assert [record.trial for record in records] == [INTERRUPTED]
    assert _files(tmp_path) == ["cross--annealer--seed-1.json"]
    assert Result.load(tmp_path / "cross--annealer--seed-1.json").stopped_by == "interrupt"


def test_an_interrupt_after_a_solver_that_cannot_stop_begins_no_other(tmp_path: Path) -> None:
    """The greedy heuristic is done before it could ask; the batch ends all the same."""
    records = run_trials([GREEDY, TOO_LARGE], tmp_path, interrupt=lambda: True)
    assert [record.trial for record in records] == [GREEDY]
    assert records[0].result is not None
    assert records[0].result.stopped_by == "done"


def test_who_watches_hears_of_each_trial_in_order(tmp_path: Path) -> None:
    heard: list[Any] = []
    run_trials(
        [TOO_LARGE, GREEDY],
        tmp_path,
        on_start=lambda trial: heard.append(("start", trial.solver)),
        on_progress=lambda trial, progress: heard.append((trial.solver, progress)),
        on_end=lambda record: heard.append(("end", record.trial.solver)),
    )
    progress = [word for word in heard if isinstance(word[1], Progress)]
    assert [word for word in heard if word not in progress] == [
        ("start", "exact"),
        ("end", "exact"),
        ("start", "greedy"),
        ("end", "greedy"),
    ]
    assert progress
    assert {solver for solver, _ in progress} == {"greedy"}


def test_a_record_counts_the_wall_time(tmp_path: Path) -> None:
    (record,) = run_trials([Trial(tiny.shop(), "annealer", {}, 0.3, 1)], tmp_path)
    assert isinstance(record, TrialRecord)
    assert 0.3 <= record.seconds < 5


def test_a_run_prints_the_table_and_where_the_results_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(SPEC.replace("  - name: exact\n", ""))
    assert _qopt(monkeypatch, "run", "spec.yaml") == 0
    told = capsys.readouterr()
    assert "ft06, by greedy, objective 61" in told.out
    assert "1 results saved in results" in told.out
    assert _files(tmp_path) == ["results/ft06--greedy--seed-0.json", "spec.yaml"]


def test_a_run_with_a_failed_trial_ends_with_exit_code_1_and_the_others_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "250")
    Path("spec.yaml").write_text(SPEC)
    assert _qopt(monkeypatch, "run", "spec.yaml") == 1
    told = capsys.readouterr()
    assert "failed: ft06: the model has" in told.out
    assert "ft06--exact--seed-0: ft06: the model has" in told.err
    assert _files(tmp_path / "results") == ["ft06--greedy--seed-0.json"]


def test_ctrl_c_ends_a_run_with_what_there_is_saved(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here in the third of four trials, while a plan is being reported: the fourth is not begun."""
    spec = SPEC.replace("name: exact", "name: greedy").replace(
        "  - name: greedy\noutput", "  - name: annealer\noutput"
    )
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(spec + "seeds: [1, 2]\ntime_limit: 20\n")

    struck: list[Progress] = []

    def strike(progress: Progress) -> str:
        if not struck and progress.sweeps > 0 and progress.objective is not None:
            struck.append(progress)
            signal.raise_signal(signal.SIGINT)
        return ""

    monkeypatch.setattr(shown, "status_of", strike)
    _qopt(monkeypatch, "run", "spec.yaml")
    assert "3 results saved in results" in capsys.readouterr().out
    assert _files(tmp_path / "results") == [
        "ft06--annealer--seed-1.json",
        "ft06--greedy--seed-1.json",
        "ft06--greedy--seed-2.json",
    ]
    assert (
        Result.load(tmp_path / "results" / "ft06--annealer--seed-1.json").stopped_by == "interrupt"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "name: greedy",
            "name: gredy",
            "spec.yaml:7:5: solvers[1]: no solver named 'gredy'; did you mean greedy?",
        ),
        ("output", "outptu", "spec.yaml:8:1: outptu: unknown key; did you mean 'output'?"),
        (
            "ft06",
            "ft06\n    instance: ft06",
            "spec.yaml:5:5: problems[0].instance: the key 'instance' is given twice",
        ),
    ],
)
def test_a_wrong_spec_is_exit_code_2_and_nothing_is_written(
    old: str,
    new: str,
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(SPEC.replace(old, new))
    assert _qopt(monkeypatch, "run", "spec.yaml") == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert len(printed.err.splitlines()) == 1
    assert told in printed.err
    assert _files(tmp_path) == ["spec.yaml"]


def test_a_wrong_spec_tells_each_mistake_on_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("spec.yaml").write_text(SPEC.replace("output", "outptu") + "seeds: 3\n")
    assert _qopt(monkeypatch, "run", "spec.yaml") == 2
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in lines] == ["spec.yaml:8:1", "spec.yaml:9:1"]


def test_a_missing_spec_is_exit_code_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _qopt(monkeypatch, "run", "nowhere.yaml") == 2
    assert capsys.readouterr().err == "nowhere.yaml: No such file or directory\n"


def test_running_again_replaces_the_results(tmp_path: Path) -> None:
    run_trials([GREEDY], tmp_path)
    path = tmp_path / f"{GREEDY.label}.json"
    path.write_text(json.dumps({"format": "old"}))
    run_trials([GREEDY], tmp_path)
    assert Result.load(path).solver == "greedy"


def test_a_result_that_cannot_be_saved_is_told_and_the_next_trial_runs(tmp_path: Path) -> None:
    (tmp_path / "cross--greedy--seed-1.json").mkdir()  # as a full disk would, it refuses the file
    first, second = run_trials([GREEDY, replace(GREEDY, seed=2)], tmp_path)
    assert first.result is not None
    assert first.error is not None
    assert first.error.startswith("solved, and not saved: ")
    assert second.error is None
    assert Result.load(tmp_path / "cross--greedy--seed-2.json").objective == first.result.objective
