"""The form of files of VRPLIB and TSPLIB: lines 'KEY : value', and sections below their titles.

What is known of a field or a section is written down once: read, of no matter, or refused with the
reason. Everything else is refused, too: a field passed over may be a constraint.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from qopt import FileError
from qopt.kit.files import LARGEST, Line, Text, Word, number

Floats = npt.NDArray[np.float64]

TITLE = re.compile(r"(\w+_SECTION)\b\s*[:=]?\s*(.*)", re.IGNORECASE)
FIELD = re.compile(r"([A-Za-z][\w -]*?)\s*[:=]\s*(.*)")
WORD = re.compile(r"([A-Za-z][\w-]*)\s+(.*)")

PLAIN = {  # what both kinds of files have and what every reader needs
    "NAME", "COMMENT", "TYPE", "DIMENSION", "SCALE",
    "EDGE_WEIGHT_TYPE", "EDGE_WEIGHT_FORMAT", "EDGE_WEIGHT_SECTION",
    "NODE_COORD_SECTION", "DISPLAY_DATA_SECTION", "DEPOT_SECTION",
}  # fmt: skip
NO_MATTER = {"NODE_COORD_TYPE", "DISPLAY_DATA_TYPE", "EDGE_WEIGHT_UNIT_OF_MEASUREMENT"}
REFUSED = {
    "FIXED_EDGES_SECTION": "edges that a tour must have are not modelled; take them out",
    "EDGE_DATA_FORMAT": "graphs with some edges only are not read; give all distances",
    "EDGE_DATA_SECTION": "graphs with some edges only are not read; give all distances",
    "GRID_SIZE": "distances on a torus are not read",
    "TOUR_SECTION": "a tour is an answer and no part of the problem; give it as `initial`",
}


@dataclass
class Section:
    """A section by its title's line, with the lines below it."""

    name: str
    line: int
    rows: list[Line] = field(default_factory=list)

    def words(self) -> list[Word]:
        return [word for row in self.rows for word in row.words()]

    @property
    def last(self) -> int:
        return self.rows[-1].number if self.rows else self.line


