"""What kind of constraint a row is, and whole-number coefficients for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .arrays import Bools, Floats, Ints, ModelArrays

DECIMALS = 6  # a coefficient with more decimals than this has no common step with the rest
WHOLE = 2.0**53  # above, not every whole number is a float64


@dataclass(frozen=True, eq=False)
class Terms:
    """Rows as sums of columns: the n variables, then the q different products of two that are in
    any row.

    `matrix` float64[m, n + q]; `first`, `second` int64[q] are the products' factors.
    """

    matrix: sparse.csr_array
    first: Ints
    second: Ints

    @classmethod
    def of(cls, model: ModelArrays) -> Terms:
        q, (m, n) = model.row_quadratic, model.rows.shape
        if not len(q.value):
            return cls(model.rows, q.row, q.col)
        key = np.minimum(q.row, q.col) * n + np.maximum(q.row, q.col)
        pairs, place = np.unique(key, return_inverse=True)
        products = sparse.csr_array((q.value, (q.owner, place)), shape=(m, len(pairs)))
        products.eliminate_zeros()
        first, second = np.divmod(pairs, n)
        return cls(sparse.csr_array(sparse.hstack([model.rows, products])), first, second)

    def ends(self, lower: Floats, upper: Floats) -> tuple[Floats, Floats]:
        """The columns' bounds float64[n + q], from those of the variables."""
        a, b = self.first, self.second
        corners = np.stack(
            [lower[a] * lower[b], lower[a] * upper[b], upper[a] * lower[b], upper[a] * upper[b]]
        )
        least = np.where((a == b) & (lower[a] <= 0) & (upper[a] >= 0), 0.0, corners.min(axis=0))
        least = np.where((a == b) & (least < 0), np.minimum(corners[0], corners[3]), least)
        return np.concatenate([lower, least]), np.concatenate([upper, corners.max(axis=0)])


@dataclass(frozen=True, eq=False)
class Rows:
    """The linear constraints with whole-number coefficients, and what each constraint is.

    Attributes
    ----------
    kind
        str[m]: "one-hot", "equality", "at-most-one", "inequality"; "product" (a sum of products
        that cannot be negative and must vanish), "quadratic" (any other with products in it),
        "free" (an inequality that always holds).
    scale
        float64[m] multiplies a row to whole numbers without a common divisor, and a row of products
        so that the smallest of them is 1. 1 where there is no such factor.
    stepless
        bool[m]: whether there is none.
    rhs
        float64[m], scaled; that of a hard inequality in whole numbers is rounded down to one.
    least, most
        float64[m] bound the scaled activity of the linear terms.
    """

    kind: npt.NDArray[np.str_]
    scale: Floats
    stepless: Bools
    rhs: Floats
    least: Floats
    most: Floats

    @classmethod
    def of(cls, model: ModelArrays) -> Rows:
        m = model.num_constraints
        scale = whole_number_scale(_charged(model, Terms.of(model).matrix))
        stepless = np.isnan(scale)
        scale = np.where(stepless, 1.0, scale)
        entries = model.rows.tocoo()
        values = entries.data * scale[entries.row]
        ends = np.stack([values * model.lower[entries.col], values * model.upper[entries.col]])
        least = sums(m, entries.row, ends.min(axis=0))
        most = sums(m, entries.row, ends.max(axis=0))
        # with whole coefficients the activity stops at the whole number below the right-hand side
        rhs = np.where(
            (model.sense == "<") & ~stepless, floor(model.rhs * scale), model.rhs * scale
        )
        unit_binaries = _all_of(
            m,
            entries.row,
            (values == 1) & (model.lower[entries.col] == 0) & (model.upper[entries.col] == 1),
        )
        is_one = unit_binaries & (rhs == 1) & (np.diff(model.rows.indptr) > 0)
        kind = np.where(
            model.sense == "=",
            np.where(is_one, "one-hot", "equality"),
            np.where(is_one, "at-most-one", "inequality"),
        ).astype("<U11")
        kind[(model.sense == "<") & (most <= rhs)] = "free"
        product, smallest = _products(model)
        kind[smallest > 0] = np.where(product, "product", "quadratic")[smallest > 0]
        scale[product] = 1 / smallest[product]
        return cls(kind, scale, stepless & ~product, rhs, least, most)


def _charged(model: ModelArrays, terms: sparse.csr_array) -> sparse.csr_array:
    """The rows of terms with, in those of soft inequalities, the right-hand side as one entry more.

    A hard inequality is broken or not, wherever its right-hand side lies between two sums of its
    steps. A soft one is charged for how much it is broken, so that its right-hand side has to be
    such a sum itself: of 2 x >= 1.5, broken by 1.5 where x is 0, both sides are counted in steps of
    0.5.
    """
    soft = ~model.hard & (model.sense == "<")
    if not soft.any():
        return terms
    sides = sparse.csr_array(np.where(soft, model.rhs, 0.0)[:, None])
    sides.eliminate_zeros()
    return sparse.csr_array(sparse.hstack([terms, sides]))


