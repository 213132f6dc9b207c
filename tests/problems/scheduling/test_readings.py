"""Readers of shops, projects, graphs, rosters and timetables beside slow, plain readings.

A file that is mangled in any way is refused in one line, or gives the problem that the plain
reading gives.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.graphs import GraphColouring
from problems.scheduling import (
    Activity,
    Cover,
    Employee,
    Event,
    FlexibleJobShop,
    JobShop,
    ParallelMachines,
    ProjectScheduling,
    Request,
    Room,
    Rostering,
    Shift,
    Timetabling,
)

from ...fuzz import examples
from ...mangle import decoded, mangled, other_words, refused_or

JSPLIB = "# best known: 9\n3 3\n0 2  1 1 2 4\n1 3  0 1\n\n2 1  0 2 2 1\n"
FROM_ONE = "2 2\n2 2 1 1\n1 3 2 1\n"
OR_LIBRARY = """\
Some shops, 2 of them.
 +++++
 instance one
 +++++
 A shop of 2x2
 2 2
 0 2 1 1
 1 3 0 1
 +++++
 instance two
 +++++
 Another
 1 3
 2 5 0 4 1 3
 +++++
 EOF
"""
TAILLARD = """\
Nb of jobs, Nb of Machines, Time seed, Machine seed, Upper bound, Lower bound
  2 2 11 12 7 5
Times
 3 2
 2 4
Machines
 1 2
 2 1
Nb of jobs, Nb of Machines, Time seed, Machine seed, Upper bound, Lower bound
  1 3 11 12 0 5
Times
 3 2 9
Machines
 3 1 2
"""
BARE_TAILLARD = "2 3\n13 12 15\n12 14 19\n1 3 2\n2 1 3\n"
FJS = "# best known: 4\n2 2 1.5\n2  2 1 2 2 3  1 2 1\n2  1 1 2  2 1 1 2 4\n"
FJS_FROM_0 = "2 3\n1  3 0 2 1 3 2 4\n2  1 1 2  1 0 1\n"
SM = """\
****************
file with basedata            : x.bas
projects                      :  1
jobs (incl. supersource/sink ):  5
horizon                       :  20
RESOURCES
  - renewable                 :  2   R
  - nonrenewable              :  0   N
****************
PROJECT INFORMATION:
pronr.  #jobs rel.date duedate tardcost  MPM-Time
    1      3      0       8       2       8
****************
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
 1 1 2 2 3
 2 1 1 4
 3 1 2 4 5
 4 1 1 5
 5 1 0
****************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1  R 2
----------------
 1 1 0 0 0
 2 1 3 1 0
 3 1 4 2 1
 4 1 2 1 0
 5 1 0 0 0
****************
RESOURCEAVAILABILITIES:
  R 1  R 2
    2    3
