"""The real client against a service of ours, and small jobs for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import dimod
from dwave.cloud import Client

from qopt.emulator import Service

SMALL: dict[str, Any] = {"device": "advantage2-small", "hybrid_minimum": 0.1}


def connected(service: Service, **config: Any) -> Client:
    """A client of Ocean's, which keeps nothing on the disk and reads no configuration.

    It does not pause for long before it tries again what failed.
    """
    return Client(
        endpoint=service.url,
        token=service.token,
        cache={"enabled": False},
        http_retry_backoff_max=0.01,
        **config,
    )


def end(client: Client) -> None:
    """Close it, whatever it still waits for."""
    client.close(wait=False)


def sample(client: Client, label: str | None = None) -> Any:
    """A job on one qubit, which is best turned up, at energy -1."""
    solver = client.get_solver(qpu=True)
    return solver.sample_ising({min(solver.nodes): -1.0}, {}, num_reads=5, label=label)


def wait_until(holds: Callable[[], bool], seconds: float = 10.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.005)


def uploaded_bytes(bqm: dimod.BinaryQuadraticModel) -> bytes:
    """A model as the client uploads it."""
    with bqm.to_file() as file:
        return bytes(file.read())
