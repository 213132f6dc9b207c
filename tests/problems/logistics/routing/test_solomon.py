from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from problems.logistics import VehicleRouting
from problems.logistics.places.distances import truncated
from qopt import FileError, QoptError

from ... import published

TEXT = """\
R0

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0          0      0          0          0        230           0
    1          3      4         10         61         71          10
    2          1      1          7          0         60          5
    3          0     -2         13         16        126          10
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "R0.txt"
    file.write_text(TEXT)
    return file


def test_a_solomon_file_is_read_with_its_windows(path: Path) -> None:
    problem = VehicleRouting.read(path)
    assert (problem.name, problem.vehicles, problem.capacity) == ("R0", 3, 20)
    assert problem.demand.tolist() == [0, 10, 7, 13]
    assert problem.windows is not None
    assert problem.service is not None
    assert problem.windows.tolist() == [[0, 230], [61, 71], [0, 60], [16, 126]]
    assert problem.service.tolist() == [0, 10, 5, 10]
    assert problem.distance[0].tolist() == [0, 5, 1.4, 2]


def test_the_first_customers_are_named_in_the_name(path: Path) -> None:
    problem = VehicleRouting.read(path, take_first=2, vehicles=1)
    assert (problem.name, problem.vehicles, len(problem.customers)) == ("R0.2", 1, 2)


def test_lengths_are_cut_to_one_decimal() -> None:
    """Whole lengths stay whole, whatever the root of their squares is in binary."""
    assert truncated(np.array([1.0, 1.4142, 2.99, 0.3, 4.1, 33.3])).tolist() == [
        1,
        1.4,
        2.9,
        0.3,
        4.1,
        33.3,
    ]


@pytest.mark.parametrize(
    ("valid", "mistaken", "line", "message"),
    [
        ("VEHICLE\n", "TRUCKS\n", 3, "VEHICLE is expected"),
        ("  3         20", "  0         20", 5, "the number of vehicles"),
        ("  3         20", "  3         -2", 5, "the capacity"),
        ("    2          1", "    4          1", 12, "customer 4 follows 1"),
        (
            "10         61",
            "21         61",
            11,
            r"customer 1 has demand 21, outside 0..20 \(the capacity\)",
        ),
        (
            "0          0        230",
            "5          0        230",
            10,
            "the depot has demand 5; give 0",
        ),
        ("61         71", "71         61", 11, "the window of customer 1 is 71..61"),
        ("126          10\n", "126\n", 13, "the file ends before a service time"),
        ("-2         13", "south         13", 13, "'south' is not a number"),
        ("61         71", "0         1", 11, "customer 1 cannot be served in time"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_its_line(
    tmp_path: Path, valid: str, mistaken: str, line: int | None, message: str
) -> None:
    assert valid in TEXT
    path = tmp_path / "R0.txt"
    path.write_text(TEXT.replace(valid, mistaken))
    with pytest.raises(FileError, match=message) as caught:
        VehicleRouting.read(path)
    assert str(caught.value).startswith(f"{path}:{line}: " if line else f"{path}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("take_first", "message"),
    [(0, "take_first=0"), (4, "the file holds 3 customers"), (2.5, "take_first=2.5")],
)
def test_taking_customers_that_are_not_there_is_refused(
    path: Path, take_first: Any, message: str
) -> None:
    with pytest.raises(QoptError, match=message):
        VehicleRouting.read(path, take_first=take_first)


def test_only_solomon_files_have_first_customers() -> None:
    with pytest.raises(QoptError, match=r"take_first=2: only of Solomon's files"):
        VehicleRouting.bundled(take_first=2)


@published.instances("vrptw", "solution")
def test_published_routes_cost_what_was_published(entry: dict[str, Any]) -> None:
    lines = (published.FOLDER / entry["solution"]).read_text().splitlines()
    trucks = [
        [int(word) for word in line.partition(":")[2].split()]
        for line in lines
        if line.startswith("Route")
    ]
    problem = VehicleRouting.read(published.FOLDER / entry["path"])
    score = problem.evaluate(problem.routes(trucks))
    assert score.objective == pytest.approx(entry["best_known"], abs=1e-6)
    assert score.violations == ()


@published.instances("vrptw")
def test_published_instances_have_their_size(entry: dict[str, Any]) -> None:
    """Merged savings and local moves are feasible, and never better than the optimum."""
    taken = entry["take_first"] if entry["take_first"] < 100 else None
    problem = VehicleRouting.read(published.FOLDER / entry["path"], take_first=taken)
    size = {"customers": len(problem.customers), "vehicles_available": problem.vehicles}
    assert size == entry["size"]
    plan = problem.improve(problem.greedy())
    score = problem.evaluate(plan)
    assert score.feasible
    assert score.objective >= entry["best_known"] - 1e-6


VARIANTS = {
    "lower case": TEXT.lower().replace("r0", "R0"),
    "tabs": TEXT.replace("  ", "\t"),
    "no heads": "R0\n3 20\n" + TEXT[TEXT.index("    0   ") :],
    "no head of the vehicles": TEXT.replace("VEHICLE\nNUMBER     CAPACITY\n", ""),
    "no dots": TEXT.replace("NO.   XCOORD.   YCOORD.", "NO XCOORD YCOORD"),
    "lines that mean nothing": " ".join(TEXT.split()).replace("R0 ", "R0\n"),
    "a comment": f"# from the web\n{TEXT}",
    "decimals": TEXT.replace("20\n", "20.0\n").replace("230 ", "230.00 "),
    "Windows": TEXT.replace("\n", "\r\n"),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_variant_says_the_same(tmp_path: Path, path: Path, variant: str) -> None:
    other = tmp_path / "R0.vrp"  # an ending says nothing
    other.write_text(VARIANTS[variant])
    found, plain = VehicleRouting.read(other), VehicleRouting.read(path)
    for name in ("distance", "demand", "windows", "service"):
        assert np.array_equal(getattr(found, name), getattr(plain, name))
    assert (found.name, found.capacity, found.vehicles) == ("R0", 20, 3)


def test_a_file_without_a_name_has_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "monday.txt"
    path.write_text(TEXT.removeprefix("R0\n"))
    assert VehicleRouting.read(path).name == "monday"
    path.write_text(TEXT.replace("R0", "Monday, the 3rd"))
    assert VehicleRouting.read(path).name == "Monday, the 3rd"


def test_distances_may_be_rounded_otherwise(path: Path) -> None:
    exact = VehicleRouting.read(path, rounding="none").distance
    assert exact[0, 2] == pytest.approx(2**0.5)
    assert VehicleRouting.read(path, rounding="tenths").distance[0, 2] == 1.4


def test_service_at_the_depot_is_told(tmp_path: Path) -> None:
    path = tmp_path / "R0.txt"
    path.write_text(TEXT.replace("230           0", "230           4"))
    problem = VehicleRouting.read(path)
    assert problem.service is not None
    assert problem.service[0] == 0
    assert problem.notes == ("line 10: the service time 4 of the depot does not count",)


def test_pickups_have_more_columns_and_are_refused(tmp_path: Path) -> None:
    """As Li and Lim write them: nine numbers a row, and three of the fleet."""
    path = tmp_path / "lc101.txt"
    path.write_text(
        "25 200 1\n0 40 50 0 0 1236 0 0 0\n1 45 68 10 0 1127 90 0 2\n2 45 70 -10 0 1125 90 1 0\n"
    )
    with pytest.raises(FileError, match=r"customer 1 follows -1|have 7 numbers each"):
        VehicleRouting.read(path)
