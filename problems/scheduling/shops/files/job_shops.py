"""Text of job shops in three layouts, which the content tells apart.

Lines that begin with '#' are comments.

JSPLIB's: a line 'jobs machines', then a line a job: 'machine duration' of each step, machines from
0.

The OR-Library's: several of these, each below a line 'instance NAME' and lines of description and
of plusses.

Taillard's: a heading 'Nb of jobs, Nb of Machines, ...' above the numbers that it names, then
'Times' above a line a job and 'Machines' above a line a job, machines from 1; several of these one
after another. Without headings it is 'jobs machines', as many lines of durations as there are jobs,
and as many of machines.

Jobs may skip machines, and come back to one. Where machines count from 1 instead of 0, or the other
way round, they tell so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qopt.kit.checks import Place, shown
from qopt.kit.files import At, Fields, Line, Text, whole

from .text import (
    On,
    best_of,
    comments_of,
    first_machine,
    flexible,
    lines_of_jobs,
    shop_lines,
    shop_sizes,
)

Step = tuple[int, int]
Cell = tuple[int, Line]

WANTED = "a job shop, 'jobs machines', then a line of 'machine duration' pairs a job"
INSTANCE = re.compile(r"instance\s+(\S+)$", re.IGNORECASE)
RULE = re.compile(r"[+*=_-]+$|EOF$")  # a line that only divides
TAILLARD = re.compile(r"nb of jobs\b", re.IGNORECASE)
SECTION = re.compile(r"(times|machines)\s*:?$", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Instance:
    """A job shop in a file: its name or "", its comments, and its lines from 'jobs machines' on."""

    name: str
    said: tuple[str, ...]
    lines: tuple[Line, ...]


def read_job_shop(path: Path, problem: int | str | None = None) -> Fields:
    """The arguments of `JobShop`; `problem` is the number, from 1, or the name of one of several.

    Raises FileError.
    """
    text, notes = Text.read(path), list[str]()
    instances = list(_instances(text, shop_lines(text, WANTED)))
    number = _chosen(text, instances, problem)
    instance = instances[number - 1]
    several = len(instances) > 1
    said = [*instance.said, *([] if several else comments_of(text))]
    jobs = _jobs(text, instance, notes)
    values = {
        "jobs": tuple(tuple(steps) for steps, _ in jobs),
        "name": instance.name or (f"{text.stem}-{number}" if several else text.stem),
        "best_known": best_of(said, notes),
    }
    places: dict[Place, At] = {("jobs", j): line.number for j, (_, line) in enumerate(jobs)}
    return Fields(text, values, places, notes)


def _instances(text: Text, lines: Sequence[Line]) -> Iterator[Instance]:
    starts = [k for k, line in enumerate(lines) if TAILLARD.match(line.text)]
    if starts:
        _require_no_numbers(lines[: starts[0]], "the first heading 'Nb of jobs, ...'")
        for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
            yield _taillard(text, lines[start:end])
        return
    starts = [k for k, line in enumerate(lines) if INSTANCE.match(line.text)]
    if not starts:
        yield Instance("", (), tuple(lines))
        return
    _require_no_numbers(lines[: starts[0]], "the first line 'instance NAME'")
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        heading = INSTANCE.match(lines[start].text)
        yield _or_library(text, heading.group(1) if heading else "", lines[start + 1 : end])


def _or_library(text: Text, name: str, lines: Sequence[Line]) -> Instance:
    """What is below a line 'instance NAME'."""
    body = [line for line in lines if not RULE.match(line.text)]
    at = next((k for k, line in enumerate(body) if _numeric(line)), len(body))
    if at == len(body):
        raise text.error(f"instance {name[:40]}: no line 'jobs machines'; is the file cut short?")
    return Instance(name, tuple(line.text for line in body[:at]), tuple(body[at:]))


def _taillard(text: Text, lines: Sequence[Line]) -> Instance:
    """What is below a heading; the bounds that it has are told as comments are."""
    heading = [word.strip(" :").lower() for word in lines[0].text.split(",")]
    if len(lines) < 2:
        raise text.error("the file ends after the heading 'Nb of jobs, ...'; is it cut short?")
    words = lines[1].text.split()
    said = tuple(
        f"{what}: {word}"
        for what, word in zip(heading, words, strict=False)
        if what == "upper bound" and whole(word)
    )
    return Instance("", said, tuple(lines[1:]))


def _require_no_numbers(lines: Sequence[Line], before: str) -> None:
    for line in lines:
        if _numeric(line) and len(line.text.split()) > 1:
            raise line.error(f"{line.text[:40]!r} comes before {before}")


def _numeric(line: Line) -> bool:
    return all(whole(word) is not None for word in line.text.split())


def _chosen(text: Text, instances: Sequence[Instance], problem: int | str | None) -> int:
    """The number of the instance that is meant, from 1."""
    names = [instance.name for instance in instances]
    known = ", ".join(names) if any(names) else f"1 to {len(names)}"
    if problem is None:
        if len(instances) > 1:
            raise text.error(f"{len(instances)} job shops; choose one by problem=: {known}")
        return 1
    for number, name in enumerate(names, 1):
        if problem in (number, str(number), name or text.stem) and not isinstance(problem, bool):
            return number
    raise text.error(f"problem={shown(problem, 60)}: the file has {known:.200}")


def _jobs(text: Text, instance: Instance, notes: list[str]) -> list[tuple[list[Step], Line]]:
    """The steps of each job, machines from 0, and its line."""
    header, *rows = instance.lines
    words = header.text.split()
    jobs, machines = shop_sizes(header, words)
    headed = any(SECTION.match(row.text) for row in rows)
    bare = not headed and len(rows) == 2 * jobs and all(_of(machines, row) for row in rows)
    plain = not headed and not bare
    if bare:
        notes.append("two lines a job: taken for Taillard's layout, durations first, then machines")
    if len(words) > 2 and plain and not instance.said:
        raise header.error(f"{header.text[:40]!r}: the first line gives 'jobs machines' alone")
    listed = _pairs(text, rows, jobs, machines) if plain else _tables(text, rows, jobs)
    used = [On(machine, line) for steps, _ in listed for (machine, line), _ in steps]
    first = first_machine(used, machines, 0 if plain else 1, notes)
    _note_routes(listed, machines, notes)
    return [([(m - first, takes) for (m, _), takes in steps], line) for steps, line in listed]


def _of(machines: int, row: Line) -> bool:
    """Whether a line has a number for each machine."""
    return len(row.text.split()) == machines and _numeric(row)


Found = list[tuple[list[tuple[Cell, int]], Line]]


def _pairs(text: Text, rows: Sequence[Line], jobs: int, machines: int) -> Found:
    lines = lines_of_jobs(text, rows, jobs)
    numbers = [line.wholes() for line in lines]
    usual = all(len(row) == 2 * machines for row in numbers)
    if not usual and flexible(numbers, machines):
        raise lines[0].error(
            "each line is one of a flexible job shop, a number of steps before them; "
            "read it as a flexible-job-shop"
        )
    for line, row in zip(lines, numbers, strict=True):
        if len(row) % 2:
            raise line.error(f"{len(row)} numbers; a job is pairs of 'machine duration'")
    return [
        ([((m, line), takes) for m, takes in zip(row[::2], row[1::2], strict=True)], line)
        for line, row in zip(lines, numbers, strict=True)
    ]


def _tables(text: Text, rows: Sequence[Line], jobs: int) -> Found:
    """A line of durations and a line of machines a job.

    The one first that is headed so, or else the durations.
    """
    titles = {k: row.text for k, row in enumerate(rows) if SECTION.match(row.text)}
    heads = {k: title.lower().strip(" :") for k, title in titles.items()}
    if heads and (sorted(heads.values()) != ["machines", "times"] or 0 not in heads):
        raise rows[0].error("give the headings 'Times' and 'Machines' once, each above its lines")
    middle = max(heads) if heads else jobs
    blocks = [rows[bool(heads) : middle], rows[middle + bool(heads) :]]
    for block in blocks:
        lines_of_jobs(text, block, jobs)
    takes, order = reversed(blocks) if heads.get(0) == "machines" else blocks
    listed: Found = []
    for one, other in zip(takes, order, strict=True):
        durations, machines = one.wholes(), other.wholes()
        if len(durations) != len(machines):
            raise other.error(
                f"{len(machines)} machines for {len(durations)} durations on line {one.number}; "
                "give one each"
            )
        listed.append(([((m, other), t) for m, t in zip(machines, durations, strict=True)], one))
    return listed


def _note_routes(listed: Found, machines: int, notes: list[str]) -> None:
    """That jobs skip machines, or come back to one, which a lost number could be the reason of."""
    routes = [(Counted([m for (m, _), _ in steps]), line.number) for steps, line in listed]
    for what, where in (
        ("skip machines", [line for route, line in routes if route.different < machines]),
        ("come back to a machine", [line for route, line in routes if route.again]),
    ):
        if where:
            first = f"line {where[0]}" if len(where) == 1 else f"line {where[0]} first"
            notes.append(f"{len(where)} of {len(listed)} jobs {what} ({first})")


class Counted:
    """How many different machines a job visits, and whether it visits one again."""

    def __init__(self, machines: Sequence[int]) -> None:
        self.different = len(set(machines))
        self.again = self.different < len(machines)
