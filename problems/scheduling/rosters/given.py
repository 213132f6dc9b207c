"""What a planner gives of a roster's shifts, staff, cover and requests, checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from qopt import QoptError, UnknownName
from qopt.kit.checks import Place, require_count, require_different

from .staffing import Cover, Employee, Request, Shift


@dataclass(frozen=True)
class Given:
    """As `Rostering` explains it."""

    days: int
    shifts: Sequence[Shift]
    staff: Sequence[Employee]
    cover: Sequence[Cover]
    requests: Sequence[Request]

    def require_sound(self) -> None:
        """Raises QoptError for names given twice or unknown, and for days there are not."""
        _require_named("shift", "shifts", [shift.name for shift in self.shifts])
        _require_named("employee", "staff", [employee.name for employee in self.staff])
        for of, name, known, place in self._mentioned():
            if not isinstance(name, str) or name not in known:
                raise UnknownName(of, str(name), known, place=place)
        for what, day, place in self._dated():
            require_count(f"the day of {what}", day, least=0, place=place)
            if day >= self.days:
                message = f"{what} is on day {day}; give one from 0 to {self.days - 1}"
                raise QoptError(message, place)
        self._require_once()

    def _mentioned(self) -> Iterator[tuple[str, str, Sequence[str], Place]]:
        """What is mentioned, the name, those there are, and the place."""
        shifts = [shift.name for shift in self.shifts]
        staff = [employee.name for employee in self.staff]
        for k, shift in enumerate(self.shifts):
            for at, name in enumerate(shift.not_before):
                of = f"shift that may not follow shift {shift.name}"
                yield of, name, shifts, ("shifts", k, "not_before", at)
        for k, employee in enumerate(self.staff):
            for name in employee.max_shifts:
                of = f"shift in max_shifts of employee {employee.name}"
                yield of, name, shifts, ("staff", k, "max_shifts", name)
        for k, cover in enumerate(self.cover):
            of = f"shift of the cover of day {cover.day}"
            yield of, cover.shift, shifts, ("cover", k, "shift")
        for k, request in enumerate(self.requests):
            yield "employee of a request", request.employee, staff, ("requests", k, "employee")
            of = f"shift of a request of employee {request.employee}"
            yield of, request.shift, shifts, ("requests", k, "shift")

    def _dated(self) -> Iterator[tuple[str, int, Place]]:
        """What has a day, the day, and the place."""
        for k, employee in enumerate(self.staff):
            for at, day in enumerate(employee.days_off):
                place = ("staff", k, "days_off", at)
                yield f"a day off of employee {employee.name}", day, place
        for k, cover in enumerate(self.cover):
            yield f"the cover of shift {cover.shift}", cover.day, ("cover", k, "day")
        for k, request in enumerate(self.requests):
            yield f"a request of employee {request.employee}", request.day, ("requests", k, "day")

    def _require_once(self) -> None:
        """A shift and day has one cover."""
        times = Counter((entry.day, entry.shift) for entry in self.cover)
        seen: set[tuple[int, str]] = set()
        for k, entry in enumerate(self.cover):
            if (entry.day, entry.shift) in seen:
                count = times[entry.day, entry.shift]
                message = f"cover of shift {entry.shift} on day {entry.day} is given {count} times"
                raise QoptError(f"{message}; keep one", ("cover", k))
            seen.add((entry.day, entry.shift))


def _require_named(of: str, key: str, names: Sequence[str]) -> None:
    if not names:
        raise QoptError(f"{of}s: give at least one", (key,))
    require_different(of, names, [(key, k) for k in range(len(names))])
