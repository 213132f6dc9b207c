"""A service that replies nonsense: each call ends in time, with an error of ours, and is resumable
or was never taken.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from qopt.ocean.jobs import Connection, JobError, Journal, submit_all

from .services import question

DEADLINE = 1.0
IDS: list[Any] = ["p1", "p2", "", None, 7, "x" * 300]
STATUSES: list[Any] = ["COMPLETED", "PENDING", "FAILED", "CANCELLED", "WHAT", None, 3, ""]
ANSWERS: list[Any] = [
    None,
    {},
    {"format": "qp"},
    {"format": "bq", "data": None},
    {"format": "bq", "data": {}},
    {"format": "binary-ref", "auth_method": "sapi-token", "url": "x", "timing": {}, "shape": {}},
    {"format": "what", "timing": {"qpu_access_time": "long"}},
]


def _value(rng: random.Random, deep: int = 0) -> Any:
    """Something that JSON can say; now and then almost what is expected."""
    plain: list[Any] = [None, True, 0, -1, 1e308, "", "error", [], {}]
    if deep > 2 or rng.random() < 0.3:
        return rng.choice(plain)
    if rng.random() < 0.3:
        return [_value(rng, deep + 1) for _ in range(rng.randrange(3))]
    status = {
        "id": rng.choice(IDS),
        "status": rng.choice(STATUSES),
        "type": rng.choice(["ising", "bqm", None]),
        "solver": rng.choice([{"name": "quick_chip"}, "quick_chip", None]),
        "submitted_on": rng.choice(["2026-01-01T00:00:00Z", "soon"]),
        "label": rng.choice(["qopt", None, 5]),
        "answer": rng.choice(ANSWERS),
        "error_code": rng.choice([400, "x", None]),
        "error_msg": rng.choice(["no", None]),
    }
    kept = {name: value for name, value in status.items() if rng.random() < 0.8}
    return rng.choice([kept, [kept], [kept, kept]])


def _sound(rng: random.Random) -> Any:
    """What is expected of most calls."""
    status = rng.choice(["PENDING", "PENDING", "COMPLETED"])
    told = {"id": "p1", "type": "ising", "solver": {"name": "quick_chip"}, "status": status}
    return [{**told, "submitted_on": "2026-01-01T00:00:00Z", "label": "x"}]


@contextmanager
def _nonsense(seed: int) -> Iterator[str]:
    rng, kinds = random.Random(seed), ["problems", "problem"]

    class Handler(BaseHTTPRequestHandler):
        def _reply(self) -> None:
            if self.headers.get("Transfer-Encoding"):
                self.close_connection = True
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            sound = rng.random() < 0.4
            body = json.dumps(_sound(rng) if sound else _value(rng)).encode()
            body = body if rng.random() < 0.9 else rng.randbytes(20)
            self.send_response(rng.choice([200, 200, 200, 201, 202, 204, 400, 404, 418, 500, 503]))
            name = f"application/vnd.dwave.sapi.{rng.choice(kinds)}+json; version=3.0.0"
            self.send_header("Content-Type", name if rng.random() < 0.9 else "text/plain")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Retry-After", rng.choice(["0", "soon", "-1", "1e9"]))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = _reply  # noqa: N815  # the library's names

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _ends_with(seed: int, folder: Path) -> list[str]:
    with (
        _nonsense(seed) as url,
        Connection.open(endpoint=url, token="t", timeout=0.5, settling=0.1) as connection,
        Journal(folder / f"{seed}.sqlite") as journal,
    ):
        asked = [question(kind) for kind in ("qpu", "bqm", "nl")]
        began = time.monotonic()
        found = submit_all(asked, connection, journal, deadline=DEADLINE)
        assert time.monotonic() - began < DEADLINE + 2.0
        open_ = [entry.open for entry in journal.entries()]
    for one, still in zip(found, open_, strict=True):
        if isinstance(one, JobError):
            assert one.resumable == still
    return [getattr(one, "status", "answered") for one in found]


@pytest.mark.slow  # each service is waited for until the deadline
def test_nonsense_is_an_error_of_ours(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda seed: _ends_with(seed, tmp_path), range(40)))
    seen = {status for each in found for status in each}
    assert {"refused", "too-late", "ambiguous"} <= seen
