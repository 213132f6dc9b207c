"""The rows of MPS files: their types, right-hand sides, ranges and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, isfinite

from ..program import LOWER_ROW, UPPER_ROW, Row, Sum
from .entries import NO_LIMIT, Entries

TYPES = ("N", "L", "G", "E")
INDICATOR = "an indicator is IF, a row, a column, and 0 or 1"


@dataclass
class FileRow:
    """A row of the file: `type` is N, L, G or E; `rhs` and `range` as they were said."""

    label: str
    line: int
    type: str
    sum: Sum = field(default_factory=Sum)
    rhs: float = 0.0
    range: float | None = None
    when: tuple[int, int] | None = None

    def sides(self) -> tuple[float, float]:
        """R of a range: on L from rhs - |R|, on G to rhs + |R|, on E to rhs + R, up or down."""
        low = self.rhs if self.type in "GE" else -inf
        high = self.rhs if self.type in "LE" else inf
        if self.range is None:
            return low, high
        if self.type == "E":
            return min(low, low + self.range), max(high, high + self.range)
        if self.type == "L":
            return high - abs(self.range), high
        return low, low + abs(self.range)


class Rows:
    """The rows so far; `objective` is the label of the one that OBJNAME names, "" for none."""

    def __init__(self, entries: Entries) -> None:
        self.entries, self.program = entries, entries.program
        self.objective = ""
        self._rows: dict[str, FileRow] = {}

    def __bool__(self) -> bool:
        return bool(self._rows)

    def row(self, label: str) -> FileRow:
        """The row that is called so."""
        row = self._rows.get(label)
        if row is None:
            self.entries.refuse(f"no row is called {label!r}")
        return row

    def add(self, words: list[str]) -> None:
        """A row, of a type and a name."""
        self.entries.require_count(words, 2, "a row is a type and a name")
        kind, label = words[0].upper(), words[1]
        if kind not in TYPES:
            self.entries.refuse(f"{words[0]!r} is no type of a row; types are N, L, G and E")
        if label in self._rows:
            self.entries.refuse(f"two rows are called {label!r}; give each its own label")
        self._rows[label] = FileRow(label, self.entries.line, kind)

    def add_numbers(self, section: str, words: list[str]) -> None:
        """Right-hand sides and ranges; the name of their set may be left out."""
        named = len(words) % 2
        self.entries.require_one_set(section, words[0] if named else "")
        for label, value in self.entries.pairs(words[named:], infinite=True):
            row = self.row(label)
            if section == "RHS":
                if row.type == "N" and not isfinite(value):
                    self.entries.refuse("the objective has an infinite right-hand side")
                row.rhs = value
            elif row.type == "N":
                self.entries.refuse(f"row {label!r} is of type N, and has no range")
            else:
                row.range = value

    def add_indicator(self, words: list[str]) -> None:
        """A row that holds only where a column has a value, 0 or 1."""
        self.entries.require_count(words, 4, INDICATOR)
        row, value = self.row(words[1]), self.entries.number(words[3])
        names = self.program.names
        if words[0].upper() != "IF" or value not in (0, 1) or words[2] not in names:
            self.entries.refuse(INDICATOR)
        row.when = (names[words[2]], int(value))

    def objective_label(self) -> str:
        """The row of type N that OBJNAME names, or else the first; "" where there is none."""
        free = [label for label, row in self._rows.items() if row.type == "N"]
        if self.objective and self.objective not in free:
            self.entries.refuse(f"OBJNAME {self.objective!r} is no row of type N")
        return self.objective or (free[0] if free else "")

    def finish(self, chosen: str) -> None:
        """The objective, which is the row `chosen`, and the other rows go to the program."""
        program, objective = self.program, self._rows.pop(chosen)
        program.objective, program.objective_label = objective.sum, chosen
        program.objective_line = objective.line
        program.objective.constant = -objective.rhs
        if objective.rhs:
            side = f"the right-hand side of the objective, {objective.rhs:g}"
            program.notes.append(f"{side}, was taken from it")
        free = [row.label for row in self._rows.values() if row.type == "N"]
        if free:
            program.notes.append(f"rows of type N beside the objective were dropped: {free}")
        for row in self._rows.values():
            if row.type != "N":
                self._finish_row(row)

    def _finish_row(self, row: FileRow) -> None:
        self.entries.line = row.line
        low, high = row.sides()
        if low >= NO_LIMIT or high <= -NO_LIMIT:
            complaint = f"row {row.label!r} cannot be kept"
            self.entries.refuse(f"{complaint}: it compares with an infinite number")
        rows, first = self.program.rows, len(self.program.rows)
        self.program.add_sides(row.label, row.line, row.sum, low, high)
        if row.when is None:
            return
        for one in rows[first:]:
            one.when = row.when
        if rows[first:] and rows[first].sense == "=":  # under a condition it becomes two
            rows[first:] = [
                Row(row.label + suffix, row.line, row.sum, sense, row.rhs, row.when)
                for sense, suffix in ((">", LOWER_ROW), ("<", UPPER_ROW))
            ]
