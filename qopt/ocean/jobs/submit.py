"""Asking a service, once for each question, within a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from ...errors import QoptError
from ...kit.checks import require_positive
from .answers import Answered
from .errors import JobError
from .journal import Journal
from .journal.entry import OPEN, Entry
from .submission import Submission
from .tasks import Outcome, Progress
from .waiting import Round
from .wire import Wire

Announce = Callable[[Submission, Entry], None]


class Connected(Protocol):
    """What has a wire to a service: `Connection`, or a stand-in of one."""

    @property
    def wire(self) -> Wire: ...


def submit(
    asked: Submission,
    connection: Connected,
    journal: Journal,
    *,
    deadline: float,
    interrupt: Callable[[], bool] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    reuse: bool = True,
    cancel: bool = False,
    announce: Announce | None = None,
) -> Answered:
    """One answer; see `submit_all`. Raises what did not lead to one."""
    (outcome,) = submit_all(
        [asked],
        connection,
        journal,
        deadline=deadline,
        interrupt=interrupt,
        on_progress=on_progress,
        reuse=reuse,
        cancel=cancel,
        announce=announce,
    )
    if isinstance(outcome, QoptError):
        raise outcome
    return outcome


def submit_all(
    asked: Iterable[Submission],
    connection: Connected,
    journal: Journal,
    *,
    deadline: float,
    interrupt: Callable[[], bool] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    reuse: bool = True,
    cancel: bool = False,
    announce: Announce | None = None,
) -> list[Outcome]:
    """What came of each: an Answered, or the error that it would have raised alone.

    A question that was answered before is not asked again: its answer is given back without a
    charge, unless `reuse` is False. One that is under way, of this process or of one that is gone,
    is gone on with. Of equal questions at a time one is sent.

    The call ends within `deadline` seconds, and within half a second of `interrupt` saying so. What
    is at the service then stays resumable; with `cancel` an interrupt asks the service to cancel
    what has not run. `announce` is called with each job before any of its data are sent, from a
    thread; a QoptError that it raises keeps them here, and is what came of the job.

    Errors: OverBudget and NotSent (nothing was sent), Refused, Failed, Cancelled and Lost (it has
    ended), TooLate, Interrupted, Unreachable and Ambiguous (resumable, and not paid twice). Raises
    FileError where the journal cannot be used.
    """
    require_positive("deadline", deadline, wanted="seconds above 0")
    round_ = Round(
        connection.wire,
        journal,
        deadline,
        interrupt,
        on_progress,
        cancel=cancel,
        reuse=reuse,
        announce=announce,
    )
    return round_.run(asked)


def resume(
    connection: Connected,
    journal: Journal,
    jobs: Sequence[str] | None = None,
    *,
    deadline: float,
    interrupt: Callable[[], bool] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> list[tuple[Entry, Outcome]]:
    """Settle jobs of the journal at this service, all that are open where none are given: answers
    are fetched, ambiguous ones looked for, reservations of those never sent refunded. Nothing is
    sent. Each with its entry as it is afterwards.

    Raises UnknownName for a job that is not there, QoptError for one of another service.
    """
    require_positive("deadline", deadline, wanted="seconds above 0")
    here = connection.wire.endpoint
    if jobs is None:
        jobs = [entry.job for entry in journal.entries(OPEN) if entry.endpoint == here]
    for job in jobs:
        if (entry := journal.entry(job)).endpoint != here:
            raise QoptError(f"job {job} is of {entry.endpoint}, and this is {here}: go there")
    outcomes = Round(connection.wire, journal, deadline, interrupt, on_progress).run(jobs)
    return [(journal.entry(job), found) for job, found in zip(jobs, outcomes, strict=True)]


def cancel(
    connection: Connected, journal: Journal, job: str, *, deadline: float = 30.0
) -> tuple[Entry, Outcome]:
    """Ask the service to cancel a job, and note what became of it: one that has run meanwhile is
    answered. One that was never sent is withdrawn.

    Raises UnknownName, and JobError where the job has ended or another process is at it.
    """
    from .wire import CallFailed
    from .wire.bounded import bounded

    entry = journal.entry(job)
    if not entry.open:
        raise JobError(f"job {job} is {entry.state}: there is nothing to cancel", job)
    if entry.endpoint != (here := connection.wire.endpoint):
        raise QoptError(f"job {job} is of {entry.endpoint}, and this is {here}: go there")

    def asked() -> None:
        for standing in connection.wire.labelled(entry.label):
            connection.wire.cancel(standing.id)

    try:
        bounded(asked, within=deadline)
    except CallFailed as error:
        raise JobError(f"job {job} was not cancelled: {error.what.text}", job) from None
    ((entry, outcome),) = resume(connection, journal, [job], deadline=deadline)
    return entry, outcome
