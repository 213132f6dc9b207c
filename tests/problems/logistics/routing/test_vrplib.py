from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from problems.logistics import VehicleRouting
from problems.logistics.places.edge_weights import TRIANGLES
from qopt import FileError, QoptError

from ... import published

pytestmark = pytest.mark.filterwarnings("ignore:rounding changes the distances")

EUCLIDEAN = """\
NAME : four
TYPE : CVRP
DIMENSION : 4
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1 1
3 0 2.5
4 6 8
DEMAND_SECTION
1 0
2 4
3 5
4 6
DEPOT_SECTION
1
-1
EOF
"""
EXPLICIT = """\
NAME : four
DIMENSION : 4
CAPACITY : 10
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : LOWER_ROW
EDGE_WEIGHT_SECTION
1
2 4
3 5 6
DEMAND_SECTION
1 0
2 4
3 5
4 6
"""
MATRIX = [[0, 1, 2, 3], [1, 0, 4, 5], [2, 4, 0, 6], [3, 5, 6, 0]]
WRITTEN = {
    "LOWER_ROW": "1\n2 4\n3 5 6\n",
    "LOWER_DIAG_ROW": "0\n1 0\n2 4 0\n3 5 6 0\n",
    "UPPER_ROW": "1 2 3\n4 5\n6\n",
    "UPPER_DIAG_ROW": "0 1 2 3\n0 4 5\n0 6\n0\n",
    "FULL_MATRIX": "0 1 2 3\n1 0 4 5\n2 4 0 6\n3 5 6 0\n",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "four.vrp"


def _read(path: Path, text: str, **options: Any) -> VehicleRouting:
    path.write_text(text)
    return VehicleRouting.read(path, **options)


def test_euclidean_distances_round_halves_up(path: Path) -> None:
    """1.41 is 1 and 2.5 is 3, where rounding to even would say 2."""
    assert _read(path, EUCLIDEAN).distance[0].tolist() == [0, 1, 3, 10]


def test_coordinates_are_kept_for_drawing(path: Path) -> None:
    assert np.array_equal(_read(path, EUCLIDEAN).coordinates, [[0, 0], [1, 1], [0, 2.5], [6, 8]])


@pytest.mark.parametrize("form", [*TRIANGLES, "FULL_MATRIX"])
def test_every_way_to_write_a_matrix_reads_the_same(path: Path, form: str) -> None:
    text = EXPLICIT.replace("LOWER_ROW", form).replace(WRITTEN["LOWER_ROW"], WRITTEN[form])
    assert _read(path, text).distance.tolist() == MATRIX


def test_numbers_of_a_matrix_may_break_lines_anywhere(path: Path) -> None:
    assert (
        _read(path, EXPLICIT.replace(WRITTEN["LOWER_ROW"], "1 2\n4 3 5\n6\n")).distance.tolist()
        == MATRIX
    )


def test_a_full_matrix_keeps_its_directions(path: Path) -> None:
    text = EXPLICIT.replace("LOWER_ROW", "FULL_MATRIX").replace(
        WRITTEN["LOWER_ROW"], "0 1 2 3\n4 0 5 6\n7 8 0 9\n1 1 1 0\n"
    )
    assert _read(path, text).distance.tolist() == [
        [0, 1, 2, 3],
        [4, 0, 5, 6],
        [7, 8, 0, 9],
        [1, 1, 1, 0],
    ]


def test_a_depot_that_is_not_node_1_comes_first(path: Path) -> None:
    """Node 3 is the depot; customers 1, 2 and 3 are the nodes 1, 2 and 4."""
    text = (
        EXPLICIT.replace("1 0\n2 4\n3 5\n4 6\n", "3 0\n1 7\n2 8\n4 9\n")
        + "DEPOT_SECTION\n3\n-1\nEOF\n"
    )
    problem = _read(path, text)
    assert problem.distance.tolist() == [[0, 2, 4, 6], [2, 0, 1, 3], [4, 1, 0, 5], [6, 3, 5, 0]]
    assert problem.demand.tolist() == [0, 7, 8, 9]


@pytest.mark.parametrize(
    ("name", "header", "fleet"),
    [
        ("A-n4-k5", "COMMENT : (No of trucks: 3)\nVEHICLES : 7\n", 7),
        ("A-n4-k5", "COMMENT : (No of trucks: 3)\n", 3),
        ("A-n4-k5", "COMMENT : (Min no of trucks: 3, Optimal value: 9)\n", 5),
        ("P-n4-k12", "COMMENT : nothing of use\n", 12),
    ],
)
def test_the_fleet_is_what_the_file_says_first(
    path: Path, name: str, header: str, fleet: int
) -> None:
    text = header + EUCLIDEAN.replace("four", name)
    assert _read(path, text).vehicles == fleet
    asked = _read(path, text, vehicles=9)
    assert (asked.vehicles, any("VEHICLES" in note for note in asked.notes)) == (9, False)


@pytest.mark.parametrize(
    ("name", "comment", "note"),
    [
        ("four", "none", "the number of vehicles is not limited: a best plan needs 2 at most"),
        ("X-n4-k2", "none", "k2 in the name is not taken as a limit; vehicles=2 makes it one"),
        ("four", "Min no of trucks: 2", "not limited"),
        ("four", "No of trucks: 1", "COMMENT speaks of 1 truck, which may be too few"),
        ("A-n4-k1", "none", "NAME speaks of 1 truck, which may be too few"),
    ],
)
def test_a_guess_or_nothing_is_no_limit(path: Path, name: str, comment: str, note: str) -> None:
    """Three customers of 4, 5 and 6 units, 10 a truck: one truck is not enough."""
    problem = _read(path, f"COMMENT : {comment}\n" + EUCLIDEAN.replace("four", name))
    assert problem.vehicles == 2
    assert any(note in said for said in problem.notes)
    assert problem.evaluate(problem.greedy()).feasible


@pytest.mark.parametrize(
    ("comment", "best"),
    [("(Optimal value: 247)", 247), ("Best value: 12.5.", 12.5), ("Value of time", None)],
)
def test_the_comment_gives_the_best_known_value(
    path: Path, comment: str, best: float | None
) -> None:
    assert _read(path, f"COMMENT : {comment}\n{EUCLIDEAN}").best_known == best


def test_a_file_without_a_name_lends_its_own(path: Path) -> None:
    assert (
        _read(path.with_stem("depot-north"), EUCLIDEAN.replace("NAME : four\n", "")).name
        == "depot-north"
    )


def test_a_formulation_can_be_asked_for(path: Path) -> None:
    assert "visit[1,truck 1,1]" in _read(path, EUCLIDEAN, formulation="slots").model().variables


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        (
            "TYPE : CVRP",
            "TYPE : VRPB",
            2,
            "TYPE is VRPB: goods that are collected are not modelled",
        ),
        ("DIMENSION : 4", "DIMENSION : four", 3, "'four' is not a number"),
        ("DIMENSION : 4", "DIMENSION : 1", 3, "DIMENSION is 1; give a number from 2"),
        ("DIMENSION : 4", "DIMENSION : 3.5", 3, "DIMENSION is 3.5; it must be a whole number"),
        ("DIMENSION : 4", "DIMENSION : 100001", 3, "at most 10000 "),
        (
            "DIMENSION : 4",
            "DIMENSION : 5",
            10,
            "NODE_COORD_SECTION has 12 numbers; DIMENSION 5 asks for 5 lines of 3",
        ),
        ("CAPACITY : 10", "CAPACITY : 0", 4, "capacity=0.0: give a number above 0"),
        ("CAPACITY : 10", "CAPACITY : inf", 4, "CAPACITY is inf; give a number from"),
        ("CAPACITY : 10\n", "", None, "CAPACITY is missing"),
        ("EUC_2D", "XRAY1", 5, "EDGE_WEIGHT_TYPE is XRAY1; EUC_2D, EUC_3D, CEIL_2D"),
        ("EDGE_WEIGHT_TYPE : EUC_2D\n", "", None, "EDGE_WEIGHT_TYPE is missing"),
        ("3 0 2.5", "3 0 x", 9, "'x' is not a number (NODE_COORD_SECTION)"),
        ("3 0 2.5", "3 0 nan", 9, "NODE_COORD_SECTION is nan; give a number from"),
        ("3 0 2.5", "3 0", 10, "NODE_COORD_SECTION has 11 numbers"),
        ("3 5", "2 5", 14, "node 2 of DEMAND_SECTION is repeated or outside 1..4"),
        ("3 5", "7 5", 14, "node 7 of DEMAND_SECTION is repeated or outside 1..4"),
        ("3 5", "3 -5", 14, "customer 2 has demand -5"),
        ("3 5", "3 11", 14, "customer 2 has demand 11, outside 0..10"),
        ("1 0\n2 4", "1 3\n2 4", 12, "the depot has demand 3"),
        ("3 5\n4 6\nDEPOT_SECTION\n1\n-1\nEOF\n", "", 13, "DEMAND_SECTION has 4 numbers"),
        (
            "DEMAND_SECTION\n1 0\n2 4\n3 5\n4 6\nDEPOT_SECTION\n1\n-1\nEOF\n",
            "",
            None,
            "DEMAND_SECTION is missing",
        ),
        (
            "DEPOT_SECTION\n1\n",
            "DEPOT_SECTION\n9\n",
            17,
            "9 in DEPOT_SECTION: give different nodes of 1..4",
        ),
        (
            "DEPOT_SECTION\n1\n",
            "DEPOT_SECTION\n1\n2\n",
            16,
            "several depots: say in VEHICLES_DEPOT_SECTION",
        ),
        (
            "NAME : four",
            "four customers",
            1,
            "'four customers' is neither a 'KEY : value' nor inside a section",
        ),
    ],
)
def test_a_mistake_is_named_with_its_line(
    path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    assert EUCLIDEAN.count(valid) == 1
    with pytest.raises(FileError) as caught:
        _read(path, EUCLIDEAN.replace(valid, mistaken))
    assert caught.value.line == line
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ("3 5 6\n", "3 5\n", 6, "LOWER_ROW of 4 nodes takes 6 numbers, the section has 5"),
        ("2 4\n3 5 6", "2 -4\n3 5 6", 8, "EDGE_WEIGHT_SECTION is -4"),
        (
            "LOWER_ROW",
            "LOWER",
            5,
            "'LOWER' with 6 numbers for 4 nodes; read are FULL_MATRIX, LOWER_ROW",
        ),
        ("LOWER_ROW", "FULL_MATRIX", 5, "'FULL_MATRIX' with 6 numbers for 4 nodes"),
        ("EDGE_WEIGHT_SECTION\n1\n2 4\n3 5 6\n", "", None, "EDGE_WEIGHT_SECTION is missing"),
    ],
)
def test_a_mistaken_matrix_is_named_with_its_line(
    path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    assert EXPLICIT.count(valid) == 1
    with pytest.raises(FileError) as caught:
        _read(path, EXPLICIT.replace(valid, mistaken))
    assert caught.value.line == line
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n  \n", "the file is empty"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", "not a text file"),
    ],
)
def test_what_is_no_vrplib_file_is_named(path: Path, content: bytes, message: str) -> None:
    path.write_bytes(content)
    with pytest.raises(FileError, match=f"four.vrp: {message}"):
        VehicleRouting.read(path)


