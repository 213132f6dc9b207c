"""Whether some assignment keeps all rows, and which rows to give up where none does.

That a weight is large enough to keep a row is only proved beside an assignment that keeps all of
them. It is looked for by an exact solver, for a while. Where there is none, the lightest rows were
no constraints, but squares of the objective, such as a distance from a wanted amount.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

from ..compiler.model.arrays import ModelArrays
from .couplings import Floats, Row

INFEASIBLE = 2  # a status of `milp`
ROUNDS = 12  # times that the lightest rows are given up
SECONDS = 1.0  # for one look
LARGEST = 20_000  # bits or rows, of which no assignment is looked for
BESIDE = 0.3  # of the weight of a row of its bits, at least, is that of a pair beside it
SAME = 1 + 1e-6  # weights so much apart are one


def witness(model: ModelArrays, seconds: float = SECONDS) -> tuple[Floats | None, bool]:
    """float64[variables] that keep all constraints, or None; and whether it is proved that none
    do. It is looked for so many `seconds`."""
    n, m = model.num_variables, model.num_constraints
    if not m:
        return np.zeros(n), False
    if max(n, m) > LARGEST:
        return None, False
    lowest = np.where(model.sense == "=", model.rhs, -np.inf)
    found = milp(
        np.zeros(n),
        integrality=np.ones(n),
        bounds=Bounds(model.lower, model.upper),
        constraints=LinearConstraint(model.rows, lowest, model.rhs),
        options={"time_limit": seconds},
    )
    if found.x is None:
        return None, found.status == INFEASIBLE
    return np.rint(found.x), False


def heavier(rows: Sequence[Row]) -> list[Row]:
    """The rows without those of the least weight."""
    least = min(row.violated for row in rows)
    return [row for row in rows if row.violated > least * SAME]


def still_told(rows: Sequence[Row], heavy: npt.NDArray[np.bool_]) -> list[Row]:
    """The rows without pairs that were forbidden by their weight beside rows that are gone.

    A pair that is not `heavy` bool[rows], so that it may be a mere cost, stays where one of its
    bits is in a row of about its weight.
    """
    cost: dict[int, float] = {}
    for row in rows:
        for bit in () if row.halfway else row.bits.tolist():
            cost[bit] = min(cost.get(bit, np.inf), row.weight)
    return [
        row
        for row, sure in zip(rows, heavy, strict=True)
        if sure
        or not row.halfway
        or row.product is not None
        or row.violated >= BESIDE * min(cost.get(bit, np.inf) for bit in row.bits.tolist())
    ]
