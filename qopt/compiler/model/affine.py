"""Quadratic functions of x in terms of y, where x = base + matrix y."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .arrays import Bools, Floats, Ints, Quadratic
from .rows import sums


@dataclass(frozen=True, eq=False)
class Products:
    """m quadratic functions of y: `constant` float64[m], `linear` sparse [m, n'], and products."""

    constant: Floats
    linear: sparse.csr_array
    terms: Quadratic


def products(
    q: Quadratic, value: Floats, base: Floats, matrix: sparse.csr_array, m: int
) -> Products:
    """`sum value * x_row * x_col` over the terms of `q`, for each of m owners."""
    constant = sums(m, q.owner, value * base[q.row] * base[q.col])
    coefficient = np.concatenate([value * base[q.col], value * base[q.row]])
    there = coefficient != 0
    owner = np.concatenate([q.owner, q.owner])[there]
    variable = np.concatenate([q.row, q.col])[there]
    of_x = sparse.csr_array((coefficient[there], (owner, variable)), shape=(m, len(base)))
    return Products(constant, sparse.csr_array(of_x @ matrix), _multiplied(q, value, matrix))


def _multiplied(q: Quadratic, value: Floats, matrix: sparse.csr_array) -> Quadratic:
    """Each term times out into terms of y: the entries of one row with those of the other."""
    start, count = matrix.indptr, np.diff(matrix.indptr)
    if _is_identity(matrix):
        return Quadratic(q.row, q.col, value, q.owner)
    size = count[q.row] * count[q.col]
    term = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(term)) - np.repeat(np.cumsum(size) - size, size)
    first, second = np.divmod(place, count[q.col][term])
    first, second = first + start[q.row][term], second + start[q.col][term]
    row, col = matrix.indices[first].astype(np.int64), matrix.indices[second].astype(np.int64)
    product = value[term] * matrix.data[first] * matrix.data[second]
    use = product != 0
    return Quadratic(row[use], col[use], product[use], q.owner[term[use]])


def _is_identity(matrix: sparse.csr_array) -> bool:
    n = matrix.shape[0]
    square = matrix.shape == (n, n) and matrix.nnz == n
    return square and bool((matrix.indices == np.arange(n)).all() and (matrix.data == 1).all())


def merged(q: Quadratic) -> Quadratic:
    """Each pair of an owner once, sorted by owner, without zeros."""
    if not len(q.value):
        return q
    row, col = np.minimum(q.row, q.col), np.maximum(q.row, q.col)
    order = np.lexsort((col, row, q.owner))
    row, col, owner, value = row[order], col[order], q.owner[order], q.value[order]
    starts = np.flatnonzero(_changes(owner) | _changes(row) | _changes(col))
    total = np.add.reduceat(value, starts)
    starts, total = starts[total != 0], total[total != 0]
    return Quadratic(row[starts], col[starts], total, owner[starts])


def _changes(values: Ints) -> Bools:
    changes: Bools = np.diff(values, prepend=-1) != 0
    return changes
