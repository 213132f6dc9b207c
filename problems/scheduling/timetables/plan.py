"""What is taught where and when: events and rooms as they are given, and a timetable of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from qopt import QoptError
from qopt.kit.checks import listed
from qopt.kit.plans import JsonPlan


@dataclass(frozen=True)
class Event:
    """A lecture: it takes one period in one room.

    Parameters
    ----------
    name
        A text of its own.
    who
        Those who attend, teachers and groups alike: nobody can be at two events at once.
    seats
        The room must have so many.
    course
        Events of a course should not be on one day, where that has a price; "" for none.
    unavailable
        Periods it cannot be in.
    rooms
        The only rooms it can be in; all for none.
    preferences
        What a period costs it; 0 for those left out.
    """

    name: str
    who: tuple[str, ...] = ()
    seats: int = 0
    course: str = ""
    unavailable: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    preferences: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in ("who", "unavailable", "rooms"):
            entries = listed(f"{key} of event {self.name}", getattr(self, key))
            object.__setattr__(self, key, entries)
        if not isinstance(self.preferences, Mapping):
            raise QoptError(f"preferences of event {self.name}: give what periods cost by name")


@dataclass(frozen=True)
class Room:
    """A room, its seats, and the periods it cannot be used in."""

    name: str
    seats: int
    unavailable: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        entries = listed(f"unavailable of room {self.name}", self.unavailable)
        object.__setattr__(self, "unavailable", entries)


@dataclass(frozen=True)
class Lecture:
    """An event in a period and a room, all by name."""

    event: str
    period: str
    room: str


@dataclass(frozen=True)
class Timetable(JsonPlan):
    """The lectures, in the order of the periods."""

    lectures: tuple[Lecture, ...]

    def __str__(self) -> str:
        periods: dict[str, list[str]] = {}
        for lecture in self.lectures:
            periods.setdefault(lecture.period, []).append(f"{lecture.event} in {lecture.room}")
        return "\n".join(f"{period}: {', '.join(lectures)}" for period, lectures in periods.items())
