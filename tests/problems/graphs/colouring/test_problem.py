from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import qopt
from problems.graphs import Colouring, GraphColouring
from qopt import FileError, Infeasible, InputWarning, QoptError, UnknownName

from ... import models, published

PATH = GraphColouring((("a", "b"), ("b", "c")), name="path")
SQUARE = GraphColouring(
    (("a", "b"), ("b", "c"), ("c", "d"), ("d", "a"), ("a", "c")), colours=3, name="square"
)
TEXT = "c a square with one diagonal\np edge 4 5\ne 1 2\ne 2 3\ne 3 4\ne 4 1\ne 1 3\n"


def _colours(problem: GraphColouring) -> range:
    """Those of the model."""
    return range(1, (problem.colours or len(problem.greedy().classes)) + 1)


def _conflicts(problem: GraphColouring, colours: dict[str, int]) -> int:
    return sum(a in colours and colours[a] == colours.get(b) for a, b in problem.edges)


def _fewest(problem: GraphColouring) -> int:
    """By trying every colouring with one colour, with two, and so on."""
    for k in range(1, len(problem.nodes) + 1):
        for colours in itertools.product(range(k), repeat=len(problem.nodes)):
            if not _conflicts(problem, dict(zip(problem.nodes, colours, strict=True))):
                return k
    raise AssertionError


@st.composite
def _graphs(draw: st.DrawFn, most: int = 7) -> GraphColouring:
    nodes = [f"n{k}" for k in range(draw(st.integers(1, most)))]
    pairs = list(itertools.combinations(nodes, 2))
    edges = draw(st.lists(st.sampled_from(pairs), max_size=12)) if pairs else []
    return GraphColouring(tuple(edges), tuple(nodes), draw(st.none() | st.integers(1, 4)))


@st.composite
def _coloured(draw: st.DrawFn) -> tuple[GraphColouring, Colouring]:
    """A graph and any colours of its model at all, some of them missing."""
    problem = draw(_graphs())
    colours = {node: draw(st.sampled_from([0, *_colours(problem)])) for node in problem.nodes}
    return problem, Colouring({node: c for node, c in colours.items() if c})


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_coloured())
def test_a_colouring_comes_back_and_the_model_judges_it_as_its_definition_does(
    drawn: tuple[GraphColouring, Colouring],
) -> None:
    problem, plan = drawn
    try:
        cqm = problem.model()
    except Infeasible:
        return  # said before there is a model; tested below
    sample, score = problem.encode(plan), problem.evaluate(plan)
    assert problem.decode(sample) == plan
    conflicts, missing = (
        _conflicts(problem, dict(plan.colours)),
        len(problem.nodes) - len(plan.colours),
    )
    assert sum(violation.amount for violation in score.violations) == conflicts + missing
    assert cqm.check_feasible(sample) == score.feasible == (conflicts + missing == 0)
    assert cqm.objective.energy(sample) == score.objective


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_graphs(), st.integers(0, 2**32 - 1))
def test_the_model_of_any_assignment_is_feasible_just_where_its_plan_is(
    problem: GraphColouring, seed: int
) -> None:
    """A plan hides at most that a colour is said to be used that is not.

    Nodes with two colours are without any.
    """
    try:
        cqm = problem.model()
    except Infeasible:
        return
    random = np.random.default_rng(seed)
    sample = {label: float(random.random() < 0.4) for label in cqm.variables}
    sample |= {label: 1.0 for label in sample if str(label).startswith("used")}
    assert cqm.check_feasible(sample) == problem.evaluate(problem.decode(sample)).feasible


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_graphs())
def test_model_size_is_the_model_s(problem: GraphColouring) -> None:
    try:
        assert problem.model_size() == models.size(problem.model())
    except Infeasible:
        return


@settings(deadline=None, max_examples=30, derandomize=True)
@given(_graphs(most=4))
def test_the_model_s_optimum_is_the_fewest_colours(problem: GraphColouring) -> None:
    fewest = GraphColouring(problem.edges, problem.nodes)
    if fewest.model_size().variables <= 16:
        assert models.optimum(fewest.model()) == _fewest(problem)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_graphs())
