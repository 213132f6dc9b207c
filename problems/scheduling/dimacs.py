"""DIMACS graphs: comment lines 'c ...', one line 'p edge nodes edges', and a line 'e i j' an edge, nodes from 1."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from qopt import FileError

Edge = tuple[int, int]

MOST_NODES = 1_000_000


def read_graph(path: Path) -> tuple[int, list[Edge]]:
    """The number of nodes and the edges i < j, each once, from files that list them once, twice, or both ways round.

    Lines 'n ...' and 'd ...', which give nodes other attributes, are passed over. Raises FileError with the line.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None
    header, nodes, announced = 0, 0, 0
    edges: list[Edge] = []
    for at, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0] in ("c", "n", "d"):
            continue
        if words[0] == "p" and not header:
            header, (nodes, announced) = at, _sizes(path, at, words)
        elif words[0] == "e" and header:
            edges.append(_edge(path, at, words, nodes))
        else:
            wanted = (
                "'e i j' and comments follow the line 'p ...'"
                if header
                else "'p edge nodes edges' comes before the edges"
            )
            raise FileError(path, f"{line.strip()[:40]!r} is unexpected: {wanted}", at)
    if not header:
        raise FileError(path, "there is no line 'p edge nodes edges'; is it a DIMACS graph?")
    different = sorted(set(edges))
    if announced not in (len(edges), len(different)):
        raise FileError(
            path,
            f"{announced} edges are announced and {len(edges)} are there; is the file cut short?",
            header,
        )
    return nodes, different


def _sizes(path: Path, at: int, words: Sequence[str]) -> tuple[int, int]:
    numbers = [_whole(word) for word in words[2:]]
    if (
        len(words) != 4
        or words[1] not in ("edge", "col")
        or None in numbers
        or not 1 <= (numbers[0] or 0) <= MOST_NODES
    ):
        raise FileError(path, f"give 'p edge nodes edges', nodes in 1..{MOST_NODES}", at)
    return numbers[0] or 0, numbers[1] or 0


def _edge(path: Path, at: int, words: Sequence[str], nodes: int) -> Edge:
    ends = sorted(
        end for word in words[1:3] if (end := _whole(word)) is not None and 1 <= end <= nodes
    )
    if len(words) != 3 or len(ends) != 2 or ends[0] == ends[1]:
        raise FileError(path, f"an edge is 'e i j' with two different nodes in 1..{nodes}", at)
    return ends[0], ends[1]


def _whole(word: str) -> int | None:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None
