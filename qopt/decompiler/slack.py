"""Slack numbers: the bits of a row that do nothing but fill it up to its right side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .couplings import Couplings, Floats, Ints, Row


@dataclass(frozen=True)
class Slack:
    """Bits of a row whose sum `coefficients . bits` takes every whole value from 0 to `most`.

    `sign` is that of their coefficients; none at all is a slack number, too.
    """

    bits: Ints
    coefficients: Floats
    sign: int = 1

    @property
    def most(self) -> float:
        return float(self.coefficients.sum())

    def values_of(self, totals: Floats) -> npt.NDArray[np.int8]:
        """0s and 1s int8[k, bits] that sum up to whole `totals` from 0 to `most`: the largest
        first."""
        bits, left = np.zeros((len(totals), len(self.bits)), dtype=np.int8), totals.copy()
        for k in np.argsort(-self.coefficients, kind="stable"):
            bits[:, k] = self.coefficients[k] <= left
            left -= self.coefficients[k] * bits[:, k]
        return bits


NONE = Slack(np.zeros(0, dtype=np.int64), np.zeros(0))


def slack_of(rows: Sequence[Row], left: Couplings) -> list[Slack]:
    """Of each row its slack number.

    A bit of slack stands in one row only and in nothing that is left. Rows whose coefficients are
    all alike keep their bits: they are groups, which moves can keep.
    """
    if not rows:
        return []
    count = np.bincount(np.concatenate([row.bits for row in rows]), minlength=len(left.linear))
    idle = (np.diff(left.matrix.indptr) == 0) & (np.abs(left.linear) <= 4 * left.error)
    return [_slack(row, (count[row.bits] == 1) & idle[row.bits]) for row in rows]


def _slack(row: Row, idle: npt.NDArray[np.bool_]) -> Slack:
    """The longest run of idle bits of one sign, from the smallest on, without a gap in sums."""
    size = np.abs(row.coefficients)
    if (size == size[0]).all():
        return NONE
    best = NONE
    for sign in (1, -1):
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
