"""A roster scored from the rules' definitions: what is not given, what is broken, by how much."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

import numpy as np

from qopt import Evaluation, Violation

from .plan import BOTH, Roster
from .rules import Bools, Rules


def score(rules: Rules, grid: Bools) -> Evaluation:
    """Of who works what when, bool[n, d, s]."""
    there = grid.sum(axis=0)
    short, spare = np.maximum(rules.needed - there, 0), np.maximum(there - rules.needed, 0)
    soft = np.isfinite(rules.under)
    requests = float(rules.price[grid].sum()) + rules.unheard
    cover = float((rules.under[soft] * short[soft]).sum() + (rules.over * spare).sum())
    broken = [
        Violation(f"cover[{day},{rules.shifts[k].name}]", float(short[day, k]), "too few")
        for day, k in np.argwhere(~soft & (short > 0)).tolist()
    ]
    for e in range(len(rules.staff)):
        broken += _broken(rules, e, grid[e])
    kpis = {
        "requests": requests,
        "too_few": float(short.sum()),
        "too_many": float(spare[rules.over > 0].sum()),
    }
    return Evaluation(requests + cover, tuple(broken), kpis)


def _broken(rules: Rules, e: int, line: Bools) -> list[Violation]:
    """The rules that a line bool[d, s] of employee e breaks."""
    employee, broken = rules.staff[e], list[Violation]()

    def add(rule: str, at: str, amount: float, unit: str) -> None:
        if amount > 0:
            broken.append(Violation(f"{rule}[{employee.name}{at}]", float(amount), unit))

    for day in employee.days_off:
        add("days_off", f",{day}", float(line[day].sum()), "shifts")
    for day in np.flatnonzero(line.sum(axis=1) > 1).tolist():
        add("day", f",{day}", float(line[day].sum() - 1), "shifts too many")
    clashes = (line[:-1] @ ~rules.follows) & line[1:]
    for day, k in np.argwhere(clashes).tolist():
        add("not_before", f",{day},{rules.shifts[k].name}", 1.0, "succession")
    for k, much in enumerate((line.sum(axis=0) - rules.most[e]).tolist()):
        add("max_shifts", f",{rules.shifts[k].name}", much, "shifts too many")
    minutes = int(line.sum(axis=0) @ rules.minutes)
    add("min_minutes", "", employee.min_minutes - minutes, "minutes too few")
    if employee.max_minutes is not None:
        add("max_minutes", "", minutes - employee.max_minutes, "minutes too many")
    worked = [any(day) for day in line.tolist()]
    if employee.max_weekends is not None:
        weekends = sum(any(worked[day] for day in weekend) for weekend in rules.weekends)
        add("max_weekends", "", weekends - employee.max_weekends, "weekends too many")
    begin = 0
    for on, run in groupby(worked):
        length = len(list(run))
        inside = begin > 0 and begin + length < rules.days
        if on and employee.max_consecutive is not None:
            add("max_consecutive", f",{begin}", length - employee.max_consecutive, "days too many")
        if inside:
            rule, least = (
                ("min_consecutive", employee.min_consecutive)
                if on
                else ("min_days_off", employee.min_days_off)
            )
            add(rule, f",{begin}", least - length, "days too few")
        begin += length
    return broken


def unknown(rules: Rules, plan: Roster) -> list[Violation]:
    """Lines, days and shifts that the plan has and the problem has not, or the other way round."""
    lines = Counter(line.employee for line in plan.lines)
    missing = [employee.name for employee in rules.staff if not lines[employee.name]]
    twice = {name: count for name, count in lines.items() if count > 1}
    broken = [Violation(f"line[{name}]", 1.0, "line missing") for name in missing]
    broken += [
        Violation(f"line[{name}]", float(count - 1), "lines too many")
        for name, count in twice.items()
    ]
    for line in plan.lines:
        if line.employee not in rules.row_of:
            broken.append(Violation(f"line[{line.employee}]", 1.0, "unknown employee"))
        apart = float(abs(len(line.shifts) - rules.days))
        if apart:
            broken.append(Violation(f"days[{line.employee}]", apart, "days out of place"))
        for day, text in enumerate(line.shifts):
            for name in text.split(BOTH) if text else ():
                if name not in rules.shift_of:
                    shift = f"shift[{line.employee},{day},{name}]"
                    broken.append(Violation(shift, 1.0, "unknown shift"))
    return broken
