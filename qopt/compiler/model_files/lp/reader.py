"""The sections of an LP file, and the program that they say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import inf
from typing import NamedTuple

from ....kit.files import Text
from ..program import Program
from . import grammar
from .place import Place
from .rows import Rows
from .sums import Sums
from .variables import Variables
from .whole import (
    confine_binaries,
    require_known,
    require_lower_bounds,
    require_names,
    settle_semis,
)


def read(text: Text) -> Program:
    """The program that a file says.

    Raises FileError, with the line and the column, for what is no LP and for what cannot be
    expressed here.
    """
    return _Reader(text).program


class _Section(NamedTuple):
    name: str
    heading: str
    start: int
    end: int


class _Reader:
    """A place in the text, what reads on from there, and the program so far."""

    def __init__(self, text: Text) -> None:
        self.program = Program(text)
        self.place = Place(self.program)
        self.sums = Sums(self.place)
        self.rows = Rows(self.place, self.sums)
        self.variables = Variables(self.place)
        for section in self._sections():
            self.place.at, self.place.end = section.start, section.end
            self._section(section)
        self._finish()

    def _sections(self) -> Iterator[_Section]:
        text, place = self.program.text, self.place
        if grammar.LP_SOLVE.match(text.content):
            raise text.error(
                "this is lp_solve's own LP format, which is another one; export the model as MPS "
                "(lp_solve -S1 -parse model.lp -wfmps model.mps)"
            )
        headings = []
        for heading in grammar.HEADING.finditer(place.content):
            name = next(name for name in grammar.HEADINGS if heading[name])
            spelled = heading[name]
            labels = heading["colon"] and name not in ("minimise", "maximise")
            if not labels or re.search(r"\s", spelled):  # else `Rows.label` looks at it
                headings.append((name, spelled, heading.start(), heading.end()))
        if not place.content.strip():
            raise text.error("the file is empty")
        first = headings[0][2] if headings else place.end
        if place.content[:first].strip():
            rule = "an LP file begins with 'Minimize' or 'Maximize' on a line of its own"
            place.unexpected(rule)
        ends = [start for _, _, start, _ in headings[1:]] + [place.end]
        for (name, spelled, _, start), end in zip(headings, ends, strict=True):
            yield _Section(name, spelled, start, end)

    def _section(self, section: _Section) -> None:
        place = self.place
        match section.name:
            case "minimise" | "maximise":
                self._objective(section)
            case "rows" | "lazy" | "cuts":
                self.rows.read()
            case "bounds":
                self.variables.read_bounds()
            case "whole" | "binary" | "semi":
                self.variables.read_list(section.name, section.heading)
            case "sets":
                self.variables.read_sets(section.heading)
            case "end":
                place.end = len(place.content)
                if place.word():
                    place.unexpected("nothing follows 'End'")
            case _:
                place.at -= len(section.heading)
                remedy = "write what it says as linear rows, or as indicators"
                place.refuse(f"{section.heading!r} is not read; {remedy}")
        if section.name == "cuts" and self.rows.statements:
            self.program.notes.append("user cuts were taken as rows")

    def _objective(self, section: _Section) -> None:
        program, place = self.program, self.place
        if program.objective_line:
            place.refuse("a second objective; keep one")
        program.sense = "min" if section.name == "minimise" else "max"
        program.objective_line = place.line()
        program.objective_label = self.rows.label()
        program.objective = self.sums.sum(grammar.ANYWHERE, halved=True)
        if abs(program.objective.constant) == inf:
            place.refuse("an objective is not infinite")
        if place.word():
            place.unexpected("an objective is a sum of terms, each with + or - before it")

    def _finish(self) -> None:
        program = self.program
        if not program.objective_line:
            raise program.text.error(
                "no 'Minimize' or 'Maximize' in it; "
                "for any feasible plan, write 'Minimize' and below it '0'"
            )
        require_names(self.place)
        require_known(self.place, self.variables)
        confine_binaries(self.variables)
        settle_semis(self.variables)
        require_lower_bounds(self.variables)
        self.rows.part_labels()
        program.require_labels()
        if not program.names:
            raise program.text.error("no variable in it")
