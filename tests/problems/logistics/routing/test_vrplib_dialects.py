"""VRPLIB as CVRPLIB, LKH, PyVRP, EURO-NeurIPS and people write it.

It is the same problem, or refused by the line.
"""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from problems.logistics import VehicleRouting
from problems.logistics.routing.files.vrplib import REFUSED, TYPES
from qopt import FileError, QoptError

PLAIN = """\
NAME : yard
TYPE : CVRP
DIMENSION : 4
VEHICLES : 2
CAPACITY : 10
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 30 40
3 60 80
4 0 50
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
# from the depot 50, 100 and 50; 1-2 50, 1-3 32 (31.62), 2-3 67 (67.08)


def _read(
    folder: Path, text: str | bytes, name: str = "yard.vrp", **options: Any
) -> VehicleRouting:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return VehicleRouting.read(path, **options)


def _edited(*edits: tuple[str, str]) -> str:
    text = PLAIN
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def _refused(folder: Path, text: str) -> FileError:
    with pytest.raises(FileError) as caught:
        _read(folder, text)
    assert len(str(caught.value).splitlines()) == 1
    return caught.value


def _same(a: VehicleRouting, b: VehicleRouting) -> bool:
    return (
        np.array_equal(a.distance, b.distance)
        and np.array_equal(a.demand, b.demand)
        and (a.capacity, a.vehicles, a.name) == (b.capacity, b.vehicles, b.name)
    )


DIALECTS: dict[str, str | bytes] = {
    "no space": PLAIN.replace(" : ", ":"),
    "tabs": PLAIN.replace(" : ", "\t:\t").replace(" ", "\t"),
    "lower case": PLAIN.lower(),
    "equals signs": PLAIN.replace(" : ", " = "),
    "nothing between": PLAIN.replace(" : ", " "),
    "spaces in names": PLAIN.replace("EDGE_WEIGHT_TYPE", "Edge weight type"),
    "colons after titles": PLAIN.replace("SECTION\n", "SECTION: \n"),
    "numbers on the title's line": PLAIN.replace("DEPOT_SECTION\n1\n-1", "DEPOT_SECTION 1 -1"),
    "no EOF": PLAIN.replace("EOF\n", ""),
    "no end of the depots": PLAIN.replace("-1\nEOF\n", "EOF"),
    "no depots": PLAIN.replace("DEPOT_SECTION\n1\n-1\n", ""),
    "an end of the demands": PLAIN.replace("4 6\n", "4 6\n-1\n"),
    "comments": "# a licence\n#\n" + PLAIN.replace("DEMAND", "# more\n\nDEMAND"),
    "Windows": PLAIN.replace("\n", "\r\n"),
    "a byte order mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "UTF-16": PLAIN.encode("utf-16"),
    "the end of a text in DOS": PLAIN + "\x1a",
    "any order of nodes": PLAIN.replace("1 0 0\n2 30 40\n", "2 30 40\n1 0 0\n"),
    "from 0": PLAIN.replace("1 0 0\n2 30 40\n3 60 80\n4 0 50", "0 0 0\n1 30 40\n2 60 80\n3 0 50")
    .replace("1 0\n2 4\n3 5\n4 6", "0 0\n1 4\n2 5\n3 6")
    .replace("SECTION\n1\n-1", "SECTION\n0\n-1"),
    "sections first": PLAIN[PLAIN.index("NODE") : -4] + PLAIN[: PLAIN.index("NODE")],
    "names of no matter": PLAIN.replace(
        "NODE_COORD_SECTION",
        "NODE_COORD_TYPE : TWOD_COORDS\nDISPLAY_DATA_TYPE : COORD_DISPLAY\nNODE_COORD_SECTION",
    ).replace("VEHICLES", "COMMENT : by hand\nCOMMENT : on a Monday\nSALESMEN"),
    "a function": PLAIN.replace("NODE_COORD_S", "EDGE_WEIGHT_FORMAT : FUNCTION\nNODE_COORD_S"),
    "an empty type": PLAIN.replace("TYPE : CVRP", "TYPE :"),
    "linehauls": PLAIN.replace("DEMAND_SECTION", "LINEHAUL_SECTION"),
    "nobody is forbidden anybody": PLAIN.replace(
        "DEPOT_S", "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 3 4\n2 4 3 2\nDEPOT_S"
    ),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_dialect_says_the_same(tmp_path: Path, dialect: str) -> None:
    assert _same(_read(tmp_path, DIALECTS[dialect]), _read(tmp_path, PLAIN))


@pytest.mark.parametrize("ending", ["txt", "dat", "sol.vrp", "vrptw"])
def test_the_ending_of_a_name_does_not_matter(tmp_path: Path, ending: str) -> None:
    assert _same(_read(tmp_path, PLAIN, f"any.{ending}"), _read(tmp_path, PLAIN))


@pytest.mark.parametrize(
    ("edits", "line", "message"),
    [
        (
            [("VEHICLES : 2", "VEHICLES : 2\nCOLOUR : red")],
            5,
            "COLOUR: nothing is known of it; take it out if",
        ),
        (
            [("DEPOT_S", "COLOUR_SECTION\n1 2\nDEPOT_S")],
            17,
            "COLOUR_SECTION: nothing is known of it",
        ),
        (
            [("VEHICLES : 2", "VEHICLES : 2\nCAPACITY : 9")],
            6,
            "CAPACITY comes twice, first on line 5",
        ),
        (
            [("DEPOT_S", "DEMAND_SECTION\n1 0\nDEPOT_S")],
            17,
            "DEMAND_SECTION comes twice, first on line 12",
        ),
        ([("EOF\n", "EOF\nTIME_WINDOW_SECTION\n1 0 9\n")], 21, "'TIME_WINDOW_SECTION' follows EOF"),
        ([("VEHICLES : 2", "VEHICLES : 0")], 4, "VEHICLES is 0; give a number from 1"),
        ([("VEHICLES : 2", "VEHICLES : 2\nSALESMEN : 2")], 5, "SALESMEN beside VEHICLES"),
        ([("CAPACITY : 10\n", "")], None, "CAPACITY is missing"),
        ([("EUC_2D", "SPECIAL")], 6, "EDGE_WEIGHT_TYPE is SPECIAL"),
        (
            [("EUC_2D", "EUC_3D")],
            11,
            "NODE_COORD_SECTION has 12 numbers; DIMENSION 4 asks for 4 lines of 4",
        ),
        (
            [("DEPOT_S", "EDGE_WEIGHT_SECTION\n1\nDEPOT_S")],
            17,
            "EDGE_WEIGHT_SECTION beside EDGE_WEIGHT_TYPE EUC_2D",
        ),
        (
            [("SECTION\n1\n-1", "SECTION\n1\n1\n-1")],
            19,
            "1 in DEPOT_SECTION: give different nodes of 1..4",
        ),
        ([("SECTION\n1\n-1", "SECTION\n-1")], 17, "DEPOT_SECTION names 0 nodes of 4"),
        ([("SECTION\n1\n-1", "SECTION\n2\n-1")], 14, "the depot has demand 4; give 0"),
        ([("TYPE : CVRP", "TYPE : VRPTW")], 2, "TYPE is VRPTW, and TIME_WINDOW_SECTION is missing"),
        (
            [("TYPE : CVRP", "TYPE : DCVRP")],
            2,
            "TYPE is DCVRP, and DISTANCE or VEHICLES_MAX_DURATION",
        ),
        (
            [("DEPOT_S", "VEHICLES_ALLOWED_CLIENTS_SECTION\n1 2 3 4\n2 2\nDEPOT_S")],
            19,
            "vehicle 2 may serve 1 of 3",
        ),
        (
            [("DEPOT_S", "LINEHAUL_SECTION\n1 0\n2 1\n3 1\n4 1\nDEPOT_S")],
            17,
            "LINEHAUL_SECTION beside DEMAND_SECTION",
        ),
        ([("EOF", "PRIZE_SECTION\n1 0\n2 -3\n3 4\n4 5\nEOF")], 22, "the prize of customer 1 is -3"),
        (
            [("CAPACITY : 10", "CAPACITY : 10\nSERVICE_TIME : -1")],
            6,
            "SERVICE_TIME is -1; give a number from 0",
        ),
    ],
)
def test_what_is_not_read_is_refused_by_its_line(
    tmp_path: Path, edits: list[tuple[str, str]], line: int | None, message: str
) -> None:
    error = _refused(tmp_path, _edited(*edits))
    assert message in str(error)
    assert error.line == line


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_honoured_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    more = f"{name}\n1 1\n" if name.endswith("_SECTION") else f"{name} : 3\n"
    error = _refused(tmp_path, _edited(("DEPOT_SECTION\n", more + "DEPOT_SECTION\n")))
    assert (error.line, f"{name}: {REFUSED[name]}" in str(error)) == (17, True)


@pytest.mark.parametrize("kind", [kind for kind, why in TYPES.items() if why is not None])
def test_a_type_of_another_meaning_is_refused(tmp_path: Path, kind: str) -> None:
    error = _refused(tmp_path, _edited(("TYPE : CVRP", f"TYPE : {kind}")))
    assert (error.line, str(error).endswith(f"TYPE is {kind}: {TYPES[kind]}")) == (2, True)


def _plan(problem: VehicleRouting, *trucks: list[int]) -> tuple[float, bool]:
    score = problem.evaluate(problem.routes(trucks))
    return score.objective, score.feasible


@pytest.mark.parametrize("limit", ["DISTANCE", "VEHICLES_MAX_DURATION", "VEHICLES_MAX_DISTANCE"])
def test_the_longest_route_is_a_limit(tmp_path: Path, limit: str) -> None:
    """Customer 2 alone makes a round of 200, after customer 3 one of 217."""
    text = _edited(("CAPACITY : 10", f"CAPACITY : 10\n{limit} : LONGEST"))
    text = text.replace("4 6\n", "4 5\n")
    assert _plan(_read(tmp_path, text.replace("LONGEST", "216")), [1], [3, 2]) == (317, False)
    long = _read(tmp_path, text.replace("LONGEST", "217"))
    assert _plan(long, [1], [3, 2]) == (317, True)
    assert long.max_duration == 217
    error = _refused(tmp_path, text.replace("LONGEST", "199"))
    assert "customer 2 takes longer than 199, even on a trip of its own" in str(error)
    assert error.line == 6


def test_services_count_in_a_route_s_length(tmp_path: Path) -> None:
    """A round of 100 with a service of 10 takes 110.

    So it is in the sets of Christofides, Mingozzi and Toth, and of Golden.
    """
    text = _edited(("CAPACITY : 10", "CAPACITY : 10\nDISTANCE : 210\nSERVICE_TIME : 10"))
    assert _plan(_read(tmp_path, text), [1], [2]) == (300, False)  # customer 3 is not served
    problem = _read(tmp_path, text.replace("DISTANCE : 210", "DISTANCE : 210.5"), vehicles=3)
    assert problem.service is not None
    assert problem.service.tolist() == [0, 10, 10, 10]
    assert _plan(problem, [1], [2], [3]) == (400, True)
    assert _refused(tmp_path, text.replace("210", "209")).line == 6


def test_a_limit_of_the_way_alone_leaves_services_out(tmp_path: Path) -> None:
    text = _edited(
        ("CAPACITY : 10", "CAPACITY : 10\nVEHICLES_MAX_DISTANCE : 200\nSERVICE_TIME : 10")
    )
    problem = _read(tmp_path, text)
    assert (problem.service, problem.max_duration) == (None, 200)
    assert any("service times do not count" in note for note in problem.notes)


WINDOWS = """\
TIME_WINDOW_SECTION
1 0 300
2 60 70
3 0 300
4 0 300
SERVICE_TIME_SECTION
1 0
2 5
3 5
4 7.5
"""


def test_windows_and_services_are_kept(tmp_path: Path) -> None:
    text = _edited(("TYPE : CVRP", "TYPE : CVRPTW"), ("DEPOT_S", f"{WINDOWS}DEPOT_S"))
    problem = _read(tmp_path, text)
    assert problem.windows is not None
    assert problem.service is not None
    assert problem.windows.tolist() == [[0, 300], [60, 70], [0, 300], [0, 300]]
    assert problem.service.tolist() == [0, 5, 5, 7.5]
    assert _plan(problem, [1, 3], [2]) == (332, True)
    assert _plan(problem, [3, 1], [2]) == (332, False)  # at 1 at 89.5, after 70


@pytest.mark.parametrize(
    ("more", "line", "message"),
    [
        (
            "DISTANCE : 300",
            6,
            "DISTANCE beside TIME_WINDOW_SECTION: a limit of the way without the waits",
        ),
        ("VEHICLES_MAX_DISTANCE : 300", 6, "VEHICLES_MAX_DISTANCE beside TIME_WINDOW_SECTION"),
        ("SERVICE_TIME : 3", 6, "SERVICE_TIME beside SERVICE_TIME_SECTION"),
        (
            "VEHICLES_MAX_DURATION : 300\nDISTANCE : 300",
            6,
            "VEHICLES_MAX_DURATION beside DISTANCE: one limit",
        ),
    ],
)
def test_times_that_contradict_each_other_are_refused(
    tmp_path: Path, more: str, line: int, message: str
) -> None:
    text = _edited(("CAPACITY : 10", f"CAPACITY : 10\n{more}"), ("DEPOT_S", f"{WINDOWS}DEPOT_S"))
    error = _refused(tmp_path, text)
    assert (error.line, message in str(error)) == (line, True)


def test_a_window_nobody_can_keep_is_refused_by_its_line(tmp_path: Path) -> None:
    text = _edited(("DEPOT_S", f"{WINDOWS}DEPOT_S"))
    error = _refused(tmp_path, text.replace("2 60 70", "2 60 50"))
    assert (error.line, "the window of customer 1 is 60..50" in str(error)) == (19, True)
    error = _refused(tmp_path, text.replace("2 60 70", "2 30 40"))
    assert (error.line, "customer 1 cannot be served in time" in str(error)) == (19, True)


def test_a_duration_counts_the_waits(tmp_path: Path) -> None:
    """Customer 3 must be reached by 52 and is left at 59.5.

    Customer 1 opens at 95, which is 3.5 after arrival: 148 in all.
    """
    text = _edited(
        ("CAPACITY : 10", "CAPACITY : 10\nVEHICLES_MAX_DURATION : LONGEST"),
        ("DEPOT_S", f"{WINDOWS}DEPOT_S"),
        ("60 80", "6 8"),
    )
    text = text.replace("2 60 70", "2 95 100").replace("4 0 300", "4 0 52")
    short, long = (_read(tmp_path, text.replace("LONGEST", limit)) for limit in ("147.9", "148"))
    assert _plan(short, [3, 1], [2]) == (152, False)
    assert _plan(long, [3, 1], [2]) == (152, True)


def test_prizes_are_lost_where_nobody_goes(tmp_path: Path) -> None:
    """A prize of 0 is of who must be served."""
    text = _edited(
        ("TYPE : CVRP", "TYPE : PCVRP"), ("EOF", "PRIZE_SECTION\n1 0\n2 0\n3 90\n4 20\nEOF")
    )
    problem = _read(tmp_path, text)
    assert problem.prize is not None
    assert problem.prize.tolist() == [np.inf, np.inf, 90, 20]
    assert _plan(problem, [1]) == (210, True)
    assert _plan(problem, [2], [3])[1] is False
    assert any(note.startswith("PRIZE_SECTION") for note in problem.notes)


def test_a_depot_that_is_the_last_node_comes_first_and_is_told(tmp_path: Path) -> None:
    """As LKH has the sets of Christofides and of Golden: customers 1 to 3 are the nodes 1 to 3."""
    text = PLAIN.replace("1 0 0\n2 30 40\n3 60 80\n4 0 50", "4 0 0\n1 30 40\n2 60 80\n3 0 50")
    text = text.replace("1 0\n2 4\n3 5\n4 6", "4 0\n1 4\n2 5\n3 6").replace(
        "SECTION\n1\n-1", "SECTION\n4\n-1"
    )
    problem = _read(tmp_path, text)
    assert _same(problem, _read(tmp_path, PLAIN))
    assert "customers 1 to 3 are the nodes 1 to 3 of the file in turn, without the depot 4" in (
        *_read(tmp_path, text).notes,
    )


YARDS = """\
NAME : yards
TYPE : MDVRP
DIMENSION : 5
VEHICLES : 3
CAPACITY : 9
VEHICLES_MAX_DURATION : 99
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : UPPER_ROW
EDGE_WEIGHT_SECTION
1 2 3 4
5 6 7
8 9
10
DEMAND_SECTION
1 3
2 0
3 4
4 6
5 0
VEHICLES_DEPOT_SECTION
1 2
2 5
3 2
DEPOT_SECTION
2
5
-1
"""


def test_several_depots_have_their_vehicles(tmp_path: Path) -> None:
    problem = _read(tmp_path, YARDS)
    assert problem.depots == 2
    assert problem.demand.tolist() == [0, 0, 3, 4, 6]
    assert [(kind.name, kind.count, kind.depot, kind.capacity) for kind in problem.fleet] == [
        ("vehicles 1, 3", 2, 0, 9),
        ("vehicle 2", 1, 1, 9),
    ]
    assert problem.distance[:2].tolist() == [[0, 7, 1, 5, 6], [7, 0, 4, 9, 10]]
    plan = problem.routes([[2, 3]], "vehicle 2")
    assert problem.evaluate(plan).objective == 4 + 2 + 9
    assert (
        "customers 2 to 4 are the nodes 1 to 4 of the file in turn, without the depots 2, 5"
        in problem.notes
    )


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            "VEHICLES_DEPOT_SECTION\n1 2\n2 5\n3 2\n",
            "",
            20,
            "several depots: say in VEHICLES_DEPOT_SECTION",
        ),
        ("2 5\n3 2", "2 4\n3 2", 20, "vehicle 2 stands at node 4, which is no depot"),
        (
            "VEHICLES : 3",
            "VEHICLES : 4",
            23,
            "VEHICLES_DEPOT_SECTION has 6 numbers; 4 vehicles ask for 4 lines of 2",
        ),
        (
            "VEHICLES_D",
            "CAPACITY_SECTION\n1 9\n2 9\n3 9\nVEHICLES_D",
            5,
            "CAPACITY beside CAPACITY_SECTION",
        ),
        ("5 0\nV", "5 1\nV", 19, "depot 1 has demand 1; give 0"),
    ],
)
def test_vehicles_without_a_place_are_refused(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert YARDS.count(old) == 1
    error = _refused(tmp_path, YARDS.replace(old, new))
    assert (error.line, message in str(error)) == (line, True)


TYPED = """\
CAPACITY_SECTION
1 6
2 6
3 15
VEHICLES_FIXED_COST_SECTION
1 10
2 10
3 99
VEHICLES_UNIT_DISTANCE_COST_SECTION
1 1
2 1
3 0.5
VEHICLES_MAX_DURATION_SECTION
1 500
2 500
3 400
"""


def test_vehicles_that_differ_are_types(tmp_path: Path) -> None:
    text = _edited(
        ("CAPACITY : 10\n", ""),
        ("VEHICLES : 2\n", ""),
        ("TYPE : CVRP", "TYPE : HFVRP"),
        ("EOF\n", TYPED),
    )
    problem = _read(tmp_path, text)
    small, large = problem.fleet
    assert (small.capacity, small.count, small.fixed_cost, small.max_duration) == (6, 2, 10, 500)
    assert (large.capacity, large.count, large.fixed_cost, large.cost_per_distance) == (
        15,
        1,
        99,
        0.5,
    )
    assert problem.evaluate(problem.routes([[1, 2, 3]], "vehicle 3")).objective == 99 + 0.5 * 217
    with pytest.raises(QoptError, match="give a fleet, or capacity and vehicles, not both"):
        _read(tmp_path, text, vehicles=2)
    error = _refused(tmp_path, text.replace("3 15", "3 0"))
    assert (error.line, "capacity=0.0 of vehicle type 'vehicle 3'" in str(error)) == (21, True)


def test_a_name_gives_no_vehicles_by_itself(tmp_path: Path) -> None:
    """Three customers of 6 units, 10 a truck.

    18 units are less than two trucks hold, and yet two are not enough.
    """
    text = _edited(("VEHICLES : 2\n", ""), ("yard", "yard-k2"), ("2 4\n3 5\n4 6", "2 6\n3 6\n4 6"))
    problem = _read(tmp_path, text)
    assert problem.vehicles == 3
    assert _plan(problem, [1], [2], [3]) == (400, True)
    assert any("the number of vehicles is not limited" in note for note in problem.notes)


def test_coordinates_beside_a_matrix_are_for_drawing(tmp_path: Path) -> None:
    """In any order, as ORTEC's files have them."""
    text = YARDS.replace(
        "DEMAND_S", "NODE_COORD_SECTION\n5 5 5\n4 4 4\n3 3 3\n2 2 2\n1 1 1\nDEMAND_S"
    )
    problem = _read(tmp_path, text)
    assert problem.coordinates is not None
    assert problem.coordinates[:, 0].tolist() == [2, 5, 1, 3, 4]


def test_a_word_that_breaks_lines_is_told_on_one(tmp_path: Path) -> None:
    """The byte 0x85 ends a line in some alphabets; the file is no valid UTF-8."""
    path = tmp_path / "yard.vrp"
    path.write_bytes(PLAIN.encode().replace(b"EUC_2D", b"E\x85\x81UC"))
    with pytest.raises(FileError) as caught:
        VehicleRouting.read(path)
    assert len(str(caught.value).splitlines()) == 1
    assert r"EDGE_WEIGHT_TYPE is E\x85\x81UC; " in str(caught.value)
