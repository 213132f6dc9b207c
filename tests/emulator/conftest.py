"""A service for each file of tests, and the real client to ask it with."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dwave.cloud import Client

from qopt.emulator import Service, serve

from .clients import SMALL, connected, end


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with serve(**SMALL, seed=1) as service:
        yield service


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    """The file's service, with no faults left over from another test."""
    running.clear_faults()
    yield running
    running.clear_faults()


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    client = connected(service)
    yield client
    end(client)
