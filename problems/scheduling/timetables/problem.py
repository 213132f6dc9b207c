"""Timetabling: events to periods and rooms, nobody at two events at once, and periods as people like them.

Formulation: `at[event,period,room]` for each place an event can be in: the room is large enough, and neither the event, the
room nor anyone who attends is unavailable then.

    minimise  sum_e,p,r cost_ep at[e,p,r]  +  spread  sum_d,e<f of one course  at[e,p,r] at[f,q,s],  p and q on day d

    sum_p,r at[e,p,r] = 1                                for each event                       once[e]
    sum_e at[e,p,r] <= 1                                 for each room and period             room[r,p]
    sum_r, e attended by w at[e,p,r] <= 1                for each person or group, and period who[w,p]

Rows that could not be broken are left out. Events and places make a grid, an assignment in which places may stay empty, so that
annealers of constrained models keep the first two families by their moves; no row needs slack in a QUBO.

Source: the course timetabling of the second international competition (Di Gaspero, McCollum and Schaerf 2007), without room
stability, compactness and minimum days; of its spreading only that of a course's events over days.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from qopt import Infeasible, ModelSize, Neighbourhood, QoptError
from qopt.kit.checks import (
    require_count,
)

from .parts import rescheduled
from .plan import Event, Room, Timetable
from .week import Week

if TYPE_CHECKING:
    import dimod

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Timetabling(Week):
    """Events to be given a period and a room each.

    Parameters
    ----------
    events, rooms
        At least one each, with names of their own.
    periods
        Their names, in the order of time.
    days
        The day of each period; needed for `spread`. Default: each its own.
    absences
        For people or groups by name, the periods they cannot attend in.
    spread
        What it costs that two events of a course are on one day, 0 or more.

    Raises
    ------
    QoptError
        For names given twice or unknown, and numbers outside these ranges.
    """

    name: str = ""
    best_known: float | None = None

    sense: ClassVar[Literal["min", "max"]] = "min"
    plan_type: ClassVar = Timetable
    formats: ClassVar = "JSON: periods, rooms, events, absences"
    kinds: ClassVar = ("periods", "people")

    @classmethod
    def read(cls, path: str | Path) -> Timetabling:
        """Read JSON; what is not needed may be left out.

            {"periods": ["Mon 9", "Mon 11", "Tue 9"], "days": ["Mon", "Mon", "Tue"],
             "rooms": [{"name": "hall", "seats": 80, "unavailable": ["Tue 9"]}],
             "events": [{"name": "algebra 1", "who": ["Noether", "year 1"], "seats": 60, "course": "algebra",
                         "unavailable": [], "rooms": ["hall"], "preferences": {"Mon 9": 2}}],
             "absences": {"Noether": ["Mon 11"]},
             "spread": 5, "name": "faculty", "best_known": 0}

        Needed are periods, rooms with name and seats, and events with name. Raises FileError with the line.
        """
        from .files import read_timetabling  # here, as pydantic takes a while to import

        return read_timetabling(Path(path)).make(cls)

    @classmethod
    def generate(
        cls,
        *,
        events: int = 30,
        days: int = 5,
        periods: int = 4,
        rooms: int = 3,
        spread: float = 3.0,
        seed: int = 0,
    ) -> Timetabling:
        """A week of `days` with so many `periods` each, whose events have been given a place to begin with: there is a
        timetable. Every event has a teacher and a group, and minds each period by 0 to 9; every course has two events."""
        for what, value in (
            ("events", events),
            ("days", days),
            ("periods", periods),
            ("rooms", rooms),
        ):
            require_count(what, value)
        require_count("seed", seed, least=0)
        if events > days * periods * rooms:
            raise QoptError(
                f"events={events}: {rooms} rooms have {days * periods * rooms} places in a week; give fewer"
            )
        random = np.random.default_rng(seed)
        times = [
            (f"day {d + 1}, {p + 1}", f"day {d + 1}") for d in range(days) for p in range(periods)
        ]
        sizes = random.integers(20, 101, rooms).tolist()
        places = random.permutation(len(times) * rooms)[:events].tolist()
        found = []
        for k, place in enumerate(places):
            period, room = divmod(place, rooms)
            # whoever is in room r of a period is one of two teachers and two groups that no other room has then
            teacher, group = (
                2 * ((room + period) % rooms) + int(extra) for extra in random.integers(0, 2, 2)
            )
            others = [name for name, _ in times if name != times[period][0]]
            away, costs = (
                random.permutation(others)[: len(others) // 5].tolist(),
                random.integers(0, 10, len(times)).tolist(),
            )
            found.append(
                Event(
                    f"event {k + 1}",
                    (f"teacher {teacher + 1}", f"group {group + 1}"),
                    int(random.integers(1, sizes[room] + 1)),
                    f"course {k // 2 + 1}",
                    tuple(away),
                    preferences={
                        name: float(cost)
                        for (name, _), cost in zip(times, costs, strict=True)
                        if cost
                    },
                )
            )
        return cls(
            tuple(found),
            tuple(Room(f"room {r + 1}", size) for r, size in enumerate(sizes)),
            tuple(name for name, _ in times),
            tuple(day for _, day in times),
            spread=spread,
            name=f"random-{events}-s{seed}",
        )

    def model_size(self) -> ModelSize:
        places = self.allowed.sum(axis=2)  # [events, periods]
        by_day = np.stack(
            [places[:, self.day == d].sum(axis=1) for d in range(int(self.day.max()) + 1)], axis=1
        )
        couplings = (
            sum(int(by_day[e] @ by_day[f]) for e, f in self.same_course) if self.spread else 0
        )
        rows = int(np.count_nonzero(self.allowed.sum(axis=0) > 1)) + sum(
            1 for _ in self._meetings()
        )
        return ModelSize(int(self.allowed.sum()), couplings, len(self.events) + rows)

    def model(self) -> dimod.ConstrainedQuadraticModel:
        """Raises Infeasible where an event has no place, or someone more events than periods."""
        import dimod

        self._require_places()
        number = np.full(self.allowed.shape, -1, dtype=np.int64)
        number[self.allowed] = np.arange(int(self.allowed.sum()))
        event, period, room = np.nonzero(self.allowed)
        labels = [
            self._label(e, p, r)
            for e, p, r in zip(event.tolist(), period.tolist(), room.tolist(), strict=True)
        ]
        first, second = self._couplings(number)
        cqm = dimod.ConstrainedQuadraticModel()
        cqm.set_objective(
            dimod.BinaryQuadraticModel.from_numpy_vectors(
                self.cost[event, period],
                (first, second, np.full(len(first), float(self.spread))),
                0.0,
                "BINARY",
                variable_order=labels,
            )
        )

        def add(cells: Ints, sense: str, label: str) -> None:
            terms = [(labels[k], 1.0) for k in cells[cells >= 0].tolist()]
            cqm.add_constraint_from_iterable(terms, sense, rhs=1.0, label=label)

        for e, name in enumerate(self.names):
            add(number[e].ravel(), "==", f"once[{name}]")
        for p, r in np.argwhere(self.allowed.sum(axis=0, dtype=np.int64) > 1).tolist():
            add(number[:, p, r], "<=", f"room[{self.rooms[r].name},{self.periods[p]}]")
        for who, attended, p in self._meetings():
            add(number[attended, p].ravel(), "<=", f"who[{who},{self.periods[p]}]")
        return cqm

    def decode(self, sample: Mapping[Any, float]) -> Timetable:
        """The places of the sample: an event may have several, or none."""
        cells = zip(*(axis.tolist() for axis in np.nonzero(self.allowed)), strict=True)
        return self.timetable([cell for cell in cells if sample[self._label(*cell)] > 0.5])

    def encode(self, plan: Timetable) -> dict[Any, float]:
        """Raises QoptError for a lecture in a place that its event cannot have."""
        found = {
            self._label(*cell): 0.0
            for cell in zip(*(a.tolist() for a in np.nonzero(self.allowed)), strict=True)
        }
        for lecture in plan.lectures:
            label = f"at[{lecture.event},{lecture.period},{lecture.room}]"
            if label not in found:
                raise QoptError(
                    f"the plan has {lecture.event} at {lecture.period} in {lecture.room}, which it cannot be in"
                )
            found[label] = 1.0
        return found

    def greedy(self) -> Timetable:
        """Next is always the event with fewest places left, in the one that costs least; events without any are left out."""
        left, cells = self.allowed.copy(), list[tuple[int, int, int]]()
        cost, open_ = self.cost.copy(), np.ones(len(self.events), dtype=np.bool_)
        for _ in self.events:
            event = int(np.argmin(np.where(open_, left.sum(axis=(1, 2)), left[0].size + 1)))
            open_[event] = False
            if not left[event].any():
                continue
            period, room = divmod(
                int(np.argmin(np.where(left[event], cost[event][:, None], np.inf))), len(self.rooms)
            )
            cells.append((event, period, room))
            left[:, period, room] = False
            left[self.together[event], period] = False
            for other in self.classmates[event]:
                cost[other, self.day == self.day[period]] += self.spread
        return self.timetable(cells)

    def neighbourhood(
        self,
        plan: Timetable,
        kind: str,
        size: int,
        random: np.random.Generator,
        seen: Sequence[Any] = (),
    ) -> Neighbourhood | None:
        """Events to be given places anew while all others keep theirs: those of a few "periods", among these, or some that
        share "people", anywhere. Events without a place are always among them.

        Raises QoptError for a lecture of unknown names.
        """
        for lecture in plan.lectures:
            self.require_known(lecture)

        def part_of(week: Week) -> Timetabling:
            return Timetabling(
                week.events, week.rooms, week.periods, week.days, week.absences, week.spread
            )

        return rescheduled(self, plan, kind, size, random, part_of)

    def draw(self, plan: Timetable, axes: Any) -> None:
        """A row a room, a column a period; a colour a course. Raises QoptError for a lecture of unknown names."""
        from matplotlib import colormaps

        for lecture in plan.lectures:
            self.require_known(lecture)

        colours = colormaps["tab20"]
        course = {event.name: event.course or event.name for event in self.events}
        shade = {name: colours(k % 20) for k, name in enumerate(dict.fromkeys(course.values()))}
        row = {room.name: k for k, room in enumerate(self.rooms)}
        for lecture in plan.lectures:
            x, y = self.period[lecture.period], row[lecture.room]
            axes.barh(y, 0.95, left=x - 0.475, color=shade[course[lecture.event]])
            axes.text(x, y, lecture.event, ha="center", va="center", fontsize=6, rotation=90)
        axes.set_yticks(range(len(self.rooms)), [room.name for room in self.rooms])
        axes.set_xticks(range(len(self.periods)), self.periods, rotation=90)
        axes.set_title(f"{self.name or 'timetable'}: cost {self.evaluate(plan).objective:g}")

    def _label(self, event: int, period: int, room: int) -> str:
        return f"at[{self.names[event]},{self.periods[period]},{self.rooms[room].name}]"

    def _meetings(self) -> Iterator[tuple[str, list[int], int]]:
        """Who, the events and the period, wherever two events of one could be at once."""
        possible: Bools = np.any(self.allowed, axis=2)
        for who, attended in self.attended.items():
            for p in np.flatnonzero(possible[attended].sum(axis=0) > 1).tolist():
                yield who, attended, p

    def _couplings(self, number: Ints) -> tuple[Ints, Ints]:
        """The pairs of variables that put two events of a course on one day, where that has a price."""
        first, second = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
        for e, f in self.same_course if self.spread else ():
            for day in range(int(self.day.max()) + 1):
                one, other = (number[event, self.day == day].ravel() for event in (e, f))
                one, other = one[one >= 0], other[other >= 0]
                first.append(np.repeat(one, len(other)))
                second.append(np.tile(other, len(one)))
        return np.concatenate(first), np.concatenate(second)

    def _require_places(self) -> None:
        for e in np.flatnonzero(~self.allowed.any(axis=(1, 2)))[:1]:
            event, largest = self.events[e], max(room.seats for room in self.rooms)
            reason = f"it needs {event.seats} seats, and the largest room has {largest}"
            if event.seats <= largest:
                reason = "each that is large enough, or all who attend, are unavailable then"
            raise Infeasible(
                f"event {event.name} can be in no period and room: {reason}",
                (f"once[{event.name}]",),
            )
        possible: Bools = np.any(self.allowed, axis=2)
        for who, attended in self.attended.items():
            periods = int(possible[attended].any(axis=0).sum())
            if len(attended) > periods:
                labels = tuple(f"once[{self.names[e]}]" for e in attended)
                raise Infeasible(
                    f"{who} has {len(attended)} events, which can be in {periods} periods only",
                    labels,
                )
