"""Jobs on parallel machines as JSON; the format is shown at `ParallelMachines.read`."""

from __future__ import annotations

from pathlib import Path

from qopt.kit.checks import Place
from qopt.kit.documents import Document, Schema
from qopt.kit.files import Fields

Table = list[list[int]]


class JobEntry(Schema):
    kind = "job"

    name: str
    durations: int | list[int | None]


class MachinesFile(Schema):
    kind = "job list"

    machines: int | list[str]
    jobs: list[JobEntry]
    setups: Table | list[Table] | None = None
    name: str | None = None
    best_known: float | None = None


def read_machines(path: Path) -> Fields:
    """The arguments of `ParallelMachines`, and the line of each. Raises FileError with the line."""
    document = Document.read(path)
    content = document.of(MachinesFile)
    values = {
        "durations": [job.durations for job in content.jobs],
        "machines": content.machines,
        "setups": content.setups,
        "jobs": [job.name for job in content.jobs],
        "name": document.text.stem if content.name is None else content.name,
        "best_known": content.best_known,
    }
    places = {_argument(place): line for place, line in document.places.items()}
    return Fields(document.text, values, places)


def _argument(place: Place) -> Place:
    """Where the class has what is at a place of the document.

    There ("jobs", 2, "durations", 0) is ("durations", 2, 0).
    """
    match place:
        case ("jobs", job, "name"):
            return ("jobs", job)
        case ("jobs", job, "durations", *machine):
            return ("durations", job, *machine)
        case ("jobs", job):
            return ("job", job)
    return place
