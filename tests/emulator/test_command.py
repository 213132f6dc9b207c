"""`qopt emulator`: what it prints leads a script to it, and a signal ends it without a trace."""

from __future__ import annotations

import shlex
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from dwave.cloud import Client
from dwave.cloud.exceptions import SolverError

from qopt import cli

QOPT = [sys.executable, "-c", "from qopt.cli import main; main()", "emulator"]
SMALL = ["--device", "advantage2-small"]


def exported(line: str) -> tuple[str, str]:
    """The name and the value of a variable, as a shell reads the line."""
    word, assignment = shlex.split(line)
    assert word == "export"
    name, _, value = assignment.partition("=")
    return name, value


@contextmanager
def emulating(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The command at work, and the variables that it printed."""
    with subprocess.Popen(
        [*QOPT, *SMALL, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        environment: dict[str, str] = {}
        while "no_proxy" not in environment:
            line = process.stdout.readline()
            assert line, "it ended before it had printed all"
            environment |= [exported(line)]
        try:
            yield process, environment
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_trace(number: signal.Signals) -> None:
    with emulating("--token", "it's a secret", "--fault", "submit=503") as (process, environment):
        assert environment["DWAVE_API_TOKEN"] == "it's a secret"
        client = Client(
            endpoint=environment["DWAVE_API_ENDPOINT"],
            token=environment["DWAVE_API_TOKEN"],
            cache={"enabled": False},
        )
        solver = client.get_solver(qpu=True)
        qubit = min(solver.nodes)
        with pytest.raises(SolverError):
            solver.sample_ising({qubit: 1.0}, {}).result()
        assert list(solver.sample_ising({qubit: 1.0}, {}).result()["energies"]) == [-1.0]
        client.close(wait=False)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, "")
        told = [line for line in err.splitlines() if not line.startswith("qopt: compil")]
        assert len(told) == 1
        assert told[0].startswith("1 job, charged 0.0")
        assert told[0].endswith(" s of emulated time")


def test_it_serves_at_the_port_that_it_is_told() -> None:
    with emulating() as (_, environment):
        port = environment["DWAVE_API_ENDPOINT"].rsplit(":", 1)[1]
        asked = httpx.get(f"{environment['DWAVE_API_ENDPOINT']}/problems/")
        assert asked.status_code == 401
        taken = subprocess.run(
            [*QOPT, *SMALL, "--port", port], capture_output=True, text=True, check=False
        )
        assert (taken.returncode, taken.stdout) == (2, "")
        (line,) = taken.stderr.splitlines()
        assert line.startswith(f"port {port} of 127.0.0.1: Address already in use")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "host='0.0.0.0': others can reach it there; give a token, too"),
        (["--device", "advantage3"], "no device named 'advantage3'; did you mean advantage"),
        (["--noise", "loud"], "no noise named 'loud'"),
        (["--fault", "submit=what"], "fault 'submit=what': no fault of 'submit' named 'what'"),
        (["--available", "soon"], "available 'soon': give FROM-TO in seconds, such as 0-60"),
        (["--available", "9-1"], "available=[(9.0, 1.0)]: give pairs"),
        (["--quota", "-1"], "quota=-1.0: give seconds, 0 or more"),
        (["--hybrid-minimum", "0"], "hybrid_minimum=0.0: give seconds above 0"),
    ],
)
def test_a_mistake_is_a_line(
    options: list[str],
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)  # which `main` replaces
    monkeypatch.setattr(sys, "argv", ["qopt", "emulator", *options])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    out, err = capsys.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith(told)
