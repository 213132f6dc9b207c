"""Devices' graphs for the tests."""

from __future__ import annotations

from typing import Any

RANGES = {"h_range": [-4.0, 4.0], "j_range": [-1.0, 1.0], "extended_j_range": [-2.0, 1.0]}


def zephyr(size: int = 6) -> Any:
    import dwave.graphs

    return dwave.graphs.zephyr_graph(size)


def pegasus(size: int = 6) -> Any:
    import dwave.graphs

    return dwave.graphs.pegasus_graph(size)