def test_a_missing_file_and_a_folder_are_named(path: Path) -> None:
    for place, message in ((path, "No such file"), (path.parent, "a folder; give a file in it")):
        with pytest.raises(FileError) as caught:
            VehicleRouting.read(place)
        assert str(caught.value).startswith(f"{place}: {message}")


def test_no_vehicles_are_refused(path: Path) -> None:
    with pytest.raises(QoptError, match="vehicles=0"):
        _read(path, EUCLIDEAN, vehicles=0)


@published.instances("cvrp", "solution")
def test_published_routes_cost_what_was_published(entry: dict[str, Any]) -> None:
    """Customer i of a .sol file is node i + 1.

    The value of the plan is the best known, as no fleet is guessed too small.
    """
    lines = (published.FOLDER / entry["solution"]).read_text().splitlines()
    trucks = [
        [int(word) for word in line.partition(":")[2].split()]
        for line in lines
        if line.startswith("Route")
    ]
    problem = VehicleRouting.read(published.FOLDER / entry["path"])
    score = problem.evaluate(problem.routes(trucks))
    assert (score.objective, score.violations) == (entry["best_known"], ())
    assert problem.best_known == entry["best_known"]


@published.instances("cvrp")
def test_published_instances_have_their_size(entry: dict[str, Any]) -> None:
    """The "-k25" of an X instance is the fewest trucks there could be, and no limit."""
    problem = VehicleRouting.read(published.FOLDER / entry["path"])
    fewest = (
        int(np.ceil(problem.demand.sum() / problem.capacity))
        if entry["name"].startswith("X-")
        else problem.vehicles
    )
    size = {
        "customers": len(problem.customers),
        "vehicles_in_name": fewest,
        "capacity": problem.capacity,
    }
    assert size == entry["size"]
    assert problem.vehicles is not None
    assert problem.vehicles >= entry["size"]["vehicles_in_name"]
    assert problem.best_known == entry["best_known"]


