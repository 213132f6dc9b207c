"""A roster."""

from __future__ import annotations

from dataclasses import dataclass

from qopt.kit.plans import JsonPlan

OFF = ""  # the shift of a day off
BOTH = "+"  # between the shifts of an employee who is given more than one on a day


@dataclass(frozen=True)
class Line:
    """The shifts of an employee by day, "" for a day off."""

    employee: str
    shifts: tuple[str, ...]


@dataclass(frozen=True)
class Roster(JsonPlan):
    """A line for each employee."""

    lines: tuple[Line, ...]

    def __str__(self) -> str:
        name = max((len(line.employee) for line in self.lines), default=0)
        shift = max((len(shift) for line in self.lines for shift in line.shifts), default=0)
        days = max((len(line.shifts) for line in self.lines), default=0)
        weekdays = " ".join("MTWTFSS"[day % 7].ljust(shift) for day in range(days))
        rows = [
            f"{line.employee:{name}}  " + " ".join((s or "-").ljust(shift) for s in line.shifts)
            for line in self.lines
        ]
        return "\n".join(row.rstrip() for row in [" " * name + "  " + weekdays, *rows])
