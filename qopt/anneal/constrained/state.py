"""What a walker knows: its assignment, and all that follows from it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ..core.ising import Floats, Ints

OBJECTIVE, BROKEN, CLASHES, VIOLATION, PENDING = 0, 1, 2, 3, 4  # places in `State.totals`

Marks = npt.NDArray[np.int8]


class State(NamedTuple):
    """One walker's assignment and what follows from it; all are modified in place.

    Python has each array with a row for every walker; the shapes below are those of one row.
    """

    x: Floats  # [n]
    best: Floats  # [n]: the best assignment seen
    record: Floats  # [2]: its violation and objective
    field: Floats  # [n]: what the objective's couplings add to each variable's linear bias
    clash: Floats  # [n]: how many binaries at 1 exclude this one
    activity: Floats  # [rows]
    needs: Ints  # [n]: of an indicator, the rows that would be broken without it
    one: Ints  # [groups]: of a single group, the variable that is 1
    one_of_column: Ints  # [columns]
    price: Floats  # [rows + 1]: of a unit of violation; the last is that of a clash
    unit: Floats  # [1]: what prices began at
    # [5]: objective, broken hard rows, clashes, violation of hard rows and clashes; and 1 where
    # `x` is what `record` speaks of and `best` is not yet: on the way down that is copied once,
    # not at every step
    totals: Floats
    dice: npt.NDArray[np.uint64]  # [1]
    # scratch
    moved: Ints
    by: Floats
    touched: Ints
    mark: Marks
    change: Floats
    wanting: Ints
    want: Ints
    queue: Ints
    via: Ints
    place: Ints
    line: Ints
    queued: Marks
