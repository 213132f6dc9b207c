"""Rostering: who works which shift on which day, by hard rules for everyone, as near to what is needed and wished as can be.

The model is that of `roster_part.py` with every cell free. Rules are hard: one shift a day, which shift may follow which on the
next day, how many days in a row are worked or free, weekends, time and shifts of a kind in all, days off. What a roster costs
is what requests that are not heard weigh, and what each one too few and too many on a shift does.

`formulation` "slack" has whole numbers for those who are missing, which every solver takes; "soft" has soft constraints, which
need no variables, and which a QUBO cannot express.

Source: the shift scheduling benchmarks of Curtois and Qu (2014).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, UnknownName, Violation
from qopt.kit.checks import Place, listed, require_count, require_different, shown

from .capacity import unfillable
from .files import read_shift_scheduling
from .lines import Lines
from .model import Part
from .parts import KINDS, cover_price, line_cost, refilled
from .plan import BOTH, Roster
from .rules import Bools, Rules
from .score import score
from .staffing import Cover, Employee, Request, Shift

if TYPE_CHECKING:
    import dimod

Formulation = Literal["slack", "soft"]
FORMULATIONS = ("slack", "soft")
MOST_DAYS = 10_000


@dataclass(frozen=True)
class Rostering:
    """A line of shifts and days off for each employee.

    Parameters
    ----------
    days
        How many, at least 1; day 0 is a Monday.
    shifts, staff
        At least one each, with names of their own.
    cover
        How many are needed when; once for a shift and day. Shifts without are not needed, and cost nothing.
    requests
        Shifts that employees wish, or wish not, to work.
    formulation
        "slack" or "soft".

    Raises
    ------
    QoptError
        For names given twice or unknown, days outside the horizon, and numbers outside their ranges.
    """

    days: int
    shifts: tuple[Shift, ...]
    staff: tuple[Employee, ...]
    cover: tuple[Cover, ...] = ()
    requests: tuple[Request, ...] = ()
    formulation: Formulation = "slack"
    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Roster
    formats: ClassVar = "text of the shift scheduling benchmarks: SECTION_HORIZON, SECTION_SHIFTS, SECTION_STAFF, ..."
    kinds: ClassVar = KINDS

    def __post_init__(self) -> None:
        require_count("days", self.days)
        if self.days > MOST_DAYS:
            raise QoptError(f"days={shown(self.days, 60)}: give {MOST_DAYS:,} or fewer", ("days",))
        kinds = {"shifts": Shift, "staff": Employee, "cover": Cover, "requests": Request}
        for what, kind in kinds.items():
            object.__setattr__(self, what, listed(what, getattr(self, what), kind=kind))
        if not isinstance(self.formulation, str) or self.formulation not in FORMULATIONS:
            raise UnknownName("formulation of rostering", str(self.formulation), FORMULATIONS)
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
        _require_once(self.cover)

    @classmethod
    def read(cls, path: str | Path, *, formulation: Formulation = "slack") -> Rostering:
        """Read the text of the shift scheduling benchmarks (`shift_scheduling.py` shows it). Raises FileError with the line."""
        return read_shift_scheduling(Path(path)).make(cls, formulation=formulation)

    @classmethod
    def generate(
        cls,
        *,
        staff: int = 8,
        weeks: int = 2,
        shifts: int = 2,
        formulation: Formulation = "slack",
        seed: int = 0,
    ) -> Rostering:
        """Each works 7 to 9 shifts of 8 hours a fortnight, 2 to 5 in a row, 2 days off in a row, every other weekend at most; a
        shift is not followed by an earlier one. As many are needed as come in some roster, and employees wish for a few of
        the days that they have there, and for others."""
        for what, value in (("staff", staff), ("weeks", weeks), ("shifts", shifts)):
            require_count(what, value)
        require_count("seed", seed, least=0)
        random, days = np.random.default_rng(seed), 7 * weeks
        names = [f"shift {k + 1}" for k in range(shifts)]
        kinds = tuple(Shift(name, 480, tuple(names[:k])) for k, name in enumerate(names))
        people = tuple(
            Employee(
                f"employee {e + 1}",
                min_minutes=480 * (7 * weeks // 2),
                max_minutes=480 * (9 * weeks // 2),
                min_consecutive=2,
                max_consecutive=5,
                min_days_off=2,
                max_weekends=(weeks + 1) // 2,
                days_off=(int(random.integers(days)),),
            )
            for e in range(staff)
        )
        bare = Rules.of(days, kinds, people, (), ())
        there = np.zeros((staff, days, shifts), dtype=np.bool_)
        requests = []
        for e, employee in enumerate(people):
            price = random.random((days, shifts))
            line = Lines(bare, e).cheapest(line_cost(bare, e, price))
            if line is not None:
                there[e] = line[:, None] == np.arange(1, shifts + 1)
            for day in random.permutation(days)[: 2 * weeks].tolist():
                wanted = bool(random.random() < 0.5)
                shift = names[int(random.integers(shifts))]
                requests.append(
                    Request(employee.name, day, shift, float(random.integers(1, 4)), wanted)
                )
        cover = tuple(
            Cover(day, names[k], int(there[:, day, k].sum()), 100.0, 1.0)
            for day in range(days)
            for k in range(shifts)
        )
        return cls(
            days,
            kinds,
            people,
            cover,
            tuple(requests),
            formulation,
            name=f"random-{staff}x{days}-s{seed}",
        )

    def model_size(self) -> ModelSize:
        return self._whole.model_size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where an employee can have no line, or where nobody may be missing and too few can come."""
        self._require_fillable()
        return self._whole.model()

    def decode(self, sample: Mapping[Any, float]) -> Roster:
        """What is worked; "E+L" where a cell has two shifts."""
        return self._whole.decode(sample)

    def encode(self, plan: Roster) -> dict[Any, float]:
        """Raises QoptError for a shift where there can be none, and for names there are not."""
        for violation in self._unknown(plan):
            raise QoptError(f"the plan's {violation}: the model has no such thing")
        return self._whole.encode(plan)

    def evaluate(self, plan: Roster) -> Evaluation:
        """What cover and requests cost; broken are the employees' rules, and cover where nobody may be missing."""
        found = score(self.rules, self.rules.grid(plan))
        return Evaluation(found.objective, (*self._unknown(plan), *found.violations), found.kpis)

    def greedy(self) -> Roster:
        """One employee after another has the line that costs least as things are: who has fewest shifts to choose from, first.

        Nobody's rules are broken, unless limits on kinds of shift hide every line; that none may be missing can be. Raises
        Infeasible as `model` does.
        """
        self._require_fillable()
        rules, grid = self.rules, np.zeros(self.rules.allowed.shape, dtype=np.bool_)
        for e in np.argsort(rules.allowed.sum(axis=(1, 2)), kind="stable").tolist():
            line = Lines(rules, e).cheapest(
                line_cost(rules, e, cover_price(rules, grid.sum(axis=0)))
            )
            if line is not None:
                grid[e] = line[:, None] == np.arange(1, len(self.shifts) + 1)
        return rules.roster(grid)

    def neighbourhood(
        self,
        plan: Roster,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some "staff" on all days, all of them on some "days", some on some days in a "block"; or some employees choose
        among "lines"."""
        return refilled(self.rules, plan, kind, size, random, self.formulation == "soft")

    def draw(self, plan: Roster, axes: Any) -> None:
        """A row an employee, a column a day, a colour a shift; weekends are shaded. Raises QoptError for unknown names."""
        from matplotlib import colormaps

        for violation in self._unknown(plan):
            if "unknown" in violation.unit:
                raise QoptError(f"the plan's {violation}: the problem has no such thing")

        colours, rules = colormaps["tab10"], self.rules
        for weekend in rules.weekends:
            axes.axvspan(weekend[0] - 0.5, weekend[-1] + 0.5, color="lightgrey", zorder=0)
        for e, day, k in np.argwhere(rules.grid(plan)).tolist():
            axes.barh(e, 0.95, left=day - 0.475, height=0.9, color=colours(k % 10))
            axes.text(day, e, self.shifts[k].name, ha="center", va="center", fontsize=7)
        axes.set_yticks(range(len(self.staff)), [employee.name for employee in self.staff])
        axes.set_ylim(len(self.staff) - 0.5, -0.5)
        axes.set_xlim(-0.5, self.days - 0.5)
        axes.set_xlabel("day")
        axes.set_title(f"{self.name or 'roster'}: cost {self.evaluate(plan).objective:g}")

    @cached_property
    def rules(self) -> Rules:
        """As arrays."""
        return Rules.of(self.days, self.shifts, self.staff, self.cover, self.requests)

    @cached_property
    def _whole(self) -> Part:
        shape = self.rules.allowed.shape
        none: Bools = np.zeros(shape, dtype=np.bool_)
        return Part(
            self.rules, none, np.ones(shape[:2], dtype=np.bool_), self.formulation == "soft"
        )

    def _unknown(self, plan: Roster) -> list[Violation]:
        """Lines, days and shifts that the plan has and the problem has not, or the other way round."""
        lines = Counter(line.employee for line in plan.lines)
        found = [
            Violation(f"line[{e.name}]", 1.0, "line missing")
            for e in self.staff
            if not lines[e.name]
        ]
        found += [
            Violation(f"line[{name}]", float(count - 1), "lines too many")
            for name, count in lines.items()
            if count > 1
        ]
        for line in plan.lines:
            if line.employee not in self.rules.row_of:
                found.append(Violation(f"line[{line.employee}]", 1.0, "unknown employee"))
            if len(line.shifts) != self.days:
                found.append(
                    Violation(
                        f"days[{line.employee}]",
                        float(abs(len(line.shifts) - self.days)),
                        "days out of place",
                    )
                )
            names = [
                (day, name)
                for day, text in enumerate(line.shifts)
                if text
                for name in text.split(BOTH)
            ]
            found += [
                Violation(f"shift[{line.employee},{day},{name}]", 1.0, "unknown shift")
                for day, name in names
                if name not in self.rules.shift_of
            ]
        return found

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

    def _require_fillable(self) -> None:
        for reason in unfillable(self.rules):
            raise reason


def _require_named(of: str, key: str, names: Sequence[str]) -> None:
    if not names:
        raise QoptError(f"{of}s: give at least one", (key,))
    require_different(of, names, [(key, k) for k in range(len(names))])


def _require_once(cover: Sequence[Cover]) -> None:
    """A shift and day has one cover."""
    times = Counter((entry.day, entry.shift) for entry in cover)
    seen: set[tuple[int, str]] = set()
    for k, entry in enumerate(cover):
        if (entry.day, entry.shift) in seen:
            count = times[entry.day, entry.shift]
            message = f"cover of shift {entry.shift} on day {entry.day} is given {count} times"
            raise QoptError(f"{message}; keep one", ("cover", k))
        seen.add((entry.day, entry.shift))
