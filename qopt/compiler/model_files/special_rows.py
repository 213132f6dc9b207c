"""Indicators and special ordered sets of a program as rows, exactly."""

from __future__ import annotations

from math import inf

import numpy as np

from ..model.arrays import Floats
from .program import OrderedSet, Program, Row, Sum


def plain_rows(program: Program, lower: Floats, upper: Floats) -> list[Row]:
    """The rows that hold under a condition as rows that always hold, and the ordered sets as rows.

    `lower` and `upper` float64[n] are the variables' bounds. Raises FileError where they are too
    wide.
    """
    return [
        *(_big_m(program, row, lower, upper) if row.when else row for row in program.rows),
        *(_set_row(program, one, lower, upper) for one in program.sets),
    ]


def _big_m(program: Program, row: Row, lower: Floats, upper: Floats) -> Row:
    """`b = 1 -> sum <= rhs` as `sum + M b <= rhs + M`; likewise the others.

    The sum is at most rhs + M anyway.
    """
    assert row.when
    switch, on = row.when
    if not (lower[switch] >= 0 and upper[switch] <= 1 and switch in program.whole):
        message = f"{program.label(switch)!r} before '->' is no binary variable"
        raise program.error(f"{message}; list it below 'Binary'", row.line)
    if row.sum.product:
        message = "an indicator of products is not read; give the product a row of its own"
        raise program.error(message, row.line)
    column, value = np.array(row.sum.column, dtype=np.int64), np.array(row.sum.value)
    sign = 1.0 if row.sense == "<" else -1.0
    merged = np.bincount(column, weights=sign * value, minlength=len(lower))
    used = np.flatnonzero(merged)
    ends = merged[used] * np.where(merged[used] > 0, upper[used], lower[used])
    for v in used[np.isinf(ends)][:1].tolist():
        message = f"{program.label(v)!r} under a condition has no bounds"
        raise program.error(f"{message}; give them below 'Bounds'", row.line)
    slack = max(0.0, float(ends.sum()) - sign * (row.rhs - row.sum.constant))
    program.notes.append(
        f"row {row.label!r} holds where {program.label(switch)} = {on}: "
        f"elsewhere it may be off by {slack:g}, which is all that the bounds allow"
    )
    total = Sum([*row.sum.column, switch], [*row.sum.value], constant=row.sum.constant)
    total.value.append(sign * slack * (1 if on else -1))
    rhs = row.rhs + (sign * slack if on else 0.0)
    return Row(row.label, row.line, total, row.sense, rhs)


def _set_row(program: Program, one: OrderedSet, lower: Floats, upper: Floats) -> Row:
    """At most one of binaries: their sum. Else the products of pairs that exclude each other."""
    members = np.array(one.members, dtype=np.int64)
    for v in members[lower[members] < 0][:1].tolist():
        message = f"{program.label(v)!r} in set {one.label!r} may be below 0, which is not read"
        raise program.error(f"{message}; split it into two parts, each 0 or more", one.line)
    kind = f"set {one.label!r} of type {one.kind}"
    whole = all(v in program.whole for v in one.members)
    if one.kind == 1 and whole and (upper[members] <= 1).all():
        program.notes.append(f"{kind}: at most one of its binaries is 1")
        return Row(one.label, one.line, Sum(one.members, [1.0] * len(members)), "<", 1.0)
    for v in members[upper[members] == inf][:1].tolist():
        message = f"{program.label(v)!r} in set {one.label!r} has no upper bound"
        raise program.error(f"{message}; give it below 'Bounds'", one.line)
    total = Sum()
    for k, u in enumerate(one.members):
        for v in one.members[k + one.kind :]:
            total.first.append(u)
            total.second.append(v)
            total.product.append(1.0)
    program.notes.append(f"{kind}: the products of those that exclude each other add up to 0")
    return Row(one.label, one.line, total, "<", 0.0)
