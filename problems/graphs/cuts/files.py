"""Files of graphs with weights: rudy (G-set, Biq Mac), DIMACS, Matrix Market, and lists of edges.

| format | what is in the file | nodes | edges listed again |
|---|---|---|---|
| `rudy` | `nodes edges`, maybe below `MAX-CUT`, then `i j weight` or `i j` | 1, 2, ... | add up |
| `dimacs` | `p edge nodes edges`, then `e i j` or `e i j weight` | 1, 2, ... | once; or add up |
| `mtx` | an adjacency matrix in the Matrix Market's format | 1, 2, ... | add up |
| `edges` | lines `a b` or `a b weight`, parted by white space or commas | as named | add up |

A list is one of `edges` by its suffix, `.edges`, `.edgelist`, `.ncol`, `.csv` or `.tsv`, or where
`format` says so: without a header nothing tells whether lines are missing.

In all of them edges from a node to itself are left out: they are never cut. Nodes of `rudy` and
`dimacs` count from 0 where one is 0 and none is the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from qopt import FileError, UnknownName
from qopt.kit.entries import HEAVIEST, Lines, wholes
from qopt.kit.files import PACKED, Text, number, opened_text, told_of
from qopt.kit.matrix_market import Matrix, begins
from qopt.kit.quadratic import Floats

from .weighted import WeightedGraph

FORMATS = ("rudy", "dimacs", "mtx", "edges")
LISTS = (".edges", ".edgelist", ".edge", ".csv", ".tsv", ".ncol")
OF_NODES = ("n", "d", "v", "x")  # DIMACS: lines that say more of nodes


def read_graph(path: Path, format: str | None = None) -> WeightedGraph:
    """Raises FileError, with the line."""
    if format not in (None, *FORMATS):
        raise UnknownName("file format", str(format), FORMATS)
    match format or _format(path):
        case "mtx":
            return _matrix(path)
        case "edges":
            return _named(Text.read(path))
        case "dimacs":
            return _dimacs(_Dimacs(path))
        case _:
            return _rudy(Lines(path))


def _format(path: Path) -> str:
    with opened_text(path) as file:
        if begins(file.read(100)):
            return "mtx"
    names = [name.lower() for name in path.suffixes if name.lower() not in PACKED]
    if names and names[-1] == ".mtx":
        return "mtx"
    if names and names[-1] in LISTS:
        return "edges"
    return "dimacs" if Lines(path).words(0)[0] == "p" else "rudy"


def _rudy(lines: Lines) -> WeightedGraph:
    words = [word for word in lines.words(0) if word != "MAX-CUT"]
    counts = wholes(words)
    if counts is None or len(counts) != 2 or not counts[0]:
        raise lines.error(
            0,
            "is no header; give 'nodes edges' as two whole numbers, the first at least 1, "
            "or format='edges' for a list "
            "without one",
        )
    table = lines.table(1, None, (2, 3), "i j weight")
    lines.require_count(0, counts[1], len(table))
    return _numbered(lines, table, counts[0])


def _numbered(lines: Lines, table: Floats, n: int, *, once: bool = False) -> WeightedGraph:
    base = lines.base(table, n)
    row, col = lines.places(1, table, n, base=base)
    weights = table[:, 2] if table.shape[1] == 3 else np.ones(len(table))
    notes = [] if base else ["nodes count from 0 in the file, as one is 0 and none is the last"]
    names = map(str, range(base, n + base))
    return WeightedGraph.of(names, np.stack([row, col], axis=1), weights, notes, once=once)


class _Dimacs(Lines):
    """The lines `p ...` and, without their `e`, those of edges; others of nodes are counted."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.passed = 0

    def _all(self) -> Iterator[tuple[int, str]]:
        self.passed = 0
        for number_, text in super()._all():
            kind, _, rest = text.partition(" ")
            if kind in OF_NODES:
                self.passed += 1
            elif kind == "e" and rest.strip():
                yield number_, rest.strip()
            elif kind == "p":
                yield number_, text
            else:
                raise FileError(
                    self.path, f"{text[:40]!r}: give 'e i j' or 'e i j weight' an edge", number_
                )


def _dimacs(lines: _Dimacs) -> WeightedGraph:
    words = lines.words(0)
    counts = wholes(words[2:])
    if words[0] != "p" or len(words) != 4 or counts is None or not counts[0]:
        raise lines.error(0, "give 'p edge nodes edges' with whole numbers, nodes at least 1")
    table = lines.table(1, None, (2, 3), "i j weight")
    graph = _numbered(lines, table, counts[0], once=table.shape[1] == 2)
    loops = int((table[:, 0] == table[:, 1]).sum())
    listed, different = len(table), len(graph.ends)
    if counts[1] not in (listed, listed - loops, different, different + loops):
        raise lines.error(
            0, f"announces {counts[1]} edges, and {listed} follow; is the file cut short?"
        )
    if lines.passed:
        graph.notes.append(f"lines that say more of nodes ({lines.passed}) are not used")
    return graph


def _matrix(path: Path) -> WeightedGraph:
    matrix = Matrix.read(path)
    rows, columns = matrix.size
    if rows != columns:
        raise FileError(
            path, f"a matrix of {rows} rows and {columns} columns; that of a graph is square"
        )
    notes = ["a matrix was read as that of a graph: an entry off the diagonal is an edge's weight"]
    with told_of(path):
        names = [str(k + 1) for k in range(rows)]
        return WeightedGraph.of_matrix(names, matrix.row, matrix.col, matrix.values, notes)


def _named(text: Text) -> WeightedGraph:
    place: dict[str, int] = {}
    ends, weights = [], []
    for line in text.lines(comments=("#", "%", "//")):
        words = [word for word in re.split(r"[\s,;]+", line.text) if word]
        if len(words) not in (2, 3):
            raise line.error(f"{line.text[:40]!r}: give 'a b' or 'a b weight', two nodes by name")
        value = number(words[2]) if len(words) == 3 else 1.0
        if value is None or not abs(value) <= HEAVIEST:
            raise line.error(f"{words[2][:40]!r}: give a finite number for the weight")
        ends.append([place.setdefault(word, len(place)) for word in words[:2]])
        weights.append(value)
    if not ends:
        raise text.error("the file has no edge")
    notes = [*text.notes, "every line was read as an edge; a node without edges is in no line"]
    return WeightedGraph.of(place, ends, weights, notes)
