"""An Ising model as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .compiling import compiled

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Spins = npt.NDArray[np.int8]

LARGEST = 1e300  # bias
_DIVISORS = 2.0**20  # common divisors up to this are looked for
SHORT = 64  # neighbours: up to here insertion is the fastest way to sort a row, measured


@dataclass(frozen=True, eq=False)
class Ising:
    """E(s) = offset + sum_i linear_i s_i + sum_k quad_k s_row_k s_col_k over s_i in {-1, +1}.

    `linear` float64[n]; `row`, `col` int64[m] with row < col, sorted, and no pair twice; `quad`
    float64[m].
    """

    linear: Floats
    row: Ints
    col: Ints
    quad: Floats
    offset: float = 0.0

    @classmethod
    def from_arrays(
        cls,
        linear: npt.ArrayLike,
        row: npt.ArrayLike,
        col: npt.ArrayLike,
        quad: npt.ArrayLike,
        offset: float = 0.0,
    ) -> Ising:
        """Couplings in any order and orientation; repeated pairs add up, and s_i s_i = 1 goes to
        the offset.

        Raises ValueError for a NaN or infinite bias and for an index outside the variables.
        """
        linear_, quad_ = np.array(linear, dtype=np.float64), np.array(quad, dtype=np.float64)
        row_, col_ = np.array(row, dtype=np.int64), np.array(col, dtype=np.int64)
        n = len(linear_)
        if not (np.isfinite(linear_).all() and np.isfinite(quad_).all() and np.isfinite(offset)):
            raise ValueError(
                "a bias is NaN or infinite; every bias of a model to anneal must be finite"
            )
        if len(row_) and not (min(row_.min(), col_.min()) >= 0 and max(row_.max(), col_.max()) < n):
            raise ValueError(f"a coupling names a variable outside 0..{n - 1}")
        _refuse_too_large(linear_, quad_, np.float64(offset))
        keys = row_ * n + col_
        if not ((row_ < col_).all() and (keys[1:] > keys[:-1]).all() and quad_.all()):
            selfs = row_ == col_
            offset = float(offset + quad_[selfs].sum())
            low = np.minimum(row_, col_)[~selfs]
            high = np.maximum(row_, col_)[~selfs]
            quad_ = quad_[~selfs]
            keys, where = np.unique(low * n + high, return_inverse=True)
            total = np.bincount(where, weights=quad_, minlength=len(keys))
            nonzero = total != 0
            keys, quad_ = keys[nonzero], total[nonzero]
            row_, col_ = keys // max(n, 1), keys % max(n, 1)
            _refuse_too_large(quad_, np.float64(offset))  # repeated pairs added up
        return cls(linear_, row_, col_, quad_, float(offset))

    @classmethod
    def from_qubo(
        cls,
        linear: npt.ArrayLike,
        row: npt.ArrayLike,
        col: npt.ArrayLike,
        quad: npt.ArrayLike,
        offset: float = 0.0,
    ) -> Ising:
        """The same energies from a QUBO over x = (1 + s) / 2."""
        a, b = np.asarray(linear, dtype=np.float64), np.asarray(quad, dtype=np.float64)
        if not (np.abs(a) <= LARGEST).all() or not (np.abs(b) <= LARGEST).all():
            return cls.from_arrays(a, row, col, b, offset)  # which says what is wrong with them
        n = len(a)
        field = (
            a / 2 + (np.bincount(row, b, minlength=n) + np.bincount(col, b, minlength=n))[:n] / 4
        )
        return cls.from_arrays(field, row, col, b / 4, offset + a.sum() / 2 + b.sum() / 4)

    @property
    def num_variables(self) -> int:
        return len(self.linear)

    def row_sums(self, values: Floats) -> Floats:
        """float64[n]: the sum of `values` float64[m], one a coupling, over the couplings of each
        spin.
        """
        n = self.num_variables
        return np.asarray((np.bincount(self.row, values, n) + np.bincount(self.col, values, n))[:n])

    def reach(self) -> Floats:
        """float64[n]: |h_i| + sum_j |J_ij|, the largest a local field can be."""
        return np.abs(self.linear) + self.row_sums(np.abs(self.quad))

    def whole_unit(self, largest: float) -> float | None:
        """A factor that makes every bias a whole number, none above `largest`, without a common
        divisor; None: there is none.

        Either exactly, where biases are whole multiples of a power of two, or to 1 part in 10^9,
        where they are multiples of a 128th or more of the least: tenths, cents, thirds.
        """
        values = np.concatenate([self.linear, self.quad])
        values = np.abs(values[values != 0])
        if not len(values):
            return 1.0
        for unit in (_dyadic_unit(values), _least_unit(values)):
            if unit is not None and values.max() <= largest * _DIVISORS / unit:
                divisor = int(np.gcd.reduce(np.rint(values * unit).astype(np.int64)))
                if values.max() * unit / divisor <= largest:
                    return unit / divisor
        return None

    def neighbours(self, order: Ints | None = None) -> tuple[Ints, npt.NDArray[np.int32], Floats]:
        """The couplings in symmetric CSR form, each row sorted: indptr int64[n + 1], indices
        int32[2m], quad float64[2m].

        With `order` int64[n], spin k of the result is spin order[k] of the model.
        """
        n, m = self.num_variables, len(self.quad)
        row, col = self.row, self.col
        if order is not None:
            place = np.empty(n, dtype=np.int64)
            place[order] = np.arange(n)
            row, col = place[row], place[col]
        indptr = np.zeros(n + 1, dtype=np.int64)
        np.cumsum(
            (np.bincount(row, minlength=n) + np.bincount(col, minlength=n))[:n], out=indptr[1:]
        )
        indices, quad = np.empty(2 * m, dtype=np.int32), np.empty(2 * m)
        _fill_rows(row, col, self.quad, indptr.copy(), indices, quad)
        if np.diff(indptr).max(initial=0) <= SHORT:
            _sort_rows(indptr, indices, quad)
            return indptr, indices, quad
        jumbled, indices, ordered = indices, np.empty_like(indices), np.empty_like(quad)
        _transpose(indptr, jumbled, quad, indptr.copy(), indices, ordered)
        return indptr, indices, ordered

    def energies(self, states: Spins) -> Floats:
        """float64 energies of `states` int8[k, n] holding -1 and +1, from the definition."""
        energies = np.zeros(len(states))
        _add_energies(
            self.linear, self.row, self.col, self.quad, np.ascontiguousarray(states.T), energies
        )
        return self.offset + energies


def _refuse_too_large(*biases: Any) -> None:
    largest = max(float(np.abs(values).max(initial=0.0)) for values in biases)
    if largest > LARGEST:
        raise ValueError(
            f"a bias of {largest:g} is too large: sums of such biases overflow; divide the model "
            "by a constant"
        )


def _dyadic_unit(values: Floats) -> float | None:
    """The power of two that makes positive `values` whole, exactly."""
    mantissas, exponents = np.frexp(values)
    whole = (mantissas * 2.0**53).astype(np.int64)
    finest = (
        int((exponents + np.log2((whole & -whole).astype(np.float64)).astype(np.int64)).min()) - 53
    )
    return 2.0**-finest if -1000 < finest < 1000 else None


def _least_unit(values: Floats) -> float | None:
    """The least whole multiple of 1 / min(values) that makes positive `values` whole to 1 part in
    10^9.
    """
    if values.max() / 2**53 > values.min():
        return None
    ratios = values / values.min()
    for multiple in range(1, 129):
        if all(_are_whole(part * multiple) for part in (ratios[:1000], ratios)):
            return multiple / float(values.min())
    return None


def _are_whole(values: Floats) -> bool:
    return bool((np.abs(values - np.rint(values)) <= 1e-9 * values).all())


@compiled
def _fill_rows(
    row: Ints, col: Ints, quad: Floats, free: Ints, indices: npt.NDArray[np.int32], found: Floats
) -> None:
    """Every coupling into the rows of both its ends; `free` int64[n + 1] is the next free place of
    each row.
    """
    for c in range(row.shape[0]):
        for i, j in ((row[c], col[c]), (col[c], row[c])):
            indices[free[i]] = j
            found[free[i]] = quad[c]
            free[i] += 1


@compiled
def _sort_rows(indptr: Ints, indices: npt.NDArray[np.int32], quad: Floats) -> None:
    """By insertion."""
    for i in range(indptr.shape[0] - 1):
        for k in range(indptr[i] + 1, indptr[i + 1]):
            j, w, at = indices[k], quad[k], k
            while at > indptr[i] and indices[at - 1] > j:
                indices[at], quad[at] = indices[at - 1], quad[at - 1]
                at -= 1
            indices[at], quad[at] = j, w


@compiled
def _transpose(
    indptr: Ints,
    indices: npt.NDArray[np.int32],
    quad: Floats,
    free: Ints,
    rows: npt.NDArray[np.int32],
    found: Floats,
) -> None:
    """The same symmetric matrix by columns, which it has in order; `free` as in `_fill_rows`."""
    for i in range(indptr.shape[0] - 1):
        for e in range(indptr[i], indptr[i + 1]):
            at = free[indices[e]]
            rows[at] = i
            found[at] = quad[e]
            free[indices[e]] += 1


@compiled
def _add_energies(
    linear: Floats, row: Ints, col: Ints, quad: Floats, spins: Spins, found: Floats
) -> None:
    """Add to `found` float64[k] the energies of `spins` int8[n, k], in float64 and in the order of
    the couplings.

    A plain loop adds up in one order on every machine, where numpy's dot is up to the BLAS library
    and its threads.
    """
    for i in range(spins.shape[0]):
        for k in range(spins.shape[1]):
            found[k] += linear[i] * spins[i, k]
    for c in range(row.shape[0]):
        i, j = row[c], col[c]
        for k in range(spins.shape[1]):
            found[k] += quad[c] * (spins[i, k] * spins[j, k])