def sums(m: int, owner: Ints, values: npt.ArrayLike) -> Floats:
    """The sum of the values of each of m owners."""
    return np.bincount(owner, weights=values, minlength=m).astype(np.float64)


def floor(values: Floats) -> Floats:
    """The whole number below, where a value that rounding has left just under one counts as it."""
    return np.floor(values + np.clip(1e-9 * np.abs(values), 1e-9, 1e-3))


def whole_number_scale(rows: sparse.csr_array) -> Floats:
    """float64[m]: the smallest factor that makes a row's coefficients whole, NaN where there is
    none.

    Tried are the powers of ten up to `DECIMALS`, then the inverse of the smallest coefficient.
    """
    m, owner, values = rows.shape[0], rows.tocoo().row, rows.data
    factor = np.full(m, np.nan)
    pending = np.arange(len(values))  # the entries of rows that have no factor yet
    smallest = np.full(m, np.inf)
    np.minimum.at(smallest, owner, np.abs(values))
    factor[np.isinf(smallest)] = 1.0
    for tried in (*(10.0**k * np.ones(m) for k in range(DECIMALS + 1)), 1 / smallest):
        row = owner[pending]
        fits = _all_of(m, row, _whole(values[pending] * tried[row])) & np.isnan(factor)
        factor[fits] = tried[fits]
        pending = pending[np.isnan(factor[row])]
        if not len(pending):
            break
    fit = ~np.isnan(factor[owner])
    return factor / np.maximum(
        greatest_common_divisors(m, owner[fit], values[fit] * factor[owner[fit]]), 1
    )


def greatest_common_divisors(m: int, owner: Ints, values: Floats) -> Ints:
    """int64[m] of the whole `values` of each of m owners in order; 0 for one without."""
    divisor = np.zeros(m, dtype=np.int64)
    if len(values):
        starts = np.flatnonzero(np.diff(owner, prepend=-1))
        divisor[owner[starts]] = np.gcd.reduceat(np.abs(np.rint(values).astype(np.int64)), starts)
    return divisor


def _whole(values: Floats) -> Bools:
    size = np.abs(values)
    return (np.abs(values - np.rint(values)) <= np.minimum(1e-9 * size, 1e-3)) & (size < WHOLE)


def _entries(rows: sparse.csr_array, row: Ints, col: Ints) -> Floats:
    """float64[k]: the entries at these places."""
    there, n = rows.tocoo(), rows.shape[1]
    # ascending, but for the last, which nothing equals
    key = np.append(there.row.astype(np.int64) * n + there.col, -1)
    place = np.searchsorted(key[:-1], row * n + col)
    return np.where(key[place] == row * n + col, np.append(there.data, 0.0)[place], 0.0)


def _all_of(m: int, owner: Ints, holds: Bools) -> Bools:
    return np.equal(sums(m, owner, ~holds), 0)


def _products(model: ModelArrays) -> tuple[Bools, Floats]:
    """Which rows are sums of products that cannot be negative and must be 0; and the smallest
    product of each row, 0 for none.

    A row cannot be negative when every negative product x_i x_j is covered by a positive linear
    term of one of the two, as in x_i - x_i x_j. Each product then costs by itself.
    """
    q, (m, n) = model.row_quadratic, model.rows.shape
    if not len(q.value):
        return np.zeros(m, dtype=bool), np.zeros(m)
    smallest = np.full(m, np.inf)
    np.minimum.at(smallest, q.owner, np.abs(q.value))
    smallest[np.isinf(smallest)] = 0.0
    minus = q.value < 0
    owner, first, second = q.owner[minus], q.row[minus], q.col[minus]
    by_first = _entries(model.rows, owner, first) > 0
    cover, other = np.where(by_first, first, second), np.where(by_first, second, first)
    needed = sparse.coo_array((-q.value[minus] * model.upper[other], (owner, cover)), shape=(m, n))
    rest = sparse.coo_array(model.rows - sparse.csr_array(needed))
    linear = model.rows.tocoo()
    negative = sums(m, rest.row, rest.data < -1e-9) + sums(
        m, linear.row, model.lower[linear.col] < 0
    )
    negative += sums(m, q.owner, np.minimum(model.lower[q.row], model.lower[q.col]) < 0)
    return (smallest > 0) & (negative == 0) & (model.rhs == 0), smallest
