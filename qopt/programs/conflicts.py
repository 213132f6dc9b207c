"""Why a model has no feasible assignment: constraints that contradict each other, none of them
idle, by CP-SAT.

A conflict is an irreducible infeasible subsystem (van Loon 1981): no assignment keeps all of its
constraints, and without any one of them some assignment keeps the rest. CP-SAT explains an
infeasibility by the assumptions it used; what is idle among them is found by the deletion filter of
Chinneck and Dravnieks (1991), a solve or two a constraint. Soft constraints take no part.
"""

from __future__ import annotations

import math
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import dimod
import numpy as np

from ..compiler import ModelArrays
from ..compiler.model.arrays import Floats
from .integer_program import IntegerProgram, OutOfTime, run

# a bound that is left out moves so many times what a row can ask of its variable
WIDE = 16.0
# and so far at most: for domains of 2^20 CP-SAT took three seconds with three rows that close a
# circle, for 2^31 all memory
WIDEST = 2.0**20
# of the time left, for one question: a hard one must not keep the others from being asked
SHARE = 0.5
# of that, on one thread, which always answers alike; then by eight strategies, which settle more
ALONE = 0.3
# of the time left, for one explanation: without, the filter goes on with more constraints
EXPLAIN = 0.2

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Bound:
    """A bound of an integer variable: `variable >= value` or `variable <= value`."""

    variable: Any
    sense: str
    value: float

    def __str__(self) -> str:
        return f"{self.variable} {self.sense} {self.value:g}"


@dataclass(frozen=True)
class Conflict:
    """Constraints, by label, and bounds of integers that no assignment keeps together: proved by
    CP-SAT.

    `minimal`: proved, too, that without any one of them the rest can be kept. Variables are within
    their types: a binary is 0 or 1. A bound that is not listed may move, by 16 times what any of
    the constraints could ask of its variable.
    """

    constraints: tuple[Any, ...]
    bounds: tuple[Bound, ...]
    minimal: bool


def find_conflict(
    cqm: dimod.ConstrainedQuadraticModel, *, time_limit: float, seed: int = 0
) -> Conflict | dict[Any, float] | None:
    """A conflict among the hard constraints, or else a feasible assignment; None where `time_limit`
    seconds settle neither.

    The same seed finds the same, unless time was short. Raises QoptError for a model that CP-SAT
    cannot hold.
    """
    deadline = time.perf_counter() + time_limit
    arrays = ModelArrays.from_cqm(cqm)
    program = IntegerProgram(arrays, deadline=deadline)
    hard = np.flatnonzero(arrays.hard).tolist()
    try:
        guards = _Guards(program, {c: program.require(c) for c in hard}, deadline, seed)
        conflict = guards.conflict(hard, share=1.0)
    except (_TimeUp, OutOfTime):
        return None
    if conflict is None:
        return dict(zip(arrays.variables, guards.values, strict=True))
    rows, minimal = _shrunk(guards, conflict)
    rows.sort()
    involved = np.unique(arrays.incidence().tocsr()[rows].indices)
    integers = [int(v) for v in involved if cqm.vartype(arrays.variables[v]) is dimod.INTEGER]
    bounds, bounds_minimal = tuple[Bound, ...](), True
    if integers:
        bounds, bounds_minimal = _bounds(arrays, rows, integers, deadline, seed)
    return Conflict(tuple(arrays.labels[c] for c in rows), bounds, minimal and bounds_minimal)


class _TimeUp(Exception):
    """CP-SAT did not settle a question in its time."""


