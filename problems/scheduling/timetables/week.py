"""A week to be filled: events, rooms and periods, and what a timetable of them is worth."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import combinations
from numbers import Real

import numpy as np
import numpy.typing as npt

from qopt import Evaluation, QoptError, UnknownName, Violation
from qopt.kit.checks import (
    Place,
    listed,
    require,
    require_count,
    require_different,
    require_name,
    shown,
)
from qopt.kit.files import LARGEST

from .plan import Event, Lecture, Room, Timetable

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Week:
    """Events to be given a period and a room each; `Timetabling` says what is asked of them."""

    events: tuple[Event, ...]
    rooms: tuple[Room, ...]
    periods: tuple[str, ...]
    days: tuple[str, ...] = ()
    absences: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    spread: float = 0.0

    def __post_init__(self) -> None:
        for what, kind in (("events", Event), ("rooms", Room), ("periods", None), ("days", None)):
            object.__setattr__(self, what, listed(what, getattr(self, what), kind=kind))
        _require_named("event", [event.name for event in self.events], "name")
        _require_named("room", [room.name for room in self.rooms], "name")
        _require_named("period", self.periods)
        object.__setattr__(self, "days", self.days or self.periods)
        if len(self.days) != len(self.periods):
            message = f"days has {len(self.days)} entries for {len(self.periods)} periods"
            raise QoptError(f"{message}; give the day of each", ("days",))
        for k, day in enumerate(self.days):
            require_name("day", day, ("days", k))
        if not isinstance(self.absences, Mapping):
            raise QoptError("absences: give the periods of each by name", ("absences",))
        absences = {
            who: listed(f"absences of {who}", periods, ("absences", who))
            for who, periods in self.absences.items()
        }
        object.__setattr__(self, "absences", absences)
        cost = "a cost, a finite number of at least 0"
        require(_is_amount(self.spread) and self.spread >= 0, "spread", self.spread, cost)
        for k, event in enumerate(self.events):
            _require_seats(f"event {event.name}", event.seats, ("events", k, "seats"))
            _require_of(k, event)
        for k, room in enumerate(self.rooms):
            _require_seats(f"room {room.name}", room.seats, ("rooms", k, "seats"))
        for of, names, known, place in _mentioned(self):
            for at, name in enumerate(names):
                if not isinstance(name, str) or name not in known:
                    key = str(name) if isinstance(names, Mapping) else at
                    raise UnknownName(of, str(name), known, place=(*place, key))

    def evaluate(self, plan: Timetable) -> Evaluation:
        """What periods and crowded days cost.

        Broken are events without just one place, rooms and people at two events at once, rooms that
        are too small or not the event's, and anything while it is unavailable.
        """
        broken: list[Violation] = []
        event_of, room_of = self.event_of, self.room_of
        known = [
            x
            for x in plan.lectures
            if x.event in event_of and x.room in room_of and x.period in self.period
        ]
        times = Counter(lecture.event for lecture in known)
        broken += [
            Violation(
                f"event[{name}]", float(abs(times[name] - 1)), "extra" if times[name] else "missing"
            )
            for name in event_of
            if times[name] != 1
        ]
        unknown = [lecture for lecture in plan.lectures if lecture not in known]
        broken += [
            Violation(f"event[{lecture.event}]", 1.0, "unknown, or in an unknown place")
            for lecture in unknown
        ]
        rooms, people = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
        for lecture in known:
            event, room, period = event_of[lecture.event], room_of[lecture.room], lecture.period
            rooms[room.name, period] += 1
            people.update((who, period) for who in set(event.who))
            if event.seats > room.seats:
                broken.append(
                    Violation(f"seats[{event.name}]", float(event.seats - room.seats), "seats")
                )
            if event.rooms and room.name not in event.rooms:
                broken.append(Violation(f"room of {event.name}", 1.0, "not one of its own"))
            away = [who for who in event.who if period in self.absences.get(who, ())]
            away += [thing.name for thing in (event, room) if period in thing.unavailable]
            broken += [Violation(f"unavailable[{name},{period}]", 1.0) for name in away]
        for what, counts in (("room", rooms), ("who", people)):
            broken += [
                Violation(f"{what}[{a},{p}]", float(count - 1), "too many")
                for (a, p), count in counts.items()
                if count > 1
            ]
        disliked = math.fsum(
            event_of[lecture.event].preferences.get(lecture.period, 0.0) for lecture in known
        )
        days = Counter(
            (event_of[x.event].course, self.days[self.period[x.period]])
            for x in known
            if event_of[x.event].course
        )
        crowded = float(sum(count * (count - 1) // 2 for count in days.values()))
        return Evaluation(
            disliked + self.spread * crowded,
            tuple(broken),
            {"disliked": disliked, "crowded": crowded},
        )

    def timetable(self, cells: Sequence[tuple[int, int, int]]) -> Timetable:
        """Of (event, period, room) by number."""
        ordered = sorted(cells, key=lambda cell: (cell[1], cell[2], cell[0]))
        return Timetable(
            tuple(
                Lecture(self.names[e], self.periods[p], self.rooms[r].name) for e, p, r in ordered
            )
        )

    @cached_property
    def allowed(self) -> Bools:
        """bool[events, periods, rooms]: the places that each event can be in."""
        shape = (len(self.events), len(self.periods), len(self.rooms))
        allowed = np.ones(shape, dtype=np.bool_)
        for r, room in enumerate(self.rooms):
            allowed[:, self._times(room.unavailable), r] = False
            allowed[
                [
                    event.seats > room.seats or bool(event.rooms and room.name not in event.rooms)
                    for event in self.events
                ],
                :,
                r,
            ] = False
        for e, event in enumerate(self.events):
            allowed[e, self._times(event.unavailable)] = False
            for who in event.who:
                allowed[e, self._times(self.absences.get(who, ()))] = False
        return allowed

    @cached_property
    def attended(self) -> dict[str, list[int]]:
        """The events, by number, of each person or group."""
        events_of: dict[str, list[int]] = {}
        for e, event in enumerate(self.events):
            for who in dict.fromkeys(event.who):
                events_of.setdefault(who, []).append(e)
        return events_of

    @cached_property
    def together(self) -> list[list[int]]:
        """The events that share people with each event."""
        sharing: list[set[int]] = [set() for _ in self.events]
        for attended in self.attended.values():
            for e in attended:
                sharing[e].update(attended)
        return [sorted(others - {e}) for e, others in enumerate(sharing)]

    @cached_property
    def same_course(self) -> list[tuple[int, int]]:
        courses: dict[str, list[int]] = {}
        for e, event in enumerate(self.events):
            if event.course:
                courses.setdefault(event.course, []).append(e)
        return [pair for events in courses.values() for pair in combinations(events, 2)]

    @cached_property
    def classmates(self) -> list[list[int]]:
        """The other events of each event's course."""
        others: list[list[int]] = [[] for _ in self.events]
        for e, f in self.same_course:
            others[e].append(f)
            others[f].append(e)
        return others

    @cached_property
    def cost(self) -> Floats:
        """float64[events, periods]"""
        return np.array(
            [[event.preferences.get(p, 0.0) for p in self.periods] for event in self.events],
            dtype=np.float64,
        )

    @cached_property
    def names(self) -> list[str]:
        return [event.name for event in self.events]

    @cached_property
    def event_of(self) -> dict[str, Event]:
        return {event.name: event for event in self.events}

    @cached_property
    def room_of(self) -> dict[str, Room]:
        return {room.name: room for room in self.rooms}

    @cached_property
    def period(self) -> dict[str, int]:
        return {name: k for k, name in enumerate(self.periods)}

    @cached_property
    def day(self) -> Ints:
        """int64[periods]: the number of each period's day."""
        number = {day: k for k, day in enumerate(dict.fromkeys(self.days))}
        return np.array([number[day] for day in self.days], dtype=np.int64)

    @property
    def day_count(self) -> int:
        return int(self.day.max()) + 1

    def require_known(self, plan: Timetable) -> None:
        """Raises QoptError for a lecture of unknown names."""
        for lecture in plan.lectures:
            for of, name, known in (
                ("event", lecture.event, self.event_of),
                ("period", lecture.period, self.period),
                ("room", lecture.room, self.room_of),
            ):
                if name not in known:
                    raise UnknownName(f"{of} of the plan", str(name), known)

    def _times(self, names: Sequence[str]) -> list[int]:
        return [self.period[name] for name in names]


