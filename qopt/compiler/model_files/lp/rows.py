"""The rows of LP files: a label, a sum, a sense and a side; a range; or an indicator."""

from __future__ import annotations

from collections import Counter

from ....kit.files import LARGEST
from ..program import LOWER_ROW, UPPER_ROW, Program, Row, Sum
from . import grammar
from .place import Place
from .sums import NO_LIMIT, Sums

ROW = "a row is a sum, one of <= >= =, and a number"


class Rows:
    """What reads rows from a place on into the program."""

    def __init__(self, place: Place, sums: Sums) -> None:
        self.place, self.sums = place, sums
        self.program: Program = place.program
        self.statements = 0
        self._unlabelled: list[Row] = []
        self._open_ended = False  # whether the row before ended with a variable

    def read(self) -> None:
        """The rows of a section."""
        self._open_ended = False
        self._plain_rows()
        while self.place.word():
            self._row()
            self._plain_rows()

    def label(self) -> str:
        """The label that stands here, "" for none."""
        match = self.place.match(grammar.LABEL)
        if not match:
            return ""
        label = match[1] or match[2]
        if grammar.RESERVED.fullmatch(label):
            heading = f"write the heading {label!r} without a colon, or another label"
            self.place.refuse(f"'{label}:' reads as a label; {heading}")
        self.place.at = match.end()
        return label

    def part_labels(self) -> None:
        """Rows that were given no label, and would be called as another is, get their line."""
        given = Counter(row.label for row in self.program.rows)
        for row in self._unlabelled:
            if given[row.label] > 1:
                row.label += f" (line {row.line})"

    def _plain_rows(self) -> None:
        """As many as there are that one match takes: a label, plain terms, a sense and a number."""
        place, numbers, rows = self.place, self.sums.numbers, self.program.rows
        while match := place.match(grammar.PLAIN_ROW):
            label, run, sense, sign, digits = match.groups()
            if grammar.RESERVED.fullmatch(label) or float(digits) > LARGEST:
                return
            self.statements += 1
            self._open_ended = False
            total, line = Sum(), place.line(match.start(1))
            self.sums.add_terms(total, run)
            rows.append(Row(label, line, total, sense.strip("=") or "=", numbers[sign, digits]))
            place.at = match.end()

    def _row(self) -> None:
        self.statements += 1
        place, rows = self.place, self.program.rows
        start, first = place.start(), len(rows)
        line, label = place.line(start), self.label()
        if self._open_ended and not label and place.content[start] in "+-":
            place.refuse("does this go on with the row before? give every row a label")
        left = self._left(empty=bool(label))
        sense, middle = self._sense(), self._side()
        if arrow := place.match(grammar.ARROW):
            when = self._condition(left, sense, middle, start)
            place.at = arrow.end()
            left = self._left()
            sense, right = self._sense(), self._side()
            self._add(label, line, left, sense, right, when)
        elif place.match(grammar.SENSE):
            again, right = self._sense(), self._side()
            if sense != again or sense == "=":
                self._refuse_range(start)
            low, high = (left, right) if sense == "<" else (right, left)
            self._add_range(label, line, low, middle, high, start)
        else:
            right = middle
            self._add(label, line, left, sense, right)
        if not label:
            self._unlabelled += rows[first:]
            for row in rows[first:]:
                row.label = f"c{self.statements}{row.label}"
        self._open_ended = not right.is_constant
        self._end_of_row()

    def _condition(self, left: Sum, sense: str, right: Sum, start: int) -> tuple[int, int]:
        plain = left.value == [1.0] and not left.product and not left.constant
        if not plain or sense != "=" or not right.is_constant or right.constant not in (0, 1):
            self.place.at = start
            self.place.refuse("before '->' stands one binary variable and its value, as 'b = 1 ->'")
        return left.column[0], int(right.constant)

    def _add(
        self,
        label: str,
        line: int,
        left: Sum,
        sense: str,
        right: Sum,
        when: tuple[int, int] | None = None,
    ) -> None:
        """A row `left (sense) right`; an equality under a condition becomes two."""
        if left.is_constant and not right.is_constant:
            left, right, sense = right, left, grammar.ON_THE_OTHER_SIDE[sense]
        rhs, right.constant = right.constant, 0.0
        total = left.minus(right)
        self._require_finite(total.constant)
        program = self.program
        if abs(rhs) >= NO_LIMIT:
            if (sense == "<") != (rhs > 0) or sense == "=":
                complaint = f"row {label!r} cannot be kept"
                self.place.refuse(f"{complaint}: it compares with an infinite number")
            program.notes.append(f"the row on line {line} has no finite side, and was dropped")
            return
        self._require_finite(rhs)
        if when is None or sense != "=":
            program.rows.append(Row(label, line, total, sense, rhs, when))
            return
        for one, suffix in ((">", LOWER_ROW), ("<", UPPER_ROW)):
            program.rows.append(Row(label + suffix, line, total, one, rhs, when))

    def _add_range(
        self, label: str, line: int, least: Sum, middle: Sum, most: Sum, start: int
    ) -> None:
        """A row `least <= middle <= most`."""
        if not (least.is_constant and most.is_constant):
            self._refuse_range(start)
        low, high = least.constant, most.constant
        if low >= NO_LIMIT or high <= -NO_LIMIT or low > high:
            self.place.at = start
            self.place.refuse(f"nothing lies between {low:g} and {high:g}")
        for side in (low, high):
            if abs(side) < NO_LIMIT:
                self._require_finite(side)
        self.program.add_sides(label, line, middle, low, high)

    def _refuse_range(self, start: int) -> None:
        self.place.at = start
        self.place.refuse("a row with two senses is 'number <= sum <= number', or the same with >=")

    def _require_finite(self, number: float) -> None:
        if abs(number) > LARGEST:
            self.place.refuse(f"{number:g} is too large; give numbers up to {LARGEST:g}")

    def _end_of_row(self) -> None:
        """A row ends with its line, or before the label of another."""
        place = self.place
        ended = place.match(grammar.END_OF_LINE)
        if ended or place.at >= place.end:
            place.at = ended.end() if ended else place.at
        elif not place.match(grammar.LABEL):
            place.unexpected("a row ends with the line of its right-hand side")

    def _sense(self) -> str:
        match = self.place.match(grammar.SENSE)
        if not match:
            self.place.unexpected(ROW)
        self.place.at = match.end()
        return match[1].strip("=") or "="

    def _left(self, *, empty: bool = False) -> Sum:
        """What stands before a sense. Of rows without terms HiGHS writes nothing but the label."""
        start = self.place.at
        total = self.sums.sum(grammar.ANYWHERE)
        nothing = self.place.at == start
        if nothing and not (empty and self.place.match(grammar.SENSE)):
            self.place.unexpected(ROW)
        return total

    def _side(self) -> Sum:
        """What follows a sense: on its line, or on the next where nothing is left on that."""
        if ended := self.place.match(grammar.END_OF_LINE):
            self.place.at = ended.end()
        start = self.place.at
        total = self.sums.sum(grammar.ON_ONE_LINE)
        if self.place.at == start:
            self.place.unexpected("a number or a sum is due after a sense")
        return total
