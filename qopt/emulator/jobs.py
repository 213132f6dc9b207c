"""The jobs of a service: what was submitted, in which state it is, what it cost."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .backends import Reply


class Status(StrEnum):
    """As the service's protocol names them; LOST is one that the service knows no more."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    LOST = "LOST"

    @property
    def ended(self) -> bool:
        return self not in (Status.PENDING, Status.IN_PROGRESS)


@dataclass(frozen=True)
class Job:
    """A job as it stands; a later look at `Service.jobs` may show another state of it.

    `charged` is what it cost, in seconds (0 until it is completed), and `answered` the number of
    samples that it was answered with. `submitted` and `solved` are times in UTC, as ISO texts.
    """

    id: str
    label: str | None
    solver: str
    type: str
    status: Status
    submitted: str
    params: Mapping[str, Any]
    charged: float = 0.0
    answered: int = 0
    solved: str | None = None
    message: str | None = None
    graph_id: str | None = None
    data_id: str | None = None

    def summary(self) -> dict[str, Any]:
        """As the service tells it."""
        solver: dict[str, Any] = {"name": self.solver}
        if self.graph_id is not None:
            solver["version"] = {"graph_id": self.graph_id}
        told = {
            "id": self.id,
            "type": self.type,
            "solver": solver,
            "label": self.label,
            "status": self.status.value,
            "submitted_on": self.submitted,
            "solved_on": self.solved,
            "error_message": self.message,
            "emulated": True,
        }
        return {key: value for key, value in told.items() if value is not None}


def now() -> str:
    """The time, in UTC, as an ISO text."""
    return datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class _Entry:
    """What the book keeps of a job."""

    job: Job
    raw: Mapping[str, Any]
    stop: threading.Event
    reply: Reply | None = None


class JobBook:
    """All jobs of a service, in the order in which it accepted them.

    It is written in the service's loop only, and may be read in any thread.
    """

    def __init__(self) -> None:
        self._entries: dict[str, _Entry] = {}
        self._lock = threading.Lock()
        self._bell = asyncio.Event()

    def add(self, job: Job, raw: Mapping[str, Any], stop: threading.Event) -> None:
        """A new job; `raw` is what the client sent, and `stop` interrupts it once it runs."""
        with self._lock:
            self._entries[job.id] = _Entry(job, raw, stop)

    def all(self) -> tuple[Job, ...]:
        with self._lock:
            return tuple(entry.job for entry in self._entries.values())

    def known(self, where: Callable[[Job], bool] = lambda job: True) -> list[Job]:
        """Those that the service tells of: all but the lost ones."""
        return [job for job in self.all() if job.status is not Status.LOST and where(job)]

    def get(self, id: str) -> Job | None:
        entry = self._entries.get(id)
        return None if entry is None or entry.job.status is Status.LOST else entry.job

    def raw(self, id: str) -> Mapping[str, Any]:
        return self._entries[id].raw

    def reply(self, id: str) -> Reply | None:
        return self._entries[id].reply

    def interrupt(self, id: str) -> None:
        self._entries[id].stop.set()

    def interrupt_all(self) -> None:
        for entry in self._entries.values():
            entry.stop.set()

    def change(self, id: str, status: Status, reply: Reply | None = None, **fields: Any) -> Job:
        """Note a job's next state, and wake who waits for it."""
        if status.ended:
            fields["solved"] = now()
        with self._lock:
            entry = self._entries[id]
            job = replace(entry.job, status=status, **fields)
            self._entries[id] = replace(entry, job=job, reply=reply)
        self.wake()
        return job

    def wake(self) -> None:
        """Let everyone who waits look again."""
        self._bell.set()
        self._bell = asyncio.Event()

    @property
    def bell(self) -> asyncio.Event:
        """Rings at the next change of any job. Take it before you look, so that none is missed."""
        return self._bell
