"""Bounds that follow from rows (Savelsbergh 1994, "Preprocessing and probing techniques for mixed
integer programming").

In a row `sum a_j x_j <= b` the other terms take up at least their least values, so a_i x_i <= b -
(least - its own least). A product of two variables is a term like any other, between the products
of its factors' bounds; room that a row leaves it is handed on to its factors. All rows do this at
once, round after round, until nothing moves.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..model.arrays import Bools, Floats, Ints, ModelArrays
from ..model.rows import Terms, floor, greatest_common_divisors, sums, whole_number_scale
from .contradictions import Contradiction

ROUNDS = 50  # whole numbers can creep towards each other step by step, for ever
TOLERANCE = 1e-6  # how far a row without a common step may be off, of its largest number
NOISE = 1e-13  # of the size of a sum, for what is lost in adding it up
BOUNDS = -1  # in place of a constraint's number: a variable's own bounds


@dataclass(frozen=True, eq=False)
class Sums:
    """The rows of a model as sums of terms, in whole numbers where there is a common step.

    `terms.matrix` holds the coefficients times `scale` float64[m]; `exact` float64[m] is the
    right-hand side times it, and `rhs` what that comes to: whole in whole rows. `tolerance`
    float64[m] is how far a row may be off and still count as kept.
    """

    terms: Terms
    scale: Floats
    whole: Bools
    equal: Bools
    hard: Bools
    exact: Floats
    rhs: Floats
    tolerance: Floats

    @classmethod
    def of(cls, model: ModelArrays) -> Sums:
        """Raises Contradiction for an equality whose steps pass its right-hand side by."""
        terms = Terms.of(model)
        matrix, equal, hard = terms.matrix.copy(), model.sense == "=", model.hard
        row, filled = matrix.tocoo().row, np.diff(matrix.indptr) > 0
        scale = whole_number_scale(matrix)
        whole = ~np.isnan(scale) & filled
        scale = np.where(whole, scale, 1.0)
        matrix.data = np.where(whole[row], np.rint(matrix.data * scale[row]), matrix.data)
        scaled, size = model.rhs * scale, np.abs(model.rhs * scale)
        near = np.abs(scaled - np.rint(scaled)) <= np.clip(1e-9 * size, 1e-9, 1e-3)
        exact = np.where(whole & near, np.rint(scaled), scaled)
        largest = size.copy()
        np.maximum.at(largest, row, np.abs(matrix.data))
        tolerance = np.where(
            whole, 0.0, TOLERANCE * np.where(filled, largest, np.maximum(largest, 1.0))
        )
        rhs = np.where(whole, np.where(equal, np.rint(exact), floor(exact)), exact)
        sums = cls(
            Terms(matrix, terms.first, terms.second),
            scale,
            whole,
            equal,
            hard,
            exact,
            rhs,
            tolerance,
        )
        sums._require_steps(model)
        return sums

    def _require_steps(self, model: ModelArrays) -> None:
        """An equality moves from its least activity in steps of its terms' common divisor."""
        products = np.ones(len(self.terms.first))
        step = np.concatenate([np.where(model.upper > model.lower, model.step, 0.0), products])
        low = np.concatenate([model.lower, 0 * products])
        entries, m = self.terms.matrix.tocoo(), len(self.rhs)
        moves = (self.whole & self.equal & self.hard)[entries.row]
        row = entries.row[moves]
        start = sums(m, entries.row, entries.data * low[entries.col])
        divisor = greatest_common_divisors(m, row, entries.data[moves] * step[entries.col[moves]])
        rest = self.exact - start
        missed = np.abs(rest - divisor * np.rint(rest / np.maximum(divisor, 1)))
        passed = (divisor > 0) & (missed > np.clip(1e-5 * np.abs(self.exact), 1e-5, 0.1))
        if passed.any():
            c = int(np.argmax(passed))
            raise Contradiction(
                row=c, least=float(start[c] / self.scale[c]), step=float(divisor[c] / self.scale[c])
            )

    def activity(self, lower: Floats, upper: Floats, rows: Bools | None = None) -> Activity:
        """What the rows can come to; with `rows` bool[m], only of these."""
        entries = self.terms.matrix.tocoo()
        row, col, value = entries.row, entries.col, entries.data
        if rows is not None and not rows.all():
            mine = rows[row]
            row, col, value = row[mine], col[mine], value[mine]
        low, high = self.terms.ends(lower, upper)
        ends = np.stack([value * low[col], value * high[col]])
        small, large = ends.min(axis=0), ends.max(axis=0)
        m = len(self.rhs)
        size = sums(m, row, np.maximum(np.abs(small), np.abs(large))) + np.abs(self.rhs)
        return Activity(
            row, col, value, small, large, sums(m, row, small), sums(m, row, large), size
        )


