"""A quadratic function of bits as arrays: its value, its parts, and what a flip changes."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import dimod

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

# of all weights together: a gain below is rounding, and following it would never end
ROUNDING = 1e-12


@dataclass(frozen=True, eq=False)
class Quadratic:
    """offset + sum_i linear_i x_i + sum_k quad_k x_row_k x_col_k, with row < col.

    Arrays are float64[n], and int64[m], int64[m], float64[m].
    """

    linear: Floats
    row: Ints
    col: Ints
    quad: Floats
    offset: float = 0.0

    def value(self, bits: Bools) -> float:
        return float(
            self.offset + self.linear[bits].sum() + self.quad[bits[self.row] & bits[self.col]].sum()
        )

    def times(self, factor: float) -> Quadratic:
        return Quadratic(
            factor * self.linear, self.row, self.col, factor * self.quad, factor * self.offset
        )

    def cqm(self, labels: list[str]) -> dimod.ConstrainedQuadraticModel:
        """Minimised, without constraints."""
        import dimod

        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                self.linear,
                (self.row, self.col, self.quad),
                self.offset,
                "BINARY",
                variable_order=labels,
            )
        )
        return cqm

    def part(self, free: Ints, bits: Bools) -> Quadratic:
        """The function of the bits `free`, in ascending order, the others as in `bits`."""
        place = np.full(len(self.linear), -1, dtype=np.int64)
        place[free] = np.arange(len(free))
        fixed = bits.copy()
        fixed[free] = False
        row, col = place[self.row], place[self.col]
        within = (row >= 0) & (col >= 0)
        left = (row >= 0) & fixed[self.col]
        right = (col >= 0) & fixed[self.row]
        linear = self.linear[free].copy()
        np.add.at(linear, row[left], self.quad[left])
        np.add.at(linear, col[right], self.quad[right])
        return Quadratic(linear, row[within], col[within], self.quad[within], self.value(fixed))

    def nearest(self, size: int, random: np.random.Generator) -> Ints:
        """At most `size` variables around one of them, in ascending order: it, those coupled to it,
        those coupled to these, ...

        Neighbours are taken in random order, and where all that can be reached are taken it begins
        anew elsewhere.
        """
        n, chosen = len(self.linear), list[int]()
        seen, others = np.zeros(n, dtype=np.bool_), iter(random.permutation(n).tolist())
        queue: deque[int] = deque()
        while len(chosen) < min(size, n):
            if not queue:
                start = next(variable for variable in others if not seen[variable])
                seen[start] = True
                queue.append(start)
            variable = queue.popleft()
            chosen.append(variable)
            near = self._coupled[variable][0]
            near = near[~seen[near]]
            seen[near] = True
            queue.extend(random.permutation(near).tolist())
        return np.sort(np.array(chosen, dtype=np.int64))

    def ascended(self, bits: Bools) -> Bools:
        """`bits` with one after another flipped, always that which gains most, until none does."""
        bits = bits.copy()
        gain = np.where(bits, -1.0, 1.0) * self._slopes(bits)
        least = ROUNDING * (np.abs(self.linear).sum() + np.abs(self.quad).sum())
        while gain[variable := int(np.argmax(gain))] > least:
            near, quad = self._coupled[variable]
            step = -1.0 if bits[variable] else 1.0
            bits[variable] = not bits[variable]
            gain[variable] = -gain[variable]
            gain[near] += np.where(bits[near], -step, step) * quad
        return bits

    def _slopes(self, bits: Bools) -> Floats:
        """What each variable adds where it is 1 and not 0."""
        slopes = self.linear.copy()
        np.add.at(slopes, self.row, self.quad * bits[self.col])
        np.add.at(slopes, self.col, self.quad * bits[self.row])
        return slopes

    @cached_property
    def _coupled(self) -> list[tuple[Ints, Floats]]:
        """The variables that each is coupled to, and how strongly."""
        n, one, other = len(self.linear), np.r_[self.row, self.col], np.r_[self.col, self.row]
        order = np.argsort(one, kind="stable")
        ends = np.cumsum(np.bincount(one, minlength=n))[:-1]
        return list(
            zip(
                np.split(other[order], ends),
                np.split(np.r_[self.quad, self.quad][order], ends),
                strict=True,
            )
        )
