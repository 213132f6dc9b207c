"""A constrained model as flat arrays, and the tables that the moves read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.ising import Floats, Ints

Flags = npt.NDArray[np.int8]
Indices = npt.NDArray[np.int32]

NONE = -1
# of the flips of what is in rows of followers alone: the rest is anywhere, and mostly closes a
# circle
RELEASED = 0.95
SHIFTED = 0.2  # moves that release something, for each other variable in such rows
# share of pairs that are coupled, and variables, for couplings to be kept as a matrix too
DENSE_FROM, DENSE_MOST = 0.1, 2048


@dataclass(frozen=True, eq=False)
class Pairs:
    """Terms `value * x[row] * x[col]`, row and col different."""

    row: Ints
    col: Ints
    value: Floats

    def neighbours(self, n: int) -> tuple[Ints, npt.NDArray[np.int32], Floats]:
        """(indptr, indices, values) of the symmetric matrix: both directions, sorted, equal pairs
        summed.
        """
        here, there = np.r_[self.row, self.col], np.r_[self.col, self.row]
        key, place = np.unique(here * n + there, return_inverse=True)
        value = np.bincount(
            place, weights=np.r_[self.value, self.value], minlength=len(key)
        ).astype(np.float64)
        indptr = np.searchsorted(key, np.arange(n + 1) * n)
        return indptr.astype(np.int64), (key % max(n, 1)).astype(np.int32), value


@dataclass(frozen=True, eq=False)
class Rows:
    """k priced constraints `a x + x' Q x (<= or =) rhs` over the variables.

    `row`, `col`, `value` [nnz] are the entries of a; `owner`, `first`, `second`, `product` those of
    the Qs. `rhs` float64[k], `equality` bool[k]. `weight` float64[k] is infinite for a hard row; a
    soft one's violation v costs `weight * v`, or `weight * v**2` where `squared` bool[k].
    `indicator` int64[k] is the binary whose value the row decides, or -1. `follower` int64[k] is
    the whole number that the row pushes, up where its coefficient is negative and down where it is
    positive, and that nothing else wants there, or -1.
    """

    row: Ints
    col: Ints
    value: Floats
    owner: Ints
    first: Ints
    second: Ints
    product: Floats
    rhs: Floats
    equality: npt.NDArray[np.bool_]
    weight: Floats
    squared: npt.NDArray[np.bool_]
    indicator: Ints
    follower: Ints


@dataclass(frozen=True, eq=False)
class Constrained:
    """Variables, an objective, and three kinds of constraints: kept, forbidden pairs, and priced
    rows.

    Attributes
    ----------
    lower, upper, step
        float64[n]: whole bounds, and the distance of two values: 2 for a spin, else 1.
    linear, square, pairs, offset
        The objective `offset + linear @ x + square @ x**2 + pairs`.
    group
        int64[n]: the group whose sum the variable's moves keep, numbered from 0; -1 for none.
    total
        float64[groups]: what each group adds up to. One with total 1 over binaries is *single*.
    column
        int64[n]: of a variable in a single group, or of an empty place's stand-in in none: the
        column that crosses it, from 0 on, of which one variable is 1, too; -1 for none.
    partner
        int64[n]: a label that two single groups exchange in a swap, where columns are not kept; -1
        for none.
    conflicts
        `first`, `second` int64[c]: binaries that may not both be 1.
    rows
        What is left, priced.
    """

    lower: Floats
    upper: Floats
    step: Floats
    linear: Floats
    square: Floats
    pairs: Pairs
    offset: float
    group: Ints
    total: Floats
    column: Ints
    partner: Ints
    conflicts: tuple[Ints, Ints]
    rows: Rows

    @property
    def num_variables(self) -> int:
        return len(self.lower)

    def objective(self, states: Floats) -> Floats:
        """float64[k] of states [k, n], with what soft rows charge."""
        p = self.pairs
        # summed, not by BLAS, whose threads wait for cores that anneal: 8 ms a state of berlin52
        # then, and 1 so
        products = np.array([(p.value * state[p.row] * state[p.col]).sum() for state in states])
        value = self.offset + states @ self.linear + states**2 @ self.square + products
        soft = np.isfinite(self.rows.weight)
        over = self.violations(states)[:, soft]
        charged = np.where(self.rows.squared[soft], over**2, over)
        return np.asarray(value + charged @ self.rows.weight[soft])

    def activities(self, states: Floats) -> Floats:
        """float64[k, rows] of states [k, n]."""
        rows, found = self.rows, np.zeros((len(states), len(self.rows.rhs)))
        for activity, state in zip(found, states, strict=True):
            activity += np.bincount(
                rows.row, weights=rows.value * state[rows.col], minlength=len(rows.rhs)
            )
            products = rows.product * state[rows.first] * state[rows.second]
            activity += np.bincount(rows.owner, weights=products, minlength=len(rows.rhs))
        return found

    def violations(self, states: Floats) -> Floats:
        """float64[k, rows]: by how much each row is broken, 0 where it holds."""
        over = self.activities(states) - self.rows.rhs
        return np.asarray(np.where(self.rows.equality, np.abs(over), np.maximum(over, 0.0)))


class Tables(NamedTuple):
    """What the moves read, as arrays, and how long they are."""

    num_variables: int
    num_groups: int
    num_columns: int
    num_rows: int
    num_pairs: int
    num_conflicts: int
    num_free: int
    num_shifting: int
    num_swapping: int
    num_exchanging: int
    num_transferring: int
    num_followers: int
    num_charged: int
    num_steering: int
    dense: bool
    lower: Floats
    upper: Floats
    step: Floats
    linear: Floats
    square: Floats
    # couplings of the objective: neighbours of each variable and, for dense models, the matrix
    pair_ptr: Ints
    pair_to: Indices
    pair_value: Floats
    matrix: Floats  # [n, n] where `dense`
    inside: bool  # whether variables of one group, or of one column, are coupled
    # pairs that exclude each other
    conflict_ptr: Ints
    conflict_to: Indices
    # groups, and the columns that cross them
    group: Ints
    total: Floats
    single: Flags
    column: Ints
    partner: Ints
    member_ptr: Ints  # of each group, sorted by what `crossing` says
    member: Ints
    crossing: Ints  # int64[n]: column, or partner, or a number above all of them
    stand_in: Ints  # of each column: the variable that is 1 where the place is empty, or -1
    # priced rows: the entries of each variable, and the variables of each row
    entry_ptr: Ints
    entry_row: Ints
    entry_value: Floats
    product_ptr: Ints
    product_row: Ints
    product_with: Ints
    product_value: Floats
    row_ptr: Ints
    row_member: Ints
    rhs: Floats
    equality: Flags
    weight: Floats
    squared: Flags
    tolerance: Floats
    limit: Floats  # the right-hand side and the tolerance
    indicator: Ints
    room: Floats  # the (negative) coefficient of the indicator
    # whole numbers that follow: of each, the rows that push it; of those rows, their variables
    follower: Ints
    # float64[n]: 1 for one that is best small, -1 for one that is best large, 0 for what does not
    # follow
    toward: Floats
    push_ptr: Ints
    push_row: Ints
    steps: Floats  # one over the size of the follower's coefficient
    push_of: Floats  # that size by row
    pushed_ptr: Ints
    pushed_by: Ints
    pushed_value: Floats
    followers: Ints
    charged: Ints  # those that are in the objective
    steering: Ints  # free variables of two values in such rows alone
    relaxed: Floats  # of such a row: the least that its variables but followers come to
    # variables by the moves they make
    free: Ints  # in no group, column, indicator's or follower's role
    shifting: Ints  # members of single groups
    swapping: Ints  # single groups that have a partner label
    exchanging: Ints  # free variables in a priced row without a follower
    transferring: Ints  # members of the other groups
    # float64[6]: cumulative shares of flips, shifts, swaps, exchanges, transfers and releases
    odds: Floats


def tables(model: Constrained) -> Tables:
    n, rows = model.num_variables, model.rows
    indptr, indices, value = model.pairs.neighbours(n)
    c_ptr, c_to, _ = Pairs(*model.conflicts, np.ones(len(model.conflicts[0]))).neighbours(n)
    matrix = np.zeros((0, 0))
    if 0 < n <= DENSE_MOST and len(indices) > DENSE_FROM * n * n:
        matrix = np.zeros((n, n))
        matrix[np.repeat(np.arange(n), np.diff(indptr)), indices] = value
    columns = int(model.column.max(initial=NONE)) + 1
    crossing = np.where(
        model.column != NONE,
        model.column,
        np.where(model.partner != NONE, columns + model.partner, NONE),
    )
    crossing = np.where(crossing == NONE, crossing.max(initial=0) + 1, crossing)
    grouped = np.flatnonzero(model.group != NONE)
    member = grouped[np.lexsort((crossing[grouped], model.group[grouped]))]
    groups = len(model.total)
    single = _single(model)
    stand_in = np.full(columns, NONE, dtype=np.int64)
    alone = np.flatnonzero((model.column != NONE) & (model.group == NONE))
    stand_in[model.column[alone]] = alone
    entry_ptr, order = _by(rows.col, n)
    twice = np.r_[rows.first, rows.second[rows.first != rows.second]]
    again = np.r_[np.arange(len(rows.first)), np.flatnonzero(rows.first != rows.second)]
    other = np.r_[rows.second, rows.first[rows.first != rows.second]]
    product_ptr, product_order = _by(twice, n)
    room = np.zeros(len(rows.rhs))
    of_indicator = rows.col == rows.indicator[rows.row]
    room[rows.row[of_indicator]] = rows.value[of_indicator]
    tolerance = _tolerance(rows)
    follows, indicates = _among(n, rows.follower), _among(n, rows.indicator)
    free = (model.group == NONE) & (model.column == NONE) & (model.upper > model.lower)
    free &= ~indicates & ~follows
    pushing = rows.follower[rows.row] != NONE
    steering, in_row = _among(n, rows.col[pushing]) & ~follows, _among(n, rows.col[~pushing])
    exchanging, steers = free & in_row, free & steering & ~in_row
    within = free[rows.col] & ~pushing
    row_ptr, row_order = _by(rows.row[within], len(rows.rhs))
    in_group = model.group[grouped]
    shifting, transferring = grouped[single[in_group]], grouped[~single[in_group]]
    partnered = np.unique(model.group[(model.partner != NONE) & (model.group != NONE)])
    swapping = partnered[single[partnered]] if len(partnered) else partnered
    # a flip of what an exchange could move is worth half of either; a swap shares with the shift;
    # and most of what moves followers is let go only where it holds one up
    released = RELEASED * steers.sum()
    counts = np.array(
        [
            free.sum() - exchanging.sum() / 2 - released,
            len(shifting) * (0.5 if len(swapping) > 1 else 1.0),
            len(shifting) * (0.5 if len(swapping) > 1 else 0.0),
            exchanging.sum() / 2,
            len(transferring),
            released + SHIFTED * (steering & ~steers).sum(),
        ]
    )
    odds = np.cumsum(counts / max(counts.sum(), 1.0))
    return Tables(
        num_variables=n,
        num_groups=groups,
        num_columns=columns,
        num_rows=len(rows.rhs),
        num_pairs=len(indices),
        num_conflicts=len(c_to),
        num_free=int(free.sum()),
        num_shifting=len(shifting),
        num_swapping=len(swapping),
        num_exchanging=int(exchanging.sum()),
        num_transferring=len(transferring),
        dense=len(matrix) > 0,
        lower=model.lower,
        upper=model.upper,
        step=model.step,
        linear=model.linear,
        square=model.square,
        pair_ptr=indptr,
        pair_to=indices,
        pair_value=value,
        matrix=matrix,
        inside=_inside(model, indptr, indices),
        conflict_ptr=c_ptr,
        conflict_to=c_to,
        group=model.group,
        total=model.total,
        single=single.astype(np.int8),
        column=model.column,
        partner=model.partner,
        member_ptr=np.searchsorted(model.group[member], np.arange(groups + 1)),
        member=member,
        crossing=crossing,
        stand_in=stand_in,
        entry_ptr=entry_ptr,
        entry_row=rows.row[order],
        entry_value=rows.value[order],
        product_ptr=product_ptr,
        product_row=rows.owner[again][product_order],
        product_with=other[product_order],
        product_value=rows.product[again][product_order],
        row_ptr=row_ptr,
        row_member=rows.col[within][row_order],
        rhs=rows.rhs,
        equality=rows.equality.astype(np.int8),
        weight=rows.weight,
        squared=rows.squared.astype(np.int8),
        tolerance=tolerance,
        limit=rows.rhs + tolerance,
        indicator=rows.indicator,
        room=room,
        free=np.flatnonzero(free),
        shifting=shifting,
        swapping=swapping,
        exchanging=np.flatnonzero(exchanging),
        transferring=transferring,
        odds=odds,
        **_following(model, follows, steers),
    )


def _following(
    model: Constrained, follows: npt.NDArray[np.bool_], steers: npt.NDArray[np.bool_]
) -> dict[str, Any]:
    """What the moves read of followers."""
    rows, n = model.rows, model.num_variables
    own = np.flatnonzero(rows.col == rows.follower[rows.row])
    size, toward = np.zeros(len(rows.rhs)), np.zeros(n)
    size[rows.row[own]] = np.abs(rows.value[own])
    toward[rows.col[own]] = -np.sign(rows.value[own])
    push_ptr, order = _by(rows.col[own], n)
    own = own[order]
    pushing = np.flatnonzero(rows.follower[rows.row] != NONE)
    pushing = pushing[np.argsort(rows.row[pushing], kind="stable")]
    rest = pushing[~follows[rows.col[pushing]]]
    ends = [rows.value[rest] * end[rows.col[rest]] for end in (model.lower, model.upper)]
    relaxed = np.bincount(rows.row[rest], np.minimum(*ends), len(rows.rhs))
    followers = np.flatnonzero(follows)
    charged = np.flatnonzero(follows & ((model.linear != 0) | (model.square != 0)))
    steering = np.flatnonzero(steers & (model.upper - model.lower == model.step))
    return {
        "num_followers": len(followers),
        "num_charged": len(charged),
        "num_steering": len(steering),
        "follower": rows.follower,
        "toward": toward,
        "push_ptr": push_ptr,
        "push_row": rows.row[own],
        "steps": 1 / np.abs(rows.value[own]),
        "push_of": size,
        "pushed_ptr": np.searchsorted(rows.row[pushing], np.arange(len(rows.rhs) + 1)),
        "pushed_by": rows.col[pushing],
        "pushed_value": rows.value[pushing],
        "followers": followers,
        "charged": charged,
        "steering": steering,
        "relaxed": relaxed.astype(np.float64),
    }


def _among(n: int, variables: Ints) -> npt.NDArray[np.bool_]:
    """bool[n]: which variables are among these; -1 is none."""
    found = np.zeros(n, dtype=np.bool_)
    found[variables[variables != NONE]] = True
    return found


def _single(model: Constrained) -> npt.NDArray[np.bool_]:
    """Of each group, whether just one of its binaries is 1."""
    single = model.total == 1
    binary = (model.lower == 0) & (model.upper == 1)
    single[model.group[(model.group != NONE) & ~binary]] = False
    return np.asarray(single)


def _tolerance(rows: Rows) -> Floats:
    """float64[k]: what rounding errors may add up to in each row, well below its smallest term."""
    most, least = np.maximum(1.0, np.abs(rows.rhs)), np.full(len(rows.rhs), np.inf)
    for owner, values in ((rows.row, np.abs(rows.value)), (rows.owner, np.abs(rows.product))):
        np.maximum.at(most, owner, values)
        np.minimum.at(least, owner, values)
    return np.asarray(np.minimum(1e-9 * most, 1e-2 * least))


def _by(key: Ints, count: int) -> tuple[Ints, Ints]:
    """Entries by their key 0..count-1: where each key's begin, and their order."""
    order = np.argsort(key, kind="stable")
    return np.searchsorted(key[order], np.arange(count + 1)), order


def _inside(model: Constrained, indptr: Ints, indices: npt.NDArray[np.int32]) -> bool:
    here = np.repeat(np.arange(model.num_variables), np.diff(indptr))
    same_group = (model.group[here] == model.group[indices]) & (model.group[here] != NONE)
    same_column = (model.column[here] == model.column[indices]) & (model.column[here] != NONE)
    return bool((same_group | same_column).any())
