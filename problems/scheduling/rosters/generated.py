"""A staff, its rules and what is needed, drawn at random around a roster."""

from __future__ import annotations

from typing import Any

import numpy as np

from .lines import Lines
from .parts.kinds import line_cost
from .rules import Bools, Rules
from .staffing import Cover, Employee, Request, Shift

MINUTES = 480  # of a shift


def drawn(staff: int, weeks: int, shifts: int, random: np.random.Generator) -> dict[str, Any]:
    """What a `Rostering` is made of: as many are needed as come in some roster."""
    days = 7 * weeks
    names = [f"shift {k + 1}" for k in range(shifts)]
    kinds = tuple(Shift(name, MINUTES, tuple(names[:k])) for k, name in enumerate(names))
    people = tuple(_employee(f"employee {e + 1}", weeks, random) for e in range(staff))
    rules = Rules.of(days, kinds, people, (), ())
    there = np.zeros((staff, days, shifts), dtype=np.bool_)
    requests = []
    for e, employee in enumerate(people):
        there[e] = _worked(rules, e, random)
        for day in random.permutation(days)[: 2 * weeks].tolist():
            wanted = bool(random.random() < 0.5)
            shift = names[int(random.integers(shifts))]
            weight = float(random.integers(1, 4))
            requests.append(Request(employee.name, day, shift, weight, wanted))
    cover = tuple(
        Cover(day, names[k], int(there[:, day, k].sum()), 100.0, 1.0)
        for day in range(days)
        for k in range(shifts)
    )
    return {
        "days": days,
        "shifts": kinds,
        "staff": people,
        "cover": cover,
        "requests": tuple(requests),
    }


def _employee(name: str, weeks: int, random: np.random.Generator) -> Employee:
    """Seven to nine shifts a fortnight, a day off at random, and every other weekend at most."""
    return Employee(
        name,
        min_minutes=MINUTES * (7 * weeks // 2),
        max_minutes=MINUTES * (9 * weeks // 2),
        min_consecutive=2,
        max_consecutive=5,
        min_days_off=2,
        max_weekends=(weeks + 1) // 2,
        days_off=(int(random.integers(7 * weeks)),),
    )


def _worked(rules: Rules, e: int, random: np.random.Generator) -> Bools:
    """bool[d, s]: a line of employee e, who may have none."""
    shifts = len(rules.shifts)
    price = random.random((rules.days, shifts))
    line = Lines(rules, e).cheapest(line_cost(rules, e, price))
    if line is None:
        return np.zeros((rules.days, shifts), dtype=np.bool_)
    worked: Bools = line[:, None] == np.arange(1, shifts + 1)
    return worked
