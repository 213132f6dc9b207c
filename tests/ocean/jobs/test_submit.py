"""Asking the local service: once for each question, within a deadline, until an interrupt."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qopt.emulator import Service, Status, serve
from qopt.errors import QoptError
from qopt.ocean.jobs import (
    Answered,
    Cancelled,
    Connection,
    Interrupted,
    JobError,
    Journal,
    Progress,
    Submission,
    Terminal,
    TooLate,
    cancel,
    encoded,
    resume,
    submit,
    submit_all,
)
from qopt.ocean.jobs.wire import Standing

from . import services
from .services import EACH, question


@pytest.fixture
def service() -> Iterator[Service]:
    with services.quick() as service:
        yield service


@pytest.fixture
def slow() -> Iterator[Service]:
    """Its jobs wait for longer than any test does."""
    with services.quick(queue_delay=60.0) as service:
        yield service


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        yield journal


class Pressed:
    """An interrupt some seconds after the first look at it."""

    def __init__(self, after: float) -> None:
        self.after, self.at = after, 0.0

    def __call__(self) -> bool:
        self.at = self.at or time.monotonic() + self.after
        return time.monotonic() > self.at


@pytest.mark.parametrize("kind", ["qpu", "bqm", "cqm", "nl"])
def test_an_answer_comes_with_what_was_charged(
    service: Service, journal: Journal, kind: str
) -> None:
    asked = question(kind, payload={"scale": 2.0}, price=EACH)
    with services.connected(service) as connection:
        found = submit(asked, connection, journal, deadline=10.0)
        again = submit(asked, connection, journal, deadline=10.0)
    (job,) = service.jobs
    assert found.entry.charged_seconds == pytest.approx(job.charged)
    assert found.entry.charged_money == pytest.approx(0.5 + 2.0 * job.charged)
    assert (found.how, again.how) == ("sent", "reused")
    assert found.payload == {"scale": 2.0}
    assert again.answer == found.answer
    assert again.info["charged_seconds"] == 0.0
    assert again.info["charged_before"]["seconds"] == pytest.approx(job.charged)
    if kind == "qpu":
        assert found.reads().samples.shape == (10, 3)
    elif kind == "nl":
        assert found.binary == again.binary == b"states of any bytes will do here"
    else:
        assert found.sampleset().first.sample == {"a": 0, "b": 1}


def test_many_are_asked_at_once_and_equal_ones_once(service: Service, journal: Journal) -> None:
    told: list[Progress] = []
    asked = [question("qpu", number % 15) for number in range(30)]
    with services.connected(service) as connection:
        found = submit_all(asked, connection, journal, deadline=30.0, on_progress=told.append)
    assert all(isinstance(one, Answered) for one in found)
    assert len(service.jobs) == 15
    assert (told[-1].waiting, told[-1].answered) == (0, 30)


def test_one_that_fails_leaves_the_others(service: Service, journal: Journal) -> None:
    service.fault("job", "failed", label="qopt qpu-3 *", message="no luck")
    one = question("qpu").reserved.seconds
    journal.set_budget("b", seconds=6.5 * one)
    asked = [question("qpu", number, budget="b") for number in range(6)]
    with services.connected(service) as connection:
        found = submit_all(asked, connection, journal, deadline=30.0)
    assert [isinstance(one, Answered) for one in found] == [True, True, True, False, True, True]
    assert "no luck; nothing is charged" in str(found[3])


def test_jobs_over_budget_are_not_sent(service: Service, journal: Journal) -> None:
    one = question("qpu").reserved.seconds
    journal.set_budget("b", seconds=2.5 * one)
    asked = [question("qpu", number, budget="b") for number in range(4)]
    with services.connected(service) as connection:
        found = submit_all(asked, connection, journal, deadline=30.0)
    assert [type(one).__name__ for one in found] == ["Answered"] * 2 + ["OverBudget"] * 2
    assert len(service.jobs) == 2


def test_our_deadline_ends_the_call_and_the_job_is_gone_on_with(
    slow: Service, journal: Journal
) -> None:
    with services.connected(slow) as connection:
        before = time.monotonic()
        with pytest.raises(TooLate, match="goes on with it, and it is paid once") as caught:
            submit(question("qpu"), connection, journal, deadline=0.7)
        assert time.monotonic() - before < 1.7
        assert caught.value.resumable
        (entry,) = journal.entries()
        assert (entry.state, entry.problem_id) == ("submitted", slow.jobs[0].id)
        with pytest.raises(TooLate):
            submit(question("qpu"), connection, journal, deadline=0.5)
    assert len(slow.jobs) == 1


def test_a_service_that_never_replies_does_not_hold_the_call(
    service: Service, journal: Journal
) -> None:
    service.fault("submit", "slow", seconds=30.0)
    with services.connected(service) as connection:
        before = time.monotonic()
        with pytest.raises(TooLate, match=r"while job .* was being sent"):
            submit(question("qpu"), connection, journal, deadline=0.6)
        assert time.monotonic() - before < 2.0
        with pytest.raises(TooLate, match="another process is at job"):
            # the first request is still under way, in a thread of this process
            submit(question("qpu"), connection, journal, deadline=0.5)
    assert len(service.jobs) == 1


@pytest.mark.parametrize("kind", ["qpu", "bqm"])
def test_an_interrupt_ends_it_at_once_and_leaves_the_job(
    slow: Service, journal: Journal, kind: str
) -> None:
    with services.connected(slow) as connection:
        before = time.monotonic()
        with pytest.raises(Interrupted, match=r"interrupted: job .* waits at"):
            submit(question(kind), connection, journal, deadline=30.0, interrupt=Pressed(0.5))
        assert time.monotonic() - before < 1.5
    assert [job.status for job in slow.jobs] == [Status.PENDING]
    assert journal.entries()[0].state == "submitted"


def test_an_interrupt_can_cancel_what_has_not_run(slow: Service, journal: Journal) -> None:
    journal.set_budget("b", seconds=1.0)
    asked = [question("qpu", number, budget="b") for number in range(3)]
    with services.connected(slow) as connection:
        found = submit_all(
            asked, connection, journal, deadline=30.0, interrupt=Pressed(0.7), cancel=True
        )
    assert [type(one) for one in found] == [Cancelled] * 3
    assert {job.status for job in slow.jobs} == {Status.CANCELLED}
    assert journal.budget("b").reserved.seconds == 0.0


def test_what_was_not_sent_before_an_interrupt_costs_nothing(
    service: Service, journal: Journal
) -> None:
    service.fault("submit", status=503, times=None)
    journal.set_budget("b", seconds=1.0)
    asked = question("qpu", budget="b")
    with services.connected(service) as connection, pytest.raises(JobError) as caught:
        submit(asked, connection, journal, deadline=30.0, interrupt=Pressed(0.5))
    assert caught.value.status == "not-sent"
    assert journal.budget("b").reserved.seconds == 0.0
    assert service.jobs == ()


def test_a_function_that_raises_leaves_the_jobs_resumable(slow: Service, journal: Journal) -> None:
    def complain(progress: Progress) -> None:
        raise RuntimeError

    with services.connected(slow) as connection:
        with pytest.raises(RuntimeError):
            submit(question("qpu"), connection, journal, deadline=5.0, on_progress=complain)
        assert resume(connection, journal, deadline=0.2) == []


def test_resume_fetches_settles_and_refunds(service: Service, journal: Journal) -> None:
    journal.set_budget("b", seconds=1.0)
    asked = [question("qpu", number, budget="b") for number in range(4)]
    begun = [journal.begin(one, service.url) for one in asked]
    jobs = [each.entry.job for each in begun]
    with services.connected(service) as connection:
        for k in (1, 2, 3):
            journal.note_sending(jobs[k])
        for k in (2, 3):  # the reply of 2 was lost, 3 is noted
            found = _send(connection, begun[k].entry.label, asked[k])
        journal.note_submitted(jobs[3], found.id)
        for each in begun:
            journal.give_up(each)
        settled = resume(connection, journal, deadline=10.0)
    states = [entry.state for entry, _ in settled]
    assert states == ["withdrawn", "withdrawn", "answered", "answered"]
    assert len(service.jobs) == 2
    budget = journal.budget("b")
    assert budget.reserved.seconds == 0.0
    assert budget.spent.seconds == pytest.approx(service.charged)


def _send(connection: Connection, label: str, asked: Any) -> Standing:
    import json

    job = {
        "data": json.loads(asked.problem),
        "params": dict(asked.params),
        "solver": dict(asked.solver),
        "type": asked.type,
        "label": label,
    }
    return connection.wire.submit(job)


def test_the_service_s_filter_of_labels_is_what_the_client_sends(service: Service) -> None:
    with services.connected(service) as connection:
        sent = [_send(connection, f"qopt x {k}{k}", question("qpu", k)) for k in range(3)]
        assert [one.id for one in connection.wire.labelled("qopt x 11")] == [sent[1].id]
        assert connection.wire.labelled("qopt x 1") == []


def test_a_job_waits_on_after_the_device_was_calibrated_anew(
    service: Service, journal: Journal
) -> None:
    before = question("qpu", source=b"model", payload={"embedding": "old"})
    begun = journal.begin(before, service.url)
    after = replace(
        before,
        solver={"name": services.CHIP, "version": {"graph_id": "g2"}},
        payload={"embedding": "new"},
    )
    with services.connected(service) as connection:
        found = _send(connection, begun.entry.label, before)
        journal.note_submitted(begun.entry.job, found.id)
        journal.give_up(begun)
        answer = submit(after, connection, journal, deadline=10.0)
    assert (answer.how, answer.payload) == ("resumed", {"embedding": "old"})
    assert answer.entry.graph_id == "g1"
    assert len(service.jobs) == 1


def test_a_device_calibrated_anew_in_the_middle(tmp_path: Path) -> None:
    """The emulated chip: what it has run is answered, what is asked of its old state is not."""
    with (
        serve(device="advantage2-small", queue_delay=0.8) as service,
        services.connected(service) as connection,
        Journal(tmp_path / "jobs.sqlite") as journal,
    ):
        old = _on(connection.solver(qpu=True))
        with pytest.raises(TooLate):
            submit(old, connection, journal, deadline=0.5)
        while service.jobs[0].status != Status.COMPLETED:
            time.sleep(0.05)
        service.change_graph()
        new = _on(connection.solver(qpu=True))
        assert new.key != old.key
        found = submit(new, connection, journal, deadline=60.0)
        assert (found.how, found.entry.graph_id) == ("resumed", old.solver["version"]["graph_id"])
        assert len(service.jobs) == 1
        with pytest.raises(Terminal, match="nothing is charged"):
            submit(replace(old, seed=1), connection, journal, deadline=10.0)
        again = submit(replace(new, seed=1), connection, journal, deadline=60.0)
        assert again.entry.graph_id == new.solver["version"]["graph_id"]


def _on(chip: Any) -> Submission:
    """The same source, on the first coupler of the chip as it is."""
    qubits, couplers = chip.properties["qubits"], chip.properties["couplers"]
    problem = encoded({}, {tuple(couplers[0]): -1.0}, qubits=qubits, couplers=couplers)
    given = {"num_reads": 10}
    return Submission("qpu", chip.identity.dict(), "ising", problem, given, 0.02, source=b"model")


def test_a_job_that_the_service_took_late_is_found_and_told(
    service: Service, journal: Journal
) -> None:
    asked = question("qpu")
    begun = journal.begin(asked, service.url)
    with services.connected(service) as connection:
        for _ in range(2):
            journal.note_sending(begun.entry.job)
            found = _send(connection, begun.entry.label, asked)
        journal.note_submitted(begun.entry.job, found.id)
        journal.give_up(begun)
        answer = submit(asked, connection, journal, deadline=10.0)
    assert "took it a second time" in answer.info["note"]
    assert answer.entry.charged_seconds == pytest.approx(service.charged)


def test_a_job_is_cancelled_by_its_number(slow: Service, journal: Journal) -> None:
    with services.connected(slow) as connection:
        with pytest.raises(TooLate):
            submit(question("qpu"), connection, journal, deadline=0.5)
        (entry,) = journal.entries()
        after, outcome = cancel(connection, journal, entry.job)
        assert (after.state, type(outcome)) == ("cancelled", Cancelled)
        with pytest.raises(JobError, match="there is nothing to cancel"):
            cancel(connection, journal, entry.job)
    assert slow.jobs[0].status == Status.CANCELLED


def test_a_job_of_another_service_is_left_alone(
    service: Service, slow: Service, journal: Journal
) -> None:
    with services.connected(slow) as connection, pytest.raises(TooLate):
        submit(question("qpu"), connection, journal, deadline=0.5)
    (entry,) = journal.entries()
    with services.connected(service) as connection:
        assert resume(connection, journal, deadline=1.0) == []
        with pytest.raises(QoptError, match="go there"):
            resume(connection, journal, [entry.job], deadline=1.0)
    assert journal.entry(entry.job).state == "submitted"


def test_a_lost_job_is_not_sent_again_unasked(service: Service, journal: Journal) -> None:
    service.fault("job", "lost")
    with services.connected(service) as connection:
        for _ in range(2):
            with pytest.raises(JobError, match=r"does not know job .*reuse=False") as caught:
                submit(question("qpu"), connection, journal, deadline=15.0)
            assert caught.value.status == "lost"
        assert len(service.jobs) == 1
        again = submit(question("qpu"), connection, journal, deadline=10.0, reuse=False)
    assert again.how == "sent"
