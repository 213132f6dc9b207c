"""Plans beside the files of their problems.

What they cost is the best known value, if it is what they say.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from problems.logistics import TravellingSalesman, VehicleRouting
from problems.logistics.places.plan_files import Stated, read_routes, read_tour
from qopt import FileError, InputWarning

ROUTING = """\
NAME : corner
TYPE : CVRP
DIMENSION : 4
CAPACITY : 10
VEHICLES : 2
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 10 10
3 0 25
4 60 80
DEMAND_SECTION
1 0
2 4
3 5
4 6
"""
TOUR = """\
NAME : corner
TYPE : TSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 30 40
3 60 80
"""


def _routing(folder: Path, plan: str, **options: str) -> VehicleRouting:
    """Customer 1 is at 14.14 from the depot and at 18.03 from customer 2; one alone costs 200."""
    path = folder / "corner.vrp"
    path.write_text(ROUTING)
    path.with_suffix(".sol").write_text(plan)
    return VehicleRouting.read(path, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("cost", ["Cost 257", "cost: 257", "Cost 257.0\n", ""])
def test_a_plan_that_costs_what_it_says_is_the_best_known(tmp_path: Path, cost: str) -> None:
    problem = _routing(tmp_path, f"Route #1: 1 2\nRoute #2: 3\n{cost}\n")
    assert problem.best_known == 257
    assert "best known: 257, what the plan in corner.sol costs" in problem.notes


@pytest.mark.parametrize(
    ("plan", "note"),
    [
        (
            "Route #1: 1 2\nRoute #2: 3\nCost 256\n",
            "says that its plan costs 256; here it costs 257",
        ),
        (
            "Route #1: 1 2\nRoute #2: 3\nCost 257.17\n",
            "says that its plan costs 257.17; here it costs 257, "
            'and what it says with rounding="none"',
        ),
        ("Route #1: 1\nRoute #2: 3\nCost 228\n", r"its plan breaks served[2] by 1 visits"),
        ("Route #1: 1 2 3\nCost 240\n", "its plan breaks capacity[truck 1] by 5 units"),
    ],
)
def test_a_plan_that_does_not_is_told(tmp_path: Path, plan: str, note: str) -> None:
    with pytest.warns(InputWarning, match="no best known value"):
        problem = _routing(tmp_path, plan)
    assert problem.best_known is None
    assert any(note in said for said in problem.notes)


def test_a_plan_of_unrounded_distances_is_the_best_known_of_them(tmp_path: Path) -> None:
    problem = _routing(tmp_path, "Route #1: 1 2\nRoute #2: 3\nCost 257.17\n", rounding="none")
    assert problem.best_known == pytest.approx(257.17, abs=0.01)


@pytest.mark.parametrize(
    ("plan", "note"),
    [
        ("", "holds no 'Route #1: ...'"),
        ("Route #1: 1 x\n", ":1: a route is a list of customers"),
        ("Route #1: 1 2\nRoute #2: 4\nCost 57\n", "nodes that do not exist"),
    ],
)
def test_a_file_that_holds_no_plan_hinders_nobody(tmp_path: Path, plan: str, note: str) -> None:
    problem = _routing(tmp_path, plan)
    assert problem.best_known is None
    assert any(note in said for said in problem.notes)


def test_the_vehicles_of_a_plan_have_their_types(tmp_path: Path) -> None:
    """Route #3 is driven by the third vehicle, which alone holds 9."""
    path = tmp_path / "types.vrp"
    path.write_text(
        ROUTING.replace("CAPACITY : 10\nVEHICLES : 2", "VEHICLES : 3")
        + "CAPACITY_SECTION\n1 6\n2 6\n3 9\n"
    )
    (tmp_path / "types.sol").write_text("Route #1: 3\nRoute #2:\nRoute #3: 1 2\nCost 257\n")
    problem = VehicleRouting.read(path)
    assert [(kind.name, kind.count) for kind in problem.fleet] == [
        ("vehicles 1-2", 2),
        ("vehicle 3", 1),
    ]
    assert problem.best_known == 257


def test_a_comment_may_know_a_better_value(tmp_path: Path) -> None:
    path = tmp_path / "corner.vrp"
    path.write_text("COMMENT : (Optimal cost: 250)\n" + ROUTING)
    path.with_suffix(".sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 257\n")
    problem = VehicleRouting.read(path)
    assert problem.best_known == 250
    assert "the plan in corner.sol costs 257, more than the best known" in problem.notes
    with pytest.warns(InputWarning, match='and what it says with rounding="nearest"'):
        tenths = VehicleRouting.read(path, rounding="tenths", vehicles=3)
    assert tenths.best_known is None
    assert any(note.startswith("the best known value 250 of the COMMENT") for note in tenths.notes)


def _tour(folder: Path, plan: str) -> TravellingSalesman:
    path = folder / "corner.tsp"
    path.write_text(TOUR)
    (folder / "corner.opt.tour").write_text(plan)
    return TravellingSalesman.read(path)


@pytest.mark.parametrize(
    "plan",
    [
        "TYPE : TOUR\nCOMMENT : Length 200\nTOUR_SECTION\n1\n3\n2\n-1\nEOF\n",
        "COMMENT: Optimal solution for corner (200)\nTOUR_SECTION\n2 3 1\n-1\n",
        "TOUR_SECTION\n1 2 3\nEOF",
    ],
)
def test_a_tour_beside_the_file_is_the_best_known(tmp_path: Path, plan: str) -> None:
    assert _tour(tmp_path, plan).best_known == 200


def test_a_tour_of_other_distances_is_told(tmp_path: Path) -> None:
    with pytest.warns(InputWarning, match="says that its plan costs 199; here it costs 200"):
        assert _tour(tmp_path, "COMMENT : Length 199\nTOUR_SECTION\n1 2 3 -1\n").best_known is None
    assert _tour(tmp_path, "TOUR_SECTION\n1 2 9\n-1\n").best_known is None


def test_a_compressed_file_has_its_plan_beside_it(tmp_path: Path) -> None:
    import gzip

    path = tmp_path / "corner.vrp.gz"
    path.write_bytes(gzip.compress(ROUTING.replace("NAME : corner\n", "").encode()))
    (tmp_path / "corner.sol").write_text("Route #1: 1 2\nRoute #2: 3\nCost 257\n")
    problem = VehicleRouting.read(path)
    assert (problem.name, problem.best_known) == ("corner", 257)


@pytest.mark.parametrize(
    ("stated", "cost", "same"),
    [
        ("784", 784.0, True),
        ("784", 784.4, False),
        ("555.43", 555.4302, True),
        ("555.43", 555.45, False),
        ("42444.8", 42444.8, True),
        ("243955", 24395.5, True),  # in tenths
    ],
)
def test_a_cost_is_stated_to_its_last_digit(stated: str, cost: float, same: bool) -> None:
    assert Stated(stated).is_(cost) is same


def test_plan_files_are_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.sol"
    path.write_text("Route #1: 3 1\n\nRoute #2: 2\nCost 12\nTime 3\n")
    assert read_routes(path).trips == ((1, (3, 1)), (2, (2,)))
    for read in (read_routes, read_tour):
        with pytest.raises(FileError):
            read(tmp_path / "missing")
