"""What is wrong with a connection is one line, and no token is in anything that a run leaves."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest

from qopt.emulator import Service
from qopt.errors import NotReady, QoptError
from qopt.ocean.jobs import Configuration, Connection, Journal, Refused, submit

from .. import account
from . import services


@pytest.fixture
def service() -> Iterator[Service]:
    with services.quick() as service:
        yield service


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of Ocean's but a test's own."""
    account.forget(monkeypatch, tmp_path)


def _line(error: BaseException) -> str:
    text = str(error)
    assert "\n" not in text
    return text


def test_it_is_opened_by_ocean_s_environment_and_shows_no_token(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in service.environment.items():
        monkeypatch.setenv(name, value)
    configuration = Configuration.read()
    assert configuration.endpoint == service.url
    with Connection.open(configuration) as connection:
        assert connection.endpoint == service.url
        solver = connection.solver(services.CHIP)
        assert solver.properties["qubits"] == services.QUBITS
        assert {each.name for each in connection.solvers()} == set(service.solvers)
        for thing in (connection, connection.wire, configuration, solver):
            assert service.token not in repr(thing)
    connection.close()  # a second time


def test_no_token() -> None:
    with pytest.raises(NotReady) as caught:
        Connection.open()
    assert "no D-Wave token" in _line(caught.value)
    assert "nothing was sent" in str(caught.value)


def test_an_unknown_profile() -> None:
    with pytest.raises(QoptError, match=r"profile.*'nope'.*nothing was sent") as caught:
        Connection.open("nope")
    _line(caught.value)


def test_a_configuration_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "dwave.conf"
    path.write_text("token without a section\n")
    with pytest.raises(QoptError, match=r"Ocean's configuration: .*nothing was sent") as caught:
        Configuration.read(config_file=str(path))
    _line(caught.value)


def test_a_wrong_token(service: Service, tmp_path: Path) -> None:
    wrong = "wrong-token-2f9c"
    with (
        Connection.open(endpoint=service.url, token=wrong) as connection,
        Journal(tmp_path / "jobs.sqlite") as journal,
    ):
        with pytest.raises(NotReady, match="refused the token") as caught:
            connection.solvers()
        assert wrong not in _line(caught.value)
        with pytest.raises(Refused, match=r"HTTP 401.*nothing is charged.*dwave setup") as refused:
            submit(services.question("qpu"), connection, journal, deadline=5.0)
        assert wrong not in _line(refused.value)
    assert service.jobs == ()


def test_a_dead_port(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with (
        Connection.open(endpoint=url, token="t") as connection,
        Journal(tmp_path / "jobs.sqlite") as journal,
    ):
        with pytest.raises(QoptError, match="nothing listens there; nothing was sent") as caught:
            connection.solvers()
        _line(caught.value)
        journal.set_budget("b", seconds=1.0)
        with pytest.raises(QoptError, match=r"nothing listens there.*nothing is charged"):
            submit(services.question("qpu", budget="b"), connection, journal, deadline=2.0)
        assert journal.budget("b").reserved.seconds == 0.0


def test_a_service_that_says_nothing_is_not_waited_for() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Connection.open(endpoint=url, token="t") as connection:
            with pytest.raises(QoptError, match=r"did not answer within 0\.5 s"):
                connection.solvers(deadline=0.5)
            with pytest.raises(QoptError, match="interrupted"):
                connection.solver("x", interrupt=lambda: True)


class _Sending(BaseHTTPRequestHandler):
    """Sends everything on to another address; it keeps the paths that were asked for."""

    to = ""
    asked: ClassVar[list[str]] = []

    def _answer(self) -> None:
        self.asked.append(self.path)
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(307)
        self.send_header("Location", f"{self.to}{self.path}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = _answer  # noqa: N815  # the library looks for these names

    def log_message(self, *_: object) -> None: ...


def test_a_service_that_sends_on_is_not_followed(service: Service, tmp_path: Path) -> None:
    _Sending.to = service.url
    with HTTPServer(("127.0.0.1", 0), _Sending) as sending:
        threading.Thread(target=sending.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{sending.server_port}"
        with (
            Connection.open(endpoint=url, token=service.token) as connection,
            Journal(tmp_path / "jobs.sqlite") as journal,
        ):
            for kind in ("qpu", "bqm"):
                with pytest.raises(Refused, match="sends on to another address"):
                    submit(services.question(kind), connection, journal, deadline=5.0)
            with pytest.raises(QoptError, match="sends on to another address"):
                connection.solvers()
        sending.shutdown()
    assert _Sending.asked
    assert service.jobs == ()


def test_an_unknown_solver(service: Service) -> None:
    with (
        Connection.open(endpoint=service.url, token=service.token) as connection,
        pytest.raises(QoptError, match=r"'nix'.*nothing was sent"),
    ):
        connection.solver("nix")


SCRIPT = """
import logging, sys
logging.basicConfig(filename="debug.log", level=1)
logging.getLogger("dwave").setLevel(1)
from qopt.ocean.jobs import Connection, Journal, submit
from tests.ocean.jobs import services
for options in ({}, {"token": "other-TOKEN-5d1e"}):
    try:
        with Connection.open("planted", **options) as connection, Journal.of_user() as journal:
            journal.set_budget("b", seconds=9.0)
            connection.solvers()
            print(connection, submit(
                services.question("qpu", budget="b"), connection, journal, deadline=20.0).info)
            for entry in journal.entries():
                print(entry)
    except Exception as error:  # whatever it is, it is looked at
        print(repr(error))
"""


def test_a_planted_token_is_in_no_file_and_no_log(service: Service, tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    conf = tmp_path / "conf" / "dwave.conf"
    conf.write_text(f"[planted]\nendpoint = {service.url}\ntoken = {service.token}\n")
    run = tmp_path / "run"
    run.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DWAVE_")}
    environment = {
        **kept,
        "DWAVE_CONFIG_FILE": str(conf),
        "QOPT_JOURNAL": str(run / "jobs.sqlite"),
        "HOME": str(run),
        "PYTHONPATH": str(Path(__file__).parents[3]),
        "DWAVE_CACHE_HOME": str(run / "cache"),
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], cwd=run, env=environment, capture_output=True, check=False
    )
    assert b"'how': 'sent'" in done.stdout, done.stderr
    assert b"refused the token" in done.stdout
    left = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert len(left[run / "debug.log"]) > 10_000
    assert b"(hidden)" in left[run / "debug.log"]
    for what in (done.stdout, done.stderr, *left.values()):
        assert service.token.encode() not in what
        assert b"other-TOKEN-5d1e" not in what


def test_lines_are_logged_without_tokens(caplog: pytest.LogCaptureFixture) -> None:
    from qopt.ocean.jobs.wire.hiding import hide_tokens

    hide_tokens("t0ken-of-mine", "t")
    log = logging.getLogger("dwave.cloud.client.base")
    with caplog.at_level(logging.DEBUG, "dwave.cloud.client.base"):
        log.debug("a %s b", "t0ken-of-mine")
        log.debug("%r", {"token": "whose?", "X-Auth-Token": "whose?", "other": 1})
        assert log.filter(logging.LogRecord("x", 10, "", 0, "%d", ("no number",), None))
    assert [record.getMessage() for record in caplog.records] == [
        "a (hidden) b",
        "{'token': '(hidden)', 'X-Auth-Token': '(hidden)', 'other': 1}",
    ]
