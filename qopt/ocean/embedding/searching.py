"""Searches for embeddings, as they run in a child process: none of them can be interrupted."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
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
    line: Line, family: str, shape: tuple[int, ...], asked: list[tuple[Any, int, list[int]]]
) -> None:
    """Of each of those asked, edges of n variables and seeds, chains on the smallest piece of a
    perfect lattice that holds them.

    Told one after the other as (number, rows): a row for each seed that finds any, with the piece's
    shape, the fewest qubits first.
    """
    for number, (edges, n, seeds) in enumerate(asked):
        sizes = (_on_piece(line, piece, edges, n, seeds) for piece in _lattices(family, shape))
        line.tell((number, next(filter(None, sizes), [])))


def _lattices(family: str, shape: tuple[int, ...]) -> Iterator[tuple[list[int], Any]]:
    """Perfect lattices, one larger than the other, each with its shape."""
    for size in range(2 if family == "pegasus" else 1, shape[0] + 1):
        piece = [size, *shape[1:]] if family != "chimera" else [size, size, shape[2]]
        yield piece, graph_of(family, tuple(piece))


def _on_piece(
    line: Line, piece: tuple[list[int], Any], edges: Any, n: int, seeds: list[int]
) -> list[tuple[list[int], list[list[int]]]]:
    shape, lattice = piece
    if len(lattice) < max(1.5 * n, len(edges) / 3):
        return []  # no search would succeed, and each would take long to fail
    if not len(edges):
        return [(shape, [[qubit] for qubit in sorted(lattice)[:n]])]
    couplers, rows = np.array(lattice.edges), []
    for k, seed in enumerate(seeds):
        rows.append(search(line, edges, n, couplers, seed, 10.0, tries=3))
        if k == 1 and not any(rows):
            break  # such a piece is too small
    sound = sorted((row for row in rows if row is not None and all(row)), key=_qubits)
    return [(shape, chains) for chains in sound]


def _qubits(chains: list[list[int]]) -> int:
    return sum(map(len, chains))
