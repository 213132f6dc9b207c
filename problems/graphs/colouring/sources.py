"""Graphs as people have them in Python, without weights.

They are of networkx, adjacency matrices with labels or without, neighbours by node, lists of edges.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import QoptError
from qopt.kit.checks import listed, shown

from ..given import edges_of, form_of, matrix_of, names_of, numbered

Pairs = npt.NDArray[np.int64]


@dataclass(eq=False)
class Found:
    """The names of nodes, the edges between them, and what there is to say of them."""

    nodes: tuple[str, ...]
    edges: tuple[tuple[str, str], ...]
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, nodes: Sequence[str], edges: Iterable[tuple[str, str]], *notes: str) -> Found:
        """Edges from a node to itself are left out, with a warning."""
        every = list(edges)
        source = cls(tuple(nodes), tuple(edge for edge in every if edge[0] != edge[1]), list(notes))
        if lost := len(every) - len(source.edges):
            loop = next(edge[0] for edge in every if edge[0] == edge[1])
            edges_lost = f"{lost} edge{'s' * (lost > 1)} from a node to itself"
            what = f"{edges_lost} left out (node {shown(loop, 40)})"
            source.warnings.append(f"{what}; no colouring could keep one")
        return source


def graph_of(given: Any) -> Found:
    """Raises QoptError for what is no graph, and for nodes whose names are the same text."""
    match form_of(given, columns=(2,)):
        case "networkx":
            return _networkx(given)
        case "sparse":
            return _sparse(given)
        case "matrix":
            names, values = matrix_of(given)
            return _joined(names, np.argwhere(values != 0), values[values != 0])
        case "edges":
            return _neighbours(given) if isinstance(given, Mapping) else _pairs(edges_of(given))


def _networkx(graph: Any) -> Found:
    name = names_of(graph.nodes)
    notes = []
    if graph.is_directed():
        notes.append("the directions of edges are not used")
    if any(weight not in (None, 1) for _, _, weight in graph.edges(data="weight")):
        notes.append("the weights of edges are not used")
    return Found.of(list(name.values()), ((name[u], name[v]) for u, v in graph.edges()), *notes)


def _neighbours(given: Mapping[Any, Any]) -> Found:
    """Of a mapping from each node to its neighbours."""
    neighbours = {
        node: listed(f"neighbours of {shown(node, 40)}", others) for node, others in given.items()
    }
    edges = [(u, v) for u, others in neighbours.items() for v in others]
    name = names_of(dict.fromkeys([*neighbours, *(v for _, v in edges)]))
    return Found.of(list(name.values()), ((name[u], name[v]) for u, v in edges))


def _pairs(pairs: Sequence[tuple[Any, ...]]) -> Found:
    for k, pair in enumerate(pairs):
        if len(pair) != 2 or not all(isinstance(node, Hashable) for node in pair):
            raise QoptError(f"edge {k + 1} is {shown(pair, 60)}; give two nodes", ("edges", k))
    name = names_of(dict.fromkeys(node for pair in pairs for node in pair))
    return Found.of(list(name.values()), ((name[u], name[v]) for u, v in pairs))


def _sparse(matrix: Any) -> Found:
    cells = matrix.tocoo()
    values = np.asarray(cells.data, dtype=np.float64)
    _require_finite(values)
    names = numbered(cells.shape)
    joined = np.stack([cells.row, cells.col], axis=1)[values != 0]
    return _joined(names, joined, values[values != 0])


def _joined(names: Sequence[str], joined: Pairs, weights: npt.NDArray[np.float64]) -> Found:
    """Of the places in an adjacency matrix that are not 0."""
    pairs = {(i, j) for i, j in joined.tolist()}
    notes = []
    if any((j, i) not in pairs for i, j in pairs):
        notes.append("the adjacency matrix is not symmetric: an entry on either side is an edge")
    if np.any(weights != 1):
        notes.append("the weights of edges are not used: any entry but 0 is an edge")
    once = sorted({(min(i, j), max(i, j)) for i, j in pairs})
    return Found.of(names, ((names[i], names[j]) for i, j in once), *notes)


def _require_finite(values: npt.NDArray[np.float64]) -> None:
    if not np.isfinite(values).all():
        raise QoptError("the adjacency matrix has an entry that is not finite; give 0 or 1")
