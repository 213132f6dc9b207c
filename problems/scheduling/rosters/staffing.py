"""What a roster is made for: shifts, employees and their rules, requests, and the cover needed.

Days count from 0, a Monday. A weekend is a Saturday and the Sunday after it, and is worked where
either day is.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from numbers import Real

from qopt import QoptError
from qopt.kit.checks import listed, require, require_count, require_name, shown
from qopt.kit.files import LARGEST

from .plan import BOTH

LONGEST = 10**6  # minutes of a shift: about two years
MOST = 10**9  # people


@dataclass(frozen=True)
class Shift:
    """A kind of shift, its length, and the shifts that may not follow it on the next day."""

    name: str
    minutes: int
    not_before: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require_name("shift", self.name)
        if BOTH in self.name:
            raise QoptError(
                f"shift {self.name!r}: {BOTH!r} stands between two shifts on one day; "
                "take another name"
            )
        require_count(f"minutes of shift {self.name}", self.minutes)
        require(self.minutes <= LONGEST, f"minutes of shift {self.name}", self.minutes, "fewer")
        entries = listed(f"not_before of shift {self.name}", self.not_before)
        object.__setattr__(self, "not_before", entries)


@dataclass(frozen=True)
class Employee:
    """An employee and the rules of a line; all of them are hard.

    Runs of shifts and of days off that touch the first or the last day may be shorter than the
    minimum: they are taken to go on beyond it. A run of shifts is not taken to do so where it must
    not be too long.

    Attributes
    ----------
    max_shifts
        The most shifts of each kind; one that is not named here is not limited, 0 means never.
    min_minutes, max_minutes
        Of the whole line.
    min_consecutive, max_consecutive
        Shifts in a row.
    min_days_off
        Days off in a row.
    max_weekends
        Weekends worked.
    days_off
        Days without a shift.
    """

    name: str
    max_shifts: Mapping[str, int] = field(default_factory=dict)
    min_minutes: int = 0
    max_minutes: int | None = None
    min_consecutive: int = 1
    max_consecutive: int | None = None
    min_days_off: int = 1
    max_weekends: int | None = None
    days_off: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        require_name("employee", self.name)
        who = f"of employee {self.name}"
        if not isinstance(self.max_shifts, Mapping):
            raise QoptError(f"max_shifts {who}: give the most shifts of each kind by name")
        object.__setattr__(self, "days_off", listed(f"days_off {who}", self.days_off))
        for shift, most in self.max_shifts.items():
            require_count(f"max_shifts {who} on shift {shift}", most, least=0)
        require_count(f"min_minutes {who}", self.min_minutes, least=0)
        require_count(f"max_minutes {who}", self.max_minutes, least=0, optional=True)
        require_count(f"min_consecutive {who}", self.min_consecutive)
        require_count(f"max_consecutive {who}", self.max_consecutive, optional=True)
        require_count(f"min_days_off {who}", self.min_days_off)
        require_count(f"max_weekends {who}", self.max_weekends, least=0, optional=True)
        for day in self.days_off:
            require_count(f"a day off {who}", day, least=0)
        for what, low, high in (
            ("minutes", self.min_minutes, self.max_minutes),
            ("consecutive", self.min_consecutive, self.max_consecutive),
        ):
            if high is not None and low > high:
                raise QoptError(
                    f"employee {self.name}: min_{what}={low} is above max_{what}={high}; "
                    "no line could keep both"
                )


@dataclass(frozen=True)
class Request:
    """`weight` is paid where the employee does not work this shift on that day.

    Unless it is `wanted`: then where they do.
    """

    employee: str
    day: int
    shift: str
    weight: float = 1.0
    wanted: bool = True

    def __post_init__(self) -> None:
        _require_price(f"weight of a request of employee {self.employee}", self.weight)


@dataclass(frozen=True)
class Cover:
    """How many are needed on a shift, and what each one too few and too many costs.

    `under` may be infinite: a hard rule.
    """

    day: int
    shift: str
    needed: int
    under: float = math.inf
    over: float = 0.0

    def __post_init__(self) -> None:
        at = f"cover of shift {self.shift} on day {self.day}"
        require_count(f"{at}: needed", self.needed, least=0)
        require(self.needed <= MOST, f"{at}: needed", self.needed, f"{MOST:,} or fewer")
        if not isinstance(self.under, Real) or self.under != math.inf:
            _require_price(f"{at}: under", self.under)
        _require_price(f"{at}: over", self.over)


def _require_price(what: str, value: object) -> None:
    number = isinstance(value, Real) and not isinstance(value, bool)
    if not (number and 0 <= value <= LARGEST):  # type: ignore[operator]
        raise QoptError(f"{what} is {shown(value, 60)}; give a finite number, 0 or more")
