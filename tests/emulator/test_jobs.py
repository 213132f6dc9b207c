"""Jobs as the real client finds them: told, found, waiting, cancelled, charged."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import dimod
import pytest
from dwave.cloud import Client
from dwave.cloud.api import Problems, Solvers
from dwave.cloud.api.exceptions import ResourceNotFoundError
from dwave.cloud.exceptions import (
    CanceledFutureError,
    SolverFailureError,
)

from qopt.emulator import Service, Status, serve

from .clients import SMALL, connected, end, sample, uploaded_bytes, wait_until


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


@pytest.mark.parametrize(
    "config",
    [
        {"poll_strategy": "backoff", "poll_backoff_min": 0.01},
        {"compress_qpu_problem_data": False},
        {"connection_close": True},
        {"endpoint_end": "/"},
    ],
    ids=lambda config: next(iter(config)),
)
def test_clients_of_any_configuration_are_served(service: Service, config: dict[str, Any]) -> None:
    end_of_address = config.pop("endpoint_end", "")
    with Client(
        endpoint=service.url + end_of_address,
        token=service.token,
        cache={"enabled": False},
        **config,
    ) as client:
        assert list(sample(client).result()["energies"]) == [-1.0]


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
    data = client.upload_problem_encoded(uploaded_bytes(bqm)).result()
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
    data = client.upload_problem_encoded(uploaded_bytes(bqm)).result()
    found = solver.sample_bqm(data, time_limit=0.2).sampleset
    assert found.info["charge_time"] == 200_000
    assert found.first.sample == {"a": -1}
    assert service.charged - charged == pytest.approx(0.2)
    assert service.quota_used - used == pytest.approx(0.01)
    assert service.jobs[-1].data_id == data == found.info["problem_data_id"]
