"""Pairs of bits that are charged for one of their four states: conflicts, covers and orders.

| penalty | it forbids | it adds |
|---|---|---|
| W x y | both | a coupling W |
| W (1 - x)(1 - y) | neither | a coupling W, linear biases -W, a constant |
| W x (1 - y) | x without y | a coupling -W, a linear bias W of x |

Each is `W / 2 (a x + b y - right)**2` but for a constant, with a right side halfway between the two
sums that are allowed. A state of a pair is forbidden where one of its bits is better otherwise,
whatever the rest is, by its linear bias and the signs of its couplings: that is a proof, for bits
that may change alone. Bits of rows that must add up may not. Between these, couplings are conflicts
that are as large as what the rows cost and larger than the next smaller coupling, or much larger
than that, or, where all are of few values, than the differences of linear biases.

Conflicts of bits that all exclude each other are taken together: at most one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..constrained import sides
from ..couplings import Couplings, Floats, Ints, Row
from ..slack import slack_of
from .cliques import Bools, Pairs, each_clique

MOST = 100_000  # pairs, of which each is a row of its own
SHARE, SHARE_ALONE = (
    0.02,
    0.2,
)  # of all couplings, at least, are forbidden pairs: beside rows, alone
WEIGHTY = 0.05  # of the weight of the lightest row, at least, is that of a forbidden pair, unless
USUAL = 0.1  # of all couplings, at least, are of the same weight
REPEATED = 3  # pairs of the same weight, at least
FEW = 0.1  # as many different weights as forbidden pairs, at most, beyond
FIRST = 8  # weights, which are few at any rate
HEAVY = 0.3  # of the weight of the bits' rows, at least: a conflict
MAIN = 4  # weights that most of the conflicts between bits of rows have, and
COVERED = 0.45  # of these, at least
GAP = 1.5  # times the next smaller coupling, at least: the least conflict
FAR = 8  # times the next smaller one: a conflict, whatever the rows weigh

NONE, BOTH, NEITHER, FIRST_ALONE, SECOND_ALONE = range(-1, 4)
CLAUSES = ((1.0, 1.0, 0.5), (1.0, 1.0, 1.5), (1.0, -1.0, -0.5), (-1.0, 1.0, -0.5))


@dataclass(frozen=True, eq=False)
class _Coupled:
    """All coupled pairs: the bits `first` < `second`, int64[pairs], and their couplings."""

    first: Ints
    second: Ints
    weight: Floats

    @classmethod
    def of(cls, left: Couplings) -> _Coupled:
        upper = sparse.triu(left.matrix, k=1, format="coo")
        first, second = upper.row.astype(np.int64), upper.col.astype(np.int64)
        return cls(first, second, np.array(upper.data, dtype=np.float64))


def rows_of_orders(left: Couplings, rows: Sequence[Row]) -> list[Row]:
    """Rows "not one without the other" and "at least one of two"."""
    coupled = _Coupled.of(left)
    clause = _forbidden(left, rows, coupled)
    clause[clause == BOTH] = NONE
    return _rows_of(coupled, clause, np.flatnonzero(clause != NONE))


def rows_of_conflicts(left: Couplings, rows: Sequence[Row]) -> list[Row]:
    """Rows "at most one" of two bits or more."""
    coupled = _Coupled.of(left)
    clause = _forbidden(left, rows, coupled)
    clause[(clause != BOTH) & (clause != NONE)] = NONE
    clause[_heavy(left, rows, coupled, clause)] = BOTH
    found, n = _at_most_one(left, coupled, clause == BOTH), len(left.linear)
    rest = np.flatnonzero(clause == BOTH)
    among = np.isin(coupled.first[rest] * n + coupled.second[rest], _covered(found, n))
    return found + _rows_of(coupled, clause, rest[~among])


def _rows_of(coupled: _Coupled, clause: Ints, chosen: Ints) -> list[Row]:
    """A row each of some pairs, by the table above; none of too many."""
    rows = list[Row]()
    for k in chosen.tolist() if len(chosen) <= MOST else ():
        a, b, right = CLAUSES[clause[k]]
        bits = np.array([coupled.first[k], coupled.second[k]])
        rows.append(Row(bits, np.array([a, b]), right, abs(float(coupled.weight[k])) / 2))
    return rows


def _forbidden(left: Couplings, rows: Sequence[Row], coupled: _Coupled) -> Ints:
    """int64[pairs]: which state is proved to be forbidden, by its number."""
    first, second, weight = coupled.first, coupled.second, coupled.weight
    linear, margin = left.linear, 4 * left.error
    data, owner = left.matrix.data, np.repeat(np.arange(len(linear)), np.diff(left.matrix.indptr))
    add = np.bincount(owner, np.maximum(data, 0.0), len(linear))
    save = np.bincount(owner, np.minimum(data, 0.0), len(linear))
    may_fall, may_rise = _free(left, rows)

    def falls(bit: Ints, gained: Floats) -> Bools:
        """Whether the bit is better cleared, where so much is gained by the other at least."""
        better: Bools = may_fall[bit] & (linear[bit] + save[bit] + gained > margin)
        return better

    def rises(bit: Ints, lost: Floats) -> Bools:
        better: Bools = may_rise[bit] & (linear[bit] + add[bit] + lost < -margin)
        return better

    up, down = np.maximum(weight, 0.0), np.minimum(weight, 0.0)
    positive = weight > 0
    proved = np.stack(
        [
            positive & (falls(first, up) | falls(second, up)),
            positive & (rises(first, -up) | rises(second, -up)),
            ~positive & (rises(second, down) | falls(first, -down)),
            ~positive & (rises(first, down) | falls(second, -down)),
        ]
    )
    clause = np.where(proved.any(axis=0), _simplest(proved, linear, coupled), NONE)
    return _repeated(clause, weight, rows)


def _simplest(proved: npt.NDArray[np.bool_], linear: Floats, coupled: _Coupled) -> Ints:
    """int64[pairs]: of a pair's proved states that which leaves the smallest linear biases; of
    "both" and "neither", that which is proved more often alone."""
    one, other, size = linear[coupled.first], linear[coupled.second], np.abs(coupled.weight)
    alone = proved.sum(axis=0) == 1
    both, neither = (int((proved[state] & alone).sum()) for state in (BOTH, NEITHER))
    remaining = np.stack(
        [
            np.full(len(one), 0.0 if both >= neither else 1.0),
            np.full(len(one), 0.5),
            np.abs(one - size) + np.abs(other),
            np.abs(one) + np.abs(other - size),
        ]
    )
    simplest: Ints = np.argmin(np.where(proved, remaining, np.inf), axis=0)
    return simplest


def weighty(rows: Sequence[Row]) -> float:
    """What a coupling is at least that is a penalty beside these rows."""
    return WEIGHTY * min((row.violated for row in rows if not row.halfway), default=0.0)


def _free(left: Couplings, rows: Sequence[Row]) -> tuple[Bools, Bools]:
    """bool[bits]: which may be cleared, and which set, without breaking a row."""
    down, up = (np.ones(len(left.linear), dtype=bool) for _ in range(2))
    for row, slack in zip(rows, slack_of(rows, left), strict=True):
        for sense, _ in sides(row, slack):
            rising = row.coefficients > 0
            if sense != "<=":
                down[row.bits[rising]] = False
                up[row.bits[~rising]] = False
            if sense != ">=":
                up[row.bits[rising]] = False
                down[row.bits[~rising]] = False
    return down, up


def _repeated(clause: Ints, weight: Floats, rows: Sequence[Row]) -> Ints:
    """The same without pairs whose weight is that of few others; none where those that are left
    are few, or of many different weights: then it is by chance that they are forbidden."""
    mine = np.flatnonzero(clause != NONE)
    _, kind, count = np.unique(
        np.abs(weight[mine]).astype(np.float32), return_inverse=True, return_counts=True
    )
    often = count >= REPEATED
    light = np.abs(weight[mine]) < weighty(rows)
    usual = np.bincount(kind[~light], minlength=len(count)) + count * (count >= USUAL * len(weight))
    often &= usual > 0
    left = mine[often[kind]] if len(mine) else mine
    share = SHARE if rows else SHARE_ALONE
    if len(left) < share * len(weight) or often.sum() > FIRST + FEW * len(left):
        left = left[:0]
    kept = np.full(len(clause), NONE)
    kept[left] = clause[left]
    return kept


def _heavy(left: Couplings, rows: Sequence[Row], coupled: _Coupled, clause: Ints) -> Ints:
    """Pairs of bits of rows whose couplings are as large as what breaking the rows costs."""
    first, second, weight = coupled.first, coupled.second, coupled.weight
    cost = np.full(len(left.linear), np.inf)
    for row in rows:
        if not row.halfway:
            np.minimum.at(cost, row.bits, row.weight)
    least = np.minimum(cost[first], cost[second])
    between = np.isfinite(least) & (weight > 0) & (clause == NONE)
    values = np.sort(weight[between])
    if not len(values):
        return np.zeros(0, dtype=np.int64)
    starts = np.flatnonzero(values[1:] >= GAP * values[:-1]) + 1
    kept = np.unique(np.concatenate([row.bits for row in rows]))
    spread = float(np.ptp(left.linear[kept]))
    for start in np.r_[0, starts].tolist():
        level = float(values[start])
        heavy = between & (weight >= level)
        counts = np.sort(np.unique(weight[heavy].astype(np.float32), return_counts=True)[1])
        large = bool((weight[heavy] >= HEAVY * least[heavy]).all())
        few = counts[-MAIN:].sum() >= COVERED * counts.sum()
        alone = start == 0 and len(counts) <= FIRST and level > spread > 4 * left.error
        far = start > 0 and level >= FAR * values[start - 1]
        if alone or far or (large and few):
            return np.flatnonzero(heavy)
    return np.zeros(0, dtype=np.int64)


def _at_most_one(left: Couplings, coupled: _Coupled, conflict: Bools) -> list[Row]:
    """Rows "at most one" of three bits or more, without a pair in common."""
    first, second = coupled.first[conflict], coupled.second[conflict]
    n, rows = len(left.linear), list[Row]()
    pairs = Pairs.of(left.matrix)
    low, high = np.minimum(pairs.owner, pairs.other), np.maximum(pairs.owner, pairs.other)
    joined = np.isin(low * n + high, first * n + second)

    def take(bits: Ints, places: Ints) -> bool:
        weight = float(pairs.data[places].min()) / 2
        rows.append(Row(bits, np.ones(len(bits)), 0.5, weight))
        return True

    degree = np.bincount(pairs.owner[joined], minlength=n)
    order = np.argsort(degree, kind="stable")
    each_clique(pairs, joined, order[degree[order] > 1], take, 2 * len(joined), lambda: left.late)
    return rows


def _covered(rows: Sequence[Row], n: int) -> Ints:
    """The pairs that are in one of these rows: n times the smaller bit, plus the larger."""
    pairs = [np.zeros(0, dtype=np.int64)]
    for row in rows:
        i, j = np.triu_indices(len(row.bits), 1)
        pairs.append(row.bits[i] * n + row.bits[j])
    return np.concatenate(pairs)
