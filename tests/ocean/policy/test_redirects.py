"""A server that sends Ocean's client on to another one, which must hear nothing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from dwave.cloud.api import Problems
from dwave.cloud.client import Client
from requests.exceptions import TooManyRedirects

from qopt.ocean.policy import stay, staying

TOKEN = "planted-token"


class Handler(BaseHTTPRequestHandler):
    """Sends everybody on to `onward`, or keeps the token that it hears."""

    def _answer(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        server: Any = self.server
        server.heard.append(self.headers.get("X-Auth-Token"))
        self.send_response(307 if server.onward else 404)
        if server.onward:
            self.send_header("Location", server.onward + self.path)
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  # the names of http.server

    def log_message(self, *args: Any) -> None:
        pass


@contextmanager
def _serving(onward: str | None = None) -> Iterator[Any]:
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.heard, server.onward = [], onward
    server.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("stays", [True, False])
def test_nothing_is_sent_to_where_a_server_sends_on(stays: bool) -> None:
    """Without it the token is: so the test would see it."""
    with _serving() as other, _serving(other.url) as server:
        kind: Any = staying(Client) if stays else Client
        client = kind(endpoint=server.url, token=TOKEN, cache={"enabled": False, "home": None})
        told = []
        for ask in (client.get_solvers, lambda: client.create_session().post("problems/", json=[])):
            try:
                ask()
            except Exception as error:  # Ocean wraps what it raises in several classes
                told.append(str(error))
        client.close(wait=False)
    assert set(server.heard) == {TOKEN}
    assert set(other.heard) == (set() if stays else {TOKEN})
    if stays:
        assert len(told) == 2
        assert all("redirect" in each.lower() for each in told)


def test_a_session_of_oceans_api_stays_as_well() -> None:
    with _serving() as other, _serving(other.url) as server:
        problems: Any = Problems(endpoint=server.url, token=TOKEN)
        stay(problems.session)
        with problems, pytest.raises(TooManyRedirects):
            problems.list_problems()
    assert other.heard == []
