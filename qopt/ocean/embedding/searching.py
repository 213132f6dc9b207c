"""Searches for embeddings, as they run in a child process: none of them can be interrupted."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING, Any

import numpy as np

from .graphs import graph_of

if TYPE_CHECKING:
    from ...workers import Line

Graph = tuple[str, tuple[int, ...], Any, Any]  # family, shape, qubits, couplers


def search(
    line: Line, edges: Any, n: int, couplers: Any, seed: int, seconds: float, tries: int = 10
) -> Any:
    """Chains of the variables 0 to n - 1 that `edges` couple, by minorminer; None where it finds
    none.

    A variable in no edge gets no chain here: any qubit is right for it.
    """
    from minorminer import find_embedding

    pairs = [tuple(pair) for pair in edges.tolist()]
    target = [tuple(pair) for pair in couplers.tolist()]
    found = find_embedding(pairs, target, random_seed=seed, timeout=seconds, tries=tries)
    return [list(found.get(k, ())) for k in range(n)] if found else None


def one_clique(line: Line, graph: Graph, n: int) -> Any:
    """Chains of a clique of n variables; None where none is found."""
    from minorminer.busclique import find_clique_embedding

    found = find_clique_embedding(n, graph_of(*graph), seed=0, use_cache=False)
    return [list(map(int, found[k])) for k in range(n)] if found else None


def all_cliques(line: Line, graph: Graph) -> Any:
    """Cliques of all sizes, as rows of (n, chains) with n ascending.

    A clique of m variables is the first m chains of the first row with n >= m.
    """
    from minorminer.busclique import busgraph_cache

    made = graph_of(*graph)
    with tempfile.TemporaryDirectory() as folder:  # Ocean's own files are neither read nor written
        busgraph_cache.cache_rootdir = staticmethod(lambda *_: folder)
        found = busgraph_cache(made).get_clique_cache(sparse=True, compress=False)
    rows: list[tuple[int, list[list[int]]]] = []
    for n in sorted(found, reverse=True):
        chains = [list(map(int, chain)) for chain in found[n]]
        if n and not (rows and rows[-1][1][:n] == chains):
            rows.append((n, chains))
    return rows[::-1]


def pieces(
    line: Line, family: str, shape: tuple[int, ...], edges: Any, n: int, seeds: list[int]
) -> list[tuple[list[int], list[list[int]]]]:
    """Chains of n variables on the smallest piece of a perfect lattice that holds them.

    A row for each seed that finds any, with the piece's shape; the fewest qubits first.
    """
    for size in range(1, shape[0] + 1):
        piece = [size, *shape[1:]] if family != "chimera" else [size, size, shape[2]]
        if family == "pegasus" and size < 2:
            continue
        lattice = graph_of(family, tuple(piece))
        if len(lattice) < max(1.5 * n, len(edges) / 3):
            continue  # no search would succeed, and each would take long to fail
        couplers = np.array(lattice.edges)
        rows = []
        for k, seed in enumerate(seeds):
            rows.append(search(line, edges, n, couplers, seed, 10.0, tries=3))
            if k == 1 and not any(rows):
                break  # such a piece is too small
        if sound := [row for row in rows if row is not None and all(row)]:
            sound.sort(key=lambda chains: sum(map(len, chains)))
            return [(piece, chains) for chains in sound]
    return []
