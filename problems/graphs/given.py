"""Graphs as people have them in Python, as far as it does not matter what is asked of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import numpy as np

from qopt import QoptError
from qopt.kit.checks import labels, listed, quantities, shown
from qopt.kit.quadratic import Floats, Ints

Form = Literal["networkx", "sparse", "matrix", "edges"]


def form_of(given: Any, columns: tuple[int, ...]) -> Form:
    """What a graph is given as; tables of edges have one of these numbers of columns."""
    if hasattr(given, "nodes") and hasattr(given, "edges") and hasattr(given, "is_directed"):
        return "networkx"
    if hasattr(given, "tocoo"):
        return "sparse"
    shape = getattr(given, "shape", None)
    if shape is not None and len(shape) == 2:
        return "matrix" if shape[0] == shape[1] or shape[1] not in columns else "edges"
    return "edges"


def edges_of(given: Any) -> list[tuple[Any, ...]]:
    """The rows of a list or a table. Raises QoptError for what is none."""
    rows = listed("graph", given.to_numpy() if hasattr(given, "to_numpy") else given)
    return [tuple(listed(f"edge {k + 1}", row)) for k, row in enumerate(rows)]


def matrix_of(given: Any) -> tuple[list[str], Floats]:
    """The names of the nodes of an adjacency matrix, and what it holds.

    Raises QoptError for two nodes of one name, and for what is no matrix of finite numbers.
    """
    rows, columns = labels(given)
    names = rows or columns or numbered(given.shape)
    if len(set(names)) < len(names):
        twice = shown(next(name for name in names if names.count(name) > 1), 40)
        raise QoptError(f"two nodes of the graph are named {twice}; give each its own name")
    return names, quantities("the adjacency matrix", given, ("node", names), ("node", names))


def numbered(shape: tuple[int, ...]) -> list[str]:
    """The names of the nodes of a matrix without labels."""
    if shape[0] != shape[1] or not shape[0]:
        raise QoptError(f"an adjacency matrix has shape {shape}; give a square one")
    return [str(k + 1) for k in range(shape[0])]


def names_of(nodes: Iterable[Any]) -> dict[Any, str]:
    """The name of each node: its label as a text. Raises QoptError for two of one name."""
    name = {node: str(node) for node in nodes}
    owner: dict[str, Any] = {}
    for node, text in name.items():
        if text in owner:
            both = f"{shown(owner[text], 40)} and {shown(node, 40)}"
            raise QoptError(f"nodes {both} have the same name as texts; rename one")
        owner[text] = node
    return name


def drawn(nodes: int, probability: float, random: np.random.Generator) -> tuple[Ints, Ints]:
    """The ends of edges by number: each two nodes are joined with this probability."""
    row, col = np.triu_indices(nodes, 1)
    joined = random.random(len(row)) < probability
    return row[joined], col[joined]