class KeywordFile:
    """The fields and sections of a file; every complaint is a FileError with the line it is about.

    Parameters
    ----------
    text
        The file. Lines that begin with # are comments.
    used
        Names of fields and sections that the reader knows, besides those every file may have.
    refused
        Names that have a meaning the reader cannot honour, and why.
    types
        The kinds of problems that the reader takes; None for one it refuses, with the reason for
        it.
    """

    def __init__(
        self,
        text: Text,
        used: Collection[str],
        refused: Mapping[str, str],
        types: Mapping[str, str | None],
    ) -> None:
        self.source = text
        self.fields: dict[str, tuple[str, int]] = {}
        self.sections: dict[str, Section] = {}
        known, why = {*PLAIN, *NO_MATTER, *used}, {**REFUSED, **refused}
        self._take_lines({*known, *why})
        self._require_type(types)
        for name, line in self._lines_of_names():
            if name not in known:
                reason = why.get(
                    name, "nothing is known of it; take it out if the plan does not depend on it"
                )
                raise self.error(f"{name}: {reason}", line)

    def _require_type(self, types: Mapping[str, str | None]) -> None:
        """The first word of TYPE counts; a file may leave it out."""
        kind = (self.text("TYPE").upper().split() or [""])[0]
        if kind and types.get(kind, "is not known") is not None:
            read = ", ".join(known for known, refusal in types.items() if refusal is None)
            reason = types.get(kind) or f"nothing is known of it; this reads {read}"
            raise self.error(f"TYPE is {kind[:40]}: {reason}", self.line("TYPE"))

    def error(self, message: str, line: int | None = None) -> FileError:
        return self.source.error(message, line)

    def _take_lines(self, known: Collection[str]) -> None:
        section: Section | None = None
        ended = False
        for line in self.source.lines(comments=("#",)):
            if ended:
                raise line.error(f"{line.text[:40]!r} follows EOF, the end of the file")
            if line.text.upper().rstrip(" :=") == "EOF":
                ended = True
            elif title := TITLE.match(line.text):
                section = self._begin(title[1].upper(), line)
                if title[2]:
                    section.rows.append(Line(self.source, line.number, title[2]))
            elif named := _field(line.text, known):
                self._keep(*named, line)
                section = None
            elif section is not None:
                section.rows.append(line)
            else:
                raise line.error(
                    f"{line.text[:40]!r} is neither a 'KEY : value' nor inside a section"
                )
        if not self.fields and not self.sections:
            raise self.error(
                "the file is empty; a VRPLIB file has 'KEY : value' lines and sections"
            )

    def _begin(self, name: str, line: Line) -> Section:
        if name in self.sections:
            raise line.error(f"{name} comes twice, first on line {self.sections[name].line}")
        self.sections[name] = Section(name, line.number)
        return self.sections[name]

    def _keep(self, name: str, value: str, line: Line) -> None:
        before, first = self.fields.get(name, ("", line.number))
        if name == "COMMENT":
            value = f"{before} {value}".strip()
        elif name in self.fields:
            raise line.error(f"{name} comes twice, first on line {first}")
        self.fields[name] = (value, first)

    def _lines_of_names(self) -> Iterator[tuple[str, int]]:
        yield from ((name, line) for name, (_, line) in self.fields.items())
        yield from ((name, section.line) for name, section in self.sections.items())

    def line(self, name: str) -> int | None:
        """Where a field or the title of a section stands."""
        return next((line for given, line in self._lines_of_names() if given == name), None)

    def has(self, *names: str) -> bool:
        """Whether the file has any of these fields and sections."""
        return any(name in self.fields or name in self.sections for name in names)

    def text(self, key: str, default: str = "") -> str:
        return self.fields.get(key, (default, 0))[0]

    def number(self, key: str, least: float) -> float:
        if key not in self.fields:
            raise self.error(f"{key} is missing; the header must give it as '{key} : number'")
        text, line = self.fields[key]
        return self.amount(text, line, key, least)

    def whole(self, key: str, least: int) -> int:
        value = self.number(key, least)
        if value != int(value):
            raise self.error(f"{key} is {value:g}; it must be a whole number", self.line(key))
        return int(value)

    def nodes(self, most: int) -> int:
        """How many there are."""
        n = self.whole("DIMENSION", 2)
        if n > most:
            raise self.error(
                f"DIMENSION is {n}; at most {most} nodes are read", self.line("DIMENSION")
            )
        return n

    @property
    def first(self) -> int:
        """The number of the first node: 1, or 0 in files that count from there."""
        for name in ("NODE_COORD_SECTION", "DEMAND_SECTION", "LINEHAUL_SECTION"):
            if name in self.sections:
                begins = {row.text.split()[0] for row in self.sections[name].rows}
                return 0 if "0" in begins else 1
        return 1

    def table(
        self, name: str, columns: int, rows: int, *, of: str = "node", first: int | None = None
    ) -> tuple[Floats, list[int]]:
        """A section of `rows` lines `node value ...`: values [rows, columns], and the line of each.

        Nodes may be in any order.
        """
        section, width = self.section(name), columns + 1
        begin = self.first if first is None else first
        words = section.words()
        if len(words) == rows * width + 1 and words[-1].text == "-1":
            words.pop()
        if len(words) != rows * width:
            asked = f"DIMENSION {rows} asks" if of == "node" else f"{rows} {of}s ask"
            raise self.error(
                f"{name} has {len(words)} numbers; {asked} for {rows} lines of {width}",
                section.last,
            )
        values, lines = np.full((rows, columns), np.nan), [0] * rows
        for k in range(0, len(words), width):
            text, line = words[k].text, words[k].line
            at = self.amount(text, line, f"a {of} of {name}") - begin
            if not (0 <= at == int(at) < rows) or lines[int(at)]:
                raise self.error(
                    f"{of} {text[:40]} of {name} is repeated or outside "
                    f"{begin}..{rows + begin - 1}",
                    line,
                )
            lines[int(at)] = line
            values[int(at)] = [
                self.amount(word.text, word.line, name) for word in words[k + 1 : k + width]
            ]
        return values, lines

    def depots(self, n: int) -> list[int]:
        """The depots, from 0, in the order of the file; the first node where it names none."""
        if "DEPOT_SECTION" not in self.sections:
            return [0]
        section = self.sections["DEPOT_SECTION"]
        depots: list[int] = []
        words = section.words()
        if words and words[-1].text == "-1":
            words.pop()
        for word in words:
            at = self.amount(word.text, word.line, "DEPOT_SECTION") - self.first
            if not 0 <= at == int(at) < n or int(at) in depots:
                raise self.error(
                    f"{word.text[:40]} in DEPOT_SECTION: "
                    f"give different nodes of {self.first}..{n + self.first - 1}, "
                    "and -1 at the end",
                    word.line,
                )
            depots.append(int(at))
        if not 0 < len(depots) < n:
            raise self.error(f"DEPOT_SECTION names {len(depots)} nodes of {n}", section.line)
        return depots

    def section(self, name: str) -> Section:
        if name not in self.sections:
            raise self.error(f"{name} is missing; is the file cut short?")
        return self.sections[name]

    def amount(self, text: str, line: int, what: str, least: float = -LARGEST) -> float:
        """A word as a number of what it is, at least `least`."""
        value = number(text)
        if value is None and text.lower() != "nan":
            raise self.error(f"{text[:40]!r} is not a number ({what})", line)
        if value is None or not least <= value <= LARGEST:
            raise self.error(
                f"{what} is {text[:40]}; give a number from {least:g} to {LARGEST:g}", line
            )
        return value


def _field(text: str, known: Collection[str]) -> tuple[str, str] | None:
    """The name and the value of 'KEY : value', or of 'KEY value' where the name is known."""
    matched = FIELD.match(text)
    if matched is None:
        matched = WORD.match(text)
        if matched is None or _name(matched[1]) not in known:
            return None
    return _name(matched[1]), matched[2].strip()


def _name(key: str) -> str:
    return re.sub(r"[ -]+", "_", key.strip()).upper()


def stem(text: Text) -> str:
    """The name of a file without its endings, that of its compression among them."""
    name = text.path.name
    for ending in (".gz", ".xz", ".bz2"):
        name = name.removesuffix(ending)
    return name.rsplit(".", 1)[0] if "." in name.lstrip(".") else name
