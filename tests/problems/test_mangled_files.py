"""A file that is mangled in any way gives a problem, or a QoptError of one line that names it, and
nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.graphs import GraphColouring, MaxCut
from problems.logistics import (
    BinPacking,
    FacilityLocation,
    GeneralizedAssignment,
    MultiKnapsack,
    QuadraticAssignment,
    TravellingSalesman,
    VehicleRouting,
)
from problems.plain import QuboFile
from problems.portfolio import ConditionalValueAtRisk, IndexTracking, MeanVariance, Rebalancing
from problems.scheduling import (
    FlexibleJobShop,
    JobShop,
    ParallelMachines,
    ProjectScheduling,
    Rostering,
    Timetabling,
)

from ..fuzz import examples
from ..mangle import mangled, other_words, refused_or


def _bundled(package: str, name: str) -> str:
    return (resources.files(package) / "instances" / name).read_text()


TEXTS = {
    "bundled.vrp": _bundled("problems.logistics", "E-n13-k4.vrp"),
    "bundled.txt": _bundled("problems.scheduling", "ft06.txt"),
    "bundled.json": _bundled("problems.portfolio", "hang-seng-10.json"),
    "euclidean.vrp": """\
NAME : tiny-k2
COMMENT : (No of trucks: 2, Optimal value: 24)
TYPE : CVRP
DIMENSION : 3
CAPACITY : 9
EDGE_WEIGHT_TYPE : EUC_2D
NODE_COORD_SECTION
1 0 0
2 3 4
3 6 8
DEMAND_SECTION
1 0
2 5
3 6
DEPOT_SECTION
1
-1
EOF
""",
    "explicit.vrp": """\
NAME : tiny-k2
DIMENSION : 3
CAPACITY : 9
VEHICLES : 2
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
0 5 10
5 0 5
10 5 0
DEMAND_SECTION
1 0
2 5
3 6
""",
    "three.tsp": """\
NAME: three.tsp
TYPE: TSP
DIMENSION: 3
EDGE_WEIGHT_TYPE: GEO
NODE_COORD_SECTION
1 38.24 20.42
2 39.57 26.15
3 -1e1 25.32
EOF
""",
    "three.atsp": """\
TYPE : ATSP
DIMENSION : 3
EDGE_WEIGHT_TYPE : EXPLICIT
EDGE_WEIGHT_FORMAT : FULL_MATRIX
EDGE_WEIGHT_SECTION
9999 5 1
2 9999 5 8 3 9999
DISPLAY_DATA_SECTION
1 0 0
2 3 4
3 6 8
""",
    "hours.solomon.txt": """\
R0
VEHICLE
NUMBER CAPACITY
2 20
CUSTOMER
CUST NO. XCOORD. YCOORD. DEMAND READY TIME DUE DATE SERVICE TIME
0 0 0 0 0 230 0
1 3 4 10 61 71 10
2 1 -1.5 7 0 60 5
""",
    "shop.txt": "# best known: 4\n2 2\n0 2 1 1\n1 3 0 1\n",
    "two.sm": """\
jobs (incl. supersource/sink ):  4
  - renewable                 :  1   R
  - nonrenewable              :  0   N
***
PROJECT INFORMATION:
PRECEDENCE RELATIONS:
jobnr. #modes #successors successors
1 1 1 2
2 1 1 3
3 1 1 4
4 1 0
REQUESTS/DURATIONS:
jobnr. mode duration R 1
---
1 1 0 0
2 1 8 4
3 1 2 3
4 1 0 0
RESOURCEAVAILABILITIES:
R 1
4
""",
    "flexible.fjs": "# best known: 4\n2 2 1.5\n2  2 1 2 2 3  1 2 1\n2  1 1 2  2 1 1 2 4\n",
    "square.col": "c a square\np edge 4 5\ne 1 2\ne 2 3\n\ne 3 4\ne 4 1\ne 1 3\n",
    "square.rudy": "4 5\n1 2 1\n2 3 2\n3 4 3\n4 1 4\n1 3 -5\n",
    "three.qubo": "c one pair\np qubo 0 3 3 2\n0 0 2\n1 1 2\n2 2 -1\n0 1 -3\n1 2 4\n",
    "list.bqp": "3 5\n1 1 2\n2 2 2\n3 3 -1\n1 2 -1.5\n2 3 2\n",
    "machines.json": """\
{"name": "two", "best_known": 5, "machines": ["press", "lathe"],
"jobs": [{"name": "axle", "durations": [2, 3]}, {"name": "gear", "durations": [4, null]},
{"name": "pin", "durations": 1}], "setups": [[0, 5, 1], [2, 0, 1], [1, 1, 0]]}
""",
    "timetable.json": """\
{"periods": ["Mon 9", "Tue 9"], "days": ["Mon", "Tue"], "spread": 5, "name": "week", "best_known": null,
"rooms": [{"name": "hall", "seats": 80, "unavailable": ["Tue 9"]}, {"name": "lab", "seats": 20}],
"events": [{"name": "algebra", "who": ["Noether", "year 1"], "seats": 60, "course": "maths", "preferences": {"Mon 9": 2.5}},
{"name": "optics", "rooms": ["lab"], "unavailable": ["Mon 9"]}], "absences": {"Noether": ["Tue 9"]}}
""",
    "week.roster": """\
