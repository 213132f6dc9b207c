"""PSPLIB `.sm` files: projects whose activities have one mode and need renewable resources."""

from __future__ import annotations

import re
from collections.abc import Sequence

from qopt import FileError
from qopt.kit.checks import Place
from qopt.kit.files import At, Fields, Line, Text, whole

from ..plan import Activity

MOST = 10_000  # resources
KNOWN = re.compile(  # what the head of a file says; the last three are not needed
    r"(?P<jobs>jobs)|- *(?P<renewable>renewable)"
    r"|- *(?P<nonrenewable>nonrenewable)|- *(?P<doubly>doubly constrained)"
    r"|(?P<projects>projects)|file with basedata|initial value random generator|horizon",
    re.IGNORECASE,
)
TITLES = {
    "PROJECT INFORMATION": re.compile(r"PROJECT\s+INFORMATION\s*:?$", re.IGNORECASE),
    "PRECEDENCE RELATIONS": re.compile(r"PRECEDENCE\s+RELATIONS\s*:?$", re.IGNORECASE),
    "REQUESTS/DURATIONS": re.compile(r"REQUESTS\s*/\s*DURATIONS\s*:?$", re.IGNORECASE),
    "RESOURCEAVAILABILITIES": re.compile(r"RESOURCE\s*AVAILABILITIES\s*:?$", re.IGNORECASE),
}


