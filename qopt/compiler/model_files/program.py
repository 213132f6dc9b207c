"""A linear or quadratic program as LP and MPS files say it, of which a CQM is made."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from math import inf

import numpy as np
from scipy import sparse

from ...errors import FileError
from ...kit.files import Text
from ...problem import Sense
from ..model.arrays import Floats, Ints, ModelArrays, Quadratic

# bounds and right-hand sides of this size are none: sums of such numbers lose their units
INFINITE = 1e15
LOWER_ROW, UPPER_ROW = " (at least)", " (at most)"  # after the label of a row that has two sides


class Names(dict[str, int]):
    """The number of each variable by its name; one that is new gets the next."""

    def __missing__(self, name: str) -> int:
        self[name] = number = len(self)
        return number


@dataclass(slots=True)
class Sum:
    """`value * x[column]`, `product * x[first] * x[second]` and a constant, added up.

    A variable may come twice.
    """

    column: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)
    first: list[int] = field(default_factory=list)
    second: list[int] = field(default_factory=list)
    product: list[float] = field(default_factory=list)
    constant: float = 0.0

    @property
    def is_constant(self) -> bool:
        return not (self.column or self.product)

    def minus(self, other: Sum) -> Sum:
        """The difference; `other` itself is not changed."""
        if not other.is_constant:
            self.column += other.column
            self.value += [-value for value in other.value]
            self.first += other.first
            self.second += other.second
            self.product += [-value for value in other.product]
        self.constant -= other.constant
        return self


@dataclass(slots=True)
class Row:
    """`sum (sense) rhs`, of sense '<', '>' or '='.

    With `when` it counts only where that variable has that value, 0 or 1.
    """

    label: str
    line: int
    sum: Sum
    sense: str
    rhs: float
    when: tuple[int, int] | None = None


@dataclass(slots=True)
class OrderedSet:
    """A special ordered set: at most `kind` of its variables are not 0.

    Of two, these are neighbours in its order.
    """

    label: str
    line: int
    kind: int
    members: list[int]


@dataclass(eq=False)
class Program:
    """What a file says. A variable is 0 or more, without an upper bound, and not whole, unless said
    otherwise.

    `lower`, `upper` and `whole` hold what was said, by the variable's number, and `places` the line
    of the bounds. `notes` say what was guessed or dropped.
    """

    text: Text
    names: Names = field(default_factory=Names)
    lower: dict[int, float] = field(default_factory=dict)
    upper: dict[int, float] = field(default_factory=dict)
    places: dict[int, int] = field(default_factory=dict)
    whole: set[int] = field(default_factory=set)
    sense: Sense = "min"
    objective: Sum = field(default_factory=Sum)
    objective_label: str = ""
    objective_line: int = 0
    rows: list[Row] = field(default_factory=list)
    sets: list[OrderedSet] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _labels: list[str] = field(default_factory=list)

    def error(self, message: str, line: int | None = None, column: int | None = None) -> FileError:
        return self.text.error(message, line, column)

    def add_sides(self, label: str, line: int, total: Sum, low: float, high: float) -> None:
        """The row `low <= total <= high`; a side that is infinite is none."""
        if low == high:
            self.rows.append(Row(label, line, total, "=", low))
            return
        sides = [(">", low, LOWER_ROW), ("<", high, UPPER_ROW)]
        finite = [side for side in sides if abs(side[1]) < INFINITE]
        for sense, rhs, suffix in finite:
            name = label + suffix if len(finite) == 2 else label
            self.rows.append(Row(name, line, total, sense, rhs))
        if not finite:
            self.notes.append(f"row {label!r} on line {line} has no finite side, and was dropped")

    def require_labels(self) -> None:
        """Raises FileError for two rows with one label, which no answer can tell apart."""
        seen = {self.objective_label} if self.objective_label else set()
        labelled: list[Row | OrderedSet] = [*self.rows, *self.sets]
        for of in labelled:
            if of.label in seen:
                message = f"two rows are called {of.label!r}; give each its own label"
                raise self.error(message, of.line)
            seen.add(of.label)

    def bounds(self) -> tuple[Floats, Floats]:
        """`lower` and `upper` float64[n], infinite where there is none, and whole where the
        variable is.

        Raises FileError where nothing lies between them.
        """
        n = len(self.names)
        lower, upper = np.zeros(n), np.full(n, inf)
        lower[list(self.lower)] = list(self.lower.values())
        upper[list(self.upper)] = list(self.upper.values())
        lower[lower <= -INFINITE], upper[upper >= INFINITE] = -inf, inf
        mine = self._whole
        lower[mine], upper[mine] = np.ceil(lower[mine]), np.floor(upper[mine])
        for v in np.flatnonzero(~(lower <= upper) | (lower == inf) | (upper == -inf))[:1].tolist():
            what = "no whole number" if v in self.whole else "nothing"
            low, high = self.lower.get(v, 0.0), self.upper.get(v, inf)
            name = self.label(v)
            message = f"variable {name!r} has {what} between its bounds {low:g} and {high:g}"
            raise self.error(f"{message}; widen them", self.places.get(v) or self.line_of(name))
        return lower, upper

    @property
    def _whole(self) -> Ints:
        return np.array(sorted(self.whole), dtype=np.int64)

    def label(self, v: int) -> str:
        """The name of a variable."""
        if len(self._labels) != len(self.names):
            self._labels = list(self.names)
        return self._labels[v]

    def line_of(self, name: str) -> int | None:
        """Where a name stands last, which is where its bounds and type are said."""
        lines = self.text.content.split("\n")
        words = (k for k in range(len(lines), 0, -1) if name in lines[k - 1].split())
        within = (k for k in range(len(lines), 0, -1) if name in lines[k - 1])
        return next(words, next(within, None))

    def arrays(self, rows: Iterable[Row], lower: Floats, upper: Floats) -> ModelArrays:
        """With these rows and bounds, minimised; what is not whole has the step 0."""
        rows = list(rows)
        n, sums = len(self.names), [row.sum for row in rows]
        sense = np.array([row.sense for row in rows], dtype="<U1")
        negated = sense == ">"
        sign = np.where(negated, -1.0, 1.0)
        right = np.array([row.rhs - row.sum.constant for row in rows], dtype=np.float64)
        step = np.zeros(n)
        step[self._whole] = 1.0
        toward = 1.0 if self.sense == "min" else -1.0
        return ModelArrays(
            variables=list(self.names),
            lower=lower,
            upper=upper,
            step=step,
            linear=toward * _linear([self.objective], n, np.ones(1)).toarray().ravel(),
            quadratic=_products([self.objective], toward * np.ones(1)),
            offset=toward * self.objective.constant,
            labels=[row.label for row in rows],
            rows=_linear(sums, n, sign),
            row_quadratic=_products(sums, sign),
            sense=np.where(sense == "=", "=", "<"),
            rhs=sign * right,
            weight=np.full(len(rows), inf),
            soft_linear=np.zeros(len(rows), dtype=np.bool_),
            negated=negated,
        )


def _linear(sums: list[Sum], n: int, sign: Floats) -> sparse.csr_array:
    """float64[m, n]: what the variables of each sum are multiplied by, times its sign."""
    count = [len(one.column) for one in sums]
    start = np.concatenate([[0], np.cumsum(count, dtype=np.int64)])
    column = np.fromiter(chain.from_iterable(one.column for one in sums), np.int64, start[-1])
    value = np.fromiter(chain.from_iterable(one.value for one in sums), np.float64, start[-1])
    value *= np.repeat(sign, count)
    rows = sparse.csr_array((value, column, start), shape=(len(sums), n))
    rows.sum_duplicates()
    rows.eliminate_zeros()
    return rows


def _products(sums: list[Sum], sign: Floats) -> Quadratic:
    """The products of each sum, times its sign, each pair of variables once."""
    count = [len(one.product) for one in sums]
    total = sum(count)
    ends = [
        np.fromiter(chain.from_iterable(getattr(one, end) for one in sums), np.int64, total)
        for end in ("first", "second")
    ]
    value = np.fromiter(chain.from_iterable(one.product for one in sums), np.float64, total)
    owner = np.repeat(np.arange(len(sums)), count)
    row, col = np.minimum(*ends), np.maximum(*ends)
    order = np.lexsort((col, row, owner))
    row, col, owner, value = row[order], col[order], owner[order], (value * sign[owner])[order]
    new = np.ones(total, dtype=np.bool_)
    new[1:] = (np.diff(owner) != 0) | (np.diff(row) != 0) | (np.diff(col) != 0)
    value = np.add.reduceat(value, np.flatnonzero(new)) if total else value
    row, col, owner = row[new], col[new], owner[new]
    there = value != 0
    return Quadratic(row[there], col[there], value[there], owner[there])
