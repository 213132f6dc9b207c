"""Rows over bits, and whether rows that were found say what rows that are known say."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import combinations, product
from math import gcd, inf, lcm
from typing import Any

WIDEST = 2_000_000  # a row's sums are counted one by one up to this many
Literal = tuple[Any, bool]
Pair = frozenset[Literal]  # two literals that are not both true


@dataclass(frozen=True)
class Interval:
    """`low <= sum of coefficients times bits <= high`, in its simplest form.

    `terms` are sorted by their labels, whole, without a common divisor, the first of them
    positive; `low` and `high` are sums that can occur. A row that cannot be kept has `low > high`.
    """

    terms: tuple[tuple[Any, int], ...]
    low: int
    high: int

    @classmethod
    def of(cls, terms: Mapping[Any, float], low: float, high: float) -> Interval:
        exact = {
            label: Fraction(c).limit_denominator(10**6) for label, c in terms.items() if abs(c) > 0
        }
        exact = {label: c for label, c in exact.items() if c}
        ordered = sorted(exact, key=repr)
        if not ordered:
            return cls((), 0 if low <= 0 else 1, 0)
        step = Fraction(
            gcd(*(c.numerator for c in exact.values())),
            lcm(*(c.denominator for c in exact.values())),
        )
        step = step if exact[ordered[0]] > 0 else -step
        whole = tuple((label, int(exact[label] / step)) for label in ordered)
        ends = sorted([low / float(step), high / float(step)])
        return cls(whole, *_tightened([c for _, c in whole], *ends))

    @property
    def least(self) -> int:
        return sum(c for _, c in self.terms if c < 0)

    @property
    def most(self) -> int:
        return sum(c for _, c in self.terms if c > 0)

    @property
    def always(self) -> bool:
        return self.low <= self.least and self.most <= self.high

    def without(self, labels: set[Any], single: bool = False) -> Interval | None:
        """What it says of the other bits, where these may be anything; None for no interval.

        With `single` at most one of these is 1.
        """
        gone = [c for label, c in self.terms if label in labels]
        if not gone:
            return self
        if self.low > self.high:
            return None
        below = min(0, *gone) if single else sum(c for c in gone if c < 0)
        sums = sum(1 << (c - below) for c in {0, *gone}) if single else _sums(gone)
        reach = sums.bit_length() - 1
        if reach > WIDEST or sums != (1 << (reach + 1)) - 1:
            return None
        kept = {label: c for label, c in self.terms if label not in labels}
        return Interval.of(kept, self.low - below - reach, self.high - below)

    def pairs(self) -> frozenset[Pair] | None:
        """The pairs of literals that it forbids, where it says no more than that."""
        if len(self.terms) == 2:
            return self._forbidden()
        sides = [
            (self.low <= self.least, self.high - self.least, True),
            (self.high >= self.most, self.most - self.low, False),
        ]
        size = sorted(abs(c) for _, c in self.terms)
        for free, room, upper in sides:
            if free and len(size) > 2 and size[-1] <= room < size[0] + size[1]:
                literals = [(label, (c > 0) == upper) for label, c in self.terms]
                return frozenset(frozenset(two) for two in combinations(literals, 2))
        return None

    def _forbidden(self) -> frozenset[Pair]:
        (one, a), (other, b) = self.terms
        return frozenset(
            frozenset([(one, x), (other, y)])
            for x, y in product((False, True), repeat=2)
            if not self.low <= a * x + b * y <= self.high
        )

    def forbids(self, pair: Pair) -> bool:
        """Whether its bounds say that these two literals are not both true."""
        values = dict(pair)
        fixed = sum(c * values[label] for label, c in self.terms if label in values)
        rest = [c for label, c in self.terms if label not in values]
        least = fixed + sum(c for c in rest if c < 0)
        most = fixed + sum(c for c in rest if c > 0)
        return least > self.high or most < self.low


def conflict(pair: Pair) -> Interval:
    """The pair as a row."""
    terms = {label: 1.0 if true else -1.0 for label, true in pair}
    return Interval.of(terms, -inf, 1.0 - sum(not true for _, true in pair))


def _sums(coefficients: Iterable[int]) -> int:
    """The bits that are set are the sums, less the least of them, that occur."""
    sums = 1
    for size in coefficients:
        sums |= sums << abs(size)
    return sums


def _tightened(coefficients: Sequence[int], low: float, high: float) -> tuple[int, int]:
    least = sum(c for c in coefficients if c < 0)
    span = sum(abs(c) for c in coefficients)
    under = round(max(low - least, 0.0) + 0.499999)  # rounded up
    over = span if high - least >= span else round(high - least - 0.499999)
    if span > WIDEST:
        return least + under, least + over
    sums = _sums(coefficients)
    above = sums >> under
    if over < 0 or above == 0:
        return 1, 0
    first = under + (above & -above).bit_length() - 1
    last = (sums & ((1 << (over + 1)) - 1)).bit_length() - 1
    return (least + first, least + last) if first <= last else (1, 0)


@dataclass(frozen=True)
class Truth:
    """A constraint of the model: an interval, or the pairs of literals of which one is false."""

    label: str
    interval: Interval | None
    pairs: frozenset[Pair] | None = None

    @property
    def form(self) -> str:
        if self.interval is None:
            return "products"
        sizes, low, high = (
            {c for _, c in self.interval.terms},
            self.interval.low,
            self.interval.high,
        )
        if low == high:
            whole = "exactly one" if low == 1 else "exactly k"
            return whole if sizes == {1} else "equality"
        if self.pairs is None:
            return "cardinality" if sizes == {1} else "inequality"
        if len(self.interval.terms) == 2:
            return "pair"
        return "at most one"


def truth_of(label: Any, interval: Interval) -> Truth:
    return Truth(str(label), interval, interval.pairs())


@dataclass
class Found:
    """Rows that were found, by number and side; `slack` are the bits that no row has as such.

    `idle` are bits that the model has as slack: each stands in one row only.
    """

    rows: list[tuple[str, Interval]]
    slack: set[Any]
    idle: set[Any]
    by_terms: dict[Any, list[Interval]] = field(init=False)
    by_label: dict[Any, list[Interval]] = field(init=False)
    _implied: Implied | None = None

    def __post_init__(self) -> None:
        names, single = defaultdict[Any, set[str]](set), set[Any]()
        for name, row in self.rows:
            labels = {label for label, _ in row.terms}
            if labels <= self.idle:  # the one bit of a slack in which a 1 may be
                single |= labels if row.low == row.high == 1 else set()
                continue
            for label in labels:
                names[label].add(name)
        idle = {label for label in self.idle if len(names[label]) == 1}
        self.by_terms, self.by_label = defaultdict(list), defaultdict(list)
        for _, row in self.rows:
            for label, _ in row.terms:
                self.by_label[label].append(row)
            hot = any(label in single for label, _ in row.terms)
            if (mine := row.without(idle, hot)) is not None:
                self.by_terms[mine.terms].append(mine)

    def says(self, truth: Truth) -> bool:
        """Whether the rows say what a constraint of the model says.

        The same sums may be allowed, or ones that are the same only where the other rows hold: not
        all sums of the bits of one-hot numbers can occur.
        """
        if truth.interval is not None:
            wanted = truth.interval.without(self.slack)
            there = self.by_terms.get(wanted.terms, []) if wanted is not None else []
            if there and wanted is not None and (_same(wanted, there) or self.follows(wanted)):
                return True
        return truth.pairs is not None and all(map(self.forbids, truth.pairs))

    def follows(self, row: Interval) -> bool:
        self._implied = self._implied or Implied([known for _, known in self.rows])
        return bool(self._implied(row))

    def forbids(self, pair: Pair) -> bool:
        one, other = (label for label, _ in pair)
        mine, its = self.by_label.get(one, []), self.by_label.get(other, [])
        return any(row.forbids(pair) for row in (mine if len(mine) < len(its) else its))


def _same(wanted: Interval, there: Sequence[Interval]) -> bool:
    both = max(row.low for row in there), min(row.high for row in there)
    ends = [(row.low, row.high) for row in there]
    return (wanted.low, wanted.high) in [both, *ends]


class Implied:
    """Whether a row follows from the constraints of a model: by a look, or by CP-SAT."""

    def __init__(self, rows: Sequence[Interval], seconds: float = 5.0, tries: int = 200) -> None:
        self.rows, self.seconds, self.tries = rows, seconds, tries
        self.by_terms = defaultdict[Any, list[Interval]](list)
        self.by_label = defaultdict[Any, list[Interval]](list)
        for row in rows:
            self.by_terms[row.terms].append(row)
            for label, _ in row.terms:
                self.by_label[label].append(row)
        self._model: Any = None

    def __call__(self, row: Interval) -> bool | None:
        """None where it was not decided in time."""
        there = self.by_terms.get(row.terms, [])
        low = max((known.low for known in there), default=row.least)
        high = min((known.high for known in there), default=row.most)
        if row.low <= low and high <= row.high:
            return True
        pairs = row.pairs()
        if pairs is not None and all(map(self._forbidden, pairs)):
            return True
        return self._searched(row)

    def _forbidden(self, pair: Pair) -> bool:
        return any(row.forbids(pair) for row in self.by_label.get(next(iter(pair))[0], []))

    def _searched(self, row: Interval) -> bool | None:
        """Whether no assignment lies below the row, and none above it.

        Two searches, as CP-SAT 9.15 loses assignments where one expression may lie on both sides
        of a gap: `x + y - z` in [-1, 0] and `2 x - y - z + 3 w` in [-2, -1] or 5 are infeasible to
        its presolve.
        """
        if self.tries <= 0:
            return None
        self.tries -= 1
        if self._model is None:
            self._model = _program(self.rows)
        sides = [(row.least, row.low - 1), (row.high + 1, row.most)]
        if row.low > row.high:
            sides = [(row.least, row.most)]
        answers = [self._none_in(row, *side) for side in sides if side[0] <= side[1]]
        return False if False in answers else None if None in answers else True

    def _none_in(self, row: Interval, low: int, high: int) -> bool | None:
        from ortools.sat.python import cp_model

        model, bits = self._model
        asked = model.clone()
        bits = {label: asked.get_bool_var_from_proto_index(k) for label, k in bits.items()}
        for label, _ in row.terms:
            if label not in bits:
                bits[label] = asked.new_bool_var(repr(label))
        left = sum((c * bits[label] for label, c in row.terms), cp_model.LinearExpr.sum([]))
        asked.add_linear_constraint(left, low, high)
        solver = cp_model.CpSolver()
        solver.parameters.max_time_in_seconds = self.seconds
        solver.parameters.num_workers = 1
        status = solver.solve(asked)
        if status == cp_model.INFEASIBLE:
            return True
        return False if status in (cp_model.OPTIMAL, cp_model.FEASIBLE) else None


def _program(rows: Sequence[Interval]) -> Any:
    from ortools.sat.python import cp_model

    model, bits = cp_model.CpModel(), dict[Any, Any]()
    for row in rows:
        for label, _ in row.terms:
            if label not in bits:
                bits[label] = model.new_bool_var(repr(label))
        left = sum(c * bits[label] for label, c in row.terms)
        model.add_linear_constraint(left, row.low, row.high)
    return model, {label: bit.index for label, bit in bits.items()}
