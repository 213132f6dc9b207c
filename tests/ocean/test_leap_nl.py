"""Solver `leap-nl`, on a fake of the service and on the local one. Nothing is sent to anyone."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future
from importlib.metadata import EntryPoint
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from dwave.cloud.exceptions import ProblemUploadError, SolverAuthenticationError, SolverError
from requests.exceptions import ConnectionError as NoConnection

import qopt
from qopt import NotReady, QoptError, Result, plugins
from qopt.emulator.hybrids.nl import solve_nl

from .. import tiny
from . import account

PROBLEM = tiny.routing()


@pytest.fixture(autouse=True)
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """By its name, also where the package was installed before the solver was there."""
    point = EntryPoint("leap-nl", "qopt.ocean.leap_nl:LeapNl", plugins.SOLVERS)
    monkeypatch.setitem(plugins._registered(plugins.SOLVERS), "leap-nl", point)


class Service:
    """What qopt asks of `LeapHybridNLSampler`; it keeps what was submitted, and raises `error`
    where it has one.
    """

    def __init__(self, least: float = 3.0, error: Exception | None = None, **sizes: int) -> None:
        self.properties = {"version": "1.1", **sizes}
        self.solver = SimpleNamespace(name="hybrid_fake_nl")
        self.least, self.error = least, error
        self.submitted: list[Any] = []

    def estimated_min_time_limit(self, model: Any) -> float:
        return self.least

    def sample(self, model: Any, time_limit: float, label: str) -> Future[Any]:
        self.submitted.append((model, time_limit, label))
        answer: Future[Any] = Future()
        if self.error is not None:
            answer.set_exception(self.error)
            return answer
        solve_nl(model, time_limit=60, evaluations=4000, seed=1)
        timing = {"run_time": 2_990_000, "charge_time": 3_000_000, "qpu_access_time": 0}
        info = {"timing": timing, "warnings": ["slow"], "problem_id": "7f"}
        answer.set_result(SimpleNamespace(model=model, info=info))
        return answer


def _solve(service: Any, **changes: Any) -> Result[Any]:
    options = {"time_limit": 3, "seed": 1, "service": service} | changes
    return qopt.solve(PROBLEM, solver="leap-nl", **options)


def test_the_answer_is_scored_by_the_domain() -> None:
    result = _solve(Service())
    assert result.best is not None
    assert result.objective == PROBLEM.evaluate(result.best).objective == tiny.optimum(PROBLEM)


def test_the_time_limit_and_the_instance_reach_the_service() -> None:
    service = Service()
    _solve(service, time_limit=4.5)
    ((_, seconds, label),) = service.submitted
    assert (seconds, label) == (4.5, "qopt square")


@pytest.mark.parametrize("seconds", [2.9, None])
def test_less_than_the_service_charges_is_refused_before_anything_is_sent(
    seconds: float | None,
) -> None:
    service = Service(least=3.0)
    with pytest.raises(QoptError) as raised:
        _solve(service, time_limit=seconds)
    told = str(raised.value)
    assert told.startswith(f"time_limit={seconds}: the service charges at least 3 s")
    assert "\n" not in told
    assert service.submitted == []


@pytest.mark.parametrize(
    "most", ["maximum_number_of_nodes", "maximum_state_size", "maximum_decision_state_size"]
)
def test_what_is_too_large_is_refused_before_anything_is_sent(most: str) -> None:
    service = Service(**{most: 5})
    with pytest.raises(QoptError, match=r"above the limit of 5; none was submitted"):
        _solve(service)
    assert service.submitted == []


def test_provenance_says_which_service_and_what_it_charged() -> None:
    facts = _solve(Service()).provenance["solver"]
    assert (facts["device"], facts["version"], facts["problem_id"]) == (
        "hybrid_fake_nl", "1.1", "7f"
    )  # fmt: skip
    assert facts["device_seconds"] == 3.0
    assert facts["timing_us"]["charge_time"] == 3_000_000
    assert facts["warnings"] == ["slow"]
    assert facts["nonlinear"]["decisions"] >= 1
    assert facts["nonlinear"]["nodes"] > 1


def test_such_a_result_survives_its_file(tmp_path: Path) -> None:
    result = _solve(Service())
    again = Result.load(result.save(tmp_path / "leap.json"))
    assert again.best == result.best
    assert again.provenance == result.provenance


@pytest.mark.parametrize(
    "error",
    [
        SolverError("Problem not accepted\nat all"),
        NoConnection("Connection aborted."),
        ProblemUploadError("Failed to upload"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_oceans_client_raises_becomes_one_line(error: Exception) -> None:
    with pytest.raises(QoptError) as raised:
        _solve(Service(error=error))
    assert str(raised.value) == f"D-Wave: {type(error).__name__}: {str(error).splitlines()[0]}"


def test_a_refused_token_says_what_to_set() -> None:
    with pytest.raises(NotReady, match="D-Wave refused the token; run `dwave setup`"):
        _solve(Service(error=SolverAuthenticationError("Invalid token or access denied")))


def test_without_a_token_it_is_not_ready(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    account.forget(monkeypatch, tmp_path)
    with pytest.raises(NotReady, match="no D-Wave token"):
        qopt.solve(PROBLEM, solver="leap-nl", time_limit=5)


def test_a_service_that_is_none_is_refused() -> None:
    with pytest.raises(QoptError, match="service"):
        _solve(object())


@pytest.fixture(scope="module")
def service() -> Iterator[Any]:
    pytest.importorskip("starlette", reason="the extra 'emulator' is not installed")
    from qopt.emulator import serve

    with serve(device="advantage2-small", seed=1, hybrid_minimum=1.0) as running:
        yield running


def _connect(monkeypatch: pytest.MonkeyPatch, home: Path, service: Any) -> None:
    account.forget(monkeypatch, home)
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)


# Ocean's client leaves the file that it uploads open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    "make", [tiny.routing, tiny.shop, tiny.portfolio], ids=lambda make: make.__name__
)
def test_the_real_client_and_the_local_service_find_the_optimum(
    make: Any, service: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _connect(monkeypatch, tmp_path, service)
    problem, before = make(), len(service.jobs)
    result = qopt.solve(problem, solver="leap-nl", time_limit=2)
    assert result.objective == pytest.approx(tiny.optimum(problem))
    (job,) = service.jobs[before:]
    assert (job.type, job.charged) == ("nl", 2.0)
    facts = result.provenance["solver"]
    assert facts["device"] == "emulated_hybrid_nl"
    assert facts["device_seconds"] == 2.0
    assert [asked["problem_id"] for asked in facts["jobs"]] == [job.id]


def test_too_little_time_reaches_the_local_service_not_at_all(
    service: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _connect(monkeypatch, tmp_path, service)
    before = len(service.jobs)
    with pytest.raises(QoptError, match="the service charges at least 1 s"):
        qopt.solve(PROBLEM, solver="leap-nl", time_limit=0.5)
    assert len(service.jobs) == before
