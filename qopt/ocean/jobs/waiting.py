"""One call's jobs, from what is asked to what came of it, within a deadline of ours.

Every request runs in a thread of its own, and this loop only looks at what they bring, so that
neither a service that does not reply nor one that fails keeps it from the clock and the interrupt.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ...errors import FileError, QoptError
from . import ending
from .answers import Answered, charged_seconds, of_journal
from .errands import Errands
from .errors import Interrupted, TooLate, Unreachable, Waiting
from .journal import Journal
from .journal.entry import Entry
from .sending import Sender
from .submission import Submission
from .tasks import Outcome, Progress, Task
from .wire import Sorted, Standing, Wire

TICK = 0.05  # seconds between two looks at the clock and at the interrupt
AT_ONCE = 8  # jobs that are sent, or answers that are fetched, at a time
FIRST, LONGEST = 0.05, 2.0  # seconds between two polls, which grow
STUCK = 10.0  # seconds after which a poll that has no reply is no longer waited for
LAST = 0.4  # seconds for what is under way when the call is over
MISSES = 3  # polls that leave a job out, until it is asked for alone


@dataclass
class Round:
    """The loop. `say` is told of how far it is; what it raises ends the call."""

    wire: Wire
    journal: Journal
    deadline: float
    interrupt: Callable[[], bool] | None = None
    say: Callable[[Progress], None] | None = None
    cancel: bool = False
    reuse: bool = True
    announce: Callable[[Submission, Entry], None] | None = None
    started: float = field(default_factory=time.monotonic)
    tasks: list[Task] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)
    _polls: dict[int, float] = field(default_factory=dict)  # under way: number, since when
    _next_poll: float = 0.0
    _pause: float = FIRST
    _number: int = 0
    _told: tuple[int, int] = (-1, -1)

    def __post_init__(self) -> None:
        till = self.started + self.deadline
        sender = Sender(self.wire, self.journal, till, self._over.is_set, self.announce)
        self._errands = Errands(self.wire, self.journal, sender)

    def run(self, asked: Iterable[Submission | str]) -> list[Outcome]:
        """What came of each: of a submission, or of a job that the journal has."""
        try:
            for place, each in enumerate(asked):
                task = Task(place, each if isinstance(each, Submission) else None)
                self.tasks.append(task)
                self._begin(task, each if isinstance(each, str) else None)
            while any(task.outcome is None for task in self.tasks):
                self._tell()
                if why := self._why_over():
                    self._end(why)
                    break
                self._start_what_is_due()
                self._errands.hear(TICK)
            self._tell()
        finally:
            self._leave()
        return [task.outcome for task in self.tasks if task.outcome is not None]

    # what is begun

    def _begin(self, task: Task, job: str | None = None) -> None:
        try:
            if task.asked is not None:
                first = task.begun is None
                reuse = self.reuse or not first  # it was being answered when it was asked
                begun = self.journal.begin(task.asked, self.wire.endpoint, reuse=reuse)
            else:
                begun = self.journal.claim(job or task.begun.entry.job)  # type: ignore[union-attr]  # one of them is there
        except FileError:  # of the journal: nothing is sent without one
            raise
        except QoptError as error:
            self._done(task, error)
            return
        task.begun = begun
        entry = begun.entry
        if begun.step == "answered":
            self._done(task, of_journal(self.journal, entry, "reused"))
        elif begun.step == "lost":
            self._done(task, ending.ended(entry))
        elif begun.step == "busy":
            task.state, task.due = "busy", time.monotonic() + 0.2
            if task.asked is None:
                self._done(task, Waiting(f"another process is at job {entry.job}", entry.job))
        elif begun.step == "wait":
            task.state, task.id = "waiting", entry.problem_id
        else:
            task.state = "queued"

    def _start_what_is_due(self) -> None:
        now = time.monotonic()
        sending = sum(task.state == "sending" for task in self.tasks)
        fetching = sum(task.state == "fetching" for task in self.tasks)
        for task in self.tasks:
            if task.state == "queued" and sending < AT_ONCE:
                task.state, sending = "sending", sending + 1
                self._errands.start(self._errands.send, self, task)
            elif task.state == "busy" and task.due <= now:
                self._begin(task)
            elif task.state == "completed" and task.due <= now and fetching < AT_ONCE:
                task.state, fetching = "fetching", fetching + 1
                self._errands.start(self._errands.fetch, self, task)
            elif task.state == "waiting" and task.misses >= MISSES and task.due <= now:
                task.due, task.misses = math.inf, 0  # until the reply
                self._errands.start(self._errands.ask_alone, self, task)
        stuck = all(now - since > STUCK for since in self._polls.values())
        if now >= self._next_poll and stuck and len(self._polls) < 4:
            ids = [t.id for t in self.tasks if t.state == "waiting" and t.id is not None]
            if ids:
                self._number += 1
                self._polls[self._number] = now
                self._errands.start(self._errands.poll, self, self._number, ids)

    # what the loop does with it

    def sent(self, task: Task, found: Standing | BaseException) -> None:
        if isinstance(found, QoptError):
            self._done(task, found)
        elif isinstance(found, BaseException):
            raise found
        else:
            task.state, task.id = "waiting", found.id
            self._next_poll, self._pause = 0.0, FIRST
            self.stands(task, found)

    def poll_over(self, number: int) -> None:
        del self._polls[number]
        self._next_poll = max(self._next_poll, time.monotonic() + self._pause)
        self._pause = min(LONGEST, self._pause * 1.4)

    def poll_failed(self, what: Sorted) -> None:
        if what.unauthorised:
            for task in self.tasks:
                if task.state == "waiting":
                    self._unreachable(task, what)
        for task in self.tasks:
            if task.state == "waiting":
                task.said = what.text
        if what.again is not None:
            self._next_poll = time.monotonic() + what.again
        self._pause = min(LONGEST, self._pause * 1.5)

    def polled(self, ids: Sequence[str], found: Sequence[Standing]) -> None:
        standing = {each.id: each for each in found}
        for task in self.tasks:
            if task.state != "waiting" or task.id not in ids:
                continue
            if task.id in standing:
                task.misses, task.gone, task.said = 0, 0, ""
                self.stands(task, standing[task.id])
            else:
                task.misses += 1

    def stands(self, task: Task, found: Standing) -> None:
        assert task.begun is not None
        if task.outcome is not None:
            return
        if found.status == "COMPLETED":
            task.state, self._pause = "completed", FIRST
        elif found.status in ("FAILED", "CANCELLED"):
            self._done(task, ending.close(self.journal, task.begun.entry.job, found))

    def asked_alone(self, task: Task, found: Standing | None, what: Sorted | None) -> None:
        assert task.begun is not None
        if task.state != "waiting":
            return
        task.tries += 1
        task.due = time.monotonic() + min(LONGEST, 0.1 * 2.0**task.tries)
        if found is not None:
            if found.id != task.id:
                task.id = found.id
                self.journal.note_submitted(task.begun.entry.job, found.id)
            self.stands(task, found)
        elif what is not None and what.unauthorised:
            self._unreachable(task, what)
        elif what is not None and what.sort == "gone":
            task.gone += 1
            if task.gone >= MISSES:
                self._done(task, ending.lose(self.journal, task.begun.entry.job))

    def not_fetched(self, task: Task, what: Sorted) -> None:
        if what.unauthorised:
            self._unreachable(task, what)
            return
        task.tries, task.said = task.tries + 1, what.text
        wait = min(LONGEST, 0.1 * 2.0**task.tries)
        task.due = time.monotonic() + max(wait, what.again or 0.0)
        task.state = "completed"
        if what.sort == "gone":
            task.state, task.misses = "waiting", MISSES

    def fetched(
        self,
        task: Task,
        answer: Mapping[str, Any],
        binary: bytes | None,
        twice: Sequence[tuple[str, float]],
    ) -> None:
        assert task.begun is not None
        entry = task.begun.entry
        seconds = charged_seconds(entry.kind, answer)
        entry = self.journal.note_answered(entry.job, answer, seconds, binary, twice)
        how = "sent" if task.begun.fresh else "resumed"
        self._done(task, of_journal(self.journal, entry, how))

    def _unreachable(self, task: Task, what: Sorted) -> None:
        assert task.begun is not None
        job = task.begun.entry.job
        text = (
            f"{self.wire.endpoint} does not let job {job} be asked for: {what.text}; renew the "
            f"token, and then `qopt jobs resume {job}`"
        )
        self._done(task, Unreachable(text, job))

    def _done(self, task: Task, outcome: Outcome) -> None:
        task.outcome, task.state = outcome, "done"
        if task.begun is not None:
            self.journal.give_up(task.begun)

    def _tell(self) -> None:
        answered = sum(isinstance(task.outcome, Answered) for task in self.tasks)
        ended = sum(isinstance(task.outcome, QoptError) for task in self.tasks)
        if self.say is not None and (answered, ended) != self._told:
            self._told = answered, ended
            seconds = time.monotonic() - self.started
            self.say(Progress(len(self.tasks) - answered - ended, answered, ended, seconds))

    # the end

    def _why_over(self) -> type[Waiting] | None:
        if self.interrupt is not None and self.interrupt():
            return Interrupted
        return TooLate if time.monotonic() >= self.started + self.deadline else None

    def _end(self, why: type[Waiting]) -> None:
        """Let what is under way come to a stop, for a moment; the rest stays in the journal."""
        self._over.set()
        asked = set()
        if self.cancel and why is Interrupted:
            asked = {task.place for task in self.tasks if task.state == "waiting"}
            for task in self.tasks:
                if task.place in asked:
                    self._errands.start(self._errands.cancel, self, task)
        till = time.monotonic() + LAST
        while time.monotonic() < till and any(
            task.state in ("sending", "fetching") or (task.place in asked and task.outcome is None)
            for task in self.tasks
        ):
            self._errands.hear(0.02)
        for task in self.tasks:
            if task.outcome is None:
                cancelled = task.place in asked
                task.outcome = ending.left(
                    self.journal, task.begun, why, task.state, task.said, cancelled=cancelled
                )

    def _leave(self) -> None:
        """Nobody waits any longer: what no thread has may be taken up by others."""
        self._over.set()
        with self._errands.guard:
            for task in self.tasks:
                if task.state == "sending" and not task.back:
                    task.left = True
                elif task.begun is not None:
                    if task.state == "queued" and task.begun.fresh:
                        with suppress(QoptError):  # of a journal that is why the call ends
                            ending.withdraw(self.journal, task.begun)
                    self.journal.give_up(task.begun)
