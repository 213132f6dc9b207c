"""A service's jobs, line, quota, hours, limits, token and graph, as the real client finds them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dimod
import httpx
import pytest
from dwave.cloud import Client
from dwave.cloud.api import Problems, Solvers
from dwave.cloud.api.exceptions import ResourceNotFoundError
from dwave.cloud.computation import Future
from dwave.cloud.exceptions import (
    CanceledFutureError,
    SolverAuthenticationError,
    SolverError,
    SolverFailureError,
    SolverNotFoundError,
    SolverOfflineError,
)

from qopt.emulator import Service, Status, serve
from qopt.errors import QoptError, UnknownName

from .clients import SMALL, connected, end, sample, wait_until


@pytest.fixture
def problems(service: Service) -> Iterator[Problems]:
    with Problems(endpoint=service.url, token=service.token) as problems:
        yield problems


def test_a_job_is_told_with_all_that_is_known_of_it(service: Service, client: Client) -> None:
    sample(client, "the first").result()
    job = service.jobs[-1]
    assert (job.label, job.type, job.status) == ("the first", "ising", Status.COMPLETED)
    assert job.solver == service.solvers[0] == client.get_solver(qpu=True).name
    assert job.params == {"num_reads": 5}
    assert job.answered == 1
    assert 0 < job.charged < 0.1
    assert job.graph_id == client.get_solver(qpu=True).graph_id
    assert job.solved is not None
    assert job.submitted < job.solved
    assert service.charged == pytest.approx(sum(known.charged for known in service.jobs))
    with pytest.raises(AttributeError):
        job.charged = 0.0  # type: ignore[misc] # it is frozen, which is what is tried


def test_a_hundred_jobs_at_once(service: Service, client: Client) -> None:
    solver = client.get_solver(qpu=True)
    qubits = sorted(solver.nodes)[:100]
    before = len(service.jobs)
    jobs = [
        solver.sample_ising({qubit: (-1.0) ** k}, {}, label=f"many-{k}")
        for k, qubit in enumerate(qubits)
    ]
    for k, (qubit, job) in enumerate(zip(qubits, jobs, strict=True)):
        assert job.result()["solutions"][0][qubit] == -((-1) ** k)
    assert len({job.id for job in jobs}) == 100
    assert sorted(job.label or "" for job in service.jobs[before:]) == sorted(
        f"many-{k}" for k in range(100)
    )


def test_a_job_is_found_by_its_label(client: Client, problems: Problems) -> None:
    jobs = [sample(client, f"to be found {k}") for k in range(3)]
    for job in jobs:
        job.result()
    (found,) = problems.list_problems(label="to be found 1")
    assert found.id == jobs[1].id
    assert found.status == "COMPLETED"
    assert found.label == "to be found 1"
    assert problems.list_problems(label="to be found") == []
    latest = problems.list_problems(max_results=2, status="COMPLETED", solver=found.solver.name)
    assert [known.label for known in latest] == ["to be found 2", "to be found 1"]
    assert problems.list_problems(solver="emulated_hybrid_nl", label="to be found 1") == []


def test_every_address_of_a_job_is_answered(
    client: Client, problems: Problems, service: Service
) -> None:
    job = sample(client, "looked at")
    job.result()
    assert problems.get_problem(job.id).answer is not None
    assert problems.get_problem_status(job.id, timeout=1).status == "COMPLETED"
    assert [known.id for known in problems.get_problem_statuses([job.id, "none"])] == [job.id]
    answer = problems.get_problem_answer(job.id)
    assert answer.timing["emulated"] is True
    assert problems.get_problem_messages(job.id) == []
    info = problems.get_problem_info(job.id)
    assert info.metadata.label == "looked at"
    assert info.params == {"num_reads": 5}
    assert info.data.format == "qp"
    with pytest.raises(ResourceNotFoundError, match="no job has the id none"):
        problems.get_problem("none")


def test_solvers_are_listed_and_found_by_name(service: Service) -> None:
    with Solvers(endpoint=service.url, token=service.token) as solvers:
        listed = solvers.list_solvers()
        assert tuple(solver.identity.name for solver in listed) == service.solvers
        one = solvers.get_solver(service.solvers[0])
        assert one.status == "ONLINE"
        assert 0 <= one.avg_load <= 1
        few = solvers.get_solver(service.solvers[0], filter="none,+identity,+status")
        assert few.model_dump(exclude_none=True).keys() >= {"identity", "status"}
        assert "properties" not in few.model_dump()
        with pytest.raises(ResourceNotFoundError, match="no solver is named 'Advantage2'"):
            solvers.get_solver("Advantage2")


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


def test_jobs_wait_in_line_and_can_be_cancelled_without_charge() -> None:
    with serve(**SMALL, queue_delay=60) as service:
        client = connected(service)
        jobs = [sample(client, str(k)) for k in range(3)]
        for job in jobs:
            job.wait_id()
        assert {job.status for job in service.jobs} == {Status.PENDING}
        with Solvers(endpoint=service.url, token=service.token) as solvers:
            assert solvers.get_solver(service.solvers[0]).avg_load > 0
        for job in jobs:
            job.cancel()
        for job in jobs:
            with pytest.raises(CanceledFutureError):
                job.result()
        assert {job.status for job in service.jobs} == {Status.CANCELLED}
        assert service.charged == 0
        with Problems(endpoint=service.url, token=service.token) as problems:
            again = problems.cancel_problem(jobs[0].id)
            assert again.error_code == 409
            assert "is CANCELLED and cannot be cancelled" in again.error_msg
            (unknown,) = problems.cancel_problems(["none"])
            assert unknown.error_code == 404
        end(client)


def test_a_hybrid_job_that_runs_is_interrupted_by_cancelling_it(
    service: Service, client: Client
) -> None:
    solver = client.get_solver(supported_problem_types__contains="bqm")
    bqm = dimod.generators.gnp_random_bqm(20, 0.5, "SPIN", random_state=1)
    data = client.upload_problem_encoded(_bytes(bqm)).result()
    job = solver.sample_bqm(data, time_limit=60, label="long")
    wait_until(lambda: service.jobs[-1].status is Status.IN_PROGRESS)
    began = time.monotonic()
    job.wait_id()
    with Problems(endpoint=service.url, token=service.token) as problems:
        assert problems.cancel_problem(job.id).status == "IN_PROGRESS"
    with pytest.raises(CanceledFutureError):
        job.result()
    assert time.monotonic() - began < 30
    assert service.jobs[-1].status is Status.CANCELLED


def _bytes(bqm: dimod.BinaryQuadraticModel) -> bytes:
    with bqm.to_file() as file:
        return bytes(file.read())


def test_a_quota_that_is_used_up_refuses_jobs() -> None:
    with serve(**SMALL, quota=0.005) as service:
        client = connected(service)
        assert len(sample(client).result()["energies"]) == 1
        assert service.quota_used == pytest.approx(service.charged)
        with pytest.raises(SolverFailureError, match=r"the quota is used up: .* of 0\.005 s"):
            sample(client).result()
        assert len(service.jobs) == 1
        end(client)


def test_a_hybrid_second_counts_as_a_twentieth_of_the_quota(
    service: Service, client: Client
) -> None:
    used, charged = service.quota_used, service.charged
    solver = client.get_solver(supported_problem_types__contains="bqm")
    bqm = dimod.BinaryQuadraticModel({"a": 1.0}, {}, "SPIN")
    data = client.upload_problem_encoded(_bytes(bqm)).result()
    found = solver.sample_bqm(data, time_limit=0.2).sampleset
    assert found.info["charge_time"] == 200_000
    assert found.first.sample == {"a": -1}
    assert service.charged - charged == pytest.approx(0.2)
    assert service.quota_used - used == pytest.approx(0.01)
    assert service.jobs[-1].data_id == data == found.info["problem_data_id"]


def test_outside_its_windows_the_service_is_offline() -> None:
    with serve(**SMALL, available=[(3600, math.inf)]) as service:
        client = connected(service)
        with pytest.raises(SolverNotFoundError):
            client.get_solver(qpu=True)
        service.go_online()
        solver = client.get_solver(qpu=True)
        service.go_offline()
        job = solver.sample_ising({min(solver.nodes): 1.0}, {})
        with pytest.raises(SolverOfflineError):
            job.result()
        assert service.jobs[-1].status is Status.FAILED
        assert service.charged == 0
        end(client)


@pytest.mark.parametrize("available", [[(5, 1)], [(-1, 2)], [5], [("a", "b")]])
def test_wrong_windows_are_told(available: Any) -> None:
    with pytest.raises(QoptError, match="give pairs"):
        serve(**SMALL, available=available)


def test_the_graph_changes_in_mid_run() -> None:
    with serve(**SMALL, queue_delay=0.3) as service:
        client = connected(service)
        solver = client.get_solver(qpu=True)
        waiting = sample(client, "waits")
        waiting.wait_id()
        graph_id = service.change_graph()
        assert graph_id != solver.graph_id
        with pytest.raises(SolverFailureError, match="calibrated anew before the job ran"):
            waiting.result()
        with pytest.raises(SolverFailureError, match=f"its graph is {graph_id} now"):
            solver.sample_ising({min(solver.nodes): 1.0}, {}).result()
        new = client.get_solver(qpu=True, refresh=True)
        assert new.graph_id == graph_id
        assert new.nodes < solver.nodes
        assert new.edges < solver.edges
        assert len(new.sample_ising({min(new.nodes): 1.0}, {}).result()["energies"]) == 1
        assert service.change_graph() not in (graph_id, solver.graph_id)
        end(client)


def test_an_answer_of_the_old_graph_is_out_of_the_client_s_reach(
    service: Service, client: Client
) -> None:
    """As measured: `retrieve_answer` looks for the solver that is gone; a load by hand works."""
    job = sample(client)
    job.result()
    solver = client.get_solver(qpu=True)
    service.change_graph()
    fresh = connected(service)
    with pytest.raises(SolverNotFoundError):
        fresh.retrieve_answer(job.id).result()
    future = Future(solver, job.id)
    fresh._jobs.inc()
    fresh._load(future)
    assert list(future.result()["energies"]) == [-1.0]
    end(fresh)


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


def test_two_services_side_by_side() -> None:
    with serve(**SMALL, seed=1) as one, serve(**SMALL, seed=2) as two:
        assert one.url != two.url
        assert one.token != two.token
        first, second = connected(one), connected(two)
        assert len(sample(first, "one").result()["energies"]) == 1
        assert len(sample(second, "two").result()["energies"]) == 1
        assert [job.label for job in one.jobs] == ["one"]
        assert [job.label for job in two.jobs] == ["two"]
        end(first)
        end(second)


def test_nothing_is_left_of_a_service_that_was_closed() -> None:
    before = {thread.ident for thread in threading.enumerate()}
    with serve(**SMALL, queue_delay=60) as service:
        with httpx.Client(headers={"X-Auth-Token": service.token}) as asking:
            assert asking.get(f"{service.url}/problems/").status_code == 200
            client = connected(service)
            sample(client).wait_id()
            began = time.monotonic()
            service.close()
            assert time.monotonic() - began < 5
        port = int(service.url.rsplit(":", 1)[1])
        serve(**SMALL, port=port).close()
        assert len(service.jobs) == 1
        with pytest.raises(QoptError, match="the service is closed"):
            service.change_graph()
        end(client)
    left = [t for t in threading.enumerate() if t.ident not in before and "emulat" in t.name]
    assert left == []


def test_a_service_ends_though_a_hybrid_job_runs() -> None:
    began = time.monotonic()
    with serve(**SMALL) as service:
        client = connected(service)
        solver = client.get_solver(supported_problem_types__contains="bqm")
        bqm = dimod.BinaryQuadraticModel({"a": 1.0}, {}, "SPIN")
        data = client.upload_problem_encoded(_bytes(bqm)).result()
        solver.sample_bqm(data, time_limit=300).wait_id()
        wait_until(lambda: service.jobs[-1].status is Status.IN_PROGRESS)
    end(client)
    assert time.monotonic() - began < 60


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


def test_an_unknown_device_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="advantage2"):
        serve(device="advantag2")


def test_a_port_that_is_taken_is_told_in_a_line(service: Service) -> None:
    port = int(service.url.rsplit(":", 1)[1])
    with pytest.raises(QoptError, match=rf"port {port} of 127\.0\.0\.1: Address already in use"):
        serve(**SMALL, port=port)


def test_the_identity_with_its_graph_chooses_the_chip(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    with connected(service) as client:
        identity = str(client.get_solver(qpu=True).identity)
    assert ";graph_id=" in identity
    monkeypatch.setenv("DWAVE_API_SOLVER", identity)
    with Client.from_config() as client:
        assert str(client.get_solver().identity) == identity
    service.change_graph()
    with Client.from_config() as client, pytest.raises(SolverNotFoundError):
        client.get_solver()


def test_the_environment_keeps_the_user_s_configuration_out(
    service: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "dwave" / "dwave.conf"
    own.parent.mkdir()
    own.write_text("[defaults]\nendpoint = http://127.0.0.1:9\nsolver = mine\ntoken = t\n")
    outer = {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "DWAVE_PROFILE": "mine"}
    outer |= {"DWAVE_API_SOLVER": "mine", "DWAVE_API_REGION": "eu-central-1"}
    outer |= {"http_proxy": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    for name, value in {**outer, **service.environment}.items():
        monkeypatch.setenv(name, value)
    with Client.from_config() as client:
        assert client.config.endpoint == service.url
        assert client.config.token == service.token
        assert client.config.cache.enabled is False
        assert {solver.name for solver in client.get_solvers()} == set(service.solvers)


@pytest.mark.parametrize("host", ["localhost", "::1"])
def test_other_names_of_this_machine_need_no_token(host: str) -> None:
    try:
        service = serve(**SMALL, host=host)
    except QoptError as error:
        pytest.skip(f"this machine has none of that: {error}")
    with service, connected(service) as client:
        assert len(client.get_solvers()) == 4


def test_another_host_is_served_with_a_token() -> None:
    with serve(**SMALL, host="0.0.0.0", token="let me in") as service:
        asked = f"{service.url}/problems/"
        assert asked.startswith("http://127.0.0.1:")
        assert httpx.get(asked).status_code == 401
        assert httpx.get(asked, headers={"X-Auth-Token": "let me in"}).status_code == 200


def test_a_fault_has_to_say_what(service: Service) -> None:
    with pytest.raises(QoptError, match="what is to happen, or a status"):
        service.fault("submit")
    with pytest.raises(UnknownName, match="did you mean submit"):
        service.fault("submits", status=503)
