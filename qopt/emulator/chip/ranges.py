"""The ranges of h and J that a chip can be programmed with, and how a problem is scaled into them.

The rules are those of D-Wave's documentation of the solver parameter auto_scale: the same factor
for all biases, the least that brings h into `h_range`, J into `extended_j_range`, and the sum of J
over each group of couplers of each qubit into the range that the device has for that.
"""

from __future__ import annotations

import numpy as np

from ...devices import Description
from ..backends import Refused
from .problem import Floats, Ints, Problem


class Ranges:
    """A device's ranges, and the groups of couplers that one of them is about."""

    def __init__(self, device: Description, ends: Ints) -> None:
        self._device = device
        self._groups = coupling_groups(device, ends)
        self._per_qubit = device.per_qubit_coupling_range
        self._total = self._per_qubit or device.per_group_coupling_range

    def factor(self, problem: Problem) -> float:
        """What auto_scale divides all biases by: below 1 where they do not fill the ranges."""
        device = self._device
        least = max(
            _factor(problem.h, device.h_range),
            _factor(problem.j, device.extended_j_range),
            _factor(self._totals(problem), self._total),
        )
        return least or 1.0

    def require(self, problem: Problem) -> None:
        """Raise Refused unless the biases are in the ranges as they are."""
        device, qubits = self._device, self._device.qubits
        advice = "give a smaller one, or leave auto_scale on"
        if (at := _outside(problem.h, device.h_range)) is not None:
            raise Refused(
                f"h={problem.h[at]:g} of qubit {qubits[problem.places[at]]} is outside the "
                f"solver's h_range {list(device.h_range)}: {advice}"
            )
        if (at := _outside(problem.j, device.extended_j_range)) is not None:
            u, v = device.couplers[problem.couplers[at]]
            raise Refused(
                f"J={problem.j[at]:g} of the coupler [{u}, {v}] is outside the solver's "
                f"extended_j_range {list(device.extended_j_range)}: {advice}"
            )
        totals = self._totals(problem)
        if self._total is not None and (at := _outside(totals, self._total)) is not None:
            kind = "qubit" if self._per_qubit else "group"
            qubit = qubits[at if self._per_qubit else at // 2]
            raise Refused(
                f"the couplings of qubit {qubit} sum to {totals[at]:g}, outside the solver's "
                f"per_{kind}_coupling_range {list(self._total)}: {advice}"
            )

    def _totals(self, problem: Problem) -> Floats:
        """float64: the sum of J over each group."""
        groups = self._groups[problem.couplers]
        return np.asarray(
            np.bincount(groups[:, 0], problem.j, 1)
            if not len(groups)
            else np.bincount(groups.ravel(), np.repeat(problem.j, 2))
        )


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


def coupling_groups(device: Description, ends: Ints) -> Ints:
    """int64[m, 2]: for each end of each coupler, the group that it counts in.

    On Pegasus a qubit's couplers are one group, numbered as the qubit's place. On Zephyr they are
    two, 2 p and 2 p + 1 for the qubit at place p: the couplers at its one half and those at its
    other. A Zephyr qubit has the number (((u (2 m + 1) + w) t + k) 2 + j) m + z, where u says
    whether it lies across or along, w its row or column, k and j which of the parallel ones it is,
    and z its place along the line (Boothby, Bunyk, Raymond and Roy 2021, "Zephyr topology of D-Wave
    quantum processors"); an internal coupler meets it in the first half where w of the other
    qubit is 2 z + j + 1, and an external or odd one where the other lies further along.
    """
    if device.topology_type != "zephyr":
        return ends
    m, t = device.topology_shape
    u, w, _, j, z = np.unravel_index(device.qubits, (2, 2 * m + 1, t, 2, m))
    mine, other = ends, ends[:, ::-1]
    internal = u[mine] != u[other]
    side = np.where(
        internal,
        2 * z[mine] + j[mine] + 1 - w[other],
        np.where(
            j[mine] != j[other],
            z[mine] + j[mine] - z[other],
            (z[other] - z[mine]) // 2,
        ),
    )
    return np.asarray(2 * mine + side % 2)
