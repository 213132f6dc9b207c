"""A part of a timetable as a timetabling problem of its own: some events anew, the others stay.

What the others take away is what they take: their rooms are unavailable in their periods, and so
are their people. What they make dearer is a preference: a day on which the course has an event
already.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from qopt import Neighbourhood, Problem

from .plan import Event, Lecture, Timetable
from .week import Week

PartOf = Callable[[Week], Problem[Any]]


def rescheduled(
    week: Week,
    plan: Timetable,
    kind: str,
    size: int,
    random: np.random.Generator,
    part_of: PartOf,
) -> Neighbourhood | None:
    """Some events anew, as the problem that `part_of` makes of a week.

    None where not even one event fits into a model of `size` variables, or none has a place there.
    """
    held = {lecture.event: lecture for lecture in plan.lectures}
    homeless = [event.name for event in week.events if event.name not in held]
    if kind == "periods":
        order = random.permutation(len(week.periods)).tolist()
        best, wanted = None, 2
        while wanted <= len(order) or best is None:  # as many periods as fit
            periods = [week.periods[p] for p in sorted(order[:wanted])]
            movable = [lecture.event for lecture in plan.lectures if lecture.period in periods]
            part = _part(week, plan, [*dict.fromkeys(movable), *homeless], periods, part_of)
            if part is None or part.problem.model_size().variables > size:
                return best
            best, wanted = part, wanted + max(1, wanted // 3)
        return best
    free: list[str] = []
    candidates, best = [*random.permutation(homeless).tolist(), *_acquainted(week, random)], None
    wanted = 2
    while len(free) < len(week.events):
        free = list(dict.fromkeys(candidates))[:wanted]
        part = _part(week, plan, free, week.periods, part_of)
        if part is not None and part.problem.model_size().variables > size:
            return best
        best, wanted = part or best, wanted + max(1, wanted // 3)
    return best


def _acquainted(week: Week, random: np.random.Generator) -> list[str]:
    """All events: one, those that share people with it, those that share people with these, ..."""
    order: dict[int, None] = {}
    for start in random.permutation(len(week.events)).tolist():
        queue = [start]
        for event in queue:  # which grows meanwhile
            if event not in order:
                order[event] = None
                acquainted = {
                    other for who in week.events[event].who for other in week.attended[who]
                } - order.keys()
                queue += random.permutation(sorted(acquainted)).tolist()
    return [week.events[event].name for event in order]


def _part(
    week: Week,
    plan: Timetable,
    free: Sequence[str],
    periods: Sequence[str],
    part_of: PartOf,
) -> Neighbourhood | None:
    """The events `free` among `periods`.

    Those of them that are nowhere now, and have no place there, are left out.
    """
    if not free:
        return None
    freed = set(free)
    fixed = [lecture for lecture in plan.lectures if lecture.event not in freed]
    part = _beside(week, fixed, freed, periods)
    placed = {lecture.event for lecture in plan.lectures}
    hopeless = {
        event.name
        for event, places in zip(part.events, part.allowed, strict=True)
        if not places.any()
    } - placed
    if hopeless:
        possible = [name for name in free if name not in hopeless]
        return _part(week, plan, possible, periods, part_of)

    def back(rescheduled: Timetable) -> Timetable:
        order = {period: k for k, period in enumerate(week.periods)}
        rooms = {room.name: k for k, room in enumerate(week.rooms)}

        def place(lecture: Lecture) -> tuple[int, int]:
            return order[lecture.period], rooms[lecture.room]

        return Timetable(tuple(sorted([*fixed, *rescheduled.lectures], key=place)))

    return Neighbourhood(
        part_of(part),
        Timetable(tuple(lecture for lecture in plan.lectures if lecture.event in freed)),
        back,
    )


def _beside(week: Week, fixed: Sequence[Lecture], freed: set[str], periods: Sequence[str]) -> Week:
    """The events `freed` alone.

    What `fixed` lectures take is unavailable, and their courses' days cost what spreading asks.
    """
    event_of = {event.name: event for event in week.events}
    day = dict(zip(week.periods, week.days, strict=True))
    used: dict[str, set[str]] = {}
    busy: dict[str, set[str]] = {}
    taught = Counter[tuple[str, str]]()
    for lecture in fixed:
        event = event_of[lecture.event]
        used.setdefault(lecture.room, set()).add(lecture.period)
        for who in event.who:
            busy.setdefault(who, set()).add(lecture.period)
        if event.course:
            taught[event.course, day[lecture.period]] += 1

    def within(names: Sequence[str], more: set[str]) -> tuple[str, ...]:
        return tuple(period for period in periods if period in names or period in more)

    def costs(event: Event) -> dict[str, float]:
        by_period = {
            p: event.preferences.get(p, 0.0) + week.spread * taught[event.course, day[p]]
            for p in periods
        }
        return {period: cost for period, cost in by_period.items() if cost}

    absent = sorted(week.absences.keys() | busy.keys())
    return Week(
        events=tuple(
            replace(event, unavailable=within(event.unavailable, set()), preferences=costs(event))
            for event in week.events
            if event.name in freed
        ),
        rooms=tuple(
            replace(room, unavailable=within(room.unavailable, used.get(room.name, set())))
            for room in week.rooms
        ),
        periods=tuple(periods),
        days=tuple(day[period] for period in periods),
        absences={who: within(week.absences.get(who, ()), busy.get(who, set())) for who in absent},
        spread=week.spread,
    )