class Sections:
    """The lines of a file that say something, taken one after another."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self._lines = [line for line in text.lines() if line.text.strip("*-=_ \t")]
        self._at = 0

    def peek(self) -> Line | None:
        return self._lines[self._at] if self._at < len(self._lines) else None

    def take(self) -> Line | None:
        """The next line; None at the end."""
        line = self.peek()
        self._at += 1
        return line

    def table(self, title: str, count: int) -> list[tuple[Line, list[int]]]:
        """The `count` lines of numbers of a section, below its title and headings."""
        line = self.take()
        if line is None or not TITLES[title].match(line.text):
            if any(TITLES[title].match(later.text) for later in self._lines[self._at :]) and line:
                raise line.error(f"{line.text[:40]!r} comes before the section {title!r}")
            raise FileError(self.text.path, f"no section {title!r}; is the file cut short?")
        while (line := self.peek()) is not None and not _numeric(line):
            self.take()
        rows = []
        for k in range(count):
            row = self.take()
            if row is None:
                message = f"the file ends after {k} of {count} lines of {title!r}; is it cut short?"
                raise FileError(self.text.path, message)
            rows.append((row, row.wholes()))
        return rows


def psplib(text: Text) -> Fields:
    """The arguments of `ProjectScheduling`.

    Activities are named by their numbers in the file, and resources "R 1", "R 2", ...

    The first and the last job are dummies and left out. Raises FileError with the line.
    """
    sections = Sections(text)
    last, resources = _head(sections)
    _require_one_project(sections)
    names = [f"R {r}" for r in range(1, resources + 1)]
    after: dict[int, list[int]] = {}
    for number, (line, row) in enumerate(sections.table("PRECEDENCE RELATIONS", last), 1):
        for later in _successors(line, row, number, last):
            after.setdefault(later, []).append(number)
    requests = sections.table("REQUESTS/DURATIONS", last)
    ((line, capacity),) = sections.table("RESOURCEAVAILABILITIES", 1)
    if len(capacity) != len(names):
        raise line.error(f"{line.text[:40]!r}: give {len(names)} capacities, 0 or more")
    if (more := sections.take()) is not None:
        raise more.error(f"{more.text[:40]!r} follows the capacities, which should be the last")
    places: dict[Place, At] = {("capacity",): line.number}
    activities: list[Activity] = []
    for number, (line, row) in enumerate(requests, 1):
        if len(row) != 3 + len(names) or row[:2] != [number, 1]:
            message = (
                f"give job {number}, mode 1, its duration and {len(names)} needs, all 0 or more"
            )
            raise line.error(f"{line.text[:40]!r}: {message}")
        if number not in (1, last):
            places["activities", len(activities)] = line.number
            needs = {resource: need for resource, need in zip(names, row[3:], strict=True) if need}
            before = tuple(str(earlier) for earlier in after.get(number, ()) if earlier != 1)
            activities.append(Activity(str(number), row[2], needs, before))
        elif any(row[2:]):
            raise line.error(
                f"job {number} is a dummy, the project's start or end; "
                "give it duration 0 and no needs"
            )
    values = {
        "activities": tuple(activities),
        "capacity": dict(zip(names, capacity, strict=True)),
        "name": text.stem,
    }
    return Fields(text, values, places)


def _head(sections: Sections) -> tuple[int, int]:
    """The numbers of jobs and of renewable resources."""
    counts: dict[str, tuple[Line, int]] = {}
    while (line := sections.peek()) is not None and not TITLES["PROJECT INFORMATION"].match(
        line.text
    ):
        sections.take()
        key, _, value = " ".join(line.text.split()).partition(":")
        known = KNOWN.match(key)
        if known is None and key.strip().upper() != "RESOURCES":
            raise line.error(f"{line.text[:40]!r} is unknown in the head of a PSPLIB .sm file")
        if known is not None and known.lastgroup is not None:
            count = whole((value.split() or [""])[0])
            if count is None or count < 0:
                message = "give a whole number, 0 or more, after the colon"
                raise line.error(f"{line.text[:40]!r}: {message}")
            counts[known.lastgroup] = line, count
    for name in ("nonrenewable", "doubly"):
        line, count = counts.get(name, (None, 0))
        if line is not None and count:
            message = f"{count} {'doubly constrained' if name == 'doubly' else name} resources"
            raise line.error(
                f"{message}; only renewable ones are known here, "
                "and no projects of several modes (.mm)"
            )
    for name in ("jobs", "renewable"):
        if name not in counts:
            message = (
                f"no line says how many there are of {name!r} before the project's information"
            )
            raise FileError(sections.text.path, f"{message}; is this PSPLIB .sm?")
    (line, jobs), (where, resources) = counts["jobs"], counts["renewable"]
    if jobs < 3:
        raise line.error(f"{jobs} jobs; give 3 or more, of which the first and last are dummies")
    if resources > MOST:
        raise where.error(f"{resources} resources; give {MOST} or fewer")
    if counts.get("projects", (line, 1))[1] != 1:
        raise counts["projects"][0].error("give a file of one project; several are not known here")
    return jobs, resources


def _require_one_project(sections: Sections) -> None:
    """Pass over the project's dates and costs.

    A due date has no say in the makespan, but a release date has.
    """
    title = sections.take()
    heading = sections.peek()
    if title is None or heading is None or not heading.text.lower().startswith("pronr"):
        return
    sections.take()
    columns = heading.text.lower().split()
    line = sections.take()
    row = line.wholes() if line is not None else []
    at = columns.index("rel.date") if "rel.date" in columns else len(row)
    if line is not None and at < len(row) and row[at]:
        raise line.error(
            f"the project is released at {row[at]}, which is not known here; "
            "give 0 and add it to the makespan"
        )


def _successors(line: Line, row: Sequence[int], number: int, last: int) -> list[int]:
    """Of a job, without the dummy at the end."""
    if len(row) > 1 and row[0] == number and row[1] > 1:
        raise line.error(
            f"job {number} has {row[1]} modes (a .mm file?), and only one is known here; "
            f"give job {number}, 1 mode"
        )
    if len(row) < 3 or row[0] != number or row[1] != 1 or row[2] != len(row) - 3:
        message = f"give job {number}, 1 mode, how many jobs follow it, and their numbers"
        raise line.error(f"{line.text[:40]!r}: {message}")
    for later in row[3:]:
        if not 2 <= later <= last or number == last:
            raise line.error(
                f"job {later} follows job {number}; only jobs 2..{last} follow others, "
                "and none follows the last"
            )
    return [later for later in dict.fromkeys(row[3:]) if later != last]


def _numeric(line: Line) -> bool:
    return whole(line.text.split()[0]) is not None
