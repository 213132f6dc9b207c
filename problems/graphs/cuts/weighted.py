"""Graphs with weights as people have them in Python.

They are of networkx, adjacency matrices, lists and frames of edges.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from qopt import QoptError
from qopt.kit.checks import floats, shown
from qopt.kit.quadratic import Bools, Floats, Ints

from ..given import edges_of, form_of, matrix_of, names_of, numbered


@dataclass(eq=False)
class WeightedGraph:
    """The names of nodes, and edges between them.

    `ends` int64[m, 2] has pairs of their numbers, `weights` is float64[m], `notes` what is to be
    said.
    """

    nodes: tuple[str, ...]
    ends: Ints
    weights: Floats
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls,
        nodes: Iterable[str],
        ends: Any,
        weights: Any,
        notes: Iterable[str] = (),
        *,
        once: bool = False,
    ) -> WeightedGraph:
        """Without edges from a node to itself, and each edge once.

        Weights of repeated ones add up or, for `once`, the first counts.
        """
        pairs = np.asarray(ends, dtype=np.int64).reshape(-1, 2)
        values, said = np.asarray(weights, dtype=np.float64), list(notes)
        loops = pairs[:, 0] == pairs[:, 1]
        if loops.any():
            said.append(f"edges from a node to itself are never cut: {loops.sum()} left out")
        pairs, values = np.sort(pairs[~loops], axis=1), values[~loops]
        names = tuple(nodes)
        key = pairs[:, 0] * len(names) + pairs[:, 1]  # ten times as fast as np.unique by rows
        keys, first, where = np.unique(key, return_index=True, return_inverse=True)
        if len(keys) < len(pairs):
            twice = len(pairs) - len(keys)
            how = "count once" if once else "add up"
            said.append(f"edges that are listed again ({twice}) {how}")
        total: Floats = values[first]
        if not once:
            total = np.bincount(where.ravel(), values, len(keys)).astype(np.float64)
        return cls(names, pairs[first], total, said)

    @classmethod
    def of_matrix(
        cls, nodes: Sequence[str], row: Ints, col: Ints, values: Floats, notes: Iterable[str] = ()
    ) -> WeightedGraph:
        """Of the entries of an adjacency matrix: both triangles say the same, or one says nothing.

        Raises QoptError for two nodes whose edge has another weight there and back.
        """
        n = len(nodes)
        above = _total(n, row, col, values, row <= col)
        below = _total(n, col, row, values, row > col)
        if above.keys() and below.keys() and any(i != j for i, j in above):
            for a, b in sorted(above.keys() | below.keys()):
                one, other = above.get((a, b), 0.0), below.get((a, b), 0.0)
                if a != b and one != other:
                    raise QoptError(
                        f"the adjacency matrix has {one:g} from {nodes[a]} to {nodes[b]} and "
                        f"{other:g} back; a cut has no "
                        "directions: make it symmetric"
                    )
            below = {}
        every = above | below
        return cls.of(nodes, list(every), list(every.values()), notes)


def _total(
    n: int, row: Ints, col: Ints, values: Floats, mine: Bools
) -> dict[tuple[int, int], float]:
    """The sums of entries by their place, those that are not 0."""
    every, where = np.unique(row[mine] * n + col[mine], return_inverse=True)
    total = np.bincount(where.ravel(), values[mine], len(every))
    i, j = np.divmod(every[total != 0], n)
    return dict(
        zip(zip(i.tolist(), j.tolist(), strict=True), total[total != 0].tolist(), strict=True)
    )


def graph_of(given: Any, weight: str | None = "weight") -> WeightedGraph:
    """Raises QoptError for what is no graph, for one with directions, and for names given twice."""
    match form_of(given, columns=(2, 3)):
        case "networkx":
            return _networkx(given, weight)
        case "sparse":
            return _sparse(given)
        case "matrix":
            names, values = matrix_of(given)
            row, col = np.nonzero(values)
            return WeightedGraph.of_matrix(names, row, col, values[row, col])
        case "edges":
            return _edges(edges_of(given))


def _networkx(graph: Any, weight: str | None) -> WeightedGraph:
    if graph.is_directed():
        raise QoptError(
            "the graph has directions, and a cut has none; give graph.to_undirected(), "
            "which joins an edge and its reverse"
        )
    name = names_of(graph.nodes)
    place = {node: k for k, node in enumerate(name)}
    every = list(graph.edges(data=weight)) if weight else [(u, v, 1) for u, v in graph.edges()]
    bare = sum(value is None for _, _, value in every)
    notes = []
    if weight and bare:
        notes.append(f"edges without {weight!r} ({bare} of {len(every)}) have weight 1")
    values = [1.0 if value is None else value for _, _, value in every]
    for (u, v, _), value in zip(every, values, strict=True):
        _require_weight(f"{name[u]}, {name[v]}", value)
    ends = [(place[u], place[v]) for u, v, _ in every]
    return WeightedGraph.of(name.values(), ends, values, notes)


def _require_weight(edge: str, value: Any) -> None:
    try:
        good = not isinstance(value, str) and bool(np.isfinite(float(value)))
    except (TypeError, ValueError, OverflowError):
        good = False
    if not good:
        raise QoptError(f"edge {edge} has weight {shown(value, 40)}; give a finite number")


def _sparse(matrix: Any) -> WeightedGraph:
    cells = matrix.tocoo()
    values = floats("the adjacency matrix", cells.data)
    if not np.isfinite(values).all():
        raise QoptError("the adjacency matrix has an entry that is not finite; give numbers")
    row, col = (np.asarray(part, dtype=np.int64) for part in (cells.row, cells.col))
    return WeightedGraph.of_matrix(numbered(cells.shape), row, col, values)


def _edges(rows: Sequence[tuple[Any, ...]]) -> WeightedGraph:
    """Of pairs of nodes, or of triples with a weight."""
    for k, row in enumerate(rows):
        ends_are_nodes = len(row) in (2, 3) and all(isinstance(node, Hashable) for node in row[:2])
        if not ends_are_nodes:
            raise QoptError(
                f"edge {k + 1} is {shown(row, 60)}; give two nodes, or two nodes and a weight",
                ("edges", k),
            )
        if len(row) == 3:
            _require_weight(f"{row[0]}, {row[1]}", row[2])
    name = names_of(dict.fromkeys(node for row in rows for node in row[:2]))
    place = {node: k for k, node in enumerate(name)}
    ends = [(place[row[0]], place[row[1]]) for row in rows]
    return WeightedGraph.of(name.values(), ends, [row[2] if len(row) == 3 else 1.0 for row in rows])
