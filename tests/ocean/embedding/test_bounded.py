"""A search ends at its deadline, when it is interrupted, and with its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import Any

import networkx as nx
import pytest

from qopt.errors import Stopped
from qopt.ocean.embedding import Store, embed
from qopt.ocean.embedding.bounded import bounded
from qopt.workers import Ended

from . import graphs
from .stuck import brief, stuck


def gone(number: int, patience: float = 10.0) -> bool:
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


@pytest.mark.parametrize("why", ["timeout", "interrupt"])
def test_a_search_that_does_not_end_is_killed(why: str) -> None:
    told: list[int] = []
    limits: dict[str, Any] = {"seconds": 0.1}
    if why == "interrupt":
        limits = {"seconds": 600, "interrupt": lambda: bool(told)}
    with pytest.raises(Ended) as raised:
        bounded(stuck, on_told=told.append, **limits)
    assert raised.value.why == why
    assert gone(told[0])


def test_no_process_is_left_behind() -> None:
    told: list[int] = []
    assert bounded(brief, seconds=60, on_told=told.append) == 7
    assert gone(told[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_does_not_outlive_its_parent(number: signal.Signals) -> None:
    command = [sys.executable, "-m", "tests.ocean.embedding.stuck"]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        os.kill(child, 0)
        parent.send_signal(number)
        parent.wait(20)
    assert gone(child)


def test_an_interrupt_ends_the_search() -> None:
    source = nx.gnp_random_graph(80, 0.2, seed=2)
    with pytest.raises(Stopped, match="the search for an embedding was interrupted"):
        embed(source, graphs.small(), store=Store(None), interrupt=lambda: True)
