"""The columns of MPS files: their entries in rows, their bounds, and which are whole."""

from __future__ import annotations

from math import inf

from .entries import Entries
from .rows import Rows

VALUELESS = ("FR", "MI", "PL", "BV")
BOUNDS = ("LO", "UP", "FX", "LI", "UI", "SC", "SI", *VALUELESS)
MARKERS = ("INTORG", "INTEND")


class Columns:
    """What reads columns and bounds into the program."""

    def __init__(self, entries: Entries, rows: Rows) -> None:
        self.entries, self.rows, self.program = entries, rows, entries.program
        self._column = ""  # whose entries come
        self._between_markers = False
        self._binary_by_default: set[int] = set()
        self._semi: dict[int, int] = {}

    def add(self, words: list[str]) -> None:
        """A marker, or one or two entries of a column."""
        if len(words) >= 3 and words[1].strip("'\"").upper() == "MARKER":
            self._mark(words)
            return
        if len(words) == 1:
            self.entries.refuse("a column is followed by rows and numbers")
        name, new = words[0], words[0] not in self.program.names
        v = self.program.names[name]
        if new and self._between_markers:
            self.program.whole.add(v)
            self._binary_by_default.add(v)
        if not new and name != self._column:
            self.entries.refuse(f"column {name!r} is in two places")
        self._column = name
        for label, value in self.entries.pairs(words[1:]):
            row = self.rows.row(label)
            if v in row.sum.column:
                self.entries.refuse(f"column {name!r} is twice in row {label!r}")
            row.sum.column.append(v)
            row.sum.value.append(value)

    def _mark(self, words: list[str]) -> None:
        kind = words[2].strip("'\"").upper()
        if kind not in MARKERS or len(words) != 3:
            known = "markers are INTORG and INTEND"
            self.entries.refuse(f"marker {words[2]!r} is not read; {known}")
        self._between_markers = kind == "INTORG"

    def add_bound(self, words: list[str]) -> None:
        """A bound: its type, the name of its set, which may be left out, a column, and a number."""
        kind, rest = words[0].upper(), words[1:]
        if kind not in BOUNDS:
            known = f"types are {', '.join(BOUNDS)}"
            self.entries.refuse(f"{words[0]!r} is no type of a bound; {known}")
        rule = f"a bound of type {kind} is the name of its set"
        if kind in VALUELESS:
            if len(rest) > 1 and rest[-1] not in self.program.names:
                rest = rest[:-1]
            if not 1 <= len(rest) <= 2:
                self.entries.spaced(f"{rule} and a column")
            value = 0.0
        else:
            if not 2 <= len(rest) <= 3:
                self.entries.spaced(f"{rule}, a column and a number")
            value = self.entries.number(rest.pop(), infinite=True)
        self.entries.require_one_set("BOUNDS", rest[0] if len(rest) == 2 else "")
        self._set_bound(kind, self.entries.column(rest[-1]), value)

    def _set_bound(self, kind: str, v: int, value: float) -> None:
        program, line = self.program, self.entries.line
        program.places[v] = line
        narrow = kind == "BV" or (kind in ("UP", "UI", "FX") and 0 <= value <= 1)
        if not narrow:
            self._binary_by_default.discard(v)
        if kind in ("LI", "UI", "BV", "SI"):
            program.whole.add(v)
        if kind in ("SC", "SI"):
            self._semi[v] = line
            value = value or inf
        lower = {"LO": value, "LI": value, "FX": value, "FR": -inf, "MI": -inf, "BV": 0.0}
        upper = {"UP": value, "UI": value, "FX": value, "FR": inf, "PL": inf, "BV": 1.0}
        upper |= {"SC": value, "SI": value}
        for side, new in ((program.lower, lower), (program.upper, upper)):
            if kind in new:
                if side.get(v, new[kind]) != new[kind]:
                    twice = f"a bound of {program.label(v)!r} is given twice"
                    program.notes.append(f"{twice}; that on line {line} counts")
                side[v] = new[kind]

    def finish(self) -> None:
        """What follows from the bounds when all are read. Raises FileError for ambiguous ones."""
        self._close_binaries()
        self._require_lower_bounds()
        self._settle_semis()

    def _close_binaries(self) -> None:
        """A whole column without bounds is 0 or 1."""
        program = self.program
        named = [(v, program.label(v)) for v in sorted(self._binary_by_default)]
        open_ = [(v, name) for v, name in named if v not in program.upper]
        for v, _ in open_:
            program.upper[v] = 1.0
        if open_:
            shown = ", ".join(name for _, name in open_[:3])
            more = f" and {len(open_) - 3} more" if len(open_) > 3 else ""
            program.notes.append(f"whole and without bounds, so 0 or 1: {shown}{more}")

    def _require_lower_bounds(self) -> None:
        program = self.program
        for v, high in program.upper.items():
            if high < 0 and v not in program.lower:
                said = (
                    f"{program.label(v)!r} has an upper bound below 0 and no lower one, which some "
                    "readers take for 0 and some for -inf; write the lower bound, too (LO or MI)"
                )
                raise program.error(said, program.places.get(v))

    def _settle_semis(self) -> None:
        program = self.program
        for v, line in self._semi.items():
            low, name = program.lower.get(v, 0.0), program.label(v)
            if low > 0 and not (v in program.whole and low <= 1):
                remedy = "say so with a binary column of your own and two rows"
                raise program.error(f"{name!r} is 0 or at least {low:g}: {remedy}", line)
            program.lower[v] = min(low, 0.0)
            program.notes.append(f"semi-continuous with 0 within its bounds: {name}")
