"""What the constraints of a model are to each other.

A *group* is a set of variables whose sum is fixed: a move that takes from one and gives to another
keeps it. Two families of groups that cross, each variable in one of either, make a grid: a
permutation where both say "exactly one", an assignment of things to places where the places may
stay empty. An *indicator* is a binary that costs something and that others need: a warehouse that
must be open to be used. Its value follows from theirs. A *follower* is a whole number of the same
kind, such as a start time (see `followers`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .arrays import Floats, Ints, ModelArrays
from .followers import NONE as NONE
from .followers import followers
from .rows import Rows

EQUALITIES = ("one-hot", "exactly-k", "sum")


@dataclass(frozen=True, eq=False)
class Structure:
    """The kind of each constraint, and which of them moves can keep.

    Attributes
    ----------
    kind
        str[m]: "one-hot" (sum x = 1), "exactly-k", "at-most-one", "at-most-k", "covering" (sum x >=
        k), all over binaries; "sum" (whole numbers with one coefficient that add up to a constant),
        "knapsack" (a x <= b with a > 0), "conflict" (two binaries that exclude each other),
        "product" (products that must vanish), and what is none of these: "equality", "inequality",
        "quadratic"; "free" always holds.
    group, column
        int64[n]: the constraint whose sum each variable's moves keep, and the one that crosses it
        in a grid; -1 for none. No two variables of a group are in one column. A column is kept,
        too: it is a "one-hot" or an "at-most-one".
    indicator
        int64[m]: the binary that makes room in the constraint and whose best value follows from the
        others, -1 for none.
    follower
        int64[m]: the same of whole numbers. No indicator is in a constraint that has a follower.
    """

    kind: npt.NDArray[np.str_]
    group: Ints
    column: Ints
    indicator: Ints
    follower: Ints

    @classmethod
    def of(cls, model: ModelArrays, rows: Rows) -> Structure:
        kind = _kinds(model, rows)
        group, column = _grids(model, kind)
        follower = followers(model, group)
        return cls(kind, group, column, _indicators(model, group, follower), follower)

    def kind_of(self, rows: Ints) -> npt.NDArray[np.str_]:
        """The kinds of constraints by number; "none" for -1."""
        return np.asarray(np.append(self.kind, "none")[rows])

    def kept_rows(self) -> Ints:
        """The constraints that are groups or columns, in order."""
        kept = np.union1d(self.group, self.column)
        return np.asarray(kept[kept != NONE], dtype=np.int64)

    def permutations(self) -> list[tuple[Ints, Ints]]:
        """The grids of equally many "one-hot" groups and columns: the rows of either family."""
        crossing = (self.group != NONE) & (self.column != NONE)
        pairs = np.unique(np.stack([self.group[crossing], self.column[crossing]]), axis=1)
        permutations = []
        for side in _components(pairs[0], pairs[1], len(self.kind)):
            groups, columns = np.unique(pairs[0][side]), np.unique(pairs[1][side])
            if (
                len(groups) == len(columns)
                and (self.kind[np.r_[groups, columns]] == "one-hot").all()
            ):
                permutations.append((groups, columns))
        return permutations


def _kinds(model: ModelArrays, rows: Rows) -> npt.NDArray[np.str_]:
    """The kinds of `Rows`, told apart further where a linear row's coefficients say more."""
    m, entries = len(model.labels), model.rows.tocoo()
    values = entries.data * rows.scale[entries.row]
    size = np.diff(model.rows.indptr)
    binary = (model.lower == 0) & (model.upper == 1)

    def everywhere(holds: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        return np.equal(np.bincount(entries.row, weights=~holds, minlength=m), 0)

    ones, minus_ones = everywhere(values == 1), everywhere(values == -1)
    of_binaries = everywhere(binary[entries.col])
    positive = everywhere((values > 0) & (model.lower[entries.col] >= 0))
    equal, less = rows.kind == "equality", rows.kind == "inequality"
    kind = rows.kind.astype("<U11")
    # what members can add up to: a move gives a whole step to one and takes it from another
    least, most = _ends(model, entries, values)
    apart = np.bincount(entries.row, weights=model.step[entries.col], minlength=m) / np.maximum(
        size, 1
    )
    even = everywhere(model.step[entries.col] == apart[entries.row])
    total = rows.rhs - np.where(ones, least, most)
    reachable = (least <= rows.rhs) & (rows.rhs <= most) & (total % np.maximum(apart, 1) == 0)
    kind[equal & (ones | minus_ones) & (size > 1) & even & reachable] = "sum"
    kind[equal & ones & of_binaries & (size > 1) & reachable] = "exactly-k"
    kind[less & positive] = "knapsack"
    kind[less & ones & of_binaries] = "at-most-k"
    kind[less & minus_ones & of_binaries] = "covering"
    products = np.bincount(model.row_quadratic.owner, minlength=m)
    kind[(kind == "at-most-one") & (size == 2)] = "conflict"
    kind[(kind == "product") & (products == 1) & (size == 0)] = "conflict"
    return kind


def _ends(model: ModelArrays, entries: Any, values: Floats) -> tuple[Floats, Floats]:
    """The least and the most that the scaled rows can be."""
    ends = np.stack([values * model.lower[entries.col], values * model.upper[entries.col]])
    least, most = (
        np.bincount(entries.row, weights=part, minlength=len(model.labels))
        for part in (ends.min(0), ends.max(0))
    )
    return least.astype(np.float64), most.astype(np.float64)


def _grids(model: ModelArrays, kind: npt.NDArray[np.str_]) -> tuple[Ints, Ints]:
    """Groups that share no variable, and columns that share none and meet each group once."""
    n = model.num_variables
    group, column = np.full(n, NONE, dtype=np.int64), np.full(n, NONE, dtype=np.int64)
    hard = np.isinf(model.weight)
    # in a group of which just one variable is 1: only those can be in a grid
    single = np.zeros(n, dtype=np.bool_)
    for row in _in_turn(model, kind, hard, EQUALITIES):
        members = _members(model, row)
        if (group[members] == NONE).all():
            group[members] = row
            single[members] = kind[row] == "one-hot"
    for row in _in_turn(model, kind, hard, ("one-hot", "at-most-one")):
        members = _members(model, row)
        if (
            single[members].all()
            and (column[members] == NONE).all()
            and (group[members] != row).all()
        ):
            if len(np.unique(group[members])) == len(members):
                column[members] = row
        elif kind[row] == "at-most-one" and (group[members] == NONE).all():
            group[members] = row
            single[members] = True
    return group, column


def _in_turn(
    model: ModelArrays,
    kind: npt.NDArray[np.str_],
    hard: npt.NDArray[np.bool_],
    kinds: Iterable[str],
) -> Iterable[int]:
    """The hard constraints of these kinds, one kind after another."""
    for wanted in kinds:
        yield from np.flatnonzero((kind == wanted) & hard).tolist()


def _members(model: ModelArrays, row: int) -> npt.NDArray[np.int32]:
    return np.asarray(model.rows.indices[model.rows.indptr[row] : model.rows.indptr[row + 1]])


def _indicators(model: ModelArrays, group: Ints, follower: Ints) -> Ints:
    """Binaries that the objective does not want (and only linearly), in hard inequalities alone,
    making room in some of them.

    Setting one to 0 wherever its rows allow is then best for the objective and for every other row.
    A row has one indicator, and an indicator takes room in no row that has another: none waits for
    the value of a second.
    """
    n, m = model.num_variables, len(model.labels)
    entries = model.rows.tocoo()
    inequality = np.isinf(model.weight) & (model.sense == "<")
    inequality[model.row_quadratic.owner] = False
    fit = (model.lower == 0) & (model.upper == 1) & (model.linear >= 0) & (group == NONE)
    fit[model.quadratic.row] = fit[model.quadratic.col] = False
    fit[entries.col[~inequality[entries.row] | (follower[entries.row] != NONE)]] = False
    fit[np.r_[model.row_quadratic.row, model.row_quadratic.col]] = False
    makes_room = np.bincount(entries.col, weights=entries.data < 0, minlength=n) > 0
    chosen = np.full(m, NONE, dtype=np.int64)
    takes = np.zeros(m, dtype=np.bool_)  # an indicator already takes room here
    columns = model.rows.tocsc()
    for variable in np.flatnonzero(fit & makes_room):
        mine = slice(columns.indptr[variable], columns.indptr[variable + 1])
        needing = columns.indices[mine][columns.data[mine] < 0]
        taking = columns.indices[mine][columns.data[mine] > 0]
        if (
            (chosen[needing] == NONE).all()
            and not takes[needing].any()
            and (chosen[taking] == NONE).all()
        ):
            chosen[needing] = variable
            takes[taking] = True
    return chosen


def _components(row: Ints, col: Ints, size: int) -> list[npt.NDArray[np.bool_]]:
    """Masks of the edges (row, col) of each component of a bipartite graph of `size` nodes."""
    from scipy import sparse

    if not len(row):
        return []
    graph = sparse.coo_array((np.ones(len(row)), (row, col)), shape=(size, size))
    _, label = sparse.csgraph.connected_components(graph, directed=False)
    return [label[row] == component for component in np.unique(label[row])]


def comparable(model: ModelArrays, rows: Rows) -> tuple[Floats, Floats, Floats]:
    """Linear terms float64[nnz], products float64[q] and right-hand sides float64[m] of constraints
    whose violations compare.

    The mean size of a hard row's steps is 1, within a factor of 1.5: whole numbers are divided by a
    power of two, so that their sums stay exact. Soft constraints are as they were.
    """
    entries, q, m, hard = model.rows.tocoo(), model.row_quadratic, len(model.labels), model.hard
    whole = hard & ~rows.stepless & (rows.kind != "product")
    scale = np.where(hard, rows.scale, 1.0)
    linear, products = entries.data * scale[entries.row], q.value * scale[q.owner]
    linear = np.where(whole[entries.row], np.rint(linear), linear)
    products = np.where(whole[q.owner], np.rint(products), products)
    rhs = np.where(hard, rows.rhs, model.rhs)
    rhs = np.where(
        whole & (np.abs(rhs - np.rint(rhs)) <= 1e-9 * np.maximum(1.0, np.abs(rhs))),
        np.rint(rhs),
        rhs,
    )
    sizes = np.abs(linear) * model.step[entries.col]
    mean = np.bincount(entries.row, weights=sizes, minlength=m) / np.maximum(
        np.diff(model.rows.indptr), 1
    )
    of_products = np.bincount(q.owner, weights=np.abs(products), minlength=m) / np.maximum(
        np.bincount(q.owner, minlength=m), 1
    )
    mean = np.where(mean > 0, mean, of_products)
    size = np.where(hard & (mean > 0), 2.0 ** np.round(np.log2(np.where(mean > 0, mean, 1.0))), 1.0)
    return linear / size[entries.row], products / size[q.owner], rhs / size
