"""A QUBO by the rules that qiskit-optimization documents for quadratic programs.

Small inequalities have a penalty without slack, others a whole-number slack; numbers become bits
1, 2, 4, ... and what is left; every penalty's weight is one more than the objective's range.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from math import inf

import dimod

from .read_back_models import Linear, Whole
from .read_back_ways import Planted, Planting, powers, require_few

Literals = list[tuple[str, bool]]


def by_rules(cqm: dimod.ConstrainedQuadraticModel, times: float = 1.0) -> Planted:
    whole = Whole.of(cqm).in_linear_rows()
    require_few(whole)
    codes = [
        [] if not most else [(name, 1)] if most == 1 else powers(name, most, "{}@{}")
        for name, most in zip(whole.names, whole.ranges, strict=True)
    ]
    planting = Planting.of(whole, codes)
    energy = _objective(planting)
    first = times * (1 + _range(energy))
    others = []
    for row in whole.rows:
        if (literals := _small(whole, row)) is None:
            others.append(row)
            continue
        planting.linear(row)
        for one, other in combinations(literals, 2):
            _charge(energy, one, other, first)
    second = times * (1 + _range(energy))
    for row in others:
        _square(planting, energy, row, second)
    return planting.planted(energy)


def _objective(planting: Planting) -> dimod.BinaryQuadraticModel:
    whole, bqm = planting.whole, dimod.BinaryQuadraticModel("BINARY")
    for code, value in zip(planting.codes, whole.linear, strict=True):
        for label, worth in code:
            bqm.add_linear(label, value * worth)
    for i, j, value in whole.pairs:
        for one, a in planting.codes[i]:
            for other, b in planting.codes[j]:
                if one == other:
                    bqm.add_linear(one, value * a * b)
                else:
                    bqm.add_quadratic(one, other, value * a * b)
    return bqm


def _range(bqm: dimod.BinaryQuadraticModel) -> float:
    values: Iterable[float] = [*bqm.linear.values(), *bqm.quadratic.values()]
    return float(sum(abs(value) for value in values))


def _small(whole: Whole, row: Linear) -> Literals | None:
    """The literals of which at most one may be true, where a row has a penalty without slack."""
    if row.low == row.high or any(whole.ranges[k] != 1 for k in row.terms):
        return None
    sizes, names = sorted(row.terms.values()), [whole.names[k] for k in row.terms]
    if len(names) >= 2 and set(sizes) == {1}:
        if row.high == 1:
            return [(name, True) for name in names]
        if row.low == len(names) - 1:
            return [(name, False) for name in names]
    if sizes == [-1, 1] and 0 in (row.low, row.high):
        upper = 1 if row.high == 0 else -1
        return [(whole.names[k], c == upper) for k, c in row.terms.items()]
    return None


def _charge(
    bqm: dimod.BinaryQuadraticModel, one: tuple[str, bool], other: tuple[str, bool], weight: float
) -> None:
    """`weight` where both literals are true."""
    (x, p), (y, q) = one, other
    a, b = (0.0, 1.0) if p else (1.0, -1.0)  # the literal is a + b x
    c, d = (0.0, 1.0) if q else (1.0, -1.0)
    bqm.offset += weight * a * c
    bqm.add_linear(x, weight * b * c)
    bqm.add_linear(y, weight * a * d)
    bqm.add_quadratic(x, y, weight * b * d)


def _square(
    planting: Planting, bqm: dimod.BinaryQuadraticModel, row: Linear, weight: float
) -> None:
    terms = planting.over_bits(row)
    if not terms:
        return
    right, slack = row.high if row.high < inf else row.low, dict[str, int]()
    if row.low != row.high:
        least = sum(c for c in terms.values() if c < 0)
        most = sum(c for c in terms.values() if c > 0)
        upper = row.high < inf
        room = int(row.high - least if upper else most - row.low)
        code = powers(f"{row.label}@int_slack", room, "{}@{}")
        slack = {label: worth if upper else -worth for label, worth in code}
    planting.linear(row, slack)
    bqm.add_linear_equality_constraint([*terms.items(), *slack.items()], weight, -right)
