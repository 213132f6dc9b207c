"""Which weights are proven: no assignment that breaks such a constraint has the lowest energy.

Where all constraints are proven, and one assignment keeps them all, the QUBO's ground states are
the model's optima. Every theorem below takes an assignment x that breaks a constraint and shows one
of lower energy; as there are finitely many, going down from x must end at one that keeps it. A
weight is enough when the penalty that goes away is worth more than the objective can lose on that
step.

| theorem | constraints | from x to lower energy |
|---|---|---|
| one-way | inequalities and products whose mending breaks nothing else | the step that mends them |
| separate sum | equalities of one coefficient, over variables of their own | a step to the sum |
| permutation | "exactly one" on the lines of a square grid of its own | a move of up to 3 entries |
| whole | any | to what keeps them all: W * least violation > max f - min f |

"One-way" holds for knapsacks, set packing and covering, independent sets and vertex covers (there
as A > B in Lucas 2014, "Ising formulations of many NP problems"), "permutation" for tours and
quadratic assignments (A > B max d, ibid.). "whole" is where Ayodele (2022, "Penalty weights in QUBO
formulations: permutation problems") sets out from.

Which variable steps is ours to choose, and x needs enough of them to overrun the constraint. So
what counts is not the dearest step but the one at which the dearest together overrun it: of an
at-most-one the second, of a sum of n that must be 1 and is 0 the cheapest of all.

In a grid with row sums r and column sums c that is no permutation, some move saves the penalties of
two lines, twice the least weight: an entry with r = c = 0 is set; one with r, c >= 2 is cleared;
where all c are 1, an entry of a row with r >= 2 goes along its column into an empty row; or else an
entry in a column with c >= 2 and one in a row with r >= 2 are cleared, and the one where the
former's row and the latter's column cross is set. (Or the same with rows and columns exchanged.)

What a step loses depends on x, which may overrun other constraints, too: with an excess v, the
couplings into a row of budget b are worth up to (b + v) times the best rate (`reach.Reach`). Let
the step be taken in the row of the greatest excess. Its penalty falls by at least v, the loss G(v)
is concave in v, and so G(v) <= v max(G(1), G(1) - G(0)): v = 1 decides. This needs every row whose
budget is used to be proven by the same argument, so `prove` looks for a set of rows that hold each
other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..model.arrays import Bools, Floats, Ints, ModelArrays
from ..model.rows import Rows, sums
from ..model.structure import NONE, Structure
from .reach import Reach, positive

Names = npt.NDArray[np.str_]

SURELY = 1 + 1e-9  # a weight above what is needed, whatever rounding does
ATTEMPTS = 10  # at finding the rows that hold each other; each is a compile without couplings


@dataclass(frozen=True, eq=False)
class Proofs:
    """For each constraint the weight above which it is proven, float64[m], and by which theorem:
    str[m], "" for none.

    `holds` bool[m]: whether the weights that were given are above.
    """

    needed: Floats
    theorem: Names
    holds: Bools


def prove(reach: Reach, weights: Floats, treatment: Names, *, alone: bool = True) -> Proofs:
    """What can be said of `weights` float64[m] of the model and rows that `reach` is of.

    `treatment` str[m] are the names of `qopt.compiler.encoding.treatments`. `alone` says that there
    are no constraints but these: a step is no proof where others may mind it.
    """
    model, rows = reach.model, reach.rows
    unit = least_penalty(rows)
    local = _Local.of(reach, treatment)
    holding = (local.theorem != "") & alone
    needed = np.full(len(weights), np.inf)
    for _ in range(ATTEMPTS if holding.any() else 0):
        needed = local.needed(holding) / unit
        still = holding & (weights > 0) & (weights >= needed * SURELY)
        if (still == holding).all():
            break
        holding = still
    else:
        holding[:] = False
    most = spread(model) / unit
    whole = model.hard & ~rows.stepless & (treatment != "none") & (treatment != "unbalanced").all()
    use_whole = whole & ~holding & ((most < needed) | ~np.isfinite(needed))
    needed = np.where(treatment == "none", 0.0, np.where(use_whole, most, needed))
    theorem = np.where(use_whole, "whole", np.where(np.isfinite(needed), local.theorem, ""))
    return Proofs(
        needed,
        theorem,
        holding | (whole & (weights >= most * SURELY) & (weights > 0)) | (treatment == "none"),
    )


def usual(rows: Rows) -> Names:
    """str[m]: the treatments that come with the kinds."""
    kinds = {"at-most-one": "pairs", "inequality": "slack", "product": "product", "free": "none"}
    return np.select([rows.kind == kind for kind in kinds], list(kinds.values()), "square")


def least_penalty(rows: Rows) -> Floats:
    """float64[m]: what the least violation costs at weight 1.

    A step of the whole-number row is 1 / scale of the user's.
    """
    return rows.scale ** np.where(rows.kind == "product", -1.0, -2.0)


def spread(model: ModelArrays) -> float:
    """At most so much does the objective, with soft charges, differ by between assignments."""
    q, lower, upper = model.quadratic, model.lower, model.upper
    a, b = q.row, q.col
    corners = np.stack(
        [lower[a] * lower[b], lower[a] * upper[b], upper[a] * lower[b], upper[a] * upper[b]]
    )
    square = a == b
    least = np.where(square & (lower[a] < 0) & (upper[a] > 0), 0.0, corners.min(axis=0))
    total = np.abs(q.value) @ (corners.max(axis=0) - least) + np.abs(model.linear) @ (upper - lower)
    return float(total + _soft_charges(model))


def _soft_charges(model: ModelArrays) -> float:
    soft = np.flatnonzero(~model.hard)
    if not len(soft):
        return 0.0
    entries, m = model.rows.tocoo(), len(model.labels)
    ends = np.stack(
        [entries.data * model.lower[entries.col], entries.data * model.upper[entries.col]]
    )
    q = model.row_quadratic
    size = np.maximum(np.abs(model.lower), np.abs(model.upper))
    products = sums(m, q.owner, np.abs(q.value) * size[q.row] * size[q.col])
    over = sums(m, entries.row, ends.max(axis=0)) + products - model.rhs
    under = model.rhs - sums(m, entries.row, ends.min(axis=0)) + products
    most = np.maximum(np.where(model.sense == "=", np.maximum(over, under), over), 0.0)[soft]
    return float(model.weight[soft] @ np.where(model.soft_linear[soft], most, most**2))


@dataclass(frozen=True, eq=False)
class _Local:
    """The theorems that take a step: which constraint is a case of which, and the weight each
    needs.

    `overrun` bool[m]: the rows of positive terms that are charged for what overruns them. Of other
    rows of "pairs" only how many of their literals are true is charged for, so the argument about
    the greatest excess does not include them.
    """

    reach: Reach
    theorem: Names
    grids: list[tuple[Ints, Ints]]
    overrun: Bools

    @classmethod
    def of(cls, reach: Reach, treatment: Names) -> _Local:
        model, rows = reach.model, reach.rows
        theorem = np.full(len(model.labels), "", dtype="<U12")
        hard = model.hard & ~rows.stepless
        theorem[_one_way(model, rows, treatment, hard)] = "one-way"
        theorem[_sums_apart(model, rows, hard & (treatment == "square"))] = "separate sum"
        grids = [grid for grid in _square_grids(model, rows) if hard[np.concatenate(grid)].all()]
        for grid in grids:
            theorem[np.concatenate(grid)] = "permutation"
        overrun = positive(model, rows) & ((treatment != "pairs") | (rows.kind == "at-most-one"))
        return cls(reach, theorem, grids, overrun)

    def needed(self, holding: Bools) -> Floats:
        """float64[m]: what a least violation must cost, if the rows in `holding` are proven."""
        model, rows = self.reach.model, self.reach.rows
        changes = self.reach.where(holding & self.overrun)
        # of a step down and a step up, for x that overruns no row, and for the greatest excess
        fall, rise = -changes.least, changes.most
        worst_fall, worst_rise = (
            np.maximum(b, b - a)
            for a, b in ((fall, -changes.over_least), (rise, changes.over_most))
        )
        needed = np.full(len(model.labels), np.inf)
        entries = model.rows.tocoo()
        down, overrun = entries.data > 0, self.overrun[entries.row]
        loss = np.where(
            overrun, worst_fall[entries.col], np.where(down, fall[entries.col], rise[entries.col])
        )
        mending = self._dearest_that_overrun(loss, rows.rhs - rows.least)
        lacking = self._dearest_that_overrun(
            np.where(down, rise[entries.col], fall[entries.col]), rows.most - rows.rhs
        )
        one_way, apart = self.theorem == "one-way", self.theorem == "separate sum"
        products = one_way & (rows.kind == "product")
        needed[one_way] = mending[one_way]
        needed[products] = self._cheaper_factor(fall)[products]
        needed[apart] = np.maximum(mending, lacking)[apart]
        for grid in self.grids:
            lines = np.concatenate(grid)
            if not holding[lines].all():
                continue
            mine = np.isin(entries.row, lines)
            clear, put = worst_fall[entries.col[mine]].max(), worst_rise[entries.col[mine]].max()
            needed[lines] = (
                max(rise[entries.col[mine]].max(), clear + put, 2 * clear + put, clear) / 2
            )
        return np.where(needed < 0, 0.0, needed)

    def _dearest_that_overrun(self, loss: Floats, room: Floats) -> Floats:
        """float64[m]: the loss at which a row's entries, dearest first, take up its room."""
        model = self.reach.model
        m = len(model.labels)
        entries = model.rows.tocoo()
        size = (
            np.abs(entries.data)
            * self.reach.rows.scale[entries.row]
            * (model.upper - model.lower)[entries.col]
        )
        order = np.lexsort((-loss, entries.row))
        row, size, loss = entries.row[order], size[order], loss[order]
        filled = np.cumsum(size)
        start = np.concatenate([[0.0], filled])[model.rows.indptr[:-1]]
        crossing = np.flatnonzero(filled - start[row] > room[row] + 0.5)  # whole numbers
        first = crossing[np.diff(row[crossing], prepend=-1) != 0]
        dearest = np.full(m, 0.0)
        dearest[row[first]] = loss[first]
        return dearest

    def _cheaper_factor(self, fall: Floats) -> Floats:
        """float64[m]: of each product that must vanish the loss of the factor that loses less."""
        model, scale = self.reach.model, self.reach.rows.scale
        q, entries = model.row_quadratic, model.rows.tocoo()
        needed = np.zeros(len(model.labels))
        np.maximum.at(
            needed, q.owner, np.minimum(fall[q.row], fall[q.col]) / np.abs(q.value * scale[q.owner])
        )
        np.maximum.at(
            needed, entries.row, fall[entries.col] / np.abs(entries.data * scale[entries.row])
        )
        return needed


