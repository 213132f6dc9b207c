"""The cheapest way out of a contradiction: how far right-hand sides must move, by CP-SAT.

Soft constraints take no part.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dimod
import numpy as np

from ..compiler import ModelArrays
from .integer_program import IntegerProgram, OutOfTime, run

FROM_BELOW = 0.7  # of the time, before the search from above
TOLERANCE = 1e-6  # how far a constraint may be off, as in qopt.assignment


@dataclass(frozen=True)
class Move:
    """A right-hand side, in the constraint's own units, and where it would have to go."""

    constraint: Any
    sense: str
    right: float
    to: float

    @property
    def amount(self) -> float:
        """How far it moves: negative for down."""
        return self.to - self.right

    def __str__(self) -> str:
        return f"{self.constraint} {self.sense} {self.right:g} to {self.to:g} ({self.amount:+g})"


@dataclass(frozen=True)
class Relaxation:
    """Right-hand sides moved so that `values` is feasible.

    `total` is the sum of the moves, each as a part of the size of its constraint: of the right-hand
    side, or of the largest coefficient where that is larger. `least`: no lesser total will do,
    proved by CP-SAT.
    """

    moves: tuple[Move, ...]
    total: float
    least: bool
    values: dict[Any, float]


def find_relaxation(
    cqm: dimod.ConstrainedQuadraticModel, *, time_limit: float, seed: int = 0
) -> Relaxation | None:
    """The least move of right-hand sides that makes the model feasible, or the least found in
    `time_limit` seconds, or None.

    One thread: the same seed finds the same, unless the time is up. Raises QoptError for a model
    that CP-SAT cannot hold.
    """
    deadline, arrays = time.perf_counter() + time_limit, ModelArrays.from_cqm(cqm)
    program, sizes = IntegerProgram(arrays, deadline=deadline), _sizes(arrays)
    try:
        _free_right_sides(program, sizes)
    except OutOfTime:
        return None
    program.minimise()
    values, least = _least(program, deadline, seed)
    if values is None:
        return None
    assignment = dict(zip(arrays.variables, values, strict=True))
    moves = tuple(_moves(cqm, assignment))
    size = dict(zip(arrays.labels, sizes, strict=True))
    return Relaxation(
        moves, sum(abs(move.amount) / size[move.constraint] for move in moves), least, assignment
    )


def _free_right_sides(program: IntegerProgram, sizes: list[float]) -> None:
    """Every hard constraint, with what its right-hand side moves by as a cost."""
    arrays = program.arrays
    for c in np.flatnonzero(arrays.hard).tolist():
        row = program.row(c)
        left = row.left
        for sign, most in (
            (-1, row.most - row.right),
            (1, row.right - row.least if row.equality else 0),
        ):
            if most > 0:
                move = program.whole(0, most, f"move of {c}")
                left += sign * move
                program.add_cost(move, 1 / (row.scale * sizes[c]), most)
        program.model.add(left == row.right if row.equality else left <= row.right)


def _least(program: IntegerProgram, deadline: float, seed: int) -> tuple[list[float] | None, bool]:
    """Values of the variables with the least cost, or the least found, and whether it is proved.

    First from below, by CP-SAT's cores: for ft06 with a horizon of 54 that took five seconds to the
    proof, where ten from above ended at three times the cost. But from below there is nothing to
    show before the end.
    """
    for share, from_below in ((FROM_BELOW, True), (1.0, False)):
        seconds = share * (deadline - time.perf_counter())
        status, solver = run(
            program, seconds=seconds, seed=seed, num_workers=1, optimize_with_core=from_below
        )
        if status == "OPTIMAL":
            return program.values(solver), True
    return (program.values(solver) if status == "FEASIBLE" else None), False


def _sizes(arrays: ModelArrays) -> list[float]:
    """What a move of a right-hand side is measured by: itself, or the row's largest entry."""
    largest = np.maximum(np.abs(arrays.rhs), TOLERANCE)
    entries = arrays.rows.tocoo()
    q = arrays.row_quadratic
    np.maximum.at(largest, entries.row, np.abs(entries.data))
    np.maximum.at(largest, q.owner, np.abs(q.value))
    sizes: list[float] = largest.tolist()
    return sizes


def _moves(cqm: dimod.ConstrainedQuadraticModel, values: dict[Any, float]) -> Iterable[Move]:
    for label, amount in cqm.iter_violations(values):
        comparison = cqm.constraints[label]
        if amount > TOLERANCE and not comparison.lhs.is_soft():
            # a constant on the left is part of what is moved against: it stays there
            yield Move(
                label,
                comparison.sense.value,
                float(comparison.rhs),
                float(comparison.lhs.energy(values)),
            )
