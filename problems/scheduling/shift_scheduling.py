"""Text of the shift scheduling benchmarks: sections of lines with commas, `#` before comments.

    SECTION_HORIZON             14
    SECTION_SHIFTS              D,480,E|L                  name, minutes, those that may not follow
    SECTION_STAFF               A,D=14|E=0,4320,3360,5,2,2,1
    SECTION_DAYS_OFF            A,0,7                      days from 0, a Monday
    SECTION_SHIFT_ON_REQUESTS   A,2,D,3                    employee, day, shift, weight
    SECTION_SHIFT_OFF_REQUESTS  C,12,D,1
    SECTION_COVER               0,D,5,100,1                day, shift, needed, weights for each one under and over

Staff are: name, most shifts of each kind, most and least minutes in all, most and least shifts in a row, least days off in a
row, most weekends.

Source: Curtois and Qu (2014), Computational results on new staff scheduling benchmark instances.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qopt import FileError, QoptError, UnknownName

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
LARGEST = 10**9


@dataclass(frozen=True)
class Entry:
    """A line of a section: its words, and its number in the file."""

    path: Path
    number: int
    words: tuple[str, ...]

    def error(self, message: str) -> FileError:
        return FileError(self.path, message, self.number)

    def require(self, form: str) -> Entry:
        """Itself, where it has as many words as `form`."""
        if len(self.words) != len(form.split(",")):
            raise self.error(
                f"{','.join(self.words)[:60]!r} has {len(self.words)} entries; give {form}"
            )
        return self

    def whole(self, at: int, what: str, most: int = LARGEST) -> int:
        return whole(self, self.words[at], what, most)

    def weight(self, at: int, what: str) -> float:
        try:
            value = float(self.words[at])
        except ValueError:
            value = math.nan
        if not 0 <= value <= LARGEST or "_" in self.words[at]:
            raise self.error(
                f"{what} is {self.words[at][:40]!r}; give a number from 0 to {LARGEST:g}"
            )
        return value

    def known(self, at: int, of: str, names: Collection[str]) -> str:
        return known(self, self.words[at], of, names)


def whole(entry: Entry, word: str, what: str, most: int = LARGEST) -> int:
    """A whole number from 0 to `most`."""
    if not (word.isascii() and word.isdigit() and len(word) < 12 and int(word) <= most):
        raise entry.error(f"{what} is {word[:40]!r}; give a whole number from 0 to {most}")
    return int(word)


def known(entry: Entry, word: str, of: str, names: Collection[str]) -> str:
    if word not in names:
        raise entry.error(str(UnknownName(of, word, names)))
    return word


def read_shift_scheduling(path: Path) -> dict[str, Any]:
    """The arguments of `Rostering`. Raises FileError with the line."""
    sections = _sections(path)
    horizon = sections["HORIZON"]
    if len(horizon) != 1:
        raise FileError(
            path, f"SECTION_HORIZON has {len(horizon)} lines; give the number of days in one"
        )
    days = horizon[0].require("days").whole(0, "the number of days", MOST_DAYS)
    if days == 0:
        raise horizon[0].error("the number of days is 0; give at least 1")
    shifts = tuple(_shift(entry, sections["SHIFTS"]) for entry in sections["SHIFTS"])
    _require_different("shift", sections["SHIFTS"])
    names = [shift.name for shift in shifts]
    off: dict[str, tuple[int, ...]] = {}
    staff_names = [entry.words[0] for entry in sections["STAFF"]]
    for entry in sections["DAYS_OFF"]:
        who = entry.known(0, "employee", staff_names)
        off[who] = off.get(who, ()) + tuple(
            whole(entry, word, "a day off", days - 1) for word in entry.words[1:]
        )
    staff = tuple(_employee(entry, names, off) for entry in sections["STAFF"])
    _require_different("employee", sections["STAFF"])
    requests = tuple(
        Request(
            entry.require("employee,day,shift,weight").known(0, "employee", staff_names),
            entry.whole(1, "the day", days - 1),
            entry.known(2, "shift", names),
            entry.weight(3, "the weight"),
            wanted,
        )
        for section, wanted in (("SHIFT_ON_REQUESTS", True), ("SHIFT_OFF_REQUESTS", False))
        for entry in sections[section]
    )
    cover = tuple(
        Cover(
            entry.require("day,shift,needed,weight under,weight over").whole(
                0, "the day", days - 1
            ),
            entry.known(1, "shift", names),
            entry.whole(2, "the number needed"),
            entry.weight(3, "the weight of one under"),
            entry.weight(4, "the weight of one over"),
        )
        for entry in sections["COVER"]
    )
    seen: set[tuple[str, ...]] = set()
    for entry, one in zip(sections["COVER"], cover, strict=True):
        if (str(one.day), one.shift) in seen:
            raise entry.error(f"a second cover of shift {one.shift} on day {one.day}; keep one")
        seen.add((str(one.day), one.shift))
    return {
        "days": days,
        "shifts": shifts,
        "staff": staff,
        "cover": cover,
        "requests": requests,
        "name": path.stem,
    }


def _sections(path: Path) -> dict[str, list[Entry]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise FileError(path, error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise FileError(path, "not a text file") from None
    found: dict[str, list[Entry]] = {}
    section: list[Entry] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("SECTION_"):
            name = line.removeprefix("SECTION_")
            if name not in SECTIONS:
                raise FileError(path, str(UnknownName("section", name, SECTIONS)), number)
            if name in found:
                raise FileError(path, f"a second SECTION_{name}; keep one", number)
            section = found[name] = []
        elif section is None:
            raise FileError(
                path, f"{line[:40]!r} comes before the first section, as SECTION_HORIZON", number
            )
        else:
            section.append(Entry(path, number, tuple(word.strip() for word in line.split(","))))
    for name in SECTIONS:
        if not found.get(name) and name not in OPTIONAL:
            raise FileError(
                path, f"there is no SECTION_{name}, or nothing in it; is the file cut short?"
            )
    return {name: found.get(name, []) for name in SECTIONS}


def _shift(entry: Entry, every: Sequence[Entry]) -> Shift:
    entry.require("name,minutes,those that may not follow")
    names = [other.words[0] for other in every]
    after = tuple(known(entry, word, "shift", names) for word in entry.words[2].split("|") if word)
    try:
        return Shift(entry.words[0], entry.whole(1, "the length in minutes"), after)
    except QoptError as error:
        raise entry.error(str(error)) from None


def _employee(entry: Entry, shifts: Collection[str], off: dict[str, tuple[int, ...]]) -> Employee:
    entry.require(
        "name,most shifts,most minutes,least minutes,most in a row,least in a row,least days off in a row,most weekends"
    )
    most: dict[str, int] = {}
    for part in entry.words[1].split("|") if entry.words[1] else ():
        name, _, count = part.partition("=")
        most[known(entry, name, "shift", shifts)] = whole(entry, count, f"the most of shift {name}")
    try:
        return Employee(
            entry.words[0],
            most,
            max_minutes=entry.whole(2, "the most minutes"),
            min_minutes=entry.whole(3, "the least minutes"),
            max_consecutive=entry.whole(4, "the most in a row"),
            min_consecutive=entry.whole(5, "the least in a row"),
            min_days_off=entry.whole(6, "the least days off in a row"),
            max_weekends=entry.whole(7, "the most weekends"),
            days_off=off.get(entry.words[0], ()),
        )
    except FileError:
        raise
    except QoptError as error:
        raise entry.error(str(error)) from None


def _require_different(of: str, entries: Sequence[Entry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.words[0] in seen:
            raise entry.error(
                f"a second {of} named {entry.words[0]!r}; give each a name of its own"
            )
        seen.add(entry.words[0])
