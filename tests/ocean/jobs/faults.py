"""Everything that the local service can do wrong, and what must come of it nevertheless."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from qopt.emulator import Service
from qopt.errors import QoptError
from qopt.ocean.jobs import Answered, JobError, Journal, resume, submit

from . import services

TIMEOUT = 0.5  # seconds of a call
DEADLINE = 15.0
SLOW = 3 * TIMEOUT


@dataclass(frozen=True)
class Struck:
    """A fault, and the statuses that a job may end with: "answered", or those of the errors."""

    where: str
    what: str
    options: dict[str, Any] = field(default_factory=dict)
    ends: tuple[str, ...] = ("answered",)
    hybrid: bool = False  # only a hybrid's job meets it

    def __str__(self) -> str:
        told = "".join(f", {name}={value}" for name, value in self.options.items())
        return f"{self.where}={self.what}{told}"


TABLE = [
    Struck("submit", "status", {"status": 503, "times": 3}),
    Struck("submit", "status", {"status": 429, "retry_after": 0.3, "times": 2}),
    Struck("submit", "status", {"status": 500, "times": 2}),
    Struck("submit", "status", {"status": 504}),
    Struck("submit", "status", {"status": 403}, ("refused",)),
    Struck("submit", "status", {"status": 503, "times": None}, ("not-sent",)),
    Struck("submit", "drop", {"times": 2}),
    Struck("submit", "drop-after"),
    Struck("submit", "slow", {"seconds": SLOW}),
    Struck("submit", "html"),
    Struck("submit", "corrupt"),
    Struck("poll", "status", {"status": 503, "times": 5}),
    Struck("poll", "status", {"status": 429, "times": 3}),
    Struck("poll", "status", {"status": 429, "retry_after": 0.3}),
    Struck("poll", "drop", {"times": 4}),
    Struck("poll", "html"),
    Struck("poll", "corrupt", {"times": 2}),
    Struck("poll", "slow", {"seconds": SLOW}),
    Struck("poll", "without-id", {"times": 2}),
    Struck("poll", "without-id", {"times": None}),
    Struck("answer", "status", {"status": 503, "times": 3}),
    Struck("answer", "drop", {"times": 4}),
    Struck("answer", "html"),
    Struck("answer", "corrupt", {"times": 2}),
    Struck("answer", "slow", {"seconds": SLOW}),
    Struck("job", "failed", {"message": "the solver broke"}, ("failed",)),
    Struck("job", "cancelled", {}, ("cancelled",)),
    Struck("job", "offline", {}, ("failed",)),
    Struck("job", "lost", {}, ("lost",)),
    Struck("job", "slow", {"seconds": 1.0}),
    Struck("token", "expired", {}, ("refused", "answered")),
    Struck("token", "expired", {"after": 1}, ("unreachable", "refused", "answered")),
    Struck("upload", "status", {"status": 503, "times": 2}, hybrid=True),
    Struck("upload", "drop", {}, hybrid=True),
    Struck("part", "status", {"status": 503, "times": 3}, hybrid=True),
    Struck("part", "drop", {"times": 2}, hybrid=True),
    Struck("combine", "drop", {}, hybrid=True),
    Struck("combine", "drop-after", {}, hybrid=True),
]


OF_FILES = [  # which only a nonlinear model's answer refers to
    Struck("data", "status", {"status": 503, "times": 3}),
    Struck("data", "drop", {"times": 2}),
    Struck("data", "html"),
    Struck("data", "slow", {"seconds": SLOW}),
]


@dataclass(frozen=True)
class Seen:
    """What came of a job that a fault struck."""

    status: str
    seconds: float
    accepted: int  # jobs of this question at the service
    charged: float  # seconds, there
    noted: float  # seconds, in the journal
    after: str  # the status of the same call again, without the fault


def strike(service: Service, journal: Journal, kind: str, number: int, fault: Struck) -> Seen:
    """A job that the fault strikes, and the same call once more when it has gone."""
    asked = services.question(kind, number)
    service.clear_faults()
    with services.connected(service, timeout=TIMEOUT) as connection:
        service.fault(fault.where, fault.what, **fault.options)
        before = time.monotonic()
        status = _status(lambda: submit(asked, connection, journal, deadline=DEADLINE))
        seconds = time.monotonic() - before
        service.clear_faults()
        if status == "lost":
            ((_, found),) = resume(connection, journal, [_job(journal, asked)], deadline=5.0)
            after = found.status if isinstance(found, JobError) else "answered"
        else:
            after = _status(lambda: submit(asked, connection, journal, deadline=DEADLINE))
    named = f"qopt {asked.name} "
    jobs = [job for job in service.jobs if (job.label or "").startswith(named)]
    entries = [entry for entry in journal.entries() if entry.question == asked.question]
    return Seen(
        status,
        seconds,
        len(jobs),
        sum(job.charged for job in jobs),
        sum(entry.charged_seconds for entry in entries),
        after,
    )


def _job(journal: Journal, asked: Any) -> str:
    return next(e.job for e in journal.entries() if e.question == asked.question)


def _status(call: Any) -> str:
    try:
        found = call()
    except JobError as error:
        return error.status
    except QoptError as error:
        return type(error).__name__
    assert isinstance(found, Answered)
    return "answered"


def complaints(fault: Struck, seen: Seen, estimate: float) -> list[str]:
    """What is wrong with it."""
    wrong = []
    if seen.status not in fault.ends:
        wrong.append(f"ended as {seen.status}")
    if seen.seconds > DEADLINE + 1.0:
        wrong.append(f"took {seen.seconds:.1f} s")
    if seen.charged > estimate * 1.001:
        wrong.append(f"{seen.charged:g} s were charged")
    lost = "lost" in (seen.status, seen.after)
    if abs(seen.noted - (estimate if lost else seen.charged)) > 1e-6:
        wrong.append(f"{seen.charged:g} s were charged, and {seen.noted:g} s noted")
    if not lost and seen.after != "answered":
        wrong.append(f"the same call again ended as {seen.after}")
    return wrong
