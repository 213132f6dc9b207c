"""The model of a timetable: `at[event,period,room]` for each place an event can be in.

The room is large enough then, and neither the event, the room nor anyone who attends is away.

    minimise  sum_e,p,r cost_ep at[e,p,r]
              + spread  sum_d,e<f of one course  at[e,p,r] at[f,q,s],  p and q on day d

    sum_p,r at[e,p,r] = 1                     for each event                        once[e]
    sum_e at[e,p,r] <= 1                      for each room and period              room[r,p]
    sum_r, e attended by w at[e,p,r] <= 1     for each person or group, and period  who[w,p]

Rows that could not be broken are left out. Events and places make a grid, an assignment in which
places may stay empty, so that annealers of constrained models keep the first two families by their
moves. No row needs slack in a QUBO.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from qopt import Infeasible, ModelSize, QoptError

from .plan import Timetable
from .week import Bools, Ints, Week

if TYPE_CHECKING:
    import dimod


@dataclass(frozen=True, eq=False)
class PlacesModel:
    """All events of a week in their places."""

    week: Week

    def size(self) -> ModelSize:
        week, allowed = self.week, self.week.allowed
        crowded = int(np.count_nonzero(allowed.sum(axis=0) > 1))
        rows = len(week.events) + crowded + sum(1 for _ in self._meetings())
        return ModelSize(int(allowed.sum()), self._count_couplings(), rows)

    def cqm(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where an event has no place, or someone more events than periods."""
        import dimod

        week = self.week
        self._require_places()
        self._require_periods()
        labels = list(self._labels.values())
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(self._objective(labels))

        def add(cells: Ints, sense: str, label: str) -> None:
            terms = [(labels[k], 1.0) for k in cells[cells >= 0].tolist()]
            cqm.add_constraint_from_iterable(terms, sense, rhs=1.0, label=label)

        for e, name in enumerate(week.names):
            add(self._number[e].ravel(), "==", f"once[{name}]")
        for p, r in np.argwhere(week.allowed.sum(axis=0, dtype=np.int64) > 1).tolist():
            add(self._number[:, p, r], "<=", f"room[{week.rooms[r].name},{week.periods[p]}]")
        for who, attended, p in self._meetings():
            add(self._number[attended, p].ravel(), "<=", f"who[{who},{week.periods[p]}]")
        return cqm

    def chosen(self, sample: Mapping[Any, float]) -> list[tuple[int, int, int]]:
        """(event, period, room) of the sample by number: an event may have several, or none."""
        return [cell for cell, label in self._labels.items() if sample[label] > 0.5]

    def sample(self, plan: Timetable) -> dict[Any, float]:
        """Raises QoptError for a lecture in a place that its event cannot have."""
        assignment = dict.fromkeys(self._labels.values(), 0.0)
        for lecture in plan.lectures:
            label = f"at[{lecture.event},{lecture.period},{lecture.room}]"
            if label not in assignment:
                where = f"{lecture.event} at {lecture.period} in {lecture.room}"
                raise QoptError(f"the plan has {where}, which it cannot be in")
            assignment[label] = 1.0
        return assignment

    @cached_property
    def _labels(self) -> dict[tuple[int, int, int], str]:
        """The variable of each event, period and room."""
        week = self.week
        return {
            (e, p, r): f"at[{week.names[e]},{week.periods[p]},{week.rooms[r].name}]"
            for e, p, r in np.argwhere(week.allowed).tolist()
        }

    @cached_property
    def _number(self) -> Ints:
        """int64[events, periods, rooms]: the number of each variable, -1 where there is none."""
        allowed = self.week.allowed
        number = np.full(allowed.shape, -1, dtype=np.int64)
        number[allowed] = np.arange(int(allowed.sum()))
        return number

    # ---- what places cost

    def _objective(self, labels: list[str]) -> dimod.BinaryQuadraticModel:
        import dimod

        week = self.week
        event, period, _ = np.nonzero(week.allowed)
        first, second = self._couplings()
        return dimod.BinaryQuadraticModel.from_numpy_vectors(
            week.cost[event, period],
            (first, second, np.full(len(first), float(week.spread))),
            0.0,
            "BINARY",
            variable_order=labels,
        )

    def _couplings(self) -> tuple[Ints, Ints]:
        """Pairs of variables that put two events of a course on one day, where that has a price."""
        week = self.week
        first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for e, f in week.same_course if week.spread else ():
            for day in range(week.day_count):
                one, other = (self._number[event, week.day == day].ravel() for event in (e, f))
                one, other = one[one >= 0], other[other >= 0]
                first.append(np.repeat(one, len(other)))
                second.append(np.tile(other, len(one)))
        return np.concatenate(first), np.concatenate(second)

    def _count_couplings(self) -> int:
        week = self.week
        if not week.spread:
            return 0
        places = week.allowed.sum(axis=2)  # [events, periods]
        days = [places[:, week.day == day].sum(axis=1) for day in range(week.day_count)]
        by_day = np.stack(days, axis=1)
        return sum(int(by_day[e] @ by_day[f]) for e, f in week.same_course)

    # ---- what cannot be

    @cached_property
    def _possible(self) -> Bools:
        """bool[events, periods]: whether there is a room."""
        possible: Bools = np.any(self.week.allowed, axis=2)
        return possible

    def _meetings(self) -> Iterator[tuple[str, list[int], int]]:
        """Who, the events and the period, wherever two events of one could be at once."""
        for who, attended in self.week.attended.items():
            for p in np.flatnonzero(self._possible[attended].sum(axis=0) > 1).tolist():
                yield who, attended, p

    def _require_places(self) -> None:
        """Raises Infeasible for an event that can be nowhere."""
        week = self.week
        for e in np.flatnonzero(~self._possible.any(axis=1))[:1]:
            event, largest = week.events[e], max(room.seats for room in week.rooms)
            reason = f"it needs {event.seats} seats, and the largest room has {largest}"
            if event.seats <= largest:
                reason = "each that is large enough, or all who attend, are unavailable then"
            message = f"event {event.name} can be in no period and room: {reason}"
            raise Infeasible(message, (f"once[{event.name}]",))

    def _require_periods(self) -> None:
        """Raises Infeasible for someone with more events than periods they can be in."""
        week = self.week
        for who, attended in week.attended.items():
            periods = int(self._possible[attended].any(axis=0).sum())
            if len(attended) > periods:
                events = tuple(f"once[{week.names[e]}]" for e in attended)
                has = f"{who} has {len(attended)} events"
                raise Infeasible(f"{has}, which can be in {periods} periods only", events)
