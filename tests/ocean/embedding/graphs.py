"""Graphs of devices with qubits and couplers missing, as those that are built have them."""

from __future__ import annotations

from functools import cache
from typing import Any

import networkx as nx
import numpy as np
from dwave.graphs import zephyr_graph


@cache
def worn(rows: int, qubits: int, couplers: int, seed: int = 1) -> Any:
    """A zephyr graph of which so many qubits and couplers are left."""
    graph, rng = zephyr_graph(rows, 4), np.random.default_rng(seed)
    away = rng.choice(sorted(graph), len(graph) - qubits, replace=False)
    graph.remove_nodes_from(away.tolist())
    edges = sorted(tuple(sorted(edge)) for edge in graph.edges)
    away = rng.choice(len(edges), len(edges) - couplers, replace=False)
    graph.remove_edges_from(edges[k] for k in away)
    return nx.freeze(graph)


def advantage2() -> Any:
    """As many qubits and couplers as Advantage2_system1.7 has."""
    return worn(12, 4592, 41779)


def small() -> Any:
    return worn(3, 330, 2722)
