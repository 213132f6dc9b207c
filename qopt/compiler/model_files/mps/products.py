"""What MPS files say beyond linear rows: products of columns, and ordered sets of them."""

from __future__ import annotations

from ....kit.files import number
from ..program import OrderedSet
from .entries import Entries
from .rows import FileRow, Rows


class Products:
    """What reads products into the row whose section they stand in."""

    def __init__(self, entries: Entries, rows: Rows) -> None:
        self.entries, self.rows = entries, rows
        self._of: FileRow | None = None

    def begin(self, section: str, rest: list[str]) -> None:
        """A section of one row's products."""
        if len(rest) != 1:
            self.entries.refuse(f"{section} is followed by the name of a row")
        self._of = self.rows.row(rest[0])
        if section == "QSECTION" and self._of.type != "N":
            self.entries.refuse("QSECTION of a row that is not the objective: write QCMATRIX")

    def add(self, section: str, words: list[str]) -> None:
        """Half of x'Qx of the objective, and x'Qx itself of a row.

        QMATRIX has both triangles of Q, the other sections of an objective one.
        """
        self.entries.require_count(words, 3, "a product is two columns and a number")
        value = self.entries.number(words[2])
        u, v = self.entries.column(words[0]), self.entries.column(words[1])
        half = section == "QMATRIX" or (section != "QCMATRIX" and u == v)
        named = section in ("QSECTION", "QCMATRIX")
        of = self._of if named else self.rows.row(self.rows.objective_label())
        assert of
        of.sum.first.append(u)
        of.sum.second.append(v)
        of.sum.product.append(value / 2 if half else value)


class Sets:
    """What reads ordered sets into the program."""

    def __init__(self, entries: Entries) -> None:
        self.entries, self.program = entries, entries.program
        self._weights: list[float] = []  # of the last set's members, in order

    def add(self, words: list[str]) -> None:
        """`S1 label` begins a set, in any field beside it; a member is a column and a weight."""
        sets, names, entries = self.program.sets, self.program.names, self.entries
        kind = words[0].upper()
        if kind in ("S1", "S2") and not (len(words) == 2 and kind in names):
            label = next((one for one in reversed(words[1:]) if number(one) is None), "")
            label = label or f"set {len(sets) + 1}"
            sets.append(OrderedSet(label, entries.line, int(kind[1]), []))
            self._weights = []
            return
        if len(words) not in (2, 3) or words[-2] not in names or not sets:
            rule = "a set begins with S1 or S2 and its name; its members are columns and weights"
            entries.refuse(rule)
        weight, v = entries.number(words[-1]), names[words[-2]]
        if weight in self._weights or v in sets[-1].members:
            entries.refuse(f"set {sets[-1].label!r} has a column or a weight twice")
        at = sum(other < weight for other in self._weights)
        self._weights.insert(at, weight)
        sets[-1].members.insert(at, v)