# what it is, the names, those there are, the place of the names
Mention = tuple[str, Iterable[object], Sequence[str], Place]


def _require_named(of: str, names: Sequence[str], *key: str) -> None:
    """At least one, each with a name of its own."""
    if not names:
        raise QoptError(f"{of}s: give at least one, each with a name, which is a text", (f"{of}s",))
    require_different(of, names, [(f"{of}s", k, *key) for k in range(len(names))])


def _require_of(k: int, event: Event) -> None:
    """What an event costs, and who attends, are numbers and names."""
    if not isinstance(event.course, str) or event.course:
        require_name(f"course of event {event.name}", event.course, ("events", k, "course"))
    for at, who in enumerate(event.who):
        require_name(f"who of event {event.name}", who, ("events", k, "who", at))
    for period, cost in event.preferences.items():
        if not _is_amount(cost):
            what = f"preferences of event {event.name}: {period} costs {shown(cost, 60)}"
            raise QoptError(f"{what}; give a finite number", ("events", k, "preferences", period))


def _require_seats(of: str, seats: object, place: Place) -> None:
    require_count(f"seats of {of}", seats, least=0, place=place)


def _is_amount(value: object) -> bool:
    number = isinstance(value, Real) and not isinstance(value, bool)
    return number and bool(-LARGEST <= value <= LARGEST)  # type: ignore[operator]


def _mentioned(week: Week) -> Iterator[Mention]:
    """The names of periods and rooms that events, rooms and absences speak of."""
    periods, rooms = week.periods, [room.name for room in week.rooms]
    for k, event in enumerate(week.events):
        of = f"of event {event.name}"
        yield f"unavailable period {of}", event.unavailable, periods, ("events", k, "unavailable")
        yield f"preferred period {of}", event.preferences, periods, ("events", k, "preferences")
        yield f"room {of}", event.rooms, rooms, ("events", k, "rooms")
    for k, room in enumerate(week.rooms):
        of = f"unavailable period of room {room.name}"
        yield of, room.unavailable, periods, ("rooms", k, "unavailable")
    for who, absent in week.absences.items():
        yield f"period of an absence of {who}", absent, periods, ("absences", who)
