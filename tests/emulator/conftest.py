"""A service for each file of tests, and the real client to ask it with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from dwave.cloud import Client

from qopt.emulator import Service, serve


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with serve(device="advantage2-small", seed=1, hybrid_minimum=0.1) as service:
        yield service


@pytest.fixture
def service(running: Service) -> Iterator[Service]:
    """The file's service, with no faults left over from another test."""
    running.clear_faults()
    yield running
    running.clear_faults()


def connected(service: Service, **config: Any) -> Client:
    """A client of Ocean's, which keeps nothing on the disk and reads no configuration."""
    return Client(
        endpoint=service.url,
        token=service.token,
        cache={"enabled": False},
        **config,
    )


@pytest.fixture
def client(service: Service) -> Iterator[Client]:
    client = connected(service)
    yield client
    client.close(wait=False)
