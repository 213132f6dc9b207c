"""A job whose reply was lost, at a service that does what a test says."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from qopt.emulator.coding import encode_answer
from qopt.ocean.jobs import Ambiguous, Journal, NotSent, TooLate, resume, submit
from qopt.ocean.jobs.wire import CallFailed, Sorted, Standing

from .services import question

LOST = CallFailed(Sorted("ambiguous", "no reply in time"))
AWAY = CallFailed(Sorted("not-sent", "HTTP 503"))
EXPIRED = CallFailed(Sorted("refused", "HTTP 401", unauthorised=True))


@dataclass
class Said:
    """A service, and its own wire. `replies` are what it says to what is sent, in order: an error,
    or None for an id. It knows a job `late` seconds after it was sent, where `takes` says so of the
    number of the attempt. `looked` raises what a look by label fails with.
    """

    replies: list[CallFailed | None]
    takes: Callable[[int], bool] = lambda attempt: True
    late: float = 0.0
    looked: CallFailed | None = None
    settling: float = 0.5
    damaged: int = 0  # answers that come before a whole one
    endpoint: str = "http://said"
    sent: list[tuple[str, float]] = field(default_factory=list)

    @property
    def wire(self) -> Said:
        return self

    def _known(self) -> list[Standing]:
        return [
            Standing(f"p{k}", "COMPLETED", label)
            for k, (label, at) in enumerate(self.sent)
            if self.takes(k) and time.monotonic() >= at + self.late
        ]

    def submit(self, job: Mapping[str, Any]) -> Standing:
        self.sent.append((job["label"], time.monotonic()))
        reply = self.replies[len(self.sent) - 1]
        if reply is not None:
            raise reply
        return Standing(f"p{len(self.sent) - 1}", "PENDING", job["label"])

    def labelled(self, label: str) -> list[Standing]:
        if self.looked is not None:
            raise self.looked
        return [each for each in self._known() if each.label == label]

    def standings(self, ids: Sequence[str]) -> list[Standing]:
        return [each for each in self._known() if each.id in ids]

    def standing(self, id: str) -> Standing:
        return next(each for each in self._known() if each.id == id)

    def answer(self, id: str) -> tuple[dict[str, Any], bytes | None]:
        answer = encode_answer(
            active=[0],
            samples=[[1]],
            energies=[0.0],
            occurrences=[1],
            timing={"qpu_access_time": 1000.0},
            num_variables=8,
        )
        if self.damaged:
            self.damaged -= 1
            return {**answer, "solutions": ""}, None
        return answer, None

    def upload(self, data: bytes) -> str:
        return "d"

    def cancel(self, id: str) -> None: ...


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "jobs.sqlite") as journal:
        journal.set_budget("b", seconds=1.0)
        yield journal


def test_a_job_that_arrives_late_is_found_and_not_sent_again(journal: Journal) -> None:
    service = Said([LOST, None], late=0.3)
    found = submit(question("qpu"), service, journal, deadline=10.0)
    assert len(service.sent) == 1
    assert (found.entry.problem_id, found.entry.attempts) == ("p0", 1)


def test_a_job_that_surely_did_not_arrive_is_sent_again(journal: Journal) -> None:
    service = Said([LOST, None], takes=lambda attempt: attempt == 1)
    found = submit(question("qpu"), service, journal, deadline=10.0)
    (_, first), (_, second) = service.sent
    assert second - first >= service.settling
    assert found.entry.attempts == 2


def test_what_a_service_took_though_it_said_that_it_did_not_is_found(journal: Journal) -> None:
    service = Said([AWAY, None])
    submit(question("qpu"), service, journal, deadline=10.0)
    assert len(service.sent) == 1


def test_what_is_never_taken_is_refunded(journal: Journal) -> None:
    service = Said([AWAY] * 9, takes=lambda attempt: False)
    with pytest.raises(NotSent, match=r"was not taken \(HTTP 503\); nothing is charged"):
        submit(question("qpu", budget="b"), service, journal, deadline=30.0)
    assert len(service.sent) == 6
    assert journal.budget("b").reserved.seconds == 0.0


@pytest.mark.parametrize(("looked", "least"), [(AWAY, 0.5), (EXPIRED, 0.0)])
def test_what_cannot_be_looked_for_stays_reserved_until_it_can(
    journal: Journal, looked: CallFailed, least: float
) -> None:
    service = Said([LOST], looked=looked)
    began = time.monotonic()
    with pytest.raises(Ambiguous, match=r"it is not known whether job .* does not pay twice"):
        submit(question("qpu", budget="b"), service, journal, deadline=1.2)
    assert least <= time.monotonic() - began < 2.2
    assert journal.budget("b").reserved.seconds > 0.0
    assert journal.entries()[0].state == "ambiguous"
    service.looked = None
    ((entry, _),) = resume(service, journal, deadline=5.0)
    assert entry.state == "answered"
    assert journal.budget("b").spent.seconds == pytest.approx(0.001)
    assert len(service.sent) == 1


def test_an_answer_that_is_not_whole_is_asked_for_again(journal: Journal) -> None:
    service = Said([None], damaged=2)
    found = submit(question("qpu"), service, journal, deadline=10.0)
    assert found.reads().samples.tolist() == [[1]]
    assert service.damaged == 0
    service = Said([None], damaged=99)
    with pytest.raises(TooLate, match=r"waits at http://said \(the answer is not whole\)"):
        submit(question("qpu", 1), service, journal, deadline=1.0)
    assert journal.entries()[-1].state == "submitted"
