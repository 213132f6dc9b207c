"""A constraint with products of one two-valued variable, as a linear constraint for each of its
values.

`s_a - s_b + (q - p) y + 2 y s_b - 2 y s_a >= q` says that a waits for b where y is 0, and b for a
where y is 1. As two rows, each with a term that voids it where the other counts, that is linear in
the times, and the times can follow from y.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy import sparse

from .arrays import Bools, Floats, Ints, ModelArrays, Quadratic
from .rows import sums

NONE = -1


def by_cases(model: ModelArrays) -> ModelArrays:
    """The same model, its hard inequalities with products of one two-valued variable and whole
    numbers in two rows each.

    Whatever the assignment, the two rows hold where the one did. A row that always holds is left
    out, and both have the label of the one. Other rows stay as they are.
    """
    switch = _switches(model)
    split = np.flatnonzero(switch != NONE)
    if not len(split):
        return model
    rest = model.with_constraints(np.flatnonzero(switch == NONE))
    low, low_rhs = _case(model, split, switch[split], model.lower, model.upper)
    high, high_rhs = _case(model, split, switch[split], model.upper, model.lower)
    rows, rhs = sparse.csr_array(sparse.vstack([low, high])), np.r_[low_rhs, high_rhs]
    origin = np.r_[split, split]
    bites = _most(rows, model.lower, model.upper) > rhs
    rows, rhs, origin = rows[bites], rhs[bites], origin[bites]
    return replace(
        rest,
        labels=[*rest.labels, *(model.labels[c] for c in origin)],
        rows=sparse.csr_array(sparse.vstack([rest.rows, rows])),
        sense=np.r_[rest.sense, model.sense[origin]],
        rhs=np.r_[rest.rhs, rhs],
        weight=np.r_[rest.weight, model.weight[origin]],
        soft_linear=np.r_[rest.soft_linear, model.soft_linear[origin]],
        negated=np.r_[rest.negated, model.negated[origin]],
    )


def _switches(model: ModelArrays) -> Ints:
    """int64[m]: the two-valued variable in every product of a row; -1 for none.

    One of the products has a whole number.
    """
    q, m = model.row_quadratic, model.num_constraints
    two_valued = model.upper - model.lower == model.step
    switch = np.full(m, NONE, dtype=np.int64)
    count = np.bincount(q.owner, minlength=m)
    for side in (q.row, q.col):
        first = np.full(m, NONE, dtype=np.int64)
        first[q.owner[::-1]] = side[::-1]
        candidate = first[q.owner]
        there = (q.row == candidate) != (q.col == candidate)
        shared = sums(m, q.owner, there) == count
        partner = np.where(q.row == candidate, q.col, q.row)
        whole = sums(m, q.owner, ~two_valued[partner]) > 0
        fit = (count > 0) & shared & whole & two_valued[np.maximum(first, 0)] & model.hard
        fit &= (model.sense == "<") & (switch == NONE)
        switch[fit] = first[fit]
    return switch


def _case(
    model: ModelArrays, split: Ints, switch: Ints, value: Floats, other: Floats
) -> tuple[sparse.csr_array, Floats]:
    """Rows that count where each `switch` has its `value`, and their right-hand sides.

    They are void where it has the `other`.
    """
    k, n = len(split), model.num_variables
    number = np.full(model.num_constraints, NONE, dtype=np.int64)
    number[split] = np.arange(k)
    q = _of(model.row_quadratic, number[model.row_quadratic.owner] != NONE)
    owner = number[q.owner]
    factor = np.where(q.row == switch[owner], q.col, q.row)
    linear = sparse.csr_array((q.value * value[switch[owner]], (owner, factor)), shape=(k, n))
    rows = sparse.csr_array(model.rows[split] + linear).tocoo()
    mine = rows.col == switch[rows.row]
    fixed = sums(k, rows.row[mine], rows.data[mine] * value[switch[rows.row[mine]]])
    rhs = model.rhs[split] - fixed
    others = sparse.csr_array((rows.data[~mine], (rows.row[~mine], rows.col[~mine])), shape=(k, n))
    # what voids the row grows from 0 at the one value to `much` at the other
    much = np.maximum(_most(others, model.lower, model.upper) - rhs, 0.0)
    slope = -much / (other[switch] - value[switch])
    void = sparse.csr_array((slope, (np.arange(k), switch)), shape=(k, n))
    terms = sparse.csr_array(others + void)
    terms.eliminate_zeros()
    terms.sort_indices()
    return terms, rhs + slope * value[switch]


def _of(q: Quadratic, mine: Bools) -> Quadratic:
    return Quadratic(q.row[mine], q.col[mine], q.value[mine], q.owner[mine])


def _most(rows: sparse.csr_array, lower: Floats, upper: Floats) -> Floats:
    """float64[k]: the most that rows can come to."""
    entries = rows.tocoo()
    ends = np.maximum(entries.data * lower[entries.col], entries.data * upper[entries.col])
    return sums(rows.shape[0], entries.row, ends)
