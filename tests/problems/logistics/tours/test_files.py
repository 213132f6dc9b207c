"""TSPLIB's rules for distances, against its document, a pair at a time, and published tours."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from problems.logistics import TravellingSalesman
from qopt import FileError

from ... import published

PLACES = [
    (38.24, 20.42),
    (39.57, 26.15),
    (-40.56, 25.32),
    (36.26, -23.12),
    (33.48, 10.54),
    (33.48, 10.54),
    (0.0, 0.0),
]
HEAD = "NAME : few\nTYPE : TSP\nDIMENSION : {n}\nEDGE_WEIGHT_TYPE : {kind}\n"
IN_ORDER = {
    "pcb442": 221440
}  # what TSPLIB's document says of the tour 1, 2, 3, ..., to check one's rules by
Place = tuple[float, float]


def _nint(x: float) -> int:
    return int(x + 0.5)


def _att(a: Place, b: Place) -> int:
    r = math.sqrt(((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2) / 10.0)
    t = _nint(r)
    return t + 1 if t < r else t


def _geo(a: Place, b: Place) -> int:
    def radians(x: float) -> float:
        degrees = int(x)
        return 3.141592 * (degrees + 5.0 * (x - degrees) / 3.0) / 180.0

    q1 = math.cos(radians(a[1]) - radians(b[1]))
    q2 = math.cos(radians(a[0]) - radians(b[0]))
    q3 = math.cos(radians(a[0]) + radians(b[0]))
    return int(6378.388 * math.acos(0.5 * ((1.0 + q1) * q2 - (1.0 - q1) * q3)) + 1.0)


RULES: dict[str, Callable[[Place, Place], int]] = {
    "EUC_2D": lambda a, b: _nint(math.dist(a, b)),
    "CEIL_2D": lambda a, b: math.ceil(math.dist(a, b)),
    "MAN_2D": lambda a, b: _nint(abs(a[0] - b[0]) + abs(a[1] - b[1])),
    "MAX_2D": lambda a, b: max(_nint(abs(a[0] - b[0])), _nint(abs(a[1] - b[1]))),
    "ATT": _att,
    "GEO": _geo,
}


def _read(folder: Path, text: str) -> TravellingSalesman:
    path = folder / "few.tsp"
    path.write_text(text)
    return TravellingSalesman.read(path)


def _with_places(kind: str) -> str:
    lines = [f"{node} {x} {y}" for node, (x, y) in enumerate(PLACES, 1)]
    return HEAD.format(n=len(PLACES), kind=kind) + "\n".join(["NODE_COORD_SECTION", *lines, "EOF"])


@pytest.mark.parametrize("kind", RULES)
def test_distances_follow_the_rule(tmp_path: Path, kind: str) -> None:
    problem = _read(tmp_path, _with_places(kind))
    nodes = list(enumerate(PLACES))
    expected = [[RULES[kind](a, b) if i != j else 0 for j, b in nodes] for i, a in nodes]
    assert problem.distance.tolist() == expected
    assert problem.coordinates is not None
    assert (problem.name, problem.cities, problem.coordinates.shape) == (
        "few",
        ("1", "2", "3", "4", "5", "6", "7"),
        (7, 2),
    )


FORMATS = {
    "FULL_MATRIX": "0 1 2 4\n1 0 3 5\n2 3 0 6\n4 5 6 0",
    "UPPER_ROW": "1 2 4\n3 5\n6",
    "LOWER_ROW": "1\n2 3\n4 5 6",
    "UPPER_DIAG_ROW": "0 1 2 4\n0 3 5\n0 6\n9",
    "LOWER_DIAG_ROW": "0\n1 0\n2 3 0\n4 5 6 0",
    "UPPER_COL": "1\n2 3\n4 5 6",
    "LOWER_COL": "1 2 4\n3 5\n6",
    "UPPER_DIAG_COL": "0\n1 0\n2 3 0\n4 5 6 0",
    "LOWER_DIAG_COL": "0 1 2 4\n0 3 5\n0 6\n0",
}


@pytest.mark.parametrize("form", FORMATS)
def test_matrices_in_every_format_are_the_same(tmp_path: Path, form: str) -> None:
    numbers = FORMATS[form]
    text = (
        HEAD.format(n=4, kind="EXPLICIT")
        + f"EDGE_WEIGHT_FORMAT: {form}\nEDGE_WEIGHT_SECTION\n{numbers}\n"
    )
    problem = _read(tmp_path, text)
    assert problem.distance.tolist() == [[0, 1, 2, 4], [1, 0, 3, 5], [2, 3, 0, 6], [4, 5, 6, 0]]
    assert problem.coordinates is None


def test_ways_back_may_differ_and_places_may_be_given_for_display(tmp_path: Path) -> None:
    text = HEAD.replace("TSP\n", "ATSP\n").format(n=2, kind="EXPLICIT")
    matrix = (
        "EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n9999 1 2 9999\n"
        "DISPLAY_DATA_SECTION\n1 0 0\n2 3 4\nEOF\n"
    )
    problem = _read(tmp_path, text + matrix)
    assert problem.distance.tolist() == [[0, 1], [2, 0]]
    assert problem.coordinates is not None
    assert problem.coordinates.tolist() == [[0, 0], [3, 4]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("TYPE : TSP", "TYPE : CVRP"),
            ":2: TYPE is CVRP: vehicles and customers are routed by 'vehicle-routing'",
        ),
        (
            ("ATT", "XRAY1"),
            ":4: EDGE_WEIGHT_TYPE is XRAY1; EUC_2D, EUC_3D, CEIL_2D",
        ),
        (("DIMENSION : 7", "DIMENSION : 1"), ":3: DIMENSION is 1; give a number from 2"),
        (
            ("DIMENSION : 7", "DIMENSION : 99999"),
            ":3: DIMENSION is 99999; at most 10000 nodes are read",
        ),
        (
            ("DIMENSION : 7", "DIMENSION : 6"),
            ":12: NODE_COORD_SECTION has 21 numbers; DIMENSION 6 asks for 6 lines of 3",
        ),
        (("3 -40.56", "2 -40.56"), ":8: node 2 of NODE_COORD_SECTION is repeated or outside 1..7"),
        (("3 -40.56", "3 x"), ":8: 'x' is not a number"),
        (
            ("EOF", "FIXED_EDGES_SECTION\n1 2\n-1"),
            ":13: FIXED_EDGES_SECTION: edges that a tour must have are not modelled; take them out",
        ),
    ],
)
def test_bad_files_are_refused_by_line(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    text = _with_places("ATT")
    assert change[0] in text
    with pytest.raises(FileError) as caught:
        _read(tmp_path, text.replace(*change))
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def _published_tour(path: Path) -> list[int]:
    words = path.read_text().split("TOUR_SECTION")[1].split()
    return [int(word) - 1 for word in itertools.takewhile(lambda word: word != "-1", words)]


@published.instances("tsp", "solution")
def test_published_tours_are_as_long_as_published(entry: dict[str, Any]) -> None:
    problem = TravellingSalesman.read(published.FOLDER / entry["path"])
    plan = problem.tour(_published_tour(published.FOLDER / entry["solution"]))
    score = problem.evaluate(plan)
    assert (score.objective, score.violations) == (entry["best_known"], ())
    assert problem.best_known == entry["best_known"]
    assert problem.decode(problem.encode(plan)) == plan
    assert problem.improve(plan) is plan


@published.instances("tsp")
def test_published_files_are_read_and_improved(entry: dict[str, Any]) -> None:
    """It ends within the tenth above the optimum that 2-opt and Or-opt are known for."""
    problem = TravellingSalesman.read(published.FOLDER / entry["path"])
    in_order = problem.evaluate(problem.tour(np.arange(len(problem.cities)))).objective
    assert in_order == IN_ORDER.get(entry["name"], in_order)
    greedy = problem.evaluate(problem.greedy())
    local = problem.evaluate(problem.improve(problem.greedy()))
    assert greedy.feasible
    assert local.feasible
    assert (
        entry["best_known"] <= local.objective <= min(greedy.objective, 1.1 * entry["best_known"])
    )


GIVEN = HEAD.format(n=3, kind="EXPLICIT") + "EDGE_WEIGHT_FORMAT: FULL_MATRIX\nEDGE_WEIGHT_SECTION\n"


@pytest.mark.parametrize("diagonal", ["0", "-1", "9999", "INF", "inf", "1e99", "nan", "-"])
def test_what_stands_on_the_diagonal_does_not_count(tmp_path: Path, diagonal: str) -> None:
    problem = _read(tmp_path, GIVEN + f"{diagonal} 1 2\n3 {diagonal} 4\n5 6 {diagonal}\n")
    assert problem.distance.tolist() == [[0, 1, 2], [3, 0, 4], [5, 6, 0]]


@pytest.mark.parametrize("word", ["-1", "INF", "+inf", "Infinity", "-"])
def test_a_road_that_is_not_there_is_refused_by_its_place(tmp_path: Path, word: str) -> None:
    with pytest.raises(FileError) as caught:
        _read(tmp_path, GIVEN + f"0 1 2\n3 0 {word}\n5 6 0\n")
    assert (
        f":8: {word} from node 2 to node 3: there is no such road; give the length of the way round"
        in str(caught.value)
    )


@pytest.mark.parametrize("word", ["-5", "1e16", "x", "1_0"])
def test_a_distance_that_is_none_is_refused_by_its_line(tmp_path: Path, word: str) -> None:
    with pytest.raises(FileError, match=":7: "):
        _read(tmp_path, GIVEN + f"0 1 {word}\n3 0 4\n5 6 0\n")


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("TOUR", "TYPE is TOUR: a tour is an answer and no problem"),
        ("HCP", "TYPE is HCP: a cycle in a graph of some edges has no distances"),
        ("SOP", "TYPE is SOP: cities that must come before others are not modelled"),
        ("VRPTW", "TYPE is VRPTW: vehicles and customers are routed by 'vehicle-routing'"),
        ("XYZ", "TYPE is XYZ: nothing is known of it; this reads TSP, ATSP"),
    ],
)
def test_other_types_are_refused_by_what_they_are(tmp_path: Path, kind: str, message: str) -> None:
    text = GIVEN.replace("TYPE : TSP", f"TYPE : {kind}") + "0 1 2\n3 0 4\n5 6 0\n"
    with pytest.raises(FileError) as caught:
        _read(tmp_path, text)
    assert f":2: {message}" in str(caught.value)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ("CAPACITY : 3", ":3: CAPACITY: vehicles and customers are routed by 'vehicle-routing'"),
        (
            "EDGE_DATA_FORMAT : EDGE_LIST",
            ":3: EDGE_DATA_FORMAT: graphs with some edges only are not read",
        ),
        ("GRID_SIZE : 100", ":3: GRID_SIZE: distances on a torus are not read"),
        ("COLOUR : red", ":3: COLOUR: nothing is known of it"),
        (
            "TOUR_SECTION\n1 2 3 -1",
            ":3: TOUR_SECTION: a tour is an answer and no part of the problem",
        ),
        (
            "TIME_WINDOW_SECTION\n1 0 9",
            ":3: TIME_WINDOW_SECTION: windows of cities are not modelled here",
        ),
    ],
)
def test_what_has_no_meaning_here_is_refused(tmp_path: Path, more: str, message: str) -> None:
    with pytest.raises(FileError) as caught:
        _read(tmp_path, GIVEN.replace("DIMENSION", f"{more}\nDIMENSION") + "0 1 2\n3 0 4\n5 6 0\n")
    assert message in str(caught.value)


def test_a_depot_does_not_matter_and_is_told(tmp_path: Path) -> None:
    problem = _read(tmp_path, GIVEN + "0 1 2\n3 0 4\n5 6 0\nDEPOT_SECTION\n2\n-1\n")
    assert problem.notes == (
        "line 10: DEPOT_SECTION does not matter, a round trip may begin anywhere",
    )


def test_cities_may_be_numbered_from_0_and_lie_in_space(tmp_path: Path) -> None:
    text = HEAD.format(n=2, kind="EUC_3D") + "NODE_COORD_SECTION\n1 20 30 66\n0 0 0 6\n"
    problem = _read(tmp_path, text)
    assert problem.cities == ("0", "1")
    assert problem.distance[0, 1] == 70
    assert problem.coordinates is not None
    assert problem.coordinates.tolist() == [[0, 0], [20, 30]]


def test_a_length_that_looks_like_a_ban_is_a_length_and_told(tmp_path: Path) -> None:
    problem = _read(tmp_path, GIVEN + "0 1 99999\n3 0 4\n99999 6 0\n")
    assert problem.distance[0, 2] == 99999
    assert problem.notes == (
        "the longest distance, 99999, stands for 2 ways and is 100 times as long as any other, "
        "or more: "
        "it is a length like others, and no ban",
    )
