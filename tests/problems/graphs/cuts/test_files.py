"""Graphs for the heaviest cut, from files and from Python, against plain readings."""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path
from typing import Any

import networkx
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import qopt
from problems.graphs import Cut, MaxCut
from qopt import FileError, QoptError, UnknownName

from ....fuzz import examples
from ....mangle import decoded, mangled, other_words, refused_or

TEXTS = {
    "a.rudy": "4 5\n1 2 1\n2 3 2\n3 4 3\n4 1 4.5\n1 3 -5\n",
    "bare.mc": "# made\n4 4\n1 2\n2 3\n4 3\n2 2\n",
    "zero.gset": "4 3\n0 1 2\n1 2 3\n3 0 -1\n",
    "maxcut.txt": "c made\nMAX-CUT 3 3\n1 2 1\n1 2 2\n3 3 1\n",
    "a.col": "c made\np edge 4 6\nn 1 7\ne 1 2\ne 2 1\ne 2 3\ne 3 2\ne 1 4\ne 4 1\n",
    "heavy.col": "p col 3 3\ne 1 2 2.5\ne 2 3 -1\ne 3 3 4\n",
    "a.mtx": "%%MatrixMarket matrix coordinate real symmetric\n3 3 3\n2 1 2\n3 2 -1\n3 3 9\n",
    "both.mtx": "%%MatrixMarket matrix coordinate real general\n"
    "3 3 4\n2 1 2\n1 2 2\n3 2 1\n2 3 1\n",
    "ones.mtx": "%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 2\n1 3\n",
    "a.edges": "# who knows whom\nann bob 3\nbob,cid,1.5\ncid ann\n",
}
Weights = dict[frozenset[str], float]


def _plainly(name: str, content: bytes) -> tuple[list[str], Weights]:
    """The nodes and the weight of each pair, read word by word."""
    text = decoded(content) if name.endswith(".edges") else _escaped(content)
    marks = ("#", "%", "//") if name.endswith(".edges") else ("#", "%")
    lines = [line.strip() for line in text.split("\n")]
    rows = [line.split() for line in lines if line and not line.startswith(marks)]
    rows = [row for row in rows if row and (row[0] != "c" or name.endswith(".edges"))]
    if name.endswith(".edges"):
        cells = [[word for word in re.split(r"[\s,;]+", " ".join(row)) if word] for row in rows]
        return _weights([(*row[:2], float(row[2]) if len(row) == 3 else 1.0) for row in cells])
    if name.endswith(".mtx"):
        return _matrix(text.split("\n")[0].lower().split(), rows)
    dimacs = name.endswith(".col")
    if dimacs:
        rows = [row for row in rows if row[0] in ("p", "e")]
    n = int(rows[0][-2])
    ends = [row[1:] if dimacs else row for row in rows[1:]]
    numbers = [float(word) for row in ends for word in row[:2]]
    first = 0 if 0 in numbers and n not in numbers else 1
    names = [str(k) for k in range(first, n + first)]
    edges = [
        (str(int(float(row[0]))), str(int(float(row[1]))), float(row[2]) if len(row) > 2 else 1.0)
        for row in ends
    ]
    if dimacs and all(len(row) == 2 for row in ends):
        return names, {frozenset(pair): 1.0 for *pair, _ in edges if pair[0] != pair[1]}
    return names, _weights(edges)[1]


