"""LP files: the format of IBM's reference, in the dialects that SCIP, HiGHS, Gurobi, JuMP, Zimpl, PuLP and people write.

A file is cut at its headings, each of which begins a line. What is below them is read by regular expressions that take as much
as they can at a time: a run of plain terms is one match. What none of them matches is refused with its line and column, so
nothing is passed over. Where dialects differ:

* A row ends with the line that its right-hand side is on.
* White space ends a name. Brackets are part of a name that they follow directly, `x[1,2]`; elsewhere they hold products.
* Products stand in brackets: `[ x^2 + 2 x * y ]`, followed by `/ 2` in an objective.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from math import inf
from typing import NamedTuple, NoReturn

from ....kit.files import LARGEST, Text
from ..program import LOWER_ROW, UPPER_ROW, OrderedSet, Program, Row, Sum
from . import grammar

NO_LIMIT = 1e20  # what the format's readers take for infinite
ON_THE_OTHER_SIDE = {"<": ">", ">": "<", "=": "="}


def read(text: Text) -> Program:
    """The program that a file says.

    Raises FileError, with the line and the column, for what is no LP and for what cannot be expressed here.
    """
    return _Reader(text).program


class _Section(NamedTuple):
    name: str
    heading: str
    start: int
    end: int


class _Large(Exception):
    """A number that is too large to be a coefficient."""


class _Numbers(dict[tuple[str, str], float]):
    """Numbers by their signs and digits; no digits are 1."""

    def __missing__(self, key: tuple[str, str]) -> float:
        signs, digits = key
        value = float(digits or 1)
        if value > LARGEST:
            raise _Large(digits)
        self[key] = value = -value if signs.count("-") % 2 else value
        return value


class _Reader:
    """The text, a place in it, and the program so far."""

    def __init__(self, text: Text) -> None:
        self.text, self.program = text, Program(text)
        self.content = grammar.COMMENT.sub("", "\n" + text.content)
        self.at, self.end = 0, len(self.content)
        self._breaks = [found.start() for found in re.finditer("\n", self.content)]
        self._numbers = _Numbers()
        self._binary: dict[int, int] = {}  # what is listed as such, and on which line
        self._semi: dict[int, int] = {}
        self._listed: dict[int, int] = {}
        self._bounded: set[int] = set()
        self._unlabelled: list[Row] = []
        self._statements = 0
        self._open_ended = False  # whether the row before ended with a variable
        for section in self._sections():
            self.at, self.end = section.start, section.end
            self._section(section)
        self._finish()

    # sections

    def _sections(self) -> Iterator[_Section]:
        if grammar.LP_SOLVE.match(self.text.content):
            raise self.text.error(
                "this is lp_solve's own LP format, which is another one; export the model as MPS "
                "(lp_solve -S1 -parse model.lp -wfmps model.mps)"
            )
        found = []
        for heading in grammar.HEADING.finditer(self.content):
            name = next(name for name in grammar.HEADINGS if heading[name])
            spelled = heading[name]
            labels = heading["colon"] and name not in ("minimise", "maximise")
            if not labels or re.search(r"\s", spelled):  # else `_label` looks at it
                found.append((name, spelled, heading.start(), heading.end()))
        if not self.content.strip():
            raise self.text.error("the file is empty")
        first = found[0][2] if found else self.end
        if self.content[:first].strip():
            self._unexpected("an LP file begins with 'Minimize' or 'Maximize' on a line of its own")
        ends = [start for _, _, start, _ in found[1:]] + [self.end]
        for (name, spelled, _, start), end in zip(found, ends, strict=True):
            yield _Section(name, spelled, start, end)

    def _section(self, section: _Section) -> None:
        match section.name:
            case "minimise" | "maximise":
                self._objective(section)
            case "rows" | "lazy" | "cuts":
                self._rows()
            case "bounds":
                self._bounds()
            case "whole" | "binary" | "semi":
                self._list(section)
            case "sets":
                self._sets(section)
            case "end":
                self.end = len(self.content)
                if self._word():
                    self._unexpected("nothing follows 'End'")
            case _:
                self.at -= len(section.heading)
                self._refuse(
                    f"{section.heading!r} is not read; write what it says as linear rows, or as indicators"
                )
        if section.name == "cuts" and self._statements:
            self.program.notes.append("user cuts were taken as rows")

    def _objective(self, section: _Section) -> None:
        program = self.program
        if program.objective_line:
            self._refuse("a second objective; keep one")
        program.sense = "min" if section.name == "minimise" else "max"
        program.objective_line = self._line()
        program.objective_label = self._label()
        program.objective = self._sum(grammar.ANYWHERE, halved=True)
        if abs(program.objective.constant) == inf:
            self._refuse("an objective is not infinite")
        if self._word():
            self._unexpected("an objective is a sum of terms, each with + or - before it")

    def _rows(self) -> None:
        self._open_ended = False
        self._plain_rows()
        while self._word():
            self._row()
            self._plain_rows()

    def _plain_rows(self) -> None:
        """As many as there are of those that one match takes: a label, plain terms, a sense and a number."""
        content, numbers, rows = self.content, self._numbers, self.program.rows
        while found := grammar.PLAIN_ROW.match(content, self.at, self.end):
            label, run, sense, sign, digits = found.groups()
            if grammar.RESERVED.fullmatch(label) or float(digits) > LARGEST:
                return
            self._statements += 1
            self._open_ended = False
            total, line = Sum(), self._line(found.start(1))
            self._add_terms(total, run)
            rows.append(Row(label, line, total, sense.strip("=") or "=", numbers[sign, digits]))
            self.at = found.end()

    def _row(self) -> None:
        self._statements += 1
        rows, first = self.program.rows, len(self.program.rows)
        start = self._start()
        line, label = self._line(start), self._label()
        if self._open_ended and not label and self.content[start] in "+-":
            self._refuse("does this go on with the row before? give every row a label")
        left = self._left(empty=bool(label))
        sense, middle = self._sense(), self._side()
        arrow = grammar.ARROW.match(self.content, self.at, self.end)
        if arrow:
            when = self._condition(left, sense, middle, start)
            self.at = arrow.end()
            left = self._left()
            sense, right = self._sense(), self._side()
            self._add(label, line, left, sense, right, when)
        elif grammar.SENSE.match(self.content, self.at, self.end):
            again, right = self._sense(), self._side()
            self._add_range(label, line, left, sense, middle, again, right, start)
        else:
            right = middle
            self._add(label, line, left, sense, right)
        if not label:
            self._unlabelled += rows[first:]
            for row in rows[first:]:
                row.label = f"c{self._statements}{row.label}"
        self._open_ended = not right.is_constant
        self._end_of_row()

    def _condition(self, left: Sum, sense: str, right: Sum, start: int) -> tuple[int, int]:
        plain = left.value == [1.0] and not left.product and not left.constant
        if not plain or sense != "=" or not right.is_constant or right.constant not in (0, 1):
            self.at = start
            self._refuse("before '->' stands one binary variable and its value, as 'b = 1 ->'")
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
            left, right, sense = right, left, ON_THE_OTHER_SIDE[sense]
        rhs, right.constant = right.constant, 0.0
        total = left.minus(right)
        self._require_finite(total.constant)
        rows = self.program.rows
        if abs(rhs) >= NO_LIMIT:
            if (sense == "<") != (rhs > 0) or sense == "=":
                self._refuse(f"row {label!r} cannot be kept: it compares with an infinite number")
            self.program.notes.append(f"the row on line {line} has no finite side, and was dropped")
            return
        self._require_finite(rhs)
        if when is None or sense != "=":
            rows.append(Row(label, line, total, sense, rhs, when))
            return
        for one, suffix in ((">", LOWER_ROW), ("<", UPPER_ROW)):
            rows.append(Row(label + suffix, line, total, one, rhs, when))

    def _add_range(
        self,
        label: str,
        line: int,
        left: Sum,
        sense: str,
        middle: Sum,
        again: str,
        right: Sum,
        start: int,
    ) -> None:
        if not (left.is_constant and right.is_constant) or sense != again or sense == "=":
            self.at = start
            self._refuse("a row with two senses is 'number <= sum <= number', or the same with >=")
        low, high = left.constant, right.constant
        if sense == ">":
            low, high = high, low
        if low >= NO_LIMIT or high <= -NO_LIMIT or low > high:
            self.at = start
            self._refuse(f"nothing lies between {low:g} and {high:g}")
        for side in (low, high):
            if abs(side) < NO_LIMIT:
                self._require_finite(side)
        self.program.add_sides(label, line, middle, low, high)

    def _require_finite(self, number: float) -> None:
        if abs(number) > LARGEST:
            self._refuse(f"{number:g} is too large; give numbers up to {LARGEST:g}")

    def _end_of_row(self) -> None:
        """A row ends with its line, or before the label of another."""
        ended = grammar.END_OF_LINE.match(self.content, self.at, self.end)
        if ended or self.at >= self.end:
            self.at = ended.end() if ended else self.at
        elif not grammar.LABEL.match(self.content, self.at, self.end):
            self._unexpected("a row ends with the line of its right-hand side")

    # sums

    def _label(self) -> str:
        found = grammar.LABEL.match(self.content, self.at, self.end)
        if not found:
            return ""
        label = found[1] or found[2]
        if grammar.RESERVED.fullmatch(label):
            self._refuse(
                f"'{label}:' reads as a label; write the heading {label!r} without a colon, or another label"
            )
        self.at = found.end()
        return label

    def _sense(self) -> str:
        found = grammar.SENSE.match(self.content, self.at, self.end)
        if not found:
            self._unexpected("a row is a sum, one of <= >= =, and a number")
        self.at = found.end()
        return found[1].strip("=") or "="

    def _left(self, *, empty: bool = False) -> Sum:
        """What stands before a sense. Of rows without terms HiGHS writes nothing but the label."""
        start = self.at
        found = self._sum(grammar.ANYWHERE)
        if self.at == start and not (empty and grammar.SENSE.match(self.content, start, self.end)):
            self._unexpected("a row is a sum, one of <= >= =, and a number")
        return found

    def _side(self) -> Sum:
        """What follows a sense: on its line, or on the next where nothing is left on that."""
        ended = grammar.END_OF_LINE.match(self.content, self.at, self.end)
        if ended:
            self.at = ended.end()
        start = self.at
        found = self._sum(grammar.ON_ONE_LINE)
        if self.at == start:
            self._unexpected("a number or a sum is due after a sense")
        return found

    def _sum(self, runs: grammar.Runs, *, halved: bool = False) -> Sum:
        """As many terms, products and constants as there are from here on, each after the first with its sign."""
        total, content, end = Sum(), self.content, self.end
        first = True
        while True:
            if terms := runs.terms.match(content, self.at, end):
                self._require_sign(first)
                self._add_terms(total, terms[0])
                self.at = terms.end()
            elif number := runs.constant.match(content, self.at, end):
                self._require_sign(first)
                total.constant += self._value(number[1], number[2])
                self.at = number.end()
            elif bracket := grammar.OPEN.match(content, self.at, end):
                self._require_sign(first)
                self._add_products(total, bracket, halved)
            else:
                if total.constant != total.constant or (
                    abs(total.constant) == inf and not total.is_constant
                ):
                    self._refuse("infinity is no part of a sum")
                return total
            first = False

    def _require_sign(self, first: bool) -> None:
        if not first:
            self._skip()
            if self.content[self.at] not in "+-":
                self._unexpected("+ or - is due between two terms, and a heading begins a line")

    def _add_terms(self, total: Sum, run: str) -> None:
        found = grammar.TERMS.findall(run)
        names, numbers = self.program.names, self._numbers
        total.column += [names[name] for _, _, name in found]
        try:
            total.value += [numbers[signs, digits] for signs, digits, _ in found]
        except _Large as error:
            self._refuse_large(str(error))

    def _add_products(self, total: Sum, bracket: re.Match[str], halved: bool) -> None:
        self.at = bracket.end()
        run = grammar.ANYWHERE.products.match(self.content, self.at, self.end)
        if not run:
            self._unexpected("brackets hold products: [ x^2 + 2 x * y ]")
        close = grammar.CLOSE.match(self.content, run.end(), self.end)
        if not close:
            self.at = run.end()
            self._unexpected("brackets hold products, each with + or - before it, up to a ']'")
        if halved and not close[1]:
            self._refuse(
                "in an objective '/ 2' follows the ']': write [ 2 x * y ] / 2 for x times y"
            )
        factor = (0.5 if close[1] else 1.0) * (-1.0 if bracket[1].count("-") % 2 else 1.0)
        found = grammar.PRODUCTS.findall(run[0])
        names, numbers = self.program.names, self._numbers
        first = [names[name] for _, _, name, _ in found]
        total.first += first
        total.second += [
            names[other] if other else one
            for one, (_, _, _, other) in zip(first, found, strict=True)
        ]
        try:
            total.product += [factor * numbers[signs, digits] for signs, digits, _, _ in found]
        except _Large as error:
            self._refuse_large(str(error))
        self.at = close.end()

    @staticmethod
    def _value(signs: str, digits: str) -> float:
        """Of a number that may be infinite."""
        value = inf if digits[0] in "iI" else float(digits)
        value = inf if value >= NO_LIMIT else value
        return -value if signs.count("-") % 2 else value

    # bounds, lists and sets

    def _bounds(self) -> None:
        program, opposite = self.program, ON_THE_OTHER_SIDE
        while self._word():
            found = grammar.BOUND.match(self.content, self.at, self.end)
            if not found or not (found[1] or found[4] or found[6]):
                self._skip()
                self._unexpected("a bound is 'x <= 5', '0 <= x <= 5', 'x = 5' or 'x free'")
            left, left_sense, name, sense, right, free = found.groups()
            senses = [one.strip("=") or "=" for one in (left_sense, sense) if one]
            if (left and free) or (left and sense and (senses[0] != senses[1] or "=" in senses)):
                self._skip()
                self._refuse(f"the two bounds of {name!r} do not go together")
            v = program.names[name]
            self._bounded.add(v)
            self.at = found.start(3)
            if free:
                self._set_bound(v, ">", -inf)
                self._set_bound(v, "<", inf)
            if left:
                self._set_bound(v, opposite[senses[0]], self._value(left, left.lstrip("+- \t")))
            if right:
                self._set_bound(v, senses[-1], self._value(right, right.lstrip("+- \t")))
            self.at = found.end()

    def _set_bound(self, v: int, sense: str, value: float) -> None:
        program = self.program
        for side, mine in (("<", program.upper), (">", program.lower)):
            if sense in (side, "="):
                if mine.get(v, value) != value:
                    program.notes.append(
                        f"a bound of {program.label(v)!r} is given twice; that on line {self._line()} counts"
                    )
                mine[v] = value
                if value == (-inf if side == "<" else inf):
                    self._skip()
                    self._refuse(f"{program.label(v)!r} is bounded by infinity from the wrong side")
        program.places[v] = self._line()

    def _list(self, section: _Section) -> None:
        names, line = self.program.names, self._line()
        lists = {"binary": self._binary, "semi": self._semi}
        into = lists.get(section.name, self._listed)
        for word in self.content[self.at : self.end].split():
            if word not in names and not grammar.WORD.fullmatch(word):
                self.at = self._find(word, self.at)
                self._refuse(f"{word[:40]!r} where names of variables are listed, between spaces")
            into[names[word]] = line
        if section.name != "semi":
            self.program.whole.update(into)
        if section.heading.lower().startswith("semi") and "int" in section.heading.lower():
            self.program.whole.update(into)

    def _sets(self, section: _Section) -> None:
        default = section.heading[3:]
        while self._word():
            self._skip()
            line = self._line()
            head = grammar.SET.match(self.content, self.at, self.end)
            assert head  # every part of it is optional
            kind, members = head[2] or default, list[tuple[float, int]]()
            self.at = head.end()
            while member := grammar.MEMBER.match(self.content, self.at, self.end):
                members.append((float(member[2]), self.program.names[member[1]]))
                self.at = member.end()
            if not (head[1] or head[2]) or not kind or not members:
                self._unexpected("a set is 's1: S1:: x:1 y:2 z:3', with S1 or S2")
            label = head[1] or f"set {len(self.program.sets) + 1}"
            weights = {weight for weight, _ in members}
            if len(weights) < len(members) or len({v for _, v in members}) < len(members):
                raise self.program.error(f"set {label!r} has a variable or a weight twice", line)
            order = [v for _, v in sorted(members)]
            self.program.sets.append(OrderedSet(label, line, int(kind), order))

    # the whole

    def _finish(self) -> None:
        program = self.program
        if not program.objective_line:
            raise self.text.error(
                "no 'Minimize' or 'Maximize' in it; for any feasible plan, write 'Minimize' and below it '0'"
            )
        self._require_names()
        self._require_known()
        self._confine_binaries()
        self._settle_semis()
        self._require_lower_bounds()
        given = Counter(row.label for row in program.rows)
        for row in self._unlabelled:
            if given[row.label] > 1:
                row.label += f" (line {row.line})"
        program.require_labels()
        if not program.names:
            raise self.text.error("no variable in it")

    def _require_names(self) -> None:
        """Refuse names that were meant otherwise."""
        names = self.program.names
        for name in names:
            reason = ""
            if grammar.RESERVED.fullmatch(name):
                reason = "is a heading, which begins a line; a variable needs another name"
            elif not name.isascii() and any(one.isdigit() and not one.isascii() for one in name):
                reason = "has a digit that is none of 0 to 9; squares are written x^2, in brackets"
            elif name[-1] in ",;":
                reason = f"is not a name; words stand between spaces here, without {name[-1]!r}"
            elif ("(" in name or ")" in name) and not _balanced(name):
                reason = (
                    "is half of something in parentheses: multiply them out; a name has no spaces"
                )
            if reason:
                raise self.program.error(f"{name!r} {reason}", self._line(self._find(name, 0)))
        exponents = any(name[0] in "eE" and name[1:2].isdigit() for name in names)
        for found in grammar.AMBIGUOUS.finditer(self.content) if exponents else ():
            if found[1] in names:
                self.at = found.start()
                self._refuse(
                    f"{found[0]!r} is a number, or a coefficient of {found[1]!r}; write a space between them"
                )

    def _require_known(self) -> None:
        """What is listed is in the objective, a row, a bound or a set; else it may be a heading misspelt."""
        program = self.program
        used = set(self._bounded).union(*(one.members for one in program.sets))
        for total in (program.objective, *(row.sum for row in program.rows)):
            used.update(total.column, total.first, total.second)
        used.update(row.when[0] for row in program.rows if row.when)
        for v in range(len(program.names)):
            if v not in used:
                name = program.label(v)
                message = (
                    "is listed, and is in no row, bound or objective; is it a heading misspelt?"
                )
                raise program.error(f"{name!r} {message}", self._line(self._find(name, 0)))

    def _confine_binaries(self) -> None:
        program, wider = self.program, []
        for v in self._binary:
            low, high = program.lower.get(v, 0.0), program.upper.get(v, inf)
            if low < 0 or (high > 1 and high != inf):
                wider.append(program.label(v))
            program.lower[v], program.upper[v] = max(low, 0.0), min(high, 1.0)
        if wider:
            program.notes.append(f"binary, whatever their bounds: {_few(wider)}")
        twice = [program.label(v) for v in self._binary if v in self._listed]
        if twice:
            program.notes.append(f"listed as binary and as integer, taken as binary: {_few(twice)}")

    def _settle_semis(self) -> None:
        """A semi-continuous variable is 0 or within its bounds, which is nothing new where 0 is within or beside them."""
        program, plain = self.program, []
        for v, line in self._semi.items():
            low = program.lower.get(v, 0.0)
            if low > 0 and not (v in program.whole and low <= 1):
                name = program.label(v)
                raise program.error(
                    f"{name!r} is 0 or at least {low:g}: write {name} - {low:g} b >= 0 with a binary b of your own, "
                    f"and {name} - u b <= 0 with its upper bound u",
                    line,
                )
            program.lower[v] = min(low, 0.0)
            plain.append(program.label(v))
        if plain:
            program.notes.append(f"semi-continuous with 0 within their bounds: {_few(plain)}")

    def _require_lower_bounds(self) -> None:
        program = self.program
        for v, high in program.upper.items():
            if high < 0 and v not in program.lower:
                name = program.label(v)
                raise program.error(
                    f"{name!r} has an upper bound below 0 and no lower one, which some readers take for 0 "
                    f"and some for -inf; write both, as '-inf <= {name} <= {high:g}'",
                    program.places.get(v),
                )

    # the place

    def _skip(self) -> None:
        """Go on to the next word."""
        self.at = self._start()

    def _start(self) -> int:
        """Where the next word begins."""
        found = grammar.SPACE.match(self.content, self.at, self.end)
        return found.end() if found else self.at

    def _word(self) -> str:
        """The next word, which stays; "" at the end of the section."""
        found = grammar.ANY_WORD.match(self.content, self.at, self.end)
        return found[1] if found else ""

    def _find(self, word: str, start: int) -> int:
        found = re.compile(rf"(?<!\S){re.escape(word)}(?!\S)").search(self.content, start)
        return found.start() if found else max(self.content.find(word, start), 0)

    def _line(self, at: int | None = None) -> int:
        return bisect_left(self._breaks, self.at if at is None else at) or 1

    def _refuse(self, message: str) -> NoReturn:
        """With the line and the column of the place, both from 1."""
        self._skip()
        line = self._line()
        raise self.program.error(message, line, self.at - self._breaks[line - 1])

    def _refuse_large(self, digits: str) -> NoReturn:
        self.at = self.content.find(digits, self.at)
        self._refuse(f"{digits} is too large; give numbers up to {LARGEST:g}")

    def _unexpected(self, rule: str) -> NoReturn:
        word = self._word()
        if not word:
            self._refuse(f"the section ends too early; {rule}")
        self._refuse(f"{word[:40]!r} is not expected here; {rule}")


def _balanced(name: str) -> bool:
    open_ = 0
    for letter in name:
        open_ += (letter == "(") - (letter == ")")
        if open_ < 0:
            return False
    return open_ == 0


def _few(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more