****************
"""
RCP = "5 2\n2 3\n0 0 0 2 2 3\n3 1 0 1 4\n4 2 1 2 4\n5\n2 1 0 1 5\n0 0 0 0\n"
COL = "c a square\np edge 4 5\ne 1 2\ne 2 3\n\ne 3 4\ne 4 1\ne 1 3\nn 1 5\n"
COL_FROM_0 = "p col 4 4\ne 0 1\ne 1 2\ne 2 3\ne 1 1\n"
EDGES = "4 5\n1 2 1\n2 3 2\n3 4 3\n4 1 4\n1 3 -5\n"
ROSTER = """\
SECTION_HORIZON
# days
7
SECTION_SHIFTS
E,480,
L,300,E
SECTION_STAFF
ann,E=7|L=3,3000,960,4,2,2,1
bob,,3000,0,5,1,1,1
SECTION_DAYS_OFF
ann,0,6
SECTION_SHIFT_ON_REQUESTS
ann,2,L,3
SECTION_SHIFT_OFF_REQUESTS
bob,5,E,1.5
SECTION_COVER
3,E,2,50,2
"""
MACHINES = """\
{"name": "two", "best_known": 5, "machines": ["press", "lathe"],
"jobs": [{"name": "axle", "durations": [2, 3]}, {"name": "gear", "durations": [4, null]},
{"name": "pin", "durations": 1}], "setups": [[0, 5, 1], [2, 0, 1], [1, 1, 0]]}
"""
TIMETABLE = """\
{"periods": ["Mon 9", "Tue 9"], "days": ["Mon", "Tue"], "spread": 5,
 "name": "week", "best_known": null,
"rooms": [{"name": "hall", "seats": 80, "unavailable": ["Tue 9"]}, {"name": "lab", "seats": 20}],
"events": [{"name": "algebra", "who": ["Noether", "year 1"], "seats": 60, "course": "maths",
             "preferences": {"Mon 9": 2.5}},
{"name": "optics", "rooms": ["lab"], "unavailable": ["Mon 9"]}], "absences": {"Noether": ["Tue 9"]}}
"""


def _rows(text: str, *comments: str) -> list[list[str]]:
    lines = [line.split() for line in text.split("\n")]
    return [words for words in lines if words and not words[0].startswith(comments)]


def _wholes(words: list[str]) -> list[int]:
    return [int(float(word)) for word in words]


def _from(used: set[int], machines: int, otherwise: int) -> int:
    """Where machines count from."""
    if (0 in used) != (machines in used):
        return 0 if 0 in used else 1
    return otherwise


def _shop(pairs: list[list[tuple[int, int]]], machines: int, otherwise: int) -> JobShop:
    first = _from({m for job in pairs for m, _ in job}, machines, otherwise)
    return JobShop(tuple(tuple((m - first, d) for m, d in job) for job in pairs))


def _job_shop(text: str, problem: int | None = None) -> JobShop:
    """By the first words of its lines."""
    rows = _rows(text, "#", "//", "%")
    said = [" ".join(words).lower() for words in rows]
    heads = [k for k, line in enumerate(said) if re.match(r"nb of jobs\b", line)]
    heads = heads or [k for k, line in enumerate(said) if re.fullmatch(r"instance \S+", line)]
    if heads:
        number = (problem or 1) - 1
        start, end = heads[number], [*heads[1:], len(rows)][number]
        below = rows[start + 1 : end]
        if rows[start][0].lower() == "nb":
            titled = [
                w for w in below[1:] if _is_numbers(w) or w[0].lower()[:4] in ("time", "mach")
            ]
            rows = [below[0], *titled]
        else:
            rows = [words for words in below if _is_numbers(words)]
    jobs, machines = _wholes(rows[0][:2])
    body = rows[1:]
    names = [words[0].lower().strip(":") for words in body if not _is_numbers(words)]
    numbers = [_wholes(words) for words in body if _is_numbers(words)]
    bare = len(numbers) == 2 * jobs and all(len(row) == machines for row in numbers)
    if not names and not bare:
        return _shop([list(zip(r[::2], r[1::2], strict=True)) for r in numbers], machines, 0)
    one, other = numbers[:jobs], numbers[jobs:]
    takes, order = (other, one) if names[:1] == ["machines"] else (one, other)
    pairs = [list(zip(ms, ds, strict=True)) for ms, ds in zip(order, takes, strict=True)]
    return _shop(pairs, machines, 1)


NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def _is_numbers(words: list[str]) -> bool:
    """Whether all are whole numbers that floating point can hold, in ASCII."""
    return all(NUMBER.fullmatch(word) and float(word).is_integer() for word in words)


def _flexible(text: str) -> FlexibleJobShop:
    header, *rows = _rows(text, "#", "//", "%")
    machines, jobs = int(float(header[1])), []
    for words in rows:
        numbers = _wholes(words)
        steps = []
        del numbers[0]
        while numbers:
            count = numbers.pop(0)
            steps.append([(numbers.pop(0), numbers.pop(0)) for _ in range(count)])
        jobs.append(steps)
    first = _from({m for job in jobs for step in job for m, _ in step}, machines, 1)
    counted: Any = [[[(m - first, d) for m, d in step] for step in job] for job in jobs]
    return FlexibleJobShop(counted)


def _psplib(text: str) -> ProjectScheduling:
    """Rows of numbers below each title."""
    titles = ("PROJECT", "PRECEDENCE", "REQUESTS/DURATIONS", "RESOURCEAVAILABILITIES")
    tables: dict[str, list[list[int]]] = {}
    title = ""
    for line in text.split("\n"):
        words = line.split()
        if words and words[0].upper().strip(":") in titles:
            title = words[0].upper()[:8]
        elif words and title and _is_numbers(words[:1]):
            tables.setdefault(title, []).append(_wholes(words))
    (capacity,) = tables["RESOURCE"]
    requests, names = tables["REQUESTS"], [f"R {r + 1}" for r in range(len(capacity))]
    last, activities = len(requests), []
    for row in requests[1:-1]:
        before = [str(p[0]) for p in tables["PRECEDEN"] if row[0] in p[3:] and p[0] != 1]
        needs = {name: need for name, need in zip(names, row[3:], strict=True) if need}
        activities.append(Activity(str(row[0]), row[2], needs, tuple(before)))
    assert last == len(tables["PRECEDEN"])
    return ProjectScheduling(tuple(activities), dict(zip(names, capacity, strict=True)))


def _patterson(text: str) -> ProjectScheduling:
    count, resources, *numbers = _wholes(text.split())
    capacity, numbers = numbers[:resources], numbers[resources:]
    names = [f"R {r + 1}" for r in range(resources)]
    takes: list[int] = []
    needs: list[list[int]] = []
    after: list[list[int]] = []
    for _ in range(count):
        takes.append(numbers.pop(0))
        needs.append([numbers.pop(0) for _ in range(resources)])
        after.append([numbers.pop(0) for _ in range(numbers.pop(0))])
    dummy = {a for a in (1, count) if takes[a - 1] == 0 and not any(needs[a - 1])}
    dummy -= {1} if any(1 in later for later in after) else set()
    dummy -= {count} if after[-1] else set()
    kept = [a for a in range(1, count + 1) if a not in dummy]
    activities = [
        Activity(
            str(a),
            takes[a - 1],
            {name: need for name, need in zip(names, needs[a - 1], strict=True) if need},
            tuple(str(b) for b in kept if a in after[b - 1]),
        )
        for a in kept
    ]
    return ProjectScheduling(tuple(activities), dict(zip(names, capacity, strict=True)))


def _graph(text: str) -> GraphColouring:
    rows = [w for w in _rows(text, "#", "%") if not w[0].startswith("c")]
    header = next((words for words in rows if words[0] == "p"), None)
    nodes = int(float(header[2] if header else rows[0][0]))
    listed = [w[1:3] for w in rows if w[0] == "e"] if header else [w[:2] for w in rows[1:]]
    pairs = [tuple(_wholes(words)) for words in listed]
    first = 0 if any(0 in pair for pair in pairs) else 1
    edges = [(str(i), str(j)) for i, j in pairs if i != j]
    return GraphColouring(tuple(edges), tuple(map(str, range(first, first + nodes))))


def _roster(text: str) -> Rostering:
    found: dict[str, list[list[str]]] = {}
    for line in text.split("\n"):
        line = line.strip()
        if line.startswith("SECTION_"):
            entries = found[line[8:]] = list[list[str]]()
        elif line and not line.startswith("#"):
            entries.append([word.strip() for word in line.split(",")])
    staff = []
    for name, kinds, *rules in found["STAFF"]:
        most = dict(kind.split("=") for kind in kinds.split("|") if kind)
        high, low, run, least, off, weekends = _wholes(rules)
        days = [d for who, *days in found.get("DAYS_OFF", []) if who == name for d in _wholes(days)]
        limits = {shift: int(float(count)) for shift, count in most.items()}
        staff.append(Employee(name, limits, low, high, least, run, off, weekends, tuple(days)))
    requests = [
        Request(who, int(float(day)), shift, float(weight), wanted)
        for key, wanted in (("SHIFT_ON_REQUESTS", True), ("SHIFT_OFF_REQUESTS", False))
        for who, day, shift, weight in found.get(key, [])
    ]
    cover = [
        Cover(int(float(day)), shift, int(float(needed)), float(under), float(over))
        for day, shift, needed, under, over in found.get("COVER", [])
    ]
    shifts = [
        Shift(name, int(float(minutes)), tuple(word for word in after.split("|") if word))
        for name, minutes, after in found["SHIFTS"]
    ]
    days = int(float(found["HORIZON"][0][0]))
    return Rostering(days, tuple(shifts), tuple(staff), tuple(cover), tuple(requests))


def _machines(text: str) -> ParallelMachines:
    stated = json.loads(text)
    jobs = [job["name"] for job in stated["jobs"]]
    durations = [job["durations"] for job in stated["jobs"]]
    given: Any = durations, stated["machines"], stated.get("setups") or (), jobs
    return ParallelMachines(*given)


def _timetable(text: str) -> Timetabling:
    stated = json.loads(text)
    rooms = [Room(**room) for room in stated["rooms"]]
    events = [Event(**event) for event in stated["events"]]
    rest = {key: stated[key] for key in ("days", "absences", "spread") if key in stated}
    return Timetabling(events, rooms, stated["periods"], **rest)  # type: ignore[arg-type]


READINGS: dict[str, tuple[str, Callable[..., Any], Callable[[str], Any]]] = {
    "jsplib": (JSPLIB, JobShop.read, _job_shop),
    "jsplib from 1": (FROM_ONE, JobShop.read, _job_shop),
    "or-library": (OR_LIBRARY, partial(JobShop.read, problem=1), partial(_job_shop, problem=1)),
    "or-library two": (OR_LIBRARY, partial(JobShop.read, problem=2), partial(_job_shop, problem=2)),
    "taillard": (TAILLARD, partial(JobShop.read, problem=1), partial(_job_shop, problem=1)),
    "taillard two": (TAILLARD, partial(JobShop.read, problem=2), partial(_job_shop, problem=2)),
    "bare taillard": (BARE_TAILLARD, JobShop.read, _job_shop),
    "fjs": (FJS, FlexibleJobShop.read, _flexible),
    "fjs from 0": (FJS_FROM_0, FlexibleJobShop.read, _flexible),
    "sm": (SM, ProjectScheduling.read, _psplib),
    "rcp": (RCP, ProjectScheduling.read, _patterson),
    "col": (COL, GraphColouring.read, _graph),
    "col from 0": (COL_FROM_0, GraphColouring.read, _graph),
    "edges": (EDGES, GraphColouring.read, _graph),
    "roster": (ROSTER, Rostering.read, _roster),
    "machines": (MACHINES, ParallelMachines.read, _machines),
    "timetable": (TIMETABLE, Timetabling.read, _timetable),
}
PARTS = (
    "jobs",
    "activities",
    "capacity",
    "nodes",
    "edges",
    "days",
    "shifts",
    "staff",
    "cover",
    "requests",
    "durations",
    "machines",
    "setups",
    "events",
    "rooms",
    "periods",
    "absences",
    "spread",
)


def _same(problem: Any, other: Any) -> None:
    for part in PARTS:
        assert getattr(problem, part, None) == getattr(other, part, None)


def _check(name: str, content: bytes, path: Path) -> None:
    _, read, plain = READINGS[name]
    path.write_bytes(content)
    problem = refused_or(read, path)
    if problem is not None:
        _same(problem, plain(decoded(content)))


@pytest.mark.parametrize("name", READINGS)
def test_a_whole_file_is_read_as_it_stands(name: str, tmp_path: Path) -> None:
    text, read, plain = READINGS[name]
    path = tmp_path / "file"
    for content in (text, text.replace("\n", "\r\n"), "\ufeff" + text):
        path.write_bytes(content.encode())
        problem = refused_or(read, path)
        assert problem is not None
        _same(problem, plain(text))


@pytest.mark.parametrize("name", READINGS)
def test_a_file_with_any_word_another_is_read_as_it_stands(name: str, tmp_path: Path) -> None:
    for content in other_words(READINGS[name][0]):
        _check(name, content, tmp_path / "file")


@pytest.mark.parametrize("name", READINGS)
@settings(deadline=None, max_examples=examples(150), derandomize=True)
@given(data=st.data())
def test_a_mangled_file_is_read_as_it_stands(
    name: str, data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = data.draw(mangled(READINGS[name][0]))
    _check(name, content, tmp_path_factory.getbasetemp() / "file")
