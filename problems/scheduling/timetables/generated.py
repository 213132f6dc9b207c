"""A week drawn at random, around a timetable that it has."""

from __future__ import annotations

from typing import Any

import numpy as np

from qopt import QoptError

from .plan import Event, Room


def drawn(
    events: int, days: int, periods: int, rooms: int, random: np.random.Generator
) -> dict[str, Any]:
    """What a `Week` is made of: each event has been given a place to begin with.

    Raises QoptError for more events than places.
    """
    count = days * periods * rooms
    if events > count:
        raise QoptError(f"events={events}: {rooms} rooms have {count} places in a week; give fewer")
    times = {f"day {d + 1}, {p + 1}": f"day {d + 1}" for d in range(days) for p in range(periods)}
    names = list(times)
    sizes = random.integers(20, 101, rooms).tolist()
    places = random.permutation(len(times) * rooms)[:events].tolist()
    made = []
    for k, place in enumerate(places):
        period, room = divmod(place, rooms)
        who = _attending(period, room, rooms, random)
        others = [name for name in names if name != names[period]]
        away = random.permutation(others)[: len(others) // 5].tolist()
        costs = dict(zip(names, random.integers(0, 10, len(times)).tolist(), strict=True))
        made.append(
            Event(
                f"event {k + 1}",
                who,
                int(random.integers(1, sizes[room] + 1)),
                f"course {k // 2 + 1}",
                tuple(away),
                preferences={name: float(cost) for name, cost in costs.items() if cost},
            )
        )
    return {
        "events": tuple(made),
        "rooms": tuple(Room(f"room {r + 1}", size) for r, size in enumerate(sizes)),
        "periods": tuple(names),
        "days": tuple(times.values()),
    }


def _attending(period: int, room: int, rooms: int, random: np.random.Generator) -> tuple[str, str]:
    """One of two teachers and of two groups, whom no other room of a period has."""
    pair = 2 * ((room + period) % rooms)
    teacher, group = (pair + int(extra) for extra in random.integers(0, 2, 2))
    return f"teacher {teacher + 1}", f"group {group + 1}"
