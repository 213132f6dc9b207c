"""Lines of one employee by dynamic programming over the days: the cheapest, or good ones drawn.

A state is how long the present run of shifts or of days off is, its last shift, the weekends worked
and the time worked so far. The least that the days left cost is tabled for every state, from the
last day back; a line is read off it from the first day on, and with a temperature above 0 by
chance: the cheaper a step, the likelier. How many shifts of each kind an employee may work is no
part of the state: where a line has too many of one kind, that kind is made dearer until it has not.

Source: lines as resource-constrained shortest paths, as in column generation for rosters (Jaumard,
Semet and Vovor 1998).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np

from .rules import Bools, Floats, Ints, Rules

LEVELS = 400  # of time worked that a state tells apart; lengths without a unit are rounded to them
DEARER = 6  # times that kinds of which lines have too many are made dearer or cheaper again


@dataclass(frozen=True, eq=False)
class Lines:
    """The lines that the rules allow employee `e`.

    A line is int64[d]: 0 for a day off, else 1 + the number of the shift; its cost the sum of a
    cost float64[d, 1 + s] over its days, infinite where a day may not be so.
    """

    rules: Rules
    e: int

    def cheapest(self, cost: Floats) -> Ints | None:
        """A line that costs least; None where there is none.

        Where kinds of shift are limited it need not be the very cheapest, and one may be missed;
        so, too, where lengths of shifts are rounded.
        """
        lines = self._within_limits(cost, 1, 0.0, np.random.default_rng(0))
        costs = cost[np.arange(len(cost)), lines].sum(axis=1)
        return lines[np.argmin(costs)] if len(lines) else None

    def drawn(
        self, cost: Floats, count: int, temperature: float, random: np.random.Generator
    ) -> Ints:
        """int64[at most `count`, d]: different lines, drawn at random.

        The `temperature`, above 0, is in units of the cost.
        """
        return random.permutation(self._within_limits(cost, count, temperature, random))[:count]

    def _within_limits(
        self, cost: Floats, count: int, temperature: float, random: np.random.Generator
    ) -> Ints:
        """Lines that keep the limits on kinds of shift, too.

        Those are dearer by what halving steps finds, or ruled out.
        """
        most, minutes = self.rules.most[self.e], self.rules.minutes
        valid = np.empty((0, self.rules.days), dtype=np.int64)
        dearer, limited = np.zeros(1 + len(most)), np.zeros(len(most), dtype=np.bool_)
        step = 2.0 * float(np.abs(cost[np.isfinite(cost)]).max(initial=0.0)) + temperature
        for attempt in range(DEARER + 1):
            lines = self._read(cost + dearer, count, temperature, random)
            worked = (lines[:, :, None] == np.arange(1, 1 + len(most))).sum(axis=1)
            time = worked @ minutes
            kept = (worked <= most).all(axis=1) & (self._least <= time) & (time <= self._most)
            valid = np.unique(np.concatenate([valid, lines[kept]]), axis=0)
            over = (worked > most).any(axis=0)
            limited |= over
            if 2 * int(kept.sum()) >= len(lines) and (
                attempt == 0 or temperature or not limited.any()
            ):
                break
            step /= 2
            dearer[1:] += np.where(over, step, np.where(limited, -step, 0.0))
            if attempt == DEARER - 1 and not len(valid):
                dearer[1:][limited] = np.inf
        return valid

    @property
    def _least(self) -> int:
        return self.rules.staff[self.e].min_minutes

    @property
    def _most(self) -> float:
        most = self.rules.staff[self.e].max_minutes
        return np.inf if most is None else most

    @property
    def possible(self) -> bool:
        """False where it is proved that there is no line.

        Of limits on kinds of shift only their sum is looked at.
        """
        time = (
            np.minimum(self.rules.most[self.e], self.rules.allowed[self.e].sum(axis=0))
            @ self.rules.minutes
        )
        return bool(time >= self._least) and (
            not self._unit[1] or bool(np.isfinite(self._least_cost(0.0)))
        )

    @property
    def longest(self) -> int:
        """At most so many shifts are in a line."""
        return -round(self._least_cost(-1.0)) if self._unit[1] else self.rules.days

    def _least_cost(self, shift: float) -> float:
        """Of a line where each shift costs so much; infinite where there is none."""
        cost = np.where(self.rules.allowed[self.e], shift, np.inf)
        table = self._table(np.concatenate([np.zeros((len(cost), 1)), cost], axis=1))
        return float(table[0][-1, 0, 0])

    @cached_property
    def _shifts(self) -> Bools:
        """bool[s]: those that the employee may work at all."""
        return np.asarray(self.rules.most[self.e] > 0)

    @cached_property
    def _unit(self) -> tuple[float, bool]:
        """The minutes of a level of time worked, and whether all lengths are its multiples."""
        span = self._least if self._most == np.inf else self._most
        common = gcd(*self.rules.minutes[self._shifts].tolist()) or span or 1
        return (common, True) if span <= common * LEVELS else (span / LEVELS, False)

    @cached_property
    def _levels(self) -> tuple[Ints, int, int]:
        """The levels that each shift adds, the least that a line must end with, and the last."""
        unit, exact = self._unit
        adds = np.rint(self.rules.minutes / unit).astype(np.int64)
        if self._most == np.inf:  # the last level is that much or more
            return adds, -int(-self._least // unit), -int(-self._least // unit)
        return (
            adds,
            -int(-self._least // unit) if exact else int(self._least // unit),
            int(self._most // unit),
        )

    @cached_property
    def _graph(self) -> tuple[Ints, Ints, Bools, Bools]:
        """The runs that a line may be in.

        They are int64[runs, 1 + s] the run after a day off or a shift, -1 where none may follow;
        their lengths, whether they are of shifts, and whether they are long enough to end. The last
        is that before day 0.
        """
        employee, s = self.rules.staff[self.e], len(self.rules.shifts)
        rest, least = max(1, employee.min_days_off), max(1, employee.min_consecutive)
        longest = min(
            least if employee.max_consecutive is None else employee.max_consecutive, self.rules.days
        )
        after = np.full((rest + longest * s + 1, 1 + s), -1, dtype=np.int64)
        length = np.r_[np.arange(1, rest + 1), np.repeat(np.arange(1, longest + 1), s), 0]
        of_shifts = np.arange(len(after)) >= rest
        of_shifts[-1] = False
        for run in range(len(after)):
            if not of_shifts[run]:
                after[run] = [min(length[run] + 1, rest) - 1, *range(rest, rest + s)]
                continue
            last, more = (run - rest) % s, length[run] < longest
            if more or employee.max_consecutive is None:
                after[run, 1:] = rest + (length[run] if more else longest - 1) * s + np.arange(s)
                after[run, 1:][~self.rules.follows[last]] = -1
            after[run, 0] = 0
        after[:, 1:][:, ~self._shifts] = -1
        return after, length, of_shifts, length >= np.where(of_shifts, least, rest)

    def _follows(self, day: int) -> Ints:
        """int64[runs, 1 + s]: the run that goes on on a day.

        One from day 0 on, and that before it, may end at any time.
        """
        after, length, of_shifts, done = self._graph
        short = ~done & (length != day)
        following = after.copy()
        following[short & of_shifts, 0] = -1
        following[short & ~of_shifts, 1:] = -1
        return following

    def _weekend(self, day: int) -> Ints:
        """int64[runs, 1 + s]: whether the day makes one more weekend worked."""
        after, _, of_shifts, _ = self._graph
        adds = np.zeros(after.shape, dtype=np.int64)
        if self.rules.staff[self.e].max_weekends is not None and day % 7 >= 5:
            adds[:, 1:] = 1
            adds[of_shifts if day % 7 == 6 else np.zeros(len(after), dtype=np.bool_), 1:] = 0
        return adds

    def _table(self, cost: Floats) -> list[Floats]:
        """For each day float64[runs, weekends, levels]: the least cost from there on."""
        runs, weekends = len(self._graph[0]), (self.rules.staff[self.e].max_weekends or 0) + 1
        adds, least, last = self._levels
        end = np.full((runs, weekends, last + 1), np.inf)
        end[:, :, least:] = 0.0
        table = [end]
        for day in range(self.rules.days - 1, -1, -1):
            after, more = self._follows(day), self._weekend(day)
            best = np.full(end.shape, np.inf)
            for shift in np.flatnonzero(np.isfinite(cost[day])).tolist():
                then = table[-1]
                if shift:
                    level = np.arange(last + 1) + adds[shift - 1]
                    then = then[:, :, np.minimum(level, last)]
                    if self._most != np.inf:
                        then[:, :, level > last] = np.inf
                for plus in (0, 1):
                    able = np.flatnonzero((after[:, shift] >= 0) & (more[:, shift] == plus))
                    if len(able) and plus < weekends:
                        kept = weekends - plus
                        value = cost[day, shift] + then[after[able, shift]][:, plus:]
                        best[able, :kept] = np.minimum(best[able, :kept], value)
            table.append(best)
        return table[::-1]

    def _read(
        self, cost: Floats, count: int, temperature: float, random: np.random.Generator
    ) -> Ints:
        """int64[count, d] lines read off the table, or none."""
        table, days = self._table(cost), self.rules.days
        adds, _, last = self._levels
        _, weekends, _ = table[0].shape
        run = np.full(count, len(self._graph[0]) - 1)
        weekend, level = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
        lines = np.zeros((count, days), dtype=np.int64)
        if not np.isfinite(table[0][run[0], 0, 0]):
            return lines[:0]
        add = np.r_[0, adds]
        for day in range(days):
            after = self._follows(day)[run]
            worked = weekend[:, None] + self._weekend(day)[run]
            minutes = level[:, None] + add
            broken = (
                (after < 0)
                | (worked >= weekends)
                | ((minutes > last) if self._most != np.inf else False)
            )
            value = (
                cost[day]
                + table[day + 1][after, np.minimum(worked, weekends - 1), np.minimum(minutes, last)]
            )
            value[broken] = np.inf
            chance = temperature * random.gumbel(size=value.shape) if temperature else 0.0
            choice = np.argmin(value - chance, axis=1)
            lines[:, day] = choice
            every = np.arange(count)
            run = after[every, choice]
            weekend = worked[every, choice]
            level = np.minimum(minutes[every, choice], last)
        return lines