def test_too_few_colours_are_only_said_to_be_where_they_are(problem: GraphColouring) -> None:
    enough = problem.colours is None or problem.colours >= _fewest(problem)
    try:
        problem.model()
    except Infeasible:
        assert not enough


def test_a_clique_larger_than_the_colours_is_named() -> None:
    with pytest.raises(
        Infeasible,
        match=r"2 colours are too few: nodes a, b, c are all joined .* give colours=3 or more",
    ) as caught:
        GraphColouring((("a", "b"), ("b", "c"), ("c", "a"), ("c", "d")), colours=2).model()
    once = {f"once[{node}]" for node in "abc"}
    assert set(caught.value.labels) == once | {f"differ[{pair}]" for pair in ("a,b", "b,c", "a,c")}


@settings(deadline=None, max_examples=60, derandomize=True)
@given(_graphs())
def test_greedy_keeps_every_edge(problem: GraphColouring) -> None:
    plan = problem.greedy()
    assert _conflicts(problem, dict(plan.colours)) == 0
    if problem.colours is None:
        assert set(plan.colours) == set(problem.nodes)
        assert _fewest(problem) <= len(plan.classes)
    else:
        assert max(plan.colours.values(), default=1) <= problem.colours


def test_greedy_needs_two_colours_for_a_bipartite_graph() -> None:
    """As DSATUR is proved to."""
    edges = tuple((f"a{i}", f"b{j}") for i in range(6) for j in range(6) if i != j)
    assert len(GraphColouring(edges).greedy().classes) == 2


@pytest.mark.parametrize("kind", GraphColouring.kinds)
@pytest.mark.parametrize("colours", [None, 4])
def test_a_neighbourhood_scores_as_the_whole(kind: str, colours: int | None) -> None:
    """Fewer nodes with the spare colour are fewer with it in the whole.

    Where there is none, fewer without.
    """
    problem = GraphColouring.generate(nodes=40, density=0.25, colours=colours, seed=4)
    plan, random, found = problem.greedy(), np.random.default_rng(1), 0
    whole = problem.evaluate(plan)
    spare = 0 if colours else min(plan.classes, key=lambda c: (len(plan.classes[c]), c))

    def kept(plan: Colouring) -> int:
        return sum(plan.colours.get(node, 0) == spare for node in problem.nodes)

    for size in (12, 30, 60, 120):
        neighbourhood = problem.neighbourhood(plan, kind, size, random)
        if neighbourhood is None:
            continue
        part = neighbourhood.problem
        assert part.model_size() == models.size(part.model())
        assert part.model_size().variables <= size
        assert neighbourhood.back(neighbourhood.plan) == plan
        assert part.decode(part.encode(neighbourhood.plan)) == neighbourhood.plan
        score = part.evaluate(neighbourhood.plan)
        assert score.feasible
        for seed in range(4):
            result = qopt.solve(
                part, solver="annealer", time_limit=None, num_sweeps=5, seed=seed, num_threads=1
            )
            for ranked in result.plans[:3]:
                other = neighbourhood.back(ranked.plan)
                if ranked.evaluation.feasible:
                    assert _conflicts(problem, dict(other.colours)) == 0
                    found += 1
                    assert kept(other) - kept(plan) == ranked.evaluation.objective - score.objective
                    if colours is None:
                        assert problem.evaluate(other).feasible
                        assert problem.evaluate(other).objective <= whole.objective
    assert found > 5


def test_neighbourhoods_empty_a_colour_that_need_not_be() -> None:
    """A path of four nodes with three colours, of which the last is needless."""
    problem = GraphColouring((("a", "b"), ("b", "c"), ("c", "d")))
    plan, random = Colouring({"a": 1, "b": 2, "c": 1, "d": 3}), np.random.default_rng(0)
    for kind in problem.kinds:
        part = problem.neighbourhood(plan, kind, 20, random)
        assert part is not None
        result = qopt.solve(part.problem, solver="exact")
        assert problem.evaluate(part.back(result.best)).objective == 2


