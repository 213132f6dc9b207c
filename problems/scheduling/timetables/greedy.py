"""A first timetable: next is always the event with fewest places left."""

from __future__ import annotations

import numpy as np

from .week import Week


def fewest_places_first(week: Week) -> list[tuple[int, int, int]]:
    """(event, period, room) by number, each event in the place that costs least.

    Events without any place left are left out.
    """
    allowed, cells = week.allowed.copy(), list[tuple[int, int, int]]()
    cost, waiting = week.cost.copy(), np.ones(len(week.events), dtype=np.bool_)
    for _ in week.events:
        places = np.where(waiting, allowed.sum(axis=(1, 2)), allowed[0].size + 1)
        event = int(np.argmin(places))
        waiting[event] = False
        if not allowed[event].any():
            continue
        cheapest = int(np.argmin(np.where(allowed[event], cost[event][:, None], np.inf)))
        period, room = divmod(cheapest, len(week.rooms))
        cells.append((event, period, room))
        allowed[:, period, room] = False
        allowed[week.together[event], period] = False
        for other in week.classmates[event]:
            cost[other, week.day == week.day[period]] += week.spread
    return cells
