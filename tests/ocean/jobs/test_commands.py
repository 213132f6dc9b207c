"""The commands jobs, budget and quote."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qopt.cli import main
from qopt.cli.commands import app
from qopt.emulator import Service
from qopt.ocean.jobs import Journal, TooLate, submit

from .. import account
from . import services
from .services import question


@pytest.fixture
def journal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Journal]:
    account.forget(monkeypatch, tmp_path)
    monkeypatch.setenv("QOPT_JOURNAL", str(tmp_path / "jobs.sqlite"))
    monkeypatch.delenv("QOPT_PRICES", raising=False)
    with Journal.of_user() as journal:
        yield journal


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    with services.quick(queue_delay=0.6) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        yield service


def _run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, arguments)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.output


def _fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *arguments: str
) -> str:
    """The one line of a person's mistake."""
    monkeypatch.setattr("sys.argv", ["qopt", *arguments])
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    return line


def test_jobs_are_listed_and_gone_on_with(
    journal: Journal, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal.set_budget("july", seconds=1.0)
    assert _run("jobs") == (0, "no job is under way\n")
    with services.connected(service) as connection, pytest.raises(TooLate):
        submit(question("qpu", budget="july"), connection, journal, deadline=0.3)
    (entry,) = journal.entries()
    _, listed = _run("jobs")
    for word in (entry.job, "qpu-0", services.CHIP, "submitted", "july"):
        assert word in listed
    code, resumed = _run("jobs", "resume")
    assert (code, "answered" in resumed) == (0, True)
    assert _run("jobs") == (0, "no job is under way; --all lists 1 more, which ended\n")
    monkeypatch.setenv("COLUMNS", "60")  # a narrow terminal breaks no word of the table
    assert "answered" in _run("jobs", "--all")[1]
    assert "there is nothing to go on with" in _run("jobs", "resume", entry.job)[1]
    assert _run("jobs", "forget", "--days", "0") == (0, "1 answer is dropped\n")
    _, shown = _run("budget", "july")
    assert "0.0165" in shown


def test_a_job_is_cancelled(journal: Journal, service: Service) -> None:
    with services.connected(service) as connection, pytest.raises(TooLate):
        submit(question("qpu"), connection, journal, deadline=0.3)
    (entry,) = journal.entries()
    code, shown = _run("jobs", "cancel", entry.job)
    assert (code, "cancelled" in shown) == (0, True)


def test_one_that_is_still_open_is_told(journal: Journal, service: Service) -> None:
    with services.connected(service) as connection, pytest.raises(TooLate):
        submit(question("qpu"), connection, journal, deadline=0.2)
    code, shown = _run("jobs", "resume", "--deadline", "0.05")
    assert code == 1
    assert "too late" in shown


def test_budgets_are_made_changed_and_shown(journal: Journal) -> None:
    assert "there is no budget" in _run("budget")[1]
    _run("budget", "july", "--seconds", "3", "--money", "5")
    _run("budget", "july", "--money", "0")
    budget = journal.budget("july")
    assert (budget.seconds, budget.money) == (3.0, 0.0)
    assert "july" in _run("budget")[1]


def test_mistakes_are_one_line(
    journal: Journal,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    journal.set_budget("july", seconds=1.0)
    begun = journal.begin(question("qpu"), "http://127.0.0.1:9")
    journal.give_up(begun)

    def line(*arguments: str) -> str:
        return _fails(monkeypatch, capsys, *arguments)

    assert "did you mean july?" in line("budget", "jully")
    assert "seconds=-1.0: give a finite number, 0 or more" in line("budget", "x", "--seconds", "-1")
    assert "no job named" in line("jobs", "cancel", "12345678")
    assert "no D-Wave token" in line("jobs", "resume")
    assert "'nope'" in line("jobs", "resume", "--profile", "nope")
    monkeypatch.setenv("DWAVE_API_TOKEN", "a-token")
    monkeypatch.setenv("DWAVE_API_ENDPOINT", "http://127.0.0.1:9")
    (tmp_path / "policy.yaml").write_text("endpoints: [https://elsewhere.example]\n")
    monkeypatch.setenv("QOPT_POLICY", str(tmp_path / "policy.yaml"))
    for command in ("resume", "cancel"):
        assert "http://127.0.0.1:9" in line("jobs", command, begun.entry.job)
    assert journal.entry(begun.entry.job).state == "intended"
    monkeypatch.setenv("QOPT_JOURNAL", __file__)
    assert "damaged" in line("jobs")


CYCLE = "4 4\n1 2 1\n2 3 1\n3 4 1\n4 1 1\n"
STUDY = """
name: rings
problems: [{kind: max-cut, file: ring.txt}]
solvers:
  - {name: qpu, parameters: {num_reads: 200}}
  - {name: leap-cqm}
  - {name: annealer}
time_limit: 5
seeds: [1, 2]
"""


def test_a_problem_and_a_study_are_quoted_and_nothing_is_sent(
    journal: Journal, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QOPT_EMBEDDINGS", str(tmp_path / "embeddings"))
    (tmp_path / "ring.txt").write_text(CYCLE)
    (tmp_path / "study.yaml").write_text(STUDY)
    (tmp_path / "prices.yaml").write_text(
        "currency: EUR\nprices:\n  qpu: {access: 1000}\n  hybrid: {charge: 2}\n"
    )
    ring, prices = str(tmp_path / "ring.txt"), str(tmp_path / "prices.yaml")
    code, shown = _run("quote", "max-cut", ring, "--device", "advantage2-small", "--runs", "3")
    assert code == 0
    assert "solves: 3" in shown
    assert "no price is known" in shown
    assert shown.endswith("nothing was sent\n")
    service.expire_token()
    for name in service.environment:
        monkeypatch.delenv(name, raising=False)
    code, shown = _run("quote", str(tmp_path / "study.yaml"), "--prices", prices)
    assert code == 0
    assert "solves: 4" in shown
    assert "seconds in all: 10.1" in shown
    assert "money in all: 136.3" in shown
    assert service.jobs == ()
