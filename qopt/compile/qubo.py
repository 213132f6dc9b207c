"""A QUBO as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np
from scipy import sparse

from ..errors import QoptError
from .arrays import Floats, Ints


@dataclass(frozen=True, eq=False)
class Qubo:
    """E(b) = offset + sum_i linear_i b_i + sum_k quad_k b_row_k b_col_k over b_i in {0, 1}; row < col, no pair twice."""

    linear: Floats
    row: Ints
    col: Ints
    quad: Floats
    offset: float
    labels: list[Any]

    def __post_init__(self) -> None:
        if len(set(self.labels)) != len(self.labels):
            raise QoptError("two bits of the QUBO would share a label; rename the variables or constraints that end in '#'")

    @classmethod
    def from_matrix(cls, linear: Floats, couplings: sparse.csr_array, offset: float, labels: list[Any]) -> Qubo:
        """`linear' b + b' couplings b + offset` for any square matrix: b_i b_i = b_i, and the two triangles add up."""
        upper = sparse.triu(couplings + couplings.T, k=1, format="coo")
        keep = upper.data != 0
        return cls(
            linear=linear + couplings.diagonal(),
            row=upper.row[keep].astype(np.int64),
            col=upper.col[keep].astype(np.int64),
            quad=upper.data[keep],
            offset=float(offset),
            labels=labels,
        )

    @property
    def num_variables(self) -> int:
        return len(self.linear)

    def bqm(self) -> dimod.BinaryQuadraticModel:
        """The same model as dimod has it."""
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            self.linear, (self.row, self.col, self.quad), self.offset, "BINARY", variable_order=self.labels
        )
