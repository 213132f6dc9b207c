"""A service as a whole: its hours, its graph, its neighbours, its end, and how one comes to it."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time
from pathlib import Path

import dimod
import httpx
import pytest
from click.testing import CliRunner
from dwave.cloud import Client
from dwave.cloud.cli import cli as dwave
from dwave.cloud.computation import Future
from dwave.cloud.exceptions import (
    SolverFailureError,
    SolverNotFoundError,
    SolverOfflineError,
)

from qopt.emulator import Service, Status, serve
from qopt.errors import QoptError

from .clients import SMALL, connected, end, sample, uploaded_bytes, wait_until


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
    left = [thread.name for thread in threading.enumerate() if thread.ident not in before]
    assert not [name for name in left if "emulat" in name.lower() or "asyncio" in name]


def test_a_script_that_forgets_to_close_its_service_ends() -> None:
    code = "from qopt.emulator import serve; serve(device='advantage2-small')"
    ran = subprocess.run(
        [sys.executable, "-c", code], timeout=60, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_service_ends_though_a_hybrid_job_runs() -> None:
    began = time.monotonic()
    with serve(**SMALL) as service:
        client = connected(service)
        solver = client.get_solver(supported_problem_types__contains="bqm")
        bqm = dimod.BinaryQuadraticModel({"a": 1.0}, {}, "SPIN")
        data = client.upload_problem_encoded(uploaded_bytes(bqm)).result()
        solver.sample_bqm(data, time_limit=300).wait_id()
        wait_until(lambda: service.jobs[-1].status is Status.IN_PROGRESS)
    end(client)
    assert time.monotonic() - began < 60


def test_a_script_finds_it_by_the_environment_alone(service: Service) -> None:
    code = """
from dwave.system import DWaveSampler
with DWaveSampler() as sampler:
    print(sampler.sample_ising({sampler.nodelist[0]: -1}, {}, label="alone").first.energy)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=service.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (0, "-1.0\n"), ran.stderr
    assert service.jobs[-1].label == "alone"


def test_ocean_s_own_commands_reach_it(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    listed = CliRunner().invoke(dwave, ["solvers", "--list", "--all"])
    assert listed.output.split() == list(service.solvers)
    before = len(service.jobs)
    pinged = CliRunner().invoke(dwave, ["ping", "--client", "qpu"])
    assert pinged.exit_code == 0, pinged.output
    assert service.jobs[-1].id in pinged.output
    assert len(service.jobs) == before + 1


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
