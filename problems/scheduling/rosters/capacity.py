"""Why nobody can fill a roster, as far as an employee, a day or a kind of shift alone shows it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from qopt import Infeasible

from .lines import Lines
from .rules import Rules

REMEDY = "ask for fewer, or give under= a price"


def unfillable(rules: Rules) -> Iterator[Infeasible]:
    """What stands against any roster; cover where someone may be missing never does."""
    for e, employee in enumerate(rules.staff):
        if not Lines(rules, e).possible:
            yield Infeasible(
                f"employee {employee.name} can have no line: "
                "by all other rules the time worked cannot be "
                f"min_minutes={employee.min_minutes} or more; ask for less",
                (f"min_minutes[{employee.name}]",),
            )
    must = np.where(np.isinf(rules.under), rules.needed, 0)
    if not must.any():
        return

    def lacking(message: str, days: slice | int, shifts: slice | int) -> Infeasible:
        there = np.zeros(must.shape, dtype=np.bool_)
        there[days, shifts] = must[days, shifts] > 0
        labels = tuple(
            f"cover[{day},{rules.shifts[k].name}]" for day, k in np.argwhere(there).tolist()
        )
        return Infeasible(f"{message}; {REMEDY}", labels)

    could = rules.allowed.sum(axis=0)
    for day, k in np.argwhere(must > could).tolist():
        needed = f"shift {rules.shifts[k].name} on day {day} needs {must[day, k]}"
        message = f"{needed}, and {could[day, k]} of the staff can work it"
        yield lacking(message, day, k)
    present = rules.allowed.any(axis=2).sum(axis=0)
    for day in np.flatnonzero(must.sum(axis=1) > present).tolist():
        needs = f"day {day} needs {must[day].sum()} on all shifts"
        message = f"{needs}, and {present[day]} of the staff can work then"
        yield lacking(message, day, slice(None))
    most = np.minimum(rules.most, rules.allowed.sum(axis=1)).sum(axis=0)
    for k in np.flatnonzero(must.sum(axis=0) > most).tolist():
        needs = f"shift {rules.shifts[k].name} needs {must[:, k].sum()} on all days"
        yield lacking(f"{needs}, and the staff may work {most[k]} of it in all", slice(None), k)
    longest = sum(Lines(rules, e).longest for e in range(len(rules.staff)))
    if must.sum() > longest:
        message = f"{must.sum()} shifts need someone, and the staff can work {longest} in all"
        yield lacking(message, slice(None), slice(None))
