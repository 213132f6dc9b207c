"""The commands of studies, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qopt import cli
from qopt.batch import Run, read_study
from qopt.batch.records.store import Store

STUDY = """name: typed
problems:
  - {kind: job-shop, generate: {jobs: 3, machines: 3}}
solvers:
  - {name: annealer, parameters: {num_sweeps: 200, num_reads: 4}}
  - {name: greedy}
run: {executor: inline}
"""


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("study.yaml").write_text(STUDY)


def _typed(*words: str, code: int = 0) -> str:
    done = CliRunner(env={"COLUMNS": "150"}).invoke(cli.app, list(words), catch_exceptions=False)
    assert done.exit_code == code, done.output
    return done.stdout


def test_check_says_what_a_run_would_do_and_writes_nothing() -> None:
    told = _typed("check", "study.yaml")
    assert "trials" in told
    assert "to be solved" in told
    assert [path.name for path in Path().iterdir()] == ["study.yaml"]
    assert _typed("run", "study.yaml", "--dry-run") == told
    assert [path.name for path in Path().iterdir()] == ["study.yaml"]


def test_the_seconds_are_those_of_the_longest_trial_at_least() -> None:
    Path("study.yaml").write_text(STUDY.replace("inline", "processes, workers: 50"))
    (line,) = [line for line in _typed("check", "study.yaml").splitlines() if "seconds" in line]
    assert line.split()[-1] == "10"


def test_check_says_what_is_stale_and_why() -> None:
    _typed("run", "study.yaml", "--quiet")
    Path("study.yaml").write_text(STUDY.replace("num_reads: 4", "num_reads: 5"))
    told = _typed("check", "study.yaml")
    assert "1 is stale: the parameter num_reads is 5, and was 4" in told


def test_a_run_ends_with_the_best_plans_and_the_answer_to_its_question() -> None:
    """On this instance the first seed finds less than others do; no solver is said to be better."""
    Path("study.yaml").write_text(
        STUDY.replace("{jobs: 3, machines: 3}", "{jobs: 3, machines: 3, seed: 5}")
        + "seeds: [1, 2, 3]\ncompare: {baseline: greedy}\n"
    )
    told = _typed("run", "study.yaml")
    best = min(record.objective or 0.0 for record in Run.open("runs/typed").records)
    worst = max(record.objective or 0.0 for record in Run.open("runs/typed").records)
    assert best < worst
    assert f"random-3x3-s5, by annealer, objective {best:g}" in told
    assert "not enough data to tell annealer from greedy on job-shop: random-3x3-s5" in told
    assert "`qopt report runs/typed` makes a page of them" in told


def test_check_says_that_the_money_does_not_reach() -> None:
    priced = STUDY.replace("{name: greedy}", "{name: greedy, price: 2}") + "seeds: [1, 2]\n"
    Path("study.yaml").write_text(priced + "limits: {money: 4}\n")
    assert "limit" not in _typed("check", "study.yaml")
    Path("study.yaml").write_text(priced + "limits: {money: 3}\n")
    lacking = "the limit of money is 3: what would cost more is left"
    assert lacking in _typed("check", "study.yaml")
    _typed("run", "study.yaml", "--quiet", code=1)
    told = _typed("check", "study.yaml")
    assert "the limit of money is 3, and 2 is spent: what would cost more is left" in told


def test_check_says_what_may_have_been_paid_for() -> None:
    Path("study.yaml").write_text(STUDY.replace("{name: greedy}", "{name: greedy, price: 2}"))
    asked = read_study("study.yaml")
    with Store(asked.output, writing=True) as store:
        store.note_begun(next(trial for trial in asked.trials if trial.paid))
    told = _typed("check", "study.yaml")
    assert "1 that cost money were begun before and have no record: they may have been paid" in told


def test_without_all_trials_there_is_no_answer() -> None:
    Path("study.yaml").write_text(STUDY + "compare: {baseline: greedy}\nlimits: {wall: 1.0e-9}\n")
    told = _typed("run", "study.yaml", code=1)
    assert "not enough data" not in told
    assert Run.open("runs/typed").missing


def test_quiet_prints_nothing_where_all_is_well() -> None:
    assert _typed("run", "study.yaml", "--quiet") == ""
    assert len(list(Path("runs/typed/results").iterdir())) == 2


def test_jsonl_is_a_document_a_line() -> None:
    lines = [json.loads(line) for line in _typed("run", "study.yaml", "--jsonl").splitlines()]
    events = [line["event"] for line in lines]
    assert events.count("begun") == events.count("ended") == 2
    assert {"begun", "ended"} <= set(events) <= {"begun", "progress", "ended"}
    ended = [line for line in lines if line["event"] == "ended"]
    assert {line["outcome"] for line in ended} == {"feasible"}


def test_quiet_and_jsonl_together_are_refused() -> None:
    from qopt import QoptError

    with pytest.raises(QoptError, match="--quiet or --jsonl"):
        _typed("run", "study.yaml", "--quiet", "--jsonl")


def test_the_log_has_a_line_an_event() -> None:
    _typed("run", "study.yaml", "--quiet")
    lines = Path("runs/typed/log.txt").read_text().splitlines()
    assert [line.split()[2] for line in lines] == ["begun", "ended"] * 2


def test_trials_of_tuning_are_counted_and_in_the_log_too() -> None:
    training = "[{kind: job-shop, generate: {jobs: 3, machines: 3, seed: 9}}]"
    tuned = f"{{parameters: {{num_sweeps: [1, 2]}}, training: {training}}}"
    Path("study.yaml").write_text(
        STUDY.replace("num_reads: 4}}", f"num_reads: 4}}, tune: {tuned}}}")
    )
    told = _typed("run", "study.yaml")
    assert [line.split("  ")[0] for line in told.splitlines() if " of 4  " in line] == [
        f"{number} of 4" for number in (1, 2, 3, 4)
    ]
    log = Path("runs/typed/log.txt").read_text()
    assert log.count("ended") == 4
    assert "annealer is tuned on 1 instance" in log


def test_what_is_left_is_counted_where_something_is_there() -> None:
    _typed("run", "study.yaml", "--quiet")
    Path("study.yaml").write_text(STUDY + "seeds: [0, 1]\n")
    told = _typed("run", "study.yaml")
    assert "1 of 2  " in told
    assert "2 of 2  " in told


def test_what_was_not_solved_again_is_told() -> None:
    _typed("run", "study.yaml", "--quiet")
    Path("study.yaml").write_text(STUDY + "limits: {wall: 1.0e-9}\n")
    done = CliRunner().invoke(cli.app, ["run", "study.yaml", "--fresh"])
    assert "2 of 2 trials were not solved again, and are as they were before" in done.stderr
    assert done.exit_code == 1


def test_why_explains_a_trial() -> None:
    _typed("run", "study.yaml", "--quiet")
    told = _typed("why", "runs/typed", "random-3x3-s0--greedy--seed-0")
    assert "is up to date" in told
    Path("study.yaml").write_text(STUDY.replace("name: greedy", "name: greedy, time_limit: 3"))
    _typed("run", "study.yaml", "--quiet")
    told = _typed("why", "runs/typed", "random-3x3-s0--greedy--seed-0")
    assert "solved again because" in told
    assert "  time_limit is 3.0, and was 10.0" in told


def test_export_says_what_it_wrote() -> None:
    _typed("run", "study.yaml", "--quiet")
    assert _typed("export", "runs/typed", "--to", "all.csv") == "written to all.csv\n"
    assert Path("all.csv").is_file()
    told = _typed("export", "runs/typed", "--to", "sub", "--submitter", "me")
    assert len(told.splitlines()) == 2
    assert all(Path(line.removeprefix("written to ")).is_dir() for line in told.splitlines())


def test_schema_is_what_the_configs_refer_to() -> None:
    configs = Path(__file__).parents[1] / "configs"
    if not configs.is_dir():
        pytest.skip("configs/ is not beside the tests: they run from an installed package")
    made = json.loads(_typed("schema"))
    assert made == json.loads((configs / "study.schema.json").read_text())
    for path in configs.glob("*.yaml"):
        assert path.read_text().startswith("# yaml-language-server: $schema=study.schema.json\n")


def test_a_trial_that_fails_is_exit_code_1() -> None:
    Path("study.yaml").write_text(
        STUDY.replace("name: greedy", "name: exact").replace("jobs: 3", "jobs: 9")
    )
    told = _typed("run", "study.yaml", code=1)
    assert "the model has" in told