SECTION_HORIZON
# days
7
SECTION_SHIFTS
E,480,
L,300,E
SECTION_STAFF
ann,E=7|L=3,3000,960,4,2,2,1
SECTION_DAYS_OFF
ann,0,6
SECTION_SHIFT_ON_REQUESTS
ann,2,L,3
SECTION_SHIFT_OFF_REQUESTS
ann,5,E,1.5
SECTION_COVER
3,E,2,50,2
""",
    "two.qap": "2\n\n0 3\n1 0\n\n1 2\n4 0\n",
    "sites.cap": "2 3\n60 10.5\n40 20.\n10\n1 2\n20\n3.5 1\n30\n6 2\n",
    "rows.cap": "2 4\n60 10.5\n40 20\n10 20\n30 1\n1 3.5\n6 4\n2 1 2\n3\n38.5\n",
    "two.binpack": "2\n u_00\n 9 3 2\n4\n5\n6\n u_01\n 7 2 2\n4\n5\n",
    "four.bpp": "4\n10\n7\n5\n3\n2\n",
    "kinds.bpp": "3\n10\n7 1\n5 3\n2 2\n",
    "one.gap": "2 3\n6 5\n4\n1 2 3\n3 2 2\n1 2 2\n4 3\n",
    "two.gap": "2\n2 3\n6 5 4\n1 2 3\n3 2 2\n1 2 2\n4 3\n1 1\n5\n2\n3\n",
    "sack.mkp": "3 2 15\n10 7 5\n2.5 3 1\n1 1 1\n4 2\n",
    "sacks.mkp": "2\n2 1 3\n3 2\n2 2\n3\n1 1 0\n4\n2\n2\n",
    "turned.sack.mkp": "2 3\n10 7\n5\n4 2\n2.5 3 1\n1 1 1\n15\n",
    "named.sacks.mkp": """\
Of two people: // resources, items
++++
problem ANN1.DAT
++++
1 2
3 2
3
2 2
3
++++
problem BEN2.DAT
++++
1 1
4
2
1
4
""",
    "three.port": "3\n.1 .2\n.3 .4\n.2 .3\n1 1 1\n1 2 .5\n1 3 .1\n2 2 1\n2 3 -.2\n3 3 1\n",
    "prices.csv": 'date,A,"B"\n2024-01-01,100,50\n2024-01-02,110,40\n2024-01-03,,41\n2024-01-04,99,60\n',
    "scenarios.csv": "date,A,B\n1,100,50\n2,110,40\n3,,41\n4,99,60\n5,98,60\n",
    "spans.csv": "date,A,B\n1,100,50\n2,110,40\n3,90,41\n4,99,60\n5,98,60\n",
    "two.indtrack": "2\n3\n100 110\n99 99\n10 11\n11 12\n50 40\n60 60\n",
    "pair.json": """\
{"name": "pair", "risk_aversion": 8.0, "max_assets": 2, "min_assets": 1, "min_holding": 0.25, "max_holding": 1.0,
"lot": 0.25, "best_known": -0.1, "names": ["A", "B"], "mean": [0.1, 0.3],
"deviation": [0.2, 0.4],
"correlation": [[1.0, 0.5], [0.5, 1.0]]}
""",
}
# the reader of each file: a row a problem, whose files' names begin with the key or end with it
READERS: dict[str, Callable[..., Any]] = {
    ".vrp": VehicleRouting.read,
    ".tsp": TravellingSalesman.read,
    ".atsp": TravellingSalesman.read,
    ".txt": JobShop.read,
    ".fjs": FlexibleJobShop.read,
    ".solomon.txt": VehicleRouting.read,
    ".sm": ProjectScheduling.read,
    ".col": GraphColouring.read,
    ".rudy": MaxCut.read,
    ".qubo": QuboFile.read,
    ".bqp": QuboFile.read,
    "machines.json": ParallelMachines.read,
    "timetable.json": Timetabling.read,
    ".roster": Rostering.read,
    ".qap": QuadraticAssignment.read,
    ".cap": FacilityLocation.read,
    ".binpack": partial(BinPacking.read, problem=2),
    ".bpp": BinPacking.read,
    ".gap": GeneralizedAssignment.read,
    "sack.mkp": MultiKnapsack.read,
    "sacks.mkp": partial(MultiKnapsack.read, problem=2),
    ".port": partial(MeanVariance.read, risk_aversion=2.0),
    ".csv": partial(MeanVariance.read, risk_aversion=2.0),
    ".indtrack": IndexTracking.read,
    "scenarios.csv": ConditionalValueAtRisk.read,
    "spans.csv": partial(Rebalancing.read, risk_aversion=2.0, periods=2),
    ".json": MeanVariance.read,
}


def _read_or_refuse(name: str, folder: Path, content: bytes) -> None:
    path = folder / name
    path.write_bytes(content)
    problem = refused_or(_reader(path), path)
    assert problem is None or isinstance(problem.name, str)


def _reader(path: Path) -> Callable[..., Any]:
    fitting = [key for key in READERS if path.name.startswith(key) or path.name.endswith(key)]
    return READERS[max(fitting, key=len)]


@pytest.mark.parametrize("name", TEXTS)
def test_a_file_may_end_anywhere(name: str, tmp_path: Path) -> None:
    content = TEXTS[name].encode()
    for end in range(len(content) + 1):
        _read_or_refuse(name, tmp_path, content[:end])


@pytest.mark.parametrize("name", [name for name in TEXTS if "bundled" not in name])
def test_any_word_may_be_any_other(name: str, tmp_path: Path) -> None:
    for content in other_words(TEXTS[name]):
        _read_or_refuse(name, tmp_path, content)


@pytest.mark.parametrize("name", TEXTS)
@settings(deadline=None, max_examples=examples(200), derandomize=True)
@given(data=st.data())
def test_lines_words_and_bytes_may_be_lost_doubled_and_swapped(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _read_or_refuse(name, tmp_path_factory.getbasetemp(), data.draw(mangled(TEXTS[name])))
