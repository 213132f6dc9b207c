"""Text of the shift scheduling benchmarks: sections of lines with commas, `#` before comments.

    SECTION_HORIZON             14
    SECTION_SHIFTS              D,480,E|L                  name, minutes, those that may not follow
    SECTION_STAFF               A,D=14|E=0,4320,3360,5,2,2,1
    SECTION_DAYS_OFF            A,0,7                      days from 0, a Monday
    SECTION_SHIFT_ON_REQUESTS   A,2,D,3                    employee, day, shift, weight
    SECTION_SHIFT_OFF_REQUESTS  C,12,D,1
    SECTION_COVER               0,D,5,100,1                day, shift, needed, weights under, over

Staff are: name, most shifts of each kind, most and least minutes in all, most and least shifts in a
row, least days off in a row, most weekends.

Source: Curtois and Qu (2014), Computational results on new staff scheduling benchmark instances.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from qopt import FileError, UnknownName
from qopt.kit.checks import Place
from qopt.kit.files import LARGEST, At, Fields, Line, Text, number, whole

from .staffing import Cover, Employee, Request, Shift

SECTIONS = (
    "HORIZON",
    "SHIFTS",
    "STAFF",
    "DAYS_OFF",
    "SHIFT_ON_REQUESTS",
    "SHIFT_OFF_REQUESTS",
    "COVER",
)
OPTIONAL = SECTIONS[3:]
MOST_DAYS = 366
STAFF = (
    "name,most shifts,most minutes,least minutes,"
    "most in a row,least in a row,least days off in a row,most weekends"
)
COVER = "day,shift,needed,weight under,weight over"
OTHERS = (  # how other files of rosters begin, and what they are
    (re.compile(r"\{[^{}\[\]]*\"numberOfWeeks\"", re.DOTALL), "a scenario of the INRC-II"),
    (re.compile(r"\{.*\"nurseHistory\"", re.DOTALL), "a history of the INRC-II"),
    (re.compile(r"\{.*\"requirements\"", re.DOTALL), "a week's data of the INRC-II"),
    (re.compile(r"\{.*\"assignments\"", re.DOTALL), "a solution of the INRC-II"),
    (re.compile(r"SCENARIO\s*="), "a scenario of the INRC-II"),
    (re.compile(r"HISTORY\b"), "a history of the INRC-II"),
    (re.compile(r"WEEK_DATA\b"), "a week's data of the INRC-II"),
    (re.compile(r"(<\?xml.*)?<SchedulingPeriod", re.DOTALL), "a scheduling period in XML"),
    (re.compile(r"<"), "XML"),
    (re.compile(r"[{\[]"), "JSON"),
)


@dataclass(frozen=True)
class Entry:
    """A line of a section, and its words."""

    line: Line
    words: tuple[str, ...]

    def error(self, message: str) -> FileError:
        return self.line.error(message)

    def require(self, form: str) -> Entry:
        """Itself, where it has as many words as `form`."""
        if len(self.words) != len(form.split(",")):
            text = ",".join(self.words)
            raise self.error(f"{text[:60]!r} has {len(self.words)} entries; give {form}")
        return self

    def whole(self, at: int, what: str) -> int:
        return self.count(self.words[at], what)

    def count(self, word: str, what: str) -> int:
        value = whole(word)
        if value is None or abs(value) > LARGEST:
            raise self.error(f"{what} is {word[:40]!r}; give a whole number")
        return value

    def weight(self, at: int, what: str) -> float:
        value = number(self.words[at])
        if value is None or abs(value) > LARGEST:
            raise self.error(f"{what} is {self.words[at][:40]!r}; give a number up to {LARGEST:g}")
        return value

    def at(self) -> dict[Place, At]:
        """Where anything that is wrong with it stands."""
        return {(): self.line.number}


def read_shift_scheduling(path: Path) -> Fields:
    """The arguments of `Rostering`, and the line of each. Raises FileError with the line."""
    text = Text.read(path)
    sections = _sections(text)
    horizon = sections["HORIZON"]
    if len(horizon) != 1:
        message = f"SECTION_HORIZON has {len(horizon)} lines; give the number of days in one"
        raise text.error(message, horizon[1].line.number)
    days = horizon[0].require("days").whole(0, "the number of days")
    if not 1 <= days <= MOST_DAYS:
        message = f"the number of days is {days}; give 1 to {MOST_DAYS}"
        raise horizon[0].error(message)
    off = _days_off(sections["DAYS_OFF"], [entry.words[0] for entry in sections["STAFF"]])
    wanted = sections["SHIFT_ON_REQUESTS"]
    requests = [*wanted, *sections["SHIFT_OFF_REQUESTS"]]
    staff = tuple(_employee(entry, off) for entry in sections["STAFF"])
    values = {
        "days": days,
        "shifts": tuple(map(_shift, sections["SHIFTS"])),
        "staff": staff,
        "cover": tuple(map(_cover, sections["COVER"])),
        "requests": tuple(_request(entry, k < len(wanted)) for k, entry in enumerate(requests)),
        "name": text.stem,
    }
    places: dict[Place, At] = {("days",): horizon[0].line.number}
    for key, entries in (
        ("shifts", sections["SHIFTS"]),
        ("staff", sections["STAFF"]),
        ("cover", sections["COVER"]),
        ("requests", requests),
    ):
        places |= {(key, k): entry.line.number for k, entry in enumerate(entries)}
    for k, employee in enumerate(staff):
        lines = (line for _, line in off.get(employee.name, ()))
        places |= {("staff", k, "days_off", at): line for at, line in enumerate(lines)}
    return Fields(text, values, places)


def _sections(text: Text) -> dict[str, list[Entry]]:
    lines = list(text.lines(comments=("#",)))
    if lines:
        for pattern, what in OTHERS:
            if pattern.match(text.content.lstrip()):
                wanted = "read is the text of the shift scheduling benchmarks"
                message = f"{what}, which is not read here; {wanted}"
                raise text.error(message, lines[0].number)
    sections: dict[str, list[Entry]] = {}
    section: list[Entry] | None = None
    for line in lines:
        if line.text.startswith("SECTION_"):
            name = line.text.removeprefix("SECTION_")
            if name not in SECTIONS:
                raise line.error(str(UnknownName("section", name[:40], SECTIONS)))
            if name in sections:
                raise line.error(f"a second SECTION_{name}; keep one")
            section = sections[name] = []
        elif section is None:
            raise line.error(
                f"{line.text[:40]!r} comes before the first section, as SECTION_HORIZON"
            )
        else:
            section.append(Entry(line, tuple(word.strip() for word in line.text.split(","))))
    for name in SECTIONS:
        if not sections.get(name) and name not in OPTIONAL:
            message = f"there is no SECTION_{name}, or nothing in it; is the file cut short?"
            raise text.error(message)
    return {name: sections.get(name, []) for name in SECTIONS}


def _days_off(entries: Sequence[Entry], staff: Sequence[str]) -> dict[str, list[tuple[int, int]]]:
    """The days off of each employee, with their lines."""
    off: dict[str, list[tuple[int, int]]] = {}
    for entry in entries:
        who = entry.words[0]
        if who not in staff:
            raise entry.error(str(UnknownName("employee", who[:40], staff)))
        days = [(entry.count(word, "a day off"), entry.line.number) for word in entry.words[1:]]
        off.setdefault(who, []).extend(days)
    return off


def _shift(entry: Entry) -> Shift:
    name, minutes, after = entry.require("name,minutes,those that may not follow").words
    length = entry.count(minutes, "the length in minutes")
    with entry.line.source.blaming(entry.at()):
        return Shift(name, length, tuple(word for word in after.split("|") if word))


def _employee(entry: Entry, off: dict[str, list[tuple[int, int]]]) -> Employee:
    most: dict[str, int] = {}
    limits = entry.require(STAFF).words[1]
    for part in limits.split("|") if limits else ():
        name, _, count = part.partition("=")
        if name in most:
            raise entry.error(f"the most of shift {name[:40]!r} is given twice; keep one")
        most[name] = entry.count(count, f"the most of shift {name[:40]}")
    names = (
        "max_minutes",
        "min_minutes",
        "max_consecutive",
        "min_consecutive",
        "min_days_off",
        "max_weekends",
    )
    rules = {
        name: entry.whole(at, what)
        for at, (name, what) in enumerate(zip(names, STAFF.split(",")[2:], strict=True), 2)
    }
    free = tuple(day for day, _ in off.get(entry.words[0], ()))
    with entry.line.source.blaming(entry.at()):
        return Employee(entry.words[0], most, days_off=free, **rules)


def _request(entry: Entry, wanted: bool) -> Request:
    who, _, shift, _ = entry.require("employee,day,shift,weight").words
    day, weight = entry.whole(1, "the day"), entry.weight(3, "the weight")
    with entry.line.source.blaming(entry.at()):
        return Request(who, day, shift, weight, wanted)


def _cover(entry: Entry) -> Cover:
    shift = entry.require(COVER).words[1]
    day, needed = entry.whole(0, "the day"), entry.whole(2, "the number needed")
    under = entry.weight(3, "the weight of one under")
    over = entry.weight(4, "the weight of one over")
    with entry.line.source.blaming(entry.at()):
        return Cover(day, shift, needed, under, over)
