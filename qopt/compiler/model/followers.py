"""Whole numbers whose best value follows from the other variables.

A start time that waits for others and that nothing wants late, the end of a schedule, the load of
the busiest machine, a delay: each appears in rows that push it up, `start >= other start + length -
M (1 - y)`, and everything else is the better the less it is. Its least value that these rows leave
is then best, whatever the rest. The same upside down where it is wanted large.
"""

from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints, ModelArrays
from .rows import sums

NONE = -1


def followers(model: ModelArrays, group: Ints) -> Ints:
    """int64[m]: the whole number that each row pushes and that follows from the row's other
    variables, -1 for none.

    A follower is in no group and no product, coupled with nothing in the objective, and in
    inequalities alone, hard ones where they push it. A row has one follower. Where several whole
    numbers could make room in a row, such as amounts that share a demand, none of them follows; but
    one that the objective charges does where the others cost nothing, such as the distance of two
    times.
    """
    follower = np.full(model.num_constraints, NONE, dtype=np.int64)
    for charged in (True, False):
        for toward in (1.0, -1.0):
            _assign(model, follower, _may_follow(model, group, toward), toward, charged)
    return follower


def _may_follow(model: ModelArrays, group: Ints, toward: float) -> Bools:
    """bool[n]: variables that are better towards -`toward` but for the rows that push."""
    entries = model.rows.tocoo()
    may = (group == NONE) & (model.upper - model.lower > model.step) & (model.step == 1)
    may &= _never_falls(model, toward)
    may[np.r_[model.row_quadratic.row, model.row_quadratic.col]] = False
    pushes = toward * entries.data < 0
    bad = (model.sense[entries.row] == "=") | (pushes & ~model.hard[entries.row])
    may[entries.col[bad]] = False
    return np.asarray(may)


def _never_falls(model: ModelArrays, toward: float) -> Bools:
    """bool[n]: whether no step towards `toward` ever lowers the objective."""
    q, square = model.quadratic, _squares(model)
    steps = [
        model.linear + square * (2 * end + 1) for end in (model.lower, model.upper - model.step)
    ]
    rising: Bools = np.all(toward * np.stack(steps) >= 0, axis=0)
    coupled = q.row != q.col
    rising[np.r_[q.row[coupled], q.col[coupled]]] = False
    return rising


def _squares(model: ModelArrays) -> Floats:
    """float64[n]: of the objective."""
    q, alone = model.quadratic, model.quadratic.row == model.quadratic.col
    return sums(model.num_variables, q.row[alone], q.value[alone])


def _assign(model: ModelArrays, found: Ints, may: Bools, toward: float, charged: bool) -> None:
    """Fill `found` with the candidates that the objective charges, or with the others."""
    entries = model.rows.tocoo()
    whole = model.upper - model.lower > model.step
    costs = whole & ((model.linear != 0) | (_squares(model) != 0))
    # other whole numbers that make room, too; for one that is charged only those count that are
    # charged themselves
    rivals = costs if charged else whole
    pushes = toward * entries.data < 0
    count = sums(len(found), entries.row, pushes & rivals[entries.col])
    columns, may = model.rows.tocsc(), may.copy()
    may[found[found != NONE]] = False  # pushed the other way already
    for v in np.flatnonzero(may & (costs == charged)):
        mine = slice(columns.indptr[v], columns.indptr[v + 1])
        own = columns.indices[mine][toward * columns.data[mine] < 0]
        if len(own) and (found[own] == NONE).all() and (count[own] == 1).all():
            found[own] = v
