"""Each fault on demand has the outcome that was measured with the unmodified client."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from dwave.cloud.api.exceptions import InternalServerError, RequestTimeout
from dwave.cloud.exceptions import (
    CanceledFutureError,
    InvalidAPIResponseError,
    ProblemUploadError,
    SolverAuthenticationError,
    SolverError,
    SolverFailureError,
    SolverOfflineError,
)
from dwave.cloud.utils import decorators
from dwave.optimization import Model
from requests.exceptions import ChunkedEncodingError, ConnectionError

from qopt.emulator import Service
from qopt.emulator.jobs import Status

from .clients import connected, end, sample, wait_until

# (where, what, options, what the client raises, how many jobs the service then has)
TABLE: list[tuple[str, str, dict[str, Any], type[Exception] | None, int]] = [
    ("solvers", "status", {"status": 503, "retry_after": 0}, None, 1),
    ("solvers", "status", {"status": 429, "retry_after": 0, "times": 2}, None, 1),
    ("solvers", "status", {"status": 503}, InternalServerError, 0),
    ("solvers", "drop", {"times": 3}, None, 1),
    ("solvers", "cut", {}, ChunkedEncodingError, 0),
    ("submit", "status", {"status": 503}, SolverError, 0),
    ("submit", "status", {"status": 429}, SolverError, 0),
    ("submit", "status", {"status": 429, "retry_after": 0}, SolverError, 0),
    ("submit", "drop", {}, ConnectionError, 0),
    ("submit", "drop-after", {}, ConnectionError, 1),
    ("submit", "slow", {"seconds": 30}, RequestTimeout, 1),
    ("submit", "cut", {}, ChunkedEncodingError, 1),
    ("submit", "html", {}, InvalidAPIResponseError, 0),
    ("submit", "corrupt", {}, InvalidAPIResponseError, 1),
    ("poll", "status", {"status": 503, "times": 5}, None, 1),
    ("poll", "status", {"status": 429, "retry_after": 0}, None, 1),
    ("poll", "status", {"status": 429}, SolverError, 1),
    ("poll", "drop", {"times": 3}, None, 1),
    ("poll", "drop-after", {"times": 3}, None, 1),
    ("poll", "html", {}, InvalidAPIResponseError, 1),
    ("poll", "slow", {"seconds": 30}, None, 1),
    ("poll", "cut", {"times": None}, ChunkedEncodingError, 1),
    ("answer", "drop", {}, None, 1),
    ("answer", "late", {"seconds": 30}, None, 1),
    ("answer", "cut", {}, ChunkedEncodingError, 1),
    ("answer", "status", {"status": 503}, SolverError, 1),
    ("answer", "corrupt", {}, InvalidAPIResponseError, 1),
    ("job", "failed", {}, SolverFailureError, 1),
    ("job", "offline", {}, SolverOfflineError, 1),
    ("job", "cancelled", {}, CanceledFutureError, 1),
    ("job", "slow", {"seconds": 0.1}, None, 1),
    ("token", "expired", {}, SolverAuthenticationError, 0),
    ("graph", "change", {}, SolverFailureError, 0),
]


def _named(value: Any) -> str | None:
    if isinstance(value, dict):
        return ",".join(f"{key}={entry}" for key, entry in value.items())
    return getattr(value, "__name__", "survives" if value is None else str(value))


@pytest.mark.parametrize(("where", "what", "options", "raised", "jobs"), TABLE, ids=_named)
def test_a_fault_has_the_outcome_that_was_measured(
    service: Service,
    where: str,
    what: str,
    options: dict[str, Any],
    raised: type[Exception] | None,
    jobs: int,
) -> None:
    before = len(service.jobs)
    service.fault(where, what, **options)
    client = connected(service, request_timeout=0.5, poll_wait_time=1)
    try:
        if raised is None:
            assert sample(client).result()["energies"][0] == -1.0
        else:
            with pytest.raises(raised):
                sample(client).result()
    finally:
        end(client)
    assert len(service.jobs) - before == jobs


def test_a_late_submission_is_accepted_when_its_client_has_given_up(service: Service) -> None:
    """A look at the service just after the timeout does not find the job, and a later one does."""
    before = len(service.jobs)
    service.fault("submit", "late", seconds=1)
    client = connected(service, request_timeout=0.3)
    with pytest.raises(RequestTimeout):
        sample(client, "late").result()
    assert len(service.jobs) == before
    wait_until(lambda: len(service.jobs) > before)
    assert service.jobs[-1].label == "late"
    end(client)


def test_polls_that_never_come_through_fail_after_eleven_tries(service: Service) -> None:
    service.fault("poll", "drop", times=None)
    client = connected(service)
    with pytest.raises(ConnectionError):
        sample(client).result()
    end(client)
    service.clear_faults()
    service.fault("poll", "drop", times=10)
    client = connected(service)
    assert len(sample(client).result()["energies"]) == 1
    end(client)


def test_polls_slower_than_the_request_s_timeout_fail_after_eleven_tries(service: Service) -> None:
    service.fault("poll", "slow", seconds=30, times=None)
    client = connected(service, request_timeout=0.1, poll_wait_time=1)
    job = sample(client)
    with pytest.raises(RequestTimeout):
        job.result()
    end(client)


def test_errors_of_the_gateway_are_polled_again_without_end(service: Service) -> None:
    service.fault("poll", status=503, times=None)
    client = connected(service)
    job = sample(client)
    assert not job.wait(timeout=0.5)
    service.clear_faults()
    assert len(job.result()["energies"]) == 1
    end(client)


@pytest.mark.parametrize(
    ("where", "what", "timeout"),
    [("poll", "without-id", 1.0), ("job", "lost", None)],
    ids=["without an id", "lost"],
)
def test_a_reply_without_the_job_leaves_the_client_waiting(
    service: Service, where: str, what: str, timeout: float | None
) -> None:
    """Whatever its polling timeout; only closing without waiting ends it."""
    service.fault(where, what, label="gone")
    client = connected(service, polling_timeout=timeout)
    gone, other = sample(client, "gone"), sample(client, "other")
    assert len(other.result()["energies"]) == 1
    assert not gone.wait(timeout=1.5)
    end(client)


def test_a_lost_job_is_known_to_the_book_only(service: Service) -> None:
    service.fault("job", "lost", label="lost")
    client = connected(service)
    sample(client, "lost").wait_id()
    wait_until(lambda: service.jobs[-1].status is Status.LOST)
    assert service.jobs[-1].charged == 0
    answer = client.retrieve_answer(service.jobs[-1].id)
    with pytest.raises(SolverError, match="no job has the id"):
        answer.result()
    end(client)


def test_a_lost_reply_can_be_made_good_by_asking_again(service: Service) -> None:
    """What the job cost is not lost: the answer is retrieved by its id."""
    service.fault("answer", status=503)
    client = connected(service)
    job = sample(client)
    with pytest.raises(SolverError):
        job.result()
    assert len(client.retrieve_answer(job.id).result()["energies"]) == 1
    end(client)


def test_a_fault_of_a_label_hits_the_requests_of_that_label_only(service: Service) -> None:
    service.fault("job", "failed", label="bad-*", message="the fridge is warm", times=None)
    client = connected(service)
    good = [sample(client, f"good-{k}") for k in range(3)]
    bad = [sample(client, f"bad-{k}") for k in range(3)]
    assert all(len(job.result()["energies"]) == 1 for job in good)
    for job in bad:
        with pytest.raises(SolverFailureError, match="the fridge is warm"):
            job.result()
    end(client)
    charged = {job.label: job.charged for job in service.jobs[-6:]}
    assert all(charged[f"good-{k}"] > 0 and charged[f"bad-{k}"] == 0 for k in range(3))


def test_a_fault_can_wait_for_its_chance(service: Service) -> None:
    service.fault("submit", status=503, after=1)
    client = connected(service)
    assert len(sample(client).result()["energies"]) == 1
    with pytest.raises(SolverError):
        sample(client).result()
    end(client)


UPLOADS: list[tuple[str, str, dict[str, Any], bool]] = [
    ("upload", "status", {"status": 503}, True),
    ("upload", "drop", {}, True),
    ("part", "status", {"status": 503}, True),
    ("part", "drop", {"times": 3}, True),
    ("part", "status", {"status": 503, "times": 3}, False),
    ("combine", "drop", {}, True),
    ("combine", "drop-after", {}, True),
    ("upload", "cut", {}, True),
    ("part", "cut", {}, True),
    ("combine", "cut", {}, True),
]


@pytest.mark.parametrize(("where", "what", "options", "survives"), UPLOADS, ids=_named)
def test_faults_of_uploads(
    service: Service,
    monkeypatch: pytest.MonkeyPatch,
    where: str,
    what: str,
    options: dict[str, Any],
    survives: bool,
) -> None:
    monkeypatch.setattr(decorators, "time", SimpleNamespace(sleep=lambda seconds: None))
    service.fault(where, what, **options)
    client = connected(service)
    try:
        upload = client.upload_problem_encoded(b"a problem")
        if survives:
            assert upload.result().startswith("emulated-data-")
        else:
            with pytest.raises(ProblemUploadError):
                upload.result()
    finally:
        end(client)


@pytest.mark.parametrize("what", ["drop", "drop-after"])
def test_faults_of_downloads(service: Service, what: str) -> None:
    model = Model()
    x = model.integer(3, upper_bound=4)
    model.minimize(x.sum())
    service.fault("data", what, times=2)
    client = connected(service)
    solver = client.get_solver(supported_problem_types__contains="nl")
    with model.to_file() as file:
        data = client.upload_problem_encoded(file.read()).result()
    job = solver.sample_nlm(data, time_limit=0.1)
    answer = job.answer_data
    with model.lock():
        model.states.from_file(answer, check_header=False)
        assert model.objective.state(0) == 0.0
    end(client)
