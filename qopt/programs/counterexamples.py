"""Is any infeasible assignment as low in energy as a feasible one? By CP-SAT, on the constrained
model.

The energy is the objective and, for each constraint, what `qopt.compiler.encoding.treatments`
charges for it, least over slack bits: so there are no slack bits here, and a square is one
product instead of one a pair of bits.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ..compiler import Compiled
from ..compiler.weights.proofs import least_penalty
from ..errors import QoptError
from .integer_program import IntegerProgram, OutOfTime, run


def infeasible_below(
    compiled: Compiled, ceiling: float, *, time_limit: float, seed: int = 0
) -> tuple[dict[Any, float] | None, bool]:
    """An assignment that breaks a hard constraint and whose energy is at most `ceiling`.

    Returns it, or None, and whether that is settled: None and True prove that there is no such
    assignment. Where coefficients are fractions, the energy of one that is found may be above the
    ceiling by their rounding. Never settled where a constraint has an approximate penalty or
    coefficients without a common step, or a variable an encoding that can be invalid. Raises
    OutOfTime where there is no time to ask.
    """
    deadline = time.perf_counter() + time_limit
    program = IntegerProgram(compiled.model, deadline=deadline)
    breakable = compiled.model.hard & (compiled.rows.kind != "free")
    try:
        violated = [
            literal for c in np.flatnonzero(breakable).tolist() for literal in _violated(program, c)
        ]
        for c, treatment in enumerate(compiled.treatments.name.tolist()):
            _charge(program, compiled, c, treatment)
        _require_valid(compiled)
        program.add_objective()
    except OutOfTime:
        raise
    except QoptError:
        return None, False
    program.model.add_bool_or(violated)
    energy = program.objective()
    most = (ceiling - program.offset + program.error) * program.scale
    program.model.add(energy <= int(np.floor(most + 1e-12 * abs(most))))
    # more strategies than cores: on two of them, two had not settled in 20 s what eight did in 11
    # (a portfolio of ten assets)
    rest = max(deadline - time.perf_counter(), 0.0)
    status, solver = run(program, seconds=rest, seed=seed, num_workers=8)
    if status in ("OPTIMAL", "FEASIBLE"):
        values = compiled.presolved.restore([program.values(solver)])[0].tolist()
        return dict(zip(compiled.presolved.full.variables, values, strict=True)), True
    return None, status == "INFEASIBLE"


def _charge(program: IntegerProgram, compiled: Compiled, c: int, treatment: str) -> None:
    """Add what constraint c costs. Raises QoptError where that is not a matter of whole numbers."""
    model, rows = compiled.model, compiled.rows
    weight, scale = float(compiled.weights[c]), float(rows.scale[c])
    if treatment in ("square", "slack"):
        left, least, most = program.left(c, scale)
        if rows.stepless[c] or rows.rhs[c] != round(rows.rhs[c]):
            raise QoptError(f"constraint {model.labels[c]!r} is not in whole numbers")
        excess, reach = program.excess(
            left, int(rows.rhs[c]), least, most, both=model.sense[c] == "="
        )
        program.add_square(excess, weight / scale**2, reach)
    elif treatment == "pairs":
        count, true = _true_literals(program, compiled, c)
        pair = weight * (
            least_penalty(rows)[c] if model.hard[c] else compiled.treatments.overrun[c] ** 2
        )
        program.add_square(true, pair / 2, count)
        program.add_cost(true, -pair / 2, count)
    elif treatment == "product":
        row = program.row(c)
        program.add_cost(row.left, weight / row.scale, max(abs(row.least), abs(row.most)))
    elif treatment != "none":
        raise QoptError(f"constraint {model.labels[c]!r} has an approximate penalty")


def _true_literals(program: IntegerProgram, compiled: Compiled, c: int) -> tuple[int, Any]:
    """How many literals a row of pairs has, and a variable that says how many of them are true."""
    model = compiled.model
    mine = slice(model.rows.indptr[c], model.rows.indptr[c + 1])
    literals, columns = compiled.treatments.literals[mine], model.rows.indices[mine]
    terms = [
        (
            program.variables[v] - int(model.lower[v])
            if sign > 0
            else int(model.upper[v]) - program.variables[v]
        )
        * (2 // int(model.upper[v] - model.lower[v]))  # a spin goes by 2
        for v, sign in zip(columns.tolist(), literals.tolist(), strict=True)
        if sign
    ]
    true = program.model.new_int_var(0, len(terms), f"true of {c}")
    program.model.add(2 * true == sum(terms))
    return len(terms), true


def _violated(program: IntegerProgram, c: int) -> list[Any]:
    """Literals, of which one can be true only where constraint c is broken."""
    row, literals = program.row(c), []
    sides = [row.left >= row.right + 1] + ([row.left <= row.right - 1] if row.equality else [])
    for side in sides:
        literal = program.model.new_bool_var(f"broken {c}")
        program.model.add(side).only_enforce_if(literal)
        literals.append(literal)
    return literals


def _require_valid(compiled: Compiled) -> None:
    if compiled.validity.labels:
        raise QoptError(f"{compiled.validity.labels[0]} can be broken, too")
