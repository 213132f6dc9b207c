"""Files of routing and of round trips, mangled in every way.

They are as a slow and plain reading has them, or refused in one line.
"""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.logistics import TravellingSalesman, VehicleRouting

from ....fuzz import examples
from ....mangle import decoded, mangled, other_words, refused_or

Table = dict[int, list[float]]

TEXTS = {
    "capacities": """\
# a licence
NAME : three-k2
COMMENT : (No of trucks: 2, Optimal value: 240)
TYPE : CVRP
DIMENSION : 4
CAPACITY : 9
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 30.5 40
3 60 80
4 -20 7
DEMAND_SECTION
1 0
2 5
3 6
4 2
DEPOT_SECTION
1
-1
EOF
""",
    "durations": """\
NAME: legs
TYPE: DCVRP
DIMENSION: 3
VEHICLES: 2
CAPACITY: 10
DISTANCE: 190
SERVICE_TIME: 5
EDGE_WEIGHT_TYPE: FLOOR_2D
SCALE: 10
NODE_COORD_SECTION
1 33 41
2 0 0
3 60 1e1
DEMAND_SECTION
1 3
2 0
3 4
DEPOT_SECTION
2
-1
""",
    "windows": """\
name: hours
type: VRPTW
vehicles: 2
dimension: 3
capacity: 10
edge_weight_type: EXPLICIT
edge_weight_format: FULL_MATRIX
EDGE_WEIGHT_SECTION
0 12 9
11 INF 4
7 5 0
TIME_WINDOW_SECTION:
0 0 90
1 20 40
2 10 80
SERVICE_TIME_SECTION
0 0
1 5
2 6.5
DEMAND_SECTION
0 0
1 4
2 6
PRIZE_SECTION
0 0
1 0
2 70
EOF
""",
    "depots": """\
NAME : yards
TYPE : MDVRP
DIMENSION : 4
VEHICLES : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : LOWER_ROW
EDGE_WEIGHT_SECTION
5
6 7 8
4 3
DEMAND_SECTION
1 0
2 0
3 4
4 6
CAPACITY_SECTION
1 9
2 9
3 7
VEHICLES_DEPOT_SECTION
1 1
2 1
3 2
DEPOT_SECTION
1
2
-1
""",
}
SOLOMON = """\
R0

VEHICLE
NUMBER     CAPACITY
  3         20

CUSTOMER
CUST NO.   XCOORD.   YCOORD.    DEMAND   READY TIME   DUE DATE   SERVICE TIME

    0          0      0          0          0        230           0
    1          3      4         10         61         71          10
    2          1      1          7          0         60           5
"""
TOURS = {
    "places": """\
NAME: three.tsp
TYPE: TSP
DIMENSION: 3
EDGE_WEIGHT_TYPE: CEIL_2D
NODE_COORD_SECTION
1 38.24 20.42
2 390.57 26.15
3 -1e2 25.32
EOF
""",
    "matrix": """\
TYPE : ATSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
9999 5 1
2 -1 5 8 3 inf
DISPLAY_DATA_SECTION
1 0 0
2 3 4
3 6 8
""",
}


