"""Objective plus weighted penalties, over the bits."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..encoding.draft import Draft
from ..model.affine import products
from ..model.arrays import Floats, Ints, Quadratic
from ..qubos.qubo import Qubo
from .proofs import least_penalty

BLOCK = 100_000  # products of two bits that are worked out at a time


def assemble(draft: Draft, weights: Floats, validity_weights: Floats) -> Qubo:
    """The QUBO, by the weights float64[m'] of `draft.model` and [v] of `draft.validity`."""
    model, encoding, slack, validity = draft.model, draft.encoding, draft.slack, draft.validity
    bits = encoding.num_bits + slack.num_bits
    # what is a sum of products as it stands: the objective, rows of products, and domain walls
    # b_k+1 - b_k b_k+1
    price = np.where(draft.treatments.name == "product", weights, 0.0)
    of_x = model.linear + model.rows.T @ price
    terms = _in_one(model.quadratic, model.row_quadratic, price)
    expanded = products(terms, terms.value, encoding.base, encoding.matrix, 1)
    linear, walls = np.zeros(bits), validity_weights[validity.owner]
    linear[: encoding.num_bits] = encoding.matrix.T @ of_x + expanded.linear.toarray().ravel()
    np.add.at(linear, validity.second, walls)
    offset = model.offset + float(of_x @ encoding.base) + float(expanded.constant[0])
    parts = [
        (expanded.terms.row, expanded.terms.col, expanded.terms.value),
        (validity.first, validity.second, -walls),
    ]
    triangle = _triangle(parts if len(walls) else parts[:1], bits)
    # what is a function square * h^2 + linear * h of h = A b - r
    a, r, square, slope = penalty_rows(draft, weights, validity_weights)
    linear += a.T @ (slope - 2 * square * r) + (a * a).T @ square + triangle.diagonal()
    offset += float(square @ r**2 - slope @ r)
    row, col, value = _above(triangle, a, 2 * square)
    labels = encoding.labels(model.variables) + slack.labels(
        [f"slack[{label}]" for label in model.labels]
    )
    return Qubo(linear, row, col, value, offset, labels)


def penalty_rows(
    draft: Draft, weights: Floats, validity_weights: Floats
) -> tuple[sparse.csr_array, Floats, Floats, Floats]:
    """(A, r, square, linear) of `treatments`, and below it the one-hot numbers' (sum b - 1)^2."""
    model = draft.model
    rows = draft.rows
    treatments = draft.treatments
    encoding = draft.encoding
    slack = draft.slack
    name, unit = treatments.name, weights / rows.scale**2
    pairs, unbalanced = name == "pairs", name == "unbalanced"
    # rows in whole numbers; in rows of pairs h counts literals, a variable's lower value being its
    # bit's 0
    of_row = np.repeat(np.arange(len(name)), np.diff(model.rows.indptr))
    literals = treatments.literals / model.step[model.rows.indices]
    coefficients = np.where(pairs[of_row], literals, model.rows.data * rows.scale[of_row])
    a = sparse.csr_array(
        (coefficients, model.rows.indices, model.rows.indptr), shape=model.rows.shape
    )
    r = rows.rhs - rows.scale * (model.rows @ encoding.base)
    r = np.where(pairs, -np.bincount(of_row, treatments.literals < 0, minlength=len(name)), r)
    # a pair of true literals is the least violation of a hard constraint, and the only one of a
    # soft one
    pair = weights * np.where(model.hard, least_penalty(rows), treatments.overrun**2)
    own_square, own_linear = treatments.factors / rows.scale ** np.array([[2], [1]])
    approximate = [
        np.where(np.isnan(own_square), unit / 2, own_square),
        np.where(np.isnan(own_linear), unit, own_linear),
    ]
    square = np.select(
        [np.isin(name, ["square", "slack"]), pairs, unbalanced],
        [unit, pair / 2, approximate[0]],
        0.0,
    )
    slope = np.select([pairs, unbalanced], [-pair / 2, approximate[1]], 0.0)
    hot = draft.validity.one_hot
    a = sparse.vstack(
        [sparse.hstack([a @ encoding.matrix, slack.matrix]), draft.validity.ones], format="csr"
    )
    r = np.concatenate([r, np.where(hot, 1.0, 0.0)])
    slope = np.concatenate([slope, np.zeros(len(hot))])
    return a, r, np.concatenate([square, np.where(hot, validity_weights, 0.0)]), slope


def _in_one(objective: Quadratic, rows: Quadratic, price: Floats) -> Quadratic:
    """The objective's terms, and those of rows at a price, all of owner 0."""
    mine = price[rows.owner] != 0
    if not mine.any():
        return objective
    return Quadratic(
        np.concatenate([objective.row, rows.row[mine]]),
        np.concatenate([objective.col, rows.col[mine]]),
        np.concatenate([objective.value, (rows.value * price[rows.owner])[mine]]),
        np.zeros(len(objective.value) + int(mine.sum()), dtype=np.int64),
    )


def _triangle(parts: Sequence[tuple[Ints, Ints, Floats]], n: int) -> sparse.csr_array:
    """float64[n, n] of couplings: each pair once, above the diagonal, and squares on it."""
    index = np.int32 if n < 2**31 else np.int64
    row, col = (
        np.concatenate([part[k] for part in parts], dtype=index, casting="same_kind")
        for k in (0, 1)
    )
    value = np.concatenate([part[2] for part in parts])
    return sparse.csr_array(
        sparse.coo_array((value, (np.minimum(row, col), np.maximum(row, col))), shape=(n, n))
    )


def _above(
    triangle: sparse.csr_array, a: sparse.csr_array, weight: Floats
) -> tuple[Ints, Ints, Floats]:
    """(row, col, value) of what is above the diagonal of `triangle + a' diag(weight) a`, and not 0.

    Some rows at a time: what they multiply out to stays in the cache, and its lower triangle is
    never kept. For 23 million couplings that takes half the time and memory of the whole product.
    """
    across, weighted = sparse.csr_array(a.T), sparse.csr_array(sparse.diags_array(weight) @ a)
    weighted.eliminate_zeros()
    length = np.diff(weighted.indptr)[across.indices]
    size = np.concatenate([[0], np.cumsum(length)])[across.indptr]
    edges = np.unique(np.r_[0, np.searchsorted(size, np.arange(0, size[-1], BLOCK)), a.shape[1]])
    rows, cols, values = [], [], []
    for start, stop in pairwise(edges.tolist()):
        block = _right_of(across[start:stop] @ weighted, start)
        if triangle.nnz:
            block = _right_of(triangle[start:stop], start) + block
        rows.append(
            np.repeat(np.arange(start, stop, dtype=block.indices.dtype), np.diff(block.indptr))
        )
        cols.append(block.indices)
        values.append(block.data)
    return _joined(rows, np.int64), _joined(cols, np.int64), _joined(values, np.float64)


def _right_of(block: sparse.csr_array, start: int) -> sparse.csr_array:
    """Of rows from `start` of a square matrix, what is right of its diagonal and not 0."""
    row = np.repeat(
        np.arange(start, start + block.shape[0], dtype=block.indices.dtype), np.diff(block.indptr)
    )
    keep = (block.indices > row) & (block.data != 0)
    starts = np.concatenate([[0], np.cumsum(keep)])[block.indptr]
    return sparse.csr_array((block.data[keep], block.indices[keep], starts), shape=block.shape)


def _joined(parts: list[Any], dtype: type) -> npt.NDArray[Any]:
    """The parts in one array; the list is emptied, for memory's sake."""
    joined: npt.NDArray[Any] = (
        np.concatenate(parts, dtype=dtype) if parts else np.empty(0, dtype=dtype)
    )
    parts.clear()
    return joined
