"""Products of two bits that are written as a third: the bits that quadratisation adds.

A term of three bits or more has no place in a QUBO. So a product x y in it is written as a new bit
z, with the penalty `P (x y - 2 x z - 2 y z + 3 z)` of Rosenberg ("Reduction of bivalent
maximization to the quadratic case", 1975), which is 0 where z is x y and P at least where it is
not. It is `P / 2 (x + y - 2 z - 1/2)**2` but for a constant: the sum x + y - 2 z is to be 0 or 1.

So z has two couplings of the same value -2 P, and a linear bias of 3 P, but for what the product is
worth in the objective. Between its two factors there is P, and what the objective adds. A product
may be a factor of others: then it has a coupling -2 P to each of these, too. Which of two coupled
bits is the product is told by the third: the coupling of the factors is positive.

All products of one P are taken together, where nearly all couplings of the value -2 P are those of
products. Elsewhere they are not: of a long row or a glass many a bit has a lot of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..couplings import Couplings, Floats, Ints, Row
from ..product_weights import proofs_of_products

COVERED = 0.9  # of the couplings of the value -2 P, at least, are those of products
FEWEST = 3  # products of one P, at least: of fewer each must be proved
NEAR = 0.5  # times P: how far, of half of so many, or of all, the linear bias may be from 3 P, and
# the coupling of the factors from P; that of "x + y - z = 1" with a slack bit z is 2 P
LEAST_BIAS = 1.0  # times P: a bit of a smaller linear bias is no product
EXACT = 1e-6  # times P: so near to P is the coupling of factors that have no other
WORK = 1_000_000  # pairs of couplings of one bit that are looked at
SHARE = 0.02  # of all couplings, at least, go away with the products


def rows_of_products(left: Couplings) -> list[Row]:
    """Rows "z = x y", which say that x + y - 2 z is 0 or 1."""
    couplings = _Negative.of(left)
    if not len(couplings.first):
        return []
    triangles = _triangles(left, couplings)
    rows = list[Row]()
    for kind in np.unique(triangles.kind).tolist():
        if left.late:
            break
        rows += _of_one_penalty(left, couplings, triangles.only(triangles.kind == kind), kind)
    return rows if 4 * len(rows) >= SHARE * left.matrix.nnz else []


@dataclass(frozen=True, eq=False)
class _Negative:
    """Negative couplings of bits whose linear biases are those of products, by the bit and the
    value: int64[k].

    `kind` numbers the values, `penalty` float64[kinds] is the P that each would be of, and `count`
    int64[kinds] of how many couplings it is, whatever the linear biases are.
    """

    first: Ints
    second: Ints
    kind: Ints
    penalty: Floats
    count: Ints

    @classmethod
    def of(cls, left: Couplings) -> _Negative:
        data, degree = left.matrix.data, np.diff(left.matrix.indptr)
        first = np.repeat(np.arange(len(degree)), degree)
        negative = data < -4 * left.error
        mine = np.flatnonzero(negative & (left.linear[first] > -LEAST_BIAS / 2 * data))
        values, kind = np.unique(data[mine].astype(np.float32), return_inverse=True)
        every = data[negative].astype(np.float32) if len(mine) else values
        place = np.minimum(np.searchsorted(values, every), len(values) - 1)
        count = np.bincount(place[values[place] == every], minlength=len(values))
        penalty = -np.bincount(kind, data[mine], len(values)) / np.bincount(kind) / 2
        order = np.lexsort((mine, kind, first[mine]))
        mine, kind = mine[order], kind[order]
        second = left.matrix.indices[mine].astype(np.int64)
        return cls(first[mine], second, kind, penalty, count // 2)


@dataclass(frozen=True, eq=False)
class _Triangles:
    """Two factors x < y of a product z, int64[k], by the `kind` of their couplings; `off`
    float64[k] is how far that of the factors is from P, as a part of P."""

    x: Ints
    y: Ints
    z: Ints
    kind: Ints
    off: Floats

    def only(self, which: npt.NDArray[np.bool_]) -> _Triangles:
        x, y, z, kind = (part[which] for part in (self.x, self.y, self.z, self.kind))
        return _Triangles(x, y, z, kind, self.off[which])


def _triangles(left: Couplings, couplings: _Negative) -> _Triangles:
    """All that may be products, of values most of whose couplings may be those of products."""
    first, kind = couplings.first, couplings.kind
    ends = np.flatnonzero(np.r_[True, (first[1:] != first[:-1]) | (kind[1:] != kind[:-1])])
    size = np.diff(np.r_[ends, len(first)])
    may = size >= 2
    products = np.bincount(kind[ends[may]], minlength=len(couplings.count))
    may &= (2 * products >= COVERED * couplings.count)[kind[ends]]
    small = np.flatnonzero(may)[np.argsort(size[may], kind="stable")]
    small = small[np.cumsum(size[small] ** 2) <= WORK]
    one, other = list[Ints](), list[Ints]()
    for length in np.unique(size[small]).tolist():
        i, j = np.triu_indices(length, 1)
        starts = ends[small[size[small] == length]][:, None]
        one.append((starts + i).ravel())
        other.append((starts + j).ravel())
    nothing = np.zeros(0, dtype=np.int64)
    a, b = np.concatenate([nothing, *one]), np.concatenate([nothing, *other])
    x, y, mine = couplings.second[a], couplings.second[b], couplings.penalty[kind[a]]
    between = _couplings_of(left.matrix, x, y)
    there = between > 4 * left.error
    off = np.abs(between - mine) / mine
    return _Triangles(x, y, first[a], kind[a], off).only(there)


def _of_one_penalty(
    left: Couplings, couplings: _Negative, triangles: _Triangles, kind: int
) -> list[Row]:
    """Products of different pairs without a coupling -2 P in common, if these are nearly all that
    there are."""
    penalty = float(couplings.penalty[kind])
    rows, products, off = list[Row](), set[int](), list[float]()
    used = set[tuple[int, int]]()
    exactness = np.where(triangles.off <= EXACT, 0.0, triangles.off)
    for k in np.lexsort((triangles.z, exactness)).tolist():
        x, y, z = int(triangles.x[k]), int(triangles.y[k]), int(triangles.z[k])
        mine = {(x, y), (min(x, z), max(x, z)), (min(y, z), max(y, z))}
        if z not in products and not mine & used:
            products.add(z)
            used |= mine
            off.append(float(triangles.off[k]))
            rows.append(product(x, y, z, penalty))
    if 2 * len(rows) < COVERED * couplings.count[kind]:
        return []
    bias = left.linear[[int(row.bits[row.coefficients < 0][0]) for row in rows]]
    near = np.maximum(np.abs(bias / penalty - 3), off) <= NEAR
    if len(rows) >= FEWEST:
        return rows if 2 * near.sum() >= len(rows) else []
    sure = near.all() and proofs_of_products(rows, left.less(rows))[1].all()
    return rows if sure else []


def product(x: int, y: int, z: int, penalty: float) -> Row:
    """The row "z = x y" that costs so much, at least, where it is broken."""
    bits = np.array([x, y, z])
    order = np.argsort(bits)
    return Row(bits[order], np.array([1.0, 1.0, -2.0])[order], 0.5, penalty / 2)


def _couplings_of(matrix: sparse.csr_array, one: Ints, other: Ints) -> Floats:
    """float64[k]: the couplings of pairs, 0 where there is none."""
    n = matrix.shape[0]
    owner = np.repeat(np.arange(n), np.diff(matrix.indptr))
    keys = owner * n + matrix.indices  # ascending
    wanted = one * n + other
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    found: Floats = np.where(keys[at] == wanted, matrix.data[at], 0.0)
    return found
