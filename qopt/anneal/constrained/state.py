"""What a walker knows: its assignment, and all that follows from it."""

from __future__ import annotations

from typing import Any, NamedTuple

OBJECTIVE, BROKEN, CLASHES, VIOLATION, PENDING = 0, 1, 2, 3, 4  # places in `State.totals`


class State(NamedTuple):
    """One walker's assignment and what follows from it; all are modified in place. Python has a row a walker of each array."""

    x: Any  # float64[n]
    best: Any  # float64[n]: the best assignment seen, and in `record` float64[2] its violation and objective
    record: Any
    field: Any  # float64[n]: what the objective's couplings add to each variable's linear bias
    clash: Any  # float64[n]: how many binaries at 1 exclude this one
    activity: Any  # float64[rows]
    needs: Any  # int64[n]: of an indicator, the rows that would be broken without it
    one: Any  # int64[groups]: of a single group, the variable that is 1
    one_of_column: Any  # int64[columns]
    price: Any  # float64[rows + 1]: of a unit of violation; the last is that of a clash
    unit: Any  # float64[1]: what prices began at
    totals: Any  # float64[5]: objective, broken hard rows, clashes, violation of hard rows and clashes; and 1 where `x` is what
    # `record` speaks of, and `best` is not yet: on the way down that is copied once, not at every step
    dice: Any  # uint64[1]
    moved: Any  # int64[...]: scratch, as are all below
    by: Any
    touched: Any
    mark: Any
    change: Any
    wanting: Any
    want: Any
    queue: Any
    via: Any
    place: Any
    line: Any
    queued: Any
