"""Cells of a roster to be filled anew, all others kept.

With every cell free it is the model of the whole problem.

    work[e,d,k]      employee e works shift k on day d: where rules and what is kept allow it
    weekend[e,w]     e works in weekend w: where the number of weekends could be too many
    short[d,k]       how many are missing on shift k of day d: where that has a price

    minimise  sum price_edk work[e,d,k]  +  sum over_dk (sum_e work[e,d,k] - needed_dk)
              +  sum (under + over)_dk short[d,k]

    sum_k work[e,d,k] <= 1                                                 day[e,d]
    sum_d work[e,d,j] work[e,d+1,k] = 0     where k may not follow j       not_before[e]
    sum_d work[e,d,k] <= most_ek                                           max_shifts[e,k]
    least_e <= sum minutes_k work[e,d,k] <= most_e                         min_, max_minutes[e]
    sum_d' sum_k c_d' work[e,d+d',k] <= limit   for each pattern           max_consecutive[e,d], ...
    sum_d,k work[e,d,k] <= |w| weekend[e,w]                                weekend[e,w]
    sum_w weekend[e,w] <= most_e                                           max_weekends[e]
    sum_e work[e,d,k] + short[d,k] >= needed_dk                            cover[d,k]

A pattern is such as off, on, off.

Rows that could not be broken are left out. The last row and `short` are those of `cover.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from qopt import ModelSize, QoptError

from .cover import Need
from .part import RosterPart
from .plan import Roster
from .rules import Bools

if TYPE_CHECKING:
    import dimod


class Row(NamedTuple):
    """A linear constraint: terms are labels with coefficients."""

    label: str
    terms: list[tuple[str, float]]
    sense: str
    rhs: float


@dataclass(frozen=True, eq=False, kw_only=True)
class Part(RosterPart):
    """The cells `free` bool[n, d] to be filled; in all others what is kept stays."""

    free: Bools

    @property
    def variables(self) -> int:
        """How many variables the model has."""
        weekends = sum(len(free) for _, free, _ in self._weekends)
        return int(self.open.sum()) + weekends + int(self._need.priced.sum())

    def model_size(self) -> ModelSize:
        clashes = ~self.rules.follows
        pairs = np.einsum(
            "edj,jk,edk->e",
            self.open[:, :-1].astype(np.int64),
            clashes,
            self.open[:, 1:].astype(np.int64),
        )
        rows = sum(1 for _ in self._rows()) + int((pairs > 0).sum()) + int(self._need.rows.sum())
        return ModelSize(self.variables, int(pairs.sum()), rows)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        import dimod

        rules, cqm = self.rules, dimod.ConstrainedQuadraticModel()
        weekends = [label for _, free, _ in self._weekends for label in free]
        cqm.set_objective(
            self._need.objective(self._labels, (rules.price + rules.over)[self.open], weekends)
        )
        for row in self._rows():
            cqm.add_constraint_from_iterable(row.terms, row.sense, rhs=row.rhs, label=row.label)
        for employee, pairs in self._clashes():
            clash = dimod.BinaryQuadraticModel("BINARY")
            clash.add_quadratic_from(pairs)
            cqm.add_constraint_from_model(clash, "==", rhs=0.0, label=f"not_before[{employee}]")
        self._need.add_rows(cqm, lambda day, k: self._at((slice(None), day, k)))
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Roster:
        """What is worked; "E+L" where a cell has two shifts."""
        grid = self.kept.copy()
        grid[self.open] = [sample[label] > 0.5 for label in self._labels]
        return self.rules.roster(grid)

    def encode(self, plan: Roster) -> dict[Any, float]:
        """Raises QoptError for a shift where there can be none."""
        grid = self.rules.grid(plan)
        for e, day, k in np.argwhere(grid & ~self.open & self.free[:, :, None])[:1].tolist():
            who, shift = self.rules.staff[e].name, self.rules.shifts[k].name
            raise QoptError(
                f"the plan has {who} on shift {shift} on day {day}, where the model has no variable"
            )
        assignment = dict(
            zip(self._labels, grid[self.open].astype(np.float64).tolist(), strict=True)
        )
        for e, free, _ in self._weekends:
            days = dict(zip(self._weekend_labels(e), self.rules.weekends, strict=True))
            assignment |= {label: float(grid[e, days[label]].any()) for label in free}
        return assignment | self._need.shortages(grid)

    @cached_property
    def open(self) -> Bools:
        """bool[n, d, s]: the cells and shifts that have a variable."""
        opened = self.rules.allowed & self.free[:, :, None]
        opened[:, 1:] &= ~(self.kept[:, :-1] @ ~self.rules.follows)
        opened[:, :-1] &= ~(self.kept[:, 1:] @ ~self.rules.follows.T)
        return opened

    @cached_property
    def _could(self) -> Bools:
        """bool[n, d]: the days on which something is open."""
        return np.asarray(self.open.any(axis=2))

    @cached_property
    def _busy(self) -> Bools:
        """bool[n, d]: the days on which what is kept is worked."""
        return np.asarray(self.kept.any(axis=2))

    @cached_property
    def _labels(self) -> list[str]:
        """Of the shifts that are open, in the order of the array."""
        staff = [e.name for e in self.rules.staff]
        shifts = [shift.name for shift in self.rules.shifts]
        return [
            f"work[{staff[e]},{day},{shifts[k]}]" for e, day, k in np.argwhere(self.open).tolist()
        ]

    @cached_property
    def _cells(self) -> npt.NDArray[np.object_]:
        """object[n, d, s]: the same by employee, day and shift."""
        cells = np.full(self.open.shape, "", dtype=np.object_)
        cells[self.open] = self._labels
        return cells

    def _at(self, where: Any) -> list[str]:
        """The labels in some part of the array."""
        labels: list[str] = self._cells[where][self.open[where]].tolist()
        return labels

    @cached_property
    def _weekends(self) -> list[tuple[int, list[str], int]]:
        """The employees whose weekends could be too many.

        Of each the number, the weekends that are open, and how many of these may be worked.
        """
        limited = []
        busy, could = self._busy, self._could
        for e, employee in enumerate(self.rules.staff):
            if employee.max_weekends is None or not could[e].any():
                continue
            labels = zip(self._weekend_labels(e), self.rules.weekends, strict=True)
            worked = sum(bool(busy[e, days].any()) for days in self.rules.weekends)
            free = [
                label for label, days in labels if could[e, days].any() and not busy[e, days].any()
            ]
            if len(free) > employee.max_weekends - worked:
                limited.append((e, free, employee.max_weekends - worked))
        return limited

    def _weekend_labels(self, e: int) -> list[str]:
        return [f"weekend[{self.rules.staff[e].name},{w}]" for w in range(len(self.rules.weekends))]

    @cached_property
    def _need(self) -> Need:
        could: Bools = np.asarray(self.open.any(axis=0))
        return Need(self.rules, self.kept, could, self.soft, self.strict)

    def _clashes(self) -> Iterator[tuple[str, list[tuple[str, str, float]]]]:
        """By employee the pairs of variables that exclude each other."""
        clashes = np.argwhere(~self.rules.follows).tolist()
        for e in np.flatnonzero(self._could.any(axis=1)).tolist():
            cells, opened = self._cells[e], self.open[e]
            pairs = [
                (cells[day, j], cells[day + 1, k], 1.0)
                for j, k in clashes
                for day in np.flatnonzero(opened[:-1, j] & opened[1:, k]).tolist()
            ]
            if pairs:
                yield self.rules.staff[e].name, pairs

    def _rows(self) -> Iterator[Row]:
        """Those of the employees, one after another."""
        for e in np.flatnonzero(self._could.any(axis=1)).tolist():
            yield from self._totals(e)
            yield from self._patterns(e)
        for e, free, most in self._weekends:
            days = dict(zip(self._weekend_labels(e), self.rules.weekends, strict=True))
            for label in free:
                terms = [(cell, 1.0) for cell in self._at((e, days[label]))]
                room = int(self._could[e, days[label]].sum())
                yield Row(label, [*terms, (label, -float(room))], "<=", 0.0)
            yield Row(
                f"max_weekends[{self.rules.staff[e].name}]",
                [(label, 1.0) for label in free],
                "<=",
                float(most),
            )

    def _totals(self, e: int) -> Iterator[Row]:
        """One shift a day; shifts of a kind; time worked."""
        rules, employee, opened = self.rules, self.rules.staff[e], self.open[e]
        for day in np.flatnonzero(opened.sum(axis=1) > 1).tolist():
            yield Row(
                f"day[{employee.name},{day}]",
                [(cell, 1.0) for cell in self._at((e, day))],
                "<=",
                1.0,
            )
        remaining = rules.most[e] - self.kept[e].sum(axis=0)
        for k in np.flatnonzero(opened.any(axis=0) & (opened.sum(axis=0) > remaining)).tolist():
            terms = [(cell, 1.0) for cell in self._at((e, slice(None), k))]
            row = f"max_shifts[{employee.name},{rules.shifts[k].name}]"
            yield Row(row, terms, "<=", float(remaining[k]))
        done = int(self.kept[e].sum(axis=0) @ rules.minutes)
        longest = int(np.where(opened, rules.minutes, 0).max(axis=1).sum())
        minutes = np.broadcast_to(rules.minutes, opened.shape)[opened].astype(np.float64).tolist()
        terms = list(zip(self._at(e), minutes, strict=True))
        if employee.max_minutes is not None and terms and done + longest > employee.max_minutes:
            yield Row(
                f"max_minutes[{employee.name}]", terms, "<=", float(employee.max_minutes - done)
            )
        if terms and employee.min_minutes > done:
            yield Row(
                f"min_minutes[{employee.name}]", terms, ">=", float(employee.min_minutes - done)
            )

    def _patterns(self, e: int) -> Iterator[Row]:
        """What may not be on days in a row."""
        cells = [self._at((e, day)) for day in range(self.rules.days)]
        worked, free = self._busy[e].tolist(), self.free[e].tolist()
        for rule, first, coefficients, most in self.rules.patterns(e):
            terms: list[tuple[str, float]] = []
            limit, reach = most, 0
            for day, coefficient in enumerate(coefficients, first):
                if not free[day]:
                    limit -= coefficient * worked[day]
                elif cells[day]:
                    terms += [(cell, float(coefficient)) for cell in cells[day]]
                    reach += max(coefficient, 0)
            if terms and reach > limit:
                yield Row(
                    f"{rule}[{self.rules.staff[e].name},{first},{len(coefficients)}]",
                    terms,
                    "<=",
                    float(limit),
                )