@pytest.mark.parametrize(
    "plan",
    [Colouring({"a": 1, "b": 1, "c": 2}), Colouring({"a": 1, "b": 1, "c": 1})],
)
def test_there_is_no_neighbourhood_with_a_conflict(plan: Colouring) -> None:
    assert PATH.neighbourhood(plan, "region", 50, np.random.default_rng(0)) is None


def test_there_is_nothing_to_gain_where_all_have_a_colour_or_one_colour_does() -> None:
    plan, random = Colouring({"a": 1, "b": 2, "c": 3, "d": 2}), np.random.default_rng(0)
    assert SQUARE.evaluate(plan).feasible
    assert SQUARE.neighbourhood(plan, "region", 50, random) is None
    apart = GraphColouring((), ("a", "b"))
    assert apart.neighbourhood(apart.greedy(), "region", 50, random) is None


@pytest.mark.parametrize(
    ("colours", "violations"),
    [
        ({"a": 1, "b": 2, "c": 3, "d": 2}, []),
        ({"a": 1, "b": 2, "c": 3}, ["node[d] by 1 without colour"]),
        ({"a": 1, "b": 1, "c": 3, "d": 2}, ["differ[a,b] by 1 conflict"]),
        ({"a": 4, "b": 2, "c": 3, "d": 2}, ["node[a] by 1 of colour 4, which there is not"]),
        ({"a": 1, "b": 2, "c": 3, "d": 2, "x": 1}, ["node[x] by 1 unknown"]),
    ],
)
def test_violations_have_a_name_an_amount_and_a_kind(
    colours: dict[str, int], violations: list[str]
) -> None:
    assert [
        str(violation) for violation in SQUARE.evaluate(Colouring(colours)).violations
    ] == violations