class _Guards(Generic[Key]):
    """Constraints of a program that hold only where they are assumed to; `values` is the assignment
    last found.
    """

    def __init__(
        self, program: IntegerProgram, guarded: dict[Key, list[Any]], deadline: float, seed: int
    ) -> None:
        self._program, self._deadline, self._seed = program, deadline, seed
        self._literals = {}
        for key, constraints in guarded.items():
            self._literals[key] = program.model.new_bool_var(f"assume {key}")
            for constraint in constraints:
                constraint.only_enforce_if(self._literals[key])
        self._unexplained = math.inf
        self.values = list[float]()

    def conflict(self, assumed: Sequence[Key], *, share: float = SHARE) -> list[Key] | None:
        """Some of `assumed` that cannot hold together, or None where all can. Raises _TimeUp."""
        if not self.contradict(assumed, share=share):
            return None
        return self._explained(assumed) if len(assumed) < self._unexplained / 2 else list(assumed)

    def contradict(self, assumed: Sequence[Key], *, share: float = SHARE) -> bool:
        """Whether `assumed` cannot hold together; as plain constraints, which CP-SAT sees through
        better. Raises _TimeUp.
        """
        true, until = set(assumed), time.perf_counter() + share * self._left
        self._confine({key: (key in true, key in true) for key in self._literals})
        for part, workers in ((ALONE, 1), (1.0, 8)):
            status, solver = self._run(part * (until - time.perf_counter()), workers)
            if status in ("OPTIMAL", "FEASIBLE"):
                self.values = self._program.values(solver)
                return False
            if status == "INFEASIBLE":
                return True
        raise _TimeUp

    def _explained(self, assumed: Sequence[Key]) -> list[Key]:
        """Those of a contradiction that CP-SAT used.

        Where that takes too long, it is tried again with half as many.
        """
        model = self._program.model
        self._confine(dict.fromkeys(self._literals, (0, 1)))
        model.add_assumptions([self._literals[key] for key in assumed])
        status, solver = self._run(EXPLAIN * self._left, 1)
        model.clear_assumptions()
        if status != "INFEASIBLE":
            self._unexplained = len(assumed)
            return list(assumed)
        used = set(solver.sufficient_assumptions_for_infeasibility())
        return [key for key in assumed if self._literals[key].index in used]

    def _confine(self, domains: dict[Key, tuple[int, int]]) -> None:
        """Fix the literals, or free them."""
        for key, literal in self._literals.items():
            domain = self._program.model.proto.variables[literal.index].domain
            domain.clear()
            domain.extend(domains[key])

    def _run(self, seconds: float, workers: int) -> tuple[str, Any]:
        if self._left <= 0:
            return "UNKNOWN", None
        return run(self._program, seconds=seconds, seed=self._seed, num_workers=workers)

    @property
    def _left(self) -> float:
        return self._deadline - time.perf_counter()


def _shrunk(guards: _Guards[Key], conflict: Sequence[Key]) -> tuple[list[Key], bool]:
    """What of a conflict is needed for it, and whether that is proved of each: drop some, and see
    if the rest still conflicts.

    Half of them at first, half as many where the rest can be kept, twice as many where it cannot.
    One that was needed stays needed, for every later conflict is among those that it was needed in.
    """
    needed = list[Key]()
    pending = list(conflict)
    size = max(1, len(conflict) // 2)
    minimal = True
    while pending:
        size = min(size, len(pending))
        dropped, rest = pending[-size:], pending[:-size]
        try:
            smaller = guards.conflict([*needed, *rest])
        except _TimeUp:
            smaller, minimal = None, minimal and size > 1
        if smaller is not None:
            pending, size = [key for key in rest if key in smaller], 2 * size
        elif size > 1:
            size = size // 2
        else:
            pending, needed = rest, [*needed, *dropped]
    return needed, minimal and _confirmed(guards, needed)


def _confirmed(guards: _Guards[Key], needed: Sequence[Key]) -> bool:
    """What was left by CP-SAT's explanations contradicts itself as plain constraints."""
    try:
        return guards.contradict(needed)
    except _TimeUp:
        return False


def _bounds(
    arrays: ModelArrays, rows: list[int], integers: list[int], deadline: float, seed: int
) -> tuple[tuple[Bound, ...], bool]:
    """The bounds of integers without which the rows would not contradict each other, and whether
    that is proved of each.
    """
    lower, upper, reach = arrays.lower.copy(), arrays.upper.copy(), _reach(arrays, rows)
    lower[integers] -= reach[integers]
    upper[integers] += reach[integers]
    program = IntegerProgram(arrays, lower=lower, upper=upper)
    for c in rows:
        program.require(c)
    ends = {">=": arrays.lower, "<=": arrays.upper}
    guarded: dict[tuple[int, str], list[Any]] = {}
    for v in integers:
        guarded[v, ">="] = [program.model.add(program.variables[v] >= int(arrays.lower[v]))]
        guarded[v, "<="] = [program.model.add(program.variables[v] <= int(arrays.upper[v]))]
    needed, minimal = _shrunk(_Guards(program, guarded, deadline, seed), list(guarded))
    return tuple(
        Bound(arrays.variables[v], sense, float(ends[sense][v])) for v, sense in sorted(needed)
    ), minimal


def _reach(arrays: ModelArrays, rows: list[int]) -> Floats:
    """float64[n]: `WIDE` times as far as a variable alone would have to go to meet any of the rows,
    whatever the others are.
    """
    largest = np.maximum(np.abs(arrays.lower), np.abs(arrays.upper))
    reach = np.zeros(arrays.num_variables)
    for c in rows:
        row, pairs = arrays.rows[[c]].tocoo(), arrays.row_quadratic.of(c)
        asked = np.abs(row.data) @ largest[row.col] + np.abs(pairs.value) @ (
            largest[pairs.row] * largest[pairs.col]
        )
        asked += np.abs(arrays.rhs[c])
        np.maximum.at(reach, row.col, asked / np.abs(row.data))
        for one in (pairs.row, pairs.col):
            np.maximum.at(reach, one, asked / np.abs(pairs.value))
    return np.minimum(np.ceil(WIDE * reach), WIDEST)
