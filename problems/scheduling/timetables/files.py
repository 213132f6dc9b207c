"""Timetabling problems as JSON; the format is shown at `Timetabling.read`."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from qopt.kit.documents import Document, Schema
from qopt.kit.files import Fields

from .plan import Event, Room


class RoomEntry(Schema):
    kind = "room"

    name: str
    seats: int
    unavailable: list[str] = Field(default_factory=list)


class EventEntry(Schema):
    kind = "event"

    name: str
    who: list[str] = Field(default_factory=list)
    seats: int = 0
    course: str = ""
    unavailable: list[str] = Field(default_factory=list)
    rooms: list[str] = Field(default_factory=list)
    preferences: dict[str, float] = Field(default_factory=dict)


class TimetablingFile(Schema):
    kind = "timetabling problem"

    periods: list[str]
    rooms: list[RoomEntry]
    events: list[EventEntry]
    days: list[str] = Field(default_factory=list)
    absences: dict[str, list[str]] = Field(default_factory=dict)
    spread: float = 0.0
    name: str | None = None
    best_known: float | None = None


def read_timetabling(path: Path) -> Fields:
    """The arguments of `Timetabling`, whose places are those of the document.

    Raises FileError with the line.
    """
    document = Document.read(path)
    content = document.of(TimetablingFile)
    values = {key: getattr(content, key) for key in ("periods", "days", "absences", "spread")}
    values |= {
        "rooms": [Room(**dict(room)) for room in content.rooms],
        "events": [Event(**dict(event)) for event in content.events],
        "name": document.text.stem if content.name is None else content.name,
        "best_known": content.best_known,
    }
    return Fields(document.text, values, document.places)