@pytest.mark.parametrize(
    ("colours", "message"),
    [
        ({"a": 9}, "gives a colour 9; the model has colours 1 to 2"),
        ({"x": 1}, "colours 'x', which is no node"),
    ],
)
def test_a_plan_that_the_model_cannot_express_is_refused(
    colours: dict[str, int], message: str
) -> None:
    with pytest.raises(QoptError, match=message):
        PATH.encode(Colouring(colours))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"edges": (("a", "a"),)}, "edge a, a joins a node to itself"),
        ({"edges": (("a", "b"),), "nodes": ("a",)}, "edge a, b: there is no node 'b'"),
        ({"edges": ("ab",)}, "edge 'ab': give two names"),
        (
            {"edges": ((1, 2),)},
            r"edge \(1, 2\): give two names of nodes, which are texts \(from_graph",
        ),
        ({"edges": ()}, "at least one node"),
        ({"edges": (), "nodes": ("a", "a")}, "each node a text of its own"),
        ({"edges": (("a", "b"),), "colours": 0}, "colours=0: give a whole number, 1 or more"),
    ],
)
def test_bad_graphs_are_refused_in_a_line(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        GraphColouring(**arguments)
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("options", [{"nodes": 0}, {"density": 1.5}, {"seed": -1}])
def test_generating_nonsense_is_refused(options: dict[str, Any]) -> None:
    with pytest.raises(QoptError, match=next(iter(options))):
        GraphColouring.generate(**options)


def test_edges_listed_twice_and_both_ways_round_are_one(tmp_path: Path) -> None:
    path = tmp_path / "square.col"
    path.write_text(TEXT)
    problem = GraphColouring.read(path, colours=3)
    twice = TEXT.replace("p edge 4 5", "p edge 4 10") + "e 2 1\ne 3 2\ne 4 3\ne 1 4\ne 3 1\n"
    path.write_text(twice)
    assert GraphColouring.read(path, colours=3) == problem
    path.write_text(twice.replace("4 10", "4 5"))
    assert GraphColouring.read(path, colours=3) == problem
    assert problem.edges == (("1", "2"), ("1", "3"), ("1", "4"), ("2", "3"), ("3", "4"))
    assert problem.name == "square"


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (
            "p edge 4 5",
            "p edge 4 6",
            2,
            "6 edges are announced and 5 are there; is the file cut short?",
        ),
        ("p edge 4 5", "p edge four 5", 2, "give 'p edge nodes edges'"),
        ("p edge 4 5", "p cnf 4 5", 2, "give 'p edge nodes edges'"),
        ("p edge 4 5\n", "", 2, "'p edge nodes edges' comes before the edges"),
        ("e 3 4", "e 3 5", 5, "two different nodes in 1..4"),
        (
            "e 3 4",
            "e 0 3",
            5,
            "two different nodes in 1..4; or, counted from 0, there is no node 4",
        ),
        ("e 3 4", "e 3 4 7", 5, "an edge with a third number"),
        ("e 3 4", "e 3", 5, "an edge is 'e i j'"),
        ("e 3 4", "q 3 4", 5, "'q 3 4' is unexpected"),
        ("e 3 4", "p edge 4 5", 5, "'p edge 4 5' is unexpected"),
        (TEXT, "", None, "there is no line 'p edge nodes edges'"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    path = tmp_path / "square.col"
    assert TEXT.count(valid) == 1
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError) as caught:
        GraphColouring.read(path)
    assert caught.value.line == line
    assert message in str(caught.value)


def test_edges_from_a_node_to_itself_are_left_out_aloud(tmp_path: Path) -> None:
    """However they are counted."""
    path = tmp_path / "loops.col"
    for count in (3, 2):
        path.write_text(f"p col 3 {count}\ne 1 2\ne 2 2\ne 3 2\n")
        with pytest.warns(
            InputWarning, match=r"loops.col:3: an edge from a node to itself left out"
        ):
            problem = GraphColouring.read(path)
        assert problem.edges == (("1", "2"), ("2", "3"))
        assert "left out" in problem.notes[0]  # type: ignore[attr-defined]


def _notes(problem: Any) -> tuple[str, ...]:
    notes: tuple[str, ...] = problem.notes
    return notes


def test_nodes_that_count_from_0_keep_their_numbers(tmp_path: Path) -> None:
    path = tmp_path / "zero.col"
    path.write_text("p edge 3 2\ne 0 1\ne 1 2\n")
    problem = GraphColouring.read(path)
    assert (problem.nodes, problem.edges) == (("0", "1", "2"), (("0", "1"), ("1", "2")))
    assert _notes(problem) == ("nodes count from 0 in the file, and are named so",)


@pytest.mark.parametrize("header", ["p edge 4 5", "p edges 4 5", "p col 4 5", "p EDGE 4 10"])
def test_headings_and_counts_of_all_kinds_are_read(header: str, tmp_path: Path) -> None:
    """Comments with '#', as licences are, and lines that say more of nodes."""
    path = tmp_path / "square.col"
    path.write_text(TEXT)
    plain = GraphColouring.read(path)
    path.write_text("# a licence\n" + TEXT.replace("p edge 4 5", header) + "n 1 7\n")
    problem = GraphColouring.read(path)
    assert problem == plain
    assert "1 lines 'n', which say more of nodes, are not used" in _notes(problem)


def test_a_list_of_edges_below_their_number_is_read(tmp_path: Path) -> None:
    path = tmp_path / "square.txt"
    path.write_text("4 3\n1 2 5\n2 3 1\n4 1 1\n")
    problem = GraphColouring.read(path)
    assert problem.edges == (("1", "2"), ("1", "4"), ("2", "3"))
    assert _notes(problem) == ("the weights of edges are not used",)
    path.write_text("3 3\n2 3\n1 3\n1 2\n")  # edges of a triangle, and neighbours in one
    with pytest.raises(FileError, match="could be an edge, or the neighbours of a node"):
        GraphColouring.read(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"33\nc x\np col 4 5\n\x80\xff\x00\x01", "a DIMACS graph in binary"),
        (b"%%MatrixMarket matrix coordinate pattern general\n", "a MatrixMarket file"),
        (b"graph [\n node [ id 1 ]\n]\n", "GML, and no DIMACS graph; read it with networkx"),
        (b"strict graph {\n a -- b\n}\n", "DOT"),
        (b'{"nodes": []}', "JSON"),
        (b"4 5 1\n2 3\n", "give a DIMACS graph, or a line 'nodes edges'"),
        (b"4 2\n1 2\n", "2 edges are announced and 1 are there"),
    ],
)
def test_other_formats_are_refused_by_what_they_are(
    content: bytes, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "graph.col"
    path.write_bytes(content)
    with pytest.raises(FileError, match=message):
        GraphColouring.read(path)


LABELS = ["c", "a", "b"]
MATRIX = [[0, 1, 0], [1, 0, 1], [0, 1, 0]]  # c - a - b


def _sources() -> list[tuple[str, Any]]:
    networkx, pandas, polars = map(pytest.importorskip, ("networkx", "pandas", "polars"))
    directed = networkx.DiGraph()
    directed.add_nodes_from(LABELS)
    directed.add_edges_from([("a", "c"), ("a", "b"), ("b", "a")])
    frame = pandas.DataFrame(MATRIX, LABELS, LABELS)
    return [
        ("networkx", networkx.Graph(directed)),
        ("directed", directed),
        ("multi", networkx.MultiGraph(directed)),
        ("frame", frame),
        ("frame in two orders", frame[["a", "b", "c"]]),
        ("polars", polars.DataFrame({"node": LABELS} | dict(zip(LABELS, MATRIX, strict=True)))),
        ("neighbours", {"c": ["a"], "a": ["b"], "b": []}),
        ("pairs", [("c", "a"), ["a", "b"]]),
        ("rows", pandas.DataFrame({"from": ["c", "a", "b"], "to": ["a", "b", "a"]})),
    ]


@pytest.mark.parametrize("kind", range(9))
def test_a_graph_of_any_kind_keeps_its_labels(kind: int) -> None:
    name, source = _sources()[kind]
    problem = GraphColouring.from_graph(source, colours=2, name=name)
    assert sorted(problem.nodes) == ["a", "b", "c"]
    assert {frozenset(edge) for edge in problem.edges} == {frozenset("ac"), frozenset("ab")}
    assert (problem.colours, problem.name) == (2, name)
    assert ("the directions of edges are not used" in _notes(problem)) == (name == "directed")


def test_a_sparse_matrix_has_an_edge_for_each_entry_but_0() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    places = [0, 0, 1, 3], [1, 2, 2, 0]
    matrix = sparse.coo_array(([1.0, 0.0, -1.0, 1.0], places), shape=(4, 4))
    problem = GraphColouring.from_graph(matrix)
    assert problem.edges == (("1", "2"), ("1", "4"), ("2", "3"))
    assert "the weights of edges are not used: any entry but 0 is an edge" in _notes(problem)
    ones = sparse.coo_array(([1.0, 0.0], ([0, 0], [1, 2])), shape=(3, 3))
    assert not any("weights" in note for note in _notes(GraphColouring.from_graph(ones)))


def test_matrices_without_labels_number_their_nodes() -> None:
    sparse = pytest.importorskip("scipy.sparse")
    wanted = GraphColouring((("1", "2"), ("2", "3")), ("1", "2", "3"))
    upper = np.triu(MATRIX)
    whole = np.array(MATRIX), np.array(MATRIX, dtype=bool), sparse.csr_matrix(MATRIX)
    for matrix in (*whole, upper, sparse.coo_array(upper)):
        problem = GraphColouring.from_graph(matrix)
        assert problem == wanted
        one_sided = any("not symmetric" in note for note in _notes(problem))
        assert one_sided == (matrix.sum() == upper.sum())
    assert _notes(GraphColouring.from_graph(3 * np.array(MATRIX))) == (
        "the weights of edges are not used: any entry but 0 is an edge",
    )


def test_a_loop_of_a_graph_is_left_out_aloud() -> None:
    with pytest.warns(InputWarning, match="1 edge from a node to itself left out"):
        problem = GraphColouring.from_graph([("a", "a"), ("a", "b")])
    assert problem.edges == (("a", "b"),)


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({1: ["1"], "1": []}, "have the same name as texts; rename one"),
        (np.array([[0, np.nan], [1, 0]]), "the adjacency matrix of node 1, node 2 is nan"),
        (np.zeros((2, 3)), r"an adjacency matrix has shape \(2, 3\); give a square"),
        ([("a", "b", "c")], "edge 1 is .* give two nodes"),
        ("ab", "graph='ab': give a list"),
        (["ab"], "edge 1='ab': give a list"),
        (3, "graph=3: give a list"),
    ],
)
def test_what_is_no_graph_is_refused_in_a_line(graph: Any, message: str) -> None:
    with pytest.raises(QoptError, match=message) as caught:
        GraphColouring.from_graph(graph)
    assert len(str(caught.value).splitlines()) == 1