@dataclass(frozen=True, eq=False)
class Activity:
    """Terms `value * column` of rows, between `small` and `large`; their sums float64[m].

    `size` is the sum of their absolutes.
    """

    row: Ints
    col: Ints
    value: Floats
    small: Floats
    large: Floats
    least: Floats
    most: Floats
    size: Floats


@dataclass(eq=False)
class Bounds:
    """Bounds of n variables, and the row each comes from; changed in place.

    `step` float64[n] is between two values.
    """

    lower: Floats
    upper: Floats
    step: Floats
    lower_by: Ints
    upper_by: Ints

    @classmethod
    def of(cls, model: ModelArrays) -> Bounds:
        own = np.full(model.num_variables, BOUNDS)
        return cls(model.lower.copy(), model.upper.copy(), model.step, own, own.copy())

    def tighten(self, rows: Sums) -> None:
        """To a fixpoint, or for `ROUNDS`. Raises Contradiction, with the bounds as it was found."""
        touched = rows.hard.copy()
        entries = rows.terms.matrix.tocoo()
        for _ in range(ROUNDS):
            moved = self._round(rows, touched)
            if not moved.any():
                break
            columns = np.concatenate([moved, moved[rows.terms.first] | moved[rows.terms.second]])
            touched[:] = False
            touched[entries.row[columns[entries.col]]] = True
            touched &= rows.hard

    def _round(self, rows: Sums, touched: Bools) -> Bools:
        """bool[n]: the variables whose bounds moved."""
        now = rows.activity(self.lower, self.upper, touched)
        tolerance = rows.tolerance + NOISE * now.size
        over = touched & (now.least > rows.rhs + tolerance)
        under = touched & rows.equal & (now.most < rows.rhs - tolerance)
        if (over | under).any():
            c = int(np.argmax(over | under))
            raise Contradiction(
                row=c,
                least=float(now.least[c] / rows.scale[c]),
                most=float(now.most[c] / rows.scale[c]),
            )
        # value * x is at most the room, and at least what is needed
        room = (rows.rhs + tolerance - now.least)[now.row] + now.small
        need = np.where(rows.equal, rows.rhs - tolerance - now.most, -np.inf)[now.row] + now.large
        rising = now.value > 0
        most = np.where(rising, room, need) / now.value
        least = np.where(rising, need, room) / now.value
        columns = len(self.lower) + len(rows.terms.first)
        top, top_by = _lowest(most, now.col, now.row, columns)
        bottom, bottom_by = _lowest(-least, now.col, now.row, columns)
        top, top_by, bottom, bottom_by = self._of_factors(
            rows.terms, top, top_by, -bottom, bottom_by
        )
        upper = self.lower + self.step * np.floor((top - self.lower) / self.step)
        lower = self.upper - self.step * np.floor((self.upper - bottom) / self.step)
        down, up = upper < self.upper, lower > self.lower
        self.upper[down], self.upper_by[down] = upper[down], top_by[down]
        self.lower[up], self.lower_by[up] = lower[up], bottom_by[up]
        crossed = self.lower > self.upper
        if crossed.any():
            raise Contradiction(variable=int(np.argmax(crossed)))
        return down | up

    def _of_factors(
        self, terms: Terms, top: Floats, top_by: Ints, bottom: Floats, bottom_by: Ints
    ) -> tuple[Floats, Ints, Floats, Ints]:
        """The same of the variables alone: the room of products is handed on to their factors."""
        n, q = len(self.lower), len(terms.first)
        if not q:
            return top, top_by, bottom, bottom_by
        columns, tops, bottoms = [np.arange(n)], [top[:n]], [bottom[:n]]
        for factor, other in ((terms.first, terms.second), (terms.second, terms.first)):
            low, high = self.lower[other], self.upper[other]
            # other * factor <= room: whatever `other` is, its least value leaves the most, unless
            # the room is negative
            divisor = np.where(low >= 0, np.where(top[n:] >= 0, low, high), 0.0)
            tops.append(np.divide(top[n:], divisor, out=np.full(q, np.inf), where=divisor > 0))
            divisor = np.where(low >= 0, np.where(bottom[n:] > 0, high, low), 0.0)
            bottoms.append(
                np.divide(bottom[n:], divisor, out=np.full(q, -np.inf), where=divisor > 0)
            )
            columns.append(factor)
        column = np.concatenate(columns)
        by = np.concatenate([top_by, top_by[n:]])
        tops_by = _lowest(np.concatenate(tops), column, by, n)
        by = np.concatenate([bottom_by, bottom_by[n:]])
        bottom, bottom_by = _lowest(-np.concatenate(bottoms), column, by, n)
        return (*tops_by, -bottom, bottom_by)


def _lowest(value: Floats, column: Ints, row: Ints, n: int) -> tuple[Floats, Ints]:
    """The lowest value of each of n columns, infinite where there is none, and its row."""
    lowest, by = np.full(n, np.inf), np.full(n, BOUNDS)
    np.minimum.at(lowest, column, value)
    mine = value == lowest[column]
    by[column[mine]] = row[mine]
    return lowest, by
