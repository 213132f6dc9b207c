"""What is left of a QUBO while rows are taken out of it: couplings by bit, and linear biases."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy import sparse

if TYPE_CHECKING:
    from ..compiler.qubos.qubo import Qubo

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

STEPS = 1, 2, 3, 4, 5, 6, 8, 10, 12, 20, 100  # of the smallest coefficient: what it may be
WHOLE = 1e-5  # how far a coefficient may be from a whole number, relative to itself
HALFWAY = 0.25  # from a whole number: nearer to the middle of two
DOUBLE, SINGLE = 4e-15, 2e-7  # of the largest bias: what its rounding may have added to another


@dataclass(frozen=True)
class Row:
    """A squared equality: `weight * (coefficients . bits - right)**2`.

    `bits` int64[k] are places in the QUBO, `coefficients` float64[k] whole numbers where the row's
    are multiples of a common step. A `right` halfway between two whole numbers allows both: so the
    penalty of each pair of some bits, `2 weight x_i x_j`, is the square of "their sum is 1/2", but
    for a constant.
    """

    bits: Ints
    coefficients: Floats
    right: float
    weight: float

    @property
    def halfway(self) -> bool:
        """Whether two sums are allowed."""
        return bool(abs(self.right - np.rint(self.right)) > HALFWAY)

    @property
    def product(self) -> tuple[int, int, int] | None:
        """Bits x, y and z, of which the row says that z = x y: that x + y - 2 z is 0 or 1."""
        if len(self.bits) != 3 or self.right != 0.5:
            return None
        order = np.argsort(-self.coefficients, kind="stable")
        if self.coefficients[order].tolist() != [1.0, 1.0, -2.0]:
            return None
        x, y, z = self.bits[order].tolist()
        return x, y, z

    @property
    def least(self) -> float:
        """What the square is where the row holds."""
        return self.weight / 4 if self.halfway else 0.0

    @property
    def violated(self) -> float:
        """What the least violation costs."""
        return 2 * self.weight if self.halfway else self.weight

    def square(self) -> tuple[Floats, Ints, Ints, Floats, float]:
        """Linear biases [k], row [p], column [p] and couplings [p] of all pairs, and the offset."""
        a, first, second = self.coefficients, *np.triu_indices(len(self.bits), 1)
        linear = self.weight * a * (a - 2 * self.right)
        pairs = 2 * self.weight * a[first] * a[second]
        return (
            linear,
            self.bits[first],
            self.bits[second],
            pairs,
            self.weight * self.right**2,
        )


@dataclass(frozen=True, eq=False)
class Couplings:
    """`matrix` symmetric and sorted, without a diagonal; `linear` float64[n]; `offset`.

    What is not larger than `error` is a rounding error, and is left out of `matrix`. Who looks for
    rows in it ends at `until`, of `time.perf_counter()`, with what is found by then.
    """

    matrix: sparse.csr_array
    linear: Floats
    offset: float
    error: float
    until: float = math.inf

    @classmethod
    def of(cls, qubo: Qubo, until: float = math.inf) -> Couplings:
        n = len(qubo.linear)
        both = np.r_[qubo.quad, qubo.quad]
        ends = np.r_[qubo.row, qubo.col], np.r_[qubo.col, qubo.row]
        matrix = sparse.csr_array((both, ends), shape=(n, n))
        matrix.sort_indices()
        largest = max(np.abs(qubo.quad).max(initial=0.0), np.abs(qubo.linear).max(initial=0.0))
        error = largest * (SINGLE if _is_single(qubo.quad) else DOUBLE)
        return cls(_without(matrix, error), qubo.linear, qubo.offset, error, until)

    def less(self, rows: Sequence[Row]) -> Couplings:
        """Without the squares of these rows."""
        if not rows:
            return self
        n, linear, offset = len(self.linear), self.linear.copy(), self.offset
        first, second, pairs = [], [], []
        for row in rows:
            biases, i, j, values, constant = row.square()
            linear[row.bits] -= biases
            offset -= constant
            first.append(i)
            second.append(j)
            pairs.append(values)
        i, j = np.concatenate(first), np.concatenate(second)
        value = np.concatenate(pairs)
        squares = sparse.csr_array((np.r_[value, value], (np.r_[i, j], np.r_[j, i])), shape=(n, n))
        left = _without(sparse.csr_array(self.matrix - squares), self.error)
        left.sort_indices()
        return Couplings(left, linear, offset, self.error, self.until)

    @property
    def late(self) -> bool:
        """Whether time is up."""
        return time.perf_counter() >= self.until

    @cached_property
    def counted(self) -> list[tuple[float, int]]:
        """Couplings, to nine digits of the largest, and of how many pairs they are; the most
        frequent first, and of these the largest."""
        data = sparse.triu(self.matrix, k=1).data
        digits = 9 - int(np.ceil(np.log10(np.abs(data).max(initial=1.0))))
        values, counts = np.unique(np.round(data, digits), return_counts=True)
        order = np.lexsort((-values, -counts))
        order = order[counts[order] > 1]
        return list(zip(values[order].tolist(), counts[order].tolist(), strict=True))

    def plus(self, rows: Sequence[Row]) -> Couplings:
        """With the squares of these rows."""
        return self.less([replace(row, weight=-row.weight) for row in rows])

    def of_bit(self, bit: int) -> tuple[npt.NDArray[np.int32], Floats]:
        """The neighbours of a bit, in order, and its couplings to them."""
        m = self.matrix
        mine = slice(m.indptr[bit], m.indptr[bit + 1])
        return m.indices[mine], m.data[mine]

    def between(self, one: int, other: int) -> float:
        """The coupling of two bits, 0 where there is none."""
        neighbours, couplings = self.of_bit(one)
        at = int(np.searchsorted(neighbours, other))
        return float(couplings[at]) if at < len(neighbours) and neighbours[at] == other else 0.0

    def within(self, bits: Ints) -> Floats:
        """float64[k, k]: the couplings among these bits."""
        block: Floats = self.matrix[bits][:, bits].toarray()
        return block


def whole_step(coefficients: Floats) -> int | None:
    """The least multiple that makes all of them whole, None where none of some does."""
    for step in STEPS:
        scaled = coefficients * step
        whole = np.rint(scaled)
        if (whole != 0).all() and (np.abs(scaled - whole) <= WHOLE * np.abs(whole)).all():
            return step
    return None


def _without(matrix: sparse.csr_array, error: float) -> sparse.csr_array:
    matrix.data[np.abs(matrix.data) <= error] = 0.0
    matrix.eliminate_zeros()
    return matrix


def _is_single(values: Floats) -> bool:
    """Whether numbers, some of them no short decimals, are just those of single precision."""
    with np.errstate(over="ignore"):
        return bool((values == values.astype(np.float32)).all()) and not bool(
            np.isclose(values * 1e6, np.rint(values * 1e6), rtol=0, atol=1e-9).all()
        )
