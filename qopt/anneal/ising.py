"""An Ising model as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .kernel import energies

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Spins = npt.NDArray[np.int8]


@dataclass(frozen=True, eq=False)
class Ising:
    """E(s) = offset + sum_i linear_i s_i + sum_k quad_k s_row_k s_col_k over s_i in {-1, +1}.

    `linear` float64[n]; `row`, `col` int64[m] with row < col and no pair twice; `quad` float64[m].
    """

    linear: Floats
    row: Ints
    col: Ints
    quad: Floats
    offset: float = 0.0

    @classmethod
    def from_arrays(
        cls, linear: npt.ArrayLike, row: npt.ArrayLike, col: npt.ArrayLike, quad: npt.ArrayLike, offset: float = 0.0
    ) -> Ising:
        """Couplings in any order and orientation; repeated pairs add up, and s_i s_i = 1 goes to the offset.

        Raises ValueError for a NaN or infinite bias and for an index outside the variables.
        """
        linear_, quad_ = np.array(linear, dtype=np.float64), np.asarray(quad, dtype=np.float64)
        row_, col_ = np.asarray(row, dtype=np.int64), np.asarray(col, dtype=np.int64)
        n = len(linear_)
        if not (np.isfinite(linear_).all() and np.isfinite(quad_).all() and np.isfinite(offset)):
            raise ValueError("a bias is NaN or infinite; every bias of a model to anneal must be finite")
        if len(row_) and not (min(row_.min(), col_.min()) >= 0 and max(row_.max(), col_.max()) < n):
            raise ValueError(f"a coupling names a variable outside 0..{n - 1}")
        selfs = row_ == col_
        offset = float(offset + quad_[selfs].sum())
        low, high, quad_ = np.minimum(row_, col_)[~selfs], np.maximum(row_, col_)[~selfs], quad_[~selfs]
        pairs, where = np.unique(low * n + high, return_inverse=True)
        total = np.bincount(where, weights=quad_, minlength=len(pairs))
        nonzero = total != 0
        pairs, total = pairs[nonzero], total[nonzero]
        return cls(linear_, pairs // max(n, 1), pairs % max(n, 1), total, offset)

    @classmethod
    def from_qubo(
        cls, linear: npt.ArrayLike, row: npt.ArrayLike, col: npt.ArrayLike, quad: npt.ArrayLike, offset: float = 0.0
    ) -> Ising:
        """The same energies from a QUBO over x = (1 + s) / 2."""
        a, b = np.asarray(linear, dtype=np.float64), np.asarray(quad, dtype=np.float64)
        n = len(a)
        field = a / 2 + (np.bincount(row, b, minlength=n) + np.bincount(col, b, minlength=n))[:n] / 4
        return cls.from_arrays(field, row, col, b / 4, offset + a.sum() / 2 + b.sum() / 4)

    @property
    def num_variables(self) -> int:
        return len(self.linear)

    def neighbours(self, scale: float = 1.0) -> tuple[Ints, npt.NDArray[np.int32], npt.NDArray[np.float32]]:
        """The couplings times `scale` in symmetric CSR form: indptr int64[n + 1], indices int32[2m], weights float32[2m]."""
        ends = np.concatenate([self.row, self.col])
        order = np.argsort(ends, kind="stable")
        indptr = np.zeros(self.num_variables + 1, dtype=np.int64)
        np.cumsum(np.bincount(ends, minlength=self.num_variables), out=indptr[1:])
        indices = np.concatenate([self.col, self.row])[order].astype(np.int32)
        return indptr, indices, (np.concatenate([self.quad, self.quad])[order] * scale).astype(np.float32)

    def energies(self, states: Spins) -> Floats:
        """float64 energies of `states` int8[k, n] holding -1 and +1, from the definition."""
        found = np.empty(len(states))
        energies(self.linear, self.row, self.col, self.quad, np.ascontiguousarray(states), found)
        return self.offset + found
