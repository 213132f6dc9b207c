from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import FacilityLocation
from qopt import FileError, Infeasible, QoptError

from .....fuzz import examples
from .....mangle import mangled, plain_rows, refused_or

CUSTOMERS = "2 3\n60 10.5\n40 20.\n10\n1 2\n20\n3.5 1\n30\n6 2\n"
ROWS = "2 4\n60 10.5\n40 20.\n10 1 2\n20 3.5 1\n30 6 2\n1 4 3\n"
SITES = "2 4\n60 10.5\n40 20\n10 20\n30 1\n1 3.5\n6 4\n2 1 2\n3\n"
OPTIMUM = SITES + "38.5\n"
OPEN = CUSTOMERS.replace("60 ", "capacity ").replace("40 ", "Capacity ")
TEXTS = {"customers": CUSTOMERS, "rows": ROWS, "sites": SITES, "optimum": OPTIMUM, "open": OPEN}


def _plainly(rows: list[list[str]]) -> tuple[Any, ...]:
    """Fixed costs, capacities, demands, costs and the optimum.

    Which order it is, the ends of lines say.
    """
    words = [word for row in rows for word in row]
    ends = np.cumsum([len(row) for row in rows]).tolist()
    sites, customers = int(float(words[0])), int(float(words[1]))
    rooms = [
        70.0 if word.lower() == "capacity" else float(word) for word in words[2 : 2 + 2 * sites : 2]
    ]
    fixed = [float(word) for word in words[3 : 2 + 2 * sites : 2]]
    start = 2 + 2 * sites
    rest = [float(word) for word in words[start:]]
    size = sites + 1
    if all(start + size * (j + 1) in ends for j in range(customers)):
        table = [rest[size * j : size * (j + 1)] for j in range(customers)]
        assert len(rest) == customers * size
        return fixed, rooms, [row[0] for row in table], [row[1:] for row in table], None
    costs = rest[customers : customers * size]
    table = [[costs[customers * i + j] for i in range(sites)] for j in range(customers)]
    assert len(rest) in (customers * size, customers * size + 1)
    return fixed, rooms, rest[:customers], table, (rest[customers * size :] or [None])[0]


@pytest.mark.parametrize("kind", TEXTS)
@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands_or_refused(
    kind: str, data: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TEXTS[kind]))
    path = tmp_path_factory.getbasetemp() / "file.txt"
    path.write_bytes(content)
    options: Any = {"capacity": 70.0} if kind == "open" else {}
    problem: Any = refused_or(lambda path: FacilityLocation.read(path, **options), path)
    if problem is not None:
        tables = (problem.fixed, problem.capacity, problem.demand, problem.cost)
        fixed, rooms, *others = _plainly(plain_rows(content, "#", "//", "%"))
        rooms = [70.0] * len(rooms) if kind == "open" else rooms
        assert [*(table.tolist() for table in tables), problem.best_known] == [
            fixed,
            rooms,
            *others,
        ]


def _read(tmp_path: Path, text: str, **options: Any) -> Any:
    (tmp_path / "shops.txt").write_text(text)
    return FacilityLocation.read(tmp_path / "shops.txt", **options)


def test_a_demand_may_stand_on_the_line_of_its_costs(tmp_path: Path) -> None:
    problem = _read(tmp_path, ROWS)
    assert problem.cost.tolist() == [[1, 2], [3.5, 1], [6, 2], [4, 3]]
    assert problem.demand.tolist() == [10, 20, 30, 1]


def test_demands_before_the_costs_are_seen_by_the_ends_of_lines(tmp_path: Path) -> None:
    """Read in the other order the file has as many numbers, and another meaning."""
    problem = _read(tmp_path, OPTIMUM)
    assert problem.demand.tolist() == [10, 20, 30, 1]
    assert problem.cost.T.tolist() == [[1, 3.5, 6, 4], [2, 1, 2, 3]]
    assert problem.best_known == 38.5
    assert problem.notes == (
        "read as the demands of all customers, then costs site by site",
        "the number below the costs is taken for the optimum",
    )
    assert _read(tmp_path, SITES).best_known is None


def test_what_lines_do_not_tell_is_refused_or_said(tmp_path: Path) -> None:
    either = "2 3\n60 10\n40 20\n10 1 2\n20 3 1\n30 6 2\n"
    with pytest.raises(
        FileError, match=r"shops\.txt:3: the lines below do not tell whether a cust"
    ):
        _read(tmp_path, either)
    neither = CUSTOMERS.replace("10\n1 2\n20\n3.5 1\n30\n6 2\n", "10 1\n2 20 3.5 1 30\n6 2\n")
    with pytest.raises(FileError, match=r"put each demand on a line of its own"):
        _read(tmp_path, neither)
    one_each = "2 3\n60 10.5\n40 20\n" + "\n".join(
        ["10", "1", "2", "20", "3.5", "1", "30", "6", "2"]
    )
    problem = _read(tmp_path, one_each)
    assert problem.demand.tolist() == [10, 20, 30]
    assert "read as the demand of each customer, followed by its costs" in problem.notes


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (OPEN, {}, ":2: the file leaves the sites' capacity open; give capacity="),
        (
            CUSTOMERS.replace("60 ", "much "),
            {"capacity": 70},
            r":2: 'much' is not a number \(a site",
        ),
        (
            CUSTOMERS.replace("60 ", "-60 "),
            {},
            ":2: capacity of site 1 is -60; give a finite number",
        ),
        (
            CUSTOMERS.replace("20.", "-20"),
            {},
            ":3: fixed of site 2 is -20; give a finite number, 0",
        ),
        (CUSTOMERS.replace("20\n", "-20\n"), {}, ":6: demand of customer 2 is -20; give a finite"),
        (CUSTOMERS.replace("20\n", "0\n"), {"parts": 2}, ":6: demand of customer 2/1 is 0"),
        (CUSTOMERS.replace("\n40", " 40"), {}, ":2: '40' follows a site's capacity and fixed cost"),
        (CUSTOMERS + "7\n", {}, ":10: '7' follows the last customer"),
        (CUSTOMERS[:-2], {}, ":9: 9 numbers are due for the customers' demands and costs, and 8"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    text: str, options: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(FileError, match=rf"shops\.txt{said}"):
        _read(tmp_path, text, **options)


def test_a_customer_too_large_is_told_with_its_line_and_the_way_out(tmp_path: Path) -> None:
    large = CUSTOMERS.replace("30\n", "70\n")
    with pytest.raises(Infeasible, match=r"shops\.txt:8: customer 3 demands 70, .* parts="):
        _read(tmp_path, large.replace("40 ", "65 "))
    parts = _read(tmp_path, large.replace("40 ", "65 "), parts=2)
    assert parts.customers == ("1/1", "1/2", "2/1", "2/2", "3/1", "3/2")
    assert (parts.demand[4], parts.cost[5].tolist()) == (35, [3, 1])
    assert any("each customer of the file is 2 here" in note for note in parts.notes)


def test_a_capacity_given_stands_for_those_of_the_file_which_is_said(tmp_path: Path) -> None:
    assert _read(tmp_path, OPEN, capacity=70).capacity.tolist() == [70, 70]
    notes = _read(tmp_path, CUSTOMERS, capacity=70).notes
    assert notes[0] == "capacity=70 stands for the sites' capacities in the file"
    for options in ({"capacity": 0}, {"capacity": "70"}, {"parts": 0}, {"parts": 10**6}):
        with pytest.raises(QoptError, match=r"^(capacity|parts)=.*: give"):
            _read(tmp_path, CUSTOMERS, **options)