def _one_way(model: ModelArrays, rows: Rows, treatment: Names, hard: Bools) -> Bools:
    """bool[m]: rows all of whose variables may step to mend them and break nothing else."""
    m, n = len(model.labels), model.num_variables
    entries, q, involved = model.rows.tocoo(), model.row_quadratic, model.incidence()
    products = hard & (treatment == "product") & (sums(m, q.owner, q.value < 0) == 0)
    inequality = hard & np.isin(treatment, ["slack", "pairs"])
    other = ~(products | inequality | (treatment == "none"))
    stuck = np.zeros(n, dtype=bool)
    stuck[involved.col[other[involved.row]]] = True
    pushes = entries.data * (inequality | products)[entries.row]
    of_product = products[involved.row]
    down, up = ~stuck, ~stuck
    down[entries.col[pushes < 0]] = False
    up[entries.col[pushes > 0]] = False
    up[involved.col[of_product]] = False
    misfit = sums(m, entries.row, np.where(pushes < 0, ~up[entries.col], ~down[entries.col]))
    misfit += sums(m, involved.row, of_product & (~down | (model.lower != 0))[involved.col])
    one_way: Bools = (misfit == 0) & (products | inequality)
    return one_way


def _sums_apart(model: ModelArrays, rows: Rows, candidate: Bools) -> Bools:
    """bool[m]: linear equalities with terms of one size, over variables of their own."""
    m, entries = len(model.labels), model.rows.tocoo()
    size, largest = np.abs(entries.data) * model.step[entries.col], np.zeros(m)
    np.maximum.at(largest, entries.row, size)
    misfit = (size != largest[entries.row]) | (_memberships(model, rows) != 1)[entries.col]
    apart: Bools = (
        candidate & (sums(m, entries.row, misfit) == 0) & (np.diff(model.rows.indptr) > 0)
    )
    return apart


def _square_grids(model: ModelArrays, rows: Rows) -> list[tuple[Ints, Ints]]:
    """The permutations whose variables are in no other constraint and fill the grid."""
    structure, memberships = Structure.of(model, rows), _memberships(model, rows)
    grids = []
    for groups, columns in structure.permutations():
        mine = np.isin(structure.group, groups) & (structure.column != NONE)
        if (memberships[mine] == 2).all() and np.count_nonzero(mine) == len(groups) ** 2:
            grids.append((groups, columns))
    return grids


def _memberships(model: ModelArrays, rows: Rows) -> Ints:
    """int64[n]: how many constraints each variable is in, those that always hold aside."""
    # in which a variable that is in a row twice, by a product, is there once
    involved = model.incidence().tocsr()
    there = np.repeat(rows.kind != "free", np.diff(involved.indptr))
    return np.bincount(involved.indices[there], minlength=model.num_variables)
