"""The rules of a roster as arrays, and rosters as bool[n, d, s]: who works what when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from .plan import BOTH, OFF, Line, Roster
from .staffing import Cover, Employee, Request, Shift

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Rules:
    """For n employees, d days and s shifts, all by number.

    Attributes
    ----------
    allowed
        bool[n, d, s]: neither a day off nor a shift that the employee never works.
    follows
        bool[s, s]: whether shift k may follow shift j on the next day, as [j, k].
    minutes
        int64[s].
    most
        int64[n, s]: shifts of a kind that an employee may work, all days at most.
    price, unheard
        float64[n, d, s]: what requests charge where a shift is worked, and float: what they charge
        where nobody works.
    needed, under, over
        int64[d, s] and float64[d, s] twice: the cover, and what each one too few and too many
        costs; 0 where none is asked for.
    """

    days: int
    shifts: tuple[Shift, ...]
    staff: tuple[Employee, ...]
    allowed: Bools
    follows: Bools
    minutes: Ints
    most: Ints
    price: Floats
    unheard: float
    needed: Ints
    under: Floats
    over: Floats

    @classmethod
    def of(
        cls,
        days: int,
        shifts: Sequence[Shift],
        staff: Sequence[Employee],
        cover: Sequence[Cover],
        requests: Sequence[Request],
    ) -> Rules:
        """All names are known, all days within 0..`days` - 1."""
        place = {shift.name: k for k, shift in enumerate(shifts)}
        row = {employee.name: e for e, employee in enumerate(staff)}
        most = np.array(
            [[min(e.max_shifts.get(shift.name, days), days) for shift in shifts] for e in staff],
            dtype=np.int64,
        )
        allowed = np.repeat((most > 0)[:, None, :], days, axis=1)
        for e, employee in enumerate(staff):
            allowed[e, list(employee.days_off)] = False
        price, unheard = np.zeros(allowed.shape), 0.0
        for r in requests:
            price[row[r.employee], r.day, place[r.shift]] += -r.weight if r.wanted else r.weight
            unheard += r.weight if r.wanted else 0.0
        needed, under, over = (np.zeros((days, len(shifts))) for _ in range(3))
        for c in cover:
            at = c.day, place[c.shift]
            needed[at], under[at], over[at] = c.needed, c.under, c.over
        return cls(
            days=days,
            shifts=tuple(shifts),
            staff=tuple(staff),
            allowed=allowed,
            follows=np.array(
                [[after.name not in before.not_before for after in shifts] for before in shifts]
            ),
            minutes=np.array([shift.minutes for shift in shifts], dtype=np.int64),
            most=most,
            price=price,
            unheard=unheard,
            needed=needed.astype(np.int64),
            under=under,
            over=over,
        )

    @cached_property
    def weekends(self) -> list[list[int]]:
        """The days of each weekend: one, where the last day is a Saturday."""
        return [
            [day for day in (saturday, saturday + 1) if day < self.days]
            for saturday in range(5, self.days, 7)
        ]

    @cached_property
    def beyond(self) -> float:
        """More than any two rosters' objectives can differ by."""
        under = np.where(np.isinf(self.under), 0.0, self.under) * self.needed
        return (
            float(
                np.abs(self.price).max(axis=2).sum()
                + under.sum()
                + self.over.sum() * len(self.staff)
            )
            + 1.0
        )

    def patterns(self, e: int) -> Iterator[tuple[str, int, tuple[int, ...], int]]:
        """What employee e may not do on days in a row.

        That is a rule's name, the first day, a coefficient for each day from there on, and the most
        that the sum of those over days worked may be.
        """
        employee, days = self.staff[e], self.days
        longest = days if employee.max_consecutive is None else employee.max_consecutive
        for first in range(days - longest):
            yield "max_consecutive", first, (1,) * (longest + 1), longest
        for length in range(1, employee.min_consecutive):  # a day off, too few shifts, a day off
            for first in range(days - length - 1):
                yield "min_consecutive", first, (-1, *(1,) * length, -1), length - 1
        for length in range(1, employee.min_days_off):  # a shift, too few days off, a shift
            for first in range(days - length - 1):
                yield "min_days_off", first, (1, *(-1,) * length, 1), 1

    @cached_property
    def shift_of(self) -> dict[str, int]:
        return {shift.name: k for k, shift in enumerate(self.shifts)}

    @cached_property
    def row_of(self) -> dict[str, int]:
        return {employee.name: e for e, employee in enumerate(self.staff)}

    def grid(self, plan: Roster) -> Bools:
        """bool[n, d, s] of a roster; lines, days and shifts that are unknown are left out."""
        grid = np.zeros(self.allowed.shape, dtype=np.bool_)
        for line in plan.lines:
            e = self.row_of.get(line.employee)
            for day, text in enumerate(line.shifts[: self.days] if e is not None else ()):
                for name in text.split(BOTH) if text else ():
                    if (k := self.shift_of.get(name)) is not None:
                        grid[e, day, k] = True
        return grid

    def roster(self, grid: Bools) -> Roster:
        """The roster of bool[n, d, s]."""
        names = [shift.name for shift in self.shifts]
        cells = [[OFF] * self.days for _ in self.staff]
        for e, day, k in np.argwhere(grid).tolist():
            cells[e][day] = names[k] if not cells[e][day] else cells[e][day] + BOTH + names[k]
        return Roster(
            tuple(
                Line(employee.name, tuple(row))
                for employee, row in zip(self.staff, cells, strict=True)
            )
        )
