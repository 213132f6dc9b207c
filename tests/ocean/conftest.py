"""A service on this machine that speaks D-Wave's protocol, and a user of it with a new journal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from qopt.emulator import Service, serve

from . import account


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with serve(device="advantage2-small", seed=1, hybrid_minimum=0.5) as service:
        yield service


@pytest.fixture
def service(running: Service, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Service:
    """As whoever set Ocean up for it, on a machine where nothing was submitted before."""
    account.forget(monkeypatch, tmp_path)
    account.use(monkeypatch, tmp_path, running)
    end = time.monotonic() + 10  # what an earlier test has left is charged before this one counts
    while time.monotonic() < end and any(
        job.status.value in ("PENDING", "IN_PROGRESS") for job in running.jobs
    ):
        time.sleep(0.02)
    return running
