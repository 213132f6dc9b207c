"""Whole numbers as bits: x = base + B b."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from .arrays import Floats, Ints


def log_coefficients(ranges: Ints) -> tuple[Ints, Ints]:
    """Bits for numbers 0..r, for each r >= 0 of `ranges`: (owner, coefficient), r = 0 getting none.

    The coefficients of one number are 1, 2, 4, ... and a last one that caps the sum at exactly r, so that every assignment
    of the bits is a number of the range (Karimi and Rosenberg 2017, "bounded-coefficient" without the bound).
    """
    bits = np.zeros(len(ranges), dtype=np.int64)
    positive = ranges > 0
    bits[positive] = np.floor(np.log2(ranges[positive])).astype(np.int64) + 1
    owner = np.repeat(np.arange(len(ranges)), bits)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(bits) - bits, bits)
    coefficient = np.left_shift(1, place)
    last = place == bits[owner] - 1
    coefficient[last] = ranges[owner[last]] - (coefficient[last] - 1)
    return owner, coefficient


@dataclass(frozen=True, eq=False)
class Encoding:
    """Numbers as bits: `values = base + matrix @ bits`, `matrix` sparse float64[n, num_bits]."""

    base: Floats
    matrix: sparse.csr_array

    @classmethod
    def of_ranges(cls, lower: Floats, upper: Floats, step: Floats) -> Encoding:
        """The log encoding of the numbers lower, lower + step, ... upper."""
        owner, coefficient = log_coefficients(((upper - lower) / step).astype(np.int64))
        bits = np.arange(len(owner))
        matrix = sparse.csr_array((coefficient * step[owner], (owner, bits)), shape=(len(lower), len(owner)))
        return cls(lower, matrix)

    @property
    def num_bits(self) -> int:
        return int(self.matrix.shape[1])

    def decode(self, bits: Floats) -> Floats:
        """Numbers float64[k, n] of `bits` [k, num_bits]."""
        values: Floats = self.base + (self.matrix @ bits.T).T
        return values

    def labels(self, names: Sequence[Any]) -> list[Any]:
        """A label for each bit: the number's own name where one bit is the whole number, else `name#place`."""
        owner = self.matrix.tocsc().indices
        bits = np.diff(self.matrix.indptr)
        place = np.arange(len(owner)) - np.repeat(np.cumsum(bits) - bits, bits)
        return [names[k] if bits[k] == 1 else f"{names[k]}#{p}" for k, p in zip(owner, place, strict=True)]

    def encode(self, values: Floats) -> Floats:
        """Bits float64[num_bits] of `values` float64[n], each rounded and cut to its range."""
        left = np.rint(values - self.base)
        bits = np.zeros(self.num_bits)
        coefficient = self.matrix.tocsc()
        owner, size = coefficient.indices, coefficient.data
        for k in np.argsort(-size, kind="stable"):  # largest first: with powers of two below, the rest always fits
            if left[owner[k]] >= size[k]:
                bits[k], left[owner[k]] = 1.0, left[owner[k]] - size[k]
        return bits
