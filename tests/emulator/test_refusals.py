"""What a service refuses: tokens, jobs and requests that are none, and arguments that are wrong."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from dwave.cloud import Client
from dwave.cloud.exceptions import (
    SolverAuthenticationError,
    SolverError,
    SolverFailureError,
)

from qopt.emulator import Service, serve
from qopt.emulator import service as service_module
from qopt.errors import NotReady, QoptError, UnknownName

from .clients import SMALL, connected, end, sample, wait_until


def test_a_wrong_token_is_told_apart(service: Service) -> None:
    with (
        Client(endpoint=service.url, token="wrong", cache={"enabled": False}) as client,
        pytest.raises(SolverAuthenticationError),
    ):
        client.get_solvers()
    assert httpx.get(f"{service.url}/problems/").status_code == 401


def test_a_token_that_expires_ends_a_job_s_polls() -> None:
    with serve(**SMALL, queue_delay=5) as service:
        client = connected(service, poll_wait_time=1)
        job = sample(client)
        wait_until(lambda: len(service.jobs) == 1)
        old = service.token
        assert service.expire_token() == service.token == service.environment["DWAVE_API_TOKEN"]
        assert service.token != old
        with pytest.raises(SolverAuthenticationError):
            job.result()
        end(client)


@pytest.mark.parametrize("available", [[(5, 1)], [(-1, 2)], [5], [("a", "b")]])
def test_wrong_windows_are_told(available: Any) -> None:
    with pytest.raises(QoptError, match="give pairs"):
        serve(**SMALL, available=available)


def test_too_many_jobs_at_once_are_refused(service: Service, client: Client) -> None:
    body = [{}] * 21
    headers = {"X-Auth-Token": service.token}
    reply = httpx.post(f"{service.url}/problems/", json=body, headers=headers)
    assert (reply.status_code, reply.json()["error_code"]) == (400, 400)
    assert "21 jobs at once are more than 20" in reply.json()["error_msg"]


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "a job has a solver, a type, params and data"),
        (7, "a job has a solver, a type, params and data"),
        ({"data": {}, "solver": {"name": "x"}}, "no solver is named 'x'"),
        ({"data": {}, "solver": 5}, "no solver is named 5"),
        ({"data": {}, "solver": "CHIP", "type": "bqm"}, "does not take problems of type 'bqm'"),
        ({"data": {}, "solver": "CHIP", "type": "ising"}, "format 'qp'"),
        ({"data": {}, "solver": "CHIP", "type": "ising", "params": []}, "format 'qp'"),
        ({"data": {}, "solver": "CHIP", "type": "ising", "params": [1]}, "names and values"),
        ({"data": {}, "solver": "emulated_hybrid_bqm", "type": "bqm"}, "in the format 'ref'"),
        (
            {
                "data": {"format": "ref", "data": "nothing"},
                "solver": "emulated_hybrid_bqm",
                "type": "bqm",
            },
            "no complete upload has the id 'nothing'",
        ),
    ],
)
def test_a_job_that_is_none_is_refused(service: Service, body: Any, told: str) -> None:
    before = len(service.jobs)
    if isinstance(body, dict) and body.get("solver") == "CHIP":
        body = {**body, "solver": service.solvers[0]}
    headers = {"X-Auth-Token": service.token}
    reply = httpx.post(f"{service.url}/problems/", json=[body], headers=headers)
    assert reply.status_code == 200
    (item,) = reply.json()
    assert told in item["error_msg"]
    assert len(service.jobs) == before


@pytest.mark.parametrize(
    ("method", "path", "content", "status"),
    [
        ("POST", "/problems/", b"{", 400),
        ("DELETE", "/problems/", b"{}", 400),
        ("GET", "/problems/none/answer", b"", 404),
        ("GET", "/problems/none/answer/data", b"", 404),
        ("GET", "/problems/none/messages", b"", 404),
        ("GET", "/nothing", b"", 404),
        ("PUT", "/problems/", b"", 405),
        ("POST", "/bqm/multipart", b'{"size": -1}', 400),
        ("POST", "/bqm/multipart", b'{"size": 9999999999999}', 413),
        ("POST", "/bqm/multipart", b"[]", 400),
        ("PUT", "/bqm/multipart/none/part/1", b"x", 404),
        ("GET", "/bqm/multipart/none/status", b"", 404),
        ("POST", "/bqm/multipart/none/combine", b"{}", 404),
    ],
)
def test_a_request_that_is_none_is_told_so(
    service: Service, method: str, path: str, content: bytes, status: int
) -> None:
    headers = {"X-Auth-Token": service.token}
    reply = httpx.request(method, f"{service.url}{path}", content=content, headers=headers)
    assert reply.status_code == status


def test_a_refusal_of_the_chip_reaches_the_client(service: Service, client: Client) -> None:
    solver = client.get_solver(qpu=True)
    before = len(service.jobs)
    with pytest.raises(SolverFailureError, match="num_reads"):
        solver.sample_ising({min(solver.nodes): 1.0}, {}, num_reads=10**7).result()
    with pytest.raises(SolverError):
        solver.sample_ising({min(solver.nodes): 1.0}, {}, annealing_time=-3).result()
    assert len(service.jobs) == before


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"host": "0.0.0.0"}, r"host='0\.0\.0\.0': others can reach it there; give a token, too"),
        ({"host": "no.such.host.invalid", "token": "x"}, "give an address of this machine"),
        ({"port": 70000}, "port=70000"),
        ({"port": -1}, "port=-1"),
        ({"seed": -1}, "seed=-1"),
        ({"queue_delay": -1}, "queue_delay=-1"),
        ({"queue_delay": "long"}, "queue_delay='long'"),
        ({"quota": -1}, "quota=-1"),
        ({"hybrid_minimum": 0}, "hybrid_minimum=0"),
        ({"token": ""}, "printable ASCII"),
        ({"token": "a\nb"}, "printable ASCII"),
        ({"faults": ["submit"]}, "give WHERE=WHAT"),
        ({"noise": "loud"}, "no noise named 'loud'"),
    ],
)
def test_a_wrong_argument_is_told_in_a_line(given: dict[str, Any], told: str) -> None:
    with pytest.raises(QoptError, match=told) as error:
        serve(**{**SMALL, **given})
    assert "\n" not in str(error.value)


def test_packages_that_are_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service_module, "find_spec", lambda name: None)
    with pytest.raises(NotReady, match=r"needs starlette and uvicorn: pip install 'qopt-ann"):
        serve(**SMALL)


def test_an_unknown_device_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="advantage2"):
        serve(device="advantag2")


def test_a_port_that_is_taken_is_told_in_a_line(service: Service) -> None:
    port = int(service.url.rsplit(":", 1)[1])
    with pytest.raises(QoptError, match=rf"port {port} of 127\.0\.0\.1: Address already in use"):
        serve(**SMALL, port=port)


def test_a_fault_has_to_say_what(service: Service) -> None:
    with pytest.raises(QoptError, match="what is to happen, or a status"):
        service.fault("submit")
    with pytest.raises(UnknownName, match="did you mean submit"):
        service.fault("submits", status=503)
