"""A QUBO that was read back, as moves like it: fewer bits, and looser rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..decompiler.slack import NONE, Slack, slack_of

if TYPE_CHECKING:
    from ..decompiler import Decompiled
    from ..decompiler.couplings import Row

# of what breaking the heaviest row costs: rows that cost less are a part of the objective, where it
# is not proved that they hold
LIGHT = 0.01
SAME = 1e-6  # of two prices, relative
FEWEST = 2  # slack bits that have one price
SMALL = 3  # bits of a row: two that exclude each other, and one of slack


def annealable(found: Decompiled) -> Decompiled:
    """Without rows that may be costs, and with all the slack that the others have.

    States that keep the rows have the QUBO's energies in the model of this. Others need not, so it
    is no decompiled QUBO: it has no proof.
    """
    return _with_slack_of_alike(_with_prices_moved(_without_light(found.cautious)))


def _without_light(found: Decompiled) -> Decompiled:
    """An objective's squares may look like rows: a number's change, or its distance from a target.

    They weigh what the objective weighs, and those who make constraints of rows let them weigh
    much more.
    """
    if not found.rows:
        return found
    cost = np.array([row.violated for row in found.rows])
    kept = found.heavy | (cost >= LIGHT * cost.max())
    rows = [row for row, keep in zip(found.rows, kept, strict=True) if keep]
    slack = [number for number, keep in zip(found.slack, kept, strict=True) if keep]
    light = [row for row, keep in zip(found.rows, kept, strict=True) if not keep]
    return replace(found, rows=rows, slack=slack, left=found.left.plus(light))


def _with_prices_moved(found: Decompiled) -> Decompiled:
    """A slack number's price is paid by the rest of its row, which says what the number is."""
    left, free = found.left, _free(found)
    linear, offset, moved = left.linear.copy(), left.offset, False
    for row, number in zip(found.rows, found.slack, strict=True):
        if len(number.bits) or _is_of_one_size(row):
            continue
        mine = free[row.bits]
        if price := _most_frequent(left.linear[row.bits[mine]] / row.coefficients[mine]):
            linear[row.bits] -= price * row.coefficients
            offset, moved = offset + price * row.right, True
    if not moved:
        return found
    left = replace(left, linear=linear, offset=offset)
    return replace(found, left=left, slack=slack_of(found.rows, left))


def _with_slack_of_alike(found: Decompiled) -> Decompiled:
    """Rows of two bits, or of two signs, and a bit of slack are no groups that moves can keep."""
    idle = _free(found) & (np.abs(found.left.linear) <= 4 * found.left.error)
    pairs = zip(found.rows, found.slack, strict=True)
    return replace(
        found,
        slack=[
            _slack_of_alike(row, idle[row.bits])
            if not len(number.bits) and not row.halfway and _is_of_one_size(row)
            else number
            for row, number in pairs
        ],
    )


def _slack_of_alike(row: Row, idle: npt.NDArray[np.bool_]) -> Slack:
    """Of a row whose sizes are alike: the more idle bits of one sign, where it has bits of both."""
    sign = np.sign(row.coefficients)
    both = bool((sign != sign[0]).any())
    mine = [np.flatnonzero(idle & (sign == one)) for one in (1, -1)]
    most = max(mine, key=len)
    if not both:
        most = most[:1] if len(row.bits) <= SMALL else most[:0]
    if not 0 < len(most) < len(row.bits):
        return NONE
    return Slack(row.bits[most], np.abs(row.coefficients[most]), int(sign[most[0]]))


def _free(found: Decompiled) -> npt.NDArray[np.bool_]:
    """bool[bits]: which are in one row and in no coupling that is left."""
    alone = np.diff(found.left.matrix.indptr) == 0
    if not found.rows:
        return np.asarray(alone)
    count = np.bincount(np.concatenate([row.bits for row in found.rows]), minlength=len(alone))
    return np.asarray(alone & (count == 1))


def _is_of_one_size(row: Row) -> bool:
    size = np.abs(row.coefficients)
    return bool((size == size[0]).all())


def _most_frequent(prices: npt.NDArray[np.float64]) -> float:
    """The price that most bits have, if at least FEWEST have it, or else 0."""
    order = np.sort(prices)
    new = np.r_[True, np.diff(order) > SAME * np.abs(order[1:])] if len(order) else np.zeros(0)
    starts = np.flatnonzero(new)
    counts = np.diff(np.r_[starts, len(order)])
    if not len(counts) or counts.max() < FEWEST:
        return 0.0
    return float(order[starts[np.argmax(counts)]])