def _escaped(content: bytes) -> str:
    text = content.decode("utf-8-sig", errors="backslashreplace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _weights(edges: list[Any]) -> tuple[list[str], Weights]:
    found: Weights = {}
    names: dict[str, None] = {}
    for a, b, weight in edges:
        names.update({a: None, b: None})
        if a != b:
            found[frozenset((a, b))] = found.get(frozenset((a, b)), 0.0) + weight
    return list(names), found


def _matrix(banner: list[str], rows: list[list[str]]) -> tuple[list[str], Weights]:
    n = int(rows[0][0])
    whole = np.zeros((n, n))
    for row in rows[1:]:
        i, j, value = int(float(row[0])) - 1, int(float(row[1])) - 1, float((*row, 1.0)[2])
        whole[i, j] += value
        if banner[4] == "symmetric" and i != j:
            whole[j, i] += value
    upper, lower = np.triu(whole, 1), np.tril(whole, -1).T
    if upper.any() and lower.any():
        assert (upper == lower).all()
    joined = np.where(upper != 0, upper, lower)
    names = [str(k + 1) for k in range(n)]
    return names, {
        frozenset((names[i], names[j])): float(joined[i, j])
        for i, j in np.argwhere(joined).tolist()
    }


def _graph(problem: MaxCut) -> tuple[list[str], Weights]:
    pairs = zip(map(frozenset, problem.edges), problem.weights, strict=True)
    return list(problem.nodes), dict(pairs)


def _without_zeros(found: tuple[list[str], Weights]) -> tuple[list[str], Weights]:
    return found[0], {pair: weight for pair, weight in found[1].items() if weight}


def _check(name: str, content: bytes, path: Path) -> None:
    path.write_bytes(content)
    problem: Any = refused_or(MaxCut.read, path)
    if problem is not None:
        assert _without_zeros(_graph(problem)) == _without_zeros(_plainly(name, content))


@pytest.mark.parametrize("name", TEXTS)
def test_every_format_gives_the_edges_of_its_lines(name: str, tmp_path: Path) -> None:
    _check(name, TEXTS[name].encode(), tmp_path / name)
    assert MaxCut.read(tmp_path / name).edges
    for content in other_words(TEXTS[name]):
        _check(name, content, tmp_path / name)


@pytest.mark.parametrize("name", TEXTS)
@settings(deadline=None, max_examples=examples(150), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _check(name, data.draw(mangled(TEXTS[name])), tmp_path_factory.getbasetemp() / name)


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("bare.mc", "never cut: 1 left out"),
        ("zero.gset", "nodes count from 0 in the file"),
        ("maxcut.txt", "edges that are listed again (1) add up"),
        ("a.col", "edges that are listed again (3) count once"),
        ("a.col", "lines that say more of nodes (1) are not used"),
        ("a.mtx", "a matrix was read as that of a graph"),
        ("a.edges", "every line was read as an edge"),
    ],
)
def test_what_was_left_out_or_guessed_is_told(name: str, note: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(TEXTS[name])
    result = qopt.solve(MaxCut.read(tmp_path / name), time_limit=None, num_sweeps=5, seed=1)
    assert any(note in said for said in result.notes)


@pytest.mark.parametrize(
    ("name", "text", "line", "message"),
    [
        ("a.col", "p edge 3 5\ne 1 2\ne 2 3\n", 1, "announces 5 edges, and 2 follow"),
        ("a.col", "p edge 3 1\ne 1 4\n", 2, "give whole numbers in 1..3"),
        ("a.col", "p edge 3 1\nx y\nk 1 2\n", 3, "'k 1 2': give 'e i j' or 'e i j weight' an edge"),
        ("a.col", "p edge 3\n", 1, "give 'p edge nodes edges'"),
        (
            "a.mtx",
            TEXTS["both.mtx"].replace("1 2 2", "1 2 3"),
            None,
            "has 3 from 1 to 2 and 2 back",
        ),
        (
            "a.mtx",
            "%%MatrixMarket matrix array real general\n1 2\n1\n2\n",
            None,
            "1 rows and 2 columns",
        ),
        ("a.edges", "ann bob 3 4\n", 1, "give 'a b' or 'a b weight'"),
        ("a.edges", "ann bob many\n", 1, "'many': give a finite number"),
        ("a.edges", "# none\n", None, "the file has no edge"),
        ("a", "ann bob\n", 1, "or format='edges' for a list without one"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    name: str, text: str, line: int | None, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(FileError) as caught:
        MaxCut.read(tmp_path / name)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_a_format_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("1 2\n2 3\n")
    with pytest.raises(FileError, match="announces 2 lines, and 1 follow"):
        MaxCut.read(tmp_path / "list")
    assert MaxCut.read(tmp_path / "list", format="edges").edges == (("1", "2"), ("2", "3"))
    with pytest.raises(UnknownName, match="no file format named 'edge'; did you mean edges"):
        MaxCut.read(tmp_path / "list", format="edge")


def _drawn() -> networkx.Graph:
    graph = networkx.Graph()
    graph.add_nodes_from(["lone", 7])
    graph.add_edge("u", 7, weight=2.5)
    graph.add_edge(7, ("v", 1), weight=-1)
    graph.add_edge("u", ("v", 1))
    graph.add_edge("u", "u", weight=9)
    return graph


def test_a_graph_of_networkx_keeps_its_labels_and_weights() -> None:
    problem = MaxCut.from_graph(_drawn())
    assert problem.nodes == ("lone", "7", "u", "('v', 1)")
    assert _graph(problem)[1] == {
        frozenset(("u", "7")): 2.5,
        frozenset(("7", "('v', 1)")): -1,
        frozenset(("u", "('v', 1)")): 1,
    }
    assert problem.notes == (  # type: ignore[attr-defined]
        "edges without 'weight' (1 of 4) have weight 1",
        "edges from a node to itself are never cut: 1 left out",
    )
    assert set(MaxCut.from_graph(_drawn(), weight=None).weights) == {1.0}


def test_parallel_edges_add_up() -> None:
    graph = networkx.MultiGraph(
        [("a", "b", {"weight": 2}), ("b", "a", {"weight": 3}), ("b", "c", {})]
    )
    problem = MaxCut.from_graph(graph)
    assert _graph(problem)[1] == {frozenset("ab"): 5, frozenset("bc"): 1}
    assert "edges that are listed again (1) add up" in problem.notes  # type: ignore[attr-defined]


A = np.array([[0.0, 2.0, 0.0], [2.0, 5.0, -1.0], [0.0, -1.0, 0.0]])


@pytest.mark.parametrize(
    ("given", "names"),
    [
        (A, "123"),
        (np.triu(A), "123"),
        (np.tril(A), "123"),
        (sparse.csr_array(A), "123"),
        (sparse.coo_matrix(np.triu(A)), "123"),
        (pd.DataFrame(A, index=list("xyz"), columns=list("xyz")), "xyz"),
        (pl.DataFrame(A, schema=list("xyz")), "xyz"),
        ([("x", "y", 2), ("z", "y", -1)], "xyz"),
        (pd.DataFrame({"from": ["x", "z"], "to": ["y", "y"], "w": [2, -1]}), "xyz"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_adjacency_matrices_and_lists_of_edges(given: Any, names: str) -> None:
    problem = MaxCut.from_graph(given)
    a, b, c = names
    assert _graph(problem)[1] == {frozenset((a, b)): 2, frozenset((b, c)): -1}
    assert sorted(problem.nodes) == sorted(names)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (networkx.DiGraph([(1, 2)]), r"has directions, .* give graph\.to_undirected\(\)"),
        (networkx.Graph([(1, "1")]), "nodes 1 and '1' have the same name as texts"),
        (networkx.Graph([(1, 2, {"weight": "far"})]), "edge 1, 2 has weight 'far'"),
        (np.array([[0, 1], [2, 0]]), "has 1 from 1 to 2 and 2 back"),
        (np.zeros((2, 4)), "adjacency matrix"),
        (sparse.csr_array(np.zeros((2, 4))), "give a square one"),
        ([("a", "b", "c", 1)], "edge 1 is .*; give two nodes, or two nodes and a weight"),
        ([("a", "b", float("nan"))], "edge a, b has weight nan"),
        ("ab", "graph='ab': give a list"),
    ],
    ids=lambda given: type(given).__name__,
)
def test_what_is_no_graph_for_a_cut_is_refused(given: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        MaxCut.from_graph(given)
    assert len(str(caught.value).splitlines()) == 1


def test_arrays_and_columns_where_lists_are_asked_for() -> None:
    edges = np.array([["a", "b"], ["b", "c"]])
    for weights in (np.array([2.0, 3.0]), pd.Series([2, 3]), pl.Series([2, 3]), [2, 3]):
        problem = MaxCut(edges, weights, nodes=pd.Series(list("abc")))  # type: ignore[arg-type]
        assert (problem.nodes, problem.weights) == (("a", "b", "c"), (2.0, 3.0))
    with pytest.raises(QoptError, match=r"weights=3: give a list"):
        MaxCut(edges, 3)  # type: ignore[arg-type]


def test_a_drawing_of_unknown_or_missing_nodes() -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    problem = MaxCut((("a", "b"), ("b", "c")))
    with pytest.raises(QoptError, match="the plan has a node 'x', and there is no such node"):
        problem.draw(Cut(("a", "x"), ("b",)), axes)
    problem.draw(Cut(("a",), ("b",)), axes)
    assert len(axes.lines) == 1


FOLDER = os.environ.get("QOPT_INSTANCES")
PUBLISHED = [
    path
    for pattern in ("colouring/*.col", "qoblib/independent_set/*.gph")
    for path in sorted(Path(FOLDER or "none").glob(pattern))
]


@pytest.mark.skipif(not FOLDER, reason="QOPT_INSTANCES names no folder of instances")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_published_graphs_have_the_edges_of_their_lines(path: Path) -> None:
    rows = [line.split() for line in path.read_text().splitlines() if line.startswith("e ")]
    every = Counter(frozenset(row[1:3]) for row in rows if row[1] != row[2])
    problem = MaxCut.read(path)
    assert {frozenset(edge) for edge in problem.edges} == set(every)
    assert set(problem.weights) == {1.0}
    header = next(line for line in path.read_text().splitlines() if line.startswith("p "))
    assert len(problem.nodes) == int(header.split()[2])
