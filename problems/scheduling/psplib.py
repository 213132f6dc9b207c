"""PSPLIB `.sm` files: projects whose activities have one mode and need renewable resources."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from qopt import FileError

from .project_plan import Activity
from .shop_files import Line

MOST = 10_000  # resources
Job = tuple[Line, list[int]]  # the numbers of a line


def read_psplib(path: Path) -> tuple[tuple[Activity, ...], dict[str, int]]:
    """The activities, named by their numbers in the file, and the capacity of the resources "R 1", "R 2", ...

    The first and the last job are dummies and left out. Raises FileError with the line.
    """
    lines = _lines(path)
    last, resources = _header(path, lines)
    names = [f"R {r}" for r in range(1, resources + 1)]
    after: dict[int, list[int]] = {}
    for number, (line, row) in enumerate(_table(path, lines, "PRECEDENCE RELATIONS", last), 1):
        for later in _successors(line, row, number, last):
            after.setdefault(later, []).append(number)
    requests = list(_table(path, lines, "REQUESTS/DURATIONS", last))
    ((line, capacity),) = _table(path, lines, "RESOURCEAVAILABILITIES", 1)
    if len(capacity) != len(names) or min(capacity, default=0) < 0:
        raise line.error(f"{line.text[:40]!r}: give {len(names)} capacities, 0 or more")
    activities = []
    for number, (line, row) in enumerate(requests, 1):
        if len(row) != 3 + len(names) or row[:2] != [number, 1] or min(row) < 0:
            raise line.error(
                f"{line.text[:40]!r}: give job {number}, mode 1, its duration and {len(names)} needs, all 0 or more"
            )
        for resource, need, there in zip(names, row[3:], capacity, strict=True):
            if need > there:
                raise line.error(
                    f"job {number} needs {need} of {resource}, of which there are {there}; raise the one or lower the other"
                )
        if number not in (1, last):
            needs = {resource: need for resource, need in zip(names, row[3:], strict=True) if need}
            before = tuple(str(earlier) for earlier in after.get(number, ()) if earlier != 1)
            activities.append(Activity(str(number), row[2], needs, before))
        elif any(row[2:]):
            raise line.error(
                f"job {number} is a dummy, the project's start or end; give it duration 0 and no needs"
            )
    return tuple(activities), dict(zip(names, capacity, strict=True))


def _lines(path: Path) -> Iterator[Line]:
    """Those that say something."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None
    numbered = (Line(path, k, line.strip()) for k, line in enumerate(text.splitlines(), 1))
    return (line for line in numbered if line.text.strip("*- "))


def _header(path: Path, lines: Iterator[Line]) -> tuple[int, int]:
    """The numbers of jobs and of renewable resources."""
    found: dict[str, tuple[Line, int]] = {}
    for line in lines:
        key, _, value = line.text.partition(":")
        kind = re.match(r"jobs|- *(?:non)?renewable|- *doubly constrained", key)
        if kind is None:
            if "PROJECT INFORMATION" in key:
                break
            continue
        name = kind.group().lstrip("- ")
        numbers = Line(path, line.number, " ".join(value.split()[:1])).whole()
        if len(numbers) != 1 or numbers[0] < 0:
            raise line.error(f"{line.text[:40]!r}: give a whole number, 0 or more, after the colon")
        if name not in ("jobs", "renewable") and numbers[0]:
            raise line.error(f"{numbers[0]} {name} resources; only renewable ones are known here")
        found[name] = line, numbers[0]
    for name in ("jobs", "renewable"):
        if name not in found:
            raise FileError(
                path,
                f"no line says how many there are of {name!r} before the project's information; is this PSPLIB .sm?",
            )
    (line, jobs), (where, resources) = found["jobs"], found["renewable"]
    if jobs < 3:
        raise line.error(f"{jobs} jobs; give 3 or more, of which the first and last are dummies")
    if resources > MOST:
        raise where.error(f"{resources} resources; give {MOST} or fewer")
    return jobs, resources


def _table(path: Path, lines: Iterator[Line], title: str, count: int) -> Iterator[Job]:
    """The `count` lines of numbers of a section, below its headings."""
    for line in lines:
        if line.text.startswith(title):
            break
    else:
        raise FileError(path, f"no section {title!r}; is the file cut short?")
    next(lines, None)  # headings
    for k in range(count):
        found = next(lines, None)
        if found is None:
            raise FileError(
                path, f"the file ends after {k} of {count} lines of {title!r}; is it cut short?"
            )
        yield found, found.whole()


def _successors(line: Line, row: list[int], number: int, last: int) -> list[int]:
    """Of a job, without the dummy at the end."""
    if len(row) < 3 or row[0] != number or row[1] != 1 or row[2] != len(row) - 3:
        raise line.error(
            f"{line.text[:40]!r}: give job {number}, 1 mode, how many jobs follow it, and their numbers"
        )
    for later in row[3:]:
        if not 2 <= later <= last or number == last:
            raise line.error(
                f"job {later} follows job {number}; only jobs 2..{last} follow others, and none follows the last"
            )
    return [later for later in dict.fromkeys(row[3:]) if later != last]
