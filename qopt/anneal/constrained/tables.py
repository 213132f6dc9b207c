"""The tables of a constrained model that the moves read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.ising import Floats, Ints
from .model import NONE, Constrained, Pairs, PricedRows

Flags = npt.NDArray[np.int8]
Indices = npt.NDArray[np.int32]

# of the flips of what is in rows of followers alone: the rest is anywhere, and mostly closes a
# circle
RELEASED = 0.95
# moves that release something, for each variable of rows of followers that is in others, too
SHIFTED = 0.2
# couplings are kept as a matrix, too, where this share of pairs is coupled
DENSE_FROM = 0.1
# and there are no more variables than these
DENSE_MOST = 2048


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
    roles = _Roles.of(model)
    return Tables(
        num_variables=model.num_variables,
        lower=model.lower,
        upper=model.upper,
        step=model.step,
        linear=model.linear,
        square=model.square,
        **_couplings(model),
        **_conflicts(model),
        **_groups(model),
        **_entries(model, roles),
        **_following(model, roles),
        **_moves(model, roles),
    )


@dataclass(frozen=True, eq=False)
class _Roles:
    """bool[n] each: what part a variable has in the moves.

    - `follows`: a follower.
    - `free`: in no group or column, no follower and no indicator, and not fixed.
    - `exchanging`: free, and in a priced row that has no follower.
    - `steering`: no follower, and in a row that has one.
    - `steers`: free, and in rows that have one alone.
    """

    follows: npt.NDArray[np.bool_]
    free: npt.NDArray[np.bool_]
    exchanging: npt.NDArray[np.bool_]
    steering: npt.NDArray[np.bool_]
    steers: npt.NDArray[np.bool_]

    @classmethod
    def of(cls, model: Constrained) -> _Roles:
        n, rows = model.num_variables, model.rows
        follows, indicates = _among(n, rows.follower), _among(n, rows.indicator)
        free = (model.group == NONE) & (model.column == NONE) & (model.upper > model.lower)
        free &= ~indicates & ~follows
        pushing = _pushing(rows)
        steering = _among(n, rows.col[pushing]) & ~follows
        in_row = _among(n, rows.col[~pushing])
        return cls(follows, free, free & in_row, steering, free & steering & ~in_row)


def _couplings(model: Constrained) -> dict[str, Any]:
    """Neighbours in the objective, and the matrix of them where they are dense."""
    n = model.num_variables
    indptr, indices, value = model.pairs.neighbours(n)
    matrix = np.zeros((0, 0))
    if 0 < n <= DENSE_MOST and len(indices) > DENSE_FROM * n * n:
        matrix = np.zeros((n, n))
        matrix[np.repeat(np.arange(n), np.diff(indptr)), indices] = value
    return {
        "num_pairs": len(indices),
        "dense": len(matrix) > 0,
        "pair_ptr": indptr,
        "pair_to": indices,
        "pair_value": value,
        "matrix": matrix,
        "inside": _inside(model, indptr, indices),
    }


def _conflicts(model: Constrained) -> dict[str, Any]:
    """Neighbours that exclude each other."""
    first, second = model.conflicts
    pairs = Pairs(first, second, np.ones(len(first)))
    indptr, indices, _ = pairs.neighbours(model.num_variables)
    return {"num_conflicts": len(indices), "conflict_ptr": indptr, "conflict_to": indices}


def _groups(model: Constrained) -> dict[str, Any]:
    """Groups with their members, sorted by what crosses them."""
    groups, columns = len(model.total), int(model.column.max(initial=NONE)) + 1
    crossing = np.where(
        model.column != NONE,
        model.column,
        np.where(model.partner != NONE, columns + model.partner, NONE),
    )
    crossing = np.where(crossing == NONE, crossing.max(initial=0) + 1, crossing)
    grouped = np.flatnonzero(model.group != NONE)
    member = grouped[np.lexsort((crossing[grouped], model.group[grouped]))]
    stand_in = np.full(columns, NONE, dtype=np.int64)
    alone = np.flatnonzero((model.column != NONE) & (model.group == NONE))
    stand_in[model.column[alone]] = alone
    return {
        "num_groups": groups,
        "num_columns": columns,
        "group": model.group,
        "total": model.total,
        "single": _single(model).astype(np.int8),
        "column": model.column,
        "partner": model.partner,
        "member_ptr": np.searchsorted(model.group[member], np.arange(groups + 1)),
        "member": member,
        "crossing": crossing,
        "stand_in": stand_in,
    }


def _entries(model: Constrained, roles: _Roles) -> dict[str, Any]:
    """Priced rows, by their variables and by themselves."""
    n, rows = model.num_variables, model.rows
    entry_ptr, order = _by(rows.col, n)
    # a product of two variables is an entry of both
    apart = rows.first != rows.second
    twice = np.r_[rows.first, rows.second[apart]]
    again = np.r_[np.arange(len(rows.first)), np.flatnonzero(apart)]
    other = np.r_[rows.second, rows.first[apart]]
    product_ptr, product_order = _by(twice, n)
    room = np.zeros(len(rows.rhs))
    of_indicator = rows.col == rows.indicator[rows.row]
    room[rows.row[of_indicator]] = rows.value[of_indicator]
    within = roles.free[rows.col] & ~_pushing(rows)
    row_ptr, row_order = _by(rows.row[within], len(rows.rhs))
    tolerance = _tolerance(rows)
    return {
        "num_rows": len(rows.rhs),
        "entry_ptr": entry_ptr,
        "entry_row": rows.row[order],
        "entry_value": rows.value[order],
        "product_ptr": product_ptr,
        "product_row": rows.owner[again][product_order],
        "product_with": other[product_order],
        "product_value": rows.product[again][product_order],
        "row_ptr": row_ptr,
        "row_member": rows.col[within][row_order],
        "rhs": rows.rhs,
        "equality": rows.equality.astype(np.int8),
        "weight": rows.weight,
        "squared": rows.squared.astype(np.int8),
        "tolerance": tolerance,
        "limit": rows.rhs + tolerance,
        "indicator": rows.indicator,
        "room": room,
    }


def _moves(model: Constrained, roles: _Roles) -> dict[str, Any]:
    """Variables by the moves they make, and how often each kind of move is tried."""
    single = _single(model)
    grouped = np.flatnonzero(model.group != NONE)
    in_single = single[model.group[grouped]]
    shifting, transferring = grouped[in_single], grouped[~in_single]
    partnered = np.unique(model.group[(model.partner != NONE) & (model.group != NONE)])
    swapping = partnered[single[partnered]] if len(partnered) else partnered
    return {
        "num_free": int(roles.free.sum()),
        "num_shifting": len(shifting),
        "num_swapping": len(swapping),
        "num_exchanging": int(roles.exchanging.sum()),
        "num_transferring": len(transferring),
        "free": np.flatnonzero(roles.free),
        "shifting": shifting,
        "swapping": swapping,
        "exchanging": np.flatnonzero(roles.exchanging),
        "transferring": transferring,
        "odds": _odds(roles, len(shifting), len(swapping), len(transferring)),
    }


def _odds(roles: _Roles, shifting: int, swapping: int, transferring: int) -> Floats:
    """float64[6]: cumulative shares of the kinds of moves, by how many variables make them.

    A flip of what an exchange could move is worth half of either; a swap shares with the shift; and
    most of what moves followers is let go only where it holds one up.
    """
    released = RELEASED * roles.steers.sum()
    exchanged = roles.exchanging.sum() / 2
    counts = np.array(
        [
            roles.free.sum() - exchanged - released,
            shifting * (0.5 if swapping > 1 else 1.0),
            shifting * (0.5 if swapping > 1 else 0.0),
            exchanged,
            transferring,
            released + SHIFTED * (roles.steering & ~roles.steers).sum(),
        ]
    )
    return np.asarray(np.cumsum(counts / max(counts.sum(), 1.0)))


def _following(model: Constrained, roles: _Roles) -> dict[str, Any]:
    """What the moves read of followers."""
    rows, n, follows = model.rows, model.num_variables, roles.follows
    own = np.flatnonzero(rows.col == rows.follower[rows.row])
    size, toward = np.zeros(len(rows.rhs)), np.zeros(n)
    size[rows.row[own]] = np.abs(rows.value[own])
    toward[rows.col[own]] = -np.sign(rows.value[own])
    push_ptr, order = _by(rows.col[own], n)
    own = own[order]
    pushing = np.flatnonzero(_pushing(rows))
    pushing = pushing[np.argsort(rows.row[pushing], kind="stable")]
    rest = pushing[~follows[rows.col[pushing]]]
    ends = [rows.value[rest] * end[rows.col[rest]] for end in (model.lower, model.upper)]
    relaxed = np.bincount(rows.row[rest], np.minimum(*ends), len(rows.rhs))
    followers = np.flatnonzero(follows)
    charged = np.flatnonzero(follows & ((model.linear != 0) | (model.square != 0)))
    steering = np.flatnonzero(roles.steers & (model.upper - model.lower == model.step))
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
    among = np.zeros(n, dtype=np.bool_)
    among[variables[variables != NONE]] = True
    return among


def _pushing(rows: PricedRows) -> npt.NDArray[np.bool_]:
    """Of each entry, whether its row has a follower."""
    return np.asarray(rows.follower[rows.row] != NONE)


def _single(model: Constrained) -> npt.NDArray[np.bool_]:
    """Of each group, whether just one of its binaries is 1."""
    single = model.total == 1
    binary = (model.lower == 0) & (model.upper == 1)
    single[model.group[(model.group != NONE) & ~binary]] = False
    return np.asarray(single)


def _tolerance(rows: PricedRows) -> Floats:
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
