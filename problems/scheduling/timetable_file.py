"""Timetabling problems as JSON; the format is shown at `Timetabling.read`."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from qopt import UnknownName

from .json_file import Part
from .timetable import Event, Room


def read_timetabling(path: Path) -> dict[str, Any]:
    """The arguments of `Timetabling`. Raises FileError with the line."""
    needed, optional = (
        ("periods", "rooms", "events"),
        ("days", "absences", "spread", "name", "best_known"),
    )
    fields = Part.read(path).fields("timetabling problem", needed, optional)
    periods = tuple(part.text() for part in fields["periods"].items())
    _require_different(fields["periods"], "period", periods)
    rooms = tuple(_room(part, periods) for part in fields["rooms"].items())
    _require_different(fields["rooms"], "room", [room.name for room in rooms])
    events = tuple(
        _event(part, periods, [room.name for room in rooms]) for part in fields["events"].items()
    )
    _require_different(fields["events"], "event", [event.name for event in events])
    found: dict[str, Any] = {
        "periods": periods,
        "rooms": rooms,
        "events": events,
        "name": path.stem,
    }
    if "days" in fields:
        found["days"] = tuple(part.text() for part in fields["days"].items())
        if len(found["days"]) != len(periods):
            raise fields["days"].error(
                f"{len(found['days'])} days for {len(periods)} periods; give the day of each"
            )
    if "absences" in fields:
        entries = fields["absences"].entries()
        found["absences"] = {who: _known(part, "period", periods) for who, part in entries.items()}
    if "spread" in fields:
        found["spread"] = fields["spread"].number(0)
    if "name" in fields:
        found["name"] = fields["name"].text()
    if "best_known" in fields and fields["best_known"].value is not None:
        found["best_known"] = fields["best_known"].number()
    return found


def _room(part: Part, periods: Collection[str]) -> Room:
    fields = part.fields("room", ("name", "seats"), ("unavailable",))
    away = _known(fields["unavailable"], "period", periods) if "unavailable" in fields else ()
    return Room(fields["name"].text(), fields["seats"].whole(), away)


def _event(part: Part, periods: Collection[str], rooms: Collection[str]) -> Event:
    fields = part.fields(
        "event", ("name",), ("who", "seats", "course", "unavailable", "rooms", "preferences")
    )
    costs = fields["preferences"].entries() if "preferences" in fields else {}
    for period, cost in costs.items():
        if period not in periods:
            raise cost.error(str(UnknownName("period", period, periods)))
    return Event(
        fields["name"].text(),
        tuple(who.text() for who in fields["who"].items()) if "who" in fields else (),
        fields["seats"].whole() if "seats" in fields else 0,
        fields["course"].text() if "course" in fields else "",
        _known(fields["unavailable"], "period", periods) if "unavailable" in fields else (),
        _known(fields["rooms"], "room", rooms) if "rooms" in fields else (),
        {period: cost.number() for period, cost in costs.items()},
    )


def _known(part: Part, of: str, names: Collection[str]) -> tuple[str, ...]:
    for item in part.items():
        if item.text() not in names:
            raise item.error(str(UnknownName(of, item.text(), names)))
    return tuple(part.value)


def _require_different(parts: Part, of: str, names: Collection[str]) -> None:
    if not names:
        raise parts.error(f"there is no {of}; give at least one")
    seen: set[str] = set()
    for part, name in zip(parts.items(), names, strict=True):
        if name in seen:
            raise part.error(f"a second {of} named {name!r}; give each a name of its own")
        seen.add(name)
