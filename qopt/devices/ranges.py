"""The ranges of h and J that a device can be programmed with, and how a problem fits into them.

The rules are those of D-Wave's documentation of the solver parameter auto_scale: the same factor
for all biases, the least that brings h into `h_range`, J into `extended_j_range`, and the sum of J
over each group of couplers of each qubit into the range that the device has for that.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

Range = tuple[float, float]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ranges:
    """A device's ranges, and the groups of couplers that one of them is about.

    `ends` int64[m, 2] are the places in `qubits` int32[n] that each of `couplers` int32[m, 2]
    joins. Problems are given as arrays: `h` float64[k] of the qubits at `places` int64[k], `j`
    float64[c] of the couplers number `couplers` int64[c].
    """

    topology_type: str
    topology_shape: tuple[int, ...]
    qubits: npt.NDArray[np.int32]
    couplers: npt.NDArray[np.int32]
    ends: Ints
    h_range: Range
    extended_j_range: Range
    per_qubit_coupling_range: Range | None
    per_group_coupling_range: Range | None

    @property
    def _total(self) -> Range | None:
        return self.per_qubit_coupling_range or self.per_group_coupling_range

    @cached_property
    def _groups(self) -> Ints:
        return coupling_groups(self.topology_type, self.topology_shape, self.qubits, self.ends)

    def factor(self, *, h: Floats, j: Floats, couplers: Ints) -> float:
        """What auto_scale divides all biases by: below 1 where they do not fill the ranges, 1 where
        all are 0."""
        least = max(
            _factor(h, self.h_range),
            _factor(j, self.extended_j_range),
            _factor(self._totals(j, couplers), self._total),
        )
        return least or 1.0

    def violation(self, *, h: Floats, j: Floats, places: Ints, couplers: Ints) -> str | None:
        """Which bias is outside the ranges, in words, or None."""
        if (at := _outside(h, self.h_range)) is not None:
            return (
                f"h={h[at]:g} of qubit {self.qubits[places[at]]} is outside the solver's "
                f"h_range {list(self.h_range)}"
            )
        if (at := _outside(j, self.extended_j_range)) is not None:
            u, v = self.couplers[couplers[at]]
            return (
                f"J={j[at]:g} of the coupler [{u}, {v}] is outside the solver's "
                f"extended_j_range {list(self.extended_j_range)}"
            )
        totals = self._totals(j, couplers)
        if self._total is not None and (at := _outside(totals, self._total)) is not None:
            kind = "qubit" if self.per_qubit_coupling_range else "group"
            qubit = self.qubits[at if self.per_qubit_coupling_range else at // 2]
            return (
                f"the couplings of qubit {qubit} sum to {totals[at]:g}, outside the solver's "
                f"per_{kind}_coupling_range {list(self._total)}"
            )
        return None

    def _totals(self, j: Floats, couplers: Ints) -> Floats:
        """float64: the sum of J over each group."""
        groups = self._groups[couplers]
        return np.asarray(np.bincount(groups.ravel(), np.repeat(j, 2)), dtype=np.float64)


def _factor(values: Floats, limits: tuple[float, float] | None) -> float:
    if limits is None or not len(values):
        return 0.0
    low, high = limits
    return max(float(values.max()) / high, float(values.min()) / low, 0.0)


def _outside(values: Floats, limits: tuple[float, float]) -> int | None:
    """The place of the first value outside, but for rounding."""
    low, high = limits
    slack = 1e-9 * max(abs(low), abs(high))
    found = np.flatnonzero((values < low - slack) | (values > high + slack))
    return int(found[0]) if len(found) else None


def coupling_groups(
    kind: str, shape: tuple[int, ...], qubits: npt.NDArray[np.int32], ends: Ints
) -> Ints:
    """int64[m, 2]: for each end of each coupler, the group that it counts in.

    `qubits` int32[n] are the working ones and `ends` int64[m, 2] the places among them that each
    coupler joins. On Pegasus a qubit's couplers are one group, numbered as the qubit's place. On
    Zephyr they are two, 2 p and 2 p + 1 for the qubit at place p: the couplers at its one half and
    those at its other. A Zephyr qubit has the number (((u (2 m + 1) + w) t + k) 2 + j) m + z, where
    u says whether it lies across or along, w its row or column, k and j which of the parallel ones
    it is, and z its place along the line (Boothby, King and Raymond 2021, "Zephyr topology of
    D-Wave quantum processors"). An internal coupler meets it in the one half where w of the other
    qubit is 2 z + j + 1, and an external or odd one where the other qubit lies further along.
    """
    if kind != "zephyr":
        return ends
    m, t = shape
    u, w, _, j, z = np.unravel_index(qubits, (2, 2 * m + 1, t, 2, m))
    mine, other = ends, ends[:, ::-1]
    side = np.where(
        u[mine] != u[other],
        2 * z[mine] + j[mine] + 1 - w[other],
        np.where(j[mine] != j[other], z[mine] + j[mine] - z[other], (z[other] - z[mine]) // 2),
    )
    return np.asarray(2 * mine + side % 2)
