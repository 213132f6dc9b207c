"""DIMACS graphs: comments 'c ...', one line 'p edge nodes edges', and a line 'e i j' an edge.

Nodes count from 1.

An edge may be listed once, twice, or both ways round, and be counted so. Files whose nodes count
from 0 are read, too: they have a node 0, and none of the number of nodes. Edges from a node to
itself, which no colouring could keep and which public files have by mistake, are left out with a
warning.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from qopt import FileError
from qopt.kit.files import Fields, Line, Text, opened, whole

Edge = tuple[int, int, Line]  # the ends as the file numbers them

MOST_NODES = 1_000_000
COMMENTS = ("c", "#", "%")
OF_NODES = ("n", "d", "v", "x")  # lines that say more of nodes, or where they are
KINDS = ("edge", "edges", "col", "cols")
BINARY = re.compile(rb"\s*\d+\s+(c[^\n]*\n\s*)*p +(edge|col) +\d+ +\d+ *\n")
OTHERS = (
    ("%%MatrixMarket", "a MatrixMarket file", "scipy.io.mmread"),
    ("<", "XML", "networkx.read_graphml or read_gexf"),
    ("{", "JSON", "networkx.node_link_graph"),
    ("graph [", "GML", "networkx.read_gml"),
    ("graph", "DOT", "networkx.nx_pydot.read_dot"),
    ("strict graph", "DOT", "networkx.nx_pydot.read_dot"),
)


def read_graph(path: Path) -> Fields:
    """The arguments of `GraphColouring`, nodes named as the file numbers them, each edge once.

    Raises FileError.
    """
    _refuse_binary(path)
    text = Text.read(path)
    for begins, what, reader in OTHERS:
        if text.content.lstrip().startswith(begins):
            remedy = f"read it with {reader}, and give the graph to GraphColouring.from_graph"
            raise text.error(f"{what}, and no DIMACS graph; {remedy}", 1)
    fields = Fields(text, {"name": text.stem})
    lines = list(text.lines(comments=COMMENTS))
    at = next((k for k, line in enumerate(lines) if line.text.split()[0] == "p"), None)
    if at is None and lines and whole(lines[0].text.split()[0]) is not None:
        nodes, edges = _listed(lines, fields)
    else:
        nodes, edges = _dimacs(text, lines, at, fields)
    _name(nodes, edges, fields)
    return fields


def _dimacs(
    text: Text, lines: Sequence[Line], at: int | None, fields: Fields
) -> tuple[int, list[Edge]]:
    """The number of nodes, and the edges as they stand."""
    before = lines if at is None else lines[:at]
    for line in before:
        if line.text.split()[0] not in OF_NODES:
            message = (
                f"{line.text[:40]!r} is unexpected: 'p edge nodes edges' comes before the edges"
            )
            raise line.error(message)
    if at is None:
        raise text.error("there is no line 'p edge nodes edges'; is it a DIMACS graph?")
    nodes, announced = _sizes(lines[at])
    kinds = Counter(line.text.split()[0] for line in chain(before, lines[at + 1 :]))
    edges = []
    for line in lines[at + 1 :]:
        words = line.text.split()
        if words[0] == "e":
            edges.append(_edge(line, words, nodes))
        elif words[0] not in OF_NODES:
            message = (
                f"{line.text[:40]!r} is unexpected: 'e i j' and comments follow the line 'p ...'"
            )
            raise line.error(message)
    _require_all(lines[at], announced, edges, fields)
    for kind in OF_NODES:
        if kinds[kind]:
            lost = f"{kinds[kind]} lines {kind!r}, which say more of nodes, are not used"
            fields.notes.append(lost)
    return nodes, edges


def _sizes(line: Line) -> tuple[int, int]:
    words = line.text.split()
    numbers = [whole(word) for word in words[2:]]
    if (
        len(words) != 4
        or words[1].lower() not in KINDS
        or any(number is None or number < 0 for number in numbers)
        or not 1 <= (numbers[0] or 0) <= MOST_NODES
    ):
        raise line.error(f"give 'p edge nodes edges', nodes in 1..{MOST_NODES}")
    return numbers[0] or 0, numbers[1] or 0


def _edge(line: Line, words: Sequence[str], nodes: int) -> Edge:
    if len(words) == 4 and whole(words[3]) is not None:
        raise line.error(
            "an edge with a third number (a distance?), which plain colouring does not know; "
            "give 'e i j'"
        )
    ends = [whole(word) for word in words[1:]]
    if len(ends) != 2 or not all(end is not None and 0 <= end <= nodes for end in ends):
        raise line.error(f"an edge is 'e i j' with two different nodes in 1..{nodes}")
    return ends[0] or 0, ends[1] or 0, line


def _require_all(line: Line, announced: int, edges: Sequence[Edge], fields: Fields) -> None:
    """Refuse another number of edges than is announced, however they are counted."""
    loops = sum(i == j for i, j, _ in edges)
    different = len({frozenset((i, j)) for i, j, _ in edges if i != j})
    listed = len(edges)
    if announced == 2 * different and loops == 0 and listed == different:
        fields.notes.append(f"{announced} edges are announced, and {listed} are there, each once")
    elif announced not in (listed, listed - loops, different, different + loops):
        message = f"{announced} edges are announced and {listed} are there"
        raise line.error(f"{message}; is the file cut short?")


def _listed(lines: Sequence[Line], fields: Fields) -> tuple[int, list[Edge]]:
    """Of a list of edges below a line 'nodes edges', with weights or without."""
    sizes = lines[0].wholes(least=0, most=MOST_NODES**2)
    if len(sizes) != 2 or not 1 <= sizes[0] <= MOST_NODES:
        raise lines[0].error(
            f"{lines[0].text[:40]!r}: give a DIMACS graph, "
            "or a line 'nodes edges' above a line 'i j' an edge"
        )
    nodes, announced = sizes
    rows = [line.numbers() for line in lines[1:]]
    if len(rows) != announced:
        message = f"{announced} edges are announced and {len(rows)} are there"
        raise lines[0].error(f"{message}; is the file cut short, or of another format?")
    edges = []
    for line, row in zip(lines[1:], rows, strict=True):
        ends = row[:2]
        if not 2 <= len(row) <= 3 or not all(end in range(nodes + 1) for end in ends):
            raise line.error(f"an edge is 'i j' or 'i j weight', nodes in 1..{nodes}")
        edges.append((int(ends[0]), int(ends[1]), line))
    if nodes == announced and all(len(row) == 2 for row in rows) and _adjacency(edges):
        raise lines[0].error(
            "each line could be an edge, or the neighbours of a node (METIS); give a DIMACS graph, "
            "'p edge nodes edges'"
        )
    if any(len(row) == 3 and row[2] != 1 for row in rows):
        fields.notes.append("the weights of edges are not used")
    return nodes, edges


def _adjacency(edges: Sequence[Edge]) -> bool:
    """Whether line k could be the neighbours of node k: then k is a neighbour of each of them."""
    neighbours = {k: {i, j} for k, (i, j, _) in enumerate(edges, 1)}
    return all(
        k in neighbours.get(other, ()) and other != k for k in neighbours for other in neighbours[k]
    )


def _name(nodes: int, edges: Sequence[Edge], fields: Fields) -> None:
    """The nodes as the file numbers them, from 1 or from 0, and the edges between them."""
    zero = next((line for i, j, line in edges if 0 in (i, j)), None)
    last = next((line for i, j, line in edges if nodes in (i, j)), None)
    if zero is not None and last is not None:
        message = f"an edge is 'e i j' with two different nodes in 1..{nodes}; or, counted from 0"
        raise zero.error(f"{message}, there is no node {nodes}, which line {last.number} has")
    first = 1 if zero is None else 0
    if zero is not None:
        fields.notes.append("nodes count from 0 in the file, and are named so")
    loops = [line for i, j, line in edges if i == j]
    if loops:
        where = f"{fields.text.path}:{loops[0].number}: {_edges(len(loops))} from a node to itself"
        fields.warnings.append(f"{where} left out; no colouring could keep one")
    names = [str(k) for k in range(first, nodes + first)]
    pairs = sorted({(min(i, j), max(i, j)) for i, j, _ in edges if i != j})
    fields.values |= {
        "edges": tuple((names[i - first], names[j - first]) for i, j in pairs),
        "nodes": tuple(names),
    }


def _edges(count: int) -> str:
    return "an edge" if count == 1 else f"{count} edges"


def _refuse_binary(path: Path) -> None:
    with opened(path) as file:
        head = file.read(100_000)
    if BINARY.match(head):
        raise FileError(
            path,
            "a DIMACS graph in binary (.col.b); turn it into text first, "
            "with the bin2asc of the DIMACS challenge",
        )