@published.instances("qoblib/cvrp_small")
def test_qoblib_s_instances_are_of_four_trucks(entry: dict[str, Any]) -> None:
    """Their demands fill four trucks to the brim, and the values are of plans with four."""
    problem = VehicleRouting.read(published.FOLDER / entry["path"])
    assert (len(problem.customers), problem.vehicles) == (20, 4)
    assert problem.demand.sum() == 4 * problem.capacity
    assert problem.best_known == entry["best_known"]
    assert any("4 trucks, as its NAME says" in note for note in problem.notes)


PLAIN = """\
NAME : four
COMMENT : none
DIMENSION : 3
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 1 1
3 3 4
DEMAND_SECTION
1 0
2 4
3 5
"""


@pytest.mark.parametrize(
    ("edits", "refused"),
    [
        ({"none": "(Optimal value: 1.2.3)"}, False),
        ({"none": "(No of trucks: " + "9" * 5000 + ")"}, False),
        ({"four": "four-k" + "9" * 5000}, False),
        ({"1 1\n": "1e308 1\n", "3 4\n": "-1e308 4\n"}, True),
        ({"CAPACITY : 10": "CAPACITY : 1e308", "2 4": "2 1e308", "3 5": "3 1e308"}, False),
        ({"2 4": "2.5 4"}, True),
    ],
)
def test_no_number_breaks_the_reader(tmp_path: Path, edits: dict[str, str], refused: bool) -> None:
    text = PLAIN
    for valid, mistaken in edits.items():
        assert valid in text
        text = text.replace(valid, mistaken)
    path = tmp_path / "four.vrp"
    path.write_text(text)
    try:
        VehicleRouting.read(path)
    except QoptError as error:
        said = str(error)
    else:
        said = ""
    assert said.startswith(str(path)) or not (said or refused)
