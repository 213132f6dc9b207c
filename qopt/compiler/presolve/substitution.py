"""A model in fewer variables: x = base + matrix y."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from ..model.affine import Products, merged, products
from ..model.arrays import Bools, Floats, Ints, ModelArrays, Quadratic
from ..model.rows import sums
from .contradictions import Contradiction
from .propagation import BOUNDS, NOISE, Bounds, Sums

TINY = 1e-12  # of terms that add up to a coefficient: what rounding leaves where they cancel


@dataclass(frozen=True, eq=False)
class Substitution:
    """`x_i = base_i + slope_i * x_other_i`: a variable stands for itself, for another, or, with
    slope 0, is its value.

    Attributes
    ----------
    base, slope, other
        float64[n], float64[n], int64[n].
    lower, upper, step
        float64[n]: the bounds of x.
    """

    base: Floats
    slope: Floats
    other: Ints
    lower: Floats
    upper: Floats
    step: Floats

    @classmethod
    def of_fixed(cls, bounds: Bounds) -> Substitution:
        """Variables whose bounds meet are their value."""
        fixed = bounds.lower == bounds.upper
        return cls(
            np.where(fixed, bounds.lower, 0.0),
            np.where(fixed, 0.0, 1.0),
            np.arange(len(fixed)),
            bounds.lower,
            bounds.upper,
            bounds.step,
        )

    @cached_property
    def kept(self) -> Ints:
        """int64[n']: the variables that stay, y, in order."""
        return np.flatnonzero((self.slope != 0) & (self.other == np.arange(len(self.other))))

    @cached_property
    def place(self) -> Ints:
        """int64[n]: the y that each x follows; 0 for one that follows none."""
        number = np.zeros(len(self.other), dtype=np.int64)
        number[self.kept] = np.arange(len(self.kept))
        return number[self.other]

    @cached_property
    def matrix(self) -> sparse.csr_array:
        """float64[n, n']."""
        free = np.flatnonzero(self.slope)
        shape = (len(self.slope), len(self.kept))
        return sparse.csr_array((self.slope[free], (free, self.place[free])), shape=shape)

    @cached_property
    def merging(self) -> bool:
        """Whether two x follow one y, so that terms meet."""
        return bool(np.count_nonzero(self.slope) > len(self.kept))

    def apply(self, model: ModelArrays, rows: Sums) -> ModelArrays:
        """The model in y, with all its rows, in whole numbers, so that no decimal is lost."""
        objective = self._quadratic(model.quadratic, model.quadratic.value, 1)
        q, m = model.row_quadratic, len(rows.rhs)
        scaled = q.value * rows.scale[q.owner]
        products = self._quadratic(q, np.where(rows.whole[q.owner], np.rint(scaled), scaled), m)
        old = sparse.csr_array(rows.terms.matrix[:, : len(self.base)])
        linear = sparse.csr_array(old @ self.matrix + products.linear)
        if self.merging:
            linear = _without_residue(linear, abs(old) @ abs(self.matrix) + abs(products.linear))
        linear.eliminate_zeros()
        linear.sort_indices()
        kept, terms = self.kept, products.terms
        return replace(
            model,
            variables=[model.variables[k] for k in kept],
            lower=self.lower[kept],
            upper=self.upper[kept],
            step=self.step[kept],
            linear=self.matrix.T @ model.linear + objective.linear.toarray().ravel(),
            quadratic=objective.terms,
            offset=model.offset + float(model.linear @ self.base) + float(objective.constant[0]),
            rows=sparse.csr_array(sparse.diags_array(1 / rows.scale) @ linear),
            row_quadratic=replace(terms, value=terms.value / rows.scale[terms.owner]),
            rhs=(rows.exact - old @ self.base - products.constant) / rows.scale,
        )

    def _quadratic(self, q: Quadratic, value: Floats, m: int) -> Products:
        """In y, for each of m owners; the square of a variable with two values left is linear."""
        expanded = products(q, value, self.base, self.matrix, m)
        terms, y = expanded.terms, self.kept[expanded.terms.row]
        square = (terms.row == terms.col) & (self.upper[y] - self.lower[y] == self.step[y])
        # (y - l)(y - u) = 0, so y^2 = (l + u) y - l u
        low, high, size = self.lower[y][square], self.upper[y][square], terms.value[square]
        places = (terms.owner[square], terms.row[square])
        squares = sparse.csr_array((size * (low + high), places), shape=expanded.linear.shape)
        quadratic = Quadratic(
            terms.row[~square], terms.col[~square], terms.value[~square], terms.owner[~square]
        )
        return Products(
            expanded.constant - sums(m, terms.owner[square], size * low * high),
            sparse.csr_array(expanded.linear + squares),
            merged(quadratic) if self.merging else quadratic,
        )


def _without_residue(matrix: sparse.csr_array, sizes: sparse.csr_array) -> sparse.csr_array:
    """Without what rounding leaves of terms that cancel, by the `sizes` of their sums."""
    return sparse.csr_array(matrix.multiply(abs(matrix) > TINY * sizes))


def substitution(rows: Sums, bounds: Bounds) -> tuple[Substitution, Ints]:
    """Fixed variables as their values, and of those that rows make equal, or of two-valued ones
    opposite, one for all.

    And the row that lets another stand for a variable, int64[n], `BOUNDS` where none does. Raises
    Contradiction.
    """
    new, n = Substitution.of_fixed(bounds), len(bounds.lower)
    by = np.full(n, BOUNDS)
    i, j, opposite, row = _pairs(rows, bounds)
    if not len(i):
        return new, by
    # a graph of statements: node k is "x_k is at its upper value", node n + k the contrary; an edge
    # joins equals. Of variables with more values, which are equal only, node k is "x_k is so far
    # up"
    near, far = np.where(opposite, j + n, j), np.where(opposite, j, j + n)
    edges = sparse.coo_array(
        (np.ones(2 * len(i)), (np.r_[i, i + n], np.r_[near, far])), shape=(2 * n, 2 * n)
    )
    _, part = csgraph.connected_components(edges, directed=False)
    paradox = part[i] == part[i + n]
    if paradox.any():
        k = int(np.argmax(paradox))
        raise Contradiction(
            variable=int(i[k]), circle=tuple(dict.fromkeys(row[part[i] == part[i[k]]].tolist()))
        )
    _, first, place = np.unique(
        np.minimum(part[:n], part[n:]), return_index=True, return_inverse=True
    )
    other = first[place]
    moved = np.flatnonzero(other != np.arange(n))
    opposite = part[moved] != part[other[moved]]
    step, low = bounds.step, bounds.lower
    slope, base = new.slope.copy(), new.base.copy()
    slope[moved] = np.where(opposite, -1.0, 1.0) * step[moved] / step[other[moved]]
    base[moved] = (
        low[moved] + np.where(opposite, step[moved], 0.0) - slope[moved] * low[other[moved]]
    )
    row_of = np.full(n, BOUNDS)
    row_of[i], row_of[j] = row, row
    by[moved] = row_of[moved]
    return replace(new, base=base, slope=slope, other=other), by


def _pairs(rows: Sums, bounds: Bounds) -> tuple[Ints, Ints, Bools, Ints]:
    """Variables i, j that a row makes equal, or, with two values left, `opposite`: (i, j, opposite,
    row).

    Equal ones have as many values left, and go up and down together.
    """
    low, high = rows.terms.ends(bounds.lower, bounds.upper)
    n, entries = len(bounds.lower), rows.terms.matrix.tocoo()
    m, free = len(rows.rhs), (high > low)[entries.col]
    # a product is nothing to substitute
    step = np.concatenate([bounds.step, np.full(len(low) - n, np.nan)])
    values = (high - low) / step
    variable = np.isfinite(values)[entries.col]
    two = (
        rows.equal
        & rows.hard
        & (sums(m, entries.row, free) == 2)
        & (sums(m, entries.row, free & variable) == 2)
    )
    mine = free & two[entries.row]
    rest = (rows.rhs - sums(m, entries.row, entries.data * low[entries.col]))[two]
    i, j = entries.col[mine].reshape(-1, 2).T
    a, b = (entries.data * step[entries.col])[mine].reshape(-1, 2).T
    # to rounding alone: of coefficients that differ by more, a merged row would keep the difference
    # and ask for it exactly
    tolerance, as_many = NOISE * (np.abs(a) + np.abs(b) + np.abs(rest)), values[i] == values[j]
    equal = as_many & (np.abs(a + b) <= tolerance) & (np.abs(rest) <= tolerance)
    differ = (np.abs(a - b) <= tolerance) & (np.abs(rest - a) <= tolerance)
    opposite = as_many & (values[i] == 1) & differ
    use = equal | opposite
    return i[use], j[use], opposite[use], np.flatnonzero(two)[use]