def test_a_frame_whose_labels_come_twice_is_refused_by_name() -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(np.zeros((2, 2)), ["a", "a"], ["a", "a"])
    with pytest.raises(QoptError, match="two nodes of the graph are named 'a'"):
        GraphColouring.from_graph(frame)


def test_a_drawing_of_an_unknown_node_is_refused_by_name() -> None:
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    with pytest.raises(UnknownName, match="no node of the graph named 'x'"):
        SQUARE.draw(Colouring({"x": 1}), axes)


def test_a_missing_file_and_a_binary_one_are_named(tmp_path: Path) -> None:
    path = tmp_path / "graph.col"
    with pytest.raises(FileError, match=r"graph.col: No such file"):
        GraphColouring.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(FileError, match=r"graph.col: not a text file"):
        GraphColouring.read(path)


def test_plans_survive_json_and_read_colour_by_colour() -> None:
    plan = Colouring({"a": 2, "b": 1, "c": 2})
    assert Colouring.from_dict(json.loads(json.dumps(plan.to_dict()))) == plan
    assert str(plan) == "colour 1: b\ncolour 2: a, c"


def test_a_drawing_has_every_node_and_edge() -> None:
    figure = pytest.importorskip("matplotlib.figure").Figure()
    axes = figure.add_subplot()
    SQUARE.draw(Colouring({"a": 1, "b": 1, "c": 3}), axes)
    assert (len(axes.lines), len(axes.collections[0].get_offsets()), len(axes.texts)) == (5, 4, 4)


@published.instances("graph_colouring")
def test_published_graphs_have_their_size_and_greedy_takes_no_fewer_colours_than_are_needed(
    entry: dict[str, Any],
) -> None:
    problem = GraphColouring.read(published.FOLDER / entry["path"])
    assert len(problem.nodes) == entry["size"]["nodes"]
    assert entry["size"]["edge_lines"] in (len(problem.edges), 2 * len(problem.edges))
    score = problem.evaluate(problem.greedy())
    assert score.feasible
    assert entry["best_known"] <= score.objective <= 2 * entry["best_known"]


@published.qoblib("independent_set")
def test_no_colour_of_a_published_graph_beats_its_largest_independent_set(
    entry: dict[str, Any],
) -> None:
    """Nodes of a colour are not joined; the edges are those of the file, each once."""
    path = published.FOLDER / entry["path"]
    problem = GraphColouring.read(path)
    lines = [line.split() for line in path.read_text().splitlines() if line[:2] == "e "]
    assert {frozenset(edge) for edge in problem.edges} == {frozenset(line[1:]) for line in lines}
    plan = problem.greedy()
    assert problem.evaluate(plan).feasible
    assert max(map(len, plan.classes.values())) <= entry["best_known"]
