"""MPS files, free and fixed, with the sections of CPLEX, Gurobi, SCIP, HiGHS and MOSEK.

Words stand between white space, in whatever column. Only where a name has a space in it are the columns of the fixed format
read, and a note says so. What dialects do not agree on:

* A column between integer markers that has no bounds is 0 or 1; with a lower bound alone it has no upper one.
* A negative upper bound without a lower one is refused, as some take the lower bound for 0 and some for -infinity.
* The right-hand side of the objective is the constant that is taken from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import NoReturn

from ....kit.files import LARGEST, Text, number
from ..program import OrderedSet, Program, Row, Sum

NO_LIMIT = 1e20  # what the format's readers take for infinite
COLUMNS = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))  # of the six fields, from 0
SENSES = {"L": "<", "G": ">", "E": "="}
SENSE_WORDS = {"MIN": "min", "MINIMIZE": "min", "MINIMISE": "min", "MAX": "max"} | {
    "MAXIMIZE": "max",
    "MAXIMISE": "max",
}
VALUELESS = ("FR", "MI", "PL", "BV")
BOUNDS = ("LO", "UP", "FX", "LI", "UI", "SC", "SI", *VALUELESS)


class _Spaced(Exception):
    """A line that has too many words: a name has a space in it, or the file is wrong."""

    def __init__(self, line: int, message: str) -> None:
        self.line, self.message = line, message
        super().__init__(message)


def read(text: Text) -> Program:
    """The program that a file says.

    Raises FileError, with the line, for what is no MPS and for what cannot be expressed here.
    """
    try:
        return _Reader(text, str.split).program
    except _Spaced as error:
        try:
            program = _Reader(text, _in_columns).program
        except (_Spaced, ValueError):
            raise text.error(error.message, error.line) from None
        program.notes.append("names have spaces in them: read by the columns of fixed MPS")
        return program


def _in_columns(line: str) -> list[str]:
    """The fields of a line of the fixed format; empty ones are left out."""
    line = line.expandtabs(8).ljust(61)
    if any(line[k] != " " for k in (3, 12, 13, 22, 23, 36, 37, 38, 47, 48)):
        raise ValueError
    fields = [line[start:end].strip() for start, end in COLUMNS]
    return [one for one in fields if one]


@dataclass
class _Row:
    """A row of the file: `type` is N, L, G or E; `rhs` and `range` as they were said."""

    label: str
    line: int
    type: str
    sum: Sum = field(default_factory=Sum)
    rhs: float = 0.0
    range: float | None = None
    when: tuple[int, int] | None = None


class _Reader:
    """The lines, one after another, and the program so far."""

    def __init__(self, text: Text, fields: Callable[[str], list[str]]) -> None:
        self.text, self.program = text, Program(text)
        self._rows: dict[str, _Row] = {}
        self._objective = ""
        self._between_markers = False
        self._binary_by_default: set[int] = set()
        self._semi: dict[int, int] = {}
        self._names: dict[str, str] = {}  # the one set of right-hand sides, ranges and bounds
        self._of: _Row | None = None  # whose products come
        self._column = ""
        self._done: set[str] = set()
        self.line = 0
        section, ended = "", False
        for self.line, line in enumerate(text.content.split("\n"), 1):
            if not line.strip() or line.startswith("*"):
                continue
            if ended:
                self._refuse("nothing follows ENDATA")
            sense = section == "OBJSENSE" and line.strip().upper() in SENSE_WORDS
            if line[0] not in " \t" and not sense:
                section = self._begin(line)
                ended = section == "ENDATA"
            else:
                free = section in ("OBJSENSE", "OBJNAME")  # a word in no column
                self._entry(section, self._words(line, str.split if free else fields))
        if not self._rows:
            raise text.error(
                "no rows in it; an MPS file has sections ROWS, COLUMNS, RHS and BOUNDS"
            )
        if not ended:
            self.program.notes.append("no ENDATA at the end; is the file cut short?")
        self._finish()

    def _words(self, line: str, fields: Callable[[str], list[str]]) -> list[str]:
        words = fields(line)
        comment = next((k for k, word in enumerate(words) if k and word.startswith("$")), None)
        return words[:comment]

    def _begin(self, line: str) -> str:
        """The head of a section, with what stands beside it."""
        head, *rest = line.split()
        head = head.upper()
        if head in ("LAZYCONS", "USERCUTS"):
            self.program.notes.append(f"the rows of {head} were taken as rows")
            return "ROWS"
        match head:
            case "NAME" | "ENDATA" | "ROWS" | "COLUMNS" | "RHS" | "RANGES" | "BOUNDS":
                if head != "NAME" and head != "RHS" and rest:
                    self._refuse(f"{' '.join(rest)!r} follows {head}")
                if head == "RHS" and rest:
                    self._refuse("the entries of RHS begin on the next line, with a space")
            case "OBJSENSE" | "OBJNAME":
                if rest:
                    self._entry(head, rest)
            case "QUADOBJ" | "QMATRIX" | "INDICATORS" | "SOS" | "SOS1" | "SOS2":
                pass
            case "QSECTION" | "QCMATRIX":
                if len(rest) != 1:
                    self._refuse(f"{head} is followed by the name of a row")
                self._of = self._row(rest[0])
                if head == "QSECTION" and self._of.type != "N":
                    self._refuse("QSECTION of a row that is not the objective: write QCMATRIX")
            case _:
                self._refuse(f"section {head!r} is not read; write what it says as linear rows")
        if head in self._done and head not in ("QSECTION", "QCMATRIX"):
            self._refuse(f"a second section {head}")
        self._done.add(head)
        return head

    def _entry(self, section: str, words: list[str]) -> None:
        match section:
            case "OBJSENSE":
                sense = SENSE_WORDS.get(words[0].upper())
                if sense is None or len(words) > 1:
                    self._refuse(f"OBJSENSE is MIN or MAX, not {' '.join(words)!r}")
                self.program.sense = "max" if sense == "max" else "min"
            case "OBJNAME":
                self._objective = words[0]
            case "ROWS":
                self._add_row(words)
            case "COLUMNS":
                self._add_column(words)
            case "RHS" | "RANGES":
                self._add_numbers(section, words)
            case "BOUNDS":
                self._add_bound(words)
            case "QUADOBJ" | "QMATRIX" | "QSECTION" | "QCMATRIX":
                self._add_product(section, words)
            case "INDICATORS":
                self._add_indicator(words)
            case "SOS" | "SOS1" | "SOS2":
                self._add_to_set(section, words)
            case _:
                self._refuse(f"{words[0]!r} is in no section; sections begin in the first column")

    # sections

    def _add_row(self, words: list[str]) -> None:
        self._require_count(words, 2, "a row is a type and a name")
        kind, label = words[0].upper(), words[1]
        if kind not in ("N", *SENSES):
            self._refuse(f"{words[0]!r} is no type of a row; types are N, L, G and E")
        if label in self._rows:
            self._refuse(f"two rows are called {label!r}; give each its own label")
        self._rows[label] = _Row(label, self.line, kind)

    def _add_column(self, words: list[str]) -> None:
        if len(words) >= 3 and words[1].strip("'\"").upper() == "MARKER":
            kind = words[2].strip("'\"").upper()
            if kind not in ("INTORG", "INTEND") or len(words) != 3:
                self._refuse(f"marker {words[2]!r} is not read; markers are INTORG and INTEND")
            self._between_markers = kind == "INTORG"
            return
        if len(words) == 1:
            self._refuse("a column is followed by rows and numbers")
        name, new = words[0], words[0] not in self.program.names
        v = self.program.names[name]
        if new and self._between_markers:
            self.program.whole.add(v)
            self._binary_by_default.add(v)
        if not new and name != self._column:
            self._refuse(f"column {name!r} is in two places")
        self._column = name
        for label, value in self._pairs(words[1:]):
            row = self._row(label)
            if v in row.sum.column:
                self._refuse(f"column {name!r} is twice in row {label!r}")
            row.sum.column.append(v)
            row.sum.value.append(value)

    def _add_numbers(self, section: str, words: list[str]) -> None:
        """Right-hand sides and ranges; the name of their set may be left out."""
        self._one_set(section, words[0] if len(words) % 2 else "")
        words = words[len(words) % 2 :]
        for label, value in self._pairs(words, infinite=True):
            row = self._row(label)
            if section == "RHS":
                self._require_objective_finite(row, value)
                row.rhs = value
            elif row.type == "N":
                self._refuse(f"row {label!r} is of type N, and has no range")
            else:
                row.range = value

    def _require_objective_finite(self, row: _Row, value: float) -> None:
        if row.type == "N" and not isfinite(value):
            self._refuse("the objective has an infinite right-hand side")

    def _add_bound(self, words: list[str]) -> None:
        kind = words[0].upper()
        if kind not in BOUNDS:
            self._refuse(f"{words[0]!r} is no type of a bound; types are {', '.join(BOUNDS)}")
        names = self.program.names
        rest = words[1:]
        if kind in VALUELESS:
            rest = rest[:-1] if len(rest) > 1 and rest[-1] not in names else rest
            if not 1 <= len(rest) <= 2:
                self._spaced(f"a bound of type {kind} is the name of its set and a column")
            value = 0.0
        else:
            if not 2 <= len(rest) <= 3:
                self._spaced(
                    f"a bound of type {kind} is the name of its set, a column and a number"
                )
            value = self._number(rest.pop(), infinite=True)
        self._one_set("BOUNDS", rest[0] if len(rest) == 2 else "")
        if rest[-1] not in names:
            self._refuse(f"no column is called {rest[-1]!r}")
        self._set_bound(kind, names[rest[-1]], value)

    def _set_bound(self, kind: str, v: int, value: float) -> None:
        program = self.program
        program.places[v] = self.line
        narrow = kind == "BV" or (kind in ("UP", "UI", "FX") and 0 <= value <= 1)
        if not narrow:
            self._binary_by_default.discard(v)
        if kind in ("LI", "UI", "BV", "SI"):
            program.whole.add(v)
        if kind in ("SC", "SI"):
            self._semi[v] = self.line
            value = value or inf
        lower = {"LO": value, "LI": value, "FX": value, "FR": -inf, "MI": -inf, "BV": 0.0}
        upper = {"UP": value, "UI": value, "FX": value, "FR": inf, "PL": inf, "BV": 1.0}
        upper |= {"SC": value, "SI": value}
        for side, new in ((program.lower, lower), (program.upper, upper)):
            if kind in new:
                if side.get(v, new[kind]) != new[kind]:
                    name = program.label(v)
                    program.notes.append(
                        f"a bound of {name!r} is given twice; that on line {self.line} counts"
                    )
                side[v] = new[kind]

    def _add_product(self, section: str, words: list[str]) -> None:
        """Of the objective half of x'Qx: of QMATRIX with both triangles, of the others with one. Of a row x'Qx itself."""
        self._require_count(words, 3, "a product is two columns and a number")
        names, value = self.program.names, self._number(words[2])
        for name in words[:2]:
            if name not in names:
                self._refuse(f"no column is called {name!r}")
        u, v = names[words[0]], names[words[1]]
        half = section == "QMATRIX" or (section != "QCMATRIX" and u == v)
        of = self._of if section in ("QSECTION", "QCMATRIX") else self._row(self._objective_label())
        assert of
        of.sum.first.append(u)
        of.sum.second.append(v)
        of.sum.product.append(value / 2 if half else value)

    def _add_indicator(self, words: list[str]) -> None:
        self._require_count(words, 4, "an indicator is IF, a row, a column, and 0 or 1")
        row, value = self._row(words[1]), self._number(words[3])
        if words[0].upper() != "IF" or value not in (0, 1) or words[2] not in self.program.names:
            self._refuse("an indicator is IF, a row, a column, and 0 or 1")
        row.when = (self.program.names[words[2]], int(value))

    def _add_to_set(self, section: str, words: list[str]) -> None:
        """`S1 label` begins a set, in any of the fields beside it; a member is a column and a weight."""
        sets, names = self.program.sets, self.program.names
        kind = words[0].upper()
        if kind in ("S1", "S2") and not (len(words) == 2 and kind in names):
            label = next((one for one in reversed(words[1:]) if number(one) is None), "")
            label = label or f"set {len(sets) + 1}"
            sets.append(OrderedSet(label, self.line, int(kind[1]), []))
            self._weights: list[float] = []
            return
        if len(words) not in (2, 3) or words[-2] not in names or not sets:
            self._refuse(
                "a set begins with S1 or S2 and its name; its members are columns and weights"
            )
        weight = self._number(words[-1])
        if weight in self._weights or names[words[-2]] in sets[-1].members:
            self._refuse(f"set {sets[-1].label!r} has a column or a weight twice")
        at = sum(other < weight for other in self._weights)
        self._weights.insert(at, weight)
        sets[-1].members.insert(at, names[words[-2]])

    # the whole

    def _objective_label(self) -> str:
        free = [label for label, row in self._rows.items() if row.type == "N"]
        if self._objective and self._objective not in free:
            self._refuse(f"OBJNAME {self._objective!r} is no row of type N")
        return self._objective or (free[0] if free else "")

    def _finish(self) -> None:
        program, chosen = self.program, self._objective_label()
        if not program.names:
            raise self.text.error("no columns in it; an MPS file has its variables below COLUMNS")
        if not chosen:
            raise self.text.error("no row of type N, which is the objective")
        objective = self._rows.pop(chosen)
        program.objective, program.objective_label = objective.sum, chosen
        program.objective_line = objective.line
        program.objective.constant = -objective.rhs
        if objective.rhs:
            program.notes.append(
                f"the right-hand side of the objective, {objective.rhs:g}, was taken from it"
            )
        free = [row.label for row in self._rows.values() if row.type == "N"]
        if free:
            program.notes.append(f"rows of type N beside the objective were dropped: {free}")
        for row in self._rows.values():
            if row.type != "N":
                self._add(row)
        if self._binary_by_default:
            names = [program.label(v) for v in sorted(self._binary_by_default)]
            open_ = [name for name in names if program.names[name] not in program.upper]
            for name in open_:
                program.upper[program.names[name]] = 1.0
            if open_:
                more = f" and {len(open_) - 3} more" if len(open_) > 3 else ""
                program.notes.append(
                    f"whole and without bounds, so 0 or 1: {', '.join(open_[:3])}{more}"
                )
        self._require_lower_bounds()
        self._settle_semis()
        program.require_labels()

    def _add(self, row: _Row) -> None:
        """R of a range: on L from rhs - |R|, on G to rhs + |R|, on E to rhs + R, whichever way that is."""
        self.line, low, high = row.line, -inf, inf
        if row.type in "LE":
            high = row.rhs
        if row.type in "GE":
            low = row.rhs
        if row.range is not None and row.type == "E":
            low, high = min(low, low + row.range), max(high, high + row.range)
        elif row.range is not None:
            low = high - abs(row.range) if row.type == "L" else low
            high = low + abs(row.range) if row.type == "G" else high
        if low >= NO_LIMIT or high <= -NO_LIMIT:
            self._refuse(f"row {row.label!r} cannot be kept: it compares with an infinite number")
        if row.when is None:
            self.program.add_sides(row.label, row.line, row.sum, low, high)
            return
        first = len(self.program.rows)
        self.program.add_sides(row.label, row.line, row.sum, low, high)
        conditional = self.program.rows[first:]
        for one in conditional:
            one.when = row.when
        if conditional and conditional[0].sense == "=":
            self.program.rows[first:] = [
                Row(row.label + suffix, row.line, row.sum, sense, row.rhs, row.when)
                for sense, suffix in ((">", " (at least)"), ("<", " (at most)"))
            ]

    def _require_lower_bounds(self) -> None:
        program = self.program
        for v, high in program.upper.items():
            if high < 0 and v not in program.lower:
                raise program.error(
                    f"{program.label(v)!r} has an upper bound below 0 and no lower one, which some readers take for 0 "
                    "and some for -inf; write the lower bound, too (LO or MI)",
                    program.places.get(v),
                )

    def _settle_semis(self) -> None:
        program = self.program
        for v, line in self._semi.items():
            low = program.lower.get(v, 0.0)
            if low > 0 and not (v in program.whole and low <= 1):
                message = f"{program.label(v)!r} is 0 or at least {low:g}"
                raise program.error(
                    f"{message}: say so with a binary column of your own and two rows", line
                )
            program.lower[v] = min(low, 0.0)
            program.notes.append(f"semi-continuous with 0 within its bounds: {program.label(v)}")

    # words

    def _pairs(self, words: list[str], infinite: bool = False) -> list[tuple[str, float]]:
        if len(words) not in (2, 4):
            self._spaced("a line has one or two pairs of a row and a number")
        return [(words[k], self._number(words[k + 1], infinite)) for k in range(0, len(words), 2)]

    def _row(self, label: str) -> _Row:
        row = self._rows.get(label)
        if row is None:
            self._refuse(f"no row is called {label!r}")
        return row

    def _number(self, word: str, infinite: bool = False) -> float:
        value = number(re.sub(r"[dD]", "e", word) if re.search(r"[\d.][dD][+-]?\d", word) else word)
        if value is None:
            self._spaced(f"{word[:40]!r} is not a number")
        if infinite and abs(value) >= NO_LIMIT:
            return inf if value > 0 else -inf
        if not isfinite(value) or abs(value) > LARGEST:
            self._refuse(f"{word[:40]} is too large; give numbers up to {LARGEST:g}")
        return value

    def _one_set(self, section: str, name: str) -> None:
        if self._names.setdefault(section, name) != name:
            self._refuse(
                f"{section} has two sets, called {self._names[section]!r} and {name!r}; keep one"
            )

    def _require_count(self, words: list[str], count: int, rule: str) -> None:
        if len(words) != count:
            self._spaced(rule)

    def _refuse(self, message: str) -> NoReturn:
        raise self.program.error(message, self.line)

    def _spaced(self, message: str) -> NoReturn:
        raise _Spaced(self.line, message)
