"""Rostering: who works which shift on which day, by hard rules, as near to wishes as can be.

The model is that of `model.py` with every cell free. Rules are hard: one shift a day, which shift
may follow which on the next day, how many days in a row are worked or free, weekends, time and
shifts of a kind in all, days off. What a roster costs is what requests that are not heard weigh,
and what each one too few and too many on a shift does.

`formulation` "slack" has whole numbers for those who are missing, which every solver takes. "soft"
has soft constraints, which need no variables, and which a QUBO cannot express.

Source: the shift scheduling benchmarks of Curtois and Qu (2014).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np

from qopt import Evaluation, ModelSize, Neighbourhood, QoptError, UnknownName
from qopt.kit.checks import listed, require_count, shown

from .capacity import unfillable
from .chart import draw_roster
from .files import read_shift_scheduling
from .generated import drawn
from .given import Given
from .greedy import cheapest_lines
from .model import Part
from .parts.kinds import KINDS, refilled
from .plan import Roster
from .rules import Rules
from .score import score, unknown
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
        How many are needed when; once for a shift and day. Shifts without are not needed, and cost
        nothing.
    requests
        Shifts that employees wish, or wish not, to work.
    formulation
        "slack" or "soft".

    Raises
    ------
    QoptError
        For names given twice or unknown, days outside the horizon, and numbers outside their
        ranges.
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
    formats: ClassVar = (
        "text of the shift scheduling benchmarks: "
        "SECTION_HORIZON, SECTION_SHIFTS, SECTION_STAFF, ..."
    )
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
        Given(self.days, self.shifts, self.staff, self.cover, self.requests).require_sound()

    @classmethod
    def read(cls, path: str | Path, *, formulation: Formulation = "slack") -> Rostering:
        """Read the text of the shift scheduling benchmarks, which `files.py` shows.

        Raises FileError with the line.
        """
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
        """Each works 7 to 9 shifts of 8 hours a fortnight, by the usual rules.

        They are 2 to 5 in a row, 2 days off in a row, and every other weekend at most; a shift is
        not followed by an earlier one. As many are needed as come in some roster, and employees
        wish for a few of the days that they have there, and for others.
        """
        for what, value in (("staff", staff), ("weeks", weeks), ("shifts", shifts)):
            require_count(what, value)
        require_count("seed", seed, least=0)
        given = drawn(staff, weeks, shifts, np.random.default_rng(seed))
        name = f"random-{staff}x{given['days']}-s{seed}"
        return cls(**given, formulation=formulation, name=name)

    def model_size(self) -> ModelSize:
        return self._whole.model_size()

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where an employee can have no line, or too few can come.

        Too few are those fewer than must, as nobody may be missing.
        """
        self._require_fillable()
        return self._whole.model()

    def decode(self, sample: Mapping[Any, float]) -> Roster:
        """What is worked; "E+L" where a cell has two shifts."""
        return self._whole.decode(sample)

    def encode(self, plan: Roster) -> dict[Any, float]:
        """Raises QoptError for a shift where there can be none, and for names there are not."""
        for violation in unknown(self.rules, plan):
            raise QoptError(f"the plan's {violation}: the model has no such thing")
        return self._whole.encode(plan)

    def evaluate(self, plan: Roster) -> Evaluation:
        """What cover and requests cost.

        Broken are the employees' rules, and cover where nobody may be missing.
        """
        evaluation = score(self.rules, self.rules.grid(plan))
        return replace(evaluation, violations=(*unknown(self.rules, plan), *evaluation.violations))

    def greedy(self) -> Roster:
        """One employee after another has the line that costs least as things are.

        Who has fewest shifts to choose from goes first. Nobody's rules are broken, unless limits on
        kinds of shift hide every line; that none may be missing can be. Raises Infeasible as
        `model` does.
        """
        self._require_fillable()
        return self.rules.roster(cheapest_lines(self.rules))

    def neighbourhood(
        self,
        plan: Roster,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Some "staff" on all days, all of them on some "days", some on some days in a "block".

        With "lines", some employees choose among a few of these.
        """
        return refilled(self.rules, plan, kind, size, random, self.formulation == "soft")

    def draw(self, plan: Roster, axes: Any) -> None:
        """A row an employee, a column a day, a colour a shift; weekends are shaded.

        Raises QoptError for unknown names.
        """
        for violation in unknown(self.rules, plan):
            if "unknown" in violation.unit:
                raise QoptError(f"the plan's {violation}: the problem has no such thing")
        draw_roster(self.rules, plan, axes)
        axes.set_title(f"{self.name or 'roster'}: cost {self.evaluate(plan).objective:g}")

    @cached_property
    def rules(self) -> Rules:
        """As arrays."""
        return Rules.of(self.days, self.shifts, self.staff, self.cover, self.requests)

    @cached_property
    def _whole(self) -> Part:
        shape = self.rules.allowed.shape
        return Part(
            rules=self.rules,
            kept=np.zeros(shape, dtype=np.bool_),
            free=np.ones(shape[:2], dtype=np.bool_),
            soft=self.formulation == "soft",
        )

    def _require_fillable(self) -> None:
        for reason in unfillable(self.rules):
            raise reason
