"""What the journal knows of a job at each step, and what it refuses."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from qopt.errors import FileError, QoptError, UnknownName
from qopt.ocean.jobs import Journal, journal_path
from qopt.ocean.jobs.journal import Begun
from qopt.ocean.money import OverBudget

from .services import EACH, question

HERE = "http://service"


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        yield journal


def _answered(journal: Journal, begun: Begun, seconds: float | None) -> None:
    journal.note_sending(begun.entry.job)
    journal.note_submitted(begun.entry.job, "p1")
    journal.note_answered(begun.entry.job, {"timing": {}}, seconds)
    journal.give_up(begun)


def test_an_answer_is_given_back_to_the_same_question(journal: Journal) -> None:
    first = journal.begin(question("qpu"), HERE)
    assert (first.step, first.fresh) == ("send", True)
    _answered(journal, first, 0.5)
    again = journal.begin(question("qpu"), HERE)
    assert (again.step, again.entry.job) == ("answered", first.entry.job)
    assert journal.answer(again.entry.job) == ({"timing": {}}, None)
    assert journal.begin(question("qpu"), HERE, reuse=False).fresh
    assert journal.begin(question("qpu"), "http://elsewhere").fresh
    assert journal.begin(question("qpu", 1), HERE).fresh


def test_each_step_says_what_is_to_be_done_by_who_comes_next(journal: Journal) -> None:
    asked = question("bqm", payload={"scale": 0.5})
    begun = journal.begin(asked, HERE)
    job = begun.entry.job
    assert journal.begin(asked, HERE).step == "busy"
    journal.give_up(begun)
    begun = journal.begin(asked, HERE)
    assert (begun.step, begun.fresh, begun.entry.job) == ("send", False, job)
    journal.note_sending(job)
    journal.give_up(begun)
    begun = journal.begin(asked, HERE)
    assert begun.step == "settle"
    journal.note_submitted(job, "p7")
    journal.give_up(begun)
    begun = journal.begin(asked, HERE)
    assert (begun.step, begun.entry.problem_id) == ("wait", "p7")
    assert journal.payload(job) == {"scale": 0.5}
    assert begun.entry.attempts == 1


def test_a_job_that_waits_is_gone_on_with_after_the_device_has_changed(journal: Journal) -> None:
    before = question("qpu", source=b"model")
    after = replace(before, solver={"name": "quick_chip", "version": {"graph_id": "g2"}})
    assert before.key != after.key
    begun = journal.begin(before, HERE)
    journal.note_submitted(begun.entry.job, "p1")
    journal.give_up(begun)
    again = journal.begin(after, HERE)
    assert (again.step, again.entry.job) == ("wait", begun.entry.job)
    assert again.entry.graph_id == "g1"
    journal.note_answered(begun.entry.job, {}, 0.1)
    journal.give_up(again)
    assert journal.begin(after, HERE).fresh  # an answer of the device as it was is no answer now


def test_a_label_is_unique_and_can_be_without_a_name(journal: Journal) -> None:
    named = journal.begin(question("qpu", 1, name="tour\nof 7"), HERE).entry
    bare = journal.begin(question("qpu", 2, anonymous=True), HERE).entry
    assert named.label == f"qopt tour of 7 {named.job}"
    assert bare.label == f"qopt {bare.job}"
    assert len(bare.job) == 8


def test_a_budget_reserves_refunds_and_is_never_exceeded(journal: Journal) -> None:
    one = question("qpu").reserved.seconds
    journal.set_budget("b", seconds=2.5 * one, money=100.0)
    first = journal.begin(question("qpu", 1, budget="b", price=EACH), HERE)
    journal.begin(question("qpu", 2, budget="b", price=EACH), HERE)
    assert journal.budget("b").reserved.seconds == pytest.approx(2 * one)
    assert journal.budget("b").reserved.money == pytest.approx(2 * (0.5 + 2.0 * one))
    with pytest.raises(OverBudget, match=r"budget 'b' has no room for .*nothing was sent"):
        journal.begin(question("qpu", 3, budget="b"), HERE)
    _answered(journal, first, 0.25 * one)
    budget = journal.budget("b")
    assert budget.spent.seconds == pytest.approx(0.25 * one)
    assert budget.spent.money == pytest.approx(0.5 + 2.0 * 0.25 * one)
    assert budget.reserved.seconds == pytest.approx(one)
    assert journal.begin(question("qpu", 3, budget="b"), HERE).fresh
    assert len(journal.entries()) == 3


def test_a_budget_of_money_counts_too(journal: Journal) -> None:
    journal.set_budget("b", money=1.0)
    with pytest.raises(OverBudget, match="of money"):
        journal.begin(question("bqm", budget="b", price=EACH), HERE)
    assert journal.entries() == []


def test_a_budget_of_nothing_lets_nothing_through(journal: Journal) -> None:
    journal.set_budget("b", seconds=0.0)
    with pytest.raises(OverBudget, match=r"limit is 0, of which"):
        journal.begin(question("qpu", budget="b"), HERE)


def test_a_budget_that_is_not_there_is_told_before_anything_is_noted(journal: Journal) -> None:
    journal.set_budget("july", seconds=1.0)
    with pytest.raises(UnknownName, match=r"'jully'; did you mean july\?.*nothing was sent"):
        journal.begin(question("qpu", budget="jully"), HERE)
    assert journal.entries() == []


def test_threads_never_reserve_more_than_there_is(journal: Journal) -> None:
    one = question("qpu").reserved.seconds
    journal.set_budget("b", seconds=10.5 * one)

    def reserves(number: int) -> bool:
        try:
            return journal.begin(question("qpu", number, budget="b"), HERE).fresh
        except OverBudget:
            return False

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(reserves, range(40))) == 10


def test_one_of_many_threads_has_the_claim(journal: Journal) -> None:
    gate = threading.Barrier(8)

    def step(_: int) -> str:
        gate.wait()
        return journal.begin(question("qpu"), HERE).step

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(step, range(8))) == ["busy"] * 7 + ["send"]


def test_a_charge_that_was_not_told_is_the_estimate(journal: Journal) -> None:
    begun = journal.begin(question("bqm"), HERE)
    _answered(journal, begun, None)
    entry = journal.entry(begun.entry.job)
    assert entry.charged_seconds == 3.0
    assert "no charge was told" in entry.note


def test_what_has_ended_stays_as_it_ended(journal: Journal) -> None:
    begun = journal.begin(question("bqm"), HERE)
    _answered(journal, begun, 3.0)
    journal.note_closed(begun.entry.job, "failed", "late news", 9.0)
    journal.note_sending(begun.entry.job)
    entry = journal.entry(begun.entry.job)
    assert (entry.state, entry.charged_seconds, entry.attempts) == ("answered", 3.0, 1)


def test_the_claims_of_a_process_end_with_it(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    code = (
        "import sys; from qopt.ocean.jobs import Journal; "
        "from tests.ocean.jobs.services import question; "
        f"journal = Journal({str(path)!r}); "
        f"begun = journal.begin(question('qpu'), {HERE!r}); "
        "journal.note_sending(begun.entry.job); print('begun', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with process, Journal(path) as journal:
        assert process.stdout is not None
        assert process.stdout.readline() == b"begun\n"
        assert journal.begin(question("qpu"), HERE).step == "busy"
        process.kill()
        process.wait()
        assert journal.begin(question("qpu"), HERE).step == "settle"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks on this system")
def test_a_child_that_was_forked_does_not_keep_its_parent_s_claims(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    code = (
        "import os, signal, time; from qopt.ocean.jobs import Journal; "
        "from tests.ocean.jobs.services import question; "
        f"journal = Journal({str(path)!r}); journal.begin(question('qpu'), {HERE!r})\n"
        "child = os.fork()\n"
        "if child == 0:\n"
        f"    print(journal.begin(question('qpu'), {HERE!r}).step, os.getpid(), flush=True)\n"
        f"    journal.begin(question('qpu', 1), {HERE!r})\n"
        "    print('child', flush=True); time.sleep(60)\n"
        "else:\n"
        "    time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        step, child = process.stdout.readline().split()
        try:
            assert step == b"busy"  # its parent is at it
            assert process.stdout.readline() == b"child\n"
            process.kill()
            process.wait()
            with Journal(path) as journal:
                assert journal.begin(question("qpu"), HERE).step == "send"
                assert journal.begin(question("qpu", 1), HERE).step == "busy"  # the child is
        finally:
            os.kill(int(child), signal.SIGKILL)


def test_what_killed_processes_leave_is_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    folder = tmp_path / "jobs.sqlite.owners"
    folder.mkdir()
    (folder / "0123456789abcdef").touch()
    with Journal(path) as journal:
        begun = journal.begin(question("qpu"), HERE)
        assert len(list(folder.iterdir())) == 1
        journal.give_up(begun)
    assert list(folder.iterdir()) == []


def test_a_locked_journal_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    with Journal(path, patience=0.2) as journal:
        other = sqlite3.connect(path)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(FileError, match=r"journal of jobs: locked .* nothing was sent$"):
            journal.begin(question("qpu"), HERE)
        other.close()
        assert journal.begin(question("qpu"), HERE).fresh


@pytest.mark.parametrize("harm", ["text", "torn", "holes"])
def test_a_damaged_journal_is_one_line(tmp_path: Path, harm: str) -> None:
    path = tmp_path / "jobs.sqlite"
    with Journal(path) as journal:
        for number in range(50):
            journal.begin(question("qpu", number, payload={"x": "y" * 200}), HERE)
    data = path.read_bytes()
    if harm == "text":
        path.write_text("this is no journal, and longer than a header of a database is " * 40)
    elif harm == "torn":
        path.write_bytes(data[: len(data) // 2])
    else:
        path.write_bytes(data[:8192] + b"\xff" * 8192 + data[16384:])
    with pytest.raises(FileError, match=r"damaged .*nothing was sent$"):
        Journal(path)


def test_a_newer_journal_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    Journal(path).close()
    base = sqlite3.connect(path)
    base.execute("UPDATE facts SET value = '99'")
    base.commit()
    base.close()
    with pytest.raises(FileError, match="newer qopt"):
        Journal(path)


def test_a_journal_that_cannot_be_there_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be written"):
        Journal(tmp_path / "file" / "jobs.sqlite")


def test_where_a_user_s_journal_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("QOPT_JOURNAL", str(tmp_path / "mine.sqlite"))
    assert journal_path() == tmp_path / "mine.sqlite"
    monkeypatch.delenv("QOPT_JOURNAL")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    if sys.platform == "linux":
        assert journal_path() == tmp_path / "qopt" / "jobs.sqlite"


def test_answers_can_be_forgotten_and_charges_stay(journal: Journal) -> None:
    journal.set_budget("b", seconds=9.0)
    begun = journal.begin(question("qpu", budget="b"), HERE)
    _answered(journal, begun, 0.5)
    waits = journal.begin(question("qpu", 1, payload={"kept": 1}), HERE)
    now = datetime.now(UTC)
    assert journal.forget(now - timedelta(days=1)) == 0
    assert journal.begin(question("qpu", budget="b"), HERE).step == "answered"
    assert journal.forget(now + timedelta(seconds=1)) == 1
    assert journal.budget("b").spent.seconds == 0.5
    assert journal.payload(waits.entry.job) == {"kept": 1}
    assert journal.begin(question("qpu", budget="b"), HERE).fresh


def test_limits_of_a_budget_are_checked(journal: Journal) -> None:
    with pytest.raises(QoptError, match=r"seconds=-1: give a finite number, 0 or more"):
        journal.set_budget("b", seconds=-1)
    journal.set_budget("b", seconds=1.0)
    assert journal.set_budget("b", money=2.0).seconds == 1.0
    assert [budget.name for budget in journal.budgets()] == ["b"]
