"""A QUBO that is written down term by term, for tests."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from qopt import Qubo

Floats = npt.NDArray[np.float64]
Random = np.random.Generator


@dataclass
class Draft:
    """A QUBO that is written down term by term: `biases` upper triangular, linear on the diagonal.

    `values` are the bits that are no slack.
    """

    random: Random
    values: int
    slack: int = 0
    biases: Floats = field(init=False)
    offset: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        self.biases = np.zeros((self.values + self.slack, self.values + self.slack))
        self.next = self.values

    def objective(self, most: int = 5) -> None:
        mine = self.random.integers(-most, most + 1, (self.values, self.values))
        mine = mine * (self.random.random(mine.shape) < 0.3)
        mine[np.diag_indices(self.values)] = self.random.integers(-most, most + 1, self.values)
        self.biases[: self.values, : self.values] += np.triu(mine)

    def square(self, bits: Any, coefficients: Any, right: float, weight: float) -> None:
        row = np.zeros(len(self.biases))
        row[np.asarray(bits)] = coefficients
        products = weight * np.outer(row, row)
        self.biases += 2 * np.triu(products, 1)
        self.biases[np.diag_indices(len(row))] += weight * row * (row - 2 * right)
        self.offset += weight * right**2

    def slack_bits(self, count: int) -> Any:
        self.next += count
        return np.arange(self.next - count, self.next)

    def some(self, least: int = 3, most: int = 6) -> Any:
        size = int(self.random.integers(least, min(most, self.values) + 1))
        return np.sort(self.random.choice(self.values, size, replace=False))

    def weight(self) -> float:
        return float(self.random.choice([0.5, 2.0, 7.0, 30.0, 500.0]))

    def row(self, weight: float | None = None) -> tuple[Any, Any, float, float]:
        """One of the usual kinds, with slack while there is any."""
        bits, weight = self.some(), self.weight() if weight is None else weight
        if self.next + 2 <= len(self.biases) and self.random.random() < 0.5:
            count = int(self.random.integers(2, min(3, len(self.biases) - self.next) + 1))
            sizes = self.random.integers(1, 6, len(bits)).astype(float)
            worth = 2.0 ** np.arange(count)
            sign = self.random.choice([-1.0, 1.0])
            all_bits = np.r_[bits, self.slack_bits(count)]
            right = float(self.random.integers(0, int(sizes.sum()) + 1))
            row = (all_bits, np.r_[sizes, sign * worth], right, weight)
        elif self.random.random() < 0.7:
            row = (bits, np.ones(len(bits)), 1.0, weight)
        else:
            right = float(self.random.integers(0, len(bits) + 1))
            row = (bits, np.ones(len(bits)), right, weight)
        self.square(*row)
        return row

    def pair(self) -> None:
        """A penalty for two bits that are 1, or for the first without the second."""
        i, j = np.sort(self.random.choice(self.values, 2, replace=False))
        weight = self.weight()
        if self.random.random() < 0.5:
            self.biases[i, j] += weight
        else:
            self.biases[i, i] += weight
            self.biases[i, j] -= weight

    def qubo(self) -> Qubo:
        b = self.biases * self.scale
        i, j = np.nonzero(np.triu(b, 1))
        return Qubo.from_arrays(b.diagonal().copy(), i, j, b[i, j], self.offset * self.scale)