class Plain:
    """The fields and sections of a file, taken apart with nothing but splits."""

    def __init__(self, content: bytes) -> None:
        self.fields: dict[str, str] = {}
        self.rows: dict[str, list[str]] = {}
        section = ""
        for raw in decoded(content).split("\n"):
            line = raw.strip()
            if not line or line[0] in "#\x1a":
                continue
            head = re.split(r"[\s:=]", line)[0].upper()
            if head == "EOF":
                break
            if head.endswith("_SECTION"):
                section = head
                self.rows[section] = line[len(head) :].strip(" :=\t").split()
            elif ":" in line or "=" in line:
                cut = min(at for at in (line.find(":"), line.find("=")) if at >= 0)
                key = re.sub(r"[ -]+", "_", line[:cut].strip()).upper()
                value = line[cut + 1 :].strip()
                self.fields[key] = f"{self.fields.get(key, '')} {value}".strip()
            elif line[0].isalpha() and len(line.split()) > 1 and not section:
                key, value = line.split(None, 1)
                self.fields[key.replace("-", "_").upper()] = value
            elif line[0].isalpha() and head in ("NAME", "COMMENT", "TYPE", "CAPACITY", "DIMENSION"):
                self.fields[head] = line.split(None, 1)[1]
            else:
                self.rows[section] += line.split()
        ids = self.rows.get("NODE_COORD_SECTION") or self.rows.get("DEMAND_SECTION") or []
        self.n = int(float(self.fields["DIMENSION"]))
        width = len(ids) // self.n
        self.first = 0 if width and "0" in ids[::width] else 1

    def table(self, name: str, width: int, first: int | None = None) -> Table:
        words = self.rows[name]
        begin = self.first if first is None else first
        starts = range(0, len(words) - width, width + 1)
        return {
            int(float(words[at])) - begin: [float(word) for word in words[at + 1 : at + 1 + width]]
            for at in starts
        }

    def way(self, a: int, b: int) -> float:
        """From one node to another."""
        if a == b:
            return 0.0
        kind = self.fields["EDGE_WEIGHT_TYPE"].upper()
        if kind == "EXPLICIT":
            return self._given(a, b)
        places = self.table("NODE_COORD_SECTION", 2)
        length = math.hypot(*(x - y for x, y in zip(places[a], places[b], strict=True)))
        scale = float(self.fields.get("SCALE", 1))
        rules = {
            "EUC_2D": lambda x: math.floor(x + 0.5),
            "CEIL_2D": math.ceil,
            "FLOOR_2D": lambda x: math.floor(x + 1e-9),
        }
        return float(rules[kind](length * scale) / scale)

    def _given(self, a: int, b: int) -> float:
        words = self.rows["EDGE_WEIGHT_SECTION"]
        if self.fields["EDGE_WEIGHT_FORMAT"].upper() == "FULL_MATRIX":
            return float(words[a * self.n + b])
        high, low = max(a, b), min(a, b)
        return float(words[high * (high - 1) // 2 + low])

    def depots(self) -> list[int]:
        words = self.rows.get("DEPOT_SECTION", [str(self.first)])
        return [int(float(word)) - self.first for word in words if word != "-1"]

    def routing(self) -> dict[str, Any]:
        """What a problem of these fields has, of nodes in its order."""
        depots = self.depots()
        order = depots + [node for node in range(self.n) if node not in depots]
        found: dict[str, Any] = {
            "distance": [[self.way(a, b) for b in order] for a in order],
            "demand": [self.table("DEMAND_SECTION", 1)[node][0] for node in order],
            "windows": None,
            "service": None,
            "prize": None,
            "max_duration": None,
        }
        if "TIME_WINDOW_SECTION" in self.rows:
            found["windows"] = [self.table("TIME_WINDOW_SECTION", 2)[node] for node in order]
        if "SERVICE_TIME_SECTION" in self.rows:
            found["service"] = [self.table("SERVICE_TIME_SECTION", 1)[node][0] for node in order]
        if "SERVICE_TIME" in self.fields:
            time = float(self.fields["SERVICE_TIME"])
            found["service"] = [0.0] * len(depots) + [time] * (self.n - len(depots))
        if "PRIZE_SECTION" in self.rows:
            prizes = [self.table("PRIZE_SECTION", 1)[node][0] for node in order]
            found["prize"] = [prize or math.inf for prize in prizes]
        if "DISTANCE" in self.fields:
            found["max_duration"] = float(self.fields["DISTANCE"])
        return found

    def vehicles(self) -> list[tuple[float, int]] | None:
        """The capacity and the depot of each, where the file says how many there are."""
        depots = self.depots()
        if "CAPACITY_SECTION" in self.rows or "VEHICLES_DEPOT_SECTION" in self.rows:
            name = next(
                key for key in ("CAPACITY_SECTION", "VEHICLES_DEPOT_SECTION") if key in self.rows
            )
            count = len(self.rows[name]) // 2
            capacities = (
                self.table("CAPACITY_SECTION", 1, 1) if "CAPACITY_SECTION" in self.rows else {}
            )
            at = (
                self.table("VEHICLES_DEPOT_SECTION", 1, 1)
                if "VEHICLES_DEPOT_SECTION" in self.rows
                else {}
            )
            return [
                (
                    capacities[k][0] if capacities else float(self.fields["CAPACITY"]),
                    depots.index(int(at[k][0]) - self.first) if at else 0,
                )
                for k in range(count)
            ]
        if "VEHICLES" not in self.fields:
            return None
        return [(float(self.fields["CAPACITY"]), 0)] * int(float(self.fields["VEHICLES"]))


def _same(found: Any, wanted: Any) -> bool:
    if found is None or wanted is None:
        return found is None and wanted is None
    return bool(np.allclose(np.asarray(found), np.asarray(wanted), rtol=1e-12, atol=0))


def _check_routing(content: bytes, path: Any) -> None:
    path.write_bytes(content)
    problem = refused_or(VehicleRouting.read, path)
    if problem is None:
        return
    plain = Plain(content)
    for name, wanted in plain.routing().items():
        assert _same(getattr(problem, name), wanted), name
    vehicles = plain.vehicles()
    if vehicles is None:
        assert problem.capacity == float(plain.fields["CAPACITY"])
        assert problem.evaluate(problem.greedy()).feasible  # no guess of a fleet is ever too small
    elif len(vehicles) < 1000:
        types = problem._trips.types
        given = [(kind.capacity, kind.depot) for kind in types for _ in range(kind.count)]
        assert sorted(given) == sorted(vehicles)


@pytest.mark.parametrize("name", TEXTS)
@settings(deadline=None, max_examples=examples(300), derandomize=True)
@given(data=st.data())
def test_a_mangled_vrplib_file_is_read_as_it_stands(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _check_routing(data.draw(mangled(TEXTS[name])), tmp_path_factory.getbasetemp() / f"{name}.vrp")


@pytest.mark.parametrize("name", TEXTS)
def test_any_word_of_a_vrplib_file_may_be_any_other(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for content in other_words(TEXTS[name]):
        _check_routing(content, tmp_path_factory.getbasetemp() / f"{name}.vrp")


@pytest.mark.parametrize("name", TOURS)
@settings(deadline=None, max_examples=examples(300), derandomize=True)
@given(data=st.data())
def test_a_mangled_tsplib_file_is_read_as_it_stands(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(TOURS[name]))
    path = tmp_path_factory.getbasetemp() / f"{name}.tsp"
    path.write_bytes(content)
    problem = refused_or(TravellingSalesman.read, path)
    if problem is not None:
        plain = Plain(content)
        nodes = range(plain.n)
        assert _same(problem.distance, [[plain.way(a, b) for b in nodes] for a in nodes])
        assert problem.cities == tuple(str(node + plain.first) for node in nodes)


def _is_number(word: str) -> bool:
    try:
        return word.isascii() and "_" not in word and not math.isnan(float(word))
    except ValueError:
        return False


def _solomon(content: bytes) -> dict[str, Any]:
    """The numbers behind the heads: two of the fleet, and seven of each customer."""
    lines = [line for line in decoded(content).split("\n") if line.strip()]
    lines = [line for line in lines if not line.strip().startswith("#")]
    words = [word for line in lines for word in line.split()]
    if not _is_number(words[0]) and words[0].upper() not in ("VEHICLE", "NUMBER"):
        words = words[len(lines[0].split()) :]
    numbers = [float(word) for word in words if _is_number(word)]
    rows = [numbers[at : at + 7] for at in range(2, len(numbers), 7)]
    places = [row[1:3] for row in rows]
    return {
        "vehicles": numbers[0],
        "capacity": numbers[1],
        "demand": [row[3] for row in rows],
        "windows": [row[4:6] for row in rows],
        "service": [0.0] + [row[6] for row in rows[1:]],
        "distance": [
            [math.floor(10 * math.hypot(a[0] - b[0], a[1] - b[1]) + 1e-9) / 10 for b in places]
            for a in places
        ],
    }


@settings(deadline=None, max_examples=examples(300), derandomize=True)
@given(content=mangled(SOLOMON))
def test_a_mangled_solomon_file_is_read_as_it_stands(
    content: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "mangled.txt"
    path.write_bytes(content)
    problem = refused_or(VehicleRouting.read, path)
    if problem is not None:
        for name, wanted in _solomon(content).items():
            assert _same(getattr(problem, name), wanted), name
