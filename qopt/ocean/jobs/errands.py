"""What one call does in threads of its own: each request, so that none can hold its loop."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from . import ending
from .answers import is_whole
from .journal import Journal
from .sending import Sender
from .tasks import Task
from .wire import CallFailed, Sorted, Standing, Wire

CHUNK = 100  # jobs in a poll


class Loop(Protocol):
    """What is done, in the loop's own thread, with what an errand has brought."""

    def sent(self, task: Task, found: Standing | BaseException) -> None: ...
    def polled(self, ids: Sequence[str], found: Sequence[Standing]) -> None: ...
    def poll_failed(self, what: Sorted) -> None: ...
    def poll_over(self, number: int) -> None: ...
    def asked_alone(self, task: Task, found: Standing | None, what: Sorted | None) -> None: ...
    def stands(self, task: Task, found: Standing) -> None: ...
    def not_fetched(self, task: Task, what: Sorted) -> None: ...
    def fetched(
        self,
        task: Task,
        answer: Mapping[str, Any],
        binary: bytes | None,
        twice: Sequence[tuple[str, float]],
    ) -> None: ...


class Errands:
    """Begun by `start`; what they bring is done by `hear`."""

    def __init__(self, wire: Wire, journal: Journal, sender: Sender) -> None:
        self.wire, self.journal, self.sender = wire, journal, sender
        self.guard = threading.Lock()  # held to say that nobody waits for a task
        self._brought: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def start(self, errand: Callable[..., None], *given: Any) -> None:
        threading.Thread(target=errand, args=given, daemon=True).start()

    def hear(self, seconds: float) -> None:
        """Do with it what is to be done, whatever comes within so many seconds."""
        with suppress(queue.Empty):
            self._brought.get(timeout=seconds)()
            while True:
                self._brought.get_nowait()()

    def _bring(self, what: Callable[..., None], *given: Any) -> None:
        self._brought.put(partial(what, *given))

    def send(self, loop: Loop, task: Task) -> None:
        assert task.begun is not None
        found: Standing | BaseException
        try:
            found = self.sender.send(task.asked, task.begun)
        except Exception as error:  # of any kind: it is the job's outcome
            found = error
        with self.guard:
            if task.left:  # nobody waits for it: the next call may take it
                self.journal.give_up(task.begun)
                return
            task.back = True
        self._bring(loop.sent, task, found)

    def poll(self, loop: Loop, number: int, ids: Sequence[str]) -> None:
        for start in range(0, len(ids), CHUNK):
            chunk = ids[start : start + CHUNK]
            try:
                found = self.wire.standings(chunk)
            except CallFailed as error:
                self._bring(loop.poll_failed, error.what)
            else:
                self._bring(loop.polled, chunk, found)
        self._bring(loop.poll_over, number)

    def fetch(self, loop: Loop, task: Task) -> None:
        assert task.id is not None
        assert task.begun is not None
        try:
            answer, binary = self.wire.answer(task.id)
            entry = self.journal.entry(task.begun.entry.job)
            if not is_whole(entry, answer, binary):
                raise CallFailed(Sorted("ambiguous", "the answer is not whole"))
            twice = ending.cancel_others(self.wire, entry) if entry.attempts > 1 else ()
        except CallFailed as error:
            self._bring(loop.not_fetched, task, error.what)
        else:
            self._bring(loop.fetched, task, answer, binary, twice)

    def ask_alone(self, loop: Loop, task: Task) -> None:
        """For a job that polls leave out: by its id, and by its label where that is not known."""
        assert task.id is not None
        assert task.begun is not None
        found: Standing | None = None
        what: Sorted | None = None
        try:
            found = self.wire.standing(task.id)
        except CallFailed as error:
            what = error.what
            if what.sort == "gone":
                with suppress(CallFailed):
                    others = self.wire.labelled(task.begun.entry.label)
                    found = next(iter(others), None)
                    what = what if found is None else None
        self._bring(loop.asked_alone, task, found, what)

    def cancel(self, loop: Loop, task: Task) -> None:
        assert task.id is not None
        with suppress(CallFailed):
            self.wire.cancel(task.id)
            found = self.wire.standing(task.id)
            self._bring(loop.stands, task, found)
