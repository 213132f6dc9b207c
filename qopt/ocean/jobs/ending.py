"""What jobs end as that have no answer: noted in the journal, and in a line for people."""

from __future__ import annotations

from contextlib import suppress

from .answers import charged_seconds
from .errors import Cancelled, Failed, Interrupted, JobError, Lost, NotSent, Waiting, Withdrawn
from .journal import Begun, Journal
from .journal.entry import CANCELLED, FAILED, LOST, WITHDRAWN, Entry
from .wire import CallFailed, Standing, Wire


def close(journal: Journal, job: str, found: Standing) -> JobError:
    """A job that the service has FAILED or CANCELLED; it is charged for neither."""
    if found.status == "CANCELLED":
        entry = journal.note_closed(job, CANCELLED, found.message)
        return Cancelled(f"job {job} was cancelled at {entry.endpoint}; nothing is charged", job)
    said = found.message or "it gives no reason"
    entry = journal.note_closed(job, FAILED, said)
    return Failed(f"job {job} failed at {entry.endpoint}: {said}; nothing is charged", job)


def lose(journal: Journal, job: str) -> JobError:
    """A job that the service had, and has no more. What it was estimated to cost is counted."""
    entry = journal.entry(job)
    note = "the service does not know it any more; its estimate is counted as spent"
    return ended(journal.note_closed(job, LOST, note, entry.estimate))


def ended(entry: Entry) -> JobError:
    """Of a job that the journal has as lost, or as ended otherwise."""
    if entry.state != LOST:
        return JobError(f"job {entry.job} is {entry.state}: {entry.note or 'no answer'}", entry.job)
    return Lost(
        f"{entry.endpoint} does not know job {entry.job} any more, which it had as "
        f"{entry.problem_id}; it may have been charged, so that it is only sent again where it is "
        "asked for anew (reuse=False)",
        entry.job,
    )


def cancel_others(wire: Wire, entry: Entry) -> list[tuple[str, float]]:
    """Jobs of the same label as one that was sent more than once: none, unless the service took one
    that it had not known when it was asked. They are cancelled; each with the seconds that it was
    charged.
    """
    twice = []
    for other in wire.labelled(entry.label):
        if other.id == entry.problem_id:
            continue
        with suppress(CallFailed):
            wire.cancel(other.id)
        status, seconds = wire.standing(other.id).status, 0.0
        if status == "COMPLETED":
            seconds = charged_seconds(entry.kind, wire.answer(other.id)[0]) or entry.estimate
        elif status not in ("CANCELLED", "FAILED"):
            seconds = entry.estimate  # it runs, and will be charged
        twice.append((other.id, seconds))
    return twice


def withdraw(journal: Journal, begun: Begun) -> None:
    """A job that was not sent, and will not be."""
    journal.note_closed(begun.entry.job, WITHDRAWN, "the call was over before it was sent")


def left(
    journal: Journal,
    begun: Begun | None,
    why: type[Waiting],
    state: str,
    said: str,
    *,
    cancelled: bool,
) -> JobError:
    """A job that a call no longer waits for."""
    assert begun is not None
    job, what = begun.entry.job, "interrupted" if why is Interrupted else "too late"
    again = (
        f"`qopt jobs resume {job}`, or the same call again, goes on with it, and it is paid once"
    )
    if state == "busy":
        return why(f"{what}: another process is at job {job}; {again}", job)
    if state == "queued" and begun.step == "send":
        withdraw(journal, begun)
        kind = Withdrawn if why is Interrupted else NotSent
        return kind(f"{what}: job {job} was not sent; nothing is charged", job)
    if state in ("sending", "queued"):
        return why(f"{what} while job {job} was being sent; {again}", job)
    asked = "; it was asked to cancel it" if cancelled else ""
    told = f" ({said})" if said else ""
    return why(f"{what}: job {job} waits at {begun.entry.endpoint}{told}{asked}; {again}", job)
