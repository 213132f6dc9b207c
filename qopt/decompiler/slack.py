"""Slack numbers: the bits of a row that do nothing but fill it up to its right side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from .couplings import Couplings, Floats, Ints, Row

Bools = npt.NDArray[np.bool_]

FEWEST = 2  # bits of a slack number that has a price
SMALL = 3  # bits of a row of ones: two that exclude each other, and one of slack
SAME = 1e-6  # of two prices, relative


@dataclass(frozen=True)
class Slack:
    """Bits of a row whose sum `coefficients . bits` takes every whole value from 0 to `most`.

    `sign` is that of their coefficients in the row; each unit of the sum costs `price`, which is in
    the linear biases of the bits. None at all is a slack number, too.
    """

    bits: Ints
    coefficients: Floats
    sign: int = 1
    price: float = 0.0

    @property
    def most(self) -> float:
        return float(self.coefficients.sum())

    def values_of(self, totals: Floats) -> npt.NDArray[np.int8]:
        """0s and 1s int8[k, bits] that sum up to whole `totals` from 0 to `most`."""
        return in_bits(self.coefficients, totals)


def in_bits(coefficients: Floats, totals: Floats) -> npt.NDArray[np.int8]:
    """0s and 1s int8[k, bits] that sum up to whole `totals` float64[k], the largest first; of
    coefficients that leave no gap."""
    bits, left = np.zeros((len(totals), len(coefficients)), dtype=np.int8), totals.copy()
    for k in np.argsort(-coefficients, kind="stable"):
        bits[:, k] = coefficients[k] <= left
        left -= coefficients[k] * bits[:, k]
    return bits


NONE = Slack(np.zeros(0, dtype=np.int64), np.zeros(0))


def slack_of(rows: Sequence[Row], left: Couplings) -> list[Slack]:
    """Of each row its slack number, of bits that cost nothing.

    A bit of slack stands in one row only and in nothing that is left. Rows whose coefficients are
    all alike keep their bits: they are groups, which moves can keep.
    """
    if not rows:
        return []
    idle = _free(rows, left) & (np.abs(left.linear) <= 4 * left.error)
    return [NONE if _is_of_ones(row) else _run(row, idle[row.bits]) for row in rows]


def any_slack_of(rows: Sequence[Row], left: Couplings) -> list[Slack]:
    """The same, or what is larger: slack each unit of which has one price, as cash that is left
    over may have; and slack of rows that are too small for groups.

    The row says what a slack number s is, `s = right - coefficients . bits` of the others, and so
    these pay its price. In rows of ones of both signs the bits of one sign are slack, and of three
    ones one: "x + y + s = 1" is "not both".
    """
    if not rows:
        return []
    free, margin = _free(rows, left), 4 * left.error
    idle, found = free & (np.abs(left.linear) <= margin), list[Slack]()
    for row, number in zip(rows, slack_of(rows, left), strict=True):
        other = NONE
        if _is_of_ones(row) and not row.halfway:
            other = _few(row, idle[row.bits])
        elif not row.halfway:
            other = _priced(row, free[row.bits], left.linear[row.bits], margin)
        found.append(other if other.most > number.most else number)
    return found


def upright(rows: Sequence[Row], slack: Sequence[Slack]) -> list[Row]:
    """The rows, times -1 where the coefficients that are no slack are mostly negative: a square
    says nothing of the sign."""
    turned = []
    for row, number in zip(rows, slack, strict=True):
        down = row.coefficients[~np.isin(row.bits, number.bits)].sum() < 0 and not row.halfway
        turned.append(
            replace(row, coefficients=-row.coefficients, right=-row.right) if down else row
        )
    return turned


def _free(rows: Sequence[Row], left: Couplings) -> Bools:
    """bool[n]: bits that are in one row, and in no coupling that is left."""
    count = np.bincount(np.concatenate([row.bits for row in rows]), minlength=len(left.linear))
    free: Bools = (np.diff(left.matrix.indptr) == 0) & (count == 1)
    return free


def _is_of_ones(row: Row) -> bool:
    """Whether its coefficients are of one size."""
    size = np.abs(row.coefficients)
    return bool((size == size[0]).all())


def _run(row: Row, idle: Bools) -> Slack:
    """The longest run of idle bits of one sign, from the smallest on, without a gap in sums."""
    size, best = np.abs(row.coefficients), NONE
    for sign in (1, -1) if not row.halfway else ():
        mine = np.flatnonzero(idle & (np.sign(row.coefficients) == sign))
        mine = mine[np.argsort(size[mine], kind="stable")]
        reach, taken = 0.0, []
        for k in mine:
            if size[k] > reach + 1:
                break
            reach += size[k]
            taken.append(k)
        if reach > best.most and len(taken) < len(row.bits):
            best = Slack(row.bits[taken], size[taken], sign)
    return best


def _priced(row: Row, free: Bools, linear: Floats, margin: float) -> Slack:
    """Of the free bits the longest run of one price for each unit."""
    best = NONE
    for price in _shared(linear[free] / row.coefficients[free]):
        alike = free & (np.abs(linear - price * row.coefficients) <= margin)
        number = _run(row, alike)
        if len(number.bits) >= FEWEST and number.most > best.most:
            best = replace(number, price=price * number.sign)
    return best


def _few(row: Row, idle: Bools) -> Slack:
    """Of a row of ones: the more idle bits of one sign, where it has bits of both."""
    sign = np.sign(row.coefficients)
    mine = [np.flatnonzero(idle & (sign == one)) for one in (1, -1)]
    most = max(mine, key=len)
    if (sign == sign[0]).all():
        most = most[:1] if len(row.bits) <= SMALL else most[:0]
    if not 0 < len(most) < len(row.bits) or abs(row.coefficients[0]) != 1:
        return NONE
    return Slack(row.bits[most], np.abs(row.coefficients[most]), int(sign[most[0]]))


def _shared(prices: Floats) -> list[float]:
    """Those but 0 that FEWEST bits or more have, the most frequent first."""
    order = np.sort(prices[prices != 0])
    starts = np.flatnonzero(np.r_[True, np.diff(order) > SAME * np.abs(order[1:])][: len(order)])
    counts = np.diff(np.r_[starts, len(order)])
    often = np.argsort(-counts, kind="stable")
    shared: list[float] = order[starts[often[counts[often] >= FEWEST]]].tolist()
    return shared
